//! Adds the settings that the runner needs to the text of a Cargo.toml.
//!
//! It must not change anything else in the file.

pub(crate) mod workspace;

use std::path::{Component, Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, TomlError, Value, value};

use crate::database::DatabaseKind;

/// The name of the runtime crate.
const RUNTIME: &str = "migrate-runtime";

/// The version of the runtime that matches this command.
const RUNTIME_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR")
);

/// The changes that a Cargo.toml needs.
#[derive(Clone, Debug)]
pub(crate) struct ManifestChanges<'a> {
    /// The local directory of the runtime, instead of the published version.
    pub(crate) runtime_path: Option<&'a Path>,
    /// The chosen database, whose feature the runtime needs.
    pub(crate) database: Option<DatabaseKind>,
    /// The value of `default-run`, if it is needed.
    pub(crate) default_run: Option<String>,
    /// The name of the runner, which needs a `[[bin]]` if `autobins` is off.
    pub(crate) runner: String,
    /// The directory of the revisions, if it is not the default.
    pub(crate) directory: Option<&'a Path>,
}

/// Returns the text with `changes`, and a reason for each one that was missing.
///
/// # Errors
///
/// The parser's error, if a text is not TOML.
pub(crate) fn changed(
    text: &str,
    workspace: &str,
    changes: &ManifestChanges<'_>,
) -> Result<(String, Vec<String>), TomlError> {
    let mut manifest: DocumentMut = text.parse()?;
    let in_workspace = workspace
        .parse::<DocumentMut>()
        .is_ok_and(|workspace| shares_runtime(&workspace));
    let mut reasons = Vec::new();
    reasons.extend(add_dependency(&mut manifest, in_workspace, changes));
    reasons.extend(
        changes
            .default_run
            .as_deref()
            .and_then(|program| set_default_run(&mut manifest, program)),
    );
    reasons.extend(add_program(&mut manifest, &changes.runner));
    reasons.extend(
        changes
            .directory
            .and_then(|directory| set_directory(&mut manifest, directory)),
    );
    Ok((keep_line_endings(text, manifest.to_string()), reasons))
}

/// Returns a changed text with the line endings of the original: the library writes `\n` at the ends of added lines.
fn keep_line_endings(text: &str, changed: String) -> String {
    match text.contains("\r\n") {
        true => changed.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => changed,
    }
}

fn shares_runtime(workspace: &DocumentMut) -> bool {
    let dependencies = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"));
    dependencies
        .and_then(|dependencies| dependencies.get(RUNTIME))
        .is_some()
}

/// Adds the runtime with the feature of the chosen database, or adds the feature to an existing dependency.
fn add_dependency(
    manifest: &mut DocumentMut,
    in_workspace: bool,
    changes: &ManifestChanges<'_>,
) -> Option<String> {
    let dependencies = table_at(manifest.as_table_mut(), "dependencies")?;
    if let Some(dependency) = dependencies.get_mut(RUNTIME) {
        return add_feature(dependency, changes.database?);
    }
    let source = match (changes.runtime_path, in_workspace) {
        (Some(path), _) => (
            "path",
            Value::from(path.to_string_lossy().replace('\\', "/")),
        ),
        (None, true) => ("workspace", true.into()),
        (None, false) => ("version", RUNTIME_VERSION.into()),
    };
    let database = changes.database.filter(|database| !database.is_default());
    let dependency: Value = match (source, database) {
        (("version", version), None) => version,
        ((key, value), None) => inline(key, value).into(),
        ((key, value), Some(database)) => {
            let mut table = inline(key, value);
            let mut features = vec![database.feature()];
            // The default features of a workspace dependency apply to every member.
            if key != "workspace" {
                table.insert("default-features", false.into());
                features.insert(0, "cli");
            }
            table.insert("features", features.into_iter().collect::<Array>().into());
            table.into()
        }
    };
    let reason = format!("dependency `{RUNTIME} = {dependency}`");
    insert_sorted(dependencies, RUNTIME, value(dependency));
    Some(reason)
}

