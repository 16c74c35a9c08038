//! Changes of a type that lose nothing: no reason is requested for them, and the server keeps every value.

use migrate_schema::operation::{AlterColumn, Operation};
use migrate_schema::render::revision_body;
use migrate_schema::schema::{Column, Type};

use crate::fixture::ServerFixture;

/// Types and their extreme values, as expressions.
const TYPES: &[(&str, &[&str])] = &[
    ("tinyint", &["-128", "127"]),
    ("tinyint unsigned", &["0", "255"]),
    ("tinyint(1)", &["-128", "1"]),
    ("smallint", &["-32768", "32767"]),
    ("smallint unsigned", &["0", "65535"]),
    ("mediumint", &["-8388608", "8388607"]),
    ("mediumint unsigned", &["0", "16777215"]),
    ("int", &["-2147483648", "2147483647"]),
    ("int unsigned", &["0", "4294967295"]),
    ("int(5) unsigned zerofill", &["0", "4294967295"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    ("bigint unsigned", &["0", "18446744073709551615"]),
    ("year", &["0", "1901", "2000", "2155"]),
    ("decimal(4,0)", &["-9999", "9999"]),
    ("decimal(12,0)", &["-999999999999"]),
    ("decimal(20,0)", &["-99999999999999999999"]),
    ("decimal(5,2)", &["-999.99", "0.01"]),
    ("decimal(5,2) unsigned", &["999.99", "0.01"]),
    (
        "decimal(65,30)",
        &["-99999999999999999999999999999999999.999999999999999999999999999999"],
    ),
    ("float", &["0.1", "3.40282e38", "-1.17549e-38"]),
    ("float unsigned", &["0.1", "3.40282e38"]),
    ("float(7,2)", &["-99999.99", "0.01"]),
    (
        "double",
        &["0.1", "1.7976931348623157e308", "-2.2250738585072014e-308"],
    ),
    ("double unsigned", &["0.1"]),
    ("double(10,2)", &["-99999999.99"]),
    ("char(3)", &["''", "'ab'", "'äö😀'"]),
    ("char(36)", &["'ab'"]),
    ("varchar(3)", &["'a  '", "'äö😀'"]),
    ("varchar(20)", &["REPEAT('😀', 20)", "'a  '"]),
    ("varchar(255)", &["REPEAT('😀', 255)", "'a  '"]),
    (
        "tinytext",
        &["REPEAT('a', 255)", "CONCAT(REPEAT('😀', 63), ' ')"],
    ),
    ("text", &["REPEAT('a', 65535)", "REPEAT('😀', 16383)"]),
    ("mediumtext", &["REPEAT('a', 70000)"]),
    ("longtext", &["REPEAT('a', 70000)"]),
    ("binary(3)", &["'a'", "X'FF00FF'"]),
    ("varbinary(3)", &["'a '", "X'FF00FF'"]),
    ("varbinary(5)", &["X'FF00FF0000'"]),
    ("tinyblob", &["REPEAT(X'FF', 255)"]),
    ("blob", &["REPEAT(X'00', 65535)"]),
    ("longblob", &["REPEAT(X'00', 70000)"]),
    ("bit(3)", &["b'000'", "b'111'"]),
    ("bit(12)", &["b'111111111111'"]),
    ("enum('a','b')", &["'a'", "'b'"]),
    ("enum('b','it''s','a')", &["'a'", "'it''s'"]),
    ("set('x','y')", &["''", "'x,y'"]),
    ("set('y','z','x')", &["''", "'x,y,z'"]),
    ("date", &["'1000-01-01'", "'2024-02-29'", "'9999-12-31'"]),
    (
        "datetime",
        &["'9999-12-31 23:59:59'", "'2026-03-29 02:30:00'"],
    ),
    ("datetime(3)", &["'9999-12-31 23:59:59.999'"]),
    ("datetime(6)", &["'9999-12-31 23:59:59.999999'"]),
    (
        "timestamp",
        &["'1970-01-02 00:00:01'", "'2038-01-18 03:14:07'"],
    ),
    ("timestamp(3)", &["'2026-03-28 02:30:00.999'"]),
    ("timestamp(6)", &["'2026-03-28 02:30:00.999999'"]),
    ("time", &["'-838:59:59'", "'23:59:59'"]),
    ("time(3)", &["'-838:59:59.999'"]),
    ("time(6)", &["'838:59:59.999999'"]),
];

/// Pairs that must be among those without a loss.
const KEPT: &[(&str, &str)] = &[
    ("datetime", "datetime(6)"),
    ("datetime(3)", "datetime(6)"),
    ("time", "time(6)"),
    ("timestamp", "timestamp(6)"),
    ("int", "decimal(12,0)"),
    ("tinyint(1)", "int"),
    ("float", "double"),
    ("enum('a','b')", "varchar(3)"),
    ("enum('a','b')", "enum('b','it''s','a')"),
    ("date", "datetime"),
    ("int unsigned", "bigint"),
    ("tinytext", "varchar(255)"),
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
        .map(|(at, (kind, _))| format!("c{at} {kind} NULL"))
        .collect();
    let all = format!("CREATE TABLE t ({})", columns.join(", "));
    fixture.run(|op| op.execute(&all)).unwrap();
    let inspected = fixture.schema();
    let columns = &inspected.table("t").unwrap().columns;
    let mut lossless = Vec::new();
    for ((from, values), before) in TYPES.iter().zip(columns) {
        let wider: Vec<&str> = TYPES
            .iter()
            .zip(columns)
            .filter(|((to, _), after)| from != to && !loses(&before.data_type, &after.data_type))
            .map(|((to, _), _)| *to)
            .collect();
        if wider.is_empty() {
            continue;
        }
        let values: Vec<String> = values
            .iter()
            .map(|value| format!("({value}, {value})"))
            .collect();
        let setup = format!(
            "CREATE TABLE w (a {from} NULL, b {from} NULL); INSERT INTO w VALUES {}",
            values.join(", ")
        );
        fixture.run(|op| op.execute(&setup)).unwrap();
        for to in wider {
            lossless.push((*from, to));
            // MariaDB does not convert the text of every integer back.
            let is_printed = from.contains("int") && (to.contains("char") || to.contains("text"));
            let same = match is_printed {
                true => "CAST(a AS BINARY) <=> CAST(b AS BINARY)",
                false => "a <=> b AND CAST(a AS BINARY) <=> CAST(b AS BINARY)",
            };
            let look =
                format!("SELECT CAST(a AS BINARY), CAST(b AS BINARY) FROM w WHERE NOT ({same})");
            let back = format!("ALTER TABLE w MODIFY a {from} NULL; UPDATE w SET a = b");
            let changed = fixture.run(|op| {
                op.execute(&format!("ALTER TABLE w MODIFY a {to} NULL"))?;
                if is_printed {
                    let changed = op.query(&look, &[])?;
                    op.execute(&format!("UPDATE w SET a = NULL; {back}"))?;
                    return Ok(changed);
                }
                op.execute(&back[..back.find(';').unwrap()])?;
                op.query(&look, &[])
            });
            assert_eq!(changed, Ok(Vec::new()), "{from} to {to}");
        }
        fixture.run(|op| op.execute("DROP TABLE w")).unwrap();
    }
    for pair in KEPT {
        assert!(lossless.contains(pair), "{pair:?} loses nothing");
    }
    assert!(lossless.len() > 150, "{}: {lossless:?}", lossless.len());
}
