//! Runs of revisions: what is kept, what is rolled back, and what is reported.

use std::time::Duration;

use migrate_runtime::v1::*;
use migrate_runtime::{Error as RunError, RunOptions, TransactionMode};

use crate::fixture::ServerFixture;
use migrate_tests::revisions::{Code, history_of, linear_history, non_transactional_history};

fn nothing(_: &mut Op<'_, Postgres>) -> Result<()> {
    Ok(())
}

fn make_a(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.create_table("a", |t| t.column(Column::new("id", Integer)))
}

fn make_b(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.create_table("b", |t| t.column(Column::new("id", Integer)))
}

fn tables(fixture: &ServerFixture) -> Vec<String> {
    fixture.database.strings("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
}

fn applied(fixture: &ServerFixture) -> Vec<String> {
    if !tables(fixture).contains(&"migrate_revisions".to_owned()) {
        return Vec::new();
    }
    fixture.database.strings(
        "SELECT revision FROM migrate_revisions WHERE status = 'applied' ORDER BY sequence",
    )
}

#[test]
fn a_history_goes_up_down_and_up_again() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let migrations = linear_history(&[
        (make_a, |op| op.drop_table("a")),
        (make_b, |op| op.drop_table("b")),
    ]);
    assert!(!migrations.is_current(&mut fixture.client).unwrap());
    assert_eq!(
        tables(&fixture),
        Vec::<String>::new(),
        "looking makes nothing"
    );
    for _ in 0..2 {
        assert_eq!(
            migrations.upgrade(&mut fixture.client).unwrap().steps.len(),
            2
        );
        assert_eq!(applied(&fixture), ["r1", "r2"]);
        assert!(migrations.is_current(&mut fixture.client).unwrap());
        assert!(
            migrations
                .upgrade(&mut fixture.client)
                .unwrap()
                .steps
                .is_empty()
        );
        migrations.downgrade(&mut fixture.client, "base").unwrap();
        assert_eq!(tables(&fixture), ["migrate_revisions"]);
    }
    migrations.stamp(&mut fixture.client, &["r2"]).unwrap();
    assert_eq!(applied(&fixture), ["r1", "r2"]);
}

