//! Defines [`Global`]: the options of every command.

use std::path::PathBuf;

use migrate_cli::{Forwarded, Output};

/// The options of every command.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Global {
    /// Package to use
    #[arg(
        short,
        long,
        global = true,
        value_name = "NAME",
        help_heading = "Project"
    )]
    pub(crate) package: Option<String>,

    /// Path to the package's Cargo.toml
    #[arg(long, global = true, value_name = "PATH", help_heading = "Project")]
    pub(crate) manifest_path: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: Forwarded<Output>,
}

impl Global {
    /// Returns the options for the format of the output.
    pub(crate) fn output(&self) -> &Output {
        &self.output.options
    }
}
