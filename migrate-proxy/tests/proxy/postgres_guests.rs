//! Guests of a PostgreSQL session.

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
