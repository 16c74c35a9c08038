//! Implements `cargo migrate history`: lists the revisions, newest first.

use migrate_cli::revision_document;
use migrate_graph::history::{Entry, entries};
use migrate_graph::{Anchor, Applied, Range, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::ascii_graph::{Node, draw};
use crate::global::Global;
use crate::output::{CommandOutput, entry_line, title_and_message};
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};
use crate::runner::{Runner, RunnerOptions};

/// List the revisions, newest first
#[derive(Debug, clap::Args)]
pub(crate) struct History {
    /// Range of revisions to list; each end is a target and can be omitted
    #[arg(short = 'r', long, value_name = "FROM:TO", allow_hyphen_values = true)]
    rev_range: Option<String>,

    /// Mark the revisions that the database has applied
    #[arg(short, long)]
    indicate_current: bool,

    /// Applied heads to mark, instead of reading them from a database
    #[arg(long, value_name = "ID[,ID]", value_delimiter = ',')]
    current: Option<Vec<String>>,

    /// Draw the revision graph
    #[arg(long)]
    graph: bool,

    #[command(flatten)]
    source: RevisionDir,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl History {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let range = self.rev_range.as_deref().map(Range::parse).transpose()?;
        let all = self.source.graph(global)?;
        let (graph, applied) = match self.applied(&all, range.as_ref(), global)? {
            Some((graph, applied)) => (graph, Some(applied)),
            None => (all, None),
        };
        let ids = match &range {
            None => graph.iter().map(|revision| revision.id.clone()).collect(),
            Some(range) => {
                let from = applied.clone().unwrap_or_else(|| Applied::none(&graph));
                migrate_graph::range(&graph, range, &from)
                    .map_err(|error| Report::of_graph(error, &graph))?
            }
        };
        let form = match (self.graph, global.output().verbose) {
            (false, false) => Form::Lines,
            (false, true) => Form::Verbose,
            (true, false) => Form::Drawing,
            (true, true) => Form::VerboseDrawing,
        };
        Ok(Box::new(HistoryOutput {
            graph,
            ids,
            applied,
            form,
        }))
    }

    /// Returns the applied revisions from the option or the database, or `None` if they were not requested.
    fn applied(
        &self,
        graph: &RevisionGraph,
        range: Option<&Range>,
        global: &Global,
    ) -> Result<Option<(RevisionGraph, Applied)>, Report> {
        if let Some(ids) = &self.current {
            return revision_dir::applied(graph, ids, None).map(Some);
        }
        let is_current = |target: &migrate_graph::Target| target.anchor == Some(Anchor::Current);
        let range_needs_it =
            range.is_some_and(|range| is_current(&range.lower) || is_current(&range.upper));
        if !self.indicate_current && !range_needs_it {
            return Ok(None);
        }
        if self.source.is_directory() {
            return Err(
                Report::usage("the files do not show which revisions are applied").help(
                    "pass `--current ID[,ID]`, or remove `--dir` to read the package's database",
                ),
            );
        }
        let answer = Runner::build(&self.runner, global)?.run_json("current", &[])?;
        revision_dir::effective_graph(graph, &current_ids(&answer), None).map(Some)
    }
}

/// Returns the ids in the output of the runner's `current --json`.
fn current_ids(answer: &Value) -> Vec<String> {
    let heads = answer.get("current").and_then(Value::as_array);
    heads
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The format of the list.
#[derive(Clone, Copy, Debug)]
enum Form {
    Lines,
    Verbose,
    Drawing,
    VerboseDrawing,
}

struct HistoryOutput {
    graph: RevisionGraph,
    ids: Vec<RevisionId>,
    applied: Option<Applied>,
    form: Form,
}

impl CommandOutput for HistoryOutput {
    fn text(&self) -> String {
        let entries = entries(&self.graph, &self.ids, self.applied.as_ref());
        match self.form {
            Form::Lines => entries
                .iter()
                .map(|entry| entry_line(entry) + "\n")
                .collect(),
            Form::Verbose => entries
                .iter()
                .map(Entry::verbose)
                .collect::<Vec<_>>()
                .join("\n"),
            Form::Drawing => drawn(&self.graph, &entries, title_and_message),
            Form::VerboseDrawing => drawn(&self.graph, &entries, |entry| entry.verbose()),
        }
    }

    fn json(&self) -> Value {
        let entries = entries(&self.graph, &self.ids, self.applied.as_ref());
        json!({ "revisions": entries.iter().map(revision_document).collect::<Vec<_>>() })
    }
}

/// Returns the entries next to a drawing of their links. A link to a revision that is not listed ends.
fn drawn(
    graph: &RevisionGraph,
    entries: &[Entry<'_>],
    text: impl Fn(&Entry<'_>) -> String,
) -> String {
    let place = |id: &RevisionId| graph.position(id.as_str());
    let mut shown = vec![false; graph.len()];
    entries
        .iter()
        .filter_map(|entry| place(&entry.revision.id))
        .for_each(|i| shown[i] = true);
    let node = |entry: &Entry<'_>| {
        let parents = entry
            .revision
            .down_revisions
            .iter()
            .filter_map(place)
            .filter(|i| shown[*i]);
        Some(Node {
            id: place(&entry.revision.id)?,
            parents: parents.collect(),
        })
    };
    let nodes: Vec<Node> = entries.iter().filter_map(node).collect();
    let mut output = String::new();
    for (rows, entry) in draw(&nodes).into_iter().zip(entries) {
        let text = text(entry);
        let mut lines = text.lines();
        output.push_str(&format!(
            "{}{}\n",
            rows.node,
            lines.next().unwrap_or_default()
        ));
        for row in rows.links {
            let line = lines.next().unwrap_or_default();
            let width = rows.node.len();
            output.push_str(format!("{row:width$}{line}").trim_end());
            output.push('\n');
        }
        for line in lines {
            let width = rows.node.len();
            output.push_str(format!("{:width$}{line}", rows.padding).trim_end());
            output.push('\n');
        }
    }
    output
}
