//! Names in another schema of the database.

use migrate_runtime::Model;
use migrate_runtime::v1::*;
use migrate_tests::servers;

use crate::fixture::ServerFixture;

fn billing() -> Option<ServerFixture> {
    let mut fixture = ServerFixture::new()?;
    fixture
        .run(|op| {
            op.create_table("users", |t| {
                t.column(Column::new("id", BigInt).primary_key());
            })?;
            op.execute("CREATE SCHEMA \"billing;\"")
        })
        .unwrap();
    Some(fixture)
}

fn in_billing(fixture: &ServerFixture) -> Vec<String> {
    fixture.database.strings(
        "SELECT relname::text FROM pg_class WHERE relnamespace = '\"billing;\"'::regnamespace AND relkind = 'r' ORDER BY 1",
    )
}

#[test]
fn operations_run_in_the_schema_and_keys_reference_the_first_one() {
    let Some(mut fixture) = billing() else { return };
    let before = fixture.schema();
    fixture
        .run(|op| {
            op.in_schema("billing;", |op| {
                op.create_table("invoices", |t| {
                    t.column(Column::new("id", BigInt).primary_key());
                    t.column(
                        Column::new("owner", BigInt).references(ForeignKey::to("users", "id")),
                    );
                })?;
                op.add_column("invoices", Column::new("paid", Boolean))?;
                op.create_index(Index::new("ix_paid", "invoices", ["paid"]))
            })?;
            op.create_table("after", |t| {
                t.column(Column::new("id", BigInt).primary_key())
            })
        })
        .unwrap();
    assert_eq!(in_billing(&fixture), ["invoices"]);
    assert!(
        fixture.schema().table("after").is_some(),
        "the session is back where it was"
    );
    fixture
        .run(|op| {
            op.drop_table("after")?;
            op.in_schema("billing;", |op| op.drop_table("invoices"))
        })
        .unwrap();
    assert_eq!(in_billing(&fixture), Vec::<String>::new());
    assert_eq!(before.differences(&fixture.schema()), Vec::<String>::new());
}

#[test]
fn an_index_is_created_there_outside_a_transaction_too() {
    let Some(mut fixture) = billing() else { return };
    fixture
        .run(|op| {
            op.in_schema("billing;", |op| {
                op.create_table("invoices", |t| t.column(Column::new("id", BigInt)))
            })
        })
        .unwrap();
    fixture
        .run_non_transactional(|op| {
            op.in_schema("billing;", |op| {
                op.create_index_concurrently(Index::new("ix_id", "invoices", ["id"]))
            })?;
            op.execute("CREATE TABLE after (id bigint)")
        })
        .unwrap();
    let at = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname IN ('ix_id', 'after') ORDER BY relname";
    assert_eq!(fixture.database.strings(at), ["public", "\"billing;\""]);
}

#[test]
fn an_error_in_the_schema_rolls_everything_back() {
    let Some(mut fixture) = billing() else { return };
    let error = fixture
        .run(|op| {
            op.in_schema("billing;", |op| {
                op.create_table("invoices", |t| t.column(Column::new("id", BigInt)))?;
                op.drop_table("missing")
            })
        })
        .unwrap_err();
    assert!(error.contains("missing"), "{error}");
    assert_eq!(in_billing(&fixture), Vec::<String>::new());
    fixture
        .run(|op| op.create_table("after", |t| t.column(Column::new("id", BigInt))))
        .unwrap();
    assert!(fixture.schema().table("after").is_some());
}

#[test]
fn a_missing_schema_is_reported_before_anything_runs() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let error = fixture
        .run(|op| op.in_schema("billing", |_| Ok(())))
        .unwrap_err();
    assert_eq!(
        error,
        "can't switch to the schema `billing`: there is no such schema"
    );
}

