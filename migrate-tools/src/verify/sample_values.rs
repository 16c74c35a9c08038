//! Generates a value for a column from its type: distinct for distinct numbers, and valid for the type.

use migrate_engine::backend::{Backend, TypeShape};
use migrate_schema::schema::Type;
use migrate_schema::value::Value;

use super::pattern;

/// The maximum number of candidates for one column.
const MAX_CANDIDATES: usize = 40;

/// Returns candidates for a type, the most likely first. Further ones depend on the conditions.
pub(super) fn candidates<B: Backend>(shape: &TypeShape, number: u32) -> Vec<Value> {
    let inner = |shape: &TypeShape, number| {
        let values = candidates::<B>(shape, number).into_iter();
        values.map(|value| quoted(&value)).collect::<Vec<_>>()
    };
    let ranges = |shape: &TypeShape| -> Vec<String> {
        let (low, high) = (inner(shape, number), inner(shape, number + 1));
        let proper = low
            .iter()
            .zip(&high)
            .map(|(low, high)| format!("[{low},{high})"));
        // Only if the second is not larger.
        let single = low.iter().map(|low| format!("[{low},{low}]"));
        proper.chain(single).collect()
    };
    match shape {
        TypeShape::Plain(kind) => vec![plain::<B>(kind, number)],
        TypeShape::Enum(words) => nth(words, number).into_iter().collect(),
        TypeShape::Domain { base, checks } => {
            let mut values = candidates::<B>(base, number);
            let checks: Vec<&str> = checks.iter().map(String::as_str).collect();
            values.extend(mentioned_values(&checks, number));
            values
        }
        TypeShape::Array(element) => {
            let elements = inner(element, number).into_iter();
            elements.map(|one| format!("{{{one}}}").into()).collect()
        }
        TypeShape::Range(element) => ranges(element).into_iter().map(Value::Text).collect(),
        TypeShape::Multirange(element) => {
            let all = ranges(element).into_iter();
            all.map(|one| format!("{{{one}}}").into()).collect()
        }
        TypeShape::Composite(parts) => {
            let parts: Vec<Vec<String>> = parts.iter().map(|part| inner(part, number)).collect();
            let most = parts.iter().map(Vec::len).max().unwrap_or(1);
            let nth = |part: &Vec<String>, at: usize| {
                let last = part.len().saturating_sub(1);
                part.get(at.min(last)).cloned().unwrap_or_default()
            };
            let row = |at| parts.iter().map(|part| nth(part, at)).collect::<Vec<_>>();
            (0..most)
                .map(|at| format!("({})", row(at).join(",")).into())
                .collect()
        }
    }
}

/// Returns values that occur in conditions, or neighbors of them.
pub(super) fn mentioned_values(conditions: &[&str], number: u32) -> Vec<Value> {
    let mut found: Vec<String> = Vec::new();
    for condition in conditions {
        let words = literals(condition);
        if condition.contains('~') {
            let patterns = words
                .iter()
                .filter_map(|word| pattern::matching(word, number));
            found.extend(patterns);
        }
        found.extend(words.iter().map(|word| like(word, number)));
        let mut numbers: Vec<f64> = words.iter().filter_map(|word| word.parse().ok()).collect();
        numbers.sort_by(f64::total_cmp);
        let between = numbers
            .windows(2)
            .map(|pair| f64::midpoint(pair[0], pair[1]));
        found.extend(between.map(|number| number.floor().to_string()));
        let beside = numbers
            .iter()
            .flat_map(|number| [number + 1.0, number - 1.0]);
        found.extend(beside.map(|number| number.to_string()));
        if condition.contains("length") {
            let lengths = numbers
                .iter()
                .flat_map(|length| [*length, length - 1.0, length + 1.0]);
            let lengths = lengths.filter(|length| (0.0..=1000.0).contains(length));
            found.extend(lengths.map(|length| of_length(number, length as usize)));
        }
    }
    let mut values: Vec<String> = Vec::new();
    for text in found {
        if values.len() < MAX_CANDIDATES && !values.contains(&text) {
            values.push(text);
        }
    }
    values.into_iter().map(Value::Text).collect()
}

