//! The schema of a database as models and as SQL.

use migrate_tests::runner_fixture::RunnerFixture;
use migrate_tests::servers;

#[test]
fn a_database_is_written_as_models_and_as_sql_that_it_is_checked_against() {
    if let Some(server) = servers::mysql() {
        let database = server.database();
        let fixture =
            RunnerFixture::new(env!("CARGO_BIN_EXE_steps-migrate"), &database.url, "head");
        fixture.check_dumps("log", |sql| database.run(sql));
    }
}
