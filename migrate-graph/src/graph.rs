//! The [`RevisionGraph`]: heads, bases, branch points, ancestors and branches.
//!
//! It must not contain an invalid link: its constructor reports errors.

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::{self, Diagnostic};
use crate::links::LinkTable;
use crate::replacement::{ReplacedIds, Replacement, Replacements, Route};
use crate::{BranchLabel, Revision, RevisionId};

/// The links that a query follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// `down_revision` only: the revisions of a branch.
    Down,
    /// `down_revision` and `depends_on`: all revisions that must be applied first.
    All,
}

/// A valid graph of revisions: without unknown links, cycles, duplicates or redundant parents.
///
/// It contains replacements instead of the revisions they replace, as for a new database.
/// [`effective_graph`](RevisionGraph::effective_graph) returns the effective graph of a database that has applied some
/// of the latter.
///
/// All methods use the same order of revisions: each after its parents and dependencies, ties by creation date, then
/// id. Every query takes time linear in revisions and links, and does not recurse.
///
/// ```
/// use migrate_graph::testing::graph;
///
/// let graph = graph("a; b <- a; c <- a; m <- b, c");
/// assert_eq!(graph.heads().map(|revision| revision.id.as_str()).collect::<Vec<_>>(), ["m"]);
/// assert_eq!(graph.branch_points().map(|revision| revision.id.as_str()).collect::<Vec<_>>(), ["a"]);
/// ```
#[derive(Clone, Debug)]
pub struct RevisionGraph {
    revisions: Vec<Revision>,
    index: HashMap<RevisionId, usize>,
    labels: HashMap<BranchLabel, usize>,
    down: Vec<Vec<usize>>,
    deps: Vec<Vec<usize>>,
    next: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
    elsewhere: ReplacedIds,
    replacements: Option<Arc<Replacements>>,
}

/// A set of revisions, by their position in the graph's order.
pub(crate) type Set = Vec<bool>;

impl RevisionGraph {
    /// Returns the graph of `revisions`, given in any order.
    ///
    /// # Errors
    ///
    /// Every error in the links between them. Several heads and several bases are not an error here.
    pub fn new(revisions: Vec<Revision>) -> Result<Self, Vec<Diagnostic>> {
        let (links, diagnostics) = check::structure(&revisions);
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        Ok(match Replacements::of(&revisions) {
            None => Self::build(revisions, &links),
            Some(all) => Self::with_replacements(Arc::new(all), |_| Route::Squashed),
        })
    }

    /// Returns the graph with these routes through replaced ranges.
    pub(crate) fn with_replacements(
        all: Arc<Replacements>,
        route: impl Fn(&Replacement) -> Route,
    ) -> Self {
        let (revisions, links, elsewhere) = all.along(route);
        Self {
            elsewhere,
            replacements: Some(all),
            ..Self::build(revisions, &links)
        }
    }

    fn build(revisions: Vec<Revision>, links: &LinkTable) -> Self {
        let mut place = vec![0; revisions.len()];
        for (n, &i) in links.order.iter().enumerate() {
            place[i] = n;
        }
        let renumber = |lists: &[Vec<usize>]| -> Vec<Vec<usize>> {
            links
                .order
                .iter()
                .map(|&i| lists[i].iter().map(|&parent| place[parent]).collect())
                .collect()
        };
        let (down, deps) = (renumber(&links.down), renumber(&links.deps));
        let (next, dependents) = (reversed(&down), reversed(&deps));
        let mut slots: Vec<Option<Revision>> = revisions.into_iter().map(Some).collect();
        let revisions: Vec<Revision> = links
            .order
            .iter()
            .filter_map(|&i| slots[i].take())
            .collect();
        let index = revisions
            .iter()
            .enumerate()
            .map(|(i, revision)| (revision.id.clone(), i))
            .collect();
        let labels = revisions
            .iter()
            .enumerate()
            .flat_map(|(i, revision)| {
                revision
                    .branch_labels
                    .iter()
                    .map(move |label| (label.clone(), i))
            })
            .collect();
        Self {
            revisions,
            index,
            labels,
            down,
            deps,
            next,
            dependents,
            elsewhere: ReplacedIds::default(),
            replacements: None,
        }
    }

