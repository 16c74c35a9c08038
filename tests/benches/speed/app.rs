//! A generated application with many revisions, and what it takes to build it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

use crate::floor;

/// Whether the generated revisions carry our macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Macros {
    /// `revision!` and `migrations!`.
    Ours,
    /// The same modules, with the functions collected manually.
    None,
}

/// How the revisions of a directory are linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One after the other.
    Linear,
    /// A line with short branches, merged one after the other.
    Comb,
}

/// A package with a runner and the floor's binary.
pub(crate) struct App {
    folder: PathBuf,
}

impl App {
    /// Writes the package anew; its target folder is kept, so that dependencies are built once.
    pub(crate) fn generate(name: &str, count: usize, macros: Macros) -> Self {
        let folder = workspace().join("target/speed").join(name);
        // The first time there is nothing to remove.
        let _ = fs::remove_dir_all(folder.join("src"));
        let migrations = folder.join("src/migrations");
        write(&folder.join("Cargo.toml"), &manifest(name));
        write(
            &folder.join("src/lib.rs"),
            "#![allow(dead_code)]\npub mod migrations;\n",
        );
        match macros {
            Macros::Ours => write_app_revisions(&migrations, count, header),
            Macros::None => write_app_revisions(&migrations, count, |_| String::new()),
        }
        write(&migrations.join("mod.rs"), &mod_rs(count, macros));
        if macros == Macros::Ours {
            write(
                &folder.join(format!("src/bin/{name}-migrate.rs")),
                &runner(name),
            );
            write(&folder.join("src/bin/floor.rs"), &floor::program(count));
        }
        fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file");
        Self { folder }
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    pub(crate) fn target(&self) -> PathBuf {
        workspace().join("target/speed/target")
    }

    /// Builds the runner and the floor with optimisation; returns both programs.
    pub(crate) fn build_release(&self) -> (PathBuf, PathBuf) {
        self.cargo(&["build", "--quiet", "--release", "--bins"]);
        let built = self.target().join("release");
        (built.join(self.runner_name()), built.join("floor"))
    }

    /// Builds the runner as `cargo migrate` does.
    pub(crate) fn build_dev(&self) -> PathBuf {
        self.cargo(&["build", "--quiet", "--bin", &self.runner_name()]);
        self.target().join("debug").join(self.runner_name())
    }

    pub(crate) fn check(&self) -> io::Result<ExitStatus> {
        self.command(&["check", "--quiet", "--lib"]).status()
    }

    /// Makes the next check start from nothing in this package, with its dependencies built.
    pub(crate) fn forget_crate(&self) {
        let name = self.name();
        self.cargo(&["clean", "--quiet", "-p", &name]);
    }

    /// Changes the body of one revision.
    pub(crate) fn edit_one(&self) {
        static EDITS: AtomicU64 = AtomicU64::new(0);
        let path = self
            .folder
            .join("src/migrations")
            .join(format!("{}.rs", module(500)));
        let text = fs::read_to_string(&path).expect("a revision");
        let body = text.split("// edit").next().unwrap_or_default();
        let edit = EDITS.fetch_add(1, Ordering::Relaxed);
        write(
            &path,
            &format!("{body}// edit\nconst _EDIT: u64 = {edit};\n"),
        );
    }

    fn name(&self) -> String {
        self.folder
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name")
            .to_owned()
    }

    fn runner_name(&self) -> String {
        format!("{}-migrate", self.name())
    }

    fn cargo(&self, arguments: &[&str]) {
        let status = self.command(arguments).status();
        assert!(
            status.as_ref().is_ok_and(ExitStatus::success),
            "cargo {arguments:?}: {status:?}"
        );
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(arguments)
            .arg("--manifest-path")
            .arg(self.manifest());
        command.env("CARGO_TARGET_DIR", self.target());
        command
    }
}

/// Builds `cargo-migrate` with optimisation; returns the binary.
pub(crate) fn build_command() -> PathBuf {
    let target = workspace().join("target/speed/target");
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "build",
        "--quiet",
        "--release",
        "-p",
        "cargo-migrate",
        "--manifest-path",
    ]);
    command
        .arg(workspace().join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target);
    assert!(
        command.status().is_ok_and(|status| status.success()),
        "cargo-migrate builds"
    );
    target.join("release/cargo-migrate")
}

