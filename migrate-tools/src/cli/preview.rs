//! Implements `--sql` and `--dry-run` of `upgrade` and `downgrade`: show what would happen, and change nothing.

use migrate_cli::Preview;
use migrate_graph::{Direction, Target};
use serde_json::{Value, json};

use crate::backup::DatabaseCopy;
use crate::scratch::ScratchDatabase;
use crate::script::{self, Script};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{
    Executor, KnownState, Observer, ProgressListener, RunOptions, RunReport, State, StepReport,
    Warning,
};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::{Migrations, known_state_at};
use migrate_engine::op::{TraceEvent, Tracer};
use migrate_schema::operation::{Constraint, ConstraintRef, Operation};

use super::args::Global;
use super::database;
use super::ui::{Ui, counted, place, shown};
use super::upgrade::document;

/// The preview that was requested.
pub(super) struct PreviewRequest<'a, B: Backend> {
    pub(super) migrations: &'a Migrations<B>,
    pub(super) direction: Direction,
    pub(super) target: &'a str,
    pub(super) options: RunOptions,
    pub(super) global: &'a Global,
    pub(super) ui: &'a Ui,
}

/// Shows a run instead of performing it; returns `None` if no preview was requested.
pub(super) fn show<B: Backend>(
    preview: Preview,
    request: &PreviewRequest<'_, B>,
) -> Option<Result<ExitStatus, Error>> {
    if preview.sql {
        return Some(sql(request));
    }
    preview.dry_run.then(|| dry_run(request))
}

fn sql<B: Backend>(request: &PreviewRequest<'_, B>) -> Result<ExitStatus, Error> {
    let PreviewRequest {
        migrations,
        direction,
        global,
        ui,
        ..
    } = request;
    let (known, target) = match request.target.split_once(':') {
        Some((from, to)) => {
            let from = Target::parse(if from.is_empty() { "base" } else { from })?;
            let to = Target::parse(if to.is_empty() { "heads" } else { to })?;
            (known_state_at(request.migrations, &[from])?, to)
        }
        None => {
            let target = Target::parse(request.target)?;
            (known(request, &target)?, target)
        }
    };
    let scratch_server = database::url(global).ok();
    let script = script::write(
        migrations,
        scratch_server.as_deref(),
        &known,
        *direction,
        &target,
    )?;
    let unscripted = script.unscripted();
    for description in &unscripted {
        ui.note(&format!("not in this script: {description}"));
    }
    ui.note("nothing was run");
    ui.answer(
        || script_document::<B>(&script, &unscripted),
        || script.text::<B>(),
    );
    Ok(ExitStatus::Success)
}

fn script_document<B: Backend>(script: &Script, unscripted: &[String]) -> Value {
    json!({ "sql": script.text::<B>(), "unscripted": unscripted })
}

/// Reads what is applied, and writes nothing.
fn known<'k, B: Backend>(
    request: &'k PreviewRequest<'_, B>,
    target: &Target,
) -> Result<KnownState<'k>, Error> {
    let executor = Executor::new(request.migrations, &request.options);
    // An upgrade creates a missing database, so this is not worth a note.
    let state = match database::open_to_read(request.migrations, request.global)? {
        Some(mut client) => executor.look(B::reader(&mut client))?,
        None => State::default(),
    };
    Ok(executor.assess(&state, Some(target))?.known)
}

fn dry_run<B: Backend>(request: &PreviewRequest<'_, B>) -> Result<ExitStatus, Error> {
    let ui = request.ui;
    let target = Target::parse(request.target)?;
    let (report, location) = match database::open_existing(request.migrations, request.global)? {
        Some(mut client) if B::CAPABILITIES.transactional_ddl => {
            let options = request.options.clone().dry_run();
            (
                rehearse(request, &target, &options, &mut client)?,
                "rolled back",
            )
        }
        existing => {
            let mut stage = stage(request, &target, existing)?;
            let report = rehearse(request, &target, &stage.options, stage.scratch.client())?;
            (report, stage.location)
        }
    };
    ui.note(&format!(
        "dry run: {} in {}, {location}; would be at {}; nothing was changed",
        counted(report.steps.len()),
        shown(report.elapsed),
        place(&report.heads)
    ));
    ui.answer(
        || {
            let mut document = document(&report);
            document["dry_run"] = true.into();
            document
        },
        String::new,
    );
    Ok(ExitStatus::Success)
}

