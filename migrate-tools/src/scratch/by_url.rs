//! A scratch database that the application opens by its URL, too.
//!
//! Servers name the database of the connection; SQLite gets a file instead of a database in memory.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use migrate_engine::backend::{Access, Backend};
use migrate_engine::database_url;
use migrate_engine::error::Error;
use migrate_engine::executor::RunOptions;
use migrate_engine::migrations::Migrations;

/// A scratch database with a URL. Its file is deleted after its client is closed.
pub(super) struct UrlScratch<B: Backend> {
    pub(super) client: B::Client,
    pub(super) url: String,
    pub(super) directory: Option<TemporaryDirectory>,
}

/// Creates an empty scratch database with a URL.
pub(super) fn create<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
) -> Result<UrlScratch<B>, Error> {
    let mut client = migrations.scratch(scratch_server)?;
    let options = RunOptions::default();
    let database = B::read(B::reader(&mut client), options.wait, |op| {
        op.database().map_err(|error| Error::Bug(error.to_string()))
    })?;
    if let Some(url) = database.url()
        && database.name() != ":memory:"
    {
        let url = with_password(url, database.name(), scratch_server)?;
        return Ok(UrlScratch {
            client,
            url,
            directory: None,
        });
    }
    let directory = TemporaryDirectory::create()?;
    let file = directory.0.join("desired.db");
    let opened = migrations.open(file.as_os_str(), Access::Write, options.wait)?;
    let text = file.display().to_string();
    let text = text.replace('%', "%25").replace('?', "%3F");
    Ok(UrlScratch {
        client: opened
            .ok_or_else(|| Error::Bug("a scratch database was not created".to_owned()))?,
        url: format!("sqlite://{}", text.replace('#', "%23")),
        directory: Some(directory),
    })
}

/// Returns the URL of a scratch database with the password and the options of the URL of its server.
fn with_password(
    url: &str,
    database: &str,
    scratch_server: Option<&OsStr>,
) -> Result<String, Error> {
    let setting = |name: &str| database_url::value(name);
    let found = [
        setting("MIGRATE_SCRATCH_URL_MYSQL")?,
        setting("MIGRATE_SCRATCH_URL")?,
        scratch_server.map(OsStr::to_owned),
        setting("DATABASE_URL")?,
    ];
    let found = found.into_iter().flatten();
    let mut servers = found.filter_map(|text: OsString| text.into_string().ok());
    let same = servers.find_map(|server| with_database(&server, url, database));
    Ok(same.unwrap_or_else(|| url.to_owned()))
}

/// Returns the URL of `server` with another database, if its scheme is one of the same server as that of `like`.
fn with_database(server: &str, like: &str, database: &str) -> Option<String> {
    let kind = |scheme: &str| match scheme {
        "postgres" | "postgresql" => 'p',
        "mysql" | "mariadb" => 'm',
        _ => '?',
    };
    let (scheme, rest) = server.trim().split_once("://")?;
    let (own, _) = like.split_once("://")?;
    if kind(scheme) != kind(own) {
        return None;
    }
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (rest, String::new()),
    };
    let authority = address.split('/').next().unwrap_or_default();
    Some(format!("{own}://{authority}/{database}{query}"))
}

/// A directory that is deleted with this value.
pub(super) struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    fn create() -> Result<TemporaryDirectory, Error> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("cargo-migrate-desired-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A killed process with the same id may have left one behind.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).map_err(|error| Error::File {
            action: "create",
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Ok(TemporaryDirectory(path))
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // An error in `drop` can't be reported; the directory is in the system's directory for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_has_the_password_and_the_options_of_the_server() {
        let other = |server| with_database(server, "postgres://u@h/scratch", "scratch");
        assert_eq!(
            other("postgresql://u:p%40w@h:5433/db?sslmode=require").as_deref(),
            Some("postgres://u:p%40w@h:5433/scratch?sslmode=require")
        );
        assert_eq!(
            other("postgres://u:p@h").as_deref(),
            Some("postgres://u:p@h/scratch")
        );
        for server in ["mysql://u@h/db", "host=/run dbname=x", "app.db", ""] {
            assert_eq!(other(server), None, "{server}");
        }
    }
}
