//! The schema of a database as models and as SQL.

use migrate_tests::runner_fixture::RunnerFixture;
use migrate_tests::servers;

#[test]
fn a_database_is_written_as_models_and_as_sql_that_it_is_checked_against() {
    if let Some(server) = servers::postgres() {
        let database = server.database();
        let fixture =
            RunnerFixture::new(env!("CARGO_BIN_EXE_ledger-migrate"), &database.url, "head");
        fixture.check_dumps("accounts", |sql| database.run(sql));
    }
}
