//! Implements the runner's `dump` command.

use std::path::Path;

use serde_json::{Value, json};

use crate::baseline;
use crate::dump::{differing_lines, sql};
use crate::model_source;
use crate::scratch::{self, ScratchDatabase};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;
use migrate_schema::schema::{Schema, Table};

use super::args::Global;
use super::database;
use super::ui::Ui;

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &migrate_cli::Dump,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let schema = baseline::ours(schema(migrations, args, global)?);
    let text = match args.models {
        true => model_source::models::<B>(&B::normalize(schema.clone())).text,
        false => sql::<B>(&schema),
    };
    if let Some(path) = &args.check {
        return check(&text, path, ui);
    }
    if let Some(path) = &args.output {
        std::fs::write(path, &text).map_err(|error| Error::File {
            action: "write",
            path: path.clone(),
            reason: error.to_string(),
        })?;
        ui.note(&format!("wrote {}", path.display()));
        ui.answer(
            || json!({ "file": path.display().to_string() }),
            String::new,
        );
        return Ok(ExitStatus::Success);
    }
    let tables = schema.all().flat_map(|(name, one)| {
        one.tables.iter().map(move |it| {
            let mut document = table(it);
            if let Some(name) = name {
                document["schema"] = json!(name);
            }
            document
        })
    });
    let what = if args.models { "models" } else { "sql" };
    ui.answer(
        || json!({ what: text, "tables": tables.collect::<Vec<_>>() }),
        || text.clone(),
    );
    Ok(ExitStatus::Success)
}

fn schema<B: Backend>(
    migrations: &Migrations<B>,
    args: &migrate_cli::Dump,
    global: &Global,
) -> Result<Schema, Error> {
    let scratch_server = database::url(global).ok();
    let extent = scratch::extent(migrations, scratch_server.as_deref())?;
    if args.replay {
        let mut scratch = ScratchDatabase::new(migrations, scratch_server.as_deref())?;
        scratch.upgrade(migrations, "heads")?;
        return scratch.inspect(extent);
    }
    let mut client = database::open_to_read(migrations, global)?.ok_or(Error::DatabaseNotFound)?;
    scratch::inspect::<B>(B::reader(&mut client), extent)
}

fn check(text: &str, path: &Path, ui: &Ui) -> Result<ExitStatus, Error> {
    let existing = std::fs::read_to_string(path).map_err(|error| Error::File {
        action: "read",
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let lines = differing_lines(&existing, text);
    ui.note(&match lines.len() {
        0 => format!("{} matches the schema", path.display()),
        _ => format!("{} (-) differs from the schema (+)", path.display()),
    });
    let shown: String = lines.iter().map(|line| format!("{line}\n")).collect();
    ui.answer(
        || json!({ "same": lines.is_empty(), "differences": lines }),
        || shown,
    );
    Ok(if lines.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    })
}

fn table(table: &Table) -> Value {
    let keys = table.primary_key.iter().flat_map(|key| &key.columns);
    let keys: Vec<&String> = keys.collect();
    let columns = table.columns.iter().map(|column| {
        json!({
            "name": column.name,
            "type": column.data_type.to_string(),
            "not_null": column.not_null,
            "primary_key": column.primary_key || keys.contains(&&column.name),
        })
    });
    let table_keys = table
        .foreign_keys
        .iter()
        .map(|key| (key.columns.clone(), key));
    let column_keys = table.columns.iter().filter_map(|column| {
        let key = column.references.as_ref()?;
        Some((vec![column.name.clone()], key))
    });
    let foreign_keys = table_keys.chain(column_keys).map(|(columns, key)| {
        json!({ "columns": columns, "table": key.table, "references": key.references })
    });
    json!({
        "name": table.name,
        "columns": columns.collect::<Vec<_>>(),
        "foreign_keys": foreign_keys.collect::<Vec<_>>(),
    })
}
