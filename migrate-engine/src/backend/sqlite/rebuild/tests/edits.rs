//! Edits of a statement's text, without a database.

use super::super::alteration::{Change, ConstraintSelector, Edit, Position};
use super::super::edit::{Edited, From, edit};
use super::super::error::AlterError;
use super::super::table::OptionKind;

const USERS: &str = "CREATE TABLE \"users\" (\n\
    \x20 id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key\n\
    \x20 email VARCHAR(120) COLLATE NOCASE UNIQUE ON CONFLICT IGNORE,\n\
    \x20 /* how old */\n\
    \x20 age INT  NOT NULL DEFAULT ( 1 + 1 ) CHECK(age >= 0), -- in years\n\
    \x20 team REFERENCES teams(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,\n\
    \x20 shout TEXT AS (upper(email)) STORED,\n\
    \x20 CONSTRAINT \"both\" UNIQUE (email, age) , -- both\n\
    \x20 check ( age < 200 )\n\
    )";

fn alter(column: &str, change: Change) -> Edit {
    Edit::AlterColumn {
        column: column.to_owned(),
        change,
    }
}

fn drop(column: &str) -> Edit {
    Edit::DropColumn {
        column: column.to_owned(),
    }
}

fn add(definition: &str) -> Edit {
    Edit::AddColumn {
        definition: definition.to_owned(),
        position: Position::Last,
        fill: None,
    }
}

fn constraint(definition: &str) -> Edit {
    Edit::AddConstraint {
        definition: definition.to_owned(),
    }
}

