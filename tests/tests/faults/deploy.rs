//! Deployments that fail half-way and recover: rows and schema as before, the application running, and all of it
//! reported.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::backup::backups;
use crate::files::{leftovers, refused};
use crate::signals::send;
use crate::subject_process::{ALL, SubjectProcess, strings, text};

/// A database at `f2` with rows of its own, and an application that only writes down what is done to it.
struct DeployFixture {
    subject: SubjectProcess,
}

impl DeployFixture {
    fn new() -> DeployFixture {
        let subject = SubjectProcess::new();
        assert!(subject.run(&["upgrade", "f2", "-q"]).status.success());
        DeployFixture { subject }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.subject.folder.path().join(name)
    }

    /// A command that logs `word` and then runs `then`.
    fn hook(&self, word: &str, then: &str) -> String {
        format!("echo {word} >> {}; {then}", self.path("events").display())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.subject.runner(&["deploy"]);
        command
            .args(arguments)
            .env("MIGRATE_DEPLOY_STOP", self.hook("stop", "true"))
            .env("MIGRATE_DEPLOY_START", self.hook("start", "true"))
            .env("MIGRATE_DEPLOY_HEALTH", self.hook("health", "true"))
            .env("MIGRATE_DEPLOY_HEALTH_TIMEOUT", "0.1");
        command
    }

