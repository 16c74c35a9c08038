//! Implements `cargo migrate plan`: lists the steps that a command would run, from the files alone.

use migrate_graph::plan::{self, default_downgrade_target, default_upgrade_target};
use migrate_graph::{Applied, Direction, RevisionGraph, RevisionId, Target};
use serde_json::{Value, json};

use crate::global::Global;
use crate::output::{CommandOutput, after_comma, names};
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};
use crate::style::REVISION;

/// Show the steps that a command would run, without a database
#[derive(Debug, clap::Args)]
#[command(after_help = migrate_cli::PREVIEWS)]
pub(crate) struct Plan {
    /// Command to plan
    #[arg(value_name = "COMMAND")]
    command: PlannedSteps,

    /// Target, or several for `stamp` [default: `heads` for `upgrade`, `-1` for `downgrade`]
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    targets: Vec<String>,

    /// Applied heads [default: none applied]
    #[arg(long, value_name = "ID[,ID]", value_delimiter = ',')]
    current: Vec<String>,

    #[command(flatten)]
    source: RevisionDir,
}

/// A command to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PlannedSteps {
    /// Run `up` until the target is applied
    Upgrade,
    /// Run `down` until the target is reached
    Downgrade,
    /// Record the targets as applied without running them
    Stamp,
}

impl Plan {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let targets = self
            .targets
            .iter()
            .map(|target| Target::parse(target))
            .collect::<Result<Vec<_>, _>>()?;
        let direction = match (self.command, &targets[..]) {
            (PlannedSteps::Stamp, []) => {
                return Err(Report::usage("`stamp` needs a target").help(
                    "name the revisions that the database has, for example `plan stamp head`",
                ));
            }
            (PlannedSteps::Stamp, _) => None,
            (_, [_, second, ..]) => {
                return Err(Report::usage(format!(
                    "only one target is allowed, and `{second}` is a second one"
                ))
                .help("use `heads` for all heads; only `stamp` accepts several targets"));
            }
            (PlannedSteps::Upgrade, _) => Some(Direction::Upgrade),
            (PlannedSteps::Downgrade, _) => Some(Direction::Downgrade),
        };
        let graph = self.source.graph(global)?;
        let (graph, applied) = revision_dir::applied(&graph, &self.current, targets.first())?;
        let in_graph = |error| Report::of_graph(error, &graph);
        let (steps, after) = match direction {
            None => {
                let after = plan::stamp(&graph, &applied, &targets).map_err(in_graph)?;
                (stamp_steps(&graph, &applied, &after), after)
            }
            Some(direction) => {
                let target = targets.into_iter().next();
                let plan = match direction {
                    Direction::Upgrade => plan::upgrade(
                        &graph,
                        &applied,
                        &target.unwrap_or_else(default_upgrade_target),
                    ),
                    Direction::Downgrade => plan::downgrade(
                        &graph,
                        &applied,
                        &target.unwrap_or_else(default_downgrade_target),
                    ),
                }
                .map_err(in_graph)?;
                (
                    plan.steps
                        .into_iter()
                        .map(|step| (step.revision, direction.as_str()))
                        .collect(),
                    plan.applied_after,
                )
            }
        };
        let heads_after = after.heads(&graph);
        Ok(Box::new(PlanOutput {
            graph,
            steps,
            heads_after,
        }))
    }
}

/// Returns the rows that a stamp adds, in the graph's order, and removes, in the opposite order.
fn stamp_steps(
    graph: &RevisionGraph,
    before: &Applied,
    after: &Applied,
) -> Vec<(RevisionId, &'static str)> {
    let only_in = |one: &Applied, other: &Applied| -> Vec<RevisionId> {
        one.ids(graph)
            .into_iter()
            .filter(|id| !other.contains(graph, id.as_str()))
            .collect()
    };
    let removed = only_in(before, after)
        .into_iter()
        .rev()
        .map(|id| (id, "remove"));
    removed
        .chain(only_in(after, before).into_iter().map(|id| (id, "add")))
        .collect()
}

struct PlanOutput {
    graph: RevisionGraph,
    /// The revisions and their actions.
    steps: Vec<(RevisionId, &'static str)>,
    heads_after: Vec<RevisionId>,
}

impl CommandOutput for PlanOutput {
    fn text(&self) -> String {
        let line = |(id, word): &(RevisionId, &str)| {
            let message = self
                .graph
                .get(id.as_str())
                .map(|revision| after_comma(&revision.message))
                .unwrap_or_default();
            format!("{word} {REVISION}{id}{REVISION:#}{message}\n")
        };
        let mut text: String = self.steps.iter().map(line).collect();
        if self.steps.is_empty() {
            text.push_str("nothing to do\n");
        }
        match &self.heads_after[..] {
            [] => text.push_str("heads after: none\n"),
            heads => text.push_str(&format!("heads after: {}\n", names(heads).join(", "))),
        }
        text
    }

    fn json(&self) -> Value {
        let step =
            |(id, word): &(RevisionId, &str)| json!({ "revision": id.as_str(), "direction": word });
        json!({
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "current": names(&self.heads_after),
        })
    }
}
