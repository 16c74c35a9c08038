//! The operations that PostgreSQL has most of: each run, inspected, reversed, inspected equal to before.

use migrate_engine::backend::Backend;
use migrate_runtime::v1::*;
use migrate_schema::operation::{
    AddColumn, AddConstraint, AddEnumValue, AlterColumn, CreateEnum, CreateIndex, CreateTable,
    CreateTrigger, CreateView, DropConstraint, DropTable, EnumValuePosition, Operation,
    RenameConstraint, RenameEnumValue, RenameIndex, SetTableComment, SetTableOptions,
};
use migrate_schema::schema::{self, Deferrable, EnumType, Identity, Schema, Validity};

use crate::fixture::ServerFixture;

const FURNITURE: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE TABLE users (id SERIAL PRIMARY KEY, email VARCHAR(120) COLLATE \"C\" NOT NULL, age INTEGER, feels mood,
        UNIQUE (email, age), CHECK (age > 0));
    CREATE TABLE rooms (id INTEGER PRIMARY KEY, during INT4RANGE, owner INTEGER REFERENCES users (id));
    CREATE INDEX ix_age ON users (age);
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END; $$;
    INSERT INTO users (email, age, feels) VALUES ('a@x', 3, 'sad'), ('b@x', NULL, NULL)";

fn furnished() -> Option<ServerFixture> {
    let mut fixture = ServerFixture::new()?;
    fixture.run(|op| op.execute(FURNITURE)).unwrap();
    Some(fixture)
}

/// Runs an operation and its reverse, and returns the schema between.
fn reversed(fixture: &mut ServerFixture, operation: impl Into<Operation>) -> Schema {
    let operation = operation.into();
    let reverse = operation.clone().reverse().expect("a reverse");
    fixture.there_and_back(|op| op.run(operation), |op| op.run(reverse))
}

fn column(fixture: &mut ServerFixture, name: &str) -> schema::Column {
    let schema = fixture.schema();
    schema
        .table("users")
        .unwrap()
        .find_column(name)
        .unwrap()
        .clone()
}

fn alter(fixture: &mut ServerFixture, name: &str, build: impl FnOnce(&mut AlterColumn)) -> Schema {
    let mut change = AlterColumn::new("users", name);
    build(&mut change);
    change.from(column(fixture, name));
    reversed(fixture, Operation::AlterColumn(change))
}

#[test]
fn an_inspected_table_is_dropped_and_recreated_unchanged() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "COMMENT ON TABLE users IS 'people'; COMMENT ON COLUMN users.age IS 'in years';
                 ALTER TABLE users ADD CONSTRAINT ck_late CHECK (age < 200) NOT VALID;
                 ALTER TABLE users ADD CONSTRAINT uq_age UNIQUE NULLS NOT DISTINCT (age) DEFERRABLE;
                 ALTER TABLE users SET (fillfactor = 70);
                 DROP TABLE rooms; DROP INDEX ix_age",
            )
        })
        .unwrap();
    let table = fixture.schema().table("users").unwrap().clone();
    assert_eq!(table.comment.as_deref(), Some("people"));
    assert_eq!(table.checks[0].validity, Validity::NotValid);
    assert_eq!(table.uniques[0].deferrable, Deferrable::Immediate);
    let mut drop = DropTable::new("users");
    drop.table = Some(table);
    reversed(&mut fixture, Operation::DropTable(drop));
    fixture
        .run(|op| op.execute("INSERT INTO users (email) VALUES ('c@x')"))
        .unwrap();
}

#[test]
fn comments_are_set_changed_and_dropped() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let mut comment = SetTableComment::new("users", Some("it's people".into()));
    comment.from = Some(None);
    let after = reversed(&mut fixture, Operation::SetTableComment(comment));
    assert_eq!(
        after.table("users").unwrap().comment.as_deref(),
        Some("it's people")
    );
    let after = alter(&mut fixture, "age", |c| c.comment("a \\ b"));
    let age = after.table("users").unwrap().find_column("age").unwrap();
    assert_eq!(age.comment.as_deref(), Some("a \\ b"));
    let added = AddColumn::new("users", schema::Column::new("n", Integer).comment("new"));
    let after = reversed(&mut fixture, Operation::AddColumn(added));
    let n = after.table("users").unwrap().find_column("n").unwrap();
    assert_eq!(n.comment.as_deref(), Some("new"));
}

