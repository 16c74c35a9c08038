//! A value for a column, made up from its type: distinct for distinct numbers, and one that the type takes.

use crate::schema::{Column, Schema, Type};
use crate::value::Value;

/// Returns the `number`-th value of a column.
pub(super) fn value(column: &Column, schema: &Schema, number: u32) -> Value {
    let n = i64::from(number);
    match &column.kind {
        Type::TinyInt | Type::UnsignedTinyInt => (n % 100).into(),
        Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::UnsignedSmallInt
        | Type::UnsignedInteger
        | Type::UnsignedBigInt => n.into(),
        Type::Enum(words) => {
            let word = words
                .values
                .get(number as usize % words.values.len().max(1));
            word.map_or(Value::Null, |word| word.as_str().into())
        }
        Type::Real | Type::Float | Type::Double => Value::Real(f64::from(number) + 0.5),
        Type::Numeric(precision, scale) => decimal(number, *precision, *scale),
        Type::Boolean => number.is_multiple_of(2).into(),
        Type::Char(length) | Type::Varchar(length) => text(number, *length as usize),
        Type::Blob => Value::Blob(number.to_be_bytes().to_vec()),
        kind => named(&kind.to_string().to_ascii_lowercase(), schema, number),
    }
}

/// Returns a value of a type that is known by its spelling.
fn named(kind: &str, schema: &Schema, number: u32) -> Value {
    let starts = |words: &[&str]| words.iter().any(|word| kind.starts_with(word));
    let (day, minute) = (number % 28 + 1, number % 60);
    let date = format!("2024-{:02}-{day:02}", number / 28 % 12 + 1);
    if kind.ends_with("[]") {
        return "{}".into();
    }
    if starts(&["enum(", "set("]) {
        let words = literals(kind);
        let word = words.get(number as usize % words.len().max(1));
        return word.cloned().map_or(Value::Null, Value::Text);
    }
    if starts(&["timestamp", "datetime"]) {
        return format!("{date} 10:{minute:02}:00").into();
    }
    match kind {
        "date" => date.into(),
        "uuid" => format!("00000000-0000-4000-8000-{number:012x}").into(),
        "inet" | "cidr" => format!("10.0.{}.{}", number / 256 % 256, number % 256).into(),
        "interval" => format!("{number} days").into(),
        "year" => (1901 + i64::from(number % 200)).into(),
        "json" | "jsonb" => format!("{{\"n\": {number}}}").into(),
        _ if starts(&["time"]) => format!("10:{minute:02}:00").into(),
        _ if starts(&[
            "bytea",
            "varbinary",
            "binary",
            "tinyblob",
            "mediumblob",
            "longblob",
        ]) =>
        {
            Value::Blob(number.to_be_bytes().to_vec())
        }
        _ if starts(&["tinyint", "tiny"]) => i64::from(number % 100).into(),
        _ if starts(&[
            "int",
            "medium",
            "serial",
            "bigserial",
            "oid",
            "dec",
            "numeric",
            "money",
            "bit",
        ]) =>
        {
            i64::from(number).into()
        }
        _ => schema
            .enums
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(kind.trim_matches('"')))
            .and_then(|known| {
                known
                    .values
                    .get(number as usize % known.values.len().max(1))
            })
            .map_or_else(
                || format!("text {number}").into(),
                |word| word.as_str().into(),
            ),
    }
}

fn decimal(number: u32, precision: u16, scale: u16) -> Value {
    let whole = u32::from(precision.saturating_sub(scale)).min(9);
    let bounded = number % 10_u32.pow(whole);
    match scale {
        0 => bounded.to_string().into(),
        _ => format!("{bounded}.{}", number % 10).into(),
    }
}

/// Returns a text of at most `length` characters.
fn text(number: u32, length: usize) -> Value {
    let long = format!("text {number}");
    if long.len() <= length {
        return long.into();
    }
    // The last digits differ first.
    let digits = base36(number);
    digits[digits.len().saturating_sub(length)..].into()
}

fn base36(mut number: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit(number % 36, 36));
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.iter().rev().collect()
}

/// Returns the text literals and the numbers that an SQL text holds, as texts.
pub(super) fn literals(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(start) = rest.find(['\'', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) {
        let tail = &rest[start..];
        let end = match tail.strip_prefix('\'') {
            Some(inside) => match inside.find('\'') {
                Some(end) => {
                    found.push(inside[..end].to_owned());
                    end + 2
                }
                None => break,
            },
            None => {
                let end = tail
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_')
                    .unwrap_or(tail.len());
                let follows_a_name =
                    rest[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if !follows_a_name && tail[..end].parse::<f64>().is_ok() {
                    found.push(tail[..end].to_owned());
                }
                end
            }
        };
        rest = &tail[end..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_in_a_condition() {
        assert_eq!(literals("kind IN ('a', 'b c')"), ["a", "b c"]);
        assert_eq!(literals("c1 BETWEEN 1 AND 5.5"), ["1", "5.5"]);
        assert_eq!(literals("x = 'open"), [] as [&str; 0]);
        assert_eq!(literals("((kind)::text = ANY ('a'::text))"), ["a"]);
    }

    #[test]
    fn values_differ_and_fit() {
        let schema = Schema::default();
        let made = |kind: Type, number| value(&Column::new("c", kind), &schema, number);
        for kind in [
            Type::Integer,
            Type::Double,
            Type::Text,
            Type::Varchar(3),
            Type::Date,
            Type::named("uuid"),
            Type::Numeric(10, 2),
        ] {
            assert_ne!(made(kind.clone(), 1001), made(kind.clone(), 1002), "{kind}");
        }
        assert_eq!(made(Type::Char(1), 1001).as_str().map(str::len), Some(1));
        assert_eq!(made(Type::Numeric(2, 2), 1001), "0.1".into());
        assert_eq!(made(Type::named("enum('a','b')"), 1001), "b".into());
    }
}
