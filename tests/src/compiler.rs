//! The compiler, called for one source file with the crates that the tests themselves are built with.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::command::artifacts;

/// The crates that a source file can name.
const CRATES: [&str; 4] = [
    "migrate_engine",
    "migrate_runtime",
    "migrate_schema",
    "rusqlite",
];

/// Builds a program and runs it. The output is that of the compiler if it fails, and of the program otherwise.
///
/// # Panics
///
/// If the compiler can't be run.
pub fn run(file: &Path) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let output = compiler(file, directory.path()).output().unwrap();
    if !output.status.success() {
        return output;
    }
    Command::new(directory.path().join("case"))
        .output()
        .unwrap()
}

/// Returns the compiler with a file of this package, which it names by its path in the package.
fn compiler(file: &Path, directory: &Path) -> Command {
    let mut process = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    process
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .args(["--edition=2024", "--crate-name=case", "--color=never"])
        .args(["--diagnostic-width=140", "-Adead_code"])
        .arg("--out-dir")
        .arg(directory)
        .arg(file);
    for (name, library) in libraries() {
        process
            .arg(format!("--extern={name}={}", library.display()))
            .arg("-L")
            .arg(format!(
                "dependency={}",
                library.parent().unwrap().display()
            ));
    }
    process
}

/// Returns the path of each crate, as it was built for the tests of the workspace.
fn libraries() -> &'static [(String, PathBuf)] {
    static LIBRARIES: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    LIBRARIES.get_or_init(|| {
        let artifacts = artifacts(&[]);
        let library = |name: &str| {
            let mut found = artifacts
                .iter()
                .filter(|artifact| artifact["target"]["name"] == name);
            let files = found.next_back().unwrap()["filenames"].as_array();
            let mut files = files.unwrap().iter().filter_map(|file| file.as_str());
            // It is beside the metadata, under its full name.
            let metadata = files.find(|file| file.ends_with(".rmeta")).unwrap();
            (name.to_owned(), Path::new(metadata).with_extension("rlib"))
        };
        CRATES.map(library).to_vec()
    })
}