/// A second revision that fails in some way, after it has made something.
fn fails(up: fn(&mut Op<'_, Postgres>) -> Result<()>) -> Option<(ServerFixture, String)> {
    let mut fixture = ServerFixture::new()?;
    let migrations = linear_history(&[(make_a, nothing), (up, nothing)]);
    let error = migrations.upgrade(&mut fixture.client).unwrap_err();
    assert_eq!(applied(&fixture), ["r1"], "{error:?}");
    assert_eq!(
        tables(&fixture),
        ["a", "migrate_revisions"],
        "nothing is left: {error:?}"
    );
    let message = format!("{error} {:?} {:?}", error.notes(), error.help());
    // The connection is as good as new.
    let again = linear_history(&[(make_a, nothing), (make_b, nothing)]);
    again.upgrade(&mut fixture.client).unwrap();
    Some((fixture, message))
}

#[test]
fn a_failing_statement_rolls_its_revision_back() {
    let Some((_, message)) = fails(|op| {
        make_b(op)?;
        op.execute("INSERT INTO b VALUES ('x')")
    }) else {
        return;
    };
    assert!(
        message.contains("22P02") && message.contains("statement 2 of the revision"),
        "{message}"
    );
}

#[test]
fn a_failing_statement_of_the_driver_is_reported_in_full() {
    let Some((_, message)) = fails(|op| {
        make_b(op)?;
        op.connection()
            .execute("INSERT INTO b VALUES (1), (1 / 0)", &[])?;
        Ok(())
    }) else {
        return;
    };
    assert!(
        message.contains("division by zero (SQLSTATE 22012)"),
        "{message}"
    );
}

#[test]
fn a_panic_rolls_its_revision_back() {
    let Some((_, message)) = fails(|op| {
        make_b(op)?;
        panic!("a balance of -1 is impossible")
    }) else {
        return;
    };
    assert!(
        message.contains("it panicked: a balance of -1"),
        "{message}"
    );
}

#[test]
fn commit_and_rollback_through_the_handle_are_refused() {
    for (what, up) in [
        (
            "COMMIT",
            (|op| {
                make_b(op)?;
                op.execute("COMMIT")
            }) as fn(&mut Op<'_, Postgres>) -> Result<()>,
        ),
        ("ROLLBACK", |op| {
            make_b(op)?;
            op.execute("/* x */ rollback; CREATE TABLE c (id integer)")
        }),
        ("COMMIT", |op| {
            make_b(op)?;
            let _ = op.execute("COMMIT");
            Ok(())
        }),
        ("BEGIN", |op| {
            make_b(op)?;
            op.execute("BEGIN")
        }),
    ] {
        let Some((_, message)) = fails(up) else {
            return;
        };
        assert!(message.contains(&format!("it ran {what}")), "{message}");
    }
}

#[test]
fn commit_and_rollback_through_the_driver_leave_nothing() {
    let all: [Code<Postgres>; 5] = [
        |op| {
            make_b(op)?;
            Ok(op.connection().batch_execute("COMMIT")?)
        },
        |op| {
            make_b(op)?;
            let _ = op.connection().batch_execute("COMMIT");
            Ok(())
        },
        |op| {
            make_b(op)?;
            Ok(op
                .connection()
                .batch_execute("ROLLBACK; CREATE TABLE c (id integer)")?)
        },
        |op| {
            make_b(op)?;
            op.connection().batch_execute("ROLLBACK")?;
            let _ = op.connection().batch_execute("CREATE TABLE c (id integer)");
            Ok(())
        },
        |op| {
            make_b(op)?;
            op.connection().batch_execute("ROLLBACK; BEGIN")?;
            let _ = make_b(op);
            Ok(())
        },
    ];
    for up in all {
        let Some((_, message)) = fails(up) else {
            return;
        };
        assert!(message.contains("COMMIT or ROLLBACK"), "{message}");
    }
}

#[test]
fn an_error_that_was_swallowed_is_reported() {
    let Some((_, message)) = fails(|op| {
        make_b(op)?;
        let _ = op.execute("SELECT 1 / 0");
        Ok(())
    }) else {
        return;
    };
    assert!(
        message.contains("25P02") && message.contains("return its error with `?`"),
        "{message}"
    );
}

#[test]
fn savepoints_and_set_constraints_are_allowed_in_a_revision() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let migrations = linear_history(&[(
        |op| {
            make_a(op)?;
            let mut inner = op.connection().transaction()?;
            inner.batch_execute("CREATE TABLE gone (id integer)")?;
            inner.rollback()?;
            op.execute("SAVEPOINT x; INSERT INTO a VALUES (1); ROLLBACK TO x; SET CONSTRAINTS ALL IMMEDIATE")
        },
        nothing,
    )]);
    migrations.upgrade(&mut fixture.client).unwrap();
    assert_eq!(tables(&fixture), ["a", "migrate_revisions"]);
}

#[test]
fn what_a_revision_sets_does_not_reach_the_next_one() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .client
        .client()
        .batch_execute("SET TimeZone = 'Asia/Tokyo'")
        .unwrap();
    let migrations = linear_history(&[
        (
            |op| {
                op.execute("CREATE SCHEMA other; SET search_path = other; SET TimeZone = 'Europe/Paris'; SET standard_conforming_strings = off")
            },
            nothing,
        ),
        (
            |op| {
                make_a(op)?;
                let zone = op.query("SHOW TimeZone", &[])?;
                assert_eq!(zone[0][0].as_str(), Some("UTC"));
                Ok(())
            },
            nothing,
        ),
    ]);
    migrations.upgrade(&mut fixture.client).unwrap();
    assert_eq!(tables(&fixture), ["a", "migrate_revisions"]);
    assert_eq!(applied(&fixture), ["r1", "r2"]);
    let row = fixture
        .client
        .client()
        .query_one("SHOW TimeZone", &[])
        .unwrap();
    assert_eq!(
        row.get::<_, String>(0),
        "Asia/Tokyo",
        "the application's own setting is put back"
    );
    fixture
        .client
        .client()
        .batch_execute("CREATE TABLE writable (id integer)")
        .unwrap();
}

