//! Converts a schema into the form that an inspection returns after it is created.

use migrate_schema::ddl;
use migrate_schema::schema::{
    DefaultValue, Generated, IndexKey, IndexPart, Schema, Table, Trigger, Type, Unique,
};

use super::expression::normalize;
use super::inspect::{
    KEY_LABEL, action, default_value, in_memory, made_for_key, number, plain_columns, usual_method,
};
use super::sql::{Token, significant, text_at};
use super::{MysqlDialect, identifier, types};

/// The greatest length of a name, in characters.
pub(super) const LONGEST: usize = 64;

/// Returns the schema as [`inspect`](super::inspect) returns it after it is created.
pub(super) fn schema(schema: Schema) -> Schema {
    let mut schema = schema;
    let indexes = std::mem::take(&mut schema.indexes);
    for mut index in indexes {
        index.parts.iter_mut().for_each(part);
        let table = schema
            .tables
            .iter_mut()
            .find(|table| table.name == index.table);
        let usual = usual_method(table.as_deref().is_some_and(in_memory));
        index.method = index
            .method
            .map(|method| method.to_ascii_lowercase())
            .filter(|method| method != usual);
        match (table, plain_columns(&index.parts)) {
            // A unique index is a unique constraint.
            (Some(table), Some(columns)) if index.unique => {
                table.uniques.push(Unique::new(columns).named(index.name));
            }
            _ => schema.indexes.push(index),
        }
    }
    for table in &mut schema.tables {
        *table = named(std::mem::replace(table, Table::new("")));
        finish(table);
    }
    // The column itself contains an enum type.
    schema.enums.clear();
    for trigger in &mut schema.triggers {
        trigger.definition = trigger_as_told(trigger);
    }
    schema.views.sort_by(|a, b| a.name.cmp(&b.name));
    schema.triggers.sort_by(|a, b| a.name.cmp(&b.name));
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    let tables = &schema.tables;
    schema.indexes.retain(|index| {
        let table = tables.iter().find(|table| table.name == index.table);
        let columns = plain_columns(&index.parts).unwrap_or_default();
        !table.is_some_and(|table| made_for_key(table, &index.name, &columns))
    });
    schema
        .indexes
        .sort_by(|a, b| (&a.name, &a.table).cmp(&(&b.name, &b.table)));
    schema
}

fn part(part: &mut IndexPart) {
    if let IndexKey::Expression(sql) = &mut part.key {
        *sql = normalize(sql);
    }
}

/// Moves the constraints of columns to the table, and gives each constraint its name.
///
/// The CREATE TABLE statement contains the names, because each server would choose different ones.
pub(super) fn named(table: Table) -> Table {
    let mut table = table;
    table.hoist_column_constraints();
    number(&mut table);
    if let Some(key) = &mut table.primary_key {
        key.name = Some("PRIMARY".to_owned());
    }
    let mut used_names: Vec<String> = table
        .uniques
        .iter()
        .filter_map(|unique| unique.name.clone())
        .collect();
    for unique in &mut table.uniques {
        let first = unique.columns.first().cloned().unwrap_or_default();
        let candidates = (1..).map(|number| match number {
            1 => first.clone(),
            _ => cut(&first, &format!("_{number}")),
        });
        fill(&mut unique.name, candidates, &mut used_names);
    }
    let name = table.name.clone();
    let numbered = |label: &'static str| {
        let name = name.clone();
        (1..).map(move |number: u32| cut(&name, &format!("{label}{number}")))
    };
    let mut used_names = table
        .foreign_keys
        .iter()
        .filter_map(|key| key.name.clone())
        .collect();
    for key in &mut table.foreign_keys {
        fill(&mut key.name, numbered(KEY_LABEL), &mut used_names);
    }
    let mut used_names = table
        .checks
        .iter()
        .filter_map(|check| check.name.clone())
        .collect();
    for check in &mut table.checks {
        fill(&mut check.name, numbered("_chk_"), &mut used_names);
    }
    table
}

