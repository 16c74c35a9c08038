//! The row helpers, and the keys and values that PostgreSQL has.

use migrate_runtime::v1::*;

use crate::fixture::ServerFixture;

#[derive(Row)]
#[row(table = "people", key = "id")]
struct Person {
    id: String,
    name: String,
    born: Option<String>,
    score: f64,
    active: bool,
    balance: Value,
    note: Option<String>,
}

const PEOPLE: &str = "CREATE TABLE people (id uuid PRIMARY KEY, name varchar(40) NOT NULL, born date, score real NOT NULL,
    active boolean NOT NULL, balance numeric(10, 2), note jsonb);
    INSERT INTO people SELECT md5(n::text)::uuid, 'Person ' || n, DATE '2000-01-01' + n, n / 3.0, n % 2 = 0, n / 7.0, NULL
        FROM generate_series(1, 250) AS n";

#[test]
fn rows_by_uuid_are_each_changed_once() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(PEOPLE)?;
            let mut keys = Vec::new();
            let rows = op.rows::<Person>().batch_size(7).filter("born > ?1", &params!["2000-01-11"]);
            let done = rows.update(|person| {
                keys.push(person.id.clone());
                if person.active {
                    person.note = Some("{\"active\": true}".to_owned());
                    person.name.push('!');
                }
                Ok(())
            })?;
            assert_eq!((done.rows_read, done.rows_updated), (240, 120));
            assert!(keys.is_sorted(), "in the order of the key");
            let rows = op.query("SELECT count(*), count(note) FROM people WHERE name LIKE '%!'", &[])?;
            assert_eq!(rows[0], [Value::Integer(120), Value::Integer(120)]);
            let sum = "SELECT count(*) FROM people, generate_series(1, 250) AS n
                WHERE id = md5(n::text)::uuid AND balance = round(n / 7.0, 2) AND score = (n / 3.0)::real";
            assert_eq!(op.query(sum, &[])?[0], [Value::Integer(250)], "what was not changed is as it was");
            Ok(())
        })
        .unwrap();
}

#[derive(Row)]
#[row(table = "visits", key = ["person", "nth"])]
struct Visit {
    person: i32,
    nth: i64,
    seen: i16,
}

#[test]
fn rows_by_several_columns_are_each_changed_once() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE visits (person integer, nth bigint, seen smallint NOT NULL DEFAULT 0, PRIMARY KEY (person, nth));
                 INSERT INTO visits SELECT p, n FROM generate_series(-3, 3) AS p, generate_series(-5, 5) AS n",
            )?;
            for batch in [1, 4, 11, 100] {
                let done = op.rows::<Visit>().batch_size(batch).update_with(|op, visit| {
                    op.query("SELECT 1", &[])?;
                    visit.seen += 1;
                    Ok(())
                })?;
                assert_eq!((done.rows_read, done.rows_updated), (77, 77));
            }
            let wrong = op.query("SELECT count(*) FROM visits WHERE seen <> 4", &[])?;
            assert_eq!(wrong[0], [Value::Integer(0)]);
            let visits = (0..3).map(|nth| Visit { person: 9, nth, seen: 0 });
            assert_eq!(op.insert_rows(visits)?, 3);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_value_that_does_not_fit_is_reported_with_its_key() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let error = fixture.run(|op| {
        op.execute("CREATE TABLE visits (person integer, nth bigint, seen integer, PRIMARY KEY (person, nth)); INSERT INTO visits VALUES (1, 2, 70000)")?;
        op.rows::<Visit>().for_each(|_| Ok(()))
    });
    let error = error.unwrap_err();
    assert!(
        error.contains("can't read the row of `visits` with person = 1, nth = 2: column `seen`: 70000 can't be converted to `i16`"),
        "{error}"
    );
}
