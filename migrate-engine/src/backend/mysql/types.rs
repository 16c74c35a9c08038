//! Converts portable types to the server's types, and back.

use std::borrow::Cow;

use migrate_schema::schema::Type;

use super::literal;

/// Returns a type as SQL.
///
/// `Text`, `Blob` and `Json` accept values of any length. Both portable timestamp types become `DATETIME(6)`: it has
/// microseconds, does not depend on the time zone, and does not end in 2038, unlike `TIMESTAMP`. Use `TIMESTAMP` if
/// you need its time zone.
pub(super) fn to_sql(data_type: &Type) -> String {
    match data_type {
        Type::Integer => "INT".to_owned(),
        Type::UnsignedInteger => "INT UNSIGNED".to_owned(),
        Type::Real | Type::Float | Type::Double => "DOUBLE".to_owned(),
        Type::Numeric(precision, scale) => format!("DECIMAL({precision}, {scale})"),
        Type::Boolean => "TINYINT(1)".to_owned(),
        Type::Text => "LONGTEXT".to_owned(),
        Type::Blob => "LONGBLOB".to_owned(),
        Type::Time => "TIME(6)".to_owned(),
        Type::DateTime | Type::Timestamp => "DATETIME(6)".to_owned(),
        Type::TimestampTz => "TIMESTAMP(6)".to_owned(),
        Type::Uuid => "CHAR(36)".to_owned(),
        Type::Enum(enum_type) => {
            let values: Vec<String> = enum_type
                .values
                .iter()
                .map(|value| literal(value))
                .collect();
            format!("ENUM({})", values.join(","))
        }
        other => other.to_string(),
    }
}

/// Parses a type as the server prints it. Portable types get their names, and other types keep the server's spelling.
pub(super) fn read(spelling: &str) -> Type {
    let text = spelling.trim();
    let (name, arguments, rest) = parts(text);
    match (name.as_str(), arguments.as_deref(), rest.as_str()) {
        ("tinyint", Some("1"), "") => Type::Boolean,
        ("tinyint", _, "") => Type::TinyInt,
        ("smallint", _, "") => Type::SmallInt,
        ("int", _, "") => Type::Integer,
        ("bigint", _, "") => Type::BigInt,
        ("tinyint", _, "unsigned") => Type::UnsignedTinyInt,
        ("smallint", _, "unsigned") => Type::UnsignedSmallInt,
        ("int", _, "unsigned") => Type::UnsignedInteger,
        ("bigint", _, "unsigned") => Type::UnsignedBigInt,
        ("double", None, "") => Type::Double,
        ("timestamp", Some("6"), "") => Type::TimestampTz,
        ("longtext", None, "") => Type::Text,
        ("longblob", None, "") => Type::Blob,
        ("date", None, "") => Type::Date,
        ("time", Some("6"), "") => Type::Time,
        ("datetime", Some("6"), "") => Type::DateTime,
        ("json", None, "") => Type::Json,
        ("varchar", Some(length), "") => length.parse().map_or_else(|_| other(text), Type::Varchar),
        ("char", Some(length), "") => length.parse().map_or_else(|_| other(text), Type::Char),
        ("decimal", Some(both), "") => both
            .split_once(',')
            .and_then(|(precision, scale)| {
                Some(Type::Numeric(precision.parse().ok()?, scale.parse().ok()?))
            })
            .unwrap_or_else(|| other(text)),
        // The display width of an integer has no effect, and newer servers do not print it.
        ("tinyint" | "smallint" | "mediumint" | "int" | "bigint", Some(_), rest)
            if !rest.contains("zerofill") =>
        {
            other(&format!("{name} {rest}"))
        }
        _ => other(&joined(&name, arguments.as_deref(), &rest)),
    }
}

fn other(spelling: &str) -> Type {
    Type::Custom(Cow::Owned(spelling.trim().to_owned()))
}

/// Returns the name of a type in lower case, the text in parentheses after it without spaces, and the rest.
fn parts(text: &str) -> (String, Option<String>, String) {
    let small = |text: &str| text.trim().to_ascii_lowercase();
    let quoted = text.contains('\'');
    match text.split_once('(').and_then(|(name, rest)| {
        let (inside, after) = rest.rsplit_once(')')?;
        Some((name, inside, after))
    }) {
        // The values of an ENUM keep their case and spaces.
        Some((name, inside, after)) if quoted => {
            (small(name), Some(inside.trim().to_owned()), small(after))
        }
        Some((name, inside, after)) => (small(name), Some(inside.replace(' ', "")), small(after)),
        None => {
            let text = small(text);
            match text.split_once(' ') {
                Some((name, rest)) => (name.to_owned(), None, rest.trim().to_owned()),
                None => (text, None, String::new()),
            }
        }
    }
}

