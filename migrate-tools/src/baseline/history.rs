//! Reads the history tables of other migration tools, and matches them with this package's revisions.

use std::path::Path;
use std::time::Duration;

use migrate_graph::{RevisionGraph, RevisionId};

use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::op;
use migrate_schema::schema::{Schema, Table};
use migrate_schema::value::Value;

use migrate_engine::error::BaselineError;

/// A migration tool that may have managed the database before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tool {
    /// Alembic, and Flask-Migrate, which uses Alembic.
    Alembic,
    /// sqlx.
    Sqlx,
    /// Diesel.
    Diesel,
    /// Refinery.
    Refinery,
    /// SeaORM.
    SeaOrm,
    /// goose.
    Goose,
    /// Flyway.
    Flyway,
}

impl Tool {
    pub(crate) const ALL: [Tool; 7] = [
        Tool::Alembic,
        Tool::Sqlx,
        Tool::Diesel,
        Tool::Refinery,
        Tool::SeaOrm,
        Tool::Goose,
        Tool::Flyway,
    ];

    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Tool::Alembic => "Alembic",
            Tool::Sqlx => "sqlx",
            Tool::Diesel => "Diesel",
            Tool::Refinery => "Refinery",
            Tool::SeaOrm => "SeaORM",
            Tool::Goose => "goose",
            Tool::Flyway => "Flyway",
        }
    }

    /// Returns the name of its history table.
    #[must_use]
    pub fn table(self) -> &'static str {
        match self {
            Tool::Alembic => "alembic_version",
            Tool::Sqlx => "_sqlx_migrations",
            Tool::Diesel => "__diesel_schema_migrations",
            Tool::Refinery => "refinery_schema_history",
            Tool::SeaOrm => "seaql_migrations",
            Tool::Goose => "goose_db_version",
            Tool::Flyway => "flyway_schema_history",
        }
    }

    /// Returns the query for the applied migrations: the version, and whether it succeeded.
    fn query(self) -> &'static str {
        match self {
            Tool::Alembic => "SELECT version_num, 1 FROM alembic_version ORDER BY version_num",
            Tool::Sqlx => "SELECT version, success FROM _sqlx_migrations ORDER BY version",
            Tool::Diesel => "SELECT version, 1 FROM __diesel_schema_migrations ORDER BY version",
            Tool::Refinery => "SELECT version, 1 FROM refinery_schema_history ORDER BY version",
            Tool::SeaOrm => "SELECT version, 1 FROM seaql_migrations ORDER BY version",
            // Its first row is 0, and old versions add a row for each downgrade.
            Tool::Goose => {
                "SELECT a.version_id, 1 FROM goose_db_version AS a WHERE a.version_id > 0 AND a.is_applied AND a.id = \
                 (SELECT max(b.id) FROM goose_db_version AS b WHERE b.version_id = a.version_id) ORDER BY a.version_id"
            }
            // A repeatable migration has a description only, and a row for each time that it ran.
            Tool::Flyway => {
                "SELECT coalesce(replace(a.version, '.', '_'), replace(a.description, ' ', '_')), a.success \
                 FROM flyway_schema_history AS a WHERE a.type IN ('SQL', 'JDBC', 'SPRING_JDBC', 'SCRIPT', 'CUSTOM') \
                 AND NOT EXISTS (SELECT 1 FROM flyway_schema_history AS b WHERE b.installed_rank > a.installed_rank AND \
                 (b.version = a.version AND b.type LIKE 'UNDO%' OR a.version IS NULL AND b.version IS NULL AND \
                 b.description = a.description)) ORDER BY a.installed_rank"
            }
        }
    }

    /// Returns whether the tool itself created a migration, which builds no table.
    fn is_its_own(self, version: &str) -> bool {
        self == Tool::Diesel && version == "00000000000000"
    }

    /// Returns whether its table names every applied migration. Alembic's has only the heads.
    fn keeps_all(self) -> bool {
        self != Tool::Alembic
    }
}

/// The tables of other tools, whose history is not imported. They are not part of the compared schema.
const FURTHER: [&str; 21] = [
    "schema_migrations",
    "ar_internal_metadata",
    "schema_version",
    "databasechangelog",
    "databasechangeloglock",
    "_prisma_migrations",
    "django_migrations",
    "knex_migrations",
    "knex_migrations_lock",
    "SequelizeMeta",
    "__drizzle_migrations",
    "__EFMigrationsHistory",
    "__EFMigrationsLock",
    "atlas_schema_revisions",
    "doctrine_migration_versions",
    "phinxlog",
    "_yoyo_migration",
    "_yoyo_log",
    "_yoyo_version",
    "yoyo_lock",
    "grdb_migrations",
];

/// The names that an application might use too: such a table belongs to a tool only if it has a column `version`.
const WITH_VERSION: [&str; 2] = ["schema_migrations", "schema_version"];

