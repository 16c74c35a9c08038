//! Checks the links between revisions, and reports each [`Diagnostic`] at its position.
//!
//! The macros and the runtime call the same functions, so they must not depend on the host.

mod replaces;

use std::collections::HashMap;
use std::path::PathBuf;

use crate::functions::SignatureError;
use crate::header::HeaderError;
use crate::links::LinkTable;
use crate::replacement::{Replacements, Route};
use crate::{BranchLabel, Revision, RevisionId};

pub use replaces::ReplacesError;

/// The number of heads that a graph may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HeadsAllowed {
    /// One head: a second head is an error, and so is a second base without a branch label.
    #[default]
    One,
    /// Any number of heads: `heads = many` in `migrations!`.
    Many,
}

/// The position of an error in a revision file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HeaderField {
    /// The header as a whole.
    Header,
    /// The literal of `revision`.
    Revision,
    /// A literal of `down_revision`, counted from 0.
    DownRevision(usize),
    /// A literal of `depends_on`, counted from 0.
    DependsOn(usize),
    /// A literal of `replaces`, counted from 0.
    Replaces(usize),
    /// A literal of `branch_labels`, counted from 0.
    BranchLabel(usize),
    /// The `migrations!` line or a `mod` line beside it.
    Migrations,
}

/// An error in the revision files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The offending revision, if its id could be read.
    pub revision: Option<RevisionId>,
    /// The offending file.
    pub file: PathBuf,
    /// The offending token.
    pub field: HeaderField,
    /// The line and column of the token, both from 1, if the text is known.
    pub position: Option<(usize, usize)>,
    /// The kind of error.
    pub kind: DiagnosticKind,
}

/// A kind of error in a revision directory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum DiagnosticKind {
    /// An error inside a header.
    #[error(transparent)]
    Header(HeaderError),
    /// A `down_revision` that no file defines.
    #[error("revision `{revision}` follows `{missing}`, which does not exist")]
    UnknownDownRevision {
        revision: RevisionId,
        missing: RevisionId,
        suggestion: Option<RevisionId>,
    },
    /// A `depends_on` that no file defines.
    #[error("revision `{revision}` depends on `{missing}`, which does not exist")]
    UnknownDependsOn {
        revision: RevisionId,
        missing: RevisionId,
        suggestion: Option<RevisionId>,
    },
    /// An id that an older file also has.
    #[error("revision id `{revision}` is used twice; {} has it first", first.display())]
    DuplicateRevision {
        revision: RevisionId,
        first: PathBuf,
    },
    /// A branch label that an older revision also has.
    #[error("branch label `{label}` is used twice; revision `{first}` has it first")]
    DuplicateLabel {
        label: BranchLabel,
        first: RevisionId,
    },
    /// A branch label that is also a revision id.
    #[error("branch label `{label}` is also the id of a revision")]
    LabelIsRevision { label: BranchLabel },
    /// A revision that follows itself.
    #[error("revision `{revision}` follows itself")]
    FollowsItself { revision: RevisionId },
    /// A revision that depends on itself.
    #[error("revision `{revision}` depends on itself")]
    DependsOnItself { revision: RevisionId },
    /// Revisions that follow each other in a cycle.
    #[error("revisions follow each other in a cycle: {}", arrows(cycle))]
    Cycle { cycle: Vec<RevisionId> },
    /// A merge that names one revision twice.
    #[error("revision `{revision}` lists the parent `{parent}` twice")]
    RepeatedParent {
        revision: RevisionId,
        parent: RevisionId,
    },
    /// A merge that names an ancestor of another of its parents.
    #[error("revision `{revision}` already follows `{parent}` through `{through}`")]
    RedundantParent {
        revision: RevisionId,
        parent: RevisionId,
        through: RevisionId,
    },
    /// An error in `replaces`.
    #[error(transparent)]
    Replaces(ReplacesError),
    /// A second head.
    #[error("there are {} heads: {}", heads.len(), list(heads))]
    MultipleHeads { heads: Vec<RevisionId> },
    /// A second base without a branch label.
    #[error(
        "revision `{revision}` is a second base without a branch label; the first is `{first}`"
    )]
    UnlabelledBase {
        revision: RevisionId,
        first: RevisionId,
    },
    /// A revision file without a `mod` line.
    #[error("{} has no `mod` line", file.display())]
    UnlistedFile { file: PathBuf, module: String },
    /// A second header in one file.
    #[error("the file has a second `revision!`, but each revision needs its own file")]
    SecondHeader,
    /// An `up` or `down` that can't be called.
    #[error(transparent)]
    Function(SignatureError),
    /// A frozen revision that was edited.
    #[error("revision `{revision}` is frozen, but its file was edited")]
    FrozenEdited { revision: RevisionId },
    /// A frozen revision without a file.
    #[error("revision `{revision}` is frozen, but its file does not exist")]
    FrozenMissing { revision: RevisionId },
    /// An invalid line of `frozen.lock`.
    #[error("line {line} of {} is invalid: {reason}", file.display())]
    FrozenLine {
        file: PathBuf,
        line: usize,
        reason: String,
    },
    /// A misplaced or conditional `mod` line.
    #[error("the line `mod {module};` is in the wrong place: {reason}")]
    MisplacedModule {
        module: String,
        reason: &'static str,
    },
}

