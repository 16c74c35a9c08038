//! PostgreSQL's enum types as SQL.

use super::{Dialect, texts};
use crate::op::{AddEnumValue, EnumValuePosition};
use crate::schema::EnumType;

pub(super) fn create(dialect: &dyn Dialect, enum_type: &EnumType) -> String {
    format!(
        "CREATE TYPE {} AS ENUM ({})",
        dialect.identifier(&enum_type.name),
        texts(dialect, &enum_type.values)
    )
}

pub(super) fn add_value(dialect: &dyn Dialect, op: &AddEnumValue) -> String {
    let place = match &op.position {
        EnumValuePosition::Last => String::new(),
        EnumValuePosition::Before(other) => format!(" BEFORE {}", dialect.text(other)),
        EnumValuePosition::After(other) => format!(" AFTER {}", dialect.text(other)),
    };
    format!(
        "ALTER TYPE {} ADD VALUE {}{place}",
        dialect.identifier(&op.name),
        dialect.text(&op.value)
    )
}
