//! Scratch databases: the schema that revisions build, and a desired schema in the database's normalized form.
//!
//! Runs revisions, operations or SQL on an empty database, and returns the schema that an inspection finds afterwards,
//! without the version table. Never changes a database that is in use.

use std::ffi::OsStr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use migrate_graph::RevisionId;

#[cfg(feature = "cli")]
use crate::backup::DatabaseCopy;
use migrate_engine::backend::{
    Backend, MigrationRun, ScratchRequest, SharedScratch, UnitError, UnitScope,
};
use migrate_engine::error::{DatabaseError, Error, OpError};
use migrate_engine::executor::{KnownState, RunOptions};
use migrate_engine::failpoint::SuppressFaults;
use migrate_engine::inspection_scope::InspectionScope;
use migrate_engine::migrations::{Migrations, SchemaBuilder};
use migrate_engine::op::{self, Op};
use migrate_engine::v1;
use migrate_schema::diff::{self, Options};
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Schema, dotted};

/// Returns the schema that the revisions build on a scratch database: all of them, or those that `upto` needs.
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
/// let schema = migrate_tools::scratch::replay(migrations(), None)?;
/// assert!(schema.tables.is_empty());
/// # Ok::<(), migrate_runtime::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no server is configured, [`Error::OnScratchDatabase`] if a revision fails there.
pub fn replay<B: Backend>(
    migrations: &Migrations<B>,
    upto: Option<&RevisionId>,
) -> Result<Schema, Error> {
    let target = upto.map_or("heads", RevisionId::as_str);
    ScratchDatabase::replayed(migrations, None, target)?
        .inspect(migrations.extent().without_history())
}

/// Returns a desired schema in this database's normalized form: builds it on a scratch database, and inspects that.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no server is configured, [`Error::InvalidDesiredSchema`] if the schema can't be
/// built there.
pub fn build<B: Backend>(schema: &Schema) -> Result<Schema, Error> {
    let mut scratch = ScratchDatabase::<B> {
        client: B::scratch(None)?,
        _suppress_faults: SuppressFaults::begin(),
        replayed: Replayed::No,
    };
    scratch.build(schema)?;
    scratch.inspect("")
}

/// A scratch database, which is dropped with the value.
pub(crate) struct ScratchDatabase<B: Backend> {
    client: B::Client,
    _suppress_faults: SuppressFaults,
    replayed: Replayed,
}

/// Whether every object of a scratch database was built by revisions or by other owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replayed {
    Yes,
    No,
}

/// Creates a scratch database with the objects of the other owners, and records their names.
pub(crate) fn open<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
) -> Result<B::Client, Error> {
    let mut client = migrations.scratch(scratch_server)?;
    add_other_owners(migrations, &mut client)?;
    Ok(client)
}

/// Creates a scratch database that other code opens by its URL too, with the objects of the other owners.
pub(crate) fn open_shared<B: Backend>(
    migrations: &Migrations<B>,
    request: &ScratchRequest<'_, B>,
) -> Result<SharedScratch<B>, Error> {
    let mut scratch = B::shared_scratch(request)?;
    migrations.prepare(&mut scratch.client)?;
    if request.template.is_none() {
        add_other_owners(migrations, &mut scratch.client)?;
    }
    Ok(scratch)
}

/// Creates the objects of the other owners on an empty scratch database, and records their names.
pub(crate) fn add_other_owners<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
) -> Result<(), Error> {
    let _suppress_faults = SuppressFaults::begin();
    if let Some((file, sql)) = migrations.scratch_setup() {
        run_file::<B>(client, sql).map_err(|error| in_setup(error, file))?;
    }
    migrations
        .upgrade_histories(client, &RunOptions::default(), &mut ())
        .map_err(on_scratch)?;
    if migrations.has_other_owners() && !migrations.knows_foreign_objects() {
        let schema = inspect::<B>(B::reader(client), migrations.extent().whole())?;
        migrations.set_foreign_objects(object_names(&schema));
    }
    Ok(())
}

