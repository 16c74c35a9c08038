//! A live database beside what its applied revisions build.

use std::ffi::OsStr;

use crate::backend::Backend;
use crate::baseline::Tool;
use crate::diff::{Difference, Hints, Options, diff};
use crate::error::Error;
use crate::executor::{Executor, Settings};
use crate::migrations::Migrations;
use crate::op::{DropTrigger, DropView, Operation};
use crate::schema::Schema;
use crate::shadow::{self, Shadow};

/// Returns what makes a live database out of what its applied revisions build on an empty one. A table that is missing
/// there is dropped, in the operations' words.
///
/// # Errors
///
/// As [`shadow::replay`]; [`Error::UnknownRevisions`], [`Error::Newer`] and [`Error::Unfinished`] where it can't be told
/// which revisions made the database.
pub fn drift<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    near: Option<&OsStr>,
) -> Result<Difference, Error> {
    compare(migrations, client, &Hints::default(), near)
}

fn compare<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    hints: &Hints,
    near: Option<&OsStr>,
) -> Result<Difference, Error> {
    let from = B::normalise(applied::<B>(migrations, client, near)?);
    let table = migrations.options.version_table;
    let to = B::normalise(shadow::inspect::<B>(B::reader(client), table)?);
    Ok(whole::<B>(&from, &to, hints))
}

/// Returns what makes one whole schema out of another: what the second lacks goes, tables too. Where another migration tool
/// kept its history is not the revisions' business.
pub(crate) fn whole<B: Backend>(from: &Schema, to: &Schema, hints: &Hints) -> Difference {
    let mut hints = hints.clone();
    let tables = from.tables.iter().map(|table| table.name.clone());
    hints.drop_tables.extend(tables);
    let mut options = Options::of::<B>();
    let theirs = Tool::ALL.iter().map(|tool| tool.table().to_owned());
    options.ignore.extend(theirs);
    let difference = diff(from, to, &hints, &options);
    with_missing_objects(difference, from, to)
}

/// As [`drift`], of a database that has all revisions: a revision that writes the drift down follows them.
///
/// # Errors
///
/// As [`drift`]; [`Error::Pending`] if the database lacks revisions, [`Error::Hint`] for a rename of something that is
/// not there.
pub fn drift_at_heads<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    hints: &Hints,
    near: Option<&OsStr>,
) -> Result<Difference, Error> {
    super::at_heads(migrations, client)?;
    let difference = compare(migrations, client, hints, near)?;
    super::hints::check(hints, &difference)?;
    Ok(difference)
}

/// Returns the schema that the revisions which are applied to a database build on an empty one.
fn applied<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    near: Option<&OsStr>,
) -> Result<Schema, Error> {
    let settings = Settings::default();
    let executor = Executor::new(migrations, &settings);
    let state = executor.look(B::reader(client))?;
    let standing = executor.assess(&state, None)?;
    if let Some(begun) = &standing.begun {
        return Err(begun.unfinished("what of it is in the database is not known"));
    }
    if !standing.ahead.is_empty() {
        return Err(executor.unknown(&state, standing.ahead));
    }
    let mut shadow = Shadow::<B>::at(migrations, near, &standing.known)?;
    shadow.inspect(migrations.options.version_table)
}

/// Adds the dropping of views and triggers that only `from` has, in front. A comparison leaves them alone where the
/// wanted side is no whole schema, as models are none.
pub(super) fn with_missing_objects(
    mut difference: Difference,
    from: &Schema,
    to: &Schema,
) -> Difference {
    let triggers = from.triggers.iter().filter(|trigger| {
        let same = |name: &str, table: &str| name == trigger.name && table == trigger.table;
        !to.triggers.iter().any(|other| same(&other.name, &other.table))
            && !difference.operations.iter().any(|operation| {
                matches!(operation, Operation::DropTrigger(op) if same(&op.name, &op.table))
            })
    });
    let mut gone: Vec<Operation> = triggers
        .map(|trigger| {
            let mut operation = DropTrigger::new(&trigger.table, &trigger.name);
            operation.trigger = Some(trigger.clone());
            Operation::DropTrigger(operation)
        })
        .collect();
    let mut views: Vec<_> = from
        .views
        .iter()
        .filter(|view| !to.views.iter().any(|other| other.name == view.name))
        .collect();
    // A view goes before those that its query names.
    while !views.is_empty() {
        let free = views.iter().position(|view| {
            let named = |other: &&crate::schema::View| other.query.contains(&view.name);
            !views
                .iter()
                .any(|other| other.name != view.name && named(other))
        });
        let view = views.remove(free.unwrap_or(0));
        let mut operation = DropView::new(&view.name);
        operation.kind = view.kind;
        operation.view = Some(view.clone());
        gone.push(Operation::DropView(operation));
    }
    difference.operations.splice(0..0, gone);
    difference
}
