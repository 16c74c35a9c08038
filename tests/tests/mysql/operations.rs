//! Each operation: run, inspected, run back, inspected equal to before.

use std::cell::RefCell;
use std::rc::Rc;

use migrate_engine::backend::Backend;
use migrate_runtime::v1::*;
use migrate_runtime::{Observer, RunOptions, StepReport, TraceEvent, Tracer};
use migrate_schema::schema::{DefaultValue, Schema};
use migrate_tests::revisions::linear_history;

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
    <Mysql>::normalize(schema).tables.remove(0)
}

fn rich(t: &mut Table) {
    t.column(Column::new("id", BigInt).primary_key().autoincrement());
    t.column(Column::new("small", SmallInt).not_null().default(-3));
    t.column(
        Column::new("name", Varchar(80))
            .not_null()
            .default("it's")
            .unique(),
    );
    t.column(Column::new("code", Char(3)).collate("utf8mb4_bin"));
    t.column(
        Column::new("price", Numeric(10, 2))
            .default(1.5)
            .check("price > 0"),
    );
    t.column(Column::new("ratio", Real));
    t.column(Column::new("factor", Float));
    t.column(Column::new("exact", Double).default(2.0));
    t.column(Column::new("on", Boolean).not_null().default(true));
    t.column(Column::new("body", Text).default("a \\ b"));
    t.column(Column::new("bytes", Blob));
    t.column(Column::new("day", Date).default(Expr::new("CURRENT_DATE")));
    t.column(Column::new("hour", Time));
    t.column(Column::new("made", DateTime).default(Expr::new("now()")));
    t.column(Column::new("seen", Timestamp).default(Expr::new("CURRENT_TIMESTAMP")));
    t.column(Column::new("zoned", Type::TimestampTz));
    t.column(Column::new("stamp", Type::custom("TIMESTAMP")));
    t.column(Column::new("data", Json).default("{}"));
    t.column(Column::new("key", Type::Uuid).default(Expr::new("uuid()")));
    t.column(Column::new("mood", Type::enumeration("mood", ["it's", "so so"])).default("so so"));
    t.column(Column::new("flags", Type::custom("SET('a','b')")));
    t.column(Column::new("tiny", Type::TinyInt));
    t.column(Column::new("count", Type::UnsignedInteger).default(7));
    t.column(Column::new(
        "large",
        Type::custom("BIGINT(20) UNSIGNED ZEROFILL"),
    ));
    t.column(Column::new("old", Type::custom("DATETIME")).default(Expr::new("CURRENT_TIMESTAMP")));
    t.column(Column::new("word", Varchar(9)).default(1));
    t.column(Column::new("twice", Integer).generated_stored("small * 2"));
    t.column(
        Column::new("more", Integer)
            .generated_virtual("small + a")
            .comment("it's \\ one"),
    );
    t.column(
        Column::new("owner", Integer).references(ForeignKey::to("users", "id").on_delete(Cascade)),
    );
    t.column(Column::new("a", BigInt));
    t.column(Column::new("b", Integer));
    t.unique(["a", "b"]);
    t.unique(Unique::new(["b", "small"]).named("uq_rich"));
    t.check("a > 0 AND b >= 0");
    t.check(
        Check::new("(small <> 7 OR name IS NOT NULL) AND name LIKE '%it''s%'").named("ck_rich"),
    );
    t.foreign_key(
        "a",
        ForeignKey::to("posts", "id")
            .on_update(Restrict)
            .on_delete(NoAction)
            .named("fk_rich"),
    );
    t.comment("what's there");
}

