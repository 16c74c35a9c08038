//! Reads migrations of Diesel: directories with `up.sql`, `down.sql` and `metadata.toml`.

use std::path::Path;

use crate::report::Report;

use super::{Found, Links, Migration, Script, Transaction, date, files};

/// Reads the directory.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let mut found = Found::default();
    for directory in files::directories(path)? {
        let Some(up) = files::text_if_exists(&directory.join("up.sql"))? else {
            continue;
        };
        let name = files::name(&directory);
        let (version, description) = name.split_once('_').unwrap_or((name, ""));
        if version.is_empty() {
            found.notes.push(format!(
                "{} is not a migration: its name has no version",
                directory.display()
            ));
            continue;
        }
        let down = files::text_if_exists(&directory.join("down.sql"))?;
        found.migrations.push(Migration {
            // As Diesel writes it to its table.
            version: version.replace('-', ""),
            name: description.to_owned(),
            date: date::of_version(version),
            up: Script::Sql(up),
            down: down.map_or_else(
                || Script::Missing("its Diesel migration has no `down.sql`".to_owned()),
                Script::Sql,
            ),
            transaction: transaction(&directory.join("metadata.toml"))?,
            links: Links::Linear,
            file: directory,
        });
    }
    found.migrations.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(found)
}

/// Reads the settings of a migration.
fn transaction(path: &Path) -> Result<Transaction, Report> {
    let Some(text) = files::text_if_exists(path)? else {
        return Ok(Transaction::Inside);
    };
    let settings: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| {
            Migration::invalid(path, format!("{} is not TOML", path.display()))
                .note(error.message().to_owned())
                .help("correct the file")
        })?;
    let inside = settings.get("run_in_transaction");
    Ok(match inside.and_then(toml_edit::Item::as_bool) {
        Some(false) => Transaction::Outside,
        _ => Transaction::Inside,
    })
}
