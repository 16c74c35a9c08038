//! Newtypes and enums as the types of columns.

use crate::model::ColumnType;
use crate::model::Model;
use crate::rows::{ColumnValue, ValueRef};
use migrate_schema::schema::{DefaultValue, EnumType, Type};
use migrate_schema::value::Value;

#[derive(ColumnType, Debug, PartialEq)]
#[column_type(length = 120)]
struct Email(String);

#[derive(ColumnType, Debug, PartialEq)]
struct Cents {
    amount: i64,
}

#[derive(ColumnType, Debug, PartialEq, Clone, Copy)]
enum Kind {
    Expense,
    CarryOver,
    #[column_type(rename = "x")]
    Other,
}

#[derive(ColumnType, Debug, PartialEq, Clone, Copy)]
#[column_type(integer)]
#[repr(u8)]
enum Level {
    Low = 1,
    High = 200,
}

#[derive(ColumnType, Debug, PartialEq, Clone, Copy)]
#[column_type(enum = "mood", rename_all = "UPPERCASE")]
enum Mood {
    Sad,
    Happy,
}

#[derive(Model)]
#[model(no_primary_key, managed = false)]
struct Typed {
    email: Email,
    cents: Option<Cents>,
    #[model(default = Kind::CarryOver)]
    kind: Kind,
    #[model(default = Level::High)]
    level: Level,
    #[model(default = Mood::Sad)]
    mood: Option<Mood>,
    #[model(length = 9)]
    short: Mood,
}

#[test]
fn newtypes_and_enums_are_the_types_of_columns() {
    let described = Typed::describe();
    let mood = EnumType::new("mood", ["SAD", "HAPPY"]);
    let columns = &described.table.columns;
    let kinds: Vec<Type> = columns
        .iter()
        .map(|column| column.data_type.clone())
        .collect();
    let expected = [
        Type::Varchar(120),
        Type::BigInt,
        Type::Text,
        Type::SmallInt,
        Type::Enum(mood.clone()),
        Type::Varchar(9),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(described.enums, [mood]);
    let nulls: Vec<bool> = columns.iter().map(|column| !column.not_null).collect();
    assert_eq!(nulls, [false, true, false, false, true, false]);
    let defaults: Vec<_> = columns
        .iter()
        .filter_map(|column| column.default.clone())
        .collect();
    let text = |text: &str| DefaultValue::Text(text.to_owned());
    assert_eq!(
        defaults,
        [text("carry_over"), DefaultValue::Integer(200), text("SAD")]
    );
}

fn there_and_back<T: ColumnValue + PartialEq + std::fmt::Debug>(
    value: T,
    value_ref: &ValueRef<'_>,
) {
    assert_eq!(value.to_value_ref(), *value_ref);
    assert_eq!(T::from_value_ref(value_ref), Ok(value));
}

#[test]
fn their_values_are_read_as_they_are_written() {
    there_and_back(Email("a@b".to_owned()), &ValueRef::Text("a@b".into()));
    there_and_back(Cents { amount: 5 }, &ValueRef::Integer(5));
    there_and_back(Kind::CarryOver, &ValueRef::Text("carry_over".into()));
    there_and_back(Kind::Other, &ValueRef::Text("x".into()));
    there_and_back(Level::High, &ValueRef::Integer(200));
    there_and_back(Some(Mood::Happy), &ValueRef::Text("HAPPY".into()));
    assert_eq!(Value::from(Level::Low), Value::Integer(1));
}

#[test]
fn an_unknown_value_is_reported_with_the_allowed_ones() {
    let message = Kind::from_value_ref(&ValueRef::Text("fun".into()))
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "'fun' can't be converted to `Kind`: the values are `expense`, `carry_over` and `x`"
    );
    let message = Level::from_value_ref(&ValueRef::Integer(3))
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "3 can't be converted to `Level`: the valid numbers are those of `Low` and `High`"
    );
    assert!(Mood::from_value_ref(&ValueRef::Null).is_err());
    assert!(Level::from_value_ref(&ValueRef::Text("a".into())).is_err());
}
