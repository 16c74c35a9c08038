//! The desired schema as its database prints it: built on a scratch database, and inspected.
//!
//! It replaces the tables of the revisions there, so that other objects of the revisions still exist: functions, types
//! of extensions, sequences, and tables without a model that its foreign keys reference.

use std::collections::HashSet;
use std::ffi::OsStr;

use crate::scratch::ScratchDatabase;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::inspection_scope::InspectionScope;
use migrate_engine::migrations::Migrations;
use migrate_schema::diff::{Hints, Options, compute};
use migrate_schema::schema::{Need, Object, Schema, Table};

use super::whole;

/// Returns `desired` as the database prints it, built where the revisions have run.
pub(super) fn canonical_schema<B: Backend>(
    migrations: &Migrations<B>,
    mut replayed: ScratchDatabase<B>,
    desired: &Schema,
    scratch_server: Option<&OsStr>,
) -> Result<Schema, Error> {
    let extent = migrations.extent().whole();
    let mut built = match clear(&mut replayed, desired, extent) {
        Ok(()) => replayed,
        // An object that no operation creates needs one of the tables. Most schemas can be built without it.
        Err(_) => ScratchDatabase::new(migrations, scratch_server)?,
    };
    let existing = B::normalize(built.inspect(extent)?);
    let (hints, options) = (Hints::default(), Options::of(B::RULES).without_natives());
    built.apply(
        compute(
            &existing,
            &with_existing(desired, &existing),
            &hints,
            &options,
        )
        .operations,
    )?;
    Ok(only(desired, B::normalize(built.inspect(extent)?)))
}

/// Drops the tables of the revisions, except tables without a model that foreign keys of models reference.
fn clear<B: Backend>(
    replayed: &mut ScratchDatabase<B>,
    desired: &Schema,
    extent: InspectionScope,
) -> Result<(), Error> {
    let existing = B::normalize(replayed.inspect(extent)?);
    let mut left = filtered(&existing, |table| {
        is_referenced(None, table, desired, extent) && desired.table(table).is_none()
    });
    for (name, other) in &existing.others {
        let own = desired.others.get(name);
        let other = filtered(other, |table| {
            is_referenced(Some(name), table, desired, extent)
                && own.is_none_or(|own| own.table(table).is_none())
        });
        left.others.insert(name.clone(), other);
    }
    drop_what_needs_tables(&existing, &mut left);
    replayed.apply(whole::<B>(&existing, &left, &Hints::default()).operations)
}

/// Removes the objects that need a dropped table or view, such as a function that returns its rows.
fn drop_what_needs_tables(existing: &Schema, left: &mut Schema) {
    let mut dropped: HashSet<Object> = HashSet::new();
    for (schema, one) in existing.all() {
        let is_left = |table: &Table| match schema {
            None => left.table(&table.name).is_some(),
            Some(name) => left.others[name].table(&table.name).is_some(),
        };
        let tables = one.tables.iter().filter(|table| !is_left(table));
        dropped.extend(tables.map(|table| Object::new("table", &table.name).placed(schema)));
        let views = one.views.iter();
        dropped.extend(views.map(|view| Object::new("view", &view.name).placed(schema)));
    }
    let needs: Vec<&Need> = existing.all().flat_map(|(_, one)| &one.needs).collect();
    loop {
        let before = dropped.len();
        let dependents = needs.iter().filter(|need| dropped.contains(&need.needs));
        let dependents: Vec<Object> = dependents.map(|need| need.object.clone()).collect();
        dropped.extend(dependents);
        if dropped.len() == before {
            break;
        }
    }
    left.natives
        .retain(|native| !dropped.contains(&native.object));
    for (name, other) in &mut left.others {
        let is_dropped = |object: &Object| dropped.contains(&object.clone().in_schema(name));
        other.natives.retain(|native| !is_dropped(&native.object));
    }
}

