//! Converts portable types to PostgreSQL's types, and back.

use std::borrow::Cow;

use super::PostgresDialect;
use super::sql::{Token, Tokens};
use migrate_schema::ddl::Dialect as _;
use migrate_schema::ddl::reserved::is_plain;
use migrate_schema::schema::{EnumType, Type};

/// Returns a type as SQL.
pub(super) fn to_sql(data_type: &Type) -> String {
    match data_type {
        Type::Blob => "BYTEA".to_owned(),
        Type::DateTime => "TIMESTAMP".to_owned(),
        Type::Float => "DOUBLE PRECISION".to_owned(),
        Type::Enum(enum_type) => PostgresDialect.identifier(&enum_type.name),
        other => wider(other).to_string(),
    }
}

/// Returns a larger type for an integer type that PostgreSQL does not have.
fn wider(data_type: &Type) -> Type {
    match data_type {
        Type::TinyInt | Type::UnsignedTinyInt => Type::SmallInt,
        Type::UnsignedSmallInt => Type::Integer,
        Type::UnsignedInteger => Type::BigInt,
        Type::UnsignedBigInt => Type::Numeric(20, 0),
        other => other.clone(),
    }
}

/// Parses a type as `format_type` prints it. Portable types get their names, and other types keep the server's
/// spelling.
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
    Type::Custom(Cow::Owned(spelling.to_owned()))
}

