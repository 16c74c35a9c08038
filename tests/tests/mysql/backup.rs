//! Backups by the server's own programs: checked before they start, without a visible password; a restore that is
//! interrupted is reported by every command, and the next restore completes.

use std::ffi::OsStr;
use std::fs;
use std::ops::Deref;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use migrate_engine::backend::Backend as _;
use migrate_runtime::v1::Mysql;
use migrate_tests::runner_fixture::{RunnerFixture, path_with, program, refused, text};
use migrate_tests::servers::{self, MysqlDatabase};
use mysql::prelude::Queryable as _;
use serde_json::Value;

const RUNNER: &str = env!("CARGO_BIN_EXE_steps-migrate");

/// A database of the journal revisions, and a directory to run in.
struct Steps {
    fixture: RunnerFixture,
    database: MysqlDatabase,
}

impl Deref for Steps {
    type Target = RunnerFixture;

    fn deref(&self) -> &RunnerFixture {
        &self.fixture
    }
}

/// Returns the dump of a database by the server's program, with its routines, events and triggers.
pub(crate) fn dumped(database: &MysqlDatabase, arguments: &[&str]) -> String {
    let program = match database.is_mariadb() {
        true => "mariadb-dump",
        false => "mysqldump",
    };
    let url = database.url.strip_prefix("mysql://").unwrap();
    let (user, address) = url.split_once('@').unwrap();
    let (host, port) = address.split_once('/').unwrap().0.split_once(':').unwrap();
    let output = Command::new(program)
        .args(["--user", user, "--host", host, "--port", port])
        .args(["--routines", "--events", "--triggers"])
        .args(arguments)
        .arg(&database.name)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Steps {
    fn new(target: &str) -> Option<Steps> {
        let database = servers::mysql()?.database();
        let fixture = RunnerFixture::new(RUNNER, &database.url, target);
        Some(Steps { fixture, database })
    }

    /// The same, on MariaDB alone.
    fn of_mariadb(target: &str) -> Option<Steps> {
        Steps::new(target).filter(|steps| steps.database.is_mariadb())
    }

    /// Everything that the server's program dumps of the database.
    fn content(&self) -> String {
        let history: &[&str] = match self.database.is_mariadb() {
            true => &["--dump-history"],
            false => &["--no-tablespaces", "--set-gtid-purged=OFF"],
        };
        let arguments = [&["--skip-dump-date", "--hex-blob"], history].concat();
        // MySQL remembers the columns that it was set for.
        dumped(&self.database, &arguments).replace(" CHARACTER SET utf8mb4 COLLATE", " COLLATE")
    }

    /// What the server computes of all rows of these tables.
    fn checksums(&self, tables: &str) -> Vec<(String, Option<u64>)> {
        let sql = format!("CHECKSUM TABLE {tables}");
        self.database.connect().query(sql).unwrap()
    }

    /// A URL of a user with this password, who may do this in this database.
    fn user(&self, password: &str, rights: &str) -> User<'_> {
        let name = self.database.name.replace("migrate_test", "u");
        let conn = &mut self.database.connect();
        for sql in [
            format!("CREATE USER {name}@'%' IDENTIFIED BY '{password}'"),
            format!("GRANT {rights} ON {}.* TO {name}@'%'", self.database.name),
        ] {
            conn.query_drop(sql).unwrap();
        }
        let (_, address) = self.database.url.split_once('@').unwrap();
        let url = format!("mysql://{name}:{password}@{address}");
        User {
            name,
            url,
            database: &self.database,
        }
    }
}

/// A user of the server, dropped with the test.
struct User<'d> {
    name: String,
    url: String,
    database: &'d MysqlDatabase,
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        self.database.run(&format!("DROP USER {}@'%'", self.name));
    }
}

