//! The set of [`Applied`] revisions of a database.
//!
//! Its constructors must not accept ids that the graph does not contain.

use crate::error::Ids;
use crate::graph::Set;
use crate::{Error, Links, RevisionGraph, RevisionId};

/// The applied revisions of a database, and the order in which they were applied, if it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    set: Set,
    order: Option<Vec<usize>>,
}

impl Applied {
    /// Returns the state before every revision.
    pub fn none(graph: &RevisionGraph) -> Self {
        Self {
            set: vec![false; graph.len()],
            order: Some(Vec::new()),
        }
    }

    /// Returns exactly these revisions, in the order they were applied.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownApplied`] with every id that the graph does not contain.
    pub fn in_order(
        graph: &RevisionGraph,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, Error> {
        let order = positions(graph, ids)?;
        Ok(Self {
            set: to_set(graph, &order),
            order: Some(order),
        })
    }

    /// Returns exactly these revisions, without an order.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownApplied`] with every id that the graph does not contain.
    pub fn unordered(
        graph: &RevisionGraph,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, Error> {
        Ok(Self {
            set: to_set(graph, &positions(graph, ids)?),
            order: None,
        })
    }

    /// Returns these revisions and all their dependencies, without an order.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownApplied`] with every id that the graph does not contain.
    pub fn closure_of(
        graph: &RevisionGraph,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, Error> {
        Ok(Self {
            set: graph.above(positions(graph, ids)?, Links::All),
            order: None,
        })
    }

    /// Returns whether a revision, or its replacement, is applied.
    pub fn contains(&self, graph: &RevisionGraph, id: &str) -> bool {
        let place = || graph.position(graph.replaced_ids().replacement(id)?.as_str());
        graph
            .position(id)
            .or_else(place)
            .is_some_and(|i| self.set[i])
    }

    /// Returns whether nothing is applied.
    pub fn is_empty(&self) -> bool {
        !self.set.contains(&true)
    }

    /// Returns the applied revisions in the graph's order.
    pub fn ids(&self, graph: &RevisionGraph) -> Vec<RevisionId> {
        graph.ids(members(&self.set))
    }

    /// Returns the applied revisions that no other applied revision follows or depends on.
    pub fn heads(&self, graph: &RevisionGraph) -> Vec<RevisionId> {
        graph.ids(graph.tips(&self.set))
    }

    /// Checks that all dependencies of the applied revisions are applied too.
    ///
    /// # Errors
    ///
    /// [`Error::MissingDependency`] with the first revision whose dependency is missing.
    pub fn check_closed(&self, graph: &RevisionGraph) -> Result<(), Error> {
        for i in members(&self.set) {
            if let Some(missing) = graph.needs(i).find(|&needed| !self.set[needed]) {
                return Err(Error::MissingDependency {
                    revision: graph.id(i).clone(),
                    missing: graph.id(missing).clone(),
                });
            }
        }
        Ok(())
    }

    pub(crate) fn set(&self) -> &Set {
        &self.set
    }

    pub(crate) fn order(&self) -> Option<&[usize]> {
        self.order.as_deref()
    }

    pub(crate) fn with_set(set: Set) -> Self {
        Self { set, order: None }
    }
}

pub(crate) fn members(set: &Set) -> impl DoubleEndedIterator<Item = usize> {
    set.iter()
        .enumerate()
        .filter(|(_, member)| **member)
        .map(|(i, _)| i)
}

fn to_set(graph: &RevisionGraph, positions: &[usize]) -> Set {
    let mut set = vec![false; graph.len()];
    for &i in positions {
        set[i] = true;
    }
    set
}

fn positions(
    graph: &RevisionGraph,
    ids: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<Vec<usize>, Error> {
    let mut positions = Vec::new();
    let mut unknown = Vec::new();
    for id in ids {
        match graph.position(id.as_ref()) {
            Some(i) => positions.push(i),
            None => unknown.push(RevisionId::new(id.as_ref())?),
        }
    }
    if unknown.is_empty() {
        Ok(positions)
    } else {
        Err(Error::UnknownApplied {
            revisions: Ids(unknown),
        })
    }
}
