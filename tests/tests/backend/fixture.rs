//! A database that one case runs on.

use std::ffi::OsStr;
use std::time::Duration;

use migrate_engine::backend::{Backend, MigrationRun, UnitError, UnitScope};
use migrate_runtime::error::OpError;
use migrate_runtime::v1::{Error, Op, Value};
use migrate_schema::diff::{Hints, Options, compute, create};
use migrate_schema::operation::Operation;
use migrate_schema::schema::Schema;

use crate::cases::Case;

const WAIT: Duration = Duration::from_secs(30);

/// A scratch database.
pub struct DatabaseFixture<B: Backend> {
    pub client: B::Client,
}

impl<B: Backend> DatabaseFixture<B> {
    /// Returns one on which the operations `given` were done.
    pub fn new(scratch_server: Option<&str>, given: &[Operation]) -> DatabaseFixture<B> {
        let mut fixture = DatabaseFixture {
            client: B::scratch(scratch_server.map(OsStr::new)).unwrap(),
        };
        for operation in given {
            fixture.run(operation.clone()).unwrap();
        }
        fixture
    }

    /// Runs statements.
    pub fn sql(&mut self, statements: &[&str]) {
        self.unit(|op| statements.iter().try_for_each(|sql| op.execute(sql)))
            .unwrap();
    }

    /// Runs the operation of a case, compares, reverses it, compares. Returns the expected schema.
    pub fn does(&mut self, case: &Case) -> Result<Schema, String> {
        let (before, rows) = (self.schema(), self.rows());
        self.run(case.operation.clone())
            .map_err(|error| format!("it fails: {error}"))?;
        let after = self.schema();
        let mut expected = before.clone();
        (case.expect)(&mut expected, &after);
        same::<B>(&expected, &after)
            .map_err(|lines| format!("it makes something else: {lines}"))?;
        if self.rows() != rows && !case.changes_rows {
            return Err("rows are others afterwards".to_owned());
        }
        let Some(reverse) = case.operation.clone().reverse() else {
            return match case.has_no_reverse {
                true => Ok(expected),
                false => Err("it has no reverse".to_owned()),
            };
        };
        self.run(reverse)
            .map_err(|error| format!("its reverse fails: {error}"))?;
        same::<B>(&before, &self.schema())
            .map_err(|lines| format!("its reverse makes something else: {lines}"))?;
        if self.rows() != rows {
            return Err("rows are others after the reverse".to_owned());
        }
        Ok(expected)
    }

    /// Builds a schema in an empty database, compares it, and rolls back.
    pub fn builds(&mut self, expected: &Schema) -> Result<(), String> {
        let operations = create(&B::normalize(expected.clone()), &Options::of(B::RULES));
        let mut run = B::begin_run(&mut self.client, WAIT, "unused").unwrap();
        run.begin().unwrap();
        let built = run.unit(UnitScope::Savepoint, |op| {
            operations.into_iter().try_for_each(|each| op.run(each))?;
            op.schema()
        });
        run.rollback();
        let built =
            built.map_err(|error| format!("built at once, it fails: {}", work_error(error)))?;
        same::<B>(expected, &built).map_err(|lines| format!("built at once, it differs: {lines}"))
    }

    /// Runs what the database can't do: it returns an error, and nothing changes.
    pub fn refuses(&mut self, case: &Case) -> Result<(), String> {
        let (before, rows) = (self.schema(), self.rows());
        match self.run(case.operation.clone()) {
            Ok(()) => return Err("it is done, where the table says that it is refused".to_owned()),
            Err(error) => match error.inner().downcast_ref::<OpError>() {
                Some(OpError::Unsupported { help, .. } | OpError::Invalid { help, .. })
                    if !help.is_empty() => {}
                _ => return Err(format!("it is refused in other words: {error}")),
            },
        }
        if before != self.schema() || rows != self.rows() {
            return Err("something happened all the same".to_owned());
        }
        Ok(())
    }

    fn run(&mut self, operation: Operation) -> Result<(), Error> {
        self.unit(|op| op.run(operation))
    }

    fn schema(&mut self) -> Schema {
        self.unit(|op| op.schema()).unwrap()
    }

    /// Returns the key and the text of every row of `users`; no row if there is no such table.
    fn rows(&mut self) -> Vec<Vec<Value>> {
        self.unit(|op| {
            if !op.has_table("users")? {
                return Ok(Vec::new());
            }
            op.query("SELECT id, email FROM users ORDER BY id", &[])
        })
        .unwrap()
    }

    fn unit<R>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, B>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut run = B::begin_run(&mut self.client, WAIT, "unused").unwrap();
        run.begin().unwrap();
        let done = run.unit(UnitScope::Savepoint, work);
        if done.is_ok() {
            run.commit().unwrap();
        }
        done.map_err(work_error)
    }
}

fn work_error(error: UnitError<Error>) -> Error {
    match error {
        UnitError::Work(error) => error,
        UnitError::Database(error) => error.into(),
        UnitError::TransactionEscaped { what, .. } => Error::msg(format!("it ran {what}")),
    }
}

/// Compares two schemas as autogenerate would, dropped tables included: nothing makes one out of the other.
fn same<B: Backend>(expected: &Schema, found: &Schema) -> Result<(), String> {
    let (expected, found) = (B::normalize(expected.clone()), B::normalize(found.clone()));
    for (from, to) in [(&found, &expected), (&expected, &found)] {
        let tables = from.tables.iter().map(|table| table.name.clone());
        let hints = Hints {
            drop_tables: tables.collect(),
            ..Hints::default()
        };
        let difference = compute(from, to, &hints, &Options::of(B::RULES));
        if !difference.is_empty() {
            let titles = difference.operations.iter().map(Operation::title);
            let notes = difference
                .unresolved
                .iter()
                .map(|unresolved| format!("{unresolved:?}"));
            return Err(titles.chain(notes).collect::<Vec<_>>().join(", "));
        }
    }
    Ok(())
}