#[test]
fn a_table_is_inspected_as_it_was_built() {
    let Some(mut fixture) = furnished() else {
        return;
    };
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
        <Mysql>::normalize(schema.clone()).differences(&schema),
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
    assert_eq!(users.uniques[0].name.as_deref(), Some("boss"));
    assert_eq!(users.foreign_keys[0].name.as_deref(), Some("users_ibfk_1"));
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
fn properties_that_a_change_of_a_column_does_not_name_are_kept() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    // MySQL computes nothing from a column that numbers itself.
    if !fixture.database.is_mariadb() {
        return;
    }
    fixture.database.run(
        "CREATE TABLE full (id int unsigned NOT NULL AUTO_INCREMENT COMMENT 'the key', \
             name varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s' COMMENT 'a, `b`', \
             at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), \
             g int GENERATED ALWAYS AS (id % 7) VIRTUAL COMMENT 'g', \
             c int DEFAULT 3 CHECK (c > 0), PRIMARY KEY (id), KEY ix (name))",
    );
    let shown = |fixture: &ServerFixture| -> String {
        let row: Option<(String, String)> = mysql::prelude::Queryable::query_first(
            &mut fixture.database.connect(),
            "SHOW CREATE TABLE full",
        )
        .unwrap();
        row.unwrap().1
    };
    let before = shown(&fixture);
    fixture
        .run(|op| {
            op.alter_table("full", |t| {
                t.alter_column("id", |c| c.set_type(Type::UnsignedBigInt));
                t.alter_column("name", |c| c.set_type(Varchar(40)));
                t.alter_column("at", |c| c.null());
                t.alter_column("g", |c| c.comment("other"));
                t.alter_column("c", |c| c.not_null());
            })
        })
        .unwrap();
    let expected = before
        .replace("`id` int(10) unsigned", "`id` bigint(20) unsigned")
        .replace("varchar(20)", "varchar(40)")
        .replace("`at` timestamp(3) NOT NULL", "`at` timestamp(3) NULL")
        .replace("COMMENT 'g'", "COMMENT 'other'")
        .replace("`c` int(11) DEFAULT 3", "`c` int(11) NOT NULL DEFAULT 3");
    assert_eq!(shown(&fixture), expected);
}

#[test]
fn several_changes_of_a_table_happen_together_or_not_at_all() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let before = fixture.schema();
    let refused = fixture
        .run(|op| {
            op.alter_table("users", |t| {
                t.add_column(Column::new("locale", Text));
                t.alter_column("email", |c| c.null());
                t.add_check(Check::new("price > 100").named("ck_price"));
            })
        })
        .unwrap_err();
    assert!(refused.contains("ck_price"), "{refused}");
    assert_eq!(before.differences(&fixture.schema()), Vec::<String>::new());
    // One of them is about what another one makes: then they follow each other.
    fixture
        .run(|op| {
            op.alter_table("users", |t| {
                t.rename_column("email", "mail");
                t.alter_column("mail", |c| c.null());
            })
        })
        .unwrap();
    let users = fixture.schema().table("users").unwrap().clone();
    assert!(!users.find_column("mail").unwrap().not_null);
}

#[test]
fn json_becomes_text_and_text_json() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| op.add_column("users", Column::new("data", Json)))
        .unwrap();
    let after = fixture.there_and_back(
        |op| op.alter_column("users", "data", |c| c.set_type(Text)),
        |op| op.alter_column("users", "data", |c| c.set_type(Json)),
    );
    let column = after
        .table("users")
        .unwrap()
        .find_column("data")
        .unwrap()
        .clone();
    assert_eq!(
        (column.data_type, after.table("users").unwrap().checks.len()),
        (Text, 0)
    );
}

#[test]
fn new_columns_are_filled_and_have_their_position() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| {
            op.run(migrate_schema::operation::Operation::AddColumn({
                let column = migrate_schema::schema::Column::new("domain", Varchar(80)).not_null();
                let mut add = migrate_schema::operation::AddColumn::new("users", column);
                add.position = migrate_schema::operation::Position::After("email".to_owned());
                add.fill = Some("SUBSTRING_INDEX(email, '@', -1)".to_owned());
                add
            }))
        })
        .unwrap();
    let users = fixture.schema().table("users").unwrap().clone();
    let names: Vec<&str> = users.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["id", "email", "domain", "price"]);
    assert!(users.find_column("domain").unwrap().not_null);
    assert_eq!(fixture.database.strings("SELECT domain FROM users"), ["x"]);
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
                        .on_update(Cascade)
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
        (Some(SetNull), Some(Cascade))
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
            // The server keeps the index that a foreign key needs.
            op.alter_table("rich", |t| t.drop_constraint("fk_rich"))?;
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
            Index::new("ix_a", "users", ["email", "id"]).unique(),
            Index::new(
                "ix_b",
                "users",
                [
                    IndexPart::column("price").prefix_length(10),
                    IndexPart::column("id").desc(),
                ],
            ),
            Index::new("ix_c", "users", "email"),
            Index::new("ix_d", "users", "price").using("FULLTEXT"),
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
    expected.tables.push(furnished_users());
    expected.indexes.extend(all());
    let expected = <Mysql>::normalize(expected);
    assert_eq!(after.indexes, expected.indexes);
    assert_eq!(
        after.table("users").unwrap().uniques,
        expected.table("users").unwrap().uniques,
        "a unique index is a unique constraint"
    );
}

