//! Names in another schema of the database.

use migrate_runtime::v1::*;
use migrate_tests::servers;

use crate::bench::Bench;

fn billing() -> Option<Bench> {
    let mut bench = Bench::new()?;
    bench
        .run(|op| {
            op.create_table("users", |t| {
                t.column(Column::new("id", BigInt).primary_key());
            })?;
            op.execute("CREATE SCHEMA \"billing;\"")
        })
        .unwrap();
    Some(bench)
}

fn in_billing(bench: &Bench) -> Vec<String> {
    bench.database.strings(
        "SELECT relname::text FROM pg_class WHERE relnamespace = '\"billing;\"'::regnamespace AND relkind = 'r' ORDER BY 1",
    )
}

#[test]
fn operations_are_done_in_the_schema_and_links_lead_back() {
    let Some(mut bench) = billing() else { return };
    let before = bench.schema();
    bench
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
    assert_eq!(in_billing(&bench), ["invoices"]);
    assert!(
        bench.schema().table("after").is_some(),
        "the session is back where it was"
    );
    bench
        .run(|op| {
            op.drop_table("after")?;
            op.in_schema("billing;", |op| op.drop_table("invoices"))
        })
        .unwrap();
    assert_eq!(in_billing(&bench), Vec::<String>::new());
    assert_eq!(before.differences(&bench.schema()), Vec::<String>::new());
}

#[test]
fn an_index_is_made_there_outside_a_transaction_too() {
    let Some(mut bench) = billing() else { return };
    bench
        .run(|op| {
            op.in_schema("billing;", |op| {
                op.create_table("invoices", |t| t.column(Column::new("id", BigInt)))
            })
        })
        .unwrap();
    bench
        .run_bare(|op| {
            op.in_schema("billing;", |op| {
                op.create_index_concurrently(Index::new("ix_id", "invoices", ["id"]))
            })?;
            op.execute("CREATE TABLE after (id bigint)")
        })
        .unwrap();
    let at = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname IN ('ix_id', 'after') ORDER BY relname";
    assert_eq!(bench.database.strings(at), ["public", "\"billing;\""]);
}

#[test]
fn an_error_in_the_schema_takes_everything_back() {
    let Some(mut bench) = billing() else { return };
    let error = bench
        .run(|op| {
            op.in_schema("billing;", |op| {
                op.create_table("invoices", |t| t.column(Column::new("id", BigInt)))?;
                op.drop_table("missing")
            })
        })
        .unwrap_err();
    assert!(error.contains("missing"), "{error}");
    assert_eq!(in_billing(&bench), Vec::<String>::new());
    bench
        .run(|op| op.create_table("after", |t| t.column(Column::new("id", BigInt))))
        .unwrap();
    assert!(bench.schema().table("after").is_some());
}

#[test]
fn a_schema_that_is_not_there_is_told_before_anything_runs() {
    let Some(mut bench) = Bench::new() else {
        return;
    };
    let error = bench
        .run(|op| op.in_schema("billing", |_| Ok(())))
        .unwrap_err();
    assert_eq!(
        error,
        "can't go on in the schema `billing`: there is no such schema"
    );
}

#[test]
fn a_database_without_schemas_refuses() {
    let reason = "can't go on in the schema `billing`: this database has no schemas beside its own";
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let error = Op::<Sqlite>::new(&connection)
        .in_schema("billing", |_| Ok(()))
        .unwrap_err();
    assert_eq!(error.to_string(), reason);
    if servers::mysql().is_none() {
        return;
    }
    let mut bench = migrate_tests::bench::Bench::<Mysql>::new().unwrap();
    let error = bench
        .run(|op| op.in_schema("billing", |_| Ok(())))
        .unwrap_err();
    assert_eq!(error, reason);
}
