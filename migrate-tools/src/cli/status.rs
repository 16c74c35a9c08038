//! Implements the runner's `status` command.

use serde_json::{Value, json};

use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, printable};
use migrate_engine::executor::{Executor, State};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;
use migrate_engine::status::{AppliedRevision, RevisionState, Status};

use super::args::Global;
use super::database;
use super::ui::{Detail, Ui};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    _: &migrate_cli::Status,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let options = global.run_options(None);
    let executor = Executor::new(migrations, &options);
    let status = match database::open_to_read(migrations, global)? {
        Some(mut client) => executor.status(B::reader(&mut client))?,
        None => {
            ui.note(database::MISSING);
            executor.status_of(&State::default())?
        }
    };
    ui.answer(|| document(&status), || text(&status, ui.detail));
    Ok(ExitStatus::Success)
}

fn document(status: &Status) -> Value {
    let applied = status.applied.iter().map(|row| {
        json!({
            "revision": row.revision,
            "message": row.message,
            "applied_at": row.applied_at,
            "duration_ms": row.duration_ms,
            "tool_version": row.tool_version,
            "state": row.state.as_str(),
        })
    });
    let pending = status
        .pending
        .iter()
        .map(|row| json!({ "revision": row.revision, "message": row.message }));
    json!({
        "applied": applied.collect::<Vec<_>>(),
        "pending": pending.collect::<Vec<_>>(),
        "current": status.current,
        "heads": status.heads,
        "up_to_date": status.is_at_heads(),
    })
}

fn text(status: &Status, detail: Detail) -> String {
    let mut text = format!("applied: {}\n", status.applied.len());
    for row in &status.applied {
        text.push_str(&applied_line(row, detail));
    }
    text.push_str(&format!("pending: {}\n", status.pending.len()));
    for row in &status.pending {
        let message = message(&row.message);
        text.push_str(&format!("  {}{message}\n", row.revision));
    }
    text
}

/// Returns a message behind two spaces, if there is one.
fn message(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("  {text}"),
    }
}

fn applied_line(row: &AppliedRevision, detail: Detail) -> String {
    let mark = match row.state {
        RevisionState::Applied => "",
        RevisionState::Edited => "  (edited since)",
        RevisionState::Replaced => "  (replaced since)",
        RevisionState::Unknown => "  (unknown to this build)",
        RevisionState::Unfinished => "  (unfinished or still running)",
    };
    let more = match detail {
        Detail::Verbose => format!(
            "  ({} ms, by {})",
            row.duration_ms,
            printable(&row.tool_version)
        ),
        _ => String::new(),
    };
    let (id, message, at) = (
        printable(&row.revision),
        message(&printable(&row.message)),
        printable(&row.applied_at),
    );
    format!("  {id}{message}  {at}{more}{mark}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_without_a_message_has_no_blank_title() {
        assert_eq!(message("adds users"), "  adds users");
        assert_eq!(message(""), "");
    }
}