fn furnished_users() -> Table {
    let mut users = Table::new("users");
    users.column(Column::new("id", Integer).primary_key().autoincrement());
    users.column(Column::new("email", Varchar(120)).not_null());
    users.column(Column::new("price", Text).default("1"));
    users
}

#[test]
fn indexes_and_constraints_get_other_names() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| {
            op.create_index(Index::new("ix", "users", "email"))?;
            op.alter_table("posts", |t| {
                t.add_foreign_key(
                    "user_id",
                    ForeignKey::to("users", "id").on_delete(Cascade).named("fk"),
                );
                t.add_check(Check::new("id > 0").named("ck"));
                t.add_unique(Unique::new("user_id").named("uq"));
            })
        })
        .unwrap();
    use migrate_schema::operation::{Operation, RenameConstraint, RenameIndex};
    let rename = |op: &mut Op<'_, Mysql>, one: &str, other: &str| {
        op.run(Operation::RenameIndex(RenameIndex::new(
            "users",
            format!("ix{one}"),
            format!("ix{other}"),
        )))?;
        ["fk", "ck", "uq"].iter().try_for_each(|name| {
            op.run(Operation::RenameConstraint(RenameConstraint::new(
                "posts",
                format!("{name}{one}"),
                format!("{name}{other}"),
            )))
        })
    };
    let after = fixture.there_and_back(|op| rename(op, "", "2"), |op| rename(op, "2", ""));
    assert_eq!(after.indexes[0].name, "ix2");
    let posts = after.table("posts").unwrap();
    let key = &posts.foreign_keys[0];
    assert_eq!(
        (key.name.as_deref(), key.on_delete),
        (Some("fk2"), Some(Cascade))
    );
}

#[test]
fn an_index_is_created_concurrently_with_writers() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let index = || Index::new("ix_email", "users", "email");
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
fn conditional_operations_do_nothing_the_second_time() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    for _ in 0..2 {
        fixture
            .run(|op| {
                op.create_table_if_not_exists("extra", |t| t.column(Column::new("id", Integer)))?;
                op.add_column_if_not_exists("extra", Column::new("a", Varchar(9)))?;
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
    let long = "n".repeat(65);
    let before = fixture.schema();
    type Try<'a> = Box<dyn FnOnce(&mut Op<'_, Mysql>) -> Result<()> + 'a>;
    let posts_key = || ForeignKey::to("posts", "id");
    let tries: Vec<(&str, Try<'_>)> = vec![
        (
            "65 characters",
            Box::new(|op| op.create_table(&long, |t| t.column(Column::new("id", Integer)))),
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
            "does not accept an expression",
            Box::new(|op| {
                op.alter_column("users", "price", |c| {
                    c.set_type(Integer);
                    c.using("1");
                })
            }),
        ),
        (
            "never at the commit",
            Box::new(|op| {
                op.create_table("t", |t| {
                    t.column(Column::new("id", BigInt).references(posts_key().deferred()));
                })
            }),
        ),
        (
            "do not support SET DEFAULT",
            Box::new(|op| {
                op.alter_table("users", |t| {
                    t.add_foreign_key("id", posts_key().on_delete(SetDefault).named("fk"));
                })
            }),
        ),
        (
            "only some of the rows",
            Box::new(|op| op.create_index(Index::new("ix", "users", "email").predicate("id > 1"))),
        ),
        (
            "collation of their column",
            Box::new(|op| {
                let part = IndexPart::column("email").collate("utf8mb4_bin");
                op.create_index(Index::new("ix", "users", part))
            }),
        ),
        (
            "does not support the index method `gin`",
            Box::new(|op| op.create_index(Index::new("ix", "users", "email").using("gin"))),
        ),
        (
            "values of unlimited length",
            Box::new(|op| op.create_index(Index::new("ix", "users", "price"))),
        ),
        (
            "values of unlimited length",
            Box::new(|op| {
                op.create_table("t", |t| t.column(Column::new("id", Text).primary_key()))
            }),
        ),
        (
            "would silently narrow it",
            Box::new(|op| {
                op.create_index(Index::new("ix", "users", ["email", "id"]))?;
                let dropped = op.drop_column("users", "email");
                op.drop_index("users", "ix")?;
                dropped
            }),
        ),
        (
            "no such constraint",
            Box::new(|op| op.alter_table("users", |t| t.drop_constraint("nope"))),
        ),
    ];
    for (message, work) in tries {
        let refused = fixture.run(work).unwrap_err();
        assert!(refused.contains(message), "{refused}");
    }
    if fixture.database.is_mariadb() {
        let part = IndexPart::expression("lower(email)");
        let refused = fixture
            .run(|op| op.create_index(Index::new("ix", "users", part)))
            .unwrap_err();
        assert!(refused.contains("can't index an expression"), "{refused}");
    }
    assert_eq!(before.differences(&fixture.schema()), Vec::<String>::new());
}

#[test]
fn the_index_that_is_created_for_a_foreign_key_is_dropped_with_it() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let after = fixture.there_and_back(
        |op| {
            op.add_column(
                "posts",
                Column::new("boss", Integer).references(ForeignKey::to("users", "id")),
            )
        },
        |op| op.drop_column("posts", "boss"),
    );
    assert_eq!(after.indexes, []);
    assert_eq!(after.table("posts").unwrap().foreign_keys.len(), 1);
}

