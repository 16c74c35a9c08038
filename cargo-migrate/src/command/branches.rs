//! Implements `cargo migrate branches`: lists the branch points and the revisions that follow them.

use std::collections::HashMap;

use migrate_cli::revision_document;
use migrate_graph::history::{Entry, entries};
use migrate_graph::{RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::global::Global;
use crate::output::{CommandOutput, title_and_message};
use crate::report::Report;
use crate::revision_dir::RevisionDir;

/// List the branch points: revisions that several others follow
#[derive(Debug, clap::Args)]
pub(crate) struct Branches {
    #[command(flatten)]
    source: RevisionDir,
}

impl Branches {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        Ok(Box::new(BranchesOutput {
            graph: self.source.graph(global)?,
            verbose: global.output().verbose,
        }))
    }
}

struct BranchesOutput {
    graph: RevisionGraph,
    verbose: bool,
}

/// A branch point and the revisions that follow it.
struct Branch<'g> {
    at: Entry<'g>,
    children: Vec<Entry<'g>>,
}

impl BranchesOutput {
    fn branches(&self) -> Vec<Branch<'_>> {
        let points: Vec<RevisionId> = self
            .graph
            .branch_points()
            .map(|point| point.id.clone())
            .collect();
        let children = |id: &RevisionId| {
            self.graph
                .children(id)
                .map(|child| child.id.clone())
                .collect()
        };
        let children: Vec<Vec<RevisionId>> = points.iter().map(children).collect();
        // One query for all, because each query is linear in the size of the graph.
        let shown = [&points[..], &children.concat()].concat();
        let entries = entries(&self.graph, &shown, None);
        let entries: HashMap<&RevisionId, &Entry<'_>> = entries
            .iter()
            .map(|entry| (&entry.revision.id, entry))
            .collect();
        let entry = |id: &RevisionId| entries.get(id).map(|entry| Entry::clone(entry));
        let branch = |(id, children): (&RevisionId, &Vec<RevisionId>)| {
            Some(Branch {
                at: entry(id)?,
                children: children.iter().rev().filter_map(entry).collect(),
            })
        };
        points
            .iter()
            .zip(&children)
            .rev()
            .filter_map(branch)
            .collect()
    }
}

impl CommandOutput for BranchesOutput {
    fn text(&self) -> String {
        let mut text = String::new();
        for branch in self.branches() {
            match self.verbose {
                true => text.push_str(&branch.at.verbose()),
                false => text.push_str(&format!("{}\n", title_and_message(&branch.at))),
            }
            for child in &branch.children {
                text.push_str(&format!("    -> {}\n", title_and_message(child)));
            }
        }
        text
    }

    fn json(&self) -> Value {
        let branch = |branch: &Branch<'_>| {
            let mut json = revision_document(&branch.at);
            json["children"] = branch
                .children
                .iter()
                .map(|child| child.revision.id.as_str())
                .collect();
            json
        };
        json!({ "branches": self.branches().iter().map(branch).collect::<Vec<_>>() })
    }
}
