//! Runs each operation on a real database, inspects and compares the result, and checks that unsupported operations are
//! refused with a workaround.

mod vocabulary;

use rusqlite::Connection;

use crate::error::OpError;
use crate::v1::*;
use migrate_schema::operation::Operation;
use migrate_schema::schema::Order;

fn on(sql: &str, work: impl FnOnce(&mut Op<'_, Sqlite>) -> Result<()>) -> (Connection, Result<()>) {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    let result = work(&mut Op::new(&connection));
    (connection, result)
}

fn schema_after(sql: &str, work: impl FnOnce(&mut Op<'_, Sqlite>) -> Result<()>) -> Schema {
    let (connection, result) = on(sql, work);
    result.unwrap();
    Op::<Sqlite>::new(&connection).schema().unwrap()
}

/// Returns the error and help of a refused operation, and checks that it changed nothing.
fn refused(sql: &str, work: impl FnOnce(&mut Op<'_, Sqlite>) -> Result<()>) -> (String, String) {
    let before = schema_after(sql, |_| Ok(()));
    let (connection, result) = on(sql, work);
    let after = Op::<Sqlite>::new(&connection).schema().unwrap();
    assert_eq!(before.differences(&after), Vec::<String>::new());
    let error = result.unwrap_err();
    match error.inner().downcast_ref::<OpError>() {
        Some(OpError::Unsupported { help, .. } | OpError::Invalid { help, .. }) => {
            (error.to_string(), help.clone())
        }
        other => panic!("another error: {other:?}"),
    }
}

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INTEGER);
    INSERT INTO users (email, age) VALUES ('a@b', 3);";

#[test]
fn a_table_is_found_again_as_it_was_built() {
    let mut expected = Table::new("order");
    let build = |t: &mut Table| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("user id", Integer).not_null());
        t.column(
            Column::new("code", Varchar(3))
                .collate("NOCASE")
                .not_null()
                .default("it's"),
        );
        t.column(Column::new("price", Numeric(10, 2)).not_null().default(1));
        t.column(Column::new("made", DateTime).default(Expr::new("CURRENT_TIMESTAMP")));
        t.column(Column::new("twice", Integer).generated_virtual("id * 2"));
        t.primary_key(PrimaryKey::new(["id", "code"]).named("pk_order"));
        t.unique(["code", "made"]);
        t.unique(Unique::new("price").named("uq_price"));
        t.foreign_key(
            "user id",
            ForeignKey::to("users", "id")
                .on_delete(Cascade)
                .on_update(SetNull)
                .named("fk_user"),
        );
        t.check(Check::new("price > 0").named("ck_price"));
        t.options("WITHOUT ROWID");
    };
    build(&mut expected);
    let schema = schema_after(USERS, |op| op.create_table("order", build));
    assert_eq!(schema.table("order"), Some(&expected));
}

#[test]
fn a_numbered_key_keeps_its_sequence() {
    let schema = schema_after("", |op| {
        op.create_table("t", |t| {
            t.column(Column::new("id", Integer).primary_key().autoincrement())
        })
    });
    let table = schema.table("t").unwrap();
    assert!(table.columns[0].autoincrement);
    assert_eq!(table.primary_key.as_ref().unwrap().columns, ["id"]);
}

#[test]
fn conditional_operations_do_nothing_if_nothing_is_to_do() {
    let schema = schema_after(USERS, |op| {
        op.create_table_if_not_exists("users", |t| t.column(Column::new("other", Text)))?;
        op.create_table_if_not_exists("new", |t| t.column(Column::new("id", Integer)))?;
        op.drop_table_if_exists("missing")?;
        op.rename_table_if_exists("missing", "other")?;
        op.add_column_if_not_exists("users", Column::new("EMAIL", Text))?;
        op.add_column_if_not_exists("users", Column::new("locale", Text))?;
        op.drop_column_if_exists("users", "missing")?;
        op.create_index_if_not_exists(Index::new("ix", "users", "age"))?;
        op.create_index_if_not_exists(Index::new("ix", "users", "email"))?;
        op.drop_index_if_exists("users", "missing")
    });
    let columns: Vec<&str> = schema
        .table("users")
        .unwrap()
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(columns, ["id", "email", "age", "locale"]);
    assert!(schema.table("new").is_some());
    assert_eq!(schema.indexes, [Index::new("ix", "users", "age")]);
    assert!(
        schema_after(USERS, |op| op.drop_table_if_exists("users"))
            .tables
            .is_empty()
    );
}