#[test]
fn a_program_that_is_missing_too_old_or_another_family_s_is_reported_before_anything_starts() {
    let Some(fixture) = Steps::of_mariadb("head") else {
        return;
    };
    let file = fixture.run(&["backup", "create"]);
    let before = fixture.content();
    let empty = tempfile::tempdir().unwrap();
    let cases = [
        ("exit 127", "it does not print its version"),
        (
            "echo 'mariadb  Ver 15.1 Distrib 10.4.34-MariaDB, for Linux'",
            "its version is 10.4, and the version of the server is",
        ),
        (
            "echo 'mysql  Ver 8.0.36 for Linux on x86_64'",
            "it is a program of another product",
        ),
        ("echo MariaDB", "it does not print its version"),
    ];
    for (name, arguments) in [
        ("mariadb-dump", &["backup", "create"][..]),
        ("mariadb", &["backup", "restore", &file, "--yes"]),
    ] {
        let run = |path: String| {
            fixture
                .command(arguments)
                .env("PATH", path)
                .output()
                .unwrap()
        };
        let output = run(empty.path().display().to_string());
        refused(&output, 1, &format!("{name}: it can't be run"));
        refused(&output, 1, "install the client programs of MariaDB");
        for (script, message) in &cases[1..] {
            refused(&run(path_with(program(name, script).path())), 1, message);
        }
    }
    assert_eq!((fixture.backups().len(), fixture.content()), (1, before));
}

#[test]
fn a_password_is_in_no_argument_no_output_and_no_file_that_is_kept() {
    let Some(fixture) = Steps::of_mariadb("head") else {
        return;
    };
    let user = fixture.user("hunter2", "ALL");
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], path: &str| {
        let mut command = fixture.command(arguments);
        command
            .env("DATABASE_URL", &user.url)
            .env("TMPDIR", folder.path())
            .env("PATH", path);
        command.output().unwrap()
    };
    // It prints its arguments and the contents of its option file, and fails.
    let script = "case $1 in --version) echo 'x Distrib 99.1-MariaDB';; \
                  *) echo \"args $* file $(stat -c %a ${1#*=}) $(cat ${1#*=}) env $(env)\" >&2; exit 1;; esac";
    let telltale = program("mariadb-dump", script);
    for more in [&[][..], &["--json"], &["-v"]] {
        let mut arguments = vec!["backup", "create"];
        arguments.extend(more);
        let output = run(&arguments, &path_with(telltale.path()));
        refused(&output, 1, "--single-transaction");
        refused(&output, 1, "file 600 [client]");
        refused(&output, 1, "***");
        assert!(!text(&output).contains("hunter2"), "{}", text(&output));
    }
    assert_eq!(fixture.backups(), [] as [PathBuf; 0]);
    let path = std::env::var("PATH").unwrap();
    for arguments in [
        &["backup", "create", "--json"][..],
        &["backup", "list"],
        &["backup", "restore", "latest"],
        &["backup", "restore", "latest", "--yes", "-v"],
        &["deploy"],
    ] {
        let output = run(arguments, &path);
        assert!(!text(&output).contains("hunter2"), "{}", text(&output));
        let nobody = arguments == ["backup", "restore", "latest"];
        assert_eq!(output.status.success(), !nobody, "{}", text(&output));
    }
    for file in fixture.backups() {
        assert!(!file.to_str().unwrap().contains("hunter2"));
        assert!(!fs::read_to_string(file).unwrap().contains("hunter2"));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let wrong = user.url.replace("hunter2", "hunter3");
    let output = fixture
        .command(&["backup", "create"])
        .env("DATABASE_URL", wrong)
        .output()
        .unwrap();
    refused(&output, 1, "Access denied");
    assert!(!text(&output).contains("hunter"), "{}", text(&output));
}

