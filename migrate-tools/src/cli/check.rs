//! Implements the runner's `check` command.

use std::ffi::OsStr;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::autogenerate::{self, Request, Source};
use crate::baseline;
use crate::describe::{self, SchemaLabels};
use crate::error_report::ErrorReport;
use crate::lint::Level;
use crate::scratch;
use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, printable};
use migrate_engine::executor::Executor;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;
use migrate_engine::status::{RevisionState, Status};
use migrate_schema::diff::SchemaDiff;

use super::args::Global;
use super::autogenerate::{in_file, sql_schema};
use super::database;
use super::diff::DRIFT;
use super::lint::{self, LeveledFinding, LintLevels};
use super::ui::{Ui, counted};

/// Check revisions, models and the database, for use in CI
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File of SQL that creates the desired schema, instead of the models
    #[arg(long, value_name = "PATH")]
    sql_schema: Option<PathBuf>,

    #[command(flatten)]
    lints: LintLevels,
}

/// A problem that `check` found.
struct Finding {
    kind: &'static str,
    message: String,
    revision: Option<String>,
    file: Option<String>,
    /// The differences, one line each.
    differences: Vec<String>,
    help: &'static str,
}

/// The parts that were checked, and the findings.
#[derive(Default)]
struct Checked {
    what: Vec<String>,
    findings: Vec<Finding>,
    lints: Vec<LeveledFinding>,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let mut checked = Checked::default();
    let count = counted(migrations.graph()?.len());
    checked.what.push(format!("the graph of {count}"));
    let found = check_models(migrations, args, global, ui, &mut checked)
        .and_then(|()| check_database(migrations, args, global, ui, &mut checked));
    if let Err(error) = found {
        return match error {
            // A revision that does not run is a finding and not an error here.
            Error::OnScratchDatabase(_)
            | Error::InvalidDesiredSchema { .. }
            | Error::InvalidModel { .. } => Ok(ui.report(&ErrorReport {
                exit: ExitStatus::Findings,
                ..ErrorReport::from(&error)
            })),
            other => Err(other),
        };
    }
    ui.answer(|| document(&checked), || text(&checked));
    if checked.findings.is_empty() {
        let found = match checked.lints.is_empty() {
            true => "nothing found",
            false => "nothing else found",
        };
        ui.note(&format!("{found}; checked {}", checked.what.join(", ")));
        return Ok(lint::exit(&checked.lints));
    }
    Ok(ExitStatus::Findings)
}

/// Compares the desired schema with the schema that the revisions build, if there is a desired schema.
fn check_models<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
    checked: &mut Checked,
) -> Result<(), Error> {
    let sql = sql_schema(args.sql_schema.as_deref())?;
    let (source, what) = match (&sql, migrations.schema_builder()) {
        (Some(sql), _) => (Source::Sql(sql), "the SQL file"),
        (None, Some(builder)) => (Source::Built(builder), describe::BUILT.to),
        (None, None) if migrations.models()?.is_empty() => return Ok(()),
        (None, None) => (Source::Models, describe::MODELS.to),
    };
    let scratch_server = database::named(global)?;
    let request = Request::new()
        .source(source)
        .scratch_server(scratch_server.as_deref());
    let difference = match autogenerate::compare(migrations, &request) {
        Err(missing @ Error::ScratchUnavailable { .. }) => {
            ui.note(&format!("{what} not compared: {missing}"));
            return Ok(());
        }
        other => other.map_err(|error| in_file(error, args.sql_schema.as_deref()))?,
    };
    checked.what.push(what.to_owned());
    checked
        .findings
        .extend((!difference.is_empty()).then(|| Finding {
            kind: "models",
            message: format!("the revisions do not build the schema of {what}"),
            revision: None,
            file: None,
            differences: describe::describe_operations::<B>(
                &difference,
                SchemaLabels {
                    to: what,
                    ..describe::MODELS
                },
            ),
            help: "create the revision with `cargo migrate revision --autogenerate -m \"…\"`",
        }));
    Ok(())
}

/// Checks the live database, if one is named and exists.
fn check_database<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
    checked: &mut Checked,
) -> Result<(), Error> {
    let Some(scratch_server) = database::named(global)? else {
        return replay_alone(migrations, args, ui, checked);
    };
    let Some(mut client) = database::open_to_read(migrations, global)? else {
        match migrations.graph()?.is_empty() {
            true => ui.note(database::MISSING),
            // A mistyped path must not read as success.
            false => checked.findings.push(missing()),
        }
        return replay_alone(migrations, args, ui, checked);
    };
    let options = global.run_options(None);
    let status = Executor::new(migrations, &options).status(B::reader(&mut client))?;
    checked.what.push("the applied revisions".to_owned());
    checked.findings.extend(rows(migrations, &status));
    let is_conclusive = status.applied.iter().all(|row| {
        !matches!(
            row.state,
            RevisionState::Unknown | RevisionState::Unfinished
        )
    });
    if is_conclusive {
        let pending: Vec<String> = status
            .pending
            .iter()
            .map(|row| row.revision.clone())
            .collect();
        let found = crate::lint::pending(migrations, &mut client, Some(&scratch_server), &pending)?;
        checked.lints = args.lints.levels.apply(found);
        if let Some(finding) = without_history(migrations, &mut client, &scratch_server, &status)? {
            checked.what.push("the database".to_owned());
            checked.findings.push(finding);
            return Ok(());
        }
        let difference = autogenerate::drift(migrations, &mut client, Some(&scratch_server))?;
        database::note_unmatched_ignores(migrations, &mut client, ui)?;
        checked.what.push("the database".to_owned());
        checked.findings.extend(drifted::<B>(&difference));
    }
    Ok(())
}

