//! The decisions of the journal, tested with values alone.

use std::time::Instant;

use super::affected_objects::StepState;
use super::*;
use crate::backend::StatementKind;
use migrate_schema::operation::{AddColumn, CreateIndex, DropTable, Operation, RenameTable};
use migrate_schema::schema::{Column, Index, Schema, Table, Type};
use migrate_schema::value::Value;

fn journal(entries: Vec<Entry>) -> Journal {
    resumed(&text::written("2\t", &entries, &QueryLog::default()))
}

fn resumed(noted: &str) -> Journal {
    Journal::new(|_| String::new(), "r1", noted, Instant::now()).unwrap()
}

fn refused(noted: &str) -> bool {
    Journal::new(|_| String::new(), "r1", noted, Instant::now()).is_err()
}

fn call(sql: &str, value: i64) -> Step {
    Step::statement(sql, &[value.into()], StatementKind::Transactional)
}

fn drop_table(name: &str) -> Step {
    Step::operations(
        &[Operation::DropTable(DropTable::new(name))],
        StatementKind::Transactional,
    )
}

/// Returns what happens to a step, as text; records it if it runs.
fn met(journal: &mut Journal, step: &Step, rows: u64) -> String {
    match journal.expect(step) {
        Ok(Next::Run) => {
            journal.note(step, [rows, 0]);
            "runs".to_owned()
        }
        Ok(Next::Skip([rows, _])) => format!("done {rows}"),
        Ok(Next::Fail(error)) => format!("failed: {error}"),
        Ok(Next::Resume(_)) => "resumed".to_owned(),
        Ok(Next::Replace(_)) => "replaced".to_owned(),
        Err(refusal) => refusal.notes.join("; "),
    }
}

/// The journal of these steps, as a run that ended after them leaves it.
fn noted(steps: &[(Step, u64)]) -> Vec<Entry> {
    let mut journal = journal(Vec::new());
    for (step, rows) in steps {
        assert_eq!(met(&mut journal, step, *rows), "runs");
    }
    journal.entries
}

fn failed(message: &str) -> crate::v1::Error {
    crate::v1::Error::msg(message)
}

#[test]
fn a_journal_is_read_back_as_written() {
    let mut first = journal(noted(&[
        (drop_table("a\tb, c%|*\n\u{1b}"), 0),
        (call("UPDATE a SET b = ?1", 1), 3),
        (call("UPDATE a SET b = ?1", 2), 3),
        (call("DELETE FROM a", 0), 0),
    ]));
    first.at = first.entries.len();
    first.note_failure(&call("x", 0), &failed("no\n, 100%"));
    first.note(&Step::code("twice"), [4, 7]);
    let (title, before) = (
        "create index".to_owned(),
        vec!["table `a`: %x\ny".to_owned()],
    );
    for touched in [
        AffectedObjects::names(vec!["a,b".to_owned(), "*".to_owned()]),
        AffectedObjects::Text("CREATE INDEX ON a (b, c)".to_owned()),
        AffectedObjects::Everything,
    ] {
        let (call, statement, before) = (7, 2, before.clone());
        let kind = EntryKind::Started(StepInProgress {
            call,
            statement,
            affected: touched,
            before,
        });
        let title = title.clone();
        first.entries.push(Entry { title, kind });
    }
    first
        .query_log
        .keep(1, 7, &[vec![Value::from("a\nb"), Value::Null]]);
    let front = text::token("host pid:[1] 2 3", "af");
    let written = text::written(&front, &first.entries, &first.query_log);
    let (entries, answers) = text::read(&written).unwrap();
    assert_eq!((entries, answers.all), (first.entries, first.query_log.all));
    assert_eq!(Journal::owner(&written), Some("host pid:[1] 2 3"));
    assert!(written.starts_with(&front));
    for changed in [
        "1\tx",
        "2\t\nnonsense",
        "2\t\noperation\tzz\t1\t0\t0x1\t0\tx",
        "2\t\n|x",
        "2\t\noperation\t1\t1\t0\t0x1\t0\t%zz",
    ] {
        assert!(text::read(changed).is_none(), "{changed}");
        assert!(refused(changed));
    }
}

