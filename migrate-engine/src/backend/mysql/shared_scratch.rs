//! Scratch databases that are loaded from a template: a backup in a file.
//!
//! The server has no copy of a whole database, and its own programs know everything that a database contains.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use crate::backend::{
    Backend as _, ConnectionHook, ScratchRequest, SessionMode, SharedScratch, Template,
};
use crate::backup_driver::BackupError;
use crate::error::Error;
use crate::scratch_directory::template_file;

use super::backup::{scratch_database, scratch_with};
use super::client::MysqlClient;
use super::scratch::Scratch;
use super::{Mysql, url};

/// The time limit for locks of other connections.
const WAIT: Duration = Duration::from_secs(30);

pub(super) fn create<M: SessionMode>(
    request: &ScratchRequest<'_, Mysql<M>>,
) -> Result<SharedScratch<Mysql<M>>, Error> {
    let (server, scratch) = scratch_database(request.scratch_server, WAIT, request.keep)?;
    let url = url::with_database(&server, scratch.name());
    let url = url.ok_or_else(|| Error::Bug("the URL of a server has no database".to_owned()))?;
    let shown = url::origin(OsStr::new(&url), WAIT)?.shown;
    let client = match request.template {
        Some(template) => load(template, server, scratch, request.scratch_server)?,
        None => MysqlClient::at(scratch.origin(), Some(scratch), M::SHARING)?,
    };
    Ok(SharedScratch::new(client, url, shown))
}

/// Loads a template, which is built if it does not exist.
fn load<M: SessionMode>(
    template: &Template<'_, Mysql<M>>,
    server: OsString,
    scratch: Scratch,
    scratch_server: Option<&OsStr>,
) -> Result<MysqlClient, Error> {
    // Another server may be another product.
    let address = url::origin(&server, WAIT)?.shown;
    let template = Template {
        contents: crate::hash::fnv([format!("{:x}", template.contents), address]),
        ..*template
    };
    match template_file(&template, |part| build(&template, scratch_server, part)) {
        Ok(file) => scratch_with(&file, server, scratch, WAIT, M::SHARING),
        // Without the server's programs, each database runs the revisions.
        Err(Error::Backup(error)) if matches!(*error, BackupError::Program { .. }) => {
            let mut client = MysqlClient::at(scratch.origin(), Some(scratch), M::SHARING)?;
            (template.fill)(&mut client)?;
            Ok(client)
        }
        Err(error) => Err(error),
    }
}

/// Builds a template in a scratch database, and copies it.
fn build<M: SessionMode>(
    template: &Template<'_, Mysql<M>>,
    scratch_server: Option<&OsStr>,
    part: &Path,
) -> Result<(), Error> {
    let mut built = create::<M>(&ScratchRequest {
        scratch_server,
        ..ScratchRequest::empty()
    })?;
    (template.fill)(&mut built.client)?;
    let hook = ConnectionHook::none();
    let driver = <Mysql>::backup_driver(OsStr::new(&built.url), WAIT, "", hook)?;
    driver.create(part)
}
