//! Scratch databases in files, copied from a template file.

use std::borrow::Borrow as _;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::backend::{
    Access, Backend as _, COPY_ATTEMPTS, ConnectionHook, ScratchRequest, SharedScratch, Template,
};
use crate::error::Error;
use crate::scratch_directory::{ScratchFiles, template_file};

use super::error::from_driver;
use super::{Sqlite, SqliteDriver};

/// The time limit for locks of other connections.
const WAIT: Duration = Duration::from_secs(30);

pub(super) fn create<D: SqliteDriver>(
    request: &ScratchRequest<'_, Sqlite<D>>,
) -> Result<SharedScratch<Sqlite<D>>, Error> {
    let files = ScratchFiles::create(request.keep)?;
    let path = files.database();
    if let Some(template) = request.template {
        copy(template, &path)?;
    }
    let opened = Sqlite::<D>::open(path.as_os_str(), Access::Write, WAIT)?;
    let client =
        opened.ok_or_else(|| Error::Bug("a scratch database was not created".to_owned()))?;
    let url = url(&path);
    Ok(SharedScratch::new(client, url.clone(), url)
        .with_variables(vec![("DATABASE_FILE", path.into_os_string())])
        .with_files(files))
}

/// Returns the URL with the three slashes that sqlx, Diesel and SeaORM understand.
fn url(path: &Path) -> String {
    let text = path.display().to_string();
    let text = text.replace('%', "%25").replace('?', "%3F");
    format!("sqlite://{}", text.replace('#', "%23"))
}

/// Copies the file of a template, which is built if it does not exist.
fn copy<D: SqliteDriver>(template: &Template<'_, Sqlite<D>>, to: &Path) -> Result<(), Error> {
    let mut attempts = 0;
    loop {
        let file = template_file(template, |part| build(template, part))?;
        attempts += 1;
        match fs::copy(&file, to) {
            Ok(_) => return Ok(()),
            // Another process removed it between the two calls.
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempts < COPY_ATTEMPTS => {}
            Err(error) => {
                return Err(Error::File {
                    action: "copy the template to",
                    path: to.to_owned(),
                    reason: error.to_string(),
                });
            }
        }
    }
}

/// Builds a template in a scratch database, and copies it. The copy is one file, whatever the journal mode is.
fn build<D: SqliteDriver>(template: &Template<'_, Sqlite<D>>, part: &Path) -> Result<(), Error> {
    let mut built = create::<D>(&ScratchRequest::empty())?;
    (template.fill)(&mut built.client)?;
    // Without revisions the file may still have no page, and only a database has a copy.
    let connection: &Connection = built.client.borrow();
    connection
        .execute_batch("PRAGMA user_version = 0")
        .map_err(|error| Error::database("can't write the template", from_driver(&error)))?;
    let hook = ConnectionHook::none();
    let driver = <Sqlite>::backup_driver(OsStr::new(&built.url), WAIT, "", hook)?;
    driver.create(part)
}