#[test]
fn finished_steps_are_skipped_and_the_rest_runs() {
    let entries = noted(&[(drop_table("a"), 0), (call("DELETE FROM b", 0), 4)]);
    let mut again = journal(entries);
    assert_eq!(met(&mut again, &drop_table("a"), 0), "done 0");
    assert!(!again.has_repeated_all());
    assert_eq!(met(&mut again, &call("DELETE FROM b", 0), 0), "done 4");
    assert!(again.has_repeated_all());
    assert_eq!(met(&mut again, &drop_table("c"), 0), "runs");
}

#[test]
fn statements_around_non_transactional_ones_are_replayed_in_order() {
    let steps: Vec<Step> = ["INSERT a", "VACUUM", "INSERT b", "VACUUM", "INSERT c"]
        .iter()
        .map(|sql| call(sql, 0))
        .collect();
    for stopped in 0..=steps.len() {
        let mut first = journal(Vec::new());
        for step in &steps[..stopped] {
            assert_eq!(met(&mut first, step, 1), "runs");
        }
        let mut again = resumed(&first.text());
        for (at, step) in steps.iter().enumerate() {
            let expected = if at < stopped { "done 1" } else { "runs" };
            assert_eq!(met(&mut again, step, 1), expected, "{stopped}: {at}");
        }
        assert!(again.has_repeated_all());
    }
}

#[test]
fn a_step_that_differs_from_the_finished_one_is_refused() {
    let entries = noted(&[(drop_table("a"), 0), (drop_table("b"), 0)]);
    let mut again = journal(entries);
    assert_eq!(
        met(&mut again, &drop_table("c"), 0),
        "an earlier run did this as step 1: drop table `a`; now the revision runs: drop table `c`"
    );
    assert!(!again.has_repeated_all());
    // Neither an edited statement nor a skipped one.
    for asked in [call("INSERT a", 2), call("INSERT b", 1)] {
        let mut again = journal(noted(&[(call("INSERT a", 1), 1), (call("INSERT b", 1), 1)]));
        let told = met(&mut again, &asked, 1);
        assert!(
            told.starts_with("an earlier run did this as step 1: INSERT a"),
            "{told}"
        );
    }
}

const BATCH: &str = "UPDATE a SET b = 1 WHERE b IS NULL LIMIT 10";

#[test]
fn an_interrupted_loop_resumes_with_its_recorded_counts() {
    let entries = noted(&[
        (call(BATCH, 0), 10),
        (call(BATCH, 0), 10),
        (call(BATCH, 0), 7),
    ]);
    assert_eq!(entries.len(), 1);
    let mut again = journal(entries);
    let rows: Vec<_> = (0..3)
        .map(|_| met(&mut again, &call(BATCH, 0), 0))
        .collect();
    assert_eq!(rows, ["done 10", "done 10", "done 7"]);
    assert_eq!(met(&mut again, &call(BATCH, 0), 0), "runs");
    assert_eq!(again.entries.len(), 1);
    assert_eq!(met(&mut again, &drop_table("a"), 0), "runs");
}

const ONE: &str = "UPDATE a SET b = 1 WHERE id = ?1";

#[test]
fn a_loop_over_other_rows_is_refused_before_anything_runs() {
    for (asked, expected) in [
        (&[1, 2, 3][..], vec!["done 1", "done 1", "runs"]),
        (&[3], vec!["now the revision runs"]),
        (&[1, 3], vec!["done 1", "now the revision runs"]),
    ] {
        let mut again = journal(noted(&[(call(ONE, 1), 1), (call(ONE, 2), 1)]));
        for (id, expected) in asked.iter().zip(expected) {
            let told = met(&mut again, &call(ONE, *id), 1);
            // Of many statements, the last one decides.
            let late = *id == 3 && asked.len() == 1;
            assert!(late || told.contains(expected), "{asked:?}: {told}");
        }
        let whole = asked == [1, 2, 3];
        assert!(whole || met(&mut again, &drop_table("x"), 0).contains("now the revision"));
    }
}

