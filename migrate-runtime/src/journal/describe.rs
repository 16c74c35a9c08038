//! What a step touches, as lines that can be stored and compared: what it is, its name, its definition.

use crate::hash::fnv;
use crate::schema::{Schema, Table};

/// Returns a line for each thing that belongs to these tables, or has one of these names itself. `invalid` are indexes of
/// no use.
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

/// Returns a short line for each table, with all that belongs to it, each view and each type.
pub(super) fn everything(schema: &Schema, invalid: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for table in &schema.tables {
        let names = std::slice::from_ref(&table.name);
        let own = named(schema, names, invalid);
        lines.push(line("table", &table.name, &format!("{:x}", fnv(own))));
    }
    for view in &schema.views {
        let hash = fnv([format!("{view:?}")]);
        lines.push(line("view", &view.name, &format!("{hash:x}")));
    }
    for kind in &schema.enums {
        let hash = fnv([format!("{kind:?}")]);
        lines.push(line("type", &kind.name, &format!("{hash:x}")));
    }
    lines
}

/// Stands before the definition of an index that is of no use.
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

/// Returns what a thing's line begins with.
pub(super) fn key(kind: &str, name: &str) -> String {
    format!("{kind} `{name}`")
}

/// Returns what a line begins with: what the thing is, and its name.
pub(super) fn key_of(line: &str) -> &str {
    line.find("`: ").map_or(line, |at| &line[..=at])
}

/// Returns whether a line is that of an index of no use.
pub(super) fn is_invalid(line: &str) -> bool {
    line[key_of(line).len()..].starts_with(&format!(": {INVALID}"))
}