    /// Returns the number of revisions.
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Returns whether the graph is empty.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// Returns all revisions, each after its parents and dependencies.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Revision> + ExactSizeIterator {
        self.revisions.iter()
    }

    /// Returns the revision with exactly this id.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.index.get(id).map(|&i| &self.revisions[i])
    }

    /// Returns the revisions that no other revision follows.
    pub fn heads(&self) -> impl Iterator<Item = &Revision> {
        self.pick(|i| self.next[i].is_empty())
    }

    /// Returns the revisions that no other revision follows or depends on.
    pub fn effective_heads(&self) -> impl Iterator<Item = &Revision> {
        self.pick(|i| self.next[i].is_empty() && self.dependents[i].is_empty())
    }

    /// Returns the revisions that follow no other revision.
    pub fn bases(&self) -> impl Iterator<Item = &Revision> {
        self.pick(|i| self.down[i].is_empty())
    }

    /// Returns the revisions that several other revisions follow.
    pub fn branch_points(&self) -> impl Iterator<Item = &Revision> {
        self.pick(|i| self.next[i].len() > 1)
    }

    /// Returns the revisions that follow `id` directly, in the graph's order.
    pub fn children(&self, id: &RevisionId) -> impl Iterator<Item = &Revision> {
        let children = self.index.get(id).map_or(&[][..], |&i| &self.next[i]);
        children.iter().map(|&i| &self.revisions[i])
    }

    /// Returns `ids` and all their ancestors, in the graph's order; ignores unknown ids.
    pub fn ancestors<'g>(
        &'g self,
        ids: impl IntoIterator<Item = &'g RevisionId>,
        links: Links,
    ) -> Vec<&'g Revision> {
        self.members(&self.above(self.indices(ids), links))
    }

    /// Returns `ids` and all their descendants, in the graph's order; ignores unknown ids.
    pub fn descendants<'g>(
        &'g self,
        ids: impl IntoIterator<Item = &'g RevisionId>,
        links: Links,
    ) -> Vec<&'g Revision> {
        self.members(&self.below(self.indices(ids), links))
    }

    /// Returns the branch labels of each revision, in the graph's order.
    ///
    /// A label applies to the revision that declares it and to all its descendants.
    pub fn branch_labels(&self) -> Vec<Vec<&BranchLabel>> {
        let mut all_labels: Vec<Vec<&BranchLabel>> = vec![Vec::new(); self.len()];
        for i in 0..self.len() {
            let mut labels: Vec<&BranchLabel> = self.down[i]
                .iter()
                .flat_map(|&parent| all_labels[parent].clone())
                .collect();
            labels.extend(&self.revisions[i].branch_labels);
            labels.sort();
            labels.dedup();
            all_labels[i] = labels;
        }
        all_labels
    }

    /// Returns the position of a revision in the graph's order.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// Returns whether a file defines this revision, or one that replaces it.
    pub fn knows(&self, id: &str) -> bool {
        self.index.contains_key(id) || self.elsewhere.replacement(id).is_some()
    }

    /// Returns the data about ids that are not revisions of the graph.
    pub(crate) fn replaced_ids(&self) -> &ReplacedIds {
        &self.elsewhere
    }

    pub(crate) fn replacements(&self) -> Option<&Arc<Replacements>> {
        self.replacements.as_ref()
    }

    pub(crate) fn labelled(&self, label: &str) -> Option<usize> {
        self.labels.get(label).copied()
    }

    pub(crate) fn id(&self, i: usize) -> &RevisionId {
        &self.revisions[i].id
    }

    pub(crate) fn ids(&self, indices: impl IntoIterator<Item = usize>) -> Vec<RevisionId> {
        indices.into_iter().map(|i| self.id(i).clone()).collect()
    }

    pub(crate) fn down(&self, i: usize) -> &[usize] {
        &self.down[i]
    }

    pub(crate) fn next(&self, i: usize) -> &[usize] {
        &self.next[i]
    }

    /// Returns the revisions that must be applied before a revision.
    pub(crate) fn needs(&self, i: usize) -> impl Iterator<Item = usize> {
        self.down[i].iter().chain(&self.deps[i]).copied()
    }

    /// Returns `start` and all ancestors.
    pub(crate) fn above(&self, start: impl IntoIterator<Item = usize>, links: Links) -> Set {
        self.closure(
            start,
            &self.down,
            if links == Links::All {
                Some(&self.deps)
            } else {
                None
            },
        )
    }

    /// Returns `start` and all descendants.
    pub(crate) fn below(&self, start: impl IntoIterator<Item = usize>, links: Links) -> Set {
        self.closure(
            start,
            &self.next,
            if links == Links::All {
                Some(&self.dependents)
            } else {
                None
            },
        )
    }

    /// Returns the branch of a revision: itself, its ancestors and its descendants, without dependencies.
    pub(crate) fn branch(&self, i: usize) -> Set {
        self.branch_along(i, Links::Down)
    }

    pub(crate) fn branch_along(&self, i: usize, links: Links) -> Set {
        let (above, below) = (self.above([i], links), self.below([i], links));
        above
            .into_iter()
            .zip(below)
            .map(|(above, below)| above || below)
            .collect()
    }

    /// Returns the members that no other member follows or depends on.
    pub(crate) fn tips(&self, set: &Set) -> Vec<usize> {
        let inside = |links: &[usize]| links.iter().any(|&i| set[i]);
        (0..self.len())
            .filter(|&i| set[i] && !inside(&self.next[i]) && !inside(&self.dependents[i]))
            .collect()
    }

    fn closure(
        &self,
        start: impl IntoIterator<Item = usize>,
        along: &[Vec<usize>],
        and: Option<&Vec<Vec<usize>>>,
    ) -> Set {
        let mut set = vec![false; self.len()];
        let mut open: Vec<usize> = start.into_iter().collect();
        while let Some(i) = open.pop() {
            if !set[i] {
                set[i] = true;
                open.extend(&along[i]);
                open.extend(and.into_iter().flat_map(|links| &links[i]));
            }
        }
        set
    }

    fn pick(&self, keep: impl Fn(usize) -> bool) -> impl Iterator<Item = &Revision> {
        (0..self.len())
            .filter(move |&i| keep(i))
            .map(|i| &self.revisions[i])
    }

    fn members(&self, set: &Set) -> Vec<&Revision> {
        self.revisions
            .iter()
            .zip(set)
            .filter(|(_, member)| **member)
            .map(|(revision, _)| revision)
            .collect()
    }

    fn indices<'g>(&self, ids: impl IntoIterator<Item = &'g RevisionId>) -> Vec<usize> {
        ids.into_iter()
            .filter_map(|id| self.index.get(id).copied())
            .collect()
    }
}

