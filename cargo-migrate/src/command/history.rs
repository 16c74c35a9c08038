//! `cargo migrate history`: the revisions, newest first.

use migrate_graph::history::{Entry, entries};
use migrate_graph::{Anchor, Applied, Range, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::answer::{Answer, entry_line, revision_json, title_and_message};
use crate::cli::Global;
use crate::drawing::{Node, draw};
use crate::report::Report;
use crate::runner::{Runner, RunnerOptions};
use crate::source::{self, Source};

/// List the revisions, newest first
#[derive(Debug, clap::Args)]
pub(crate) struct History {
    /// Only these revisions: FROM:TO, each a target or nothing
    #[arg(short = 'r', long, value_name = "FROM:TO", allow_hyphen_values = true)]
    rev_range: Option<String>,

    /// Mark what is applied in the database
    #[arg(short, long)]
    indicate_current: bool,

    /// Mark these as applied, instead of asking a database
    #[arg(long, value_name = "ID[,ID]", value_delimiter = ',')]
    current: Option<Vec<String>>,

    /// Draw the lines between the revisions
    #[arg(long)]
    graph: bool,

    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl History {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
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
        let form = match (self.graph, global.verbose) {
            (false, false) => Form::Lines,
            (false, true) => Form::Verbose,
            (true, false) => Form::Drawing,
            (true, true) => Form::VerboseDrawing,
        };
        Ok(Box::new(Found {
            graph,
            ids,
            applied,
            form,
        }))
    }

    /// What is applied: as given, or as the database says, or not asked for.
    fn applied(
        &self,
        graph: &RevisionGraph,
        range: Option<&Range>,
        global: &Global,
    ) -> Result<Option<(RevisionGraph, Applied)>, Report> {
        if let Some(ids) = &self.current {
            return source::applied(graph, ids, None).map(Some);
        }
        let is_current = |target: &migrate_graph::Target| target.anchor == Some(Anchor::Current);
        let range_needs_it =
            range.is_some_and(|range| is_current(&range.lower) || is_current(&range.upper));
        if !self.indicate_current && !range_needs_it {
            return Ok(None);
        }
        if self.source.is_directory() {
            return Err(Report::usage("files alone don't tell what is applied")
                .help("say it with `--current ID[,ID]`, or leave out `--dir` to ask the package's database"));
        }
        let answer = Runner::build(&self.runner, global)?.ask("current", &[])?;
        source::counting(graph, &current_ids(&answer), None).map(Some)
    }
}

/// The ids in the runner's answer to `current --json`.
fn current_ids(answer: &Value) -> Vec<String> {
    let heads = answer.get("current").and_then(Value::as_array);
    heads
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// How revisions are shown.
#[derive(Clone, Copy, Debug)]
enum Form {
    Lines,
    Verbose,
    Drawing,
    VerboseDrawing,
}

struct Found {
    graph: RevisionGraph,
    ids: Vec<RevisionId>,
    applied: Option<Applied>,
    form: Form,
}

impl Answer for Found {
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
        json!({ "revisions": entries.iter().map(revision_json).collect::<Vec<_>>() })
    }
}

/// The entries beside a drawing of the lines between them. A line to a revision that is not shown ends.
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
    let mut drawing = String::new();
    for (rows, entry) in draw(&nodes).into_iter().zip(entries) {
        let text = text(entry);
        let mut lines = text.lines();
        drawing.push_str(&format!(
            "{}{}\n",
            rows.node,
            lines.next().unwrap_or_default()
        ));
        for row in rows.links {
            let line = lines.next().unwrap_or_default();
            let width = rows.node.len();
            drawing.push_str(format!("{row:width$}{line}").trim_end());
            drawing.push('\n');
        }
        for line in lines {
            let width = rows.node.len();
            drawing.push_str(format!("{:width$}{line}", rows.padding).trim_end());
            drawing.push('\n');
        }
    }
    drawing
}
