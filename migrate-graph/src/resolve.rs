//! Resolves a [`Target`] to revisions of a graph: names, heads, and offsets up and down.
//!
//! It must not modify the graph or depend on a database.

use crate::applied::members;
use crate::check::nearest_id;
use crate::error::Ids;
use crate::graph::Set;
use crate::{Anchor, Applied, Error, Links, Revision, RevisionGraph, RevisionId, Target};

/// The minimum number of characters of a prefix.
const SHORTEST_PREFIX: usize = 4;

/// The positions that a target names in the graph, or the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Before every revision.
    Base,
    /// These revisions, in the graph's order; none if the target names heads and there are none.
    Revisions(Vec<RevisionId>),
}

/// Returns a file's name without `m`, date and time: `m20261130_120000_adds_users` is `adds_users`.
fn slug_of(stem: &str) -> &str {
    let mut parts = stem.splitn(3, '_');
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(date), Some(time), Some(slug))
            if date.strip_prefix('m').is_some_and(digits) && digits(time) =>
        {
            slug
        }
        _ => stem,
    }
}

impl RevisionGraph {
    /// Returns the only revision that matches a name: a full id, a branch label, or a unique prefix of an id.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownRevision`], [`Error::PrefixTooShort`] or [`Error::AmbiguousRevision`].
    pub fn resolve_name(&self, name: &str) -> Result<&RevisionId, Error> {
        self.find(name).map(|i| self.id(i))
    }

    /// Returns the revisions that a target names, with `applied` for `current` and for offsets without an anchor.
    ///
    /// # Errors
    ///
    /// Every [`Error`] about targets: unknown, ambiguous, on another branch, or out of range.
    pub fn resolve(&self, target: &Target, applied: &Applied) -> Result<Resolved, Error> {
        Ok(match self.places(target, applied)? {
            Places::Base => Resolved::Base,
            Places::Revisions(places) => Resolved::Revisions(self.ids(places)),
        })
    }

    pub(crate) fn find(&self, name: &str) -> Result<usize, Error> {
        if let Some(i) = self.position(name).or_else(|| self.labelled(name)) {
            return Ok(i);
        }
        if let Some(i) = self.replaced(name)? {
            return Ok(i);
        }
        let candidates: Vec<usize> = (0..self.len())
            .filter(|&i| self.id(i).as_str().starts_with(name))
            .collect();
        if name.len() < SHORTEST_PREFIX {
            let candidates = Ids(self.ids(candidates));
            return Err(match candidates.0.is_empty() {
                true => self.unknown(name),
                false => Error::PrefixTooShort {
                    name: name.to_owned(),
                    candidates,
                },
            });
        }
        match candidates[..] {
            [one] => Ok(one),
            [] => match self.replaced_ids().beginning_with(name) {
                Some(id) => self.find(id.as_str()),
                None => Err(self.unknown(name)),
            },
            _ => Err(Error::AmbiguousRevision {
                name: name.to_owned(),
                candidates: Ids(self.ids(candidates)),
            }),
        }
    }

    /// Returns the revision at the same position as one that is not in the graph.
    ///
    /// # Errors
    ///
    /// [`Error::Replaced`] for a revision inside a replaced range, because this graph has no such position.
    fn replaced(&self, name: &str) -> Result<Option<usize>, Error> {
        let elsewhere = self.replaced_ids();
        if let Some((revision, by)) = elsewhere.inside.get_key_value(name) {
            let (revision, by) = (revision.clone(), by.clone());
            return Err(Error::Replaced { revision, by });
        }
        let instead = elsewhere.instead_of(name);
        Ok(instead.and_then(|id| self.position(id.as_str())))
    }

    /// Returns the error of an unknown name, with the revision whose id, start of an id, or file it may mean.
    fn unknown(&self, name: &str) -> Error {
        let by_id = nearest_id(self.iter().map(|revision| &revision.id), name);
        let by_id = by_id.or_else(|| self.nearest_start(name));
        let by_file = match by_id {
            Some(_) => None,
            None => self.nearest_file(name),
        };
        Error::UnknownRevision {
            name: name.to_owned(),
            file: by_file.map(|revision| revision.file.clone()),
            suggestion: by_id.or_else(|| by_file.map(|revision| revision.id.clone())),
        }
    }

