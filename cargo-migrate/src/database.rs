//! The [`DatabaseKind`]s that the runtime supports, and their names in code and in Cargo.toml.
//!
//! It must not connect to a database.

/// A kind of database, as a command line option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DatabaseKind {
    /// SQLite
    Sqlite,
    /// PostgreSQL
    Postgres,
    /// MariaDB or MySQL
    Mysql,
}

impl DatabaseKind {
    /// Returns the type for `migrations!(backend = …)` and `Op<…>`.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Sqlite => "Sqlite",
            Self::Postgres => "Postgres",
            Self::Mysql => "Mysql",
        }
    }

    /// Returns the runtime's feature.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// Returns whether the feature is one of the runtime's default features.
    pub(crate) fn is_default(self) -> bool {
        self == Self::Sqlite
    }
}
