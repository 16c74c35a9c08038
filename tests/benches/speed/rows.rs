//! A data migration over a million rows: the row helpers beside a streaming cursor and a hand-written prepared update.
//!
//! Each side is this binary again, in a process of its own on a fresh copy of one database.

use std::path::Path;

use migrate_runtime::__private::{Header, Heads, Options, Revision};
use migrate_runtime::Migrations;
use migrate_runtime::v1::*;
use rusqlite::Connection;

use crate::measure::{Side, pair};
use crate::{remove_database, report, worker};

const COUNT: u32 = 1_000_000;

/// What the processes of this row are called.
pub(crate) const NAME: &str = "rows";

#[derive(Row)]
#[row(table = "users", key = "id")]
struct User {
    id: i64,
    email: String,
    avatar: Option<String>,
}

/// Returns what a row is to hold: of every `nth`, another avatar.
fn avatar(id: i64, email: &str, nth: i64) -> Option<String> {
    (id % nth == 0).then(|| format!("https://avatars.example/{email}?size=200"))
}

/// The row of the table.
pub(crate) fn a_million_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (master, database) = (
        folder.path().join("master.db"),
        folder.path().join("bench.db"),
    );
    make(&master).expect("a database of a million rows");
    let fresh = || {
        remove_database(&database);
        std::fs::copy(&master, &database).expect("a copy");
    };
    for nth in ["1", "10"] {
        let side = |name: &str| worker::command(NAME, &[name, nth, &database.to_string_lossy()]);
        pair(
            &format!("data migration of 1,000,000 rows, 1 of {nth} changed"),
            "at most 1.2",
            7,
            Side {
                name: "row helpers",
                before: &fresh,
                run: &|| side("ours").status(),
            },
            Side {
                name: "cursor by hand",
                before: &fresh,
                run: &|| side("floor").status(),
            },
        );
        let peak = |name: &str| {
            fresh();
            worker::peak(side(name))
        };
        let figures = format!(
            "row helpers {}, cursor by hand {}",
            peak("ours"),
            peak("floor")
        );
        report("  the most memory it took", "the same", &figures);
    }
}

fn make(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "BEGIN; CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, avatar TEXT);
         WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < {COUNT})
            INSERT INTO users SELECT x, 'Name of person ' || x, 'm' || (x * 7919 % 1000003) || '@example.org', NULL FROM n;
         COMMIT"
    ))
}

/// Does the work of one side and prints the most memory it took.
pub(crate) fn work(arguments: &[String]) {
    let [side, nth, path] = arguments else {
        panic!("a side, a number and a path");
    };
    let mut connection = Connection::open(path).expect("a database");
    match (side.as_str(), nth.as_str()) {
        ("ours", "1") => ours::<1>(&mut connection),
        ("ours", _) => ours::<10>(&mut connection),
        (_, nth) => by_hand(&mut connection, nth.parse().expect("a number")).expect("it works"),
    }
    worker::print_peak();
}

fn ours<const NTH: i64>(connection: &mut Connection) {
    let header = Header {
        id: "r1",
        down_revisions: &[],
        depends_on: &[],
        replaces: &[],
        branch_labels: &[],
        created: "2026-01-01T00:00:00Z",
        message: "Give each user an avatar.",
        transaction: true,
        checksum: "v1:00",
        file: "src/migrations/avatars.rs",
    };
    let up: fn(&mut Op<'_, Sqlite>) -> Result<()> = |op| {
        let done = op.rows::<User>().update(|user| {
            if let Some(avatar) = avatar(user.id, &user.email, NTH) {
                user.avatar = Some(avatar);
            }
            Ok(())
        })?;
        assert_eq!(done.rows_updated, u64::from(COUNT) / NTH.unsigned_abs());
        Ok(())
    };
    let revisions: &'static [Revision<Sqlite>] = vec![Revision {
        header,
        up,
        down: up,
    }]
    .leak();
    let options = Options {
        version_table: "migrate_revisions",
        heads: Heads::One,
    };
    let migrations = Migrations::new(vec![revisions].leak(), options);
    migrations.upgrade(connection).expect("it works");
}

fn by_hand(connection: &mut Connection, nth: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut read = transaction.prepare("SELECT id, email FROM users ORDER BY id")?;
        let mut write = transaction.prepare("UPDATE users SET avatar = ?1 WHERE id = ?2")?;
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            let (id, email): (i64, String) = (row.get(0)?, row.get(1)?);
            if let Some(avatar) = avatar(id, &email, nth) {
                write.execute((avatar, id))?;
            }
        }
    }
    transaction.commit()
}