/// Returns a trigger's statement as an inspection returns it: the server stores the body as it was written, and the
/// other parts separately.
pub(super) fn trigger_as_told(trigger: &Trigger) -> String {
    let text = &trigger.definition;
    let tokens = significant(text);
    let word = |at: usize| match tokens.get(at) {
        Some((_, _, Token::Word)) => text_at(text, &tokens, at).to_ascii_uppercase(),
        _ => String::new(),
    };
    let row = (0..tokens.len())
        .find(|at| word(*at) == "FOR" && word(at + 1) == "EACH" && word(at + 2) == "ROW");
    let timing = (0..tokens.len()).find(|at| ["BEFORE", "AFTER"].contains(&&*word(*at)));
    let (Some(row), Some(timing)) = (row, timing) else {
        return text.clone();
    };
    // The order among triggers is not part of the definition.
    let ordered = ["FOLLOWS", "PRECEDES"].contains(&&*word(row + 3));
    let last = if ordered { row + 4 } else { row + 2 };
    let body = tokens.get(last).map_or("", |(_, end, _)| &text[*end..]);
    format!(
        "CREATE TRIGGER {} {} {} ON {} FOR EACH ROW {}",
        identifier(&trigger.name),
        word(timing),
        word(timing + 1),
        identifier(&trigger.table),
        body.trim().trim_end_matches(';').trim_end()
    )
}

fn fill(
    name: &mut Option<String>,
    mut candidates: impl Iterator<Item = String>,
    used_names: &mut Vec<String>,
) {
    if name.is_none() {
        *name = candidates.find(|candidate| {
            !used_names
                .iter()
                .any(|used| used.eq_ignore_ascii_case(candidate))
        });
        used_names.extend(name.clone());
    }
}

/// Returns `name` followed by `end`, with the name truncated so that both fit.
fn cut(name: &str, end: &str) -> String {
    let length = LONGEST - end.chars().count();
    let start: String = name.chars().take(length).collect();
    format!("{start}{end}")
}

/// Converts types, defaults and conditions to the form for comparison.
fn finish(table: &mut Table) {
    for column in &mut table.columns {
        column.data_type = types::canonical(&column.data_type);
        let key = table.primary_key.as_ref();
        column.not_null |= column.autoincrement
            || column.identity.is_some()
            || key.is_some_and(|key| key.columns.contains(&column.name));
        let kind = column.data_type.clone();
        column.default = column
            .default
            .take()
            .filter(|value| *value != DefaultValue::Null)
            .and_then(|value| default_value(&kind, &ddl::default_value(&MysqlDialect, &value)));
        column.generated = column.generated.take().map(|generated| match generated {
            Generated::Virtual(sql) => Generated::Virtual(normalize(&sql)),
            Generated::Stored(sql) => Generated::Stored(normalize(&sql)),
        });
        if kind == Type::Json {
            column.collation = None;
        }
    }
    for check in &mut table.checks {
        check.condition = normalize(&check.condition);
    }
    for key in &mut table.foreign_keys {
        let normalized = |found: Option<migrate_schema::schema::ReferentialAction>| {
            found.and_then(|found| action(found.sql()))
        };
        (key.on_delete, key.on_update) = (normalized(key.on_delete), normalized(key.on_update));
    }
    table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
    table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_without_a_name_gets_one_that_fits_and_is_free() {
        let mut table = Table::new("t".repeat(64));
        table.column(
            migrate_schema::schema::Column::new("a", Type::Integer)
                .unique()
                .check("a > 0"),
        );
        table.unique(["a", "b"]);
        table.unique(Unique::new("b").named("a_2"));
        let table = named(table);
        let names: Vec<&str> = table
            .uniques
            .iter()
            .filter_map(|unique| unique.name.as_deref())
            .collect();
        assert_eq!(names, ["a", "a_2", "a_3"]);
        let check = table.checks[0].name.clone().unwrap_or_default();
        assert!(
            check.chars().count() == 64 && check.ends_with("_chk_1"),
            "{check}"
        );
    }
}
