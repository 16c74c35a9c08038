//! The desired schema as its database prints it: built on a scratch database, and inspected.
//!
//! It replaces the tables of the revisions there, so that other objects of the revisions still exist: functions, types
//! of extensions, sequences, and tables without a model that its foreign keys reference.

use std::collections::HashSet;
use std::ffi::OsStr;

use crate::backend::Backend;
use crate::diff::{Hints, Options, compute};
use crate::error::Error;
use crate::inspection_scope::InspectionScope;
use crate::migrations::Migrations;
use crate::schema::{Need, Object, Schema, Table};
use crate::scratch::ScratchDatabase;

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
    let room = B::normalize(built.inspect(extent)?);
    let (hints, options) = (Hints::default(), Options::of::<B>().without_natives());
    built.apply(compute(&room, &with_existing(desired, &room), &hints, &options).operations)?;
    Ok(only(desired, B::normalize(built.inspect(extent)?)))
}

/// Drops the tables of the revisions, except tables without a model that foreign keys of models reference.
fn clear<B: Backend>(
    replayed: &mut ScratchDatabase<B>,
    desired: &Schema,
    extent: InspectionScope,
) -> Result<(), Error> {
    let there = B::normalize(replayed.inspect(extent)?);
    let mut left = kept(&there, |table| {
        is_referenced(None, table, desired, extent) && desired.table(table).is_none()
    });
    for (name, other) in &there.others {
        let own = desired.others.get(name);
        let other = kept(other, |table| {
            is_referenced(Some(name), table, desired, extent)
                && own.is_none_or(|own| own.table(table).is_none())
        });
        left.others.insert(name.clone(), other);
    }
    drop_what_needs_tables(&there, &mut left);
    replayed.apply(whole::<B>(&there, &left, &Hints::default()).operations)
}

/// Removes the objects that need a dropped table or view, such as a function that returns its rows.
fn drop_what_needs_tables(there: &Schema, left: &mut Schema) {
    let mut gone: HashSet<Object> = HashSet::new();
    for (schema, one) in there.all() {
        let stays = |table: &Table| match schema {
            None => left.table(&table.name).is_some(),
            Some(name) => left.others[name].table(&table.name).is_some(),
        };
        let tables = one.tables.iter().filter(|table| !stays(table));
        gone.extend(tables.map(|table| Object::new("table", &table.name).placed(schema)));
        let views = one.views.iter();
        gone.extend(views.map(|view| Object::new("view", &view.name).placed(schema)));
    }
    let needs: Vec<&Need> = there.all().flat_map(|(_, one)| &one.needs).collect();
    loop {
        let before = gone.len();
        let hanging = needs.iter().filter(|need| gone.contains(&need.needs));
        let hanging: Vec<Object> = hanging.map(|need| need.object.clone()).collect();
        gone.extend(hanging);
        if gone.len() == before {
            break;
        }
    }
    left.natives.retain(|native| !gone.contains(&native.object));
    for (name, other) in &mut left.others {
        let is_gone = |object: &Object| gone.contains(&object.clone().in_schema(name));
        other.natives.retain(|native| !is_gone(&native.object));
    }
}

/// Returns the part of a schema that is kept.
fn kept(there: &Schema, is_kept: impl Fn(&str) -> bool) -> Schema {
    let mut kept = Schema::default();
    let tables = there.tables.iter();
    kept.tables = tables
        .filter(|table| is_kept(&table.name))
        .cloned()
        .collect();
    for table in &mut kept.tables {
        table.foreign_keys.clear();
    }
    let names: Vec<String> = kept.tables.iter().map(|table| table.name.clone()).collect();
    let stays = |table: &str| names.iter().any(|name| name == table);
    let indexes = there.indexes.iter();
    kept.indexes = indexes
        .filter(|index| stays(&index.table))
        .cloned()
        .collect();
    // Objects that models can't describe are kept, unless they belong to a dropped table.
    let is_kept = |object: &Object| object.relation().is_none_or(stays);
    kept.natives.clone_from(&there.natives);
    kept.natives.retain(|native| is_kept(&native.object));
    kept.properties.clone_from(&there.properties);
    kept.properties.retain(|property| is_kept(&property.object));
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
            let there = key.schema.as_deref().or(from);
            key.table == table && there.or(extent.home()) == schema.or(extent.home())
        })
    })
}

/// Returns the desired schema together with the other existing objects.
fn with_existing(desired: &Schema, room: &Schema) -> Schema {
    let mut both = desired.clone();
    let tables = room.tables.iter();
    both.tables.extend(
        tables
            .filter(|table| desired.table(&table.name).is_none())
            .cloned(),
    );
    let indexes = room.indexes.iter();
    both.indexes.extend(
        indexes
            .filter(|index| desired.table(&index.table).is_none())
            .cloned(),
    );
    let enums = room.enums.iter();
    let is_new = |name: &str| !desired.enums.iter().any(|kind| kind.name == name);
    both.enums
        .extend(enums.filter(|kind| is_new(&kind.name)).cloned());
    for (name, room) in &room.others {
        let other = both.others.entry(name.clone()).or_default();
        *other = with_existing(other, room);
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
    let kept_otherwise = |table: &str| {
        let mut desired = desired.tables.iter();
        desired.any(|it| it.name.eq_ignore_ascii_case(table) && !names.contains(&it.name))
    };
    let has = |table: &str| desired.table(table).is_some() || kept_otherwise(table);
    built.tables.retain(|table| has(&table.name));
    built.indexes.retain(|index| has(&index.table));
    built
        .enums
        .retain(|kind| desired.enums.iter().any(|other| other.name == kind.name));
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
    fn a_table_that_the_server_keeps_in_small_letters_is_the_wanted_one() {
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
