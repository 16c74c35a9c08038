//! Reads migrations of goose: `VERSION_NAME.sql` with `-- +goose` annotations, and `.go` files with code.

use std::path::Path;

use crate::report::Report;

use super::markers::{self, Section};
use super::{Found, Links, Migration, Script, Transaction, date, files, version};

/// Reads the directory.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let mut found = Found::default();
    for file in files::files(path)? {
        let name = files::name(&file);
        let is_code = files::is(&file, "go");
        let Some((digits, description)) = version::digits(name)
            .and_then(|(digits, rest)| Some((digits, rest.strip_prefix('_')?.rsplit_once('.')?.0)))
            .filter(|(_, name)| is_code && !name.ends_with("_test") || files::is(&file, "sql"))
        else {
            continue;
        };
        let (up, down, transaction) = match is_code {
            true => code(&file),
            false => annotated(&file, &files::text(&file)?)?,
        };
        found.migrations.push(Migration {
            version: version::number(digits),
            name: description.to_owned(),
            date: date::of_version(digits),
            up,
            down,
            transaction,
            links: Links::Linear,
            file,
        });
    }
    found
        .migrations
        .sort_by_key(|migration| version::key(&migration.version));
    Ok(found)
}

fn code(file: &Path) -> (Script, Script, Transaction) {
    let to_write = |function: &str| {
        Script::ToWrite(format!(
            "write what the {function} function of {} does",
            file.display()
        ))
    };
    (to_write("up"), to_write("down"), Transaction::Inside)
}

/// Reads the annotations of an SQL migration.
fn annotated(file: &Path, text: &str) -> Result<(Script, Script, Transaction), Report> {
    let sections = markers::sections(text, marker);
    let all = |wanted: Part| {
        let parts = sections
            .iter()
            .filter(|section| section.direction == wanted);
        let texts: Vec<&str> = parts.map(|section| section.text.as_str()).collect();
        (!texts.is_empty()).then(|| texts.concat())
    };
    let Some(up) = all(Part::Up) else {
        return Err(Migration::invalid(
            file,
            format!("{} has no line `-- +goose Up`", file.display()),
        )
        .help("add the line, or check `--from`"));
    };
    let script = |direction: &str, sql: String| match markers::has_line(text, is_envsub) {
        true => Script::ToWrite(format!(
            "write the {direction} SQL of {}: it contains names of environment variables, which goose replaces",
            file.display()
        )),
        false => Script::Sql(sql),
    };
    let down = match all(Part::Down) {
        Some(down) => script("down", down),
        None => Script::Missing("its goose migration has no `-- +goose Down`".to_owned()),
    };
    let transaction = match markers::has_line(text, |line| is(line, "NO TRANSACTION")) {
        true => Transaction::Outside,
        false => Transaction::Inside,
    };
    Ok((script("up", up), down, transaction))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Up,
    Down,
}

/// Returns the section that a line starts. Other annotations stay in the text, where they are comments.
fn marker(line: &str) -> Option<Section<Part>> {
    match line {
        line if is(line, "Up") => Some(Section::new(Part::Up, "")),
        line if is(line, "Down") => Some(Section::new(Part::Down, "")),
        _ => None,
    }
}

fn is_envsub(line: &str) -> bool {
    is(line, "ENVSUB ON")
}

/// Returns whether a line is this annotation.
fn is(line: &str, annotation: &str) -> bool {
    let words = || {
        let rest = line.strip_prefix("--")?.trim().strip_prefix("+goose")?;
        Some(rest.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    words().is_some_and(|words| words.eq_ignore_ascii_case(annotation))
}