/// Adds a foreign key over `posts.user_id`, where `index` is.
fn linked(op: &mut Op<'_, Mysql>, index: Index) -> Result<()> {
    op.create_index(index)?;
    op.execute("UPDATE posts SET user_id = NULL")?;
    let key = ForeignKey::to("users", "id");
    op.alter_table("posts", |t| {
        t.add_foreign_key("user_id", key.named("fk_posts_user"));
    })
}

#[test]
fn an_index_that_a_foreign_key_needs_is_dropped_and_the_key_is_kept() {
    let index = || Index::new("ix_posts_user", "posts", "user_id");
    for index in [index(), index().unique()] {
        let Some(mut fixture) = furnished() else {
            return;
        };
        fixture.run(|op| linked(op, index.clone())).unwrap();
        let after = fixture.there_and_back(
            |op| op.drop_index("posts", "ix_posts_user"),
            |op| op.create_index(index),
        );
        let posts = after.table("posts").unwrap();
        assert_eq!((posts.uniques.len(), after.indexes.len()), (0, 0));
        assert_eq!(posts.foreign_keys.len(), 1);
    }
}

#[test]
fn a_foreign_key_and_the_index_it_needs_are_dropped_together() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let index = Index::new("ix_posts_user", "posts", "user_id").unique();
    fixture.run(|op| linked(op, index)).unwrap();
    fixture
        .run(|op| {
            op.alter_table("posts", |t| {
                t.drop_constraint("ix_posts_user");
                t.drop_constraint("fk_posts_user");
            })
        })
        .unwrap();
    let names = "SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'posts'";
    assert_eq!(fixture.database.strings(names), ["PRIMARY"]);
}

#[test]
fn a_name_is_one_foreign_key_s_in_the_whole_database() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| linked(op, Index::new("ix", "posts", "user_id")))
        .unwrap();
    let before = fixture.schema();
    let refused = fixture.run(|op| {
        op.create_table("notes", |t| {
            t.column(Column::new("user_id", Integer));
            let key = ForeignKey::to("users", "id").named("fk_posts_user");
            t.foreign_key("user_id", key);
        })
    });
    let message = "table `posts` has a foreign key `fk_posts_user`";
    let refused = refused.unwrap_err();
    assert!(refused.contains(message), "{refused}");
    assert_eq!(before.differences(&fixture.schema()), Vec::<String>::new());
}

#[test]
fn a_primary_key_is_dropped_by_the_name_that_it_got() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture.there_and_back(
        |op| op.alter_table("posts", |t| t.drop_constraint("PRIMARY")),
        |op| {
            op.alter_table("posts", |t| {
                t.add_primary_key(PrimaryKey::new("id").named("pk_posts"))
            })
        },
    );
}

#[test]
fn views_and_triggers_are_seen() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let trigger = "CREATE TRIGGER tr before insert ON users\nFOR EACH ROW BEGIN IF NEW.price = '' THEN SET NEW.price = '1'; END IF; END";
    let script = format!("CREATE VIEW mails AS SELECT email FROM users; {trigger};");
    let after = fixture.there_and_back(
        |op| op.execute(&script),
        |op| op.execute("DROP TRIGGER tr; DROP VIEW mails"),
    );
    assert_eq!((after.views.len(), after.triggers.len()), (1, 1));
    assert!(
        !after.views[0].query.contains(&fixture.database.name),
        "{:?}",
        after.views
    );
    let mut built = Schema::default();
    built
        .triggers
        .push(migrate_schema::schema::Trigger::new("tr", "users", trigger));
    assert_eq!(after.triggers, <Mysql>::normalize(built).triggers);
}

