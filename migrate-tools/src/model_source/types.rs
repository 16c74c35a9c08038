//! The Rust type of a column's field, and the attributes that go with it.

use migrate_engine::backend::Backend;
use migrate_engine::model::{ColumnType, Shape};
use migrate_schema::schema::{Column, DefaultValue, Schema, Table, Type};

use super::names;
use super::plan::Plan;
use migrate_schema::render::code::literal;

/// The type of a field, and its attributes.
pub(super) struct Kind {
    /// The Rust type.
    pub(super) rust: String,
    /// The attributes, such as `type = "…"`.
    pub(super) items: Vec<String>,
}

/// Returns the type of a column's field.
pub(super) fn of<B: Backend>(column: &Column, table: &Table, plan: &Plan<'_>) -> Kind {
    if let Type::Enum(kind) = &column.data_type
        && let Some((kind, name)) = plan.enums.iter().find(|(other, _)| other.name == kind.name)
    {
        let variant = |word: &String| {
            let at = kind.values.iter().position(|value| value == word)?;
            Some(format!("{name}::{}", names::variants(kind).get(at)?))
        };
        let default = match &column.default {
            Some(DefaultValue::Text(word)) => variant(word),
            _ => None,
        };
        let default = default.or_else(|| value(column.default.as_ref()?));
        return Kind {
            rust: name.clone(),
            items: default.map(default_item).into_iter().collect(),
        };
    }
    let alone = Table::new("t");
    let same = |data_type: &Type, table: &Table| {
        inspected_type::<B>(data_type, column, table)
            == inspected_type::<B>(&column.data_type, column, table)
    };
    let own = candidates()
        .into_iter()
        .find(|(_, kind, _)| same(kind, &alone));
    let given = column.default.as_ref().and_then(shape_of);
    let fits = |shape: Shape| given.is_none_or(|given| shape.takes(given));
    let (rust, written) = match (own, &column.data_type) {
        // A key column may need a certain spelling that other columns do not.
        (Some((rust, kind, shape)), _) if fits(shape) && same(&kind, table) => (rust, None),
        (None, Type::Varchar(length)) if *length > 0 && fits(Shape::Text) => {
            ("String", Some(format!("length = {length}")))
        }
        (own, kind) => {
            let rust = own.map_or_else(|| nearest(kind), |(rust, ..)| rust);
            (rust, Some(format!("type = {}", literal(&kind.to_string()))))
        }
    };
    let default = column.default.as_ref().and_then(value).map(default_item);
    Kind {
        rust: rust.to_owned(),
        items: written.into_iter().chain(default).collect(),
    }
}

/// The Rust types with their own column type. If a database treats several as the same type, the first is used.
fn candidates() -> [(&'static str, Type, Shape); 8] {
    fn one<T: ColumnType>(rust: &'static str) -> (&'static str, Type, Shape) {
        (rust, T::column_type(), T::SHAPE)
    }
    [
        one::<bool>("bool"),
        one::<i64>("i64"),
        one::<i32>("i32"),
        one::<i16>("i16"),
        one::<f64>("f64"),
        one::<f32>("f32"),
        one::<String>("String"),
        one::<Vec<u8>>("Vec<u8>"),
    ]
}

/// Returns a type as the database writes it for a column of this name in this table.
fn inspected_type<B: Backend>(data_type: &Type, column: &Column, table: &Table) -> Type {
    let name = &column.name;
    let mut table = table.clone();
    table.columns.retain(|other| other.name != *name);
    table.column(Column::new(name, data_type.clone()));
    let mut schema = Schema::default();
    schema.tables.push(table);
    let table = B::normalize(schema).tables.pop();
    let column = table.and_then(|mut table| table.columns.pop());
    column.map_or_else(|| data_type.clone(), |column| column.data_type)
}

/// Returns the Rust type for the values of a column whose type has no exact Rust type.
fn nearest(data_type: &Type) -> &'static str {
    match data_type {
        Type::TinyInt => "i8",
        Type::SmallInt => "i16",
        Type::Integer => "i32",
        Type::UnsignedTinyInt => "u8",
        Type::UnsignedSmallInt => "u16",
        Type::UnsignedInteger => "u32",
        Type::BigInt | Type::UnsignedBigInt => "i64",
        Type::Real => "f32",
        Type::Float | Type::Double => "f64",
        Type::Boolean => "bool",
        Type::Blob => "Vec<u8>",
        Type::Custom(spelling) => of_spelling(spelling),
        _ => "String",
    }
}

fn of_spelling(spelling: &str) -> &'static str {
    let upper = spelling.to_ascii_uppercase();
    let word = upper
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    match word {
        _ if upper.ends_with(']') => "String",
        "INT" | "INT2" | "INT4" | "INT8" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INTEGER"
        | "BIGINT" | "YEAR" => "i64",
        "FLOAT" | "DOUBLE" | "REAL" => "f64",
        "BLOB" | "TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" | "BINARY" | "VARBINARY" | "BYTEA"
        | "BIT" => "Vec<u8>",
        _ => "String",
    }
}

fn default_item(value: String) -> String {
    format!("default = {value}")
}

/// Returns a default as a model writes it; `None` for NULL, which is the default of a column without one.
fn value(default: &DefaultValue) -> Option<String> {
    let expression = |sql: &str| format!("expr({})", literal(sql));
    Some(match default {
        DefaultValue::Null => return None,
        DefaultValue::Boolean(value) => value.to_string(),
        DefaultValue::Integer(number) => number.to_string(),
        DefaultValue::Real(number) if number.is_finite() => format!("{number:?}"),
        DefaultValue::Real(number) if *number < 0.0 => expression("-9e999"),
        DefaultValue::Real(_) => expression("9e999"),
        DefaultValue::Text(text) => literal(text),
        DefaultValue::Expression(sql) => expression(sql),
    })
}

/// Returns the kind of a literal default.
fn shape_of(default: &DefaultValue) -> Option<Shape> {
    match default {
        DefaultValue::Boolean(_) => Some(Shape::Boolean),
        DefaultValue::Integer(_) => Some(Shape::Integer),
        DefaultValue::Real(number) if number.is_finite() => Some(Shape::Real),
        DefaultValue::Text(_) => Some(Shape::Text),
        _ => None,
    }
}
