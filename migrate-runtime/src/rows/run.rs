//! The helpers themselves: what a revision calls.

use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;

use crate::backend::Backend;
use crate::error::OpError;
use crate::handle::Op;
use crate::v1::{Error, Result};
use crate::value::Value;

use super::page::{Page, emptied};
use super::progress::Meter;
use super::statement::{self, Select, cursor};
use super::subject::{Purpose, Subject};
use super::{Cell, Row};

/// How many rows are in memory at a time, unless the revision says.
const BATCH: usize = 1_000;

impl<'t, B: Backend> Op<'t, B> {
    /// Goes over the rows of a table, as values of a [`Row`] type: batch by batch in the order of the key, so that a table
    /// of any length takes the same memory.
    ///
    /// Nothing is read before [`update`](Rows::update) or [`each`](Rows::each) is called. Before the first row, the
    /// columns that the type names are looked for in the table, so the application's tests tell of a type that does not fit
    /// this revision although their database is empty.
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
    ///     println!("{} of {} users have an avatar now", done.changed, done.read);
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
    pub fn rows<R: Row>(&mut self) -> Rows<'_, 't, B, R> {
        Rows {
            op: self,
            batch: BATCH,
            filter: None,
            row: PhantomData,
        }
    }

    /// Adds rows to a table through one prepared statement and returns how many there were.
    ///
    /// Columns that the database computes are left out, and so is a key that is `None`: the database then gives it.
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
    /// [`OpError::Invalid`] if the table has not the columns that the type names, [`OpError::Statement`] if the database
    /// refuses a row.
    pub fn insert_rows<R: Row>(&mut self, rows: impl IntoIterator<Item = R>) -> Result<u64> {
        let subject = Subject::look::<R, B>(self, Purpose::Insert)?;
        let mut statements = Statements::new(statement::insert::<R>);
        let (mut given, mut count) = (Vec::new(), 0);
        for row in rows {
            let is_left_out = |at: &usize| {
                let name = R::COLUMNS[*at];
                subject.computes(name) || (R::KEY.contains(&name) && row.cell(*at) == Cell::Null)
            };
            given.clear();
            given.extend((0..R::COLUMNS.len()).filter(|at| !is_left_out(at)));
            let cells: Vec<Cell<'_>> = given.iter().map(|at| row.cell(*at)).collect();
            let sql = statements.sql::<B>(&given);
            self.record.statements += 1;
            let done = B::execute_cells(&mut self.session, sql, &cells);
            done.map_err(|source| self.failed(sql, source))?;
            count += 1;
        }
        Ok(count)
    }
}

/// The rows of a table, to be gone over; see [`Op::rows`].
#[must_use = "no row is read before `update` or `each` is called"]
pub struct Rows<'o, 't, B: Backend, R> {
    op: &'o mut Op<'t, B>,
    batch: usize,
    filter: Option<(String, Vec<Value>)>,
    row: PhantomData<R>,
}

/// How much [`Rows::update`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Updated {
    /// How many rows were read.
    pub read: u64,
    /// How many of them were written, because something in them was changed.
    pub changed: u64,
}