fn add_feature(dependency: &mut Item, database: DatabaseKind) -> Option<String> {
    if let Some(version) = dependency.as_str().map(str::to_owned) {
        if database.is_default() {
            return None;
        }
        *dependency = value(inline("version", version.into()));
    }
    let table = dependency.as_table_like_mut()?;
    let default = table.get("default-features").and_then(Item::as_bool);
    if database.is_default() && default != Some(false) {
        return None;
    }
    let features = table
        .entry("features")
        .or_insert_with(|| value(Array::new()))
        .as_array_mut()?;
    let feature = database.feature();
    if features.iter().any(|known| known.as_str() == Some(feature)) {
        return None;
    }
    features.push(feature);
    if let Some(table) = dependency.as_inline_table_mut() {
        // The space before its end is now before a comma.
        table.fmt();
    }
    Some(format!("feature `{feature}` of `{RUNTIME}`"))
}

fn set_default_run(manifest: &mut DocumentMut, program: &str) -> Option<String> {
    let package = table_at(manifest.as_table_mut(), "package")?;
    if package.contains_key("default-run") {
        return None;
    }
    package.insert("default-run", value(program));
    Some(format!(
        "`default-run = \"{program}\"`, so that `cargo run` still runs `{program}` and not the runner"
    ))
}

/// Adds a `[[bin]]` for the runner if `autobins = false` prevents Cargo from finding it.
fn add_program(manifest: &mut DocumentMut, runner: &str) -> Option<String> {
    let package = manifest.get("package")?;
    if package.get("autobins").and_then(Item::as_bool) != Some(false) {
        return None;
    }
    let programs = manifest
        .as_table_mut()
        .entry("bin")
        .or_insert(Item::ArrayOfTables(Default::default()));
    let programs = programs.as_array_of_tables_mut()?;
    let is_runner = |program: &Table| program.get("name").and_then(Item::as_str) == Some(runner);
    if programs.iter().any(is_runner) {
        return None;
    }
    let mut program = Table::new();
    program.insert("name", value(runner));
    program.insert("path", value(format!("src/bin/{runner}.rs")));
    programs.push(program);
    Some(format!(
        "`[[bin]]` for `{runner}`, because `autobins` is off"
    ))
}

fn set_directory(manifest: &mut DocumentMut, directory: &Path) -> Option<String> {
    let directory = directory.to_string_lossy().replace('\\', "/");
    let package = manifest
        .as_table_mut()
        .get_mut("package")?
        .as_table_like_mut()?;
    let metadata = package
        .entry("metadata")
        .or_insert_with(implicit_table)
        .as_table_like_mut()?;
    let migrate = metadata
        .entry("migrate")
        .or_insert(Item::Table(Table::new()))
        .as_table_like_mut()?;
    migrate.insert("dir", value(&directory));
    Some(format!(
        "`dir = \"{directory}\"` in `[package.metadata.migrate]`, because the library is not in src"
    ))
}

fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn table_at<'t>(table: &'t mut Table, key: &str) -> Option<&'t mut dyn TableLike> {
    table
        .entry(key)
        .or_insert(Item::Table(Table::new()))
        .as_table_like_mut()
}

fn inline(key: &str, value: Value) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert(key, value);
    table
}

/// Adds a key in alphabetical order if the keys are sorted, otherwise at the end.
fn insert_sorted(table: &mut dyn TableLike, key: &str, item: Item) {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    table.insert(key, item);
    if keys.is_sorted() {
        table.sort_values();
    }
}

