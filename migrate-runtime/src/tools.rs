//! The methods that try revisions on scratch databases, and those for backups.

use std::ffi::OsStr;
use std::path::Path;

use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::RunOptions;
use migrate_engine::run::BackgroundCall;
use migrate_tools::backup::{self, Backup, BackupSettings, CreatedBackup, RestoreReport};
use migrate_tools::script;
use migrate_tools::test_database::{self, TestDatabase};
use migrate_tools::verify::{self, RevisionResult, StartState, VerifyOptions};

use crate::Migrations;

impl<B: Backend> Migrations<B> {
    /// Runs each revision up, down and up again on a scratch database, and returns the results.
    ///
    /// ```
    /// # use migrate_runtime::v1::Sqlite;
    /// # static MIGRATIONS: migrate_runtime::Migrations<Sqlite> = migrate_runtime::Migrations::new(
    /// #     &[],
    /// #     migrate_runtime::__private::Options {
    /// #         version_table: "migrate_revisions",
    /// #         heads: migrate_runtime::__private::Heads::One,
    /// #     },
    /// # );
    /// # fn migrations() -> &'static migrate_runtime::Migrations<Sqlite> { &MIGRATIONS }
    /// use migrate_runtime::verify::{RoundTrip, VerifyOptions};
    ///
    /// let verified = migrations().verify(&VerifyOptions::new())?;
    /// assert!(verified.iter().all(|one| one.round_trip == RoundTrip::Passed));
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`verify_with`](Migrations::verify_with).
    pub fn verify(&self, verify_options: &VerifyOptions) -> Result<Vec<RevisionResult>, Error> {
        verify::verify(self, verify_options)
    }

    /// Verifies revisions with custom options, and passes each result to `each` as soon as it is known.
    ///
    /// # Errors
    ///
    /// [`Error::ScratchUnavailable`] if no scratch database is available; [`Error::Backup`] if the database can't be
    /// copied;
    /// [`Error::OnDatabaseCopy`] if its copy can't be used: it has unknown revisions, is newer, or has tables but no
    /// history. A revision that fails is not an error but an outcome.
    pub fn verify_with(
        &self,
        verify_options: &VerifyOptions,
        options: &RunOptions,
        each: &mut dyn FnMut(RevisionResult),
    ) -> Result<StartState, Error> {
        verify::verify_with(self, verify_options, options, each)
    }

    /// Returns the SQL of an upgrade from `from` to `target` as a script, and a list of what the script does not do:
    /// application code, table rebuilds. `from` names what is applied; an empty string means nothing.
    ///
    /// # Errors
    ///
    /// [`Error::ScratchUnavailable`] if no scratch database is available to run the revisions on; as
    /// [`upgrade`](migrate_engine::Migrations::upgrade).
    pub fn upgrade_sql(&self, from: &[&str], target: &str) -> Result<(String, Vec<String>), Error> {
        script::upgrade_sql(self, from, target)
    }

    /// Creates a database for one test, with all revisions applied. It is dropped with the returned value.
    ///
    /// The revisions run once: the result is a template, and each call copies it. An edited, added or removed revision
    /// gives another template. A server is found as for other scratch databases: `MIGRATE_SCRATCH_URL`, else
    /// `DATABASE_URL`, in the environment or in `.env`.
    ///
    /// The environment variable `MIGRATE_TEST_DATABASE` has settings: `keep` keeps the databases and prints their URLs;
    /// `rebuild` builds the template again, for example after a change of a function that a revision calls.
    ///
    /// ```
    /// # use migrate_runtime::v1::Sqlite;
    /// # static MIGRATIONS: migrate_runtime::Migrations<Sqlite> = migrate_runtime::Migrations::new(
    /// #     &[],
    /// #     migrate_runtime::__private::Options {
    /// #         version_table: "migrate_revisions",
    /// #         heads: migrate_runtime::__private::Heads::One,
    /// #     },
    /// # );
    /// # fn migrations() -> &'static migrate_runtime::Migrations<Sqlite> { &MIGRATIONS }
    /// let mut database = migrations().test_database()?;
    /// assert!(database.url().starts_with("sqlite://"));
    /// assert!(migrations().is_current(database.client())?);
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ScratchUnavailable`] if no server is named; [`Error::OnScratchDatabase`] if a revision fails;
    /// [`Error::Database`] or [`Error::File`] if the database or the template can't be created. On a thread that runs async
    /// tasks, PostgreSQL returns [`Error::AsyncThread`]: use [`test_database_async`](Migrations::test_database_async).
    pub fn test_database(&self) -> Result<TestDatabase<B>, Error>
    where
        B::Client: Send,
    {
        test_database::create(self, None)
    }

    /// Creates a database for one test, as [`test_database`](Migrations::test_database) does, from async code.
    ///
    /// The work has a thread of its own, so it needs no runtime, and works under every one. Nothing happens until the
    /// future is awaited.
    ///
    /// ```
    /// # use migrate_runtime::v1::Sqlite;
    /// # use migrate_runtime::{Error, Migrations};
    /// async fn a_test(migrations: &'static Migrations<Sqlite>) -> Result<(), Error> {
    ///     let database = migrations.test_database_async().await?;
    ///     // … connect a pool to `database.url()`.
    ///     assert!(migrations.ready(database.url()).await?);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`test_database`](Migrations::test_database).
    pub fn test_database_async(&'static self) -> BackgroundCall<TestDatabase<B>>
    where
        B::Client: Send,
    {
        test_database::create_async(self)
    }

    /// Makes a backup of the database that `url` names, while it is in use.
    ///
    /// ```no_run
    /// # use migrate_runtime::v1::Sqlite;
    /// # fn migrations() -> &'static migrate_runtime::Migrations<Sqlite> { unimplemented!() }
    /// use migrate_runtime::backup::BackupSettings;
    ///
    /// let made = migrations().backup("app.db", &BackupSettings::new().keep(7))?;
    /// println!("{}", made.backup.file.display());
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Backup`], [`Error::Locked`] or [`Error::Database`]; no file is left then.
    pub fn backup(
        &self,
        url: impl AsRef<OsStr>,
        settings: &BackupSettings,
    ) -> Result<CreatedBackup, Error> {
        backup::create(self, url.as_ref(), settings)
    }

    /// Lists the backups of the database that `url` names, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the directory can't be read.
    pub fn backups(
        &self,
        url: impl AsRef<OsStr>,
        settings: &BackupSettings,
    ) -> Result<Vec<Backup>, Error> {
        backup::list(self, url.as_ref(), settings)
    }

    /// Replaces the database that `url` names with a backup; connections to it may stay open.
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the file is not a valid backup, [`Error::Locked`] or [`Error::Database`]; the database is
    /// then as it was.
    pub fn restore(
        &self,
        url: impl AsRef<OsStr>,
        file: impl AsRef<Path>,
        settings: &BackupSettings,
    ) -> Result<RestoreReport, Error> {
        backup::restore(self, url.as_ref(), file.as_ref(), settings)
    }
}
