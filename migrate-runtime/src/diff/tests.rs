use super::*;
use crate::op::Place;
use crate::schema::{Column, EnumType, ForeignKey, Generated, Index, IndexPart, Table, Type, View};

/// Builds a schema of tables.
fn schema(tables: &[Table]) -> Schema {
    Schema {
        tables: tables.to_vec(),
        ..Schema::default()
    }
}

/// Builds a table of columns written `name type`, with `id` as its key if it is there.
fn table(name: &str, columns: &[&str]) -> Table {
    let mut table = Table::new(name);
    for column in columns {
        let (name, kind) = column.split_once(' ').unwrap_or((column, "INTEGER"));
        table.column(Column::new(name, Type::parse(kind)));
    }
    if columns.contains(&"id") {
        table.primary_key("id");
    }
    table
}

fn leading(mut table: Table, column: &str, to: &str) -> Table {
    table.foreign_key(
        column,
        ForeignKey::to(to, "id").named(format!("fk_{column}")),
    );
    table
}

fn titles(difference: &Difference) -> Vec<String> {
    difference.operations.iter().map(Operation::title).collect()
}

fn plain(from: &Schema, to: &Schema) -> Difference {
    diff(from, to, &Hints::default(), &Options::default())
}

#[test]
fn tables_are_created_after_those_that_they_lead_to() {
    let to = schema(&[
        leading(table("a", &["id", "b_id"]), "b_id", "b"),
        leading(table("b", &["id", "c_id"]), "c_id", "c"),
        table("c", &["id"]),
    ]);
    assert_eq!(
        titles(&plain(&Schema::default(), &to)),
        ["create table `c`", "create table `b`", "create table `a`"]
    );
}

#[test]
fn a_circle_is_taken_apart_where_it_has_to_be() {
    let to = schema(&[
        leading(table("x", &["id", "a_id"]), "a_id", "a"),
        leading(table("a", &["id", "b_id"]), "b_id", "b"),
        leading(table("b", &["id", "a_id"]), "a_id", "a"),
    ]);
    assert_eq!(
        titles(&plain(&Schema::default(), &to)),
        [
            "create table `a`",
            "create table `x`",
            "create table `b`",
            "add foreign key `fk_b_id` to `a`"
        ]
    );
    let options = Options {
        rules: Rules::new().with_cycles_in_tables(),
        ..Options::default()
    };
    assert_eq!(create(&to, &options).len(), 3);
    // What may have to be undone comes apart all the same.
    let undone = diff(&Schema::default(), &to, &Hints::default(), &options);
    assert_eq!(undone.operations.len(), 4);
}

#[test]
fn a_table_is_dropped_only_by_name_and_after_those_that_lead_to_it() {
    let from = schema(&[
        table("a", &["id"]),
        leading(table("b", &["id", "a_id"]), "a_id", "a"),
        leading(table("kept", &["id", "b_id"]), "b_id", "b"),
    ]);
    let to = Schema::default();
    let nothing = plain(&from, &to);
    assert!(nothing.is_empty());
    assert_eq!(nothing.kept_tables, ["a", "b", "kept"]);
    let hints = Hints {
        drop_tables: vec!["a".into(), "b".into()],
        ..Hints::default()
    };
    let difference = diff(&from, &to, &hints, &Options::default());
    assert_eq!(
        titles(&difference),
        [
            "drop constraint `fk_b_id` of `kept`",
            "drop table `b`",
            "drop table `a`"
        ]
    );
    assert_eq!(difference.kept_tables, ["kept"]);
}

#[test]
fn columns_are_added_altered_and_dropped() {
    let from = schema(&[table("t", &["id", "a TEXT", "b INTEGER", "c REAL"])]);
    let to = schema(&[table("t", &["id", "b BIGINT", "c REAL", "d TEXT"])]);
    let difference = plain(&from, &to);
    assert_eq!(
        titles(&difference),
        [
            "add column `t.d`",
            "alter column `t.b`",
            "drop column `t.a`"
        ]
    );
    assert_eq!(
        difference.questions,
        [Question::RenameColumn {
            table: "t".into(),
            from: "a".into(),
            to: "d".into(),
            score: 20
        }]
    );
}

