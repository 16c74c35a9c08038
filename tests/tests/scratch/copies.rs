//! Databases that are copied in one process.

use std::panic;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use migrate_runtime::v1::*;
use migrate_tests::revisions::Code;

use crate::engine::{Engine, History, create, create_table, on_each};

on_each! {
    a_failing_revision_is_named_and_leaves_nothing
    each_test_has_its_own_rows
    a_panic_drops_the_database
    revisions_run_once_until_one_is_edited
    threads_share_a_template
}

fn a_failing_revision_is_named_and_leaves_nothing<B: Engine>(name: &str) {
    let history = History::new::<B>(&format!("failing_{name}"));
    let bad: Code<B> = |op| op.execute("INSERT INTO missing VALUES (1)");
    let error = create(history.edited(&[create_table::<B>, bad]))
        .err()
        .unwrap();
    let expected = format!("{}_1", history.first);
    assert_eq!(error.revision(), Some(&*expected), "{error}");
    assert!(
        error.to_string().starts_with("on a scratch database, "),
        "{error}"
    );
    // The next call begins again.
    let database = create(history.edited(&[create_table::<B>])).unwrap();
    B::run_sql(database.url(), "INSERT INTO notes VALUES (2)");
}

fn each_test_has_its_own_rows<B: Engine>(name: &str) {
    let history = History::new::<B>(&format!("rows_{name}"));
    let migrations = history.edited(&[create_table::<B>]);
    let (mut one, other) = (create(migrations).unwrap(), create(migrations).unwrap());
    assert_ne!(one.url(), other.url());
    B::run_sql(one.url(), "DELETE FROM notes");
    B::run_sql(other.url(), "INSERT INTO notes SELECT id + 1 FROM notes");
    assert!(migrations.is_current(B::reader(one.client())).unwrap());
    let url = other.url().to_owned();
    assert!(B::exists(&url));
    drop(other);
    assert!(!B::exists(&url));
    assert!(B::exists(one.url()));
}

fn a_panic_drops_the_database<B: Engine>(name: &str) {
    let history = History::new::<B>(&format!("panic_{name}"));
    let migrations = history.edited(&[create_table::<B>]);
    let panicked = panic::catch_unwind(|| {
        let database = create(migrations).unwrap();
        // Not with the message of a failed test.
        panic::resume_unwind(Box::new(database.url().to_owned()));
    });
    let url = panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(!B::exists(&url));
}

/// Counts the runs of [`count`], for one backend after the other.
static RUNS: [AtomicU32; 6] = [const { AtomicU32::new(0) }; 6];

fn counter<B: Backend>(test: usize) -> &'static AtomicU32 {
    let name = std::any::type_name::<B>();
    let at = ["Sqlite", "Postgres", "Mysql"];
    let at = at.iter().position(|end| name.ends_with(end)).unwrap();
    &RUNS[3 * test + at]
}

fn count<B: Backend, const TEST: usize>(op: &mut Op<'_, B>) -> Result<()> {
    counter::<B>(TEST).fetch_add(1, Ordering::Relaxed);
    op.create_table("counted", |t| t.column(Column::new("id", Integer)))
}

fn revisions_run_once_until_one_is_edited<B: Engine>(name: &str) {
    let history = History::new::<B>(&format!("once_{name}"));
    let runs = || counter::<B>(0).load(Ordering::Relaxed);
    let migrations = history.edited(&[count::<B, 0>]);
    for _ in 0..3 {
        create(migrations).unwrap();
    }
    assert_eq!(runs(), 1);
    let edited = history.edited(&[count::<B, 0>, create_table::<B>]);
    let database = create(edited).unwrap();
    assert_eq!(runs(), 2);
    B::run_sql(database.url(), "INSERT INTO notes SELECT 5 FROM counted");
    // The template of the earlier form is gone. A process that still needs it builds it again.
    assert_eq!(history.templates(), 1);
    create(migrations).unwrap();
    assert_eq!(runs(), 3);
}

fn threads_share_a_template<B: Engine>(name: &str) {
    let history = History::new::<B>(&format!("threads_{name}"));
    let migrations = history.edited(&[count::<B, 1>]);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let database = create(migrations).unwrap();
                B::run_sql(database.url(), "INSERT INTO counted VALUES (1)");
            });
        }
    });
    assert_eq!(counter::<B>(1).load(Ordering::Relaxed), 1);
    assert_eq!(history.templates(), 1);
}
