//! A revision as JSON, the same in every command.

use migrate_graph::history::{Entry, Mark};
use serde_json::{Value, json};

/// Returns the JSON of a revision, the same in every command.
#[must_use]
pub fn revision_document(entry: &Entry<'_>) -> Value {
    let revision = entry.revision;
    let marked = |mark| entry.marks.contains(&mark);
    json!({
        "revision": revision.id.as_str(),
        "down_revisions": names(&revision.down_revisions),
        "depends_on": names(&revision.depends_on),
        "replaces": names(&revision.replaces),
        "branch_labels": names(&revision.branch_labels),
        "branches": entry.branches.iter().map(|label| label.as_str()).collect::<Vec<_>>(),
        "created": revision.created.as_str(),
        "message": revision.message,
        "transaction": revision.transaction,
        "file": revision.file.display().to_string(),
        "head": marked(Mark::Head),
        "current": marked(Mark::Current),
        "branch_point": marked(Mark::BranchPoint),
        "merge_point": marked(Mark::MergePoint),
    })
}

fn names<T: AsRef<str>>(names: &[T]) -> Vec<&str> {
    names.iter().map(AsRef::as_ref).collect()
}
