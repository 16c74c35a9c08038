//! Foreign keys whose columns, indexes and tables change with them.

use migrate_runtime::v1::*;
use migrate_schema::schema::Schema;
use migrate_tests::revisions::{Code, linear_history};

use crate::fixture::ServerFixture;

/// A fixture with a table of users, each led by another of them, and one of posts.
fn furnished() -> Option<ServerFixture> {
    let mut fixture = ServerFixture::new()?;
    fixture
        .run(|op| {
            op.create_table("users", |t| {
                t.column(Column::new("id", Integer).primary_key());
                t.column(Column::new("boss", Integer));
                t.foreign_key("boss", ForeignKey::to("users", "id"));
            })?;
            op.create_table("posts", |t| {
                t.column(Column::new("id", Integer).primary_key());
                t.column(Column::new("author", Integer));
                t.foreign_key("author", ForeignKey::to("users", "id"));
            })?;
            op.execute("INSERT INTO users VALUES (1, 1); INSERT INTO posts VALUES (1, 1)")
        })
        .unwrap();
    Some(fixture)
}

/// Returns the name and the columns of each foreign key of a table.
fn keys(schema: &Schema, table: &str) -> Vec<(String, String)> {
    let table = schema.table(table).unwrap();
    let keys = table.foreign_keys.iter();
    keys.map(|key| (key.name.clone().unwrap_or_default(), key.columns.join(", ")))
        .collect()
}

#[test]
fn a_column_is_renamed_while_an_index_over_it_replaces_the_keys_own() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let after = fixture.there_and_back(
        |op| {
            op.alter_table("posts", |t| {
                t.rename_column("author", "writer");
                t.add_unique(Unique::new("writer").named("uq_writer"));
            })
        },
        |op| {
            op.alter_table("posts", |t| {
                t.drop_constraint("uq_writer");
                t.rename_column("writer", "author");
            })
        },
    );
    assert_eq!(keys(&after, "posts")[0].1, "writer");
}

#[test]
fn a_column_is_renamed_that_a_key_references_and_starts_from() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture.there_and_back(
        |op| {
            op.alter_table("users", |t| {
                t.drop_foreign_key("boss");
                t.rename_column("id", "number");
                t.rename_column("boss", "led_by");
                t.add_foreign_key(
                    "led_by",
                    ForeignKey::to("users", "number").named("fk_led_by"),
                );
            })
        },
        |op| {
            op.alter_table("users", |t| {
                t.drop_constraint("fk_led_by");
                t.rename_column("led_by", "boss");
                t.rename_column("number", "id");
                t.add_foreign_key("boss", ForeignKey::to("users", "id").named("users_ibfk_1"));
            })
        },
    );
}

#[test]
fn the_type_at_both_ends_of_a_key_in_one_table_changes_with_the_key() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let typed = |op: &mut Op<'_, Mysql>, data_type: Type| {
        op.alter_table("users", |t| {
            t.drop_constraint("users_ibfk_1");
            t.alter_column("id", |c| c.set_type(data_type.clone()));
            t.alter_column("boss", |c| c.set_type(data_type));
            t.add_foreign_key("boss", ForeignKey::to("users", "id").named("users_ibfk_1"));
        })
    };
    fixture.run(|op| op.drop_table("posts")).unwrap();
    fixture.there_and_back(|op| typed(op, BigInt), |op| typed(op, Integer));
}

#[test]
fn the_name_of_a_dropped_key_is_free_for_one_that_is_added_with_it() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let again = |op: &mut Op<'_, Mysql>, key: ForeignKey| {
        op.alter_table("posts", |t| {
            t.drop_constraint("posts_ibfk_1");
            t.add_foreign_key("author", key.named("posts_ibfk_1"));
        })
    };
    let key = || ForeignKey::to("users", "id");
    fixture.there_and_back(
        |op| again(op, key().on_delete(Cascade)),
        |op| again(op, key()),
    );
}