fn edited(edits: &[Edit]) -> Edited {
    edit(USERS, edits).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(edits: &[Edit]) -> AlterError {
    edit(USERS, edits).map(|edited| edited.sql).unwrap_err()
}

/// Checks that the edit gives the text of `USERS` with one part replaced.
fn assert_replaces(edits: &[Edit], part: &str, by: &str) {
    assert_eq!(USERS.matches(part).count(), 1, "{part}");
    assert_eq!(edited(edits).sql, USERS.replace(part, by));
}

#[test]
fn no_edit_gives_the_same_bytes() {
    assert_eq!(edited(&[]).sql, USERS);
    assert_eq!(
        edited(&[alter("age", Change::SetNotNull { fill: None })]).sql,
        USERS
    );
    assert_eq!(edited(&[alter("team", Change::DropNotNull)]).sql, USERS);
    assert_eq!(edited(&[Edit::DropOption(OptionKind::Strict)]).sql, USERS);
}

#[test]
fn a_change_of_a_column_edits_only_its_own_tokens() {
    let set_type = |sql: &str| Change::Type {
        sql: sql.to_owned(),
        using: None,
    };
    assert_replaces(&[alter("EMAIL", set_type("TEXT"))], "VARCHAR(120)", "TEXT");
    assert_replaces(
        &[alter("team", set_type("BIGINT"))],
        "team REF",
        "team BIGINT REF",
    );
    assert_replaces(&[alter("age", set_type(""))], "age INT ", "age ");
    assert_replaces(&[alter("age", Change::DropNotNull)], "INT  NOT NULL", "INT");
    assert_replaces(
        &[alter("team", Change::SetNotNull { fill: None })],
        "team REF",
        "team NOT NULL REF",
    );
    assert_replaces(
        &[alter("age", Change::SetDefault("7".into()))],
        "DEFAULT ( 1 + 1 )",
        "DEFAULT 7",
    );
    assert_replaces(
        &[alter("age", Change::DropDefault)],
        " DEFAULT ( 1 + 1 )",
        "",
    );
    assert_replaces(
        &[alter("team", Change::SetDefault("(random())".into()))],
        "team REF",
        "team DEFAULT (random()) REF",
    );
    assert_replaces(
        &[alter("email", Change::SetCollation("rtrim".into()))],
        "COLLATE NOCASE",
        "COLLATE rtrim",
    );
    assert_replaces(
        &[alter("email", Change::DropCollation)],
        " COLLATE NOCASE",
        "",
    );
}

#[test]
fn a_rowid_of_another_type_stays_not_null() {
    for (column, expected) in [
        ("id INTEGER PRIMARY KEY", "id BIGINT NOT NULL PRIMARY KEY"),
        (
            "id integer, PRIMARY KEY (ID DESC)",
            "id BIGINT NOT NULL, PRIMARY KEY (ID DESC)",
        ),
        // These keys are not the rowid.
        ("id INTEGER PRIMARY KEY DESC", "id BIGINT PRIMARY KEY DESC"),
        ("id INT PRIMARY KEY", "id BIGINT PRIMARY KEY"),
        (
            "id INTEGER, n INT, PRIMARY KEY (id, n)",
            "id BIGINT, n INT, PRIMARY KEY (id, n)",
        ),
        ("id INTEGER, n INT", "id BIGINT, n INT"),
    ] {
        let change = Change::Type {
            sql: "BIGINT".to_owned(),
            using: None,
        };
        let sql = format!("CREATE TABLE t ({column})");
        let edited = edit(&sql, &[alter("id", change)]).unwrap();
        assert_eq!(edited.sql, format!("CREATE TABLE t ({expected})"));
    }
}

#[test]
fn constraints_are_found_by_name_columns_or_condition() {
    let drop = |selector| vec![Edit::DropConstraint(selector)];
    assert_replaces(
        &drop(ConstraintSelector::Named("BOTH".into())),
        "  CONSTRAINT \"both\" UNIQUE (email, age) , -- both\n",
        "",
    );
    assert_replaces(
        &drop(ConstraintSelector::Unique(vec![
            "email".into(),
            "AGE".into(),
        ])),
        "  CONSTRAINT \"both\" UNIQUE (email, age) , -- both\n",
        "",
    );
    assert_replaces(
        &drop(ConstraintSelector::Unique(vec!["email".into()])),
        " UNIQUE ON CONFLICT IGNORE",
        "",
    );
    assert_replaces(
        &drop(ConstraintSelector::Check("age>=0".into())),
        " CHECK(age >= 0)",
        "",
    );
    assert_replaces(
        &drop(ConstraintSelector::ForeignKey(vec!["team".into()])),
        " REFERENCES teams(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        "",
    );
    assert_replaces(
        &drop(ConstraintSelector::PrimaryKey),
        " PRIMARY KEY AUTOINCREMENT",
        "",
    );
    let text = edited(&drop(ConstraintSelector::Check("AGE < 200".into()))).sql;
    assert_eq!(
        text,
        USERS.replace(" , -- both\n  check ( age < 200 )", "  -- both")
    );
}

#[test]
fn a_constraint_is_added_after_the_last_one() {
    assert_replaces(
        &[constraint(
            "CONSTRAINT fk FOREIGN KEY (age) REFERENCES ages (id) -- not this",
        )],
        "( age < 200 )",
        "( age < 200 ),\n  CONSTRAINT fk FOREIGN KEY (age) REFERENCES ages (id)",
    );
    let replaced = [
        Edit::DropConstraint(ConstraintSelector::Named("both".into())),
        constraint("CONSTRAINT \"both\" UNIQUE (age)"),
    ];
    assert!(
        edited(&replaced)
            .sql
            .ends_with("check ( age < 200 ),\n  CONSTRAINT \"both\" UNIQUE (age)\n)")
    );
    assert!(matches!(
        refused(&[constraint("PRIMARY KEY (age)")]),
        AlterError::Key(_)
    ));
    assert!(
        edited(&[
            constraint("PRIMARY KEY (id)"),
            Edit::DropConstraint(ConstraintSelector::PrimaryKey)
        ])
        .sql
        .contains("PRIMARY KEY (id)\n)")
    );
}

#[test]
fn a_column_is_added_at_the_requested_position() {
    let at = |position| Edit::AddColumn {
        definition: "x INT".into(),
        position,
        fill: Some("1".into()),
    };
    assert_replaces(
        &[at(Position::First)],
        "  id INTEGER",
        "  x INT,\n  id INTEGER",
    );
    assert_replaces(
        &[at(Position::After("id".into()))],
        "-- the key\n",
        "-- the key\n  x INT,\n",
    );
    assert_replaces(&[add("x INT")], "STORED,\n", "STORED,\n  x INT,\n");
    let edited = edited(&[
        at(Position::First),
        alter("age", Change::SetNotNull { fill: None }),
    ]);
    assert_eq!(edited.columns[0].from, From::Expression("1".into()));
    assert_eq!(edited.columns[5].from, From::Generated);
    assert_eq!(edited.columns[1].from, From::Column("id".into()));
}

#[test]
fn a_dropped_column_also_drops_constraints_on_it_alone() {
    let text = edited(&[drop("team")]).sql;
    assert_eq!(
        text,
        USERS.replace(
            "  team REFERENCES teams(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,\n",
            ""
        )
    );
    let text = edited(&[drop("age"), drop("email"), drop("shout")]).sql;
    assert!(
        !text.contains("UNIQUE")
            && !text.to_lowercase().contains("check")
            && text.contains("-- the key"),
        "{text}"
    );
}

#[test]
fn a_column_that_something_else_needs_is_not_dropped() {
    let uses = |edits: &[Edit]| match refused(edits) {
        AlterError::InUse { uses, .. } => uses.join("; "),
        other => panic!("{other}"),
    };
    let needed = uses(&[drop("email")]);
    assert!(
        needed.contains("`AS (upper(email)) STORED` of column `shout`"),
        "{needed}"
    );
    assert!(
        needed.contains("CONSTRAINT \"both\" UNIQUE (email, age)"),
        "{needed}"
    );
    assert!(uses(&[drop("id")]).contains("primary key"));
    assert!(uses(&[drop("age")]).contains("both"));
    // Together with the objects that need it, in any order.
    let both = Edit::DropConstraint(ConstraintSelector::Named("both".into()));
    assert!(edit(USERS, &[drop("email"), both, drop("shout")]).is_ok());
    assert!(
        edit(
            USERS,
            &[
                drop("id"),
                Edit::DropConstraint(ConstraintSelector::PrimaryKey)
            ]
        )
        .is_ok()
    );
}

#[test]
fn a_column_dropped_and_added_again_is_a_new_one() {
    let edited = edited(&[drop("team"), add("team TEXT DEFAULT 'a'")]);
    let team = edited
        .columns
        .iter()
        .find(|column| column.name == "team")
        .unwrap();
    assert_eq!(team.from, From::Default);
}

#[test]
fn options_are_set_and_removed() {
    let sql = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)";
    let strict = edit(sql, &[Edit::SetOption(OptionKind::Strict)])
        .unwrap()
        .sql;
    assert_eq!(strict, format!("{sql} STRICT"));
    let both = edit(&strict, &[Edit::SetOption(OptionKind::WithoutRowid)])
        .unwrap()
        .sql;
    assert_eq!(both, format!("{sql} STRICT, WITHOUT ROWID"));
    assert_eq!(
        edit(&both, &[Edit::DropOption(OptionKind::Strict)])
            .unwrap()
            .sql,
        format!("{sql} WITHOUT ROWID")
    );
    assert_eq!(
        edit(&both, &[Edit::DropOption(OptionKind::WithoutRowid)])
            .unwrap()
            .sql,
        strict
    );
    assert_eq!(
        edit(&strict, &[Edit::DropOption(OptionKind::Strict)])
            .unwrap()
            .sql,
        sql
    );
    let error = refused(&[Edit::SetOption(OptionKind::Strict)]);
    assert!(
        matches!(&error, AlterError::StrictType { column, .. } if column == "email"),
        "{error}"
    );
    let key = edit(
        "CREATE TABLE t(a)",
        &[Edit::SetOption(OptionKind::WithoutRowid)],
    )
    .unwrap_err();
    assert!(matches!(key, AlterError::Key(_)));
}

