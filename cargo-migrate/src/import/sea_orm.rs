//! Reads migrations of SeaORM: Rust files, which can't be run without their package.

use std::path::Path;

use crate::report::Report;

use super::{Found, Links, Migration, Script, Transaction, date, files, version};

/// The files that list the migrations, in their order.
const LISTS: [&str; 3] = ["lib.rs", "mod.rs", "migrator.rs"];

/// Reads the directory, or the `src` directory in it.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let source = path.join("src");
    let found = read_directory(path)?;
    match found.migrations.is_empty() && source.is_dir() {
        true => read_directory(&source),
        false => Ok(found),
    }
}

fn read_directory(path: &Path) -> Result<Found, Report> {
    let mut found = Found::default();
    let paths = files::files(path)?.into_iter();
    let paths = paths.chain(files::directories(path)?);
    for file in paths.filter(|file| files::is(file, "rs") || file.join("mod.rs").is_file()) {
        let name = files::name(&file);
        let name = name.strip_suffix(".rs").unwrap_or(name);
        let Some(description) = description(name) else {
            continue;
        };
        let to_write = |function: &str| {
            Script::ToWrite(format!(
                "write what `{function}` of {} does",
                file.display()
            ))
        };
        found.migrations.push(Migration {
            version: name.to_owned(),
            name: description.to_owned(),
            date: date::of_version(&name[..16]),
            up: to_write("up"),
            down: to_write("down"),
            transaction: Transaction::Inside,
            links: Links::Linear,
            file: file.clone(),
        });
    }
    found.migrations.sort_by(|a, b| a.version.cmp(&b.version));
    in_listed_order(path, &mut found)?;
    Ok(found)
}

/// Returns the description in a name of the form `m20220101_000001_create_table`.
fn description(name: &str) -> Option<&str> {
    let rest = name.strip_prefix('m')?;
    let (date, rest) = version::digits(rest)?;
    let (time, rest) = version::digits(rest.strip_prefix('_')?)?;
    let description = rest.strip_prefix('_')?;
    (date.len() == 8 && time.len() == 6).then_some(description)
}

/// Sorts the migrations as the migrator lists them, and leaves out those that it does not list.
fn in_listed_order(path: &Path, found: &mut Found) -> Result<(), Report> {
    for list in LISTS {
        let Some(text) = files::text_if_exists(&path.join(list))? else {
            continue;
        };
        let place = |version: &str| text.find(&format!("{version}::"));
        if found
            .migrations
            .iter()
            .all(|one| place(&one.version).is_none())
        {
            continue;
        }
        let unlisted = found
            .migrations
            .extract_if(.., |migration| place(&migration.version).is_none());
        let notes = unlisted
            .map(|migration| format!("{} is not in the list of {list}", migration.file.display()));
        found.notes.extend(notes);
        found
            .migrations
            .sort_by_key(|migration| place(&migration.version));
        return Ok(());
    }
    Ok(())
}
