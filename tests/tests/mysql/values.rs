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
                "CREATE TABLE v (s smallint, i int, l bigint, ul bigint unsigned, n decimal(10, 2), w decimal(20, 0), r float, d double,
                     b tinyint(1), t longtext, c varchar(9), y longblob, z varbinary(9), day date, at datetime(6), stamp timestamp(6),
                     hour time(3), j json, m enum('sad', 'ok'), bits bit(9), yr year, nothing int)",
            )?;
            let count = op.execute_with(
                "INSERT INTO v VALUES (?1, ?1, ?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?7, ?8, ?8, ?9, ?10, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
                &params![
                    7,
                    "18446744073709551615",
                    "10.5",
                    12,
                    0.1,
                    true,
                    "it's ?1",
                    vec![0_u8, 255],
                    "2024-02-29",
                    "2024-02-29 23:59:59.25",
                    "-08:09:10.5",
                    "{\"a\": 1}",
                    "ok",
                    257,
                    2024,
                    None::<i64>,
                ],
            )?;
            assert_eq!(count, 1);
            Ok(())
        })
        .unwrap();
    let rows = fixture.run(|op| op.query("SELECT * FROM v", &[])).unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        rows[0],
        [
            Value::Integer(7),
            Value::Integer(7),
            Value::Integer(7),
            text("18446744073709551615"),
            text("10.50"),
            Value::Integer(12),
            Value::Real(0.1),
            Value::Real(0.1),
            Value::Boolean(true),
            text("it's ?1"),
            text("it's ?1"),
            Value::Blob(vec![0, 255]),
            Value::Blob(vec![0, 255]),
            text("2024-02-29"),
            text("2024-02-29 23:59:59.25"),
            text("2024-02-29 23:59:59.25"),
            text("-08:09:10.5"),
            text("{\"a\": 1}"),
            text("ok"),
            Value::Integer(257),
            Value::Integer(2024),
            Value::Null,
        ]
    );
}

#[test]
fn a_sum_of_integers_is_an_integer() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let rows = fixture
        .run(|op| {
            op.query(
                "SELECT SUM(x), COUNT(*) FROM (SELECT 1 AS x UNION ALL SELECT 2) AS v",
                &[],
            )
        })
        .unwrap();
    assert_eq!(rows, [[Value::Integer(3), Value::Integer(2)]]);
}

#[test]
fn parameters_are_bound_by_their_number() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let rows = fixture
        .run(|op| op.query("SELECT ?2, '?1', ?1, ?2 -- ?3", &params![1, "b"]))
        .unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        rows,
        [[text("b"), text("?1"), Value::Integer(1), text("b")]]
    );
    let rows = fixture
        .run(|op| op.query("SELECT ?, ?", &params!["a", 2]))
        .unwrap();
    assert_eq!(rows, [[text("a"), Value::Integer(2)]]);
}

#[test]
fn what_does_not_fit_is_reported_with_the_servers_message() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.database.run("CREATE TABLE s (i smallint, d date)");
    for (sql, params, message) in [
        (
            "INSERT INTO s (i) VALUES (?1)",
            &params![70_000][..],
            "Out of range",
        ),
        (
            "INSERT INTO s (d) VALUES (?1)",
            &params!["seven"],
            "Incorrect date value",
        ),
        (
            "SELECT ?1",
            &params![1, 2],
            "2 parameters were given, and the statement has 1",
        ),
        ("SELECT nope", &[], "(error 1054, SQLSTATE 42S22)"),
        ("SELECT 1; SELECT 2", &[], "error 1064"),
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
        .run(|op| op.execute("CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1); INSERT INTO a VALUES (1)"))
        .unwrap_err();
    assert!(error.contains("Duplicate entry '1'"), "{error}");
    assert_eq!(
        fixture.database.strings("SELECT COUNT(*) FROM a"),
        ["0"],
        "what came after the table was taken back"
    );
}
