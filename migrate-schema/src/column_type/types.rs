//! Column types for types of other crates, each behind a feature with the name of its crate.
//!
//! Dates and times are stored as text in the one form that every database reads and returns: `2026-11-22`,
//! `10:30:00.5`, `2026-11-22 10:30:00`, and a point in time as `2026-11-22 10:30:00+00:00`.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "rust_decimal")]
mod decimal;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "serde_json")]
mod json;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(feature = "serde_json")]
pub use json::Json;

/// Implements the column traits for a type: its column type, how to parse it from text, how to format it.
#[cfg(any(
    feature = "chrono",
    feature = "jiff",
    feature = "rust_decimal",
    feature = "time"
))]
macro_rules! kept_as_text {
    ($($rust:ty: $kind:expr, $read:expr, $write:expr;)*) => {$(
        impl crate::column_type::ColumnType for $rust {
            fn column_type() -> crate::schema::Type {
                $kind
            }
        }

        impl crate::value::ColumnValue for $rust {
            fn from_value_ref(
                value_ref: &crate::value::ValueRef<'_>,
            ) -> Result<Self, crate::value::TypeMismatch> {
                let mismatch = || crate::value::TypeMismatch::new::<Self>(value_ref);
                let text = crate::column_type::types::text(value_ref).ok_or_else(mismatch)?;
                $read(&text).map_err(|error| mismatch().because(error))
            }

            fn to_value_ref(&self) -> crate::value::ValueRef<'_> {
                crate::value::ValueRef::Text($write(self).into())
            }
        }

        impl From<$rust> for crate::value::Value {
            fn from(value: $rust) -> crate::value::Value {
                crate::value::ColumnValue::to_value_ref(&value).into_value()
            }
        }
    )*};
}
#[cfg(any(
    feature = "chrono",
    feature = "jiff",
    feature = "rust_decimal",
    feature = "time"
))]
use kept_as_text;

/// Returns the text of a value. A database may also have stored the text as a number.
#[cfg(any(
    feature = "chrono",
    feature = "jiff",
    feature = "rust_decimal",
    feature = "time"
))]
fn text<'c>(value_ref: &'c crate::value::ValueRef<'_>) -> Option<std::borrow::Cow<'c, str>> {
    use crate::value::ValueRef;
    match value_ref {
        ValueRef::Text(text) => Some(text.as_ref().into()),
        ValueRef::Integer(number) => Some(number.to_string().into()),
        ValueRef::Real(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// Returns a point in time in RFC 3339. A value without an offset is in UTC, and an offset gets minutes.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
fn moment(text: &str) -> String {
    let text = civil(text);
    let Some((day, time)) = text.split_once('T') else {
        return text;
    };
    if time.ends_with(['Z', 'z']) {
        return text;
    }
    match time.rfind(['+', '-']) {
        Some(at) if time[at..].len() == 3 => format!("{day}T{time}:00"),
        Some(_) => text,
        None => format!("{day}T{time}Z"),
    }
}

/// Returns a date and a time of day separated by `T`.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
fn civil(text: &str) -> String {
    text.trim().replacen(' ', "T", 1)
}

#[cfg(test)]
#[allow(dead_code, reason = "used where a feature is on")]
fn there_and_back<T>(shown: &str, written: &str, kind: &crate::schema::Type)
where
    T: crate::column_type::ColumnType + crate::value::ColumnValue,
{
    use crate::value::ValueRef;
    let value = T::from_value_ref(&ValueRef::Text(shown.into())).unwrap();
    assert_eq!(
        value.to_value_ref(),
        ValueRef::Text(written.into()),
        "{shown}"
    );
    let again = T::from_value_ref(&ValueRef::Text(written.into())).unwrap();
    assert_eq!(
        again.to_value_ref(),
        ValueRef::Text(written.into()),
        "{shown}"
    );
    assert_eq!(T::column_type(), *kind);
    assert!(T::from_value_ref(&ValueRef::Text("nonsense".into())).is_err());
    assert!(T::from_value_ref(&ValueRef::Null).is_err());
}