#[test]
fn a_query_returns_the_result_of_the_interrupted_run() {
    let mut first = journal(Vec::new());
    let ids = vec![vec![Value::Integer(1)], vec![Value::Integer(2)]];
    assert!(first.query_log.replay(0, 9).is_none());
    first.query_log.keep(0, 9, &ids);
    met(&mut first, &call(ONE, 1), 1);
    let mut again = resumed(&first.text());
    let Some(query_log::LoggedResult::Rows(rows)) = again.query_log.replay(again.number, 9) else {
        panic!("it was kept")
    };
    assert_eq!(query_log::rows(rows), Some(ids));
    assert_eq!(met(&mut again, &call(ONE, 1), 1), "done 1");
    assert!(
        again.query_log.replay(again.number, 9).is_none(),
        "asked later"
    );
}

#[test]
fn queries_after_the_last_step_run_again_after_a_failure() {
    let mut first = journal(Vec::new());
    let rows = [vec![Value::Integer(1)]];
    first.query_log.keep(0, 9, &rows);
    met(&mut first, &call(ONE, 1), 1);
    first.query_log.keep(1, 9, &rows);
    let noted = Journal::after_failure(&first.text(), "no").unwrap();
    let mut again = resumed(&noted);
    assert!(again.query_log.replay(0, 9).is_some());
    assert!(again.query_log.replay(1, 9).is_none());
}

#[test]
fn results_after_the_last_step_are_forgotten_even_if_hashed() {
    let one = |number: i64| [vec![Value::Integer(number)]];
    // The number of queries before the only step, and after it.
    for (early, late) in [(1_003, 2), (1_003, 0), (999, 4), (1_000, 1)] {
        let mut first = journal(Vec::new());
        (0..early).for_each(|_| first.query_log.keep(0, 9, &one(1)));
        met(&mut first, &call(ONE, 1), 1);
        (0..late).for_each(|_| first.query_log.keep(1, 9, &one(1)));
        let noted = first.text();
        assert!(early <= 1_000 || !resumed(&noted).query_log.is_in_step());
        let noted = Journal::after_failure(&noted, "no").unwrap_or(noted);
        let mut again = resumed(&noted);
        for _ in 0..early {
            if again.query_log.replay(0, 9).is_none() {
                again.query_log.keep(0, 9, &one(1));
            }
        }
        assert_eq!(met(&mut again, &call(ONE, 1), 1), "done 1");
        for _ in 0..late {
            assert!(again.query_log.replay(1, 9).is_none());
            again.query_log.keep(1, 9, &one(2));
        }
        assert!(again.query_log.is_in_step(), "{early} {late}");
    }
}

#[test]
fn a_failure_that_the_revision_ignored_is_replayed() {
    let mut first = journal(Vec::new());
    let (wrong, right) = (call("INSERT a", 1), call("UPDATE a", 1));
    first.note_failure(&wrong, &failed("it is there"));
    met(&mut first, &right, 1);
    let noted = first.text();
    let mut again = resumed(&noted);
    assert_eq!(met(&mut again, &wrong, 1), "failed: it is there");
    assert_eq!(met(&mut again, &right, 1), "done 1");
    assert_eq!(met(&mut again, &drop_table("x"), 0), "runs");
    // Removed from the revision: nothing was done.
    let mut again = resumed(&noted);
    assert_eq!(met(&mut again, &right, 1), "done 1");
    assert!(again.has_repeated_all());
}

#[test]
fn a_failure_that_ended_the_revision_is_retried_and_its_consequences_are_kept() {
    let mut first = journal(Vec::new());
    let (wrong, clean) = (call("INSERT a", 1), call("DELETE FROM staging", 1));
    first.note_failure(&wrong, &failed("it is there"));
    met(&mut first, &clean, 1);
    let noted = first.text();
    assert_eq!(Journal::after_failure(&noted, "another reason"), None);
    let noted = Journal::after_failure(&noted, "can't go on: it is there").unwrap();
    let mut again = resumed(&noted);
    assert_eq!(met(&mut again, &wrong, 1), "runs");
    assert_eq!(met(&mut again, &drop_table("x"), 0), "runs");
    assert!(again.has_repeated_all());
    let titles: Vec<&str> = again
        .entries
        .iter()
        .map(|entry| entry.title.as_str())
        .collect();
    assert_eq!(
        titles,
        ["INSERT a", "DELETE FROM staging", "drop table `x`"]
    );
    // If it fails once more, so does what follows.
    let mut again = resumed(&noted);
    assert!(matches!(again.expect(&wrong), Ok(Next::Run)));
    again.note_failure(&wrong, &failed("it is there"));
    assert_eq!(met(&mut again, &clean, 1), "done 1");
}

