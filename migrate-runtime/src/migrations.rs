//! The revisions of an application, and what it can do with them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::sync::OnceLock;
use std::time::Duration;

use migrate_graph::{
    Applied, BranchLabel, Created, Direction, RevisionGraph, RevisionId, Target, plan,
};

#[cfg(feature = "cli")]
use crate::backend::Access;
use crate::backend::{Backend, ConnectionHook, OnConnect};
use crate::backup::Copier;
use crate::error::Error;
use crate::executor::{CutShort, Executor, Known, Report, Reporter, Settings, Stamped};
use crate::extent::Extent;
use crate::private::{Header, Options, Revision, Written};
use crate::script;
use crate::status::Status;

/// The revisions of an application, for one backend.
///
/// `migrations!` makes one; an application gets it from the function of that name, and can upgrade itself at its start:
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
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// migrations().upgrade(&mut connection)?;
/// assert!(migrations().is_current(&connection)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The calls block. An asynchronous application wraps them as it wraps its other blocking calls.
pub struct Migrations<B: Backend> {
    parts: &'static [&'static [Revision<B>]],
    written: &'static [&'static [Written<B>]],
    unpacked: OnceLock<&'static [Revision<B>]>,
    pub(crate) options: Options,
    hook: ConnectionHook<B>,
    ignore: &'static [&'static str],
    schemas: &'static [&'static str],
    built: OnceLock<Result<Built<B>, migrate_graph::Error>>,
}

struct Built<B: Backend> {
    graph: RevisionGraph,
    by_id: HashMap<&'static str, &'static Revision<B>>,
}

