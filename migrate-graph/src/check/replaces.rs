//! Checks `replaces` and reports each [`ReplacesError`].
//!
//! The replaced revisions must be a range with one end. Later revisions must follow that end, and the replacement must
//! have the same parents as the range, so that both routes start and end at the same position.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Diagnostic, DiagnosticKind, HeaderField, diagnostic, nearest};
use crate::error::Ids;
use crate::links::LinkTable;
use crate::replacement::is_replacement;
use crate::{Revision, RevisionId};

/// An error in the list of replaced revisions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum ReplacesError {
    /// The revision replaces itself.
    #[error("revision `{revision}` replaces itself")]
    Itself { revision: RevisionId },
    /// The revision follows or depends on a revision it replaces.
    #[error("revision `{revision}` follows or depends on `{replaced}`, which it replaces")]
    Needs {
        revision: RevisionId,
        replaced: RevisionId,
    },
    /// The list contains a revision twice.
    #[error("revision `{revision}` replaces `{replaced}` twice")]
    Repeated {
        revision: RevisionId,
        replaced: RevisionId,
    },
    /// Another revision already replaces it.
    #[error("revision `{revision}` replaces `{replaced}`, and so does `{first}`")]
    Twice {
        revision: RevisionId,
        replaced: RevisionId,
        first: RevisionId,
    },
    /// Some of the files exist, but this one does not.
    #[error("revision `{revision}` replaces `{missing}`, which does not exist, but also {there}, which {} exist", if there.0.len() == 1 { "does" } else { "do" })]
    SomeMissing {
        revision: RevisionId,
        missing: RevisionId,
        there: Ids,
        suggestion: Option<RevisionId>,
    },
    /// A replacement of other revisions whose files still exist.
    #[error(
        "revision `{revision}` replaces `{replaced}`, which itself replaces revisions whose files still exist"
    )]
    NestedReplacement {
        revision: RevisionId,
        replaced: RevisionId,
    },
    /// A revision between the replaced ones is not in the list.
    #[error(
        "revision `{revision}` does not replace `{left_out}`, which is between the revisions it replaces"
    )]
    LeavesOut {
        revision: RevisionId,
        left_out: RevisionId,
    },
    /// The replaced revisions have more than one end.
    #[error("the revisions that `{revision}` replaces have several ends: {ends}")]
    SeveralEnds { revision: RevisionId, ends: Ids },
    /// The end is not the last in the list.
    #[error(
        "the revisions that `{revision}` replaces end with `{end}`, which must be last in the list"
    )]
    EndNotLast {
        revision: RevisionId,
        end: RevisionId,
    },
    /// The parents differ from the parents of the replaced revisions.
    #[error(
        "revision `{revision}` follows {}, but the revisions it replaces follow {}",
        list_or_nothing(follows),
        list_or_nothing(replaced_follow)
    )]
    FollowsOther {
        revision: RevisionId,
        follows: Ids,
        replaced_follow: Ids,
    },
    /// A dependency of a replaced revision is missing.
    #[error(
        "revision `{revision}` must depend on `{missing}`, because it replaces `{replaced}`, which depends on it"
    )]
    DependsOnLess {
        revision: RevisionId,
        replaced: RevisionId,
        missing: RevisionId,
    },
    /// A link from outside to a revision that is not the end.
    #[error(
        "revision `{revision}` {verb} `{inside}`, which is not the last of the revisions that `{by}` replaces"
    )]
    IntoRange {
        revision: RevisionId,
        verb: &'static str,
        inside: RevisionId,
        by: RevisionId,
        end: RevisionId,
    },
}

