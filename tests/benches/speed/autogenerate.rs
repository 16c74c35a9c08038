//! Autogenerate over 100 tables of 10 columns where nothing is different, beside reading such a schema once manually.
//!
//! On a server the revisions make their tables in a database of their own, which takes it most of the time: there the
//! hand makes a database and the tables too, and reads them.

use std::ffi::OsStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrate_runtime::v1::*;
use migrate_runtime::{Migrations, Model};
use migrate_tests::{revisions, servers};
use migrate_tools::autogenerate::{Request, compare};
use mysql::prelude::Queryable as _;

use crate::measure::{Side, pair};
use crate::worker;

/// What the processes of these rows are called.
pub(crate) const NAME: &str = "autogenerate";

macro_rules! models {
    ($($name:ident),*) => {
        $(
            #[derive(Model)]
            struct $name {
                #[model(primary_key)]
                id: i64,
                name: String,
                note: Option<String>,
                count: i64,
                price: f64,
                active: bool,
                position: i32,
                parent: Option<i64>,
                #[model(length = 40)]
                code: String,
                #[model(default = 0)]
                state: i32,
            }
        )*
        const TABLES: &[&str] = &[$(<$name as Row>::TABLE),*];
    };
}

models!(
    T00, T01, T02, T03, T04, T05, T06, T07, T08, T09, T10, T11, T12, T13, T14, T15, T16, T17, T18,
    T19, T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30, T31, T32, T33, T34, T35, T36, T37,
    T38, T39, T40, T41, T42, T43, T44, T45, T46, T47, T48, T49, T50, T51, T52, T53, T54, T55, T56,
    T57, T58, T59, T60, T61, T62, T63, T64, T65, T66, T67, T68, T69, T70, T71, T72, T73, T74, T75,
    T76, T77, T78, T79, T80, T81, T82, T83, T84, T85, T86, T87, T88, T89, T90, T91, T92, T93, T94,
    T95, T96, T97, T98, T99
);

fn create<B: Backend>(op: &mut Op<'_, B>, table: &str) -> Result<()> {
    op.create_table(table, |t| {
        t.column(Column::new("id", BigInt).not_null());
        t.column(Column::new("name", Text).not_null());
        t.column(Column::new("note", Text));
        t.column(Column::new("count", BigInt).not_null());
        t.column(Column::new("price", Double).not_null());
        t.column(Column::new("active", Boolean).not_null());
        t.column(Column::new("position", Integer).not_null());
        t.column(Column::new("parent", BigInt));
        t.column(Column::new("code", Varchar(40)).not_null());
        t.column(Column::new("state", Integer).not_null().default(0));
        t.primary_key("id");
    })
}

/// One revision that makes every table, or one for each.
fn migrations<B: Backend>(history: &str) -> &'static Migrations<B> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let whole: revisions::Code<B> = |op| TABLES.iter().try_for_each(|table| create(op, table));
    let one: revisions::Code<B> = |op| {
        let at = NEXT.fetch_add(1, Ordering::Relaxed) % TABLES.len();
        create(op, TABLES[at])
    };
    match history {
        "1" => revisions::linear_history(&[(whole, |_| Ok(()))]),
        _ => revisions::linear_history(&vec![
            (one, (|_| Ok(())) as revisions::Code<B>);
            TABLES.len()
        ]),
    }
}

/// The row on SQLite.
pub(crate) fn on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bench.db");
    let mut connection = rusqlite::Connection::open(&path).expect("a database");
    migrations::<Sqlite>("1")
        .upgrade(&mut connection)
        .expect("it works");
    drop(connection);
    let floor = "reading the schema";
    measure("SQLite", "sqlite", &path.to_string_lossy(), 51, floor);
}

/// The row on PostgreSQL, where the tables are made on the server each time.
pub(crate) fn on_postgres() {
    if let Some(server) = servers::postgres() {
        let database = server.database();
        let mut client = PostgresClient::connect(&database.url).expect("a connection");
        migrations::<Postgres>("1")
            .upgrade(&mut client)
            .expect("it works");
        measure("PostgreSQL", "postgres", &database.url, 5, BUILT);
    }
}

/// The row on MariaDB, where the tables are made on the server each time.
pub(crate) fn on_mysql() {
    if let Some(server) = servers::mysql() {
        let database = server.database();
        let mut client = MysqlClient::connect(&database.url).expect("a connection");
        migrations::<Mysql>("1")
            .upgrade(&mut client)
            .expect("it works");
        measure("MariaDB", "mysql", &database.url, 5, BUILT);
    }
}

/// What the hand does on a server.
const BUILT: &str = "building and reading it";

fn measure(title: &str, kind: &str, url: &str, rounds: usize, by_hand: &str) {
    for history in ["1", "100"] {
        let side = |name: &str| worker::command(NAME, &[kind, name, history, url]).status();
        pair(
            &format!("autogenerate, 100 tables, {history} revisions, {title}"),
            "at most 3",
            rounds,
            Side {
                name: "autogenerate",
                before: &|| (),
                run: &|| side("ours"),
            },
            Side {
                name: by_hand,
                before: &|| (),
                run: &|| side("floor"),
            },
        );
    }
}

