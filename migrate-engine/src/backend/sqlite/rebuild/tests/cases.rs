//! Each kind of alteration on the household: everything that is not requested to change is the same afterwards, to the
//! byte.

use rusqlite::types::Value;

use super::super::alteration::{Alteration, Change, ConstraintSelector, Edit, Position};
use super::super::table::OptionKind;
use super::super::{Native, alter};
use super::household::{PEOPLE, Picture, assert_whole, household, one, rebuild, rows};

/// An alteration, the table, and the change of the table's text.
struct Case {
    name: &'static str,
    table: &'static str,
    edits: Vec<Edit>,
    /// Parts of the text, and their replacements.
    text: &'static [(&'static str, &'static str)],
    /// Columns whose values are compared, before and after.
    same: (&'static str, &'static str),
}

fn change(column: &str, change: Change) -> Edit {
    Edit::AlterColumn {
        column: column.to_owned(),
        change,
    }
}

fn set_type(sql: &str, using: Option<&str>) -> Change {
    Change::Type {
        sql: sql.to_owned(),
        using: using.map(str::to_owned),
    }
}

fn add(definition: &str, position: Position, fill: Option<&str>) -> Edit {
    Edit::AddColumn {
        definition: definition.to_owned(),
        position,
        fill: fill.map(str::to_owned),
    }
}

fn constraint(definition: &str) -> Edit {
    Edit::AddConstraint {
        definition: definition.to_owned(),
    }
}

fn no_constraint(selector: ConstraintSelector) -> Edit {
    Edit::DropConstraint(selector)
}

const ALL: (&str, &str) = ("rowid, *", "rowid, *");