impl ReplacesError {
    /// Returns the help text: what to do next.
    pub(super) fn help(&self) -> String {
        match self {
            Self::Needs { .. } => "write the parents of the replaced revisions, or `None`".to_owned(),
            Self::Itself { .. } | Self::Repeated { .. } => "remove it".to_owned(),
            Self::Twice { first, .. } => {
                format!("remove it here or in `{first}`: only one revision can replace another")
            }
            Self::SomeMissing {
                suggestion: Some(suggestion), ..
            } => format!("did you mean `{suggestion}`?"),
            Self::SomeMissing { suggestion: None, .. } => {
                "restore its file; or, if every database has applied all of them, remove the other files too".to_owned()
            }
            Self::NestedReplacement { replaced, .. } => {
                format!("remove the files of the revisions that `{replaced}` replaces first, after every database has applied all of them")
            }
            Self::LeavesOut { left_out, .. } => format!("add `{left_out}`"),
            Self::SeveralEnds { .. } => "list only one of them and its ancestors, or add a revision that merges them".to_owned(),
            Self::EndNotLast { .. } => "list the ids in the order of `cargo migrate history`, oldest first".to_owned(),
            Self::FollowsOther {
                replaced_follow, ..
            } => match &replaced_follow.0[..] {
                [] => "write `down_revision: None`".to_owned(),
                [one] => format!("write `down_revision: \"{one}\"`"),
                several => {
                    let several: Vec<_> = several.iter().map(|id| format!("\"{id}\"")).collect();
                    format!("write `down_revision: [{}]`", several.join(", "))
                }
            },
            Self::DependsOnLess { missing, .. } => format!("add `depends_on: [\"{missing}\"]`"),
            Self::IntoRange { end, .. } => {
                format!("use `{end}`, the last of them, or replace fewer revisions")
            }
        }
    }
}

fn list_or_nothing(ids: &Ids) -> String {
    match ids.0.is_empty() {
        true => "nothing".to_owned(),
        false => ids.to_string(),
    }
}

/// Returns every error in `replaces`; the other links must be valid.
pub(super) fn diagnostics(revisions: &[Revision], links: &LinkTable) -> Vec<Diagnostic> {
    if !revisions.iter().any(is_replacement) {
        return Vec::new();
    }
    let there: HashMap<&RevisionId, usize> = revisions
        .iter()
        .enumerate()
        .map(|(i, revision)| (&revision.id, i))
        .collect();
    let mut checker = Checker {
        revisions,
        links,
        there,
        owner: HashMap::new(),
        diagnostics: Vec::new(),
    };
    let replacements = links.order.iter().map(|&i| &revisions[i]);
    for revision in replacements.filter(|revision| is_replacement(revision)) {
        checker.names(revision);
    }
    if checker.diagnostics.is_empty() {
        checker.ranges();
    }
    checker.diagnostics
}

struct Checker<'r> {
    revisions: &'r [Revision],
    links: &'r LinkTable,
    /// The revisions that files define.
    there: HashMap<&'r RevisionId, usize>,
    /// The replacement of each replaced revision.
    owner: HashMap<&'r RevisionId, &'r Revision>,
    diagnostics: Vec<Diagnostic>,
}

impl<'r> Checker<'r> {
    fn report(&mut self, revision: &Revision, place: HeaderField, kind: ReplacesError) {
        let kind = DiagnosticKind::Replaces(kind);
        self.diagnostics.push(diagnostic(revision, place, kind));
    }

    /// Checks the ids in the list.
    fn names(&mut self, by: &'r Revision) {
        for (n, replaced) in by.replaces.iter().enumerate() {
            let (revision, replaced) = (by.id.clone(), replaced);
            let kind = if *replaced == by.id {
                ReplacesError::Itself { revision }
            } else if by.replaces[..n].contains(replaced) {
                let replaced = replaced.clone();
                ReplacesError::Repeated { revision, replaced }
            } else if let Some(first) = self.owner.insert(replaced, by) {
                ReplacesError::Twice {
                    revision,
                    replaced: replaced.clone(),
                    first: first.id.clone(),
                }
            } else if self.replaces_existing(replaced) {
                let replaced = replaced.clone();
                ReplacesError::NestedReplacement { revision, replaced }
            } else {
                continue;
            };
            self.report(by, HeaderField::Replaces(n), kind);
        }
        self.check_none_missing(by);
    }

    /// Returns whether it replaces revisions whose files exist.
    fn replaces_existing(&self, id: &RevisionId) -> bool {
        let found = self.there.get(id).map(|&i| &self.revisions[i]);
        found.is_some_and(|found| found.replaces.iter().any(|id| self.there.contains_key(id)))
    }

