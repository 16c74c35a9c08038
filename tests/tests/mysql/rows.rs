//! The row helpers, and the keys and values that MariaDB and MySQL have.

use migrate_runtime::v1::*;

use crate::fixture::ServerFixture;

#[derive(Row)]
#[row(table = "visits", key = ["person", "nth"])]
struct Visit {
    person: String,
    nth: i64,
    seen: i16,
    price: f64,
}

const VISITS: &str = "CREATE TABLE visits (person varchar(20) NOT NULL, nth bigint NOT NULL, seen smallint NOT NULL DEFAULT 0,
        price decimal(8, 2) NOT NULL DEFAULT 1.25, PRIMARY KEY (person, nth))";

#[test]
fn rows_by_several_columns_are_each_changed_once() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.run(|op| op.execute(VISITS)).unwrap();
    fixture
        .run(|op| {
            let visit = |at: i64| Visit {
                person: format!("p{}", at % 7),
                nth: at - 35,
                seen: 0,
                price: 1.25,
            };
            assert_eq!(op.insert_rows((0..77).map(visit))?, 77);
            for batch in [1, 4, 11, 100] {
                let rows = op
                    .rows::<Visit>()
                    .batch_size(batch)
                    .filter("nth > ?1", &params![-100]);
                let done = rows.update(|visit| {
                    visit.seen += 1;
                    Ok(())
                })?;
                assert_eq!((done.rows_read, done.rows_updated), (77, 77));
            }
            let wrong = op.query("SELECT count(*) FROM visits WHERE seen <> 4", &[])?;
            assert_eq!(wrong[0], [Value::Integer(0)]);
            Ok(())
        })
        .unwrap();
}

/// The server reports no changed row if the row already has the same values.
#[test]
fn a_value_that_is_rounded_to_the_existing_one_is_not_an_error() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.run(|op| op.execute(VISITS)).unwrap();
    fixture
        .run(|op| {
            op.execute("INSERT INTO visits (person, nth) VALUES ('a', 1), ('a', 2), ('b', 1)")?;
            let done = op.rows::<Visit>().update(|visit| {
                visit.price = if visit.nth == 1 { 1.2499 } else { 3.5 };
                Ok(())
            })?;
            assert_eq!((done.rows_read, done.rows_updated), (3, 1));
            let result = op.rows::<Visit>().update_with(|op, visit| {
                op.execute("DELETE FROM visits WHERE person = 'a'")?;
                visit.seen = 5;
                Ok(())
            });
            let message = result.unwrap_err().to_string();
            assert!(
                message.contains("with person = 'a', nth = 1: it no longer exists"),
                "{message}"
            );
            Ok(())
        })
        .unwrap();
}
