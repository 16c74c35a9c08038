//! The row helpers that a revision calls.

use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use crate::backend::{Backend, Execute};
use crate::error::{DatabaseError, OpError};
use crate::op::{Op, TraceEvent};
use crate::v1::{Error, Result};
use migrate_schema::value::Value;

use super::batch::{Batch, Failure, reuse};
use super::progress::Meter;
use super::statement::{self, Select, cursor};
use super::target_table::{RowAccess, TargetTable};
use super::{Row, ValueRef, qualified_table};

/// The default number of rows per batch.
const BATCH: usize = 1_000;

impl<'t, B: Backend> Op<'t, B> {
    /// Returns the rows of a table as values of a [`Row`] type. They are processed in batches in the order of the key,
    /// so a table of any length needs the same memory.
    ///
    /// Nothing is read before you call [`update`](Rows::update) or [`for_each`](Rows::for_each). Before the first row,
    /// they check that the table has the columns of the type. The application's tests therefore detect a type that does
    /// not match this revision, even if their database is empty.
    ///
    /// ```
    /// use migrate_runtime::v1::*;
    ///
    /// #[derive(Row)]
    /// #[row(table = "users", key = "id")]
    /// struct User {
    ///     id: i64,
    ///     email: String,
    ///     avatar: Option<String>,
    /// }
    ///
    /// pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    ///     let done = op
    ///         .rows::<User>()
    ///         .filter("avatar IS NULL", &[])
    ///         .update(|user| {
    ///             user.avatar = Some(format!("https://avatars.example/{}", user.email));
    ///             Ok(())
    ///         })?;
    ///     println!("{} of {} users have an avatar now", done.rows_updated, done.rows_read);
    ///     Ok(())
    /// }
    /// # let mut connection = rusqlite::Connection::open_in_memory()?;
    /// # connection.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, avatar TEXT);
    /// #     INSERT INTO users VALUES (1, 'ann@b.example', NULL), (2, 'bob@c.example', 'mine')")?;
    /// # let mut op = Op::new(&connection);
    /// # up(&mut op).map_err(|error| error.to_string())?;
    /// # let avatar: String = connection.query_row("SELECT avatar FROM users WHERE id = 1", [], |row| row.get(0))?;
    /// # assert_eq!(avatar, "https://avatars.example/ann@b.example");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn rows<R: Row>(&mut self) -> Rows<'_, 't, B, R> {
        self.record.location = Some(Location::caller());
        self.tell(&TraceEvent::ApplicationCode);
        Rows {
            op: self,
            batch_size: BATCH,
            filter: None,
            row: PhantomData,
        }
    }

    /// Inserts rows into a table with one prepared statement, and returns their number.
    ///
    /// Generated columns are omitted, and so is a key that is `None`: the database then generates it.
    ///
    /// ```
    /// use migrate_runtime::v1::*;
    ///
    /// #[derive(Row)]
    /// #[row(table = "currencies", key = "code")]
    /// struct Currency {
    ///     code: String,
    ///     digits: i64,
    /// }
    ///
    /// pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    ///     let currency = |(code, digits): (&str, i64)| Currency { code: code.into(), digits };
    ///     op.insert_rows([("EUR", 2), ("JPY", 0)].map(currency))?;
    ///     Ok(())
    /// }
    /// # let mut connection = rusqlite::Connection::open_in_memory()?;
    /// # connection.execute_batch("CREATE TABLE currencies (code TEXT NOT NULL PRIMARY KEY, digits INTEGER)")?;
    /// # up(&mut Op::new(&connection)).map_err(|error| error.to_string())?;
    /// # assert_eq!(connection.query_row("SELECT count(*) FROM currencies", [], |row| row.get(0)), Ok(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if the table does not have the columns of the type, [`OpError::Statement`] if the database
    /// refuses a row.
    #[track_caller]
    pub fn insert_rows<R: Row>(&mut self, rows: impl IntoIterator<Item = R>) -> Result<u64> {
        self.record.location = Some(Location::caller());
        self.tell(&TraceEvent::ApplicationCode);
        let title = format!("new rows of {}", qualified_table::<R>());
        let [count, _] = self.once_with(&title, |op| Ok([op.insert_each(rows)?, 0]))?;
        Ok(count)
    }

    /// Reads rows. A resumed run returns the rows that the earlier run read.
    fn query_ref_or_replay(
        &mut self,
        sql: &str,
        params: &[ValueRef<'_>],
        read: &mut dyn FnMut(&[ValueRef<'_>]),
    ) -> Result<()> {
        if !self.logs_queries() {
            return self.query_ref(sql, params, read);
        }
        let owned_params = || params.iter().cloned().map(ValueRef::into_value).collect();
        let rows = self.replay_query(
            || (sql.to_owned(), owned_params()),
            |op| {
                let mut rows: Vec<Vec<Value>> = Vec::new();
                op.query_ref(sql, params, &mut |row| {
                    rows.push(row.iter().cloned().map(ValueRef::into_value).collect());
                })?;
                Ok(rows)
            },
        )?;
        for row in &rows {
            let values: Vec<ValueRef<'_>> = row.iter().map(ValueRef::from).collect();
            read(&values);
        }
        Ok(())
    }

    fn query_ref(
        &mut self,
        sql: &str,
        params: &[ValueRef<'_>],
        read: &mut dyn FnMut(&[ValueRef<'_>]),
    ) -> Result<()> {
        self.record.statements += 1;
        let done = B::query_ref(&mut self.session, sql, params, read);
        Ok(done.map_err(|source| self.failed(sql, source))?)
    }

    fn insert_each<R: Row>(&mut self, rows: impl IntoIterator<Item = R>) -> Result<u64> {
        let target = TargetTable::inspect::<R, B>(self, RowAccess::Insert)?;
        let mut statements = Statements::new(statement::insert::<R>);
        let (mut given, mut count) = (Vec::new(), 0);
        for row in rows {
            let is_left_out = |at: &usize| {
                let name = R::COLUMNS[*at];
                target.computes(name)
                    || (R::KEY.contains(&name) && row.value_ref(*at) == ValueRef::Null)
            };
            given.clear();
            given.extend((0..R::COLUMNS.len()).filter(|at| !is_left_out(at)));
            let params: Vec<ValueRef<'_>> = given.iter().map(|at| row.value_ref(*at)).collect();
            let sql = statements.sql::<B>(&given);
            self.record.statements += 1;
            let done = B::execute_ref(&mut self.session, sql, &params);
            done.map_err(|source| self.failed(sql, source))?;
            count += 1;
        }
        Ok(count)
    }
}

/// The rows of a table, ready to be processed; see [`Op::rows`].
#[must_use = "no row is read before `update` or `for_each` is called"]
pub struct Rows<'o, 't, B: Backend, R> {
    op: &'o mut Op<'t, B>,
    batch_size: usize,
    filter: Option<(String, Vec<Value>)>,
    row: PhantomData<R>,
}

/// The result of [`Rows::update`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UpdateStats {
    /// The number of rows that were read.
    pub rows_read: u64,
    /// The number of rows that were written, because the function changed them.
    pub rows_updated: u64,
}

impl<'t, B: Backend, R: Row> Rows<'_, 't, B, R> {
    /// Sets the number of rows per batch. The default is 1,000.
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows.max(1);
        self
    }

    /// Selects the rows that match an SQL condition, with its parameters as `?1`, `?2` and so on.
    ///
    /// A second call replaces the first.
    pub fn filter(mut self, condition: &str, params: &[Value]) -> Self {
        self.filter = Some((condition.to_owned(), params.to_vec()));
        self
    }

    /// Calls a function for each row, in the order of the key, and writes the changes. Only changed columns are
    /// written, and nothing for an unchanged row.
    ///
    /// # Errors
    ///
    /// - [`OpError::Invalid`] if the table does not have the columns of the type, if a field can't hold the value of
    ///   its column, or if the function changes the key or a generated column;
    /// - the error that the function returns, with the row's key;
    /// - [`OpError::Statement`] if the database refuses a row.
    pub fn update(self, mut change: impl FnMut(&mut R) -> Result<()>) -> Result<UpdateStats> {
        self.written(|mut rows, writer| {
            rows.batches(
                |batch, values| batch.read_and_change(values, &mut change),
                |op, target, batch| writer.write(op, target, batch),
            )
        })
    }

    /// Like [`update`](Rows::update), for a function that also queries or changes the database.
    ///
    /// Changed rows are written after each batch, so the database does not contain the change yet when the function
    /// gets the next row.
    ///
    /// # Errors
    ///
    /// The same as [`update`](Rows::update).
    pub fn update_with(
        self,
        mut change: impl FnMut(&mut Op<'t, B>, &mut R) -> Result<()>,
    ) -> Result<UpdateStats> {
        self.written(|mut rows, writer| {
            rows.batches(Batch::read, |op, target, batch| {
                for at in 0..batch.len() {
                    let done = change(op, batch.row(at));
                    done.map_err(|error| in_row::<R, B>(error, batch, at))?;
                }
                writer.write(op, target, batch)
            })
        })
    }

    /// Runs work that writes, unless an earlier run of the revision did it.
    fn written(
        self,
        work: impl FnOnce(Rows<'_, 't, B, R>, &mut Writer<R>) -> Result<u64>,
    ) -> Result<UpdateStats> {
        let (batch_size, filter) = (self.batch_size, self.filter);
        let title = format!("rows of {}", qualified_table::<R>());
        let [read, changed] = self.op.once_with(&title, |op| {
            let mut writer = Writer::new();
            let rows = Rows {
                op: &mut *op,
                batch_size,
                filter,
                row: PhantomData,
            };
            let read = work(rows, &mut writer)?;
            let changed = writer.written;
            // An older application may not understand the new values.
            op.record.breaking |= changed > 0;
            Ok([read, changed])
        })?;
        self.op.record.breaking |= changed > 0;
        Ok(UpdateStats {
            rows_read: read,
            rows_updated: changed,
        })
    }

    /// Calls a function with each row, in the order of the key, and returns the number of rows.
    ///
    /// # Errors
    ///
    /// The errors of [`update`](Rows::update) for reading.
    pub fn for_each(self, mut look: impl FnMut(R) -> Result<()>) -> Result<u64> {
        self.for_each_with(|_, row| look(row))
    }

    /// Like [`for_each`](Rows::for_each), for a function that also queries or changes the database.
    ///
    /// # Errors
    ///
    /// The same as [`for_each`](Rows::for_each).
    pub fn for_each_with(
        mut self,
        mut look: impl FnMut(&mut Op<'t, B>, R) -> Result<()>,
    ) -> Result<u64> {
        self.batches(Batch::read, |op, _, batch| {
            for (at, row) in batch.take_rows().into_iter().enumerate() {
                look(op, row).map_err(|error| in_row::<R, B>(error, batch, at))?;
            }
            Ok(())
        })
    }

    /// Reads the rows page by page, and returns their number.
    fn batches(
        &mut self,
        mut read: impl FnMut(&mut Batch<R>, &[ValueRef<'_>]),
        mut work: impl FnMut(&mut Op<'t, B>, &TargetTable, &mut Batch<R>) -> Result<()>,
    ) -> Result<u64> {
        let target = TargetTable::inspect::<R, B>(self.op, RowAccess::Read)?;
        let filter = self.filter.take();
        let given = filter.as_ref().map_or(&[][..], |(_, params)| params);
        let select = Select {
            dialect: B::dialect(),
            filter: filter
                .as_ref()
                .map(|(sql, params)| (sql.as_str(), params.len())),
            limit: self.batch_size,
        };
        let fixed: Vec<ValueRef<'_>> = given.iter().map(ValueRef::from).collect();
        target.refuse_without_key::<R, B>(self.op, &select, &fixed)?;
        let mut meter = Meter::new::<R, B>(self.op, &select);
        let (mut batch, mut last, mut total) = (Batch::<R>::new(), Vec::<Value>::new(), 0);
        let (first, next) = (select.first::<R>(), select.next::<R>());
        let mut go = |op: &mut Op<'t, B>, meter: &mut Meter| loop {
            let sql = if last.is_empty() { &first } else { &next };
            let key: Vec<ValueRef<'_>> = last.iter().map(ValueRef::from).collect();
            let mut params = fixed.clone();
            params.extend(cursor(select.dialect, &key));
            batch.clear();
            op.query_ref_or_replay(sql, &params, &mut |row| read(&mut batch, row))?;
            if let Some(failure) = batch.failure() {
                return Err(failed::<R, B>(failure, &batch));
            }
            last = batch.last_key();
            total += batch.count() as u64;
            let is_last = batch.count() < self.batch_size;
            work(op, &target, &mut batch)?;
            if is_last {
                return Ok(total);
            }
            meter.tell(op, total, &fixed, &last)?;
        };
        let total = go(self.op, &mut meter);
        meter.end(self.op);
        total
    }
}

/// Returns the error for a page whose reading stopped.
fn failed<R: Row, B: Backend>(failure: Failure, batch: &Batch<R>) -> Error {
    let (key, mismatch) = match failure {
        Failure::Function(error) => {
            return in_row::<R, B>(error, batch, batch.len().saturating_sub(1));
        }
        Failure::TypeMismatch(key, mismatch) => (key, mismatch),
    };
    let column = R::COLUMNS
        .get(mismatch.column())
        .copied()
        .unwrap_or_default();
    let help = if mismatch.is_null() {
        format!(
            "make the field an `Option`, or exclude such rows: `.filter(\"{column} IS NOT NULL\", &[])`"
        )
    } else {
        "give the field a type that accepts every existing value: `Value` accepts any".to_owned()
    };
    OpError::Invalid {
        operation: format!("read the row of `{}` with {key}", qualified_table::<R>()),
        reason: format!("column `{column}`: {mismatch}"),
        help,
    }
    .into()
}

/// Writes changed rows.
struct Writer<R> {
    statements: Statements,
    /// The columns that one statement writes.
    columns: Vec<usize>,
    /// The columns of the current row that were changed.
    changed: Vec<usize>,
    spare: Vec<ValueRef<'static>>,
    written: u64,
    row: PhantomData<R>,
}

impl<R: Row> Writer<R> {
    fn new() -> Writer<R> {
        Writer {
            statements: Statements::new(statement::update::<R>),
            columns: Vec::new(),
            changed: Vec::new(),
            spare: Vec::new(),
            written: 0,
            row: PhantomData,
        }
    }

    /// Writes the changed rows of a page. Rows with the same changed columns share one statement.
    fn write<B: Backend>(
        &mut self,
        op: &mut Op<'_, B>,
        target: &TargetTable,
        batch: &Batch<R>,
    ) -> Result<()> {
        let mut at = 0;
        while self.next(batch, &mut at) {
            std::mem::swap(&mut self.columns, &mut self.changed);
            self.refuse(target, batch, at)?;
            let sql = self.statements.sql::<B>(&self.columns).to_owned();
            let mut failure = None;
            let written_before = self.written;
            let done = B::with_prepared(&mut op.session, &sql, &mut |execute| {
                failure = self.write_same_columns(batch, &mut at, execute).err();
            });
            let tried = self.written - written_before + u64::from(failure.is_some());
            op.record.statements += u32::try_from(tried).unwrap_or(u32::MAX);
            match (done, failure) {
                (Ok(()), None) => {}
                (Err(source), _) | (_, Some(Unwritten::Refused(source))) => {
                    return Err(op.failed(&sql, source).into());
                }
                (_, Some(Unwritten::Several)) => {
                    return Err(row_count_error(batch, at, Found::Several));
                }
                (_, Some(Unwritten::None)) => {
                    check_exists(op, batch, at)?;
                    at += 1;
                }
            }
        }
        Ok(())
    }

    /// Finds the next changed row, starting at `at`.
    fn next(&mut self, batch: &Batch<R>, at: &mut usize) -> bool {
        while *at < batch.len() {
            batch.compare(*at, &mut self.changed);
            if !self.changed.is_empty() {
                return true;
            }
            *at += 1;
        }
        false
    }

    /// Writes rows from `at`, as long as the same columns are changed.
    fn write_same_columns(
        &mut self,
        batch: &Batch<R>,
        at: &mut usize,
        execute: &mut Execute<'_>,
    ) -> Result<(), Unwritten> {
        loop {
            let params = batch.parameters(*at, &self.columns, std::mem::take(&mut self.spare));
            let done = execute(&params);
            self.spare = reuse(params);
            match done {
                Err(source) => return Err(Unwritten::Refused(source)),
                Ok(1) => self.written += 1,
                Ok(0) => return Err(Unwritten::None),
                Ok(_) => return Err(Unwritten::Several),
            }
            *at += 1;
            if !self.next(batch, at) || self.changed != self.columns {
                return Ok(());
            }
        }
    }

    /// Refuses changes of the key and of generated columns.
    fn refuse(&self, target: &TargetTable, batch: &Batch<R>, at: usize) -> Result<()> {
        let names = || self.columns.iter().map(|at| R::COLUMNS[*at]);
        let operation = format!(
            "write the row of `{}` with {}",
            qualified_table::<R>(),
            batch.written_key(at)
        );
        if let Some(name) = names().find(|name| R::KEY.contains(name)) {
            return Err(OpError::Invalid {
                operation,
                reason: format!("its key `{name}` was changed"),
                help: "`update` can't change a key; use `op.execute(\"UPDATE …\")`".to_owned(),
            }
            .into());
        }
        if let Some(name) = names().find(|name| target.computes(name)) {
            return Err(OpError::Invalid {
                operation,
                reason: format!("the database computes column `{name}`, and it was changed"),
                help: "change the columns that it is computed from".to_owned(),
            }
            .into());
        }
        Ok(())
    }
}

/// The reason why a row was not written.
enum Unwritten {
    /// The database refused it.
    Refused(DatabaseError),
    /// The database reports no changed row. Some databases also report this for a row with equal values.
    None,
    /// It changed several rows.
    Several,
}

/// The number of rows with a key that should identify one row.
#[derive(Clone, Copy)]
enum Found {
    None,
    Several,
}

/// Returns an error if a row no longer exists.
fn check_exists<R: Row, B: Backend>(op: &mut Op<'_, B>, batch: &Batch<R>, at: usize) -> Result<()> {
    let sql = statement::select_by_key::<R>(B::dialect());
    let key: Vec<ValueRef<'_>> = batch.key(at).collect();
    let mut is_there = false;
    let done = B::query_ref(&mut op.session, &sql, &key, &mut |_| is_there = true);
    done.map_err(|source| op.failed(&sql, source))?;
    match is_there {
        true => Ok(()),
        false => Err(row_count_error(batch, at, Found::None)),
    }
}

fn row_count_error<R: Row>(batch: &Batch<R>, at: usize, found: Found) -> Error {
    let (reason, help) = match found {
        Found::None => (
            "it no longer exists",
            "check whether a trigger or the function itself deletes it or changes its key",
        ),
        Found::Several => (
            "there is more than one row with this key",
            "name the columns of the primary key",
        ),
    };
    OpError::Invalid {
        operation: format!(
            "write the row of `{}` with {}",
            qualified_table::<R>(),
            batch.written_key(at)
        ),
        reason: reason.to_owned(),
        help: help.to_owned(),
    }
    .into()
}

/// The statements, one for each set of columns.
struct Statements {
    make: fn(&dyn migrate_schema::ddl::Dialect, &[usize]) -> String,
    made: Vec<(Vec<usize>, String)>,
}

impl Statements {
    fn new(make: fn(&dyn migrate_schema::ddl::Dialect, &[usize]) -> String) -> Statements {
        Statements {
            make,
            made: Vec::new(),
        }
    }

    fn sql<B: Backend>(&mut self, columns: &[usize]) -> &str {
        let at = self.made.iter().position(|(known, _)| known == columns);
        let at = at.unwrap_or_else(|| {
            let sql = (self.make)(B::dialect(), columns);
            self.made.push((columns.to_vec(), sql));
            self.made.len() - 1
        });
        &self.made[at].1
    }
}

/// The error that a revision's function returned for a row.
#[derive(Debug)]
struct InRow {
    row: String,
    cause: Box<dyn StdError + Send + Sync>,
}

impl fmt::Display for InRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.row, self.cause)
    }
}

impl StdError for InRow {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}

/// Adds the row to an error. Errors of the database and of operations are kept, because their type adds more details.
fn in_row<R: Row, B: Backend>(error: Error, batch: &Batch<R>, at: usize) -> Error {
    let inner = error.inner();
    if inner.is::<OpError>() || B::downcast_error(inner).is_some() {
        return error;
    }
    let row = format!(
        "the row of `{}` with {}",
        qualified_table::<R>(),
        batch.written_key(at)
    );
    let cause = error.into_inner();
    Error::boxed(Box::new(InRow { row, cause }))
}