#[test]
fn each_change_of_a_column_is_undone() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    alter(&mut fixture, "age", |c| c.set_type(BigInt));
    alter(&mut fixture, "age", |c| c.not_null_with_fill("7"));
    alter(&mut fixture, "age", |c| c.default(18));
    alter(&mut fixture, "email", |c| c.collate("POSIX"));
    alter(&mut fixture, "email", |c| c.drop_collation());
    let after = alter(&mut fixture, "email", |c| c.set_type(Varchar(200)));
    let email = after.table("users").unwrap().find_column("email").unwrap();
    assert_eq!(
        email.collation.as_deref(),
        Some("C"),
        "it stays with another type"
    );
    let values = fixture
        .database
        .strings("SELECT age::text FROM users ORDER BY id");
    assert_eq!(values, ["3", "7"], "what was filled stays filled");
}

#[test]
fn a_new_identity_starts_after_the_existing_values() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| op.execute("CREATE TABLE n (id INTEGER NOT NULL); INSERT INTO n VALUES (41)"))
        .unwrap();
    let mut change = AlterColumn::new("n", "id");
    change.identity();
    change.from(schema::Column::new("id", Integer).not_null());
    let after = reversed(&mut fixture, Operation::AlterColumn(change.clone()));
    let id = after.table("n").unwrap().columns[0].clone();
    assert_eq!(id.identity, Some(Identity::ByDefault));
    let mut always = AlterColumn::new("n", "id");
    always.identity_always();
    fixture
        .run(|op| {
            op.run(Operation::AlterColumn(change.clone()))?;
            op.execute("INSERT INTO n DEFAULT VALUES")?;
            op.run(Operation::AlterColumn(always))
        })
        .unwrap();
    assert_eq!(
        fixture
            .database
            .strings("SELECT id::text FROM n ORDER BY id"),
        ["41", "42"]
    );
    let n = fixture.schema().table("n").unwrap().columns[0].clone();
    assert_eq!(n.identity, Some(Identity::Always));
    fixture
        .run(|op| {
            op.alter_column("users", "id", |c| {
                c.drop_default();
                c.autoincrement();
            })?;
            op.execute("INSERT INTO users (email) VALUES ('c@x')")
        })
        .unwrap();
    assert_eq!(
        fixture.database.strings("SELECT max(id)::text FROM users"),
        ["3"]
    );
    let sequences =
        "SELECT count(*)::text FROM pg_class WHERE relkind = 'S' AND relname LIKE 'users%'";
    assert_eq!(fixture.database.strings(sequences), ["1"]);
}

#[test]
fn a_column_that_refuses_null_is_filled_or_the_table_is_empty() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let mut added = AddColumn::new("users", schema::Column::new("greeting", Text).not_null());
    added.fill = Some("'Hello ' || email".into());
    reversed(&mut fixture, Operation::AddColumn(added));
    let empty = || Column::new("a", Integer).not_null().assume_empty_table();
    fixture.run(|op| op.add_column("rooms", empty())).unwrap();
    let refused = fixture
        .run(|op| op.add_column("users", empty()))
        .unwrap_err();
    assert!(refused.contains("`users` has rows"), "{refused}");
    let refused = fixture
        .run(|op| op.add_column("users", Column::new("a", Integer).first()))
        .unwrap_err();
    assert!(refused.contains("after the last one"), "{refused}");
}