fn reversed(lists: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut reversed = vec![Vec::new(); lists.len()];
    for (i, list) in lists.iter().enumerate() {
        for &to in list {
            reversed[to].push(i);
        }
    }
    reversed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::graph;

    fn ids<'g>(revisions: impl IntoIterator<Item = &'g Revision>) -> Vec<&'g str> {
        revisions
            .into_iter()
            .map(|revision| revision.id.as_str())
            .collect()
    }

    #[test]
    fn revisions_follow_what_they_need_and_ties_are_ordered_by_age() {
        assert_eq!(ids(graph("c <- b; b <- a; a").iter()), ["a", "b", "c"]);
        assert_eq!(
            ids(graph("a; z <- a; c <- a after z").iter()),
            ["a", "z", "c"]
        );
        assert_eq!(ids(graph("b; a").iter()), ["b", "a"]);
    }

    #[test]
    fn heads_bases_and_branch_points_are_found() {
        let graph = graph("a; b <- a; c <- a; x after c");
        assert_eq!(ids(graph.heads()), ["b", "c", "x"]);
        assert_eq!(ids(graph.effective_heads()), ["b", "x"]);
        assert_eq!(ids(graph.bases()), ["a", "x"]);
        assert_eq!(ids(graph.branch_points()), ["a"]);
    }

    #[test]
    fn ancestors_and_descendants_follow_the_links_asked_for() {
        let graph = graph("a; b <- a; x; y <- x after b");
        let id = |name| &graph.get(name).unwrap().id;
        assert_eq!(ids(graph.ancestors([id("y")], Links::Down)), ["x", "y"]);
        assert_eq!(
            ids(graph.ancestors([id("y")], Links::All)),
            ["a", "b", "x", "y"]
        );
        assert_eq!(ids(graph.descendants([id("a")], Links::Down)), ["a", "b"]);
        assert_eq!(
            ids(graph.descendants([id("a")], Links::All)),
            ["a", "b", "y"]
        );
    }

    #[test]
    fn a_label_names_everything_that_follows_it() {
        let graph = graph("a; b [lb] <- a; c [lc] <- a; m <- b, c");
        let all_labels = graph.branch_labels();
        let of = |name: &str| {
            all_labels[graph.position(name).unwrap()]
                .iter()
                .map(|l| l.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("a"), [] as [&str; 0]);
        assert_eq!(of("b"), ["lb"]);
        assert_eq!(of("m"), ["lb", "lc"]);
    }
}
