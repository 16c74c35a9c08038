//! Implements `cargo migrate show`: prints the details of a revision.

use migrate_cli::revision_document;
use migrate_graph::history::{Entry, entries};
use migrate_graph::{Applied, Error, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};

/// Show the details of a revision
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Revision to show: a target such as `a1b2`, `head-1` or `billing@head`
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revision: String,

    /// Applied heads, for targets such as `current` and `+1`
    #[arg(long, value_name = "ID[,ID]", value_delimiter = ',')]
    current: Option<Vec<String>>,

    #[command(flatten)]
    source: RevisionDir,
}

impl Show {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let graph = self.source.graph(global)?;
        let (graph, applied) =
            revision_dir::applied_or_ask(&graph, &self.revision, self.current.as_deref())?;
        let ids = revision_dir::resolve(&graph, &self.revision, &applied)?;
        if ids.is_empty() {
            return Err(Error::NoRevision {
                target: self.revision.clone(),
            }
            .into());
        }
        let applied = self.current.is_some().then_some(applied);
        Ok(Box::new(ShowOutput {
            graph,
            ids,
            applied,
        }))
    }
}

struct ShowOutput {
    graph: RevisionGraph,
    ids: Vec<RevisionId>,
    applied: Option<Applied>,
}

impl CommandOutput for ShowOutput {
    fn text(&self) -> String {
        entries(&self.graph, &self.ids, self.applied.as_ref())
            .iter()
            .map(Entry::verbose)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn json(&self) -> Value {
        let entries = entries(&self.graph, &self.ids, self.applied.as_ref());
        json!({ "revisions": entries.iter().map(revision_document).collect::<Vec<_>>() })
    }
}
