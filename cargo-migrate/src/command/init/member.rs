//! Plans a crate of its own for the revisions: a new member of the workspace, or of a new workspace.
//!
//! It must not write anything; it returns the texts.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::manifest::workspace;
use crate::output::display_path;
use crate::project::{Library, Project, Workspace};
use crate::report::Report;

use super::{Edit, read};

/// The new member, which does not exist yet.
pub(super) struct Member {
    /// The package.
    pub(super) project: Project,
    /// The text of its Cargo.toml, without the dependency.
    pub(super) manifest: String,
    /// The change of the workspace's Cargo.toml, if it is needed.
    pub(super) workspace: Option<Edit>,
}

impl Member {
    /// Plans the crate in `directory`, which is relative to the root of the workspace.
    ///
    /// # Errors
    ///
    /// A usage report with the way out, if the crate can't be created there.
    pub(super) fn plan(workspace: &Workspace, directory: &Path) -> Result<Self, Report> {
        let relative = inside(directory)?;
        let name = package_name(&relative)?;
        refuse_existing(workspace, &relative, &name)?;
        let root = workspace.root.join(&relative);
        let manifest_of_workspace = workspace.root.join("Cargo.toml");
        let text = read(&manifest_of_workspace)?;
        let member = slashes(&relative);
        let strangers = match workspace::exists(&text) {
            true => Vec::new(),
            false => strangers(workspace, &relative),
        };
        let changed = workspace::with_member(&text, &member, &strangers).map_err(|problem| {
            Report::usage(problem.reason)
                .at(display_path(&manifest_of_workspace))
                .help(problem.help)
        })?;
        let edition = match workspace::shares_edition(&text) {
            true => "edition.workspace = true".to_owned(),
            false => format!("edition = \"{}\"", workspace.edition),
        };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{edition}\npublish = false\n\n[dependencies]\n"
        );
        Ok(Self {
            workspace: changed.map(|(text, why)| Edit::change(manifest_of_workspace, text, why)),
            project: project(workspace, root, name),
            manifest,
        })
    }

    /// Returns the text of the library.
    pub(super) fn library(&self) -> String {
        "//! The schema revisions of the application, and nothing that needs them to be applied.\n\n\
         pub mod migrations;\n\n\
         pub use self::migrations::migrations;\n"
            .to_owned()
    }
}

fn project(workspace: &Workspace, root: PathBuf, name: String) -> Project {
    Project {
        library: Some(Library {
            name: name.replace('-', "_"),
            file: root.join("src").join("lib.rs"),
            is_macro: false,
        }),
        manifest: root.join("Cargo.toml"),
        root,
        name,
        workspace_root: workspace.root.clone(),
        programs: Vec::new(),
        default_run: None,
        runner_features: Vec::new(),
        settings: Default::default(),
    }
}

/// Returns the directory without `.` and without a trailing slash.
fn inside(directory: &Path) -> Result<PathBuf, Report> {
    let parts: Vec<Component<'_>> = directory
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    let is_inside = parts
        .iter()
        .all(|part| matches!(part, Component::Normal(_)));
    if !is_inside || parts.is_empty() {
        return Err(Report::usage(format!(
            "`{}` is not a directory inside of the workspace",
            directory.display()
        ))
        .help("pass a path relative to the workspace's root: `--crate migrations`"));
    }
    Ok(parts.into_iter().collect())
}

/// Returns the last part of the path, which must be the name of a package.
fn package_name(relative: &Path) -> Result<String, Report> {
    let name = relative.file_name().unwrap_or_default().to_string_lossy();
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let first = name.chars().next().unwrap_or('0');
    let is_word = name.chars().all(is_letter) && first.is_ascii_alphabetic();
    let code = name.replace('-', "_");
    if !is_word || RESERVED.contains(&&*code) {
        return Err(
            Report::usage(format!("`{name}` can't be the name of a crate")).help(
                "use letters, digits, `-` and `_`, and no word of Rust: `--crate migrations`",
            ),
        );
    }
    Ok(name.into_owned())
}

/// Words of the language, and crates that every program or the generated code names.
const RESERVED: [&str; 48] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "migrate_runtime",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
];

/// Refuses a directory or a package that exists, and a package that has revisions already.
fn refuse_existing(workspace: &Workspace, relative: &Path, name: &str) -> Result<(), Report> {
    if let Some(package) = &workspace.with_revisions {
        return Err(
            Report::usage(format!("package `{package}` has revisions already")).help(
                "move them by hand, as docs/revision-crate.md describes, or pass `-p NAME` with a package that has none",
            ),
        );
    }
    if workspace.packages.iter().any(|package| package == name) {
        return Err(
            Report::usage(format!("the workspace has a package `{name}` already")).help(format!(
                "prepare it with `cargo migrate init -p {name}`, or pass another name"
            )),
        );
    }
    let root = workspace.root.join(relative);
    let is_empty = match fs::read_dir(&root) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !root.exists(),
    };
    match is_empty {
        true => Ok(()),
        false => Err(
            Report::usage(format!("`{}` exists already", relative.display()))
                .at(display_path(&root))
                .help("pass another directory, such as `--crate schema-migrations`"),
        ),
    }
}

/// The largest depth at which other packages are looked for.
const DEPTH: u32 = 4;

/// Returns the directories of packages that are in no workspace, and that Cargo would refuse once an outer directory is a
/// workspace.
fn strangers(workspace: &Workspace, member: &Path) -> Vec<String> {
    let mut found = Vec::new();
    look(&workspace.root, &workspace.root, DEPTH, &mut found);
    found.retain(|directory| *directory != slashes(member));
    found.sort();
    found
}

fn look(root: &Path, directory: &Path, depth: u32, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let is_hidden = name.to_string_lossy().starts_with('.');
        if is_hidden
            || name == "target"
            || name == "node_modules"
            || path.is_symlink()
            || !path.is_dir()
        {
            continue;
        }
        match fs::read_to_string(path.join("Cargo.toml")) {
            // A workspace of its own is not affected.
            Ok(text) if workspace::exists(&text) => {}
            Ok(_) => found.extend(path.strip_prefix(root).ok().map(slashes)),
            Err(_) if depth > 0 => look(root, &path, depth - 1, found),
            Err(_) => {}
        }
    }
}

/// Returns a relative path as Cargo.toml has it.
fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}