#[test]
fn a_hint_renames_and_is_left_alone_once_it_is_done() {
    let from = schema(&[table("users", &["id", "mail TEXT"])]);
    let to = schema(&[table("people", &["id", "email TEXT"])]);
    let hints = Hints {
        tables: vec![Renamed::new("users", "people")],
        columns: vec![("people".into(), Renamed::new("mail", "email"))],
        ..Hints::default()
    };
    let options = Options::default();
    assert_eq!(
        titles(&diff(&from, &to, &hints, &options)),
        [
            "rename table `users` to `people`",
            "rename column `people.mail` to `email`"
        ]
    );
    assert_eq!(diff(&to, &to, &hints, &options), Difference::default());
}

#[test]
fn indexes_follow_what_they_are_on() {
    let mut from = schema(&[table("t", &["id", "a TEXT"])]);
    from.indexes.push(Index::new("ix_a", "t", "a"));
    let mut to = schema(&[table("t", &["id", "b INTEGER"])]);
    to.indexes.push(Index::new("ix_b", "t", "b"));
    assert_eq!(
        titles(&plain(&from, &to)),
        [
            "drop index `ix_a`",
            "add column `t.b`",
            "drop column `t.a`",
            "create index `ix_b`"
        ]
    );
}

fn by_name(tables: &[&str]) -> Hints {
    Hints {
        drop_tables: tables.iter().map(|name| (*name).to_owned()).collect(),
        ..Hints::default()
    }
}

/// The rules of a database that minds what reads a column of another type.
fn minding() -> Options {
    Options {
        rules: Rules::new().with_views_made_again().with_renamed_indexes(),
        ..Options::default()
    }
}

#[test]
fn a_key_of_a_table_that_stays_goes_before_what_it_leads_to() {
    let from = schema(&[
        table("t", &["id"]),
        leading(table("kept", &["id", "t_id"]), "t_id", "t"),
    ]);
    let to = schema(&[table("t", &["other"])]);
    let expected = [
        "drop constraint `fk_t_id` of `kept`",
        "drop the primary key of `t`",
        "add column `t.other`",
        "drop column `t.id`",
    ];
    assert_eq!(titles(&plain(&from, &to)), expected);
    let dropped = diff(&from, &to, &by_name(&["kept"]), &Options::default());
    assert_eq!(titles(&dropped)[..4], expected);
    assert_eq!(titles(&dropped)[4..], ["drop table `kept`"]);
}

#[test]
fn a_key_is_made_again_while_the_columns_at_its_ends_change() {
    let from = schema(&[
        table("t", &["id"]),
        leading(table("u", &["id", "t_id"]), "t_id", "t"),
    ]);
    let mut wide = from.clone();
    wide.tables[0].columns[0].kind = Type::BigInt;
    wide.tables[1].columns[1].kind = Type::BigInt;
    let expected = [
        "drop constraint `fk_t_id` of `u`",
        "alter column `t.id`",
        "alter column `u.t_id`",
        "add foreign key `fk_t_id` to `u`",
    ];
    assert_eq!(titles(&plain(&from, &wide)), expected);
    let options = Options {
        rules: Rules::new().with_keys_that_stay(),
        ..Options::default()
    };
    let staying = diff(&from, &wide, &Hints::default(), &options);
    assert_eq!(titles(&staying), expected[1..3]);
}

#[test]
fn what_reads_a_column_of_another_type_is_made_again_where_the_database_minds() {
    let mut from = schema(&[table("t", &["a INTEGER", "twice INTEGER"])]);
    from.tables[0].columns[1].generated = Some(Generated::Stored("a * 2".into()));
    from.tables[0].check_named("ck", "a >= -1");
    from.indexes
        .push(Index::new("ix", "t", IndexPart::expression("a + 1")));
    let mut to = from.clone();
    to.tables[0].columns[0].kind = Type::Double;
    assert_eq!(titles(&plain(&from, &to)), ["alter column `t.a`"]);
    assert_eq!(
        titles(&diff(&from, &to, &Hints::default(), &minding())),
        [
            "drop index `ix`",
            "drop constraint `ck` of `t`",
            "drop column `t.twice`",
            "alter column `t.a`",
            "add column `t.twice`",
            "add check `ck` to `t`",
            "create index `ix`"
        ]
    );
}

