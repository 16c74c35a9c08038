//! Options of every runner command that writes to the database.

use std::ffi::OsString;

use migrate_graph::Target;

use crate::report::Report;

/// How a run commits.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Database")]
pub(super) struct WritingOptions {
    /// How much one transaction holds
    #[arg(long, value_name = "HOW")]
    transaction: Option<Transaction>,

    /// Print the SQL that would run, and run nothing; the target may be a range, `FROM:TO`, which needs no database
    #[arg(long, conflicts_with = "dry_run", help_heading = "Preview")]
    sql: bool,

    /// Run everything and roll it back
    #[arg(long, help_heading = "Preview")]
    dry_run: bool,
}

/// How much one transaction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Transaction {
    /// One revision
    Each,
    /// The whole run
    Single,
}

impl WritingOptions {
    /// Checks what a target means, before anything is built.
    ///
    /// # Errors
    ///
    /// A report about a target that is none. A range is one for `--sql` only.
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

    /// Returns the options as the runner takes them.
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
