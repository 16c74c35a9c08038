//! Scratch databases that are copied from a template database of the server.
//!
//! A template is built in a scratch database, and gets its name when it is complete: `cargo_migrate_template_` and the two
//! hashes. Nobody can connect to it, so nothing can prevent a copy.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use postgres::Client;

use crate::backend::{COPY_ATTEMPTS, ScratchRequest, SessionMode, SharedScratch, Template};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

use super::Postgres;
use super::admin::connect_to_server;
use super::backup::variables;
use super::client::PostgresClient;
use super::error::from_driver;
use super::scratch::Scratch;
use super::url::{self, Origin};

/// The prefix of the name of every template.
const PREFIX: &str = "cargo_migrate_template_";

/// The time limit for another process that builds the same template.
const BUILD_WAIT: Duration = Duration::from_secs(600);

pub(super) fn create<M: SessionMode>(
    request: &ScratchRequest<'_, Postgres<M>>,
) -> Result<SharedScratch<Postgres<M>>, Error> {
    let keep = request.keep;
    let (server, scratch) =
        PostgresClient::scratch_database(request.scratch_server, |admin| match request.template {
            Some(template) => copy(&admin, keep, template),
            None => Scratch::create_to_keep(admin, keep),
        })?;
    let url = url::with_database(&server, &scratch.name);
    let url = url.ok_or_else(|| Error::Bug("the URL of a server has no database".to_owned()))?;
    let shown = url::origin(OsStr::new(&url), BUILD_WAIT)?.shown;
    scratch.set_path().map_err(failed)?;
    let origin = scratch.origin();
    let variables: Vec<(&str, OsString)> = variables(&origin);
    let client = PostgresClient::at(origin, Some(scratch), M::SHARING)?;
    Ok(SharedScratch::new(client, url, shown).with_variables(variables))
}

/// Copies a template, which is built if it does not exist.
fn copy<M: SessionMode>(
    admin: &Origin,
    keep: bool,
    template: &Template<'_, Postgres<M>>,
) -> Result<Scratch, Error> {
    let (name, mut rebuild) = (name(admin, template), template.rebuild);
    for _ in 0..COPY_ATTEMPTS {
        if !rebuild && let Some(copied) = Scratch::copy(admin.clone(), keep, &name)? {
            return Ok(copied);
        }
        build(admin, template, &name, rebuild)?;
        rebuild = false;
    }
    let message = "other processes remove the template again and again";
    Err(failed(DatabaseError::new(
        DatabaseErrorKind::Other,
        message,
    )))
}

/// Returns the name of a template. Only the role that built a template can copy it, so the name depends on the role.
fn name<M: SessionMode>(admin: &Origin, template: &Template<'_, Postgres<M>>) -> String {
    format!("{}{:016x}", stem(admin, template), template.contents)
}

fn stem<M: SessionMode>(admin: &Origin, template: &Template<'_, Postgres<M>>) -> String {
    let role = admin.config.get_user().unwrap_or_default();
    let history = crate::hash::fnv([role, &template.stem()]);
    format!("{PREFIX}{history:016x}_")
}

/// Builds a template, unless another process does it meanwhile.
fn build<M: SessionMode>(
    admin: &Origin,
    template: &Template<'_, Postgres<M>>,
    name: &str,
    rebuild: bool,
) -> Result<(), Error> {
    let stem = stem(admin, template);
    let (_, mut connection) = connect_to_server(admin).map_err(failed)?;
    lock(&mut connection, &stem).map_err(failed)?;
    if !rebuild && exists(&mut connection, name).map_err(failed)? {
        return Ok(());
    }
    let scratch = Scratch::create(admin.clone())?;
    let mut client = PostgresClient::at(scratch.origin(), None, M::SHARING)?;
    (template.fill)(&mut client)?;
    drop(client);
    remove(&mut connection, &stem).map_err(failed)?;
    match scratch.publish(&mut connection, name, template.label) {
        // A process with another maintenance database does not see the lock.
        Err(_) if exists(&mut connection, name).map_err(failed)? => Ok(()),
        published => published.map_err(failed),
    }
}

/// Waits for other processes that build a template of this history. The lock ends with the connection.
fn lock(connection: &mut Client, stem: &str) -> Result<(), DatabaseError> {
    let key = i64::from_ne_bytes(crate::hash::fnv([stem]).to_ne_bytes());
    let wait = BUILD_WAIT.as_millis();
    let sql = format!("SET lock_timeout = {wait}; SELECT pg_advisory_lock({key})");
    connection
        .batch_execute(&sql)
        .map_err(|error| from_driver(&error))
}

fn exists(connection: &mut Client, name: &str) -> Result<bool, DatabaseError> {
    let sql = "SELECT FROM pg_catalog.pg_database WHERE datname = $1";
    let found = connection.query_opt(sql, &[&name]);
    Ok(found.map_err(|error| from_driver(&error))?.is_some())
}

/// Removes the templates of a history. A process that copies one of them now delays this.
fn remove(connection: &mut Client, stem: &str) -> Result<(), DatabaseError> {
    let sql =
        "SELECT datname::text FROM pg_catalog.pg_database WHERE starts_with(datname::text, $1)";
    let found = connection.query(sql, &[&stem]);
    for row in found.map_err(|error| from_driver(&error))? {
        let name: String = row.get(0);
        // It may belong to another role, or be removed already.
        let _ = connection.batch_execute(&format!("DROP DATABASE IF EXISTS \"{name}\""));
    }
    Ok(())
}

fn failed(error: DatabaseError) -> Error {
    Error::database("can't create a scratch database from a template", error)
}
