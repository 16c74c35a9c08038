//! The reasons why a table can't be described by a model.

use std::collections::BTreeSet;

use migrate_schema::schema::{
    Column, DefaultValue, EnumType, ForeignKey, Generated, Index, IndexKey, ReferentialAction,
    Schema, Table, Type, Validity,
};

use super::names::is_identifier;
use super::plan::references;

/// Returns the reason why no model can describe a table. `before` already have models.
pub(super) fn unsupported_reason(
    table: &Table,
    schema: &Schema,
    before: &[&Table],
) -> Option<String> {
    let other = |other: &&&Table| other.name.eq_ignore_ascii_case(&table.name);
    if !is_identifier(&table.name) {
        return Some("its name can't be used in a model".to_owned());
    }
    if let Some(other) = before.iter().find(other) {
        return Some(format!(
            "its name differs from `{}` only in case",
            other.name
        ));
    }
    if table.columns.is_empty() {
        return Some("it has no columns".to_owned());
    }
    let columns: BTreeSet<String> = table
        .columns
        .iter()
        .map(|column| column.name.to_lowercase())
        .collect();
    if columns.len() < table.columns.len() {
        return Some("two of its column names differ only in case".to_owned());
    }
    if is_blank(table.comment.as_deref()) || is_blank(table.options.as_deref()) {
        return Some("a model can't have an empty comment or empty options".to_owned());
    }
    if !table.excludes.is_empty() {
        return Some("a model can't have an exclusion constraint".to_owned());
    }
    let not_valid = table
        .checks
        .iter()
        .any(|check| check.validity == Validity::NotValid)
        || table
            .foreign_keys
            .iter()
            .any(|key| key.validity == Validity::NotValid);
    if not_valid {
        return Some("a model can't have a constraint that is not validated".to_owned());
    }
    let key = table
        .primary_key
        .as_ref()
        .map_or(&[][..], |key| &key.columns);
    let takes_null = |column: &&Column| !column.not_null && key.contains(&column.name);
    if let Some(column) = table.columns.iter().find(takes_null) {
        return Some(format!(
            "column `{}` of its primary key allows NULL, and the primary key of a model never does; make the column NOT NULL first",
            column.name
        ));
    }
    if let Some(reason) = counting(table) {
        return Some(reason.to_owned());
    }
    let indexes = schema
        .indexes
        .iter()
        .filter(|index| index.table == table.name);
    if let Some(index) = indexes
        .into_iter()
        .find(|index| !index.name.is_empty() && !is_identifier(&index.name))
    {
        return Some(format!(
            "the name of its index `{}` can't be used in a model",
            index.name
        ));
    }
    table
        .columns
        .iter()
        .find_map(|column| unsupported_column(column, &schema.enums))
}

/// Returns the reason why a model can't describe the auto-increment column of a table.
fn counting(table: &Table) -> Option<&'static str> {
    let numbered: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| column.autoincrement || column.identity.is_some())
        .collect();
    let key = table.primary_key.as_ref().map(|key| key.columns.as_slice());
    match numbered[..] {
        [] => None,
        [column] if !column.autoincrement => None,
        [column] if key == Some(std::slice::from_ref(&column.name)) => None,
        [_] => Some("its auto-increment column is not its whole primary key"),
        _ => Some("it has more than one auto-increment column"),
    }
}

fn unsupported_column(column: &Column, enums: &[EnumType]) -> Option<String> {
    let name = &column.name;
    let is_counted = column.identity.is_some() || column.autoincrement;
    let says_twice = is_counted && (column.default.is_some() || column.generated.is_some());
    let generated = column.generated.as_ref().map(|generated| match generated {
        Generated::Virtual(sql) | Generated::Stored(sql) => sql.as_str(),
    });
    let default = match &column.default {
        Some(DefaultValue::Expression(sql)) => Some(sql.as_str()),
        _ => None,
    };
    let texts = [
        column.comment.as_deref(),
        column.collation.as_deref(),
        generated,
        default,
    ];
    match &column.data_type {
        _ if !is_identifier(name) => Some(format!(
            "the name of column `{name}` can't be used in a model"
        )),
        Type::Custom(spelling) if spelling.trim().is_empty() => {
            Some(format!("column `{name}` has no type"))
        }
        kind if enum_support(kind, enums) == EnumSupport::Unsupported => Some(format!(
            "the enum values of column `{name}` can't be used in a model"
        )),
        _ if says_twice => Some(format!(
            "column `{name}` auto-increments and also has a default or is generated"
        )),
        _ if texts.into_iter().any(is_blank) => Some(format!(
            "column `{name}` has an empty comment, collation or expression"
        )),
        _ => None,
    }
}

/// Whether a type is an enum, and whether a Rust enum can describe it.
#[derive(PartialEq, Eq)]
enum EnumSupport {
    None,
    Supported,
    Unsupported,
}