#[test]
fn a_constraint_without_a_name_is_dropped_by_what_it_is_over() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let table = fixture.schema().table("users").unwrap().clone();
    let mut constraints = migrate_schema::ddl::constraints(&table);
    constraints.retain(|constraint| !constraint.title().contains("primary"));
    assert_eq!(constraints.len(), 2);
    for constraint in constraints {
        let mut drop = DropConstraint::of("users", constraint.definition_ref());
        drop.constraint = Some(constraint);
        reversed(&mut fixture, Operation::DropConstraint(drop));
    }
    fixture
        .run(|op| {
            op.alter_table("users", |t| {
                t.drop_unique(["email", "age"]);
                t.drop_check("age>0");
            })?;
            op.alter_table("rooms", |t| {
                t.drop_foreign_key("owner");
                t.drop_primary_key();
            })
        })
        .unwrap();
    let refused = fixture
        .run(|op| op.alter_table("rooms", |t| t.drop_primary_key()))
        .unwrap_err();
    assert!(
        refused.contains("`rooms` has no such constraint"),
        "{refused}"
    );
}

#[test]
fn constraints_are_deferrable_unchecked_and_exclude_each_other() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let constraints = [
        Unique::new("age").named("uq").deferred().into(),
        Unique::new("age").named("uq").nulls_not_distinct().into(),
        Check::new("age > 2").named("ck").not_valid().into(),
        Exclude::new("EXCLUDE USING gist (during WITH &&)")
            .named("ex")
            .into(),
    ];
    for constraint in constraints {
        let table = match constraint {
            migrate_schema::operation::Constraint::Exclude(_) => "rooms",
            _ => "users",
        };
        let added = AddConstraint::new(table, constraint.clone());
        let after = reversed(&mut fixture, Operation::AddConstraint(added));
        let found = migrate_schema::ddl::constraints(after.table(table).unwrap());
        assert!(found.contains(&constraint), "{found:?}");
    }
    fixture
        .run(|op| {
            op.alter_table("users", |t| {
                t.add_check(Check::new("age > 2").named("ck").not_valid());
                t.validate_constraint("ck");
                t.add_constraint_if_not_exists(Check::new("age > 2").named("ck"));
                t.drop_constraint_if_exists("nope");
            })
        })
        .unwrap();
    let checks = fixture.schema().table("users").unwrap().checks.clone();
    assert_eq!(checks[0].validity, Validity::Checked);
}

#[test]
fn indexes_are_inspected_with_all_they_are() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let indexes = [
        Index::new("ix", "users", "email").using("hash"),
        Index::new("ix", "users", "email")
            .unique()
            .include(["age", "id"]),
        Index::new("ix", "users", "age")
            .unique()
            .nulls_not_distinct(),
        Index::new(
            "ix",
            "users",
            IndexPart::column("email").opclass("varchar_pattern_ops"),
        ),
        Index::new(
            "ix",
            "users",
            [
                IndexPart::column("age").nulls_first(),
                IndexPart::column("id").desc().nulls_last(),
                IndexPart::expression("lower(email::text)").desc(),
            ],
        ),
        Index::new("ix", "users", "age")
            .options("WITH (fillfactor=70)")
            .predicate("age > 3"),
    ];
    for index in indexes {
        let created = Operation::CreateIndex(CreateIndex::new(index.clone()));
        let after = reversed(&mut fixture, created);
        assert_eq!(after.indexes[0], index);
        let mut schema = Schema::default();
        schema.indexes.push(index.clone());
        assert_eq!(<Postgres>::normalize(schema).indexes[0], index);
    }
    reversed(
        &mut fixture,
        Operation::RenameIndex(RenameIndex::new("users", "ix_age", "ix_a")),
    );
    let renamed = RenameConstraint::new("users", "users_age_check", "ck");
    reversed(&mut fixture, Operation::RenameConstraint(renamed));
}

