//! Guests of a session of MariaDB or MySQL.

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
