//! Reads the [`History`] of another migration tool from its files.
//!
//! ```text
//! the tool's files ──► import/<tool> ──► Migration ──► History ──► body ──► new_revision writes the files
//! ```
//!
//! A tool's module knows its names and markers only. It must not write anything.

mod alembic;
mod body;
mod date;
mod dbmate;
mod diesel;
mod files;
mod flyway;
mod goose;
mod history;
mod markers;
mod python;
mod refinery;
mod sea_orm;
mod sql;
mod sqlx;
mod version;

use std::path::Path;

use migrate_graph::RevisionId;

use crate::output::display_path;
use crate::report::Report;

pub(crate) use history::{History, Imported};
pub(crate) use sql::Strings;

/// A migration tool whose files can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Tool {
    /// sqlx.
    Sqlx,
    /// Diesel.
    Diesel,
    /// Refinery.
    Refinery,
    /// SeaORM.
    SeaOrm,
    /// Alembic, and Flask-Migrate, which uses Alembic.
    Alembic,
    /// dbmate.
    Dbmate,
    /// goose.
    Goose,
    /// Flyway.
    Flyway,
}

impl Tool {
    const ALL: [Self; 8] = [
        Self::Sqlx,
        Self::Diesel,
        Self::Refinery,
        Self::SeaOrm,
        Self::Alembic,
        Self::Dbmate,
        Self::Goose,
        Self::Flyway,
    ];

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Diesel => "Diesel",
            Self::Refinery => "Refinery",
            Self::SeaOrm => "SeaORM",
            Self::Alembic => "Alembic",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::Flyway => "Flyway",
        }
    }

    /// Returns the value of `--from`.
    fn option(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Refinery => "refinery",
            Self::SeaOrm => "sea-orm",
            Self::Alembic => "alembic",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::Flyway => "flyway",
        }
    }

    /// Returns the name of its history table.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Sqlx => "_sqlx_migrations",
            Self::Diesel => "__diesel_schema_migrations",
            Self::Refinery => "refinery_schema_history",
            Self::SeaOrm => "seaql_migrations",
            Self::Alembic => "alembic_version",
            Self::Dbmate => "schema_migrations",
            Self::Goose => "goose_db_version",
            Self::Flyway => "flyway_schema_history",
        }
    }

    /// Returns the names that its migrations have.
    fn names(self) -> &'static str {
        match self {
            Self::Sqlx => "`20240131120000_name.sql`, or `….up.sql` and `….down.sql`",
            Self::Diesel => "directories `2024-01-31-120000_name` with `up.sql` and `down.sql`",
            Self::Refinery => "`V1__name.sql`, `U1__name.sql` and `V1__name.rs`",
            Self::SeaOrm => "`m20240131_120000_name.rs`",
            Self::Alembic => "Python files with `revision` and `down_revision`",
            Self::Dbmate => "`20240131120000_name.sql` with `-- migrate:up`",
            Self::Goose => "`00001_name.sql` with `-- +goose Up`, and `00001_name.go`",
            Self::Flyway => "`V1__name.sql`, `U1__name.sql` and `R__name.sql`",
        }
    }

    /// Reads the migrations of a directory, in the order in which the tool runs them.
    ///
    /// # Errors
    ///
    /// `no_migrations` if there are none, with the tool or the directory that may be meant; `invalid_migration` and
    /// `duplicate_migration` for each migration that can't be read; `io_error`.
    pub(crate) fn read(self, path: &Path) -> Result<History, Report> {
        if !path.is_dir() {
            let problem = match path.exists() {
                true => "is not a directory",
                false => "does not exist",
            };
            return Err(Report::usage(format!("`{}` {problem}", path.display()))
                .at(path)
                .help("pass the directory of the migrations"));
        }
        // The marked places name files, and an absolute path is wrong on other machines.
        let path = &display_path(path);
        let found = self.find(path)?;
        if found.migrations.is_empty() {
            return Err(self.nothing_found(path));
        }
        if let Some(other) = markers::of_another_tool(self, &found.migrations) {
            return Err(Report::new(
                "invalid_migration",
                format!("the migrations have the markers of {}", other.name()),
            )
            .at(&found.migrations[0].file)
            .help(format!("did you mean `--from {}`?", other.option())));
        }
        history::checked(self, found)
    }

    /// Reads the migrations of a directory, without checks between them.
    fn find(self, path: &Path) -> Result<Found, Report> {
        match self {
            Self::Sqlx => sqlx::read(path),
            Self::Diesel => diesel::read(path),
            Self::Refinery => refinery::read(path),
            Self::SeaOrm => sea_orm::read(path),
            Self::Alembic => alembic::read(path),
            Self::Dbmate => dbmate::read(path),
            Self::Goose => goose::read(path),
            Self::Flyway => flyway::read(path),
        }
    }

    /// Returns whether a directory has migrations of this tool, or files that look like them.
    fn fits(self, path: &Path) -> bool {
        if self == Self::Alembic {
            // `find` runs Alembic, which a guess must not do.
            return alembic::has_revisions(path);
        }
        match self.find(path) {
            Ok(found) => {
                !found.migrations.is_empty()
                    && markers::of_another_tool(self, &found.migrations).is_none()
            }
            Err(_) => false,
        }
    }

    fn nothing_found(self, path: &Path) -> Report {
        let report = Report::new(
            "no_migrations",
            format!("{} has no migrations of {}", path.display(), self.name()),
        )
        .at(path)
        .note(format!("{} has {}", self.name(), self.names()));
        let others = Self::ALL.into_iter().filter(|tool| tool.fits(path));
        let others: Vec<String> = others
            .map(|tool| format!("`--from {}`", tool.option()))
            .collect();
        if !others.is_empty() {
            return report.help(format!("did you mean {}?", others.join(" or ")));
        }
        let below = files::directories(path).unwrap_or_default();
        let below: Vec<String> = below
            .iter()
            .filter(|path| self.fits(path))
            .map(|path| format!("`{}`", path.display()))
            .collect();
        match &below[..] {
            [] => report.help("pass the directory that contains the migrations"),
            below => report.help(format!("did you mean {}?", below.join(" or "))),
        }
    }
}

