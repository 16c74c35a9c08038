//! Errors of a deployment.

use std::path::PathBuf;

use crate::error::{Error, printable};
use crate::exit::Exit;
use crate::lint::Finding;

/// The reason why a deployment was not started, or what was left after it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// Applied revisions were edited since.
    #[error("applied revisions were edited since: {}", quoted(revisions))]
    Edited {
        /// The revisions.
        revisions: Vec<String>,
    },

    /// The database differs from the schema that its applied revisions build.
    #[error("the database differs from the schema that its applied revisions build")]
    Drifted {
        /// The differences, one line each.
        differences: Vec<String>,
    },

    /// A denied lint has findings in the pending revisions.
    #[error("a denied lint has findings: {}", lints(findings))]
    Denied {
        /// The findings.
        findings: Vec<Finding>,
    },

    /// The upgraded database differs from the schema that the revisions build.
    #[error("the upgraded database differs from the schema that its revisions build")]
    NotAsPlanned {
        /// The differences, one line each.
        differences: Vec<String>,
    },

    /// The approved plan differs from what would run now.
    #[error("the plan in `{}` differs from what would run now", file.display())]
    Moved {
        /// The plan's file.
        file: PathBuf,
        /// The differences, one line each.
        differences: Vec<String>,
    },

    /// A plan's file is not usable.
    #[error("can't {action} the plan `{}`: {reason}", file.display())]
    PlanFile {
        /// The operation that failed.
        action: &'static str,
        /// The file.
        file: PathBuf,
        /// The reason.
        reason: String,
    },

    /// A hook failed.
    #[error("the {hook} hook {reason}")]
    Hook {
        /// `stop`, `start`, `health` or `rollback`.
        hook: &'static str,
        /// The way it ended.
        reason: String,
    },

    /// The deployment failed after it had begun.
    #[error("the deployment failed at `{stage}`: {cause}")]
    Failed {
        /// The stage that failed.
        stage: &'static str,
        /// The reason.
        cause: Box<Error>,
        /// The state of the database and the application.
        aftermath: Aftermath,
    },
}

/// The state of the database and of the application after a failed deployment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Aftermath {
    /// The state of the database, one line each.
    pub database: Vec<String>,
    /// The state of the application.
    pub application: Option<String>,
    /// What you have to do, if anything.
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

    /// Returns the exit code: that of the error that made the deployment fail.
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
                    // The state of the database already describes what was done.
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
                "restore the files and build again, or pass `--allow-checksum-mismatch`"
            }
            DeployError::Drifted { .. } => {
                "run `check` for details; write a revision for it with `revision --from-drift`, or pass `--allow-drift`"
            }
            DeployError::Denied { .. } => {
                "write `// lint: allow(LINT): why` into the revision's file, or lower the level in Cargo.toml or MIGRATE_LINT"
            }
            DeployError::NotAsPlanned { .. } => return None,
            DeployError::Moved { .. } => {
                "write a new plan with `--write-plan FILE`, and have it approved"
            }
            DeployError::PlanFile { .. } => "write a plan with `deploy --write-plan FILE`",
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
