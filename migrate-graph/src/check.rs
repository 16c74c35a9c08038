//! Checks the links between revisions, and reports each [`Mistake`] at its position.
//!
//! The macros and the runtime call the same functions, so they must not depend on the host.

mod replaces;

use std::collections::HashMap;
use std::path::PathBuf;

use crate::functions::FunctionMistake;
use crate::header::HeaderMistake;
use crate::links::LinkTable;
use crate::replacement::{Replacements, Way};
use crate::{BranchLabel, Revision, RevisionId};

pub use replaces::ReplacesMistake;

/// The number of heads that a graph may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HeadsAllowed {
    /// One head: a second head is a mistake, and so is a second base without a branch label.
    #[default]
    One,
    /// Any number of heads: `heads = many` in `migrations!`.
    Many,
}

/// The position of a mistake in a revision file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
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

/// A mistake in the revision files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The offending revision, if its id could be read.
    pub revision: Option<RevisionId>,
    /// The offending file.
    pub file: PathBuf,
    /// The offending token.
    pub place: Place,
    /// The line and column of the token, both from 1, if the text is known.
    pub position: Option<(usize, usize)>,
    /// The kind of mistake.
    pub kind: MistakeKind,
}

/// A kind of mistake in a revision directory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum MistakeKind {
    /// An error inside a header.
    #[error(transparent)]
    Header(HeaderMistake),
    /// A `down_revision` that no file defines.
    #[error("revision `{revision}` follows `{missing}`, which does not exist")]
    UnknownDownRevision {
        revision: RevisionId,
        missing: RevisionId,
        near: Option<RevisionId>,
    },
    /// A `depends_on` that no file defines.
    #[error("revision `{revision}` depends on `{missing}`, which does not exist")]
    UnknownDependsOn {
        revision: RevisionId,
        missing: RevisionId,
        near: Option<RevisionId>,
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
    Replaces(ReplacesMistake),
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
    Function(FunctionMistake),
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

impl Mistake {
    /// Returns the stable code that `--json` prints.
    pub fn code(&self) -> &'static str {
        match self.kind {
            MistakeKind::UnknownDownRevision { .. } | MistakeKind::UnknownDependsOn { .. } => {
                "unknown_revision"
            }
            MistakeKind::DuplicateRevision { .. } => "duplicate_revision",
            MistakeKind::Cycle { .. }
            | MistakeKind::FollowsItself { .. }
            | MistakeKind::DependsOnItself { .. } => "cycle",
            MistakeKind::MultipleHeads { .. } => "multiple_heads",
            MistakeKind::FrozenEdited { .. } => "checksum_mismatch",
            _ => "invalid_revision_file",
        }
    }

    /// Returns the help text: what to do next.
    pub fn help(&self) -> Option<String> {
        Some(match &self.kind {
            MistakeKind::Header(mistake) => mistake.help(),
            MistakeKind::SecondHeader => {
                "create a file with `cargo migrate revision` and move it there".to_owned()
            }
            MistakeKind::Function(mistake) => mistake.help(),
            MistakeKind::UnknownDownRevision {
                near: Some(near), ..
            }
            | MistakeKind::UnknownDependsOn {
                near: Some(near), ..
            } => format!("did you mean `{near}`?"),
            MistakeKind::UnknownDownRevision { near: None, .. }
            | MistakeKind::UnknownDependsOn { near: None, .. } => {
                "run `cargo migrate history` to list the revisions".to_owned()
            }
            MistakeKind::DuplicateRevision { .. } => {
                "give this revision a unique id, and update the links to it".to_owned()
            }
            MistakeKind::DuplicateLabel { .. } | MistakeKind::LabelIsRevision { .. } => {
                "choose another label; ids and labels must be distinct".to_owned()
            }
            MistakeKind::FollowsItself { .. } => {
                "write the id of its parent, or `None` for a base".to_owned()
            }
            MistakeKind::Cycle { .. } => {
                "change this link to a revision outside of the cycle".to_owned()
            }
            MistakeKind::RepeatedParent { .. }
            | MistakeKind::RedundantParent { .. }
            | MistakeKind::DependsOnItself { .. } => "remove it".to_owned(),
            MistakeKind::Replaces(mistake) => mistake.help(),
            MistakeKind::MultipleHeads { heads } => {
                let ids = heads
                    .iter()
                    .map(RevisionId::as_str)
                    .collect::<Vec<_>>()
                    .join(" ");
                format!(
                    "merge them with `cargo migrate merge {ids}`, or allow several heads with `heads = many` in `migrations!`"
                )
            }
            MistakeKind::UnlabelledBase { first, .. } => format!(
                "follow a revision, for example `down_revision: \"{first}\"`, or label the branch with `branch_labels: [\"…\"]`"
            ),
            MistakeKind::UnlistedFile { module, .. } => {
                format!("add `mod {module};` above `migrations!`")
            }
            MistakeKind::FrozenEdited { revision } => format!(
                "undo the edit and create a new revision with `cargo migrate revision`; if no database has applied it yet, run `cargo migrate freeze --unfreeze {revision}`; if the edit does not change what the revision does, run `cargo migrate freeze {revision} --accept-edit`"
            ),
            MistakeKind::FrozenMissing { revision } => format!(
                "restore the file; if no database has applied it, run `cargo migrate freeze --unfreeze {revision}`"
            ),
            MistakeKind::FrozenLine { .. } => {
                "correct the line: after a merge, keep the lines of both sides".to_owned()
            }
            MistakeKind::MisplacedModule { module, .. } => {
                format!(
                    "write `mod {module};` at the top level of mod.rs, without `cfg` attributes"
                )
            }
        })
    }

    /// Returns a one-sentence summary of a list of mistakes.
    pub(crate) fn summary(mistakes: &[Self]) -> String {
        match mistakes {
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

/// Returns every mistake in the links of `revisions`.
///
/// `heads` is `None` if some headers could not be read. Their links are missing, so counting heads and bases would
/// report valid revisions.
pub fn all(revisions: &[Revision], heads: Option<HeadsAllowed>) -> Vec<Mistake> {
    let (links, mut mistakes) = structure(revisions);
    if !mistakes.is_empty() || heads != Some(HeadsAllowed::One) {
        return mistakes;
    }
    let short = Replacements::of(revisions).map(|all| all.along(|_| Way::Short));
    let (revisions, links) = match &short {
        None => (revisions, &links),
        Some((revisions, links, _)) => (&revisions[..], links),
    };
    mistakes.extend(second_heads(revisions, links));
    mistakes.extend(unlabelled_bases(revisions, links));
    mistakes
}

/// Returns the links between `revisions`, and every mistake that prevents a valid graph.
pub(crate) fn structure(revisions: &[Revision]) -> (LinkTable, Vec<Mistake>) {
    let mut mistakes = duplicates(revisions);
    let links = LinkTable::new(revisions);
    mistakes.extend(unknown_links(revisions, &links));
    mistakes.extend(label_clashes(revisions, &links));
    mistakes.extend(walks(revisions, &links));
    if mistakes.is_empty() {
        mistakes.extend(replaces::mistakes(revisions, &links));
    }
    if let (true, Some(all)) = (mistakes.is_empty(), Replacements::of(revisions)) {
        let (revisions, links, _) = all.along(|_| Way::Short);
        mistakes.extend(walks(&revisions, &links));
    }
    (links, mistakes)
}

/// Returns the mistakes that need a walk along the links.
fn walks(revisions: &[Revision], links: &LinkTable) -> Vec<Mistake> {
    let cycles = links.cycles();
    let mut mistakes: Vec<Mistake> = cycles
        .iter()
        .map(|cycle| cycle_mistake(revisions, links, cycle))
        .collect();
    if links.order.len() == revisions.len() {
        mistakes.extend(redundant_parents(revisions, links));
    }
    mistakes
}

fn mistake(revision: &Revision, place: Place, kind: MistakeKind) -> Mistake {
    Mistake {
        revision: Some(revision.id.clone()),
        file: revision.file.clone(),
        place,
        position: None,
        kind,
    }
}

fn duplicates(revisions: &[Revision]) -> Vec<Mistake> {
    let mut first: HashMap<&RevisionId, &Revision> = HashMap::with_capacity(revisions.len());
    let mut mistakes = Vec::new();
    for &i in &crate::links::by_age(revisions) {
        let revision = &revisions[i];
        if let Some(first) = first.get(&revision.id) {
            let kind = MistakeKind::DuplicateRevision {
                revision: revision.id.clone(),
                first: first.file.clone(),
            };
            mistakes.push(mistake(revision, Place::Revision, kind));
        } else {
            first.insert(&revision.id, revision);
        }
    }
    mistakes
}

fn unknown_links(revisions: &[Revision], links: &LinkTable) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for revision in revisions {
        for (i, missing) in revision
            .down_revisions
            .iter()
            .enumerate()
            .filter(|(_, id)| !links.knows(id))
        {
            let (revision_id, near) = (revision.id.clone(), nearest(revisions, revision, missing));
            let kind = MistakeKind::UnknownDownRevision {
                revision: revision_id,
                missing: missing.clone(),
                near,
            };
            mistakes.push(mistake(revision, Place::DownRevision(i), kind));
        }
        for (i, missing) in revision
            .depends_on
            .iter()
            .enumerate()
            .filter(|(_, id)| !links.knows(id))
        {
            let (revision_id, near) = (revision.id.clone(), nearest(revisions, revision, missing));
            let kind = MistakeKind::UnknownDependsOn {
                revision: revision_id,
                missing: missing.clone(),
                near,
            };
            mistakes.push(mistake(revision, Place::DependsOn(i), kind));
        }
    }
    mistakes
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

fn label_clashes(revisions: &[Revision], links: &LinkTable) -> Vec<Mistake> {
    let mut first: HashMap<&BranchLabel, &Revision> = HashMap::new();
    let mut mistakes = Vec::new();
    for &i in &crate::links::by_age(revisions) {
        let revision = &revisions[i];
        for (n, label) in revision.branch_labels.iter().enumerate() {
            if let Some(first) = first.get(label) {
                if revision.replaces.contains(&first.id) {
                    continue;
                }
                let kind = MistakeKind::DuplicateLabel {
                    label: label.clone(),
                    first: first.id.clone(),
                };
                mistakes.push(mistake(revision, Place::BranchLabel(n), kind));
            } else if links.knows(label) {
                mistakes.push(mistake(
                    revision,
                    Place::BranchLabel(n),
                    MistakeKind::LabelIsRevision {
                        label: label.clone(),
                    },
                ));
            } else {
                first.insert(label, revision);
            }
        }
    }
    mistakes
}

fn cycle_mistake(revisions: &[Revision], links: &LinkTable, cycle: &[(usize, Place)]) -> Mistake {
    let (guilty, place) = cycle[0];
    let revision = &revisions[guilty];
    let place = as_written(revision, links, place);
    let kind = if cycle.len() == 1 {
        let written = match place {
            Place::DownRevision(n) => revision.down_revisions.get(n),
            Place::DependsOn(n) => revision.depends_on.get(n),
            _ => None,
        };
        let own = written.filter(|id| revision.replaces.contains(id));
        let replaced = own.cloned();
        let revision = revision.id.clone();
        match (place, replaced) {
            (_, Some(replaced)) => {
                MistakeKind::Replaces(ReplacesMistake::Needs { revision, replaced })
            }
            (Place::DependsOn(_), None) => MistakeKind::DependsOnItself { revision },
            (_, None) => MistakeKind::FollowsItself { revision },
        }
    } else {
        MistakeKind::Cycle {
            cycle: cycle
                .iter()
                .map(|(i, _)| revisions[*i].id.clone())
                .collect(),
        }
    };
    mistake(revision, place, kind)
}

fn redundant_parents(revisions: &[Revision], links: &LinkTable) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
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
                MistakeKind::RepeatedParent {
                    revision: revision.id.clone(),
                    parent: id,
                }
            } else if let Some(&through) = parents
                .iter()
                .find(|other| search.is_ancestor(parent, **other))
            {
                let through = revisions[through].id.clone();
                MistakeKind::RedundantParent {
                    revision: revision.id.clone(),
                    parent: id,
                    through,
                }
            } else {
                continue;
            };
            let place = as_written(revision, links, Place::DownRevision(n));
            mistakes.push(mistake(revision, place, kind));
        }
    }
    mistakes
}

/// Returns the place in the header of a link, given its number among the links to existing revisions.
fn as_written(revision: &Revision, links: &LinkTable, place: Place) -> Place {
    let nth_known = |ids: &[RevisionId], n: usize| {
        let mut known = (0..ids.len()).filter(|&i| links.knows(&ids[i]));
        known.nth(n).unwrap_or(n)
    };
    match place {
        Place::DownRevision(n) => Place::DownRevision(nth_known(&revision.down_revisions, n)),
        Place::DependsOn(n) => Place::DependsOn(nth_known(&revision.depends_on, n)),
        other => other,
    }
}

fn second_heads(revisions: &[Revision], links: &LinkTable) -> Option<Mistake> {
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
    Some(mistake(
        &revisions[newest],
        Place::Header,
        MistakeKind::MultipleHeads { heads },
    ))
}

fn unlabelled_bases(revisions: &[Revision], links: &LinkTable) -> Vec<Mistake> {
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
    let kind = |revision: &Revision| MistakeKind::UnlabelledBase {
        revision: revision.id.clone(),
        first: first.id.clone(),
    };
    others
        .iter()
        .map(|revision| mistake(revision, Place::Header, kind(revision)))
        .collect()
}

#[cfg(test)]
mod tests;