/// Returns the error of the file that creates the objects of other owners.
fn in_setup(error: Error, file: &str) -> Error {
    match error {
        Error::InvalidDesiredSchema {
            cause, place, help, ..
        } => Error::InvalidScratchSetup {
            place: match place
                .as_deref()
                .and_then(|place| place.strip_prefix("line "))
            {
                Some(line) => format!("{file}:{line}"),
                None => file.to_owned(),
            },
            cause,
            help,
        },
        other => other,
    }
}

/// Returns the names of the tables and of the objects that belong to no table; in a further schema, with its name.
fn object_names(schema: &Schema) -> Vec<String> {
    let names = schema.all().flat_map(|(place, one)| {
        let tables = one.tables.iter().map(|table| &table.name);
        let views = one.views.iter().map(|view| &view.name);
        let enums = one.enums.iter().map(|enum_type| &enum_type.name);
        let natives = one.natives.iter().map(|native| &native.object);
        let natives = natives.filter(|object| object.relation().is_none());
        // The name of a function includes its argument types.
        let natives = natives.map(|object| object.name.split('(').next().unwrap_or_default());
        let named = tables.chain(views).chain(enums).map(String::as_str);
        named.chain(natives).map(move |name| dotted(place, name))
    });
    names.collect()
}

/// Returns the schema that a function of the application builds on a scratch database, without the objects of other
/// owners.
pub(crate) fn built_by<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    builder: SchemaBuilder,
) -> Result<Schema, Error> {
    let request = ScratchRequest {
        scratch_server,
        ..ScratchRequest::empty()
    };
    let mut scratch = open_shared(migrations, &request)?;
    // The function gets nothing of this process but the URL, so a panic leaves nothing incomplete behind.
    let done = catch_unwind(AssertUnwindSafe(|| builder(&scratch.url)));
    let cause = match done {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("the function of `schema` failed: {error}")),
        Err(_) => Some("the function of `schema` panicked".to_owned()),
    };
    if let Some(cause) = cause {
        return Err(Error::InvalidDesiredSchema {
            cause,
            help: Some("it must build the schema in the database whose URL it receives".to_owned()),
            table: None,
            place: None,
        });
    }
    inspect::<B>(B::reader(&mut scratch.client), migrations.extent())
}

/// Returns the part of a database that the revisions manage, for the inspection of a live database: the names of the
/// other owners' objects are known then.
pub(crate) fn extent<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
) -> Result<InspectionScope, Error> {
    if migrations.has_other_owners() && !migrations.knows_foreign_objects() {
        open(migrations, scratch_server)?;
    }
    Ok(migrations.extent())
}

impl<B: Backend> ScratchDatabase<B> {
    /// Creates one. If that requires a server, uses the one of the database that `scratch_server` names.
    pub(crate) fn new(
        migrations: &Migrations<B>,
        scratch_server: Option<&OsStr>,
    ) -> Result<ScratchDatabase<B>, Error> {
        Ok(ScratchDatabase {
            client: open(migrations, scratch_server)?,
            _suppress_faults: SuppressFaults::begin(),
            replayed: Replayed::No,
        })
    }

    /// Creates one, and runs the revisions up to a target on it.
    pub(crate) fn replayed(
        migrations: &Migrations<B>,
        scratch_server: Option<&OsStr>,
        target: &str,
    ) -> Result<ScratchDatabase<B>, Error> {
        let mut scratch = ScratchDatabase::new(migrations, scratch_server)?;
        scratch.upgrade(migrations, target)?;
        scratch.replayed = Replayed::Yes;
        Ok(scratch)
    }

    /// Creates one with the applied revisions of `known`.
    pub(crate) fn at(
        migrations: &Migrations<B>,
        scratch_server: Option<&OsStr>,
        known: &KnownState<'_>,
    ) -> Result<ScratchDatabase<B>, Error> {
        let mut scratch = ScratchDatabase::new(migrations, scratch_server)?;
        for head in known.applied.heads(&known.graph) {
            scratch.upgrade(migrations, head.as_str())?;
        }
        scratch.replayed = Replayed::Yes;
        Ok(scratch)
    }

