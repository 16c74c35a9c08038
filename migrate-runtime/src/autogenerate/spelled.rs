//! A wanted schema as its database spells it: built on a scratch database, and inspected.
//!
//! It takes the place of what the revisions built there, so that it finds whatever else they made: functions, types of
//! extensions, sequences, and tables without a model that its foreign keys lead to.

use std::ffi::OsStr;

use crate::backend::Backend;
use crate::diff::{Hints, Options, diff};
use crate::error::Error;
use crate::schema::{Schema, Table};
use crate::shadow::Shadow;

use super::whole;

/// Returns `wanted` as it is inspected once it is built where the revisions have run.
pub(super) fn spelled<B: Backend>(
    mut replayed: Shadow<B>,
    wanted: &Schema,
    near: Option<&OsStr>,
) -> Result<Schema, Error> {
    let mut ground = match clear(&mut replayed, wanted) {
        Ok(()) => replayed,
        // A thing that no operation knows needs one of the tables. Most schemas are built without it, too.
        Err(_) => Shadow::new(near)?,
    };
    let room = B::normalise(ground.inspect("")?);
    let (hints, options) = (Hints::default(), Options::of::<B>());
    ground.apply(diff(&room, &beside(wanted, &room), &hints, &options).operations)?;
    Ok(only(wanted, B::normalise(ground.inspect("")?)))
}

/// Drops what the revisions built, but for the tables without a model that foreign keys of models lead to.
fn clear<B: Backend>(replayed: &mut Shadow<B>, wanted: &Schema) -> Result<(), Error> {
    let there = B::normalise(replayed.inspect("")?);
    let mut kept = Schema::default();
    let is_kept = |table: &&Table| is_led_to(&table.name, wanted);
    kept.tables = there.tables.iter().filter(is_kept).cloned().collect();
    for table in &mut kept.tables {
        table.foreign_keys.clear();
    }
    let stays = |table: &str| kept.table(table).is_some();
    let indexes = there.indexes.iter();
    kept.indexes = indexes
        .filter(|index| stays(&index.table))
        .cloned()
        .collect();
    replayed.apply(whole::<B>(&there, &kept, &Hints::default()).operations)
}

fn is_led_to(table: &str, wanted: &Schema) -> bool {
    let mut keys = wanted.tables.iter().flat_map(|table| &table.foreign_keys);
    wanted.table(table).is_none() && keys.any(|key| key.table == table)
}

/// Returns what is wanted, and what is there besides.
fn beside(wanted: &Schema, room: &Schema) -> Schema {
    let mut both = wanted.clone();
    let tables = room.tables.iter();
    both.tables.extend(
        tables
            .filter(|table| wanted.table(&table.name).is_none())
            .cloned(),
    );
    let indexes = room.indexes.iter();
    both.indexes.extend(
        indexes
            .filter(|index| wanted.table(&index.table).is_none())
            .cloned(),
    );
    let enums = room.enums.iter();
    let is_new = |name: &str| !wanted.enums.iter().any(|kind| kind.name == name);
    both.enums
        .extend(enums.filter(|kind| is_new(&kind.name)).cloned());
    both
}

/// Leaves out what nobody wants.
fn only(wanted: &Schema, mut built: Schema) -> Schema {
    let has = |table: &str| wanted.table(table).is_some();
    built.tables.retain(|table| has(&table.name));
    built.indexes.retain(|index| has(&index.table));
    built
        .enums
        .retain(|kind| wanted.enums.iter().any(|other| other.name == kind.name));
    built.views.clear();
    built.triggers.clear();
    built
}
