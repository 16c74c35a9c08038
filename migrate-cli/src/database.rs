//! The options of the commands about the database as a whole.

/// Create the database if it does not exist
#[derive(Debug, Clone, clap::Args)]
pub struct CreateDatabase {}

/// Drop the database and everything in it
#[derive(Debug, Clone, clap::Args)]
pub struct DropDatabase {
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub yes: bool,
}
