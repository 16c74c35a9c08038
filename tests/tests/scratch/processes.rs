//! Databases of several processes, some of which are killed. Each process is this program again, with one test.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{env, thread};

use migrate_runtime::v1::*;
use migrate_tests::revisions::Code;

use crate::engine::{Engine, History, create, create_table, files, on_each};

/// The variable that makes a test the second process.
const SECOND: &str = "MIGRATE_TEST_SECOND_PROCESS";

on_each! {
    a_killed_builder_leaves_no_template
    a_database_is_kept_on_request
}

/// Returns the command that runs the test of this thread in another process.
fn again() -> Command {
    let test = thread::current();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test.name().unwrap(), "--nocapture"]);
    command.env(SECOND, "1");
    command
}

fn is_second() -> bool {
    env::var_os(SECOND).is_some()
}

fn a_killed_builder_leaves_no_template<B: Engine>(name: &str) {
    let slow: Code<B> = |_| {
        eprintln!("building");
        thread::sleep(Duration::from_secs(60));
        Ok(())
    };
    let history = History::new::<B>(&format!("killed_{name}"));
    if is_second() {
        let _ = create(history.edited(&[create_table::<B>, slow]));
        return;
    }
    let mut second = again()
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(second.stderr.take().unwrap()).lines();
    let mut lines = lines.map_while(std::result::Result::ok);
    assert!(
        lines.any(|line| line.contains("building")),
        "it did not begin"
    );
    second.kill().unwrap();
    second.wait().unwrap();
    let database = create(history.edited(&[create_table::<B>])).unwrap();
    B::run_sql(database.url(), "INSERT INTO notes VALUES (2)");
    assert_eq!(history.templates(), 1);
}

fn a_database_is_kept_on_request<B: Engine>(name: &str) {
    if is_second() {
        let history = History::new::<B>(&format!("kept_{name}"));
        let database = create(history.edited(&[create_table::<B>])).unwrap();
        println!("url={}", database.url());
        return;
    }
    let Output { stdout, stderr, .. } = again()
        .env("MIGRATE_TEST_DATABASE", "keep")
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    let url = stdout
        .lines()
        .find_map(|line| Some(line.split_once("url=")?.1));
    let url = url.unwrap_or_else(|| panic!("{stdout}{stderr}"));
    assert!(stderr.contains("the test database is "), "{stderr}");
    assert!(url.contains("cargo_migrate_kept_"), "{url}");
    B::run_sql(url, "INSERT INTO notes VALUES (2)");
    let admin = B::database_admin(url.as_ref(), Duration::from_secs(5)).unwrap();
    assert!(admin.remove().unwrap());
    if let Some(file) = url.strip_prefix("sqlite://") {
        std::fs::remove_dir_all(std::path::Path::new(file).parent().unwrap()).unwrap();
    }
}

#[test]
fn an_unknown_setting_is_an_error() {
    if is_second() {
        let history = History::new::<Sqlite>("setting");
        let error = create(history.edited(&[create_table::<Sqlite>]))
            .err()
            .unwrap();
        assert!(error.help().unwrap().contains("`rebuild`"), "{error}");
        return;
    }
    let second = again()
        .env("MIGRATE_TEST_DATABASE", "kept")
        .output()
        .unwrap();
    assert!(second.status.success(), "{second:?}");
}

#[test]
fn the_files_of_a_killed_process_are_deleted() {
    let old = files().join("cargo_migrate_scratch_1_1700000000000000000");
    let used = files().join("cargo_migrate_scratch_1_1700000000000000001");
    for directory in [&old, &used] {
        std::fs::create_dir_all(directory).unwrap();
        std::fs::write(directory.join("scratch.db"), "").unwrap();
    }
    // Its owner runs: it holds the lock.
    let lock = std::fs::File::create(used.join("lock")).unwrap();
    assert!(fs4::fs_std::FileExt::try_lock_exclusive(&lock).unwrap());
    let history = History::new::<Sqlite>("sweep");
    create(history.edited(&[create_table::<Sqlite>])).unwrap();
    assert!(!old.exists());
    assert!(used.exists());
    std::fs::remove_dir_all(used).unwrap();
}