impl Diagnostic {
    /// Returns the stable code that `--json` prints.
    pub fn code(&self) -> &'static str {
        match self.kind {
            DiagnosticKind::UnknownDownRevision { .. }
            | DiagnosticKind::UnknownDependsOn { .. } => "unknown_revision",
            DiagnosticKind::DuplicateRevision { .. } => "duplicate_revision",
            DiagnosticKind::Cycle { .. }
            | DiagnosticKind::FollowsItself { .. }
            | DiagnosticKind::DependsOnItself { .. } => "revision_cycle",
            DiagnosticKind::MultipleHeads { .. } => "multiple_heads",
            DiagnosticKind::FrozenEdited { .. } => "checksum_mismatch",
            _ => "invalid_revision_file",
        }
    }

    /// Returns the help text: what to do next.
    pub fn help(&self) -> Option<String> {
        Some(match &self.kind {
            DiagnosticKind::Header(diagnostic) => diagnostic.help(),
            DiagnosticKind::SecondHeader => {
                "create a file with `cargo migrate revision` and move it there".to_owned()
            }
            DiagnosticKind::Function(diagnostic) => diagnostic.help(),
            DiagnosticKind::UnknownDownRevision {
                suggestion: Some(suggestion),
                ..
            }
            | DiagnosticKind::UnknownDependsOn {
                suggestion: Some(suggestion),
                ..
            } => format!("did you mean `{suggestion}`?"),
            DiagnosticKind::UnknownDownRevision {
                suggestion: None, ..
            }
            | DiagnosticKind::UnknownDependsOn {
                suggestion: None, ..
            } => "run `cargo migrate history` to list the revisions".to_owned(),
            DiagnosticKind::DuplicateRevision { .. } => {
                "give this revision a unique id, and update the links to it".to_owned()
            }
            DiagnosticKind::DuplicateLabel { .. } | DiagnosticKind::LabelIsRevision { .. } => {
                "choose another label; ids and labels must be distinct".to_owned()
            }
            DiagnosticKind::FollowsItself { .. } => {
                "write the id of its parent, or `None` for a base".to_owned()
            }
            DiagnosticKind::Cycle { .. } => {
                "change this link to a revision outside of the cycle".to_owned()
            }
            DiagnosticKind::RepeatedParent { .. }
            | DiagnosticKind::RedundantParent { .. }
            | DiagnosticKind::DependsOnItself { .. } => "remove it".to_owned(),
            DiagnosticKind::Replaces(diagnostic) => diagnostic.help(),
            DiagnosticKind::MultipleHeads { heads } => {
                let ids = heads
                    .iter()
                    .map(RevisionId::as_str)
                    .collect::<Vec<_>>()
                    .join(" ");
                format!(
                    "merge them with `cargo migrate merge {ids}`, or allow several heads with `heads = many` in `migrations!`"
                )
            }
            DiagnosticKind::UnlabelledBase { first, .. } => format!(
                "follow a revision, for example `down_revision: \"{first}\"`, or label the branch with `branch_labels: [\"…\"]`"
            ),
            DiagnosticKind::UnlistedFile { module, .. } => {
                format!("add `mod {module};` above `migrations!`")
            }
            DiagnosticKind::FrozenEdited { revision } => format!(
                "undo the edit and create a new revision with `cargo migrate revision`; if no database has applied it yet, run `cargo migrate freeze --unfreeze {revision}`; if the edit does not change what the revision does, run `cargo migrate freeze {revision} --accept-edit`"
            ),
            DiagnosticKind::FrozenMissing { revision } => format!(
                "restore the file; if no database has applied it, run `cargo migrate freeze --unfreeze {revision}`"
            ),
            DiagnosticKind::FrozenLine { .. } => {
                "correct the line: after a merge, keep the lines of both sides".to_owned()
            }
            DiagnosticKind::MisplacedModule { module, .. } => {
                format!(
                    "write `mod {module};` at the top level of mod.rs, without `cfg` attributes"
                )
            }
        })
    }

    /// Returns a one-sentence summary of a list of errors.
    pub(crate) fn summary(diagnostics: &[Self]) -> String {
        match diagnostics {
            [] => "the revision files have mistakes".to_owned(),
            [one] => one.kind.to_string(),
            [first, rest @ ..] => format!("{} (and {} more)", first.kind, rest.len()),
        }
    }
}

