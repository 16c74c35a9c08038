//! `verify` on a copy of a real database: as a role that can't write, and with real rows.

use migrate_tests::runner_fixture::{RunnerFixture, refused, text};
use migrate_tests::servers;

const RUNNER: &str = env!("CARGO_BIN_EXE_ledger-migrate");

#[test]
fn a_copy_is_verified_with_its_own_rows_by_a_read_only_role() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let fixture = RunnerFixture::new(RUNNER, &database.url, "p2");
    // The unique index of p3 meets a row that no model has.
    database.run("INSERT INTO accounts (owner) VALUES ('ada')");
    let role = database.name.replace("migrate_test", "reader");
    database.run(&format!(
        "CREATE ROLE {role} LOGIN; ALTER ROLE {role} SET default_transaction_read_only = on; \
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; \
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ));
    let (_, address) = database.url.split_once('@').unwrap();
    let url = format!("postgres://{role}@{address}");
    let output = fixture.output(&["verify", "--copy-of", &url]);
    database.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    let output_text = text(&output);
    refused(&output, 3, "`up` fails: could not create unique index");
    assert!(
        output_text.contains("verified 1 revision on a copy of"),
        "{output_text}"
    );
    assert_eq!(database.strings("SELECT owner FROM accounts").len(), 4);

    database.run("DELETE FROM accounts WHERE balance = 0 AND id = 4");
    let output_text =
        text(&fixture.output(&["verify", "--copy-of", &database.url, "--from", "p2"]));
    assert!(
        output_text.contains("downgraded on the copy first: p2"),
        "{output_text}"
    );
    assert!(output_text.contains(": 3 passed"), "{output_text}");
    assert_eq!(
        database.strings("SELECT revision FROM migrate_revisions ORDER BY sequence"),
        ["p1", "p2"]
    );
}

#[test]
fn a_copy_needs_the_servers_programs() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let fixture = RunnerFixture::new(RUNNER, &database.url, "p1");
    let empty = tempfile::tempdir().unwrap();
    let output = fixture
        .command(&["verify", "--copy-of", &database.url])
        .env("PATH", empty.path())
        .output()
        .unwrap();
    refused(&output, 1, "pg_dump: it can't be run");
}
