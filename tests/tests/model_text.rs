//! Models written from a schema whose names are anything: a file of structs and enums, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_schema::schema::{Column, EnumType, Schema, Table, Type};
use migrate_tools::model_source::models;
use proptest::prelude::*;
use syn::{Expr, Item, ItemStruct, Lit, Meta};

/// Names that would be code, comments or keywords where they are not kept apart.
const ODD: [&str; 12] = [
    "a\"); panic!(); //",
    "r#\"",
    "*/ fn main() {}",
    "line\nbreak",
    "{}",
    "back\\slash",
    "type",
    "Self",
    "1st",
    "größe",
    "\u{202e}",
    "' or ''='",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&ODD[..]).prop_map(str::to_owned),
        "[a-zA-Z_][a-zA-Z0-9_ ]{0,12}",
        "\\PC{1,20}",
    ]
}

fn schema() -> impl Strategy<Value = Schema> {
    let table = (name(), prop::collection::btree_set(name(), 1..5), name());
    let tables = prop::collection::btree_map(name(), table, 1..4);
    (tables, prop::collection::btree_set(name(), 1..4)).prop_map(|(tables, words)| {
        let mut schema = Schema::default();
        for (table, (text, columns, comment)) in tables {
            let mut table = Table::new(table);
            table.column(Column::new("id", Type::BigInt).not_null());
            table.primary_key("id");
            for column in columns.into_iter().filter(|name| name != "id") {
                let kind = Type::custom(text.clone());
                table.column(Column::new(&column, Type::Text).default(text.as_str()));
                table.column(Column::new(format!("{column} of it"), kind));
            }
            table.comment = Some(comment.clone());
            table.check(format!("id <> '{}'", comment.replace('\'', "''")));
            schema.tables.push(table);
        }
        schema.enums.push(EnumType::new("mood", words));
        schema
    })
}

/// Returns the table of a struct.
fn table_of(item: &ItemStruct) -> Option<String> {
    item.attrs.iter().find_map(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return None;
        };
        let pair: syn::MetaNameValue = syn::parse2(list.tokens.clone()).ok()?;
        match pair.value {
            Expr::Lit(found) if pair.path.is_ident("table") => match found.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

/// Looks whether a file holds structs and enums alone, and returns how many structs.
fn looks_right(text: &str, left_out: usize, schema: &Schema) -> Result<usize, TestCaseError> {
    let file =
        syn::parse_file(text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
    let mut tables = Vec::new();
    for item in &file.items {
        match item {
            Item::Use(_) | Item::Enum(_) => {}
            Item::Struct(item) => tables.push(table_of(item)),
            _ => prop_assert!(false, "something else in {text}"),
        }
    }
    let count = tables.len();
    prop_assert!(tables.len() + left_out >= schema.tables.len(), "{text}");
    for table in tables {
        let table =
            table.ok_or_else(|| TestCaseError::fail(format!("a struct of no table: {text}")))?;
        prop_assert!(schema.table(&table).is_some(), "`{table}`: {text}");
    }
    Ok(count)
}

#[test]
fn a_table_has_a_struct_whatever_its_name_is() {
    let mut schema = Schema::default();
    for name in ODD {
        let mut table = Table::new(name);
        table.column(Column::new("id", Type::BigInt).not_null());
        table.column(Column::new(name, Type::Text));
        table.primary_key("id");
        schema.tables.push(table);
    }
    let written = models::<Postgres>(&schema);
    let structs = looks_right(&written.text, written.left_out.len(), &schema).unwrap();
    assert_eq!(structs, ODD.len() - 1);
    assert_eq!(
        written.left_out,
        ["table `line\nbreak` has no model: its name can't be used in a model"]
    );
}

proptest! {
    #[test]
    fn whatever_the_names_are_the_file_holds_structs_and_enums_of_those_tables(schema in schema()) {
        let sqlite = models::<Sqlite>(&schema);
        looks_right(&sqlite.text, sqlite.left_out.len(), &schema)?;
        let postgres = models::<Postgres>(&schema);
        looks_right(&postgres.text, postgres.left_out.len(), &schema)?;
        let mysql = models::<Mysql>(&schema);
        looks_right(&mysql.text, mysql.left_out.len(), &schema)?;
    }
}

#[test]
fn a_string_without_any_letters_prints_its_type() {
    let mut table = Table::new("t");
    table.column(Column::new("id", Type::Integer).not_null());
    table.column(Column::new("none", Type::Varchar(0)));
    table.primary_key("id");
    let mut schema = Schema::default();
    schema.tables.push(table);
    let written = models::<Mysql>(&schema);
    assert!(written.text.contains("type = \"VARCHAR(0)\""));
}