    /// Creates one with the contents of a copy of a real database.
    #[cfg(feature = "cli")]
    pub(crate) fn copied(
        migrations: &Migrations<B>,
        copy: &DatabaseCopy,
        scratch_server: Option<&OsStr>,
    ) -> Result<ScratchDatabase<B>, Error> {
        Ok(ScratchDatabase {
            client: copy.open(migrations, scratch_server)?,
            _suppress_faults: SuppressFaults::begin(),
            replayed: Replayed::No,
        })
    }

    /// Returns the database itself.
    pub(crate) fn client(&mut self) -> &mut B::Client {
        &mut self.client
    }

    /// Runs the revisions up to a target.
    pub(crate) fn upgrade(
        &mut self,
        migrations: &Migrations<B>,
        target: &str,
    ) -> Result<(), Error> {
        let done = migrations.upgrade_to(&mut self.client, target);
        done.map(|_| ()).map_err(on_scratch)
    }

    /// Does `work`, and commits at the end.
    pub(crate) fn run(
        &mut self,
        work: impl FnOnce(&mut Op<'_, B>) -> v1::Result<()>,
    ) -> Result<(), Error> {
        run_on(&mut self.client, work)
    }

    /// Builds a schema, which may contain features of other databases.
    pub(crate) fn build(&mut self, schema: &Schema) -> Result<(), Error> {
        let operations = diff::create(&B::normalize(schema.clone()), &Options::of(B::RULES));
        self.apply(operations)
    }

    /// Does these operations in order.
    pub(crate) fn apply(&mut self, operations: Vec<Operation>) -> Result<(), Error> {
        let mut table = None;
        let done = self.run(|op| {
            operations.into_iter().try_for_each(|operation| {
                table = qualified_table(&operation);
                op.run(operation)
            })
        });
        done.map_err(|error| match error {
            Error::InvalidDesiredSchema {
                cause, help, place, ..
            } => Error::InvalidDesiredSchema {
                cause,
                help,
                table,
                place,
            },
            other => other,
        })
    }

    /// Runs the statements of a SQL file that creates a schema.
    pub(crate) fn run_file(&mut self, sql: &str) -> Result<(), Error> {
        run_file::<B>(&mut self.client, sql)
    }

    /// Returns its schema, within the compared extent.
    pub(crate) fn inspect(&mut self, extent: impl Into<InspectionScope>) -> Result<Schema, Error> {
        let extent = extent.into();
        let (schema, home) =
            inspect_all::<B>(B::reader(&mut self.client), extent).map_err(on_scratch)?;
        if self.replayed == Replayed::Yes {
            refuse_ignored(&schema, extent, home.as_deref())?;
        }
        Ok(extent.of(schema, home.as_deref()))
    }
}

/// Does `work` on a scratch database, and commits at the end.
fn run_on<B: Backend>(
    client: &mut B::Client,
    work: impl FnOnce(&mut Op<'_, B>) -> v1::Result<()>,
) -> Result<(), Error> {
    // No other process uses it, and it needs no version table.
    let mut run = B::begin_run(client, RunOptions::default().wait, "")?;
    run.begin()?;
    let done = run.unit(UnitScope::Transaction, work);
    done.map_err(|error| match error {
        UnitError::Work(error) => invalid_desired(&error),
        UnitError::TransactionEscaped { what, .. } => Error::InvalidDesiredSchema {
            cause: format!("it ran {what}"),
            help: None,
            table: None,
            place: None,
        },
        UnitError::Database(error) => on_scratch(Error::database("can't continue", error)),
    })?;
    run.commit()
        .map_err(|error| on_scratch(Error::database("can't commit", error)))
}

fn run_file<B: Backend>(client: &mut B::Client, sql: &str) -> Result<(), Error> {
    let statements = B::statements_of_schema(sql);
    let whole = matches!(&statements[..], [(0, only)] if only.len() == sql.len());
    let mut at = 0;
    let done = run_on::<B>(client, |op| {
        statements.iter().try_for_each(|(start, statement)| {
            at = *start;
            op.execute(statement)
        })
    });
    done.map_err(|error| match error {
        Error::InvalidDesiredSchema {
            cause, help, table, ..
        } if !whole => {
            let line = sql[..at].matches('\n').count() + 1;
            Error::InvalidDesiredSchema {
                cause,
                help,
                table,
                place: Some(format!("line {line}")),
            }
        }
        other => other,
    })
}

/// Reads the schema of a database, within the compared extent. Writes nothing.
pub(crate) fn inspect<B: Backend>(
    client: B::Reader<'_>,
    extent: impl Into<InspectionScope>,
) -> Result<Schema, Error> {
    let extent: InspectionScope = extent.into();
    let (schema, home) = inspect_all::<B>(client, extent)?;
    Ok(extent.of(schema, home.as_deref()))
}

/// Reads the schema of a database with the objects of other owners, and returns it with the schema of the connection.
fn inspect_all<B: Backend>(
    client: B::Reader<'_>,
    extent: InspectionScope,
) -> Result<(Schema, Option<String>), Error> {
    B::read(client, RunOptions::default().wait, |op| {
        let session = op::session(op);
        let home = B::home(session).map(|home| home.map(str::to_owned));
        home.and_then(|home| Ok((look::<B>(session, extent)?, home)))
            .map_err(|error| Error::database("can't inspect the database", error))
    })
}

/// Refuses tables and views of revisions that have an ignored name.
fn refuse_ignored(
    schema: &Schema,
    extent: InspectionScope,
    home: Option<&str>,
) -> Result<(), Error> {
    for (place, one) in schema.all() {
        let tables = one.tables.iter().map(|table| &table.name);
        let views = one.views.iter().map(|view| &view.name);
        for name in tables.chain(views) {
            let full = dotted(place, name);
            let found = extent.ignored_by(name, place.or(home));
            if let Some(pattern) = found.filter(|_| !extent.is_foreign(&full)) {
                return Err(Error::Owners {
                    problem: format!(
                        "`ignore` in `[package.metadata.migrate]` lists `{pattern}`, and a revision creates `{full}`"
                    ),
                    help: "choose a pattern that matches only names of other owners; if another owner has taken the \
                           table over, remove it from the revisions, then run `cargo migrate stamp --edited`"
                        .to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// Returns the ignored names that no object of a live database has.
#[cfg(feature = "cli")]
pub(crate) fn unmatched_ignores<B: Backend>(
    client: B::Reader<'_>,
    extent: InspectionScope,
) -> Result<Vec<&'static str>, Error> {
    if extent.ignored().is_empty() {
        return Ok(Vec::new());
    }
    let (schema, home) = inspect_all::<B>(client, extent)?;
    let names = schema.all().map(|(place, one)| (place, object_names(one)));
    let names: Vec<(Option<&str>, Vec<String>)> = names.collect();
    let is_matched = |pattern: &&'static str| {
        names.iter().any(|(place, names)| {
            let place = place.or(home.as_deref());
            names
                .iter()
                .any(|name| InspectionScope::matches(pattern, name, place))
        })
    };
    let unmatched = extent.ignored().iter().copied();
    Ok(unmatched.filter(|pattern| !is_matched(pattern)).collect())
}

fn look<B: Backend>(
    session: &mut B::Session<'_>,
    extent: InspectionScope,
) -> Result<Schema, DatabaseError> {
    extent.refuse_elsewhere(B::home(session)?)?;
    let mut schema = B::inspect(session, Some(extent.version_table))?;
    if !extent.further().is_empty() {
        B::inspect_others(session, &mut schema, extent.further(), extent.version_table)?;
    }
    Ok(schema)
}

/// Returns the error of a desired schema that can't be built, from the error of the operation.
fn invalid_desired(error: &v1::Error) -> Error {
    let help = match error.inner().downcast_ref::<OpError>() {
        Some(OpError::Unsupported { help, .. } | OpError::Invalid { help, .. }) => Some(help),
        Some(OpError::Statement { source, .. }) => source.help.as_ref(),
        _ => None,
    };
    Error::InvalidDesiredSchema {
        cause: error.to_string(),
        help: help.cloned(),
        table: None,
        place: None,
    }
}

/// Returns the table of an operation, with its schema if that is not the connection's own.
fn qualified_table(operation: &Operation) -> Option<String> {
    Some(dotted(operation.place().0, operation.table()?))
}

fn on_scratch(error: Error) -> Error {
    Error::OnScratchDatabase(Box::new(error))
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use migrate_engine::macro_support::{Header, Heads, Options, Revision};
    use migrate_engine::v1::{Column, Integer, Op, Result, Sqlite};

    const fn header(id: &'static str, down: &'static [&'static str]) -> Header {
        Header {
            id,
            down_revisions: down,
            depends_on: &[],
            replaces: &[],
            branch_labels: &[],
            created: "2026-11-22T10:30:00Z",
            message: id,
            transaction: true,
            checksum: "v1:00",
            file: "src/migrations/m.rs",
        }
    }

    fn nothing(_: &mut Op<'_, Sqlite>) -> Result<()> {
        Ok(())
    }

    static REVISIONS: [Revision<Sqlite>; 2] = [
        Revision {
            header: header("one", &[]),
            up: |op| op.create_table("a", |t| t.column(Column::new("id", Integer))),
            down: nothing,
        },
        Revision {
            header: header("two", &["one"]),
            up: |op| op.create_table("b", |t| t.column(Column::new("id", Integer))),
            down: nothing,
        },
    ];

    static FAILING: [Revision<Sqlite>; 1] = [Revision {
        header: header("bad", &[]),
        up: |op| op.execute("INSERT INTO missing VALUES (1)"),
        down: nothing,
    }];

    const OPTIONS: Options = Options {
        version_table: "migrate_revisions",
        heads: Heads::One,
    };

    fn names(schema: &Schema) -> Vec<&str> {
        schema.tables.iter().map(|table| &*table.name).collect()
    }

    #[test]
    fn a_replay_ends_at_its_target_and_omits_the_version_table() {
        static PARTS: [&[Revision<Sqlite>]; 1] = [&REVISIONS];
        let migrations = Migrations::new(&PARTS, OPTIONS);
        assert_eq!(names(&replay(&migrations, None).unwrap()), ["a", "b"]);
        let one = RevisionId::new("one").unwrap();
        assert_eq!(names(&replay(&migrations, Some(&one)).unwrap()), ["a"]);
    }

    #[test]
    fn a_revision_that_fails_there_is_named_with_its_location() {
        static PARTS: [&[Revision<Sqlite>]; 1] = [&FAILING];
        let error = replay(&Migrations::new(&PARTS, OPTIONS), None).unwrap_err();
        assert!(error.to_string().contains("scratch database"), "{error}");
        assert_eq!(error.revision(), Some("bad"));
        assert_eq!(error.code(), "migration_failed");
    }

    #[test]
    fn no_failure_state_or_missing_history_is_reported_there() {
        static REPEATED: [Revision<Sqlite>; 2] = [
            Revision {
                header: header("one", &[]),
                up: |op| op.create_table("a", |t| t.column(Column::new("id", Integer))),
                down: nothing,
            },
            Revision {
                header: header("two", &["one"]),
                up: |op| op.execute("CREATE TABLE a (id INTEGER)"),
                down: nothing,
            },
        ];
        static PARTS: [&[Revision<Sqlite>]; 1] = [&REPEATED];
        let error = replay(&Migrations::new(&PARTS, OPTIONS), None).unwrap_err();
        assert_eq!(
            error.notes(),
            [
                "statement 1 of the revision: CREATE TABLE a (id INTEGER)",
                "nothing was changed: the scratch database was dropped",
            ]
        );
        assert_eq!(
            error.help().unwrap(),
            "an earlier revision, or an earlier statement of this one, already creates it: remove one of the two"
        );
    }
}
