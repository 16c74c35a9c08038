//! Guests of a PostgreSQL session.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use sqlx::types::Decimal;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::uuid::Uuid;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use crate::fixture::{Postgres, block_on};

async fn guest(session: &Postgres) -> PgConnection {
    PgConnection::connect(&session.proxy.guest_url().unwrap())
        .await
        .unwrap()
}

#[test]
fn what_sqlx_writes_is_rolled_back_with_the_owner() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("CREATE TABLE users (id int PRIMARY KEY, name text)");
    session.run("BEGIN; INSERT INTO users VALUES (1, 'owner')");
    block_on(async {
        let mut guest = guest(&session).await;
        let names: Vec<String> = sqlx::query_scalar("SELECT name FROM users WHERE id = $1")
            .bind(1)
            .fetch_all(&mut guest)
            .await
            .unwrap();
        assert_eq!(names, ["owner"]);
        sqlx::query("INSERT INTO users VALUES ($1, $2)")
            .bind(2)
            .bind("guest")
            .execute(&mut guest)
            .await
            .unwrap();
        guest.close().await.unwrap();
    });
    assert_eq!(
        session.strings("SELECT name FROM users ORDER BY id"),
        ["owner", "guest"]
    );
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM users").is_empty());
}

#[test]
fn the_transactions_of_sqlx_are_savepoints() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("CREATE TABLE t (name text)");
    session.run("BEGIN");
    block_on(async {
        let mut guest = guest(&session).await;
        let mut first = guest.begin().await.unwrap();
        first
            .execute("INSERT INTO t VALUES ('committed')")
            .await
            .unwrap();
        let mut nested = first.begin().await.unwrap();
        nested
            .execute("INSERT INTO t VALUES ('nested')")
            .await
            .unwrap();
        nested.rollback().await.unwrap();
        first.commit().await.unwrap();
        let mut second = guest.begin().await.unwrap();
        second
            .execute("INSERT INTO t VALUES ('rolled back')")
            .await
            .unwrap();
        second.rollback().await.unwrap();
        // A failed statement is undone with its transaction.
        let mut third = guest.begin().await.unwrap();
        third.execute("SELECT 1 / 0").await.unwrap_err();
        third.rollback().await.unwrap();
        let mut dropped = guest.begin().await.unwrap();
        dropped
            .execute("INSERT INTO t VALUES ('dropped')")
            .await
            .unwrap();
        drop(dropped);
        let count: i64 = guest
            .fetch_one("SELECT count(*) FROM t")
            .await
            .unwrap()
            .get(0);
        assert_eq!(count, 1);
    });
    assert_eq!(session.strings("SELECT name FROM t"), ["committed"]);
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM t").is_empty());
}

#[test]
fn the_transactions_of_tokio_postgres_are_savepoints() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("CREATE TABLE t (name text)");
    session.run("BEGIN");
    for round in 0..2 {
        block_on(async {
            let mut guest = tokio_guest(&session).await;
            guest
                .execute("INSERT INTO t VALUES ($1)", &[&format!("round {round}")])
                .await
                .unwrap();
            let own = guest.transaction().await.unwrap();
            own.execute("INSERT INTO t VALUES ('kept')", &[])
                .await
                .unwrap();
            own.commit().await.unwrap();
            let own = guest.transaction().await.unwrap();
            own.execute("INSERT INTO t VALUES ('not kept')", &[])
                .await
                .unwrap();
            own.query("SELECT * FROM nowhere", &[]).await.unwrap_err();
            own.rollback().await.unwrap();
            // Prepared, and in one text.
            guest
                .execute("BEGIN ISOLATION LEVEL SERIALIZABLE", &[])
                .await
                .unwrap();
            guest
                .execute("INSERT INTO t VALUES ('kept')", &[])
                .await
                .unwrap();
            guest.execute("COMMIT", &[]).await.unwrap();
            guest.execute("BEGIN", &[]).await.unwrap();
            guest
                .execute("INSERT INTO t VALUES ('not kept')", &[])
                .await
                .unwrap();
            guest.execute("SELECT 1/0", &[]).await.unwrap_err();
            guest.execute("ROLLBACK", &[]).await.unwrap();
            guest.batch_execute("BEGIN; INSERT INTO t VALUES ('kept'); COMMIT; BEGIN; INSERT INTO t VALUES ('not kept'); ROLLBACK").await.unwrap();
            let error = guest.batch_execute("DISCARD ALL").await.unwrap_err();
            assert!(
                error
                    .as_db_error()
                    .unwrap()
                    .message()
                    .contains("shared session")
            );
            let error = guest.execute("DISCARD ALL", &[]).await.unwrap_err();
            assert!(
                error
                    .as_db_error()
                    .unwrap()
                    .message()
                    .contains("shared session")
            );
            let count: i64 = guest
                .query_one("SELECT count(*) FROM t", &[])
                .await
                .unwrap()
                .get(0);
            assert_eq!(count, 4 * (round + 1));
            // Left open.
            guest
                .batch_execute("BEGIN; INSERT INTO t VALUES ('left')")
                .await
                .unwrap();
        });
    }
    assert_eq!(
        session.strings("SELECT DISTINCT name FROM t ORDER BY name"),
        ["kept", "round 0", "round 1"]
    );
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM t").is_empty());
}

