//! Defines the [`TransactionArgs`] of the runner commands that write to the database.
//!
//! It must not build the runner.

use std::ffi::OsString;

use migrate_graph::Target;

use crate::report::Report;

/// The transaction and preview options.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Database")]
pub(super) struct TransactionArgs {
    /// Transaction scope
    #[arg(long, value_name = "HOW")]
    transaction: Option<Transaction>,

    /// Print the SQL without running it; with a range `FROM:TO` as the target, no database is needed
    #[arg(long, conflicts_with = "dry_run", help_heading = "Preview")]
    sql: bool,

    /// Run everything, then roll it back
    #[arg(long, help_heading = "Preview")]
    dry_run: bool,
}

/// The scope of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Transaction {
    /// One transaction for each revision
    Each,
    /// One transaction for the whole run
    Single,
}

impl TransactionArgs {
    /// Checks a target before the runner is built.
    ///
    /// # Errors
    ///
    /// A report about an invalid target. A range is valid only with `--sql`.
    pub(super) fn check_target(&self, target: &str) -> Result<(), Report> {
        match target.split_once(':') {
            Some((from, to)) if self.sql => {
                for end in [from, to] {
                    if !end.is_empty() {
                        Target::parse(end)?;
                    }
                }
            }
            _ => {
                Target::parse(target)?;
            }
        }
        Ok(())
    }

    /// Returns the options for the runner.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        for (given, flag) in [(self.sql, "--sql"), (self.dry_run, "--dry-run")] {
            if given {
                arguments.push(flag.into());
            }
        }
        if let Some(transaction) = self.transaction {
            let how = match transaction {
                Transaction::Each => "each",
                Transaction::Single => "single",
            };
            arguments.extend(["--transaction".into(), how.into()]);
        }
        arguments
    }
}