#[test]
fn a_key_is_known_by_the_name_that_it_gets_with_its_table() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let after = fixture.there_and_back(
        |op| op.rename_table("posts", "a b; ü"),
        |op| op.rename_table("a b; ü", "posts"),
    );
    let name = "a b; ü_ibfk_1".to_owned();
    assert_eq!(keys(&after, "a b; ü"), [(name, "author".to_owned())]);
    assert_eq!(after.indexes, [], "the index is the key's own still");
}

#[test]
fn a_table_is_not_renamed_so_that_a_key_could_not_be_dropped() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let before = fixture.schema();
    let long = "p".repeat(60);
    let refused = fixture
        .run(|op| op.rename_table("posts", &long))
        .unwrap_err();
    let message =
        "would rename its foreign key `posts_ibfk_1` to a name of more than 64 characters";
    assert!(refused.contains(message), "{refused}");
    assert_eq!(before.differences(&fixture.schema()), Vec::<String>::new());
}

#[test]
fn a_table_is_not_renamed_if_the_new_name_of_its_key_exists() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    fixture
        .run(|op| {
            op.create_table("other", |t| {
                t.column(Column::new("user", Integer));
                t.foreign_key("user", ForeignKey::to("users", "id").named("new_ibfk_1"));
            })
        })
        .unwrap();
    let before = fixture.schema();
    let refused = fixture
        .run(|op| op.rename_table("posts", "new"))
        .unwrap_err();
    let message = "table `other` has a foreign key `new_ibfk_1`";
    assert!(refused.contains(message), "{refused}");
    assert_eq!(before.differences(&fixture.schema()), Vec::<String>::new());
}

/// A user who may not read the engine's list of keys reads those of the tables that the user may read.
#[test]
fn an_existing_name_is_found_by_a_user_of_only_this_database() {
    let Some(mut fixture) = furnished() else {
        return;
    };
    let user = fixture.database.name.replace("migrate_test", "plain");
    fixture
        .database
        .run(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'pw'"));
    let name = &fixture.database.name;
    fixture
        .database
        .run(&format!("GRANT ALL ON {name}.* TO {user}@'%'"));
    let (_, address) = fixture.database.url.split_once('@').unwrap();
    fixture.client = MysqlClient::connect(&format!("mysql://{user}:pw@{address}")).unwrap();
    let named = |op: &mut Op<'_, Mysql>, name: &str| {
        op.create_table("one", |t| {
            t.column(Column::new("user", Integer));
            t.foreign_key("user", ForeignKey::to("users", "id").named(name));
        })
    };
    let refused = fixture.run(|op| named(op, "posts_ibfk_1"));
    let done = fixture.run(|op| named(op, "free"));
    fixture.database.run(&format!("DROP USER {user}@'%'"));
    let refused = refused.unwrap_err();
    assert!(
        refused.contains("table `posts` has a foreign key"),
        "{refused}"
    );
    assert_eq!(done, Ok(()));
}

#[test]
fn the_servers_error_of_a_foreign_key_has_help() {
    let existing_name: Code<Mysql> = |op| {
        let key = "CONSTRAINT posts_ibfk_1 FOREIGN KEY (id) REFERENCES users (id)";
        op.execute(&format!("CREATE TABLE one (id INT, {key})"))?;
        Ok(())
    };
    let ill_typed: Code<Mysql> = |op| {
        op.execute("CREATE TABLE one (id BIGINT, FOREIGN KEY (id) REFERENCES users (id))")?;
        Ok(())
    };
    for (up, help) in [
        (
            existing_name,
            "a name that no other table's foreign key has",
        ),
        (ill_typed, "the same type"),
    ] {
        let Some(mut fixture) = furnished() else {
            return;
        };
        let migrations = linear_history::<Mysql>(&[(up, |_| Ok(()))]);
        let error = migrations.upgrade(&mut fixture.client).unwrap_err();
        assert!(error.help().unwrap_or_default().contains(help), "{error}");
    }
}