#[test]
fn a_single_transaction_keeps_all_or_nothing() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let options = RunOptions::new().transaction(TransactionMode::Single);
    let failing = linear_history(&[
        (make_a, nothing),
        (|op| op.execute("SELECT 1 / 0"), nothing),
    ]);
    failing
        .upgrade_with(&mut fixture.client, "heads", &options, &mut ())
        .unwrap_err();
    assert_eq!(tables(&fixture), Vec::<String>::new());
    let valid = linear_history(&[(make_a, nothing), (make_b, nothing)]);
    valid
        .upgrade_with(&mut fixture.client, "heads", &options, &mut ())
        .unwrap();
    assert_eq!(tables(&fixture), ["a", "b", "migrate_revisions"]);
}

#[test]
fn a_non_transactional_revision_that_fails_is_not_recorded_and_reports_what_may_be_kept() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let failing = non_transactional_history(&[(
        |op| {
            make_a(op)?;
            op.execute("SELECT 1 / 0")
        },
        nothing,
    )]);
    let error = failing.upgrade(&mut fixture.client).unwrap_err();
    assert!(
        error.notes().iter().any(
            |line| line.contains("1 of its steps is done, and the next run continues after it")
        ),
        "{error:?}"
    );
    assert_eq!(applied(&fixture), Vec::<String>::new());
    assert_eq!(tables(&fixture), ["a", "migrate_revisions"]);
    let corrected = non_transactional_history(&[(
        |op| {
            make_a(op)?;
            make_b(op)
        },
        |op| {
            op.drop_table("b")?;
            op.drop_table("a")
        },
    )]);
    corrected.upgrade(&mut fixture.client).unwrap();
    assert_eq!(tables(&fixture), ["a", "b", "migrate_revisions"]);
    corrected.downgrade(&mut fixture.client, "base").unwrap();
    make_it_and_fail(fixture);
}

/// A transaction of its own that a revision leaves open.
fn make_it_and_fail(mut fixture: ServerFixture) {
    fixture.database.run("CREATE TABLE a (id integer)");
    let open = non_transactional_history(&[(
        |op| op.execute("BEGIN; CREATE TABLE c (id integer)"),
        nothing,
    )]);
    let error = open.upgrade(&mut fixture.client).unwrap_err();
    assert!(
        error.to_string().contains("BEGIN without COMMIT"),
        "{error}"
    );
    assert_eq!(tables(&fixture), ["a", "migrate_revisions"]);
}

#[test]
fn an_error_at_commit_is_reported_with_what_is_recorded() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let migrations = linear_history(&[(
        |op| {
            op.execute("CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (7)")
        },
        nothing,
    )]);
    let error = migrations.upgrade(&mut fixture.client).unwrap_err();
    assert!(
        matches!(&error, RunError::MigrationFailed(failure) if failure.revision == "r1"),
        "{error:?}"
    );
    assert!(error.to_string().contains("23503"), "{error}");
    assert_eq!(tables(&fixture), Vec::<String>::new());
}

