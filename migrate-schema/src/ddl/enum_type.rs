//! PostgreSQL's enum types as SQL.

use super::{Dialect, string_literals};
use crate::operation::{AddEnumValue, EnumValuePosition};
use crate::schema::EnumType;

pub(super) fn create(dialect: &dyn Dialect, enum_type: &EnumType) -> String {
    format!(
        "CREATE TYPE {} AS ENUM ({})",
        dialect.identifier(&enum_type.name),
        string_literals(dialect, &enum_type.values)
    )
}

pub(super) fn add_value(dialect: &dyn Dialect, op: &AddEnumValue) -> String {
    let position = match &op.position {
        EnumValuePosition::Last => String::new(),
        EnumValuePosition::Before(other) => format!(" BEFORE {}", dialect.string_literal(other)),
        EnumValuePosition::After(other) => format!(" AFTER {}", dialect.string_literal(other)),
    };
    format!(
        "ALTER TYPE {} ADD VALUE {}{position}",
        dialect.identifier(&op.name),
        dialect.string_literal(&op.value)
    )
}
