//! Selects the revision graph of a database if revisions replace others with `replaces`, as [`EffectiveGraph`].
//!
//! A squashed range has two routes: the revisions of the range, and the revision that replaces them. The applied
//! revisions of a database determine its route:
//!
//! ```text
//! the files:  p <── a <── b <── c <── d        and s, which follows p and replaces a, b, c
//!
//! applied of a, b, c   effective graph
//! none                 p <── s <── d             applies s
//! all                  p <── s <── d             counts as having s: no revision of the range runs
//! some                 p <── a <── b <── c <── d continues with the rest of the range
//! ```
//!
//! A range has one end, a revision that has all others as ancestors. A revision after the range follows that end or the
//! replacement; both are the same position in either graph. Each graph is an ordinary one, so plans, targets and
//! histories must not depend on replacements. If the files of a range were removed, only the replacement is left, and a
//! database that applied only a part of the range gets an error.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::error::Ids;
use crate::links::LinkTable;
use crate::{Anchor, Applied, Error, Revision, RevisionGraph, RevisionId, Target};

/// The effective route through a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The revision that replaces the range.
    Squashed,
    /// The revisions of the range.
    Original,
}

/// A revision that replaces others.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    /// The replacement.
    pub(crate) by: RevisionId,
    /// The replaced revisions; the last one is the end of the range.
    pub(crate) replaces: Vec<RevisionId>,
    /// Whether the files of the replaced revisions exist.
    files: Files,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    There,
    Gone,
}

impl Replacement {
    fn names(&self, id: &str) -> bool {
        self.replaces.iter().any(|replaced| replaced.as_str() == id)
    }
}

/// All revisions as written, and the replacements among them.
#[derive(Clone, Debug)]
pub(crate) struct Replacements {
    written: Vec<Revision>,
    list: Vec<Replacement>,
}

/// The ids that refer to positions of a graph without being revisions of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplacedIds {
    /// Revisions at the same position as a revision of the graph.
    pub(crate) instead: HashMap<RevisionId, RevisionId>,
    /// Revisions inside a range that a revision of the graph replaces.
    pub(crate) inside: HashMap<RevisionId, RevisionId>,
}

impl Replacements {
    /// Returns the replacements among `revisions`, or `None` if there are none.
    pub(crate) fn of(revisions: &[Revision]) -> Option<Self> {
        let there: HashSet<&RevisionId> = match revisions.iter().any(is_replacement) {
            true => revisions.iter().map(|revision| &revision.id).collect(),
            false => return None,
        };
        let list = revisions.iter().filter(|revision| is_replacement(revision));
        let list = list.map(|revision| Replacement {
            by: revision.id.clone(),
            replaces: revision.replaces.clone(),
            files: match revision.replaces.iter().any(|id| there.contains(id)) {
                true => Files::There,
                false => Files::Gone,
            },
        });
        Some(Self {
            list: list.collect(),
            written: revisions.to_vec(),
        })
    }

    /// Returns the revisions of the graph with these routes, the links between them, and the ids that are not in it.
    pub(crate) fn along(
        &self,
        route: impl Fn(&Replacement) -> Route,
    ) -> (Vec<Revision>, LinkTable, ReplacedIds) {
        let mut elsewhere = ReplacedIds::default();
        let mut left_out: HashSet<&RevisionId> = HashSet::new();
        for one in &self.list {
            let Some((end, inside)) = one.replaces.split_last() else {
                continue;
            };
            if one.files == Files::There && route(one) == Route::Original {
                left_out.insert(&one.by);
                elsewhere.instead.insert(one.by.clone(), end.clone());
                continue;
            }
            left_out.extend(&one.replaces);
            elsewhere.instead.insert(end.clone(), one.by.clone());
            let inside = inside.iter().map(|id| (id.clone(), one.by.clone()));
            elsewhere.inside.extend(inside);
        }
        let kept = self.written.iter();
        let kept = kept.filter(|revision| !left_out.contains(&revision.id));
        let revisions: Vec<Revision> = kept.map(|revision| elsewhere.relinked(revision)).collect();
        let links = LinkTable::new(&revisions);
        (revisions, links, elsewhere)
    }