    fn deploy(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn events(&self) -> String {
        let text = fs::read_to_string(self.path("events")).unwrap_or_default();
        text.lines().collect::<Vec<_>>().join(" ")
    }

    /// Everything that is in the database.
    fn content(&self) -> Vec<String> {
        let connection = self.subject.connect();
        let mut content = strings(
            &connection,
            "SELECT coalesce(sql, '') FROM sqlite_schema ORDER BY name",
        );
        for table in strings(
            &connection,
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        ) {
            let columns = strings(
                &connection,
                &format!("SELECT name FROM pragma_table_info('{table}')"),
            );
            let row = columns
                .iter()
                .map(|name| format!("quote({name})"))
                .collect::<Vec<_>>();
            content.extend(strings(
                &connection,
                &format!("SELECT {} FROM {table} ORDER BY 1", row.join(" || ',' || ")),
            ));
        }
        content
    }
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

fn steps(document: &Value) -> String {
    let steps = document["steps"].as_array().unwrap().iter();
    let lines = steps.map(|step| {
        format!(
            "{} {}",
            step["step"].as_str().unwrap(),
            step["status"].as_str().unwrap()
        )
    });
    lines.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_deployment_stops_backs_up_upgrades_checks_and_starts() {
    let fixture = DeployFixture::new();
    let log = fixture.path("deploy.log");
    let output = fixture.deploy(&["--yes", "--json", "--log", log.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    let document = document(&output);
    assert_eq!(
        steps(&document),
        "preflight done, stop done, backup done, upgrade done, check done, start done, health done"
    );
    assert_eq!(document["current"][0], "f5");
    assert_eq!(fixture.events(), "stop start health");
    assert_eq!(fixture.subject.applied(), ALL);
    let created = backups(&fixture.subject);
    assert!(
        created.len() == 1 && created[0].to_str().unwrap().ends_with("-f2.db"),
        "{created:?}"
    );
    assert_eq!(fs::metadata(&log).unwrap().mode() & 0o777, 0o600);
    let log = fs::read_to_string(log).unwrap();
    assert!(
        log.contains("Z upgrade   f3, Move balances to a ledger."),
        "{log}"
    );
    assert!(log.lines().all(|line| line.starts_with("20")), "{log}");
    let again = fixture.deploy(&["--yes", "--json"]);
    assert_eq!(self::document(&again)["deployed"], false);
    assert_eq!(
        fixture.events(),
        "stop start health",
        "nothing to do stops nothing"
    );
}

#[test]
fn without_a_confirmation_nothing_runs() {
    let fixture = DeployFixture::new();
    let before = fixture.content();
    for arguments in [&[][..], &["--json"]] {
        refused(
            &fixture.deploy(arguments),
            1,
            "the deployment was not confirmed",
        );
    }
    assert_eq!((fixture.events().as_str(), fixture.content()), ("", before));
    assert_eq!(backups(&fixture.subject), [] as [PathBuf; 0]);
}

#[test]
fn after_a_failed_revision_every_row_is_restored_and_the_application_starts() {
    for (fault, message) in [
        ("error", "the bank is closed"),
        ("sql", "no such table"),
        ("panic", "is impossible"),
        ("commit", "COMMIT"),
    ] {
        let fixture = DeployFixture::new();
        let before = fixture.content();
        let output = fixture
            .command(&["--yes"])
            .env("MIGRATE_TEST_FAULT", fault)
            .output()
            .unwrap();
        refused(
            &output,
            1,
            "the deployment failed at `upgrade`: revision `f3` failed",
        );
        refused(&output, 1, message);
        refused(&output, 1, "nothing was changed in the database");
        refused(&output, 1, "the application was started again");
        assert_eq!(fixture.content(), before, "{fault}");
        assert_eq!(fixture.events(), "stop start");
    }
}

#[test]
fn a_revision_that_fails_after_others_were_kept_is_restored() {
    let fixture = DeployFixture::new();
    assert!(
        fixture
            .subject
            .run(&["downgrade", "f1", "-q", "--allow-data-loss"])
            .status
            .success()
    );
    let before = fixture.content();
    let output = fixture
        .command(&["--yes"])
        .env("MIGRATE_TEST_FAULT", "error")
        .output()
        .unwrap();
    refused(&output, 1, "was restored: the database is at f1 again");
    refused(&output, 1, "the state that the deployment left is kept as");
    assert_eq!(fixture.content(), before);
    assert_eq!(fixture.events(), "stop start");
}

#[test]
fn a_database_that_is_not_what_the_revisions_build_is_restored() {
    let fixture = DeployFixture::new();
    let before = fixture.content();
    let output = fixture
        .command(&["--yes", "--json"])
        .env("MIGRATE_TEST_FAULT", "stray")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let document = document(&output);
    assert_eq!(document["error"]["code"], "deploy_failed");
    assert!(
        document["error"]["notes"].to_string().contains("stray"),
        "{document}"
    );
    assert_eq!(
        steps(&document),
        "preflight done, stop done, backup done, upgrade done, check failed, restore done, start done"
    );
    assert_eq!(fixture.content(), before);
}

#[test]
fn an_application_that_does_not_start_or_work_is_restored() {
    for hook in ["START", "HEALTH"] {
        let fixture = DeployFixture::new();
        let before = fixture.content();
        let failing = fixture.hook("failing", "exit 7");
        let output = fixture
            .command(&["--yes"])
            .env(format!("MIGRATE_DEPLOY_{hook}"), failing)
            .env("MIGRATE_DEPLOY_ROLLBACK", fixture.hook("rollback", "true"))
            .output()
            .unwrap();
        refused(&output, 1, "failed with exit code 7");
        refused(&output, 1, "was restored: the database is at f2 again");
        refused(&output, 1, "the application was started again");
        assert_eq!(fixture.content(), before, "{hook}");
        let expected = match hook {
            "START" => "stop failing stop rollback",
            _ => "stop start failing stop rollback",
        };
        assert_eq!(fixture.events(), expected);
        let kept = backups(&fixture.subject);
        assert_eq!(kept.len(), 2, "the failed state is kept: {kept:?}");
    }
}

#[test]
fn a_hook_that_fails_or_hangs_before_anything_was_changed_ends_it() {
    let fixture = DeployFixture::new();
    let before = fixture.content();
    for (stop, message) in [
        ("exit 3", "exit code 3"),
        ("sleep 60", "did not end within 0.3 s"),
    ] {
        let output = fixture
            .command(&[
                "--yes",
                "--hook-timeout",
                "0.3",
                "--stop",
                &fixture.hook("stop", stop),
            ])
            .output()
            .unwrap();
        refused(&output, 1, "the deployment failed at `stop`: the stop hook");
        refused(&output, 1, message);
        refused(&output, 1, "the application was started again");
    }
    assert_eq!(fixture.events(), "stop start stop start");
    assert_eq!(fixture.content(), before);
    assert_eq!(backups(&fixture.subject), [] as [PathBuf; 0]);
}

#[test]
fn without_room_for_a_backup_nothing_is_upgraded() {
    let fixture = DeployFixture::new();
    let before = fixture.content();
    let output = fixture.deploy(&["--yes", "--backup-dir", "/proc/nowhere"]);
    refused(
        &output,
        1,
        "the deployment failed at `backup`: can't create the directory",
    );
    assert_eq!(
        (fixture.events().as_str(), fixture.content()),
        ("stop start", before)
    );
}

#[test]
fn a_backup_that_can_t_be_restored_is_reported_and_nothing_is_started() {
    let fixture = DeployFixture::new();
    // The health hook takes the backup away before it fails.
    let health = format!("rm -rf {}; exit 1", fixture.path("backups").display());
    let output = fixture.deploy(&["--yes", "--health", &health]);
    refused(&output, 1, "restoring the backup failed");
    refused(
        &output,
        1,
        "the application was not started; restore the backup manually",
    );
    assert_eq!(fixture.events(), "stop start stop");
}

#[test]
fn without_a_backup_a_failed_state_is_kept_and_reported() {
    let fixture = DeployFixture::new();
    let output = fixture.deploy(&["--yes", "--no-backup", "--health", "exit 1"]);
    refused(&output, 1, "there is no backup to restore");
    assert_eq!(fixture.subject.applied(), ALL);
    assert!(!fixture.path("backups").exists());
}

#[test]
fn a_database_that_does_not_exist_is_created() {
    let fixture = DeployFixture::new();
    fs::remove_file(fixture.subject.path()).unwrap();
    let output = fixture.deploy(&["--yes"]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(fixture.subject.applied(), ALL);
}

#[test]
fn manual_changes_are_refused_before_the_stop() {
    let fixture = DeployFixture::new();
    let connection = fixture.subject.connect();
    connection
        .execute_batch("ALTER TABLE accounts ADD COLUMN by_hand TEXT")
        .unwrap();
    refused(
        &fixture.deploy(&["--yes"]),
        1,
        "the database differs from the schema that its applied revisions build",
    );
    refused(&fixture.deploy(&["--yes"]), 1, "by_hand");
    connection
        .execute_batch("UPDATE migrate_revisions SET checksum = 'v1:00' WHERE revision = 'f1'")
        .unwrap();
    refused(
        &fixture.deploy(&["--yes"]),
        1,
        "applied revisions were edited since: `f1`",
    );
    assert_eq!(fixture.events(), "");
    let output = fixture.deploy(&["--yes", "--allow-drift", "--allow-checksum-mismatch"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("by_hand"), "{}", text(&output));
}

/// A deployment that is sent signals once `word` is in the file.
fn interrupted(
    fixture: &DeployFixture,
    command: &mut Command,
    (file, word): (&str, &str),
    signals: &[&str],
) -> Output {
    let log = fixture.path("log");
    let child = command
        .args(["--log", log.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let is_reached =
        || fs::read_to_string(fixture.path(file)).is_ok_and(|text| text.contains(word));
    while !is_reached() {
        assert!(Instant::now() < deadline, "it never came to `{word}`");
        thread::sleep(Duration::from_millis(10));
    }
    for signal in signals {
        send(&child, signal);
        thread::sleep(Duration::from_millis(100));
    }
    child.wait_with_output().unwrap()
}

/// Where it is interrupted, what is slow there, the stage that does not start or end, and what happens to the
/// application.
type Interruption = (
    (&'static str, &'static str),
    (&'static str, &'static str),
    &'static str,
    &'static str,
);

const INTERRUPTIONS: [Interruption; 4] = [
    (
        ("events", "stop"),
        ("MIGRATE_DEPLOY_STOP", "sleep 1"),
        "backup",
        "stop start",
    ),
    (
        ("log", "upgrade   f3"),
        ("MIGRATE_FAULT", "before:step:1=sleep:1000"),
        "upgrade",
        "stop start",
    ),
    (
        ("events", "start"),
        ("MIGRATE_DEPLOY_START", "sleep 1"),
        "health",
        "stop start stop start",
    ),
    (
        ("events", "health"),
        ("MIGRATE_DEPLOY_HEALTH", "exit 1"),
        "health",
        "stop start health stop start",
    ),
];

fn slow<'c>(
    fixture: &DeployFixture,
    command: &'c mut Command,
    (name, what): (&str, &str),
) -> &'c mut Command {
    command
        .arg("--yes")
        .env("MIGRATE_DEPLOY_HEALTH_TIMEOUT", "60");
    match name.strip_prefix("MIGRATE_DEPLOY_") {
        Some(hook) => command.env(name, fixture.hook(&hook.to_lowercase(), what)),
        None => command.env(name, what),
    }
}

#[test]
fn one_signal_ends_a_deployment_after_its_step_and_restarts_the_application() {
    for signal in ["INT", "TERM"] {
        for (trigger, what, stage, events) in INTERRUPTIONS {
            let fixture = DeployFixture::new();
            let before = fixture.content();
            let mut command = fixture.command(&[]);
            let output = interrupted(
                &fixture,
                slow(&fixture, &mut command, what),
                trigger,
                &[signal],
            );
            let message = format!("the deployment failed at `{stage}`: the run was interrupted");
            refused(&output, 130, &message);
            refused(&output, 130, "the application was started again");
            refused(
                &output,
                130,
                "interrupted: the deployment ends after this step",
            );
            assert_eq!(fixture.content(), before, "{stage}");
            // The number of retries depends on the timing.
            let tried_once = fixture.events().replace("health health", "health");
            assert_eq!(tried_once, events, "{stage}");
            let log = fs::read_to_string(fixture.path("log")).unwrap();
            assert!(
                log.contains(&format!("Z {stage:<9} failed: the run was interrupted")),
                "{log}"
            );
            assert!(log.contains("Z start     done"), "{log}");
            let kept = backups(&fixture.subject)
                .iter()
                .any(|file| file.to_str().unwrap().contains(".replaced"));
            assert_eq!(kept, stage != "backup", "what was made until then is kept");
        }
    }
}

#[test]
fn two_signals_end_a_deployment_immediately_and_the_next_one_resumes() {
    for (trigger, what, stage, events) in INTERRUPTIONS {
        let fixture = DeployFixture::new();
        let mut command = fixture.command(&[]);
        let output = interrupted(
            &fixture,
            slow(&fixture, &mut command, what),
            trigger,
            &["INT", "INT"],
        );
        // The second one may come when it is on its way back already.
        let ended = (output.status.signal(), output.status.code());
        assert!(
            matches!(ended, (Some(2), None) | (None, Some(130))),
            "{stage}: {}",
            text(&output)
        );
        assert!(
            events.starts_with(fixture.events().split(" start").next().unwrap()),
            "{stage}"
        );
        fixture.subject.applied();
        let output = fixture.deploy(&["--yes"]);
        assert!(output.status.success(), "{stage}: {}", text(&output));
        assert_eq!(fixture.subject.applied(), ALL);
    }
}

#[test]
fn a_plan_is_applied_only_as_it_was_approved() {
    let fixture = DeployFixture::new();
    let file = fixture.path("plan.json");
    let plan = file.to_str().unwrap();
    let output = fixture.deploy(&["--write-plan", plan]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(
        (fixture.events().as_str(), fixture.subject.applied().len()),
        ("", 2)
    );
    refused(
        &fixture.deploy(&["--write-plan", plan]),
        1,
        "can't write the plan",
    );

    // Another head, another schema, another target: each is refused.
    assert!(
        fixture
            .subject
            .run(&["upgrade", "+1", "-q"])
            .status
            .success()
    );
    refused(
        &fixture.deploy(&["--plan", plan]),
        1,
        "heads: was f2, is f3",
    );
    assert!(
        fixture
            .subject
            .run(&["downgrade", "f2", "-q", "--allow-data-loss"])
            .status
            .success()
    );
    let connection = fixture.subject.connect();
    connection
        .execute_batch("CREATE TABLE by_hand (a)")
        .unwrap();
    refused(
        &fixture.deploy(&["--plan", plan, "--allow-drift"]),
        1,
        "the schema of the database has changed",
    );
    connection.execute_batch("DROP TABLE by_hand").unwrap();
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replace("\"f4\"", "\"f9\"")).unwrap();
    refused(&fixture.deploy(&["--plan", plan]), 1, "revisions to apply");
    fs::write(&file, "{}").unwrap();
    refused(&fixture.deploy(&["--plan", plan]), 1, "can't read the plan");
    assert_eq!(fixture.events(), "");

    fs::write(&file, whole).unwrap();
    let output = fixture.deploy(&["--plan", plan]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(
        strings(
            &connection,
            "SELECT revision FROM migrate_revisions ORDER BY 1"
        ),
        ALL
    );
}

#[test]
fn the_text_of_a_command_is_never_printed() {
    let fixture = DeployFixture::new();
    let log = fixture.path("log");
    for stop in [
        "exit 3 # hunter2",
        "sleep 9 # hunter2",
        "/nowhere/hunter2 2>/dev/null",
    ] {
        for more in [&[][..], &["--json"], &["-v"]] {
            let mut arguments = vec!["--yes", "--hook-timeout", "0.2", "--stop", stop];
            arguments.extend(["--log", log.to_str().unwrap()]);
            arguments.extend(more);
            let output = fixture.deploy(&arguments);
            assert_eq!(output.status.code(), Some(1));
            assert!(!text(&output).contains("hunter2"), "{}", text(&output));
        }
    }
    assert!(!fs::read_to_string(log).unwrap().contains("hunter2"));
    let help = fixture
        .command(&["--help"])
        .env("MIGRATE_DEPLOY_STOP", "hunter2")
        .output()
        .unwrap();
    assert!(!text(&help).contains("hunter2"));
}

#[test]
fn the_output_of_commands_is_logged_and_never_in_the_json_output() {
    let fixture = DeployFixture::new();
    let log = fixture.path("log");
    let output = fixture.deploy(&["--yes", "--json", "--stop", "echo out; echo err >&2"]);
    assert!(output.status.success());
    assert!(text(&output).contains("out\nerr\n"));
    document(&output);
    let fixture = DeployFixture::new();
    let arguments = [
        "--yes",
        "--json",
        "--log",
        log.to_str().unwrap(),
        "--stop",
        "echo out",
    ];
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    let output = fixture.deploy(&arguments);
    assert_eq!(output.stderr, b"", "{}", text(&output));
    assert!(fs::read_to_string(&log).unwrap().contains("\nout\n"));
    assert!(leftovers(Path::new(log.parent().unwrap())).contains(&"log".to_owned()));
}
