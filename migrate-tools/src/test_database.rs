//! A database for each test, copied from a template that is built once.
//!
//! ```text
//! chain of revisions ─► hash ─► template, built if it does not exist ─► a copy for each test ─► dropped with the value
//! ```
//!
//! The backend creates and copies databases. This module decides what a template contains.

use std::any::type_name;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::sync::{Mutex, PoisonError};
use std::thread;

use migrate_engine::backend::{Backend, ScratchRequest, SharedScratch, Template};
use migrate_engine::error::Error;
use migrate_engine::failpoint::SuppressFaults;
use migrate_engine::hash::fnv;
use migrate_engine::migrations::Migrations;
use migrate_engine::run::BackgroundCall;
use migrate_engine::scratch_directory;

use crate::scratch;

/// The environment variable with the settings of test databases.
const VARIABLE: &str = "MIGRATE_TEST_DATABASE";

/// A database for one test, with all revisions applied. It is dropped with this value, also if the test panics.
///
/// [`Migrations::test_database`](migrate_engine::Migrations) creates it. Open connections to [`url`](TestDatabase::url), or
/// use [`client`](TestDatabase::client). Declare it before the pool that uses it, so that it is dropped last; on a server,
/// connections that are still open are ended.
pub struct TestDatabase<B: Backend>
where
    B::Client: Send,
{
    /// `None` only while it is dropped.
    scratch: Option<SharedScratch<B>>,
}

impl<B: Backend> TestDatabase<B>
where
    B::Client: Send,
{
    /// Returns the URL, with the password: `sqlite://…`, `postgres://…` or `mysql://…`.
    ///
    /// # Panics
    ///
    /// Never: only `drop` takes the database out of the value.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.scratch.as_ref().expect(PRESENT).url
    }

    /// Returns an open connection to the database. On PostgreSQL it must not be used on a thread that runs async tasks.
    ///
    /// # Panics
    ///
    /// Never: only `drop` takes the database out of the value.
    #[must_use]
    pub fn client(&mut self) -> &mut B::Client {
        &mut self.scratch.as_mut().expect(PRESENT).client
    }
}

const PRESENT: &str = "only `drop` takes the database out of the value";

impl<B: Backend> Drop for TestDatabase<B>
where
    B::Client: Send,
{
    fn drop(&mut self) {
        let Some(scratch) = self.scratch.take() else {
            return;
        };
        // On a thread of a runtime, a driver may not be able to wait for the end of its connection. If no thread can be
        // started, the value is dropped here.
        let closer = thread::Builder::new().name("cargo-migrate-close".to_owned());
        if let Ok(closer) = closer.spawn(move || drop(scratch)) {
            let _ = closer.join();
        }
    }
}

/// Creates a test database, as `Migrations::test_database` of `migrate-runtime` does.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no server is named; [`Error::OnScratchDatabase`] if a revision fails;
/// [`Error::Database`] or [`Error::File`] if the database or the template can't be created.
pub fn create<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
) -> Result<TestDatabase<B>, Error>
where
    B::Client: Send,
{
    let settings = Settings::parse(std::env::var_os(VARIABLE))?;
    let _suppress_faults = SuppressFaults::begin();
    let Identity {
        history,
        contents,
        label,
    } = Identity::of(migrations)?;
    let template = Template {
        history,
        contents,
        label: &label,
        rebuild: settings.rebuild && is_first(contents),
        fill: &|client| {
            migrations.prepare(client)?;
            scratch::add_other_owners(migrations, client)?;
            let done = migrations.upgrade(client);
            done.map(drop)
                .map_err(|error| Error::OnScratchDatabase(Box::new(error)))
        },
    };
    let request = ScratchRequest {
        scratch_server,
        keep: settings.keep,
        template: Some(&template),
    };
    let scratch = scratch::open_shared(migrations, &request)?;
    if settings.keep {
        // The test harness shows it if the test fails, and with `--nocapture`.
        eprintln!("{VARIABLE}=keep: the test database is {}", scratch.shown);
    }
    Ok(TestDatabase {
        scratch: Some(scratch),
    })
}

/// Creates a test database on a thread of its own.
pub fn create_async<B: Backend>(
    migrations: &'static Migrations<B>,
) -> BackgroundCall<TestDatabase<B>>
where
    B::Client: Send,
{
    BackgroundCall::new(move |_| create(migrations, None))
}