impl<B: Backend> Migrations<B> {
    /// Returns the migrations of these revisions, which come in parts.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(parts: &'static [&'static [Revision<B>]], options: Options) -> Migrations<B> {
        Self::of(parts, &[], options, ConnectionHook::none())
    }

    /// Returns the migrations of these revisions; only the macros call it. They come in parts, so that an edit of one
    /// revision makes the compiler look at few others again.
    #[doc(hidden)]
    #[must_use]
    pub const fn written(
        written: &'static [&'static [Written<B>]],
        options: Options,
    ) -> Migrations<B> {
        Self::of(&[], written, options, ConnectionHook::none())
    }

    /// Returns the migrations of these revisions, for connections that `function` prepares; only the macros call it.
    #[doc(hidden)]
    #[must_use]
    pub const fn written_with_hook(
        written: &'static [&'static [Written<B>]],
        options: Options,
        function: OnConnect<B>,
    ) -> Migrations<B> {
        Self::of(&[], written, options, ConnectionHook::named(function))
    }

    const fn of(
        parts: &'static [&'static [Revision<B>]],
        written: &'static [&'static [Written<B>]],
        options: Options,
        hook: ConnectionHook<B>,
    ) -> Migrations<B> {
        Migrations {
            parts,
            written,
            unpacked: OnceLock::new(),
            options,
            hook,
            ignore: &[],
            schemas: &[],
            built: OnceLock::new(),
        }
    }

    /// Prepares each connection on which revisions run or are tried by `function` from now on: it registers the functions and
    /// collations that the application's schema uses.
    ///
    /// `on_connect = crate::db::prepare` in `migrations!` does the same for the command and for the generated tests too,
    /// which know nothing of what is said here. Both are called, this one last; a second call of this replaces the first.
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
    /// let mut connection = rusqlite::Connection::open_in_memory()?;
    /// migrations()
    ///     .on_connect(|connection| Ok(connection.execute_batch("PRAGMA recursive_triggers = ON")?))
    ///     .upgrade(&mut connection)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_connect(
        &self,
        function: impl Fn(B::Reader<'_>) -> crate::v1::Result<()> + Send + Sync + 'static,
    ) -> &Self {
        self.hook.give(function);
        self
    }

    /// Prepares a connection as the application does.
    pub(crate) fn prepare(&self, client: &mut B::Client) -> Result<(), Error> {
        self.hook.prepare(client)
    }

    /// Opens a database, as [`Backend::open`] does.
    #[cfg(feature = "cli")]
    pub(crate) fn open(
        &self,
        url: &OsStr,
        access: Access,
        wait: Duration,
    ) -> Result<Option<B::Client>, Error> {
        let mut client = B::open(url, access, wait)?;
        if let Some(client) = &mut client {
            self.prepare(client)?;
        }
        Ok(client)
    }

    /// Opens an empty database, as [`Backend::scratch`] does.
    pub(crate) fn scratch(&self, near: Option<&OsStr>) -> Result<B::Client, Error> {
        let mut client = B::scratch(near)?;
        self.prepare(&mut client)?;
        Ok(client)
    }

    /// Says how a database is copied, as [`Backend::copier`] does.
    pub(crate) fn copier(&self, url: &OsStr, wait: Duration) -> Result<Box<dyn Copier>, Error> {
        B::copier(url, wait, self.options.version_table, self.hook.clone())
    }

    /// Leaves names to others: tables and views, and what hangs on them, that no comparison looks at; `*` stands for any
    /// letters and `?` for one. `migrations!` takes them from `ignore` in `[package.metadata.migrate]`.
    #[must_use]
    pub const fn ignoring(mut self, ignore: &'static [&'static str]) -> Migrations<B> {
        self.ignore = ignore;
        self
    }

    /// Names the schemas that are compared together: first that of the connection, which models without a schema are in.
    /// `migrations!` takes them from `schemas` in `[package.metadata.migrate]`.
    #[must_use]
    pub const fn over_schemas(mut self, schemas: &'static [&'static str]) -> Migrations<B> {
        self.schemas = schemas;
        self
    }

    /// Returns what of a database is the revisions' business.
    pub(crate) fn extent(&self) -> Extent {
        Extent {
            version_table: self.options.version_table,
            ignore: self.ignore,
            schemas: self.schemas,
        }
    }

    /// Returns the graph of the revisions, built at the first call.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] if the revisions do not fit together, which does not compile unless the macros were bypassed.
    pub fn graph(&self) -> Result<&RevisionGraph, Error> {
        self.built().map(|built| &built.graph)
    }

    /// Returns the graph that counts for an empty database on its way to a target.
    pub(crate) fn graph_towards(
        &self,
        target: Option<&Target>,
    ) -> Result<Cow<'_, RevisionGraph>, Error> {
        let none: [&str; 0] = [];
        Ok(self.graph()?.counting(&none, None, target)?.graph)
    }

    fn built(&self) -> Result<&Built<B>, Error> {
        let built = self.built.get_or_init(|| {
            let revisions = || self.iter();
            let nodes = revisions()
                .map(|revision| node(&revision.header))
                .collect::<Result<Vec<_>, _>>()?;
            let graph = RevisionGraph::new(nodes)
                .map_err(|mistakes| migrate_graph::Error::Mistakes { mistakes })?;
            Ok(Built {
                graph,
                by_id: revisions()
                    .map(|revision| (revision.header.id, revision))
                    .collect(),
            })
        });
        built.as_ref().map_err(|error| Error::Graph(error.clone()))
    }

    /// Returns the revisions in the order of their `mod` lines.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static Revision<B>> + use<B> {
        let unpacked = *self.unpacked.get_or_init(|| {
            let written = self.written.iter().copied().flatten();
            let revisions: Vec<_> = written
                .map(|&(header, up, down)| Revision {
                    header: Header::unpack(header),
                    up,
                    down,
                })
                .collect();
            revisions.leak()
        });
        self.parts.iter().copied().flatten().chain(unpacked)
    }

    /// Returns each revision that stands for others, with the last of them.
    pub(crate) fn stand_ins(&self) -> Vec<(&'static str, &'static str)> {
        let headers = self.iter().map(|revision| &revision.header);
        let pairs = headers.filter_map(|header| Some((header.id, *header.replaces.last()?)));
        pairs.collect()
    }

    /// Returns the revision of this id, if there is one.
    pub(crate) fn revision(&self, id: &str) -> Option<&'static Revision<B>> {
        self.built().ok()?.by_id.get(id).copied()
    }

    /// Returns the revision of an id that the graph gave.
    pub(crate) fn known(&self, id: &str) -> Result<&'static Revision<B>, Error> {
        self.revision(id).ok_or_else(|| {
            Error::Bug(format!(
                "the graph names revision `{id}`, which does not exist"
            ))
        })
    }

    /// Brings a database up to all heads.
    ///
    /// Does nothing where nothing is pending, so it can be called at each start, also by many processes at once.
    ///
    /// # Errors
    ///
    /// Every [`Error`]; [`Error::MigrationFailed`] names the revision, its statement and what stays.
    pub fn upgrade(&self, client: &mut B::Client) -> Result<Report, Error> {
        self.upgrade_to(client, "heads")
    }

    /// Brings a database up to `target`, as the command line takes it: `head`, an id, `+1`.
    ///
    /// # Errors
    ///
    /// As [`upgrade`](Migrations::upgrade).
    pub fn upgrade_to(&self, client: &mut B::Client, target: &str) -> Result<Report, Error> {
        self.upgrade_with(client, target, &Settings::default(), &mut ())
    }

    /// Brings a database up to `target` with other than the default settings, and tells `reporter` about it.
    ///
    /// # Errors
    ///
    /// As [`upgrade`](Migrations::upgrade).
    pub fn upgrade_with(
        &self,
        client: &mut B::Client,
        target: &str,
        settings: &Settings,
        reporter: &mut dyn Reporter,
    ) -> Result<Report, Error> {
        let target = Target::parse(target)?;
        Executor::new(self, settings).upgrade(client, &target, reporter)
    }

    /// Brings a database down to `target`, as the command line takes it: `base`, an id, `-1`.
    ///
    /// Refuses where values would be lost; [`downgrade_with`](Migrations::downgrade_with) can allow it.
    ///
    /// # Errors
    ///
    /// [`Error::DataLoss`] and [`Error::Irreversible`] with nothing changed, and every other [`Error`].
    pub fn downgrade(&self, client: &mut B::Client, target: &str) -> Result<Report, Error> {
        self.downgrade_with(client, target, &Settings::default(), &mut ())
    }

    /// Brings a database down to `target` with other than the default settings, and tells `reporter` about it.
    ///
    /// # Errors
    ///
    /// As [`downgrade`](Migrations::downgrade).
    pub fn downgrade_with(
        &self,
        client: &mut B::Client,
        target: &str,
        settings: &Settings,
        reporter: &mut dyn Reporter,
    ) -> Result<Report, Error> {
        let target = Target::parse(target)?;
        Executor::new(self, settings).downgrade(client, &target, reporter)
    }

    /// Records `targets`, and all they need, as applied without running anything.
    ///
    /// # Errors
    ///
    /// Every [`Error`] about targets and about the version table.
    pub fn stamp(&self, client: &mut B::Client, targets: &[&str]) -> Result<Stamped, Error> {
        self.stamp_with(client, targets, &Settings::default(), Rows::Keep)
    }

    /// Records `targets` with other than the default settings.
    ///
    /// # Errors
    ///
    /// As [`stamp`](Migrations::stamp).
    pub fn stamp_with(
        &self,
        client: &mut B::Client,
        targets: &[&str],
        settings: &Settings,
        rows: Rows,
    ) -> Result<Stamped, Error> {
        let targets = targets
            .iter()
            .map(|target| Target::parse(target))
            .collect::<Result<Vec<_>, _>>()?;
        Executor::new(self, settings).stamp(client, &targets, rows == Rows::Purge)
    }

    /// Records a revision that was cut short outside a transaction as applied or as not applied, as `end` says, without
    /// running anything.
    ///
    /// # Errors
    ///
    /// [`Error::NotBegun`] if it was not cut short and is not what `end` says.
    pub fn settle(
        &self,
        client: &mut B::Client,
        revision: &str,
        end: CutShort,
    ) -> Result<Stamped, Error> {
        Executor::new(self, &Settings::default()).settle(client, revision, end)
    }

    /// Tells what is applied, and when, and what is pending. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::VersionTable`] if another program's table stands there, [`Error::Database`] if reading fails.
    pub fn status(&self, client: B::Reader<'_>) -> Result<Status, Error> {
        let settings = Settings::default();
        Executor::new(self, &settings).status(client)
    }

    /// Returns the SQL that an upgrade from `from` to `target` would run, as a script, and what the script alone does not do:
    /// code of the application, tables that are rebuilt. `from` names what is applied; nothing if it is empty.
    ///
    /// # Errors
    ///
    /// [`Error::NoScratch`] where no empty database is to be had to run the revisions on; as [`upgrade`](Migrations::upgrade).
    pub fn upgrade_sql(&self, from: &[&str], target: &str) -> Result<(String, Vec<String>), Error> {
        let from = from
            .iter()
            .map(|target| Target::parse(target))
            .collect::<Result<Vec<_>, _>>()?;
        let known = standing_at(self, &from)?;
        let target = Target::parse(target)?;
        let script = script::write(self, None, &known, Direction::Upgrade, &target)?;
        Ok((script.text::<B>(), script.unsaid()))
    }

    /// Returns whether every revision of this program is applied, for a health check. Writes nothing.
    ///
    /// A newer program's revisions that only add do no harm; others make the answer no.
    ///
    /// # Errors
    ///
    /// As [`status`](Migrations::status).
    pub fn is_current(&self, client: B::Reader<'_>) -> Result<bool, Error> {
        let settings = Settings::default();
        let executor = Executor::new(self, &settings);
        let state = executor.look(client)?;
        match executor.assess(&state, None) {
            Ok(standing) if standing.begun.is_some() => Ok(false),
            Ok(standing) => {
                let applied = standing.known.applied.ids(&standing.known.graph);
                Ok(applied.len() == standing.known.graph.len())
            }
            Err(Error::Newer { .. } | Error::UnknownRevisions { .. }) => Ok(false),
            Err(Error::Graph(error)) if error.code() == "out_of_sync" => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Returns what counts where exactly these targets, and all they need, are applied.
pub(crate) fn standing_at<'m, B: Backend>(
    migrations: &'m Migrations<B>,
    targets: &[Target],
) -> Result<Known<'m>, Error> {
    let graph = migrations.graph_towards(targets.first())?;
    let applied = match targets {
        [] => Applied::none(&graph),
        _ => plan::stamp(&graph, &Applied::none(&graph), targets)?,
    };
    Ok(Known { graph, applied })
}

/// What a stamp does with the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Rows of other lines stay.
    Keep,
    /// All rows go first, also those of unknown revisions.
    Purge,
}

fn node(header: &Header) -> Result<migrate_graph::Revision, migrate_graph::Error> {
    let ids = |ids: &[&str]| {
        ids.iter()
            .map(|id| RevisionId::new(id))
            .collect::<Result<Vec<_>, _>>()
    };
    let created =
        Created::parse(header.created).ok_or_else(|| migrate_graph::Error::Unreadable {
            path: header.file.into(),
            reason: format!("`{}` is not a date", header.created),
        })?;
    Ok(migrate_graph::Revision {
        id: RevisionId::new(header.id)?,
        down_revisions: ids(header.down_revisions)?,
        depends_on: ids(header.depends_on)?,
        replaces: ids(header.replaces)?,
        branch_labels: header
            .branch_labels
            .iter()
            .map(|label| BranchLabel::new(label))
            .collect::<Result<_, _>>()?,
        created,
        message: header.message.to_owned(),
        transaction: header.transaction,
        file: header.file.into(),
    })
}
