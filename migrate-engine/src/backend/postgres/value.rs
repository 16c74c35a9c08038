//! Converts values to parameters, and columns of rows to values.

use std::error::Error;
use std::fmt::Write as _;

use postgres::types::private::BytesMut;
use postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use migrate_schema::value::Value;

type Fault = Box<dyn Error + Sync + Send>;

/// A parameter, sent as text. The server parses it as the expected type, so an integer can be used for every numeric
/// type, and a string for a date, a UUID, JSON or an enum.
#[derive(Debug)]
pub(super) struct Parameter<'v>(pub(super) &'v Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, data_type: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        let Some(text) = text_of(self.0, base(data_type))? else {
            return Ok(IsNull::Yes);
        };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

fn base(data_type: &Type) -> &Type {
    match data_type.kind() {
        Kind::Domain(inner) => base(inner),
        _ => data_type,
    }
}

fn text_of(value: &Value, data_type: &Type) -> Result<Option<String>, Fault> {
    let number = matches!(
        *data_type,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::NUMERIC | Type::FLOAT4 | Type::FLOAT8
    );
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Boolean(value) if number => i32::from(*value).to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_infinite() => if *number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) if *data_type == Type::BYTEA => hex(text.as_bytes()),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) if *data_type == Type::BYTEA => hex(bytes),
        Value::Blob(bytes) => String::from_utf8(bytes.clone()).map_err(|_| {
            format!(
                "bytes that are not UTF-8 can't be converted to `{}`",
                data_type.name()
            )
        })?,
    }))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A column of a row.
///
/// A decimal without a fraction becomes an integer if it fits, and other decimals become strings. Dates, times,
/// UUIDs, JSON and enums become the text that PostgreSQL prints; times with a time zone are in UTC.
pub(super) struct DecodedValue(pub(super) Value);

impl<'r> FromSql<'r> for DecodedValue {
    fn from_sql(data_type: &Type, raw: &'r [u8]) -> Result<DecodedValue, Fault> {
        decode(base(data_type), raw).map(DecodedValue)
    }

