//! Runs of revisions: what is kept, what is rolled back, and what is reported.

use std::time::Duration;

use migrate_runtime::v1::*;
use migrate_runtime::{Error as RunError, RunOptions};
use migrate_tests::revisions::{linear_history, linear_history_in};
use mysql::prelude::Queryable as _;

use crate::fixture::ServerFixture;

fn nothing(_: &mut Op<'_, Mysql>) -> Result<()> {
    Ok(())
}

fn make_a(op: &mut Op<'_, Mysql>) -> Result<()> {
    op.create_table("a", |t| t.column(Column::new("id", Integer)))
}

fn make_b(op: &mut Op<'_, Mysql>) -> Result<()> {
    op.create_table("b", |t| t.column(Column::new("id", Integer)))
}

fn tables(fixture: &ServerFixture) -> Vec<String> {
    fixture.database.strings("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1")
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
    let migrations = linear_history::<Mysql>(&[
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
        assert!(!tables(&fixture).contains(&"a".to_owned()));
        assert!(!tables(&fixture).contains(&"b".to_owned()));
    }
    migrations.stamp(&mut fixture.client, &["r2"]).unwrap();
    assert_eq!(applied(&fixture), ["r1", "r2"]);
}

#[test]
fn values_and_their_row_are_rolled_back_together() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let failing = linear_history::<Mysql>(&[
        (make_a, nothing),
        (
            |op| {
                op.execute("INSERT INTO a VALUES (1)")?;
                op.connection().query_drop("INSERT INTO a VALUES (2)")?;
                op.execute("INSERT INTO a VALUES ('x')")
            },
            nothing,
        ),
    ]);
    let error = failing.upgrade(&mut fixture.client).unwrap_err();
    let message = format!("{error} {:?}", error.notes());
    assert!(
        message.contains("Incorrect integer value")
            && message.contains("statement 2 of the revision"),
        "{message}"
    );
    assert_eq!(applied(&fixture), ["r1"]);
    assert_eq!(fixture.database.strings("SELECT COUNT(*) FROM a"), ["0"]);
}

#[test]
fn a_panic_rolls_values_back() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let failing = linear_history::<Mysql>(&[
        (make_a, nothing),
        (
            |op| {
                op.execute("INSERT INTO a VALUES (1)")?;
                panic!("a balance of -1 is impossible")
            },
            nothing,
        ),
    ]);
    let error = failing.upgrade(&mut fixture.client).unwrap_err();
    assert!(error.to_string().contains("a balance of -1"), "{error}");
    assert_eq!(fixture.database.strings("SELECT COUNT(*) FROM a"), ["0"]);
    let valid = linear_history(&[(make_a, nothing), (make_b, nothing)]);
    valid.upgrade(&mut fixture.client).unwrap();
    assert_eq!(applied(&fixture), ["r1", "r2"]);
}

