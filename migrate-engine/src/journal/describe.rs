//! Describes what a step touches, as lines that can be stored and compared: the kind, the name, the definition.

use crate::backend::Shown;
use crate::hash::fnv;
use migrate_schema::schema::{Index, Schema, Table};

/// Returns a line for each object that belongs to these tables, or has one of these names. `invalid` are unusable
/// indexes.
pub(super) fn named(schema: &Schema, names: &[String], invalid: &[String]) -> Vec<String> {
    let named = |name: &String| names.contains(name);
    let mut lines = Vec::new();
    for table in schema.tables.iter().filter(|table| named(&table.name)) {
        lines.extend(of_table(table));
    }
    for index in &schema.indexes {
        if named(&index.table) || named(&index.name) {
            let mark = if invalid.contains(&index.name) {
                INVALID
            } else {
                ""
            };
            lines.push(line("index", &index.name, &format!("{mark}{index:?}")));
        }
    }
    for view in schema.views.iter().filter(|view| named(&view.name)) {
        lines.push(line("view", &view.name, &format!("{view:?}")));
    }
    for trigger in &schema.triggers {
        if named(&trigger.table) || named(&trigger.name) {
            lines.push(line("trigger", &trigger.name, &format!("{trigger:?}")));
        }
    }
    lines
}

/// Returns a short line for each table (with all that belongs to it, and the tables that its keys reference), each
/// view, each type, each index without a listed table, and each object that the database describes itself.
pub(super) fn everything(schema: &Schema, invalid: &[String], shown: &[Shown]) -> Vec<String> {
    let mut lines = Vec::new();
    let hashed = |text: &dyn std::fmt::Debug| format!("{:x}", fnv([format!("{text:?}")]));
    for table in &schema.tables {
        let names = std::slice::from_ref(&table.name);
        let own = named(schema, names, invalid);
        let mut definition = format!("{:x}", fnv(own));
        for key in &table.foreign_keys {
            definition.push_str(&format!("{LEADS}{}", key.table));
        }
        lines.push(line("table", &table.name, &definition));
    }
    let of_a_table = |index: &Index| schema.tables.iter().any(|table| table.name == index.table);
    for index in schema.indexes.iter().filter(|index| !of_a_table(index)) {
        let definition = format!("{}{LEADS}{}", hashed(index), index.table);
        lines.push(line("index", &index.name, &definition));
    }
    for view in &schema.views {
        lines.push(line("view", &view.name, &hashed(view)));
    }
    for kind in &schema.enums {
        lines.push(line("type", &kind.name, &hashed(kind)));
    }
    lines.extend(shown.iter().map(of_shown));
    lines
}

/// The beginning of a line for an object that the database describes itself.
const SHOWN: &str = "definition of";

/// Precedes each table that the line of another object references.
const LEADS: &str = " \u{2192} ";

fn of_shown(shown: &Shown) -> String {
    let mark = if shown.undo.is_some() { INVALID } else { "" };
    let hash = fnv([&shown.definition]);
    line(SHOWN, &shown.name, &format!("{mark}{hash:x}"))
}

/// Returns the statements that drop the unusable remains of an interrupted statement.
pub(super) fn left_over<'s>(before: &[String], shown: &'s [Shown]) -> Vec<&'s str> {
    let new = shown.iter().filter(|it| !before.contains(&of_shown(it)));
    new.filter_map(|it| it.undo.as_deref()).collect()
}

/// Returns whether a line describes an object that a statement names.
pub(super) fn is_shown(line: &str) -> bool {
    line.starts_with(SHOWN)
}

/// Returns the tables that a line references.
pub(super) fn referenced_tables(line: &str) -> impl Iterator<Item = &str> {
    line.split(LEADS).skip(1)
}

/// Returns the name of the object of a line.
pub(super) fn name_of(line: &str) -> &str {
    let key = key_of(line);
    key.split_once('`')
        .map_or(key, |(_, name)| name.trim_end_matches('`'))
}

/// Precedes the definition of an unusable index.
const INVALID: &str = "INVALID ";

fn of_table(table: &Table) -> Vec<String> {
    let name = &table.name;
    let own = format!("{:?} {:?}", table.options, table.comment);
    let mut lines = vec![line("table", name, &own)];
    for column in &table.columns {
        let key = format!("{name}.{}", column.name);
        lines.push(line("column", &key, &format!("{column:?}")));
    }
    let mut constraints: Vec<(&Option<String>, String)> = Vec::new();
    constraints.extend(
        table
            .primary_key
            .iter()
            .map(|it| (&it.name, format!("{it:?}"))),
    );
    constraints.extend(table.uniques.iter().map(|it| (&it.name, format!("{it:?}"))));
    constraints.extend(
        table
            .foreign_keys
            .iter()
            .map(|it| (&it.name, format!("{it:?}"))),
    );
    constraints.extend(table.checks.iter().map(|it| (&it.name, format!("{it:?}"))));
    constraints.extend(
        table
            .excludes
            .iter()
            .map(|it| (&it.name, format!("{it:?}"))),
    );
    for (own, definition) in constraints {
        let own = own.as_deref().unwrap_or("without a name");
        lines.push(line("constraint", &format!("{name}.{own}"), &definition));
    }
    lines
}

fn line(kind: &str, name: &str, definition: &str) -> String {
    format!("{}: {definition}", key(kind, name))
}

/// Returns the beginning of an object's line.
pub(super) fn key(kind: &str, name: &str) -> String {
    format!("{kind} `{name}`")
}

/// Returns the beginning of a line: the kind of the object, and its name.
pub(super) fn key_of(line: &str) -> &str {
    line.find("`: ").map_or(line, |at| &line[..=at])
}

/// Returns whether a line describes an unusable index.
pub(super) fn is_invalid(line: &str) -> bool {
    line[key_of(line).len()..].starts_with(&format!(": {INVALID}"))
}
