//! Reads migrations of sqlx: `VERSION_NAME.sql`, or `.up.sql` and `.down.sql`.

use std::path::Path;

use crate::report::Report;

use super::{Found, Links, Migration, Script, Transaction, date, files, version};

/// The first line of a migration that sqlx runs outside a transaction.
const OUTSIDE: &str = "-- no-transaction";

/// Reads the directory.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let mut found = Found::default();
    let paths = files::files(path)?;
    for file in paths.iter().filter(|file| files::is(file, "sql")) {
        let name = files::name(file);
        let stem = &name[..name.len() - ".sql".len()];
        if stem.ends_with(".down") {
            continue;
        }
        let (stem, reversible) = match stem.strip_suffix(".up") {
            Some(stem) => (stem, true),
            None => (stem, false),
        };
        let Some((digits, description)) = version::digits(stem)
            .and_then(|(digits, rest)| Some((digits, rest.strip_prefix('_')?)))
        else {
            found.notes.push(format!(
                "{} is not a migration: its name has no version",
                file.display()
            ));
            continue;
        };
        let up = files::text(file)?;
        let down = match reversible {
            true => files::text_if_exists(&file.with_file_name(format!("{stem}.down.sql")))?,
            false => None,
        };
        found.migrations.push(Migration {
            version: version::number(digits),
            name: description.to_owned(),
            file: file.clone(),
            date: date::of_version(digits),
            transaction: match up.starts_with(OUTSIDE) {
                true => Transaction::Outside,
                false => Transaction::Inside,
            },
            up: Script::Sql(up),
            down: down.map_or_else(
                || Script::Missing("its sqlx migration has no `.down.sql`".to_owned()),
                Script::Sql,
            ),
            links: Links::Linear,
        });
    }
    found
        .migrations
        .sort_by_key(|migration| version::key(&migration.version));
    Ok(found)
}
