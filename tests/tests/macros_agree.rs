//! Compile time and run time agree: random histories, valid and invalid, are written as files for the check that the
//! macros run, and as the statics that the macros expand to for the check at run time. Both find the same errors.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use migrate_graph::check::{self, DiagnosticKind, HeaderField, HeadsAllowed};
use migrate_graph::files::{Directory, RevisionFile};
use migrate_graph::{Diagnostic, Error as GraphError, RevisionGraph};
use migrate_runtime::__private::{Header, Heads, Options, Revision};
use migrate_runtime::v1::{Op, Result as OpResult, Sqlite};
use migrate_runtime::{Error, Migrations};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// A link of a random revision.
#[derive(Clone, Debug)]
enum Link {
    /// To the revision so many places before, if there is one.
    Back(usize),
    /// To a revision anywhere, also to itself and to later ones.
    Anywhere(usize),
    /// To none.
    Nowhere,
    /// To a name that none can have.
    Malformed,
}

/// One revision of a random history.
#[derive(Clone, Debug)]
struct Node {
    /// Whose id it has: its own, or another's.
    id_of: Option<usize>,
    parents: Vec<Link>,
    dependencies: Vec<Link>,
    replaces: Vec<Link>,
    labels: Vec<String>,
    minute: u32,
}

/// A random history, as text: what a header contains.
#[derive(Clone, Debug)]
struct Written {
    id: String,
    parents: Vec<String>,
    dependencies: Vec<String>,
    replaces: Vec<String>,
    labels: Vec<String>,
    created: String,
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        60 => (1..3usize).prop_map(Link::Back),
        10 => (1..8usize).prop_map(Link::Back),
        1 => (0..20usize).prop_map(Link::Anywhere),
        1 => Just(Link::Nowhere),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let parents = prop_oneof![
        1 => Just(Vec::new()),
        12 => prop::collection::vec(link(), 1),
        3 => prop::collection::vec(link(), 2..4),
    ];
    let parents = (parents, prop::bool::weighted(0.01)).prop_map(|(mut parents, is_malformed)| {
        if is_malformed {
            parents.push(Link::Malformed);
        }
        parents
    });
    let label = prop_oneof![3 => "l[a-e]", 1 => Just("r000".to_owned())];
    (
        prop::option::weighted(0.02, 0..20usize),
        parents,
        prop_oneof![6 => Just(Vec::new()), 1 => prop::collection::vec(link(), 1..3)],
        prop_oneof![16 => Just(Vec::new()), 1 => prop::collection::vec(link(), 1..4)],
        prop_oneof![20 => Just(Vec::new()), 1 => prop::collection::vec(label, 1..3)],
        0..30u32,
    )
        .prop_map(
            |(id_of, parents, dependencies, replaces, labels, minute)| Node {
                id_of,
                parents,
                dependencies,
                replaces,
                labels,
                minute,
            },
        )
}

fn histories() -> impl Strategy<Value = Vec<Written>> {
    prop::collection::vec(node(), 0..12).prop_map(|nodes| {
        let count = nodes.len();
        let id = |i: usize| format!("r{i:03}");
        let name = |i: usize, link: &Link| match link {
            Link::Back(distance) => i.checked_sub(*distance).map(id),
            Link::Anywhere(to) => Some(id(to % count)),
            Link::Nowhere => Some("r0x0".to_owned()),
            Link::Malformed => Some("r 0".to_owned()),
        };
        let names = |i: usize, links: &[Link]| -> Vec<String> {
            links.iter().filter_map(|link| name(i, link)).collect()
        };
        let written = |(i, node): (usize, &Node)| Written {
            id: id(node.id_of.map_or(i, |other| other % count)),
            parents: names(i, &node.parents),
            dependencies: names(i, &node.dependencies),
            replaces: names(i, &node.replaces),
            labels: node.labels.clone(),
            created: format!("2026-11-23T09:{:02}:00Z", node.minute),
        };
        nodes.iter().enumerate().map(written).collect()
    })
}

