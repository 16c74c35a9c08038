//! The SQL script of a run.
//!
//! `write` runs the revisions on a scratch database with the same applied revisions as the real one, and records
//! their statements in order, with the rows of the version table. A step without a statement, such as code of the
//! application, is marked, because the script alone does not do it.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::rc::Rc;

use migrate_graph::{Direction, Target};

use crate::scratch::ScratchDatabase;
use migrate_engine::backend::Backend;
use migrate_engine::clock;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, KnownState, Observer, RunOptions, StepReport};
use migrate_engine::migrations::{Migrations, known_state_at};
use migrate_engine::op::{TraceEvent, Tracer};
use migrate_engine::version_table::{Recorded, VersionTable};
use migrate_schema::ddl::filled_in;
use migrate_schema::operation::Operation;

/// A script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Script {
    /// The statements before the first revision: the version table, if there is none.
    pub(crate) before: Vec<String>,
    /// The revisions, in order.
    pub(crate) parts: Vec<ScriptRevision>,
}

/// One revision of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScriptRevision {
    pub(crate) revision: String,
    pub(crate) direction: &'static str,
    pub(crate) message: String,
    pub(crate) lines: Vec<Line>,
    /// Whether it runs in a transaction.
    pub(crate) transaction: bool,
}

/// One thing that a revision does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// A statement, without its semicolon.
    Statement(String),
    /// A description of something without a statement.
    Description(String),
}

impl Script {
    /// Returns descriptions of what the script alone does not do.
    pub(crate) fn unscripted(&self) -> Vec<String> {
        let parts = self.parts.iter();
        parts
            .flat_map(|part| {
                part.lines.iter().filter_map(|line| match line {
                    Line::Description(words) => Some(format!("{}: {words}", part.revision)),
                    Line::Statement(_) => None,
                })
            })
            .collect()
    }

    /// Returns the text.
    pub(crate) fn text<B: Backend>(&self) -> String {
        let mut text = String::new();
        for statement in &self.before {
            text.push_str(&format!("{}\n\n", B::ended(statement)));
        }
        for part in &self.parts {
            let ScriptRevision {
                revision,
                direction,
                message,
                ..
            } = part;
            text.push_str(&format!("-- {direction} {revision}, {message}\n"));
            let (begin, end) = match part.transaction {
                true => ("BEGIN;\n", "COMMIT;\n\n"),
                false => ("", "\n"),
            };
            text.push_str(begin);
            for line in &part.lines {
                match line {
                    Line::Statement(sql) => text.push_str(&format!("{}\n", B::ended(sql))),
                    Line::Description(words) => {
                        text.push_str(&format!("-- NOT IN THIS SCRIPT: {words}\n"))
                    }
                }
            }
            text.push_str(end);
        }
        text
    }
}

/// Returns the SQL of an upgrade from `from` to `target` as a script, and a list of what the script does not do:
/// application code, table rebuilds. `from` names what is applied; an empty list means nothing.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no scratch database is available to run the revisions on; every error of a run.
pub fn upgrade_sql<B: Backend>(
    migrations: &Migrations<B>,
    from: &[&str],
    target: &str,
) -> Result<(String, Vec<String>), Error> {
    let from = from
        .iter()
        .map(|target| Target::parse(target))
        .collect::<Result<Vec<_>, _>>()?;
    let known = known_state_at(migrations, &from)?;
    let target = Target::parse(target)?;
    let script = write(migrations, None, &known, Direction::Upgrade, &target)?;
    Ok((script.text::<B>(), script.unscripted()))
}

/// Returns the script of a run to `target` from the applied revisions in `known`.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no scratch database is available, and every error of the run itself.
pub(crate) fn write<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    known: &KnownState<'_>,
    direction: Direction,
    target: &Target,
) -> Result<Script, Error> {
    let mut scratch = ScratchDatabase::<B>::at(migrations, scratch_server, known)?;
    let options = RunOptions::default().allow_data_loss();
    let executor = Executor::new(migrations, &options);
    let mut scribe = ScriptRecorder::default();
    match direction {
        Direction::Upgrade => executor.upgrade(scratch.client(), target, &mut scribe),
        Direction::Downgrade => executor.downgrade(scratch.client(), target, &mut scribe),
    }?;
    let mut script = Script::default();
    if known.applied.is_empty() {
        script.before = VersionTable::new::<B>(migrations.options().version_table).create::<B>();
    }
    let rows = executor.look(B::reader(scratch.client()))?;
    // The first revision that the script does not do completely.
    let mut left: Option<String> = None;
    for (step, lines_of_step) in scribe.parts {
        let header = &migrations.known(&step.revision)?.header;
        let mut lines: Vec<Line> = lines_of_step.take();
        let row = rows.rows.iter().find(|row| row.revision == step.revision);
        let recorded = Recorded {
            header,
            row,
            applied_at: &clock::now(),
        };
        let whole = lines.iter().all(|line| matches!(line, Line::Statement(_)));
        match whole && left.is_none() {
            true => {
                let rows = executor.table.recorded(&recorded);
                lines.extend(rows.into_iter().map(Line::Statement));
            }
            // An incomplete script must not record the revision, or later ones, as applied.
            false => {
                let before = left
                    .as_ref()
                    .map(|left| format!(", and `{left}` before it"));
                lines.push(Line::Description(format!(
                    "the row of the version table: `stamp` the revision when everything is done{}",
                    before.unwrap_or_default()
                )));
                left.get_or_insert(step.revision.clone());
            }
        }
        script.parts.push(ScriptRevision {
            revision: step.revision.clone(),
            direction: step.direction,
            message: step.message.clone(),
            lines,
            transaction: header.transaction && B::CAPABILITIES.transactional_ddl,
        });
    }
    Ok(script)
}

/// Records the statements of each revision.
#[derive(Default)]
struct ScriptRecorder {
    parts: Vec<(StepReport, Rc<RefCell<Vec<Line>>>)>,
}

impl Observer for ScriptRecorder {
    fn tracer(&mut self, step: &StepReport) -> Option<Tracer> {
        // A repeated step replaces its earlier record.
        self.parts
            .retain(|(other, _)| other.revision != step.revision);
        let lines = Rc::new(RefCell::new(Vec::new()));
        self.parts.push((step.clone(), Rc::clone(&lines)));
        Some(Box::new(move |done, _| {
            lines.borrow_mut().extend(script_lines(done));
        }))
    }
}

fn script_lines(done: &TraceEvent<'_>) -> Vec<Line> {
    match done {
        TraceEvent::Operations(_, Some(statements)) => {
            statements.iter().cloned().map(Line::Statement).collect()
        }
        TraceEvent::Operations(operations, None) => {
            let titles: Vec<String> = operations.iter().map(Operation::title).collect();
            vec![Line::Description(format!(
                "{}, which rebuilds the table",
                titles.join(", ")
            ))]
        }
        TraceEvent::Statement(sql, params, _) => {
            let sql = sql.trim().trim_end_matches(';');
            vec![Line::Statement(filled_in(sql, params))]
        }
        TraceEvent::ApplicationCode => {
            vec![Line::Description("code of the application".to_owned())]
        }
    }
}
