//! Implements `cargo migrate init`: creates the files that a package needs for its first revision.
//!
//! It must not change existing code.

mod member;

use std::fs;
use std::path::{Path, PathBuf};

use migrate_graph::files::position;
use migrate_graph::modules::module_lines;
use migrate_graph::settings;
use migrate_graph::tokens::lex;
use serde_json::{Value, json};

use crate::database::DatabaseKind;
use crate::global::Global;
use crate::manifest::{self, ManifestChanges};
use crate::output::display_path;
use crate::output::{CommandOutput, listed};
use crate::project::{DEFAULT_DIR, Library, Project, Workspace};
use crate::report::Report;
use crate::style::DONE;
use crate::{atomic_file, mod_rs};
use member::Member;

/// Prepare a package for its first revision
///
/// Creates `src/migrations/mod.rs` and the runner's source file, and adds the dependency to Cargo.toml. Existing files
/// are kept.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// Local directory of `migrate-runtime` to depend on, instead of the published version
    #[arg(long, value_name = "PATH")]
    runtime_path: Option<PathBuf>,

    /// Database of the revisions [default: sqlite]
    #[arg(long, value_name = "NAME")]
    backend: Option<DatabaseKind>,

    /// Create a crate for the revisions in this directory, as a member of the workspace
    #[arg(long = "crate", value_name = "DIR")]
    member: Option<PathBuf>,
}

impl Init {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        // All decisions are made before the first write.
        let (project, edits) = match &self.member {
            Some(directory) => self.member_edits(global, directory)?,
            None => {
                let project = Project::find_for_init(global)?;
                let edits = self.edits(&project)?;
                (project, edits)
            }
        };
        for edit in &edits {
            match &edit.kind {
                Kind::Create => atomic_file::create(&edit.path, &edit.text)?,
                Kind::Change => atomic_file::replace(&edit.path, &edit.text)?,
            }
        }
        let edits = edits
            .into_iter()
            .map(|edit| Edit {
                path: display_path(&edit.path),
                ..edit
            })
            .collect();
        Ok(Box::new(InitOutput {
            package: project.name,
            edits,
        }))
    }

    fn edits(&self, project: &Project) -> Result<Vec<Edit>, Report> {
        let library = library(project)?;
        let migrations = migrations_directory(project, &library)?;
        let mut edits = Vec::new();
        edits.extend(module_file(&migrations, self.backend)?);
        edits.extend(library_file(project, &library)?);
        edits.extend(runner_file(project, &library));
        edits.extend(self.manifest_file(project, &migrations)?);
        edits.extend(git_attributes(project, &migrations)?);
        Ok(edits)
    }

    /// Returns the edits that create a crate for the revisions. The workspace is changed last, when its member exists.
    fn member_edits(
        &self,
        global: &Global,
        directory: &Path,
    ) -> Result<(Project, Vec<Edit>), Report> {
        let member = Member::plan(&Workspace::find(global)?, directory)?;
        let project = &member.project;
        let library = library(project)?;
        let migrations = migrations_directory(project, &library)?;
        let (manifest, _) = self.manifest(project, &member.manifest, &migrations)?;
        let why = "the package of the revisions";
        let mut edits = vec![Edit::create(project.manifest.clone(), manifest, why)];
        edits.push(Edit::create(
            library.file.clone(),
            member.library(),
            &format!(
                "its library: an application calls `{}::migrations()`",
                library.name
            ),
        ));
        edits.extend(module_file(&migrations, self.backend)?);
        edits.extend(runner_file(project, &library));
        edits.extend(git_attributes(project, &migrations)?);
        edits.extend(member.workspace);
        Ok((member.project, edits))
    }

    fn manifest_file(&self, project: &Project, migrations: &Path) -> Result<Option<Edit>, Report> {
        let text = read(&project.manifest)?;
        let (text, reasons) = self.manifest(project, &text, migrations)?;
        Ok((!reasons.is_empty())
            .then(|| Edit::change(project.manifest.clone(), text, reasons.join("; "))))
    }

    /// Returns a Cargo.toml with everything that the runner needs, and the reasons for the changes.
    fn manifest(
        &self,
        project: &Project,
        text: &str,
        migrations: &Path,
    ) -> Result<(String, Vec<String>), Report> {
        let runtime_path = self
            .runtime_path
            .as_deref()
            .map(|path| runtime_path(path, project))
            .transpose()?;
        let workspace = read(&project.workspace_root.join("Cargo.toml")).unwrap_or_default();
        let directory = migrations
            .strip_prefix(&project.root)
            .ok()
            .filter(|dir| *dir != Path::new(DEFAULT_DIR));
        let changes = ManifestChanges {
            runtime_path: runtime_path.as_deref(),
            database: self.backend,
            default_run: default_run(project),
            runner: project.runner(),
            directory: directory.filter(|_| project.settings.dir.is_none()),
        };
        manifest::changed(text, &workspace, &changes).map_err(|error| {
            Report::usage(format!("can't read the package's Cargo.toml: {error}"))
                .at(&project.manifest)
        })
    }
}