#[test]
fn a_revision_that_commits_by_itself_is_recorded_once() {
    for up in [
        (|op| {
            op.execute("INSERT INTO a VALUES (1)")?;
            op.execute("COMMIT")?;
            op.execute("INSERT INTO a VALUES (1)")
        }) as fn(&mut Op<'_, Mysql>) -> Result<()>,
        |op| {
            op.execute("INSERT INTO a VALUES (1)")?;
            op.connection()
                .query_drop("COMMIT; INSERT INTO a VALUES (1)")?;
            Ok(())
        },
        |op| {
            op.connection().query_drop("INSERT INTO a VALUES (1)")?;
            op.connection().query_drop("CREATE TABLE b (id int)")?;
            op.execute("INSERT INTO a VALUES (1)")
        },
        |op| op.execute("BEGIN; INSERT INTO a VALUES (1); INSERT INTO a VALUES (1); COMMIT"),
    ] {
        let Some(mut fixture) = ServerFixture::new() else {
            return;
        };
        let migrations = linear_history(&[(make_a, nothing), (up, nothing)]);
        migrations.upgrade(&mut fixture.client).unwrap();
        assert_eq!(applied(&fixture), ["r1", "r2"]);
        assert_eq!(fixture.database.strings("SELECT COUNT(*) FROM a"), ["2"]);
        let again = migrations.upgrade(&mut fixture.client).unwrap();
        assert_eq!(again.steps.len(), 0);
    }
}

#[test]
fn what_a_revision_sets_does_not_reach_the_next_one() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let other = format!("{}_other", fixture.database.name);
    fixture
        .database
        .run(&format!("DROP DATABASE IF EXISTS {other}"));
    fixture
        .client
        .conn()
        .query_drop("SET SESSION time_zone = '+09:00', sql_mode = 'ANSI_QUOTES', character_set_client = 'latin1'")
        .unwrap();
    let migrations = linear_history::<Mysql>(&[
        (
            |op| {
                op.execute(
                    "SET SESSION sql_mode = '', time_zone = '+05:00', foreign_key_checks = 0",
                )?;
                Ok(op.connection().query_drop("USE mysql")?)
            },
            nothing,
        ),
        (
            |op| {
                make_a(op)?;
                let row = op.query(
                    "SELECT @@time_zone, @@sql_mode LIKE '%STRICT%', @@foreign_key_checks",
                    &[],
                )?;
                assert_eq!(row[0][0].as_str(), Some("+00:00"));
                assert_eq!((row[0][1].as_i64(), row[0][2].as_i64()), (Some(1), Some(1)));
                Ok(())
            },
            nothing,
        ),
    ]);
    migrations.upgrade(&mut fixture.client).unwrap();
    assert!(tables(&fixture).contains(&"a".to_owned()));
    assert_eq!(applied(&fixture), ["r1", "r2"]);
    let row: Option<(String, String, String, i64, String)> = fixture
        .client
        .conn()
        .query_first(
            "SELECT @@time_zone, @@sql_mode, @@character_set_client, @@autocommit, DATABASE()",
        )
        .unwrap();
    assert_eq!(
        row.unwrap(),
        (
            "+09:00".to_owned(),
            "ANSI_QUOTES".to_owned(),
            "latin1".to_owned(),
            1,
            fixture.database.name.clone()
        ),
        "the application's own settings are put back"
    );
}

#[test]
fn the_servers_settings_do_not_change_the_outcome() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.database.run(&format!(
        "ALTER DATABASE {} CHARACTER SET latin1",
        fixture.database.name
    ));
    fixture
        .client
        .conn()
        .query_drop(
            "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+09:00'",
        )
        .unwrap();
    fixture
        .client
        .conn()
        .query_drop("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; SET SESSION default_storage_engine = 'MyISAM'; SET NAMES latin1")
        .unwrap();
    let migrations = linear_history::<Mysql>(&[(
        |op| {
            op.create_table("a", |t| {
                t.column(Column::new("name", Varchar(20)).default("it's \\ ☃"));
                t.column(Column::new("at", Type::TimestampTz));
            })?;
            op.execute("INSERT INTO a (at) VALUES ('2024-01-01 12:00:00')")?;
            op.execute_with("INSERT INTO a (name) VALUES (?1)", &params!["ж"])?;
            Ok(())
        },
        nothing,
    )]);
    migrations.upgrade(&mut fixture.client).unwrap();
    let mut conn = fixture.database.connect();
    conn.query_drop("SET time_zone = '+00:00'").unwrap();
    let rows: Vec<(String, Option<String>)> = conn
        .query("SELECT name, LEFT(at, 19) FROM a ORDER BY at IS NULL")
        .unwrap();
    assert_eq!(rows[0].0, "it's \\ ☃");
    assert_eq!(rows[0].1.as_deref(), Some("2024-01-01 12:00:00"));
    assert_eq!(rows[1].0, "ж");
    assert_eq!(
        fixture.database.strings("SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() GROUP BY 1"),
        ["InnoDB"]
    );
}