impl<'t, B: Backend, R: Row> Rows<'_, 't, B, R> {
    /// Says how many rows are in memory at a time: 1,000 unless it is said.
    pub fn batch(mut self, rows: usize) -> Self {
        self.batch = rows.max(1);
        self
    }

    /// Takes only the rows that keep a condition of SQL, with its parameters as `?1`, `?2` and so on.
    ///
    /// Given twice, the second one counts.
    pub fn filter(mut self, condition: &str, params: &[Value]) -> Self {
        self.filter = Some((condition.to_owned(), params.to_vec()));
        self
    }

    /// Calls a function for each row and writes what it changed: each row once, in the order of the key, only the columns
    /// that hold something else now, and nothing for a row that holds the same.
    ///
    /// # Errors
    ///
    /// - [`OpError::Invalid`] if the table has not the columns that the type names, if a column holds what its field can't,
    ///   and if the function changes the key or a column that the database computes;
    /// - what the function returns, with the row's key;
    /// - [`OpError::Statement`] if the database refuses a row.
    pub fn update(self, mut change: impl FnMut(&mut R) -> Result<()>) -> Result<Updated> {
        self.update_with(|_, row| change(row))
    }

    /// As [`update`](Rows::update), for a function that asks or changes the database besides.
    ///
    /// # Errors
    ///
    /// As [`update`](Rows::update).
    pub fn update_with(
        mut self,
        mut change: impl FnMut(&mut Op<'t, B>, &mut R) -> Result<()>,
    ) -> Result<Updated> {
        // Nobody can tell what other values mean to an older program.
        self.op.record.breaking = true;
        let mut writer = Writer::new();
        let mut changed = 0;
        let read = self.pages(|op, subject, page| {
            for at in 0..page.len() {
                change(op, page.row(at)).map_err(|error| in_row::<R, B>(error, page, at))?;
                changed += writer.write(op, subject, page, at)?;
            }
            Ok(())
        })?;
        Ok(Updated { read, changed })
    }

    /// Calls a function with each row, in the order of the key, and returns how many there were.
    ///
    /// # Errors
    ///
    /// As [`update`](Rows::update), as far as it reads.
    pub fn each(self, mut look: impl FnMut(R) -> Result<()>) -> Result<u64> {
        self.each_with(|_, row| look(row))
    }

    /// As [`each`](Rows::each), for a function that asks or changes the database besides.
    ///
    /// # Errors
    ///
    /// As [`each`](Rows::each).
    pub fn each_with(
        mut self,
        mut look: impl FnMut(&mut Op<'t, B>, R) -> Result<()>,
    ) -> Result<u64> {
        self.pages(|op, _, page| {
            for (at, row) in page.take_rows().into_iter().enumerate() {
                look(op, row).map_err(|error| in_row::<R, B>(error, page, at))?;
            }
            Ok(())
        })
    }

    /// Reads the rows, page by page, and returns how many there were.
    fn pages(
        &mut self,
        mut work: impl FnMut(&mut Op<'t, B>, &Subject, &mut Page<R>) -> Result<()>,
    ) -> Result<u64> {
        let subject = Subject::look::<R, B>(self.op, Purpose::Read)?;
        let filter = self.filter.take();
        let given = filter.as_ref().map_or(&[][..], |(_, params)| params);
        let select = Select {
            dialect: B::dialect(),
            filter: filter
                .as_ref()
                .map(|(sql, params)| (sql.as_str(), params.len())),
            limit: self.batch,
        };
        let fixed: Vec<Cell<'_>> = given.iter().map(Cell::from).collect();
        subject.refuse_without_key::<R, B>(self.op, &select, &fixed)?;
        let mut meter = Meter::new::<R, B>(self.op, &select);
        let read = self.go(&select, &fixed, &mut meter, |op, page| {
            work(op, &subject, page)
        });
        meter.end(self.op);
        read
    }

    fn go(
        &mut self,
        select: &Select<'_>,
        fixed: &[Cell<'_>],
        meter: &mut Meter,
        mut work: impl FnMut(&mut Op<'t, B>, &mut Page<R>) -> Result<()>,
    ) -> Result<u64> {
        let (mut page, mut last, mut read) = (Page::<R>::new(), Vec::<Value>::new(), 0);
        let (first, next) = (select.first::<R>(), select.next::<R>());
        loop {
            let sql = if last.is_empty() { &first } else { &next };
            let key: Vec<Cell<'_>> = last.iter().map(Cell::from).collect();
            let mut cells = fixed.to_vec();
            cells.extend(cursor(select.dialect, &key));
            fill(self.op, sql, &cells, &mut page)?;
            let count = page.len();
            read += count as u64;
            let Some(end) = count.checked_sub(1) else {
                return Ok(read);
            };
            last = page.key(end).map(Cell::into_value).collect();
            work(self.op, &mut page)?;
            if count < self.batch {
                return Ok(read);
            }
            meter.tell(self.op, read, fixed, &last)?;
        }
    }
}

fn fill<R: Row, B: Backend>(
    op: &mut Op<'_, B>,
    sql: &str,
    cells: &[Cell<'_>],
    page: &mut Page<R>,
) -> Result<()> {
    page.clear();
    op.record.statements += 1;
    let done = B::cells(&mut op.session, sql, cells, &mut |row| page.read(row));
    done.map_err(|source| op.failed(sql, source))?;
    let Some((key, mismatch)) = page.failure() else {
        return Ok(());
    };
    let column = R::COLUMNS.get(mismatch.column).copied().unwrap_or_default();
    let help = if mismatch.is_null() {
        format!(
            "make the field an `Option`, or leave such rows out: `.filter(\"{column} IS NOT NULL\", &[])`"
        )
    } else {
        "give the field a type that takes every value there is: `Value` takes any".to_owned()
    };
    Err(OpError::Invalid {
        operation: format!("read the row of `{}` with {key}", R::TABLE),
        reason: format!("column `{column}`: {mismatch}"),
        help,
    }
    .into())
}

/// Writes changed rows.
struct Writer<R> {
    statements: Statements,
    changed: Vec<usize>,
    spare: Vec<Cell<'static>>,
    row: PhantomData<R>,
}

impl<R: Row> Writer<R> {
    fn new() -> Writer<R> {
        Writer {
            statements: Statements::new(statement::update::<R>),
            changed: Vec::new(),
            spare: Vec::new(),
            row: PhantomData,
        }
    }

    /// Writes what was changed in a row, and returns how many rows that were.
    fn write<B: Backend>(
        &mut self,
        op: &mut Op<'_, B>,
        subject: &Subject,
        page: &Page<R>,
        at: usize,
    ) -> Result<u64> {
        page.compare(at, &mut self.changed);
        if self.changed.is_empty() {
            return Ok(0);
        }
        if !self.statements.knows(&self.changed) {
            self.refuse(subject, page, at)?;
        }
        let sql = self.statements.sql::<B>(&self.changed);
        let cells = page.parameters(at, &self.changed, std::mem::take(&mut self.spare));
        op.record.statements += 1;
        let done = B::execute_cells(&mut op.session, sql, &cells);
        self.spare = emptied(cells);
        match done.map_err(|source| op.failed(sql, source))? {
            1 => Ok(1),
            0 => Err(gone(page, at)),
            _ => Err(several(page, at)),
        }
    }

    /// Refuses to write what no row helper writes.
    fn refuse(&self, subject: &Subject, page: &Page<R>, at: usize) -> Result<()> {
        let names = || self.changed.iter().map(|at| R::COLUMNS[*at]);
        let operation = format!(
            "write the row of `{}` with {}",
            R::TABLE,
            page.written_key(at)
        );
        if let Some(name) = names().find(|name| R::KEY.contains(name)) {
            return Err(OpError::Invalid {
                operation,
                reason: format!("its key `{name}` was changed"),
                help: "a row keeps its key while it is gone over; change keys by `op.execute(\"UPDATE …\")`".to_owned(),
            }
            .into());
        }
        if let Some(name) = names().find(|name| subject.computes(name)) {
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

fn gone<R: Row>(page: &Page<R>, at: usize) -> Error {
    OpError::Invalid {
        operation: format!(
            "write the row of `{}` with {}",
            R::TABLE,
            page.written_key(at)
        ),
        reason: "it is not there any more".to_owned(),
        help: "look whether a trigger or the function itself deletes it or changes its key"
            .to_owned(),
    }
    .into()
}

fn several<R: Row>(page: &Page<R>, at: usize) -> Error {
    OpError::Invalid {
        operation: format!(
            "write the row of `{}` with {}",
            R::TABLE,
            page.written_key(at)
        ),
        reason: "there is more than one row with this key".to_owned(),
        help: "name the columns of the primary key".to_owned(),
    }
    .into()
}

/// The statements for one set of columns each, made once.
struct Statements {
    make: fn(&dyn crate::ddl::Dialect, &[usize]) -> String,
    made: Vec<(Vec<usize>, String)>,
}

impl Statements {
    fn new(make: fn(&dyn crate::ddl::Dialect, &[usize]) -> String) -> Statements {
        Statements {
            make,
            made: Vec::new(),
        }
    }

    fn knows(&self, columns: &[usize]) -> bool {
        self.made.iter().any(|(known, _)| known == columns)
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

/// Says which row it was. An error of the database or of an operation stays what it is: more is told from its kind.
fn in_row<R: Row, B: Backend>(error: Error, page: &Page<R>, at: usize) -> Error {
    let inner = error.inner();
    if inner.is::<OpError>() || B::recognise(inner).is_some() {
        return error;
    }
    let row = format!("the row of `{}` with {}", R::TABLE, page.written_key(at));
    let cause = error.into_inner();
    Error::boxed(Box::new(InRow { row, cause }))
}
