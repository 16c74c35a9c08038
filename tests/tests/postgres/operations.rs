//! Each operation: run, inspected, run back, inspected equal to before.

use migrate_engine::backend::Backend;
use migrate_runtime::v1::*;
use migrate_schema::schema::{DefaultValue, Schema};

use crate::fixture::ServerFixture;

/// A fixture with two tables and rows in them.
fn furnished() -> Option<ServerFixture> {
    let mut fixture = ServerFixture::new()?;
    fixture
        .run(|op| {
            op.create_table("users", |t| {
                t.column(Column::new("id", Integer).primary_key().autoincrement());
                t.column(Column::new("email", Varchar(120)).not_null());
                t.column(Column::new("price", Text).default("1"));
            })?;
            op.create_table("posts", |t| {
                t.column(Column::new("id", BigInt).not_null());
                t.column(Column::new("user_id", Integer));
                t.primary_key("id");
            })?;
            op.execute("INSERT INTO users (email, price) VALUES ('a@x', '10.50'); INSERT INTO posts VALUES (1, 1)")
        })
        .unwrap();
    Some(fixture)
}

/// The schema that building `table` should give.
fn built(name: &str, build: impl FnOnce(&mut Table)) -> Table {
    let mut table = Table::new(name);
    build(&mut table);
    let mut schema = Schema::default();
    schema.tables.push(table);
    <Postgres>::normalize(schema).tables.remove(0)
}

fn rich(t: &mut Table) {
    t.column(Column::new("id", BigInt).primary_key().autoincrement());
    t.column(Column::new("serial", Type::custom("SERIAL")));
    t.column(Column::new("small", SmallInt).not_null().default(-3));
    t.column(
        Column::new("name", Varchar(80))
            .not_null()
            .default("it's")
            .unique(),
    );
    t.column(Column::new("code", Char(3)).collate("C"));
    t.column(
        Column::new("price", Numeric(10, 2))
            .default(1.5)
            .check("price > 0"),
    );
    t.column(Column::new("ratio", Real));
    t.column(Column::new("factor", Float));
    t.column(Column::new("exact", Double));
    t.column(Column::new("on", Boolean).not_null().default(true));
    t.column(Column::new("body", Text).default(""));
    t.column(Column::new("bytes", Blob));
    t.column(Column::new("day", Date).default(Expr::new("CURRENT_DATE")));
    t.column(Column::new("hour", Time));
    t.column(Column::new("made", DateTime).default(Expr::new("now()")));
    t.column(Column::new("seen", Timestamp).default(Expr::new("CURRENT_TIMESTAMP")));
    t.column(Column::new("zoned", Type::custom("TIMESTAMPTZ")));
    t.column(Column::new("data", Json).default("{}"));
    t.column(Column::new("more", Type::custom("JSONB")));
    t.column(Column::new("key", Type::custom("UUID")).default(Expr::new("gen_random_uuid()")));
    t.column(Column::new("tags", Type::custom("TEXT[]")));
    t.column(Column::new("twice", Integer).generated_stored("small * 2"));
    t.column(
        Column::new("owner", Integer).references(ForeignKey::to("users", "id").on_delete(Cascade)),
    );
    t.column(Column::new("a", Integer));
    t.column(Column::new("b", Integer));
    t.unique(["a", "b"]);
    t.unique(Unique::new(["b", "small"]).named("uq_rich"));
    t.check("a > 0 AND b >= 0");
    t.check(Check::new("small <> 7 OR name IS NOT NULL").named("ck_rich"));
    t.foreign_key(
        "a",
        ForeignKey::to("posts", "id")
            .on_update(SetNull)
            .on_delete(NoAction)
            .deferred()
            .named("fk_rich"),
    );
}

#[test]
fn a_table_is_inspected_as_it_was_built() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    // `Integer` references a `BigInt` key: PostgreSQL allows it.
    let after = fixture.there_and_back(
        |op| op.create_table("rich", rich),
        |op| op.drop_table("rich"),
    );
    let expected = built("rich", rich);
    let found = after.table("rich").unwrap();
    for (expected, found) in expected.columns.iter().zip(&found.columns) {
        assert_eq!(found, expected);
    }
    assert_eq!(*found, expected);
}

#[test]
fn normalizing_what_was_inspected_changes_nothing() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture.run(|op| op.create_table("rich", rich)).unwrap();
    let schema = fixture.schema();
    assert_eq!(
        <Postgres>::normalize(schema.clone()).differences(&schema),
        Vec::<String>::new()
    );
}

#[test]
fn a_table_is_renamed_and_strange_names_keep_their_characters() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let name = "Odd \"name\"; DROP TABLE users; -- ü";
    let after = fixture.there_and_back(
        |op| {
            op.rename_table("posts", name)?;
            op.add_column(name, Column::new("select", Text).default("'; --"))
        },
        |op| {
            op.drop_column(name, "select")?;
            op.rename_table(name, "posts")
        },
    );
    let column = after.table(name).unwrap().find_column("select").unwrap();
    assert_eq!(column.default, Some(DefaultValue::Text("'; --".to_owned())));
}