#[test]
fn missing_or_ambiguous_elements_are_reported() {
    let message = |edits: &[Edit]| refused(edits).to_string();
    assert!(message(&[drop("emial")]).contains("no column `emial`; it has `id`, `email`"));
    assert!(
        message(&[Edit::DropConstraint(ConstraintSelector::Named(
            "nope".into()
        ))])
        .contains("no constraint `nope`")
    );
    assert!(message(&[add("age INT")]).contains("already"));
    assert!(message(&[constraint("UNIQUE (nope)")]).contains("nope"));
    assert!(message(&[constraint("UNIQUE age")]).contains("near `age`"));
    assert!(
        message(&[alter(
            "age",
            Change::Type {
                sql: "INT NOT NULL".into(),
                using: None
            }
        )])
        .contains("more than a type")
    );
    assert!(
        message(&[alter("age", Change::SetDefault("1 CHECK (0)".into()))])
            .contains("more than one clause")
    );
    assert!(message(&[add("x INT, y INT")]).contains("expected the end"));
    let twice = edit(
        "CREATE TABLE t(a CONSTRAINT k CHECK (1), CONSTRAINT k CHECK (2))",
        &[Edit::DropConstraint(ConstraintSelector::Named("k".into()))],
    );
    assert!(matches!(
        twice.unwrap_err(),
        AlterError::Ambiguous { count: 2, .. }
    ));
    assert!(matches!(
        edit("CREATE TABLE t(a)", &[drop("a")]).unwrap_err(),
        AlterError::OnlyColumn { .. }
    ));
    assert!(matches!(
        edit("CREATE VIRTUAL TABLE t USING fts5(a)", &[]).unwrap_err(),
        AlterError::Unreadable { .. }
    ));
}