#[test]
fn a_lost_connection_rolls_the_revision_back_and_the_next_run_continues() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let migrations = linear_history(&[
        (make_a, nothing),
        (
            |op| {
                make_b(op)?;
                op.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            },
            nothing,
        ),
    ]);
    let error = migrations.upgrade(&mut fixture.client).unwrap_err();
    assert!(matches!(error, RunError::MigrationFailed(_)), "{error:?}");
    assert_eq!(applied(&fixture), ["r1"]);
    let valid = linear_history(&[(make_a, nothing), (make_b, nothing)]);
    valid.upgrade(&mut fixture.client).unwrap();
    assert_eq!(applied(&fixture), ["r1", "r2"]);
}

#[test]
fn a_lock_on_a_table_is_waited_for_by_retrying() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    linear_history(&[(make_a, nothing)])
        .upgrade(&mut fixture.client)
        .unwrap();
    let mut writer = fixture.database.connect();
    writer
        .batch_execute("SET application_name = 'the shop'; BEGIN; LOCK TABLE a")
        .unwrap();
    let migrations = linear_history(&[
        (make_a, nothing),
        (|op| op.add_column("a", Column::new("x", Text)), nothing),
    ]);
    let options = RunOptions::new().wait(Duration::from_millis(700));
    let error = migrations
        .upgrade_with(&mut fixture.client, "heads", &options, &mut ())
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("55P03") && message.contains("the shop"),
        "{message}"
    );
    assert_eq!((error.code(), error.exit().code()), ("locked", 5));
    let free = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1_500));
        writer.batch_execute("COMMIT").unwrap();
    });
    migrations.upgrade(&mut fixture.client).unwrap();
    free.join().unwrap();
    assert_eq!(applied(&fixture), ["r1", "r2"]);
}

#[test]
fn the_holder_of_the_lock_is_named_after_the_lock_timeout() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let migrations = linear_history(&[(
        |op| {
            std::thread::sleep(Duration::from_secs(2));
            make_a(op)
        },
        nothing,
    )]);
    let url = fixture.database.url.clone();
    let slow = std::thread::spawn(move || {
        let mut client =
            PostgresClient::connect(&format!("{url}?application_name=slow%20one")).unwrap();
        migrations.upgrade(&mut client).unwrap();
    });
    std::thread::sleep(Duration::from_millis(700));
    let options = RunOptions::new().wait(Duration::from_millis(300));
    let error = migrations
        .upgrade_with(&mut fixture.client, "heads", &options, &mut ())
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("process ") && message.contains("application `slow one`"),
        "{message}"
    );
    assert_eq!(error.exit().code(), 5);
    slow.join().unwrap();
    assert!(
        migrations
            .upgrade(&mut fixture.client)
            .unwrap()
            .steps
            .is_empty()
    );
}

#[test]
fn a_read_only_session_is_reported() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .client
        .client()
        .batch_execute("SET default_transaction_read_only = on")
        .unwrap();
    let error = linear_history(&[(make_a, nothing)])
        .upgrade(&mut fixture.client)
        .unwrap_err();
    assert!(error.to_string().contains("25006"), "{error}");
}

#[test]
fn a_client_of_the_application_is_borrowed_and_returned() {
    let Some(fixture) = ServerFixture::new() else {
        return;
    };
    let mut lent = PostgresClient::from(fixture.database.connect());
    linear_history(&[(make_a, nothing), (make_b, nothing)])
        .upgrade(&mut lent)
        .unwrap();
    let mut client = lent.into_client();
    assert_eq!(locks(&fixture), ["0"], "the lock is given back");
    client.batch_execute("BEGIN").unwrap();
    let mut lent = PostgresClient::from(client);
    let error = linear_history(&[(make_a, nothing), (make_b, nothing), (nothing, nothing)])
        .upgrade(&mut lent)
        .unwrap_err();
    assert!(matches!(error, RunError::InTransaction), "{error:?}");
}

