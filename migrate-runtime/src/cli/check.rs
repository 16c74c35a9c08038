//! Implements the runner's `check` command.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::autogenerate::{self, Request, Source};
use crate::backend::Backend;
use crate::baseline;
use crate::diff::Difference;
use crate::error::{Error, printable};
use crate::executor::Executor;
use crate::exit::Exit;
use crate::lint::Level;
use crate::migrations::Migrations;
use crate::model;
use crate::report::Report;
use crate::shadow;
use crate::status::{RowStanding, Status};
use crate::words::{self, Sides};

use super::args::Global;
use super::autogenerate::{in_file, sql_schema};
use super::database;
use super::diff::DRIFT;
use super::lint::{self, LintLevels, Told};
use super::ui::{Ui, counted};

/// Check the revision graph, models, edited revisions and the database for drift, for use in CI
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File of SQL that creates the wanted schema, instead of the models
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
    lints: Vec<Told>,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let mut checked = Checked::default();
    let count = counted(migrations.graph()?.len());
    checked.what.push(format!("the graph of {count}"));
    let found = check_models(migrations, args, global, ui, &mut checked)
        .and_then(|()| check_database(migrations, args, global, ui, &mut checked));
    if let Err(error) = found {
        return match error {
            // A revision that does not run is a finding and not an error here.
            Error::Shadow(_) | Error::Wanted { .. } | Error::Model { .. } => {
                Ok(ui.report(&Report {
                    exit: Exit::Found,
                    ..Report::from(&error)
                }))
            }
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
    Ok(Exit::Found)
}

/// Compares the wanted schema with the schema that the revisions build, if there is a wanted schema.
fn check_models<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
    checked: &mut Checked,
) -> Result<(), Error> {
    let sql = sql_schema(args.sql_schema.as_deref())?;
    let (source, what) = match &sql {
        Some(sql) => (Source::Sql(sql), "the SQL file"),
        None if model::registered().is_empty() => return Ok(()),
        None => (Source::Models, words::MODELS.to),
    };
    let near = database::named(global)?;
    let request = Request::new().source(source).near(near.as_deref());
    let difference = match autogenerate::autogenerate(migrations, &request) {
        Err(missing @ Error::NoScratch { .. }) => {
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
            differences: words::lines::<B>(
                &difference,
                Sides {
                    to: what,
                    ..words::MODELS
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
    let Some(near) = database::named(global)? else {
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
    let settings = global.settings(None);
    let status = Executor::new(migrations, &settings).status(B::reader(&mut client))?;
    checked.what.push("the applied revisions".to_owned());
    checked.findings.extend(rows(migrations, &status));
    let told = status
        .applied
        .iter()
        .all(|row| !matches!(row.standing, RowStanding::Unknown | RowStanding::Unfinished));
    if told {
        let pending: Vec<String> = status
            .pending
            .iter()
            .map(|row| row.revision.clone())
            .collect();
        let found = crate::lint::pending(migrations, &mut client, Some(&near), &pending)?;
        checked.lints = args.lints.levels.told(found);
        if let Some(finding) = without_history(migrations, &mut client, &status)? {
            checked.what.push("the database".to_owned());
            checked.findings.push(finding);
            return Ok(());
        }
        let difference = autogenerate::drift(migrations, &mut client, Some(&near))?;
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
        checked.lints = levels.told(crate::lint::lint(migrations, None, &|_| false)?);
        checked.lints.retain(|(level, _)| *level == Level::Deny);
    }
    match shadow::replay(migrations, None) {
        Ok(_) => checked
            .what
            .push("a run of all revisions on an empty database".to_owned()),
        Err(missing @ Error::NoScratch { .. }) => ui.note(&format!("not tried: {missing}")),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Returns the problems in the rows of the version table.
fn rows<B: Backend>(migrations: &Migrations<B>, status: &Status) -> Vec<Finding> {
    let odd = status.applied.iter().filter_map(|row| {
        let (kind, message, help) = match row.standing {
            RowStanding::Edited => (
                "checksum_mismatch",
                "was edited after it was applied here",
                "restore the file, and write the changes as a new revision",
            ),
            RowStanding::Unknown => (
                "out_of_sync",
                "is applied, and this build does not know it",
                "run `check` with the build that applied it",
            ),
            RowStanding::Unfinished => (
                "out_of_sync",
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
    odd.collect()
}

fn drifted<B: Backend>(difference: &Difference) -> Option<Finding> {
    let differences = words::lines::<B>(difference, DRIFT);
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
    status: &Status,
) -> Result<Option<Finding>, Error> {
    if !status.applied.is_empty() {
        return Ok(None);
    }
    let live = shadow::inspect::<B>(B::reader(client), migrations.extent())?;
    let tables = baseline::ours(live).tables.len();
    Ok((tables > 0).then(|| Finding {
        kind: "no_history",
        message: format!(
            "the database has {} but no history: it is not known which revisions created them",
            crate::error::counted(tables, "table")
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