#[test]
fn copies_pass_in_both_directions() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("CREATE TABLE t (id int, name text)");
    session.run("BEGIN");
    block_on(async {
        let guest = tokio_guest(&session).await;
        for fails in [false, true] {
            let mut sink = std::pin::pin!(guest.copy_in("COPY t FROM STDIN").await.unwrap());
            for id in 0..5000 {
                let line = format!("{id}\tname {id}\n");
                if sink.send(Bytes::from(line)).await.is_err() {
                    break;
                }
            }
            if !fails {
                assert_eq!(sink.finish().await.unwrap(), 5000);
            }
            // The other one is dropped: the copy fails, in a transaction of the guest.
            if !fails {
                guest.batch_execute("BEGIN").await.unwrap();
            }
        }
        guest.batch_execute("ROLLBACK").await.unwrap();
        guest
            .query("COPY nowhere FROM STDIN", &[])
            .await
            .unwrap_err();
    });
    session.run("ROLLBACK");
    session.run("BEGIN");
    block_on(async {
        let guest = tokio_guest(&session).await;
        guest
            .batch_execute("INSERT INTO t SELECT i, 'x' FROM generate_series(1, 100000) AS i")
            .await
            .unwrap();
        let rows = guest.copy_out("COPY t TO STDOUT").await.unwrap();
        let sizes = rows.map(|row| row.unwrap().len());
        let size = std::pin::pin!(sizes)
            .fold(0, |sum, size| async move { sum + size })
            .await;
        assert!(size > 100_000);
        // Gone in mid-copy.
        let mut sink = std::pin::pin!(guest.copy_in("COPY t FROM STDIN").await.unwrap());
        sink.send(Bytes::from_static(b"1\tx\n")).await.unwrap();
    });
    session.proxy.wait_idle().unwrap();
    let error = session.owner.batch_execute("SELECT 1").unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25P02");
    session.run("ROLLBACK");
}

#[test]
fn a_guest_that_leaves_in_mid_answer_leaves_a_clean_session() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("BEGIN");
    block_on(async {
        for _ in 0..3 {
            let mut guest = guest(&session).await;
            let row = guest
                .fetch_optional("SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) AS i")
                .await
                .unwrap();
            assert!(row.is_some());
            drop(guest);
        }
        let mut guest = guest(&session).await;
        let mut rows =
            sqlx::query("SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) AS i")
                .fetch(&mut guest);
        assert!(rows.next().await.is_some());
        drop(rows);
        // The session is free, although the guest has not read the rest.
        session.proxy.wait_idle().unwrap();
        let one: i32 = sqlx::query_scalar("SELECT 1")
            .fetch_one(&mut guest)
            .await
            .unwrap();
        assert_eq!(one, 1);
    });
    assert_eq!(session.strings("SELECT 'still here'"), ["still here"]);
}

#[test]
fn large_values_pass() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("BEGIN");
    let large = "x".repeat(20 << 20);
    block_on(async {
        let mut guest = guest(&session).await;
        let back: String = sqlx::query_scalar("SELECT $1::text")
            .bind(&large)
            .fetch_one(&mut guest)
            .await
            .unwrap();
        assert_eq!(back.len(), large.len());
    });
    assert_eq!(
        session
            .owner
            .query_one("SELECT $1::text", &[&large])
            .unwrap()
            .get::<_, String>(0),
        large
    );
}

#[test]
fn the_owner_must_wait_for_the_transaction_of_a_guest() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("BEGIN");
    block_on(async {
        let mut first = guest(&session).await;
        let mut second = guest(&session).await;
        let transaction = first.begin().await.unwrap();
        let proxy = Arc::clone(&session.proxy);
        let waiting = std::thread::spawn(move || proxy.wait_idle());
        let error = second.execute("SELECT 1").await.unwrap_err().to_string();
        assert!(
            error.contains("another connection has an open transaction"),
            "{error}"
        );
        let error = waiting.join().unwrap().unwrap_err().to_string();
        assert!(error.contains("still has an open transaction"), "{error}");
        transaction.rollback().await.unwrap();
        second.execute("SELECT 1").await.unwrap();
        session.proxy.wait_idle().unwrap();
        // It closes the connection without the message that ends a session.
        let mut third = guest(&session).await;
        let transaction = third.begin().await.unwrap();
        drop(transaction);
        drop(third);
        session.proxy.wait_idle().unwrap();
    });
    session.run("COMMIT");
}

