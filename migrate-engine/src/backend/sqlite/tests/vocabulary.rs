//! Views, triggers, rows, positions, options and unnamed constraints; and each feature that SQLite does not have,
//! refused before anything runs.

use rusqlite::Connection;

use super::{USERS, on, refused, schema_after, there_and_back};
use crate::v1::*;
use migrate_schema::operation::{
    AddColumn, AddConstraint, AlterColumn, ConstraintRef, CreateTable, CreateTrigger, CreateView,
    DropConstraint, Operation, Position, SetTableOptions,
};
use migrate_schema::schema;

const RICH: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, age INTEGER,
        boss INTEGER, UNIQUE (age, email), CHECK (age > 0), FOREIGN KEY (boss) REFERENCES users (id));
    INSERT INTO users (email, age) VALUES ('a@b', 3), ('c@d', NULL);";

fn alter(build: impl FnOnce(&mut AlterColumn)) -> Operation {
    let (connection, _) = on(RICH, |_| Ok(()));
    let mut change = AlterColumn::new("users", "age");
    build(&mut change);
    let columns = Op::<Sqlite>::new(&connection).columns("users").unwrap();
    let from = columns.into_iter().find(|column| column.name == "age");
    change.from(from.unwrap());
    Operation::AlterColumn(change)
}

#[test]
fn a_view_and_its_column_names_are_created_and_dropped() {
    let view =
        View::new("adults", "SELECT id , email FROM users WHERE age > 17").columns(["a", "b c"]);
    let created = Operation::CreateView(CreateView::new(view.clone()));
    assert_eq!(there_and_back(USERS, &created).views, [view]);
}

#[test]
fn a_trigger_is_created_and_dropped() {
    let sql = "CREATE TRIGGER older AFTER INSERT ON users BEGIN UPDATE users SET age = 1 ; END";
    let trigger = Trigger::new("older", "users", sql);
    let created = Operation::CreateTrigger(CreateTrigger::new(trigger.clone()));
    assert_eq!(there_and_back(USERS, &created).triggers, [trigger]);
}

#[test]
fn a_column_is_added_at_its_position_and_filled() {
    let mut operation = AddColumn::new("users", schema::Column::new("greeting", Text).not_null());
    operation.position = Position::After("id".into());
    operation.fill = Some("'Hello ' || email".into());
    let operation = Operation::AddColumn(operation);
    let schema = there_and_back(USERS, &operation);
    let names: Vec<&str> = schema.tables[0]
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["id", "greeting", "email", "age"]);
    let (connection, result) = on(USERS, |op| {
        op.alter_table("users", |t| {
            t.add_column(Column::new("zero", Integer).first());
            t.add_column(
                Column::new("twice", Integer)
                    .not_null()
                    .fill("age * 2")
                    .after("age"),
            );
            t.add_column(Column::new("late", Text).default("x").fill("upper(email)"));
        })
    });
    result.unwrap();
    let row: (Option<i64>, i64, i64, String) = connection
        .query_row("SELECT zero, age, twice, late FROM users", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    assert_eq!(row, (None, 3, 6, "A@B".into()));
}

#[test]
fn a_column_that_refuses_null_is_added_to_a_table_without_rows() {
    let empty = "CREATE TABLE users (id INTEGER PRIMARY KEY);";
    let locale = || Column::new("locale", Text).not_null().assume_empty_table();
    let schema = schema_after(empty, |op| op.add_column("users", locale()));
    assert!(schema.tables[0].columns[1].not_null);
    let (message, help) = refused(USERS, |op| op.add_column("users", locale()));
    assert!(message.contains("`users` has rows"), "{message}");
    assert!(help.contains("fill"), "{help}");
}

#[test]
fn each_change_of_a_column_is_reversed() {
    let operations = [
        alter(|c| c.set_type(Text)),
        alter(|c| c.not_null_with_fill("7")),
        alter(|c| c.default(18)),
        alter(|c| c.collate("NOCASE")),
        alter(|c| {
            c.set_type(Varchar(9));
            c.not_null_with_fill("'7'");
            c.default("y");
            c.collate("RTRIM");
        }),
    ];
    for operation in &operations {
        there_and_back(RICH, operation);
    }
    let unknown = Operation::AlterColumn(AlterColumn {
        not_null: Some(true),
        ..AlterColumn::new("users", "age")
    });
    assert_eq!(unknown.reverse(), None);
}

#[test]
fn a_constraint_without_a_name_is_dropped_by_what_it_is_over() {
    let plain = RICH.replace(" UNIQUE,", ",");
    let schema = schema_after(&plain, |_| Ok(()));
    for constraint in migrate_schema::ddl::constraints(schema.table("users").unwrap()) {
        if matches!(constraint.definition_ref(), ConstraintRef::PrimaryKey) {
            continue;
        }
        let mut drop = DropConstraint::of("users", constraint.definition_ref());
        drop.constraint = Some(constraint);
        there_and_back(&plain, &Operation::DropConstraint(drop));
    }
    let schema = schema_after(RICH, |op| {
        op.alter_table("users", |t| {
            t.drop_unique("email");
            t.drop_unique(["AGE", "email"]);
            t.drop_check("age>0");
            t.drop_foreign_key("boss");
        })
    });
    let table = schema.table("users").unwrap();
    assert!(table.uniques.is_empty() && table.checks.is_empty() && table.foreign_keys.is_empty());
    let (message, _) = refused(RICH, |op| op.alter_table("users", |t| t.drop_unique("age")));
    assert!(message.contains("unique constraint over age"), "{message}");
}

