//! `verify` on a copy of a real database: as a user who can't write, and with real rows.

use std::time::Duration;

use migrate_engine::backend::{Backend as _, ConnectionHook};
use migrate_runtime::v1::{Mysql, MysqlClient};
use migrate_tests::runner_fixture::{RunnerFixture, text};
use migrate_tests::servers;

const RUNNER: &str = env!("CARGO_BIN_EXE_steps-migrate");

const WAIT: Duration = Duration::from_secs(10);

#[test]
fn a_copy_is_verified_with_its_own_rows_by_a_read_only_user() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    let fixture = RunnerFixture::new(RUNNER, &database.url, "s1");
    let user = database.name.replace("migrate_test", "reader");
    database.run(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'pw'"));
    database.run(&format!(
        "GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT ON {}.* TO {user}@'%'",
        database.name
    ));
    let (_, address) = database.url.split_once('@').unwrap();
    let url = format!("mysql://{user}:pw@{address}");
    let output = fixture.output(&["verify", "--copy-of", &url]);
    database.run(&format!("DROP USER {user}@'%'"));
    let output_text = text(&output);
    assert!(output.status.success(), "{output_text}");
    assert!(
        output_text.contains("verified 2 revisions on a copy of"),
        "{output_text}"
    );
    assert!(!output_text.contains(":pw@"), "{output_text}");
    assert_eq!(
        database.strings("SELECT revision FROM migrate_revisions"),
        ["s1"]
    );
}

#[test]
fn a_revision_that_drops_events_is_verified_on_a_copy_where_they_are_disabled() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    database.run(
        "CREATE TABLE log (id INT PRIMARY KEY); INSERT INTO log VALUES (1); \
         CREATE EVENT `e v` ON SCHEDULE EVERY 1 DAY COMMENT 'it''s' DO BEGIN DELETE FROM log; DO 1; END",
    );
    let driver = <Mysql>::backup_driver(
        database.url.as_ref(),
        WAIT,
        "migrate_revisions",
        ConnectionHook::none(),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy");
    std::fs::write(&file, "").unwrap();
    driver.unwrap().create(&file).unwrap();
    let scratch_server = Some(database.url.as_ref());
    let mut copy = <Mysql>::scratch_of(&file, scratch_server, WAIT).unwrap();
    let read = |client: &mut MysqlClient| {
        <Mysql>::read(client, WAIT, |op| Ok(op.schema()))
            .unwrap()
            .unwrap()
    };
    let found = read(&mut copy);
    let [event] = found.natives.as_slice() else {
        panic!("{:?}", found.natives);
    };
    assert!(
        event
            .definition
            .contains(" PRESERVE DISABLE COMMENT 'it''s' DO"),
        "{event:?}"
    );
    let original = read(&mut MysqlClient::connect(&database.url).unwrap());
    let [original, found] = [original, found].map(<Mysql>::of_copy);
    assert_eq!(original.natives, found.natives);
}
