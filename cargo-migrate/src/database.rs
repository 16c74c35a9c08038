//! The databases that the runtime has backends for: how each is named in code and in a Cargo.toml.

/// A kind of database, as a person chooses it.
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
    /// Returns the type that stands in `migrations!(backend = …)` and in `Op<…>`.
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

    /// Returns whether the runtime has the feature without being asked.
    pub(crate) fn is_default(self) -> bool {
        self == Self::Sqlite
    }
}
