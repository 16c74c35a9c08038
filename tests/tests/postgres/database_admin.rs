//! `database create`, `database drop`, `upgrade --create`, and scratch databases on the server of a missing database.

use migrate_tests::runner_fixture::{RunnerFixture, refused, text};
use migrate_tests::servers;

const RUNNER: &str = env!("CARGO_BIN_EXE_ledger-migrate");

#[test]
fn a_database_is_dropped_and_created() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let fixture = RunnerFixture::new(RUNNER, &database.url, "head");
    let heads = fixture.run(&["current"]);
    let client = database.connect();
    let output = fixture.output(&["database", "drop"]);
    refused(&output, 1, "was not confirmed");
    assert!(text(&output).contains(&database.name), "{}", text(&output));
    assert!(text(&output).contains(" tables, "), "{}", text(&output));
    let output = fixture.output(&["database", "drop", "--yes"]);
    refused(&output, 1, "stop the programs that use the database");
    drop(client);
    let dropped = fixture.run(&["database", "drop", "--yes", "--json"]);
    assert!(dropped.contains("\"dropped\":true"), "{dropped}");
    let dropped = fixture.run(&["database", "drop", "--json"]);
    assert!(dropped.contains("\"dropped\":false"), "{dropped}");
    refused(&fixture.output(&["upgrade"]), 1, "upgrade --create");
    // A target that can't be reached creates no database.
    refused(
        &fixture.output(&["upgrade", "--create", "nonsense"]),
        1,
        "nonsense",
    );
    refused(&fixture.output(&["upgrade"]), 1, "upgrade --create");
    // The server of the missing database has the scratch databases.
    let output = fixture.output(&["verify"]);
    assert!(text(&output).contains("verified "), "{}", text(&output));
    fixture.run(&["upgrade", "--create"]);
    assert_eq!(fixture.run(&["current"]), heads);
    fixture.run(&["upgrade", "--create"]);
    let created = fixture.run(&["database", "create", "--json"]);
    assert!(created.contains("\"created\":false"), "{created}");
    fixture.run(&["database", "drop", "--yes"]);
    let created = fixture.run(&["database", "create", "--json"]);
    assert!(created.contains("\"created\":true"), "{created}");
    assert_eq!(fixture.run(&["current"]), "");
}

#[test]
fn processes_that_create_a_database_at_the_same_time_all_succeed() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let fixture = RunnerFixture::new(RUNNER, &database.url, "head");
    fixture.run(&["database", "drop", "--yes"]);
    let start = |_| fixture.command(&["upgrade", "--create", "-q"]).spawn();
    let processes: Vec<_> = (0..6).map(start).collect();
    for process in processes {
        assert!(process.unwrap().wait().unwrap().success());
    }
}
