//! Functions of an application that take a connection of sqlx run in the revision's own transaction.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use migrate_engine::backend::Access;
use migrate_runtime::Migrations;
use migrate_runtime::v1::{Backend, Op, Result, Value};
use migrate_sqlx::{BlockOn, Mysql, Postgres, Sqlite};
use migrate_tests::revisions::{Code, linear_history, non_transactional_history};
use sqlx::{Connection as _, MySqlConnection, PgConnection, SqliteConnection};

use crate::engine::Engine;

/// Defines the functions of an application for one type of connection, and the tests of them.
macro_rules! tests_on {
    ($module:ident, $backend:ty, $connection:ty) => {
        mod $module {
            use super::*;

            async fn insert(db: &mut $connection) -> sqlx::Result<u64> {
                let done = sqlx::query("INSERT INTO a VALUES (1), (2), (3)")
                    .execute(db)
                    .await?;
                Ok(done.rows_affected())
            }

            async fn stop_reading(db: &mut $connection) -> sqlx::Result<Option<(i32,)>> {
                sqlx::query_as("SELECT id FROM a ORDER BY id")
                    .fetch_optional(db)
                    .await
            }

            async fn nest(db: &mut $connection) -> sqlx::Result<()> {
                let mut kept = db.begin().await?;
                sqlx::query("INSERT INTO a VALUES (10)")
                    .execute(&mut *kept)
                    .await?;
                let mut inner = kept.begin().await?;
                sqlx::query("DELETE FROM a").execute(&mut *inner).await?;
                inner.rollback().await?;
                kept.commit().await?;
                let mut dropped = db.begin().await?;
                sqlx::query("DELETE FROM a").execute(&mut *dropped).await?;
                Ok(())
            }

            async fn fail(db: &mut $connection) -> sqlx::Result<()> {
                sqlx::query("INSERT INTO a VALUES (4)")
                    .execute(&mut *db)
                    .await?;
                sqlx::query("INSERT INTO missing VALUES (4)")
                    .execute(db)
                    .await?;
                Ok(())
            }

            async fn commit(db: &mut $connection) -> sqlx::Result<()> {
                sqlx::query("INSERT INTO a VALUES (5)")
                    .execute(&mut *db)
                    .await?;
                sqlx::raw_sql("COMMIT").execute(&mut *db).await?;
                Ok(())
            }

            fn create(op: &mut Op<'_, $backend>) -> Result<()> {
                op.execute("CREATE TABLE a (id INTEGER)")
            }

            #[test]
            fn what_a_function_writes_is_committed_with_its_revision() {
                fn fill(op: &mut Op<'_, $backend>) -> Result<()> {
                    assert_eq!(op.block_on(insert)?, 3);
                    assert_eq!(op.query("SELECT id FROM a", &[])?.len(), 3);
                    assert_eq!(op.block_on(stop_reading)?, Some((1,)));
                    op.block_on(nest)?;
                    op.execute("UPDATE a SET id = id + 100")
                }
                check(&[create, fill], true, &[101, 102, 103, 110]);
            }

            #[test]
            fn what_a_function_writes_is_rolled_back_with_its_revision() {
                fn fill(op: &mut Op<'_, $backend>) -> Result<()> {
                    op.block_on(insert)?;
                    op.block_on(nest)?;
                    op.execute("INSERT INTO missing VALUES (1)")
                }
                check(&[create, fill], false, &[]);
            }

            #[test]
            fn the_error_of_a_function_fails_the_revision() {
                fn fill(op: &mut Op<'_, $backend>) -> Result<()> {
                    op.block_on(insert)?;
                    op.block_on(fail)
                }
                check(&[create, fill], false, &[]);
            }

            #[test]
            fn a_function_can_not_commit_the_revision() {
                fn fill(op: &mut Op<'_, $backend>) -> Result<()> {
                    op.block_on(insert)?;
                    // SQLite refuses it. To the servers, it is a COMMIT without a transaction.
                    let _ = op.block_on(commit);
                    op.execute("INSERT INTO missing VALUES (1)")
                }
                check(&[create, fill], false, &[]);
            }

            #[test]
            fn outside_a_transaction_a_function_commits_itself() {
                fn fill(op: &mut Op<'_, $backend>) -> Result<()> {
                    op.execute("INSERT INTO a VALUES (7)")?;
                    op.once("fill", |op| {
                        op.block_on(async |db: &mut $connection| {
                            let mut transaction = db.begin().await?;
                            sqlx::query("INSERT INTO a VALUES (8)")
                                .execute(&mut *transaction)
                                .await?;
                            transaction.commit().await?;
                            sqlx::query("INSERT INTO a VALUES (9)")
                                .execute(&mut *db)
                                .await
                        })?;
                        Ok(())
                    })
                }
                let steps: [(Code<$backend>, Code<$backend>); 2] =
                    [(create, nothing), (fill, nothing)];
                let migrations = non_transactional_history(&steps);
                assert_ids(migrations, true, &[7, 8, 9]);
            }

            fn check(ups: &[Code<$backend>], succeeds: bool, expected: &[i64]) {
                let steps: Vec<_> = ups
                    .iter()
                    .map(|up| (*up, nothing as Code<$backend>))
                    .collect();
                assert_ids(linear_history(&steps), succeeds, expected);
            }
        }
    };
}