/// The migrations of a directory.
#[derive(Clone, Debug, Default)]
struct Found {
    migrations: Vec<Migration>,
    /// What was left out, one sentence each.
    notes: Vec<String>,
}

/// One migration of another tool.
#[derive(Clone, Debug)]
struct Migration {
    /// The version, as the tool's history table has it.
    version: String,
    /// The description, as the name of the file has it.
    name: String,
    /// The file, or the directory, that it is in.
    file: std::path::PathBuf,
    /// The digits of its date, if it has one.
    date: date::Date,
    up: Script,
    down: Script,
    transaction: Transaction,
    links: Links,
}

/// What one direction of a migration does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Script {
    /// It runs this SQL.
    Sql(String),
    /// There is none, for this reason.
    Missing(String),
    /// It must be written: the text says what.
    ToWrite(String),
}

/// Whether the tool runs a migration in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    Inside,
    Outside,
    /// Outside if a statement can't run in a transaction, as Flyway decides.
    ByStatement,
}

/// How a migration is linked with others.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Links {
    /// It follows the migration before it.
    Linear,
    /// The tool's own graph, by version.
    Graph {
        down_revisions: Vec<String>,
        depends_on: Vec<String>,
        branch_labels: Vec<String>,
    },
}

impl Migration {
    /// Returns the report about a migration that can't be imported.
    fn invalid(file: &Path, message: impl Into<String>) -> Report {
        Report::new("invalid_migration", message).at(file)
    }
}

/// Returns the id of the revision for a version: the version, with `_` for every character that ids do not have.
fn id_of(version: &str) -> Result<RevisionId, Report> {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() { c } else { '_' }
    };
    let mut id: String = version
        .chars()
        .take(migrate_graph::MAX_NAME_LENGTH)
        .map(allowed)
        .collect();
    if migrate_graph::RESERVED_WORDS.contains(&id.as_str()) {
        id.push('_');
    }
    Ok(RevisionId::new(&id)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_becomes_a_valid_id() {
        for (version, id) in [
            ("20240131120000", "20240131120000"),
            ("1", "1"),
            ("1.2", "1_2"),
            ("head", "head_"),
            ("ae-10é", "ae_10_"),
        ] {
            assert_eq!(id_of(version).unwrap().as_str(), id);
        }
        assert_eq!(id_of(&"x".repeat(90)).unwrap().as_str().len(), 64);
        assert!(id_of("").is_err());
    }
}
