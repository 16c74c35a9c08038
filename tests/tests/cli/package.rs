//! A package that a test makes, builds and runs commands in.
//!
//! Each package has a name of its own, because many are built into one directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use migrate_tests::{Project, Run, forget_own_package};

use crate::build_directory::BuildDirectory;

/// A package with this workspace's runtime and its locked versions.
pub(crate) struct Package {
    pub(crate) project: Project,
    directory: BuildDirectory,
}

impl Package {
    /// Returns a package with these source files, prepared by `cargo migrate init`.
    pub(crate) fn new(name: &str, files: &[&str]) -> Self {
        let package = Self::unprepared(name, files);
        package
            .migrate(&format!("init --runtime-path {}", runtime()))
            .done();
        package
    }

    pub(crate) fn unprepared(name: &str, files: &[&str]) -> Self {
        let project = Project::new();
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        project.write("Cargo.toml", &manifest);
        for file in files {
            project.write(
                file,
                if file.ends_with("main.rs") {
                    "fn main() {\n    println!(\"the app\");\n}\n"
                } else {
                    ""
                },
            );
        }
        copy_lockfile(&project);
        Self {
            project,
            directory: BuildDirectory::new(),
        }
    }

    /// Builds in a directory what most packages depend on. If that fails, the packages build it.
    pub(crate) fn build_dependencies(directory: &Path) {
        let project = Project::new();
        let manifest = format!(
            "[package]\nname = \"dependencies\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nmigrate-runtime = {{ path = \"{}\" }}\n",
            runtime()
        );
        project.write("Cargo.toml", &manifest);
        project.write("src/lib.rs", "");
        copy_lockfile(&project);
        let mut cargo = Command::new(env!("CARGO"));
        let cargo = environment(cargo.arg("build"), directory);
        let output = cargo.current_dir(project.path()).output().unwrap();
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// Makes a process build as the package's other commands do.
    pub(crate) fn environment<'p>(&self, process: &'p mut Command) -> &'p mut Command {
        environment(process, &self.directory.path())
    }

    /// Runs `cargo migrate`; runner commands build without the network, into a directory of the tests.
    pub(crate) fn migrate(&self, arguments: &str) -> Run {
        self.migrate_in(".", arguments)
    }

    pub(crate) fn migrate_in(&self, directory: &str, arguments: &str) -> Run {
        let mut process = self.project.process();
        let process = self.environment(process.current_dir(self.project.join(directory)));
        Run::of(
            &process.args(arguments.split_whitespace()).output().unwrap(),
            self.project.path(),
        )
    }

    /// Runs cargo itself and returns what it printed, unchanged.
    pub(crate) fn output(&self, arguments: &str) -> String {
        let mut process = Command::new(env!("CARGO"));
        let process = self.environment(process.current_dir(self.project.path()));
        let output = process.args(arguments.split_whitespace()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs cargo itself.
    pub(crate) fn cargo(&self, arguments: &str) -> Run {
        let mut process = Command::new(env!("CARGO"));
        let process = self.environment(process.current_dir(self.project.path()));
        Run::of(
            &process.args(arguments.split_whitespace()).output().unwrap(),
            self.project.path(),
        )
    }

    /// Returns the path of a binary that a command has built.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.path().join("debug").join(name)
    }

    /// Returns the path of the revision file that was created with this message.
    pub(crate) fn file_of(&self, message: &str) -> PathBuf {
        let files = std::fs::read_dir(self.project.join("src/migrations")).unwrap();
        let mut paths = files.map(|entry| entry.unwrap().path());
        paths
            .find(|path| path.to_string_lossy().ends_with(&format!("_{message}.rs")))
            .unwrap()
    }

    /// Adds revisions `r1` (creates a table), `r2` (adds a column), `r3` (fills it).
    pub(crate) fn with_revisions(self) -> Self {
        for (id, up, down) in [
            (
                "r1",
                "op.execute(\"CREATE TABLE t (a INTEGER)\")?;",
                "op.execute(\"DROP TABLE t\")?;",
            ),
            (
                "r2",
                "op.execute(\"ALTER TABLE t ADD COLUMN b INTEGER\")?;",
                "op.execute(\"ALTER TABLE t DROP COLUMN b\")?;",
            ),
            (
                "r3",
                "op.execute(\"INSERT INTO t VALUES (1, 2)\")?;",
                "op.execute(\"DELETE FROM t\")?;",
            ),
        ] {
            self.migrate(&format!("revision -m {id} --rev-id {id}"))
                .done();
            let file = self.file_of(id);
            let text = std::fs::read_to_string(&file).unwrap();
            let body = |name: &str, body: &str, text: String| {
                let empty = format!("pub fn {name}(_op: &mut Op<Sqlite>) -> Result<()> {{\n");
                let full =
                    format!("pub fn {name}(op: &mut Op<Sqlite>) -> Result<()> {{\n    {body}\n");
                assert!(text.contains(&empty));
                text.replace(&empty, &full)
            };
            std::fs::write(file, body("down", down, body("up", up, text))).unwrap();
        }
        self
    }
}

fn environment<'p>(process: &'p mut Command, directory: &Path) -> &'p mut Command {
    forget_own_package(process)
        .env("CARGO_TARGET_DIR", directory)
        .env("CARGO_NET_OFFLINE", "true")
        // Dozens of runners are linked, and they are never debugged.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_TERM_QUIET", "true")
}

fn copy_lockfile(project: &Project) {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, project.join("Cargo.lock")).unwrap();
}

pub(crate) fn runtime() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-runtime");
    path.canonicalize().unwrap().to_string_lossy().into_owned()
}
