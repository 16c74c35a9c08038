//! The revisions of an application, and the operations on them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::sync::OnceLock;
use std::time::Duration;

use migrate_graph::{Applied, BranchLabel, Created, RevisionGraph, RevisionId, Target, plan};

use crate::backend::Access;
use crate::backend::{Backend, ConnectionHook, OnConnect};
use crate::backup_driver::BackupDriver;
use crate::error::Error;
use crate::executor::{
    Executor, KnownState, Observer, Resolution, RunOptions, RunReport, StampReport, State,
};
use crate::histories::History;
use crate::inspection_scope::InspectionScope;
use crate::macro_support::{Header, Options, PackedRevision, Revision};
use crate::model::{self, ModelCrates, ModelTable};
use crate::status::Status;

/// The revisions of an application, for one backend.
///
/// `migrations!` creates it. An application gets it from the function of that name, and can upgrade itself when it
/// starts:
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
/// The calls block. An asynchronous application wraps them like its other blocking calls.
pub struct Migrations<B: Backend> {
    parts: &'static [&'static [Revision<B>]],
    packed: &'static [&'static [PackedRevision<B>]],
    unpacked: OnceLock<&'static [Revision<B>]>,
    options: Options,
    hook: ConnectionHook<B>,
    ignore: &'static [&'static str],
    schemas: &'static [&'static str],
    models: Option<ModelCrates>,
    pub(crate) histories: &'static [History<B>],
    pub(crate) scratch_setup: Option<(&'static str, &'static str)>,
    schema_builder: Option<SchemaBuilder>,
    foreign: OnceLock<&'static [String]>,
    built: OnceLock<Result<Built<B>, migrate_graph::Error>>,
}

/// A function of the application that builds the desired schema in the empty database with this URL.
pub type SchemaBuilder = fn(&str) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

struct Built<B: Backend> {
    graph: RevisionGraph,
    by_id: HashMap<&'static str, &'static Revision<B>>,
}

