//! Implements `--sql` and `--dry-run` of `upgrade` and `downgrade`: show what would happen, and change nothing.

use migrate_graph::{Direction, Target};
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::backup::Sample;
use crate::error::Error;
use crate::executor::{
    Executor, Known, Listener, Report, Reporter, Settings, State, StepReport, Warning,
};
use crate::exit::Exit;
use crate::handle::{Done, Tracer};
use crate::migrations::{Migrations, standing_at};
use crate::op::{Constraint, Operation, Which};
use crate::script::{self, Script};
use crate::shadow::Shadow;

use super::args::Global;
use super::database;
use super::ui::{Ui, counted, place, shown};
use super::upgrade::document;

/// The preview options.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct Preview {
    /// Print the SQL without running it; with a range `FROM:TO` as the target, no database is needed
    #[arg(long, conflicts_with = "dry_run", help_heading = "Preview")]
    sql: bool,

    /// Run everything, then roll it back
    #[arg(long, help_heading = "Preview")]
    dry_run: bool,
}

/// The preview that was requested.
pub(super) struct Asked<'a, B: Backend> {
    pub(super) migrations: &'a Migrations<B>,
    pub(super) direction: Direction,
    pub(super) target: &'a str,
    pub(super) settings: Settings,
    pub(super) global: &'a Global,
    pub(super) ui: &'a Ui,
}

impl Preview {
    /// Shows a run instead of performing it; returns `None` if no preview was requested.
    pub(super) fn show<B: Backend>(self, asked: &Asked<'_, B>) -> Option<Result<Exit, Error>> {
        if self.sql {
            return Some(sql(asked));
        }
        self.dry_run.then(|| dry_run(asked))
    }
}

fn sql<B: Backend>(asked: &Asked<'_, B>) -> Result<Exit, Error> {
    let Asked {
        migrations,
        direction,
        global,
        ui,
        ..
    } = asked;
    let (known, target) = match asked.target.split_once(':') {
        Some((from, to)) => {
            let from = Target::parse(if from.is_empty() { "base" } else { from })?;
            let to = Target::parse(if to.is_empty() { "heads" } else { to })?;
            (standing_at(asked.migrations, &[from])?, to)
        }
        None => {
            let target = Target::parse(asked.target)?;
            (known(asked, &target)?, target)
        }
    };
    let near = database::url(global).ok();
    let script = script::write(migrations, near.as_deref(), &known, *direction, &target)?;
    let unsaid = script.unsaid();
    for words in &unsaid {
        ui.note(&format!("not in this script: {words}"));
    }
    ui.note("nothing was run");
    ui.answer(
        || script_document::<B>(&script, &unsaid),
        || script.text::<B>(),
    );
    Ok(Exit::Done)
}

fn script_document<B: Backend>(script: &Script, unsaid: &[String]) -> Value {
    json!({ "sql": script.text::<B>(), "not_in_script": unsaid })
}

/// Reads what is applied, and writes nothing.
fn known<'k, B: Backend>(asked: &'k Asked<'_, B>, target: &Target) -> Result<Known<'k>, Error> {
    let executor = Executor::new(asked.migrations, &asked.settings);
    // An upgrade creates a missing database, so this is not worth a note.
    let state = match database::open_to_read(asked.migrations, asked.global)? {
        Some(mut client) => executor.look(B::reader(&mut client))?,
        None => State::default(),
    };
    Ok(executor.assess(&state, Some(target))?.known)
}

fn dry_run<B: Backend>(asked: &Asked<'_, B>) -> Result<Exit, Error> {
    let ui = asked.ui;
    let target = Target::parse(asked.target)?;
    let (report, place_of_it) = match database::open_existing(asked.migrations, asked.global)? {
        Some(mut client) if B::CAPABILITIES.transactional_ddl => {
            let settings = asked.settings.clone().dry_run();
            (
                rehearse(asked, &target, &settings, &mut client)?,
                "rolled back",
            )
        }
        existing => {
            let mut stage = stage(asked, &target, existing)?;
            let report = rehearse(asked, &target, &stage.settings, stage.shadow.client())?;
            (report, stage.place_of_it)
        }
    };
    ui.note(&format!(
        "dry run: {} in {}, {place_of_it}; would be at {}; nothing was changed",
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
    Ok(Exit::Done)
}

/// Runs the requested migration, and reports it.
fn rehearse<B: Backend>(
    asked: &Asked<'_, B>,
    target: &Target,
    settings: &Settings,
    client: &mut B::Client,
) -> Result<Report, Error> {
    let executor = Executor::new(asked.migrations, settings);
    let mut reporter = Rehearsal { ui: *asked.ui };
    match asked.direction {
        Direction::Upgrade => executor.upgrade(client, target, &mut reporter),
        Direction::Downgrade => executor.downgrade(client, target, &mut reporter),
    }
}

/// A database for a dry run, if nothing could be rolled back in the real one.
struct Stage<B: Backend> {
    shadow: Shadow<B>,
    settings: Settings,
    place_of_it: &'static str,
}

/// Returns a copy of the database, or a scratch database at the same revisions if it can't be copied.
fn stage<B: Backend>(
    asked: &Asked<'_, B>,
    target: &Target,
    existing: Option<B::Client>,
) -> Result<Stage<B>, Error> {
    let near = database::url(asked.global)?;
    if existing.is_some() {
        let copied = Sample::take(asked.migrations, &near, asked.global.wait)
            .and_then(|sample| Shadow::copied(asked.migrations, &sample, Some(&near)));
        match copied {
            Ok(shadow) => {
                return Ok(Stage {
                    shadow,
                    settings: asked.settings.clone(),
                    place_of_it: "run on a copy",
                });
            }
            Err(Error::Backup(error)) => asked.ui.note(&format!("without its rows: {error}")),
            Err(error) => return Err(error),
        }
    }
    let known = known(asked, target)?;
    Ok(Stage {
        shadow: Shadow::at(asked.migrations, Some(&near), &known)?,
        // Rows that revisions wrote on the scratch database are not counted.
        settings: asked.settings.clone().allow_data_loss(),
        place_of_it: "run on an empty database",
    })
}

/// Reports what each revision does during a dry run.
struct Rehearsal {
    ui: Ui,
}

impl Reporter for Rehearsal {
    fn begins(&mut self, step: &StepReport) {
        self.ui.begins(step);
    }

    fn ends(&mut self, step: &StepReport) {
        self.ui.note(&format!("    took {}", shown(step.elapsed)));
    }

    fn listens(&mut self, step: &StepReport) -> Option<Listener> {
        self.ui.listens(step)
    }

    fn warns(&mut self, warning: &Warning) {
        self.ui.warns(warning);
    }

    fn traces(&mut self, _: &StepReport) -> Option<Tracer> {
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
                && op.kind.is_none()
                && op.default.is_none()
                && op.collation.is_none()
        }
        Operation::AddConstraint(op) => matches!(op.constraint, Constraint::Check(_)),
        Operation::DropConstraint(op) => matches!(op.which, Which::Named(_)),
        Operation::AddColumn(_) | Operation::DropColumn(_) | Operation::RenameColumn(_) => true,
        _ => false,
    }
}

fn lines(done: &Done<'_>) -> Vec<String> {
    match done {
        Done::Operations(operations, statements) => {
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
        Done::Statement(sql, _, rows) => {
            let words: Vec<&str> = sql.split_whitespace().collect();
            let sql: String = words.join(" ").chars().take(100).collect();
            vec![match rows {
                Some(rows) => format!("{sql}: {rows} rows"),
                None => sql,
            }]
        }
        Done::Code => vec!["code of the application".to_owned()],
    }
}
