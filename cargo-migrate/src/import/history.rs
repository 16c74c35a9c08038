//! Checks the migrations of a directory, and makes a [`History`] of them.

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;
use migrate_graph::{BranchLabel, RevisionId};

use crate::generated::Generated;
use crate::new_revision::{ImportedRevision, NewRevision};
use crate::output::display_path;
use crate::report::Report;

use super::sql::Strings;
use super::{Found, Links, Migration, Script, Tool, Transaction, body, date, id_of, version};

/// The migrations of another tool, in an order in which each follows those it is linked to.
#[derive(Clone, Debug)]
pub(crate) struct History {
    tool: Tool,
    migrations: Vec<Linked>,
    /// What was left out or must be known, one sentence each.
    pub(crate) notes: Vec<String>,
}

/// A migration with its valid links and date.
#[derive(Clone, Debug)]
struct Linked {
    id: RevisionId,
    down_revisions: Vec<RevisionId>,
    depends_on: Vec<RevisionId>,
    branch_labels: Vec<BranchLabel>,
    created: Timestamp,
    migration: Migration,
}

/// A revision to write, and what the user must know about it.
#[derive(Clone, Debug)]
pub(crate) struct Imported {
    pub(crate) revision: NewRevision,
    pub(crate) id: RevisionId,
    /// The file of the migration.
    pub(crate) source: PathBuf,
    /// What the author must write before the revision compiles.
    pub(crate) to_write: Vec<String>,
    /// Whether it runs outside a transaction.
    pub(crate) is_outside: bool,
    /// Whether its `BEGIN` and `COMMIT` were left out.
    pub(crate) unframed: bool,
    /// Whether it can't be downgraded.
    pub(crate) irreversible: bool,
    /// Whether its SQL uses the tool's history table, which no revision writes.
    pub(crate) uses_history: bool,
}

/// Checks the migrations and links them.
pub(super) fn checked(tool: Tool, found: Found) -> Result<History, Report> {
    let Found {
        migrations,
        mut notes,
    } = found;
    let ids: Vec<RevisionId> = migrations
        .iter()
        .map(|migration| id_of(&migration.version).map_err(|report| report.at(&migration.file)))
        .collect::<Result<_, _>>()?;
    without_duplicates(&migrations, &ids)?;
    for (migration, id) in migrations.iter().zip(&ids) {
        let is_same = migration.version.replace('.', "_") == id.as_str();
        if tool == Tool::Alembic && !is_same {
            notes.push(format!(
                "revision `{}` is now `{id}`: ids have only A-Z, a-z, 0-9 and _, and at most 64 characters",
                migration.version
            ));
        }
    }
    let mut linked: Vec<Linked> = Vec::with_capacity(migrations.len());
    for (migration, id) in migrations.into_iter().zip(ids) {
        let before = linked.last();
        let created = date::after(migration.date, before.map(|before| before.created));
        let (down_revisions, depends_on, branch_labels) = match &migration.links {
            Links::Linear => (
                before.map(|before| before.id.clone()).into_iter().collect(),
                Vec::new(),
                Vec::new(),
            ),
            Links::Graph {
                down_revisions,
                depends_on,
                branch_labels,
            } => (
                all(down_revisions)?,
                all(depends_on)?,
                labels(branch_labels, &migration)?,
            ),
        };
        linked.push(Linked {
            id,
            down_revisions,
            depends_on,
            branch_labels,
            created,
            migration,
        });
    }
    Ok(History {
        tool,
        migrations: linked,
        notes,
    })
}

fn all(versions: &[String]) -> Result<Vec<RevisionId>, Report> {
    versions.iter().map(|version| id_of(version)).collect()
}

fn labels(labels: &[String], migration: &Migration) -> Result<Vec<BranchLabel>, Report> {
    let label = |label: &String| BranchLabel::new(&label.replace(['-', '.', ' '], "_"));
    let labels = labels.iter().map(label).collect::<Result<_, _>>();
    labels.map_err(|error| Report::from(error).at(&migration.file))
}

/// Rejects two migrations of one version.
fn without_duplicates(migrations: &[Migration], ids: &[RevisionId]) -> Result<(), Report> {
    let mut seen: HashMap<&RevisionId, &Migration> = HashMap::new();
    let mut reports = Vec::new();
    for (migration, id) in migrations.iter().zip(ids) {
        if let Some(first) = seen.insert(id, migration) {
            reports.push(
                Report::new(
                    "duplicate_migration",
                    format!("version `{}` has two migrations", migration.version),
                )
                .at(display_path(&first.file))
                .at(display_path(&migration.file))
                .help("give one of them another version, or remove it"),
            );
        }
    }
    match Report::all(reports) {
        Some(report) => Err(report),
        None => Ok(()),
    }
}

impl History {
    /// Returns the revisions to write, oldest first.
    pub(crate) fn into_revisions(self, strings: Strings) -> Vec<Imported> {
        let migrations = self.migrations.into_iter();
        let tool = self.tool;
        migrations
            .map(|linked| linked.into_revision(tool, strings))
            .collect()
    }
}

impl Linked {
    fn into_revision(self, tool: Tool, strings: Strings) -> Imported {
        let Migration {
            name,
            file,
            up,
            down,
            transaction,
            ..
        } = self.migration;
        let bodies = body::bodies(&up, &down, transaction, strings);
        let uses = |body: &str| body.contains(tool.table());
        let uses_history = uses(&bodies.up) || uses(&bodies.down);
        let to_write = |script: &Script| match script {
            Script::ToWrite(what) => Some(what.clone()),
            _ => None,
        };
        Imported {
            id: self.id.clone(),
            source: file,
            to_write: [&up, &down].into_iter().filter_map(to_write).collect(),
            is_outside: !bodies.transaction && transaction != Transaction::Outside,
            unframed: bodies.unframed,
            irreversible: bodies.irreversible,
            uses_history,
            revision: NewRevision::imported(ImportedRevision {
                id: self.id,
                down_revisions: self.down_revisions,
                depends_on: self.depends_on,
                branch_labels: self.branch_labels,
                message: version::words(&name),
                created: self.created,
                generated: Generated::of_bodies(bodies.up, bodies.down, bodies.transaction),
            }),
        }
    }
}