fn missing() -> Finding {
    Finding {
        kind: "no_database",
        message: "the named database does not exist".to_owned(),
        revision: None,
        file: None,
        differences: Vec::new(),
        help: "check the path or the name; `cargo migrate upgrade` creates it; to check the revisions alone, leave out \
               `--database-url` and DATABASE_URL",
    }
}

/// Without a database, runs all revisions on a scratch database. It is not known which of them are pending elsewhere,
/// so only denied lints are reported.
fn replay_alone<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    ui: &Ui,
    checked: &mut Checked,
) -> Result<(), Error> {
    let levels = &args.lints.levels;
    if levels.deny_any() {
        checked.lints = levels.apply(crate::lint::lint_revisions(migrations, None, &|_| false)?);
        checked.lints.retain(|(level, _)| *level == Level::Deny);
    }
    match scratch::replay(migrations, None) {
        Ok(_) => checked
            .what
            .push("a run of all revisions on a scratch database".to_owned()),
        Err(missing @ Error::ScratchUnavailable { .. }) => {
            ui.note(&format!("not tried: {missing}"))
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Returns the problems in the rows of the version table.
fn rows<B: Backend>(migrations: &Migrations<B>, status: &Status) -> Vec<Finding> {
    let findings = status.applied.iter().filter_map(|row| {
        let (kind, message, help) = match row.state {
            RevisionState::Edited => (
                "checksum_mismatch",
                "was edited after it was applied here",
                "restore the file, and write the changes as a new revision; if databases need no change, run `cargo migrate stamp --edited`",
            ),
            RevisionState::Unknown => (
                "unknown_applied_revision",
                "is applied, and this build does not know it",
                "run `check` with the build that applied it",
            ),
            RevisionState::Unfinished => (
                "unfinished_revision",
                "was started outside a transaction, and its end is not recorded",
                "run `cargo migrate upgrade`, which resumes it or reports what to do",
            ),
            _ => return None,
        };
        let known = migrations.revision(&row.revision);
        Some(Finding {
            kind,
            message: format!("revision `{}` {message}", printable(&row.revision)),
            revision: Some(row.revision.clone()),
            file: known.map(|revision| revision.header.file.to_owned()),
            differences: Vec::new(),
            help,
        })
    });
    findings.collect()
}

fn drifted<B: Backend>(difference: &SchemaDiff) -> Option<Finding> {
    let differences = describe::describe_operations::<B>(difference, DRIFT);
    let lacks = differences
        .iter()
        .any(|line| line.ends_with("is in the revisions only"));
    (!difference.is_empty()).then(|| Finding {
        kind: "drift",
        message: "the database differs from the schema that its revisions build".to_owned(),
        revision: None,
        file: None,
        differences,
        help: match lacks {
            true => "recreate what is in the revisions only, unless it can be dropped; then write a revision \
                     for the rest with `cargo migrate revision --from-drift -m \"…\"`",
            false => "write a revision for it with `cargo migrate revision --from-drift -m \"…\"`, or undo the change \
                      in the database",
        },
    })
}

/// Returns a finding if the database has tables, but no row that records a revision.
fn without_history<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    scratch_server: &OsStr,
    status: &Status,
) -> Result<Option<Finding>, Error> {
    if !status.applied.is_empty() {
        return Ok(None);
    }
    let live = scratch::inspect::<B>(
        B::reader(client),
        scratch::extent(migrations, Some(scratch_server))?,
    )?;
    let tables = baseline::ours(live).tables.len();
    Ok((tables > 0).then(|| Finding {
        kind: "no_history",
        message: format!(
            "the database has {} but no history: it is not known which revisions created them",
            migrate_engine::error::counted(tables, "table")
        ),
        revision: None,
        file: None,
        differences: Vec::new(),
        help: "run `cargo migrate baseline`, which compares the database with the revisions first",
    }))
}

fn document(checked: &Checked) -> Value {
    let findings = checked.findings.iter().map(|finding| {
        json!({
            "kind": finding.kind,
            "message": finding.message,
            "revision": finding.revision,
            "file": finding.file,
            "differences": finding.differences,
            "help": finding.help,
        })
    });
    json!({
        "checked": checked.what,
        "findings": findings.collect::<Vec<_>>(),
        "lints": lint::document(&checked.lints),
    })
}

fn text(checked: &Checked) -> String {
    let mut text = lint::text(&checked.lints);
    for finding in &checked.findings {
        text.push_str(&format!("found: {}\n", finding.message));
        if let Some(file) = &finding.file {
            text.push_str(&format!("  --> {file}\n"));
        }
        for line in &finding.differences {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str(&format!(" help: {}\n", finding.help));
    }
    text
}
