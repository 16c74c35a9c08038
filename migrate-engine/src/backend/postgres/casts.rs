//! How PostgreSQL converts the values of a column to another type.
//!
//! `ALTER COLUMN … TYPE` uses assignment casts automatically, and needs `USING` for other casts
//! (<https://www.postgresql.org/docs/current/catalog-pg-cast.html>).

use super::PostgresDialect;
use super::types::to_sql;
use migrate_schema::ddl::Dialect as _;
use migrate_schema::operation::Cast;
use migrate_schema::schema::Type;

/// A family of types. Types of one family convert to each other by assignment casts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Boolean,
    Moment,
    Json,
    Bytes,
    Uuid,
    Enum,
    /// A type that this crate does not know.
    Other,
}

fn family(data_type: &Type) -> Family {
    match data_type {
        Type::Char(_) | Type::Varchar(_) | Type::Text => Family::Text,
        Type::TinyInt
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::UnsignedTinyInt
        | Type::UnsignedSmallInt
        | Type::UnsignedInteger
        | Type::UnsignedBigInt
        | Type::Real
        | Type::Float
        | Type::Double
        | Type::Numeric(..) => Family::Number,
        Type::Boolean => Family::Boolean,
        Type::Date | Type::DateTime | Type::Timestamp | Type::TimestampTz => Family::Moment,
        Type::Json => Family::Json,
        Type::Blob => Family::Bytes,
        Type::Uuid => Family::Uuid,
        Type::Enum(_) => Family::Enum,
        Type::Time => Family::Other,
        Type::Custom(spelling) => of_spelling(&spelling.to_ascii_lowercase()),
    }
}

fn of_spelling(spelling: &str) -> Family {
    if spelling.contains('[') {
        return Family::Other;
    }
    let word = spelling.split('(').next().unwrap_or_default().trim();
    match word {
        "character varying" | "character" | "citext" | "name" => Family::Text,
        "numeric" | "smallserial" | "serial" | "bigserial" => Family::Number,
        "timestamp"
        | "timestamptz"
        | "timestamp without time zone"
        | "timestamp with time zone" => Family::Moment,
        "jsonb" => Family::Json,
        _ => Family::Other,
    }
}

/// Returns how the values of a column convert to another type.
pub(super) fn cast(column: &str, from: &Type, to: &Type) -> Cast {
    let name = PostgresDialect.identifier(column);
    let to_name = to_sql(to);
    match (family(from), family(to)) {
        (one, other) if one == other && one != Family::Enum && one != Family::Other => {
            Cast::Assignment
        }
        // Every type converts to text.
        (_, Family::Text) => Cast::Assignment,
        (Family::Text, _) => Cast::Explicit(format!("{name}::{to_name}")),
        (Family::Number, Family::Boolean) => Cast::Explicit(format!("{name} <> 0")),
        (Family::Boolean, Family::Number) if *to == Type::Integer => {
            Cast::Explicit(format!("{name}::{to_name}"))
        }
        (Family::Boolean, Family::Number) => Cast::Explicit(format!("{name}::integer::{to_name}")),
        (Family::Enum, _) | (_, Family::Enum) => Cast::Explicit(format!("{name}::text::{to_name}")),
        // Only the server and the author know whether this cast exists.
        (Family::Other, _) | (_, Family::Other) => Cast::Assignment,
        _ => Cast::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_without_assignment_have_an_expression_or_a_todo() {
        let explicit = |sql: &str| Cast::Explicit(sql.to_owned());
        let mood = Type::enumeration("mood", ["sad"]);
        for (from, to, expected) in [
            (Type::Integer, Type::BigInt, Cast::Assignment),
            (Type::Varchar(3), Type::Text, Cast::Assignment),
            (Type::Integer, Type::Text, Cast::Assignment),
            (Type::Json, Type::custom("jsonb"), Cast::Assignment),
            (Type::Date, Type::TimestampTz, Cast::Assignment),
            (Type::Text, Type::Integer, explicit("\"State\"::INTEGER")),
            (Type::Text, mood.clone(), explicit("\"State\"::\"mood\"")),
            (mood.clone(), Type::Text, Cast::Assignment),
            (
                Type::enumeration("old", ["sad"]),
                mood,
                explicit("\"State\"::text::\"mood\""),
            ),
            (
                Type::Boolean,
                Type::BigInt,
                explicit("\"State\"::integer::BIGINT"),
            ),
            (Type::SmallInt, Type::Boolean, explicit("\"State\" <> 0")),
            (Type::Integer, Type::TimestampTz, Cast::Unknown),
            (Type::Uuid, Type::Integer, Cast::Unknown),
            (
                Type::custom("tsrange"),
                Type::custom("daterange"),
                Cast::Assignment,
            ),
        ] {
            assert_eq!(cast("State", &from, &to), expected, "{from} to {to}");
        }
    }
}
