//! The options of the commands that compare or print schemas.

use std::path::PathBuf;

/// The options of `baseline` for existing revisions.
#[derive(Debug, Clone, clap::Args)]
pub struct Adopt {
    /// Revision the database is at [default: from the other tool's history, otherwise all heads]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// Match the other tool's migrations with the revisions by order instead of by id
    #[arg(long)]
    pub match_by_order: bool,

    /// Record the revisions even if they produce a different schema
    #[arg(long)]
    pub allow_drift: bool,
}

/// Show how the database differs from its revisions
///
/// Exits with 3 if the schema of the database differs from the one that its applied revisions produce.
#[derive(Debug, Clone, clap::Args)]
pub struct Diff {}

/// Print the schema as SQL, in a stable order
#[derive(Debug, Clone, clap::Args)]
pub struct Dump {
    /// Print the schema that the revisions produce, instead of the database's
    #[arg(long)]
    pub replay: bool,

    /// Print Rust models of the tables instead of SQL
    #[arg(long, conflicts_with = "check")]
    pub models: bool,

    /// File to write to
    #[arg(long, short, value_name = "FILE", conflicts_with = "check")]
    pub output: Option<PathBuf>,

    /// File to compare with; exit with 3 if it differs
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
}