fn cases() -> Vec<Case> {
    let case = |name, table, edits, text, same| Case {
        name,
        table,
        edits,
        text,
        same,
    };
    vec![
        case(
            "type",
            PEOPLE,
            vec![change("age", set_type("BIGINT", None))],
            &[("age INT ", "age BIGINT ")],
            ALL,
        ),
        case(
            "type of a column without one",
            PEOPLE,
            vec![change(
                "plain",
                set_type("TEXT", Some("CAST(plain AS TEXT)")),
            )],
            &[("plain,", "plain TEXT,")],
            ("rowid, id, loud, shout", "rowid, id, loud, shout"),
        ),
        case(
            "not null",
            PEOPLE,
            vec![
                change(
                    "plain",
                    Change::SetNotNull {
                        fill: Some("'none'".into()),
                    },
                ),
                change("plain", Change::SetDefault("'p'".into())),
            ],
            &[("plain,", "plain DEFAULT 'p' NOT NULL,")],
            ("rowid, id", "rowid, id"),
        ),
        case(
            "null",
            PEOPLE,
            vec![change("select", Change::DropNotNull)],
            &[("NOCASE NOT NULL", "NOCASE")],
            ALL,
        ),
        case(
            "default",
            PEOPLE,
            vec![change("select", Change::SetDefault("'it''s'".into()))],
            &[("DEFAULT \"some;one\"", "DEFAULT 'it''s'")],
            ALL,
        ),
        case(
            "expression default",
            PEOPLE,
            vec![change("age", Change::SetDefault("(abs(-3))".into()))],
            &[("age INT ", "age INT DEFAULT (abs(-3)) ")],
            ALL,
        ),
        case(
            "no default",
            PEOPLE,
            vec![change("quoted name", Change::DropDefault)],
            &[(" DEFAULT ('x' || ';')", "")],
            ALL,
        ),
        case(
            "collation",
            PEOPLE,
            vec![change("email", Change::SetCollation("NOCASE".into()))],
            &[("email TEXT", "email TEXT COLLATE NOCASE")],
            ALL,
        ),
        case(
            "no collation",
            PEOPLE,
            vec![change("select", Change::DropCollation)],
            &[("  COLLATE NOCASE", "")],
            ALL,
        ),
        case(
            "drop column",
            PEOPLE,
            vec![Edit::DropColumn {
                column: "quoted name".into(),
            }],
            &[(
                "    'quoted name' TEXT DEFAULT ('x' || ';'), -- an expression\n",
                "",
            )],
            (
                "rowid, id, \"select\", loud, plain",
                "rowid, id, \"select\", loud, plain",
            ),
        ),
        case(
            "drop column with its foreign key",
            PEOPLE,
            vec![Edit::DropColumn {
                column: "boss".into(),
            }],
            &[(
                "    boss INTEGER REFERENCES \"peo\"\"ple; DROP TABLE x--é\"(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,\n",
                "",
            )],
            ("rowid, id, team", "rowid, id, team"),
        ),
        case(
            "add column last",
            PEOPLE,
            vec![add(
                "new INT NOT NULL DEFAULT (7 * 6) -- x",
                Position::Last,
                None,
            )],
            &[(
                "DEFAULT -1.5,\n",
                "DEFAULT -1.5,\n    new INT NOT NULL DEFAULT (7 * 6),\n",
            )],
            ("id, loud, plain, 42", "id, loud, plain, new"),
        ),
        case(
            "add column first, filled",
            PEOPLE,
            vec![add(
                "new TEXT NOT NULL DEFAULT ''",
                Position::First,
                Some("\"select\" || id"),
            )],
            &[(
                "    id INTEGER PRIMARY",
                "    new TEXT NOT NULL DEFAULT '',\n    id INTEGER PRIMARY",
            )],
            ("id, \"select\" || id", "id, new"),
        ),
        case(
            "add stored column",
            PEOPLE,
            vec![add(
                "new TEXT AS (age + 1) STORED",
                Position::After("age".into()),
                None,
            )],
            &[(
                "(age >= 0),\n",
                "(age >= 0),\n    new TEXT AS (age + 1) STORED,\n",
            )],
            ("id, CAST(age + 1 AS TEXT)", "id, new"),
        ),
        case(
            "add reference",
            PEOPLE,
            vec![add(
                "new INT DEFAULT 2 REFERENCES [teams of](id)",
                Position::Last,
                None,
            )],
            &[(
                "DEFAULT -1.5,\n",
                "DEFAULT -1.5,\n    new INT DEFAULT 2 REFERENCES [teams of](id),\n",
            )],
            ("id, 2", "id, new"),
        ),
        case(
            "add unique",
            PEOPLE,
            vec![constraint("CONSTRAINT \"u;2\" UNIQUE (email, age)")],
            &[(
                " ON CONFLICT ABORT\n",
                " ON CONFLICT ABORT,\n    CONSTRAINT \"u;2\" UNIQUE (email, age)\n",
            )],
            ALL,
        ),
        case(
            "add check",
            PEOPLE,
            vec![constraint("CHECK (id > 0)")],
            &[(
                " ON CONFLICT ABORT\n",
                " ON CONFLICT ABORT,\n    CHECK (id > 0)\n",
            )],
            ALL,
        ),
        case(
            "add foreign key",
            "notes",
            vec![constraint(
                "CONSTRAINT fk FOREIGN KEY (about) REFERENCES \"peo\"\"ple; DROP TABLE x--é\" (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
            )],
            &[(
                "RTRIM)",
                "RTRIM, CONSTRAINT fk FOREIGN KEY (about) REFERENCES \"peo\"\"ple; DROP TABLE x--é\" (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED)",
            )],
            ALL,
        ),
        case(
            "drop named check",
            PEOPLE,
            vec![no_constraint(ConstraintSelector::Named(
                "named check".into(),
            ))],
            &[(
                "    CONSTRAINT \"named check\" CHECK (age IS NULL OR age < 200),\n",
                "",
            )],
            ALL,
        ),
        case(
            "drop unnamed check",
            PEOPLE,
            vec![no_constraint(ConstraintSelector::Check(
                "length( email )>2".into(),
            ))],
            &[("    CHECK (length(email) > 2)   ,\n", "")],
            ALL,
        ),
        case(
            "drop unique",
            PEOPLE,
            vec![no_constraint(ConstraintSelector::Unique(vec![
                "team".into(),
                "select".into(),
            ]))],
            &[(
                "   ,\n    UNIQUE (team, \"select\" COLLATE BINARY DESC) ON CONFLICT ABORT\n",
                "   \n",
            )],
            ALL,
        ),
        case(
            "drop inline unique",
            PEOPLE,
            vec![no_constraint(ConstraintSelector::Named("uq email".into()))],
            &[(" CONSTRAINT \"uq email\" UNIQUE ON CONFLICT REPLACE", "")],
            ALL,
        ),
        case(
            "drop foreign key",
            PEOPLE,
            vec![no_constraint(ConstraintSelector::Named("fk_team".into()))],
            &[(
                " CONSTRAINT fk_team REFERENCES [teams of] (id) ON DELETE RESTRICT ON UPDATE CASCADE",
                "",
            )],
            ALL,
        ),
        case(
            "replace foreign key",
            PEOPLE,
            vec![
                no_constraint(ConstraintSelector::Named("fk_team".into())),
                constraint(
                    "CONSTRAINT fk_team FOREIGN KEY (team) REFERENCES [teams of] (id) ON DELETE CASCADE",
                ),
            ],
            &[
                (
                    " CONSTRAINT fk_team REFERENCES [teams of] (id) ON DELETE RESTRICT ON UPDATE CASCADE",
                    "",
                ),
                (
                    " ON CONFLICT ABORT\n",
                    " ON CONFLICT ABORT,\n    CONSTRAINT fk_team FOREIGN KEY (team) REFERENCES [teams of] (id) ON DELETE CASCADE\n",
                ),
            ],
            ALL,
        ),
        case(
            "add primary key",
            "notes",
            vec![
                add("id INTEGER NOT NULL", Position::First, Some("notes.rowid")),
                constraint("PRIMARY KEY (id)"),
            ],
            &[
                ("(about", "(id INTEGER NOT NULL, about"),
                ("RTRIM)", "RTRIM, PRIMARY KEY (id))"),
            ],
            ("rowid, about, body", "rowid, about, body"),
        ),
        case(
            "without rowid and strict",
            "notes",
            vec![
                add("id INTEGER NOT NULL", Position::First, Some("rowid")),
                constraint("PRIMARY KEY (id)"),
                change("about", set_type("INT", None)),
                Edit::SetOption(OptionKind::WithoutRowid),
                Edit::SetOption(OptionKind::Strict),
            ],
            &[
                ("(about", "(id INTEGER NOT NULL, about INT"),
                ("RTRIM)", "RTRIM, PRIMARY KEY (id)) WITHOUT ROWID, STRICT"),
            ],
            ("rowid, about, body", "id, about, body"),
        ),
        case(
            "no longer strict, without rowid kept",
            "prefs",
            vec![
                change("value", set_type("", None)),
                Edit::DropOption(OptionKind::Strict),
            ],
            &[("value ANY", "value"), (" STRICT, WITHOUT", " WITHOUT")],
            ("*", "*"),
        ),
        case(
            "with rowid again",
            "prefs",
            vec![Edit::DropOption(OptionKind::WithoutRowid)],
            &[(" STRICT, WITHOUT ROWID", " STRICT")],
            ("*", "*"),
        ),
        case(
            "primary key replaced",
            "prefs",
            vec![
                no_constraint(ConstraintSelector::PrimaryKey),
                constraint("PRIMARY KEY (key, person)"),
            ],
            &[
                (
                    "PRIMARY KEY (person, key DESC)",
                    "PRIMARY KEY (key, person)",
                ),
                ("value ANY,", "value ANY,"),
            ],
            ("*", "*"),
        ),
        case(
            "parent of restrict",
            "teams of",
            vec![change("order", Change::SetDefault("0".into()))],
            &[("DEFAULT \"none\"", "DEFAULT 0")],
            ALL,
        ),
        case(
            "implicit rowids",
            "notes",
            vec![change("body", set_type("VARCHAR(9)", None))],
            &[("body TEXT", "body VARCHAR(9)")],
            ALL,
        ),
        case(
            "several at once",
            PEOPLE,
            vec![
                change("age", set_type("NUMERIC", None)),
                change("email", Change::SetDefault("NULL".into())),
                Edit::DropColumn {
                    column: "plain".into(),
                },
                no_constraint(ConstraintSelector::Named("named check".into())),
                add("new", Position::After("id".into()), Some("id * 2")),
                constraint("CONSTRAINT n CHECK (new > 0)"),
            ],
            &[
                ("age INT ", "age NUMERIC "),
                ("email TEXT ", "email TEXT DEFAULT NULL "),
                ("    plain,\n", ""),
                (
                    "    CONSTRAINT \"named check\" CHECK (age IS NULL OR age < 200),\n",
                    "",
                ),
                ("-- the key\n", "-- the key\n    new,\n"),
                (
                    " ON CONFLICT ABORT\n",
                    " ON CONFLICT ABORT,\n    CONSTRAINT n CHECK (new > 0)\n",
                ),
            ],
            (
                "rowid, id, id * 2, email, age",
                "rowid, id, new, email, age",
            ),
        ),
    ]
}