const EVERYTHING: &str = "
    CREATE TABLE `odd ``name``` (id INT PRIMARY KEY, a VARBINARY(9), b BIT(3), c TEXT, d TIMESTAMP, e DOUBLE,
        twice INT GENERATED ALWAYS AS (id * 2) STORED, parent INT, CONSTRAINT `its own` FOREIGN KEY (parent) REFERENCES `odd ``name``` (id)
        ON DELETE CASCADE, CHECK (id <> 7)) COMMENT 'a;\\n''b''';
    INSERT INTO `odd ``name``` (id, a, b, c, d, e) VALUES (1, X'00ff27', b'101', 'it''s\\n\\\\;\\0 ä€😀', '2026-01-01 00:00:00', 0.1), (0, NULL, NULL, '', NOW(), NULL);
    UPDATE `odd ``name``` SET parent = 1;
    CREATE TABLE plain (a VARCHAR(9)) ENGINE=MyISAM; INSERT INTO plain VALUES ('x');
    CREATE TABLE kept (id INT PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO kept VALUES (1); UPDATE kept SET id = 2;
    CREATE SEQUENCE counter START WITH 7; DO NEXTVAL(counter);
    CREATE VIEW seen AS SELECT word FROM log; CREATE VIEW seen_twice AS SELECT * FROM seen;
    CREATE TRIGGER counted BEFORE INSERT ON things FOR EACH ROW SET NEW.cost = NEW.cost + 1;
    CREATE EVENT later ON SCHEDULE EVERY 1 DAY DO DELETE FROM log WHERE word = 'ä;';";

const STRAY: &str = "
    CREATE TABLE stray (id INT PRIMARY KEY); CREATE TABLE child (id INT REFERENCES stray (id)); CREATE VIEW stray_view AS SELECT * FROM stray;
    CREATE PROCEDURE stray_procedure() SELECT 1; CREATE FUNCTION stray_function() RETURNS INT RETURN 1; CREATE SEQUENCE stray_sequence;
    CREATE EVENT stray_event ON SCHEDULE EVERY 1 DAY DO SELECT 1; CREATE TRIGGER stray_trigger BEFORE INSERT ON log FOR EACH ROW SET NEW.word = '';
    DROP VIEW seen_twice; DELETE FROM `odd ``name```";

#[test]
fn a_backup_is_restored_without_later_changes() {
    let Some(fixture) = Steps::of_mariadb("head") else {
        return;
    };
    fixture.database.run(EVERYTHING);
    fixture.database
        .run("CREATE FUNCTION twice(n INT) RETURNS INT BEGIN DECLARE m INT; SET m = n * 2; RETURN m; END");
    let before = fixture.content();
    let file = fixture
        .folder
        .path()
        .join(fixture.run(&["backup", "create"]));
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    assert!(file.to_str().unwrap().ends_with("-s3.sql"), "{file:?}");
    let listed: Value = serde_json::from_str(&fixture.run(&["backup", "list", "--json"])).unwrap();
    assert_eq!(listed["backups"][0]["current"][0], "s3");
    assert_eq!(listed["backups"][0]["valid"], true);

    fixture.run(&["downgrade", "s2", "-q", "--allow-data-loss"]);
    fixture.database.run(STRAY);
    let after = fixture.content();
    refused(
        &fixture.output(&["backup", "restore", "latest"]),
        1,
        "the restore was not confirmed",
    );
    assert_eq!(fixture.content(), after);
    let document: Value =
        serde_json::from_str(&fixture.run(&["backup", "restore", "latest", "--yes", "--json"]))
            .unwrap();
    assert_eq!(fixture.content(), before);
    let kept = document["kept"].as_str().unwrap();
    assert!(kept.ends_with("-s2.replaced.sql"), "{kept}");
    fixture.run(&["backup", "restore", kept, "--yes", "--no-keep"]);
    assert_eq!(fixture.content(), after);
}

/// A table of which the server's program writes other values and defaults than the server stores.
const LETTERS: &str = "
    CREATE TABLE `it``s` (id INT PRIMARY KEY, e ENUM('😀','b;\n','?') DEFAULT '😀', s SET('x','😀''y'), d VARCHAR(9) DEFAULT '😀?',
        b VARBINARY(9) DEFAULT x'ff0027', c VARCHAR(9) CHECK (c <> '😀'), g VARCHAR(9) AS (CONCAT(d, '😀')) STORED,
        x VARCHAR(9) DEFAULT (CONCAT('😀', id)), CONSTRAINT k CHECK (d <> '😁')) COMMENT 'a?' COLLATE utf8mb4_bin;
    INSERT INTO `it``s` (id) VALUES (1); INSERT INTO `it``s` (id, e, s) VALUES (2, '?', 'x,😀''y'), (3, 'b;\n', '😀''y');
    CREATE TABLE parts (a VARCHAR(9) NOT NULL) COLLATE utf8mb4_bin PARTITION BY LIST COLUMNS (a)
        (PARTITION p0 VALUES IN ('😀'), PARTITION p1 VALUES IN ('?')); INSERT INTO parts VALUES ('😀'), ('?');";

#[test]
fn values_and_defaults_that_the_server_does_not_show_are_restored_with_their_rows() {
    let Some(fixture) = Steps::new("head") else {
        return;
    };
    fixture.database.run(LETTERS);
    let defaults = "SELECT HEX(CONCAT(DEFAULT(d), DEFAULT(b), DEFAULT(e))) FROM `it``s`";
    let state = || {
        let rows = fixture.checksums("`it``s`, parts, things, log");
        (rows, fixture.database.strings(defaults))
    };
    let before = (fixture.content(), state());
    fixture.run(&["backup", "create"]);
    fixture.database.run("DROP TABLE `it``s`, parts");
    fixture.run(&["backup", "restore", "latest", "--yes"]);
    assert_eq!((fixture.content(), state()), before);
}

#[test]
fn a_restore_that_would_change_rows_is_refused_and_an_enum_without_a_value_is_not() {
    let Some(fixture) = Steps::of_mariadb("head") else {
        return;
    };
    fixture.database.run(
        "CREATE TABLE odd (e ENUM('a','b')); SET sql_mode = ''; INSERT INTO odd VALUES ('b'), ('c')",
    );
    fixture.run(&["backup", "create"]);
    let before = (fixture.content(), fixture.checksums("odd"));
    fixture.run(&["backup", "restore", "latest", "--yes"]);
    let after = (fixture.content(), fixture.checksums("odd"));
    assert_eq!(after, before);
    let script = r#"mariadb_dump=$(PATH=${PATH#*:} command -v mariadb-dump); exec "$mariadb_dump" "$@" | sed "s/enum('a','b')/enum('a','x')/""#;
    let other = program("mariadb-dump", script);
    let output = fixture
        .command(&["backup", "create"])
        .env("PATH", path_with(other.path()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    for more in ["-q", "--no-keep"] {
        let output = fixture.output(&["backup", "restore", "latest", "--yes", more]);
        refused(&output, 1, "does not store the rows of `odd`");
        refused(&output, 1, "Data truncated for column 'e'");
        assert_eq!(fixture.content(), before.0);
    }
}

#[test]
fn a_database_with_a_broken_view_is_not_copied_and_gets_its_backup_back() {
    let Some(fixture) = Steps::new("head") else {
        return;
    };
    let before = fixture.content();
    fixture.run(&["backup", "create"]);
    fixture.database.run(
        "CREATE TABLE gone (id INT); CREATE VIEW left_over AS SELECT id FROM gone; DROP TABLE gone",
    );
    refused(
        &fixture.output(&["backup", "create"]),
        1,
        "view `left_over`",
    );
    let restore = fixture.output(&["backup", "restore", "latest", "--yes"]);
    refused(&restore, 1, "view `left_over`");
    refused(&restore, 1, "`--no-keep` restores the backup");
    fixture.run(&["backup", "restore", "latest", "--yes", "--no-keep"]);
    assert_eq!(fixture.content(), before);
}

#[test]
fn a_scratch_copy_has_the_collation_of_its_database() {
    let Some(fixture) = Steps::new("head") else {
        return;
    };
    let name = &fixture.database.name;
    fixture.database.run(&format!(
        "ALTER DATABASE {name} CHARACTER SET latin1 COLLATE latin1_german1_ci"
    ));
    let file = fixture
        .folder
        .path()
        .join(fixture.run(&["backup", "create"]));
    let url = OsStr::new(&fixture.database.url);
    let mut copy = <Mysql>::scratch_of(&file, Some(url), Duration::from_secs(9)).unwrap();
    let collation: Option<String> = copy
        .conn()
        .query_first("SELECT @@collation_database")
        .unwrap();
    assert_eq!(collation.as_deref(), Some("latin1_german1_ci"));
}

#[test]
fn a_user_who_may_not_create_databases_restores_what_is_kept() {
    let Some(fixture) = Steps::new("head") else {
        return;
    };
    let user = fixture.user("hunter2", "ALL");
    let before = fixture.content();
    let run = |arguments: &[&str]| {
        let mut command = fixture.command(arguments);
        command
            .env("DATABASE_URL", &user.url)
            .env("MIGRATE_SCRATCH_URL", &user.url);
        command.output().unwrap()
    };
    assert!(run(&["backup", "create"]).status.success());
    fixture.database.run("CREATE TABLE stray (id INT)");
    let output = run(&["backup", "restore", "latest", "--yes", "--no-keep"]);
    refused(&output, 1, "leave out `--no-keep`");
    let output = run(&["backup", "restore", "latest", "--yes"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(fixture.content(), before);
}

#[test]
fn an_invalid_backup_leaves_the_database_as_it_was() {
    let Some(fixture) = Steps::of_mariadb("head") else {
        return;
    };
    let file = fixture
        .folder
        .path()
        .join(fixture.run(&["backup", "create"]));
    let bytes = fs::read(&file).unwrap();
    fixture
        .database
        .run("CREATE TABLE later (id INT); INSERT INTO later VALUES (1)");
    let before = fixture.content();
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    damaged[middle] ^= 1;
    for (name, message) in [
        (fixture.make("empty", b""), "it is empty"),
        (
            fixture.make("text", b"CREATE TABLE t (id integer);\n"),
            "it is not in the format of `backup create`",
        ),
        (
            fixture.make("cut", &bytes[..bytes.len() - 30]),
            "it is incomplete",
        ),
        (fixture.make("damaged", &damaged), "it is damaged"),
        (".".to_owned(), "it is a directory"),
        ("nowhere".to_owned(), "No such file"),
    ] {
        refused(
            &fixture.output(&["backup", "restore", &name, "--yes"]),
            1,
            message,
        );
    }
    // A reader's transaction blocks: the wait is bounded.
    let mut reader = fixture.database.connect();
    let seen: Vec<i64> = reader
        .query("START TRANSACTION; SELECT id FROM later")
        .unwrap();
    assert_eq!(seen.len(), 0);
    let _: Vec<i64> = reader.query("SELECT id FROM later").unwrap();
    let output = fixture.output(&[
        "backup",
        "restore",
        "latest",
        "--yes",
        "--lock-timeout",
        "1",
    ]);
    refused(&output, 5, "locked");
    reader.query_drop("COMMIT").unwrap();
    assert_eq!(fixture.content(), before);
    fixture.run(&["status"]);
    // A client that fails in the empty database: nothing changes. In the database itself: the safety copy is restored.
    for (times, message) in [
        (1, "mariadb: ERROR 1064"),
        (2, "its previous contents were restored"),
    ] {
        let script = format!(
            "PATH=${{PATH#*:}}; [ $1 = --version ] && exec mariadb --version; echo >> {0}/runs; \
             [ $(wc -l < {0}/runs) = {times} ] && {{ read -r first; {{ echo \"$first\"; head -n 20; echo 'NO STATEMENT;'; }} | mariadb \"$@\"; echo broken >&2; exit 1; }}; \
             exec mariadb \"$@\"",
            fixture.folder.path().display()
        );
        let broken = program("mariadb", &script);
        let mut command = fixture.command(&["backup", "restore", "latest", "--yes"]);
        let output = command
            .env("PATH", path_with(broken.path()))
            .output()
            .unwrap();
        refused(&output, 1, message);
        assert_eq!(fixture.content(), before, "{times}");
        fs::remove_file(fixture.folder.path().join("runs")).unwrap();
    }
    fixture.run(&["backup", "restore", "latest", "--yes"]);
    assert!(!fixture.content().contains("later"));
}

#[test]
fn a_backup_beside_two_writers_is_of_one_moment() {
    // Where an engine has no transactions, two statements are one change while both tables are locked.
    for (engine, begin, end) in [
        ("InnoDB", "START TRANSACTION", "COMMIT"),
        (
            "MyISAM",
            "LOCK TABLES first WRITE, second WRITE",
            "UNLOCK TABLES",
        ),
    ] {
        let Some(fixture) = Steps::of_mariadb("head") else {
            return;
        };
        for (name, engine) in [("first", engine), ("second", "InnoDB")] {
            fixture.database.run(&format!(
                "CREATE TABLE {name} (id INT PRIMARY KEY, n INT, weight BLOB) ENGINE={engine}; \
                 INSERT INTO {name} SELECT seq, 100, REPEAT('x', 8000) FROM seq_1_to_300"
            ));
        }
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for id in [1, 2] {
                let (over, mut conn) = (&over, fixture.database.connect());
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        conn.query_drop(format!(
                            "{begin}; UPDATE first SET n = n - 1 WHERE id = {id}; \
                             UPDATE second SET n = n + 1 WHERE id = {id}; {end}"
                        ))
                        .unwrap();
                    }
                });
            }
            for _ in 0..4 {
                fixture.run(&["backup", "create", "-q"]);
            }
            over.store(true, Ordering::Relaxed);
        });
        let moved = "SELECT CAST(SUM(n) AS CHAR) FROM (SELECT n FROM first UNION ALL SELECT n FROM second) AS t";
        for file in fixture.backups() {
            fixture.run(&[
                "backup",
                "restore",
                file.to_str().unwrap(),
                "--yes",
                "--no-keep",
                "-q",
            ]);
            assert_eq!(fixture.database.strings(moved), ["60000"], "{engine}");
        }
    }
}

