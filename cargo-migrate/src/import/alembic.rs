//! Reads revisions of Alembic, with their links, and lets Alembic itself render their SQL.

mod rendered;

use std::path::{Path, PathBuf};

use crate::report::Report;

use super::python::{Module, Value};
use super::{Found, Links, Migration, Script, Transaction, date, files};

use rendered::{Direction, Rendered};

/// The directories of revisions below a project's directory, or below the one with `env.py`.
const VERSIONS: [&str; 4] = ["", "versions", "alembic/versions", "migrations/versions"];

/// A revision file.
#[derive(Clone, Debug)]
struct Revision {
    id: String,
    down_revisions: Vec<String>,
    depends_on: Vec<String>,
    branch_labels: Vec<String>,
    file: PathBuf,
    module: Module,
}

/// Reads the directory, and renders its revisions.
pub(super) fn read(path: &Path) -> Result<Found, Report> {
    let mut revisions = find(path)?;
    if revisions.is_empty() {
        return Ok(Found::default());
    }
    resolve(&mut revisions);
    Ok(migrations(oldest_first(revisions), path))
}

/// Returns whether the directory has revisions of Alembic.
pub(super) fn has_revisions(path: &Path) -> bool {
    find(path).is_ok_and(|revisions| !revisions.is_empty())
}

/// Returns the revisions of the first directory that has some.
fn find(path: &Path) -> Result<Vec<Revision>, Report> {
    for below in VERSIONS {
        let directory = path.join(below);
        if !directory.is_dir() {
            continue;
        }
        let revisions = revisions(&directory, below.is_empty())?;
        if !revisions.is_empty() {
            return Ok(revisions);
        }
    }
    Ok(Vec::new())
}

/// Reads the revision files of a directory. A project's own directory may have other Python files below it.
fn revisions(directory: &Path, flat: bool) -> Result<Vec<Revision>, Report> {
    let paths = match flat {
        true => files::files(directory)?,
        false => files::files_below(directory)?,
    };
    let mut found = Vec::new();
    for file in paths.into_iter().filter(|file| files::is(file, "py")) {
        let module = Module::parse(&files::text(&file)?);
        let (Some(Value::Strings(id)), Some(_)) =
            (module.value("revision"), module.value("down_revision"))
        else {
            continue;
        };
        let strings = |name: &str| match module.value(name) {
            None | Some(Value::None) => Ok(Vec::new()),
            Some(Value::Strings(strings)) => Ok(strings),
            Some(Value::Other) => Err(Migration::invalid(
                &file,
                format!("`{name}` of {} is not a literal", file.display()),
            )
            .help("write the revisions as strings, without code")),
        };
        found.push(Revision {
            id: id.concat(),
            down_revisions: strings("down_revision")?,
            depends_on: strings("depends_on")?,
            branch_labels: strings("branch_labels")?,
            file,
            module,
        });
    }
    Ok(found)
}

/// Replaces prefixes of ids, and labels in `depends_on`, by ids.
fn resolve(revisions: &mut [Revision]) {
    let known: Vec<(String, Vec<String>)> = revisions
        .iter()
        .map(|revision| (revision.id.clone(), revision.branch_labels.clone()))
        .collect();
    let full = |name: &mut String| {
        let is = |(id, labels): &&(String, Vec<String>)| id == name || labels.contains(name);
        let starts = |(id, _): &&(String, Vec<String>)| id.starts_with(name.as_str());
        let found = known.iter().find(is).or_else(|| known.iter().find(starts));
        if let Some((id, _)) = found {
            name.clone_from(id);
        }
    };
    for revision in revisions {
        revision.down_revisions.iter_mut().for_each(full);
        revision.depends_on.iter_mut().for_each(full);
    }
}

/// Sorts revisions so that each follows those it is linked to; a cycle stays as it is, and the graph reports it.
fn oldest_first(mut left: Vec<Revision>) -> Vec<Revision> {
    left.sort_by_cached_key(|revision| (created(&revision.module), revision.id.clone()));
    let mut sorted: Vec<Revision> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |revision: &Revision| {
            let links = revision.down_revisions.iter().chain(&revision.depends_on);
            let mut links = links.filter(|id| **id != revision.id);
            links.any(|id| left.iter().any(|other| other.id == *id))
        };
        let next = left.iter().position(|revision| !waits(revision));
        sorted.push(left.remove(next.unwrap_or(0)));
    }
    sorted
}

/// Returns the date in a file's docstring, as digits.
fn created(module: &Module) -> Option<String> {
    let line = module
        .docstring()?
        .lines()
        .find_map(|line| line.trim().strip_prefix("Create Date:"))?;
    let digits: String = line.chars().filter(char::is_ascii_digit).take(14).collect();
    Some(digits)
}

/// Returns the description of a revision: the first line of its docstring, otherwise its file's name.
fn description(revision: &Revision) -> String {
    let docstring = revision.module.docstring().unwrap_or_default();
    let first = docstring
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty());
    match first {
        Some(line) if !line.starts_with("Revision ID:") => line.to_owned(),
        _ => {
            let name = files::name(&revision.file);
            let stem = name.strip_suffix(".py").unwrap_or(name);
            let stem = stem.strip_prefix(&revision.id).unwrap_or(stem);
            stem.trim_matches('_').to_owned()
        }
    }
}

fn migrations(revisions: Vec<Revision>, path: &Path) -> Found {
    let rendered = Rendered::of(&revisions, path);
    let migrations = revisions.iter().map(|revision| {
        let (up, up_outside) = script(revision, Direction::Up, &rendered);
        let (down, down_outside) = script(revision, Direction::Down, &rendered);
        Migration {
            version: revision.id.clone(),
            name: description(revision),
            file: revision.file.clone(),
            date: created(&revision.module)
                .map_or(date::Date::Unknown, |digits| date::of_version(&digits)),
            up,
            down,
            transaction: match up_outside || down_outside {
                true => Transaction::Outside,
                false => Transaction::Inside,
            },
            links: Links::Graph {
                down_revisions: revision.down_revisions.clone(),
                depends_on: revision.depends_on.clone(),
                branch_labels: revision.branch_labels.clone(),
            },
        }
    });
    Found {
        migrations: migrations.collect(),
        notes: rendered.notes.clone(),
    }
}

/// Returns the script of a direction, and whether it runs outside a transaction.
fn script(revision: &Revision, direction: Direction, rendered: &Rendered) -> (Script, bool) {
    let function = direction.function();
    match revision.module.is_empty(function) {
        Some(true) => return (Script::Sql(String::new()), false),
        None if direction == Direction::Down => {
            let reason = "its Alembic revision has no `downgrade`".to_owned();
            return (Script::Missing(reason), false);
        }
        _ => {}
    }
    match rendered.script(&revision.id, direction) {
        Ok(script) => (Script::Sql(script.sql.clone()), script.is_outside),
        Err(reason) => (
            Script::ToWrite(format!(
                "write what `{function}` of {} does: {reason}",
                revision.file.display()
            )),
            false,
        ),
    }
}