fn arrows(cycle: &[RevisionId]) -> String {
    cycle
        .iter()
        .chain(cycle.first())
        .map(|id| format!("`{id}`"))
        .collect::<Vec<_>>()
        .join(" -> ")
}

fn list(ids: &[RevisionId]) -> String {
    crate::error::Ids(ids.to_vec()).to_string()
}

/// Returns every error in the links of `revisions`.
///
/// `heads` is `None` if some headers could not be read. Their links are missing, so counting heads and bases would
/// report valid revisions.
pub fn all(revisions: &[Revision], heads: Option<HeadsAllowed>) -> Vec<Diagnostic> {
    let (links, mut diagnostics) = structure(revisions);
    if !diagnostics.is_empty() || heads != Some(HeadsAllowed::One) {
        return diagnostics;
    }
    let short = Replacements::of(revisions).map(|all| all.along(|_| Route::Squashed));
    let (revisions, links) = match &short {
        None => (revisions, &links),
        Some((revisions, links, _)) => (&revisions[..], links),
    };
    diagnostics.extend(second_heads(revisions, links));
    diagnostics.extend(unlabelled_bases(revisions, links));
    diagnostics
}

/// Returns the links between `revisions`, and every error that prevents a valid graph.
pub(crate) fn structure(revisions: &[Revision]) -> (LinkTable, Vec<Diagnostic>) {
    let mut diagnostics = duplicates(revisions);
    let links = LinkTable::new(revisions);
    diagnostics.extend(unknown_links(revisions, &links));
    diagnostics.extend(label_conflicts(revisions, &links));
    diagnostics.extend(link_diagnostics(revisions, &links));
    if diagnostics.is_empty() {
        diagnostics.extend(replaces::diagnostics(revisions, &links));
    }
    if let (true, Some(all)) = (diagnostics.is_empty(), Replacements::of(revisions)) {
        let (revisions, links, _) = all.along(|_| Route::Squashed);
        diagnostics.extend(link_diagnostics(&revisions, &links));
    }
    (links, diagnostics)
}

/// Returns the errors that need a walk along the links.
fn link_diagnostics(revisions: &[Revision], links: &LinkTable) -> Vec<Diagnostic> {
    let cycles = links.cycles();
    let mut diagnostics: Vec<Diagnostic> = cycles
        .iter()
        .map(|cycle| cycle_diagnostic(revisions, links, cycle))
        .collect();
    if links.order.len() == revisions.len() {
        diagnostics.extend(redundant_parents(revisions, links));
    }
    diagnostics
}

fn diagnostic(revision: &Revision, place: HeaderField, kind: DiagnosticKind) -> Diagnostic {
    Diagnostic {
        revision: Some(revision.id.clone()),
        file: revision.file.clone(),
        field: place,
        position: None,
        kind,
    }
}