/// Returns the library for the revisions: the package's own, or a new one.
fn library(project: &Project) -> Result<Library, Report> {
    match &project.library {
        Some(library) if library.is_macro => Err(Report::usage(format!(
            "package `{}` is a procedural macro, and its library can't contain revisions",
            project.name
        ))
        .at(display_path(&project.manifest))
        .help("pass the application's package with `-p NAME`")),
        Some(library) => Ok(library.clone()),
        None => Ok(Library {
            name: project.name.replace('-', "_"),
            file: project.root.join("src").join("lib.rs"),
            is_macro: false,
        }),
    }
}

/// Returns the directory of the revisions: next to the library's root file, so that its `mod migrations;` finds them.
fn migrations_directory(project: &Project, library: &Library) -> Result<PathBuf, Report> {
    if project.settings.dir.is_some() {
        return Ok(project.migrations());
    }
    let beside = library
        .file
        .parent()
        .unwrap_or(&project.root)
        .join("migrations");
    if beside.starts_with(&project.root) {
        return Ok(beside);
    }
    Err(
        Report::usage("the library's root file is outside of the package's directory")
            .at(&library.file)
            .help("set the directory of the revisions with `dir = \"…\"` in `[package.metadata.migrate]`"),
    )
}

/// Returns the edit that creates the module file. An existing file is kept, but must be for the chosen database.
fn module_file(migrations: &Path, chosen: Option<DatabaseKind>) -> Result<Option<Edit>, Report> {
    let path = migrations.join("mod.rs");
    let beside = migrations.with_extension("rs");
    for there in [&path, &beside] {
        if there.exists() {
            return match chosen {
                Some(chosen) => same_backend(there, chosen).map(|()| None),
                None => Ok(None),
            };
        }
    }
    let backend = chosen.unwrap_or(DatabaseKind::Sqlite).type_name();
    let text = format!(
        "//! Schema revisions, oldest first. `cargo migrate revision` adds a line.\n\n\
         // Revisions are written for reading: `use …::v1::*`, `Op<Sqlite>`, `pub fn up`.\n\
         #![allow(elided_lifetimes_in_paths, unreachable_pub, clippy::wildcard_imports)]\n\n\
         migrate_runtime::migrations!(backend = {backend});\n"
    );
    Ok(Some(Edit::create(path, text, "the revisions' module")))
}

fn same_backend(file: &Path, chosen: DatabaseKind) -> Result<(), Report> {
    let chosen = chosen.type_name();
    let Some(settings) = settings::read(&read(file)?) else {
        return Ok(());
    };
    let backends = &settings.settings.backends;
    let is_chosen = |path: &str| path.rsplit("::").next() == Some(chosen);
    if backends.is_empty() || backends.iter().any(|known| is_chosen(&known.value.path)) {
        return Ok(());
    }
    let known: Vec<&str> = backends
        .iter()
        .map(|known| known.value.path.as_str())
        .collect();
    Err(Report::usage(format!(
        "the existing revisions are for {}, not for {chosen}",
        listed(&known)
    ))
    .at(display_path(file))
    .help(format!(
        "remove `--backend`, or write `backends = [{}, {chosen}]` in that file if the revisions support both",
        known.join(", ")
    )))
}

/// Returns the edit that adds `pub mod migrations;` to the library, or creates the library of a package without one.
fn library_file(project: &Project, library: &Library) -> Result<Option<Edit>, Report> {
    if !library.file.exists() {
        let text = "pub mod migrations;\n".to_owned();
        let why = "a library, because the runner is a separate binary and imports the revisions from it; move the code that \
                   revisions use here as well";
        return Ok(Some(Edit::create(library.file.clone(), text, why)));
    }
    let text = read(&library.file)?;
    match module_lines(&text)
        .iter()
        .find(|line| line.name == "migrations")
    {
        Some(line) if is_public(&text, line.start) => Ok(None),
        Some(line) => Err(Report::usage(
            "`mod migrations;` is private, so the runner can't access it",
        )
        .at_position(display_path(&library.file), position(&text, line.start))
        .help("change it to `pub mod migrations;`")),
        None if project.settings.dir.is_some() => Ok(None),
        None => {
            let text = mod_rs::with_module(&text, "migrations", "pub mod migrations;");
            Ok(Some(Edit::change(
                library.file.clone(),
                text,
                "`pub mod migrations;`".to_owned(),
            )))
        }
    }
}

