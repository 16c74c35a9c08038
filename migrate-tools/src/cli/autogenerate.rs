//! Implements `autogenerate`, which `cargo migrate revision` runs to get the text of a new revision.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::autogenerate::{self, Request, Source};
use crate::baseline;
use crate::lint::{Finding, lint_operations};
use crate::model_source;
use crate::scratch;
use crate::scratch::ScratchDatabase;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::Executor;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;
use migrate_schema::diff::{Hints, RenameCandidate, Renamed, SchemaDiff};
use migrate_schema::operation::Operation;
use migrate_schema::render;

use super::args::Global;
use super::database;
use super::lint::{self, LeveledFinding, LintLevels};
use super::ui::Ui;

/// Generate the text of a revision that turns the schema of the revisions into the wanted one
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Args {
    /// Treat this as a rename: OLD=NEW for a table, TABLE.OLD=NEW for a column
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<Pair>,

    /// Do not treat this as a rename
    #[arg(long, value_name = "OLD=NEW")]
    no_rename: Vec<Pair>,

    /// Drop this table
    #[arg(long, value_name = "NAME")]
    drop_table: Vec<String>,

    /// Schema to compare the wanted one with
    #[arg(long, value_name = "WHAT", default_value = "revisions")]
    against: Against,

    /// File of SQL that creates the desired schema, instead of the models
    #[arg(long, value_name = "PATH")]
    sql_schema: Option<PathBuf>,

    /// Use the live database as the desired schema
    #[arg(long, conflicts_with_all = ["against", "sql_schema"])]
    from_drift: bool,

    /// Generate the first revision and models from a live database that has no history
    #[arg(long, conflicts_with_all = ["against", "sql_schema", "from_drift"])]
    first: bool,

    #[command(flatten)]
    lints: LintLevels,
}

/// The schema that the wanted one is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Against {
    /// The schema that the revisions build on a scratch database
    Revisions,
    /// The live database
    Database,
}

/// A rename of a table or of a column.
#[derive(Debug, Clone)]
struct Pair {
    table: Option<String>,
    renamed: Renamed,
}

impl std::str::FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Pair, String> {
        let wrong = || "write OLD=NEW for a table, TABLE.OLD=NEW for a column".to_owned();
        let (old, new) = text.split_once('=').ok_or_else(wrong)?;
        let (table, old) = match old.rsplit_once('.') {
            Some((table, old)) => (Some(table), old),
            None => (None, old),
        };
        // The new name may repeat the table.
        let new = table
            .and_then(|table| new.strip_prefix(table)?.strip_prefix('.'))
            .unwrap_or(new);
        if [old, new].contains(&"") || table == Some("") {
            return Err(wrong());
        }
        Ok(Pair {
            table: table.map(str::to_owned),
            renamed: Renamed::new(old, new),
        })
    }
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let document = match args.first {
        true => first(migrations, global)?,
        false => {
            let mut difference = difference(migrations, args, global)?;
            let lints = lints(migrations, global, &difference)?;
            let lints = args.lints.levels.apply(lints);
            let heads = migrations.graph()?.heads();
            let heads: Vec<String> = heads.map(|head| head.id.to_string()).collect();
            let first = difference.take_first();
            let mut document = document(&difference, &heads, &lints);
            if !first.is_empty() {
                document["first"] = operations(first);
            }
            if args.from_drift {
                document["next"] = next(migrations, global)?.into();
            }
            document
        }
    };
    let up = document["up"].as_str().unwrap_or_default().to_owned();
    ui.answer(|| document, || up);
    Ok(ExitStatus::Success)
}

fn first<B: Backend>(migrations: &Migrations<B>, global: &Global) -> Result<Value, Error> {
    let mut client = live(migrations, global)?;
    let scratch_server = database::named(global)?;
    scratch::extent(migrations, scratch_server.as_deref())?;
    let first =
        baseline::generate_initial_revision(migrations, &mut client, &global.run_options(None))?;
    let models = model_source::models::<B>(&first.schema);
    let mut document = document(&first.difference, &[], &[]);
    document["tool"] = json!(first.tool.map(baseline::Tool::name));
    document["models"] = models.text.into();
    document["skipped"] = json!(models.left_out);
    document["histories"] = json!(first.histories);
    document["tables_with_rows"] = json!(first.tables_with_rows);
    document["application_settings"] = json!(first.application_settings);
    Ok(document)
}

/// Returns what to do with a revision whose changes the database already has.
fn next<B: Backend>(migrations: &Migrations<B>, global: &Global) -> Result<&'static str, Error> {
    let mut client = live(migrations, global)?;
    let options = global.run_options(None);
    let status = Executor::new(migrations, &options).status(B::reader(&mut client))?;
    Ok(match status.applied.is_empty() {
        true => {
            "`cargo migrate baseline heads`: the database already has the changes, and this command \
             compares and records them"
        }
        false => {
            "`cargo migrate stamp heads`: this database already has the changes; run `upgrade` for other databases"
        }
    })
}

fn difference<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
) -> Result<SchemaDiff, Error> {
    let scratch_server = database::named(global)?;
    let scratch_server = scratch_server.as_deref();
    if args.from_drift {
        let mut client = live(migrations, global)?;
        return autogenerate::drift_at_heads(
            migrations,
            &mut client,
            &args.hints(),
            scratch_server,
        );
    }
    let sql = sql_schema(args.sql_schema.as_deref())?;
    let source = match (&sql, migrations.schema_builder()) {
        (Some(sql), _) => Source::Sql(sql),
        (None, Some(builder)) => Source::Built(builder),
        (None, None) if migrations.models()?.is_empty() => return Err(Error::NoModels),
        (None, None) => Source::Models,
    };
    let request = Request::new()
        .source(source)
        .hints(args.hints())
        .scratch_server(scratch_server);
    let found = match args.against {
        Against::Revisions => autogenerate::compare(migrations, &request),
        Against::Database => {
            let mut client = live(migrations, global)?;
            autogenerate::against_database(migrations, &mut client, &request)
        }
    };
    found.map_err(|error| in_file(error, args.sql_schema.as_deref()))
}

