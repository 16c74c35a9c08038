//! A schema without ignored tables, in the form that is compared.

use crate::schema::{ForeignKey, Object, PrimaryKey, Schema, Table};

use super::{Options, hints};

/// Returns the schema without ignored tables, the objects that belong to them, and further schemas. Constraints that
/// are defined on a column are moved to the table.
pub(super) fn schema(schema: &Schema, options: &Options) -> Schema {
    let mut schema = schema.clone();
    schema.others.clear();
    leave_out(&mut schema, &options.ignore);
    schema
        .tables
        .iter_mut()
        .for_each(Table::hoist_column_constraints);
    let keys: Vec<(String, Option<PrimaryKey>)> = schema
        .tables
        .iter()
        .map(|table| (table.name.clone(), table.primary_key.clone()))
        .collect();
    for table in &mut schema.tables {
        for key in &mut table.foreign_keys {
            resolve_reference(key, &keys);
        }
    }
    schema
}

/// Removes objects with one of these names, and the objects that belong to them. In further schemas, a name may be
/// prefixed with the schema's.
pub fn leave_out(schema: &mut Schema, patterns: &[impl AsRef<str>]) {
    if patterns.is_empty() {
        return;
    }
    for (name, other) in &mut schema.others {
        leave_out(other, &hints::inside(patterns, name));
    }
    let patterns = patterns.iter().map(AsRef::as_ref);
    let is_included = |name: &str| !patterns.clone().any(|pattern| matches(pattern, name));
    retain(schema, &is_included);
}

/// Removes the objects with exactly these names, and the objects that belong to them. In further schemas, only names
/// with the prefix of the schema count.
pub fn leave_out_names(schema: &mut Schema, names: &[String]) {
    if names.is_empty() {
        return;
    }
    for (place, other) in &mut schema.others {
        let own = names.iter().filter_map(|name| hints::own(name, place));
        let own: Vec<String> = own.map(str::to_owned).collect();
        leave_out_names(other, &own);
    }
    retain(schema, &|name: &str| {
        !names.iter().any(|other| other == name)
    });
}

/// Keeps the objects with the included names, and the objects that belong to them.
fn retain(schema: &mut Schema, is_included: &dyn Fn(&str) -> bool) {
    schema.tables.retain(|table| is_included(&table.name));
    schema.indexes.retain(|index| is_included(&index.table));
    schema.views.retain(|view| is_included(&view.name));
    schema
        .triggers
        .retain(|trigger| is_included(&trigger.table));
    schema
        .enums
        .retain(|enum_type| is_included(&enum_type.name));
    schema.definitions.retain(|one| is_included(&one.table));
    // The name of a function includes its argument types.
    let base_name_is_included = |name: &str| is_included(name.split('(').next().unwrap_or(name));
    let object_is_included = |object: &Object| match object.relation() {
        Some(table) => {
            is_included(table) && (object.kind == "column" || base_name_is_included(&object.name))
        }
        None => base_name_is_included(&object.name),
    };
    schema
        .natives
        .retain(|native| object_is_included(&native.object));
    schema
        .properties
        .retain(|property| object_is_included(&property.object));
}

/// Fills in the columns of a foreign key that names only a table: the columns of that table's primary key.
fn resolve_reference(key: &mut ForeignKey, keys: &[(String, Option<PrimaryKey>)]) {
    if !key.references.is_empty() || key.schema.is_some() {
        return;
    }
    let found = keys.iter().find(|(table, _)| *table == key.table);
    if let Some((_, Some(primary))) = found {
        key.references.clone_from(&primary.columns);
    }
}

/// Returns whether `name` matches `pattern`: `*` matches any characters, and `?` matches one.
pub fn matches(pattern: &str, name: &str) -> bool {
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
