//! Revisions -> every mistake in the links between them, each at its place.
//!
//! The macros and the run time ask the same functions, so both give the same verdict.

mod replaces;

use std::collections::HashMap;
use std::path::PathBuf;

use crate::functions::FunctionMistake;
use crate::header::HeaderMistake;
use crate::links::LinkTable;
use crate::replacement::{Replacements, Way};
use crate::{BranchLabel, Revision, RevisionId};

pub use replaces::ReplacesMistake;

/// How many heads a chain may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HeadsAllowed {
    /// One: a second head is a mistake, and so is a second base without a branch label.
    #[default]
    One,
    /// Any number, as `heads = many` in `migrations!` says.
    Many,
}

/// Where in a revision file a mistake stands.
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

/// One mistake in the revision files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The guilty revision, if its id could be read.
    pub revision: Option<RevisionId>,
    /// The guilty file.
    pub file: PathBuf,
    /// The guilty token.
    pub place: Place,
    /// Line and column of the token, both from 1, where the text is known.
    pub position: Option<(usize, usize)>,
    /// What is wrong.
    pub kind: MistakeKind,
}

/// What can be wrong in a revision directory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum MistakeKind {
    /// A header that is wrong by itself.
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
    /// An id that an older file has too.
    #[error("revision id `{revision}` is used twice; {} has it first", first.display())]
    DuplicateRevision {
        revision: RevisionId,
        first: PathBuf,
    },
    /// A branch label that an older revision has too.
    #[error("branch label `{label}` is used twice; revision `{first}` has it first")]
    DuplicateLabel {
        label: BranchLabel,
        first: RevisionId,
    },
    /// A branch label that reads like a revision.
    #[error("branch label `{label}` is also the id of a revision")]
    LabelIsRevision { label: BranchLabel },
    /// A revision that names itself in its links.
    #[error("revision `{revision}` follows itself")]
    FollowsItself { revision: RevisionId },
    /// A revision that names itself in its dependencies.
    #[error("revision `{revision}` depends on itself")]
    DependsOnItself { revision: RevisionId },
    /// Revisions that follow each other in a circle.
    #[error("revisions follow each other in a circle: {}", arrows(cycle))]
    Cycle { cycle: Vec<RevisionId> },
    /// A merge that names one revision twice.
    #[error("revision `{revision}` names `{parent}` twice")]
    RepeatedParent {
        revision: RevisionId,
        parent: RevisionId,
    },
    /// A merge that names an ancestor of another of its parents.
    #[error("revision `{revision}` follows `{parent}` already through `{through}`")]
    RedundantParent {
        revision: RevisionId,
        parent: RevisionId,
        through: RevisionId,
    },
    /// A revision that can't stand for those that it names.
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
    #[error("no `mod` line names {}", file.display())]
    UnlistedFile { file: PathBuf, module: String },
    /// A second header in one file.
    #[error("the file has a second `revision!`, and a revision has a file of its own")]
    SecondHeader,
    /// An `up` or `down` that can't be called.
    #[error(transparent)]
    Function(FunctionMistake),
    /// A released revision that is not what it was.
    #[error("revision `{revision}` is frozen, and was edited since")]
    FrozenEdited { revision: RevisionId },
    /// A released revision that is not there any more.
    #[error("revision `{revision}` is frozen, and its file is gone")]
    FrozenMissing { revision: RevisionId },
    /// A line of `frozen.lock` that can't be read.
    #[error("line {line} of {} can't be read: {reason}", file.display())]
    FrozenLine {
        file: PathBuf,
        line: usize,
        reason: String,
    },
    /// A `mod` line that the chain can't use.
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

    /// Returns what to do next.
    pub fn help(&self) -> Option<String> {
        Some(match &self.kind {
            MistakeKind::Header(mistake) => mistake.help(),
            MistakeKind::SecondHeader => {
                "move it to a new file with `cargo migrate revision`".to_owned()
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
                "run `cargo migrate history` for the revisions there are".to_owned()
            }
            MistakeKind::DuplicateRevision { .. } => {
                "give this file an id of its own, and change the links that mean it".to_owned()
            }
            MistakeKind::DuplicateLabel { .. } | MistakeKind::LabelIsRevision { .. } => {
                "choose another label; ids and labels share their names".to_owned()
            }
            MistakeKind::FollowsItself { .. } => {
                "name the revision before it, or `None` for a base".to_owned()
            }
            MistakeKind::Cycle { .. } => {
                "change this link to a revision outside of the circle".to_owned()
            }
            MistakeKind::RepeatedParent { .. }
            | MistakeKind::RedundantParent { .. }
            | MistakeKind::DependsOnItself { .. } => "leave it out".to_owned(),
            MistakeKind::Replaces(mistake) => mistake.help(),
            MistakeKind::MultipleHeads { heads } => {
                let ids = heads
                    .iter()
                    .map(RevisionId::as_str)
                    .collect::<Vec<_>>()
                    .join(" ");
                format!(
                    "join them with `cargo migrate merge {ids}`, or allow them with `heads = many` in `migrations!`"
                )
            }
            MistakeKind::UnlabelledBase { first, .. } => format!(
                "follow a revision, as in `down_revision: \"{first}\"`, or name the line with `branch_labels: [\"…\"]`"
            ),
            MistakeKind::UnlistedFile { module, .. } => {
                format!("add `mod {module};` above `migrations!`")
            }
            MistakeKind::FrozenEdited { revision } => format!(
                "databases have it as it was: take the edit back, and write a new revision with `cargo migrate revision`; if nobody has it yet, `cargo migrate freeze --unfreeze {revision}`; if the edit changes nothing that was done, `cargo migrate freeze {revision} --edited`"
            ),
            MistakeKind::FrozenMissing { revision } => format!(
                "databases have it: bring the file back; if nobody has it any more, `cargo migrate freeze --unfreeze {revision}`"
            ),
            MistakeKind::FrozenLine { .. } => {
                "correct the line: after a merge, keep the lines of both sides".to_owned()
            }
            MistakeKind::MisplacedModule { module, .. } => {
                format!("write `mod {module};` at the top level of mod.rs, without conditions")
            }
        })
    }

    /// Returns one sentence for a list of mistakes.
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
/// `heads` is `None` if some headers could not be read: their links are missing, so that counting heads and bases
/// would blame revisions that are right.
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

/// Returns the links between `revisions` and every mistake that keeps them from being a graph.
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

/// What only a walk along the links tells.
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

/// The id that `missing` may be a misspelling of, or that replaces it; never the revision's own, which it can't follow.
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

/// Returns the id that is closest to `name`, if one is close enough to be meant.
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

/// The place in a header of a link that is counted among those to existing revisions.
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