#[test]
fn only_the_requested_parts_change() {
    for case in cases() {
        let connection = household();
        // Another test covers objects that use a dropped column.
        let naming: &[&str] = match case.name {
            "several at once" => &["DROP TRIGGER tr_naming"],
            _ => &[],
        };
        for sql in naming {
            connection.execute_batch(sql).unwrap();
        }
        let query = |columns: &str| {
            format!(
                "SELECT {columns} FROM \"{}\"",
                case.table.replace('"', "\"\"")
            )
        };
        let values = rows(&connection, &query(case.same.0));
        let (before, text, old_rows) = Picture::of(&connection).without(case.table);
        connection
            .execute_batch("BEGIN; SAVEPOINT revision")
            .unwrap();
        let done = rebuild(&connection, case.table, &case.edits)
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!((done.rebuilds, done.native), (1, 0), "{}", case.name);
        connection
            .execute_batch("RELEASE revision; COMMIT")
            .unwrap();
        let (after, new_text, new_rows) = Picture::of(&connection).without(case.table);
        assert_eq!(after, before, "{}", case.name);
        let expected = case.text.iter().fold(text, |text, (part, by)| {
            assert_eq!(text.matches(part).count(), 1, "{}: {part}", case.name);
            text.replace(part, by)
        });
        if case.name == "primary key replaced" {
            assert!(
                new_text.contains("PRIMARY KEY (key, person)") && !new_text.contains("DESC"),
                "{new_text}"
            );
        } else {
            assert_eq!(new_text, expected, "{}", case.name);
        }
        assert_eq!(new_rows.len(), old_rows.len(), "{}", case.name);
        assert_eq!(
            sorted(rows(&connection, &query(case.same.1))),
            sorted(values),
            "{}",
            case.name
        );
        assert_whole(&connection);
        assert_alive(&connection, case.name);
    }
}