    fn check_none_missing(&mut self, by: &Revision) {
        let is_there = |id: &&RevisionId| self.there.contains_key(id);
        let there: Vec<RevisionId> = by.replaces.iter().filter(is_there).cloned().collect();
        let missing = (0..by.replaces.len()).find(|&n| !is_there(&&by.replaces[n]));
        if let (false, Some(n)) = (there.is_empty(), missing) {
            let kind = ReplacesError::SomeMissing {
                revision: by.id.clone(),
                suggestion: nearest(self.revisions, by, &by.replaces[n])
                    .filter(|suggestion| !by.replaces.contains(suggestion)),
                missing: by.replaces[n].clone(),
                there: Ids(there),
            };
            self.report(by, HeaderField::Replaces(n), kind);
        }
    }

    /// Checks the links of each range.
    fn ranges(&mut self) {
        let (revisions, links) = (self.revisions, self.links);
        let in_order = || links.order.iter().map(|&i| &revisions[i]);
        for revision in in_order().filter(|revision| is_replacement(revision)) {
            let there = revision
                .replaces
                .iter()
                .filter_map(|id| self.there.get(id).copied());
            let members: HashSet<usize> = there.collect();
            if !members.is_empty() {
                self.range(revision, &members);
            }
        }
        // An invalid range would report valid links.
        if self.diagnostics.is_empty() {
            in_order().for_each(|revision| self.links_into(revision));
        }
    }

    fn range(&mut self, by: &Revision, members: &HashSet<usize>) {
        let revision = by.id.clone();
        if let Some(left_out) = self.between(members) {
            let left_out = self.revisions[left_out].id.clone();
            let kind = ReplacesError::LeavesOut { revision, left_out };
            return self.report(by, HeaderField::Replaces(by.replaces.len() - 1), kind);
        }
        let followed: HashSet<usize> = members.iter().flat_map(|&i| self.needs(i)).collect();
        let ends = self.places(by).filter(|(_, i)| !followed.contains(i));
        let ends: Vec<(usize, usize)> = ends.collect();
        match ends[..] {
            [(n, end)] if n + 1 != by.replaces.len() => {
                let end = self.revisions[end].id.clone();
                self.report(
                    by,
                    HeaderField::Replaces(n),
                    ReplacesError::EndNotLast { revision, end },
                );
            }
            [_, (second, _), ..] => {
                let ends = ends.iter().map(|&(_, i)| self.revisions[i].id.clone());
                let ends = Ids(ends.collect());
                let kind = ReplacesError::SeveralEnds { revision, ends };
                self.report(by, HeaderField::Replaces(second), kind);
            }
            _ => {}
        }
        self.check_single_entry(by, members);
        self.check_dependencies(by, members);
    }

    /// Returns the members, with their positions in `replaces`.
    fn places(&self, by: &'_ Revision) -> impl Iterator<Item = (usize, usize)> {
        let place = |(n, id)| Some((n, self.there.get(id).copied()?));
        by.replaces.iter().enumerate().filter_map(place)
    }

    fn needs(&self, i: usize) -> impl Iterator<Item = usize> {
        self.links.down[i]
            .iter()
            .chain(&self.links.deps[i])
            .copied()
    }

    /// Returns a revision that follows a member and that a member follows, including revisions of other branches.
    fn between(&self, members: &HashSet<usize>) -> Option<usize> {
        let window = self.links.order.iter().copied();
        let last = window.clone().rposition(|i| members.contains(&i))?;
        let first = window.clone().position(|i| members.contains(&i))?;
        let window: Vec<usize> = window.take(last + 1).skip(first).collect();
        let mut above: HashSet<usize> = HashSet::new();
        for &i in window.iter().rev() {
            if members.contains(&i) || above.contains(&i) {
                above.extend(self.needs(i));
            }
        }
        let mut below: HashSet<usize> = HashSet::new();
        for &i in &window {
            if self
                .needs(i)
                .any(|on| members.contains(&on) || below.contains(&on))
            {
                below.insert(i);
            }
        }
        let left_out = |i: &usize| !members.contains(i) && above.contains(i) && below.contains(i);
        window.into_iter().find(left_out)
    }

