//! Runs `alembic upgrade --sql` and `alembic downgrade --sql`, and finds the SQL of each revision in their output.
//!
//! Alembic runs offline: it connects to no database. It runs the project's own `env.py`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::sql::{self, Statement, Strings};
use super::Revision;

/// The table that Alembic itself writes.
const TABLE: &str = "ALEMBIC_VERSION";

/// One of the two functions of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Up,
    Down,
}

impl Direction {
    /// Returns the name of the function.
    pub(super) fn function(self) -> &'static str {
        match self {
            Self::Up => "upgrade",
            Self::Down => "downgrade",
        }
    }
}

/// The SQL of one direction of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RenderedScript {
    pub(super) sql: String,
    /// Whether a part of it runs outside a transaction.
    pub(super) is_outside: bool,
}

/// The SQL of all revisions, as far as Alembic could render it.
#[derive(Clone, Debug, Default)]
pub(super) struct Rendered {
    scripts: HashMap<(String, Direction), Result<RenderedScript, String>>,
    pub(super) notes: Vec<String>,
}

impl Rendered {
    /// Renders revisions in the project that contains `path`.
    pub(super) fn of(revisions: &[Revision], path: &Path) -> Self {
        let mut rendered = Self::default();
        let Some(project) = project(path) else {
            let note = "the SQL was not rendered: no directory above has an `alembic.ini`";
            rendered.notes.push(note.to_owned());
            return rendered;
        };
        for direction in [Direction::Up, Direction::Down] {
            match run(&project, direction, whole(direction)) {
                Ok(output) => rendered.add(&output.sql, direction),
                Err(Failure::NotInstalled) => {
                    let note =
                        "the SQL was not rendered: `alembic` is not installed, or not in PATH";
                    rendered.notes.push(note.to_owned());
                    return rendered;
                }
                Err(Failure::Failed(_)) => rendered.one_by_one(revisions, direction, &project),
            }
        }
        rendered
    }

    /// Renders each revision by itself, so that one that fails does not prevent the others.
    fn one_by_one(&mut self, revisions: &[Revision], direction: Direction, project: &Path) {
        for revision in revisions {
            if revision.module.is_empty(direction.function()) != Some(false) {
                continue;
            }
            let key = (revision.id.clone(), direction);
            let Some(range) = range(revision, direction) else {
                let reason = "Alembic renders no merge by itself".to_owned();
                self.scripts.insert(key, Err(reason));
                continue;
            };
            match run(project, direction, &range) {
                Ok(output) => self.add(&output.sql, direction),
                Err(Failure::Failed(reason)) => {
                    self.scripts.insert(key, Err(reason));
                }
                Err(Failure::NotInstalled) => {}
            }
        }
    }

    fn add(&mut self, output: &str, direction: Direction) {
        for (id, text) in sections(output, direction) {
            let script = script(&text);
            self.scripts.entry((id, direction)).or_insert(Ok(script));
        }
    }

    /// Returns the SQL of a revision, or why there is none.
    pub(super) fn script(&self, id: &str, direction: Direction) -> Result<&RenderedScript, String> {
        match self.scripts.get(&(id.to_owned(), direction)) {
            Some(Ok(script)) => Ok(script),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err("Alembic did not render it".to_owned()),
        }
    }
}

/// Returns the directory with `alembic.ini`: this one, or one above it. Flask-Migrate keeps it beside `env.py`.
fn project(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    let below = ["", "migrations"].map(|name| path.join(name));
    let mut directories = below
        .iter()
        .map(PathBuf::as_path)
        .chain(path.ancestors().skip(1).take(5));
    directories
        .find(|directory| directory.join("alembic.ini").is_file())
        .map(Path::to_owned)
}

fn whole(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "heads",
        Direction::Down => "heads:base",
    }
}

/// Returns the range of a single revision, or `None` for a merge.
fn range(revision: &Revision, direction: Direction) -> Option<String> {
    let id = &revision.id;
    match (&revision.down_revisions[..], direction) {
        ([], Direction::Up) => Some(id.clone()),
        ([], Direction::Down) => Some(format!("{id}:base")),
        ([down], Direction::Up) => Some(format!("{down}:{id}")),
        ([down], Direction::Down) => Some(format!("{id}:{down}")),
        _ => None,
    }
}

