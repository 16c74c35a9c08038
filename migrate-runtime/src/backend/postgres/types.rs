//! Portable types in PostgreSQL's spelling, and back.

use std::borrow::Cow;

use super::PostgresDialect;
use crate::ddl::Dialect as _;
use crate::schema::{EnumType, Type};

/// Returns a type as it is written into a statement.
pub(super) fn spelled(kind: &Type) -> String {
    match kind {
        Type::Blob => "BYTEA".to_owned(),
        Type::DateTime => "TIMESTAMP".to_owned(),
        Type::Float => "DOUBLE PRECISION".to_owned(),
        Type::Enum(kind) => PostgresDialect.identifier(&kind.name),
        other => wider(other).to_string(),
    }
}

/// Returns the type that holds the numbers of one that PostgreSQL has not.
fn wider(kind: &Type) -> Type {
    match kind {
        Type::TinyInt | Type::UnsignedTinyInt => Type::SmallInt,
        Type::UnsignedSmallInt => Type::Integer,
        Type::UnsignedInteger => Type::BigInt,
        Type::UnsignedBigInt => Type::Numeric(20, 0),
        other => other.clone(),
    }
}

/// Reads a type as `format_type` tells it; the portable types keep their names, others the server's spelling.
pub(super) fn read(spelling: &str) -> Type {
    let (word, arguments) = match spelling.split_once('(') {
        Some((word, rest)) => (word, rest.split_once(')')),
        None => (spelling, None),
    };
    match (word, arguments) {
        ("smallint", None) => Type::SmallInt,
        ("integer", None) => Type::Integer,
        ("bigint", None) => Type::BigInt,
        ("real", None) => Type::Real,
        ("double precision", None) => Type::Double,
        ("boolean", None) => Type::Boolean,
        ("text", None) => Type::Text,
        ("bytea", None) => Type::Blob,
        ("date", None) => Type::Date,
        ("time without time zone", None) => Type::Time,
        ("timestamp without time zone", None) => Type::Timestamp,
        ("timestamp with time zone", None) => Type::TimestampTz,
        ("json", None) => Type::Json,
        ("uuid", None) => Type::Uuid,
        ("character varying", Some((length, ""))) => {
            number(length).map_or_else(|| other(spelling), Type::Varchar)
        }
        ("character", Some((length, ""))) => {
            number(length).map_or_else(|| other(spelling), Type::Char)
        }
        ("numeric", Some((both, ""))) => both
            .split_once(',')
            .and_then(|(precision, scale)| Some(Type::Numeric(number(precision)?, number(scale)?)))
            .unwrap_or_else(|| other(spelling)),
        _ => other(spelling),
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.trim().parse().ok()
}

fn other(spelling: &str) -> Type {
    Type::Other(Cow::Owned(spelling.to_owned()))
}

/// The other names of types, and what `format_type` calls them.
const ALIASES: [(&str, &str); 21] = [
    ("int", "integer"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("float", "double precision"),
    ("bool", "boolean"),
    ("decimal", "numeric"),
    ("varchar", "character varying"),
    ("char varying", "character varying"),
    ("char", "character"),
    ("bpchar", "character"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
    ("serial", "integer"),
    ("bigserial", "bigint"),
    ("smallserial", "smallint"),
];

/// Returns the type that an inspection tells for one that is built.
pub(super) fn normal(kind: &Type) -> Type {
    match kind {
        Type::DateTime => Type::Timestamp,
        Type::Float => Type::Double,
        // The words stand beside the tables.
        Type::Enum(kind) => Type::Enum(EnumType::new(kind.name.as_str(), Vec::<String>::new())),
        Type::Other(spelling) => {
            let spelling = spelling.trim().to_lowercase();
            let (element, brackets) = match spelling.find('[') {
                Some(at) => (&spelling[..at], "[]"),
                None => (&spelling[..], ""),
            };
            let (word, arguments) = match element.find('(') {
                Some(at) => (element[..at].trim_end(), element[at..].replace(' ', "")),
                None => (element, String::new()),
            };
            let word = ALIASES
                .iter()
                .find(|(alias, _)| *alias == word)
                .map_or(word, |(_, name)| name);
            // A single character, a whole number: what is not said.
            let arguments = match (word, arguments.as_str()) {
                ("character", "") => "(1)".to_owned(),
                ("numeric", some) if !some.is_empty() && !some.contains(',') => {
                    some.replace(')', ",0)")
                }
                _ => arguments,
            };
            read(&format!("{word}{arguments}{brackets}"))
        }
        other => wider(other),
    }
}

/// Returns whether a spelling is one of those that also make a sequence.
pub(super) fn is_serial(kind: &Type) -> bool {
    let names = [
        "serial",
        "bigserial",
        "smallserial",
        "serial4",
        "serial8",
        "serial2",
    ];
    matches!(kind, Type::Other(spelling) if names.iter().any(|name| spelling.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_of_a_type_is_the_same_type() {
        for (built, told) in [
            ("TIMESTAMPTZ", "timestamp with time zone"),
            ("int4", "integer"),
            ("DECIMAL(12, 4)", "numeric(12,4)"),
            ("numeric(5)", "numeric(5,0)"),
            ("VARCHAR", "character varying"),
            ("varchar(3)", "character varying(3)"),
            ("int[]", "integer[]"),
            ("UUID", "uuid"),
            ("JSONB", "jsonb"),
        ] {
            assert_eq!(normal(&Type::named(built)), read(told), "{built}");
        }
    }
}
