//! Values in and out.

use migrate_runtime::v1::*;

use crate::fixture::ServerFixture;

#[test]
fn values_go_into_the_columns_that_people_have() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS integer CHECK (value > 0);
                 CREATE TABLE v (s smallint, i integer, l bigint, n numeric(10, 2), r real, d double precision, b boolean, t text,
                     c varchar(9), y bytea, day date, at timestamp, zoned timestamptz, hour time, u uuid, j json, k jsonb, m mood,
                     p positive, nothing integer)",
            )?;
            let count = op.execute_with(
                "INSERT INTO v VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
                &params![
                    7,
                    7,
                    7,
                    "10.5",
                    0.1,
                    0.1,
                    true,
                    "it's ?1",
                    "it's ?1",
                    vec![0_u8, 255],
                    "2024-02-29",
                    "2024-02-29 23:59:59.25",
                    "2024-02-29 23:59:59.25",
                    "08:09:10",
                    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                    "{\"a\": 1}",
                    "{\"a\": 1}",
                    "ok",
                    3,
                    None::<i64>,
                ],
            )?;
            assert_eq!(count, 1);
            op.execute_with("INSERT INTO v (i, n, d, b, t, y) VALUES ($1, $2, $3, $4, $5, $6)", &params![true, 12, 5, 0, 9, "ä"])?;
            Ok(())
        })
        .unwrap();
    let rows = fixture
        .run(|op| op.query("SELECT * FROM v ORDER BY s NULLS LAST", &[]))
        .unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        rows[0],
        [
            Value::Integer(7),
            Value::Integer(7),
            Value::Integer(7),
            text("10.50"),
            Value::Real(0.1),
            Value::Real(0.1),
            Value::Boolean(true),
            text("it's ?1"),
            text("it's ?1"),
            Value::Blob(vec![0, 255]),
            text("2024-02-29"),
            text("2024-02-29 23:59:59.25"),
            text("2024-02-29 23:59:59.25+00"),
            text("08:09:10"),
            text("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
            text("{\"a\": 1}"),
            text("{\"a\": 1}"),
            text("ok"),
            Value::Integer(3),
            Value::Null,
        ]
    );
    let row = &rows[1];
    assert_eq!(
        (&row[1], &row[3], &row[5]),
        (&Value::Integer(1), &text("12.00"), &Value::Real(5.0))
    );
    assert_eq!(
        (&row[6], &row[7], &row[9]),
        (&Value::Boolean(false), &text("9"), &Value::Blob("ä".into()))
    );
}

#[test]
fn numbers_and_days_are_read_as_the_server_shows_them() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    for value in [
        "0",
        "-1.50",
        "12345678901234567890",
        "0.0001",
        "-0.00000123",
        "10000",
        "100000000.0001",
        "99999999999999999999.9",
        "NaN",
    ] {
        same(&mut fixture, &format!("'{value}'::numeric"));
    }
    for value in [
        "0001-01-01",
        "1999-12-31",
        "2000-01-01",
        "1970-01-01",
        "9999-12-31",
        "2024-02-29",
        "0044-03-15 BC",
        "infinity",
    ] {
        same(&mut fixture, &format!("'{value}'::date"));
        same(&mut fixture, &format!("'{value}'::timestamp"));
        same(&mut fixture, &format!("'{value}'::timestamptz"));
    }
    same(&mut fixture, "'1969-12-31 23:59:59.999999'::timestamp");
    same(&mut fixture, "'24:00:00'::time");
}

fn same(fixture: &mut ServerFixture, sql: &str) {
    let rows = fixture
        .run(|op| op.query(&format!("SELECT {sql}, ({sql})::text"), &[]))
        .unwrap();
    let read = match &rows[0][0] {
        Value::Integer(number) => Value::Text(number.to_string()),
        other => other.clone(),
    };
    assert_eq!(read, rows[0][1], "{sql}");
}

#[test]
fn a_sum_of_integers_is_an_integer() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let rows = fixture
        .run(|op| {
            op.query(
                "SELECT sum(x), count(*) FROM (VALUES (1::bigint), (2)) AS v(x)",
                &[],
            )
        })
        .unwrap();
    assert_eq!(rows, [[Value::Integer(3), Value::Integer(2)]]);
}

#[test]
fn what_does_not_fit_is_reported_with_the_servers_message() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    for (sql, params, message) in [
        ("SELECT ?1::smallint", &params![70_000][..], "out of range"),
        ("SELECT ?1::integer", &params!["seven"], "22P02"),
        (
            "SELECT ?1::integer",
            &params![1, 2],
            "2 parameters were given, and the statement has 1",
        ),
        ("SELECT ARRAY[1, 2]", &[], "select it as text"),
        ("SELECT nope", &[], "(SQLSTATE 42703, at character 8)"),
        ("SELECT 1; SELECT 2", &[], "42601"),
    ] {
        let error = fixture.run(|op| op.query(sql, params)).unwrap_err();
        assert!(error.contains(message), "{sql}: {error}");
    }
}

#[test]
fn a_failing_statement_of_a_script_is_named() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let error = fixture
        .run(|op| op.execute("CREATE TABLE a (id integer PRIMARY KEY); INSERT INTO a VALUES (1); INSERT INTO a VALUES (1)"))
        .unwrap_err();
    assert!(
        error.contains("23505") && error.contains("detail: Key (id)=(1) already exists"),
        "{error}"
    );
    let error = fixture
        .run(|op| op.execute("COPY pg_class FROM STDIN"))
        .unwrap_err();
    assert!(error.contains("no data to read"), "{error}");
    assert!(fixture.schema().tables.is_empty());
}
