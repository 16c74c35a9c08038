//! Compares models, revisions and live databases, two at a time.
//!
//! ```text
//! models, schema.sql ───────────────► wanted ─┐
//! revisions ─► scratch database ─► inspect ───┼─► diff ─► operations, questions
//! live database ─► inspect ───────────────────┘
//! ```
//!
//! A server prints expressions differently than they were written. If models and revisions differ textually, the
//! models' schema is therefore also built on the scratch database, and its printed form is compared (`spelled.rs`). The
//! result contains the models' original text (`diff/wording.rs`).
//!
//! [`autogenerate`] returns a [`Difference`] for a [`Request`]. It never prompts, and writes only to scratch databases.

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

/// The desired schema, and hints about renames and drops.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The source of the desired schema.
    pub source: Source<'a>,
    /// The hints about renames and drops.
    pub hints: Hints,
    /// A database on whose server scratch databases may be created, if they need a server.
    pub near: Option<&'a OsStr>,
}

/// The source of the desired schema.
#[derive(Debug, Clone, Copy, Default)]
pub enum Source<'a> {
    /// The models that are linked into this application.
    #[default]
    Models,
    /// These models, if an application has models of several databases.
    Tables(&'a [ModelTable]),
    /// SQL that creates the desired schema in an empty database.
    Sql(&'a str),
}

impl<'a> Request<'a> {
    /// Returns the request for the schema of the models.
    #[must_use]
    pub fn new() -> Request<'a> {
        Request::default()
    }

    /// Sets the source of the desired schema.
    #[must_use]
    pub fn source(mut self, source: Source<'a>) -> Request<'a> {
        self.source = source;
        self
    }

    /// Sets the hints about renames and drops.
    #[must_use]
    pub fn hints(mut self, hints: Hints) -> Request<'a> {
        self.hints = hints;
        self
    }

    /// Sets a database on whose server scratch databases may be created.
    #[must_use]
    pub fn near(mut self, near: Option<&'a OsStr>) -> Request<'a> {
        self.near = near;
        self
    }
}

/// Returns the difference between the schema that the revisions build on an empty database and the desired schema.
///
/// # Errors
///
/// The errors of [`shadow::replay`]; [`Error::Model`] and [`Error::Wanted`] if the desired schema is invalid,
/// [`Error::Hint`] for a rename or a drop of an object that does not exist.
pub fn autogenerate<B: Backend>(
    migrations: &Migrations<B>,
    request: &Request<'_>,
) -> Result<Difference, Error> {
    let mut shadow = Shadow::replayed(migrations, request.near, "heads")?;
    let from = shadow.inspect(migrations.extent())?;
    between(migrations, from, request, || Ok(shadow))
}

/// Returns the difference between the schema of a live database and the desired schema.
///
/// # Errors
///
/// The errors of [`autogenerate`]; [`Error::Pending`] if the database lacks revisions, because they would be generated
/// again.
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

/// Returns an error if a database lacks revisions.
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

/// Returns the difference between `from` and the desired schema. The revisions are run only if the comparison needs a
/// database.
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

/// Returns the difference between `from` and the models' schema.
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
    // If the models' own spelling shows no difference, the database's spelling is not needed.
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

/// Adds the location of the model whose table can't be created.
fn at_its_model(error: Error, models: &[ModelTable]) -> Error {
    match error {
        Error::Wanted {
            cause, help, table, ..
        } => {
            let model = models
                .iter()
                .find(|model| Some(model.told_table()) == table);
            let place = model.map(|model| model.location.clone());
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

/// Returns the difference between `from` and the schema of a file. Objects that the file does not contain are dropped,
/// except tables. The version table, which a dump of a live database contains, is ignored.
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
