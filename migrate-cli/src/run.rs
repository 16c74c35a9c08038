//! The options of the commands that run revisions.

/// The last line of the help of each command that can preview a run.
pub const PREVIEWS: &str = "\
Previews: `cargo migrate plan` lists the steps from the files alone, `--sql` prints the SQL, `--dry-run` runs everything \
and rolls it back, and `deploy --write-plan` writes a plan for approval.";

/// Upgrade the database to a target
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = PREVIEWS)]
pub struct Upgrade {
    /// Target: `heads`, `head`, a revision, `+N`, …
    #[arg(
        value_name = "TARGET",
        default_value = "heads",
        allow_negative_numbers = true
    )]
    pub target: String,

    /// Create the database first if it does not exist
    #[arg(long, conflicts_with_all = ["sql", "dry_run"], help_heading = "Database")]
    pub create: bool,

    /// The transaction scope.
    #[command(flatten)]
    pub transaction: Transaction,

    /// The preview, if any.
    #[command(flatten)]
    pub preview: Preview,
}

/// Downgrade the database to a target
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = PREVIEWS)]
pub struct Downgrade {
    /// Target: `-1`, `base`, the last revision to keep, …
    #[arg(
        value_name = "TARGET",
        default_value = "-1",
        allow_negative_numbers = true
    )]
    pub target: String,

    /// Continue even if data is lost
    #[arg(long, help_heading = "Database")]
    pub allow_data_loss: bool,

    /// The transaction scope.
    #[command(flatten)]
    pub transaction: Transaction,

    /// The preview, if any.
    #[command(flatten)]
    pub preview: Preview,
}

/// The transaction scope.
#[derive(Debug, Clone, Copy, clap::Args)]
#[command(next_help_heading = "Database")]
pub struct Transaction {
    /// Transaction scope [default: the best scope for the database]
    #[arg(long, value_name = "SCOPE")]
    pub transaction: Option<TransactionScope>,
}

/// The scope of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TransactionScope {
    /// One transaction for each revision
    PerRevision,
    /// One transaction for the whole run
    Single,
}

/// The preview options.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
#[command(next_help_heading = "Preview")]
pub struct Preview {
    /// Print the SQL without running it; with a range `FROM:TO` as the target, no database is needed
    #[arg(long, conflicts_with = "dry_run")]
    pub sql: bool,

    /// Run everything, then roll it back
    #[arg(long)]
    pub dry_run: bool,
}
