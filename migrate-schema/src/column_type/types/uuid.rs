//! The type of the crate `uuid`.

use uuid::Uuid;

use crate::column_type::ColumnType;
use crate::schema::Type;
use crate::value::Value;
use crate::value::{ColumnValue, TypeMismatch, ValueRef};

impl ColumnType for Uuid {
    fn column_type() -> Type {
        Type::Uuid
    }
}

impl ColumnValue for Uuid {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Uuid, TypeMismatch> {
        let mismatch = || TypeMismatch::new::<Uuid>(value_ref);
        match value_ref {
            ValueRef::Text(text) => Uuid::parse_str(text),
            ValueRef::Blob(bytes) => Uuid::from_slice(bytes),
            _ => return Err(mismatch()),
        }
        .map_err(|error| mismatch().because(error))
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Text(self.hyphenated().to_string().into())
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Value {
        value.to_value_ref().into_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_type::types::there_and_back;

    #[test]
    fn a_uuid_is_read_from_text_and_from_bytes() {
        let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        there_and_back::<Uuid>(text, text, &Type::Uuid);
        let id: Uuid = text.parse().unwrap();
        let bytes = ValueRef::Blob(id.as_bytes().as_slice().into());
        assert_eq!(Uuid::from_value_ref(&bytes), Ok(id));
        assert!(Uuid::from_value_ref(&ValueRef::Blob([1_u8, 2].as_slice().into())).is_err());
    }
}