#[test]
fn a_database_without_schemas_refuses() {
    let reason = "can't switch to the schema `billing`: this database has only one schema";
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let error = Op::<Sqlite>::new(&connection)
        .in_schema("billing", |_| Ok(()))
        .unwrap_err();
    assert_eq!(error.to_string(), reason);
    if servers::mysql().is_none() {
        return;
    }
    let mut fixture = migrate_tests::server_fixture::ServerFixture::<Mysql>::new().unwrap();
    let error = fixture
        .run(|op| op.in_schema("billing", |_| Ok(())))
        .unwrap_err();
    assert_eq!(error, reason);
}

#[test]
fn a_foreign_key_references_another_schema() {
    let Some(mut fixture) = billing() else { return };
    fixture
        .run(|op| {
            op.in_schema("billing;", |op| {
                op.create_table("users", |t| {
                    t.column(Column::new("id", BigInt).primary_key())
                })
            })
        })
        .unwrap();
    let there = ForeignKey::to("users", "id").in_schema("billing;");
    let made = fixture.there_and_back(
        |op| {
            op.create_table("card", |t| {
                t.column(Column::new("id", BigInt).primary_key());
                t.column(Column::new("owner", BigInt));
                t.foreign_key("owner", there.clone().named("fk_owner"));
            })?;
            op.alter_table("users", |t| {
                t.add_foreign_key("id", there.clone().named("fk_same"))
            })
        },
        |op| {
            op.alter_table("users", |t| t.drop_constraint("fk_same"))?;
            op.drop_table("card")
        },
    );
    let key = |table: &str| made.table(table).unwrap().foreign_keys[0].clone();
    for key in [key("card"), key("users")] {
        assert_eq!(
            (key.schema.as_deref(), &*key.table),
            (Some("billing;"), "users")
        );
    }
    let sql = migrate_tools::dump::sql::<Postgres>(&made);
    assert!(
        sql.contains("REFERENCES \"billing;\".\"users\" (\"id\")"),
        "{sql}"
    );
}

#[derive(Model)]
#[model(
    table = "line",
    schema = "billing;",
    primary_key(order, id),
    managed = false
)]
struct Line {
    order: i64,
    id: i64,
    note: Option<String>,
}

#[derive(Row)]
#[row(table = "line", schema = "billing;", key = ["order", "id"])]
struct OldLine {
    order: i64,
    id: i64,
    text: String,
}

#[test]
fn rows_of_a_model_are_those_of_its_schema() {
    let Some(mut fixture) = billing() else { return };
    let line = |id| Line {
        order: 1,
        id,
        note: None,
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE line (id bigint PRIMARY KEY);
                 CREATE TABLE \"billing;\".line (\"order\" bigint, id bigint, note text, PRIMARY KEY (\"order\", id))",
            )?;
            assert_eq!(op.insert_rows([1, 2, 3].map(line))?, 3);
            let done = op.rows::<Line>().batch_size(2).filter("id > ?1", &params![1]).update(|line| {
                line.note = Some("seen".to_owned());
                Ok(())
            })?;
            assert_eq!((done.rows_read, done.rows_updated), (2, 2));
            op.in_schema("billing;", |op| {
                assert_eq!(op.rows::<Line>().for_each(|_| Ok(()))?, 3);
                Ok(())
            })?;
            let seen = "SELECT count(*), current_schema()::text FROM \"billing;\".line WHERE note = 'seen'";
            let here = Value::Text("public".to_owned());
            assert_eq!(op.query(seen, &[])?[0], [Value::Integer(2), here]);
            Ok(())
        })
        .unwrap();
    let moved_on = fixture.run(|op| op.rows::<OldLine>().for_each(|_| Ok(())).map(drop));
    let error = moved_on.unwrap_err();
    assert!(
        error.contains(
            "column `text` of `OldLine` is not in table `billing;.line` at this revision"
        ),
        "{error}"
    );
    let elsewhere = fixture.run(|op| {
        op.execute("DROP SCHEMA \"billing;\" CASCADE")?;
        op.rows::<Line>().for_each(|_| Ok(())).map(drop)
    });
    assert_eq!(
        elsewhere.unwrap_err(),
        "can't switch to the schema `billing;`: there is no such schema"
    );
}
