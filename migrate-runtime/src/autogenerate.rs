//! What is different: models, revisions and a live database, two at a time.
//!
//! ```text
//! models, schema.sql ───────────────► wanted ─┐
//! revisions ─► scratch database ─► inspect ───┼─► diff ─► operations, questions
//! live database ─► inspect ───────────────────┘
//! ```
//!
//! A server prints other expressions than were written. So where models and revisions differ as texts, what the models want is
//! built as well, and compared as it is printed (`spelled.rs`); what is told is in the models' own words (`diff/wording.rs`).
//!
//! Comes in: revisions, what is wanted, what people said about renames. Goes out: a [`Difference`]. Asks nobody, and
//! writes nowhere but on scratch databases.

mod drift;
mod hints;
mod spelled;
#[cfg(all(test, feature = "sqlite"))]
mod tests;

use std::ffi::OsStr;

use crate::backend::Backend;
use crate::baseline;
use crate::diff::{Difference, Hints, Options, Wording, diff};
use crate::error::Error;
use crate::executor::{Executor, Settings};
use crate::migrations::Migrations;
use crate::model::{self, ModelTable, Wanted};
use crate::schema::Schema;
use crate::shadow::{self, Shadow};

pub(crate) use drift::whole;
pub use drift::{drift, drift_at_heads};

/// What is wanted, and what people said about the way there.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Request<'a> {
    /// What says which schema is wanted.
    pub source: Source<'a>,
    /// What people said about renames and drops.
    pub hints: Hints,
    /// A database beside which scratch databases may be made, where that takes a server.
    pub near: Option<&'a OsStr>,
}

/// What says which schema is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub enum Source<'a> {
    /// The models that are linked into this program.
    #[default]
    Models,
    /// These models, where a program has those of several databases.
    Tables(&'a [ModelTable]),
    /// SQL that makes the wanted schema in an empty database.
    Sql(&'a str),
}

impl<'a> Request<'a> {
    /// Returns the request for what the models want.
    #[must_use]
    pub fn new() -> Request<'a> {
        Request::default()
    }

    /// Sets what says which schema is wanted.
    #[must_use]
    pub fn source(mut self, source: Source<'a>) -> Request<'a> {
        self.source = source;
        self
    }

    /// Sets what people said about renames and drops.
    #[must_use]
    pub fn hints(mut self, hints: Hints) -> Request<'a> {
        self.hints = hints;
        self
    }

    /// Sets a database beside which scratch databases may be made.
    #[must_use]
    pub fn near(mut self, near: Option<&'a OsStr>) -> Request<'a> {
        self.near = near;
        self
    }
}

/// Returns what makes the wanted schema out of the one that the revisions build on an empty database.
///
/// # Errors
///
/// As [`shadow::replay`]; [`Error::Model`] and [`Error::Wanted`] if what is wanted makes no sense, [`Error::Hint`] for a
/// rename or a drop of something that is not there.
pub fn autogenerate<B: Backend>(
    migrations: &Migrations<B>,
    request: &Request<'_>,
) -> Result<Difference, Error> {
    let mut shadow = Shadow::replayed(migrations, request.near, "heads")?;
    let from = shadow.inspect(migrations.extent())?;
    between(migrations, from, request, || Ok(shadow))
}

/// Returns what makes the wanted schema out of the one of a live database.
///
/// # Errors
///
/// As [`autogenerate`]; [`Error::Pending`] if the database lacks revisions, which would be written a second time.
pub fn against_database<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    request: &Request<'_>,
) -> Result<Difference, Error> {
    at_heads(migrations, client)?;
    let from = shadow::inspect::<B>(B::reader(client), migrations.extent())?;
    between(migrations, from, request, || {
        Shadow::replayed(migrations, request.near, "heads")
    })
}

/// Refuses a database that lacks revisions.
fn at_heads<B: Backend>(migrations: &Migrations<B>, client: &mut B::Client) -> Result<(), Error> {
    let settings = Settings::default();
    let executor = Executor::new(migrations, &settings);
    let state = executor.look(B::reader(client))?;
    executor.assess(&state, None)?;
    let pending = executor.status_of(&state)?.pending;
    if pending.is_empty() {
        return Ok(());
    }
    Err(Error::Pending {
        pending: pending.into_iter().map(|row| row.revision).collect(),
    })
}

/// Returns what makes the wanted schema out of `from`. What the revisions build is asked for where it takes a database to tell.
fn between<B: Backend>(
    migrations: &Migrations<B>,
    from: Schema,
    request: &Request<'_>,
    replayed: impl FnOnce() -> Result<Shadow<B>, Error>,
) -> Result<Difference, Error> {
    let models = |from, models: &[ModelTable]| {
        to_models(migrations, &B::normalise(from), models, request, replayed)
    };
    let before = (request.hints != Hints::default()).then(|| from.clone());
    let difference = match request.source {
        Source::Models => models(from, &model::registered()),
        Source::Tables(tables) => models(from, tables),
        Source::Sql(sql) => to_sql(migrations, from, sql, request),
    }?;
    if let Some(before) = before {
        hints::check(&request.hints, &before, &difference)?;
    }
    Ok(difference)
}

/// Returns what makes the models' schema out of `from`.
fn to_models<B: Backend>(
    migrations: &Migrations<B>,
    from: &Schema,
    models: &[ModelTable],
    request: &Request<'_>,
    replayed: impl FnOnce() -> Result<Shadow<B>, Error>,
) -> Result<Difference, Error> {
    let extent = migrations.extent();
    let Wanted { schema, hints } = model::wanted_where(models, &B::RULES, extent.schemas)?;
    let wanted = B::normalise(extent.of(schema));
    let hints = hints::both(hints, &request.hints);
    let options = Options::of::<B>().without_natives();
    // Where nothing is different in the models' own spelling, the database need not be asked for its.
    let told = diff(from, &wanted, &hints, &options);
    if told.is_empty() {
        return Ok(told);
    }
    let spelled = spelled::spelled(migrations, replayed()?, &wanted, request.near)
        .map_err(|error| at_its_model(error, models))?;
    let wording = Wording::learned(&spelled, &wanted, options.rules.form);
    let from = wording.translate(from.clone());
    Ok(diff(&from, &wording.translate(spelled), &hints, &options))
}

/// Names the model of the table that can't be built.
fn at_its_model(error: Error, models: &[ModelTable]) -> Error {
    match error {
        Error::Wanted {
            cause, help, table, ..
        } => {
            let model = models
                .iter()
                .find(|model| Some(model.told_table()) == table);
            let place = model.map(|model| model.place.clone());
            Error::Wanted {
                cause,
                help,
                table,
                place,
            }
        }
        other => other,
    }
}

/// Returns what makes the schema of a file out of `from`. Objects that the file does not
/// contain are dropped, except tables. The version table, which a dump of a live database contains, is ignored.
fn to_sql<B: Backend>(
    migrations: &Migrations<B>,
    from: Schema,
    sql: &str,
    request: &Request<'_>,
) -> Result<Difference, Error> {
    let mut shadow = Shadow::new(migrations, request.near)?;
    shadow.run_file(sql)?;
    let from = B::exact(baseline::ours(from));
    let extent = migrations.extent();
    let to = B::exact(baseline::ours(shadow.inspect(extent)?));
    let to = B::of_file(sql, to, &from);
    let options = Options::of_whole::<B>();
    let difference = diff(&from, &to, &request.hints, &options);
    Ok(drift::with_missing_objects(
        difference,
        &from,
        &to,
        options.rules.letters,
    ))
}