/// Returns how many locks of runs are held.
fn locks(fixture: &ServerFixture) -> Vec<String> {
    fixture.database.strings(
        "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
}

#[test]
fn a_partly_acquired_lock_is_released() {
    let Some(fixture) = ServerFixture::new() else {
        return;
    };
    // A run takes its lock, then looks whether another one is free.
    fixture.database.run(
        "CREATE FUNCTION pg_try_advisory_lock(key bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
             IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) THEN
                 RAISE 'no room for more locks';
             END IF;
             RETURN pg_catalog.pg_try_advisory_lock(key);
         END $$",
    );
    let mut client = fixture.database.connect();
    client
        .batch_execute("SET search_path = public, pg_catalog")
        .unwrap();
    let mut lent = PostgresClient::from(client);
    let error = linear_history(&[(make_a, nothing)])
        .upgrade(&mut lent)
        .unwrap_err();
    assert!(error.to_string().contains("no room for more"), "{error}");
    assert_eq!(locks(&fixture), ["0"]);
}

#[test]
fn something_else_of_the_version_tables_name_is_refused() {
    for sql in [
        "CREATE TABLE migrate_revisions (id integer)",
        "CREATE VIEW migrate_revisions AS SELECT 1 AS revision",
    ] {
        let Some(mut fixture) = ServerFixture::new() else {
            return;
        };
        fixture.database.run(sql);
        let error = linear_history(&[(make_a, nothing)])
            .upgrade(&mut fixture.client)
            .unwrap_err();
        assert!(
            matches!(error, RunError::InvalidVersionTable { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn the_outcome_of_a_commit_on_a_lost_connection_is_read() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let cut = linear_history(&[(
        |op| {
            make_a(op)?;
            op.execute(
                "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                 CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                     EXECUTE FUNCTION cut();
                 INSERT INTO a VALUES (1)",
            )
        },
        nothing,
    )]);
    let error = cut.upgrade(&mut fixture.client).unwrap_err();
    let not_recorded = matches!(
        error,
        RunError::Commit {
            recorded: Some(false),
            ..
        }
    );
    assert!(not_recorded, "{error:?}");
    assert_eq!(tables(&fixture), Vec::<String>::new());
    linear_history(&[(make_a, nothing)])
        .upgrade(&mut fixture.client)
        .unwrap();
}

#[test]
fn a_role_that_may_not_create_tables_is_reported() {
    let Some(fixture) = ServerFixture::new() else {
        return;
    };
    let role = Role::new(&fixture, "bare");
    fixture
        .database
        .run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let mut client = role.connect(&fixture);
    let error = linear_history(&[(make_a, nothing)])
        .upgrade(&mut client)
        .unwrap_err();
    assert!(error.to_string().contains("42501"), "{error}");
    assert!(
        error.help().unwrap().contains("grant the privilege"),
        "{error:?}"
    );
    assert_eq!(tables(&fixture), Vec::<String>::new());
}

#[test]
fn without_temporary_tables_a_commit_is_noticed_and_reported() {
    let Some(fixture) = ServerFixture::new() else {
        return;
    };
    let role = Role::new(&fixture, "plain");
    fixture.database.run(&format!(
        "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC",
        fixture.database.name
    ));
    let mut client = role.connect(&fixture);
    let migrations = linear_history(&[
        (make_a, nothing),
        (
            |op| {
                make_b(op)?;
                Ok(op.connection().batch_execute("COMMIT")?)
            },
            nothing,
        ),
    ]);
    let error = migrations.upgrade(&mut client).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the changes made before it are kept"),
        "{error}"
    );
    assert_eq!(tables(&fixture), ["a", "b", "migrate_revisions"]);
    assert_eq!(applied(&fixture), ["r1"]);
}

/// A role without special rights, dropped with its database.
struct Role {
    name: String,
    url: String,
}

impl Role {
    fn new(fixture: &ServerFixture, name: &str) -> Role {
        let name = format!("{}_{name}", fixture.database.name);
        fixture.database.run(&format!("CREATE ROLE {name} LOGIN"));
        Role {
            name,
            url: fixture.database.url.clone(),
        }
    }

    fn connect(&self, fixture: &ServerFixture) -> PostgresClient {
        let (_, rest) = fixture.database.url.split_once('@').unwrap();
        PostgresClient::connect(&format!("postgres://{}@{rest}", self.name)).unwrap()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let mut client = postgres::Client::connect(&self.url, postgres::NoTls).unwrap();
        let sql = format!("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", self.name);
        let _ = client.batch_execute(&sql);
    }
}

fn portable_up<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("name", Varchar(80)).not_null());
        t.column(Column::new("price", Numeric(10, 2)).default(0));
        t.column(Column::new("on", Boolean).not_null().default(true));
        t.column(Column::new("made", DateTime).default(Expr::new("CURRENT_TIMESTAMP")));
    })?;
    op.create_index(
        Index::new("ix_users_name", "users", "name")
            .unique()
            .predicate("price > 0"),
    )?;
    for (name, on) in [("ada", true), ("grace", false)] {
        op.execute_with(
            "INSERT INTO users (name, price, \"on\") VALUES (?1, ?2, ?3)",
            &params![name, 3, on],
        )?;
    }
    let rows = op.query(
        "SELECT count(*) FROM users WHERE name <> ?1",
        &params!["ada"],
    )?;
    assert_eq!(rows[0][0].as_i64(), Some(1));
    Ok(())
}