/// Returns `path` relative to `base`; both are absolute.
pub(crate) fn relative(path: &Path, base: &Path) -> PathBuf {
    let shared = path
        .components()
        .zip(base.components())
        .take_while(|(a, b)| a == b)
        .count();
    if path
        .components()
        .take(shared)
        .all(|part| !matches!(part, Component::Normal(_)))
    {
        return path.to_owned();
    }
    let up = base.components().skip(shared).map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(path.components().skip(shared)).collect();
    if relative.as_os_str().is_empty() {
        ".".into()
    } else {
        relative
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str, workspace: &str) -> (String, Vec<String>) {
        change_for(None, text, workspace)
    }

    fn change_for(
        database: Option<DatabaseKind>,
        text: &str,
        workspace: &str,
    ) -> (String, Vec<String>) {
        let changes = ManifestChanges {
            runtime_path: None,
            database,
            default_run: Some("app".to_owned()),
            runner: "app-migrate".to_owned(),
            directory: None,
        };
        changed(text, workspace, &changes).unwrap()
    }

    #[test]
    fn missing_dependencies_are_added_and_the_rest_is_kept() {
        let text = "# Mine.\n[package]\nname   = \"app\" # odd\n\n[dependencies]\nanyhow = \"1\"\nserde  = \"1\"\n\n[features]\n";
        let (changed, reasons) = change(text, "");
        assert_eq!(
            changed,
            "# Mine.\n[package]\nname   = \"app\" # odd\ndefault-run = \"app\"\n\n[dependencies]\nanyhow = \"1\"\n\
             migrate-runtime = \"0.1\"\nserde  = \"1\"\n\n[features]\n"
        );
        assert_eq!(reasons.len(), 2);
        assert_eq!(change(&changed, ""), (changed, Vec::new()));
    }

    #[test]
    fn a_workspace_that_shares_the_runtime_is_followed() {
        let workspace = "[workspace.dependencies]\nmigrate-runtime = \"0.1\"\n";
        assert!(
            change("[package]\nname = \"app\"\n", workspace)
                .0
                .contains("[dependencies]\nmigrate-runtime = { workspace = true }\n")
        );
    }

    #[test]
    fn an_existing_runtime_dependency_only_gets_the_feature() {
        let mysql = Some(DatabaseKind::Mysql);
        for (before, after) in [
            (
                r#"migrate-runtime = "0.1""#,
                r#"migrate-runtime = { version = "0.1", features = ["mysql"] }"#,
            ),
            (
                r#"migrate-runtime = { path = "rt", features = ["uuid"] } # mine"#,
                r#"migrate-runtime = { path = "rt", features = ["uuid", "mysql"] } # mine"#,
            ),
            (
                "[dependencies.migrate-runtime]\nversion = \"0.1\"",
                "[dependencies.migrate-runtime]\nversion = \"0.1\"\nfeatures = [\"mysql\"]",
            ),
        ] {
            let text = |dependency: &str| {
                format!(
                    "[package]\nname = \"app\"\ndefault-run = \"app\"\n\n[dependencies]\n{dependency}\n"
                )
            };
            let (changed, reasons) = change_for(mysql, &text(before), "");
            assert_eq!(changed, text(after));
            assert_eq!(reasons, ["feature `mysql` of `migrate-runtime`"]);
            assert_eq!(change_for(mysql, &changed, ""), (changed, Vec::new()));
        }
    }

    #[test]
    fn sqlite_is_requested_only_if_the_default_features_are_off() {
        let text = |more: &str| {
            format!(
                "[package]\ndefault-run = \"app\"\n[dependencies]\nmigrate-runtime = {{ version = \"0.1\"{more} }}\n"
            )
        };
        let sqlite = Some(DatabaseKind::Sqlite);
        assert_eq!(change_for(sqlite, &text(""), ""), (text(""), Vec::new()));
        assert_eq!(
            change_for(sqlite, &text(", default-features = false"), "").0,
            text(", default-features = false, features = [\"sqlite\"]")
        );
    }

    #[test]
    fn line_endings_are_kept() {
        let (changed, _) = change("[package]\r\nname = \"app\"\r\n", "");
        assert_eq!(
            changed.matches('\n').count(),
            changed.matches("\r\n").count()
        );
    }

    #[test]
    fn binaries_that_are_listed_manually_get_one_more() {
        let (changed, _) = change(
            "[package]\nname = \"app\"\nautobins = false\n\n[[bin]]\nname = \"app\"\n",
            "",
        );
        assert!(
            changed
                .contains("[[bin]]\nname = \"app-migrate\"\npath = \"src/bin/app-migrate.rs\"\n")
        );
    }

    #[test]
    fn a_path_is_written_from_the_package() {
        assert_eq!(
            relative(Path::new("/w/main/rt"), Path::new("/w/main/apps/a")),
            Path::new("../../rt")
        );
        assert_eq!(
            relative(Path::new("/opt/rt"), Path::new("/w/a")),
            Path::new("/opt/rt")
        );
    }
}
