//! Changes of a type that lose nothing: no reason is requested for them, and the server keeps every value.

use migrate_schema::operation::{AlterColumn, Operation};
use migrate_schema::render::revision_body;
use migrate_schema::schema::{Column, Type};

use crate::fixture::ServerFixture;

/// Types and their extreme values.
const TYPES: &[(&str, &[&str])] = &[
    ("smallint", &["-32768", "0", "32767"]),
    ("integer", &["-2147483648", "2147483647"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    // NaN is not an integer, and the server refuses to convert it.
    ("numeric(4,0)", &["-9999", "9999"]),
    ("numeric(5,0)", &["-99999", "99999"]),
    ("numeric(10,0)", &["-9999999999", "9999999999"]),
    ("numeric(5,2)", &["-999.99", "0.01"]),
    ("numeric(8,3)", &["-99999.999", "0.001"]),
    ("numeric(3,-2)", &["-99900", "100"]),
    ("numeric(2,4)", &["0.0099", "-0.0001"]),
    ("numeric", &["1e100", "-0.00000000001", "NaN", "Infinity"]),
    (
        "real",
        &["0.1", "3.4028235e38", "1e-45", "NaN", "-Infinity"],
    ),
    (
        "double precision",
        &["0.1", "1.7976931348623157e308", "5e-324", "NaN"],
    ),
    ("boolean", &["true", "false"]),
    ("char(3)", &["", "ab", "äöü"]),
    ("char(36)", &["ab"]),
    ("varchar(3)", &["", "a  ", "äöü"]),
    ("varchar(5)", &["", "a    "]),
    ("varchar(11)", &["    a      "]),
    (
        "varchar",
        &["a  ", "0123456789012345678901234567890123456789"],
    ),
    ("text", &["a  ", "0123456789012345678901234567890123456789"]),
    ("bytea", &["\\x00ff"]),
    (
        "date",
        &["4713-01-01 BC", "2024-02-29", "294276-12-31", "infinity"],
    ),
    ("time(0)", &["00:00:00", "23:59:59", "24:00:00"]),
    ("time(3)", &["23:59:59.999"]),
    ("time", &["23:59:59.999999"]),
    ("timetz(2)", &["23:59:59.99+15:59", "00:00:00-15:59"]),
    ("timetz", &["23:59:59.999999+15:59"]),
    (
        "timestamp(0)",
        &["294276-12-31 23:59:59", "4713-01-01 00:00:00 BC"],
    ),
    ("timestamp(3)", &["2026-03-29 02:30:00.999", "-infinity"]),
    ("timestamp", &["294276-12-31 23:59:59.999999", "infinity"]),
    ("timestamptz(0)", &["2026-03-29 02:30:00+01", "infinity"]),
    ("timestamptz", &["294276-12-31 23:59:59.999999+00"]),
    ("interval(3)", &["-3 mons 4 days 00:00:00.999"]),
    ("interval", &["178000000 years", "-00:00:00.000001"]),
    ("interval day to second(3)", &["4 days 23:59:59.999"]),
    ("interval year to month", &["-178000000 years"]),
    ("json", &["{\"b\" : 1, \"b\": 2}"]),
    ("jsonb", &["{\"b\": 1e2, \"a\": null}"]),
    ("uuid", &["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]),
    ("inet", &["10.0.0.1/8", "::1"]),
    ("cidr", &["10.0.0.0/8"]),
    ("bit(3)", &["101"]),
    ("bit varying(3)", &["", "101"]),
    ("bit varying(5)", &["", "10101"]),
    ("bit varying", &["", "1010101"]),
    ("integer[]", &["{-2147483648,NULL}", "{{1,2},{3,4}}"]),
    ("bigint[]", &["{9223372036854775807}"]),
    ("numeric[]", &["{0.1,NULL}"]),
    ("varchar(3)[]", &["{\"a  \",NULL}"]),
    ("varchar[]", &["{\"a, \\\"b\\\"  \"}"]),
    ("text[]", &["{\"a, \\\"b\\\"  \"}"]),
    ("timestamp(3)[]", &["{\"2026-03-29 02:30:00.999\"}"]),
    ("timestamp[]", &["{\"2026-03-29 02:30:00.999999\"}"]),
    ("mood", &["sad", "very happy"]),
];

/// Pairs that must be among those without a loss.
const KEPT: &[(&str, &str)] = &[
    ("timestamp(3)", "timestamp"),
    ("timestamptz(0)", "timestamptz"),
    ("time(0)", "time"),
    ("timetz(2)", "timetz"),
    ("varchar(5)", "varchar"),
    ("varchar(5)", "text"),
    ("varchar", "text"),
    ("text", "varchar"),
    ("numeric(5,2)", "numeric"),
    ("integer", "numeric"),
    ("integer", "bigint"),
    ("bit varying(3)", "bit varying"),
    ("interval(3)", "interval"),
    ("integer[]", "bigint[]"),
    ("text[]", "varchar[]"),
    ("date", "timestamp"),
    ("mood", "text"),
];

fn loses(from: &Type, to: &Type) -> bool {
    let mut change = AlterColumn::new("w", "a");
    change.set_type(to.clone());
    change.from(Column::new("a", from.clone()));
    let up = revision_body(&[Operation::AlterColumn(change)]).up;
    up.contains("allow_data_loss")
}

#[test]
fn a_type_that_holds_all_values_keeps_them() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let columns: Vec<String> = TYPES
        .iter()
        .enumerate()
        .map(|(at, (kind, _))| format!("c{at} {kind}"))
        .collect();
    let all = format!(
        "CREATE TYPE mood AS ENUM ('sad', 'very happy'); CREATE TABLE t ({})",
        columns.join(", ")
    );
    fixture.run(|op| op.execute(&all)).unwrap();
    let inspected = fixture.schema();
    let columns = &inspected.table("t").unwrap().columns;
    let mut kept = Vec::new();
    for ((from, values), before) in TYPES.iter().zip(columns) {
        for ((to, _), after) in TYPES.iter().zip(columns) {
            if from == to || loses(&before.data_type, &after.data_type) {
                continue;
            }
            kept.push((*from, *to));
            let values: Vec<String> = values
                .iter()
                .map(|value| value.replace('\'', "''"))
                .map(|value| format!("('{value}', '{value}')"))
                .collect();
            // Only an integer converts to a Boolean, and back.
            let is_number = !["text", "varchar"].iter().any(|it| to.starts_with(it));
            let by = match *from == "boolean" && is_number {
                true => "::integer",
                false => "",
            };
            let changed = fixture.run(|op| {
                op.execute(&format!(
                    "CREATE TABLE w (a {from}, b {from}); INSERT INTO w VALUES {};
                     ALTER TABLE w ALTER COLUMN a TYPE {to} USING a{by}::{to}",
                    values.join(", ")
                ))?;
                let changed = op.query(
                    &format!("SELECT a::text, b::text FROM w WHERE (a{by}::{from})::text IS DISTINCT FROM b::text"),
                    &[],
                )?;
                op.execute("DROP TABLE w")?;
                Ok(changed)
            });
            assert_eq!(changed, Ok(Vec::new()), "{from} to {to}");
        }
    }
    for pair in KEPT {
        assert!(kept.contains(pair), "{pair:?} loses nothing");
    }
    assert!(kept.len() > 100, "{}: {kept:?}", kept.len());
}
