//! Databases that are not as the executor expects: the history is lost, edited, of another tool, or newer than the
//! build.

use std::process::Output;

use serde_json::Value;

use crate::servers::{ALL, Engine};
use crate::subject_process::text;

const TABLE: &str = "migrate_revisions";

/// Commands that would change something.
const WRITING: [&[&str]; 3] = [
    &["upgrade"],
    &["downgrade", "base", "--allow-data-loss"],
    &["stamp", "s1"],
];

/// Commands that only look.
const READING: [&[&str]; 5] = [
    &["status"],
    &["status", "--verbose"],
    &["current"],
    &["history", "-i"],
    &["check"],
];

fn run(engine: &Engine, arguments: &[&str]) -> Output {
    engine.runner(arguments).output().unwrap()
}

#[track_caller]
fn succeeds(engine: &Engine, arguments: &[&str]) -> String {
    let output = run(engine, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// Runs a command that is refused, and checks that tables and rows are as before.
#[track_caller]
fn refused(engine: &Engine, arguments: &[&str], code: i32, messages: &[&str]) {
    let before = content(engine);
    let output = run(engine, arguments);
    let output_text = text(&output);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {output_text}"
    );
    for message in messages {
        assert!(
            output_text.contains(message),
            "{arguments:?} lacks `{message}`: {output_text}"
        );
    }
    assert_eq!(
        content(engine),
        before,
        "{arguments:?} wrote: {output_text}"
    );
}

/// The content: the tables, the version table's rows, and the rows that a step run twice would change.
fn content(engine: &Engine) -> Vec<Vec<String>> {
    let joined = match engine {
        Engine::Mysql(_) => {
            "CONCAT_WS('|', revision, status, sequence, checksum, CHAR_LENGTH(message))"
        }
        _ => {
            "revision || '|' || status || '|' || sequence || '|' || checksum || '|' || length(message)"
        }
    };
    let rows = if engine
        .query(&columns(engine))
        .contains(&"tool_version".to_owned())
    {
        engine.query(&format!("SELECT {joined} FROM {TABLE} ORDER BY 1"))
    } else {
        Vec::new()
    };
    vec![
        engine.tables(),
        rows,
        engine.strings("log", "SELECT word FROM log ORDER BY word"),
    ]
}

fn columns(engine: &Engine) -> String {
    match engine {
        Engine::Sqlite(_) => format!("SELECT name FROM pragma_table_info('{TABLE}')"),
        Engine::Mysql(_) => format!(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{TABLE}'"
        ),
        Engine::Postgres(_) => format!(
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{TABLE}'"
        ),
    }
}

/// The longest message that fits, up to ten million characters.
fn longest(engine: &Engine) -> usize {
    match engine {
        Engine::Mysql(_) => 60_000,
        _ => 10_000_000,
    }
}

/// Calls `test` with an empty database of each kind there is.
fn on_each(test: impl Fn(&str, &Engine)) {
    for name in ALL {
        if let Some(engine) = Engine::new(name) {
            test(name, &engine);
        }
    }
}

#[test]
fn tables_without_a_history_are_reported_and_nothing_is_kept() {
    on_each(|name, engine| {
        for lost in [
            format!("DROP TABLE {TABLE}"),
            format!("DELETE FROM {TABLE}"),
        ] {
            engine.clear();
            succeeds(engine, &["upgrade", "s2"]);
            engine.run(&lost);
            let tables = engine.tables();
            let logged = engine.query("SELECT word FROM log ORDER BY word");
            for _ in 0..2 {
                let output = run(engine, &["upgrade"]);
                let output_text = text(&output);
                assert_eq!(output.status.code(), Some(1), "{name}: {output_text}");
                for message in [
                    "already exists",
                    "no history",
                    "`baseline`",
                    "`stamp TARGET`",
                ] {
                    assert!(output_text.contains(message), "{name}: {output_text}");
                }
                let now: Vec<String> = engine.tables();
                assert!(
                    now.iter().all(|it| it == TABLE || tables.contains(it)),
                    "{name}: {now:?}"
                );
                let rows = engine.strings(TABLE, &format!("SELECT revision FROM {TABLE}"));
                assert!(rows.is_empty(), "{name}: {rows:?}");
                assert_eq!(
                    engine.query("SELECT word FROM log ORDER BY word"),
                    logged,
                    "{name}"
                );
            }
            // Both suggested commands repair it.
            succeeds(engine, &["stamp", "s2"]);
            succeeds(engine, &["upgrade"]);
        }
    });
}

#[test]
fn unrelated_tables_are_not_a_lost_history() {
    on_each(|_, engine| {
        engine.run("CREATE TABLE mine (id INTEGER)");
        succeeds(engine, &["upgrade"]);
    });
}

#[test]
fn rows_that_no_run_writes_are_refused_before_anything_is_written() {
    on_each(|name, engine| {
        let long = "x".repeat(longest(engine));
        for (edit, message) in [
            (
                "UPDATE migrate_revisions SET status = 'aplied' WHERE revision = 's2'",
                "`aplied` is not a status",
            ),
            (
                "UPDATE migrate_revisions SET status = '' WHERE revision = 's2'",
                "`` is not a status",
            ),
            (
                "UPDATE migrate_revisions SET revision = '' WHERE revision = 's2'",
                "does not name a revision",
            ),
            (
                "UPDATE migrate_revisions SET sequence = 2147483647 WHERE revision = 's2'",
                "is not a sequence number",
            ),
        ] {
            engine.clear();
            succeeds(engine, &["upgrade", "s2"]);
            engine.run(edit);
            engine.run(&format!(
                "UPDATE migrate_revisions SET message = '{long}' WHERE revision = 's1'"
            ));
            for command in WRITING.iter().chain(&READING) {
                refused(engine, command, 1, &[message]);
            }
            // The suggested command repairs it.
            succeeds(engine, &["stamp", "--purge", "s2"]);
            succeeds(engine, &["upgrade"]);
            assert_eq!(
                engine.query("SELECT word FROM log ORDER BY word"),
                migrate_tests::journal_revisions::WORDS,
                "{name}: {edit}"
            );
        }
    });
}

#[test]
fn hostile_text_in_rows_is_printed_without_control_characters_and_cut() {
    on_each(|name, engine| {
        let long = "\u{1b}[31m\u{202e}".to_owned() + &"x".repeat(longest(engine));
        succeeds(engine, &["upgrade", "s2"]);
        engine.run(&format!(
            "UPDATE {TABLE} SET revision = 'zz\u{1b}[2J''; DROP TABLE log', tool_version = '\u{1b}[31m', message = '{long}', \
             checksum = '''; DROP TABLE log; --' WHERE revision = 's2'"
        ));
        for command in WRITING {
            refused(
                engine,
                command,
                1,
                &["zz\u{fffd}[2J'; DROP TABLE log", "was applied at 2"],
            );
        }
        for command in WRITING.iter().chain(&READING) {
            let before = content(engine);
            let output = run(engine, command);
            let output_text = text(&output);
            assert!(
                !output_text.contains(['\u{1b}', '\u{202e}']) && output_text.len() < 20_000,
                "{name} {command:?}: {} bytes, {}",
                output_text.len(),
                output_text.chars().take(500).collect::<String>()
            );
            assert_eq!(content(engine), before, "{name} {command:?}");
        }
    });
}

#[test]
fn an_invalid_checksum_is_an_edited_revision() {
    on_each(|name, engine| {
        succeeds(engine, &["upgrade"]);
        for checksum in ["v1:ff", "\u{1b}''; DROP TABLE log"] {
            engine.run(&format!(
                "UPDATE {TABLE} SET checksum = '{checksum}' WHERE revision = 's2'"
            ));
            let output_text = succeeds(engine, &["upgrade"]);
            assert!(
                output_text.contains("revision `s2` was edited"),
                "{name}: {output_text}"
            );
            refused(engine, &["check"], 3, &["revision `s2` was edited"]);
        }
    });
}

#[test]
fn what_is_not_our_version_table_is_refused_before_anything_is_written() {
    let rows = format!("CREATE TABLE kept AS SELECT * FROM {TABLE}; DROP TABLE {TABLE}; ");
    on_each(|name, engine| {
        let trigger = match name {
            "sqlite" => {
                format!("CREATE TRIGGER t AFTER DELETE ON {TABLE} BEGIN DELETE FROM log; END")
            }
            "mysql" => {
                format!("CREATE TRIGGER t AFTER DELETE ON {TABLE} FOR EACH ROW DELETE FROM log")
            }
            _ => format!(
                "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM log; RETURN NULL; END'; \
                 CREATE TRIGGER t AFTER DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION f()"
            ),
        };
        let cases = [
            (
                format!("{rows}CREATE VIEW {TABLE} AS SELECT * FROM kept"),
                "it is a ",
            ),
            (
                format!("{rows}CREATE TABLE {TABLE} AS SELECT * FROM kept"),
                "primary key is not",
            ),
            (
                format!(
                    "{rows}CREATE TABLE {TABLE} AS SELECT * FROM kept; INSERT INTO {TABLE} SELECT * FROM kept"
                ),
                "",
            ),
            (
                format!("ALTER TABLE {TABLE} DROP COLUMN tool_version"),
                "no column `tool_version`",
            ),
            (
                format!(
                    "{rows}CREATE TABLE {TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
                ),
                "another program created it",
            ),
            (trigger, "it has the trigger `t`"),
        ];
        for (sql, message) in cases {
            engine.clear();
            succeeds(engine, &["upgrade", "s2"]);
            engine.run(&sql);
            for command in WRITING {
                refused(engine, command, 1, &[message, TABLE]);
            }
        }
    });
}

#[test]
fn a_newer_database_is_used_if_it_is_only_additive() {
    on_each(|name, engine| {
        succeeds(engine, &["upgrade"]);
        engine.run(&format!(
            "INSERT INTO {TABLE} (revision, down_revision, depends_on, message, checksum, status, compatibility, sequence, \
             applied_at, duration_ms, tool_version) VALUES ('s4', 's3', '', 'Later.', 'v1:44', 'applied', 'additive', 4, \
             '2026-05-01T00:00:00Z', 1, '9.9.9')"
        ));
        let before = content(engine);
        let output_text = succeeds(engine, &["upgrade"]);
        assert!(
            output_text.contains("newer than this build by `s4`"),
            "{name}: {output_text}"
        );
        assert_eq!(content(engine), before);
        let document: Value =
            serde_json::from_slice(&run(engine, &["upgrade", "--json"]).stdout).unwrap();
        assert_eq!(document["warnings"][0]["code"], "database_ahead");
        refused(
            engine,
            &["downgrade", "-1"],
            1,
            &["`s4` was applied at 2026-05-01T00:00:00Z by version 9.9.9 of the tool"],
        );
        engine.run(&format!(
            "UPDATE {TABLE} SET compatibility = 'breaking' WHERE revision = 's4'"
        ));
        refused(engine, &["upgrade"], 4, &["newer than this build: `s4`"]);
        // With one of its own revisions missing beside it, the build does not know what the other one is.
        engine.run(&format!("DELETE FROM {TABLE} WHERE revision = 's3'"));
        refused(
            engine,
            &["upgrade"],
            1,
            &[
                "does not know: `s4`",
                "by version 9.9.9",
                "their files were deleted",
            ],
        );
    });
}

#[test]
fn a_stamp_reports_how_the_database_differs_and_is_recorded() {
    on_each(|name, engine| {
        engine.run("CREATE TABLE mine (id INTEGER)");
        let output_text = succeeds(engine, &["stamp", "s1"]);
        for message in [
            "warning:",
            "the schema that the recorded revisions build",
            "items",
            "mine",
        ] {
            assert!(
                output_text.contains(message),
                "{name} lacks `{message}`: {output_text}"
            );
        }
        assert_eq!(
            engine.query(&format!("SELECT revision FROM {TABLE}")),
            ["s1"]
        );
        engine.clear();
        succeeds(engine, &["upgrade", "s1"]);
        let output_text = succeeds(engine, &["stamp", "--purge", "s1"]);
        assert!(!output_text.contains("warning:"), "{name}: {output_text}");
        let output = run(engine, &["stamp", "s2", "--json"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            document["warnings"][0]["code"], "schema_drift",
            "{name}: {document}"
        );
    });
}