fn portable_down<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.execute("DELETE FROM users")?;
    op.drop_index("users", "ix_users_name")?;
    op.drop_table("users")
}

#[test]
fn one_source_runs_on_sqlite_and_on_postgresql() {
    let sqlite = history_of::<Sqlite>(&[(portable_up, portable_down)], true);
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    sqlite.upgrade(&mut connection).unwrap();
    sqlite.downgrade(&mut connection, "base").unwrap();
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let postgres = history_of::<Postgres>(&[(portable_up, portable_down)], true);
    postgres.upgrade(&mut fixture.client).unwrap();
    postgres.downgrade(&mut fixture.client, "base").unwrap();
    assert_eq!(tables(&fixture), ["migrate_revisions"]);
}

#[test]
#[ignore = "a part of `an_application_tests_its_history_on_a_database_of_its_own`, which sets the environment"]
fn history_on_a_database_of_its_own() {
    migrate_runtime::testing::assert_up_down_up(history_of::<Postgres>(
        &[(portable_up, portable_down)],
        true,
    ));
}

#[test]
fn an_application_tests_its_history_on_a_database_of_its_own() {
    let Some(fixture) = ServerFixture::new() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = |url: Option<&str>| {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command
            .args([
                "--ignored",
                "--exact",
                "runs::history_on_a_database_of_its_own",
            ])
            .current_dir(folder.path())
            .env_remove("DATABASE_URL")
            .env_remove("MIGRATE_SCRATCH_URL")
            .envs(url.map(|url| ("DATABASE_URL", url)));
        let child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let process = child.id();
        let output = child.wait_with_output().unwrap();
        // Other processes have scratch databases on this server too.
        let left = format!(
            "SELECT datname::text FROM pg_database WHERE datname LIKE 'cargo\\_migrate\\_scratch\\_{process}\\_%'"
        );
        assert_eq!(fixture.database.strings(&left), Vec::<String>::new());
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), stdout)
    };
    let (passed, stdout) = run(Some(&fixture.database.url));
    assert!(passed && stdout.contains("1 passed"), "{stdout}");
    let (passed, stdout) = run(None);
    assert!(
        !passed && stdout.contains("nothing was run: no server"),
        "{stdout}"
    );
    let named = format!("TITLE=My App\nDATABASE_URL={}\n", fixture.database.url);
    std::fs::write(folder.path().join(".env"), named).unwrap();
    let (passed, stdout) = run(None);
    assert!(passed && stdout.contains("1 passed"), "{stdout}");
    assert_eq!(
        tables(&fixture),
        Vec::<String>::new(),
        "the named database is left alone"
    );
}
