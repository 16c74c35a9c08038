//! `cargo migrate branches`: the revisions that several others follow, and those.

use migrate_graph::history::{Entry, entries};
use migrate_graph::{RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::answer::{Answer, revision_json, title_and_message};
use crate::cli::Global;
use crate::report::Report;
use crate::source::Source;

/// List the revisions that several others follow
#[derive(Debug, clap::Args)]
pub(crate) struct Branches {
    #[command(flatten)]
    source: Source,
}

impl Branches {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        Ok(Box::new(Found {
            graph: self.source.graph(global)?,
            verbose: global.verbose,
        }))
    }
}

struct Found {
    graph: RevisionGraph,
    verbose: bool,
}

impl Found {
    fn entries(&self) -> Vec<Entry<'_>> {
        let ids: Vec<RevisionId> = self
            .graph
            .branch_points()
            .map(|revision| revision.id.clone())
            .collect();
        entries(&self.graph, &ids, None)
    }

    fn children(&self, entry: &Entry<'_>) -> Vec<Entry<'_>> {
        let ids: Vec<RevisionId> = self
            .graph
            .children(&entry.revision.id)
            .map(|child| child.id.clone())
            .collect();
        entries(&self.graph, &ids, None)
    }
}

impl Answer for Found {
    fn text(&self) -> String {
        let mut text = String::new();
        for entry in self.entries() {
            match self.verbose {
                true => text.push_str(&entry.verbose()),
                false => text.push_str(&format!("{}\n", title_and_message(&entry))),
            }
            for child in self.children(&entry) {
                text.push_str(&format!("    -> {}\n", title_and_message(&child)));
            }
        }
        text
    }

    fn json(&self) -> Value {
        let branch = |entry: &Entry<'_>| {
            let mut branch = revision_json(entry);
            branch["children"] = entry.branches_into.iter().map(|id| id.as_str()).collect();
            branch
        };
        json!({ "branches": self.entries().iter().map(branch).collect::<Vec<_>>() })
    }
}
