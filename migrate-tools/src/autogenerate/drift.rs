//! The drift of a live database from the schema of its applied revisions.

use std::ffi::OsStr;

use crate::baseline;
use crate::scratch::{self, ScratchDatabase};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::migrations::Migrations;
use migrate_schema::diff::{Hints, NameCase, Options, SchemaDiff, compute};
use migrate_schema::operation::{DropIndex, DropTrigger, DropView, NativeChange, Operation};
use migrate_schema::schema::{Index, Object, Schema, Trigger, View, dotted};

/// Returns the difference between the schema that the applied revisions build and the live database. A table that is
/// missing in the database appears as a dropped table.
///
/// # Errors
///
/// The errors of [`scratch::replay`]; [`Error::UnknownRevisions`], [`Error::DatabaseNewer`] and [`Error::UnfinishedRevision`] if it is
/// not known which revisions the database has.
pub fn drift<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    scratch_server: Option<&OsStr>,
) -> Result<SchemaDiff, Error> {
    let (from, to) = sides(migrations, client, scratch_server)?;
    Ok(whole::<B>(&from, &to, &Hints::default()))
}

/// Returns what the applied revisions build on an empty database, and what the live one is.
fn sides<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    scratch_server: Option<&OsStr>,
) -> Result<(Schema, Schema), Error> {
    let from = B::exact(applied::<B>(migrations, client, scratch_server)?);
    let to = B::exact(scratch::inspect::<B>(
        B::reader(client),
        scratch::extent(migrations, scratch_server)?,
    )?);
    Ok((from, to))
}

/// Returns the difference between two whole schemas: objects missing in the second are dropped, including tables. The
/// history tables of other migration tools are ignored.
pub(crate) fn whole<B: Backend>(from: &Schema, to: &Schema, hints: &Hints) -> SchemaDiff {
    let mut hints = hints.clone();
    for (schema, one) in from.all() {
        let tables = one.tables.iter();
        let named = tables.map(|table| dotted(schema, &table.name));
        hints.drop_tables.extend(named);
    }
    let mut options = Options::of_whole(B::RULES);
    for schema in [from, to] {
        options.ignore.extend(baseline::histories(schema));
    }
    let difference = compute(from, to, &hints, &options);
    with_missing_objects(difference, from, to, options.rules.name_case)
}

/// Like [`drift`], for a database that has all revisions, so that a new revision can record the drift.
///
/// # Errors
///
/// The errors of [`drift`]; [`Error::PendingRevisions`] if the database lacks revisions, [`Error::UnmatchedHint`] for a rename of an
/// object that does not exist.
pub fn drift_at_heads<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    hints: &Hints,
    scratch_server: Option<&OsStr>,
) -> Result<SchemaDiff, Error> {
    super::at_heads(migrations, client)?;
    let (from, to) = sides(migrations, client, scratch_server)?;
    let difference = whole::<B>(&from, &to, hints);
    super::hints::check(hints, &from, &difference)?;
    Ok(difference)
}

/// Returns the schema that the applied revisions of a database build on an empty one.
fn applied<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    scratch_server: Option<&OsStr>,
) -> Result<Schema, Error> {
    let options = RunOptions::default();
    let executor = Executor::new(migrations, &options);
    let state = executor.look(B::reader(client))?;
    let assessment = executor.assess(&state, None)?;
    if let Some(unfinished) = &assessment.unfinished {
        return Err(unfinished.error("it is not known which of its changes are in the database"));
    }
    if !assessment.ahead.is_empty() {
        return Err(executor.unknown(&state, assessment.ahead));
    }
    let mut scratch = ScratchDatabase::<B>::at(migrations, scratch_server, &assessment.known)?;
    scratch.inspect(migrations.extent())
}

/// Adds drops of views and triggers that only `from` has, at the front. A comparison does not drop them if the desired
/// side is not a whole schema, as with models.
pub(super) fn with_missing_objects(
    mut difference: SchemaDiff,
    from: &Schema,
    to: &Schema,
    letters: NameCase,
) -> SchemaDiff {
    let none = Schema::default();
    let all = from.all().map(|(schema, from)| {
        let to = match schema {
            Some(name) => to.others.get(name).unwrap_or(&none),
            None => to,
        };
        (schema, from, to)
    });
    let all: Vec<_> = all.collect();
    let operations = &difference.operations;
    let mut dropped: Vec<Operation> = Vec::new();
    for (schema, from, to) in &all {
        let triggers = missing_triggers(from, to, letters).map(|it| it.done_in(*schema));
        dropped.extend(triggers.filter(|it| !drops(operations, it, letters)));
        for view in missing_views(from, to, letters) {
            let indexes = from.indexes.iter().filter(|it| it.table == view.name);
            dropped.extend(indexes.map(|it| drop_index(it).done_in(*schema)));
        }
    }
    let views = all.iter().flat_map(|(schema, from, to)| {
        missing_views(from, to, letters).map(move |view| (*schema, view))
    });
    let mut views: Vec<(Option<&str>, &View)> = views.collect();
    // A view that is recreated may read a missing one, or be read by one.
    let again: Vec<Operation> = match views.is_empty() {
        true => Vec::new(),
        false => {
            let drops = difference.operations.extract_if(
                ..,
                |it| matches!(it.place().1, Operation::DropView(op) if op.view.is_some()),
            );
            drops.collect()
        }
    };
    views.extend(again.iter().filter_map(|operation| {
        let (schema, Operation::DropView(op)) = operation.place() else {
            return None;
        };
        Some((schema, op.view.as_ref()?))
    }));
    dropped.extend(drop_views(views));
    let resets = difference
        .operations
        .extract_if(.., |it| belongs_to_dropped(it, &dropped));
    let resets: Vec<Operation> = resets.collect();
    difference
        .operations
        .splice(0..0, resets.into_iter().chain(dropped));
    difference
}