/// Other names of types, with the names that `format_type` prints.
const ALIASES: [(&str, &str); 30] = [
    ("int", "integer"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("bool", "boolean"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("varchar", "character varying"),
    ("char varying", "character varying"),
    ("national character varying", "character varying"),
    ("national char varying", "character varying"),
    ("nchar varying", "character varying"),
    ("char", "character"),
    ("nchar", "character"),
    ("national character", "character"),
    ("national char", "character"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
    ("serial", "integer"),
    ("bigserial", "bigint"),
    ("smallserial", "smallint"),
    ("serial2", "smallint"),
    ("serial4", "integer"),
    ("serial8", "bigint"),
    ("float", "double precision"),
];

/// Returns the type that an inspection returns after it is created.
pub(super) fn canonical(data_type: &Type) -> Type {
    match data_type {
        Type::DateTime => Type::Timestamp,
        Type::Float => Type::Double,
        // The schema has the enum's values.
        Type::Enum(enum_type) => {
            Type::Enum(EnumType::new(enum_type.name.as_str(), Vec::<String>::new()))
        }
        Type::Custom(spelling) => read(&format_type(spelling)),
        other => wider(other),
    }
}

/// The parts of a type in SQL: `timestamp(3) with time zone[]`, `other."Mood"(1)`.
#[derive(Debug, Default)]
struct Written {
    /// The words of the name. A qualified or quoted name is one word.
    words: Vec<String>,
    /// The text in parentheses, without white space, and the number of words before it.
    arguments: Option<(usize, String)>,
    /// Whether it is an array.
    array: bool,
}

impl Written {
    fn of(spelling: &str) -> Written {
        let mut written = Written::default();
        let mut tokens = Tokens::new(spelling)
            .filter(|(_, _, token)| *token != Token::Space)
            .map(|(start, end, token)| (&spelling[start..end], token))
            .peekable();
        let mut after_dot = false;
        while let Some((text, token)) = tokens.next() {
            match token {
                Token::Word | Token::Quoted => {
                    let word = part(text);
                    if after_dot && let Some(last) = written.words.last_mut() {
                        last.push_str(&word);
                    } else if word == "array" && !written.words.is_empty() {
                        written.array = true;
                    } else {
                        written.words.push(word);
                    }
                    after_dot = false;
                }
                Token::Sign(b'.') => {
                    if let Some(last) = written.words.last_mut() {
                        last.push('.');
                    }
                    after_dot = true;
                }
                Token::Sign(b'(') => {
                    let inside = tokens.by_ref().take_while(|(text, _)| *text != ")");
                    let inside: String = inside.map(|(text, _)| text).collect();
                    written.arguments = Some((written.words.len(), inside));
                }
                Token::Sign(b'[') => {
                    written.array = true;
                    for _ in tokens.by_ref().take_while(|(text, _)| *text != "]") {}
                }
                _ => {}
            }
        }
        if let Some(first) = written.words.first_mut()
            && let Some(own) = first.strip_prefix("pg_catalog.")
        {
            *first = own.to_owned();
        }
        written
    }
}

/// Returns a part of a name in lower case, with quotes only if it needs them.
fn part(text: &str) -> String {
    match text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(inside) if is_plain(inside) && !is_keyword(inside) => inside.to_owned(),
        Some(_) => text.to_owned(),
        None => text.to_lowercase(),
    }
}

/// Returns whether an unquoted word is another type: `"char"` is one byte and not `character(1)`, and `"bit"` has any
/// length.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

const KEYWORDS: [&str; 18] = [
    "bigint",
    "bit",
    "boolean",
    "char",
    "character",
    "dec",
    "decimal",
    "float",
    "int",
    "integer",
    "interval",
    "nchar",
    "numeric",
    "real",
    "smallint",
    "time",
    "timestamp",
    "varchar",
];

/// Returns a type as `format_type` prints it.
fn format_type(spelling: &str) -> String {
    let written = Written::of(spelling);
    let (before, after) = match &written.arguments {
        Some((at, _)) => written.words.split_at(*at),
        None => (&written.words[..], &[][..]),
    };
    let arguments = written
        .arguments
        .as_ref()
        .map(|(_, inside)| inside.as_str());
    let array = if written.array { "[]" } else { "" };
    let (name, after) = (before.join(" "), after.join(" "));
    let known = ALIASES.iter().find(|(alias, _)| *alias == name);
    let name = known.map_or(name.as_str(), |(_, name)| name);
    let text = match (name, arguments) {
        // The default arguments: one character, one bit, no digits after the point.
        ("character" | "bit", None) => format!("{name}(1)"),
        ("bpchar", Some(length)) => format!("character({length})"),
        ("numeric", Some(digits)) if !digits.contains(',') => format!("numeric({digits},0)"),
        ("double precision", Some(bits)) => match bits.parse::<u8>() {
            Ok(..=24) => "real".to_owned(),
            _ => name.to_owned(),
        },
        (_, None) => name.to_owned(),
        // The time zone follows the parentheses, and the default is no time zone.
        (_, Some(digits)) => match name.split_once(' ') {
            Some((word @ ("timestamp" | "time"), zone)) => {
                let zone = if after.is_empty() { zone } else { &after };
                format!("{word}({digits}) {zone}")
            }
            _ if after.is_empty() => format!("{name}({digits})"),
            _ => format!("{name}({digits}) {after}"),
        },
    };
    format!("{text}{array}")
}

/// Returns the name of a type as `format_type` prints it, without precision and array brackets, to compare it with
/// the cast of a literal.
pub(super) fn bare_name(data_type: &Type) -> String {
    let spelling = format_type(&to_sql(data_type));
    let bare = spelling.trim_end_matches("[]");
    match bare.split_once('(') {
        Some((word, rest)) => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{word}{after}")
        }
        None => bare.to_owned(),
    }
}

/// Returns whether a type name also creates a sequence.
pub(super) fn is_serial(data_type: &Type) -> bool {
    let names = [
        "serial",
        "bigserial",
        "smallserial",
        "serial4",
        "serial8",
        "serial2",
    ];
    matches!(data_type, Type::Custom(spelling) if names.iter().any(|name| spelling.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_of_a_type_is_the_same_type() {
        for (built, printed) in [
            ("TIMESTAMPTZ", "timestamp with time zone"),
            ("int4", "integer"),
            ("DECIMAL(12, 4)", "numeric(12,4)"),
            ("numeric(5)", "numeric(5,0)"),
            ("VARCHAR", "character varying"),
            ("varchar(3)", "character varying(3)"),
            ("int[]", "integer[]"),
            ("UUID", "uuid"),
            ("JSONB", "jsonb"),
            ("TIMESTAMP(3)", "timestamp(3) without time zone"),
            (
                "timestamp (3) with time zone",
                "timestamp(3) with time zone",
            ),
            ("timestamptz(0)", "timestamp(0) with time zone"),
            ("TIME(0)", "time(0) without time zone"),
            ("timetz(3)", "time(3) with time zone"),
            ("TIMESTAMP(3)[]", "timestamp(3) without time zone[]"),
            ("timestamp with time zone", "timestamp with time zone"),
            ("interval day to second(3)", "interval day to second(3)"),
            ("INTERVAL(2)", "interval(2)"),
            ("bit", "bit(1)"),
            ("\"bit\"", "\"bit\""),
            ("bit(8)", "bit(8)"),
            ("varbit(9)", "bit varying(9)"),
            ("bit varying ( 4 ) []", "bit varying(4)[]"),
            ("numeric(8, -2)", "numeric(8,-2)"),
            ("FLOAT(24)", "real"),
            ("float(25)", "double precision"),
            ("\"Grade\"[]", "\"Grade\"[]"),
            ("\"PostCode\"", "\"PostCode\""),
            ("\"grade\"", "grade"),
            ("Other.\"Mood\"", "other.\"Mood\""),
            ("pg_catalog.int4", "integer"),
            ("int[3][4]", "integer[]"),
            ("text ARRAY[4]", "text[]"),
            ("\"char\"", "\"char\""),
            ("char", "character(1)"),
            ("bpchar", "bpchar"),
            ("bpchar(3)", "character(3)"),
            ("national character (3)", "character(3)"),
            ("NATIONAL CHAR VARYING(4)[]", "character varying(4)[]"),
            ("SERIAL4", "integer"),
            ("serial8", "bigint"),
            ("geometry(Point,4326)", "geometry(Point,4326)"),
        ] {
            assert_eq!(canonical(&Type::custom(built)), read(printed), "{built}");
        }
    }
}