/// Returns a text that matches `word` as a LIKE pattern.
fn like(word: &str, number: u32) -> String {
    word.replace('%', &number.to_string())
        .replace('_', if word.contains('%') { "x" } else { "_" })
}

fn of_length(number: u32, length: usize) -> String {
    let digits = number.to_string();
    let mut text: String = digits.chars().take(length).collect();
    while text.len() < length {
        text.push('x');
    }
    text
}

/// Returns a value in the form it has inside an array, a range or a row.
fn quoted(value: &Value) -> String {
    let text = match value {
        Value::Null => return "NULL".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("\\x{digits}")
        }
    };
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

fn nth(words: &[String], number: u32) -> Option<Value> {
    let word = words.get(number as usize % words.len().max(1));
    word.map(|word| word.as_str().into())
}

/// Returns the `number`-th value of a type, by the name of the type.
fn plain<B: Backend>(data_type: &Type, number: u32) -> Value {
    let n = i64::from(number);
    match data_type {
        Type::TinyInt | Type::UnsignedTinyInt => (n % 100).into(),
        Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::UnsignedSmallInt
        | Type::UnsignedInteger
        | Type::UnsignedBigInt => n.into(),
        Type::Enum(words) => nth(&words.values, number).unwrap_or(Value::Null),
        Type::Real | Type::Float | Type::Double => Value::Real(f64::from(number) + 0.5),
        Type::Numeric(precision, scale) => decimal(number, *precision, *scale),
        Type::Boolean => number.is_multiple_of(2).into(),
        Type::Char(length) | Type::Varchar(length) => text(number, *length as usize),
        Type::Blob => Value::Blob(number.to_be_bytes().to_vec()),
        kind => {
            let kind = kind.to_string().to_ascii_lowercase();
            B::made_up(&kind, number).unwrap_or_else(|| named(&kind, number))
        }
    }
}

/// Returns a value of a type, by the spelling of the type.
fn named(kind: &str, number: u32) -> Value {
    let starts = |words: &[&str]| words.iter().any(|word| kind.starts_with(word));
    let (day, minute) = (number % 28 + 1, number % 60);
    let date = format!("2024-{:02}-{day:02}", number / 28 % 12 + 1);
    if starts(&["enum(", "set("]) {
        return nth(&literals(kind), number).unwrap_or(Value::Null);
    }
    if starts(&["timestamp", "datetime"]) {
        return format!("{date} 10:{minute:02}:00").into();
    }
    if starts(&["character", "varchar", "nvarchar", "char"]) {
        return match length_of(kind) {
            Some(length) => text(number, length),
            None if kind == "character" || kind == "char" => text(number, 1),
            None => format!("text {number}").into(),
        };
    }
    match kind {
        "date" => date.into(),
        "uuid" => format!("00000000-0000-4000-8000-{number:012x}").into(),
        "interval" => format!("{number} days").into(),
        _ if starts(&["year"]) => (1901 + i64::from(number % 200)).into(),
        "json" | "jsonb" => format!("{{\"n\": {number}}}").into(),
        "boolean" | "bool" => number.is_multiple_of(2).into(),
        _ if starts(&["interval"]) => format!("{number} days").into(),
        _ if starts(&["time"]) => format!("10:{minute:02}:00").into(),
        _ if starts(&["binary", "varbinary"]) => {
            let bytes = number.to_be_bytes();
            let length = length_of(kind).unwrap_or(1).min(bytes.len());
            Value::Blob(bytes[bytes.len() - length..].to_vec())
        }
        _ if starts(&["bytea", "tinyblob", "mediumblob", "longblob"]) => {
            Value::Blob(number.to_be_bytes().to_vec())
        }
        _ if starts(&["tinyint", "tiny"]) => i64::from(number % 100).into(),
        _ if starts(&["bit"]) => {
            let most = 1_i64 << length_of(kind).unwrap_or(1).min(31);
            (i64::from(number) % most).into()
        }
        _ if starts(&["numeric", "decimal", "dec"]) && kind.contains('(') => {
            let inside = kind.split(['(', ')']).nth(1).unwrap_or_default();
            let mut parts = inside
                .split(',')
                .map(|part| part.trim().parse().unwrap_or(0));
            let (precision, scale) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
            decimal(number, precision, scale)
        }
        _ if starts(&[
            "int", "medium", "small", "big", "serial", "oid", "dec", "numeric", "money", "double",
            "real", "float",
        ]) =>
        {
            i64::from(number).into()
        }
        _ => format!("text {number}").into(),
    }
}