/// Returns whether an operation drops an object of a dropped view or trigger, or resets a property of one. It is not
/// possible after the drop, and `down` needs it to set the property again.
fn belongs_to_dropped(operation: &Operation, dropped: &[Operation]) -> bool {
    let is_of_view = |schema: Option<&str>, table: &String| {
        let mut locations = dropped.iter().map(Operation::place);
        locations.any(|location| matches!(location, (drop_schema, Operation::DropView(view)) if drop_schema == schema && view.name == *table))
    };
    let (schema, native) = match operation.place() {
        (schema, Operation::Native(native)) => (schema, native),
        (schema, Operation::DropIndex(op)) => return is_of_view(schema, &op.table),
        (schema, Operation::DropTrigger(op)) => return is_of_view(schema, &op.table),
        _ => return false,
    };
    if !matches!(
        native.change,
        NativeChange::Drop | NativeChange::Set { to: None, .. }
    ) {
        return false;
    }
    let object = &native.object;
    dropped
        .iter()
        .map(Operation::place)
        .any(|(drop_schema, drop)| {
            drop_schema == schema
                && match drop {
                    Operation::DropView(view) => object.relation() == Some(&view.name),
                    Operation::DropTrigger(trigger) => {
                        *object == Object::of_table("trigger", &trigger.table, &trigger.name)
                    }
                    _ => false,
                }
        })
}

fn equal(one: &str, other: &str, letters: NameCase) -> bool {
    match letters {
        NameCase::Sensitive => one == other,
        NameCase::Insensitive => one.eq_ignore_ascii_case(other),
    }
}

/// Returns whether a trigger is already dropped by other operations.
fn drops(operations: &[Operation], trigger: &Operation, letters: NameCase) -> bool {
    let (schema, Operation::DropTrigger(own)) = trigger.place() else {
        return false;
    };
    operations.iter().map(Operation::place).any(|place| {
        matches!(place, (there, Operation::DropTrigger(op)) if there == schema
            && equal(&op.name, &own.name, letters) && equal(&op.table, &own.table, letters))
    })
}

fn missing_triggers<'s>(
    from: &'s Schema,
    to: &'s Schema,
    letters: NameCase,
) -> impl Iterator<Item = Operation> + use<'s> {
    let is_missing = move |trigger: &&Trigger| {
        !to.triggers.iter().any(|other| {
            equal(&other.name, &trigger.name, letters)
                && equal(&other.table, &trigger.table, letters)
        })
    };
    from.triggers.iter().filter(is_missing).map(|trigger| {
        let mut operation = DropTrigger::new(&trigger.table, &trigger.name);
        operation.trigger = Some(trigger.clone());
        Operation::DropTrigger(operation)
    })
}

fn missing_views<'s>(
    from: &'s Schema,
    to: &'s Schema,
    letters: NameCase,
) -> impl Iterator<Item = &'s View> + use<'s> {
    from.views.iter().filter(move |view| {
        !to.views
            .iter()
            .any(|other| equal(&other.name, &view.name, letters))
    })
}

fn drop_index(index: &Index) -> Operation {
    let mut operation = DropIndex::new(&index.table, &index.name);
    operation.index = Some(index.clone());
    Operation::DropIndex(operation)
}