struct Output {
    sql: String,
}

enum Failure {
    NotInstalled,
    /// The last line of Alembic's error.
    Failed(String),
}

fn run(project: &Path, direction: Direction, range: &str) -> Result<Output, Failure> {
    let output = Command::new("alembic")
        .args([direction.function(), range, "--sql"])
        .current_dir(project)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| Failure::NotInstalled)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let last = words.lines().map(str::trim).rfind(|line| !line.is_empty());
        let reason = last.unwrap_or("it printed no error").to_owned();
        return Err(Failure::Failed(format!("`alembic --sql` failed: {reason}")));
    }
    let sql = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    Ok(Output { sql })
}

/// Returns the parts of Alembic's output with the ids of their revisions.
fn sections(output: &str, direction: Direction) -> Vec<(String, String)> {
    let start = format!("-- Running {} ", direction.function());
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in output.split_inclusive('\n') {
        let ends = line
            .strip_prefix(&start)
            .and_then(|rest| rest.split_once("->"));
        match (ends, sections.last_mut()) {
            (Some((from, to)), _) => {
                let id = match direction {
                    Direction::Up => to,
                    Direction::Down => from,
                };
                sections.push((id.trim().to_owned(), String::new()));
            }
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => {}
        }
    }
    sections
}

/// Returns the SQL of a section without what Alembic adds: its transactions, and the rows of its own table.
fn script(text: &str) -> RenderedScript {
    let statements = sql::statements(text, Strings::Standard);
    let is_own = |statement: &Statement| {
        let verbs = ["INSERT", "UPDATE", "DELETE", "CREATE", "DROP"];
        let first = statement
            .words
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        verbs.contains(&first) && statement.words.iter().take(4).any(|word| word == TABLE)
    };
    let mut script = RenderedScript::default();
    let (mut committed, mut from) = (false, 0);
    for statement in &statements {
        let range = statement.range.clone();
        let before = &text[from..range.start];
        from = range.end;
        if statement.control().is_some() {
            committed |= statement.control() == Some(sql::Control::Commit);
        } else if !is_own(statement) {
            script.is_outside |= committed;
            script.sql.push_str(before);
            script.sql.push_str(&text[range]);
        }
    }
    let trimmed = script.sql.trim();
    script.sql = match trimmed.is_empty() {
        true => String::new(),
        false => format!("{trimmed}\n"),
    };
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL
);

-- Running upgrade  -> a1

CREATE TABLE t (a INTEGER);

INSERT INTO alembic_version (version_num) VALUES ('a1');

-- Running upgrade a1 -> b2

COMMIT;

CREATE INDEX CONCURRENTLY i ON t (a);

BEGIN;

UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';

-- Running upgrade b2, c3 -> m4

UPDATE alembic_version SET version_num='m4' WHERE alembic_version.version_num = 'b2';

COMMIT;
";

    #[test]
    fn each_revision_has_its_own_statements_only() {
        let mut rendered = Rendered::default();
        rendered.add(OUTPUT, Direction::Up);
        let script = |id| rendered.script(id, Direction::Up).unwrap().clone();
        assert_eq!(
            script("a1"),
            RenderedScript {
                sql: "CREATE TABLE t (a INTEGER);\n".to_owned(),
                is_outside: false
            }
        );
        assert_eq!(
            script("b2"),
            RenderedScript {
                sql: "CREATE INDEX CONCURRENTLY i ON t (a);\n".to_owned(),
                is_outside: true
            }
        );
        assert_eq!(script("m4"), RenderedScript::default());
        assert!(rendered.script("b2", Direction::Down).is_err());
    }

    #[test]
    fn a_downgrade_is_that_of_the_revision_it_leaves() {
        let text = "-- Running downgrade b2 -> a1\n\nDROP TABLE u;\n\n-- Running downgrade a1 -> \n\nDROP TABLE t;\n";
        let found = sections(text, Direction::Down);
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["b2", "a1"]);
    }
}
