//! Column types: the portable ones by name, everything else as the database spells it.

use std::borrow::Cow;
use std::fmt;

/// The type of a column.
///
/// Each portable type is spelled by the dialect; [`Type::Other`] is written as it stands. `Display` gives the standard
/// spelling, for example `VARCHAR(3)` and `NUMERIC(10, 2)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// `SMALLINT`: 16 bits.
    SmallInt,
    /// `INTEGER`: 32 bits at least; the type of an auto-numbered key on SQLite.
    Integer,
    /// `BIGINT`: 64 bits.
    BigInt,
    /// `REAL`: a floating-point number.
    Real,
    /// `FLOAT`: a floating-point number, spelled the other way.
    Float,
    /// `DOUBLE PRECISION`: a floating-point number of 64 bits.
    Double,
    /// `NUMERIC(precision, scale)`: an exact number.
    Numeric(u16, u16),
    /// `BOOLEAN`.
    Boolean,
    /// `CHAR(n)`.
    Char(u32),
    /// `VARCHAR(n)`.
    Varchar(u32),
    /// `TEXT`: text of any length.
    Text,
    /// `BLOB`: bytes.
    Blob,
    /// `DATE`.
    Date,
    /// `TIME`.
    Time,
    /// `DATETIME`: a date and a time of day.
    DateTime,
    /// `TIMESTAMP`: a date and a time of day, spelled the other way.
    Timestamp,
    /// `JSON`.
    Json,
    /// Anything else, as the database spells it; empty for a column without a type.
    Other(Cow<'static, str>),
}

impl Type {
    /// Returns the type that the database calls `spelling`, written into statements as it stands.
    ///
    /// ```
    /// use migrate_runtime::v1::*;
    /// let price = Column::new("price", Type::named("DECIMAL(12, 4)"));
    /// ```
    pub fn named(spelling: impl Into<Cow<'static, str>>) -> Type {
        Type::Other(spelling.into())
    }

    /// Reads a type from its standard spelling; what is not one of the portable types is kept as it stands.
    #[must_use]
    pub fn parse(spelling: &str) -> Type {
        let text = spelling.trim();
        let (word, arguments) = match text.split_once('(') {
            Some((word, rest)) => (word.trim(), rest.trim_end().strip_suffix(')')),
            None => (text, None),
        };
        let numbers: Option<Vec<u32>> = arguments.and_then(|list| {
            list.split(',')
                .map(|number| number.trim().parse().ok())
                .collect()
        });
        let small = |number: u32| u16::try_from(number).ok();
        let known = match (word.to_ascii_uppercase().as_str(), numbers.as_deref()) {
            ("VARCHAR", Some(&[length])) => Some(Type::Varchar(length)),
            ("CHAR", Some(&[length])) => Some(Type::Char(length)),
            ("NUMERIC", Some(&[precision, scale])) => small(precision)
                .zip(small(scale))
                .map(|(precision, scale)| Type::Numeric(precision, scale)),
            (plain, None) if arguments.is_none() => Type::parse_plain(plain),
            _ => None,
        };
        known.unwrap_or_else(|| Type::Other(Cow::Owned(text.to_owned())))
    }

    fn parse_plain(word: &str) -> Option<Type> {
        Some(match word {
            "SMALLINT" => Type::SmallInt,
            "INTEGER" => Type::Integer,
            "BIGINT" => Type::BigInt,
            "REAL" => Type::Real,
            "FLOAT" => Type::Float,
            "DOUBLE PRECISION" => Type::Double,
            "BOOLEAN" => Type::Boolean,
            "TEXT" => Type::Text,
            "BLOB" => Type::Blob,
            "DATE" => Type::Date,
            "TIME" => Type::Time,
            "DATETIME" => Type::DateTime,
            "TIMESTAMP" => Type::Timestamp,
            "JSON" => Type::Json,
            _ => return None,
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::SmallInt => f.write_str("SMALLINT"),
            Type::Integer => f.write_str("INTEGER"),
            Type::BigInt => f.write_str("BIGINT"),
            Type::Real => f.write_str("REAL"),
            Type::Float => f.write_str("FLOAT"),
            Type::Double => f.write_str("DOUBLE PRECISION"),
            Type::Numeric(precision, scale) => write!(f, "NUMERIC({precision}, {scale})"),
            Type::Boolean => f.write_str("BOOLEAN"),
            Type::Char(length) => write!(f, "CHAR({length})"),
            Type::Varchar(length) => write!(f, "VARCHAR({length})"),
            Type::Text => f.write_str("TEXT"),
            Type::Blob => f.write_str("BLOB"),
            Type::Date => f.write_str("DATE"),
            Type::Time => f.write_str("TIME"),
            Type::DateTime => f.write_str("DATETIME"),
            Type::Timestamp => f.write_str("TIMESTAMP"),
            Type::Json => f.write_str("JSON"),
            Type::Other(spelling) => f.write_str(spelling),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_portable_type_is_read_from_its_own_spelling() {
        use Type::*;
        let all = [
            SmallInt,
            Integer,
            BigInt,
            Real,
            Float,
            Double,
            Numeric(10, 2),
            Boolean,
            Char(3),
            Varchar(120),
            Text,
            Blob,
            Date,
            Time,
            DateTime,
            Timestamp,
            Json,
        ];
        for kind in all {
            assert_eq!(Type::parse(&kind.to_string()), kind);
        }
    }

    #[test]
    fn an_unknown_spelling_is_kept_as_it_stands() {
        for spelling in [
            "DECIMAL(12,4)",
            "",
            "VARCHAR",
            "VARCHAR(a)",
            "INTEGER(8)",
            "TIMESTAMP WITHOUT TIME ZONE",
        ] {
            assert_eq!(Type::parse(spelling).to_string(), spelling);
        }
    }
}