/// Drops views, each before those that its query reads.
fn drop_views(mut views: Vec<(Option<&str>, &View)>) -> Vec<Operation> {
    let mut drops = Vec::new();
    while !views.is_empty() {
        let free = views.iter().position(|(schema, view)| {
            let named = |(other_schema, other): &(Option<&str>, &View)| {
                (other_schema, &other.name) != (schema, &view.name)
                    && other.query.contains(&view.name)
            };
            !views.iter().any(named)
        });
        let (schema, view) = views.remove(free.unwrap_or(0));
        let mut operation = DropView::new(&view.name);
        operation.kind = view.kind;
        operation.view = Some(view.clone());
        drops.push(Operation::DropView(operation).done_in(schema));
    }
    drops
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use migrate_engine::v1::Sqlite;
    use migrate_schema::schema::{Column, Property, Table, Type};

    fn titles(operations: &[Operation]) -> Vec<String> {
        operations.iter().map(Operation::title).collect()
    }

    #[test]
    fn properties_of_a_missing_view_or_trigger_are_reset_before_it_is_dropped() {
        let mut from = Schema::default();
        let mut table = Table::new("t");
        table.column(Column::new("id", Type::Integer));
        from.tables.push(table);
        let to = from.clone();
        from.views.push(View::new("v", "SELECT id FROM t"));
        from.indexes.push(Index::new("ix", "v", "id"));
        from.triggers
            .push(Trigger::new("g", "t", "CREATE TRIGGER g"));
        for (object, name) in [
            (Object::new("view", "v"), "comment"),
            (Object::of_table("column", "v", "id"), "comment"),
            (Object::of_table("trigger", "t", "g"), "state"),
            (Object::new("table", "t"), "comment"),
        ] {
            let property = Property::new(object, name, "x").set_by("SET", "RESET");
            from.properties.push(property);
        }
        let difference = whole::<Sqlite>(&from, &to, &Hints::default());
        let (first, last) = difference.operations.split_at(3);
        assert!(
            titles(first).iter().all(|title| title.starts_with("set ")),
            "{first:?}"
        );
        assert_eq!(
            titles(last),
            [
                "drop trigger `g`",
                "drop index `ix`",
                "drop view `v`",
                "set comment of table `t`"
            ]
        );
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn a_table_and_a_view_are_exchanged_beneath_views() {
        use migrate_engine::v1::Postgres;

        let mut one = Schema::default();
        for name in ["t", "u"] {
            let mut table = Table::new(name);
            table.column(Column::new("a", Type::Integer));
            one.tables.push(table);
        }
        let mut other = one.clone();
        other.tables.remove(0);
        other
            .views
            .push(View::new("t", "SELECT u.a FROM u").materialized());
        one.indexes.push(Index::new("ix", "t", "a"));
        other.indexes.push(Index::new("ix", "t", "a"));
        for schema in [&mut one, &mut other] {
            schema.views.push(View::new("v", "SELECT t.a FROM t"));
            schema.views.push(View::new("w", "SELECT v.a FROM v"));
        }
        let forth = whole::<Postgres>(&one, &other, &Hints::default());
        assert_eq!(
            titles(&forth.operations),
            [
                "drop view `w`",
                "drop view `v`",
                "drop index `ix`",
                "drop table `t`",
                "create view `t`",
                "create view `v`",
                "create view `w`",
                "create index `ix`"
            ]
        );
        let back = whole::<Postgres>(&other, &one, &Hints::default());
        assert_eq!(
            titles(&back.operations),
            [
                "drop index `ix`",
                "drop view `w`",
                "drop view `v`",
                "drop view `t`",
                "create table `t`",
                "create index `ix`",
                "create view `v`",
                "create view `w`"
            ]
        );
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn a_sequence_that_changes_its_owner_is_kept_with_its_value() {
        use migrate_engine::v1::Postgres;
        use migrate_schema::schema::{DefaultValue, NativeObject};

        let mut serial = Schema::default();
        let mut table = Table::new("t");
        let mut column = Column::new("n", Type::Integer).not_null();
        column.default = Some(DefaultValue::Expression(
            "nextval('t_n_seq'::regclass)".to_owned(),
        ));
        table.column(column);
        serial.tables.push(table);
        let mut free = serial.clone();
        let mut sequence = NativeObject::new(
            Object::new("sequence", "t_n_seq"),
            "CREATE SEQUENCE t_n_seq AS integer",
            "CREATE SEQUENCE t_n_seq AS integer",
            "DROP SEQUENCE IF EXISTS t_n_seq",
        );
        sequence.replace = vec!["ALTER SEQUENCE t_n_seq AS integer".to_owned()];
        free.natives.push(sequence);
        let own = "ALTER SEQUENCE \"t_n_seq\" AS integer INCREMENT BY 1 NO MINVALUE NO MAXVALUE START WITH 1 CACHE 1 NO CYCLE \
                   OWNED BY \"t\".\"n\"";
        let freed = [
            "ALTER SEQUENCE \"t_n_seq\" OWNED BY NONE",
            "ALTER SEQUENCE t_n_seq AS integer",
        ];
        let changes = |from: &Schema, to: &Schema| {
            let difference = whole::<Postgres>(from, to, &Hints::default());
            let [Operation::Native(change)] = &difference.operations[..] else {
                panic!("{difference:?}");
            };
            (change.up.clone(), change.down.clone().unwrap())
        };
        let (up, down) = changes(&serial, &free);
        assert_eq!(
            (&up[..], &down[..]),
            (&freed.map(str::to_owned)[..], &[own.to_owned()][..])
        );
        let (up, down) = changes(&free, &serial);
        assert_eq!(
            (&up[..], &down[..]),
            (&[own.to_owned()][..], &freed.map(str::to_owned)[..])
        );
        // A column that is new gets a new sequence.
        let mut before = free.clone();
        before.tables[0].columns.clear();
        let difference = whole::<Postgres>(&before, &serial, &Hints::default());
        assert!(
            titles(&difference.operations).contains(&"drop sequence `t_n_seq`".to_owned()),
            "{difference:?}"
        );
    }
}
