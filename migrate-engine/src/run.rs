//! Runs revisions from async code, on a thread of their own.
//!
//! The calls of [`Migrations`] block, and some drivers can't be called at all from a thread that runs async tasks.
//! [`Migrations::run`] and [`Migrations::ready`] start a thread, which opens the database by its URL, and return futures
//! that wait for it. They need no runtime, so they work under every runtime.

mod background;

use std::ffi::{OsStr, OsString};
use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use migrate_graph::Target;

use crate::backend::{Access, Backend};
use crate::error::Error;
use crate::executor::{Executor, Observer, RunOptions, RunReport};
use crate::migrations::Migrations;

pub use background::BackgroundCall;

/// The time that a health check waits for a connection or a lock.
const READY_WAIT: Duration = Duration::from_secs(5);

impl<B: Backend> Migrations<B> {
    /// Upgrades the database that `url` names, from async code: `migrations().run(url).await?`.
    ///
    /// The upgrade has its own thread and its own connection, so it does not block the runtime, and it works under every
    /// runtime: tokio with one thread or many, smol, or none. It does what [`upgrade`](Migrations::upgrade) does; the
    /// methods of [`RunRequest`] set a target, options or an observer. Nothing happens until the result is awaited.
    ///
    /// `url` has the syntax of the command line: a `&str`, `String`, `OsString`, `PathBuf` and so on. A database that does
    /// not exist is created if the command line would create it. No error contains the password.
    ///
    /// If the future is dropped, the thread finishes the revision that runs, starts no other one and releases the lock.
    /// If the process ends before that, the revision is rolled back, or the next run resumes it.
    ///
    /// # Errors
    ///
    /// As [`upgrade`](Migrations::upgrade); [`Error::Url`] if the URL is invalid, or names a database in memory, which
    /// would end together with the connection of this call.
    ///
    /// # Panics
    ///
    /// The future panics if the observer or the `on_connect` function panics. A panic in a revision is an error.
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
    /// async fn start(url: &str) -> Result<(), migrate_runtime::Error> {
    ///     migrations().run(url).await?;
    ///     assert!(migrations().ready(url).await?);
    ///     // … and serve requests.
    ///     Ok(())
    /// }
    /// ```
    pub fn run(&'static self, url: impl Into<OsString>) -> RunRequest<B> {
        RunRequest {
            migrations: self,
            url: url.into(),
            target: "heads".to_owned(),
            options: RunOptions::default(),
            observer: Box::new(()),
        }
    }

    /// Returns whether every revision of this build is applied to the database that `url` names, for the health check
    /// of an async application: `migrations().ready(url).await?`. Writes nothing, and never creates the database.
    ///
    /// It returns what [`is_current`](Migrations::is_current) returns, and `false` if the database does not exist.
    /// The call has its own thread and its own connection, as [`run`](Migrations::run) does.
    ///
    /// # Errors
    ///
    /// As [`is_current`](Migrations::is_current), and [`Error::Url`] and [`Error::Database`] if the database can't be
    /// opened.
    pub fn ready(&'static self, url: impl Into<OsString>) -> ReadyRequest<B> {
        ReadyRequest {
            migrations: self,
            url: url.into(),
            wait: READY_WAIT,
        }
    }
}

/// An upgrade that `.await` starts; [`Migrations::run`] returns it.
///
/// It is a builder with [`IntoFuture`], not an async function, so that the usual call has one argument and every other
/// setting has a name. To start it without awaiting it here, pass `request.into_future()` to your runtime's `spawn`.
///
/// ```
/// # use migrate_runtime::v1::Sqlite;
/// # use migrate_runtime::{Error, Migrations, RunOptions};
/// # use std::time::Duration;
/// async fn first_only(migrations: &'static Migrations<Sqlite>) -> Result<(), Error> {
///     let options = RunOptions::new().wait(Duration::from_secs(300));
///     migrations.run("app.db").target("+1").options(options).await?;
///     Ok(())
/// }
/// ```
#[must_use = "nothing runs until the request is awaited"]
pub struct RunRequest<B: Backend> {
    migrations: &'static Migrations<B>,
    url: OsString,
    target: String,
    options: RunOptions,
    observer: Box<dyn Observer + Send>,
}

