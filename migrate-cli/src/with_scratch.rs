//! The options of `with-scratch`.

use std::ffi::OsString;

/// Run a command on a scratch database at head, then drop it
///
/// DATABASE_URL names the database for the command. On PostgreSQL, PGHOST and the other variables of `psql` name it, too; on
/// SQLite, DATABASE_FILE has the path of the file. Exits with the exit code of the command.
///
/// The database is empty except for what the revisions write. It is dropped in every case, also if the command fails, and
/// after Ctrl-C. On a server, it is created beside MIGRATE_SCRATCH_URL, else beside the named database.
#[derive(Debug, Clone, clap::Args)]
pub struct WithScratch {
    /// Target of the upgrade, or `base` for an empty database
    #[arg(long, value_name = "TARGET", default_value = "heads")]
    pub at: String,

    /// Another environment variable that receives the URL
    #[arg(long = "env", value_name = "NAME", value_parser = variable)]
    pub variables: Vec<String>,

    /// Keep the database, and print its URL at the end
    #[arg(long)]
    pub keep: bool,

    /// Command to run, with its arguments
    #[arg(value_name = "COMMAND", required = true, last = true)]
    pub command: Vec<OsString>,
}

/// Reads the name of an environment variable.
fn variable(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains(['=', '\0']) {
        true => Err("expected the name of an environment variable".to_owned()),
        false => Ok(text.to_owned()),
    }
}