#[test]
fn only_the_owner_and_guests_with_the_password_get_in() {
    let Some(session) = Postgres::new() else {
        return;
    };
    let url = session.proxy.guest_url().unwrap();
    let wrong = url.replace(session.proxy.guest_password(), "wrong");
    let error = postgres::Client::connect(&wrong, postgres::NoTls)
        .err()
        .unwrap();
    let message = error.as_db_error().unwrap().message();
    assert!(message.contains("the password is not the one"), "{message}");
    let other = url.replace(&session.database.name, "postgres");
    let error = postgres::Client::connect(&other, postgres::NoTls)
        .err()
        .unwrap();
    assert!(
        error
            .as_db_error()
            .unwrap()
            .message()
            .contains("this is the session of"),
        "{error:?}"
    );
    let mut guest = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    assert_eq!(
        guest.query_one("SELECT 1", &[]).unwrap().get::<_, i32>(0),
        1
    );
    let config = session.database.url.parse().unwrap();
    let error = crate::fixture::try_connect(&session.proxy, config)
        .err()
        .unwrap();
    assert!(
        error
            .as_db_error()
            .unwrap()
            .message()
            .contains("has an owner"),
        "{error:?}"
    );
    let Postgres { owner, .. } = session;
    drop(owner);
    let error = guest.query_one("SELECT 1", &[]).unwrap_err();
    assert!(
        error
            .as_db_error()
            .is_none_or(|error| error.message().contains("has ended")),
        "{error:?}"
    );
}

#[test]
fn each_client_has_its_own_settings() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    let usual = session.strings("SHOW DateStyle").remove(0);
    session.run("SET TimeZone = 'Asia/Tokyo'");
    session.run("SET DateStyle = 'German'");
    session.run("BEGIN");
    block_on(async {
        let mut first = guest(&session).await;
        let zone: String = sqlx::query_scalar("SHOW TimeZone")
            .fetch_one(&mut first)
            .await
            .unwrap();
        assert_eq!(zone, "UTC");
        first
            .execute("SET TimeZone = 'America/Lima'")
            .await
            .unwrap();
        let second = tokio_guest(&session).await;
        let style: String = second
            .query_one("SHOW DateStyle", &[])
            .await
            .unwrap()
            .get(0);
        // As at the login of the owner.
        assert_eq!(style, usual);
        let zone: String = sqlx::query_scalar("SHOW TimeZone")
            .fetch_one(&mut first)
            .await
            .unwrap();
        assert_eq!(zone, "America/Lima");
        let options = format!("{}&options=-c%20x.y=1", session.proxy.guest_url().unwrap());
        drop(
            tokio_postgres::connect(&options, tokio_postgres::NoTls)
                .await
                .unwrap(),
        );
    });
    assert_eq!(session.strings("SHOW TimeZone"), ["Asia/Tokyo"]);
    assert!(session.strings("SHOW DateStyle")[0].starts_with("German"));
    session.run("ROLLBACK");
    assert_eq!(session.strings("SHOW TimeZone"), ["Asia/Tokyo"]);
}

#[test]
fn values_are_the_same_whatever_the_settings_of_the_owner() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    for sql in [
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "SET TimeZone = 'Asia/Tokyo'",
        "SET DateStyle = 'German'",
        "SET IntervalStyle = 'sql_standard'",
        "BEGIN",
    ] {
        session.run(sql);
    }
    let columns = "'2024-02-29'::date, '2024-02-29 12:00:00.5+00'::timestamptz, 12345.678::numeric, 0.1::float8 + 0.2, \
                   ARRAY[1, 2], 'glad'::mood::text, '\\x00ff'::bytea, '00000000-0000-0000-0000-000000000007'::uuid, \
                   '{\"a\": 1}'::jsonb, '1 day 02:00'::interval::text";
    type Row = (
        NaiveDate,
        DateTime<Utc>,
        Decimal,
        f64,
        Vec<i32>,
        String,
        Vec<u8>,
        Uuid,
        serde_json::Value,
        String,
    );
    let date = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let expected: Row = (
        date,
        date.and_hms_milli_opt(12, 0, 0, 500).unwrap().and_utc(),
        Decimal::new(12_345_678, 3),
        0.1 + 0.2,
        vec![1, 2],
        "glad".to_owned(),
        vec![0, 255],
        Uuid::from_u128(7),
        serde_json::json!({"a": 1}),
        "1 day 02:00:00".to_owned(),
    );
    block_on(async {
        let mut guest = guest(&session).await;
        let sql = format!("SELECT {columns}");
        let binary: Row = sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .fetch_one(&mut guest)
            .await
            .unwrap();
        assert_eq!(binary, expected);
        // Without parameters and not prepared, every value is a text.
        let row = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut guest)
            .await
            .unwrap();
        assert_eq!(row.get::<DateTime<Utc>, _>(1), expected.1);
        assert_eq!(row.get::<Decimal, _>(2), expected.2);
        assert_eq!(row.get::<f64, _>(3), expected.3);
        assert_eq!(row.get::<Vec<u8>, _>(6), expected.6);
    });
}