#[test]
fn a_permanently_locked_database_is_reported_after_the_lock_timeout() {
    let Some(fixture) = Steps::new("head") else {
        return;
    };
    let mut other = fixture.database.connect();
    other.query_drop("LOCK TABLES things WRITE").unwrap();
    refused(
        &fixture.output(&["backup", "create", "--lock-timeout", "1"]),
        5,
        "locked",
    );
    assert_eq!(fixture.backups(), [] as [PathBuf; 0]);
}

fn strace(fixture: &Steps, inject: &str, arguments: &[&str]) -> Output {
    let runner = fixture.command(arguments);
    let mut command = Command::new("strace");
    command
        .args(["-qq", "-o", "/dev/null", "-e", "trace=write,sendto"])
        .args(["-e", &format!("inject={inject}")])
        .arg(RUNNER)
        .args(runner.get_args())
        .current_dir(fixture.folder.path());
    for (name, value) in runner.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.output().unwrap()
}

#[test]
fn a_full_disk_leaves_no_backup() {
    let Some(fixture) = Steps::new("head") else {
        return;
    };
    for when in ["1", "2", "3"] {
        let output = strace(
            &fixture,
            &format!("write:error=ENOSPC:when={when}"),
            &["backup", "create"],
        );
        refused(&output, 1, "No space left on device");
        assert_eq!(fixture.backups(), [] as [PathBuf; 0], "{when}");
    }
}