impl<B: Backend> RunRequest<B> {
    /// Sets the target, in the syntax of the command line: `head`, an id, `+1`. The default is `heads`.
    pub fn target(mut self, target: impl Into<String>) -> RunRequest<B> {
        self.target = target.into();
        self
    }

    /// Sets the options of the run.
    pub fn options(mut self, options: RunOptions) -> RunRequest<B> {
        self.options = options;
        self
    }

    /// Sets the receiver of the events of the run. Its methods are called on the thread of the run.
    pub fn observer(mut self, observer: impl Observer + Send + 'static) -> RunRequest<B> {
        self.observer = Box::new(observer);
        self
    }

    fn upgrade(mut self, abandoned: Arc<AtomicBool>) -> Result<RunReport, Error> {
        self.options.abandoned = Some(abandoned);
        let target = Target::parse(&self.target)?;
        let mut client = open_to_upgrade(self.migrations, &self.url, &target, self.options.wait)?;
        Executor::new(self.migrations, &self.options).upgrade(
            &mut client,
            &target,
            &mut *self.observer,
        )
    }
}

impl<B: Backend> IntoFuture for RunRequest<B> {
    type Output = Result<RunReport, Error>;
    type IntoFuture = BackgroundCall<RunReport>;

    fn into_future(self) -> BackgroundCall<RunReport> {
        BackgroundCall::new(move |abandoned| self.upgrade(abandoned))
    }
}

/// A health check that `.await` starts; [`Migrations::ready`] returns it.
#[must_use = "nothing is checked until the request is awaited"]
pub struct ReadyRequest<B: Backend> {
    migrations: &'static Migrations<B>,
    url: OsString,
    wait: Duration,
}

impl<B: Backend> ReadyRequest<B> {
    /// Sets how long the check waits for a connection, or for a lock of another connection. The default is 5 seconds.
    pub fn wait(mut self, wait: Duration) -> ReadyRequest<B> {
        self.wait = wait;
        self
    }

    fn is_ready(&self) -> Result<bool, Error> {
        match self.migrations.open(&self.url, Access::Read, self.wait)? {
            Some(mut client) => {
                outlives_client::<B>(&mut client)?;
                self.migrations.is_current(B::reader(&mut client))
            }
            None => Ok(false),
        }
    }
}

impl<B: Backend> IntoFuture for ReadyRequest<B> {
    type Output = Result<bool, Error>;
    type IntoFuture = BackgroundCall<bool>;

    fn into_future(self) -> BackgroundCall<bool> {
        BackgroundCall::new(move |_| self.is_ready())
    }
}

/// Opens a database for writing. Creates one that does not exist only if the target is valid for it.
fn open_to_upgrade<B: Backend>(
    migrations: &Migrations<B>,
    url: &OsStr,
    target: &Target,
    wait: Duration,
) -> Result<B::Client, Error> {
    let mut client =
        migrations.open_or_create(url, wait, || migrations.check_target_from_empty(target))?;
    outlives_client::<B>(&mut client)?;
    Ok(client)
}

/// Refuses a database that ends with its connection: the application would never see what was done in it.
fn outlives_client<B: Backend>(client: &mut B::Client) -> Result<(), Error> {
    if B::outlives_client(client) {
        return Ok(());
    }
    Err(Error::Url {
        url: ":memory:".to_owned(),
        reason: "a database in memory belongs to one connection, and this call opens its own"
            .to_owned(),
        help:
            "name a file; or open the connection yourself, and pass it to `upgrade` or `is_current`"
                .to_owned(),
    })
}
