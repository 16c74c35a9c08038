//! Column types: portable types by name, all others as the database writes them.

use std::borrow::Cow;
use std::fmt;

use super::EnumType;

/// The type of a column.
///
/// The dialect translates the portable types; [`Type::Custom`] is written unchanged. `Display` gives the standard
/// spelling, for example `VARCHAR(3)` and `NUMERIC(10, 2)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `TINYINT`: 8 bits, or the next larger type if the database has none.
    TinyInt,
    /// `SMALLINT`: 16 bits.
    SmallInt,
    /// `INTEGER`: at least 32 bits; the type of an auto-increment key on SQLite.
    Integer,
    /// `BIGINT`: 64 bits.
    BigInt,
    /// `TINYINT UNSIGNED`: 8 bits without negative numbers, or a larger type if the database has none.
    UnsignedTinyInt,
    /// `SMALLINT UNSIGNED`: 16 bits without negative numbers, or a larger type if the database has none.
    UnsignedSmallInt,
    /// `INTEGER UNSIGNED`: 32 bits without negative numbers, or a larger type if the database has none.
    UnsignedInteger,
    /// `BIGINT UNSIGNED`: 64 bits without negative numbers, or a decimal of 20 digits if the database has none.
    UnsignedBigInt,
    /// `REAL`: a floating-point number.
    Real,
    /// `FLOAT`: a floating-point number, under its other SQL name.
    Float,
    /// `DOUBLE PRECISION`: a floating-point number of 64 bits.
    Double,
    /// `NUMERIC(precision, scale)`: a decimal.
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
    /// `TIMESTAMP`: a date and a time of day, under its other SQL name.
    Timestamp,
    /// `TIMESTAMP WITH TIME ZONE`: a point in time.
    TimestampTz,
    /// `JSON`.
    Json,
    /// `UUID`: text of 36 characters if the database has no such type.
    Uuid,
    /// An enum: a separate type on PostgreSQL, part of the column on MySQL, text on SQLite.
    Enum(EnumType),
    /// Any other type, as the database writes it; empty for a column without a type.
    Custom(Cow<'static, str>),
}

impl Type {
    /// Returns the database's own type `spelling`, which is written into statements unchanged.
    ///
    /// ```
    /// # use migrate_schema::schema::{Column, Type};
    /// let price = Column::new("price", Type::custom("DECIMAL(12, 4)"));
    /// ```
    pub fn custom(spelling: impl Into<Cow<'static, str>>) -> Type {
        Type::Custom(spelling.into())
    }

    /// Returns an enum type with `values`. Its name is used on databases where an enum is a separate type.
    ///
    /// ```
    /// # use migrate_schema::schema::{Column, Type};
    /// let mood = Column::new("mood", Type::enumeration("mood", ["sad", "happy"]));
    /// ```
    pub fn enumeration<V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Type {
        Type::Enum(EnumType::new(name, values))
    }

    /// Parses the standard spelling of a type. A type that is not portable is kept unchanged.
    #[must_use]
    pub fn parse(spelling: &str) -> Type {
        let text = spelling.trim();
        let (word, arguments) = match text.split_once('(') {
            Some((word, rest)) => (word.trim(), Some(rest)),
            None => (text, None),
        };
        // The text after the parentheses belongs to the type, too.
        let list = arguments.and_then(|rest| rest.strip_suffix(')'));
        let numbers: Option<Vec<u32>> = list.and_then(|list| {
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
        known.unwrap_or_else(|| Type::Custom(Cow::Owned(text.to_owned())))
    }

    fn parse_plain(word: &str) -> Option<Type> {
        Some(match word {
            "TINYINT" => Type::TinyInt,
            "SMALLINT" => Type::SmallInt,
            "INTEGER" => Type::Integer,
            "BIGINT" => Type::BigInt,
            "TINYINT UNSIGNED" => Type::UnsignedTinyInt,
            "SMALLINT UNSIGNED" => Type::UnsignedSmallInt,
            "INTEGER UNSIGNED" => Type::UnsignedInteger,
            "BIGINT UNSIGNED" => Type::UnsignedBigInt,
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
            "TIMESTAMP WITH TIME ZONE" => Type::TimestampTz,
            "JSON" => Type::Json,
            "UUID" => Type::Uuid,
            _ => return None,
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::TinyInt => f.write_str("TINYINT"),
            Type::SmallInt => f.write_str("SMALLINT"),
            Type::Integer => f.write_str("INTEGER"),
            Type::BigInt => f.write_str("BIGINT"),
            Type::UnsignedTinyInt => f.write_str("TINYINT UNSIGNED"),
            Type::UnsignedSmallInt => f.write_str("SMALLINT UNSIGNED"),
            Type::UnsignedInteger => f.write_str("INTEGER UNSIGNED"),
            Type::UnsignedBigInt => f.write_str("BIGINT UNSIGNED"),
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
            Type::TimestampTz => f.write_str("TIMESTAMP WITH TIME ZONE"),
            Type::Json => f.write_str("JSON"),
            Type::Uuid => f.write_str("UUID"),
            Type::Enum(kind) => f.write_str(&kind.name),
            Type::Custom(spelling) => f.write_str(spelling),
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
            TinyInt,
            SmallInt,
            Integer,
            BigInt,
            UnsignedTinyInt,
            UnsignedSmallInt,
            UnsignedInteger,
            UnsignedBigInt,
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
            TimestampTz,
            Json,
            Uuid,
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
            "TIMESTAMP(3) WITH TIME ZONE",
            "TIMESTAMP(3)[]",
            "TIME(0) WITH TIME ZONE",
            "FLOAT(24)[]",
            "NUMERIC(5, 2)[]",
            "TEXT(300) CHARACTER SET latin1",
            "INTEGER(5) UNSIGNED",
        ] {
            assert_eq!(Type::parse(spelling).to_string(), spelling);
        }
    }
}
