//! The type of the crate `uuid`.

use uuid::Uuid;

use crate::model::ColumnType;
use crate::rows::{Cell, ColumnValue, Mismatch};
use crate::schema::Type;
use crate::value::Value;

impl ColumnType for Uuid {
    fn column_type() -> Type {
        Type::Uuid
    }
}

impl ColumnValue for Uuid {
    fn from_cell(cell: &Cell<'_>) -> Result<Uuid, Mismatch> {
        let mismatch = || Mismatch::new::<Uuid>(cell);
        match cell {
            Cell::Text(text) => Uuid::parse_str(text),
            Cell::Blob(bytes) => Uuid::from_slice(bytes),
            _ => return Err(mismatch()),
        }
        .map_err(|error| mismatch().because(error))
    }

    fn to_cell(&self) -> Cell<'_> {
        Cell::Text(self.hyphenated().to_string().into())
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Value {
        value.to_cell().into_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::types::there_and_back;

    #[test]
    fn it_is_read_from_text_and_from_bytes() {
        let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        there_and_back::<Uuid>(text, text, &Type::Uuid);
        let id: Uuid = text.parse().unwrap();
        let bytes = Cell::Blob(id.as_bytes().as_slice().into());
        assert_eq!(Uuid::from_cell(&bytes), Ok(id));
        assert!(Uuid::from_cell(&Cell::Blob([1_u8, 2].as_slice().into())).is_err());
    }
}