#[test]
fn a_retried_step_releases_later_steps_only_after_it_succeeds() {
    let mut first = journal(Vec::new());
    let (wrong, clean) = (call("VACUUM", 1), call("DELETE FROM staging", 1));
    first.note_failure(&wrong, &failed("it is full"));
    met(&mut first, &clean, 1);
    let noted = Journal::after_failure(&first.text(), "it is full").unwrap();
    let started = |journal: &mut Journal| {
        assert!(matches!(journal.expect(&wrong), Ok(Next::Run)));
        let (call, statement) = (wrong.call, 0);
        let (touched, before) = (AffectedObjects::Everything, Vec::new());
        let started = StepInProgress {
            call,
            statement,
            affected: touched,
            before,
        };
        journal.put(&wrong, EntryKind::Started(started));
    };
    // It fails once more, and the revision continues differently.
    let mut again = resumed(&noted);
    started(&mut again);
    again.forget();
    again.note_failure(&wrong, &failed("it is full"));
    assert!(met(&mut again, &drop_table("x"), 0).contains("now the revision runs"));
    assert_eq!(met(&mut again, &clean, 1), "done 1");
    // It is interrupted, and the next run finds that it is done.
    let mut again = resumed(&noted);
    started(&mut again);
    let mut next = resumed(&again.text());
    assert_eq!(met(&mut next, &wrong, 0), "resumed");
    next.note(&wrong, [0, 0]);
    assert_eq!(met(&mut next, &drop_table("x"), 0), "runs");
    assert_eq!(next.entries.len(), 3);
}

#[test]
fn the_order_of_very_many_statements_is_checked() {
    let steps: Vec<(Step, u64)> = (0..2_500).map(|n| (call(ONE, n), 1)).collect();
    let entries = noted(&steps);
    assert_eq!(entries.len(), 1);
    assert!(text::written("", &entries, &QueryLog::default()).len() < 200);
    let mut again = journal(entries.clone());
    assert!((0..2_500).all(|n| met(&mut again, &call(ONE, n), 1) == "done 1"));
    assert_eq!(met(&mut again, &call(ONE, 2_500), 1), "runs");
    let mut shifted = journal(entries);
    let last = (1..2_501)
        .map(|n| met(&mut shifted, &call(ONE, n), 1))
        .last()
        .unwrap();
    assert!(last.contains("2499 more statements"), "{last}");
}

#[test]
fn many_different_statements_are_recorded_compactly() {
    let sql = |n: u64| call(&format!("UPDATE a{n} SET b = 1"), 0);
    let steps: Vec<(Step, u64)> = (0..1_000).map(|n| (sql(n), n % 2)).collect();
    let entries = noted(&steps);
    assert_eq!(entries.len(), entry::MAX_ENTRIES);
    let mut again = journal(entries);
    assert!((0..1_000).all(|n| met(&mut again, &sql(n), 0) == format!("done {}", n % 2)));
    assert_eq!(met(&mut again, &sql(0), 1), "runs");
}

#[test]
fn many_different_counts_are_not_recorded_or_invented() {
    let steps: Vec<(Step, u64)> = (0..3_000).map(|n| (call(BATCH, 0), n)).collect();
    let entries = noted(&steps);
    assert_eq!(entries.len(), 1);
    assert!(journal(entries).expect(&call(BATCH, 0)).is_err());
}

#[test]
fn a_revision_that_inspects_the_schema_can_be_resumed() {
    let entries = || noted(&[(drop_table("a"), 0), (drop_table("b"), 0)]);
    let mut again = journal(entries());
    again.freed.looked = true;
    assert_eq!(met(&mut again, &drop_table("b"), 0), "done 0");
    assert_eq!(met(&mut again, &drop_table("c"), 0), "runs");
    let mut again = journal(entries());
    assert!(met(&mut again, &drop_table("b"), 0).contains("now the revision runs"));
}

