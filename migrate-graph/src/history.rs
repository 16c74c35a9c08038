//! Lists the revisions for `history`, `heads` and `current` as [`Entry`] values, newest first.
//!
//! It must not print or color anything.

use std::fmt;

use crate::applied::members;
use crate::{Applied, BranchLabel, Revision, RevisionGraph, RevisionId};

/// A mark of a revision in `history`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// No revision follows it.
    Head,
    /// It is a head of the applied revisions.
    Current,
    /// Several revisions follow it.
    BranchPoint,
    /// It follows several revisions.
    MergePoint,
}

impl Mark {
    /// Returns the text of the mark, without parentheses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Current => "current",
            Self::BranchPoint => "branchpoint",
            Self::MergePoint => "mergepoint",
        }
    }
}

/// A revision with the details that `history` shows; `Display` prints one line in Alembic's format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'g> {
    /// The revision.
    pub revision: &'g Revision,
    /// The labels of its branch.
    pub branches: Vec<&'g BranchLabel>,
    /// The revisions that follow it, if there are several.
    pub branches_into: Vec<&'g RevisionId>,
    /// Its marks.
    pub marks: Vec<Mark>,
}

/// Returns the entries of `ids`, newest first; `applied` marks the current ones, if it is known.
pub fn entries<'g>(
    graph: &'g RevisionGraph,
    ids: &[RevisionId],
    applied: Option<&Applied>,
) -> Vec<Entry<'g>> {
    let mut selected = vec![false; graph.len()];
    for i in ids.iter().filter_map(|id| graph.position(id.as_str())) {
        selected[i] = true;
    }
    let mut is_current = vec![false; graph.len()];
    for i in applied
        .into_iter()
        .flat_map(|applied| graph.tips(applied.set()))
    {
        is_current[i] = true;
    }
    let mut branches = graph.branch_labels();
    let revisions: Vec<&Revision> = graph.iter().collect();
    let entry = |i: usize| {
        let revision = revisions[i];
        let marks = [
            (graph.next(i).is_empty(), Mark::Head),
            (is_current[i], Mark::Current),
            (graph.next(i).len() > 1, Mark::BranchPoint),
            (revision.is_merge(), Mark::MergePoint),
        ];
        Entry {
            revision,
            branches: std::mem::take(&mut branches[i]),
            branches_into: match graph.next(i) {
                [] | [_] => Vec::new(),
                next => next.iter().map(|&i| graph.id(i)).collect(),
            },
            marks: marks
                .into_iter()
                .filter(|(marked, _)| *marked)
                .map(|(_, mark)| mark)
                .collect(),
        }
    };
    members(&selected).rev().map(entry).collect()
}

impl Entry<'_> {
    /// Returns the id with labels and marks: `a1b2 (billing) (head)`.
    pub fn title(&self) -> String {
        let mut title = self.revision.id.to_string();
        if !self.branches.is_empty() {
            title.push_str(&format!(" ({})", join(&self.branches)));
        }
        for mark in &self.marks {
            title.push_str(&format!(" ({})", mark.as_str()));
        }
        title
    }

    /// Returns all details of the revision, one per line.
    pub fn verbose(&self) -> String {
        let revision = self.revision;
        let mut text = format!("Rev: {}\n", self.title());
        let mut line = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\n"));
        match &revision.down_revisions[..] {
            [] => line("Parent", "<base>"),
            [parent] => line("Parent", parent.as_str()),
            parents => line("Merges", &join(parents)),
        }
        if !revision.depends_on.is_empty() {
            line("Also depends on", &join(&revision.depends_on));
        }
        if !revision.replaces.is_empty() {
            line("Replaces", &join(&revision.replaces));
        }
        if !self.branches_into.is_empty() {
            line("Branches into", &join(&self.branches_into));
        }
        if !revision.branch_labels.is_empty() {
            line("Branch names", &join(&revision.branch_labels));
        }
        line("Created", revision.created.as_str());
        line("Path", &revision.file.display().to_string());
        if !revision.message.is_empty() {
            text.push_str(&format!("\n    {}\n", revision.message));
        }
        text
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.revision;
        match &revision.down_revisions[..] {
            [] => f.write_str("<base>")?,
            parents => f.write_str(&join(parents))?,
        }
        if !revision.depends_on.is_empty() {
            write!(f, " ({})", join(&revision.depends_on))?;
        }
        write!(f, " -> {}", self.title())?;
        match revision.message.as_str() {
            "" => Ok(()),
            message => write!(f, ", {message}"),
        }
    }
}

fn join<T: fmt::Display>(names: &[T]) -> String {
    names
        .iter()
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::graph;

    fn lines(text: &str, applied: Option<&str>) -> Vec<String> {
        let graph = graph(text);
        let all: Vec<_> = graph.iter().map(|revision| revision.id.clone()).collect();
        let applied = applied.map(|id| Applied::closure_of(&graph, [id]).unwrap());
        entries(&graph, &all, applied.as_ref())
            .iter()
            .map(Entry::to_string)
            .collect()
    }

    #[test]
    fn each_line_has_parents_labels_and_marks_newest_first() {
        assert_eq!(
            lines("a; b [lb] <- a; c <- a after b; m <- b, c", Some("b")),
            [
                "b, c -> m (lb) (head) (mergepoint), message of m",
                "a (b) -> c, message of c",
                "a -> b (lb) (current), message of b",
                "<base> -> a (branchpoint), message of a",
            ]
        );
    }

    #[test]
    fn the_verbose_form_prints_every_link() {
        let graph = graph("a; b [lb] <- a; c <- a after b; m <- b, c");
        let all: Vec<_> = graph.iter().map(|revision| revision.id.clone()).collect();
        let text = entries(&graph, &all, None)
            .iter()
            .map(Entry::verbose)
            .collect::<String>();
        for line in [
            "Rev: m (lb) (head) (mergepoint)\nMerges: b, c\nCreated: ",
            "Parent: a\nAlso depends on: b\n",
            "Parent: <base>\nBranches into: b, c\n",
            "Branch names: lb\n",
            "\n    message of a\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_revision_without_a_message_has_no_blank_title() {
        let mut revisions = crate::testing::revisions("a; b <- a");
        for revision in &mut revisions {
            revision.message.clear();
        }
        let graph = RevisionGraph::new(revisions).unwrap();
        let all: Vec<_> = graph.iter().map(|revision| revision.id.clone()).collect();
        let entries = entries(&graph, &all, None);
        assert_eq!(entries[0].to_string(), "a -> b (head)");
        assert!(entries[0].verbose().ends_with("Path: b.rs\n"));
    }
}
