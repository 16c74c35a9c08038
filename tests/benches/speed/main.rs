//! The speed table: each row beside its floor in the same run, as a ratio.
//!
//! `cargo bench -p migrate-tests` runs all rows, `cargo bench -p migrate-tests -- upgrade` one. Whole processes are
//! timed from outside, ours and the floor in turn, so that a change of the machine's speed meets both; the median
//! counts.

mod app;
mod autogenerate;
mod floor;
mod measure;
mod rebuild;
mod rows;
mod servers;
mod test_databases;
mod worker;

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use app::{App, Macros};
use measure::{Side, pair, seconds, single};

/// The rows, each with the argument that selects it.
const ROWS: [(&str, fn()); 15] = [
    ("upgrade", upgrade_a_thousand),
    ("nothing", upgrade_with_nothing_to_do),
    ("commands", commands_without_a_build),
    ("around", command_around_the_runner),
    ("check", cargo_check_of_a_thousand),
    ("rebuild", rebuild::a_million_rows),
    ("rows", rows::a_million_rows),
    ("autogenerate", autogenerate::on_sqlite),
    ("autogenerate-postgres", autogenerate::on_postgres),
    ("autogenerate-mysql", autogenerate::on_mysql),
    ("postgres", servers::postgres),
    ("mysql", servers::mysql),
    ("test-databases", test_databases::on_sqlite),
    ("test-databases-postgres", test_databases::on_postgres),
    ("test-databases-mysql", test_databases::on_mysql),
];

/// What one side of a row does, passed as arguments to the other process.
type Work = fn(&[String]);

/// The rows whose sides are this binary again.
const WORKERS: [(&str, Work); 5] = [
    (autogenerate::NAME, autogenerate::work),
    (rebuild::NAME, rebuild::work),
    (rows::NAME, rows::work),
    (servers::NAME, servers::work),
    (test_databases::NAME, test_databases::work),
];

fn main() {
    for (name, work) in WORKERS {
        if let Some(words) = worker::words(name) {
            return work(&words);
        }
    }
    let selected: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    for (name, row) in ROWS {
        if selected.is_empty() || selected.iter().any(|word| word == name) {
            row();
        }
    }
    print_table();
}

/// Row 1: 1,000 small revisions, file on disk, default settings.
fn upgrade_a_thousand() {
    let app = App::generate("runner", 1_000, Macros::Ours);
    let (runner, floor) = app.build_release();
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("bench.db");
    let fresh = || remove_database(&database);
    let ours = || {
        Command::new(&runner)
            .args(["upgrade", "-q", "--database-url"])
            .arg(&database)
            .status()
    };
    let theirs = || Command::new(&floor).arg("upgrade").arg(&database).status();
    pair(
        "upgrade of 1,000 small revisions",
        "at most 1.15",
        21,
        Side {
            name: "runner",
            before: &fresh,
            run: &ours,
        },
        Side {
            name: "by hand, one transaction",
            before: &fresh,
            run: &theirs,
        },
    );
}

/// Row 2: 1,000 applied, nothing to do.
fn upgrade_with_nothing_to_do() {
    let app = App::generate("runner", 1_000, Macros::Ours);
    let (runner, floor) = app.build_release();
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("bench.db");
    let ours = || {
        Command::new(&runner)
            .args(["upgrade", "-q", "--database-url"])
            .arg(&database)
            .status()
    };
    let theirs = || Command::new(&floor).arg("read").arg(&database).status();
    assert!(
        ours().is_ok_and(|status| status.success()),
        "the first upgrade works"
    );
    pair(
        "upgrade with nothing to do, 1,000 applied",
        "at most 1.5",
        51,
        Side {
            name: "runner",
            before: &|| (),
            run: &ours,
        },
        Side {
            name: "open and read 1,000 rows",
            before: &|| (),
            run: &theirs,
        },
    );
}