#[test]
fn views_that_read_what_changes_are_dropped_first_and_made_again_last() {
    let mut from = schema(&[table("t", &["a INTEGER"])]);
    from.views = vec![
        View::new("above", "SELECT a FROM base"),
        View::new("base", "SELECT a FROM t"),
        View::new("others", "SELECT 1"),
    ];
    let mut to = from.clone();
    to.tables[0].columns[0].kind = Type::BigInt;
    to.views.truncate(2);
    assert_eq!(
        titles(&diff(&from, &to, &Hints::default(), &minding())),
        [
            "drop view `above`",
            "drop view `base`",
            "alter column `t.a`",
            "create view `base`",
            "create view `above`"
        ]
    );
    assert_eq!(titles(&plain(&from, &to)), ["alter column `t.a`"]);
}

#[test]
fn words_are_added_beside_their_neighbours_and_never_taken() {
    let mood = |words: &[&str]| {
        let mut one = Schema::default();
        one.enums.push(EnumType::new("mood", words.iter().copied()));
        one
    };
    let difference = plain(
        &mood(&["sad", "old"]),
        &mood(&["low", "sad", "fine", "great"]),
    );
    let places: Vec<_> = difference
        .operations
        .iter()
        .map(|operation| match operation {
            Operation::AddEnumValue(op) => (op.value.as_str(), op.place.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        places,
        [
            ("low", Place::Before("sad".into())),
            ("fine", Place::Last),
            ("great", Place::Last)
        ]
    );
    let values = vec!["old".to_owned()];
    let name = "mood".to_owned();
    assert_eq!(difference.notes, [Note::EnumValuesStay { name, values }]);
    assert!(!difference.is_empty());
}

#[test]
fn the_name_of_a_constraint_counts_only_where_it_is_compared() {
    let named = |name: Option<&str>| {
        let mut one = table("t", &["id", "a TEXT"]);
        one.unique("a");
        one.uniques[0].name = name.map(str::to_owned);
        schema(&[one])
    };
    let (server, model) = (named(Some("t_a_key")), named(Some("uq_t_a")));
    assert_eq!(titles(&plain(&server, &model)).len(), 2);
    assert!(plain(&named(None), &model).is_empty());
    let options = Options {
        constraint_names: Compare::No,
        ..Options::default()
    };
    assert!(diff(&server, &model, &Hints::default(), &options).is_empty());
}

#[test]
fn two_unique_constraints_that_say_the_same_are_two_only_where_both_stay() {
    let with = |names: &[&str]| {
        let mut one = table("a", &["id", "n"]);
        for name in names {
            one.unique_named(*name, "n");
        }
        schema(&[one])
    };
    let (one, both) = (with(&["x"]), with(&["x", "y"]));
    assert_eq!(plain(&one, &both).operations, []);
    let options = Options {
        rules: Rules::new().with_twins_kept(),
        ..Options::default()
    };
    let kept = |from, to| titles(&diff(from, to, &Hints::default(), &options));
    assert_eq!(kept(&one, &both), ["add unique constraint `y` to `a`"]);
    assert_eq!(kept(&both, &one), ["drop constraint `y` of `a`"]);
}

#[test]
fn renames_follow_each_other_and_never_turn_in_a_circle() {
    let from = schema(&[table("t", &["a TEXT", "b TEXT"])]);
    let to = schema(&[table("t", &["b TEXT", "c TEXT"])]);
    let chain = Hints {
        columns: vec![
            ("t".into(), Renamed::new("a", "b")),
            ("t".into(), Renamed::new("b", "c")),
        ],
        ..Hints::default()
    };
    assert_eq!(
        titles(&diff(&from, &to, &chain, &Options::default())),
        ["rename column `t.b` to `c`", "rename column `t.a` to `b`"]
    );
    assert!(diff(&to, &to, &chain, &Options::default()).is_empty());
    let circle = Hints {
        columns: vec![
            ("t".into(), Renamed::new("a", "b")),
            ("t".into(), Renamed::new("b", "a")),
        ],
        ..Hints::default()
    };
    assert!(diff(&from, &from, &circle, &Options::default()).is_empty());
}

#[test]
fn a_question_is_asked_until_it_is_answered() {
    let from = schema(&[table("t", &["id", "mail TEXT"])]);
    let to = schema(&[table("t", &["id", "email TEXT"])]);
    let options = Options::default();
    let asked = plain(&from, &to).questions;
    assert_eq!(asked.len(), 1);
    let (mut yes, mut no) = (Hints::default(), Hints::default());
    yes.accept(&asked[0]);
    no.refuse(&asked[0]);
    let done = diff(&from, &to, &yes, &options);
    assert_eq!(titles(&done), ["rename column `t.mail` to `email`"]);
    assert!(done.questions.is_empty());
    let apart = diff(&from, &to, &no, &options);
    assert_eq!(
        titles(&apart),
        ["add column `t.email`", "drop column `t.mail`"]
    );
    assert!(apart.questions.is_empty());
}

#[test]
fn tables_of_somebody_else_are_left_alone() {
    let mut from = schema(&[table("spatial_ref_sys", &["id"]), table("t", &["id"])]);
    from.indexes.push(Index::new("ix", "spatial_ref_sys", "id"));
    let options = Options {
        ignore: vec!["spatial_*".into(), "??".into()],
        ..Options::default()
    };
    let hints = by_name(&["spatial_ref_sys"]);
    let to = schema(&[table("t", &["id"]), table("xy", &["id"])]);
    assert_eq!(diff(&from, &to, &hints, &options), Difference::default());
}

#[test]
fn what_is_not_compared_is_no_difference() {
    let from = schema(&[table("t", &["a TEXT"])]);
    let mut to = schema(&[table("t", &["a INTEGER"])]);
    to.tables[0].columns[0].default = Some(7.into());
    to.tables[0].comment = Some("about".into());
    let options = Options {
        types: Compare::No,
        defaults: Compare::No,
        comments: Compare::No,
        ..Options::default()
    };
    assert!(diff(&from, &to, &Hints::default(), &options).is_empty());
    assert_eq!(plain(&from, &to).operations.len(), 2);
}

#[test]
fn a_dropped_table_gives_up_its_indexes_and_every_step_can_be_undone() {
    let mut from = schema(&[
        leading(table("a", &["id", "b_id"]), "b_id", "b"),
        leading(table("b", &["id", "a_id"]), "a_id", "a"),
    ]);
    from.indexes.push(Index::new("ix", "a", "b_id"));
    let difference = diff(
        &from,
        &Schema::default(),
        &by_name(&["a", "b"]),
        &Options::default(),
    );
    assert_eq!(
        titles(&difference),
        [
            "drop constraint `fk_b_id` of `a`",
            "drop index `ix`",
            "drop table `b`",
            "drop table `a`"
        ]
    );
    for operation in difference.operations {
        assert!(operation.clone().reverse().is_some(), "{operation:?}");
    }
}

#[test]
fn a_name_in_an_expression_changes_with_its_column() {
    for (sql, expected) in [
        ("a > 0 AND \"a\" < 9", "b > 0 AND \"b\" < 9"),
        ("A > 0 OR a_b > 1", "b > 0 OR a_b > 1"),
        ("x <> 'a' || a", "x <> 'a' || b"),
        ("'it''s a' = a", "'it''s a' = b"),
        ("`a` + \"x\"\"a\"", "`b` + \"x\"\"a\""),
    ] {
        assert_eq!(rename::reread(sql, ("a", "b"), Quotes::Double), expected);
    }
    assert_eq!(
        rename::reread("a > 0", ("a", "q`u"), Quotes::Backticks),
        "`q``u` > 0"
    );
    assert_eq!(
        rename::reread("a > 0", ("a", "group"), Quotes::Double),
        "\"group\" > 0"
    );
    assert_eq!(
        rename::reread("a > 0", ("a", "q\"u"), Quotes::Double),
        "\"q\"\"u\" > 0"
    );
}

#[test]
fn a_new_table_leads_to_a_column_that_changes_once_it_has_changed() {
    let from = schema(&[table("order", &["id"])]);
    let mut after = table("order", &["id TEXT"]);
    after.primary_key("id");
    let to = schema(&[after, leading(table("t", &["id", "o TEXT"]), "o", "order")]);
    let options = Options {
        rules: Rules::new().with_tables_at_once(),
        ..Options::default()
    };
    let found = diff(&from, &to, &Hints::default(), &options);
    assert_eq!(
        titles(&found),
        [
            "create table `t`",
            "alter column `order.id`",
            "add foreign key `fk_o` to `t`"
        ]
    );
}

#[test]
fn two_tables_may_have_constraints_of_one_name_where_the_database_says_so() {
    let unique = |table: &mut Table, name: &str| table.unique_named(name, "a");
    let mut from = table("one", &["id", "a"]);
    unique(&mut from, "a");
    let (mut one, mut other) = (table("one", &["id", "a"]), table("other", &["id", "a"]));
    unique(&mut one, "uq_one_a");
    unique(&mut other, "a");
    let (from, to) = (schema(&[from, other.clone()]), schema(&[one, other]));
    let found = |rules: Rules| {
        let options = Options {
            rules,
            constraint_names: Compare::No,
            ..Options::default()
        };
        titles(&diff(&from, &to, &Hints::default(), &options))
    };
    assert_eq!(found(Rules::new()).len(), 2, "the name is wanted elsewhere");
    assert!(found(Rules::new().with_names_of_tables()).is_empty());
}

#[test]
fn in_a_circle_a_new_key_waits_for_the_column_it_leads_to() {
    let a = leading(table("a", &["id", "b INTEGER"]), "b", "b");
    let mut b = leading(table("b", &["id TEXT", "a INTEGER"]), "a", "a");
    b.primary_key("id");
    let from = schema(&[
        table("a", &["id", "b INTEGER"]),
        table("b", &["id", "a INTEGER"]),
    ]);
    let found = |rules: Rules| {
        let options = Options {
            rules: rules.with_tables_at_once(),
            ..Options::default()
        };
        titles(&diff(
            &from,
            &schema(&[a.clone(), b.clone()]),
            &Hints::default(),
            &options,
        ))
    };
    assert_eq!(
        found(Rules::new()),
        [
            "alter column `b.id`",
            "add foreign key `fk_a` to `b`",
            "add foreign key `fk_b` to `a`",
        ]
    );
    assert_eq!(
        found(Rules::new().with_keys_that_stay())[0],
        "add foreign key `fk_b` to `a`",
        "nobody minds the types"
    );
}

#[test]
fn where_names_of_keys_follow_their_table_a_key_goes_by_its_name_afterwards() {
    let key = |name: &str, to: &str| ForeignKey::to(to, "id").named(name);
    let mut before = table("t", &["id", "p", "q"]);
    before.foreign_key("p", key("t_ibfk_1", "t"));
    before.foreign_key("q", key("mine", "t"));
    let from = schema(&[before]);
    let to = |name: &str| schema(&[table(name, &["id", "p", "q"])]);
    let options = Options {
        rules: Rules::new().with_keys_named_after_tables("_ibfk_", 9),
        ..Options::default()
    };
    let found = |name: &str| {
        let hints = Hints {
            tables: vec![Renamed::new("t", name)],
            ..Hints::default()
        };
        let found = diff(&from, &to(name), &hints, &options);
        let reverses = found.operations.iter().rev().cloned();
        assert!(reverses.map(Operation::reverse).all(|one| one.is_some()));
        titles(&found)
    };
    assert_eq!(
        found("u"),
        [
            "rename table `t` to `u`",
            "drop constraint `u_ibfk_1` of `u`",
            "drop constraint `mine` of `u`",
        ]
    );
    assert_eq!(
        found("long"),
        [
            "drop constraint `t_ibfk_1` of `t`",
            "rename table `t` to `long`",
            "drop constraint `mine` of `long`",
        ],
        "nothing could be done by the name afterwards"
    );
}