#[test]
fn constraints_are_added_if_missing_and_dropped_if_present() {
    let (connection, result) = on(RICH, |op| {
        op.alter_table("users", |t| {
            t.add_constraint_if_not_exists(Unique::new("age").named("uq"));
            t.add_constraint_if_not_exists(Unique::new("email"));
            t.drop_constraint_if_exists("nope");
        })?;
        op.alter_table("users", |t| {
            t.add_constraint_if_not_exists(Unique::new("boss").named("UQ"));
        })?;
        assert_eq!(
            op.record.skipped,
            [
                "unique constraint of `users` already exists",
                "constraint `nope` of `users` does not exist",
                "unique constraint `UQ` of `users` already exists",
            ]
        );
        op.alter_table("users", |t| t.drop_constraint_if_exists("uq"))
    });
    result.unwrap();
    let schema = Op::<Sqlite>::new(&connection).schema().unwrap();
    assert_eq!(schema.table("users").unwrap().uniques.len(), 2);
    let named = AddConstraint::new("users", Unique::new("boss").named("uq").into());
    there_and_back(RICH, &Operation::AddConstraint(named));
}

#[test]
fn options_of_a_table_are_set_and_removed() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x');";
    for options in ["STRICT", "WITHOUT ROWID", "WITHOUT ROWID, STRICT"] {
        let mut set = SetTableOptions::new("t", Some(options.to_owned()));
        set.from = Some(None);
        let schema = there_and_back(sql, &Operation::SetTableOptions(set));
        assert!(schema.tables[0].options.is_some(), "{options}");
    }
    let schema = schema_after(sql, |op| {
        op.alter_table("t", |t| t.options("strict, without  rowid"))?;
        op.alter_table("t", |t| t.options("WITHOUT ROWID"))
    });
    assert_eq!(schema.tables[0].options.as_deref(), Some("WITHOUT ROWID"));
    let (message, _) = refused(sql, |op| {
        op.alter_table("t", |t| t.options("ENGINE=InnoDB"))
    });
    assert!(
        message.contains("`ENGINE=InnoDB` is not a table option"),
        "{message}"
    );
}

#[test]
fn rows_are_inserted_unchanged_and_deleted_by_their_key() {
    let values = params![1, Value::Null, "it's ; -- \\ \u{e4}", 1.5, true];
    let insert = Insert::new("t", ["id", "a", "b", "c", "d"])
        .row(values.clone())
        .row(params![2, vec![0_u8, 255], "", f64::INFINITY, false])
        .row(params![3, i64::MIN, "x", -0.1, None::<bool>])
        .key("id");
    let (connection, result) = on(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d);",
        |op| {
            op.insert(insert.clone())?;
            let rows = op.query("SELECT id, a, b, c, d FROM t ORDER BY id", &[])?;
            assert_eq!(rows[0][..4], values[..4]);
            assert_eq!(rows[0][4], Value::Integer(1));
            assert_eq!(rows[1][1], Value::Blob(vec![0, 255]));
            assert_eq!(rows[1][3], Value::Real(f64::INFINITY));
            assert_eq!(rows[2][1], Value::Integer(i64::MIN));
            op.run(Operation::Insert(insert.clone()).reverse().unwrap())
        },
    );
    result.unwrap();
    let count = |connection: &Connection| -> i64 {
        connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(count(&connection), 0);
    let many = (0..2_345).fold(Insert::new("t", "id"), |rows, id| rows.row(params![id]));
    let (connection, result) = on("CREATE TABLE t (id INTEGER PRIMARY KEY)", |op| {
        op.insert(many)?;
        assert_eq!(op.record.statements, 5);
        Ok(())
    });
    result.unwrap();
    assert_eq!(count(&connection), 2_345);
}

#[test]
fn invalid_rows_are_reported_before_they_run() {
    let rows = |insert: Insert| refused(USERS, |op| op.insert(insert)).0;
    let two = || Insert::new("users", ["id", "email"]);
    assert!(rows(two().row(params![1, "a"]).row(params![2])).contains("row 2 has 1 values for 2"));
    assert!(rows(two().key("age").row(params![1, "a"])).contains("`age`"));
    assert!(rows(two().row(params![1, "a\0b"])).contains("NUL"));
    assert!(rows(Insert::new("users", Vec::<String>::new())).contains("no columns"));
}

