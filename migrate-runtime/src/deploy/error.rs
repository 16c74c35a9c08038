//! What can go wrong with a deployment.

use std::path::PathBuf;

use crate::error::{Error, printable};
use crate::exit::Exit;
use crate::lint::Finding;

/// Why a deployment did not begin, or what became of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// Applied revisions were edited since.
    #[error("applied revisions were edited since: {}", quoted(revisions))]
    Edited {
        /// The revisions.
        revisions: Vec<String>,
    },

    /// The database is not what its applied revisions build.
    #[error("the database differs from the schema that its applied revisions build")]
    Drifted {
        /// What is different, a line each.
        differences: Vec<String>,
    },

    /// A lint that is denied finds something in the revisions that are going to run.
    #[error("a denied lint has findings: {}", lints(findings))]
    Denied {
        /// What was found.
        findings: Vec<Finding>,
    },

    /// The upgraded database is not what the revisions build.
    #[error("the upgraded database differs from the schema that its revisions build")]
    NotAsPlanned {
        /// What is different, a line each.
        differences: Vec<String>,
    },

    /// The approved plan is not what would be done now.
    #[error("the plan in `{}` differs from what would run now", file.display())]
    Moved {
        /// The plan's file.
        file: PathBuf,
        /// What has moved, a line each.
        differences: Vec<String>,
    },

    /// A plan's file can't be used.
    #[error("can't {action} the plan `{}`: {reason}", file.display())]
    PlanFile {
        /// What was being done.
        action: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// A hook failed.
    #[error("the {hook} hook {reason}")]
    Hook {
        /// `stop`, `start`, `health` or `rollback`.
        hook: &'static str,
        /// How it ended.
        reason: String,
    },

    /// It failed, and this is what became of it.
    #[error("the deployment failed at `{stage}`: {cause}")]
    Failed {
        /// The stage that failed.
        stage: &'static str,
        /// Why.
        cause: Box<Error>,
        /// What became of the database and the application.
        aftermath: Aftermath,
    },
}

/// What became of the database and of the application after a deployment failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Aftermath {
    /// What became of the database, a line each.
    pub database: Vec<String>,
    /// What became of the application.
    pub application: Option<String>,
    /// What a person has to do, if anything.
    pub help: Option<String>,
}

fn lints(findings: &[Finding]) -> String {
    let mut names: Vec<_> = findings.iter().map(|one| one.lint.name()).collect();
    names.dedup();
    names.join(", ")
}

fn quoted(ids: &[String]) -> String {
    let ids: Vec<_> = ids
        .iter()
        .map(|id| format!("`{}`", printable(id)))
        .collect();
    ids.join(", ")
}

impl DeployError {
    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            DeployError::Edited { .. } => "checksum_mismatch",
            DeployError::Drifted { .. } | DeployError::Moved { .. } => "out_of_sync",
            DeployError::PlanFile { .. } => "invalid_plan",
            DeployError::Denied { .. } => "lint_denied",
            DeployError::Hook { .. } => "hook_failed",
            DeployError::NotAsPlanned { .. } | DeployError::Failed { .. } => "deploy_failed",
        }
    }

    /// Returns how a command that meets it exits: as what made it fail would.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            DeployError::Failed { cause, .. } => cause.exit(),
            _ => Exit::Problem,
        }
    }

    pub(crate) fn why(&self) -> Vec<String> {
        let unchanged = || "nothing was changed, and the application was not stopped".to_owned();
        match self {
            DeployError::Edited { .. } | DeployError::PlanFile { .. } => vec![unchanged()],
            DeployError::Drifted { differences } | DeployError::Moved { differences, .. } => {
                differences.iter().cloned().chain([unchanged()]).collect()
            }
            DeployError::Denied { findings } => {
                let lines = findings.iter();
                let lines = lines.map(|one| format!("`{}`: {}", one.revision, one.message));
                lines.chain([unchanged()]).collect()
            }
            DeployError::NotAsPlanned { differences } => differences.clone(),
            DeployError::Hook { .. } => Vec::new(),
            DeployError::Failed {
                cause, aftermath, ..
            } => {
                let mut lines = match **cause {
                    // What it had done is told by what became of it.
                    Error::Interrupted { .. } => Vec::new(),
                    _ => cause.why(),
                };
                lines.extend(aftermath.database.iter().cloned());
                lines.extend(aftermath.application.clone());
                lines
            }
        }
    }

    pub(crate) fn help(&self) -> Option<String> {
        let text = match self {
            DeployError::Edited { .. } => {
                "restore the files and build again, or pass `--allow-edited`"
            }
            DeployError::Drifted { .. } => {
                "run `check` for details; write a revision for it with `revision --from-drift`, or pass `--allow-drift`"
            }
            DeployError::Denied { .. } => {
                "write `// lint: allow(LINT): why` into the revision's file, or lower the level in Cargo.toml or MIGRATE_LINT"
            }
            DeployError::NotAsPlanned { .. } => return None,
            DeployError::Moved { .. } => {
                "write a new plan with `--plan-file FILE`, and have it approved"
            }
            DeployError::PlanFile { .. } => "write a plan with `deploy --plan-file FILE`",
            DeployError::Hook { .. } => "run the command manually to see its output",
            DeployError::Failed {
                cause, aftermath, ..
            } => return aftermath.help.clone().or_else(|| cause.help()),
        };
        Some(text.to_owned())
    }
}

impl From<DeployError> for Error {
    fn from(error: DeployError) -> Error {
        Error::Deploy(Box::new(error))
    }
}