    /// A typo in a prefix. Shorter prefixes are similar to too many ids.
    fn nearest_start(&self, name: &str) -> Option<RevisionId> {
        const LONG_ENOUGH: usize = 6;
        let length = name.chars().count();
        let starts = self.iter().filter_map(|revision| {
            let start: String = revision.id.as_str().chars().take(length).collect();
            let distance = strsim::damerau_levenshtein(&start, name);
            (distance <= length / LONG_ENOUGH).then_some((distance, &revision.id))
        });
        starts.min().map(|(_, id)| id.clone())
    }

    /// A file name, or the part of it that is written from the message.
    fn nearest_file(&self, name: &str) -> Option<&Revision> {
        let name = name.to_lowercase();
        let most = (name.chars().count() / 4).min(4);
        let slugs = self.iter().filter_map(|revision| {
            let stem = revision.file.file_stem()?.to_str()?;
            let distance = |text| strsim::damerau_levenshtein(text, &name);
            let distance = distance(stem).min(distance(slug_of(stem)));
            (distance <= most).then_some((distance, revision))
        });
        let nearest = slugs
            .min_by(|(few, one), (many, other)| few.cmp(many).then_with(|| one.id.cmp(&other.id)));
        nearest.map(|(_, revision)| revision)
    }

    pub(crate) fn places(&self, target: &Target, applied: &Applied) -> Result<Places, Error> {
        let branch = target
            .branch
            .as_deref()
            .map(|name| Branch::new(self, name))
            .transpose()?;
        let Some(offset) = target.offset else {
            return self.anchor_places(target, branch.as_ref(), applied);
        };
        let start = match &target.anchor {
            Some(_) => self.one_place(target, branch.as_ref(), applied)?,
            None => self.walk_start(target, branch.as_ref(), applied)?,
        };
        let end = self.walk(start, target, offset, branch.as_ref())?;
        Ok(end.map_or(Places::Base, |i| Places::Revisions(vec![i])))
    }

    fn anchor_places(
        &self,
        target: &Target,
        branch: Option<&Branch>,
        applied: &Applied,
    ) -> Result<Places, Error> {
        let on_branch = |i: &usize| branch.is_none_or(|branch| branch.members[*i]);
        let heads = || {
            (0..self.len())
                .filter(|i| self.next(*i).is_empty())
                .filter(on_branch)
                .collect::<Vec<_>>()
        };
        Ok(Places::Revisions(match target.anchor.as_ref() {
            Some(Anchor::Base) => return Ok(Places::Base),
            Some(Anchor::Head) => {
                let heads = heads();
                if heads.len() > 1 {
                    let heads = Ids(self.ids(heads));
                    return Err(Error::MultipleHeads {
                        target: target.to_string(),
                        heads,
                    });
                }
                heads
            }
            Some(Anchor::Heads) if branch.is_some() => heads(),
            Some(Anchor::Heads) => self.tips(&vec![true; self.len()]),
            Some(Anchor::Current) | None => self
                .tips(applied.set())
                .into_iter()
                .filter(on_branch)
                .collect(),
            Some(Anchor::Name(name)) => vec![self.find_on(name, branch)?],
        }))
    }

