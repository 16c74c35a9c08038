//! Processes: many at the same time, one that is killed, and one whose connection or lock another one takes.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migrate_tests::servers::{self, MysqlDatabase};
use mysql::prelude::Queryable as _;

const RUNNER: &str = env!("CARGO_BIN_EXE_steps-migrate");

fn database() -> Option<MysqlDatabase> {
    servers::mysql().map(servers::MysqlServer::database)
}

fn runner(database: &MysqlDatabase, arguments: &[&str]) -> Command {
    let mut command = Command::new(RUNNER);
    command
        .args(arguments)
        .env("DATABASE_URL", &database.url)
        .env("NO_COLOR", "1")
        .env_remove("MIGRATE_FAULT")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts an upgrade that sleeps at a point of its work, and waits until it has come there.
fn sleeping(database: &MysqlDatabase, point: &str) -> Child {
    let child = runner(database, &["upgrade"])
        .env("MIGRATE_FAULT", format!("{point}=sleep:60000"))
        .spawn()
        .unwrap();
    // The first revision is done, and the second one has started.
    let started = "SELECT 1 FROM migrate_revisions WHERE revision = 's2'";
    let mut conn = database.connect();
    let deadline = Instant::now() + Duration::from_secs(20);
    // Until the first row the table itself is missing.
    while !conn
        .query_first::<u8, _>(started)
        .is_ok_and(|row| row.is_some())
    {
        assert!(Instant::now() < deadline, "the second revision never began");
        thread::sleep(Duration::from_millis(20));
    }
    // From there to the sleep is a statement or two.
    thread::sleep(Duration::from_millis(500));
    child
}

/// Returns the connections of this database except the one that runs this query.
fn others(database: &MysqlDatabase) -> Vec<u64> {
    database
        .connect()
        .query("SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()")
        .unwrap()
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Checks that all revisions are recorded, and that each step ran once.
fn check(database: &MysqlDatabase) {
    assert_eq!(
        database.strings(
            "SELECT revision FROM migrate_revisions WHERE status = 'applied' ORDER BY sequence"
        ),
        ["s1", "s2", "s3"]
    );
    assert_eq!(
        database.strings("SELECT word FROM log ORDER BY word"),
        migrate_tests::journal_revisions::WORDS
    );
    assert_eq!(
        database.strings("SELECT CONCAT(note, ' ', cost) FROM things"),
        ["seen 44"; 3]
    );
}

#[test]
fn eight_processes_upgrade_an_empty_database_at_the_same_time() {
    for _ in 0..5 {
        let Some(database) = database() else { return };
        let children: Vec<Child> = (0..8)
            .map(|_| runner(&database, &["upgrade"]).spawn().unwrap())
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", text(&output));
        }
        check(&database);
    }
}

#[test]
fn a_waiter_resumes_where_a_killed_process_stopped() {
    // Between two revisions, after a statement outside of a transaction, and in the code that is run once.
    for point in ["before:step:2", "after:op:8", "before:op:12"] {
        let Some(database) = database() else { return };
        let first = sleeping(&database, point);
        let waiter = runner(&database, &["upgrade", "--lock-timeout", "30"])
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(500));
        let started = Instant::now();
        end(first);
        let output = waiter.wait_with_output().unwrap();
        assert!(output.status.success(), "{point}: {}", text(&output));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(10), "{point}: {took:?}");
        check(&database);
    }
}

/// The server finishes what it started for a client that has ended, and holds the lock meanwhile.
#[test]
fn a_client_that_is_killed_while_the_server_works_for_it_is_resumed() {
    let Some(database) = database() else { return };
    let first = runner(&database, &["upgrade", "s1"]).output().unwrap();
    assert!(first.status.success(), "{}", text(&first));
    let mut reader = database.connect();
    reader.query_drop("START TRANSACTION").unwrap();
    let _: Vec<i64> = reader.query("SELECT id FROM items").unwrap();
    let killed = runner(&database, &["upgrade"]).spawn().unwrap();
    let waiting = format!(
        "SELECT INFO FROM information_schema.PROCESSLIST WHERE DB = '{}' AND STATE LIKE 'Waiting for table metadata lock'",
        database.name
    );
    let deadline = Instant::now() + Duration::from_secs(20);
    while database.strings(&waiting).is_empty() {
        assert!(
            Instant::now() < deadline,
            "the change of the schema never began"
        );
        thread::sleep(Duration::from_millis(20));
    }
    end(killed);
    let next = runner(&database, &["upgrade"]).spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    reader.query_drop("COMMIT").unwrap();
    let output = next.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    check(&database);
}

#[test]
fn a_lock_that_is_never_freed_is_reported_with_its_holder() {
    let Some(database) = database() else { return };
    let first = sleeping(&database, "before:step:2");
    let holder = others(&database);
    let output = runner(&database, &["upgrade", "--lock-timeout", "1"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert_eq!(holder.len(), 1, "{holder:?}");
    let named = format!("connection {} of the server", holder[0]);
    assert!(text(&output).contains(&named), "{}", text(&output));
    end(first);
    let output = runner(&database, &["upgrade"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    check(&database);
}

#[test]
fn a_connection_that_is_killed_in_a_step_is_reported_and_resumed() {
    // A change of the schema by itself, and values in the middle of a group.
    for (number, sleep) in [(8, "before"), (9, "after"), (12, "before")] {
        let Some(database) = database() else { return };
        let child = runner(&database, &["upgrade"])
            .env("MIGRATE_FAULT", format!("{sleep}:op:{number}=sleep:3000"))
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(1_500));
        let running = others(&database);
        assert_eq!(running.len(), 1, "{running:?}");
        database.run(&format!("KILL {}", running[0]));
        let output = child.wait_with_output().unwrap();
        let output_text = text(&output);
        assert!(
            output_text.contains("the connection to the server was lost"),
            "{output_text}"
        );
        assert_eq!(output.status.code(), Some(1), "{number}: {output_text}");
        assert!(
            output_text.contains("--> src/journal_revisions.rs:"),
            "{number}: {output_text}"
        );
        let again = runner(&database, &["upgrade"]).output().unwrap();
        assert!(
            again.status.success(),
            "{number}: {output_text}{}",
            text(&again)
        );
        check(&database);
    }
}
