//! `cargo migrate graph`.

use insta::assert_snapshot;
use migrate_tests::Project;

#[test]
fn an_unknown_format_is_refused() {
    assert_snapshot!(Project::of_revisions("a").migrate("graph --dir . --format png"), @r"
    exit 2
    --- stderr
    error: invalid value 'png' for '--format <FORMAT>' [possible values: dot, mermaid, svg]
     help: pass `--help` to list the options
    ");
}

#[test]
fn graphviz_and_mermaid_show_links_labels_and_dependencies() {
    let project = Project::of_revisions("a; b [lb] <- a; c <- a after b; m <- b, c");
    assert_snapshot!(project.migrate("graph --dir . --format dot"), @r#"
    exit 0
    --- stdout
    digraph revisions {
        rankdir = "BT";
        node [shape = "box", style = "rounded"];
        "m" [label = "m\nmessage of m."];
        "c" [label = "c\nmessage of c."];
        "b" [label = "b [lb]\nmessage of b."];
        "a" [label = "a\nmessage of a."];
        "b" -> "m";
        "c" -> "m";
        "a" -> "c";
        "b" -> "c" [style = "dashed"];
        "a" -> "b";
    }
    "#);
    assert_snapshot!(project.migrate("graph --dir . --format mermaid"), @r#"
    exit 0
    --- stdout
    flowchart BT
        r0["m<br/>message of m."]
        r1["c<br/>message of c."]
        r2["b #91;lb#93;<br/>message of b."]
        r3["a<br/>message of a."]
        r2 --> r0
        r1 --> r0
        r3 --> r1
        r2 -.-> r1
        r3 --> r2
    "#);
}

#[test]
fn an_svg_is_one_document_without_any_script_of_a_message() {
    let project = Project::of_revisions("a; b <- a");
    project.replace(
        "b.rs",
        "message of b",
        "<script>alert('x')</script> & \"more\"",
    );
    let svg = project.migrate("graph --dir .").done().stdout;
    assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"));
}

#[test]
fn a_script_gets_the_diagram_as_a_string() {
    let json = Project::of_revisions("a")
        .migrate("graph --dir . --format dot --json")
        .json();
    assert_eq!(json["format"], "dot");
    assert!(json["diagram"].as_str().unwrap().starts_with("digraph"));
}

#[test]
fn no_revisions_are_a_diagram_too() {
    for format in ["dot", "mermaid", "svg"] {
        Project::of_revisions("")
            .migrate(&format!("graph --dir . --format {format}"))
            .done();
    }
}
