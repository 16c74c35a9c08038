//! Revisions that open a connection of their own, which waits for the revision's locks.

use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use migrate_runtime::v1::*;
use migrate_runtime::{LockWaitListener, Observer, RunOptions, StepReport};
use migrate_tests::revisions::{Code, linear_history};
use mysql::prelude::Queryable as _;
use postgres::NoTls;

use crate::engine::Engine;

/// What the listeners of one test received.
struct Reports {
    texts: Mutex<Vec<String>>,
    changed: Condvar,
}

impl Reports {
    const fn new() -> Reports {
        Reports {
            texts: Mutex::new(Vec::new()),
            changed: Condvar::new(),
        }
    }

    /// Waits for the first report, and returns all of them.
    fn wait(&self) -> Vec<String> {
        let texts = self.texts.lock().unwrap();
        let limit = Duration::from_secs(20);
        let (texts, _) = self
            .changed
            .wait_timeout_while(texts, limit, |texts| texts.is_empty())
            .unwrap();
        texts.clone()
    }
}

struct Listening(&'static Reports);

impl Observer for Listening {
    fn lock_wait_listener(&mut self, _: &StepReport) -> Option<LockWaitListener> {
        let reports = self.0;
        Some(Box::new(move |wait| {
            reports.texts.lock().unwrap().push(wait.to_string());
            reports.changed.notify_all();
        }))
    }
}

fn upgrade<B: Engine>(reports: &'static Reports, steps: &[(Code<B>, Code<B>)]) -> Option<String> {
    let database = B::database()?;
    let access = migrate_engine::backend::Access::Write;
    let wait = Duration::from_secs(10);
    let client = B::open(database.url.as_ref(), access, wait).unwrap();
    let migrations = linear_history(steps);
    let started = Instant::now();
    migrations
        .upgrade_with(
            &mut client.unwrap(),
            "head",
            &RunOptions::default(),
            &mut Listening(reports),
        )
        .unwrap();
    assert!(started.elapsed() < Duration::from_secs(15));
    let reports = reports.texts.lock().unwrap();
    assert_eq!(reports.len(), 1, "{reports:?}");
    Some(reports[0].clone())
}

fn create_a(op: &mut Op<'_, impl Backend>) -> Result<()> {
    op.execute("CREATE TABLE a (id INTEGER)")?;
    op.execute("INSERT INTO a VALUES (1)")
}

#[test]
fn postgres_names_a_connection_that_waits_for_its_own_revision() {
    static REPORTS: Reports = Reports::new();
    let text = upgrade::<Postgres>(
        &REPORTS,
        &[
            (create_a, |_| Ok(())),
            (
                |op| {
                    op.execute("ALTER TABLE a ADD COLUMN b INTEGER")?;
                    let url = op.database()?.url().unwrap_or_default().to_owned();
                    let theirs = thread::spawn(move || {
                        let mut client = postgres::Client::connect(&url, NoTls).unwrap();
                        client.batch_execute("UPDATE a SET id = 2")
                    });
                    REPORTS.wait();
                    drop(theirs);
                    Ok(())
                },
                |_| Ok(()),
            ),
        ],
    );
    if let Some(text) = text {
        let expected = "waits for a lock of revision `r2`: UPDATE a SET id = 2\n  this program opened that connection";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("use `op.connection()`"), "{text}");
    }
}

#[test]
fn mysql_names_a_connection_that_waits_for_its_own_revision() {
    static REPORTS: Reports = Reports::new();
    let text = upgrade::<Mysql>(
        &REPORTS,
        &[
            (create_a, |_| Ok(())),
            (
                |op| {
                    op.connection().query_drop("UPDATE a SET id = id + 1")?;
                    let url = op.database()?.url().unwrap_or_default().to_owned();
                    let theirs = thread::spawn(move || {
                        // A socket has no port, by which this program recognizes its connections.
                        let url = format!("{url}?prefer_socket=false");
                        let mut conn = mysql::Conn::new(url.as_str()).unwrap();
                        conn.query_drop("UPDATE a SET id = 9")
                    });
                    REPORTS.wait();
                    drop(theirs);
                    Ok(())
                },
                |_| Ok(()),
            ),
        ],
    );
    if let Some(text) = text {
        let expected = "waits for a lock of revision `r2`: UPDATE a SET id = 9\n  this program opened that connection";
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_long_revision_for_which_nothing_waits_is_not_reported() {
    static REPORTS: Reports = Reports::new();
    let Some(database) = <Postgres>::database() else {
        return;
    };
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let migrations = linear_history::<Postgres>(&[(
        |op| {
            create_a(op)?;
            thread::sleep(Duration::from_secs(5));
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()";
            let count: i64 = op.connection().query_one(sql, &[])?.get(0);
            // The run, its lock, and the watcher, which connects after a few seconds.
            assert_eq!(count, 3);
            Ok(())
        },
        |_| Ok(()),
    )]);
    migrations
        .upgrade_with(
            &mut client,
            "head",
            &RunOptions::default(),
            &mut Listening(&REPORTS),
        )
        .unwrap();
    assert!(REPORTS.texts.lock().unwrap().is_empty());
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()";
    let alone = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(20));
        client
            .client()
            .query_one(sql, &[])
            .unwrap()
            .get::<_, i64>(0)
            == 1
    });
    assert!(alone, "the watcher closes its connection");
}