#[test]
fn options_of_a_table_are_set_and_reset() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let mut set = SetTableOptions::new("users", Some("WITH (fillfactor=70)".into()));
    set.from = Some(None);
    let after = reversed(&mut fixture, Operation::SetTableOptions(set));
    let options = after.table("users").unwrap().options.clone();
    assert_eq!(options.as_deref(), Some("WITH (fillfactor=70)"));
    fixture
        .run(|op| {
            op.alter_table("users", |t| {
                t.options("WITH (fillfactor=70, autovacuum_enabled=off)")
            })?;
            op.alter_table("users", |t| t.options("WITH (autovacuum_enabled=off)"))
        })
        .unwrap();
    let options = fixture.schema().table("users").unwrap().options.clone();
    assert_eq!(options.as_deref(), Some("WITH (autovacuum_enabled=off)"));
    let refused = fixture
        .run(|op| op.alter_table("users", |t| t.options("PARTITION BY HASH (id)")))
        .unwrap_err();
    assert!(refused.contains("on an existing table"), "{refused}");
}

#[test]
fn views_and_triggers_are_created_and_dropped() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let views = [
        View::new("v", "SELECT id, 'a  b'::text FROM users").columns(["number", "text"]),
        View::new("v", "SELECT age FROM users").materialized(),
    ];
    for view in views {
        let after = reversed(
            &mut fixture,
            Operation::CreateView(CreateView::new(view.clone())),
        );
        assert_eq!(after.views[0].kind, view.kind);
        // And as the server reports it.
        reversed(
            &mut fixture,
            Operation::CreateView(CreateView::new(after.views[0].clone())),
        );
    }
    let sql = "CREATE TRIGGER tr AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION nothing()";
    let created = CreateTrigger::new(Trigger::new("tr", "users", sql));
    let after = reversed(&mut fixture, Operation::CreateTrigger(created));
    assert_eq!(after.triggers, [Trigger::new("tr", "users", sql)]);
    fixture
        .run(|op| {
            op.create_view_if_not_exists(View::new("w", "SELECT 1 AS one"))?;
            op.create_view_if_not_exists(View::new("w", "SELECT 1 AS one"))?;
            op.drop_view_if_exists("w")?;
            op.drop_view_if_exists("w")?;
            op.drop_trigger_if_exists("users", "tr")
        })
        .unwrap();
}

#[test]
fn enum_types_are_created_extended_and_dropped() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let created = CreateEnum::new(EnumType::new("Odd \"name\"", ["it's", "b"]));
    let after = reversed(&mut fixture, Operation::CreateEnum(created.clone()));
    assert!(after.enums.contains(&created.enum_type));
    let feels = column(&mut fixture, "feels");
    assert_eq!(
        feels.data_type,
        Type::enumeration("mood", Vec::<String>::new())
    );
    let added = AddColumn::new(
        "users",
        schema::Column::new("other", Type::enumeration("mood", ["sad", "happy"])).default("sad"),
    );
    reversed(&mut fixture, Operation::AddColumn(added));
    let renamed = RenameEnumValue::new("mood", "sad", "low");
    reversed(&mut fixture, Operation::RenameEnumValue(renamed));
    fixture
        .run(|op| {
            let mut between = AddEnumValue::new("mood", "so-so");
            between.position = EnumValuePosition::After("sad".into());
            op.run(Operation::AddEnumValue(between))?;
            op.add_enum_value_if_not_exists("mood", "happy")?;
            op.create_enum_if_not_exists(EnumType::new("mood", ["x"]))?;
            op.drop_enum_if_exists("nope")
        })
        .unwrap();
    let mood = fixture.schema().enums[0].clone();
    assert_eq!(mood.values, ["sad", "so-so", "happy"]);
}

#[test]
fn a_new_enum_value_is_used_once_it_is_committed() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let refused = fixture
        .run(|op| {
            op.add_enum_value("mood", "new")?;
            op.execute("UPDATE users SET feels = 'new'")
        })
        .unwrap_err();
    assert!(refused.contains("55P04"), "{refused}");
    fixture.run(|op| op.add_enum_value("mood", "new")).unwrap();
    fixture
        .run(|op| op.execute("UPDATE users SET feels = 'new'"))
        .unwrap();
    // A type that the same revision creates is complete immediately.
    fixture
        .run(|op| {
            op.create_enum(EnumType::new("size", ["small"]))?;
            op.add_column(
                "users",
                Column::new("size", Type::enumeration("size", ["small"]))
                    .not_null()
                    .default("small"),
            )
        })
        .unwrap();
}