/// Runs the requested migration, and reports it.
fn rehearse<B: Backend>(
    request: &PreviewRequest<'_, B>,
    target: &Target,
    options: &RunOptions,
    client: &mut B::Client,
) -> Result<RunReport, Error> {
    let executor = Executor::new(request.migrations, options);
    let mut observer = Rehearsal { ui: *request.ui };
    match request.direction {
        Direction::Upgrade => executor.upgrade(client, target, &mut observer),
        Direction::Downgrade => executor.downgrade(client, target, &mut observer),
    }
}

/// A database for a dry run, if nothing could be rolled back in the real one.
struct Stage<B: Backend> {
    scratch: ScratchDatabase<B>,
    options: RunOptions,
    location: &'static str,
}

/// Returns a copy of the database, or a scratch database at the same revisions if it can't be copied.
fn stage<B: Backend>(
    request: &PreviewRequest<'_, B>,
    target: &Target,
    existing: Option<B::Client>,
) -> Result<Stage<B>, Error> {
    let scratch_server = database::url(request.global)?;
    if existing.is_some() {
        let copied = DatabaseCopy::take(
            request.migrations,
            &scratch_server,
            request.global.lock.lock_timeout,
        )
        .and_then(|copy| ScratchDatabase::copied(request.migrations, &copy, Some(&scratch_server)));
        match copied {
            Ok(scratch) => {
                return Ok(Stage {
                    scratch,
                    options: request.options.clone(),
                    location: "run on a copy",
                });
            }
            Err(Error::Backup(error)) => request.ui.note(&format!("without its rows: {error}")),
            Err(error) => return Err(error),
        }
    }
    let known = known(request, target)?;
    Ok(Stage {
        scratch: ScratchDatabase::at(request.migrations, Some(&scratch_server), &known)?,
        // Rows that revisions wrote on the scratch database are not counted.
        options: request.options.clone().allow_data_loss(),
        location: "run on a scratch database",
    })
}

/// Reports what each revision does during a dry run.
struct Rehearsal {
    ui: Ui,
}

impl Observer for Rehearsal {
    fn step_started(&mut self, step: &StepReport) {
        self.ui.step_started(step);
    }

    fn step_finished(&mut self, step: &StepReport) {
        self.ui.note(&format!("    took {}", shown(step.elapsed)));
    }

    fn progress_listener(&mut self, step: &StepReport) -> Option<ProgressListener> {
        self.ui.progress_listener(step)
    }

    fn warning(&mut self, warning: &Warning) {
        self.ui.warning(warning);
    }

    fn tracer(&mut self, _: &StepReport) -> Option<Tracer> {
        let ui = self.ui;
        Some(Box::new(move |done, _| {
            for line in lines(done) {
                ui.note(&format!("    {line}"));
            }
        }))
    }
}

/// Returns whether a newer SQLite does an operation in place for which an older one rebuilds the table.
fn may_stay(operation: &Operation) -> bool {
    match operation {
        Operation::AlterColumn(op) => {
            op.not_null.is_some()
                && op.data_type.is_none()
                && op.default.is_none()
                && op.collation.is_none()
        }
        Operation::AddConstraint(op) => matches!(op.constraint, Constraint::Check(_)),
        Operation::DropConstraint(op) => matches!(op.reference, ConstraintRef::Named(_)),
        Operation::AddColumn(_) | Operation::DropColumn(_) | Operation::RenameColumn(_) => true,
        _ => false,
    }
}

fn lines(done: &TraceEvent<'_>) -> Vec<String> {
    match done {
        TraceEvent::Operations(operations, statements) => {
            let rebuild = match statements {
                Some(_) => "",
                None if operations.iter().all(may_stay) => {
                    " (alters in place from SQLite 3.53 on, otherwise rebuilds the table)"
                }
                None => " (rebuilds the table)",
            };
            let titles = operations.iter().map(Operation::title);
            titles.map(|title| format!("{title}{rebuild}")).collect()
        }
        TraceEvent::Statement(sql, _, rows) => {
            let words: Vec<&str> = sql.split_whitespace().collect();
            let sql: String = words.join(" ").chars().take(100).collect();
            vec![match rows {
                Some(rows) => format!("{sql}: {rows} rows"),
                None => sql,
            }]
        }
        TraceEvent::ApplicationCode => vec!["code of the application".to_owned()],
    }
}
