//! What the notes decide, told from values alone.

use std::time::Instant;

use super::footprint::Verdict;
use super::*;
use crate::op::{AddColumn, CreateIndex, DropTable, RenameTable};
use crate::schema::{Column, Index, Schema, Table, Type};

fn journal(entries: Vec<Entry>) -> Journal {
    let noted = text::written("", &entries, &Asked::default());
    Journal::new(String::new(), "r1", &noted, Instant::now()).unwrap()
}

fn call(sql: &str, value: i64) -> Step {
    Step::statement(sql, &[value.into()], Stands::Inside)
}

fn drop_table(name: &str) -> Step {
    Step::operations(
        &[Operation::DropTable(DropTable::new(name))],
        Stands::Inside,
    )
}

/// The notes about these steps, as a run that ended after them leaves them.
fn noted(steps: &[(Step, u64)]) -> Vec<Entry> {
    let mut journal = journal(Vec::new());
    for (step, rows) in steps {
        assert_eq!(journal.expect(step), Ok(Next::Run));
        journal.note(step, *rows);
    }
    journal.entries
}

#[test]
fn notes_are_read_as_they_were_written() {
    let mut entries = noted(&[
        (drop_table("a\tb, c%|*\n\u{1b}"), 0),
        (call("UPDATE a SET b = ?1", 1), 3),
        (call("UPDATE a SET b = ?1", 2), 3),
        (call("DELETE FROM a", 0), 0),
    ]);
    entries.push(Entry {
        title: "create index".to_owned(),
        kind: EntryKind::Begun(Begun {
            text: 7,
            statement: 2,
            touched: Touched::names(vec!["a,b".to_owned(), "*".to_owned()]),
            before: vec!["table `a`: %x\ny".to_owned()],
        }),
    });
    let mut asked = Asked::default();
    asked.compare(&mut Again::default(), 7, &[], false);
    let written = text::written("host pid:[1] 2 3", &entries, &asked);
    assert_eq!(text::read(&written), Some((entries, asked)));
    assert_eq!(Journal::owner(&written), Some("host pid:[1] 2 3"));
    for changed in [
        "2\tx",
        "1\t\nnonsense",
        "1\t\ndone\tzz\tx",
        "1\t\n|x",
        "1\t\ndone\t1\t%zz",
    ] {
        assert_eq!(text::read(changed), None, "{changed}");
        assert!(Journal::new(String::new(), "r", changed, Instant::now()).is_err());
    }
}

#[test]
fn what_is_done_is_left_out_and_the_rest_runs() {
    let entries = noted(&[(drop_table("a"), 0), (call("DELETE FROM b", 0), 4)]);
    let mut again = journal(entries);
    assert_eq!(again.expect(&drop_table("a")), Ok(Next::Skip(0)));
    assert_eq!(again.expect(&call("DELETE FROM b", 0)), Ok(Next::Skip(4)));
    assert!(again.followed());
    assert_eq!(again.expect(&drop_table("c")), Ok(Next::Run));
}

#[test]
fn another_step_than_the_one_that_is_done_is_refused() {
    let entries = noted(&[(drop_table("a"), 0), (drop_table("b"), 0)]);
    let mut again = journal(entries);
    let refusal = again.expect(&drop_table("c")).unwrap_err();
    assert_eq!(
        refusal.why,
        [
            "an earlier run did this as step 1: drop table `a`; now the revision asks for: drop table `c`"
        ]
    );
    assert!(!again.followed());
}

const BATCH: &str = "UPDATE a SET b = 1 WHERE b IS NULL LIMIT 10";

#[test]
fn a_loop_that_was_cut_short_goes_on_with_the_numbers_it_had() {
    let entries = noted(&[
        (call(BATCH, 0), 10),
        (call(BATCH, 0), 10),
        (call(BATCH, 0), 7),
    ]);
    assert_eq!(entries.len(), 1);
    let mut again = journal(entries);
    let rows: Vec<_> = (0..3).map(|_| again.expect(&call(BATCH, 0))).collect();
    assert_eq!(
        rows,
        [Ok(Next::Skip(10)), Ok(Next::Skip(10)), Ok(Next::Skip(7))]
    );
    assert_eq!(again.expect(&call(BATCH, 0)), Ok(Next::Run));
    again.note(&call(BATCH, 0), 0);
    assert_eq!(again.entries.len(), 1);
    assert_eq!(again.expect(&drop_table("a")), Ok(Next::Run));
}

const ONE: &str = "UPDATE a SET b = 1 WHERE id = ?1";

fn follow(entries: Vec<Entry>, ids: &[i64]) -> Vec<Result<Next, Refusal>> {
    let mut again = journal(entries);
    let mut found = Vec::new();
    for id in ids {
        let next = again.expect(&call(ONE, *id));
        if next == Ok(Next::Run) {
            again.note(&call(ONE, *id), 1);
        }
        found.push(next);
    }
    found
}

#[test]
fn a_loop_over_what_is_still_to_be_done_runs_it_and_one_over_all_rows_the_rest() {
    let entries = || noted(&[(call(ONE, 1), 1), (call(ONE, 2), 1)]);
    assert_eq!(follow(entries(), &[3, 4]), [Ok(Next::Run), Ok(Next::Run)]);
    let rest = [
        Ok(Next::Skip(1)),
        Ok(Next::Skip(1)),
        Ok(Next::Run),
        Ok(Next::Run),
    ];
    assert_eq!(follow(entries(), &[1, 2, 3, 3]), rest);
}

