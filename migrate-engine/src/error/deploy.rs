//! Errors of a deployment.

use std::path::PathBuf;

use super::format::few;
use crate::error::Error;
use crate::exit::ExitStatus;

/// The reason why a deployment was not started, or what was left after it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// Applied revisions were edited since.
    #[error("applied revisions were edited since: {}", few(revisions))]
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
    #[error("a denied lint has findings: {}", lints.join(", "))]
    LintDenied {
        /// The names of the lints.
        lints: Vec<&'static str>,
        /// The findings, one line each.
        findings: Vec<String>,
    },

    /// The upgraded database differs from the schema that the revisions build.
    #[error("the upgraded database differs from the schema that its revisions build")]
    SchemaMismatch {
        /// The differences, one line each.
        differences: Vec<String>,
    },

    /// The approved plan differs from what would run now.
    #[error("the plan in `{}` differs from what would run now", file.display())]
    PlanOutdated {
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
        recovery: Recovery,
    },
}

/// The state of the database and of the application after a failed deployment.
#[derive(Debug)]
pub struct Recovery {
    /// The state of the database, one line each.
    pub database: Vec<String>,
    /// The state of the application.
    pub application: Option<String>,
    /// What you have to do, if anything.
    pub help: Option<String>,
}

impl DeployError {
    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            DeployError::Edited { .. } => "checksum_mismatch",
            DeployError::Drifted { .. } => "drift",
            DeployError::PlanOutdated { .. } => "plan_outdated",
            DeployError::PlanFile { .. } => "invalid_plan",
            DeployError::LintDenied { .. } => "lint_denied",
            DeployError::Hook { .. } => "hook_failed",
            DeployError::SchemaMismatch { .. } => "schema_mismatch",
            DeployError::Failed { .. } => "deploy_failed",
        }
    }

    /// Returns the exit code: that of the error that made the deployment fail.
    #[must_use]
    pub fn exit(&self) -> ExitStatus {
        match self {
            DeployError::Failed { cause, .. } => cause.exit(),
            _ => ExitStatus::Failure,
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let unchanged = || "nothing was changed, and the application was not stopped".to_owned();
        match self {
            DeployError::Edited { .. } | DeployError::PlanFile { .. } => vec![unchanged()],
            DeployError::Drifted { differences }
            | DeployError::PlanOutdated { differences, .. } => {
                differences.iter().cloned().chain([unchanged()]).collect()
            }
            DeployError::LintDenied { findings, .. } => {
                findings.iter().cloned().chain([unchanged()]).collect()
            }
            DeployError::SchemaMismatch { differences } => differences.clone(),
            DeployError::Hook { .. } => Vec::new(),
            DeployError::Failed {
                cause, recovery, ..
            } => {
                let mut lines = match **cause {
                    // The state of the database already describes what was done.
                    Error::Interrupted { .. } => Vec::new(),
                    _ => cause.notes(),
                };
                lines.extend(recovery.database.iter().cloned());
                lines.extend(recovery.application.clone());
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
            DeployError::LintDenied { .. } => {
                "write `// lint: allow(LINT): why` into the revision's file, or lower the level in Cargo.toml or MIGRATE_LINT"
            }
            DeployError::SchemaMismatch { .. } => return None,
            DeployError::PlanOutdated { .. } => {
                "write a new plan with `--write-plan FILE`, and have it approved"
            }
            DeployError::PlanFile { .. } => "write a plan with `deploy --write-plan FILE`",
            DeployError::Hook { .. } => "run the command manually to see its output",
            DeployError::Failed {
                cause, recovery, ..
            } => return recovery.help.clone().or_else(|| cause.help()),
        };
        Some(text.to_owned())
    }
}

impl From<DeployError> for Error {
    fn from(error: DeployError) -> Error {
        Error::Deploy(Box::new(error))
    }
}
