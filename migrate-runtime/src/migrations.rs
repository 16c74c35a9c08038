//! The revisions of an application, with everything that can be done with them.

use std::ops::Deref;

use migrate_engine::backend::{Backend, OnConnect};
use migrate_engine::histories::History;
use migrate_engine::macro_support::{Options, PackedRevision, Revision};
use migrate_engine::migrations::SchemaBuilder;
use migrate_engine::model::ModelCrates;

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
/// let mut connection = migrate_runtime::rusqlite::Connection::open_in_memory()?;
/// migrations().upgrade(&mut connection)?;
/// assert!(migrations().is_current(&connection)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// These calls block. An async application calls `run` and `ready` instead.
///
/// What runs revisions and reads their state comes from
/// [`migrate_engine::Migrations`](migrate_engine::migrations::Migrations), to which this type dereferences. What tries
/// revisions on a scratch database, and backups, are methods of this type, with the feature `tools`.
pub struct Migrations<B: Backend>(migrate_engine::Migrations<B>);

impl<B: Backend> Deref for Migrations<B> {
    type Target = migrate_engine::Migrations<B>;

    fn deref(&self) -> &migrate_engine::Migrations<B> {
        &self.0
    }
}

impl<B: Backend> Migrations<B> {
    /// Creates the migrations from the parts of the list of revisions.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(parts: &'static [&'static [Revision<B>]], options: Options) -> Migrations<B> {
        Migrations(migrate_engine::Migrations::new(parts, options))
    }

    /// Creates the migrations from the parts of the list of revisions; only the macros call it.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_packed(
        written: &'static [&'static [PackedRevision<B>]],
        options: Options,
    ) -> Migrations<B> {
        Migrations(migrate_engine::Migrations::from_packed(written, options))
    }

    /// Creates the migrations with a function that prepares connections; only the macros call it.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_packed_with_hook(
        written: &'static [&'static [PackedRevision<B>]],
        options: Options,
        function: OnConnect<B>,
    ) -> Migrations<B> {
        Migrations(migrate_engine::Migrations::from_packed_with_hook(
            written, options, function,
        ))
    }

    /// Sets the names that belong to others: comparisons ignore these tables and views, and the objects of these
    /// tables. `*` stands for any characters and `?` for one. `migrations!` takes the names from `ignore` in
    /// `[package.metadata.migrate]`.
    #[must_use]
    pub const fn ignoring(mut self, ignore: &'static [&'static str]) -> Migrations<B> {
        self.0.ignore(ignore);
        self
    }

    /// Sets the crates whose models describe the schema; only the macros call it.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_models_of(
        mut self,
        package: &'static str,
        listed: Option<&'static [&'static str]>,
    ) -> Migrations<B> {
        self.0.take_models(ModelCrates { package, listed });
        self
    }

    /// Sets the histories of other owners, such as libraries, that are upgraded before this one, in order. Their tables
    /// are not compared. `migrations!` takes them from `after`.
    #[must_use]
    pub const fn after(mut self, histories: &'static [History<B>]) -> Migrations<B> {
        self.0.run_after(histories);
        self
    }

    /// Sets an SQL file, by its path and its text, that creates the objects of other owners on each scratch database.
    /// They are not compared. `migrations!` takes it from `scratch-setup` in `[package.metadata.migrate]`.
    #[must_use]
    pub const fn scratch_setup(mut self, file: &'static str, sql: &'static str) -> Migrations<B> {
        self.0.set_up_scratch(file, sql);
        self
    }

    /// Sets a function that builds the desired schema in the empty database whose URL it receives. It replaces the models.
    /// `migrations!` takes it from `schema`.
    #[must_use]
    pub const fn desired_schema(mut self, builder: SchemaBuilder) -> Migrations<B> {
        self.0.build_schema_with(builder);
        self
    }

    /// Sets the schemas that are compared together. The first is that of the connection, and models without a schema
    /// belong to it. `migrations!` takes them from `schemas` in `[package.metadata.migrate]`.
    #[must_use]
    pub const fn over_schemas(mut self, schemas: &'static [&'static str]) -> Migrations<B> {
        self.0.compare_schemas(schemas);
        self
    }
}