/// Records the statements that a run traces.
#[derive(Default)]
struct Recorder(Rc<RefCell<Vec<String>>>);

impl Observer for Recorder {
    fn tracer(&mut self, _: &StepReport) -> Option<Tracer> {
        let recorded = Rc::clone(&self.0);
        Some(Box::new(move |done, _| {
            if let TraceEvent::Operations(_, statements) = done {
                let statements = statements.expect("every operation is traced as statements");
                recorded.borrow_mut().extend_from_slice(statements);
            }
        }))
    }
}

#[test]
fn the_printed_statements_do_what_the_run_did() {
    let (Some(mut fixture), Some(mut other)) = (ServerFixture::new(), ServerFixture::new()) else {
        return;
    };
    let migrations = linear_history::<Mysql>(&[
        (
            |op| {
                op.create_table("users", |t| {
                    t.column(Column::new("id", Integer).primary_key().autoincrement());
                    t.column(
                        Column::new("email", Varchar(120))
                            .not_null()
                            .default("-")
                            .comment("where to"),
                    );
                })
            },
            |op| op.drop_table("users"),
        ),
        (
            |op| {
                op.alter_table("users", |t| {
                    t.alter_column("email", |c| c.null());
                    t.add_column(Column::new("age", Integer));
                    t.add_check(Check::new("age > 0").named("ck_users_age"));
                })
            },
            |op| op.drop_table("users"),
        ),
    ]);
    let mut recorder = Recorder::default();
    let options = RunOptions::default();
    let report = migrations.upgrade_with(&mut fixture.client, "head", &options, &mut recorder);
    assert_eq!(report.unwrap().steps.len(), 2);
    let statements = recorder.0.take();
    assert_eq!(statements.len(), 2, "{statements:?}");
    // The complete column, with what the revision does not name.
    for part in [
        "ALTER TABLE `users` MODIFY COLUMN `email` varchar(120)",
        "DEFAULT '-' COMMENT 'where to', ADD COLUMN `age` INT",
        ", ADD CONSTRAINT `ck_users_age` CHECK (",
    ] {
        assert!(statements[1].contains(part), "{part}: {}", statements[1]);
    }
    other
        .run(|op| {
            statements
                .iter()
                .try_for_each(|sql| op.execute(sql).map(drop))
        })
        .unwrap();
    let (ran, again) = (fixture.schema(), other.schema());
    assert_eq!(ran.table("users"), again.table("users"));
}

#[test]
fn changes_before_and_after_a_rename_are_a_statement_each() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let migrations = linear_history::<Mysql>(&[
        (
            |op| op.create_table("users", |t| t.column(Column::new("id", Integer))),
            |op| op.drop_table("users"),
        ),
        (
            |op| {
                op.alter_table("users", |t| {
                    t.add_column(Column::new("name", Varchar(20)));
                    t.add_column(Column::new("age", Integer));
                    t.rename_column("id", "number");
                    t.add_column(Column::new("mail", Varchar(20)));
                    t.add_check(Check::new("age > 0").named("ck_age"));
                })
            },
            |op| op.drop_table("users"),
        ),
    ]);
    let mut recorder = Recorder::default();
    migrations
        .upgrade_with(
            &mut fixture.client,
            "head",
            &RunOptions::default(),
            &mut recorder,
        )
        .unwrap();
    let statements = recorder.0.take();
    let parts: Vec<usize> = statements[1..]
        .iter()
        .map(|sql| sql.matches(", ").count())
        .collect();
    assert_eq!(parts, [1, 0, 1], "{statements:?}");
}

#[test]
fn a_column_is_dropped_together_with_the_key_over_it_and_others() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.create_table("pairs", |t| {
                t.column(Column::new("a", Integer).not_null());
                t.column(Column::new("b", Integer).not_null());
                t.primary_key(["a", "b"]);
            })
        })
        .unwrap();
    let error = fixture.run(|op| op.drop_column("pairs", "b")).unwrap_err();
    assert!(
        error.contains("constraint `PRIMARY` also covers other columns"),
        "{error}"
    );
    fixture
        .run(|op| {
            op.alter_table("pairs", |t| {
                t.drop_constraint("PRIMARY");
                t.drop_column("b");
                t.add_primary_key(PrimaryKey::new("a").named("PRIMARY"));
            })
        })
        .unwrap();
    let table = fixture.schema().table("pairs").unwrap().clone();
    assert_eq!(table.columns.len(), 1);
    assert_eq!(table.primary_key.unwrap().columns, ["a"]);
}
