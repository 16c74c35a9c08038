//! PostgreSQL's enum types as SQL.

use super::{Dialect, texts};
use crate::op::{AddEnumValue, Place};
use crate::schema::EnumType;

pub(super) fn create(dialect: &dyn Dialect, kind: &EnumType) -> String {
    format!(
        "CREATE TYPE {} AS ENUM ({})",
        dialect.identifier(&kind.name),
        texts(dialect, &kind.values)
    )
}

pub(super) fn add_value(dialect: &dyn Dialect, op: &AddEnumValue) -> String {
    let place = match &op.place {
        Place::Last => String::new(),
        Place::Before(other) => format!(" BEFORE {}", dialect.text(other)),
        Place::After(other) => format!(" AFTER {}", dialect.text(other)),
    };
    format!(
        "ALTER TYPE {} ADD VALUE {}{place}",
        dialect.identifier(&op.name),
        dialect.text(&op.value)
    )
}