#[test]
fn columns_are_added_renamed_and_dropped() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let after = fixture.there_and_back(
        |op| {
            op.add_column(
                "users",
                Column::new("locale", Varchar(10)).not_null().default("en"),
            )?;
            op.add_column(
                "users",
                Column::new("boss", Integer)
                    .unique()
                    .references(ForeignKey::to("users", "id")),
            )?;
            op.rename_column("users", "email", "mail")
        },
        |op| {
            op.rename_column("users", "mail", "email")?;
            op.drop_column("users", "boss")?;
            op.drop_column("users", "locale")
        },
    );
    let users = after.table("users").unwrap();
    assert_eq!(users.uniques[0].name.as_deref(), Some("users_boss_key"));
    assert_eq!(
        users.foreign_keys[0].name.as_deref(),
        Some("users_boss_fkey")
    );
    assert!(users.find_column("mail").is_some());
    assert_eq!(
        fixture.database.strings("SELECT email FROM users"),
        ["a@x"],
        "the rows are kept"
    );
}

#[test]
fn a_columns_type_default_and_null_are_changed_together() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let after = fixture.there_and_back(
        |op| {
            op.alter_table("users", |t| {
                t.alter_column("price", |c| {
                    c.set_type(Numeric(12, 3));
                    c.using("price::numeric");
                    c.default(2);
                    c.not_null();
                });
            })
        },
        |op| {
            op.alter_table("users", |t| {
                t.alter_column("price", |c| {
                    c.set_type(Text);
                    c.default("1");
                    c.null();
                });
            })
        },
    );
    let price = after
        .table("users")
        .unwrap()
        .find_column("price")
        .unwrap()
        .clone();
    assert_eq!((price.data_type, price.not_null), (Numeric(12, 3), true));
    assert_eq!(price.default, Some(DefaultValue::Integer(2)));
    assert_eq!(
        fixture.database.strings("SELECT price FROM users"),
        ["10.500"],
        "the value went there and back"
    );
}

#[test]
fn a_default_is_dropped_and_set() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture.there_and_back(
        |op| op.alter_table("users", |t| t.alter_column("price", |c| c.drop_default())),
        |op| op.alter_table("users", |t| t.alter_column("price", |c| c.default("1"))),
    );
}

#[test]
fn constraints_are_added_and_dropped_by_name() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let after = fixture.there_and_back(
        |op| {
            op.alter_table("users", |t| {
                t.add_unique(Unique::new("email").named("uq_email"));
                t.add_check(Check::new("email LIKE '%@%'").named("ck_email"));
            })?;
            op.alter_table("posts", |t| {
                t.add_foreign_key(
                    "user_id",
                    ForeignKey::to("users", "id")
                        .on_delete(SetNull)
                        .on_update(Restrict)
                        .named("fk_user"),
                );
            })
        },
        |op| {
            op.alter_table("posts", |t| t.drop_constraint("fk_user"))?;
            op.alter_table("users", |t| {
                t.drop_constraint("ck_email");
                t.drop_constraint("uq_email");
            })
        },
    );
    let key = &after.table("posts").unwrap().foreign_keys[0];
    assert_eq!(
        (key.on_delete, key.on_update),
        (Some(SetNull), Some(Restrict))
    );
}

#[test]
fn a_constraint_without_a_name_can_be_dropped_by_the_one_it_got() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture.run(|op| op.create_table("rich", rich)).unwrap();
    let table = fixture.schema().table("rich").unwrap().clone();
    let names = table.uniques.iter().map(|unique| unique.name.clone());
    let names = names.chain(table.checks.iter().map(|check| check.name.clone()));
    let names: Vec<String> = names.flatten().collect();
    assert_eq!(names.len(), 6);
    fixture
        .run(|op| {
            op.alter_table("rich", |t| {
                names.iter().for_each(|name| t.drop_constraint(name))
            })
        })
        .unwrap();
    let table = fixture.schema().table("rich").unwrap().clone();
    assert!(table.uniques.is_empty() && table.checks.is_empty());
}

#[test]
fn indexes_are_inspected_as_they_were_built() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let all = || {
        [
            Index::new("ix_a", "users", ["email", "price"]).unique(),
            Index::new(
                "ix_b",
                "users",
                [
                    IndexPart::expression("lower(email::text)"),
                    IndexPart::column("id").desc(),
                ],
            )
            .predicate("price IS NOT NULL AND id > 10"),
            Index::new("ix_c", "users", IndexPart::column("email").collate("C")),
            Index::new("ix_d", "users", IndexPart::expression("id + 1")),
        ]
    };
    let after = fixture.there_and_back(
        |op| {
            all()
                .into_iter()
                .try_for_each(|index| op.create_index(index))
        },
        |op| {
            all()
                .iter()
                .try_for_each(|index| op.drop_index("users", &index.name))
        },
    );
    let mut expected = Schema::default();
    expected.indexes.extend(all());
    assert_eq!(after.indexes, <Postgres>::normalize(expected).indexes);
}

