//! Compares models, revisions and live databases, two at a time.
//!
//! ```text
//! models, schema.sql ──────────────► desired ─┐
//! revisions ─► scratch database ─► inspect ───┼─► diff ─► operations, questions
//! live database ─► inspect ───────────────────┘
//! ```
//!
//! A server prints expressions differently than they were written. If models and revisions differ textually, the
//! models' schema is therefore also built on the scratch database, and its printed form is compared (`canonical.rs`). The
//! result contains the models' original text (`diff/expression_map.rs`).
//!
//! [`compare`] returns a [`SchemaDiff`] for a [`Request`]. It never prompts, and writes only to scratch databases.

mod canonical;
mod drift;
mod hints;
#[cfg(all(test, feature = "sqlite"))]
mod tests;

use std::ffi::OsStr;

use crate::baseline;
use crate::scratch::{self, ScratchDatabase};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::inspection_scope::InspectionScope;
use migrate_engine::migrations::{Migrations, SchemaBuilder};
use migrate_engine::model::{self, DesiredSchema, ModelTable};
use migrate_schema::diff::{ExpressionMap, Hints, Options, SchemaDiff, compute};
use migrate_schema::schema::Schema;

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
    pub scratch_server: Option<&'a OsStr>,
}

/// The source of the desired schema.
#[derive(Debug, Clone, Copy, Default)]
pub enum Source<'a> {
    /// The models of the application: those of the crates that `migrations!` lists, by default its own.
    #[default]
    Models,
    /// These models, if an application has models of several databases.
    Tables(&'a [ModelTable]),
    /// A function of the application that builds the desired schema in the empty database with this URL.
    Built(SchemaBuilder),
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
    pub fn scratch_server(mut self, scratch_server: Option<&'a OsStr>) -> Request<'a> {
        self.scratch_server = scratch_server;
        self
    }
}

/// Returns the difference between the schema that the revisions build on an empty database and the desired schema.
///
/// # Errors
///
/// The errors of [`scratch::replay`]; [`Error::InvalidModel`] and [`Error::InvalidDesiredSchema`] if the desired schema is invalid,
/// [`Error::UnmatchedHint`] for a rename or a drop of an object that does not exist.
pub fn compare<B: Backend>(
    migrations: &Migrations<B>,
    request: &Request<'_>,
) -> Result<SchemaDiff, Error> {
    let mut scratch = ScratchDatabase::replayed(migrations, request.scratch_server, "heads")?;
    let from = scratch.inspect(migrations.extent())?;
    between(migrations, from, request, || Ok(scratch))
}

/// Returns the difference between the schema of a live database and the desired schema.
///
/// # Errors
///
/// The errors of [`compare`]; [`Error::PendingRevisions`] if the database lacks revisions, because they would be generated
/// again.
pub fn against_database<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    request: &Request<'_>,
) -> Result<SchemaDiff, Error> {
    at_heads(migrations, client)?;
    let extent = scratch::extent(migrations, request.scratch_server)?;
    let from = scratch::inspect::<B>(B::reader(client), extent)?;
    between(migrations, from, request, || {
        ScratchDatabase::replayed(migrations, request.scratch_server, "heads")
    })
}

/// Returns an error if a database lacks revisions.
fn at_heads<B: Backend>(migrations: &Migrations<B>, client: &mut B::Client) -> Result<(), Error> {
    let options = RunOptions::default();
    let executor = Executor::new(migrations, &options);
    let state = executor.look(B::reader(client))?;
    executor.assess(&state, None)?;
    let pending = executor.status_of(&state)?.pending;
    if pending.is_empty() {
        return Ok(());
    }
    Err(Error::PendingRevisions {
        pending: pending.into_iter().map(|row| row.revision).collect(),
    })
}