/// Returns the history tables of other tools in a schema.
pub(crate) fn histories(schema: &Schema) -> Vec<String> {
    let is_history = |table: &&Table| {
        let is = |name: &&str| name.eq_ignore_ascii_case(&table.name);
        Tool::ALL.iter().any(|tool| is(&tool.table()))
            || (FURTHER.iter().any(is)
                && (!WITH_VERSION.iter().any(is) || table.find_column("version").is_some()))
    };
    let found = schema.tables.iter().filter(is_history);
    found.map(|table| table.name.clone()).collect()
}

/// Returns a schema without the history tables of other tools, and without the objects of these tables.
pub(crate) fn ours(mut schema: Schema) -> Schema {
    let theirs = histories(&schema);
    if theirs.is_empty() {
        return schema;
    }
    schema.retain_tables(|table| !theirs.iter().any(|name| name == table));
    schema
}

/// How the versions of another tool are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VersionMatching {
    /// A version is the id of a revision, or the date or the name of its file.
    #[default]
    ById,
    /// By order: the first version is the first revision, and so on.
    ByOrder,
}

/// The records of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The tool.
    pub tool: Tool,
    /// The applied versions, in order.
    pub versions: Vec<String>,
}

/// Looks for the history of another tool.
pub(super) fn find<B: Backend>(
    client: B::Reader<'_>,
    wait: Duration,
) -> Result<Option<History>, Error> {
    B::read(client, wait, |op| {
        let failed = |error| Error::database("can't look for another tool's history", error);
        let tables = B::tables(op::session(op)).map_err(failed)?;
        let Some(tool) = Tool::ALL
            .into_iter()
            .find(|tool| tables.iter().any(|table| table == tool.table()))
        else {
            return Ok(None);
        };
        let mut rows = Vec::new();
        B::query(op::session(op), tool.query(), &[], &mut |row| {
            rows.push(row)
        })
        .map_err(failed)?;
        let mut versions = Vec::new();
        for row in rows {
            let [version, success] = &row[..] else {
                continue;
            };
            let version = shown(version);
            if success.as_i64() == Some(0) {
                return Err(BaselineError::Unfinished {
                    tool: tool.name(),
                    version,
                }
                .into());
            }
            versions.push(version);
        }
        Ok(Some(History { tool, versions }))
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

impl History {
    /// Returns the revisions that match the versions. `files` has the id and the file of each revision.
    ///
    /// # Errors
    ///
    /// [`BaselineError::UnmatchedVersions`] with the versions that match no revision; the reason why they can't be counted.
    pub(super) fn match_revisions(
        &self,
        graph: &RevisionGraph,
        files: &[(&str, &str)],
        matching: VersionMatching,
    ) -> Result<Vec<RevisionId>, BaselineError> {
        match matching {
            VersionMatching::ById => self.match_by_id(graph, files),
            VersionMatching::ByOrder => self.match_by_order(graph),
        }
    }

    fn match_by_id(
        &self,
        graph: &RevisionGraph,
        files: &[(&str, &str)],
    ) -> Result<Vec<RevisionId>, BaselineError> {
        let mut found = Vec::new();
        let mut unmapped = Vec::new();
        for version in &self.versions {
            let id = files
                .iter()
                .find(|(id, _)| id == version)
                .or_else(|| files.iter().find(|(_, file)| is_file_of(file, version)))
                .and_then(|(id, _)| graph.get(id));
            match id {
                Some(revision) => found.push(revision.id.clone()),
                None if self.tool.is_its_own(version) => {}
                None => unmapped.push(version.clone()),
            }
        }
        if unmapped.is_empty() {
            Ok(found)
        } else {
            Err(BaselineError::UnmatchedVersions {
                tool: self.tool.name(),
                versions: unmapped,
            })
        }
    }

    fn match_by_order(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, BaselineError> {
        let tool = self.tool;
        if !tool.keeps_all() {
            return Err(BaselineError::HeadsOnly { tool: tool.name() });
        }
        if graph.bases().count() > 1 || graph.branch_points().next().is_some() {
            return Err(BaselineError::NotLinear { tool: tool.name() });
        }
        if self.versions.len() > graph.len() {
            return Err(BaselineError::TooMany {
                tool: tool.name(),
                versions: self.versions.len(),
                revisions: graph.len(),
            });
        }
        let applied = graph.iter().take(self.versions.len());
        Ok(applied.map(|revision| revision.id.clone()).collect())
    }
}

/// Returns whether a revision file is named after a version: by its whole name, or by the date in it.
fn is_file_of(file: &str, version: &str) -> bool {
    let stem = Path::new(file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let digits = |text: &str| -> String {
        let date = text.trim_start_matches('m').splitn(3, '_').take(2);
        date.flat_map(str::chars)
            .filter(char::is_ascii_digit)
            .collect()
    };
    let number: String = version.chars().filter(|c| *c != '-' && *c != '_').collect();
    stem == version || (number.len() == 14 && digits(stem) == number)
}
