//! The options of the commands that show or change what is recorded.

/// Show the heads of the applied revisions
#[derive(Debug, Clone, clap::Args)]
pub struct Current {
    /// Exit with 3 if a head is not applied
    #[arg(short, long)]
    pub check_heads: bool,
}

/// List the applied and pending revisions
#[derive(Debug, Clone, clap::Args)]
pub struct Status {}

/// Record revisions as applied, without running them
#[derive(Debug, Clone, clap::Args)]
pub struct Stamp {
    /// Revisions the database has: one target, or one for each branch
    #[arg(
        value_name = "TARGET",
        required_unless_present = "edited",
        allow_negative_numbers = true
    )]
    pub targets: Vec<String>,

    /// First delete all recorded revisions, including unknown ones
    #[arg(long)]
    pub purge: bool,

    /// Accept edits: record the current checksums of applied revisions, here and in `frozen.lock` [default: all]
    #[arg(long, conflicts_with = "purge")]
    pub edited: bool,
}

/// Mark an interrupted revision as applied or rolled back
///
/// Use this only if `upgrade` or `downgrade` cannot resume the revision. Inspect the schema first, because the command
/// runs nothing and changes only the version table.
#[derive(Debug, Clone, clap::Args)]
pub struct Resolve {
    /// Interrupted revision
    #[arg(value_name = "ID")]
    pub revision: String,

    /// The state to record.
    #[command(flatten)]
    pub resolution: Resolution,
}

/// The state of an interrupted revision.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Resolution {
    /// Mark the revision as applied: all its changes were made
    #[arg(long)]
    pub applied: bool,

    /// Mark the revision as not applied: none of its changes remain
    #[arg(long)]
    pub rolled_back: bool,
}
