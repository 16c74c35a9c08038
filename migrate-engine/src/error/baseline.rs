//! Errors of `baseline`.

use crate::error::counted;

/// The reason why a database could not be baselined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// The database already has a history.
    #[error("the database has a history: table `{table}` records {}", counted(*.revisions, "revision"))]
    HasHistory {
        /// The version table.
        table: String,
        /// The number of recorded revisions.
        revisions: usize,
    },
    /// The first revision was requested, but the package already has revisions.
    #[error("the package already has revisions: {revisions}")]
    HasRevisions {
        /// The number of revisions.
        revisions: usize,
    },
    /// The database has nothing that a revision could build.
    #[error("the database has no tables, so there is nothing to write")]
    NoTables,
    /// A migration of the other tool failed.
    #[error("{} recorded that its migration `{version}` failed", tool)]
    Unfinished {
        /// The name of the tool.
        tool: &'static str,
        /// The migration.
        version: String,
    },
    /// Migrations of the other tool match no revisions.
    #[error(
        "{} recorded migrations that are not revisions here: {}",
        tool,
        shown(versions)
    )]
    UnmatchedVersions {
        /// The name of the tool.
        tool: &'static str,
        /// The migrations.
        versions: Vec<String>,
    },
    /// The other tool's table does not name every migration, so they can't be counted.
    #[error("{} records heads only, so its migrations can't be counted", tool)]
    HeadsOnly {
        /// The name of the tool.
        tool: &'static str,
    },
    /// The revisions branch, so they have no single order.
    #[error(
        "the revisions have branches, so {}'s migrations can't be counted along them",
        tool
    )]
    NotLinear {
        /// The name of the tool.
        tool: &'static str,
    },
    /// There are more migrations than revisions.
    #[error(
        "{} recorded {versions} migrations, and there are {revisions} revisions",
        tool
    )]
    TooMany {
        /// The name of the tool.
        tool: &'static str,
        /// The number of recorded migrations.
        versions: usize,
        /// The number of revisions.
        revisions: usize,
    },
    /// The schema does not match the revisions.
    #[error("the database differs from the schema that the revisions build: {}", counted(differences.len(), "difference"))]
    Differs {
        /// The differences.
        differences: Vec<String>,
    },
}

impl BaselineError {
    /// Returns details, one line each.
    pub(crate) fn notes(&self) -> Vec<String> {
        let nothing = "nothing was written".to_owned();
        match self {
            BaselineError::Differs { differences } => {
                let lines = differences.iter().map(|line| format!("different: {line}"));
                lines.chain([nothing]).collect()
            }
            _ => vec![nothing],
        }
    }

    /// Returns what to do next.
    pub(crate) fn help(&self) -> String {
        match self {
            BaselineError::HasHistory { .. } => {
                "run `upgrade`; `status` lists what is recorded".to_owned()
            }
            BaselineError::HasRevisions { .. } => {
                "omit `--message` and `--models`: the existing revisions are recorded".to_owned()
            }
            BaselineError::NoTables => {
                "write the first revision with `cargo migrate revision`, then run `upgrade`".to_owned()
            }
            BaselineError::Unfinished { tool, .. } => {
                format!("repair it with {tool} first")
            }
            BaselineError::UnmatchedVersions { .. } => {
                "if the revisions were generated from this database, run `cargo migrate baseline heads`; if they are its \
                 old migrations, give them these ids, pass `--match-by-order`, or name the revision that the database is at"
                    .to_owned()
            }
            BaselineError::HeadsOnly { .. } | BaselineError::NotLinear { .. } => {
                "name the revision that the database is at: `cargo migrate baseline heads`, or a revision".to_owned()
            }
            BaselineError::TooMany { .. } => {
                "if the revisions were generated from this database, run `cargo migrate baseline heads`; otherwise write \
                 the missing revisions first, or name the revision that the database is at"
                    .to_owned()
            }
            BaselineError::Differs { .. } => {
                "change the revisions or the database, or accept the differences with `--allow-drift`".to_owned()
            }
        }
    }
}

fn shown(versions: &[String]) -> String {
    let first: Vec<String> = versions
        .iter()
        .take(5)
        .map(|version| format!("`{}`", crate::error::printable(version)))
        .collect();
    match versions.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
