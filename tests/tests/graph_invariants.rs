//! What holds for every graph, state and target: properties of our own planner, tried on random graphs.

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
fn sound_graph() -> impl Strategy<Value = RevisionGraph> {
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
        sound_graph(),
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

/// Every id in backticks of a message that looks like ours exists, unless it is what was asked for.
fn names_only_what_exists(
    graph: &RevisionGraph,
    error: &Error,
    asked: &Target,
) -> Result<(), TestCaseError> {
    let text = format!("{error} {}", error.help().unwrap_or_default());
    for name in text.split('`').skip(1).step_by(2) {
        let looks_like_an_id = name.len() == 4 && name.starts_with('r');
        prop_assert!(
            !looks_like_an_id || graph.get(name).is_some() || asked.to_string().contains(name),
            "{text}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_runs_and_ends_in_the_closed_state_that_it_tells((graph, applied, target) in situation()) {
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
        // An offset from what is applied is another place the second time.
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
    fn the_head_of_a_line_brings_in_its_closure_and_nothing_else((graph, applied, target) in situation()) {
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
    fn the_same_question_has_the_same_answer_in_any_order_of_files((graph, applied, target) in situation()) {
        let again = RevisionGraph::new(graph.iter().rev().cloned().collect()).expect("a sound graph");
        let applied_again = Applied::unordered(&again, applied.ids(&graph)).expect("the ids exist");
        let applied = Applied::unordered(&graph, applied.ids(&graph)).expect("the ids exist");
        let text = |plan: Result<Plan, Error>| plan.map(|plan| plan.to_string());
        prop_assert_eq!(text(plan::upgrade(&graph, &applied, &target)), text(plan::upgrade(&again, &applied_again, &target)));
        prop_assert_eq!(text(plan::downgrade(&graph, &applied, &target)), text(plan::downgrade(&again, &applied_again, &target)));
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
        // One long line, and beside it short branches that are merged one after the other.
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