    /// Returns the route of a database with these rows, and whether the replacement counts as applied.
    fn progress(&self, one: &Replacement, rows: &HashSet<&str>) -> Result<Gone, Error> {
        let (there, missing): (Vec<_>, Vec<_>) = one
            .replaces
            .iter()
            .partition(|id| rows.contains(id.as_str()));
        if rows.contains(one.by.as_str()) || there.is_empty() {
            return Ok(Gone::NotStarted);
        }
        match (missing.is_empty(), one.files) {
            (true, _) => Ok(Gone::Complete),
            (false, Files::There) => Ok(Gone::Partial),
            (false, Files::Gone) => Err(Error::PartlyReplaced {
                by: one.by.clone(),
                there: Ids(there.into_iter().cloned().collect()),
                missing: Ids(missing.into_iter().cloned().collect()),
            }),
        }
    }
}

/// The progress of a database through a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gone {
    /// None of the revisions of the range are applied; the replacement may be.
    NotStarted,
    /// All revisions of the range are applied.
    Complete,
    /// Some revisions of the range are applied.
    Partial,
}

impl ReplacedIds {
    /// Returns the revision of the graph at the same position as a revision that is not in it.
    pub(crate) fn instead_of(&self, id: &str) -> Option<&RevisionId> {
        let mut at = self.instead.get(id)?;
        // A replacement may itself be replaced, but never in a cycle.
        for _ in 0..self.instead.len() {
            at = self.instead.get(at).unwrap_or(at);
        }
        Some(at)
    }

    /// Returns the revision of the graph that replaces this one, which is not in it.
    pub(crate) fn replacement(&self, id: &str) -> Option<&RevisionId> {
        let by = self.inside.get(id);
        self.instead_of(id)
            .or_else(|| by.map(|by| self.instead_of(by.as_str()).unwrap_or(by)))
    }

    /// Returns the only id with this prefix.
    pub(crate) fn beginning_with(&self, prefix: &str) -> Option<&RevisionId> {
        let names = self.instead.keys().chain(self.inside.keys());
        let mut found = names.filter(|id| id.as_str().starts_with(prefix));
        found.next().filter(|_| found.next().is_none())
    }

    fn relinked(&self, revision: &Revision) -> Revision {
        let followed = |id: &RevisionId| self.instead_of(id.as_str()).unwrap_or(id).clone();
        let all = |ids: &[RevisionId]| ids.iter().map(followed).collect();
        Revision {
            down_revisions: all(&revision.down_revisions),
            depends_on: all(&revision.depends_on),
            ..revision.clone()
        }
    }
}

/// The effective graph of a database, and its applied revisions in that graph.
#[derive(Clone, Debug)]
pub struct EffectiveGraph<'g> {
    /// The graph with the route of the database.
    pub graph: Cow<'g, RevisionGraph>,
    /// The recorded revisions in order. A replacement is listed in place of the last revision it replaces; ids that no
    /// file defines are listed unchanged.
    pub revisions: Vec<RevisionId>,
}

