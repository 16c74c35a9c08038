//! Supports `verify` on PostgreSQL: values as text that no setting changes, and values for types that only PostgreSQL
//! has.

use postgres::{Error, Transaction};

use super::PostgresDialect;
use crate::backend::TypeShape;
use migrate_schema::ddl::Dialect as _;
use migrate_schema::schema::{Column, Type};
use migrate_schema::value::Value;

/// Returns the expression that reads a column. A type that [`value`](super::value) does not decode is cast to text,
/// which works for every type.
pub(super) fn comparable(column: &Column) -> String {
    let name = PostgresDialect.identifier(&column.name);
    match &column.data_type {
        Type::Custom(_) => format!("{name}::text"),
        _ => name,
    }
}

/// Sets, for this transaction, everything that the text of a value depends on.
pub(super) fn set_text_format(transaction: &mut Transaction<'_>) -> Result<(), Error> {
    transaction.batch_execute(
        "SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL TimeZone = 'UTC'; SET LOCAL IntervalStyle = 'postgres'; \
         SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL lc_monetary = 'C'",
    )
}

/// The greatest depth of nested types.
const DEPTH: u32 = 8;

/// Reads the structure of a type from the server's catalogs.
pub(super) fn shape(
    transaction: &mut Transaction<'_>,
    data_type: &Type,
) -> Result<TypeShape, Error> {
    match data_type {
        Type::Custom(spelling) => named(transaction, spelling, DEPTH),
        Type::Enum(enum_type) => named(
            transaction,
            &PostgresDialect.identifier(&enum_type.name),
            DEPTH,
        ),
        other => Ok(TypeShape::Plain(other.clone())),
    }
}

const KIND: &str = "SELECT t.typtype::text, \
        CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) \
             WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN format_type(t.typelem, NULL) \
             WHEN t.typtype = 'r' THEN (SELECT format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngtypid = t.oid) \
             WHEN t.typtype = 'm' THEN (SELECT format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngmultitypid = t.oid) END, \
        CASE t.typtype \
             WHEN 'e' THEN ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) \
             WHEN 'd' THEN ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.oid) \
             WHEN 'c' THEN ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a \
                                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) \
             ELSE ARRAY[]::text[] END \
    FROM pg_type AS t WHERE t.oid = to_regtype($1)";

fn named(
    transaction: &mut Transaction<'_>,
    spelling: &str,
    depth: u32,
) -> Result<TypeShape, Error> {
    let plain = || TypeShape::Plain(Type::custom(spelling.to_owned()));
    if depth == 0 {
        return Ok(plain());
    }
    // Only the spelling has the length of the element type.
    if let Some(element) = spelling.trim().strip_suffix("[]") {
        let element = named(transaction, element, depth - 1)?;
        return Ok(TypeShape::Array(Box::new(element)));
    }
    let Some(row) = transaction.query_opt(KIND, &[&spelling])? else {
        return Ok(plain());
    };
    let (kind, other): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    let parts: Vec<String> = row.try_get(2)?;
    let mut inner = |spelling: &str| named(transaction, spelling, depth - 1);
    Ok(match (kind.as_str(), other) {
        ("e", _) => TypeShape::Enum(parts),
        ("c", _) => TypeShape::Composite(
            parts
                .iter()
                .map(|part| inner(part))
                .collect::<Result<_, _>>()?,
        ),
        ("d", Some(base)) => TypeShape::Domain {
            base: Box::new(inner(&base)?),
            checks: parts,
        },
        ("r", Some(element)) => TypeShape::Range(Box::new(inner(&element)?)),
        ("m", Some(element)) => TypeShape::Multirange(Box::new(inner(&element)?)),
        ("b", Some(element)) if is_array(spelling) => TypeShape::Array(Box::new(inner(&element)?)),
        _ => plain(),
    })
}

/// Returns whether an array type is written like an array: some array types have another form.
fn is_array(spelling: &str) -> bool {
    !matches!(spelling, "int2vector" | "oidvector")
}