#[test]
fn a_lost_connection_rolls_values_back_and_the_next_run_resumes() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let migrations = linear_history::<Mysql>(&[
        (make_a, nothing),
        (
            |op| {
                op.execute("INSERT INTO a VALUES (1)")?;
                op.execute("KILL CONNECTION_ID()")
            },
            nothing,
        ),
    ]);
    let error = migrations.upgrade(&mut fixture.client).unwrap_err();
    assert!(matches!(error, RunError::MigrationFailed(_)), "{error:?}");
    assert_eq!(applied(&fixture), ["r1"]);
    assert_eq!(fixture.database.strings("SELECT COUNT(*) FROM a"), ["0"]);
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
        .query_drop("START TRANSACTION; INSERT INTO a VALUES (1)")
        .unwrap();
    let migrations = linear_history::<Mysql>(&[
        (make_a, nothing),
        (|op| op.add_column("a", Column::new("x", Text)), nothing),
    ]);
    let options = RunOptions::new().wait(Duration::from_millis(1_500));
    let error = migrations
        .upgrade_with(&mut fixture.client, "heads", &options, &mut ())
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("1205")
            && message.contains(&format!("connection {}", writer.connection_id())),
        "{message}"
    );
    assert_eq!((error.code(), error.exit().code()), ("locked", 5));
    let free = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(4_500));
        writer.query_drop("COMMIT").unwrap();
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
    let migrations = linear_history::<Mysql>(&[(
        |op| {
            std::thread::sleep(Duration::from_secs(2));
            make_a(op)
        },
        nothing,
    )]);
    let url = fixture.database.url.clone();
    let slow = std::thread::spawn(move || {
        let mut client = MysqlClient::connect(&url).unwrap();
        migrations.upgrade(&mut client).unwrap();
        client.conn().connection_id()
    });
    std::thread::sleep(Duration::from_millis(700));
    let options = RunOptions::new().wait(Duration::from_millis(300));
    let error = migrations
        .upgrade_with(&mut fixture.client, "heads", &options, &mut ())
        .unwrap_err();
    let message = error.to_string();
    assert_eq!(error.exit().code(), 5);
    let id = slow.join().unwrap();
    assert!(
        message.contains(&format!("connection {id} of the server")),
        "{message}"
    );
    assert!(
        migrations
            .upgrade(&mut fixture.client)
            .unwrap()
            .steps
            .is_empty()
    );
}

#[test]
fn eight_threads_on_an_empty_database_all_succeed_and_each_revision_runs_once() {
    for _ in 0..5 {
        let Some(fixture) = ServerFixture::new() else {
            return;
        };
        let migrations = linear_history(&[
            (make_a, nothing),
            (|op| op.execute("INSERT INTO a VALUES (1)"), nothing),
            (make_b, nothing),
        ]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut client = MysqlClient::connect(&fixture.database.url).unwrap();
                    migrations.upgrade(&mut client).unwrap();
                });
            }
        });
        assert_eq!(applied(&fixture), ["r1", "r2", "r3"]);
        assert_eq!(fixture.database.strings("SELECT COUNT(*) FROM a"), ["1"]);
    }
}

#[test]
fn locks_of_other_databases_do_not_block() {
    let (Some(mut one), Some(mut other)) = (ServerFixture::new(), ServerFixture::new()) else {
        return;
    };
    let slow = linear_history::<Mysql>(&[(
        |op| {
            std::thread::sleep(Duration::from_secs(2));
            make_a(op)
        },
        nothing,
    )]);
    let quick = linear_history(&[(make_a, nothing)]);
    std::thread::scope(|scope| {
        scope.spawn(|| slow.upgrade(&mut one.client).unwrap());
        std::thread::sleep(Duration::from_millis(500));
        let options = RunOptions::new().wait(Duration::from_millis(100));
        quick
            .upgrade_with(&mut other.client, "heads", &options, &mut ())
            .unwrap();
    });
}

