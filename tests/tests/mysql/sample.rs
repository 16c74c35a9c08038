//! Trials on a copy of a real database: through a user who can't write, and with rows that nobody made up.

use migrate_tests::servers;
use migrate_tests::site::{Site, text};

const RUNNER: &str = env!("CARGO_BIN_EXE_steps-migrate");

#[test]
fn a_copy_is_tried_with_its_own_rows_by_a_user_who_can_only_read() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    let site = Site::new(RUNNER, &database.url, "s1");
    let user = database.name.replace("migrate_test", "reader");
    database.run(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'pw'"));
    database.run(&format!(
        "GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT ON {}.* TO {user}@'%'",
        database.name
    ));
    let (_, place) = database.url.split_once('@').unwrap();
    let sample = format!("mysql://{user}:pw@{place}");
    let output = site.output(&["verify", "--sample", &sample]);
    database.run(&format!("DROP USER {user}@'%'"));
    let told = text(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("verified 2 revisions on a copy of"), "{told}");
    assert!(!told.contains(":pw@"), "{told}");
    assert_eq!(
        database.strings("SELECT revision FROM migrate_revisions"),
        ["s1"]
    );
}
