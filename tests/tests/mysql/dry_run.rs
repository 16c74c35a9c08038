//! `--dry-run` where no statement that changes the schema can be rolled back.

use migrate_tests::runner_fixture::{RunnerFixture, refused, text};
use migrate_tests::servers;

#[test]
fn it_runs_on_a_copy_with_the_rows_and_without_the_programs_on_a_scratch_database() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    let fixture = RunnerFixture::new(env!("CARGO_BIN_EXE_steps-migrate"), &database.url, "s1");
    let content = || {
        database.strings(
            "SELECT concat(id, ' ', price, ' ', coalesce(spare, '-')) FROM items ORDER BY id",
        )
    };
    let before = content();
    let output = fixture.output(&["upgrade", "s2", "--dry-run"]);
    refused(&output, 0, "run on a copy; would be at s2");
    // The note of each row is written one by one.
    let rows = text(&output)
        .matches("UPDATE items SET note = 'seen'")
        .count();
    assert_eq!(rows, 3, "{}", text(&output));
    let back = fixture.output(&["downgrade", "base", "--dry-run", "--allow-data-loss"]);
    refused(&back, 0, "run on a copy; would be at base");
    let back = fixture.output(&["downgrade", "base", "--dry-run"]);
    refused(&back, 1, "--allow-data-loss");
    let nowhere = tempfile::tempdir().unwrap();
    let without = |arguments: &[&str]| {
        let mut command = fixture.command(arguments);
        command.env("PATH", nowhere.path()).output().unwrap()
    };
    let output = without(&["upgrade", "s2", "--dry-run"]);
    refused(&output, 0, "without its rows: m");
    refused(&output, 0, "dump: it can't be run");
    refused(&output, 0, "run on a scratch database; would be at s2");
    // What is deleted here does not matter.
    let back = without(&["downgrade", "base", "--dry-run"]);
    refused(&back, 0, "run on a scratch database; would be at base");
    assert_eq!(content(), before);
    let applied = database.strings("SELECT revision FROM migrate_revisions");
    assert_eq!(applied, ["s1"]);
}
