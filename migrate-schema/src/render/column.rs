//! Writes columns, types, defaults and foreign keys as builder calls.

use crate::operation::{AddColumn, ExistingRows, Position};
use crate::schema::{
    Column, DefaultValue, Deferrable, ForeignKey, Generated, Identity, ReferentialAction, Type,
    Validity,
};

use super::code::{Code, literal};

/// Returns `Column::new("name", Type)` and its builder calls.
pub(super) fn column(column: &Column) -> Code {
    let new = vec![Code::text(&column.name), data_type(&column.data_type)];
    let texts = |text: &Option<String>| text.as_deref().map(Code::text);
    let computed = column.generated.as_ref().map(|generated| match generated {
        Generated::Virtual(expression) => ("generated_virtual", Code::text(expression)),
        Generated::Stored(expression) => ("generated_stored", Code::text(expression)),
    });
    let numbered = column.identity.map(|identity| match identity {
        Identity::Always => "identity_always",
        Identity::ByDefault => "identity",
    });
    Code::Call("Column::new", new)
        .call_if(column.primary_key, "primary_key")
        .call_if(column.autoincrement, "autoincrement")
        .call_if(numbered.is_some(), numbered.unwrap_or_default())
        .call_if(column.not_null, "not_null")
        .call_with("default", column.default.as_ref().map(default))
        .call_with(
            computed.as_ref().map_or("", |(name, _)| name),
            computed.as_ref().map(|(_, code)| code.clone()),
        )
        .call_with("collate", texts(&column.collation))
        .call_if(column.unique, "unique")
        .call_with("check", texts(&column.check))
        .call_with("references", column.references.as_ref().map(foreign_key))
        .call_with("comment", texts(&column.comment))
}

/// Returns a column for a table that may have rows. If no value is known for them, the author has to complete the call.
pub(super) fn added(op: &AddColumn) -> Code {
    let code = column(&op.column).call_with("fill", op.fill.as_deref().map(Code::text));
    let code = match &op.position {
        Position::Last => code,
        Position::First => code.call("first", Vec::new()),
        Position::After(other) => code.call("after", vec![Code::text(other)]),
    };
    let has_value = op.fill.is_some() || op.column.has_value();
    if op.existing_rows == ExistingRows::Forbidden {
        code.call("assume_empty_table", Vec::new())
    } else if op.column.not_null && !has_value {
        let what = format!(
            "write the value of {}.{} in the existing rows, as SQL",
            op.table, op.column.name
        );
        code.call("fill", vec![missing(&what)])
    } else {
        code
    }
}

/// Returns code that does not compile until the author replaces it.
pub(super) fn missing(what: &str) -> Code {
    Code::Atom(format!("compile_error!({})", literal(what)))
}

/// Returns a type: a portable type by its name, any other as the database writes it.
pub(super) fn data_type(data_type: &Type) -> Code {
    let atom = |text: String| Code::Atom(text);
    match data_type {
        Type::Numeric(precision, scale) => atom(format!("Numeric({precision}, {scale})")),
        Type::Char(length) => atom(format!("Char({length})")),
        Type::Varchar(length) => atom(format!("Varchar({length})")),
        Type::Custom(spelling) => Code::Call("Type::custom", vec![Code::text(spelling)]),
        Type::Enum(kind) => Code::Call(
            "Type::enumeration",
            vec![Code::text(&kind.name), Code::list(&kind.values)],
        ),
        // The other types have no arguments, so `Debug` prints their name.
        plain => atom(format!("{plain:?}")),
    }
}

/// Returns the argument of `default(…)`.
pub(super) fn default(value: &DefaultValue) -> Code {
    match value {
        DefaultValue::Null => Code::Atom("DefaultValue::Null".to_owned()),
        DefaultValue::Boolean(value) => Code::Atom(value.to_string()),
        DefaultValue::Integer(number) => Code::Atom(integer(*number)),
        DefaultValue::Real(number) => Code::Atom(real(*number)),
        DefaultValue::Text(text) => Code::text(text),
        DefaultValue::Expression(sql) => Code::Call("Expr::new", vec![Code::text(sql)]),
    }
}

pub(super) fn integer(number: i64) -> String {
    match i32::try_from(number) {
        Ok(number) => number.to_string(),
        Err(_) if number == i64::MIN => "i64::MIN".to_owned(),
        Err(_) => format!("{number}_i64"),
    }
}

pub(super) fn real(number: f64) -> String {
    if number.is_nan() {
        "f64::NAN".to_owned()
    } else if number.is_infinite() && number > 0.0 {
        "f64::INFINITY".to_owned()
    } else if number.is_infinite() {
        "f64::NEG_INFINITY".to_owned()
    } else {
        format!("{number:?}")
    }
}

/// Returns `ForeignKey::to("table", "id")` and its builder calls, without its name and its referencing columns.
pub(super) fn foreign_key(key: &ForeignKey) -> Code {
    let new = vec![Code::text(&key.table), Code::names(&key.references)];
    let action = |action: ReferentialAction| Code::Atom(format!("{action:?}"));
    let schema = key.schema.as_deref().map(Code::text);
    Code::Call("ForeignKey::to", new)
        .call_with("in_schema", schema)
        .call_with("on_delete", key.on_delete.map(action))
        .call_with("on_update", key.on_update.map(action))
        .call_if(key.deferrable == Deferrable::Immediate, "deferrable")
        .call_if(key.deferrable == Deferrable::Deferred, "deferred")
        .call_if(key.validity == Validity::NotValid, "not_valid")
}