/// Returns a value of a type of the server or of a common extension.
pub(super) fn value(type_name: &str, number: u32) -> Option<Value> {
    let (name, argument) = match type_name.split_once('(') {
        Some((name, rest)) => (
            name.trim_end(),
            rest.split_once(')').map(|(inside, _)| inside),
        ),
        None => (type_name, None),
    };
    let length = argument.and_then(|inside| inside.trim().parse::<usize>().ok());
    let n = number;
    let (high, low) = (n / 256 % 256, n % 256);
    Some(Value::Text(match name {
        "inet" => format!("10.0.{high}.{low}"),
        "cidr" => format!("10.0.{high}.{low}/32"),
        "macaddr" => format!("08:00:2b:00:{high:02x}:{low:02x}"),
        "macaddr8" => format!("08:00:2b:00:00:00:{high:02x}:{low:02x}"),
        "money" => format!("{n}.50"),
        "time with time zone" | "timetz" => format!("10:{:02}:{:02}+00", n / 60 % 60, n % 60),
        "point" => format!("({n},1)"),
        "line" => format!("{{1,2,{n}}}"),
        "lseg" => format!("[({n},1),(2,3)]"),
        "box" => format!("({n},{n}),(0,0)"),
        "path" => format!("[(1,{n}),(2,3)]"),
        "polygon" => format!("((0,0),(1,{n}),(1,0))"),
        "circle" => format!("<(1,2),{n}>"),
        "bit" => bits(n, length.unwrap_or(1)),
        "bit varying" | "varbit" => bits(n, length.unwrap_or(16).min(16)),
        "tsvector" => format!("'word{n}':1"),
        "tsquery" => format!("'word{n}'"),
        "jsonpath" => format!("$.\"k{n}\""),
        "xml" => format!("<n>{n}</n>"),
        "pg_lsn" => format!("0/{n:X}"),
        "xid" | "xid8" | "cid" => n.to_string(),
        "tid" => format!("({n},1)"),
        "txid_snapshot" | "pg_snapshot" => format!("{n}:{}:", n + 1),
        "int2vector" | "oidvector" => format!("{n} 1"),
        "regclass" => "pg_catalog.pg_class".to_owned(),
        "regtype" => "pg_catalog.int4".to_owned(),
        "regproc" => "pg_catalog.version".to_owned(),
        "regprocedure" => "pg_catalog.version()".to_owned(),
        "regoper" => "pg_catalog.||/".to_owned(),
        "regoperator" => "pg_catalog.+(integer,integer)".to_owned(),
        "regrole" => "pg_read_all_data".to_owned(),
        "regnamespace" => "pg_catalog".to_owned(),
        "regconfig" | "regdictionary" => "pg_catalog.simple".to_owned(),
        "regcollation" => "pg_catalog.\"C\"".to_owned(),
        "name" => format!("name {n}"),
        "\"char\"" => char::from(b'a' + (n % 26) as u8).to_string(),
        "hstore" => format!("\"k\"=>\"{n}\""),
        "ltree" => format!("n{n}"),
        "lquery" => format!("n{n}.*"),
        "cube" => format!("({n})"),
        "seg" => n.to_string(),
        "geometry" | "geography" => format!("POINT({} 1)", n % 90),
        "vector" | "halfvec" => vector(n, length.unwrap_or(3)),
        "sparsevec" => format!("{{1:{n}}}/{}", length.unwrap_or(3)),
        _ => return None,
    }))
}

fn bits(number: u32, length: usize) -> String {
    let digits = format!("{number:0length$b}");
    digits[digits.len() - length..].to_owned()
}

fn vector(number: u32, length: usize) -> String {
    let mut elements = vec![number.to_string()];
    elements.resize(length.max(1), "1".to_owned());
    format!("[{}]", elements.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_a_type_that_is_not_decoded_is_read_as_text() {
        let selected = |data_type| comparable(&Column::new("Odd one", data_type));
        assert_eq!(selected(Type::Integer), "\"Odd one\"");
        assert_eq!(selected(Type::custom("inet")), "\"Odd one\"::text");
        assert_eq!(selected(Type::custom("text[]")), "\"Odd one\"::text");
    }

    #[test]
    fn values_have_the_length_of_their_type() {
        assert_eq!(value("bit(3)", 1002), Some("010".into()));
        assert_eq!(value("bit varying(5)", 1002), Some("01010".into()));
        assert_eq!(value("vector(2)", 7), Some("[7,1]".into()));
        assert_eq!(value("integer", 7), None);
    }
}