tests_on!(sqlite, Sqlite, SqliteConnection);
tests_on!(postgres, Postgres, PgConnection);
tests_on!(mysql, Mysql, MySqlConnection);

fn nothing<B: Backend>(_: &mut Op<'_, B>) -> Result<()> {
    Ok(())
}

/// Upgrades a new database, and checks whether it succeeds and the rows of `a`.
fn assert_ids<B: Engine>(migrations: &'static Migrations<B>, succeeds: bool, expected: &[i64]) {
    let Some(database) = B::database() else {
        return;
    };
    let wait = Duration::from_secs(10);
    let client = B::open(database.url.as_ref(), Access::Write, wait).unwrap();
    let mut client = client.unwrap();
    let done = migrations.upgrade(&mut client);
    assert_eq!(done.is_ok(), succeeds, "{done:?}");
    let read = B::read(B::reader(&mut client), wait, |op| {
        Ok(op.query("SELECT id FROM a ORDER BY id", &[]))
    });
    let rows = read.unwrap().unwrap();
    let expected: Vec<_> = expected
        .iter()
        .map(|id| vec![Value::Integer(*id)])
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn a_connection_that_rusqlite_opened_can_not_be_lent() {
    fn fill(op: &mut Op<'_, Sqlite>) -> Result<()> {
        op.block_on(async |_: &mut SqliteConnection| Ok::<_, sqlx::Error>(()))
    }
    let mut client = rusqlite::Connection::open_in_memory().unwrap().into();
    let steps: [(Code<Sqlite>, Code<Sqlite>); 1] = [(fill, nothing)];
    let error = linear_history(&steps).upgrade(&mut client).unwrap_err();
    assert!(
        error.to_string().contains("was not opened by sqlx"),
        "{error}"
    );
}

#[tokio::test]
async fn a_revision_can_block_on_a_function_on_a_thread_that_runs_tasks() {
    static COUNT: AtomicU32 = AtomicU32::new(0);

    fn fill(op: &mut Op<'_, Sqlite>) -> Result<()> {
        op.block_on(async |db: &mut SqliteConnection| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let one: (i64,) = sqlx::query_as("SELECT 1").fetch_one(db).await?;
            COUNT.fetch_add(one.0 as u32, Ordering::Relaxed);
            Ok::<_, sqlx::Error>(())
        })
    }
    let mut client = <Sqlite as migrate_engine::backend::Backend>::scratch(None).unwrap();
    let steps: [(Code<Sqlite>, Code<Sqlite>); 1] = [(fill, nothing)];
    linear_history(&steps).upgrade(&mut client).unwrap();
    assert_eq!(COUNT.load(Ordering::Relaxed), 1);
}