fn sqlite_failure(up: Code<Sqlite>) -> (String, String) {
    let database = <Sqlite>::database().unwrap();
    let mut client = rusqlite::Connection::open(&database.url).unwrap();
    let migrations = linear_history(&[(up, |_| Ok(()))]);
    let error = migrations.upgrade(&mut client).unwrap_err();
    assert_eq!(error.code(), "migration_failed");
    (error.to_string(), error.help().unwrap_or_default())
}

#[test]
fn sqlite_explains_a_connection_that_the_revision_locks() {
    let (message, help) = sqlite_failure(|op| {
        create_a(op)?;
        let other = rusqlite::Connection::open(op.database()?.name())?;
        other.busy_timeout(Duration::from_millis(50))?;
        other.execute_batch("CREATE TABLE b (id)")?;
        Ok(())
    });
    assert!(message.ends_with("database is locked"), "{message}");
    assert!(help.contains("use `op.connection()`"), "{help}");
    // As another driver reports it, inside of the application's own error.
    let (message, help) = sqlite_failure(|_| {
        let text = "error returned from database: (code: 5) database is locked";
        Err(migrate_runtime::v1::Error::msg(text))
    });
    assert!(message.contains("(code: 5)"), "{message}");
    assert!(help.contains("opened another connection"), "{help}");
    let (_, help) = sqlite_failure(|op| op.execute("SELECT nonsense"));
    assert_eq!(help, "");
}

static SEEN: Mutex<Vec<CurrentDatabase>> = Mutex::new(Vec::new());

/// Runs a revision that asks for its database on one of its own and on a scratch database.
fn asked<B: Engine>() -> Option<([CurrentDatabase; 2], String)> {
    let database = B::database()?;
    let migrations = linear_history::<B>(&[(
        |op| {
            SEEN.lock().unwrap().push(op.database()?);
            Ok(())
        },
        |_| Ok(()),
    )]);
    let access = migrate_engine::backend::Access::Write;
    let wait = Duration::from_secs(10);
    let client = B::open(database.url.as_ref(), access, wait).unwrap();
    migrations.upgrade(&mut client.unwrap()).unwrap();
    let mut scratch = B::scratch(Some(database.url.as_ref())).unwrap();
    migrations.upgrade(&mut scratch).unwrap();
    let seen: Vec<_> = SEEN.lock().unwrap().drain(..).collect();
    Some((seen.try_into().unwrap(), database.url.clone()))
}

#[test]
fn a_revision_knows_its_database() {
    let ([own, scratch], path) = asked::<Sqlite>().unwrap();
    assert_eq!(own.name(), path);
    assert!(!own.is_scratch() && scratch.is_scratch());
    let servers = [asked::<Postgres>(), asked::<Mysql>()];
    for ([own, scratch], url) in servers.into_iter().flatten() {
        let name = url.rsplit_once('/').unwrap().1;
        assert_eq!(own.name(), name);
        assert!(own.url().unwrap().ends_with(&format!("/{name}")), "{own:?}");
        assert!(!own.is_scratch());
        assert!(scratch.is_scratch());
        assert_ne!(scratch.name(), name);
        let scratch_url = scratch.url().unwrap();
        assert!(scratch_url.ends_with(scratch.name()), "{scratch:?}");
    }
}

#[test]
fn the_url_of_a_database_has_no_password() {
    let Some(database) = <Postgres>::database() else {
        return;
    };
    let with_password = database.url.replacen('@', ":s3cret@", 1);
    let migrations = linear_history::<Postgres>(&[(
        |op| {
            assert!(!format!("{:?}", op.database()?).contains("s3cret"));
            Ok(())
        },
        |_| Ok(()),
    )]);
    let mut client = PostgresClient::connect(&with_password).unwrap();
    migrations.upgrade(&mut client).unwrap();
}

#[test]
fn the_error_of_such_a_connection_names_it_also_without_an_observer() {
    let Some(database) = <Postgres>::database() else {
        return;
    };
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let migrations = linear_history::<Postgres>(&[
        (create_a, |_| Ok(())),
        (
            |op| {
                op.execute("ALTER TABLE a ADD COLUMN b INTEGER")?;
                let url = op.database()?.url().unwrap_or_default().to_owned();
                let mut own = postgres::Client::connect(&url, NoTls)?;
                Ok(own.batch_execute("SET lock_timeout = '6s'; UPDATE a SET id = 2")?)
            },
            |_| Ok(()),
        ),
    ]);
    let options = RunOptions::new().wait(Duration::from_secs(1));
    let error = migrations
        .upgrade_with(&mut client, "head", &options, &mut ())
        .unwrap_err();
    let help = error.help().unwrap();
    assert!(help.starts_with("connection "), "{help}");
    assert!(help.contains("use `op.connection()`"), "{help}");
}
