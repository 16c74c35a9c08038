//! A database with tables and no revisions for them -> what its first revision does.

use crate::autogenerate::whole;
use crate::backend::Backend;
use crate::diff::{Difference, Hints};
use crate::error::Error;
use crate::executor::{Executor, Settings};
use crate::migrations::Migrations;
use crate::schema::Schema;
use crate::shadow;

use super::history::{self, Tool};
use super::{BaselineError, without_history};

/// What the first revision of a database does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct First {
    /// What builds the schema in an empty database.
    pub difference: Difference,
    /// The schema, without the table of another tool's history.
    pub schema: Schema,
    /// The other tool that kept the database before.
    pub tool: Option<Tool>,
}

/// Returns what the first revision of a database has to do. Writes nothing.
///
/// # Errors
///
/// [`Error::Baseline`] if the database has a history, if there are revisions already, or if it has nothing that a revision
/// could build.
pub fn first<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    settings: &Settings,
) -> Result<First, Error> {
    let revisions = migrations.graph()?.len();
    if revisions > 0 {
        return Err(BaselineError::HasRevisions { revisions }.into());
    }
    without_history(&Executor::new(migrations, settings), client)?;
    let tool = history::find::<B>(B::reader(client), settings.wait)?.map(|history| history.tool);
    let tables = B::read(B::reader(client), settings.wait, |op| {
        B::beyond_operations(&mut op.session)
            .map_err(|error| Error::database("can't look at the tables", error))
    })?;
    if !tables.is_empty() {
        return Err(BaselineError::BeyondOperations { tables }.into());
    }
    let live = shadow::inspect::<B>(B::reader(client), migrations.options.version_table)?;
    let schema = ours(B::normalise(live));
    let difference = whole::<B>(&Schema::default(), &schema, &Hints::default());
    if difference.operations.is_empty() {
        return Err(BaselineError::NoTables.into());
    }
    Ok(First {
        difference,
        schema,
        tool,
    })
}

/// Returns the schema without the tables of other tools' histories.
fn ours(mut schema: Schema) -> Schema {
    let ours = |table: &str| !Tool::ALL.iter().any(|tool| tool.table() == table);
    schema.tables.retain(|table| ours(&table.name));
    schema.indexes.retain(|index| ours(&index.table));
    schema
}