#[test]
fn code_with_the_connection_is_never_rerun() {
    let kind = EntryKind::Code { ended: false };
    let title = "code of the application".to_owned();
    let noted = text::written("2\t", &[Entry { title, kind }], &QueryLog::default());
    assert!(refused(&noted));
    assert_eq!(
        Journal::failure_state(&noted),
        FailureState::PartiallyApplied
    );
}

#[test]
fn a_statement_is_finished_if_only_objects_it_names_differ() {
    let line = |text: &str| text.to_owned();
    let said = |sql: &str, before: &[&str], live: &[&str]| {
        let lines = |all: &[&str]| all.iter().map(|text| line(text)).collect::<Vec<_>>();
        AffectedObjects::Text(sql.to_owned()).step_state(&lines(before), &lines(live))
    };
    let (log, changed, other) = ("table `log`: 1", "table `log`: 2", "table `other`: 1");
    let create = "CREATE INDEX CONCURRENTLY ON log (step)";
    assert_eq!(
        said(create, &[log, other], &[log, other]),
        StepState::Before
    );
    assert_eq!(
        said(create, &[log, other], &[changed, other]),
        StepState::After
    );
    let neither = said(create, &[log, other], &[changed]);
    assert!(matches!(neither, StepState::Neither(why) if why.len() == 2));
    let named = said("CREATE TABLE logs (id int)", &[log], &[changed]);
    assert!(matches!(named, StepState::Neither(_)), "another name");
    let leads = "table `child`: 1 \u{2192} log";
    assert_eq!(
        said(
            "RENAME TABLE log TO diary",
            &[log, leads],
            &["table `diary`: 1", "table `child`: 2 \u{2192} diary"]
        ),
        StepState::After
    );
    let both = "DROP TABLE log, other";
    assert_eq!(said(both, &[log, other], &[]), StepState::After);
    assert!(matches!(
        said(both, &[log, other], &[other]),
        StepState::Neither(_)
    ));
}

fn with(columns: &[&str], indexes: &[&str]) -> Schema {
    let mut table = Table::new("a");
    for name in columns {
        table.column(Column::new(*name, Type::Integer));
    }
    let mut schema = Schema::default();
    schema.tables.push(table);
    for name in indexes {
        schema.indexes.push(Index::new(*name, "a", "x"));
    }
    schema
}

fn verdict(operation: Operation, before: &Schema, live: &Schema, invalid: &[String]) -> StepState {
    let touched = AffectedObjects::by(&[operation]);
    let AffectedObjects::Objects(named) = &touched else {
        panic!("it is not known what it touches")
    };
    let before = describe::named(before, &named.names, &[]);
    let live = describe::named(live, &named.names, invalid);
    touched.step_state(&before, &live)
}

#[test]
fn the_schema_shows_whether_a_step_ran() {
    let add = || Operation::AddColumn(AddColumn::new("a", Column::new("y", Type::Integer)));
    let before = with(&["x"], &[]);
    assert_eq!(verdict(add(), &before, &before, &[]), StepState::Before);
    assert_eq!(
        verdict(add(), &before, &with(&["x", "y"], &[]), &[]),
        StepState::After
    );
    let neither = verdict(add(), &before, &with(&["x", "y", "z"], &[]), &[]);
    assert!(
        matches!(neither, StepState::Neither(lines) if lines.contains(
        &"column `a.z` did not exist before the step and exists now".to_owned()))
    );
    assert!(matches!(
        verdict(add(), &before, &with(&["x", "z"], &[]), &[]),
        StepState::Neither(_)
    ));
    let drop = || Operation::DropTable(DropTable::new("a"));
    assert_eq!(
        verdict(drop(), &before, &Schema::default(), &[]),
        StepState::After
    );
    let rename = Operation::RenameTable(RenameTable::new("old", "a"));
    assert_eq!(
        verdict(rename, &Schema::default(), &before, &[]),
        StepState::After
    );
}

#[test]
fn an_invalid_index_is_recreated() {
    let create = || Operation::CreateIndex(CreateIndex::new(Index::new("ix", "a", "x")));
    let (before, after) = (with(&["x"], &[]), with(&["x"], &["ix"]));
    assert_eq!(verdict(create(), &before, &after, &[]), StepState::After);
    assert_eq!(
        verdict(create(), &before, &after, &["ix".to_owned()]),
        StepState::Before
    );
}