#[test]
fn an_index_is_created_concurrently_only_outside_a_transaction() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let index = || Index::new("ix_email", "users", "email").unique();
    let refused = fixture
        .run(|op| op.create_index_concurrently(index()))
        .unwrap_err();
    assert!(refused.contains("only outside a transaction"), "{refused}");
    fixture
        .run_non_transactional(|op| op.create_index_concurrently(index()))
        .unwrap();
    assert_eq!(fixture.schema().indexes.len(), 1);
    fixture
        .run_non_transactional(|op| op.drop_index_concurrently("users", "ix_email"))
        .unwrap();
    assert_eq!(fixture.schema().indexes.len(), 0);
}

#[test]
fn an_invalid_index_of_a_failed_attempt_is_recreated() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .database
        .run("INSERT INTO users (email) VALUES ('a@x')");
    let make = |op: &mut Op<'_, Postgres>| {
        op.create_index_concurrently(Index::new("ix_email", "users", "email").unique())
    };
    let refused = fixture.run_non_transactional(make).unwrap_err();
    assert!(
        refused.contains("23505") && refused.contains("a@x"),
        "{refused}"
    );
    let valid = "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'ix_email'::regclass";
    assert_eq!(fixture.database.strings(valid), ["false"]);
    fixture.database.run("DELETE FROM users WHERE id > 1");
    fixture.run_non_transactional(make).unwrap();
    assert_eq!(fixture.database.strings(valid), ["true"]);
}

#[test]
fn conditional_operations_do_nothing_the_second_time() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    for _ in 0..2 {
        fixture
            .run(|op| {
                op.create_table_if_not_exists("extra", |t| t.column(Column::new("id", Integer)))?;
                op.add_column_if_not_exists("extra", Column::new("a", Text))?;
                op.create_index_if_not_exists(Index::new("ix", "extra", "a"))
            })
            .unwrap();
    }
    for _ in 0..2 {
        fixture
            .run(|op| {
                op.drop_index_if_exists("extra", "ix")?;
                op.drop_column_if_exists("extra", "a")?;
                op.rename_table_if_exists("extra", "other")?;
                op.drop_table_if_exists("other")
            })
            .unwrap();
    }
}

#[test]
fn what_can_not_be_is_refused_before_anything_runs() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let long = "n".repeat(64);
    let virtual_column = Column::new("v", Integer).generated_virtual("id + 1");
    let before = fixture.schema();
    type Try<'a> = Box<dyn FnOnce(&mut Op<'_, Postgres>) -> Result<()> + 'a>;
    let tries: Vec<(&str, Try<'_>)> = vec![
        (
            "64 bytes",
            Box::new(|op| op.create_table(&long, |t| t.column(Column::new("id", Integer)))),
        ),
        (
            "version 18",
            Box::new(|op| op.add_column("users", virtual_column)),
        ),
        (
            "another database",
            Box::new(|op| {
                op.create_table("t", |t| {
                    t.column(Column::new("id", Integer));
                    t.options("STRICT");
                })
            }),
        ),
        (
            "the type does not change",
            Box::new(|op| {
                op.alter_table("users", |t| {
                    t.alter_column("price", |c| {
                        c.using("1");
                        c.null();
                    })
                })
            }),
        ),
        (
            "belongs to `users`",
            Box::new(|op| {
                op.create_index(Index::new("ix", "users", "email"))?;
                op.drop_index("posts", "ix")
            }),
        ),
        (
            "would drop it with this column",
            Box::new(|op| {
                op.create_index(Index::new("ix", "users", ["email", "price"]))?;
                op.drop_column("users", "price")
            }),
        ),
    ];
    for (message, work) in tries {
        let version: i32 = fixture
            .client
            .client()
            .query_one("SELECT current_setting('server_version_num')::int", &[])
            .unwrap()
            .get(0);
        if message == "version 18" && version >= 180_000 {
            continue;
        }
        let refused = fixture.run(work).unwrap_err();
        assert!(refused.contains(message), "{refused}");
    }
    assert_eq!(before.differences(&fixture.schema()), Vec::<String>::new());
}

#[test]
fn views_and_triggers_are_seen() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let after = fixture.there_and_back(
        |op| {
            op.execute(
                "CREATE VIEW mails AS SELECT email FROM users;
                 CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END; $$;
                 CREATE TRIGGER tr AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION nothing();",
            )
        },
        |op| op.execute("DROP TRIGGER tr ON users; DROP FUNCTION nothing(); DROP VIEW mails"),
    );
    assert_eq!((after.views.len(), after.triggers.len()), (1, 1));
}
