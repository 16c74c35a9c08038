//! Creates graphs from literals, for tests: `graph("a; b <- a; m [label] <- b, c after d; s replaces a, b")`.

use std::path::PathBuf;

use crate::{BranchLabel, Created, Revision, RevisionGraph, RevisionId};

/// Returns the revisions that `text` describes, each one second newer than the previous one.
///
/// Revisions are separated by `;`: an id, then optionally `[labels]`, `<- parents`, `after dependencies` and
/// `replaces others`, each a list separated by commas.
///
/// # Panics
///
/// If `text` does not have this format.
pub fn revisions(text: &str) -> Vec<Revision> {
    let parts = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .enumerate()
        .map(|(age, part)| revision(part, age))
        .collect()
}

/// Returns the graph that `text` describes, in the format of [`revisions`].
///
/// # Panics
///
/// If `text` does not have this format, or does not describe a valid graph.
pub fn graph(text: &str) -> RevisionGraph {
    RevisionGraph::new(revisions(text))
        .unwrap_or_else(|diagnostics| panic!("{text}: {diagnostics:?}"))
}

fn revision(part: &str, age: usize) -> Revision {
    let (part, replaces) = part.split_once(" replaces ").unwrap_or((part, ""));
    let (part, depends_on) = part.split_once(" after ").unwrap_or((part, ""));
    let (part, down_revisions) = part.split_once("<-").unwrap_or((part, ""));
    let (id, labels) = part.split_once('[').unwrap_or((part, ""));
    let id = parse_id(id.trim());
    Revision {
        file: PathBuf::from(format!("{id}.rs")),
        message: format!("message of {id}"),
        id,
        down_revisions: names(down_revisions).map(parse_id).collect(),
        depends_on: names(depends_on).map(parse_id).collect(),
        replaces: names(replaces).map(parse_id).collect(),
        branch_labels: names(labels.trim().trim_end_matches(']'))
            .map(parse_label)
            .collect(),
        created: created(age),
        transaction: true,
    }
}

fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

fn parse_id(name: &str) -> RevisionId {
    RevisionId::new(name).unwrap_or_else(|error| panic!("{error}"))
}

fn parse_label(name: &str) -> BranchLabel {
    BranchLabel::new(name).unwrap_or_else(|error| panic!("{error}"))
}

fn created(age: usize) -> Created {
    let (days, hours, minutes, seconds) = (age / 86_400, age / 3_600 % 24, age / 60 % 60, age % 60);
    let text = format!(
        "2026-01-{:02}T{hours:02}:{minutes:02}:{seconds:02}Z",
        1 + days
    );
    Created::parse(&text).unwrap_or_else(|| panic!("{text} is no date"))
}