    fn from_sql_null(_: &Type) -> Result<DecodedValue, Fault> {
        Ok(DecodedValue(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn decode(data_type: &Type, raw: &[u8]) -> Result<Value, Fault> {
    let text = |bytes: &[u8]| Ok(Value::Text(String::from_utf8_lossy(bytes).into_owned()));
    match *data_type {
        Type::BOOL => Ok(Value::Boolean(raw.first().is_some_and(|byte| *byte != 0))),
        Type::INT2 => Ok(Value::Integer(i16::from_be_bytes(array(raw, 0)?).into())),
        Type::INT4 => Ok(Value::Integer(i32::from_be_bytes(array(raw, 0)?).into())),
        Type::INT8 => Ok(Value::Integer(i64::from_be_bytes(array(raw, 0)?))),
        Type::OID => Ok(Value::Integer(u32::from_be_bytes(array(raw, 0)?).into())),
        Type::FLOAT8 => Ok(Value::Real(f64::from_be_bytes(array(raw, 0)?))),
        // Converted through its text, so that 0.1 stays 0.1.
        Type::FLOAT4 => {
            let number = f32::from_be_bytes(array(raw, 0)?);
            Ok(Value::Real(
                number.to_string().parse().unwrap_or_else(|_| number.into()),
            ))
        }
        Type::NUMERIC => numeric(raw),
        Type::BYTEA => Ok(Value::Blob(raw.to_vec())),
        Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::CHAR
        | Type::UNKNOWN
        | Type::JSON
        | Type::XML => text(raw),
        Type::JSONB => text(raw.get(1..).unwrap_or_default()),
        Type::UUID => uuid(raw),
        Type::DATE => Ok(Value::Text(date(i32::from_be_bytes(array(raw, 0)?).into()))),
        Type::TIME => Ok(Value::Text(time(i64::from_be_bytes(array(raw, 0)?)))),
        Type::TIMESTAMP => Ok(Value::Text(timestamp(raw)?)),
        Type::TIMESTAMPTZ => Ok(Value::Text(with_zone(timestamp(raw)?))),
        Type::VOID => Ok(Value::Null),
        _ if matches!(data_type.kind(), Kind::Enum(_)) || data_type.name() == "citext" => text(raw),
        _ => Err(format!(
            "a value of type `{}` can't be read here: select it as text, `(…)::text`",
            data_type.name()
        )
        .into()),
    }
}

fn array<const N: usize>(raw: &[u8], at: usize) -> Result<[u8; N], Fault> {
    raw.get(at..at + N)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "the server sent a value that is too short".into())
}

fn uuid(raw: &[u8]) -> Result<Value, Fault> {
    let bytes: [u8; 16] = array(raw, 0)?;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Value::Text(text))
}

/// Reads a decimal: digits to the base 10,000, the weight of the first one, the sign, and the number of digits that
/// are shown after the point.
fn numeric(raw: &[u8]) -> Result<Value, Fault> {
    let short = |at: usize| array(raw, at * 2).map(i16::from_be_bytes);
    let (count, weight, sign) = (short(0)?, i32::from(short(1)?), short(2)? as u16);
    let scale = usize::try_from(short(3)?).unwrap_or(0);
    match sign {
        0xC000 => return Ok(Value::Text("NaN".to_owned())),
        0xD000 => return Ok(Value::Text("Infinity".to_owned())),
        0xF000 => return Ok(Value::Text("-Infinity".to_owned())),
        _ => {}
    }
    let digit = |position: i32| -> Result<i16, Fault> {
        let at = weight - position;
        if at < 0 || at >= i32::from(count) {
            return Ok(0);
        }
        short(4 + usize::try_from(at)?)
    };
    let mut whole = String::new();
    for position in (0..=weight).rev() {
        let _ = write!(whole, "{:04}", digit(position)?);
    }
    let whole = whole.trim_start_matches('0');
    let mut text = String::new();
    if sign == 0x4000 {
        text.push('-');
    }
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if scale == 0 {
        return Ok(match text.parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Text(text),
        });
    }
    let mut fraction = String::new();
    for position in 1..=i32::try_from(scale.div_ceil(4))? {
        let _ = write!(fraction, "{:04}", digit(-position)?);
    }
    fraction.truncate(scale);
    Ok(Value::Text(format!("{text}.{fraction}")))
}

const DAY: i64 = 86_400_000_000;

/// Returns the day that is `days` after January 1, 2000.
fn date(days: i64) -> String {
    if days == i64::from(i32::MAX) {
        return "infinity".to_owned();
    }
    if days == i64::from(i32::MIN) {
        return "-infinity".to_owned();
    }
    // Howard Hinnant's `civil_from_days`, counted from March 1 of the year 0.
    let days = days + 10_957 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match year {
        1.. => format!("{year:04}-{month:02}-{day:02}"),
        // There is no year 0: the year before 1 is 1 BC.
        _ => format!("{:04}-{month:02}-{day:02} BC", 1 - year),
    }
}

fn time(micros: i64) -> String {
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    let mut text = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
    if rest != 0 {
        let _ = write!(text, ".{rest:06}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

fn timestamp(raw: &[u8]) -> Result<String, Fault> {
    let micros = i64::from_be_bytes(array(raw, 0)?);
    Ok(match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        _ => {
            let day = date(micros.div_euclid(DAY));
            let time = time(micros.rem_euclid(DAY));
            match day.strip_suffix(" BC") {
                Some(day) => format!("{day} {time} BC"),
                None => format!("{day} {time}"),
            }
        }
    })
}

fn with_zone(text: String) -> String {
    if text.ends_with("infinity") {
        return text;
    }
    match text.strip_suffix(" BC") {
        Some(text) => format!("{text}+00 BC"),
        None => format!("{text}+00"),
    }
}