/// The places are many and each takes a second: all of them with `MIGRATE_TEST_EVERY`, else a dozen.
#[test]
fn a_restore_killed_anywhere_is_reported_and_the_next_one_completes() {
    let Some(fixture) = Steps::new("head") else {
        return;
    };
    let backup = fixture.run(&["backup", "create"]);
    let at_head = fixture.content();
    fixture.run(&["downgrade", "s1", "-q", "--allow-data-loss"]);
    fixture
        .database
        .run("CREATE TABLE stray (id INT); CREATE VIEW stray_view AS SELECT * FROM stray");
    let before = fixture.content();
    let original = fixture.run(&["backup", "create"]);
    let every = std::env::var_os("MIGRATE_TEST_EVERY").is_some();
    let (mut kills, mut reports) = (0, 0);
    for (call, step) in [("write", 29), ("sendto", 13)] {
        for when in (1..2_000).step_by(if every { 1 } else { step }) {
            let output = strace(
                &fixture,
                &format!("{call}:signal=KILL:when={when}"),
                &["backup", "restore", "-q", "--yes", &backup],
            );
            if output.status.success() {
                assert_eq!(fixture.content(), at_head);
                fixture.run(&["backup", "restore", "-q", "--yes", "--no-keep", &original]);
                break;
            }
            kills += 1;
            let status = fixture.output(&["status"]);
            let upgrade = fixture.output(&["upgrade", "--dry-run"]);
            if status.status.success() {
                let found = fixture.content();
                assert!(
                    found == before || found == at_head,
                    "{call} {when}: {found}"
                );
                fixture.run(&["backup", "restore", "-q", "--yes", &backup]);
                assert_eq!(fixture.content(), at_head, "{call} {when}");
            } else {
                reports += 1;
                refused(&status, 1, "was interrupted");
                refused(&status, 1, "run `backup restore ");
                refused(&upgrade, 1, "was interrupted");
                refused(&fixture.output(&["backup", "create"]), 1, "was interrupted");
                let kept = fixture.backups().pop().unwrap();
                assert!(
                    kept.to_str().unwrap().ends_with(".replaced.sql"),
                    "{kept:?}"
                );
                refused(&status, 1, kept.file_name().unwrap().to_str().unwrap());
                // The same backup again, and the safety copy, in turns.
                let (file, expected) = match reports % 2 {
                    0 => (backup.as_str(), &at_head),
                    _ => (kept.to_str().unwrap(), &before),
                };
                let output = fixture.output(&["backup", "restore", "--yes", file]);
                refused(&output, 0, "only a part of");
                assert_eq!(fixture.content(), *expected, "{call} {when}");
            }
            fixture.run(&["backup", "restore", "-q", "--yes", "--no-keep", &original]);
            assert_eq!(fixture.content(), before);
            for file in fixture.backups() {
                if file.to_str().unwrap().ends_with(".replaced.sql") {
                    fs::remove_file(file).unwrap();
                }
            }
        }
    }
    println!("{kills} kills, {reports} of them reported");
    assert!(
        kills > 6 && reports > 0,
        "only {kills} kills, {reports} of them reported"
    );
}

#[test]
fn a_deployment_that_fails_is_restored() {
    let Some(fixture) = Steps::new("s1") else {
        return;
    };
    let before = fixture.content();
    let output = fixture
        .command(&["deploy", "--yes"])
        .env("MIGRATE_FAULT", "before:op:1=err")
        .output()
        .unwrap();
    refused(&output, 1, "the deployment failed at `upgrade`");
    assert_eq!(fixture.content(), before);
    // What ran before the failure is kept on this database: the backup restores the state before it.
    let output = fixture
        .command(&["deploy", "--yes"])
        .env("MIGRATE_FAULT", "before:op:4=err")
        .output()
        .unwrap();
    refused(&output, 1, "was restored: the database is at s1 again");
    assert_eq!(fixture.content(), before);
    let output = fixture.output(&[
        "deploy",
        "--yes",
        "--health",
        "exit 7",
        "--health-timeout",
        "0.1",
    ]);
    refused(&output, 1, "was restored: the database is at s1 again");
    assert_eq!(fixture.content(), before);
    let output = fixture.output(&["deploy", "--yes", "--json"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("the schema matches the revisions"),
        "{}",
        text(&output)
    );
}