impl RevisionGraph {
    /// Returns the effective graph of a database with these recorded revisions, in the order they were applied.
    ///
    /// `unfinished` is an unfinished revision, which fixes the route of its range. A target inside a range does the
    /// same, unless the database has applied the replacement.
    ///
    /// ```
    /// use migrate_graph::{Applied, Target, plan, testing::graph};
    ///
    /// let graph = graph("a; b <- a; c <- b; s replaces a, b");
    /// let to_heads = |rows: &[&str]| {
    ///     let effective = graph.effective_graph(rows, None, None)?;
    ///     let applied = Applied::in_order(&effective.graph, &effective.revisions)?;
    ///     plan::upgrade(&effective.graph, &applied, &Target::parse("heads")?)
    /// };
    /// assert_eq!(to_heads(&[])?.to_string(), "upgrade s, upgrade c");
    /// assert_eq!(to_heads(&["a"])?.to_string(), "upgrade b, upgrade c");
    /// assert_eq!(to_heads(&["a", "b"])?.to_string(), "upgrade c");
    /// # Ok::<(), migrate_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::PartlyReplaced`] if the database has applied a part of a range whose files were removed.
    pub fn effective_graph(
        &self,
        rows: &[impl AsRef<str>],
        unfinished: Option<&str>,
        target: Option<&Target>,
    ) -> Result<EffectiveGraph<'_>, Error> {
        let names = || rows.iter().map(AsRef::as_ref);
        let Some(replacements) = self.replacements() else {
            let revisions = names().map(RevisionId::new).collect::<Result<_, _>>()?;
            return Ok(EffectiveGraph {
                graph: Cow::Borrowed(self),
                revisions,
            });
        };
        let set: HashSet<&str> = names().chain(unfinished).collect();
        let mut long: HashSet<&RevisionId> = HashSet::new();
        let mut stands_for: HashMap<&str, &Replacement> = HashMap::new();
        let aimed_at = target.and_then(|target| self.aimed_inside(target));
        for one in &replacements.list {
            let keeps = unfinished.is_some_and(|unfinished| one.names(unfinished))
                || aimed_at.is_some_and(|aim| aim == &one.by && !set.contains(aim.as_str()));
            match replacements.progress(one, &set)? {
                Gone::Partial => drop(long.insert(&one.by)),
                _ if keeps && one.files == Files::There => drop(long.insert(&one.by)),
                Gone::Complete | Gone::NotStarted => {
                    let members = one.replaces.iter().map(|id| (id.as_str(), one));
                    stands_for.extend(members);
                }
            }
        }
        let revisions = with_replacements(names(), &set, &stands_for)?;
        let graph = match long.is_empty() {
            true => Cow::Borrowed(self),
            false => Cow::Owned(self.along(|one| match long.contains(&one.by) {
                true => Route::Original,
                false => Route::Squashed,
            })),
        };
        Ok(EffectiveGraph { graph, revisions })
    }

    /// Returns the effective graph of a database that has applied these revisions and all their dependencies.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownApplied`] with every id that no file defines; [`Error::PartlyReplaced`] if they are inside a
    /// range whose files were removed.
    pub fn effective_closure(
        &self,
        ids: &[impl AsRef<str>],
        target: Option<&Target>,
    ) -> Result<EffectiveGraph<'_>, Error> {
        let Some(replacements) = self.replacements() else {
            let applied = Applied::closure_of(self, ids)?;
            return Ok(EffectiveGraph {
                revisions: applied.ids(self),
                graph: Cow::Borrowed(self),
            });
        };
        let inside = |one: &Replacement| {
            let (_, inside) = one.replaces.split_last()?;
            let named = |id: &&RevisionId| ids.iter().any(|named| named.as_ref() == id.as_str());
            inside.iter().find(named).cloned()
        };
        let without_files = replacements
            .list
            .iter()
            .filter(|one| one.files == Files::Gone);
        for one in without_files {
            if let Some(id) = inside(one) {
                return Err(Error::PartlyReplaced {
                    by: one.by.clone(),
                    missing: Ids(one.replaces.last().cloned().into_iter().collect()),
                    there: Ids(vec![id]),
                });
            }
        }
        let graph = self.along(|one| match inside(one) {
            Some(_) => Route::Original,
            None => Route::Squashed,
        });
        let ids: Vec<&str> = ids
            .iter()
            .map(AsRef::as_ref)
            .map(|id| {
                graph
                    .replaced_ids()
                    .instead_of(id)
                    .map_or(id, RevisionId::as_str)
            })
            .collect();
        let applied = Applied::closure_of(&graph, ids)?.ids(&graph);
        self.effective_graph(&applied, None, target)
    }

    /// Returns the graph that contains a revision even if another one replaces it.
    pub fn with_revision(&self, id: &str) -> Cow<'_, Self> {
        let named = |one: &Replacement| one.files == Files::There && one.names(id);
        let mut list = self.replacements().into_iter().flat_map(|all| &all.list);
        match list.any(named) {
            false => Cow::Borrowed(self),
            true => Cow::Owned(self.along(|one| match named(one) {
                true => Route::Original,
                false => Route::Squashed,
            })),
        }
    }

    /// Returns the replacement of the range that contains the target's revision.
    fn aimed_inside(&self, target: &Target) -> Option<&RevisionId> {
        let anchor = match &target.anchor {
            Some(Anchor::Name(name)) => Some(name),
            _ => None,
        };
        let mut names = anchor.into_iter().chain(&target.branch);
        names.find_map(|name| {
            let inside = &self.replaced_ids().inside;
            let long = || self.replaced_ids().beginning_with(name);
            inside.get(name.as_str()).or_else(|| inside.get(long()?))
        })
    }

    /// Returns the graph with these routes.
    fn along(&self, route: impl Fn(&Replacement) -> Route) -> Self {
        match self.replacements() {
            None => self.clone(),
            Some(replacements) => Self::with_replacements(Arc::clone(replacements), route),
        }
    }
}