fn duplicates(revisions: &[Revision]) -> Vec<Diagnostic> {
    let mut first: HashMap<&RevisionId, &Revision> = HashMap::with_capacity(revisions.len());
    let mut diagnostics = Vec::new();
    for &i in &crate::links::by_age(revisions) {
        let revision = &revisions[i];
        if let Some(first) = first.get(&revision.id) {
            let kind = DiagnosticKind::DuplicateRevision {
                revision: revision.id.clone(),
                first: first.file.clone(),
            };
            diagnostics.push(diagnostic(revision, HeaderField::Revision, kind));
        } else {
            first.insert(&revision.id, revision);
        }
    }
    diagnostics
}

fn unknown_links(revisions: &[Revision], links: &LinkTable) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for revision in revisions {
        for (i, missing) in revision
            .down_revisions
            .iter()
            .enumerate()
            .filter(|(_, id)| !links.knows(id))
        {
            let (revision_id, suggestion) =
                (revision.id.clone(), nearest(revisions, revision, missing));
            let kind = DiagnosticKind::UnknownDownRevision {
                revision: revision_id,
                missing: missing.clone(),
                suggestion,
            };
            diagnostics.push(diagnostic(revision, HeaderField::DownRevision(i), kind));
        }
        for (i, missing) in revision
            .depends_on
            .iter()
            .enumerate()
            .filter(|(_, id)| !links.knows(id))
        {
            let (revision_id, suggestion) =
                (revision.id.clone(), nearest(revisions, revision, missing));
            let kind = DiagnosticKind::UnknownDependsOn {
                revision: revision_id,
                missing: missing.clone(),
                suggestion,
            };
            diagnostics.push(diagnostic(revision, HeaderField::DependsOn(i), kind));
        }
    }
    diagnostics
}

/// Returns the id that `missing` may be a misspelling of, or that replaces it; never the revision's own id.
fn nearest(
    revisions: &[Revision],
    revision: &Revision,
    missing: &RevisionId,
) -> Option<RevisionId> {
    let others = revisions
        .iter()
        .map(|other| &other.id)
        .filter(|id| **id != revision.id);
    let by = revisions
        .iter()
        .filter(|other| other.replaces.contains(missing) && other.id != revision.id)
        .map(|other| &other.id)
        .min();
    by.cloned().or_else(|| nearest_id(others, missing.as_str()))
}

/// Returns the id that is most similar to `name`, if one is similar enough.
pub(crate) fn nearest_id<'a>(
    ids: impl Iterator<Item = &'a RevisionId>,
    name: &str,
) -> Option<RevisionId> {
    let most = (name.len() / 3).clamp(1, 4);
    ids.map(|id| (strsim::damerau_levenshtein(id.as_str(), name), id))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, id)| id.clone())
}

fn label_conflicts(revisions: &[Revision], links: &LinkTable) -> Vec<Diagnostic> {
    let mut first: HashMap<&BranchLabel, &Revision> = HashMap::new();
    let mut diagnostics = Vec::new();
    for &i in &crate::links::by_age(revisions) {
        let revision = &revisions[i];
        for (n, label) in revision.branch_labels.iter().enumerate() {
            if let Some(first) = first.get(label) {
                if revision.replaces.contains(&first.id) {
                    continue;
                }
                let kind = DiagnosticKind::DuplicateLabel {
                    label: label.clone(),
                    first: first.id.clone(),
                };
                diagnostics.push(diagnostic(revision, HeaderField::BranchLabel(n), kind));
            } else if links.knows(label) {
                diagnostics.push(diagnostic(
                    revision,
                    HeaderField::BranchLabel(n),
                    DiagnosticKind::LabelIsRevision {
                        label: label.clone(),
                    },
                ));
            } else {
                first.insert(label, revision);
            }
        }
    }
    diagnostics
}