/// Writes a directory of revision files, for the commands that need no package.
pub(crate) fn write_revisions(folder: &Path, count: usize, shape: Shape) {
    for i in 0..count {
        let down = match (shape, i) {
            (_, 0) => "None".to_owned(),
            (Shape::Linear, i) => format!("{:?}", id(i - 1)),
            (Shape::Comb, i) if i % 3 == 0 => format!("[{:?}, {:?}]", id(i - 2), id(i - 1)),
            (Shape::Comb, i) if i % 3 == 2 => format!("{:?}", id(i - 2)),
            (Shape::Comb, i) => format!("{:?}", id(i - 1)),
        };
        write(
            &folder.join(format!("{}.rs", module(i))),
            &revision(i, &header_with(i, &down)),
        );
    }
}

/// The id of revision `i`.
pub(crate) fn id(i: usize) -> String {
    format!("{:012x}", (i as u64 + 1) * 0x5_dee7)
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

fn module(i: usize) -> String {
    format!("m20260101_{i:06}_step")
}

fn header(i: usize) -> String {
    let down = if i == 0 {
        "None".to_owned()
    } else {
        format!("{:?}", id(i - 1))
    };
    header_with(i, &down)
}

fn header_with(i: usize, down: &str) -> String {
    let (hours, minutes, seconds) = (i / 3_600, i / 60 % 60, i % 60);
    format!(
        "revision! {{\n    revision: \"{}\",\n    down_revision: {down},\n    created: \"2026-01-01T{hours:02}:{minutes:02}:{seconds:02}Z\",\n}}\n",
        id(i)
    )
}

fn write_app_revisions(folder: &Path, count: usize, header: impl Fn(usize) -> String) {
    for i in 0..count {
        write(
            &folder.join(format!("{}.rs", module(i))),
            &revision(i, &header(i)),
        );
    }
}

/// A typical small revision: one operation up, its reverse down.
fn revision(i: usize, header: &str) -> String {
    let table = i / 4;
    let (up, down) = match i % 4 {
        0 => (
            format!(
                "op.create_table(\"table_{table}\", |t| {{\n        t.column(Column::new(\"id\", Integer).not_null());\n        t.column(Column::new(\"name\", Varchar(100)).not_null());\n        t.primary_key(\"id\");\n    }})"
            ),
            format!("op.drop_table(\"table_{table}\")"),
        ),
        1 => (
            format!("op.add_column(\"table_{table}\", Column::new(\"note\", Text))"),
            format!("op.drop_column(\"table_{table}\", \"note\")"),
        ),
        2 => (
            format!(
                "op.create_index(Index::new(\"table_{table}_name\", \"table_{table}\", \"name\"))"
            ),
            format!("op.drop_index(\"table_{table}\", \"table_{table}_name\")"),
        ),
        _ => (
            format!("op.execute(\"INSERT INTO table_{table} (id, name) VALUES (1, 'first')\")"),
            format!("op.execute(\"DELETE FROM table_{table}\")"),
        ),
    };
    format!(
        "//! Step {i}.\n\nuse migrate_runtime::v1::*;\n\n{header}\npub fn up(op: &mut Op<Sqlite>) -> Result<()> {{\n    {up}\n}}\n\npub fn down(op: &mut Op<Sqlite>) -> Result<()> {{\n    {down}\n}}\n"
    )
}

fn mod_rs(count: usize, macros: Macros) -> String {
    let mut text: String = (0..count)
        .map(|i| format!("mod {};\n", module(i)))
        .collect();
    match macros {
        Macros::Ours => text.push_str("\nmigrate_runtime::migrations!(backend = Sqlite);\n"),
        Macros::None => {
            text.push_str("\nuse migrate_runtime::v1::{Op, Result, Sqlite};\ntype Function = fn(&mut Op<Sqlite>) -> Result<()>;\n");
            text.push_str("pub static ALL: &[(&str, Function, Function)] = &[\n");
            for i in 0..count {
                text.push_str(&format!(
                    "    ({:?}, {m}::up, {m}::down),\n",
                    id(i),
                    m = module(i)
                ));
            }
            text.push_str("];\n");
        }
    }
    text
}

fn runner(name: &str) -> String {
    let library = name.replace('-', "_");
    format!(
        "fn main() -> std::process::ExitCode {{\n    migrate_runtime::main({library}::migrations::migrations())\n}}\n"
    )
}

fn manifest(name: &str) -> String {
    let runtime = workspace().join("migrate-runtime");
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nmigrate-runtime = {{ path = {runtime:?} }}\nrusqlite = {{ version = \">=0.37, <0.42\", features = [\"bundled\"] }}\n\n[profile.dev.package.libsqlite3-sys]\nopt-level = 3\n\n[workspace]\n"
    )
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}