/// Returns the part of a schema that is kept.
fn filtered(schema: &Schema, is_kept: impl Fn(&str) -> bool) -> Schema {
    let mut kept = Schema::default();
    let tables = schema.tables.iter();
    kept.tables = tables
        .filter(|table| is_kept(&table.name))
        .cloned()
        .collect();
    for table in &mut kept.tables {
        table.foreign_keys.clear();
    }
    let names: Vec<String> = kept.tables.iter().map(|table| table.name.clone()).collect();
    let has_table = |table: &str| names.iter().any(|name| name == table);
    let indexes = schema.indexes.iter();
    kept.indexes = indexes
        .filter(|index| has_table(&index.table))
        .cloned()
        .collect();
    // Objects that models can't describe are kept, unless they belong to a dropped table.
    let keeps_object = |object: &Object| object.relation().is_none_or(has_table);
    kept.natives.clone_from(&schema.natives);
    kept.natives.retain(|native| keeps_object(&native.object));
    kept.properties.clone_from(&schema.properties);
    kept.properties
        .retain(|property| keeps_object(&property.object));
    kept
}

/// Returns whether a key of a model references a table of this schema; `None` is the connection's own.
fn is_referenced(
    schema: Option<&str>,
    table: &str,
    desired: &Schema,
    extent: InspectionScope,
) -> bool {
    desired.all().any(|(from, one)| {
        let mut keys = one.tables.iter().flat_map(|table| &table.foreign_keys);
        keys.any(|key| {
            let referenced = key.schema.as_deref().or(from);
            key.table == table && referenced.or(extent.home()) == schema.or(extent.home())
        })
    })
}

/// Returns the desired schema together with the other existing objects.
fn with_existing(desired: &Schema, existing: &Schema) -> Schema {
    let mut both = desired.clone();
    let tables = existing.tables.iter();
    both.tables.extend(
        tables
            .filter(|table| desired.table(&table.name).is_none())
            .cloned(),
    );
    let indexes = existing.indexes.iter();
    both.indexes.extend(
        indexes
            .filter(|index| desired.table(&index.table).is_none())
            .cloned(),
    );
    let enums = existing.enums.iter();
    let is_new = |name: &str| !desired.enums.iter().any(|enum_type| enum_type.name == name);
    both.enums
        .extend(enums.filter(|enum_type| is_new(&enum_type.name)).cloned());
    for (name, existing) in &existing.others {
        let other = both.others.entry(name.clone()).or_default();
        *other = with_existing(other, existing);
    }
    both
}

/// Removes the objects that are not desired.
fn only(desired: &Schema, mut built: Schema) -> Schema {
    let names: Vec<String> = built
        .tables
        .iter()
        .map(|table| table.name.clone())
        .collect();
    // A server may store a name in lower case, however it was written.
    let is_stored_in_lower_case = |table: &str| {
        let mut desired = desired.tables.iter();
        desired.any(|it| it.name.eq_ignore_ascii_case(table) && !names.contains(&it.name))
    };
    let is_desired = |table: &str| desired.table(table).is_some() || is_stored_in_lower_case(table);
    built.tables.retain(|table| is_desired(&table.name));
    built.indexes.retain(|index| is_desired(&index.table));
    built.enums.retain(|enum_type| {
        desired
            .enums
            .iter()
            .any(|other| other.name == enum_type.name)
    });
    built.views.clear();
    built.triggers.clear();
    built.others = std::mem::take(&mut built.others)
        .into_iter()
        .filter_map(|(name, other)| {
            let other = only(desired.others.get(&name)?, other);
            Some((name, other))
        })
        .collect();
    built
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_name_stored_in_lower_case_matches_the_desired_one() {
        let schema = |names: &[&str]| Schema {
            tables: names.iter().map(|name| Table::new(*name)).collect(),
            ..Schema::default()
        };
        let kept = |desired: &[&str], built: &[&str]| -> Vec<String> {
            let built = only(&schema(desired), schema(built));
            built.tables.into_iter().map(|table| table.name).collect()
        };
        assert_eq!(kept(&["OrderLine"], &["orderline", "other"]), ["orderline"]);
        // Where both are kept, they are two tables.
        assert_eq!(kept(&["Note"], &["Note", "note"]), ["Note"]);
    }
}
