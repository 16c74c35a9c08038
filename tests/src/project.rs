//! A temporary directory with a Cargo package or revision files in it, for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use migrate_graph::Revision;
use migrate_graph::testing::revisions;
use tempfile::TempDir;

use crate::{Run, command};

/// A temporary directory and what a test does in it. It is deleted with the value.
pub struct Project {
    directory: TempDir,
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

impl Project {
    /// Returns an empty directory.
    ///
    /// # Panics
    ///
    /// If none can be made, as everything here does where the disk does.
    pub fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
        }
    }

    /// Returns a directory of revision files without a package, written as a literal: `"a; b <- a; c [label] <- b"`.
    ///
    /// Files are called `a.rs`, `b.rs` and so on; mod.rs names them all.
    pub fn of_revisions(text: &str) -> Self {
        let project = Self::new();
        project.write_revisions("", text);
        project
    }

    /// Returns a library package `app` whose revisions are written as a literal. It is never built.
    pub fn of_package(text: &str) -> Self {
        let project = Self::new();
        project.write(
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        );
        project.write("src/lib.rs", "pub mod migrations;\n");
        project.write("src/bin/app-migrate.rs", "fn main() {}\n");
        project.write_revisions("src/migrations", text);
        project
    }

    /// Writes the revision files of a literal and their mod.rs into a directory.
    pub fn write_revisions(&self, directory: &str, text: &str) {
        let directory = Path::new(directory);
        let revisions = revisions(text);
        let mut module = String::from("//! Revisions.\n");
        for revision in &revisions {
            self.write(directory.join(&revision.file), &revision_text(revision));
            module.push_str(&format!("mod {};\n", revision.id));
        }
        module.push_str("\nmigrate_runtime::migrations!(backend = Sqlite, heads = many);\n");
        self.write(directory.join("mod.rs"), &module);
    }

    /// Returns the directory's path.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the path of something in the directory.
    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    /// Writes a file, with its directories.
    pub fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a part of a file that must be there.
    pub fn replace(&self, path: impl AsRef<Path>, from: &str, to: &str) {
        let text = fs::read_to_string(self.join(&path)).unwrap();
        assert!(text.contains(from), "`{from}` is not in {text}");
        self.write(path, &text.replace(from, to));
    }

    /// Returns a file's text, normalized.
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        crate::normalize(&fs::read_to_string(self.join(path)).unwrap(), self.path())
    }

    /// Returns the paths of all files, sorted and normalized, without what cargo builds.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        list(self.path(), &mut files);
        let mut files: Vec<String> = files
            .iter()
            .map(|path| {
                path.strip_prefix(self.path())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .map(|path| crate::normalize(&path, self.path()).trim_end().to_owned())
            .collect();
        files.sort();
        files
    }

    /// Runs `cargo migrate` here with arguments separated by spaces.
    pub fn migrate(&self, arguments: &str) -> Run {
        self.migrate_with(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs `cargo migrate` here with these arguments.
    pub fn migrate_with(&self, arguments: &[&str]) -> Run {
        Run::of(&self.output(self.process().args(arguments)), self.path())
    }

    /// Runs `cargo migrate` in a directory below.
    pub fn migrate_in(&self, directory: &str, arguments: &str) -> Run {
        let mut process = self.process();
        process
            .current_dir(self.join(directory))
            .args(arguments.split_whitespace());
        Run::of(&self.output(&mut process), self.path())
    }

    /// Returns `cargo migrate`, ready to be given arguments and run here.
    ///
    /// Nothing of the tester's own environment that the command looks at is left.
    pub fn process(&self) -> Command {
        let mut process = Command::new(command());
        process.arg("migrate").current_dir(self.path());
        for variable in [
            "DATABASE_URL",
            "VISUAL",
            "EDITOR",
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "RUST_BACKTRACE",
        ] {
            process.env_remove(variable);
        }
        process
            .env("COLUMNS", "100")
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_QUIET", "true");
        process
    }

    fn output(&self, process: &mut Command) -> Output {
        process.output().unwrap()
    }
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let is_built = path
            .file_name()
            .is_some_and(|name| name == "target" || name == "Cargo.lock");
        match path.is_dir() {
            _ if is_built => {}
            true => list(&path, files),
            false => files.push(path),
        }
    }
}

fn revision_text(revision: &Revision) -> String {
    let list = |names: Vec<&str>| {
        names
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let down = list(
        revision
            .down_revisions
            .iter()
            .map(|id| id.as_str())
            .collect(),
    );
    let down = match revision.down_revisions.len() {
        0 => "None".to_owned(),
        1 => down,
        _ => format!("[{down}]"),
    };
    let mut header = format!(
        "    revision: \"{}\",\n    down_revision: {down},\n",
        revision.id
    );
    if !revision.branch_labels.is_empty() {
        let labels = list(
            revision
                .branch_labels
                .iter()
                .map(|label| label.as_str())
                .collect(),
        );
        header.push_str(&format!("    branch_labels: [{labels}],\n"));
    }
    if !revision.depends_on.is_empty() {
        let dependencies = list(revision.depends_on.iter().map(|id| id.as_str()).collect());
        header.push_str(&format!("    depends_on: [{dependencies}],\n"));
    }
    if !revision.replaces.is_empty() {
        let replaced = list(revision.replaces.iter().map(|id| id.as_str()).collect());
        header.push_str(&format!("    replaces: [{replaced}],\n"));
    }
    format!(
        "//! {}.\n\nuse migrate_runtime::v1::*;\n\nrevision! {{\n{header}    created: \"{}\",\n}}\n\n\
         pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {{\n    Ok(())\n}}\n\n\
         pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {{\n    Ok(())\n}}\n",
        revision.message, revision.created
    )
}
