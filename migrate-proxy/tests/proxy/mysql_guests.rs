//! Guests of a session of MariaDB or MySQL.

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

use futures_util::StreamExt as _;
use mysql::prelude::Queryable as _;
use sqlx::{Connection as _, Executor as _, MySqlConnection, Row as _};

use crate::fixture::{Mysql, block_on};

async fn guest(session: &Mysql) -> MySqlConnection {
    MySqlConnection::connect(&session.proxy.guest_url().unwrap())
        .await
        .unwrap()
}

#[test]
fn what_sqlx_writes_is_rolled_back_with_the_owner() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE users (id int PRIMARY KEY, name text)");
    session.run("BEGIN");
    session.run("INSERT INTO users VALUES (1, 'owner')");
    let before = session.strings("SELECT CONCAT(@@sql_mode, @@time_zone, @@collation_connection)");
    block_on(async {
        let mut guest = guest(&session).await;
        let names: Vec<String> = sqlx::query_scalar("SELECT name FROM users WHERE id = ?")
            .bind(1)
            .fetch_all(&mut guest)
            .await
            .unwrap();
        assert_eq!(names, ["owner"]);
        sqlx::query("INSERT INTO users VALUES (?, ?)")
            .bind(2)
            .bind("gäst")
            .execute(&mut guest)
            .await
            .unwrap();
        let zone: String = sqlx::query_scalar("SELECT @@time_zone")
            .fetch_one(&mut guest)
            .await
            .unwrap();
        assert_eq!(zone, "+00:00");
        guest.close().await.unwrap();
    });
    assert_eq!(
        session.strings("SELECT name FROM users ORDER BY id"),
        ["owner", "gäst"]
    );
    assert_eq!(
        session.strings("SELECT CONCAT(@@sql_mode, @@time_zone, @@collation_connection)"),
        before
    );
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM users").is_empty());
}

#[test]
fn the_transactions_of_sqlx_are_savepoints() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (name varchar(99))");
    session.run("BEGIN");
    session.run("INSERT INTO t VALUES ('owner')");
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
        second.execute("SELECT * FROM nowhere").await.unwrap_err();
        second.rollback().await.unwrap();
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
        assert_eq!(count, 2);
    });
    assert_eq!(
        session.strings("SELECT name FROM t ORDER BY name"),
        ["committed", "owner"]
    );
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM t").is_empty());
}

#[test]
fn the_mysql_crate_is_a_guest() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, name varchar(99))");
    session.run("BEGIN");
    let url = session.proxy.guest_url().unwrap();
    for round in 0..2 {
        let mut guest = mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
        guest
            .exec_drop(
                "INSERT INTO t (name) VALUES (?)",
                (format!("round {round}"),),
            )
            .unwrap();
        let mut own = guest.start_transaction(mysql::TxOpts::default()).unwrap();
        own.query_drop("INSERT INTO t (name) VALUES ('kept')")
            .unwrap();
        own.commit().unwrap();
        let mut own = guest.start_transaction(mysql::TxOpts::default()).unwrap();
        own.query_drop("INSERT INTO t (name) VALUES ('not kept')")
            .unwrap();
        drop(own);
        let mut results = guest
            .query_iter("SELECT 1; INSERT INTO t (name) VALUES ('several'); SELECT 2, 3")
            .unwrap();
        let mut columns = Vec::new();
        while let Some(result) = results.iter() {
            columns.push(result.columns().as_ref().len());
            drop(result);
        }
        drop(results);
        assert_eq!(columns, [1, 0, 2]);
        guest.reset().unwrap();
        let rows: Vec<(i32, String)> = guest
            .exec("SELECT id, name FROM t ORDER BY id", ())
            .unwrap();
        assert_eq!(rows.len(), 3 * (round + 1));
        assert!(
            guest
                .query_drop("SET autocommit = 0")
                .unwrap_err()
                .to_string()
                .contains("shared session")
        );
    }
    assert_eq!(
        session.strings("SELECT count(*) FROM t WHERE name <> 'not kept'"),
        ["6"]
    );
    session.run("ROLLBACK");
    assert_eq!(session.strings("SELECT count(*) FROM t"), ["0"]);
}