/// Returns the difference between `from` and the desired schema. The revisions are run only if the comparison needs a
/// database.
fn between<B: Backend>(
    migrations: &Migrations<B>,
    from: Schema,
    request: &Request<'_>,
    replayed: impl FnOnce() -> Result<ScratchDatabase<B>, Error>,
) -> Result<SchemaDiff, Error> {
    let models = |from, models: &[ModelTable]| {
        to_models(migrations, &B::normalize(from), models, request, replayed)
    };
    let before = (request.hints != Hints::default()).then(|| from.clone());
    let difference = match request.source {
        Source::Models => models(from, &migrations.models()?),
        Source::Tables(tables) => models(from, tables),
        Source::Sql(sql) => to_sql(migrations, from, sql, request),
        Source::Built(builder) => {
            let to = scratch::built_by(migrations, request.scratch_server, builder)?;
            refuse_untouched(&from, &to)?;
            let (from, to) = (baseline::ours(from), baseline::ours(to));
            Ok(to_whole::<B>(&B::exact(from), &B::exact(to), request))
        }
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
    replayed: impl FnOnce() -> Result<ScratchDatabase<B>, Error>,
) -> Result<SchemaDiff, Error> {
    let extent = migrations.extent();
    let DesiredSchema { schema, hints } =
        model::desired_schema_with(models, &B::RULES, extent.schemas)?;
    refuse_ignored_models(models, extent)?;
    let desired = B::normalize(schema);
    let hints = hints::both(hints, &request.hints);
    let options = Options::of(B::RULES).without_natives();
    // If the models' own spelling shows no difference, the database's spelling is not needed.
    let difference = compute(from, &desired, &hints, &options);
    if difference.is_empty() {
        return Ok(difference);
    }
    let canonical =
        canonical::canonical_schema(migrations, replayed()?, &desired, request.scratch_server)
            .map_err(|error| at_its_model(error, models))?;
    let expressions = ExpressionMap::from_pair(&canonical, &desired, options.rules.expression_form);
    let from = expressions.apply(from.clone());
    Ok(compute(
        &from,
        &expressions.apply(canonical),
        &hints,
        &options,
    ))
}

/// Refuses models of tables that belong to other owners.
fn refuse_ignored_models(models: &[ModelTable], extent: InspectionScope) -> Result<(), Error> {
    for model in models {
        let name = model.qualified_name();
        let place = model.schema.as_deref().or(extent.home());
        let problem = match extent.ignored_by(&model.table.name, place) {
            Some(pattern) => format!(
                "`ignore` in `[package.metadata.migrate]` lists `{pattern}`, and a model describes `{name}`"
            ),
            None if extent.is_foreign(&name) => {
                format!("a model describes `{name}`, which another history creates")
            }
            None => continue,
        };
        return Err(Error::InvalidModel {
            problem,
            places: vec![model.location.clone()],
            help: "if the table belongs to another owner, add `#[model(managed = false)]` to the model, or remove its crate \
                   from `models` in `migrations!`; otherwise correct `ignore` or `after`",
        });
    }
    Ok(())
}

/// Adds the location of the model whose table can't be created.
fn at_its_model(error: Error, models: &[ModelTable]) -> Error {
    match error {
        Error::InvalidDesiredSchema {
            cause, help, table, ..
        } => {
            let model = models
                .iter()
                .find(|model| Some(model.qualified_name()) == table);
            let location = model.map(|model| model.location.clone());
            Error::InvalidDesiredSchema {
                cause,
                help,
                table,
                place: location,
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
) -> Result<SchemaDiff, Error> {
    let mut scratch = ScratchDatabase::new(migrations, request.scratch_server)?;
    scratch.run_file(sql)?;
    let from = B::exact(baseline::ours(from));
    let extent = migrations.extent();
    let to = B::exact(baseline::ours(scratch.inspect(extent)?));
    let to = B::of_file(sql, to, &from);
    Ok(to_whole::<B>(&from, &to, request))
}

/// Returns the difference between `from` and a whole desired schema.
fn to_whole<B: Backend>(from: &Schema, to: &Schema, request: &Request<'_>) -> SchemaDiff {
    let options = Options::of_whole(B::RULES);
    let difference = compute(from, to, &request.hints, &options);
    drift::with_missing_objects(difference, from, to, options.rules.name_case)
}

/// Refuses an empty schema where there was one: the function has probably used another database.
fn refuse_untouched(from: &Schema, to: &Schema) -> Result<(), Error> {
    let is_empty = |schema: &Schema| schema.all().all(|(_, one)| one.tables.is_empty());
    if is_empty(from) || !is_empty(to) {
        return Ok(());
    }
    Err(Error::InvalidDesiredSchema {
        cause: "the function of `schema` created no table".to_owned(),
        help: Some(
            "it must build the schema in the database whose URL it receives, and not in the one of DATABASE_URL"
                .to_owned(),
        ),
        table: None,
        place: None,
    })
}
