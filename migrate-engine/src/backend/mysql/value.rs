//! Converts values to parameters, and columns of rows to values.

use std::fmt::Write as _;

use mysql::consts::ColumnType;
use mysql::{Column, Row, Value as MysqlValue};

use migrate_schema::value::Value;

/// The character set of binary data.
const BINARY: u16 = 63;

/// Returns a parameter. Strings are sent unchanged: the server parses them as the expected type.
pub(super) fn parameter(value: &Value) -> MysqlValue {
    match value {
        Value::Null => MysqlValue::NULL,
        Value::Boolean(value) => MysqlValue::Int(i64::from(*value)),
        Value::Integer(number) => MysqlValue::Int(*number),
        Value::Real(number) => MysqlValue::Double(*number),
        Value::Text(text) => MysqlValue::Bytes(text.clone().into_bytes()),
        Value::Blob(bytes) => MysqlValue::Bytes(bytes.clone()),
    }
}

/// Returns the values of a row.
///
/// `TINYINT(1)` becomes a Boolean if it is 1 or 0. A decimal without a fraction becomes an integer if it fits, and
/// other decimals become strings. Dates and times become strings.
pub(super) fn row(row: Row) -> Vec<Value> {
    let columns = row.columns();
    let values = row.unwrap();
    columns
        .iter()
        .zip(values)
        .map(|(column, driver_value)| value(column, driver_value))
        .collect()
}

fn value(column: &Column, driver_value: MysqlValue) -> Value {
    match driver_value {
        MysqlValue::NULL => Value::Null,
        MysqlValue::Int(number @ (0 | 1)) if is_boolean(column) => Value::Boolean(number == 1),
        MysqlValue::Int(number) => Value::Integer(number),
        MysqlValue::UInt(number) => match i64::try_from(number) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Text(number.to_string()),
        },
        // Converted through its text, so that 0.1 stays 0.1.
        MysqlValue::Float(number) => {
            Value::Real(number.to_string().parse().unwrap_or_else(|_| number.into()))
        }
        MysqlValue::Double(number) => Value::Real(number),
        MysqlValue::Bytes(bytes) => bytes_of(column, bytes),
        MysqlValue::Date(year, month, day, hour, minute, second, micros) => {
            let mut text = format!("{year:04}-{month:02}-{day:02}");
            if column.column_type() != ColumnType::MYSQL_TYPE_DATE {
                let _ = write!(text, " {hour:02}:{minute:02}:{second:02}");
                fraction(&mut text, micros);
            }
            Value::Text(text)
        }
        MysqlValue::Time(negative, days, hours, minutes, seconds, micros) => {
            let sign = if negative { "-" } else { "" };
            let hours = u64::from(days) * 24 + u64::from(hours);
            let mut text = format!("{sign}{hours:02}:{minutes:02}:{seconds:02}");
            fraction(&mut text, micros);
            Value::Text(text)
        }
    }
}

fn is_boolean(column: &Column) -> bool {
    column.column_type() == ColumnType::MYSQL_TYPE_TINY && column.column_length() == 1
}

fn fraction(text: &mut String, micros: u32) {
    if micros != 0 {
        let _ = write!(text, ".{micros:06}");
        text.truncate(text.trim_end_matches('0').len());
    }
}

fn bytes_of(column: &Column, bytes: Vec<u8>) -> Value {
    let text = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) => Value::Text(text),
        Err(error) => Value::Blob(error.into_bytes()),
    };
    match column.column_type() {
        ColumnType::MYSQL_TYPE_NEWDECIMAL | ColumnType::MYSQL_TYPE_DECIMAL => match text(bytes) {
            Value::Text(number) if column.decimals() == 0 => number
                .parse()
                .map_or_else(|_| Value::Text(number.clone()), Value::Integer),
            other => other,
        },
        ColumnType::MYSQL_TYPE_BIT if bytes.len() <= 8 => bits(&bytes),
        ColumnType::MYSQL_TYPE_BIT | ColumnType::MYSQL_TYPE_GEOMETRY => Value::Blob(bytes),
        // JSON is text, but its character set is binary.
        ColumnType::MYSQL_TYPE_JSON => text(bytes),
        _ if column.character_set() == BINARY && holds_bytes(column.column_type()) => {
            Value::Blob(bytes)
        }
        _ => text(bytes),
    }
}

fn holds_bytes(column_type: ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::MYSQL_TYPE_TINY_BLOB
            | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
            | ColumnType::MYSQL_TYPE_LONG_BLOB
            | ColumnType::MYSQL_TYPE_BLOB
            | ColumnType::MYSQL_TYPE_STRING
            | ColumnType::MYSQL_TYPE_VAR_STRING
            | ColumnType::MYSQL_TYPE_VARCHAR
    )
}

fn bits(bytes: &[u8]) -> Value {
    let number = bytes
        .iter()
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    match i64::try_from(number) {
        Ok(number) => Value::Integer(number),
        Err(_) => Value::Text(number.to_string()),
    }
}
