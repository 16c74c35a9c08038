//! Implements `cargo migrate heads`: lists the revisions that no other revision follows.

use migrate_cli::revision_document;
use migrate_graph::history::{Entry, entries};
use migrate_graph::{RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::global::Global;
use crate::output::{CommandOutput, title_and_message};
use crate::report::Report;
use crate::revision_dir::RevisionDir;

/// List the heads: revisions that no other revision follows
#[derive(Debug, clap::Args)]
pub(crate) struct Heads {
    /// Omit heads that another revision depends on
    #[arg(long)]
    resolve_dependencies: bool,

    #[command(flatten)]
    source: RevisionDir,
}

impl Heads {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let graph = self.source.graph(global)?;
        let ids = match self.resolve_dependencies {
            true => graph
                .effective_heads()
                .map(|head| head.id.clone())
                .collect(),
            false => graph.heads().map(|head| head.id.clone()).collect(),
        };
        Ok(Box::new(HeadsOutput {
            graph,
            ids,
            verbose: global.output().verbose,
        }))
    }
}

struct HeadsOutput {
    graph: RevisionGraph,
    ids: Vec<RevisionId>,
    verbose: bool,
}

impl CommandOutput for HeadsOutput {
    fn text(&self) -> String {
        let entries = entries(&self.graph, &self.ids, None);
        match self.verbose {
            true => entries
                .iter()
                .map(Entry::verbose)
                .collect::<Vec<_>>()
                .join("\n"),
            false => entries
                .iter()
                .map(|entry| title_and_message(entry) + "\n")
                .collect(),
        }
    }

    fn json(&self) -> Value {
        let entries = entries(&self.graph, &self.ids, None);
        json!({ "heads": entries.iter().map(revision_document).collect::<Vec<_>>() })
    }
}
