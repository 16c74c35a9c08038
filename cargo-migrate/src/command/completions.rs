//! Implements `cargo migrate completions`: prints a completion script for a shell.

use clap_complete::Shell;
use serde_json::{Value, json};

use crate::output::CommandOutput;
use crate::report::Report;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// Shell to complete for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub(crate) fn run(
        &self,
        mut description: clap::Command,
    ) -> Result<Box<dyn CommandOutput>, Report> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut description, "cargo-migrate", &mut script);
        Ok(Box::new(CompletionsOutput {
            shell: self.shell,
            text: String::from_utf8_lossy(&script).into_owned(),
        }))
    }
}

struct CompletionsOutput {
    shell: Shell,
    text: String,
}

impl CommandOutput for CompletionsOutput {
    fn text(&self) -> String {
        self.text.clone()
    }

    fn json(&self) -> Value {
        json!({ "shell": self.shell.to_string(), "script": self.text })
    }
}
