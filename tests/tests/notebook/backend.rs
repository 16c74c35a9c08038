//! The backend: what it can do, how it runs, in the order of the trait.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::time::Duration;

use migrate_engine::backend::{
    Access, Backend, Capabilities, CheckOutcome, MigrationRun, ObjectInfo, ScriptError, UnitError,
    UnitScope,
};
use migrate_runtime::Error;
use migrate_runtime::error::{DatabaseError, DatabaseErrorKind, OpError};
use migrate_runtime::v1::{Op, Value};
use migrate_schema::ddl::Dialect;
use migrate_schema::operation::{ExistenceCheck, Operation};
use migrate_schema::schema::{Column, Schema, Table};

use crate::sql;

/// A database of pages.
pub struct Notebook;

/// All pages, by their tables' names.
pub type Pages = BTreeMap<String, Page>;

/// A table and its rows.
#[derive(Debug, Clone)]
pub struct Page {
    pub table: Table,
    pub rows: Vec<Vec<Value>>,
}

/// An open notebook.
#[derive(Debug, Default)]
pub struct Client {
    pages: Pages,
}

impl Client {
    /// Returns the names of a table's columns; empty if there is no such table.
    pub fn columns(&self, table: &str) -> Vec<String> {
        let page = self.pages.get(table);
        let columns = page.into_iter().flat_map(|page| &page.table.columns);
        columns.map(|column| column.name.clone()).collect()
    }

    /// Adds an empty row to an existing table.
    pub fn add_row(&mut self, table: &str) {
        if let Some(page) = self.pages.get_mut(table) {
            page.rows.push(vec![Value::Null; page.table.columns.len()]);
        }
    }
}

struct Plain;

impl Dialect for Plain {}

impl Backend for Notebook {
    type Client = Client;
    type Reader<'c> = &'c Client;
    type Session<'t> = &'t mut Pages;
    type Connection<'c, 't>
        = &'c mut Pages
    where
        't: 'c;
    type Run<'c> = Turn<'c>;

    const CAPABILITIES: Capabilities = Capabilities::new();

