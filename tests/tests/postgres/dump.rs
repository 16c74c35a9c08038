//! The schema of a database as models and as SQL.

use migrate_tests::servers;
use migrate_tests::site::{Site, refused as ended};

const RUNNER: &str = env!("CARGO_BIN_EXE_ledger-migrate");

#[test]
fn a_database_is_written_as_models_and_as_sql_that_it_is_checked_against() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let site = Site::new(RUNNER, &database.url, "head");
    let models = site.run(&["dump", "--models"]);
    assert!(
        models.contains("#[model(table = \"accounts\")]"),
        "{models}"
    );
    assert!(!models.contains("migrate_revisions"), "{models}");
    let check = || site.output(&["dump", "--check", "schema.sql"]);
    site.run(&["dump", "-o", "schema.sql"]);
    ended(&check(), 0, "schema.sql says the same");
    database.run("ALTER TABLE accounts ADD COLUMN later VARCHAR(9)");
    ended(&check(), 3, "later");
    assert!(
        site.run(&["dump", "--models"])
            .contains("pub later: Option<String>")
    );
}
