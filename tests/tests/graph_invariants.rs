//! What holds for every graph, state and target: properties of our own planner, tested on random graphs.

use migrate_graph::testing::graph;
use migrate_graph::{
    Anchor, Applied, Direction, Error, Links, Plan, Revision, RevisionGraph, RevisionId, Target,
    plan,
};
use proptest::prelude::*;

/// One revision of a random graph: how far back its parents and its dependency are, and whether it has a label.
#[derive(Clone, Debug)]
struct Node {
    parents: Vec<usize>,
    dependency: Option<usize>,
    labelled: bool,
}

fn node() -> impl Strategy<Value = Node> {
    let parents = prop_oneof![
        1 => Just(vec![]),
        6 => prop::collection::vec(1..4usize, 1),
        3 => prop::collection::vec(1..8usize, 2..4),
    ];
    (
        parents,
        prop::option::weighted(0.2, 1..8usize),
        prop::bool::weighted(0.15),
    )
        .prop_map(|(parents, dependency, labelled)| Node {
            parents,
            dependency,
            labelled,
        })
}

/// A sound graph: redundant parents and links past the beginning are left out.
fn valid_graph() -> impl Strategy<Value = RevisionGraph> {
    prop::collection::vec(node(), 1..24).prop_map(|nodes| {
        let mut text = String::new();
        for (i, node) in nodes.iter().enumerate() {
            let back = |distance: &usize| i.checked_sub(*distance);
            let mut parents: Vec<usize> = node.parents.iter().filter_map(back).collect();
            parents.sort_unstable();
            parents.dedup();
            keep_unrelated(&text, &mut parents);
            let label = if node.labelled {
                format!(" [label{i}]")
            } else {
                String::new()
            };
            let parents = parents
                .iter()
                .map(|p| format!("r{p:03}"))
                .collect::<Vec<_>>()
                .join(", ");
            let arrow = if parents.is_empty() { "" } else { " <- " };
            let after = node
                .dependency
                .and_then(|d| back(&d))
                .map_or(String::new(), |d| format!(" after r{d:03}"));
            text.push_str(&format!("r{i:03}{label}{arrow}{parents}{after};"));
        }
        graph(&text)
    })
}

fn keep_unrelated(text: &str, parents: &mut Vec<usize>) {
    let graph = graph(text);
    let id = |parent: &usize| RevisionId::new(&format!("r{parent:03}")).expect("a good id");
    let above = |parent: &usize| -> Vec<RevisionId> {
        graph
            .ancestors([&id(parent)], Links::Down)
            .iter()
            .map(|revision| revision.id.clone())
            .collect()
    };
    let all = parents.clone();
    parents.retain(|parent| {
        !all.iter()
            .any(|other| other != parent && above(other).contains(&id(parent)))
    });
}

fn target() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        (0..26usize).prop_map(|i| format!("r{i:03}")),
        (0..26usize).prop_map(|i| format!("label{i}"))
    ];
    let anchor = prop_oneof![
        Just("head".to_owned()),
        Just("heads".to_owned()),
        Just("base".to_owned()),
        Just("current".to_owned()),
        name.clone(),
    ];
    let offset = prop_oneof![
        Just(String::new()),
        (1..4).prop_map(|n| format!("+{n}")),
        (1..4).prop_map(|n| format!("-{n}"))
    ];
    let point = prop_oneof![
        (anchor, offset).prop_map(|(a, o)| a + &o),
        (1..4).prop_map(|n| format!("+{n}")),
        (1..4).prop_map(|n| format!("-{n}"))
    ];
    (prop::option::weighted(0.3, name), point).prop_map(|(branch, point)| {
        branch.map_or(point.clone(), |branch| format!("{branch}@{point}"))
    })
}

/// A graph, a closed state of it, and a target.
fn situation() -> impl Strategy<Value = (RevisionGraph, Applied, Target)> {
    (
        valid_graph(),
        prop::collection::vec(0..24usize, 0..4),
        target(),
    )
        .prop_map(|(graph, heads, target)| {
            let heads = heads
                .into_iter()
                .map(|i| format!("r{:03}", i % graph.len()));
            let applied = Applied::closure_of(&graph, heads).expect("the ids exist");
            (
                graph,
                applied,
                Target::parse(&target).expect("a good target"),
            )
        })
}