/// What distinguishes a template from others.
struct Identity {
    /// The hash of the history, which stays the same when revisions are added or edited.
    history: u64,
    /// The hash of what the revisions do.
    contents: u64,
    /// The history in words.
    label: String,
}

impl Identity {
    fn of<B: Backend>(migrations: &Migrations<B>) -> Result<Identity, Error> {
        let graph = migrations.graph()?;
        let first = graph.iter().next().map_or("", |first| first.id.as_str());
        let directory = scratch_directory::path();
        let directory = directory.to_string_lossy();
        let backend = type_name::<B>();
        let table = migrations.options().version_table;
        let mut words = vec![env!("CARGO_PKG_VERSION"), backend, table];
        words.extend(migrations.scratch_setup().map(|(_, sql)| sql));
        for other in migrations.histories()? {
            words.push(other.options().version_table);
            words.extend(checksums(other)?);
        }
        words.extend(checksums(migrations)?);
        Ok(Identity {
            history: fnv([&*directory, backend, table, first]),
            contents: fnv(words),
            label: format!("test databases of {directory}, first revision `{first}`"),
        })
    }
}

/// Returns what decides about the effect of revisions: their headers and checksums.
fn checksums<B: Backend>(migrations: &Migrations<B>) -> Result<Vec<&'static str>, Error> {
    let mut words = Vec::new();
    for revision in migrations.graph()?.iter() {
        let header = &migrations.known(revision.id.as_str())?.header;
        words.extend([header.id, header.checksum]);
        for links in [header.down_revisions, header.depends_on, header.replaces] {
            words.extend(links);
            words.push("");
        }
    }
    Ok(words)
}

/// Returns whether this is the first call in this process with this hash.
fn is_first(contents: u64) -> bool {
    static REBUILT: Mutex<BTreeSet<u64>> = Mutex::new(BTreeSet::new());
    let mut rebuilt = REBUILT.lock().unwrap_or_else(PoisonError::into_inner);
    rebuilt.insert(contents)
}

/// The settings in the environment.
#[derive(Debug, Default, PartialEq, Eq)]
struct Settings {
    /// Whether databases are kept after the tests.
    keep: bool,
    /// Whether each process builds the template again.
    rebuild: bool,
}

impl Settings {
    fn parse(value: Option<OsString>) -> Result<Settings, Error> {
        let mut settings = Settings::default();
        let value = value.unwrap_or_default();
        let value = value.to_string_lossy();
        for word in value
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            match word {
                "keep" => settings.keep = true,
                "rebuild" => settings.rebuild = true,
                _ => {
                    return Err(Error::ScratchUnavailable {
                        reason: "the variable MIGRATE_TEST_DATABASE has an unknown value",
                        help: "set it to `keep`, `rebuild` or `keep,rebuild`, or remove it",
                    });
                }
            }
        }
        Ok(settings)
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use migrate_engine::test_revisions::{migrations_of, revision};

    #[test]
    fn the_settings_are_two_words() {
        let parse = |value: &str| Settings::parse(Some(value.into()));
        let both = Settings {
            keep: true,
            rebuild: true,
        };
        assert_eq!(parse("keep, rebuild").unwrap(), both);
        assert_eq!(parse("").unwrap(), Settings::default());
        assert_eq!(Settings::parse(None).unwrap(), Settings::default());
        let error = parse("kept").unwrap_err();
        assert!(error.help().unwrap().contains("`keep`"), "{error}");
    }

    #[test]
    fn an_edited_or_added_revision_changes_the_contents_and_not_the_history() {
        let one = || revision("one", &[], |_| Ok(()), |_| Ok(()));
        let two = || revision("two", &["one"], |_| Ok(()), |_| Ok(()));
        let mut edited = one();
        edited.header.checksum = "v1:01";
        let base = Identity::of(migrations_of([one()])).unwrap();
        for changed in [migrations_of([edited]), migrations_of([one(), two()])] {
            let changed = Identity::of(changed).unwrap();
            assert_eq!(changed.history, base.history);
            assert_ne!(changed.contents, base.contents);
        }
        let other = migrations_of([revision("x", &[], |_| Ok(()), |_| Ok(()))]);
        assert_ne!(Identity::of(other).unwrap().history, base.history);
    }
}
