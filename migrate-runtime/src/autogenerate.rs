//! What is different: models, revisions and a live database, two at a time.
//!
//! ```text
//! models, schema.sql ───────────────► wanted ─┐
//! revisions ─► scratch database ─► inspect ───┼─► diff ─► operations, questions
//! live database ─► inspect ───────────────────┘
//! ```

use std::ffi::OsStr;

use crate::backend::Backend;
use crate::diff::{Difference, Hints, Options, diff};
use crate::error::Error;
use crate::executor::{Executor, Settings};
use crate::migrations::Migrations;
use crate::schema::Schema;
use crate::shadow::{self, Shadow};

/// Returns what a live database holds differently from what its applied revisions build on an empty one. A table that
/// is missing there is to be dropped, in the operations' words; nothing is taken for a rename.
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
    let from = applied::<B>(migrations, client, near)?;
    let table = migrations.options.version_table;
    let to = shadow::inspect::<B>(B::reader(client), table)?;
    let hints = Hints {
        drop_tables: from.tables.iter().map(|table| table.name.clone()).collect(),
        ..Hints::default()
    };
    Ok(diff(&from, &to, &hints, &Options::of::<B>()))
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
    let standing = executor.assess(&state)?;
    if let Some(begun) = &standing.begun {
        return Err(begun.unfinished("what of it is in the database is not known"));
    }
    if !standing.ahead.is_empty() {
        return Err(Error::UnknownRevisions {
            table: migrations.options.version_table.to_owned(),
            revisions: standing.ahead,
        });
    }
    let mut shadow = Shadow::<B>::new(near)?;
    for head in standing.applied.heads(migrations.graph()?) {
        shadow.upgrade(migrations, head.as_str())?;
    }
    shadow.inspect(migrations.options.version_table)
}