fn sorted(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

/// Checks that triggers fire, views return rows, foreign keys act, and the counter of AUTOINCREMENT is kept.
fn assert_alive(connection: &rusqlite::Connection, case: &str) {
    connection
        .execute_batch("DROP TRIGGER tr_broken; SAVEPOINT alive")
        .unwrap();
    let log = || one::<i64>(connection, "SELECT count(*) FROM log");
    connection
        .execute_batch("INSERT INTO \"v;1\" (s) VALUES ('zed')")
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(
        one::<i64>(
            connection,
            &format!("SELECT max(id) FROM \"{}\"", PEOPLE.replace('"', "\"\""))
        ),
        41,
        "{case}"
    );
    assert_eq!(log(), 1, "{case}: temp trigger");
    let id = "\"peo\"\"ple; DROP TABLE x--é\"";
    connection
        .execute_batch(&format!("UPDATE {id} SET age = 6 WHERE id = 41"))
        .unwrap();
    assert_eq!(log(), 2, "{case}: trigger on update");
    assert!(
        connection
            .execute_batch(&format!("INSERT INTO {id} (age) VALUES (13)"))
            .is_err(),
        "{case}: trigger before"
    );
    assert!(
        connection
            .execute_batch(&format!("DELETE FROM {id} WHERE id = 9"))
            .is_err(),
        "{case}: restrict"
    );
    connection
        .execute_batch(&format!("DELETE FROM {id} WHERE id = 2"))
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(
        one::<i64>(connection, "SELECT count(*) FROM pets"),
        1,
        "{case}: cascade"
    );
    assert_eq!(
        one::<i64>(connection, "SELECT count(*) FROM prefs"),
        1,
        "{case}: cascade without rowid"
    );
    connection
        .execute_batch("ROLLBACK TO alive; RELEASE alive")
        .unwrap();
}

#[test]
fn renames_are_sqlites_own_and_several_edits_are_one_rebuild() {
    let connection = household();
    // SQLite renames nothing while a view is invalid.
    connection
        .execute_batch("DROP VIEW broken; DROP TRIGGER tr_broken")
        .unwrap();
    let edits = [
        Alteration::Edit(change("age", Change::SetDefault("1".into()))),
        Alteration::RenameColumn {
            from: "email".into(),
            to: "e mail".into(),
        },
        Alteration::Edit(constraint("CHECK (\"e mail\" <> '')")),
        Alteration::Edit(change("e mail", set_type("VARCHAR(9)", None))),
    ];
    let mut seen = Vec::new();
    let done = alter(
        &connection,
        PEOPLE,
        &edits,
        Native::WhereExact,
        &mut |progress| seen.push((progress.copied, progress.total)),
    );
    let done = done.unwrap();
    assert_eq!((done.native, done.rebuilds), (1, 1));
    assert_eq!(seen, [(3, 3)]);
    assert_eq!(
        one::<i64>(
            &connection,
            "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%\"e mail\"%'"
        ),
        3
    );
    assert_whole(&connection);
}

#[test]
fn changes_that_sqlite_supports_are_native() {
    let connection = household();
    let add = Alteration::Edit(constraint("CONSTRAINT positive CHECK (id > 0)"));
    let done = alter(&connection, PEOPLE, &[add], Native::WhereExact, &mut |_| {}).unwrap();
    let exact = rusqlite::version_number() >= 3_053_000;
    assert_eq!(
        (done.native, done.rebuilds),
        if exact { (1, 0) } else { (0, 1) }
    );
    // SQLite refuses a column that a view uses, and then the rebuild does, with a description.
    let drop = Alteration::Edit(Edit::DropColumn {
        column: "about".into(),
    });
    let error = alter(
        &connection,
        "notes",
        &[drop],
        Native::WhereExact,
        &mut |_| {},
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("view `v3`: no such column: n.about"),
        "{error}"
    );
}

#[test]
fn nothing_to_do_does_nothing() {
    let connection = household();
    let before = Picture::of(&connection);
    let done = rebuild(
        &connection,
        PEOPLE,
        &[change("select", Change::SetNotNull { fill: None })],
    )
    .unwrap();
    assert_eq!(done.rebuilds, 0);
    assert_eq!(Picture::of(&connection), before);
}

#[test]
fn a_revision_may_rebuild_move_rows_and_rebuild_again() {
    let connection = household();
    connection
        .execute_batch("BEGIN; SAVEPOINT revision")
        .unwrap();
    rebuild(
        &connection,
        PEOPLE,
        &[add("team_name TEXT", Position::Last, None)],
    )
    .unwrap();
    let id = "\"peo\"\"ple; DROP TABLE x--é\"";
    connection
        .execute_batch(&format!(
            "UPDATE {id} SET team_name = (SELECT [the name] FROM [teams of] AS t WHERE t.id = team)"
        ))
        .unwrap();
    rebuild(
        &connection,
        PEOPLE,
        &[change(
            "team_name",
            Change::SetNotNull {
                fill: Some("''".into()),
            },
        )],
    )
    .unwrap();
    rebuild(
        &connection,
        "teams of",
        &[change("the name", Change::DropNotNull)],
    )
    .unwrap();
    connection
        .execute_batch("RELEASE revision; COMMIT")
        .unwrap();
    let names: Vec<Vec<Value>> = rows(
        &connection,
        &format!("SELECT team_name FROM {id} ORDER BY id"),
    );
    assert_eq!(
        names,
        [["a"], ["a"], ["b"]].map(|row| row.map(|text| Value::Text(text.into())).to_vec())
    );
    assert_whole(&connection);
}

#[test]
fn a_table_that_checks_itself_by_name_is_rebuilt_with_its_own_rowids() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (a INT CHECK (t.a > 0), b, CHECK (\"T\".b < 9)); CREATE INDEX i ON t (a) WHERE t.b > 1;
             INSERT INTO t (rowid, a, b) VALUES (5, 1, 2), (9, 2, 3);
             CREATE TABLE w (a INT CHECK (w.a > 0), b TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO w VALUES (1, 'x');",
        )
        .unwrap();
    rebuild(
        &connection,
        "t",
        &[change("b", Change::SetDefault("1".into()))],
    )
    .unwrap();
    rebuild(
        &connection,
        "w",
        &[change("b", Change::SetCollation("NOCASE".into()))],
    )
    .unwrap();
    let number = Value::Integer;
    assert_eq!(
        rows(&connection, "SELECT rowid, * FROM t"),
        [
            vec![number(5), number(1), number(2)],
            vec![number(9), number(2), number(3)]
        ]
    );
    let text: String = one(
        &connection,
        "SELECT sql FROM sqlite_schema WHERE name = 't'",
    );
    assert_eq!(
        text,
        "CREATE TABLE t (a INT CHECK (t.a > 0), b DEFAULT 1, CHECK (\"T\".b < 9))"
    );
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM w"), 1);
    assert_whole(&connection);
}

#[test]
fn a_table_whose_rowid_has_no_name_left_is_rebuilt() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE TABLE t (rowid TEXT, oid, _rowid_); INSERT INTO t VALUES ('a', 2, 3); CREATE TABLE u (rowid TEXT); INSERT INTO u(oid, rowid) VALUES (7, 'x')")
        .unwrap();
    rebuild(&connection, "t", &[change("oid", set_type("INT", None))]).unwrap();
    rebuild(
        &connection,
        "u",
        &[change("rowid", Change::SetDefault("'y'".into()))],
    )
    .unwrap();
    assert_eq!(
        one::<String>(&connection, "SELECT rowid || oid || _rowid_ FROM t"),
        "a23"
    );
    assert_eq!(
        one::<String>(&connection, "SELECT oid || rowid FROM u"),
        "7x"
    );
}

#[test]
fn many_rows_are_copied_in_parts() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b); CREATE TABLE u (b);
             WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 120000)
             INSERT INTO t SELECT x * 3 - 200000, x FROM n; INSERT INTO u(rowid, b) SELECT a, b FROM t; INSERT INTO t VALUES (9223372036854775807, 0)",
        )
        .unwrap();
    let sum = |sql: &str| one::<i64>(&connection, sql);
    let (before, rowid_sum) = (
        sum("SELECT sum(a % 1000 * b) FROM t"),
        sum("SELECT sum(rowid % 1000 * b) FROM u"),
    );
    let mut seen = Vec::new();
    let edits = [Alteration::Edit(change("b", set_type("INT", None)))];
    alter(&connection, "t", &edits, Native::Never, &mut |progress| {
        seen.push(progress.copied)
    })
    .unwrap();
    assert_eq!(seen, [50_000, 100_000, 120_001]);
    assert_eq!(sum("SELECT sum(a % 1000 * b) FROM t"), before);
    rebuild(&connection, "u", &[change("b", set_type("INT", None))]).unwrap();
    assert_eq!(sum("SELECT sum(rowid % 1000 * b) FROM u"), rowid_sum);
    // The key itself is computed; the parts follow the old rowids.
    connection
        .execute_batch("DELETE FROM t WHERE a > 9000000")
        .unwrap();
    rebuild(
        &connection,
        "t",
        &[change("a", set_type("INTEGER", Some("-a")))],
    )
    .unwrap();
    assert_eq!(
        sum("SELECT count(*) FROM t WHERE a % 3 = -1 OR a % 3 = 2"),
        120_000
    );
}
