use super::*;
use crate::operation::{EnumValuePosition, Position};
use crate::schema::{
    Check, Column, EnumType, ForeignKey, Generated, Index, IndexPart, Table, Type, Unique, View,
};

/// Builds a schema of tables.
fn schema(tables: &[Table]) -> Schema {
    Schema {
        tables: tables.to_vec(),
        ..Schema::default()
    }
}

/// Builds a table of columns written `name type`, with `id` as its key if it exists.
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

fn titles(difference: &SchemaDiff) -> Vec<String> {
    difference.operations.iter().map(Operation::title).collect()
}

fn plain(from: &Schema, to: &Schema) -> SchemaDiff {
    compute(from, to, &Hints::default(), &Options::default())
}

#[test]
fn tables_are_created_after_those_they_reference() {
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
fn a_cycle_is_broken_if_necessary() {
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
        rules: DiffRules::new().with_foreign_key_cycles(),
        ..Options::default()
    };
    assert_eq!(create(&to, &options).len(), 3);
    // Operations that may have to be undone still add the keys separately.
    let undone = compute(&Schema::default(), &to, &Hints::default(), &options);
    assert_eq!(undone.operations.len(), 4);
}

#[test]
fn a_foreign_key_to_columns_that_are_not_unique_waits_for_nothing() {
    let mut to = schema(&[
        table("a", &["id", "plain"]),
        leading(table("b", &["id", "plain"]), "plain", "a"),
    ]);
    to.tables[1].foreign_keys[0].references = vec!["plain".to_owned()];
    assert_eq!(
        titles(&plain(&Schema::default(), &to)),
        ["create table `a`", "create table `b`"]
    );
    to.indexes.push(Index::new("ix", "a", "plain").unique());
    assert_eq!(
        titles(&plain(&Schema::default(), &to)).last().unwrap(),
        "add foreign key `fk_plain` to `b`"
    );
}

#[test]
fn a_table_is_dropped_only_by_name_and_after_those_that_reference_it() {
    let from = schema(&[
        table("a", &["id"]),
        leading(table("b", &["id", "a_id"]), "a_id", "a"),
        leading(table("kept", &["id", "b_id"]), "b_id", "b"),
    ]);
    let to = Schema::default();
    let nothing = plain(&from, &to);
    assert!(nothing.is_empty());
    assert_eq!(nothing.unmanaged_tables, ["a", "b", "kept"]);
    let hints = Hints {
        drop_tables: vec!["a".into(), "b".into()],
        ..Hints::default()
    };
    let difference = compute(&from, &to, &hints, &Options::default());
    assert_eq!(
        titles(&difference),
        [
            "drop constraint `fk_b_id` of `kept`",
            "drop table `b`",
            "drop table `a`"
        ]
    );
    assert_eq!(difference.unmanaged_tables, ["kept"]);
}

#[test]
fn an_unmanaged_table_keeps_a_foreign_key_to_columns_that_were_never_unique() {
    let parent = table("parent", &["id", "code INTEGER"]);
    let mut child = table("child", &["id", "code INTEGER"]);
    child.foreign_key("code", ForeignKey::to("parent", "code").named("fk"));
    let to = schema(std::slice::from_ref(&parent));
    let nothing = plain(&schema(&[parent.clone(), child.clone()]), &to);
    assert!(nothing.is_empty(), "{:?}", titles(&nothing));
    // In place, the key is dropped together with what made the columns unique.
    let mut before = parent;
    before.uniques.push(Unique::new(["code"]).named("uq"));
    let gone = titles(&plain(&schema(&[before, child]), &to));
    assert!(
        gone.contains(&"drop constraint `fk` of `child`".to_owned()),
        "{gone:?}"
    );
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
        difference.rename_candidates,
        [RenameCandidate::RenameColumn {
            table: "t".into(),
            from: "a".into(),
            to: "d".into(),
            score: 20
        }]
    );
}

