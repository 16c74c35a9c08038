//! Represents the links between revisions as numbers in a [`LinkTable`], for the checks and the graph.
//!
//! It must not report errors itself.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::{HeaderField, Revision, RevisionId};

/// All links to existing revisions, and the resulting order.
#[derive(Clone, Debug)]
pub(crate) struct LinkTable {
    /// The position of each id; of two equal ids, the older one.
    index: HashMap<RevisionId, usize>,
    /// The `down_revision` links of each revision.
    pub(crate) down: Vec<Vec<usize>>,
    /// The `depends_on` links of each revision.
    pub(crate) deps: Vec<Vec<usize>>,
    /// All revisions, each after its parents and dependencies, ties by age; without those that a cycle blocks.
    pub(crate) order: Vec<usize>,
    /// The rank of each revision by age.
    age: Vec<usize>,
}

/// Returns the positions of `revisions` by creation date, then id, then file.
pub(crate) fn by_age(revisions: &[Revision]) -> Vec<usize> {
    let key = |i: &usize| {
        let revision = &revisions[*i];
        (
            revision.created.unix_seconds(),
            &revision.id,
            &revision.file,
        )
    };
    let mut positions: Vec<usize> = (0..revisions.len()).collect();
    positions.sort_by(|a, b| key(a).cmp(&key(b)));
    positions
}

impl LinkTable {
    pub(crate) fn new(revisions: &[Revision]) -> Self {
        let by_age = by_age(revisions);
        let mut index = HashMap::with_capacity(revisions.len());
        for &i in by_age.iter().rev() {
            index.insert(revisions[i].id.clone(), i);
        }
        // If the files of replaced revisions were removed, the replacement is at the position of the last of them.
        for &i in &by_age {
            if let Some(end) = revisions[i].replaces.last() {
                index.entry(end.clone()).or_insert(i);
            }
        }
        let resolve = |ids: &[RevisionId]| {
            ids.iter()
                .filter_map(|id| index.get(id).copied())
                .collect::<Vec<_>>()
        };
        let down: Vec<_> = revisions
            .iter()
            .map(|revision| resolve(&revision.down_revisions))
            .collect();
        let deps: Vec<_> = revisions
            .iter()
            .map(|revision| resolve(&revision.depends_on))
            .collect();
        let mut age = vec![0; revisions.len()];
        for (place, &i) in by_age.iter().enumerate() {
            age[i] = place;
        }
        let order = topological_order(&down, &deps, &age);
        Self {
            index,
            down,
            deps,
            order,
            age,
        }
    }

    pub(crate) fn knows(&self, name: impl AsRef<str>) -> bool {
        self.index.contains_key(name.as_ref())
    }

    /// The revisions that each revision follows.
    pub(crate) fn has_child(&self) -> Vec<bool> {
        let mut has_child = vec![false; self.down.len()];
        for &parent in self.down.iter().flatten() {
            has_child[parent] = true;
        }
        has_child
    }

    /// Returns every cycle of links, as its members from the oldest on along the links, each with its link to the next.
    ///
    /// The error is reported at the first link, where an old revision follows a newer one.
    pub(crate) fn cycles(&self) -> Vec<Vec<(usize, HeaderField)>> {
        if self.order.len() == self.down.len() {
            return Vec::new();
        }
        let mut cycles = self.back_edges();
        for cycle in &mut cycles {
            let oldest = (0..cycle.len())
                .min_by_key(|&n| self.age[cycle[n].0])
                .unwrap_or(0);
            cycle.rotate_left(oldest);
        }
        // By age, not by position, because files and modules are in different orders.
        cycles.sort_by_cached_key(|cycle| {
            let links = cycle.iter().map(|&(i, place)| (self.age[i], place));
            links.collect::<Vec<_>>()
        });
        cycles.dedup_by_key(|cycle| cycle[0]);
        cycles
    }