fn cycle_diagnostic(
    revisions: &[Revision],
    links: &LinkTable,
    cycle: &[(usize, HeaderField)],
) -> Diagnostic {
    let (guilty, place) = cycle[0];
    let revision = &revisions[guilty];
    let place = written_field(revision, links, place);
    let kind = if cycle.len() == 1 {
        let written = match place {
            HeaderField::DownRevision(n) => revision.down_revisions.get(n),
            HeaderField::DependsOn(n) => revision.depends_on.get(n),
            _ => None,
        };
        let own = written.filter(|id| revision.replaces.contains(id));
        let replaced = own.cloned();
        let revision = revision.id.clone();
        match (place, replaced) {
            (_, Some(replaced)) => {
                DiagnosticKind::Replaces(ReplacesError::Needs { revision, replaced })
            }
            (HeaderField::DependsOn(_), None) => DiagnosticKind::DependsOnItself { revision },
            (_, None) => DiagnosticKind::FollowsItself { revision },
        }
    } else {
        DiagnosticKind::Cycle {
            cycle: cycle
                .iter()
                .map(|(i, _)| revisions[*i].id.clone())
                .collect(),
        }
    };
    diagnostic(revision, place, kind)
}

fn redundant_parents(revisions: &[Revision], links: &LinkTable) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut search = links.ancestor_search();
    for revision in links
        .order
        .iter()
        .map(|&i| (i, &revisions[i]))
        .filter(|(_, revision)| revision.is_merge())
    {
        let (i, revision) = revision;
        let parents = &links.down[i];
        for (n, &parent) in parents.iter().enumerate() {
            let id = revisions[parent].id.clone();
            let kind = if parents[..n].contains(&parent) {
                DiagnosticKind::RepeatedParent {
                    revision: revision.id.clone(),
                    parent: id,
                }
            } else if let Some(&through) = parents
                .iter()
                .find(|other| search.is_ancestor(parent, **other))
            {
                let through = revisions[through].id.clone();
                DiagnosticKind::RedundantParent {
                    revision: revision.id.clone(),
                    parent: id,
                    through,
                }
            } else {
                continue;
            };
            let place = written_field(revision, links, HeaderField::DownRevision(n));
            diagnostics.push(diagnostic(revision, place, kind));
        }
    }
    diagnostics
}

/// Returns the place in the header of a link, given its number among the links to existing revisions.
fn written_field(revision: &Revision, links: &LinkTable, place: HeaderField) -> HeaderField {
    let nth_known = |ids: &[RevisionId], n: usize| {
        let mut known = (0..ids.len()).filter(|&i| links.knows(&ids[i]));
        known.nth(n).unwrap_or(n)
    };
    match place {
        HeaderField::DownRevision(n) => {
            HeaderField::DownRevision(nth_known(&revision.down_revisions, n))
        }
        HeaderField::DependsOn(n) => HeaderField::DependsOn(nth_known(&revision.depends_on, n)),
        other => other,
    }
}

fn second_heads(revisions: &[Revision], links: &LinkTable) -> Option<Diagnostic> {
    let has_child = links.has_child();
    let heads: Vec<usize> = links
        .order
        .iter()
        .copied()
        .filter(|i| !has_child[*i])
        .collect();
    let [_, .., newest] = heads[..] else {
        return None;
    };
    let heads = heads.iter().map(|i| revisions[*i].id.clone()).collect();
    Some(diagnostic(
        &revisions[newest],
        HeaderField::Header,
        DiagnosticKind::MultipleHeads { heads },
    ))
}

fn unlabelled_bases(revisions: &[Revision], links: &LinkTable) -> Vec<Diagnostic> {
    let bases = links
        .order
        .iter()
        .map(|i| &revisions[*i])
        .filter(|revision| revision.down_revisions.is_empty());
    let unlabelled: Vec<_> = bases
        .filter(|revision| revision.branch_labels.is_empty())
        .collect();
    let Some((first, others)) = unlabelled.split_first() else {
        return Vec::new();
    };
    let kind = |revision: &Revision| DiagnosticKind::UnlabelledBase {
        revision: revision.id.clone(),
        first: first.id.clone(),
    };
    others
        .iter()
        .map(|revision| diagnostic(revision, HeaderField::Header, kind(revision)))
        .collect()
}

#[cfg(test)]
mod tests;
