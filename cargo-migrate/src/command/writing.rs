//! Options of every runner command that writes to the database.

use std::ffi::OsString;

/// How a run commits.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Database")]
pub(super) struct WritingOptions {
    /// How much one transaction holds
    #[arg(long, value_name = "HOW")]
    transaction: Option<Transaction>,
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
    /// Returns the options as the runner takes them.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
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
