//! Generates the first revision of a database that has tables but no revisions.

use crate::autogenerate::whole;
use crate::scratch;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::migrations::Migrations;
use migrate_engine::op;
use migrate_schema::diff::{Hints, SchemaDiff};
use migrate_schema::schema::{Schema, dotted};

use super::history::{self, Tool};
use super::{BaselineError, histories, ours, without_history};

/// The first revision of a database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InitialRevision {
    /// The operations that build the schema in an empty database.
    pub difference: SchemaDiff,
    /// The schema, without the table of another tool's history.
    pub schema: Schema,
    /// The other tool that managed the database before.
    pub tool: Option<Tool>,
    /// The tables that look like the history of another tool, which are not part of any revision.
    pub histories: Vec<String>,
    /// The tables with rows, which are not part of any revision.
    pub tables_with_rows: Vec<String>,
    /// Settings that the database stores for the application, each as the statement that sets it. They are not part of
    /// any revision.
    pub application_settings: Vec<String>,
}

/// Returns the first revision of a database. Writes nothing.
///
/// # Errors
///
/// [`Error::Baseline`] if the database has a history, if the package already has revisions, or if the database has
/// nothing that a revision could build.
pub fn generate_initial_revision<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    options: &RunOptions,
) -> Result<InitialRevision, Error> {
    let revisions = migrations.graph()?.len();
    if revisions > 0 {
        return Err(BaselineError::HasRevisions { revisions }.into());
    }
    without_history(&Executor::new(migrations, options), client)?;
    let tool = history::find::<B>(B::reader(client), options.wait)?.map(|history| history.tool);
    let live = scratch::inspect::<B>(B::reader(client), scratch::extent(migrations, None)?)?;
    let mut others = histories(&live);
    others.retain(|table| tool.is_none_or(|tool| tool.table() != table));
    let live = ours(live);
    let schema = B::normalize(live.clone());
    let tables_with_rows = with_rows::<B>(B::reader(client), options, &live)?;
    let application_settings = B::read(B::reader(client), options.wait, |op| {
        let read = B::application_settings(op::session(op));
        read.map_err(|error| Error::database("can't read the settings of the application", error))
    })?;
    let difference = whole::<B>(&Schema::default(), &B::exact(live), &Hints::default());
    if difference.operations.is_empty() {
        return Err(BaselineError::NoTables.into());
    }
    Ok(InitialRevision {
        difference,
        schema,
        tool,
        histories: others,
        tables_with_rows,
        application_settings,
    })
}

/// Returns the tables with rows.
fn with_rows<B: Backend>(
    client: B::Reader<'_>,
    options: &RunOptions,
    schema: &Schema,
) -> Result<Vec<String>, Error> {
    B::read(client, options.wait, |op| {
        let id = |name: &str| B::dialect().identifier(name);
        let mut tables = Vec::new();
        for (schema, one) in schema.all() {
            let quoted = schema.map(id);
            for table in &one.tables {
                let name = dotted(quoted.as_deref(), &id(&table.name));
                let mut found = false;
                let sql = format!("SELECT 1 FROM {name} LIMIT 1");
                B::query(op::session(op), &sql, &[], &mut |_| found = true)
                    .map_err(|error| Error::database("can't look for rows", error))?;
                tables.extend(found.then(|| dotted(schema, &table.name)));
            }
        }
        Ok(tables)
    })
}