#[test]
fn a_guest_can_cancel_its_own_statement_only() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("BEGIN");
    block_on(async {
        let guest = tokio_guest(&session).await;
        let cancel = guest.cancel_token();
        cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
        let other = tokio_guest(&session).await.cancel_token();
        guest.batch_execute("SAVEPOINT ignored").await.unwrap_err();
        guest.batch_execute("BEGIN").await.unwrap();
        let sleep = guest.batch_execute("SELECT pg_sleep(30)");
        let cancelled = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            other.cancel_query(tokio_postgres::NoTls).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
        };
        let (slept, ()) = futures_util::future::join(sleep, cancelled).await;
        assert_eq!(slept.unwrap_err().code().unwrap().code(), "57014");
        guest.batch_execute("ROLLBACK").await.unwrap();
    });
    let cancel = session.owner.cancel_token();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        cancel.cancel_query(postgres::NoTls).unwrap();
    });
    let error = session
        .owner
        .batch_execute("SELECT pg_sleep(30)")
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");
    thread.join().unwrap();
}

#[test]
fn without_a_transaction_of_the_owner_a_guest_has_its_own() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("CREATE TABLE t (name text)");
    block_on(async {
        let mut guest = guest(&session).await;
        let mut own = guest.begin().await.unwrap();
        own.execute("INSERT INTO t VALUES ('committed')")
            .await
            .unwrap();
        own.commit().await.unwrap();
        let mut own = guest.begin().await.unwrap();
        own.execute("INSERT INTO t VALUES ('dropped')")
            .await
            .unwrap();
        drop(own);
        drop(guest);
        let tokio = tokio_guest(&session).await;
        tokio.execute("BEGIN", &[]).await.unwrap();
        tokio
            .execute("INSERT INTO t VALUES ('prepared')", &[])
            .await
            .unwrap();
        tokio.execute("COMMIT", &[]).await.unwrap();
    });
    session.run("BEGIN");
    session.run("ROLLBACK");
    assert_eq!(
        session.strings("SELECT name FROM t ORDER BY name"),
        ["committed", "prepared"]
    );
}

#[test]
fn guests_can_be_sent_away() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("CREATE TABLE t (name text)");
    session.run("BEGIN");
    block_on(async {
        let mut first = guest(&session).await;
        let second = tokio_guest(&session).await;
        first
            .execute("INSERT INTO t VALUES ('kept')")
            .await
            .unwrap();
        second
            .batch_execute("BEGIN; INSERT INTO t VALUES ('rolled back')")
            .await
            .unwrap();
        session.proxy.close_guests().unwrap();
        assert!(first.execute("SELECT 1").await.is_err());
        assert!(second.batch_execute("SELECT 1").await.is_err());
        guest(&session).await.execute("SELECT 1").await.unwrap();
    });
    assert_eq!(session.strings("SELECT name FROM t"), ["kept"]);
    session.run("COMMIT");
}

#[test]
fn psql_is_a_guest() {
    let Some(mut session) = Postgres::new() else {
        return;
    };
    session.run("CREATE TABLE t (name text)");
    session.run("BEGIN");
    let url = session.proxy.guest_url().unwrap();
    let script =
        "BEGIN; INSERT INTO t VALUES ('kept'); COMMIT;\n\\copy t FROM STDIN\ncopied\n\\.\nTABLE t;";
    let output = match psql(&url, script) {
        Ok(output) => output,
        Err(error) => return println!("skipped: psql: {error}"),
    };
    assert!(
        output.contains("kept") && output.contains("copied"),
        "{output}"
    );
    assert_eq!(
        session.strings("SELECT name FROM t ORDER BY name"),
        ["copied", "kept"]
    );
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM t").is_empty());
}

fn psql(url: &str, script: &str) -> std::io::Result<String> {
    let mut child = Command::new("psql")
        .args(["-X", "-v", "ON_ERROR_STOP=1", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().unwrap().write_all(script.as_bytes())?;
    let output = child.wait_with_output()?;
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    Ok(String::from_utf8_lossy(&text).into_owned())
}

async fn tokio_guest(session: &Postgres) -> tokio_postgres::Client {
    let url = session.proxy.guest_url().unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}
