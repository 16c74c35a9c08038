//! Revisions outside transactions, for every backend, in which a step that runs twice or not at all shows.

use migrate_runtime::__private::{Header, Heads, Options, Revision};
use migrate_runtime::Migrations;
use migrate_runtime::v1::*;

/// What a revision does.
pub type Code<B> = fn(&mut Op<'_, B>) -> Result<()>;

/// An id, what it follows, `up` and `down`.
pub type TestRevision<B> = (&'static str, &'static [&'static str], Code<B>, Code<B>);

/// The entries of the log once all is applied.
pub const WORDS: [&str; 7] = [
    "between", "changed", "created", "doubled", "raw", "raw too", "renamed",
];

/// What a backend has of its own.
pub trait JournalDialect: Backend {
    /// Creates an index with the statement that can be interrupted, if the database has one.
    ///
    /// # Errors
    ///
    /// What the database reports.
    fn index(op: &mut Op<'_, Self>, index: Index) -> Result<()> {
        op.create_index(index)
    }

    /// A statement that no transaction can hold.
    const NON_TRANSACTIONAL: &'static str;

    /// Returns the SQL of an index over the entries of the log, without a name where the database gives one.
    fn raw_index(name: Option<&str>, number: usize) -> String {
        let name = name.map_or(format!("log{number}"), str::to_owned);
        format!("CREATE INDEX {name} ON log (word)")
    }

    /// Spells a procedure of one statement, where there are procedures.
    fn routine(name: &str, statement: &str) -> Option<String> {
        let _ = (name, statement);
        None
    }

    /// Spells a block of two statements, where there are blocks.
    fn block(first: &str, second: &str) -> Option<String> {
        let _ = (first, second);
        None
    }
}

impl JournalDialect for Sqlite {
    const NON_TRANSACTIONAL: &'static str = "VACUUM";
}

impl JournalDialect for Postgres {
    fn index(op: &mut Op<'_, Postgres>, index: Index) -> Result<()> {
        op.create_index_concurrently(index)
    }

    const NON_TRANSACTIONAL: &'static str = "VACUUM log";

    fn raw_index(name: Option<&str>, _: usize) -> String {
        format!(
            "CREATE INDEX CONCURRENTLY {} ON log (word)",
            name.unwrap_or_default()
        )
    }

    fn routine(name: &str, statement: &str) -> Option<String> {
        Some(format!(
            "CREATE PROCEDURE {name}() LANGUAGE plpgsql AS $$ BEGIN {statement}; END $$"
        ))
    }

    fn block(first: &str, second: &str) -> Option<String> {
        Some(format!("DO $$ BEGIN {first}; {second}; END $$"))
    }
}

impl JournalDialect for Mysql {
    const NON_TRANSACTIONAL: &'static str = "ANALYZE TABLE log";

    fn routine(name: &str, statement: &str) -> Option<String> {
        Some(format!("CREATE PROCEDURE {name}() {statement}"))
    }

    fn block(first: &str, second: &str) -> Option<String> {
        Some(format!("BEGIN NOT ATOMIC {first}; {second}; END"))
    }
}

/// The revisions: `s1`, `s2`, `s3`, all outside transactions; an older build has the first `count` of them.
pub fn migrations<B: JournalDialect>(count: usize) -> &'static Migrations<B> {
    let mut all: Vec<TestRevision<B>> = vec![
        ("s1", &[], create::<B>, drop::<B>),
        ("s2", &["s1"], change::<B>, back::<B>),
        ("s3", &["s2"], last::<B>, forget::<B>),
    ];
    all.truncate(count);
    migrations_of(all)
}

/// Returns the migrations of these revisions, all outside transactions.
pub fn migrations_of<B: JournalDialect>(all: Vec<TestRevision<B>>) -> &'static Migrations<B> {
    let revisions: Vec<Revision<B>> = all
        .into_iter()
        .map(|(id, follows, up, down)| Revision {
            header: header(id, Vec::from(follows).leak()),
            up,
            down,
        })
        .collect();
    let options = Options {
        version_table: "migrate_revisions",
        heads: Heads::One,
    };
    Box::leak(Box::new(Migrations::new(
        vec![&*revisions.leak()].leak(),
        options,
    )))
}

fn header(id: &'static str, down_revisions: &'static [&'static str]) -> Header {
    Header {
        id,
        down_revisions,
        depends_on: &[],
        replaces: &[],
        branch_labels: &[],
        created: "2026-03-01T00:00:00Z",
        message: "Takes some steps.",
        transaction: false,
        checksum: "v1:00",
        file: "src/journal_revisions.rs",
    }
}

fn create<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("items", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("price", Integer).not_null());
        t.column(Column::new("spare", Integer));
    })?;
    op.create_table("log", |t| t.column(Column::new("word", Varchar(20))))?;
    for id in 1..=3 {
        op.execute_with(
            "INSERT INTO items (id, price) VALUES (?1, 10)",
            &params![id],
        )?;
    }
    log(op, "created")
}

fn drop<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    op.drop_table("items")?;
    op.drop_table("log")
}

fn change<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    op.add_column("items", Column::new("note", Varchar(20)))?;
    op.execute("UPDATE items SET price = price + 1; UPDATE items SET price = price * 2")?;
    op.once("double again", |op| {
        op.execute("UPDATE items SET price = price * 2")?;
        log(op, "doubled")
    })?;
    // A loop that looks for what is still to be done, and finds nothing once it is.
    let rows = op.query("SELECT id FROM items WHERE note IS NULL ORDER BY id", &[])?;
    for row in rows {
        op.execute_with("UPDATE items SET note = 'seen' WHERE id = ?1", &row)?;
    }
    op.rename_column("items", "price", "cost")?;
    B::index(op, Index::new("items_cost", "items", "cost"))?;
    // Statements after statements that no transaction holds.
    op.execute(B::NON_TRANSACTIONAL)?;
    log(op, "between")?;
    op.execute("INSERT INTO log (word) VALUES ('raw')")?;
    op.execute(B::NON_TRANSACTIONAL)?;
    op.execute("INSERT INTO log (word) VALUES ('raw too')")?;
    op.drop_column("items", "spare")?;
    log(op, "changed")
}

fn back<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    op.execute("DELETE FROM log WHERE word <> 'created'")?;
    op.drop_index("items", "items_cost")?;
    op.rename_column("items", "cost", "price")?;
    op.execute("UPDATE items SET price = price / 4 - 1")?;
    op.drop_column("items", "note")?;
    op.add_column("items", Column::new("spare", Integer))
}

fn last<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    op.rename_table("items", "things")?;
    log(op, "renamed")
}

fn forget<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    op.rename_table("things", "items")?;
    op.execute("DELETE FROM log WHERE word = 'renamed'")
}

fn log<B: JournalDialect>(op: &mut Op<'_, B>, word: &str) -> Result<()> {
    op.execute_with("INSERT INTO log (word) VALUES (?1)", &params![word])
        .map(|_| ())
}