#[test]
fn rows_are_inserted_unchanged_and_deleted_by_their_key() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let create = "CREATE TABLE t (id INTEGER PRIMARY KEY, a NUMERIC(10, 2), b TEXT, c DOUBLE PRECISION, d BYTEA, e BOOLEAN,
                  f TIMESTAMPTZ, g UUID, h mood)";
    let uuid = "00000000-0000-4000-8000-000000000001";
    let insert = Insert::new("t", ["id", "a", "b", "c", "d", "e", "f", "g", "h"])
        .row(params![
            1,
            "1.50",
            "it's ; \\ ?1",
            f64::NAN,
            vec![0_u8, 255],
            true,
            "2026-01-01 00:00:00+00",
            uuid,
            "sad"
        ])
        .row(params![
            2,
            7,
            "",
            f64::NEG_INFINITY,
            Value::Null,
            false,
            Value::Null,
            Value::Null,
            Value::Null
        ])
        .key("id");
    fixture
        .run(|op| {
            op.execute(create)?;
            op.insert(insert.clone())?;
            let rows = op.query(
                "SELECT a, b, c::text, d, e, f, g, h FROM t ORDER BY id",
                &[],
            )?;
            assert_eq!(
                rows[0],
                params![
                    "1.50",
                    "it's ; \\ ?1",
                    "NaN",
                    vec![0_u8, 255],
                    true,
                    "2026-01-01 00:00:00+00",
                    uuid,
                    "sad"
                ]
            );
            assert_eq!(rows[1][2], Value::from("-Infinity"));
            op.run(Operation::Insert(insert.clone()).reverse().unwrap())
        })
        .unwrap();
    assert_eq!(
        fixture.database.strings("SELECT count(*)::text FROM t"),
        ["0"]
    );
}

#[test]
fn portable_types_that_postgresql_lacks_are_wide_enough() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let mut table = Table::new("wide");
    for (name, kind) in [
        ("a", TinyInt),
        ("b", UnsignedTinyInt),
        ("c", UnsignedSmallInt),
        ("d", UnsignedInteger),
        ("e", UnsignedBigInt),
        ("f", TimestampTz),
        ("g", Uuid),
    ] {
        table.column(Column::new(name, kind));
    }
    let after = reversed(
        &mut fixture,
        Operation::CreateTable(CreateTable::new(table.clone())),
    );
    let mut schema = Schema::default();
    schema.tables.push(table);
    assert_eq!(
        after.table("wide"),
        <Postgres>::normalize(schema).table("wide")
    );
}

#[test]
fn one_parameter_can_have_two_types() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| {
            let sql = "INSERT INTO users (email, age) VALUES (?1, ?2), ('x' || ?2, ?2)";
            op.execute_with(
                "INSERT INTO users (age, email) VALUES (?1, ?1)",
                &params![7],
            )?;
            op.execute_with(
                "INSERT INTO users (age, email) VALUES (?1, ?1)",
                &params![8],
            )?;
            op.execute_with(sql, &params!["m", 9])?;
            let sql = "SELECT count(*) FROM users WHERE age = ?1 OR ?1 IS NULL";
            assert_eq!(op.query(sql, &params![7])?, [params![1]]);
            Ok(())
        })
        .unwrap();
    let emails = fixture
        .database
        .strings("SELECT email FROM users WHERE age > 6 ORDER BY id");
    assert_eq!(emails, ["7", "8", "m", "x9"]);
    let refused = fixture
        .run(|op| {
            op.execute_with("SELECT ?1 IS NULL, ?1 IS NULL", &params![7])
                .map(|_| ())
        })
        .unwrap_err();
    assert!(refused.contains("42P"), "{refused}");
}