/// Adds the file to an error about one of its lines.
pub(super) fn in_file(error: Error, path: Option<&Path>) -> Error {
    match (error, path) {
        (
            Error::InvalidDesiredSchema {
                cause,
                help,
                table,
                place,
            },
            Some(path),
        ) => {
            let path = path.display();
            let line = place
                .as_deref()
                .and_then(|place| place.strip_prefix("line "));
            let place = Some(match line {
                Some(line) => format!("{path}:{line}"),
                None => path.to_string(),
            });
            Error::InvalidDesiredSchema {
                cause,
                help,
                table,
                place,
            }
        }
        (error, _) => error,
    }
}

/// Returns the lint findings in the operations, if a scratch database is available.
fn lints<B: Backend>(
    migrations: &Migrations<B>,
    global: &Global,
    difference: &SchemaDiff,
) -> Result<Vec<Finding>, Error> {
    if difference.operations.is_empty() || !difference.rename_candidates.is_empty() {
        return Ok(Vec::new());
    }
    let scratch_server = database::named(global)?;
    let mut scratch = ScratchDatabase::replayed(migrations, scratch_server.as_deref(), "heads")?;
    lint_operations::<B>(B::reader(scratch.client()), &difference.operations)
}

/// Reads the SQL file that defines the desired schema, if one is given.
pub(super) fn sql_schema(path: Option<&Path>) -> Result<Option<String>, Error> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| Error::File {
            action: "read",
            path: path.to_owned(),
            reason: error.to_string(),
        })
    };
    path.map(read).transpose()
}

/// Opens the live database, which must exist.
fn live<B: Backend>(migrations: &Migrations<B>, global: &Global) -> Result<B::Client, Error> {
    database::open_to_read(migrations, global)?.ok_or(Error::DatabaseNotFound)
}

impl Args {
    fn hints(&self) -> Hints {
        let mut hints = Hints::default();
        for Pair { table, renamed } in self.rename.iter().cloned() {
            match table {
                None => hints.tables.push(renamed),
                Some(table) => hints.columns.push((table, renamed)),
            }
        }
        let refused = self.no_rename.iter().cloned();
        hints.refused = refused
            .map(|Pair { table, renamed }| question(table, renamed))
            .collect();
        hints.drop_tables.clone_from(&self.drop_table);
        hints
    }
}

fn question(table: Option<String>, renamed: Renamed) -> RenameCandidate {
    let Renamed { from, to } = renamed;
    match table {
        None => RenameCandidate::RenameTable { from, to, score: 0 },
        Some(table) => RenameCandidate::RenameColumn {
            table,
            from,
            to,
            score: 0,
        },
    }
}

/// Returns the operations that need a revision of their own before the others.
fn operations(operations: Vec<Operation>) -> Value {
    let bodies = render::revision_body(&operations);
    let difference = SchemaDiff {
        operations,
        ..SchemaDiff::default()
    };
    let mut document = to_json(&difference);
    document["up"] = bodies.up.into();
    document["down"] = bodies.down.into();
    document
}

fn document(difference: &SchemaDiff, heads: &[String], lints: &[LeveledFinding]) -> Value {
    let bodies = render::revision_body(&difference.operations);
    let mut document = to_json(difference);
    document["up"] = bodies.up.into();
    document["down"] = bodies.down.into();
    document["heads"] = json!(heads);
    document["lints"] = lint::document(lints);
    document
}

/// Returns the difference as JSON: `operations`, `notes`, `questions` and `unmanaged_tables`.
fn to_json(difference: &SchemaDiff) -> Value {
    let operations: Vec<_> = difference
        .operations
        .iter()
        .map(|operation| {
            json!({ "title": operation.title(), "compatibility": operation.compatibility().as_str() })
        })
        .collect();
    let notes: Vec<_> = difference
        .unresolved
        .iter()
        .map(|note| json!({ "message": note.message(), "help": note.help() }))
        .collect();
    let questions = difference.rename_candidates.iter();
    json!({
        "operations": operations,
        "notes": notes,
        "questions": questions.map(question_json).collect::<Vec<_>>(),
        "unmanaged_tables": difference.unmanaged_tables,
    })
}

fn question_json(question: &RenameCandidate) -> Value {
    match question {
        RenameCandidate::RenameTable { from, to, score } => {
            json!({ "rename": "table", "from": from, "to": to, "score": score })
        }
        RenameCandidate::RenameColumn {
            table,
            from,
            to,
            score,
        } => {
            json!({ "rename": "column", "table": table, "from": from, "to": to, "score": score })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_names_a_table_or_a_column() {
        let read = |text: &str| {
            let pair: Pair = text.parse().unwrap();
            (pair.table, pair.renamed.from, pair.renamed.to)
        };
        let of = |table: Option<&str>, from: &str, to: &str| {
            (table.map(str::to_owned), from.to_owned(), to.to_owned())
        };
        assert_eq!(read("user=users"), of(None, "user", "users"));
        assert_eq!(read("users.a=b"), of(Some("users"), "a", "b"));
        assert_eq!(read("users.a=users.b"), of(Some("users"), "a", "b"));
        assert_eq!(read("a.b.c=d"), of(Some("a.b"), "c", "d"));
        for wrong in ["", "a", "=b", "a=", ".a=b", "t.=b"] {
            assert!(wrong.parse::<Pair>().is_err(), "{wrong}");
        }
    }
}
