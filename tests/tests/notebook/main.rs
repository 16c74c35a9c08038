//! A third-party backend, with public items only: a database that is a few pages in memory and knows no SQL but what
//! the version table needs. All that works on it works on any backend.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod backend;
mod migrations;
mod sql;

use backend::{Client, Notebook};
use migrate_runtime::Error;
use migrate_runtime::verify::{RoundTrip, VerifyOptions};

fn client() -> Client {
    Client::default()
}

#[test]
fn revisions_run_up_and_down() {
    let migrations = migrations::migrations();
    let mut client = client();
    let report = migrations.upgrade(&mut client).unwrap();
    assert_eq!(report.steps.len(), 2);
    assert!(migrations.is_current(&client).unwrap());
    assert_eq!(client.columns("books"), ["id", "title", "pages"]);
    assert!(migrations.upgrade(&mut client).unwrap().steps.is_empty());
    migrations.downgrade(&mut client, "-1").unwrap();
    assert_eq!(client.columns("books"), ["id", "title"]);
    let status = migrations.status(&client).unwrap();
    assert_eq!((status.applied.len(), status.pending.len()), (1, 1));
    migrations.downgrade(&mut client, "base").unwrap();
    assert_eq!(client.columns("books"), [] as [&str; 0]);
}

#[test]
fn a_revision_that_fails_is_rolled_back_with_its_row() {
    let migrations = migrations::migrations();
    let mut client = client();
    migrations.upgrade_to(&mut client, "one").unwrap();
    client.add_row("books");
    let error = migrations.upgrade(&mut client).unwrap_err();
    let Error::MigrationFailed(failure) = error else {
        panic!("{error}");
    };
    assert_eq!(failure.revision, "two");
    let cause = failure.cause;
    assert!(cause.contains("a notebook has no indexes"), "{cause}");
    assert_eq!(client.columns("books"), ["id", "title"]);
    assert_eq!(migrations.status(&client).unwrap().current, ["one"]);
}

#[test]
fn stamp_and_verify_work_too() {
    let migrations = migrations::migrations();
    let mut client = client();
    migrations.stamp(&mut client, &["one"]).unwrap();
    assert_eq!(migrations.status(&client).unwrap().current, ["one"]);
    // A notebook takes no rows but those of the version table.
    let verified = migrations.verify(&VerifyOptions::new().rows(0)).unwrap();
    assert!(
        verified
            .iter()
            .all(|one| one.round_trip == RoundTrip::Passed),
        "{verified:?}"
    );
    migrate_runtime::testing::assert_up_down_up::<Notebook>(migrations);
}
