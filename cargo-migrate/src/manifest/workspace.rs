//! Adds a member to the workspace of a Cargo.toml, or makes a package the root of a workspace.

use toml_edit::{Array, DocumentMut, Item, TomlError, Value, value};

use super::{keep_line_endings, table_at};
use crate::output::listed;

/// The reason why a text can't be changed, and the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WorkspaceProblem {
    pub(crate) reason: String,
    pub(crate) help: String,
}

impl From<TomlError> for WorkspaceProblem {
    fn from(error: TomlError) -> Self {
        Self {
            reason: format!("can't read the workspace's Cargo.toml: {error}"),
            help: "correct it".to_owned(),
        }
    }
}

/// Returns whether the text defines a workspace.
pub(crate) fn exists(text: &str) -> bool {
    let manifest = text.parse::<DocumentMut>();
    manifest.is_ok_and(|manifest| manifest.contains_key("workspace"))
}

/// Returns whether members can write `edition.workspace = true`.
pub(crate) fn shares_edition(text: &str) -> bool {
    let manifest = text.parse::<DocumentMut>().unwrap_or_default();
    let package = manifest
        .get("workspace")
        .and_then(|table| table.get("package"));
    package.and_then(|package| package.get("edition")).is_some()
}

/// Returns the text with `member` and the reason, or `None` if it is a member already. `strangers` are the directories of
/// packages that must not become a part of a new workspace.
pub(crate) fn with_member(
    text: &str,
    member: &str,
    strangers: &[String],
) -> Result<Option<(String, String)>, WorkspaceProblem> {
    let mut manifest: DocumentMut = text.parse()?;
    let is_new = !manifest.contains_key("workspace");
    let problem = |key: &str| WorkspaceProblem {
        reason: format!("`{key}` of the workspace is not a list of paths"),
        help: format!("write `members = [\"{member}\"]` in `[workspace]`"),
    };
    let workspace =
        table_at(manifest.as_table_mut(), "workspace").ok_or_else(|| problem("workspace"))?;
    if let Some(excluded) = workspace.get("exclude").and_then(Item::as_array)
        && excluded
            .iter()
            .filter_map(Value::as_str)
            .any(|path| covers(path, member))
    {
        return Err(WorkspaceProblem {
            reason: format!("the workspace excludes `{member}`"),
            help: "remove it from `exclude` in `[workspace]`, or pass another directory".to_owned(),
        });
    }
    let members = workspace
        .entry("members")
        .or_insert_with(|| value(Array::new()))
        .as_array_mut()
        .ok_or_else(|| problem("members"))?;
    if members
        .iter()
        .filter_map(Value::as_str)
        .any(|path| matches(path, member))
    {
        return Ok(None);
    }
    push(members, member);
    let mut reason = match is_new {
        true => format!("`[workspace]` with the member `{member}`"),
        false => format!("the member `{member}`"),
    };
    if !strangers.is_empty() {
        workspace.insert("exclude", value(strangers.iter().collect::<Array>()));
        reason.push_str(&format!(
            ", and `exclude` for {}, which must stay outside of the workspace",
            listed(strangers)
        ));
    }
    Ok(Some((
        keep_line_endings(text, manifest.to_string()),
        reason,
    )))
}

/// Adds a path at the end of a list, on a line of its own if the other paths have one.
fn push(members: &mut Array, member: &str) {
    let last = members.iter().last();
    let before = last.and_then(|last| last.decor().prefix()?.as_str().map(str::to_owned));
    let mut path = Value::from(member);
    match before.filter(|before| before.contains('\n')) {
        // Without the comments of the path before it.
        Some(before) => {
            let indent = before.rsplit('\n').next().unwrap_or_default();
            path.decor_mut().set_prefix(format!("\n{indent}"));
            members.push_formatted(path);
        }
        None => members.push(path),
    }
}

/// Returns whether a path of `members` includes a directory: the same path, or a pattern such as `crates/*`.
fn matches(path: &str, member: &str) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let (mut parts, mut names) = (path.split('/'), member.split('/'));
    loop {
        match (parts.next(), names.next()) {
            (None, None) => return true,
            (Some(part), Some(name)) if part == "*" || part == name => {}
            _ => return false,
        }
    }
}

/// Returns whether a path of `exclude` is the directory or contains it.
fn covers(path: &str, member: &str) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let rest = member.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> String {
        with_member(text, "migrations", &[]).unwrap().unwrap().0
    }

    #[test]
    fn a_workspace_that_can_not_have_the_member_is_refused() {
        for (text, reason) in [
            (
                "[workspace]\nexclude = [\"migrations\"]\n",
                "excludes `migrations`",
            ),
            (
                "[workspace]\nmembers = \"x\"\n",
                "`members` of the workspace is not a list",
            ),
            ("workspace = 1\n", "`workspace` of the workspace is not"),
            ("[workspace\n", "can't read"),
        ] {
            let problem = with_member(text, "migrations", &[]).unwrap_err();
            assert!(problem.reason.contains(reason), "{problem:?}");
        }
        let inner = with_member("[workspace]\nexclude = [\"crates\"]", "crates/m", &[]);
        assert!(inner.is_err());
    }

    #[test]
    fn the_rest_of_the_file_is_kept() {
        for (before, after) in [
            (
                "# Mine.\n[package]\nname   = \"app\"\n\n[profile.dev]\nopt-level = 1 # fast\n",
                "# Mine.\n[package]\nname   = \"app\"\n\n[profile.dev]\nopt-level = 1 # fast\n\n[workspace]\nmembers = [\"migrations\"]\n",
            ),
            (
                "[workspace]\nmembers = [\"a\", \"b\"] # all\n",
                "[workspace]\nmembers = [\"a\", \"b\", \"migrations\"] # all\n",
            ),
            (
                "[workspace]\nmembers = [\n    # The application.\n    \"a\",\n    \"b\",\n]\n",
                "[workspace]\nmembers = [\n    # The application.\n    \"a\",\n    \"b\",\n    \"migrations\",\n]\n",
            ),
            (
                "[workspace]\nresolver = \"3\"\n",
                "[workspace]\nresolver = \"3\"\nmembers = [\"migrations\"]\n",
            ),
        ] {
            assert_eq!(changed(before), after);
        }
        let windows = changed("[workspace]\r\nmembers = []\r\n");
        assert_eq!(
            windows.matches('\n').count(),
            windows.matches("\r\n").count()
        );
    }

    #[test]
    fn a_pattern_includes_the_member() {
        let member = |text: &str, member: &str| with_member(text, member, &[]).unwrap();
        assert_eq!(
            member("[workspace]\nmembers = [\"crates/*\"]", "crates/m"),
            None
        );
        assert_eq!(member("[workspace]\nmembers = [\"./m/\"]", "m"), None);
        assert!(member("[workspace]\nmembers = [\"crates/*\"]", "m").is_some());
    }

    #[test]
    fn other_packages_stay_outside_of_a_new_workspace() {
        let text = "[package]\nname = \"app\"\n";
        let (changed, reason) = with_member(text, "m", &["fuzz".to_owned()])
            .unwrap()
            .unwrap();
        assert!(
            changed.ends_with("members = [\"m\"]\nexclude = [\"fuzz\"]\n"),
            "{changed}"
        );
        assert!(reason.contains("fuzz"), "{reason}");
    }
}
