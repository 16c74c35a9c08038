//! Implements `cargo migrate merge`: creates a revision that merges branches, if their order does not matter.

mod merge_check;

use migrate_graph::{Applied, Links, RevisionGraph, RevisionId};

use super::revision::not_a_head_report;
use crate::global::Global;
use crate::interrupt;
use crate::new_revision::{Description, NewRevision};
use crate::output::{CommandOutput, listed};
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};
use crate::runner::RunnerOptions;

use merge_check::{MergeCheck, MergeOutput};

/// Create a revision that merges several branches
///
/// After a merge, a database that has one branch applies the other branch on top of it. So the command builds the
/// runner with the new revision and runs each pair of branches in both orders on scratch databases. If an order fails,
/// or the orders produce different schemas, the command removes the new file and reports the conflicting operations.
#[derive(Debug, clap::Args)]
pub(crate) struct Merge {
    /// Revisions to merge [default: all heads]
    #[arg(value_name = "REV")]
    revisions: Vec<String>,

    #[command(flatten)]
    description: Description,

    /// Allow revisions that are not heads
    #[arg(long)]
    splice: bool,

    /// Do not build the runner and do not check the order
    #[arg(long)]
    skip_order_check: bool,

    #[command(flatten)]
    source: RevisionDir,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Merge {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let (directory, _lock) = self.source.directory_to_change(global)?;
        let graph = directory.clone().graph()?;
        let parents = self.parents(&graph)?;
        let message = format!("merge {}", listed(&parents));
        let revision = NewRevision::new(&graph, &self.description, parents, &message)?;
        let written = revision.write_to(directory)?;
        let check =
            interrupt::with_deferred_interrupt(|| self.check_orders(global, written.follows()));
        match check {
            Ok(check) => Ok(Box::new(MergeOutput { written, check })),
            Err(report) => Err(written.remove_files(report)),
        }
    }

    /// Checks the orders, if the runner can be built.
    fn check_orders(&self, global: &Global, heads: &[RevisionId]) -> Result<MergeCheck, Report> {
        if self.skip_order_check {
            return Ok(MergeCheck::NotRequested);
        }
        if self.source.is_directory() {
            return Ok(MergeCheck::unavailable(
                "`--dir` names a directory without a package, so there is no runner to check them with",
            ));
        }
        merge_check::check_both_orders(&self.runner, global, heads)
    }

    fn parents(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let mut parents: Vec<RevisionId> = Vec::new();
        if self.revisions.is_empty() {
            parents.extend(graph.heads().map(|head| head.id.clone()));
        }
        for text in &self.revisions {
            revision_dir::applied_or_ask(graph, text, None)?;
            for id in revision_dir::resolve(graph, text, &Applied::none(graph))? {
                if parents.contains(&id) {
                    return Err(Report::usage(format!("revision `{id}` is named twice"))
                        .revision(&id)
                        .help("name each revision only once"));
                }
                parents.push(id);
            }
        }
        if let [] | [_] = parents[..] {
            return Err(too_few(graph, &parents));
        }
        self.refuse_redundant(graph, &parents)?;
        let not_a_head = parents
            .iter()
            .find(|id| graph.children(id).next().is_some());
        match not_a_head {
            Some(id) if !self.splice => Err(not_a_head_report(graph, id)
                .help("name heads, or pass `--splice` to merge it anyway")),
            _ => Ok(parents),
        }
    }

    fn refuse_redundant(
        &self,
        graph: &RevisionGraph,
        parents: &[RevisionId],
    ) -> Result<(), Report> {
        for through in parents {
            let above = graph.ancestors([through], Links::Down);
            let redundant = parents
                .iter()
                .find(|id| *id != through && above.iter().any(|ancestor| ancestor.id == **id));
            if let Some(id) = redundant {
                return Err(Report::new(
                    "invalid_target",
                    format!("`{id}` is an ancestor of `{through}`, so there is nothing to merge"),
                )
                .revision(id)
                .note(format!(
                    "every revision that follows `{through}` already follows `{id}`"
                ))
                .help(format!("remove `{id}`")));
            }
        }
        Ok(())
    }
}

fn too_few(graph: &RevisionGraph, parents: &[RevisionId]) -> Report {
    let report = Report::usage("a merge needs at least two revisions");
    let heads: Vec<&str> = graph.heads().map(|head| head.id.as_str()).collect();
    match (parents, &heads[..]) {
        (_, []) => report
            .note("there are no revisions")
            .help("create the first revision with `cargo migrate revision`"),
        (_, [head]) => report.note(format!("`{head}` is the only head")).help(
            "there is nothing to merge; run `cargo migrate history --graph` to see the branches",
        ),
        ([], _) => report.help(format!("the heads are {}", heads.join(", "))),
        ([one, ..], _) => report.note(format!("only `{one}` was named")).help(format!(
            "name a second revision, or omit all names to merge all heads: {}",
            heads.join(", ")
        )),
    }
}