#[test]
fn tables_and_columns_are_renamed_and_dropped() {
    let schema = schema_after(USERS, |op| {
        op.rename_table("users", "people")?;
        op.alter_table("people", |t| {
            t.rename_column("email", "mail");
            t.drop_column("age");
        })
    });
    let columns: Vec<&str> = schema
        .table("people")
        .unwrap()
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(columns, ["id", "mail"]);
}

#[test]
fn an_index_is_found_again_as_it_was_built() {
    let index = Index::new(
        "ix_rich",
        "users",
        [
            IndexPart::column("email").collate("NOCASE").desc(),
            IndexPart::expression("lower(email)"),
            IndexPart::column("age"),
        ],
    )
    .unique()
    .predicate("age > 3");
    let schema = schema_after(USERS, |op| op.create_index(index.clone()));
    assert_eq!(schema.indexes, std::slice::from_ref(&index));
    assert_eq!(schema.indexes[0].parts[0].order, Order::Descending);
    assert!(
        schema_after(USERS, |op| {
            op.create_index(index)?;
            op.drop_index("users", "ix_rich")
        })
        .indexes
        .is_empty()
    );
}

#[test]
fn an_index_over_a_missing_column_is_not_an_index_over_a_string() {
    for name in ["agee", "no such column", "order"] {
        let (_, result) = on(USERS, |op| op.create_index(Index::new("ix", "users", name)));
        assert!(
            result.unwrap_err().to_string().contains("no such column"),
            "{name}"
        );
    }
}

#[test]
fn each_operation_and_its_reverse_leave_the_schema_as_it_was() {
    let mut table = Table::new("t");
    table.column(Column::new("id", Integer).primary_key());
    let operations = [
        Operation::CreateTable(migrate_schema::operation::CreateTable::new(table)),
        Operation::RenameTable(migrate_schema::operation::RenameTable::new(
            "users", "people",
        )),
        Operation::AddColumn(migrate_schema::operation::AddColumn::new(
            "users",
            Column::new("n", Text).not_null().default("x"),
        )),
        Operation::RenameColumn(migrate_schema::operation::RenameColumn::new(
            "users", "age", "years",
        )),
        Operation::CreateIndex(migrate_schema::operation::CreateIndex::new(Index::new(
            "ix",
            "users",
            ["age", "email"],
        ))),
    ];
    for operation in operations {
        there_and_back(USERS, &operation);
    }
}

/// Runs an operation and its reverse, and returns the schema in between.
fn there_and_back(sql: &str, operation: &Operation) -> Schema {
    let before = schema_after(sql, |_| Ok(()));
    let reverse = operation.clone().reverse().expect("a reverse");
    let changed = schema_after(sql, |op| op.run(operation.clone()));
    assert!(!before.differences(&changed).is_empty(), "{operation:?}");
    let after = schema_after(sql, |op| {
        op.run(operation.clone())?;
        op.run(reverse)
    });
    let left = before.differences(&after);
    assert_eq!(left, Vec::<String>::new(), "{operation:?}");
    changed
}

