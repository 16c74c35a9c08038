//! A database for each of 100 tests: copies of a template, which is built once, beside a run of 100 revisions for each test.
//!
//! Each side is this binary again, in a process of its own. Creating and dropping the databases is part of both sides.

use std::ffi::OsString;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use migrate_engine::backend::ScratchRequest;
use migrate_runtime::Migrations;
use migrate_runtime::v1::*;
use migrate_tests::{revisions, servers};
use migrate_tools::test_database;

use crate::measure::{Side, pair};
use crate::servers::step;
use crate::worker;

const REVISIONS: usize = 100;

const TESTS: usize = 100;

/// What the processes of these rows are called.
pub(crate) const NAME: &str = "test-databases";

pub(crate) fn on_sqlite() {
    compare("SQLite", "sqlite", 5, None);
}

pub(crate) fn on_postgres() {
    if let Some(server) = servers::postgres() {
        compare(
            "PostgreSQL",
            "postgres",
            1,
            Some(format!("{}/postgres", server.url)),
        );
    }
}

pub(crate) fn on_mysql() {
    if let Some(server) = servers::mysql() {
        compare("MariaDB", "mysql", 1, Some(format!("{}/mysql", server.url)));
    }
}

fn compare(title: &str, kind: &str, rounds: usize, server: Option<String>) {
    let side = |name: &str| -> Command {
        worker::command(NAME, &[kind, name, server.as_deref().unwrap_or_default()])
    };
    pair(
        &format!("{TESTS} tests with {REVISIONS} revisions on {title}"),
        "below 1",
        rounds,
        Side {
            name: "copies of a template",
            before: &|| (),
            run: &|| side("copies").status(),
        },
        Side {
            name: "all revisions for each test",
            before: &|| (),
            run: &|| side("replays").status(),
        },
    );
}

/// Does the work of one side.
pub(crate) fn work(arguments: &[String]) {
    let [kind, side, server] = arguments else {
        panic!("a database, a side and a server");
    };
    let server = (!server.is_empty()).then(|| OsString::from(server));
    let is_copies = side == "copies";
    match kind.as_str() {
        "sqlite" => all::<Sqlite>(is_copies, server),
        "postgres" => all::<Postgres>(is_copies, server),
        _ => all::<Mysql>(is_copies, server),
    }
}

fn all<B: Backend<Client: Send>>(is_copies: bool, server: Option<OsString>) {
    let migrations = history::<B>();
    for _ in 0..TESTS {
        if is_copies {
            let database = test_database::create(migrations, server.as_deref());
            drop(database.expect("a copy"));
        } else {
            let request = ScratchRequest {
                scratch_server: server.as_deref(),
                ..ScratchRequest::empty()
            };
            let mut database = B::shared_scratch(&request).expect("a database");
            migrations.upgrade(&mut database.client).expect("it works");
        }
    }
}

/// Returns revisions that no earlier process has run: the first database builds the template.
fn history<B: Backend>() -> &'static Migrations<B> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let checksum = format!("v1:{:x}", now.map_or(0, |now| now.as_nanos()));
    let checksum: &'static str = checksum.leak();
    let ids: Vec<String> = (0..REVISIONS)
        .map(|number| format!("bench_{number}"))
        .collect();
    let ids: &'static [String] = ids.leak();
    let mut all = Vec::new();
    for at in 0..REVISIONS {
        let parents: Vec<&'static str> =
            at.checked_sub(1).map(|at| &*ids[at]).into_iter().collect();
        let mut revision =
            revisions::revision::<B>(&ids[at], parents.leak(), step::<B, REVISIONS>, |_| Ok(()));
        revision.header.checksum = checksum;
        all.push(revision);
    }
    revisions::migrations(all)
}