#[test]
fn a_client_of_the_application_is_borrowed_and_returned() {
    let Some(fixture) = ServerFixture::new() else {
        return;
    };
    let mut lent = MysqlClient::from(fixture.database.connect());
    linear_history(&[(make_a, nothing), (make_b, nothing)])
        .upgrade(&mut lent)
        .unwrap();
    let mut conn = lent.into_conn();
    let locks: Option<i64> = conn.query_first("SELECT RELEASE_ALL_LOCKS()").unwrap();
    assert_eq!(locks, Some(0), "the lock is given back");
    conn.query_drop("BEGIN; INSERT INTO a VALUES (1)").unwrap();
    let mut lent = MysqlClient::from(conn);
    let error = linear_history(&[(make_a, nothing), (make_b, nothing), (nothing, nothing)])
        .upgrade(&mut lent)
        .unwrap_err();
    assert!(matches!(error, RunError::InTransaction), "{error:?}");
}

#[test]
fn a_read_only_session_is_reported() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .client
        .conn()
        .query_drop("SET SESSION TRANSACTION READ ONLY")
        .unwrap();
    let error = linear_history(&[(make_a, nothing)])
        .upgrade(&mut fixture.client)
        .unwrap_err();
    assert!(error.to_string().contains("1792"), "{error}");
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
        assert_eq!(tables(&fixture), ["migrate_revisions"]);
    }
}

#[test]
fn revisions_whose_ids_differ_only_in_case_are_two() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    linear_history(&[(make_a, nothing)])
        .upgrade(&mut fixture.client)
        .unwrap();
    fixture.database.run(
        "CREATE TEMPORARY TABLE other AS SELECT * FROM migrate_revisions; \
         UPDATE other SET revision = 'R1', message = 'ж ☃', sequence = 2; \
         INSERT INTO migrate_revisions SELECT * FROM other",
    );
    assert_eq!(applied(&fixture), ["r1", "R1"]);
}

#[test]
fn a_revision_that_fails_after_a_change_of_the_schema_resumes_there() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let failing = linear_history(&[(
        |op| {
            make_a(op)?;
            op.execute("INSERT INTO a VALUES (1)")?;
            op.execute("INSERT INTO b VALUES (1)")
        },
        nothing,
    )]);
    for _ in 0..2 {
        let error = failing.upgrade(&mut fixture.client).unwrap_err();
        let message = format!("{error} {:?} {:?}", error.notes(), error.help());
        assert!(message.contains("1146"), "{message}");
        assert!(!message.contains("rolled back\""), "{message}");
        assert_eq!(applied(&fixture), Vec::<String>::new());
        assert_eq!(fixture.database.strings("SELECT COUNT(*) FROM a"), ["0"]);
    }
    fixture.database.run("CREATE TABLE b (id int)");
    failing.upgrade(&mut fixture.client).unwrap();
    assert_eq!(applied(&fixture), ["r1"]);
    assert_eq!(fixture.database.strings("SELECT COUNT(*) FROM a"), ["1"]);
}

#[test]
fn a_scratch_database_is_dropped_with_its_client_and_abandoned_ones_are_dropped_later() {
    let Some(server) = migrate_tests::servers::mysql() else {
        return;
    };
    let scratch_server = server.database();
    let names = || {
        scratch_server.strings("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'cargo\\_migrate\\_scratch\\_%'")
    };
    let left = format!("cargo_migrate_scratch_{}_17", std::process::id());
    scratch_server.run(&format!("CREATE DATABASE {left}"));
    let mut client = <Mysql>::scratch(Some(scratch_server.url.as_ref())).unwrap();
    let name: Option<String> = client.conn().query_first("SELECT DATABASE()").unwrap();
    let name = name.unwrap();
    assert!(
        names().contains(&name) && !names().contains(&left),
        "{:?}",
        names()
    );
    drop(client);
    assert!(!names().contains(&name));
}

#[test]
fn a_version_table_can_be_renamed() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    linear_history(&[(make_a, nothing)])
        .upgrade(&mut fixture.client)
        .unwrap();
    fixture
        .database
        .run("RENAME TABLE migrate_revisions TO app_revisions");
    let renamed = linear_history_in("app_revisions", &[(make_a, nothing)]);
    assert!(renamed.is_current(&mut fixture.client).unwrap());
    assert_eq!(renamed.upgrade(&mut fixture.client).unwrap().steps, []);
}