#[test]
fn a_guest_that_leaves_in_mid_answer_leaves_a_clean_session() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (id int, name text)");
    session.run("BEGIN");
    session.run("INSERT INTO t VALUES (1, REPEAT('x', 1000))");
    for _ in 0..14 {
        session.run("INSERT INTO t SELECT id, name FROM t");
    }
    block_on(async {
        for _ in 0..2 {
            let mut guest = guest(&session).await;
            assert!(
                guest
                    .fetch_optional("SELECT * FROM t")
                    .await
                    .unwrap()
                    .is_some()
            );
            drop(guest);
        }
        let mut guest = guest(&session).await;
        let mut rows = sqlx::query("SELECT * FROM t").fetch(&mut guest);
        assert!(rows.next().await.is_some());
        drop(rows);
        session.proxy.wait_idle().unwrap();
        let one: i64 = sqlx::query_scalar("SELECT 1")
            .fetch_one(&mut guest)
            .await
            .unwrap();
        assert_eq!(one, 1);
        let transaction = guest.begin().await.unwrap();
        drop(transaction);
        drop(guest);
        session.proxy.wait_idle().unwrap();
    });
    assert_eq!(session.strings("SELECT 'still here'"), ["still here"]);
    session.run("ROLLBACK");
}

#[test]
fn large_values_pass() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    let limit: u64 = session
        .owner
        .query_first("SELECT @@max_allowed_packet")
        .unwrap()
        .unwrap();
    session.run(&format!(
        "SET GLOBAL max_allowed_packet = {}",
        limit.max(64 << 20)
    ));
    let url = session.proxy.guest_url().unwrap();
    drop(session);
    assert!(mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).is_err());
    let session = Mysql::new().unwrap();
    let large = "x".repeat(20 << 20);
    block_on(async {
        let mut guest = guest(&session).await;
        let back: String = sqlx::query_scalar("SELECT ?")
            .bind(&large)
            .fetch_one(&mut guest)
            .await
            .unwrap();
        assert_eq!(back.len(), large.len());
    });
    let mut session = session;
    session.proxy.wait_idle().unwrap();
    let back: String = session
        .owner
        .exec_first("SELECT ?", (&large,))
        .unwrap()
        .unwrap();
    assert!(back == large);
    let back: String = session
        .owner
        .query_first(format!("SELECT '{large}'"))
        .unwrap()
        .unwrap();
    assert!(back == large);
    session.run(&format!("SET GLOBAL max_allowed_packet = {limit}"));
}

#[test]
fn what_would_end_the_transaction_is_refused() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (name varchar(99))");
    session.run("BEGIN");
    session.run("INSERT INTO t VALUES ('owner')");
    let url = session.proxy.guest_url().unwrap();
    // With the option that makes the driver look for the server's socket.
    let url = url.replace("prefer_socket=false", "prefer_socket=true");
    let mut guest = mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
    for sql in [
        "XA START 'a'",
        "LOCK TABLES t READ",
        "SET autocommit = 0",
        "COMMIT RELEASE",
        "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t",
    ] {
        let error = guest.query_drop(sql).unwrap_err().to_string();
        // MySQL itself may refuse local files.
        let is_refused =
            error.contains("in a shared session") || error.contains("local data is disabled");
        assert!(is_refused, "{sql}: {error}");
    }
    let error = guest.exec_drop("COMMIT", ()).unwrap_err().to_string();
    assert!(
        error.contains("prepared statement in a shared session"),
        "{error}"
    );
    for sql in [
        "COMMIT",
        "ROLLBACK",
        "SET autocommit = 1",
        "BEGIN",
        "COMMIT",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    ] {
        guest.query_drop(sql).unwrap();
    }
    assert_eq!(
        guest.query::<String, _>("SELECT name FROM t").unwrap(),
        ["owner"]
    );
    drop(guest);
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM t").is_empty());
}

#[test]
fn the_owner_must_wait_for_the_transaction_of_a_guest() {
    let Some(session) = Mysql::new() else { return };
    let mut session = session;
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
        transaction.commit().await.unwrap();
        second.execute("SELECT 1").await.unwrap();
    });
    session.run("COMMIT");
}

#[test]
fn only_the_owner_and_guests_with_the_password_get_in() {
    let Some(session) = Mysql::new() else { return };
    let url = session.proxy.guest_url().unwrap();
    let connect = |url: &str| mysql::Conn::new(mysql::Opts::from_url(url).unwrap());
    let wrong = url.replace(session.proxy.guest_password(), "wrong");
    let error = connect(&wrong).err().unwrap().to_string();
    assert!(error.contains("the password is not the one"), "{error}");
    let other = url.replace(&session.database.name, "nowhere");
    let error = connect(&other).err().unwrap().to_string();
    assert!(error.to_lowercase().contains("unknown database"), "{error}");
    let error = connect(&url.replace("root:", "other:"))
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("session of the user `root`"), "{error}");
    let mut guest = connect(&url).unwrap();
    assert_eq!(guest.query_first::<i32, _>("SELECT 1").unwrap(), Some(1));
    drop(session);
    assert!(guest.query_drop("SELECT 1").is_err());
}