/// Checks that both parsers agree on what SQLite itself accepts.
#[test]
fn unusual_statements_that_sqlite_accepts_are_read_alike() {
    for sql in [
        "CREATE TABLE t(a CONSTRAINT x)",
        "CREATE TABLE t(a INT CONSTRAINT x CONSTRAINT y NOT NULL)",
        "CREATE TABLE t(a, b, CHECK (a) CHECK (b))",
        "CREATE TABLE t(a, CONSTRAINT x)",
        "CREATE TABLE t(a 'my type' , b \"other\"(1), c [x y])",
        "CREATE TABLE t(a unsigned big int(10), b NATIVE CHARACTER(70))",
        "CREATE TABLE t(a DEFAULT \"x\", b DEFAULT x'00', c DEFAULT +1, d DEFAULT - 2.5e-3, e DEFAULT true, f DEFAULT CURRENT_DATE)",
        "CREATE TABLE t('a b' text, [c\"d] int)",
        "CREATE TABLE t(a REFERENCES u, b REFERENCES u(x) NOT DEFERRABLE, c REFERENCES u MATCH FULL ON UPDATE SET DEFAULT DEFERRABLE)",
        "CREATE TABLE t(a INTEGER PRIMARY KEY ON CONFLICT REPLACE, b AS (a) , c INT GENERATED ALWAYS AS (a+1) VIRTUAL UNIQUE)",
        "CREATE TABLE t(a, b, PRIMARY KEY (a DESC, b COLLATE nocase) ON CONFLICT FAIL) WITHOUT ROWID",
        "CREATE TABLE t(id INTEGER, PRIMARY KEY (id AUTOINCREMENT))",
        "CREATE TABLE t(a INT, b ANY) STRICT",
        "CREATE TABLE t(key, abort, desc_, \"select\", replace TEXT)",
        "CREATE TABLE t(a /* ) */ INT -- , b\n, /**/ c)",
        "CREATE TABLE \"a b;c\"\"d\" (é TEXT, \"naïve ünïcode\" INT)",
        "CREATE TABLE t(a INT CHECK (a IN (1,2) AND a <> ')' ) NOT NULL NULL)",
        "CREATE TABLE t(a INT ON_ NOT NULL ON CONFLICT IGNORE)",
        "CREATE TABLE t(a hidden generated, b)",
    ] {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let (name, stored): (String, String) = connection
            .query_row("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        let edited = edit(&stored, &[]).unwrap_or_else(|error| panic!("{error}: {stored}"));
        assert_eq!(edited.sql, stored);
        let columns: i64 = connection
            .query_row(
                "SELECT count(*) FROM pragma_table_xinfo(?1)",
                [&name],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(
            edited.columns.len(),
            usize::try_from(columns).unwrap(),
            "{stored}"
        );
    }
}