#[test]
fn conditional_operations_report_what_they_found() {
    let (_, result) = on(USERS, |op| {
        let view = || View::new("v", "SELECT 1 AS one");
        op.create_view_if_not_exists(view())?;
        op.create_view_if_not_exists(view())?;
        op.drop_view_if_exists("nope")?;
        op.drop_trigger_if_exists("users", "nope")?;
        op.create_table_if_not_exists("users", |t| t.column(Column::new("other", Text)))?;
        op.drop_column_if_exists("users", "nope")?;
        assert_eq!(
            op.record.skipped,
            [
                "view `v` already exists",
                "view `nope` does not exist",
                "trigger `nope` does not exist",
                "table `users` already exists",
                "column `users.nope` does not exist",
            ]
        );
        Ok(())
    });
    result.unwrap();
}

#[test]
fn an_identity_key_keeps_its_name() {
    let build = |t: &mut Table| {
        t.column(schema::Column {
            autoincrement: true,
            ..schema::Column::new("id", Integer)
        });
        t.primary_key(PrimaryKey::new("id").named("pk_t"));
    };
    let mut expected = Table::new("t");
    build(&mut expected);
    let schema = there_and_back(
        "",
        &Operation::CreateTable(CreateTable::new(expected.clone())),
    );
    assert_eq!(schema.table("t"), Some(&expected));
}

#[test]
fn operations_unsupported_by_sqlite_are_refused_with_a_workaround() {
    let users = |build: fn(&mut AlterTable)| refused(USERS, |op| op.alter_table("users", build));
    let table = |build: fn(&mut Table)| refused(USERS, |op| op.create_table("t", build));
    let index = |build: fn(Index) -> Index| {
        refused(USERS, |op| {
            op.create_index(build(Index::new("ix", "users", "age")))
        })
    };
    let part = |build: fn(IndexPart) -> IndexPart| {
        let index = Index::new("ix", "users", build(IndexPart::column("age")));
        refused(USERS, |op| op.create_index(index))
    };
    let cases = [
        (users(|t| t.comment("people")), "no comments"),
        (
            users(|t| t.add_column(Column::new("a", Text).comment("b"))),
            "no comments",
        ),
        (
            users(|t| t.add_column(Column::new("a", Integer).identity())),
            "integer primary key",
        ),
        (
            users(|t| t.alter_column("age", |c| c.comment("b"))),
            "no comments",
        ),
        (
            users(|t| t.alter_column("age", |c| c.identity())),
            "integer primary key",
        ),
        (
            users(|t| t.alter_column("id", |c| c.autoincrement())),
            "when a table is created",
        ),
        (
            users(|t| t.validate_constraint("c")),
            "when a constraint is added",
        ),
        (users(|t| t.rename_constraint("a", "b")), "can't rename"),
        (users(|t| t.rename_index("a", "b")), "can't rename"),
        (
            users(|t| t.add_exclude(Exclude::new("EXCLUDE (a WITH =)").named("x"))),
            "exclusion",
        ),
        (
            users(|t| t.add_unique(Unique::new("age").named("u").deferred())),
            "after each row",
        ),
        (
            users(|t| t.add_unique(Unique::new("age").named("u").nulls_not_distinct())),
            "two NULLs as distinct",
        ),
        (
            users(|t| t.add_check(Check::new("age > 0").named("c").not_valid())),
            "when a constraint is added",
        ),
        (
            users(|t| {
                t.add_foreign_key("age", ForeignKey::to("users", "id").not_valid().named("f"))
            }),
            "when a constraint is added",
        ),
        (
            table(|t| {
                t.column(Column::new("a", Text));
                t.comment("b");
            }),
            "no comments",
        ),
        (
            table(|t| {
                t.column(Column::new("a", Text));
                t.options("TABLESPACE x");
            }),
            "not a table option",
        ),
        (index(|i| i.using("gin")), "`gin`"),
        (index(|i| i.include("email")), "not part of the key"),
        (
            index(|i| i.unique().nulls_not_distinct()),
            "two NULLs as distinct",
        ),
        (index(|i| i.options("WITH (x)")), "another database"),
        (part(IndexPart::nulls_first), "sort NULL before"),
        (part(|p| p.opclass("x")), "operator classes"),
        (
            part(|p| p.prefix_length(3)),
            "only their first 3 characters",
        ),
        (
            refused(USERS, |op| {
                op.create_view(View::new("v", "SELECT 1").materialized())
            }),
            "materialized views",
        ),
        (
            refused(USERS, |op| op.create_enum(EnumType::new("mood", ["sad"]))),
            "user-defined types",
        ),
        (
            refused(USERS, |op| op.rename_enum_value("mood", "sad", "low")),
            "user-defined types",
        ),
    ];
    for ((message, help), words) in cases {
        assert!(message.contains(words), "{message} has not {words}");
        assert!(!help.is_empty());
    }
}

#[test]
fn an_index_over_a_number_keeps_a_table_to_one_row_where_it_is_unique() {
    let index = |name: &str| Index::new(name, "users", [IndexPart::expression("1")]);
    let one = index("one").unique().predicate("age IS NULL");
    let (connection, result) = on(RICH, |op| op.create_index(one));
    result.unwrap();
    let again = "INSERT INTO users (email) VALUES ('e@f')";
    assert!(connection.execute(again, []).is_err());
    let (useless, _) = refused(RICH, |op| op.create_index(index("ix")));
    assert!(useless.contains("the same value in every row"), "{useless}");
}