/// Does the work of one side.
pub(crate) fn work(arguments: &[String]) {
    let [kind, side, history, url] = arguments else {
        panic!("a database, a side, a history and a URL");
    };
    match (kind.as_str(), side.as_str()) {
        ("sqlite", "ours") => ours::<Sqlite>(history, url),
        ("postgres", "ours") => ours::<Postgres>(history, url),
        ("mysql", "ours") => ours::<Mysql>(history, url),
        ("sqlite", _) => read_sqlite(url).expect("it works"),
        ("postgres", _) => build_and_read_postgres().expect("it works"),
        _ => build_and_read_mysql().expect("it works"),
    }
}

fn ours<B: Backend>(history: &str, url: &str) {
    let request = Request::new().scratch_server(Some(OsStr::new(url)));
    let found = compare(migrations::<B>(history), &request).expect("it works");
    assert!(found.operations.is_empty(), "{:?}", found.operations);
}

/// A complete row of a PRAGMA of SQLite.
type PragmaRow = Vec<rusqlite::types::Value>;

/// Tables with their statements, columns, indexes with their columns, and foreign keys, each table by itself, as SQLite
/// reports them.
fn read_sqlite(path: &str) -> rusqlite::Result<()> {
    let connection = rusqlite::Connection::open(path)?;
    let tables = pragma_rows(
        &connection,
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table'",
    )?;
    let (mut columns, mut indexes, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for table in &tables {
        let name = name_in(table, 0);
        columns.extend(pragma_rows(
            &connection,
            &format!("PRAGMA table_xinfo(\"{name}\")"),
        )?);
        for index in pragma_rows(&connection, &format!("PRAGMA index_list(\"{name}\")"))? {
            let name = name_in(&index, 1);
            let parts = pragma_rows(&connection, &format!("PRAGMA index_xinfo(\"{name}\")"))?;
            indexes.push((index, parts));
        }
        keys.extend(pragma_rows(
            &connection,
            &format!("PRAGMA foreign_key_list(\"{name}\")"),
        )?);
    }
    assert!(columns.len() >= TABLES.len() * 10 && indexes.len() >= TABLES.len());
    Ok(())
}

fn pragma_rows(connection: &rusqlite::Connection, sql: &str) -> rusqlite::Result<Vec<PragmaRow>> {
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
    rows.collect()
}

fn name_in(row: &[rusqlite::types::Value], at: usize) -> &str {
    match &row[at] {
        rusqlite::types::Value::Text(name) => name,
        other => panic!("a name, not {other:?}"),
    }
}

/// The statements that create the tables, with these types for long text and numbers with a fraction.
fn tables(text: &str, double: &str) -> Vec<String> {
    let table = |name: &&str| {
        format!(
            "CREATE TABLE {name} (id BIGINT NOT NULL, name {text} NOT NULL, note {text}, count BIGINT NOT NULL, \
             price {double} NOT NULL, active BOOLEAN NOT NULL, position INTEGER NOT NULL, parent BIGINT, \
             code VARCHAR(40) NOT NULL, state INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (id))"
        )
    };
    TABLES.iter().map(table).collect()
}

fn build_and_read_postgres() -> std::result::Result<(), postgres::Error> {
    let database = servers::postgres().expect("a server").database();
    let mut client = postgres::Client::connect(&database.url, postgres::NoTls)?;
    client.batch_execute(&tables("TEXT", "DOUBLE PRECISION").join(";"))?;
    let columns = client.query(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
                pg_get_expr(d.adbin, d.adrelid) \
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 \
         LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum \
         WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace",
        &[],
    )?;
    let constraints = client.query(
        "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint \
         WHERE connamespace = current_schema()::regnamespace",
        &[],
    )?;
    let indexes = client.query(
        "SELECT tablename::text, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
        &[],
    )?;
    assert!(columns.len() >= TABLES.len() * 10 && !constraints.is_empty() && !indexes.is_empty());
    Ok(())
}

fn build_and_read_mysql() -> std::result::Result<(), mysql::Error> {
    let database = servers::mysql().expect("a server").database();
    let mut conn = database.connect();
    for table in tables("LONGTEXT", "DOUBLE") {
        conn.query_drop(table)?;
    }
    let mut columns = 0;
    for (table, order) in [
        ("COLUMNS", "ORDINAL_POSITION"),
        ("STATISTICS", "SEQ_IN_INDEX"),
        ("KEY_COLUMN_USAGE", "ORDINAL_POSITION"),
    ] {
        let sql = format!(
            "SELECT * FROM information_schema.{table} WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, {order}"
        );
        columns += conn.query::<mysql::Row, _>(sql)?.len();
    }
    assert!(columns >= TABLES.len() * 10);
    Ok(())
}
