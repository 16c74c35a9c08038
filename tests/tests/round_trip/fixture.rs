//! A database, and operations run in it as revisions run.

use std::time::Duration;

use migrate_engine::backend::{Backend, MigrationRun, UnitError, UnitScope};
use migrate_runtime::v1::{Error, Op, Result, Value};
use migrate_schema::ddl::Dialect;
use migrate_schema::operation::Operation;
use migrate_schema::schema::Schema;

use crate::rows::Step;

const WAIT: Duration = Duration::from_secs(10);

pub(crate) struct DatabaseFixture<B: Backend> {
    client: B::Client,
}

impl<B: Backend> DatabaseFixture<B> {
    pub(crate) fn new(client: B::Client) -> DatabaseFixture<B> {
        DatabaseFixture { client }
    }

    pub(crate) fn quoted(name: &str) -> String {
        let dialect: &dyn Dialect = B::dialect();
        dialect.identifier(name)
    }

    /// Runs `work` as a revision and commits it.
    pub(crate) fn run<R>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, B>) -> Result<R>,
    ) -> std::result::Result<R, String> {
        let mut run = B::begin_run(&mut self.client, WAIT, "migrate_revisions").unwrap();
        run.begin().unwrap();
        let done = run.unit(UnitScope::Savepoint, work);
        match &done {
            Ok(_) => run.commit().map_err(|error| error.to_string())?,
            Err(_) => run.rollback(),
        }
        done.map_err(describe_failure)
    }

    /// Runs operations as a revision; those on one table that follow each other in one `alter_table`.
    pub(crate) fn apply(&mut self, steps: Vec<Step>) -> std::result::Result<(), String> {
        self.run(|op| {
            let mut group: Vec<Operation> = Vec::new();
            for step in steps {
                let operation = match step {
                    Step::Operation(operation) => operation,
                    Step::Sql(sql) => {
                        alter(op, &mut group)?;
                        op.execute(&sql)?;
                        continue;
                    }
                };
                let table = altered(&operation);
                if group.last().map(altered) != Some(table) {
                    alter(op, &mut group)?;
                }
                match table {
                    Some(_) => group.push(operation),
                    None => op.run(operation)?,
                }
            }
            alter(op, &mut group)
        })
    }

    pub(crate) fn schema(&mut self) -> Schema {
        B::normalize(self.run(|op| op.schema()).unwrap())
    }

    /// Returns what a query gives, as text; NULL is `None`.
    pub(crate) fn texts(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let rows = self.run(|op| op.query(sql, &[]));
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let text = |value| match value {
            Value::Null => None,
            Value::Text(text) => Some(text),
            other => Some(format!("{other:?}")),
        };
        rows.into_iter()
            .map(|row| row.into_iter().map(text).collect())
            .collect()
    }
}

fn alter<B: Backend>(op: &mut Op<'_, B>, group: &mut Vec<Operation>) -> Result<()> {
    let Some(table) = group.first().and_then(altered).map(str::to_owned) else {
        return Ok(());
    };
    op.alter_table(&table, |t| group.drain(..).for_each(|one| t.push(one)))
}

/// Returns the table, if the operation is one that `alter_table` takes.
fn altered(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::AddColumn(op) => Some(&op.table),
        Operation::DropColumn(op) => Some(&op.table),
        Operation::RenameColumn(op) => Some(&op.table),
        Operation::AlterColumn(op) => Some(&op.table),
        Operation::AddConstraint(op) => Some(&op.table),
        Operation::DropConstraint(op) => Some(&op.table),
        Operation::SetTableComment(op) => Some(&op.table),
        Operation::SetTableOptions(op) => Some(&op.table),
        _ => None,
    }
}

fn describe_failure(error: UnitError<Error>) -> String {
    match error {
        UnitError::Work(error) => format!("{error:?}"),
        UnitError::TransactionEscaped { what, .. } => format!("escaped: {what}"),
        UnitError::Database(error) => error.to_string(),
    }
}