fn joined(name: &str, arguments: Option<&str>, rest: &str) -> String {
    let arguments = arguments.map_or_else(String::new, |inside| format!("({inside})"));
    format!("{name}{arguments} {rest}")
}

/// Other names of types, with the names that the server prints.
const ALIASES: [(&str, &str); 22] = [
    ("integer", "int"),
    ("int4", "int"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("int1", "tinyint"),
    ("int3", "mediumint"),
    ("middleint", "mediumint"),
    ("bool", "tinyint(1)"),
    ("boolean", "tinyint(1)"),
    ("dec", "decimal"),
    ("numeric", "decimal"),
    ("fixed", "decimal"),
    ("real", "double"),
    ("double precision", "double"),
    ("float4", "float"),
    ("float8", "double"),
    ("character varying", "varchar"),
    ("character", "char"),
    ("nchar", "char"),
    ("nvarchar", "varchar"),
    ("long", "mediumtext"),
    ("long varchar", "mediumtext"),
];

/// Returns a type as an inspection returns it.
pub(super) fn canonical(data_type: &Type) -> Type {
    match data_type {
        Type::Real | Type::Float => Type::Double,
        Type::Timestamp => Type::DateTime,
        Type::Uuid | Type::Enum(_) => read(&to_sql(data_type)),
        Type::Custom(spelling) => {
            let small = spelling.trim().to_ascii_lowercase();
            let (word, arguments) = match small.split_once('(') {
                Some((word, _)) => (
                    word.trim().to_owned(),
                    spelling.trim().get(word.len()..).unwrap_or_default(),
                ),
                None => (small.clone(), ""),
            };
            let word = ALIASES
                .iter()
                .find(|(alias, _)| *alias == word)
                .map_or(word.as_str(), |(_, name)| name);
            let arguments = match (word, arguments) {
                // The default arguments.
                ("decimal", "") => "(10,0)".to_owned(),
                ("decimal", some) if !some.contains(',') => some.replace(')', ",0)"),
                ("char" | "binary", "") => "(1)".to_owned(),
                ("bit", "") => "(1)".to_owned(),
                ("year", "") => "(4)".to_owned(),
                (_, some) => some.to_owned(),
            };
            read(&format!("{word}{arguments}"))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_of_a_type_is_the_same_type() {
        for (built, printed) in [
            ("INTEGER", "int(11)"),
            ("int unsigned", "int(10) unsigned"),
            ("BIGINT(20) UNSIGNED", "bigint(20) unsigned"),
            ("DECIMAL(12, 4)", "decimal(12,4)"),
            ("numeric(5)", "decimal(5,0)"),
            ("NUMERIC", "decimal(10,0)"),
            ("bool", "tinyint(1)"),
            ("ENUM('A b', 'c')", "enum('A b', 'c')"),
            ("CHAR", "char(1)"),
            ("TIMESTAMP", "timestamp"),
            ("DATETIME(3)", "datetime(3)"),
            ("DOUBLE PRECISION", "double"),
        ] {
            assert_eq!(canonical(&Type::custom(built)), read(printed), "{built}");
        }
    }

    #[test]
    fn every_portable_type_round_trips() {
        for data_type in [
            Type::TinyInt,
            Type::SmallInt,
            Type::Integer,
            Type::BigInt,
            Type::UnsignedTinyInt,
            Type::UnsignedSmallInt,
            Type::UnsignedInteger,
            Type::UnsignedBigInt,
            Type::TimestampTz,
            Type::Double,
            Type::Numeric(10, 2),
            Type::Boolean,
            Type::Char(3),
            Type::Varchar(120),
            Type::Text,
            Type::Blob,
            Type::Date,
            Type::Time,
            Type::DateTime,
            Type::Json,
        ] {
            assert_eq!(read(&to_sql(&data_type)), data_type);
            assert_eq!(canonical(&data_type), data_type);
        }
        assert_eq!(read(&to_sql(&Type::Timestamp)), canonical(&Type::Timestamp));
        assert_eq!(read(&to_sql(&Type::Real)), canonical(&Type::Real));
        let mood = Type::enumeration("mood", ["it's", "A b"]);
        assert_eq!(canonical(&mood), read("enum('it''s','A b')"));
    }
}
