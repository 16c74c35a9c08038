//! What compiles and runs. Each case is a crate whose migrations directory is beside it under its name; what does not
//! compile is in `tests/ui`.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use migrate_tests::compiler;

#[test]
fn what_is_right_compiles_and_runs() {
    let mut cases = files("tests/ui-pass");
    cases.extend(["beside", "root"].map(|case| format!("tests/ui-pass/{case}/main.rs").into()));
    each(&cases, |case| {
        let output = compiler::run(case);
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    });
}

/// Returns the source files of a directory of this package, sorted.
fn files(directory: &str) -> Vec<PathBuf> {
    let found = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).unwrap();
    let names = found.map(|entry| entry.unwrap().file_name());
    let mut files: Vec<PathBuf> = names
        .map(|name| Path::new(directory).join(name))
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{directory}");
    files
}

/// Tries all cases on all cores, and reports all that fail.
fn each(cases: &[PathBuf], check: impl Fn(&Path) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut problems = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(problem) = check(case) {
                problems.push(format!("{}: {problem}", case.display()));
            }
        }
        problems
    };
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let problems: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