    fn dialect() -> &'static dyn Dialect {
        &Plain
    }

    fn open(url: &OsStr, _: Access, _: Duration) -> Result<Option<Client>, Error> {
        Err(Error::Url {
            url: url.to_string_lossy().into_owned(),
            reason: "a notebook has no address".to_owned(),
            help: "make one".to_owned(),
        })
    }

    fn scratch(_: Option<&OsStr>) -> Result<Client, Error> {
        Ok(Client::default())
    }

    fn begin_run<'c>(client: &'c mut Client, _: Duration, _: &str) -> Result<Turn<'c>, Error> {
        Ok(Turn {
            pages: &mut client.pages,
            before: None,
        })
    }

    fn reader(client: &mut Client) -> &Client {
        client
    }

    fn read<R>(
        client: &Client,
        _: Duration,
        work: impl FnOnce(&mut Op<'_, Notebook>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        work(&mut Op::new(&mut client.pages.clone()))
    }

    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't> {
        session
    }

    fn execute(
        session: &mut &mut Pages,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        sql::execute(session, sql, params).map_err(refused)
    }

    fn execute_batch(session: &mut &mut Pages, sql: &str) -> Result<u32, ScriptError> {
        let done = sql::execute(session, sql, &[]);
        done.map(|_| 1).map_err(|reason| ScriptError {
            before: 0,
            sql: sql.to_owned(),
            source: refused(reason),
        })
    }

    fn query(
        session: &mut &mut Pages,
        sql: &str,
        _: &[Value],
        row: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        let rows = sql::select(session, sql).map_err(refused)?;
        rows.into_iter().for_each(row);
        Ok(())
    }

    fn check(session: &mut &mut Pages, operation: &Operation) -> Result<CheckOutcome, OpError> {
        match operation {
            Operation::CreateTable(op)
                if op.existence == ExistenceCheck::IfNotExists
                    && session.contains_key(&op.table.name) =>
            {
                Ok(CheckOutcome::Skip)
            }
            Operation::CreateTable(_)
            | Operation::DropTable(_)
            | Operation::AddColumn(_)
            | Operation::DropColumn(_) => Ok(CheckOutcome::Run),
            other => Err(OpError::Unsupported {
                operation: other.title(),
                reason: "a notebook has no indexes and the like".to_owned(),
                help: "leave it out".to_owned(),
            }),
        }
    }

    // A notebook takes operations as they are: it need not read any SQL.
    fn can_combine(_: &[Operation]) -> bool {
        true
    }

    fn alter_table(
        session: &mut &mut Pages,
        operations: &[Operation],
        _: &mut dyn FnMut(u64, u64),
    ) -> Result<u32, OpError> {
        for operation in operations {
            write_down(session, operation);
        }
        Ok(1)
    }

    fn inspect(session: &mut &mut Pages, except: Option<&str>) -> Result<Schema, DatabaseError> {
        let pages = session
            .values()
            .filter(|page| Some(page.table.name.as_str()) != except);
        Ok(Schema {
            tables: pages.map(|page| page.table.clone()).collect(),
            ..Schema::default()
        })
    }

    fn tables(session: &mut &mut Pages) -> Result<Vec<String>, DatabaseError> {
        Ok(session.keys().cloned().collect())
    }

    fn columns(session: &mut &mut Pages, table: &str) -> Result<Vec<Column>, DatabaseError> {
        let page = session.get(table);
        Ok(page
            .map(|page| page.table.columns.clone())
            .unwrap_or_default())
    }

    fn describe_object(
        session: &mut &mut Pages,
        _: Option<&str>,
        table: &str,
    ) -> Result<Option<ObjectInfo>, DatabaseError> {
        Ok(session.get(table).map(|page| {
            let key = page.table.primary_key.iter().flat_map(|key| &key.columns);
            let key: Vec<&String> = key.collect();
            let columns = page.table.columns.iter();
            ObjectInfo {
                kind: "table".to_owned(),
                columns: columns
                    .map(|column| (column.name.clone(), key.contains(&&column.name)))
                    .collect(),
                triggers: Vec::new(),
            }
        }))
    }
}

fn refused(reason: String) -> DatabaseError {
    DatabaseError::new(DatabaseErrorKind::Other, reason)
}

fn write_down(pages: &mut Pages, operation: &Operation) {
    match operation {
        Operation::CreateTable(op) => {
            let page = Page {
                table: op.table.clone(),
                rows: Vec::new(),
            };
            pages.insert(op.table.name.clone(), page);
        }
        Operation::DropTable(op) => {
            pages.remove(&op.name);
        }
        Operation::AddColumn(op) => {
            if let Some(page) = pages.get_mut(&op.table) {
                page.table.column(op.column.clone());
                page.rows.iter_mut().for_each(|row| row.push(Value::Null));
            }
        }
        Operation::DropColumn(op) => {
            if let Some(page) = pages.get_mut(&op.table) {
                page.table.columns.retain(|column| column.name != op.name);
            }
        }
        other => unreachable!("{} was refused before", other.title()),
    }
}

/// A client that runs revisions.
pub struct Turn<'c> {
    pages: &'c mut Pages,
    before: Option<Pages>,
}

impl MigrationRun<Notebook> for Turn<'_> {
    fn begin(&mut self) -> Result<(), Error> {
        self.before = Some(self.pages.clone());
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.before = None;
        Ok(())
    }

    fn rollback(&mut self) {
        if let Some(before) = self.before.take() {
            *self.pages = before;
        }
    }

    fn is_open(&self) -> bool {
        self.before.is_some()
    }

    fn unit<R, E>(
        &mut self,
        _: UnitScope,
        work: impl FnOnce(&mut Op<'_, Notebook>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let before = self.pages.clone();
        let result = work(&mut Op::new(&mut *self.pages));
        result.map_err(|error| {
            *self.pages = before;
            UnitError::Work(error)
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.rollback();
    }
}