fn needs(revision: &Revision) -> impl Iterator<Item = &RevisionId> {
    revision.down_revisions.iter().chain(&revision.depends_on)
}

/// Runs a plan a step at a time: each step must find what it needs, and must not run twice.
fn run(graph: &RevisionGraph, applied: &Applied, plan: &Plan) -> Vec<RevisionId> {
    let mut state = applied.ids(graph);
    for step in &plan.steps {
        let revision = graph
            .get(step.revision.as_str())
            .expect("a step's revision exists");
        match step.direction {
            Direction::Upgrade => {
                assert!(
                    !state.contains(&revision.id),
                    "{} is applied already",
                    revision.id
                );
                assert!(
                    needs(revision).all(|id| state.contains(id)),
                    "{} comes before its parents",
                    revision.id
                );
                state.push(revision.id.clone());
            }
            Direction::Downgrade => {
                assert!(
                    state.contains(&revision.id),
                    "{} is not applied",
                    revision.id
                );
                let in_use = graph
                    .iter()
                    .filter(|other| state.contains(&other.id))
                    .flat_map(needs)
                    .any(|id| *id == revision.id);
                assert!(!in_use, "{} goes before what needs it", revision.id);
                state.retain(|id| *id != revision.id);
            }
        }
    }
    let mut in_order: Vec<RevisionId> = graph.iter().map(|revision| revision.id.clone()).collect();
    in_order.retain(|id| state.contains(id));
    in_order
}

fn is_closed(graph: &RevisionGraph, applied: &Applied) -> bool {
    applied.check_closed(graph).is_ok()
}