fn path(i: usize) -> PathBuf {
    PathBuf::from(format!("migrations/m{i:03}.rs"))
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// The file of a revision, its keys in one of two orders.
fn text(i: usize, revision: &Written) -> String {
    let parents = match &revision.parents[..] {
        [] => "None".to_owned(),
        [one] => format!("\"{one}\""),
        many => format!("[{}]", list(many)),
    };
    let mut keys = vec![
        format!("revision: \"{}\"", revision.id),
        format!("down_revision: {parents}"),
        format!("branch_labels: [{}]", list(&revision.labels)),
        format!("depends_on: [{}]", list(&revision.dependencies)),
        format!("created: \"{}\"", revision.created),
    ];
    if !revision.replaces.is_empty() {
        keys.push(format!("replaces: [{}]", list(&revision.replaces)));
    }
    if i % 2 == 1 {
        keys.reverse();
    }
    let functions = ["up", "down"].map(|name| {
        format!("pub fn {name}(_op: &mut Op<Sqlite>) -> Result<()> {{\n    Ok(())\n}}\n")
    });
    format!(
        "//! Message {i}.\n\nuse migrate_runtime::v1::*;\n\nrevision! {{\n    {},\n}}\n\n{}",
        keys.join(",\n    "),
        functions.join("\n")
    )
}

/// What the macros find in the files.
fn at_compile_time(history: &[Written], heads: HeadsAllowed) -> (Directory, Vec<Diagnostic>) {
    let files = history.iter().enumerate();
    let files: Vec<RevisionFile> = files
        .filter_map(|(i, revision)| RevisionFile::parse(path(i), text(i, revision)))
        .collect();
    let modules: String = (0..history.len())
        .map(|i| format!("mod m{i:03};\n"))
        .collect();
    let heads = match heads {
        HeadsAllowed::One => "",
        HeadsAllowed::Many => ", heads = many",
    };
    let directory = Directory {
        path: "migrations".into(),
        files,
        mod_path: "migrations/mod.rs".into(),
        mod_rs: Some(format!(
            "{modules}migrate_runtime::migrations!(backend = Sqlite{heads});\n"
        )),
        frozen: None,
    };
    let diagnostics = directory.check().diagnostics;
    (directory, diagnostics)
}

/// What the run time finds in the statics that the files expand to. `mod` lines have an order of their own.
fn at_run_time(history: &[Written], order: Order) -> Result<RevisionGraph, GraphError> {
    fn nothing(_: &mut Op<'_, Sqlite>) -> OpResult<()> {
        Ok(())
    }
    fn leak(text: &str) -> &'static str {
        text.to_owned().leak()
    }
    fn leak_all(names: &[String]) -> &'static [&'static str] {
        names
            .iter()
            .map(|name| leak(name))
            .collect::<Vec<_>>()
            .leak()
    }
    let revision = |(i, written): (usize, &Written)| Revision::<Sqlite> {
        header: Header {
            id: leak(&written.id),
            down_revisions: leak_all(&written.parents),
            depends_on: leak_all(&written.dependencies),
            replaces: leak_all(&written.replaces),
            branch_labels: leak_all(&written.labels),
            created: leak(&written.created),
            message: leak(&format!("Message {i}.")),
            transaction: true,
            checksum: "v1:0",
            file: leak(&path(i).display().to_string()),
        },
        up: nothing,
        down: nothing,
    };
    let mut revisions = history.iter().enumerate().map(revision).collect::<Vec<_>>();
    if order == Order::Backwards {
        revisions.reverse();
    }
    let options = Options {
        version_table: "migrate_revisions",
        heads: Heads::Many,
    };
    let parts: &'static [&'static [Revision<Sqlite>]] = vec![&*revisions.leak()].leak();
    let migrations = Box::leak(Box::new(Migrations::new(parts, options)));
    match migrations.graph() {
        Ok(graph) => Ok(graph.clone()),
        Err(Error::Graph(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Forwards,
    Backwards,
}

fn is_about_heads(diagnostic: &Diagnostic) -> bool {
    let kind = &diagnostic.kind;
    matches!(
        kind,
        DiagnosticKind::MultipleHeads { .. } | DiagnosticKind::UnlabelledBase { .. }
    )
}

fn is_about_a_header(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.kind, DiagnosticKind::Header(_))
}

/// Diagnostics without their lines, which the run time does not know, and in an order of their own.
fn comparable(diagnostics: &[Diagnostic]) -> Vec<(String, PathBuf, HeaderField, DiagnosticKind)> {
    let key = |diagnostic: &Diagnostic| {
        let id = diagnostic
            .revision
            .as_ref()
            .map_or(String::new(), ToString::to_string);
        (
            id,
            diagnostic.file.clone(),
            diagnostic.field,
            diagnostic.kind.clone(),
        )
    };
    let mut comparables: Vec<_> = diagnostics.iter().map(key).collect();
    comparables.sort_by_key(|(_, file, field, kind)| (file.clone(), *field, kind.to_string()));
    comparables
}

/// The token at the location of a diagnostic.
fn token_at(directory: &Directory, diagnostic: &Diagnostic) -> String {
    let text = &directory.file(&diagnostic.file).unwrap().text;
    let (line, column) = diagnostic.position.unwrap();
    let rest = text.lines().nth(line - 1).unwrap();
    let rest = &rest[column - 1..];
    let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
    rest[..end].to_owned()
}

/// The name that a diagnostic is about.
fn offending_name(diagnostic: &Diagnostic) -> Option<String> {
    Some(match &diagnostic.kind {
        DiagnosticKind::UnknownDownRevision { missing, .. }
        | DiagnosticKind::UnknownDependsOn { missing, .. } => missing.to_string(),
        DiagnosticKind::DuplicateRevision { revision, .. }
        | DiagnosticKind::FollowsItself { revision }
        | DiagnosticKind::DependsOnItself { revision } => revision.to_string(),
        DiagnosticKind::DuplicateLabel { label, .. }
        | DiagnosticKind::LabelIsRevision { label } => label.to_string(),
        DiagnosticKind::Cycle { cycle } => cycle[1].to_string(),
        DiagnosticKind::RepeatedParent { parent, .. }
        | DiagnosticKind::RedundantParent { parent, .. } => parent.to_string(),
        _ => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn compile_time_and_run_time_find_the_same_errors(
        history in histories(),
        many: bool,
        order in prop_oneof![Just(Order::Forwards), Just(Order::Backwards)],
    ) {
        let heads = if many { HeadsAllowed::Many } else { HeadsAllowed::One };
        let (directory, diagnostics) = at_compile_time(&history, heads);
        let run_time = at_run_time(&history, order);
        if diagnostics.iter().any(is_about_a_header) {
            // What a header can't express never gets to run time; its checks refuse it all the same.
            prop_assert!(run_time.is_err());
            return Ok(());
        }
        let (about_heads, in_links): (Vec<_>, Vec<_>) =
            diagnostics.iter().cloned().partition(is_about_heads);
        match &run_time {
            Ok(graph) => {
                prop_assert_eq!(&in_links, &[]);
                let revisions: Vec<_> = graph.iter().cloned().collect();
                let expected = check::all(&revisions, Some(heads));
                prop_assert_eq!(comparable(&about_heads), comparable(&expected));
                let is_split = graph.heads().count() > 1;
                let has_two_heads = |diagnostic: &Diagnostic| matches!(diagnostic.kind, DiagnosticKind::MultipleHeads { .. });
                prop_assert_eq!(about_heads.iter().any(has_two_heads), is_split && !many);
            }
            Err(GraphError::InvalidRevisions { diagnostics }) => {
                prop_assert_eq!(comparable(&in_links), comparable(diagnostics));
                prop_assert_eq!(&about_heads, &[]);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
        for diagnostic in &diagnostics {
            if let Some(name) = offending_name(diagnostic) {
                // A link may name what the offending one replaces.
                let replaced = history.iter().filter(|other| other.id == name).flat_map(|other| &other.replaces);
                let mut names = std::iter::once(&name).chain(replaced);
                let token = token_at(&directory, diagnostic);
                prop_assert!(names.any(|name| token == format!("\"{name}\"")), "{}: {}", diagnostic.kind, token);
            }
        }
    }
}

/// Which of two that replace one revision applies does not depend on the order of the `mod` lines.
#[test]
fn two_that_replace_the_last_of_a_range_are_distinguished_by_age() {
    let written = |id: &str, parents: &[&str], replaces: &[&str]| Written {
        id: id.to_owned(),
        parents: parents.iter().map(ToString::to_string).collect(),
        dependencies: Vec::new(),
        replaces: replaces.iter().map(ToString::to_string).collect(),
        labels: Vec::new(),
        created: "2026-11-23T09:00:00Z".to_owned(),
    };
    let history = [
        written("r001", &[], &[]),
        written("r001", &[], &["r000"]),
        written("r002", &["r001", "r000"], &[]),
        written("r003", &["r002"], &["r000"]),
    ];
    let (_, diagnostics) = at_compile_time(&history, HeadsAllowed::One);
    for order in [Order::Forwards, Order::Backwards] {
        let Err(GraphError::InvalidRevisions { diagnostics: found }) = at_run_time(&history, order)
        else {
            panic!("the duplicate is refused")
        };
        assert_eq!(comparable(&diagnostics), comparable(&found));
    }
}

/// Without this the property could hold because nothing of a kind is ever tested.
#[test]
fn the_tested_histories_have_every_kind_of_error_and_none() {
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..2_000 {
        let history = histories().new_tree(&mut runner).unwrap().current();
        let (_, diagnostics) = at_compile_time(&history, HeadsAllowed::One);
        let kinds = diagnostics.iter().map(|diagnostic| {
            let kind = format!("{:?}", diagnostic.kind);
            kind.split([' ', '(', '{'])
                .next()
                .unwrap_or_default()
                .to_owned()
        });
        let kinds: Vec<String> = if diagnostics.is_empty() {
            vec!["None".to_owned()]
        } else {
            kinds.collect()
        };
        for kind in kinds {
            *counts.entry(kind).or_default() += 1;
        }
    }
    for kind in [
        "None",
        "Header",
        "UnknownDownRevision",
        "UnknownDependsOn",
        "DuplicateRevision",
        "DuplicateLabel",
        "LabelIsRevision",
        "FollowsItself",
        "DependsOnItself",
        "Cycle",
        "RepeatedParent",
        "RedundantParent",
        "Replaces",
        "MultipleHeads",
        "UnlabelledBase",
    ] {
        let count = counts.get(kind).copied().unwrap_or_default();
        assert!(count >= 5, "{kind}: {count} of {counts:?}");
    }
}
