//! Everything that a header contains gets to run time as it is written.

#[path = "header_values/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    let [a, b, c] = ["a1", "b2", "c3"].map(|id| graph.get(id).unwrap());
    assert_eq!(a.message, r#"Say "hi" \n in {braces}, über // all /* of */ it."#);
    assert_eq!(words(&a.branch_labels), ["users", "people"]);
    assert!(a.transaction && a.down_revisions.is_empty() && a.depends_on.is_empty());
    assert_eq!(words(&b.depends_on), ["a1"]);
    assert!(!b.transaction && b.down_revisions.is_empty());
    assert_eq!(words(&c.down_revisions), ["a1", "b2"]);
    assert_eq!(c.created.to_string(), "2026-11-23T09:15:00Z");
    assert!(c.branch_labels.is_empty());
    assert!(c.file.ends_with("header_values/m3.rs"), "{:?}", c.file);
}

fn words(names: &[impl AsRef<str>]) -> Vec<&str> {
    names.iter().map(AsRef::as_ref).collect()
}