/// Row 3: the commands that need no build, on one line and on a comb of branches and merges.
fn commands_without_a_build() {
    let command = app::build_command();
    for shape in [app::Shape::Linear, app::Shape::Comb] {
        for count in [1_000, 3_000, 10_000] {
            let folder = tempfile::tempdir().expect("a folder");
            app::write_revisions(folder.path(), count, shape);
            for arguments in [&["history"][..], &["heads"], &["plan", "upgrade", "heads"]] {
                let run = || {
                    let mut process = Command::new(&command);
                    process
                        .arg("migrate")
                        .args(arguments)
                        .arg("--dir")
                        .arg(folder.path());
                    process.stdout(std::process::Stdio::null()).status()
                };
                let limit = if count == 10_000 {
                    "at most 0.400 s"
                } else {
                    "at most 0.050 s for 1,000"
                };
                single(
                    &format!("{} on {count} revisions, {shape:?}", arguments.join(" ")),
                    limit,
                    11,
                    &run,
                );
            }
        }
    }
}

/// What `cargo migrate` adds around a runner that is built already.
fn command_around_the_runner() {
    let command = app::build_command();
    let app = App::generate("runner", 1_000, Macros::Ours);
    let runner = app.build_dev();
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("bench.db");
    let direct = || {
        Command::new(&runner)
            .args(["upgrade", "-q", "--database-url"])
            .arg(&database)
            .status()
    };
    assert!(
        direct().is_ok_and(|status| status.success()),
        "the first upgrade works"
    );
    let around = || {
        let mut process = Command::new(&command);
        process
            .args(["migrate", "upgrade", "-q", "--manifest-path"])
            .arg(app.manifest());
        process
            .arg("--database-url")
            .arg(&database)
            .env("CARGO_TARGET_DIR", app.target())
            .status()
    };
    pair(
        "cargo migrate around a built runner",
        "at most 0.200 s more",
        11,
        Side {
            name: "cargo migrate upgrade",
            before: &|| (),
            run: &around,
        },
        Side {
            name: "the runner itself",
            before: &|| (),
            run: &direct,
        },
    );
}

/// Row 4: `cargo check` of a crate with 1,000 typical revisions, clean and after one edit.
fn cargo_check_of_a_thousand() {
    let ours = App::generate("check-ours", 1_000, Macros::Ours);
    let plain = App::generate("check-plain", 1_000, Macros::None);
    for app in [&ours, &plain] {
        assert!(
            app.check().is_ok_and(|status| status.success()),
            "the generated crate compiles"
        );
    }
    let (clean_ours, clean_plain) = (|| ours.forget_crate(), || plain.forget_crate());
    pair(
        "cargo check of 1,000 revisions, clean",
        "at most 1.1",
        7,
        Side {
            name: "with our macros",
            before: &clean_ours,
            run: &|| ours.check(),
        },
        Side {
            name: "the same modules without",
            before: &clean_plain,
            run: &|| plain.check(),
        },
    );
    let (edit_ours, edit_plain) = (|| ours.edit_one(), || plain.edit_one());
    pair(
        "cargo check of 1,000 revisions, after one edit",
        "at most 1.1",
        7,
        Side {
            name: "with our macros",
            before: &edit_ours,
            run: &|| ours.check(),
        },
        Side {
            name: "the same modules without",
            before: &edit_plain,
            run: &|| plain.check(),
        },
    );
}

fn remove_database(path: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // The file should not exist.
        let _ = std::fs::remove_file(name);
    }
}

/// The figures that were printed, for the table at the end.
static FIGURES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Prints one figure, and keeps it for the table at the end.
fn report(title: &str, limit: &str, figures: &str) {
    let line = format!("{title:<58} {figures:<60} ({limit})");
    println!("{line}");
    let mut all = FIGURES.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(line);
}

/// Prints all figures again, below whatever stood between them.
fn print_table() {
    let all = FIGURES.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() > 1 {
        println!("\nall of them, each beside its limit:\n{}", all.join("\n"));
    }
}

/// Formats a time in seconds.
fn shown(time: std::time::Duration) -> String {
    format!("{:.4} s", seconds(time))
}