#[test]
fn a_statement_that_may_be_done_or_not_is_refused() {
    let entries = noted(&[(call(ONE, 1), 1), (call("INSERT INTO log", 0), 1)]);
    let mut again = journal(entries);
    assert_eq!(again.expect(&call(ONE, 2)), Ok(Next::Run));
    again.note(&call(ONE, 2), 1);
    // Is it the one of row 1, or that of row 2?
    let refusal = again.expect(&call("INSERT INTO log", 0)).unwrap_err();
    assert!(refusal.why[0].contains("can't be told"), "{refusal:?}");
}

#[test]
fn a_query_that_finds_something_else_makes_a_repeated_statement_unclear() {
    let mut first = journal(Vec::new());
    let (two, one) = ([vec![Value::Integer(2)]], [vec![Value::Integer(1)]]);
    first.answered("SELECT count(*) FROM a", &[], &two);
    first.note(&call("DELETE FROM a LIMIT 1", 0), 1);
    let noted = first.text();
    let again = |rows: &[Vec<Value>]| {
        let mut again = Journal::new(String::new(), "r1", &noted, Instant::now()).unwrap();
        again.answered("SELECT count(*) FROM a", &[], rows);
        again.expect(&call("DELETE FROM a LIMIT 1", 0))
    };
    assert_eq!(again(&two), Ok(Next::Skip(1)));
    assert!(again(&one).is_err());
}

#[test]
fn a_loop_that_ended_need_not_find_the_same_rows() {
    let entries = noted(&[(call(ONE, 1), 1), (call(ONE, 2), 1), (drop_table("b"), 0)]);
    let mut again = journal(entries);
    assert_eq!(again.expect(&drop_table("b")), Ok(Next::Skip(0)));
    assert!(again.followed());
}

#[test]
fn of_very_many_statements_the_order_tells() {
    let steps: Vec<(Step, u64)> = (0..2_500).map(|n| (call(ONE, n), 1)).collect();
    let entries = noted(&steps);
    assert_eq!(entries.len(), 1);
    assert!(text::written("", &entries, &Asked::default()).len() < 200);
    let all: Vec<i64> = (0..2_501).collect();
    let found = follow(entries.clone(), &all);
    assert!(found[..2_500].iter().all(|next| *next == Ok(Next::Skip(1))));
    assert_eq!(found[2_500], Ok(Next::Run));
    let shifted: Vec<i64> = (1..2_501).collect();
    assert!(follow(entries, &shifted).pop().unwrap().is_err());
}

#[test]
fn many_different_counts_are_not_kept_and_nothing_is_made_up() {
    let steps: Vec<(Step, u64)> = (0..600).map(|n| (call(BATCH, 0), n)).collect();
    let entries = noted(&steps);
    assert_eq!(entries.len(), 1);
    assert!(journal(entries).expect(&call(BATCH, 0)).is_err());
}

#[test]
fn a_revision_that_looks_first_need_not_ask_for_what_is_there() {
    let entries = noted(&[(drop_table("a"), 0), (drop_table("b"), 0)]);
    let mut again = journal(entries);
    assert_eq!(again.expect(&drop_table("b")), Ok(Next::Skip(0)));
    assert_eq!(again.expect(&drop_table("c")), Ok(Next::Run));
}

#[test]
fn code_that_had_the_connection_is_never_run_again() {
    let kind = EntryKind::Code { ended: false };
    let title = "code of the application".to_owned();
    let noted = text::written("", &[Entry { title, kind }], &Asked::default());
    assert!(Journal::new(String::new(), "r1", &noted, Instant::now()).is_err());
    assert_eq!(Journal::outcome(&noted), Outcome::Kept);
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

fn verdict(operation: Operation, before: &Schema, live: &Schema, invalid: &[String]) -> Verdict {
    let touched = Touched::by(&[operation]);
    let Touched::Named(named) = &touched else {
        panic!("it is not known what it touches")
    };
    let before = describe::named(before, &named.names, &[]);
    let live = describe::named(live, &named.names, invalid);
    touched.verdict(&before, &live)
}

#[test]
fn the_schema_tells_whether_a_step_ran() {
    let add = || Operation::AddColumn(AddColumn::new("a", Column::new("y", Type::Integer)));
    let before = with(&["x"], &[]);
    assert_eq!(verdict(add(), &before, &before, &[]), Verdict::Before);
    assert_eq!(
        verdict(add(), &before, &with(&["x", "y"], &[]), &[]),
        Verdict::After
    );
    let neither = verdict(add(), &before, &with(&["x", "y", "z"], &[]), &[]);
    assert!(matches!(neither, Verdict::Neither(lines) if lines.contains(
        &"column `a.z` was not there before the step and is".to_owned())));
    assert!(matches!(
        verdict(add(), &before, &with(&["x", "z"], &[]), &[]),
        Verdict::Neither(_)
    ));
    let drop = || Operation::DropTable(DropTable::new("a"));
    assert_eq!(
        verdict(drop(), &before, &Schema::default(), &[]),
        Verdict::After
    );
    let rename = Operation::RenameTable(RenameTable::new("old", "a"));
    assert_eq!(
        verdict(rename, &Schema::default(), &before, &[]),
        Verdict::After
    );
}

#[test]
fn an_index_of_no_use_is_made_again() {
    let create = || Operation::CreateIndex(CreateIndex::new(Index::new("ix", "a", "x")));
    let (before, after) = (with(&["x"], &[]), with(&["x"], &["ix"]));
    assert_eq!(verdict(create(), &before, &after, &[]), Verdict::After);
    assert_eq!(
        verdict(create(), &before, &after, &["ix".to_owned()]),
        Verdict::Before
    );
}