#[test]
fn a_hint_renames_and_is_ignored_once_applied() {
    let from = schema(&[table("users", &["id", "mail TEXT"])]);
    let to = schema(&[table("people", &["id", "email TEXT"])]);
    let hints = Hints {
        tables: vec![Renamed::new("users", "people")],
        columns: vec![("people".into(), Renamed::new("mail", "email"))],
        ..Hints::default()
    };
    let options = Options::default();
    assert_eq!(
        titles(&compute(&from, &to, &hints, &options)),
        [
            "rename table `users` to `people`",
            "rename column `people.mail` to `email`"
        ]
    );
    assert_eq!(compute(&to, &to, &hints, &options), SchemaDiff::default());
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

/// The rules of a database that rebuilds what reads a column of another type.
fn minding() -> Options {
    Options {
        rules: DiffRules::new()
            .with_views_recreated_on_retype()
            .with_index_rename(),
        ..Options::default()
    }
}

#[test]
fn a_foreign_key_of_a_kept_table_is_dropped_before_what_it_references() {
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
    let dropped = compute(&from, &to, &by_name(&["kept"]), &Options::default());
    assert_eq!(titles(&dropped)[..4], expected);
    assert_eq!(titles(&dropped)[4..], ["drop table `kept`"]);
}

#[test]
fn a_foreign_key_is_recreated_if_its_columns_change() {
    let from = schema(&[
        table("t", &["id"]),
        leading(table("u", &["id", "t_id"]), "t_id", "t"),
    ]);
    let mut wide = from.clone();
    wide.tables[0].columns[0].data_type = Type::BigInt;
    wide.tables[1].columns[1].data_type = Type::BigInt;
    let expected = [
        "drop constraint `fk_t_id` of `u`",
        "alter column `t.id`",
        "alter column `u.t_id`",
        "add foreign key `fk_t_id` to `u`",
    ];
    assert_eq!(titles(&plain(&from, &wide)), expected);
    let options = Options {
        rules: DiffRules::new().with_foreign_keys_kept_on_retype(),
        ..Options::default()
    };
    let staying = compute(&from, &wide, &Hints::default(), &options);
    assert_eq!(titles(&staying), expected[1..3]);
}

#[test]
fn objects_that_read_a_retyped_column_are_recreated_if_required() {
    let mut from = schema(&[table("t", &["a INTEGER", "twice INTEGER"])]);
    from.tables[0].columns[1].generated = Some(Generated::Stored("a * 2".into()));
    from.tables[0].check(Check::new("a >= -1").named("ck"));
    from.indexes
        .push(Index::new("ix", "t", IndexPart::expression("a + 1")));
    let mut to = from.clone();
    to.tables[0].columns[0].data_type = Type::Double;
    assert_eq!(titles(&plain(&from, &to)), ["alter column `t.a`"]);
    assert_eq!(
        titles(&compute(&from, &to, &Hints::default(), &minding())),
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
fn objects_that_use_a_recreated_computed_column_are_recreated() {
    let mut from = schema(&[table("t", &["a INTEGER", "twice INTEGER", "b INTEGER"])]);
    from.tables[0].columns[1].generated = Some(Generated::Stored("a * 2".into()));
    from.tables[0].check(Check::new("twice >= -1").named("ck"));
    from.tables[0].uniques = vec![Unique::new(["b", "twice"]).named("uq")];
    from.indexes.push(Index::new("ix", "t", "twice"));
    from.indexes.push(Index::new("other", "t", "a"));
    let mut to = from.clone();
    to.tables[0].columns[1].generated = Some(Generated::Stored("a + a + 0".into()));
    assert_eq!(
        titles(&plain(&from, &to)),
        [
            "drop index `ix`",
            "drop constraint `uq` of `t`",
            "drop constraint `ck` of `t`",
            "drop column `t.twice`",
            "add column `t.twice`",
            "add unique constraint `uq` to `t`",
            "add check `ck` to `t`",
            "create index `ix`"
        ]
    );
}

#[test]
fn a_dropped_column_is_restored_at_its_position_if_supported() {
    let mut from = schema(&[table("t", &["a", "b", "c", "d", "e"])]);
    from.tables[0].columns[3].generated = Some(Generated::Stored("a * 2".into()));
    let mut to = schema(&[table("t", &["new", "d", "e"])]);
    to.tables[0].columns[1].generated = Some(Generated::Stored("e * 2".into()));
    let options = Options {
        rules: DiffRules::new().with_column_positions(),
        ..Options::default()
    };
    let positions = |difference: SchemaDiff| -> Vec<(String, Position)> {
        let found = difference.operations.into_iter().map(|operation| {
            let title = operation.title();
            match operation {
                Operation::AddColumn(op) => (title, op.position),
                Operation::DropColumn(op) => (title, op.position),
                _ => (title, Position::Last),
            }
        });
        found.collect()
    };
    let after = |name: &str| Position::After(name.to_owned());
    let told: Vec<(String, Position)> = [
        ("drop column `t.d`", after("c")),
        ("add column `t.new`", Position::Last),
        ("add column `t.d`", after("c")),
        ("drop column `t.a`", Position::First),
        ("drop column `t.b`", Position::First),
        ("drop column `t.c`", Position::First),
    ]
    .map(|(title, position)| (title.to_owned(), position))
    .to_vec();
    let found = compute(&from, &to, &Hints::default(), &options);
    assert_eq!(positions(found), told);
    let found = plain(&from, &to);
    assert!(positions(found).iter().all(|(_, it)| *it == Position::Last));
}

#[test]
fn views_that_read_changed_objects_are_dropped_first_and_recreated_last() {
    let mut from = schema(&[table("t", &["a INTEGER"])]);
    from.views = vec![
        View::new("above", "SELECT a FROM base"),
        View::new("base", "SELECT a FROM t"),
        View::new("others", "SELECT 1"),
    ];
    let mut to = from.clone();
    to.tables[0].columns[0].data_type = Type::BigInt;
    to.views.truncate(2);
    assert_eq!(
        titles(&compute(&from, &to, &Hints::default(), &minding())),
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
fn enum_values_are_added_beside_their_neighbors_and_never_removed() {
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
            Operation::AddEnumValue(op) => (op.value.as_str(), op.position.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        places,
        [
            ("low", EnumValuePosition::Before("sad".into())),
            ("fine", EnumValuePosition::Last),
            ("great", EnumValuePosition::Last)
        ]
    );
    let values = vec!["old".to_owned()];
    let name = "mood".to_owned();
    assert_eq!(
        difference.unresolved,
        [UnresolvedDifference::EnumValuesKept { name, values }]
    );
    assert!(!difference.is_empty());
}

#[test]
fn a_constraint_name_matters_only_if_names_are_compared() {
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
        constraint_names: false,
        ..Options::default()
    };
    assert!(compute(&server, &model, &Hints::default(), &options).is_empty());
}

#[test]
fn duplicate_unique_constraints_are_distinct_only_if_both_are_kept() {
    let with = |names: &[&str]| {
        let mut one = table("a", &["id", "n"]);
        for name in names {
            one.unique(Unique::new("n").named(*name));
        }
        schema(&[one])
    };
    let (one, both) = (with(&["x"]), with(&["x", "y"]));
    assert_eq!(plain(&one, &both).operations, []);
    let options = Options {
        rules: DiffRules::new().with_duplicate_uniques(),
        ..Options::default()
    };
    let kept = |from, to| titles(&compute(from, to, &Hints::default(), &options));
    assert_eq!(kept(&one, &both), ["add unique constraint `y` to `a`"]);
    assert_eq!(kept(&both, &one), ["drop constraint `y` of `a`"]);
}

#[test]
fn renames_can_be_chained_but_not_cyclic() {
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
        titles(&compute(&from, &to, &chain, &Options::default())),
        ["rename column `t.b` to `c`", "rename column `t.a` to `b`"]
    );
    assert!(compute(&to, &to, &chain, &Options::default()).is_empty());
    let cycle = Hints {
        columns: vec![
            ("t".into(), Renamed::new("a", "b")),
            ("t".into(), Renamed::new("b", "a")),
        ],
        ..Hints::default()
    };
    assert!(compute(&from, &from, &cycle, &Options::default()).is_empty());
}

#[test]
fn a_rename_candidate_is_returned_until_it_is_answered() {
    let from = schema(&[table("t", &["id", "mail TEXT"])]);
    let to = schema(&[table("t", &["id", "email TEXT"])]);
    let options = Options::default();
    let asked = plain(&from, &to).rename_candidates;
    assert_eq!(asked.len(), 1);
    let (mut yes, mut no) = (Hints::default(), Hints::default());
    yes.accept(&asked[0]);
    no.refuse(&asked[0]);
    let done = compute(&from, &to, &yes, &options);
    assert_eq!(titles(&done), ["rename column `t.mail` to `email`"]);
    assert!(done.rename_candidates.is_empty());
    let apart = compute(&from, &to, &no, &options);
    assert_eq!(
        titles(&apart),
        ["add column `t.email`", "drop column `t.mail`"]
    );
    assert!(apart.rename_candidates.is_empty());
}

#[test]
fn unmanaged_tables_are_left_alone() {
    let mut from = schema(&[table("spatial_ref_sys", &["id"]), table("t", &["id"])]);
    from.indexes.push(Index::new("ix", "spatial_ref_sys", "id"));
    let options = Options {
        ignore: vec!["spatial_*".into(), "??".into()],
        ..Options::default()
    };
    let hints = by_name(&["spatial_ref_sys"]);
    let to = schema(&[table("t", &["id"]), table("xy", &["id"])]);
    assert_eq!(compute(&from, &to, &hints, &options), SchemaDiff::default());
}

#[test]
fn an_object_that_is_not_compared_is_not_a_difference() {
    let from = schema(&[table("t", &["a TEXT"])]);
    let mut to = schema(&[table("t", &["a INTEGER"])]);
    to.tables[0].columns[0].default = Some(7.into());
    to.tables[0].comment = Some("about".into());
    let options = Options {
        types: false,
        defaults: false,
        comments: false,
        ..Options::default()
    };
    assert!(compute(&from, &to, &Hints::default(), &options).is_empty());
    assert_eq!(plain(&from, &to).operations.len(), 2);
}

#[test]
fn a_dropped_table_drops_its_indexes_and_every_step_is_reversible() {
    let mut from = schema(&[
        leading(table("a", &["id", "b_id"]), "b_id", "b"),
        leading(table("b", &["id", "a_id"]), "a_id", "a"),
    ]);
    from.indexes.push(Index::new("ix", "a", "b_id"));
    let difference = compute(
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
        assert_eq!(
            rename::reread(sql, ("a", "b"), IdentifierQuote::Double),
            expected
        );
    }
    assert_eq!(
        rename::reread("a > 0", ("a", "q`u"), IdentifierQuote::Backticks),
        "`q``u` > 0"
    );
    assert_eq!(
        rename::reread("a > 0", ("a", "group"), IdentifierQuote::Double),
        "\"group\" > 0"
    );
    assert_eq!(
        rename::reread("a > 0", ("a", "q\"u"), IdentifierQuote::Double),
        "\"q\"\"u\" > 0"
    );
}

#[test]
fn a_new_table_references_a_changed_column_after_the_change() {
    let from = schema(&[table("order", &["id"])]);
    let mut after = table("order", &["id TEXT"]);
    after.primary_key("id");
    let to = schema(&[after, leading(table("t", &["id", "o TEXT"]), "o", "order")]);
    let options = Options {
        rules: DiffRules::new().with_grouping_by_table(),
        ..Options::default()
    };
    let found = compute(&from, &to, &Hints::default(), &options);
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
fn two_tables_may_have_constraints_of_one_name_if_supported() {
    let unique = |table: &mut Table, name: &str| table.unique(Unique::new("a").named(name));
    let mut from = table("one", &["id", "a"]);
    unique(&mut from, "a");
    let (mut one, mut other) = (table("one", &["id", "a"]), table("other", &["id", "a"]));
    unique(&mut one, "uq_one_a");
    unique(&mut other, "a");
    let (from, to) = (schema(&[from, other.clone()]), schema(&[one, other]));
    let found = |rules: DiffRules| {
        let options = Options {
            rules,
            constraint_names: false,
            ..Options::default()
        };
        titles(&compute(&from, &to, &Hints::default(), &options))
    };
    assert_eq!(
        found(DiffRules::new()).len(),
        2,
        "the name is wanted elsewhere"
    );
    assert!(found(DiffRules::new().with_constraint_names_per_table()).is_empty());
}

#[test]
fn in_a_cycle_a_new_foreign_key_waits_for_the_column_it_references() {
    let a = leading(table("a", &["id", "b INTEGER"]), "b", "b");
    let mut b = leading(table("b", &["id TEXT", "a INTEGER"]), "a", "a");
    b.primary_key("id");
    let from = schema(&[
        table("a", &["id", "b INTEGER"]),
        table("b", &["id", "a INTEGER"]),
    ]);
    let found = |rules: DiffRules| {
        let options = Options {
            rules: rules.with_grouping_by_table(),
            ..Options::default()
        };
        titles(&compute(
            &from,
            &schema(&[a.clone(), b.clone()]),
            &Hints::default(),
            &options,
        ))
    };
    assert_eq!(
        found(DiffRules::new()),
        [
            "alter column `b.id`",
            "add foreign key `fk_a` to `b`",
            "add foreign key `fk_b` to `a`",
        ]
    );
    assert_eq!(
        found(DiffRules::new().with_foreign_keys_kept_on_retype())[0],
        "add foreign key `fk_b` to `a`",
        "nobody minds the types"
    );
}

#[test]
fn if_foreign_key_names_follow_the_table_a_key_is_dropped_by_its_new_name() {
    let key = |name: &str, to: &str| ForeignKey::to(to, "id").named(name);
    let mut before = table("t", &["id", "p", "q"]);
    before.foreign_key("p", key("t_ibfk_1", "t"));
    before.foreign_key("q", key("mine", "t"));
    let from = schema(&[before]);
    let to = |name: &str| schema(&[table(name, &["id", "p", "q"])]);
    let options = Options {
        rules: DiffRules::new().with_foreign_keys_named_after_tables("_ibfk_", 9),
        ..Options::default()
    };
    let found = |name: &str| {
        let hints = Hints {
            tables: vec![Renamed::new("t", name)],
            ..Hints::default()
        };
        let found = compute(&from, &to(name), &hints, &options);
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

#[test]
fn new_enum_values_are_in_a_revision_of_their_own_if_something_follows() {
    let with = |words: &[&str], default: &str| {
        let mut table = Table::new("page");
        let kind = Type::enumeration("phase", Vec::<String>::new());
        table.column(Column::new("phase", kind).default(default));
        let mut schema = Schema::default();
        schema.tables.push(table);
        schema.enums.push(EnumType::new("phase", words.to_vec()));
        schema
    };
    let between =
        |from: &Schema, to: &Schema| compute(from, to, &Hints::default(), &Options::default());
    let (before, after) = (with(&["open"], "open"), with(&["open", "paused"], "paused"));
    let mut difference = between(&before, &after);
    let titles = |all: &[Operation]| -> Vec<String> { all.iter().map(Operation::title).collect() };
    assert_eq!(
        titles(&difference.take_first()),
        ["add `paused` to type `phase`"]
    );
    assert_eq!(
        titles(&difference.operations),
        ["alter column `page.phase`"]
    );
    let mut alone = between(&before, &with(&["open", "paused"], "open"));
    assert_eq!(titles(&alone.take_first()), [] as [&str; 0]);
    assert_eq!(alone.operations.len(), 1);
}

#[test]
fn a_foreign_key_to_another_schema_does_not_wait_for_a_local_table_of_that_name() {
    let table = |name: &str| {
        let mut table = Table::new(name);
        table.column(Column::new("id", Type::Integer));
        table.primary_key("id");
        table
    };
    let mut to = Schema::default();
    let mut card = table("card");
    let key = ForeignKey::to("users", "id")
        .named("fk")
        .in_schema("billing");
    card.foreign_key("id", key.clone());
    to.tables = vec![card, table("users")];
    let made = compute(
        &Schema::default(),
        &to,
        &Hints::default(),
        &Options::default(),
    );
    let titles: Vec<String> = made.operations.iter().map(Operation::title).collect();
    assert_eq!(titles, ["create table `card`", "create table `users`"]);
    let mut from = to.clone();
    from.tables[0].foreign_keys[0].schema = None;
    let changed = compute(&from, &to, &Hints::default(), &Options::default());
    assert_eq!(changed.operations.len(), 2, "{changed:?}");
}

#[test]
fn excluded_names_are_omitted_from_every_list() {
    use crate::schema::{NativeObject, Object, Property};
    let mut schema = Schema::default();
    for name in ["job_queue", "note"] {
        let mut table = Table::new(name);
        table.column(Column::new("id", Type::Integer));
        schema.tables.push(table);
        schema.indexes.push(Index::new("ix", name, ["id"]));
        schema
            .views
            .push(View::new(format!("{name}_v"), "SELECT 1"));
        let object = Object::new("function", format!("{name}_f(job_id integer)"));
        schema.natives.push(NativeObject::new(object, "", "", ""));
        let object = Object::of_table("policy", name, "own");
        schema.natives.push(NativeObject::new(object, "", "", ""));
        let object = Object::of_table("column", name, "job_id");
        schema
            .properties
            .push(Property::new(object, "storage", "x"));
    }
    schema.enums.push(EnumType::new("job_state", ["a"]));
    crate::diff::leave_out(&mut schema, &["job_*"]);
    assert_eq!(
        schema.tables.len() + schema.indexes.len() + schema.views.len(),
        3
    );
    assert_eq!((schema.natives.len(), schema.properties.len()), (2, 1));
    assert!(schema.enums.is_empty());
}

fn with_billing(home: &[Table], billing: &[Table]) -> Schema {
    let mut both = schema(home);
    both.others.insert("billing".to_owned(), schema(billing));
    both
}

/// As [`leading`], to a table of another schema.
fn across(mut table: Table, column: &str, there: &str, to: &str) -> Table {
    table.foreign_key(
        column,
        ForeignKey::to(to, "id")
            .in_schema(there)
            .named(format!("fk_{column}")),
    );
    table
}

fn users_of_both() -> Schema {
    with_billing(
        &[across(
            table("users", &["id", "payer"]),
            "payer",
            "billing",
            "users",
        )],
        &[across(
            table("users", &["id", "owner"]),
            "owner",
            "public",
            "users",
        )],
    )
}

#[test]
fn tables_of_one_name_in_two_schemas_reference_each_other() {
    let both = users_of_both();
    assert_eq!(
        titles(&plain(&Schema::default(), &both)),
        [
            "create schema `billing`",
            "create table `users`",
            "create table `users` in schema `billing`",
            "add foreign key `fk_payer` to `users`",
            "add foreign key `fk_owner` to `users` in schema `billing`",
        ]
    );
    let hints = Hints {
        drop_tables: vec!["users".to_owned(), "billing.users".to_owned()],
        ..Hints::default()
    };
    let gone = compute(&both, &Schema::default(), &hints, &Options::default());
    assert_eq!(
        titles(&gone),
        [
            "drop constraint `fk_payer` of `users`",
            "drop constraint `fk_owner` of `users` in schema `billing`",
            "drop table `users`",
            "drop table `users` in schema `billing`",
            "drop schema `billing`",
        ]
    );
    assert!(plain(&both, &both).is_empty());
}

#[test]
fn an_object_is_not_confused_with_one_of_another_schema() {
    let from = with_billing(&[table("a", &["id"])], &[table("a", &["id"])]);
    let to = with_billing(&[table("a", &["id"])], &[table("a", &["id", "b"])]);
    assert_eq!(
        titles(&plain(&from, &to)),
        ["add column `a.b` in schema `billing`"]
    );
    assert_eq!(
        from.differences(&to).len(),
        1,
        "{:?}",
        from.differences(&to)
    );
    // Models that do not mention a schema leave it unchanged.
    let options = Options::default().without_natives();
    let kept = compute(&from, &schema(&[]), &Hints::default(), &options);
    assert_eq!(kept.unmanaged_tables, ["a", "billing.a"]);
    assert_eq!(titles(&kept), [] as [&str; 0]);
}

#[test]
fn a_rename_candidate_of_a_further_schema_contains_its_name() {
    let from = with_billing(&[], &[table("bill", &["id", "a", "b"])]);
    let to = with_billing(&[], &[table("bills", &["id", "a", "b"])]);
    let asked = plain(&from, &to).rename_candidates;
    let Some(
        question @ RenameCandidate::RenameTable {
            from: old, to: new, ..
        },
    ) = asked.first()
    else {
        panic!("{asked:?}");
    };
    assert_eq!((&**old, &**new), ("billing.bill", "billing.bills"));
    let mut yes = Hints::default();
    yes.accept(question);
    let renamed = compute(&from, &to, &yes, &Options::default());
    assert_eq!(
        titles(&renamed),
        ["rename table `bill` to `bills` in schema `billing`"]
    );
    let mut no = Hints::default();
    no.refuse(question);
    assert_eq!(
        compute(&from, &to, &no, &Options::default()).rename_candidates,
        []
    );
    // As the command line parses `billing.bill=bills`.
    let mut typed = Hints::default();
    let column = ("billing".to_owned(), Renamed::new("bill", "bills"));
    typed.columns.push(column);
    let renamed_too = compute(&from, &to, &typed, &Options::default());
    assert_eq!(titles(&renamed_too), titles(&renamed));
}

#[test]
fn a_type_is_kept_while_a_column_of_another_schema_uses_it() {
    let kind = EnumType::new("kind", ["a"]);
    let mut own = table("a", &["id"]);
    own.column(Column::new("kind", Type::Enum(kind.clone())));
    let mut from = with_billing(&[own], &[table("b", &["id", "kind public.kind"])]);
    from.enums.push(kind);
    let mut to = with_billing(&[table("a", &["id"])], &from.others["billing"].tables);
    assert_eq!(titles(&plain(&from, &to)), ["drop column `a.kind`"]);
    to.others.insert("billing".to_owned(), schema(&[]));
    assert_eq!(
        titles(&plain(&from, &to)),
        ["drop column `a.kind`", "drop type `kind`"]
    );
}

#[test]
fn partitions_of_a_known_table_and_their_partitions_are_not_a_difference() {
    use crate::schema::{NativeObject, Object};

    let part = |table: &str, name: &str| {
        NativeObject::new(Object::of_table("partition", table, name), "", "", "")
    };
    let known = schema(&[table("event", &["id"])]);
    let mut other = known.clone();
    other.natives = vec![part("event", "year"), part("year", "month")];
    assert!(plain(&other, &known).is_empty());
    assert!(plain(&known, &other).is_empty());
    other.natives.remove(0);
    assert_eq!(
        plain(&other, &known).operations.len(),
        1,
        "`year` is not known"
    );
}