/// Returns the recorded ids, with each replacement in place of the last revision it replaces.
fn with_replacements<'r>(
    names: impl DoubleEndedIterator<Item = &'r str>,
    rows: &HashSet<&str>,
    replacement_of: &HashMap<&str, &Replacement>,
) -> Result<Vec<RevisionId>, Error> {
    let mut seen: HashSet<&RevisionId> = HashSet::new();
    let mut revisions = Vec::new();
    // In reverse order, so that the last row of a range is the one that counts.
    for name in names.rev() {
        match replacement_of.get(name) {
            None => revisions.push(RevisionId::new(name)?),
            Some(one) if rows.contains(one.by.as_str()) => {}
            Some(one) => revisions.extend(seen.insert(&one.by).then(|| one.by.clone())),
        }
    }
    revisions.reverse();
    Ok(revisions)
}

pub(crate) fn is_replacement(revision: &Revision) -> bool {
    !revision.replaces.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::graph;
    use crate::{Target, plan};

    fn ids(graph: &RevisionGraph) -> Vec<&str> {
        graph.iter().map(|revision| revision.id.as_str()).collect()
    }

    /// The plan of a database with these rows, and the heads it has.
    fn planned(
        text: &str,
        rows: &[&str],
        unfinished: Option<&str>,
        target: &str,
    ) -> Result<String, Error> {
        let graph = graph(text);
        let target = Target::parse(target)?;
        let effective = graph.effective_graph(rows, unfinished, Some(&target))?;
        let applied = Applied::in_order(&effective.graph, &effective.revisions)?;
        applied.check_closed(&effective.graph)?;
        let plan = match target.offset {
            Some(..0) => plan::downgrade(&effective.graph, &applied, &target)?,
            _ => plan::upgrade(&effective.graph, &applied, &target)?,
        };
        let heads = applied.heads(&effective.graph);
        let heads: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
        Ok(format!("{}: {plan}", heads.join(" ")))
    }

    const THERE: &str = "p; a <- p; b <- a; c <- b; d <- c; s <- p replaces a, b, c; e <- d";
    const GONE: &str = "p; d <- c; s <- p replaces a, b, c; e <- d";

    #[test]
    fn a_new_database_takes_the_one_revision() {
        for text in [THERE, GONE] {
            assert_eq!(ids(&graph(text)), ["p", "s", "d", "e"]);
            assert_eq!(
                planned(text, &["p"], None, "heads").unwrap(),
                "p: upgrade s, upgrade d, upgrade e"
            );
        }
    }

    #[test]
    fn a_database_that_has_all_of_them_has_the_one() {
        for text in [THERE, GONE] {
            for rows in [
                &["p", "a", "b", "c", "d"][..],
                &["p", "s", "d"],
                &["p", "a", "b", "c", "s", "d"],
            ] {
                assert_eq!(planned(text, rows, None, "heads").unwrap(), "d: upgrade e");
                assert_eq!(
                    planned(text, rows, None, "-2").unwrap(),
                    "d: downgrade d, downgrade s"
                );
            }
        }
    }

    #[test]
    fn a_database_that_has_some_of_them_continues_along_them() {
        assert_eq!(
            planned(THERE, &["p", "a"], None, "heads").unwrap(),
            "a: upgrade b, upgrade c, upgrade d, upgrade e"
        );
        assert_eq!(
            planned(THERE, &["p", "a"], None, "s").unwrap(),
            "a: upgrade b, upgrade c"
        );
        assert_eq!(
            planned(THERE, &["p", "a", "b"], None, "-1").unwrap(),
            "b: downgrade b"
        );
        let error = planned(GONE, &["p", "a"], None, "heads").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the database has applied only a part of the revisions that `s` replaces: it has `a`, but not `b` and `c`"
        );
        assert_eq!(error.code(), "partly_replaced");
    }

    #[test]
    fn a_started_route_is_kept() {
        assert_eq!(
            planned(THERE, &["p"], Some("a"), "a").unwrap(),
            "p: upgrade a"
        );
        assert_eq!(
            planned(THERE, &["p", "a", "b", "c"], Some("c"), "-1").unwrap(),
            "c: downgrade c"
        );
    }

    #[test]
    fn the_end_of_a_range_can_be_named_and_its_middle_if_its_files_exist() {
        assert_eq!(planned(THERE, &["p"], None, "c").unwrap(), "p: upgrade s");
        assert_eq!(
            planned(THERE, &["p"], None, "b").unwrap(),
            "p: upgrade a, upgrade b"
        );
        assert_eq!(
            planned(THERE, &["p", "a", "b", "c"], None, "b").unwrap(),
            "c: "
        );
        for (text, rows) in [(THERE, &["p", "s"][..]), (GONE, &["p"])] {
            let error = planned(text, rows, None, "b").unwrap_err();
            assert_eq!(error.to_string(), "revision `b` is replaced by `s`");
        }
        let long = "aaaa1; aaaa2 <- aaaa1; cccc1 <- aaaa2; ssss replaces aaaa1, aaaa2";
        assert_eq!(
            planned(long, &[], None, "cccc").unwrap(),
            ": upgrade ssss, upgrade cccc1"
        );
        assert_eq!(
            planned(long, &[], None, "aaaa1").unwrap(),
            ": upgrade aaaa1"
        );
    }

    #[test]
    fn what_is_applied_below_a_revision_is_derived_from_its_name() {
        let graph = graph(THERE);
        for (named, expected) in [
            ("d", &["p", "s", "d"][..]),
            ("c", &["p", "s"]),
            ("s", &["p", "s"]),
            ("b", &["p", "a", "b"]),
        ] {
            let effective = graph.effective_closure(&[named], None).unwrap();
            let revisions: Vec<&str> = effective.revisions.iter().map(RevisionId::as_str).collect();
            assert_eq!(revisions, expected, "{named}");
        }
    }

    #[test]
    fn a_replaced_revision_can_be_shown() {
        let graph = graph(THERE);
        assert_eq!(
            ids(&graph.with_revision("c")),
            ["p", "a", "b", "c", "d", "e"]
        );
        assert_eq!(ids(&graph.with_revision("s")), ["p", "s", "d", "e"]);
    }

    #[test]
    fn a_squash_may_be_squashed_once_its_files_are_removed() {
        let text = "s <- p replaces a, b; p; c <- b; t replaces p, s, c; d <- c";
        assert_eq!(ids(&graph(text)), ["t", "d"]);
        assert_eq!(
            planned(text, &["p", "s"], None, "heads").unwrap(),
            "s: upgrade c, upgrade d"
        );
        assert_eq!(
            planned(text, &["p", "s", "c"], None, "heads").unwrap(),
            "t: upgrade d"
        );
    }
}
