//! An upgrade on a server: our run beside the driver with the same statements and version rows.
//!
//! Each side is this binary again, in a process of its own on an empty database.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrate_runtime::v1::*;
use migrate_tests::{revisions, servers};
use mysql::prelude::Queryable as _;

use crate::floor;
use crate::measure::{Side, pair};
use crate::worker;

const COUNT: usize = 1_000;

/// What the processes of these rows are called.
pub(crate) const NAME: &str = "servers";

/// The row on PostgreSQL: each revision is a transaction with its version row.
pub(crate) fn postgres() {
    if let Some(server) = servers::postgres() {
        compare(
            "PostgreSQL",
            "postgres",
            "at most 1.5",
            5,
            || server.database(),
            |it| &it.url,
        );
    }
}

/// The row on MariaDB or MySQL: a change of the schema commits by itself, and so does its version row.
pub(crate) fn mysql() {
    if let Some(server) = servers::mysql() {
        compare(
            "MariaDB",
            "mysql",
            "at most 2",
            1,
            || server.database(),
            |it| &it.url,
        );
    }
}

fn compare<D>(
    title: &str,
    kind: &str,
    limit: &str,
    rounds: usize,
    make: impl Fn() -> D,
    url: impl Fn(&D) -> &str,
) {
    let database = RefCell::new(make());
    let fresh = || drop(database.replace(make()));
    let side = |name: &str| worker::command(NAME, &[kind, name, url(&database.borrow())]).status();
    pair(
        &format!("upgrade of {COUNT} small revisions on {title}"),
        limit,
        rounds,
        Side {
            name: "migrations",
            before: &fresh,
            run: &|| side("ours"),
        },
        Side {
            name: "the driver by hand",
            before: &fresh,
            run: &|| side("floor"),
        },
    );
}

/// Does the work of one side.
pub(crate) fn work(arguments: &[String]) {
    let [kind, side, url] = arguments else {
        panic!("a database, a side and a URL");
    };
    match (kind.as_str(), side.as_str()) {
        ("postgres", "ours") => {
            upgrade::<Postgres>(&mut PostgresClient::connect(url).expect("a connection"));
        }
        ("postgres", _) => postgres_by_hand(url).expect("it works"),
        (_, "ours") => upgrade::<Mysql>(&mut MysqlClient::connect(url).expect("a connection")),
        _ => mysql_by_hand(url).expect("it works"),
    }
}

fn upgrade<B: Backend>(client: &mut B::Client) {
    let revision: (revisions::Code<B>, revisions::Code<B>) = (step::<B, COUNT>, |_| Ok(()));
    let done = revisions::linear_history(&[revision; COUNT]).upgrade(client);
    assert_eq!(done.expect("it works").steps.len(), COUNT);
}

/// A typical small revision, the next one of this process each time: the same as the floor's statements. After `ALL`, it is
/// the first one again.
pub(crate) fn step<B: Backend, const ALL: usize>(op: &mut Op<'_, B>) -> Result<()> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed) % ALL;
    let table = format!("table_{}", number / 4);
    match number % 4 {
        0 => op.create_table(&table, |t| {
            t.column(Column::new("id", Integer).not_null());
            t.column(Column::new("name", Varchar(100)).not_null());
            t.primary_key("id");
        }),
        1 => op.add_column(&table, Column::new("note", Text)),
        2 => op.create_index(Index::new(format!("{table}_name"), &*table, "name")),
        _ => op.execute(&floor::statement(number)).map(|_| ()),
    }
}

/// The version table, which both databases accept in this form.
const VERSIONS: &str =
    "CREATE TABLE migrate_revisions (revision varchar(64) NOT NULL PRIMARY KEY, down_revision text NOT NULL,
        depends_on text NOT NULL, message text NOT NULL, checksum text NOT NULL, status varchar(16) NOT NULL,
        compatibility varchar(16) NOT NULL, sequence integer NOT NULL, applied_at varchar(32) NOT NULL,
        duration_ms integer NOT NULL, tool_version varchar(32) NOT NULL, journal text)";

/// The row of a revision; the first two values and the eighth are its own.
fn row(marks: [&str; 3]) -> String {
    let [revision, down_revision, sequence] = marks;
    format!(
        "INSERT INTO migrate_revisions VALUES ({revision}, {down_revision}, '', 'A step.', 'v1:00', 'applied', 'additive',
            {sequence}, '2026-01-01T00:00:00.000Z', 0, '0.1.0', NULL)"
    )
}

fn id(number: usize) -> String {
    match number {
        0 => String::new(),
        number => format!("r{number}"),
    }
}

fn postgres_by_hand(url: &str) -> std::result::Result<(), postgres::Error> {
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    client.batch_execute(VERSIONS)?;
    let insert = client.prepare(&row(["$1", "$2", "$3"]))?;
    for (number, sequence) in (0..COUNT).zip(1_i32..) {
        let mut transaction = client.transaction()?;
        transaction.batch_execute(&floor::statement(number))?;
        transaction.execute(&insert, &[&id(number + 1), &id(number), &sequence])?;
        transaction.commit()?;
    }
    Ok(())
}

fn mysql_by_hand(url: &str) -> std::result::Result<(), mysql::Error> {
    let mut conn = mysql::Conn::new(mysql::Opts::from_url(url)?)?;
    conn.query_drop(VERSIONS)?;
    let insert = conn.prep(row(["?", "?", "?"]))?;
    for number in 0..COUNT {
        // The portable `Text` takes values of any length.
        let sql = floor::statement(number)
            .replace('"', "`")
            .replace(" TEXT", " LONGTEXT");
        conn.query_drop(sql)?;
        conn.exec_drop(&insert, (id(number + 1), id(number), number + 1))?;
    }
    Ok(())
}