fn enum_support(data_type: &Type, enums: &[EnumType]) -> EnumSupport {
    let spelling = data_type.to_string();
    let is_list = spelling.ends_with("[]");
    let found = enums
        .iter()
        .find(|other| other.name == spelling.trim_end_matches("[]"));
    match (data_type, found) {
        (Type::Enum(_), Some(found)) => {
            let is_sayable = is_identifier(&found.name) && !found.values.is_empty();
            match is_sayable && found.values.iter().all(|word| is_identifier(word)) {
                true => EnumSupport::Supported,
                false => EnumSupport::Unsupported,
            }
        }
        (Type::Enum(_), None) => EnumSupport::Unsupported,
        (_, Some(_)) if is_list => EnumSupport::Unsupported,
        _ => EnumSupport::None,
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.trim().is_empty())
}

/// Returns the reason why a model can't describe a foreign key of a table.
pub(super) fn unsupported_foreign_key(
    table: &Table,
    told: &[&Table],
    schema: &Schema,
) -> Option<String> {
    table.foreign_keys.iter().find_map(|key| {
        let target = told.iter().find(|other| key.leads_to(&other.name));
        let from = format!("its foreign key to `{}`", key.target());
        let references = references(key, schema);
        match target {
            _ if sets_null(key, table) => Some(match sets_some(key, table, schema) {
                true => format!(
                    "{from} sets only some of its columns to NULL, which a model can't describe"
                ),
                false => format!("{from} sets columns to NULL that do not allow NULL"),
            }),
            None if references.is_empty() => Some(format!("{from} references no existing columns")),
            None if !is_identifier(&key.table)
                || !key.schema.iter().all(|schema| is_identifier(schema)) =>
            {
                Some(format!(
                    "{from} references a name that can't be used in a model"
                ))
            }
            Some(target) if !is_unique_key(target, &references, schema) => {
                Some(format!("{from} references columns that are not unique"))
            }
            _ => None,
        }
    })
}

/// Returns whether a foreign key names the columns that it sets, `ON DELETE SET NULL (author)`, which is a property.
fn sets_some(key: &ForeignKey, table: &Table, schema: &Schema) -> bool {
    schema.properties.iter().any(|property| {
        property.object.kind == "constraint"
            && property.object.table.as_ref() == Some(&table.name)
            && Some(&property.object.name) == key.name.as_ref()
            && property.value.contains("SET NULL (")
    })
}

fn sets_null(key: &ForeignKey, table: &Table) -> bool {
    let asks = [key.on_delete, key.on_update].contains(&Some(ReferentialAction::SetNull));
    let in_key = |name: &String| {
        table
            .primary_key
            .as_ref()
            .is_some_and(|key| key.columns.contains(name))
    };
    let refuses = |name: &String| {
        in_key(name) || table.find_column(name).is_none_or(|column| column.not_null)
    };
    asks && key.columns.iter().any(refuses)
}

fn is_unique_key(target: &Table, columns: &[String], schema: &Schema) -> bool {
    let same = |other: &[String]| {
        let all = columns.iter().all(|column| other.contains(column));
        all && other.len() == columns.len()
    };
    let in_index = |index: &Index| {
        let parts: Option<Vec<String>> = index
            .parts
            .iter()
            .map(|part| match &part.key {
                IndexKey::Column(name) => Some(name.clone()),
                IndexKey::Expression(_) => None,
            })
            .collect();
        index.unique && index.predicate.is_none() && parts.is_some_and(|parts| same(&parts))
    };
    target
        .primary_key
        .as_ref()
        .is_some_and(|key| same(&key.columns))
        || target.uniques.iter().any(|unique| same(&unique.columns))
        || schema
            .indexes
            .iter()
            .any(|index| index.table == target.name && in_index(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_schema::schema::{Object, PrimaryKey, Property};

    #[test]
    fn a_key_that_sets_only_some_of_its_columns_to_null_has_the_right_reason() {
        let mut people = Table::new("people");
        people.column(Column::new("tenant", Type::Integer).not_null());
        people.column(Column::new("id", Type::Integer).not_null());
        people.primary_key = Some(PrimaryKey::new(["tenant", "id"]));
        let mut tasks = Table::new("tasks");
        tasks.column(Column::new("tenant", Type::Integer).not_null());
        tasks.column(Column::new("doer", Type::Integer));
        let mut key =
            ForeignKey::to("people", ["tenant", "id"]).on_delete(ReferentialAction::SetNull);
        key.columns = vec!["tenant".to_owned(), "doer".to_owned()];
        tasks.foreign_keys.push(key.named("fk"));
        let mut schema = Schema {
            tables: vec![people.clone(), tasks.clone()],
            ..Schema::default()
        };
        let reason =
            |schema: &Schema| unsupported_foreign_key(&tasks, &[&people, &tasks], schema).unwrap();
        assert_eq!(
            reason(&schema),
            "its foreign key to `people` sets columns to NULL that do not allow NULL"
        );
        let object = Object::of_table("constraint", "tasks", "fk");
        let definition =
            "FOREIGN KEY (tenant, doer) REFERENCES people(tenant, id) ON DELETE SET NULL (doer)";
        schema
            .properties
            .push(Property::new(object, "definition", definition));
        assert_eq!(
            reason(&schema),
            "its foreign key to `people` sets only some of its columns to NULL, which a model can't describe"
        );
    }
}