#[test]
fn guests_can_be_sent_away() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (name varchar(99))");
    session.run("BEGIN");
    let url = session.proxy.guest_url().unwrap();
    let connect = || mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
    let (mut first, mut second) = (connect(), connect());
    first.query_drop("INSERT INTO t VALUES ('kept')").unwrap();
    second
        .query_drop("BEGIN; INSERT INTO t VALUES ('rolled back')")
        .unwrap();
    session.proxy.close_guests().unwrap();
    assert!(first.query_drop("SELECT 1").is_err());
    assert!(second.query_drop("SELECT 1").is_err());
    connect().query_drop("SELECT 1").unwrap();
    assert_eq!(session.strings("SELECT name FROM t"), ["kept"]);
    session.run("COMMIT");
}

#[test]
fn a_deadlock_ends_the_session() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (id int PRIMARY KEY, n int)");
    session.run("INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0)");
    session.run("BEGIN");
    session.run("UPDATE t SET n = 1 WHERE id = 1");
    let mut other = session.database.connect();
    // It has written more, so the server rolls back the other transaction.
    other.query_drop("BEGIN").unwrap();
    other
        .query_drop("UPDATE t SET n = 2 WHERE id >= 2")
        .unwrap();
    let waits = std::thread::spawn(move || other.query_drop("UPDATE t SET n = 2 WHERE id = 1"));
    std::thread::sleep(std::time::Duration::from_millis(300));
    let url = session.proxy.guest_url().unwrap();
    let mut guest = mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
    let error = guest
        .query_drop("UPDATE t SET n = 1 WHERE id = 2")
        .unwrap_err();
    assert!(error.to_string().contains("1213"), "{error}");
    waits.join().unwrap().unwrap();
    assert!(guest.query_drop("INSERT INTO t VALUES (5, 5)").is_err());
    let error = session
        .owner
        .query_drop("SELECT 1")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("rolled back the revision's transaction"),
        "{error}"
    );
}

#[test]
fn the_command_line_client_is_a_guest() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (name varchar(99))");
    session.run("BEGIN");
    let script = "BEGIN; INSERT INTO t VALUES ('kept'); COMMIT; INSERT INTO t VALUES ('too'); SELECT * FROM t;";
    let output = Command::new("mariadb")
        .args([
            "--no-defaults",
            "--skip-ssl",
            "-h127.0.0.1",
            "-uroot",
            "-e",
            script,
        ])
        .arg(format!("-P{}", session.proxy.address().port()))
        .arg(format!("-p{}", session.proxy.guest_password()))
        .arg(&session.database.name)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return println!("skipped: mariadb: {error}"),
    };
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        session.strings("SELECT name FROM t ORDER BY name"),
        ["kept", "too"]
    );
    session.run("ROLLBACK");
    assert!(session.strings("SELECT name FROM t").is_empty());
}

#[test]
fn the_owner_has_all_of_the_protocol() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("CREATE TABLE t (name varchar(99))");
    if session.database.is_mariadb() {
        let handler = mysql::LocalInfileHandler::new(|_, stream| {
            for line in 0..100_000 {
                writeln!(stream, "line {line}")?;
            }
            Ok(())
        });
        session.owner.set_local_infile_handler(Some(handler));
        session.run("LOAD DATA LOCAL INFILE 'any' INTO TABLE t");
        assert_eq!(session.strings("SELECT count(*) FROM t"), ["100000"]);
    }
    let url = session.proxy.guest_url().unwrap();
    let mut guest = mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
    guest.query_drop("SET time_zone = '+05:00'").unwrap();
    session.proxy.wait_idle().unwrap();
    session
        .owner
        .change_user(mysql::ChangeUserOpts::default())
        .unwrap();
    assert_eq!(
        session.strings("SELECT DATABASE()"),
        [session.database.name.clone()]
    );
    session.owner.reset().unwrap();
    let mut transaction = session
        .owner
        .start_transaction(mysql::TxOpts::default())
        .unwrap();
    transaction
        .query_drop("INSERT INTO t VALUES ('gone')")
        .unwrap();
    transaction.rollback().unwrap();
    assert_eq!(
        session.strings("SELECT name FROM t WHERE name = 'gone'"),
        [""; 0]
    );
    assert_eq!(
        guest
            .query_first::<String, _>("SELECT @@time_zone")
            .unwrap()
            .unwrap(),
        "+05:00"
    );
}

#[test]
fn a_command_without_an_answer_ends_the_turn() {
    let Some(mut session) = Mysql::new() else {
        return;
    };
    session.run("BEGIN");
    let url = session.proxy.guest_url().unwrap();
    let mut first = mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
    let mut second = mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
    for _ in 0..3 {
        let statement = first.prep("SELECT 1").unwrap();
        first.close(statement).unwrap();
        second.query_drop("SELECT 1").unwrap();
        let statement = session.owner.prep("SELECT 2").unwrap();
        session.owner.close(statement).unwrap();
        second.query_drop("SELECT 1").unwrap();
        session.run("DO 0");
    }
}
