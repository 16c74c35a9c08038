//! Recognizes the compiler's errors about a `query!` of sqlx, which is checked against a database while the program
//! compiles.
//!
//! The build that failed has printed its errors already. Another build, without output, returns their texts.

use std::fs;
use std::io::BufReader;
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;

use crate::project::Project;

/// The entry in Cargo.lock of the crate that checks queries.
const CHECKER: &str = "name = \"sqlx-macros\"";

/// The reason why a query was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckedQuery {
    /// The database has another schema: probably, revisions are not applied.
    Schema,
    /// There is no database, and no data of `cargo sqlx prepare`.
    NoDatabase,
}

impl CheckedQuery {
    /// Returns the cause.
    pub(super) fn note(self) -> &'static str {
        match self {
            Self::Schema => {
                "`query!` of sqlx checks its SQL while the program compiles, on the database before the pending revisions run"
            }
            Self::NoDatabase => {
                "`query!` of sqlx checks its SQL while the program compiles, and finds no usable database or cached data"
            }
        }
    }

    /// Returns the way out.
    pub(super) fn help(self, project: &Project) -> String {
        format!(
            "put the revisions into a crate that builds without `query!`, and move those of `{}` there: `cargo migrate \
             init --crate DIR`, described in docs/revision-crate.md",
            project.name
        )
    }
}

/// Returns the reason why the program of `build` does not compile, if a query is the reason.
pub(super) fn found(project: &Project, build: impl FnOnce() -> Command) -> Option<CheckedQuery> {
    let lock = fs::read_to_string(project.workspace_root.join("Cargo.lock")).ok()?;
    if !lock.contains(CHECKER) {
        return None;
    }
    let mut process = build();
    process
        .arg("--quiet")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = process.spawn().ok()?;
    let stdout = child.stdout.take().map(BufReader::new)?;
    let mut found = None;
    for message in Message::parse_stream(stdout).map_while(Result::ok) {
        if let Message::CompilerMessage(message) = message
            && message.message.level == DiagnosticLevel::Error
        {
            found = found.or(reason(&message.message.message));
        }
    }
    let _ = child.wait();
    found
}

/// Recognizes a text of sqlx.
fn reason(message: &str) -> Option<CheckedQuery> {
    const NO_DATABASE: [&str; 4] = [
        "`DATABASE_URL`",
        "`SQLX_OFFLINE",
        "error communicating with database",
        "unable to open database file",
    ];
    if NO_DATABASE.iter().any(|text| message.contains(text)) {
        return Some(CheckedQuery::NoDatabase);
    }
    let schema = message.contains("error returned from database: ");
    schema.then_some(CheckedQuery::Schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_sqlx_are_recognized() {
        for (message, expected) in [
            (
                "error returned from database: column \"nick\" does not exist",
                Some(CheckedQuery::Schema),
            ),
            (
                "error returned from database: (code: 1) no such column: nick",
                Some(CheckedQuery::Schema),
            ),
            (
                "error returned from database: 1054 (42S22): Unknown column 'nick' in 'SELECT'",
                Some(CheckedQuery::Schema),
            ),
            (
                "error returned from database: (code: 14) unable to open database file",
                Some(CheckedQuery::NoDatabase),
            ),
            (
                "set `DATABASE_URL` to use query macros online, or run `cargo sqlx prepare` to update the query cache",
                Some(CheckedQuery::NoDatabase),
            ),
            (
                "`SQLX_OFFLINE=true` but there is no cached data for this query, run `cargo sqlx prepare`",
                Some(CheckedQuery::NoDatabase),
            ),
            ("cannot find value `x` in this scope", None),
        ] {
            assert_eq!(reason(message), expected, "{message}");
        }
    }
}
