//! A package that a test makes, builds and runs commands in.
//!
//! Each package has a name of its own, because all are built into one target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use migrate_tests::{Project, Run, command};

/// What a test needs to build packages of its own: this workspace's runtime, its locked versions, one target directory.
pub(crate) struct Package {
    pub(crate) project: Project,
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
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        std::fs::copy(lock, project.join("Cargo.lock")).unwrap();
        Self { project }
    }

    /// Runs `cargo migrate`; runner commands build without the network, into the tests' own target directory.
    pub(crate) fn migrate(&self, arguments: &str) -> Run {
        self.migrate_in(".", arguments)
    }

    pub(crate) fn migrate_in(&self, directory: &str, arguments: &str) -> Run {
        let mut process = self.project.process();
        let process = environment(process.current_dir(self.project.join(directory)));
        Run::of(
            &process.args(arguments.split_whitespace()).output().unwrap(),
            self.project.path(),
        )
    }

    /// Runs cargo itself and returns what it printed, unchanged.
    pub(crate) fn output(&self, arguments: &str) -> String {
        let mut process = Command::new(env!("CARGO"));
        let process = environment(process.current_dir(self.project.path()));
        let output = process.args(arguments.split_whitespace()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs cargo itself.
    pub(crate) fn cargo(&self, arguments: &str) -> Run {
        let mut process = Command::new(env!("CARGO"));
        let process = environment(process.current_dir(self.project.path()));
        Run::of(
            &process.args(arguments.split_whitespace()).output().unwrap(),
            self.project.path(),
        )
    }

    /// Returns the path of a binary that a package's command has built.
    pub(crate) fn program(name: &str) -> PathBuf {
        target().join("debug").join(name)
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

pub(crate) fn environment(process: &mut Command) -> &mut Command {
    process
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_NET_OFFLINE", "true")
        // Dozens of runners are linked, and they are never debugged.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_TERM_QUIET", "true")
}

pub(crate) fn runtime() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-runtime");
    path.canonicalize().unwrap().to_string_lossy().into_owned()
}

/// Where packages are built.
fn target() -> PathBuf {
    // `debug/cargo-migrate` of the target directory.
    let target = command().parent().and_then(Path::parent).unwrap();
    target.join("packages")
}