fn is_public(text: &str, mod_start: usize) -> bool {
    lex(&text[..mod_start])
        .last()
        .is_some_and(|before| before.is("pub"))
}

fn runner_file(project: &Project, library: &Library) -> Option<Edit> {
    let path = project
        .root
        .join("src")
        .join("bin")
        .join(format!("{}.rs", project.runner()));
    if project.has_runner() || path.exists() {
        return None;
    }
    let text = format!(
        "//! The migration runner of this package: `cargo migrate upgrade` builds and runs it.\n\n\
         fn main() -> std::process::ExitCode {{\n    migrate_runtime::main({}::migrations::migrations())\n}}\n",
        library.name
    );
    Some(Edit::create(
        path,
        text,
        "the runner, built and run by `cargo migrate upgrade`",
    ))
}

/// Returns the binary that `cargo run` runs at present, if the runner would make it ambiguous.
fn default_run(project: &Project) -> Option<String> {
    let mut others = project
        .programs
        .iter()
        .filter(|name| **name != project.runner());
    match (others.next(), others.next(), &project.default_run) {
        (Some(only), None, None) => Some(only.clone()),
        _ => None,
    }
}

fn runtime_path(path: &Path, project: &Project) -> Result<PathBuf, Report> {
    let manifest = path.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(
            Report::usage(format!("`{}` contains no package", path.display()))
                .help("pass the directory that contains the Cargo.toml of `migrate-runtime`"),
        );
    }
    let absolute = path
        .canonicalize()
        .map_err(|error| Report::file("find", path, &error))?;
    // The package's own directory may not exist yet.
    let workspace = project.workspace_root.canonicalize();
    let workspace =
        workspace.map_err(|error| Report::file("find", &project.workspace_root, &error))?;
    let root = match project.root.strip_prefix(&project.workspace_root) {
        Ok(inside) => workspace.join(inside),
        Err(_) => project
            .root
            .canonicalize()
            .unwrap_or_else(|_| project.root.clone()),
    };
    // Relative to the package, so that a checkout can be moved as a whole.
    Ok(manifest::relative(&absolute, &root))
}

/// Returns the edit of `.gitattributes`. With it, git merges two branches that each add a revision, and the compiler
/// reports the two heads.
fn git_attributes(project: &Project, migrations: &Path) -> Result<Option<Edit>, Report> {
    let directory = migrations
        .strip_prefix(&project.root)
        .unwrap_or(Path::new(DEFAULT_DIR));
    let directory = directory
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/");
    let line = format!("{directory}/mod.rs merge=union");
    let path = project.root.join(".gitattributes");
    let why = "so that a git merge keeps the lines of both sides";
    if !path.exists() {
        return Ok(Some(Edit::create(path, format!("{line}\n"), why)));
    }
    let text = read(&path)?;
    if text
        .lines()
        .any(|there| there.split_whitespace().eq(line.split_whitespace()))
    {
        return Ok(None);
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let missing_end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        end
    };
    Ok(Some(Edit::change(
        path,
        format!("{text}{missing_end}{line}{end}"),
        why.to_owned(),
    )))
}

fn read(path: &Path) -> Result<String, Report> {
    fs::read_to_string(path).map_err(|error| Report::file("read", path, &error))
}

/// A file to write.
struct Edit {
    path: PathBuf,
    kind: Kind,
    text: String,
    /// The description of the file, or of the change.
    why: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Create,
    Change,
}

impl Edit {
    fn create(path: PathBuf, text: String, why: &str) -> Self {
        Self {
            path,
            kind: Kind::Create,
            text,
            why: why.to_owned(),
        }
    }

    fn change(path: PathBuf, text: String, why: String) -> Self {
        Self {
            path,
            kind: Kind::Change,
            text,
            why,
        }
    }
}

struct InitOutput {
    package: String,
    edits: Vec<Edit>,
}

impl CommandOutput for InitOutput {
    fn text(&self) -> String {
        if self.edits.is_empty() {
            return format!(
                "nothing to do: package `{}` is already prepared\n",
                self.package
            );
        }
        let mut text = String::new();
        for edit in &self.edits {
            let word = if edit.kind == Kind::Create {
                "created"
            } else {
                "changed"
            };
            text.push_str(&format!(
                "{DONE}{word}{DONE:#} {}: {}\n",
                edit.path.display(),
                edit.why
            ));
        }
        text.push_str(&format!(
            "{DONE}   next{DONE:#} cargo migrate revision -m \"create users\"\n"
        ));
        text
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let paths = |kind: Kind| -> Vec<String> {
            self.edits
                .iter()
                .filter(|edit| edit.kind == kind)
                .map(|edit| edit.path.display().to_string())
                .collect()
        };
        json!({ "package": self.package, "created": paths(Kind::Create), "changed": paths(Kind::Change) })
    }
}