    /// Resolves a name on a branch: a full id must be on it, a prefix must be unique only among its revisions.
    fn find_on(&self, name: &str, branch: Option<&Branch>) -> Result<usize, Error> {
        let Some(branch) = branch else {
            return self.find(name);
        };
        match self.find(name) {
            Ok(i) if branch.members[i] => Ok(i),
            Ok(i) => Err(Error::NotOnBranch {
                revision: self.id(i).clone(),
                branch: branch.name.clone(),
            }),
            Err(Error::AmbiguousRevision { name, candidates }) => {
                let on_branch: Vec<usize> = candidates
                    .0
                    .iter()
                    .filter_map(|id| self.position(id.as_str()))
                    .filter(|i| branch.members[*i])
                    .collect();
                match on_branch[..] {
                    [one] => Ok(one),
                    [] => Err(Error::AmbiguousRevision { name, candidates }),
                    _ => Err(Error::AmbiguousRevision {
                        name,
                        candidates: Ids(self.ids(on_branch)),
                    }),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the position that the anchor of an offset names; `None` is the base.
    fn one_place(
        &self,
        target: &Target,
        branch: Option<&Branch>,
        applied: &Applied,
    ) -> Result<Option<usize>, Error> {
        match self.anchor_places(target, branch, applied)? {
            Places::Base => Ok(None),
            Places::Revisions(places) => match places[..] {
                [one] => Ok(Some(one)),
                [] if target.anchor == Some(Anchor::Current) => Ok(None),
                [] => Err(Error::NoRevision {
                    target: target.to_string(),
                }),
                _ => Err(Error::NotOneRevision {
                    target: target.to_string(),
                    candidates: Ids(self.ids(places)),
                }),
            },
        }
    }

    /// Returns the start of an offset without an anchor: the applied head, on the branch if one is named, or the base.
    fn walk_start(
        &self,
        target: &Target,
        branch: Option<&Branch>,
        applied: &Applied,
    ) -> Result<Option<usize>, Error> {
        let heads = self.tips(applied.set());
        let starts = match branch {
            None => heads,
            Some(branch) => {
                let on_branch: Vec<usize> =
                    heads.into_iter().filter(|&i| branch.members[i]).collect();
                if on_branch.is_empty() {
                    self.tips(&intersection(applied.set(), &branch.members))
                } else {
                    on_branch
                }
            }
        };
        self.single_start(target, starts)
    }

    fn single_start(&self, target: &Target, starts: Vec<usize>) -> Result<Option<usize>, Error> {
        match starts[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Error::AmbiguousStart {
                target: target.to_string(),
                candidates: Ids(self.ids(starts)),
            }),
        }
    }

    /// Walks `offset` revisions along `down_revision` links; `None` is the base, at both ends of the walk.
    fn walk(
        &self,
        start: Option<usize>,
        target: &Target,
        offset: i64,
        branch: Option<&Branch>,
    ) -> Result<Option<usize>, Error> {
        let (wanted, way) = (
            offset.unsigned_abs(),
            if offset > 0 { "up" } else { "down" },
        );
        let mut at = start;
        for found in 0..wanted {
            let too_far = || Error::OffsetOutOfRange {
                target: target.to_string(),
                found,
                wanted,
            };
            let candidates = match (at, offset > 0) {
                (Some(i), true) => self.next(i).to_vec(),
                (None, true) => (0..self.len())
                    .filter(|&i| self.down(i).is_empty())
                    .collect(),
                (Some(i), false) => self.down(i).to_vec(),
                (None, false) => return Err(too_far()),
            };
            let on_branch =
                |i: &usize| offset < 0 || branch.is_none_or(|branch| branch.members[*i]);
            let candidates: Vec<usize> = candidates.into_iter().filter(on_branch).collect();
            at = match candidates[..] {
                [one] => Some(one),
                [] if offset < 0 => None,
                [] => return Err(too_far()),
                _ => {
                    let at = at.map_or("base", |i| self.id(i).as_str()).to_owned();
                    let candidates = Ids(self.ids(candidates));
                    return Err(Error::AmbiguousWalk {
                        target: target.to_string(),
                        at,
                        way,
                        candidates,
                    });
                }
            };
        }
        Ok(at)
    }
}

/// The positions that a target names, in the graph's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    Base,
    Revisions(Vec<usize>),
}

/// The branch that restricts a target.
pub(crate) struct Branch {
    pub(crate) name: String,
    pub(crate) members: Set,
}

impl Branch {
    pub(crate) fn new(graph: &RevisionGraph, name: &str) -> Result<Self, Error> {
        let revision = graph.find(name)?;
        Ok(Self {
            name: name.to_owned(),
            members: graph.branch(revision),
        })
    }
}

pub(crate) fn intersection(a: &Set, b: &Set) -> Set {
    a.iter().zip(b).map(|(a, b)| *a && *b).collect()
}

/// Returns the revisions of a `history` range, in the graph's order.
///
/// An offset without an anchor is relative to the other end: `-3:current` starts three below current, `a1b2:+2` ends
/// two above.
///
/// # Errors
///
/// [`Error::NotAnAncestor`] if the ends are not on one branch, and every error of a target.
pub fn range(
    graph: &RevisionGraph,
    range: &crate::Range,
    applied: &Applied,
) -> Result<Vec<RevisionId>, Error> {
    let (lower, upper) = anchor_offsets(graph, range, applied)?;
    let all = match &upper {
        Places::Base => vec![false; graph.len()],
        Places::Revisions(upper) => graph.above(upper.iter().copied(), Links::All),
    };
    let Places::Revisions(lower) = lower else {
        return Ok(graph.ids(members(&all)));
    };
    if lower.iter().any(|&i| !all[i]) {
        return Err(Error::NotAnAncestor {
            lower: range.lower.to_string(),
            upper: range.upper.to_string(),
        });
    }
    Ok(graph.ids(members(&intersection(
        &all,
        &graph.below(lower, Links::Down),
    ))))
}

fn anchor_offsets(
    graph: &RevisionGraph,
    range: &crate::Range,
    applied: &Applied,
) -> Result<(Places, Places), Error> {
    let relative = |target: &Target| target.anchor.is_none();
    match (relative(&range.lower), relative(&range.upper)) {
        (true, true) => Err(Error::InvalidTarget {
            target: range.to_string(),
            reason: "both ends are offsets, but one end of a range must name a revision",
        }),
        (true, false) => {
            let upper = graph.places(&range.upper, applied)?;
            let lower = graph.places(&range.lower, &at(graph, &upper))?;
            Ok((lower, upper))
        }
        (false, true) => {
            let lower = graph.places(&range.lower, applied)?;
            let upper = graph.places(&range.upper, &at(graph, &lower))?;
            Ok((lower, upper))
        }
        (false, false) => Ok((
            graph.places(&range.lower, applied)?,
            graph.places(&range.upper, applied)?,
        )),
    }
}

/// Returns the applied revisions whose heads are these positions.
fn at(graph: &RevisionGraph, places: &Places) -> Applied {
    match places {
        Places::Base => Applied::none(graph),
        Places::Revisions(places) => {
            Applied::with_set(graph.above(places.iter().copied(), Links::All))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::RevisionGraph;
    use crate::testing::revisions;

    #[test]
    fn an_unknown_name_suggests_the_revision_with_a_similar_id_or_file() {
        let mut revisions = revisions("3f2a91c0d4e5; b7c6d5e4f3a2 <- 3f2a91c0d4e5");
        revisions[1].file = "src/migrations/m20261130_120000_fix_income_table.rs".into();
        let graph = RevisionGraph::new(revisions).unwrap();
        let help = |name: &str| graph.resolve_name(name).unwrap_err().help().unwrap();
        let by_file = "did you mean `b7c6d5e4f3a2`, in m20261130_120000_fix_income_table.rs?";
        for (name, expected) in [
            ("3f2a91c0d4e6", "did you mean `3f2a91c0d4e5`?"),
            // A prefix with a typo.
            ("3f2b91c0", "did you mean `3f2a91c0d4e5`?"),
            ("b7c65de4f3", "did you mean `b7c6d5e4f3a2`?"),
            ("fix_incom_table", by_file),
            ("fix_income_table", by_file),
            ("m20261130_120000_fix_incom_table", by_file),
            ("Fix_Income_Tabel", by_file),
        ] {
            assert_eq!(help(name), expected, "{name}");
        }
        for name in ["zzzz", "3f2b", "fixing_everything", "000000"] {
            assert_eq!(
                help(name),
                "run `cargo migrate history` to list the revisions",
                "{name}"
            );
        }
    }
}
