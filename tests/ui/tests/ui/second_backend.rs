//! A second backend, for histories of two backends. It has the types of one and does nothing.

use std::ffi::OsStr;
use std::marker::PhantomData;
use std::time::Duration;

use migrate_runtime::Error;
use migrate_engine::backend::*;
use migrate_schema::ddl::Dialect;
use migrate_runtime::error::{DatabaseError, OpError};
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Column, Schema};
use migrate_runtime::v1::{Op, Value};

pub struct Second;

pub struct NoRun;

pub struct Session<'t>(PhantomData<&'t ()>);

impl Backend for Second {
    type Client = ();
    type Reader<'c> = ();
    type Session<'t> = Session<'t>;
    type Connection<'c, 't>
        = &'c mut Session<'t>
    where
        't: 'c;
    type Run<'c> = NoRun;

    const CAPABILITIES: Capabilities = Capabilities::new();

    fn dialect() -> &'static dyn Dialect {
        unreachable!()
    }

    fn open(_: &OsStr, _: Access, _: Duration) -> Result<Option<()>, Error> {
        unreachable!()
    }

    fn scratch(_: Option<&OsStr>) -> Result<(), Error> {
        unreachable!()
    }

    fn begin_run<'c>(_: &'c mut (), _: Duration, _: &str) -> Result<NoRun, Error> {
        unreachable!()
    }

    fn reader(_: &mut ()) {}

    fn read<R>(
        _: (),
        _: Duration,
        _: impl FnOnce(&mut Op<'_, Self>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        unreachable!()
    }

    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't> {
        session
    }

    fn execute(_: &mut Session<'_>, _: &str, _: &[Value]) -> Result<u64, DatabaseError> {
        unreachable!()
    }

    fn execute_batch(_: &mut Session<'_>, _: &str) -> Result<u32, ScriptError> {
        unreachable!()
    }

    fn query(
        _: &mut Session<'_>,
        _: &str,
        _: &[Value],
        _: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        unreachable!()
    }

    fn check(_: &mut Session<'_>, _: &Operation) -> Result<CheckOutcome, OpError> {
        unreachable!()
    }

    fn inspect(_: &mut Session<'_>, _: Option<&str>) -> Result<Schema, DatabaseError> {
        unreachable!()
    }

    fn tables(_: &mut Session<'_>) -> Result<Vec<String>, DatabaseError> {
        unreachable!()
    }

    fn columns(_: &mut Session<'_>, _: &str) -> Result<Vec<Column>, DatabaseError> {
        unreachable!()
    }

    fn describe_object(_: &mut Session<'_>, _: Option<&str>, _: &str) -> Result<Option<ObjectInfo>, DatabaseError> {
        unreachable!()
    }
}

impl MigrationRun<Second> for NoRun {
    fn begin(&mut self) -> Result<(), Error> {
        unreachable!()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        unreachable!()
    }

    fn rollback(&mut self) {}

    fn is_open(&self) -> bool {
        false
    }

    fn unit<R, E>(
        &mut self,
        _: UnitScope,
        _: impl FnOnce(&mut Op<'_, Second>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        unreachable!()
    }
}