/// Every id in backticks of a message that looks like ours exists, unless it is the requested target.
fn names_only_what_exists(
    graph: &RevisionGraph,
    error: &Error,
    target: &Target,
) -> Result<(), TestCaseError> {
    let text = format!("{error} {}", error.help().unwrap_or_default());
    for name in text.split('`').skip(1).step_by(2) {
        let looks_like_an_id = name.len() == 4 && name.starts_with('r');
        prop_assert!(
            !looks_like_an_id || graph.get(name).is_some() || target.to_string().contains(name),
            "{text}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_runs_and_ends_in_the_closed_state_that_it_predicts((graph, applied, target) in situation()) {
        for plan in [plan::upgrade(&graph, &applied, &target), plan::downgrade(&graph, &applied, &target)] {
            match plan {
                Ok(plan) => {
                    prop_assert_eq!(run(&graph, &applied, &plan), plan.applied_after.ids(&graph));
                    prop_assert_eq!(&plan.heads_after, &plan.applied_after.heads(&graph));
                    prop_assert!(is_closed(&graph, &plan.applied_after));
                }
                Err(error) => names_only_what_exists(&graph, &error, &target)?,
            }
        }
    }

    #[test]
    fn a_stamp_ends_in_a_closed_state((graph, applied, target) in situation()) {
        match plan::stamp(&graph, &applied, std::slice::from_ref(&target)) {
            Ok(after) => prop_assert!(is_closed(&graph, &after)),
            Err(error) => names_only_what_exists(&graph, &error, &target)?,
        }
    }

    #[test]
    fn planning_twice_gives_nothing_the_second_time((graph, applied, target) in situation()) {
        // An offset from what is applied is another position the second time.
        if matches!(target.anchor, None | Some(Anchor::Current)) {
            return Ok(());
        }
        if let Ok(first) = plan::upgrade(&graph, &applied, &target) {
            let second = plan::upgrade(&graph, &first.applied_after, &target).expect("the target is still there");
            prop_assert_eq!(second.to_string(), "");
            prop_assert_eq!(second.applied_after.ids(&graph), first.applied_after.ids(&graph));
        }
        if let Ok(first) = plan::downgrade(&graph, &applied, &target)
            && let Ok(second) = plan::downgrade(&graph, &first.applied_after, &target)
        {
            prop_assert_eq!(second.to_string(), "");
        }
    }

    #[test]
    fn up_and_down_again_restores_the_state((graph, applied, target) in situation()) {
        if let Ok(up) = plan::upgrade(&graph, &applied, &target) {
            let order = applied.ids(&graph).into_iter().chain(up.steps.iter().map(|step| step.revision.clone()));
            let after = Applied::in_order(&graph, order).expect("the ids exist");
            let count = up.steps.len();
            if count == 0 {
                return Ok(());
            }
            let down = plan::downgrade(&graph, &after, &Target::parse(&format!("-{count}")).expect("a target"));
            let down = down.expect("what was applied last can be taken back");
            prop_assert_eq!(down.applied_after.ids(&graph), applied.ids(&graph));
        }
    }

    #[test]
    fn the_head_of_a_branch_brings_in_its_closure_and_nothing_else((graph, applied, target) in situation()) {
        let Some(branch) = &target.branch else { return Ok(()) };
        let head = Target { branch: Some(branch.clone()), anchor: Some(Anchor::Heads), offset: None };
        let Ok(plan) = plan::upgrade(&graph, &applied, &head) else { return Ok(()) };
        let start = graph.resolve_name(branch).expect("the branch exists");
        let line = graph.descendants([start], Links::Down);
        let closure = graph.ancestors(line.iter().map(|revision| &revision.id), Links::All);
        for step in &plan.steps {
            prop_assert!(closure.iter().any(|revision| revision.id == step.revision), "{} is elsewhere", step.revision);
        }
    }

    #[test]
    fn the_same_target_has_the_same_plan_in_any_order_of_files((graph, applied, target) in situation()) {
        let again = RevisionGraph::new(graph.iter().rev().cloned().collect()).expect("a sound graph");
        let applied_again = Applied::unordered(&again, applied.ids(&graph)).expect("the ids exist");
        let applied = Applied::unordered(&graph, applied.ids(&graph)).expect("the ids exist");
        let text = |plan: Result<Plan, Error>| plan.map(|plan| plan.to_string());
        prop_assert_eq!(text(plan::upgrade(&graph, &applied, &target)), text(plan::upgrade(&again, &applied_again, &target)));
        prop_assert_eq!(text(plan::downgrade(&graph, &applied, &target)), text(plan::downgrade(&again, &applied_again, &target)));
    }
}

/// Graphs with a range and the one revision that replaces it, and a closed state of the graph without that one.
fn squashed() -> impl Strategy<Value = (RevisionGraph, RevisionGraph, Vec<Revision>, Applied)> {
    let parts = (
        valid_graph(),
        (0..24usize, 0..24usize),
        prop::collection::vec(0..24usize, 0..4),
    );
    parts.prop_filter_map("no range with one end", |(graph, (low, high), heads)| {
        let name = |i: usize| format!("r{:03}", i % graph.len());
        let (low, high) = (name(low.min(high)), name(low.max(high)));
        let ends = [&low, &high].map(|id| graph.get(id).map(|revision| revision.id.clone()));
        let [Some(low), Some(high)] = ends else {
            return None;
        };
        let below = graph.descendants([&low], Links::All);
        let above = graph.ancestors([&high], Links::All);
        let members = below.into_iter().filter(|member| above.contains(member));
        let members: Vec<Revision> = members.cloned().collect();
        let replacement = replacement(&graph, &members)?;
        let all = graph.iter().cloned().chain([replacement]).collect();
        let with = RevisionGraph::new(all).ok()?;
        let applied = Applied::closure_of(&graph, heads.into_iter().map(name)).ok()?;
        Some((graph, with, members, applied))
    })
}

/// The revision that replaces these: what they follow and depend on, it does.
fn replacement(graph: &RevisionGraph, members: &[Revision]) -> Option<Revision> {
    let outside = |links: fn(&Revision) -> &Vec<RevisionId>| -> Vec<RevisionId> {
        let all = members.iter().flat_map(links);
        let is_member = |id: &&RevisionId| members.iter().any(|member| member.id == **id);
        let mut outside: Vec<RevisionId> = all.filter(|id| !is_member(id)).cloned().collect();
        outside.sort();
        outside.dedup();
        outside
    };
    let mut down_revisions = outside(|revision| &revision.down_revisions);
    let all = down_revisions.clone();
    down_revisions.retain(|id| {
        let others = all.iter().filter(|other| *other != id);
        let above = graph.ancestors(others, Links::Down);
        !above.iter().any(|revision| revision.id == *id)
    });
    let last = members.last()?;
    Some(Revision {
        id: RevisionId::new("squash").ok()?,
        down_revisions,
        depends_on: outside(|revision| &revision.depends_on),
        branch_labels: Vec::new(),
        replaces: members.iter().map(|member| member.id.clone()).collect(),
        ..last.clone()
    })
}

/// Runs what is missing to all heads, and returns the state in the ids of the graph without the replacement.
fn all_heads(
    with: &RevisionGraph,
    rows: &[RevisionId],
    members: &[Revision],
) -> Result<Vec<RevisionId>, Error> {
    let heads = Target::parse("heads").expect("a target");
    let effective = with.effective_graph(rows, None, Some(&heads))?;
    let applied = Applied::in_order(&effective.graph, &effective.revisions)?;
    applied.check_closed(&effective.graph)?;
    let plan = plan::upgrade(&effective.graph, &applied, &heads)?;
    let mut after = rows.to_vec();
    for step in plan.steps {
        match step.revision.as_str() {
            "squash" => after.extend(members.iter().map(|member| member.id.clone())),
            _ => after.push(step.revision),
        }
    }
    Ok(after)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn a_squash_brings_every_database_to_the_state_of_its_revisions((graph, with, members, applied) in squashed()) {
        let rows = applied.ids(&graph);
        let after = all_heads(&with, &rows, &members).expect("there is a way");
        let distinct: std::collections::HashSet<_> = after.iter().collect();
        prop_assert_eq!(distinct.len(), after.len(), "nothing runs twice: {:?}", &after);
        prop_assert_eq!(after.len(), graph.len(), "nothing is left out: {:?}", &after);
        // Each step finds what it needs: the order is one of the graph without the squash too.
        let mut there: Vec<&RevisionId> = Vec::new();
        for id in &after {
            let revision = graph.get(id.as_str()).expect("a revision of the graph");
            prop_assert!(needs(revision).all(|needed| there.contains(&needed)), "{} comes too early: {:?}", id, &after);
            there.push(id);
        }
    }

    #[test]
    fn without_the_files_of_a_range_only_databases_inside_of_it_are_blocked((graph, with, members, applied) in squashed()) {
        let rows = applied.ids(&graph);
        let is_member = |id: &RevisionId| members.iter().any(|member| member.id == *id);
        let kept = graph.iter().chain(with.get("squash")).filter(|revision| !is_member(&revision.id));
        let gone = RevisionGraph::new(kept.cloned().collect()).expect("links to the end of the range hold");
        let had = members.iter().filter(|member| rows.contains(&member.id)).count();
        match all_heads(&gone, &rows, &members) {
            Ok(after) => {
                prop_assert!(had == 0 || had == members.len());
                prop_assert_eq!(after.len(), graph.len());
            }
            Err(error) => {
                prop_assert!(matches!(error, Error::PartlyReplaced { .. }), "{}", error);
                prop_assert!(had > 0 && had < members.len());
            }
        }
    }
}

/// Chains of 10,000 revisions in shapes that recursion or a square of the size would not survive.
fn large(shape: &str) -> RevisionGraph {
    let line = |i: usize| match (shape, i) {
        (_, 0) => "r00000".to_owned(),
        ("line", i) => format!("r{i:05} <- r{:05}", i - 1),
        // Two lines that split and join again and again.
        ("diamonds", i) if i % 3 == 0 => format!("r{i:05} <- r{:05}, r{:05}", i - 1, i - 2),
        ("diamonds", i) => format!("r{i:05} <- r{:05}", i - i % 3),
        // One long branch, and beside it short branches that are merged one after the other.
        ("comb", i) if i % 3 == 2 => format!("r{i:05} <- r{:05}", (i - 2).saturating_sub(1)),
        ("comb", i) if i % 3 == 0 => format!("r{i:05} <- r{:05}, r{:05}", i - 2, i - 1),
        ("comb", i) => format!("r{i:05} <- r{:05}", i - 1),
        (shape, _) => panic!("unknown shape {shape}"),
    };
    graph(&(0..10_000).map(line).collect::<Vec<_>>().join(";"))
}

#[test]
fn ten_thousand_revisions_are_planned_up_and_down_in_every_shape() {
    for shape in ["line", "diamonds", "comb"] {
        let graph = large(shape);
        let heads = Target::parse("heads").expect("a target");
        let up = plan::upgrade(&graph, &Applied::none(&graph), &heads).expect(shape);
        assert_eq!(up.steps.len(), 10_000, "{shape}");
        let down = plan::downgrade(
            &graph,
            &up.applied_after,
            &Target::parse("base").expect("a target"),
        )
        .expect(shape);
        assert_eq!(down.steps.len(), 10_000, "{shape}");
        assert!(down.applied_after.is_empty(), "{shape}");
    }
}