    /// A depth-first walk down the links without recursion; a link to a revision on the path closes a cycle.
    fn back_edges(&self) -> Vec<Vec<(usize, HeaderField)>> {
        const NOT_ON_PATH: usize = usize::MAX;
        let mut seen = vec![false; self.down.len()];
        let mut place_on_path = vec![NOT_ON_PATH; self.down.len()];
        let mut cycles = Vec::new();
        let mut by_age: Vec<usize> = (0..self.down.len()).collect();
        by_age.sort_by_key(|&i| self.age[i]);
        for root in by_age {
            let mut path: Vec<(usize, usize)> = Vec::new();
            if !seen[root] {
                seen[root] = true;
                place_on_path[root] = 0;
                path.push((root, 0));
            }
            while let Some((node, next_link)) = path.last_mut() {
                let (node, link) = (*node, *next_link);
                let Some(to) = self.link(node, link) else {
                    place_on_path[node] = NOT_ON_PATH;
                    path.pop();
                    continue;
                };
                *next_link += 1;
                if place_on_path[to] != NOT_ON_PATH {
                    let members = &path[place_on_path[to]..];
                    cycles.push(
                        members
                            .iter()
                            .map(|&(node, next)| (node, self.place(node, next - 1)))
                            .collect(),
                    );
                } else if !seen[to] {
                    seen[to] = true;
                    place_on_path[to] = path.len();
                    path.push((to, 0));
                }
            }
        }
        cycles
    }

    fn link(&self, node: usize, n: usize) -> Option<usize> {
        self.down[node]
            .iter()
            .chain(&self.deps[node])
            .nth(n)
            .copied()
    }

    fn place(&self, node: usize, n: usize) -> HeaderField {
        match n.checked_sub(self.down[node].len()) {
            None => HeaderField::DownRevision(n),
            Some(n) => HeaderField::DependsOn(n),
        }
    }

    /// A repeated test of whether one revision is an ancestor of another along `down_revision` links.
    pub(crate) fn ancestor_search(&self) -> AncestorSearch<'_> {
        let mut position = vec![0; self.down.len()];
        for (place, &i) in self.order.iter().enumerate() {
            position[i] = place;
        }
        AncestorSearch {
            links: self,
            position,
            seen: vec![0; self.down.len()],
            round: 0,
            open: Vec::new(),
        }
    }
}

fn topological_order(down: &[Vec<usize>], deps: &[Vec<usize>], age: &[usize]) -> Vec<usize> {
    let mut missing: Vec<usize> = down
        .iter()
        .zip(deps)
        .map(|(down, deps)| down.len() + deps.len())
        .collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); down.len()];
    for (child, parents) in down.iter().zip(deps).enumerate() {
        for &parent in parents.0.iter().chain(parents.1) {
            children[parent].push(child);
        }
    }
    let mut free: BinaryHeap<Reverse<(usize, usize)>> = (0..down.len())
        .filter(|i| missing[*i] == 0)
        .map(|i| Reverse((age[i], i)))
        .collect();
    let mut order = Vec::with_capacity(down.len());
    while let Some(Reverse((_, i))) = free.pop() {
        order.push(i);
        for &child in &children[i] {
            missing[child] -= 1;
            if missing[child] == 0 {
                free.push(Reverse((age[child], child)));
            }
        }
    }
    order
}

/// Searches no further down than the revision it looks for.
pub(crate) struct AncestorSearch<'l> {
    links: &'l LinkTable,
    position: Vec<usize>,
    seen: Vec<usize>,
    round: usize,
    open: Vec<usize>,
}

impl AncestorSearch<'_> {
    /// Returns whether `ancestor` is an ancestor of `of` and not the same revision.
    pub(crate) fn is_ancestor(&mut self, ancestor: usize, of: usize) -> bool {
        let lowest = self.position[ancestor];
        self.round += 1;
        self.open.clear();
        self.open.push(of);
        while let Some(i) = self.open.pop() {
            for &parent in &self.links.down[i] {
                if parent == ancestor {
                    return true;
                }
                if self.position[parent] > lowest && self.seen[parent] != self.round {
                    self.seen[parent] = self.round;
                    self.open.push(parent);
                }
            }
        }
        false
    }
}
