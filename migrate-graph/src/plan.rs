//! Computes the [`Plan`]: the steps from the applied revisions to a target.
//!
//! It must not access files or a database; the same input always gives the same plan.

use std::fmt;

use crate::applied::members;
use crate::error::Ids;
use crate::graph::Set;
use crate::resolve::{Branch, Places, intersection};
use crate::{Anchor, Applied, Error, Links, RevisionGraph, RevisionId, Target};

/// The direction of a step: `up` or `down`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Runs `up`.
    Upgrade,
    /// Runs `down`.
    Downgrade,
}

impl Direction {
    /// Returns `upgrade` or `downgrade`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A revision to run, and its direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The revision.
    pub revision: RevisionId,
    /// The direction: which of its functions runs.
    pub direction: Direction,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.direction, self.revision)
    }
}

/// The steps to run, in order, and the resulting state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in the order in which they run.
    pub steps: Vec<Step>,
    /// The applied revisions after the last step.
    pub applied_after: Applied,
    /// The heads of the applied revisions after the last step.
    pub heads_after: Vec<RevisionId>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            write!(f, "{}{step}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Returns the steps that upgrade a database from `applied` to `target`.
///
/// The plan includes the target's ancestors and dependencies, without the applied ones. So it is empty if the target is
/// already applied.
///
/// # Errors
///
/// Every [`Error`] about targets; [`Error::TargetNotAllowed`] for a negative offset from the applied revisions.
pub fn upgrade(graph: &RevisionGraph, applied: &Applied, target: &Target) -> Result<Plan, Error> {
    if target.anchor.is_none() && target.offset.is_some_and(|offset| offset < 0) {
        let reason = "an upgrade can't use a negative offset; use `downgrade`";
        return Err(Error::TargetNotAllowed {
            target: target.to_string(),
            reason,
        });
    }
    let targets = match graph.places(target, applied)? {
        Places::Base => Vec::new(),
        Places::Revisions(places) => places,
    };
    let missing = difference(&graph.above(targets, Links::All), applied.set());
    let after = applied
        .set()
        .iter()
        .zip(&missing)
        .map(|(had, added)| *had || *added)
        .collect();
    Ok(plan(graph, members(&missing), Direction::Upgrade, after))
}

/// Returns the steps that downgrade a database from `applied` to `target`.
///
/// The plan also downgrades every applied revision that follows, or depends on, a downgraded one. `-N` downgrades the
/// `N` revisions applied last, where a merge counts as one; `LABEL@-N` downgrades the last `N` of that branch.
///
/// # Errors
///
/// Every [`Error`] about targets; [`Error::NotBelowApplied`] if a downgrade can't reach the target;
/// [`Error::TargetNotAllowed`] for a positive offset from the applied revisions.
pub fn downgrade(graph: &RevisionGraph, applied: &Applied, target: &Target) -> Result<Plan, Error> {
    let roots = match (&target.anchor, target.offset) {
        (None, Some(1..)) => {
            let reason = "a downgrade can't use a positive offset; use `upgrade`";
            return Err(Error::TargetNotAllowed {
                target: target.to_string(),
                reason,
            });
        }
        (None, Some(offset)) => downgraded(graph, applied, target, offset.unsigned_abs())?,
        _ => roots_above(graph, applied, target)?,
    };
    let dropped = intersection(&graph.below(roots, Links::All), applied.set());
    let after = difference(applied.set(), &dropped);
    Ok(plan(
        graph,
        members(&dropped).rev(),
        Direction::Downgrade,
        after,
    ))
}

/// Returns the applied revisions that `stamp` writes for `targets`, without running anything.
///
/// Each target replaces every applied head on its branch, including dependencies; other branches are kept. Offsets are
/// relative to the applied revisions, as for `upgrade` and `downgrade`.
///
/// # Errors
///
/// Every [`Error`] about targets.
pub fn stamp(
    graph: &RevisionGraph,
    applied: &Applied,
    targets: &[Target],
) -> Result<Applied, Error> {
    let mut replaced = vec![false; graph.len()];
    let mut heads = Vec::new();
    for target in targets {
        if target.anchor.is_none() {
            let down = target.offset.is_some_and(|offset| offset < 0);
            let moved = if down {
                downgrade(graph, applied, target)?
            } else {
                upgrade(graph, applied, target)?
            };
            if let [_] = targets {
                return Ok(Applied::with_set(moved.applied_after.set().clone()));
            }
            let reason = "an offset from the applied revisions must be the only target of `stamp`";
            return Err(Error::TargetNotAllowed {
                target: target.to_string(),
                reason,
            });
        }
        let branch = target
            .branch
            .as_deref()
            .map(|name| graph.find(name))
            .transpose()?;
        let branches: Vec<usize> = match graph.places(target, applied)? {
            Places::Revisions(places) => {
                heads.extend(&places);
                places.into_iter().chain(branch).collect()
            }
            Places::Base => {
                branch.map_or_else(|| (0..graph.len()).collect(), |branch| vec![branch])
            }
        };
        for i in branches {
            for (i, on_branch) in graph.branch_along(i, Links::All).into_iter().enumerate() {
                replaced[i] |= on_branch;
            }
        }
    }
    let kept_heads = graph
        .tips(applied.set())
        .into_iter()
        .filter(|&i| !replaced[i]);
    Ok(Applied::with_set(
        graph.above(heads.into_iter().chain(kept_heads), Links::All),
    ))
}

/// Returns the last `count` applied revisions: of a branch if the target names one, otherwise in the recorded order.
fn downgraded(
    graph: &RevisionGraph,
    applied: &Applied,
    target: &Target,
    count: u64,
) -> Result<Vec<usize>, Error> {
    let branch = target
        .branch
        .as_deref()
        .map(|name| Branch::new(graph, name))
        .transpose()?;
    if let (None, Some(order)) = (&branch, applied.order()) {
        let too_far = Error::OffsetOutOfRange {
            target: target.to_string(),
            found: order.len() as u64,
            wanted: count,
        };
        let kept = usize::try_from(count)
            .ok()
            .and_then(|count| order.len().checked_sub(count))
            .ok_or(too_far)?;
        return Ok(order[kept..].to_vec());
    }
    let mut left = applied.set().clone();
    let mut removed = Vec::new();
    let mut candidates = tips_on(graph, &left, branch.as_ref());
    while (removed.len() as u64) < count {
        let [tip] = candidates[..] else {
            return Err(match candidates.is_empty() {
                true => Error::OffsetOutOfRange {
                    target: target.to_string(),
                    found: removed.len() as u64,
                    wanted: count,
                },
                false => Error::AmbiguousStart {
                    target: target.to_string(),
                    candidates: Ids(graph.ids(candidates)),
                },
            });
        };
        left[tip] = false;
        removed.push(tip);
        candidates = tips_below(graph, &left, tip, branch.as_ref());
    }
    Ok(removed)
}

/// Returns the applied heads on a branch, or its own last revisions if dependencies from other branches cover them all.
fn tips_on(graph: &RevisionGraph, applied: &Set, branch: Option<&Branch>) -> Vec<usize> {
    let heads = graph.tips(applied);
    let Some(branch) = branch else { return heads };
    let on_branch: Vec<usize> = heads.into_iter().filter(|&i| branch.members[i]).collect();
    if !on_branch.is_empty() {
        return on_branch;
    }
    let applied_members = intersection(applied, &branch.members);
    members(&applied_members)
        .filter(|&i| !graph.next(i).iter().any(|&child| applied_members[child]))
        .collect()
}

/// Returns the last revisions after `taken` was downgraded: some of its parents, so that each step costs only its
/// links.
fn tips_below(
    graph: &RevisionGraph,
    left: &Set,
    removed: usize,
    branch: Option<&Branch>,
) -> Vec<usize> {
    if branch.is_none() && graph.needs(removed).count() != 1 {
        return graph.tips(left);
    }
    let on_branch = |i: &usize| left[*i] && branch.is_none_or(|branch| branch.members[*i]);
    let uncovered = |i: &usize| {
        !graph
            .next(*i)
            .iter()
            .any(|&child| left[child] && branch.is_none_or(|b| b.members[child]))
    };
    let mut below: Vec<usize> = graph
        .down(removed)
        .iter()
        .copied()
        .filter(on_branch)
        .filter(uncovered)
        .collect();
    below.sort_unstable();
    if below.is_empty() {
        tips_on(graph, left, branch)
    } else {
        below
    }
}

/// Returns the lowest revisions that a downgrade to `target` must downgrade.
fn roots_above(
    graph: &RevisionGraph,
    applied: &Applied,
    target: &Target,
) -> Result<Vec<usize>, Error> {
    let branch = target
        .branch
        .as_deref()
        .map(|name| Branch::new(graph, name))
        .transpose()?;
    let mut roots = match graph.places(target, applied)? {
        Places::Base => (0..graph.len())
            .filter(|&i| graph.down(i).is_empty())
            .collect(),
        Places::Revisions(places) => {
            let [place] = places[..] else {
                let target = target.to_string();
                let candidates = Ids(graph.ids(places));
                return Err(match candidates.0.is_empty() {
                    true => Error::NoRevision { target },
                    false => Error::NotOneRevision { target, candidates },
                });
            };
            let goes = graph.below(graph.next(place).to_vec(), Links::All);
            if !members(&goes).any(|i| applied.set()[i])
                && !graph.tips(applied.set()).contains(&place)
            {
                return Err(not_below(graph, applied, target));
            }
            graph.next(place).to_vec()
        }
    };
    if let (Some(branch), true) = (branch, roots.len() > 1) {
        roots.retain(|&i| branch.members[i]);
        if roots.is_empty() {
            return Err(not_below(graph, applied, target));
        }
    }
    Ok(roots)
}

fn not_below(graph: &RevisionGraph, applied: &Applied, target: &Target) -> Error {
    Error::NotBelowApplied {
        target: target.to_string(),
        applied: Ids(applied.heads(graph)),
    }
}

fn difference(a: &Set, b: &Set) -> Set {
    a.iter().zip(b).map(|(a, b)| *a && !*b).collect()
}

fn plan(
    graph: &RevisionGraph,
    steps: impl Iterator<Item = usize>,
    direction: Direction,
    after: Set,
) -> Plan {
    let steps = steps
        .map(|i| Step {
            revision: graph.id(i).clone(),
            direction,
        })
        .collect();
    let applied_after = Applied::with_set(after);
    Plan {
        steps,
        heads_after: applied_after.heads(graph),
        applied_after,
    }
}

/// Returns the default target of `upgrade`.
pub fn default_upgrade_target() -> Target {
    Target::anchor(Anchor::Heads)
}

/// Returns the default target of `downgrade`.
pub fn default_downgrade_target() -> Target {
    Target {
        branch: None,
        anchor: None,
        offset: Some(-1),
    }
}