#[test]
fn a_column_that_references_a_table_is_added_and_dropped() {
    let owner = || {
        Column::new("owner_id", Integer)
            .references(ForeignKey::to("users", "id").on_delete(Cascade))
    };
    let schema = schema_after(USERS, |op| op.add_column("users", owner()));
    let key = &schema.table("users").unwrap().foreign_keys[0];
    assert_eq!(
        (key.table.as_str(), key.on_delete),
        ("users", Some(Cascade))
    );
    let back = schema_after(USERS, |op| {
        op.add_column("users", owner())?;
        op.drop_column("users", "owner_id")
    });
    assert!(back.table("users").unwrap().foreign_keys.is_empty());
}

#[test]
fn a_dropped_table_takes_no_rows_of_others_with_it() {
    let sql = "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id) ON DELETE CASCADE);
        INSERT INTO c VALUES (1, 1), (2, NULL);";
    let (message, help) = refused(sql, |op| op.drop_table("p"));
    assert!(
        message.contains("`c.p_id` references it, and 1 of its rows"),
        "{message}"
    );
    assert!(help.contains("drop that table first"));
    schema_after(sql, |op| {
        op.drop_table("c")?;
        op.drop_table("p")
    });
}

#[test]
fn an_index_of_another_table_is_not_dropped() {
    let sql = "CREATE TABLE a (x); CREATE TABLE b (x); CREATE INDEX ix ON a (x);";
    assert!(
        refused(sql, |op| op.drop_index("b", "ix"))
            .0
            .contains("belongs to `a`")
    );
}

#[test]
fn several_statements_run_and_each_is_counted() {
    let (connection, result) = on(USERS, |op| {
        op.execute("UPDATE users SET age = 4; -- a comment; with a semicolon\nUPDATE users SET email = 'x;y';")?;
        op.execute("CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT 1; SELECT 2; END; SELECT * FROM users")
    });
    result.unwrap();
    let email: String = connection
        .query_row("SELECT email FROM users", [], |row| row.get(0))
        .unwrap();
    assert_eq!(email, "x;y");
    let (_, result) = on(USERS, |op| {
        op.execute("UPDATE users SET age = 4; UPDATE nope SET x = 1; SELECT 1")
    });
    let error = result.unwrap_err();
    let found = error.inner().downcast_ref::<OpError>();
    assert!(
        matches!(found, Some(OpError::Statement { number: 2, sql, .. }) if sql.contains("UPDATE nope")),
        "{found:?}"
    );
}

#[test]
fn only_one_statement_may_have_parameters() {
    let (_, result) = on(USERS, |op| {
        assert_eq!(
            op.execute_with("UPDATE users SET age = ?1", &params![7])?,
            1
        );
        assert_eq!(
            op.query("SELECT age, email FROM users", &[])?,
            [vec![Value::Integer(7), Value::from("a@b")]]
        );
        assert_eq!(
            op.execute_with("UPDATE users SET age = 1 RETURNING id", &[])?,
            1
        );
        op.execute_with("UPDATE users SET age = ?1; DELETE FROM users", &params![7])
            .map(|_| ())
    });
    assert!(
        result
            .unwrap_err()
            .to_string()
            .contains("more than one statement")
    );
    for sql in ["", "-- nothing", " ; "] {
        let (_, result) = on(USERS, |op| op.execute(sql));
        assert!(
            result.unwrap_err().to_string().contains("no statement"),
            "{sql}"
        );
    }
    let (_, result) = on(USERS, |op| op.execute_with("SELECT ?1", &[]).map(|_| ()));
    assert!(result.unwrap_err().to_string().contains("parameters"));
}

#[test]
fn inspection_ignores_case_as_the_database_does() {
    let (_, result) = on(USERS, |op| {
        assert!(op.has_table("USERS")? && !op.has_table("nope")?);
        assert!(
            op.has_column("users", "Email")?
                && !op.has_column("users", "nope")?
                && !op.has_column("nope", "x")?
        );
        assert_eq!(op.tables()?, ["users"]);
        assert_eq!(op.columns("users")?.len(), 3);
        assert!(op.columns("nope")?.is_empty());
        Ok(())
    });
    result.unwrap();
}