    fn check_single_entry(&mut self, by: &Revision, members: &HashSet<usize>) {
        let outside = members.iter().flat_map(|&i| &self.links.down[i]);
        let outside: BTreeSet<usize> = outside
            .filter(|i| !members.contains(i))
            .map(|&i| self.place(&self.revisions[i].id))
            .collect();
        let mut search = self.links.ancestor_search();
        let mut redundant =
            |one: usize| outside.iter().any(|&other| search.is_ancestor(one, other));
        let replaced_follow: BTreeSet<usize> =
            outside.iter().copied().filter(|&i| !redundant(i)).collect();
        let follows: BTreeSet<usize> = by.down_revisions.iter().map(|id| self.place(id)).collect();
        if follows == replaced_follow {
            return;
        }
        let names = replaced_follow
            .iter()
            .map(|&i| self.revisions[i].id.clone());
        let mut replaced_follow: Vec<RevisionId> = names.collect();
        replaced_follow.sort();
        let place = match by.down_revisions.is_empty() {
            true => HeaderField::Header,
            false => HeaderField::DownRevision(0),
        };
        let kind = ReplacesError::FollowsOther {
            revision: by.id.clone(),
            follows: Ids(by.down_revisions.clone()),
            replaced_follow: Ids(replaced_follow),
        };
        self.report(by, place, kind);
    }

    fn check_dependencies(&mut self, by: &Revision, members: &HashSet<usize>) {
        let needs_own = |id: &RevisionId| by.replaces.contains(id);
        if let Some(n) = by.depends_on.iter().position(needs_own) {
            let kind = ReplacesError::Needs {
                revision: by.id.clone(),
                replaced: by.depends_on[n].clone(),
            };
            return self.report(by, HeaderField::DependsOn(n), kind);
        }
        let own: HashSet<usize> = by.depends_on.iter().map(|id| self.place(id)).collect();
        let of_members = self.places(by).flat_map(|(n, i)| {
            let deps = self.links.deps[i].iter();
            deps.map(move |&on| (n, on))
        });
        let missing = of_members
            .filter(|(_, on)| !members.contains(on))
            .find(|(_, on)| !own.contains(&self.place(&self.revisions[*on].id)));
        if let Some((n, on)) = missing {
            let kind = ReplacesError::DependsOnLess {
                revision: by.id.clone(),
                replaced: by.replaces[n].clone(),
                missing: self.revisions[on].id.clone(),
            };
            self.report(by, HeaderField::Replaces(n), kind);
        }
    }

    /// Returns the position of an id in the graph with replacements.
    fn place(&self, id: &RevisionId) -> usize {
        let mut at = id;
        while let Some(by) = self
            .owner
            .get(at)
            .filter(|by| by.replaces.last() == Some(at))
        {
            at = &by.id;
        }
        self.there.get(at).copied().unwrap_or_default()
    }

    /// Checks the links of a revision into the middle of a range that does not contain it.
    fn links_into(&mut self, revision: &Revision) {
        let own = self.owner.get(&revision.id).map(|by| &by.id);
        let down = revision.down_revisions.iter().enumerate();
        let deps = revision.depends_on.iter().enumerate();
        let down = down.map(|(n, id)| (HeaderField::DownRevision(n), "follows", id));
        let deps = deps.map(|(n, id)| (HeaderField::DependsOn(n), "depends on", id));
        for (place, verb, inside) in down.chain(deps) {
            let Some(by) = self.owner.get(inside) else {
                continue;
            };
            if own == Some(&by.id) || by.id == revision.id || by.replaces.last() == Some(inside) {
                continue;
            }
            if let Some(end) = by.replaces.last().cloned() {
                let kind = ReplacesError::IntoRange {
                    revision: revision.id.clone(),
                    verb,
                    inside: inside.clone(),
                    by: by.id.clone(),
                    end,
                };
                self.report(revision, place, kind);
            }
        }
    }
}
