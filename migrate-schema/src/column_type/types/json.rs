//! JSON, as `serde_json::Value` or as any type that serde supports.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::column_type::ColumnType;
use crate::schema::Type;
use crate::value::Value;
use crate::value::{ColumnValue, TypeMismatch, ValueRef};

/// A value that is stored as JSON.
///
/// ```
/// use migrate_schema::column_type::{ColumnType, Json};
/// use migrate_schema::value::ColumnValue;
///
/// let tags = Json(vec!["a".to_owned()]);
/// assert_eq!(tags.to_value_ref().to_string(), "'[\"a\"]'");
/// assert_eq!(Json::<Vec<String>>::column_type().to_string(), "JSON");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Json<T>(pub T);

impl<T> ColumnType for Json<T> {
    fn column_type() -> Type {
        Type::Json
    }
}

impl<T: Serialize + DeserializeOwned> ColumnValue for Json<T> {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Json<T>, TypeMismatch> {
        read(value_ref).map(Json)
    }

    /// A value that JSON can't represent, such as a map whose keys are not strings, becomes NULL.
    fn to_value_ref(&self) -> ValueRef<'_> {
        serde_json::to_string(&self.0).map_or(ValueRef::Null, |text| ValueRef::Text(text.into()))
    }
}

impl ColumnType for serde_json::Value {
    fn column_type() -> Type {
        Type::Json
    }
}

impl ColumnValue for serde_json::Value {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<serde_json::Value, TypeMismatch> {
        read(value_ref)
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Text(self.to_string().into())
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Value {
        Value::Text(value.to_string())
    }
}

fn read<T: DeserializeOwned>(value_ref: &ValueRef<'_>) -> Result<T, TypeMismatch> {
    let mismatch = || TypeMismatch::new::<T>(value_ref);
    let read = match value_ref {
        ValueRef::Text(text) => serde_json::from_str(text),
        ValueRef::Blob(bytes) => serde_json::from_slice(bytes),
        _ => return Err(mismatch()),
    };
    read.map_err(|error| mismatch().because(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_type::types::there_and_back;

    #[test]
    fn the_stored_value_is_json() {
        there_and_back::<serde_json::Value>("{\"a\": [1]}", "{\"a\":[1]}", &Type::Json);
        there_and_back::<Json<Vec<u8>>>("[1, 2]", "[1,2]", &Type::Json);
        assert!(Json::<Vec<u8>>::from_value_ref(&ValueRef::Text("[300]".into())).is_err());
    }
}
