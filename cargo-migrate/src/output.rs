//! The result of a command, an [`CommandOutput`], in every output format.
//!
//! It must not print anything.

use std::path::{Path, PathBuf};

use migrate_graph::history::Entry;
use serde_json::Value;

use crate::exit::ExitStatus;
use crate::slug::doc_line;
use crate::style::{MARK, REVISION};

/// The result of a successful command.
pub(crate) trait CommandOutput {
    /// Returns the text output, with styles.
    fn text(&self) -> String;

    /// Returns the document for `--json`.
    fn json(&self) -> Value;

    /// Returns the output with `--quiet`: requested results, but no progress messages.
    fn quiet_text(&self) -> String {
        self.text()
    }

    /// Returns the exit status.
    fn exit(&self) -> ExitStatus {
        ExitStatus::Success
    }
}

/// Returns the line of a revision in `history`: the text of [`Entry`], with styles.
pub(crate) fn entry_line(entry: &Entry<'_>) -> String {
    let revision = entry.revision;
    let mut line = match &revision.down_revisions[..] {
        [] => "<base>".to_owned(),
        parents => names(parents).join(", "),
    };
    if !revision.depends_on.is_empty() {
        line.push_str(&format!(" ({})", names(&revision.depends_on).join(", ")));
    }
    format!("{line} -> {}", title_and_message(entry))
}

/// Returns the id, labels, marks and message of a revision, with styles.
pub(crate) fn title_and_message(entry: &Entry<'_>) -> String {
    let id = &entry.revision.id;
    let title = entry.title();
    let marks = title.strip_prefix(id.as_str()).unwrap_or_default();
    let message = after_comma(&entry.revision.message);
    format!("{REVISION}{id}{REVISION:#}{MARK}{marks}{MARK:#}{message}")
}

/// Returns the first line of a message behind a comma, if there is one.
pub(crate) fn after_comma(message: &str) -> String {
    match doc_line(message) {
        line if line.is_empty() => line,
        line => format!(", {line}"),
    }
}

/// Returns names as a list in a sentence: `a, b and c`.
pub(crate) fn listed<T: AsRef<str>>(all: &[T]) -> String {
    match &names(all)[..] {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns names as JSON strings.
pub(crate) fn names<T: AsRef<str>>(names: &[T]) -> Vec<&str> {
    names.iter().map(AsRef::as_ref).collect()
}

/// Returns the strings of a JSON list.
pub(crate) fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns the strings at a key of the objects in a JSON list.
pub(crate) fn members(list: &Value, key: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    let texts = items.filter_map(|item| item[key].as_str());
    texts.map(str::to_owned).collect()
}

/// Returns a path for output: relative to the current directory if it is inside it.
pub(crate) fn display_path(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let below = |here: &PathBuf| {
        Some(
            path.canonicalize()
                .ok()?
                .strip_prefix(here)
                .ok()?
                .to_owned(),
        )
    };
    match here.ok().as_ref().and_then(below) {
        Some(below) if below.as_os_str().is_empty() => PathBuf::from("."),
        Some(below) => below,
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_graph::history::entries;
    use migrate_graph::testing::graph;

    #[test]
    fn a_line_has_the_text_of_the_graph_and_its_styles() {
        let graph = graph("a; b [lb] <- a; c <- a after b; m <- b, c");
        let ids: Vec<_> = graph.iter().map(|revision| revision.id.clone()).collect();
        for entry in entries(&graph, &ids, None) {
            assert_eq!(
                anstream::adapter::strip_str(&entry_line(&entry)).to_string(),
                entry.to_string()
            );
        }
    }
}
