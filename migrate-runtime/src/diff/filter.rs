//! A schema without the tables that are somebody else's, and in the form that is compared.

use crate::schema::{ForeignKey, PrimaryKey, Schema, Table};

use super::Options;

/// Returns the schema without ignored tables and what hangs on them; what stands beside a column goes beside the table.
pub(super) fn schema(schema: &Schema, options: &Options) -> Schema {
    let ours = |table: &str| !options.ignore.iter().any(|pattern| matches(pattern, table));
    let mut schema = schema.clone();
    schema.tables.retain(|table| ours(&table.name));
    schema.indexes.retain(|index| ours(&index.table));
    schema.views.retain(|view| ours(&view.name));
    schema.triggers.retain(|trigger| ours(&trigger.table));
    schema.tables.iter_mut().for_each(Table::gather);
    let keys: Vec<(String, Option<PrimaryKey>)> = schema
        .tables
        .iter()
        .map(|table| (table.name.clone(), table.primary_key.clone()))
        .collect();
    for table in &mut schema.tables {
        for key in &mut table.foreign_keys {
            lead_somewhere(key, &keys);
        }
    }
    schema
}

/// Names the columns of a key that only names a table: those of the table's own key.
fn lead_somewhere(key: &mut ForeignKey, keys: &[(String, Option<PrimaryKey>)]) {
    if !key.references.is_empty() {
        return;
    }
    let found = keys.iter().find(|(table, _)| *table == key.table);
    if let Some((_, Some(primary))) = found {
        key.references.clone_from(&primary.columns);
    }
}

/// Returns whether `name` is one of those that `pattern` means: `*` stands for any letters, `?` for one.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => name.is_empty(),
        Some('*') => name
            .char_indices()
            .map(|(at, _)| at)
            .chain([name.len()])
            .any(|at| matches(chars.as_str(), &name[at..])),
        Some(one) => name
            .chars()
            .next()
            .filter(|first| one == '?' || one == *first)
            .is_some_and(|first| matches(chars.as_str(), &name[first.len_utf8()..])),
    }
}
