//! Implements the runner's `current` command.

use migrate_graph::history;
use serde_json::json;

use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, printable};
use migrate_engine::executor::Executor;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::{Detail, Ui, counted};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &migrate_cli::Current,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let options = global.run_options(None);
    let executor = Executor::new(migrations, &options);
    let state = database::look(&executor, global, ui)?;
    let status = executor.status_of(&state)?;
    let at_heads = status.pending.is_empty() && state.unfinished().is_none();
    let known = executor.known_of(&state)?;
    let graph = &*known.graph;
    let heads = known.applied.heads(graph);
    ui.answer(
        || json!({ "current": status.current, "heads": status.heads, "up_to_date": at_heads }),
        || {
            let mut text = String::new();
            for entry in history::entries(graph, &heads, None) {
                let shown = if ui.detail == Detail::Verbose {
                    entry.verbose()
                } else {
                    entry.title()
                };
                text.push_str(&format!("{shown}\n"));
            }
            for unknown in status.current.iter().filter(|id| !graph.knows(id)) {
                text.push_str(&format!("{} (unknown to this build)\n", printable(unknown)));
            }
            text
        },
    );
    if status.current.is_empty() {
        ui.note("nothing is applied");
    }
    if args.check_heads && !at_heads {
        ui.note(&format!(
            "not at the heads: {} pending",
            counted(status.pending.len())
        ));
        return Ok(ExitStatus::Findings);
    }
    Ok(ExitStatus::Success)
}