/// Returns the number in parentheses after the name of a type.
fn length_of(kind: &str) -> Option<usize> {
    let inside = kind.split(['(', ')']).nth(1)?;
    inside.trim().parse().ok()
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
    // The last digits vary first.
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

/// Returns the string literals and the numbers in an SQL text, as strings.
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

    #[cfg(feature = "sqlite")]
    #[test]
    fn values_differ_and_fit() {
        let made =
            |data_type: Type, number| plain::<migrate_engine::v1::Sqlite>(&data_type, number);
        for kind in [
            Type::Integer,
            Type::Double,
            Type::Text,
            Type::Varchar(3),
            Type::Date,
            Type::custom("uuid"),
            Type::Numeric(10, 2),
            Type::custom("character varying(4)"),
        ] {
            assert_ne!(made(kind.clone(), 1001), made(kind.clone(), 1002), "{kind}");
        }
        assert_eq!(made(Type::Char(1), 1001).as_str().map(str::len), Some(1));
        assert_eq!(made(Type::Numeric(2, 2), 1001), "0.1".into());
        assert_eq!(made(Type::custom("enum('a','b')"), 1001), "b".into());
        assert_eq!(
            made(Type::custom("binary(2)"), 1001),
            Value::Blob(vec![3, 233])
        );
        assert_eq!(made(Type::custom("bit(3)"), 1001), 1_i64.into());
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn values_of_types_that_are_made_of_others() {
        use migrate_engine::v1::Postgres;

        let first = |shape: TypeShape| candidates::<Postgres>(&shape, 1001).remove(0);
        let plain = |name: &'static str| Box::new(TypeShape::Plain(Type::custom(name)));
        assert_eq!(
            first(TypeShape::Array(plain("inet"))),
            "{\"10.0.3.233\"}".into()
        );
        assert_eq!(
            first(TypeShape::Range(plain("integer"))),
            "[\"1001\",\"1002\")".into()
        );
        assert_eq!(
            first(TypeShape::Composite(vec![
                *plain("integer"),
                *plain("hstore")
            ])),
            "(\"1001\",\"\\\"k\\\"=>\\\"1001\\\"\")".into()
        );
        let positive = TypeShape::Domain {
            base: plain("integer"),
            checks: vec!["CHECK (((VALUE > 10) AND (VALUE < 20)))".to_owned()],
        };
        let values = candidates::<Postgres>(&positive, 1001);
        assert!(values.contains(&"15".into()), "{values:?}");
    }

    #[test]
    fn conditions_mention_values() {
        let candidates_of = |sql| mentioned_values(&[sql], 1001);
        assert!(candidates_of("c >= 1 AND c <= 5").contains(&"3".into()));
        assert!(candidates_of("char_length(c) >= 10").contains(&"1001xxxxxx".into()));
        assert!(candidates_of("c ~~ 'http%'").contains(&"http1001".into()));
        assert!(candidates_of("c ~ '^[A-Z]{2}$'").iter().any(|it| {
            let text = it.as_str().unwrap_or_default();
            text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase())
        }));
    }
}