impl<B: Backend> Migrations<B> {
    /// Creates the migrations from the parts of the list of revisions.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(parts: &'static [&'static [Revision<B>]], options: Options) -> Migrations<B> {
        Self::of(parts, &[], options, ConnectionHook::none())
    }

    /// Creates the migrations from the parts of the list of revisions; only the macros call it. With several parts, an
    /// edit of one revision makes the compiler check few others again.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_packed(
        written: &'static [&'static [PackedRevision<B>]],
        options: Options,
    ) -> Migrations<B> {
        Self::of(&[], written, options, ConnectionHook::none())
    }

    /// Creates the migrations with a function that prepares connections; only the macros call it.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_packed_with_hook(
        written: &'static [&'static [PackedRevision<B>]],
        options: Options,
        function: OnConnect<B>,
    ) -> Migrations<B> {
        Self::of(&[], written, options, ConnectionHook::named(function))
    }

    const fn of(
        parts: &'static [&'static [Revision<B>]],
        packed: &'static [&'static [PackedRevision<B>]],
        options: Options,
        hook: ConnectionHook<B>,
    ) -> Migrations<B> {
        Migrations {
            parts,
            packed,
            unpacked: OnceLock::new(),
            options,
            hook,
            ignore: &[],
            schemas: &[],
            models: None,
            histories: &[],
            scratch_setup: None,
            schema_builder: None,
            foreign: OnceLock::new(),
            built: OnceLock::new(),
        }
    }

    /// Sets the function that prepares each connection on which revisions run or are verified: it registers the
    /// functions and collations that the application's schema uses.
    ///
    /// To prepare the connections of the command and of the generated tests too, use `on_connect = crate::db::prepare`
    /// in `migrations!`. If both are set, both are called, and this one is last. A second call replaces the first.
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

    /// Returns the options of `migrations!`.
    #[doc(hidden)]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Prepares a connection as the application does.
    #[doc(hidden)]
    pub fn prepare(&self, client: &mut B::Client) -> Result<(), Error> {
        self.hook.prepare(client)
    }

    /// Opens a database, as [`Backend::open`] does.
    #[doc(hidden)]
    pub fn open(
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

    /// Opens a database for writing. Creates one that does not exist only if `confirm` accepts the request for an empty
    /// database.
    #[doc(hidden)]
    pub fn open_or_create(
        &self,
        url: &OsStr,
        wait: Duration,
        confirm: impl FnOnce() -> Result<(), Error>,
    ) -> Result<B::Client, Error> {
        if let Some(client) = self.open(url, Access::WriteExisting, wait)? {
            return Ok(client);
        }
        confirm()?;
        let opened = self.open(url, Access::Write, wait)?;
        opened.ok_or_else(|| Error::Bug("a database opened for writing was not created".to_owned()))
    }

    /// Returns an error if an empty database can't be upgraded to a target.
    #[doc(hidden)]
    pub fn check_target_from_empty(&self, target: &Target) -> Result<(), Error> {
        self.histories()?;
        let graph = self.graph_towards(Some(target))?;
        plan::upgrade(&graph, &Applied::none(&graph), target)?;
        Ok(())
    }

    /// Creates a scratch database, as [`Backend::scratch`] does.
    #[doc(hidden)]
    pub fn scratch(&self, scratch_server: Option<&OsStr>) -> Result<B::Client, Error> {
        let mut client = B::scratch(scratch_server)?;
        self.prepare(&mut client)?;
        Ok(client)
    }

    /// Returns the way to copy a database, as [`Backend::backup_driver`] does.
    #[doc(hidden)]
    pub fn backup_driver(
        &self,
        url: &OsStr,
        wait: Duration,
    ) -> Result<Box<dyn BackupDriver>, Error> {
        B::backup_driver(url, wait, self.options.version_table, self.hook.clone())
    }

    /// Sets the names that belong to others.
    #[doc(hidden)]
    pub const fn ignore(&mut self, ignore: &'static [&'static str]) {
        self.ignore = ignore;
    }

    /// Sets the schemas that are compared together.
    #[doc(hidden)]
    pub const fn compare_schemas(&mut self, schemas: &'static [&'static str]) {
        self.schemas = schemas;
    }

    /// Sets the file that creates the objects of other owners on each scratch database: its path and its SQL.
    #[doc(hidden)]
    pub const fn set_up_scratch(&mut self, file: &'static str, sql: &'static str) {
        self.scratch_setup = Some((file, sql));
    }

    /// Returns the file that creates the objects of other owners on each scratch database: its path and its SQL.
    #[doc(hidden)]
    pub fn scratch_setup(&self) -> Option<(&'static str, &'static str)> {
        self.scratch_setup
    }

    /// Sets the function that builds the desired schema, which replaces the models.
    #[doc(hidden)]
    pub const fn build_schema_with(&mut self, builder: SchemaBuilder) {
        self.schema_builder = Some(builder);
    }

    /// Returns the function that builds the desired schema, if there is one.
    #[doc(hidden)]
    pub fn schema_builder(&self) -> Option<SchemaBuilder> {
        self.schema_builder
    }

    /// Sets the crates whose models describe the schema; without it, those of all linked crates do.
    #[doc(hidden)]
    pub const fn take_models(&mut self, crates: ModelCrates) {
        self.models = Some(crates);
    }

    /// Returns the models that describe the schema of these revisions, sorted by file and line.
    ///
    /// # Errors
    ///
    /// [`Error::Owners`] if the crates of `migrations!` are not those of the linked models.
    #[doc(hidden)]
    pub fn models(&self) -> Result<Vec<ModelTable>, Error> {
        self.models
            .map_or_else(|| Ok(model::registered()), ModelCrates::registered)
    }

    /// Returns the part of a database that the revisions manage.
    #[doc(hidden)]
    pub fn extent(&self) -> InspectionScope {
        InspectionScope {
            version_table: self.options.version_table,
            ignore: self.ignore,
            schemas: self.schemas,
            foreign: self.foreign.get().copied().unwrap_or_default(),
        }
    }

    /// Returns whether the names of other owners' objects are known.
    #[doc(hidden)]
    pub fn knows_foreign_objects(&self) -> bool {
        self.foreign.get().is_some()
    }

    /// Records the names of the objects that exist on a scratch database before these revisions run: they belong to
    /// other owners, so no comparison includes them.
    #[doc(hidden)]
    pub fn set_foreign_objects(&self, names: Vec<String>) {
        // An InspectionScope is copied often, so its names live as long as the process.
        self.foreign.get_or_init(|| names.leak());
    }

    /// Returns the graph of the revisions, which the first call builds.
    ///
    /// # Errors
    ///
    /// [`Error::Graph`] if the graph is invalid. Such revisions do not compile unless the macros were bypassed.
    pub fn graph(&self) -> Result<&RevisionGraph, Error> {
        self.built().map(|built| &built.graph)
    }

    /// Returns the graph that applies to an empty database that is upgraded to a target.
    #[doc(hidden)]
    pub fn graph_towards(&self, target: Option<&Target>) -> Result<Cow<'_, RevisionGraph>, Error> {
        let none: [&str; 0] = [];
        Ok(self.graph()?.effective_graph(&none, None, target)?.graph)
    }

    fn built(&self) -> Result<&Built<B>, Error> {
        let built = self.built.get_or_init(|| {
            let revisions = || self.iter();
            let nodes = revisions()
                .map(|revision| node(&revision.header))
                .collect::<Result<Vec<_>, _>>()?;
            let graph = RevisionGraph::new(nodes)
                .map_err(|diagnostics| migrate_graph::Error::InvalidRevisions { diagnostics })?;
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
    #[doc(hidden)]
    pub fn iter(&self) -> impl Iterator<Item = &'static Revision<B>> + use<B> {
        let unpacked = *self.unpacked.get_or_init(|| {
            let written = self.packed.iter().copied().flatten();
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

    /// Returns each revision that replaces others, with the last of the replaced ones.
    pub(crate) fn replacements(&self) -> Vec<(&'static str, &'static str)> {
        let headers = self.iter().map(|revision| &revision.header);
        let pairs = headers.filter_map(|header| Some((header.id, *header.replaces.last()?)));
        pairs.collect()
    }

    /// Returns the revision with this id, if there is one.
    #[doc(hidden)]
    pub fn revision(&self, id: &str) -> Option<&'static Revision<B>> {
        self.built().ok()?.by_id.get(id).copied()
    }

    /// Returns the revision with an id from the graph.
    #[doc(hidden)]
    pub fn known(&self, id: &str) -> Result<&'static Revision<B>, Error> {
        self.revision(id).ok_or_else(|| {
            Error::Bug(format!(
                "the graph names revision `{id}`, which does not exist"
            ))
        })
    }

    /// Upgrades a database to all heads.
    ///
    /// Does nothing if nothing is pending. You can call it at each start, also from many processes at the same time.
    ///
    /// # Errors
    ///
    /// Every [`Error`]; [`Error::MigrationFailed`] names the revision, its statement and what is kept.
    pub fn upgrade(&self, client: &mut B::Client) -> Result<RunReport, Error> {
        self.upgrade_to(client, "heads")
    }

    /// Upgrades a database to `target`, in the syntax of the command line: `head`, an id, `+1`.
    ///
    /// # Errors
    ///
    /// As [`upgrade`](Migrations::upgrade).
    pub fn upgrade_to(&self, client: &mut B::Client, target: &str) -> Result<RunReport, Error> {
        self.upgrade_with(client, target, &RunOptions::default(), &mut ())
    }

    /// Upgrades a database to `target` with custom options; `observer` receives the events.
    ///
    /// # Errors
    ///
    /// As [`upgrade`](Migrations::upgrade).
    pub fn upgrade_with(
        &self,
        client: &mut B::Client,
        target: &str,
        options: &RunOptions,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, Error> {
        let target = Target::parse(target)?;
        Executor::new(self, options).upgrade(client, &target, observer)
    }

    /// Downgrades a database to `target`, in the syntax of the command line: `base`, an id, `-1`.
    ///
    /// Fails if values would be lost; [`downgrade_with`](Migrations::downgrade_with) can allow it.
    ///
    /// # Errors
    ///
    /// [`Error::DataLoss`] and [`Error::Irreversible`], in which case nothing is changed, and every other [`Error`].
    pub fn downgrade(&self, client: &mut B::Client, target: &str) -> Result<RunReport, Error> {
        self.downgrade_with(client, target, &RunOptions::default(), &mut ())
    }

    /// Downgrades a database to `target` with custom options; `observer` receives the events.
    ///
    /// # Errors
    ///
    /// As [`downgrade`](Migrations::downgrade).
    pub fn downgrade_with(
        &self,
        client: &mut B::Client,
        target: &str,
        options: &RunOptions,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, Error> {
        let target = Target::parse(target)?;
        Executor::new(self, options).downgrade(client, &target, observer)
    }

    /// Records `targets`, and all revisions that they need, as applied, without running anything.
    ///
    /// # Errors
    ///
    /// Every [`Error`] about targets and about the version table.
    pub fn stamp(&self, client: &mut B::Client, targets: &[&str]) -> Result<StampReport, Error> {
        self.stamp_with(client, targets, &RunOptions::default(), StampMode::Update)
    }

    /// Records `targets` with custom options.
    ///
    /// # Errors
    ///
    /// As [`stamp`](Migrations::stamp).
    pub fn stamp_with(
        &self,
        client: &mut B::Client,
        targets: &[&str],
        options: &RunOptions,
        mode: StampMode,
    ) -> Result<StampReport, Error> {
        let targets = targets
            .iter()
            .map(|target| Target::parse(target))
            .collect::<Result<Vec<_>, _>>()?;
        Executor::new(self, options).stamp(client, &targets, mode == StampMode::Purge)
    }

    /// Records a revision that was interrupted outside a transaction as applied or as not applied, without running
    /// anything.
    ///
    /// # Errors
    ///
    /// [`Error::NotUnfinished`] if it was not interrupted and is not already in the state `end`.
    pub fn resolve_unfinished(
        &self,
        client: &mut B::Client,
        revision: &str,
        end: Resolution,
    ) -> Result<StampReport, Error> {
        Executor::new(self, &RunOptions::default()).resolve_unfinished(client, revision, end)
    }

    /// Returns the applied revisions, with the times, and the pending ones. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidVersionTable`] if a table of another program has the name of the version table,
    /// [`Error::Database`] if reading fails.
    pub fn status(&self, client: B::Reader<'_>) -> Result<Status, Error> {
        let options = RunOptions::default();
        Executor::new(self, &options).status(client)
    }

    /// Returns whether every revision of this build is applied, for a health check: also those of the histories that
    /// `migrations!` lists in `after`. Writes nothing.
    ///
    /// If a newer build applied revisions, they must be additive; otherwise the result is `false`.
    ///
    /// # Errors
    ///
    /// As [`status`](Migrations::status).
    pub fn is_current(&self, client: B::Reader<'_>) -> Result<bool, Error> {
        let options = RunOptions::default();
        let others = self.histories()?;
        let all = others.into_iter().chain([self]);
        let executors: Vec<Executor<'_, B>> = all.map(|one| Executor::new(one, &options)).collect();
        let states = B::read(client, options.wait, |op| {
            let states = executors.iter().map(|executor| executor.state(op));
            states.collect::<Result<Vec<_>, _>>()
        })?;
        for (executor, state) in executors.iter().zip(&states) {
            if !Self::is_current_in(executor, state)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_current_in(executor: &Executor<'_, B>, state: &State) -> Result<bool, Error> {
        match executor.assess(state, None) {
            Ok(assessment) if assessment.unfinished.is_some() => Ok(false),
            Ok(assessment) => {
                let applied = assessment.known.applied.ids(&assessment.known.graph);
                Ok(applied.len() == assessment.known.graph.len())
            }
            Err(Error::DatabaseNewer { .. } | Error::UnknownRevisions { .. }) => Ok(false),
            Err(Error::Graph(
                migrate_graph::Error::UnknownApplied { .. }
                | migrate_graph::Error::MissingDependency { .. }
                | migrate_graph::Error::PartlyReplaced { .. },
            )) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Returns the graph and the applied revisions if exactly these targets, and all they need, are applied.
pub fn known_state_at<'m, B: Backend>(
    migrations: &'m Migrations<B>,
    targets: &[Target],
) -> Result<KnownState<'m>, Error> {
    let graph = migrations.graph_towards(targets.first())?;
    let applied = match targets {
        [] => Applied::none(&graph),
        _ => plan::stamp(&graph, &Applied::none(&graph), targets)?,
    };
    Ok(KnownState { graph, applied })
}

/// What a stamp does with the existing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampMode {
    /// Rows of other branches are kept.
    Update,
    /// All rows are deleted first, including those of unknown revisions.
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
