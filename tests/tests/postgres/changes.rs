//! Changes that a comparison writes, on tables with rows and with what hangs on them: there and back.

use migrate_runtime::v1::*;
use migrate_schema::diff::{Hints, Options, compute};
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Check, Identity, NativeObject, Object, Schema, Stage};

use crate::fixture::ServerFixture;

/// Returns the operations for models that make `change` to the existing schema and describe only tables.
fn model_operations(
    fixture: &mut ServerFixture,
    change: impl FnOnce(&mut Schema),
) -> Vec<Operation> {
    let from = <Postgres>::normalize(fixture.schema());
    let mut to = from.clone();
    to.views.clear();
    to.triggers.clear();
    to.indexes
        .retain(|index| from.table(&index.table).is_some());
    change(&mut to);
    let mut options = Options::of(<Postgres>::RULES);
    options.natives = false;
    compute(
        &from,
        &<Postgres>::normalize(to),
        &Hints::default(),
        &options,
    )
    .operations
}

fn retype(schema: &mut Schema, column: &str, data_type: Type) {
    let tables = schema.tables.iter_mut();
    let mut columns = tables.flat_map(|table| &mut table.columns);
    columns.find(|it| it.name == column).unwrap().data_type = data_type;
}

/// Runs the operations, then their reverses, and checks that all is as before. Returns the schema in between.
fn there_and_back(fixture: &mut ServerFixture, operations: &[Operation]) -> Schema {
    let forth = |op: &mut Op<'_, Postgres>| {
        let mut all = operations.iter().cloned();
        all.try_for_each(|operation| op.run(operation))
    };
    let back = |op: &mut Op<'_, Postgres>| {
        let mut all = operations.iter().rev().cloned();
        all.try_for_each(|operation| op.run(operation.reverse().unwrap()))
    };
    fixture.there_and_back(forth, back)
}

#[test]
fn a_type_changes_beneath_views_and_triggers_that_no_model_knows() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE score (id int PRIMARY KEY, points int NOT NULL, note text);
                 INSERT INTO score VALUES (1, 7, 'a');
                 CREATE VIEW high AS SELECT id, points FROM score WHERE points > 5;
                 CREATE MATERIALIZED VIEW best AS SELECT max(points) AS points FROM high;
                 CREATE UNIQUE INDEX best_points ON best (points);
                 CREATE VIEW a_last AS SELECT points FROM best;
                 CREATE TRIGGER touch BEFORE UPDATE OF points ON score FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
                 CREATE TRIGGER other BEFORE UPDATE OF note ON score FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            )
        })
        .unwrap();
    let operations = model_operations(&mut fixture, |schema| retype(schema, "points", BigInt));
    let after = there_and_back(&mut fixture, &operations);
    let names: Vec<&str> = after.views.iter().map(|view| &*view.name).collect();
    assert_eq!(names, ["a_last", "best", "high"]);
    assert_eq!(after.triggers.len(), 2);
    assert!(
        after
            .indexes
            .iter()
            .any(|index| index.name == "best_points")
    );
    let made_again = |name: &str| {
        let drops = |it: &&Operation| matches!(it, Operation::DropTrigger(op) if op.name == name);
        operations.iter().filter(drops).count()
    };
    assert_eq!((made_again("touch"), made_again("other")), (1, 0));
}

#[test]
fn text_with_a_default_becomes_an_enum_and_text_again() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE ticket (id int PRIMARY KEY, state text NOT NULL DEFAULT 'new');
                 INSERT INTO ticket VALUES (1, 'new'), (2, 'done')",
            )
        })
        .unwrap();
    let state = Type::enumeration("ticket_state", ["new", "done"]);
    let operations = model_operations(&mut fixture, |schema| {
        retype(schema, "state", state);
        schema
            .enums
            .push(EnumType::new("ticket_state", ["new", "done"]));
    });
    let after = there_and_back(&mut fixture, &operations);
    let column = after.table("ticket").unwrap().find_column("state").unwrap();
    assert_eq!(column.default, Some("new".into()));
    assert_eq!(after.enums.len(), 1);
    fixture
        .run(|op| op.execute("INSERT INTO ticket (id) VALUES (3)"))
        .unwrap();
}

const CREW: &str = "CREATE TABLE crew (id int PRIMARY KEY);
    CREATE TABLE member (id int PRIMARY KEY, crew_id int CONSTRAINT member_crew REFERENCES crew DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO crew VALUES (1); INSERT INTO member VALUES (1, NULL), (2, 1)";

#[test]
fn rows_that_change_while_a_key_waits_for_the_commit_do_not_stop_an_alteration() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.run(|op| op.execute(CREW)).unwrap();
    fixture
        .run(|op| op.alter_column("member", "crew_id", |c| c.not_null_with_fill("1")))
        .unwrap();
    fixture
        .run(|op| {
            op.execute("UPDATE member SET crew_id = 1")?;
            op.add_column("member", Column::new("note", Text))?;
            op.execute_with("UPDATE member SET crew_id = ?1", &params![1])?;
            op.drop_column("member", "note")?;
            op.query("UPDATE member SET crew_id = ?1 RETURNING id", &params![1])?;
            op.add_column("member", Column::new("note", Text))?;
            // A key that references a missing row may still wait for the commit.
            op.execute("UPDATE member SET crew_id = 2 WHERE id = 2; INSERT INTO crew VALUES (2)")
        })
        .unwrap();
}

#[test]
fn a_key_that_references_a_missing_row_is_reported_before_the_table_changes() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.run(|op| op.execute(CREW)).unwrap();
    let error = fixture
        .run(|op| op.alter_column("member", "crew_id", |c| c.not_null_with_fill("9")))
        .unwrap_err();
    assert!(error.contains("member_crew"), "{error}");
}

#[test]
fn two_tables_may_have_triggers_of_one_name() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let trigger = |table: &str| {
        format!(
            "CREATE TRIGGER touch BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        )
    };
    fixture
        .run(|op| {
            op.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)")?;
            op.create_trigger(Trigger::new("touch", "a", trigger("a")))?;
            op.create_trigger(Trigger::new("touch", "b", trigger("b")))
        })
        .unwrap();
    let schema = <Postgres>::normalize(fixture.schema());
    let options = Options::of(<Postgres>::RULES);
    let same = compute(&schema, &schema, &Hints::default(), &options);
    assert_eq!(same.describe(), [] as [&str; 0]);
    let mut one = schema.clone();
    one.triggers.retain(|trigger| trigger.table == "a");
    let difference = compute(&one, &schema, &Hints::default(), &options);
    assert_eq!(difference.describe(), ["create trigger `touch`"]);
}

#[test]
fn a_check_waits_again_where_another_table_has_one_of_its_name() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE crew (id int PRIMARY KEY);
                 CREATE TABLE member (id int PRIMARY KEY, crew int CONSTRAINT link REFERENCES crew DEFERRABLE INITIALLY DEFERRED);
                 CREATE TABLE guest (id int PRIMARY KEY, crew int CONSTRAINT link REFERENCES crew)",
            )?;
            op.execute("INSERT INTO crew VALUES (1); INSERT INTO member VALUES (1, 1)")?;
            op.alter_column("member", "crew", |column| column.not_null())?;
            // Its crew is only inserted afterwards.
            op.execute("INSERT INTO member VALUES (2, 2); INSERT INTO crew VALUES (2)")
        })
        .unwrap();
    let members = "SELECT id::text FROM member ORDER BY id";
    assert_eq!(fixture.database.strings(members), ["1", "2"]);
}

#[test]
fn changes_of_a_parent_are_applied_to_its_children_once() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE base (id int NOT NULL, small int);
                 CREATE TABLE heir (own int) INHERITS (base);
                 CREATE TABLE heir_of_heir () INHERITS (heir);
                 INSERT INTO heir VALUES (1, 2, 3); INSERT INTO base VALUES (2, 2)",
            )
        })
        .unwrap();
    let operations = model_operations(&mut fixture, |schema| {
        for table in &mut schema.tables {
            table.column(Column::new("flag", Boolean).not_null().default(true));
            table.checks.push(Check::new("id > 0").named("positive"));
        }
        retype_all(schema, "small", BigInt);
    });
    let titles: Vec<String> = operations.iter().map(Operation::title).collect();
    assert_eq!(
        titles,
        [
            "add column `base.flag`",
            "alter column `base.small`",
            "add check `positive` to `base`",
        ]
    );
    let between = there_and_back(&mut fixture, &operations);
    let child = between.table("heir_of_heir").unwrap();
    assert!(
        child
            .find_column("flag")
            .is_some_and(|column| column.not_null)
    );
    assert_eq!(child.find_column("small").unwrap().data_type, BigInt);
    assert_eq!(child.checks.len(), 1);
}

#[test]
fn own_objects_of_a_child_are_dropped_and_added_beside_its_parents() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE base (id int NOT NULL, old int, CONSTRAINT positive CHECK (old > 0));
                 CREATE TABLE a_heir (old int, CONSTRAINT positive CHECK (old > 0)) INHERITS (base);
                 CREATE TABLE heir (old int, CONSTRAINT positive CHECK (old > 0)) INHERITS (base);
                 CREATE TABLE a_heir_of_heir (old int) INHERITS (heir)",
            )
        })
        .unwrap();
    let operations = model_operations(&mut fixture, |schema| {
        for (number, table) in schema.tables.iter_mut().enumerate() {
            table.columns.retain(|column| column.name != "old");
            table.checks.clear();
            let default = i64::try_from(number).unwrap();
            table.column(Column::new("flag", Integer).default(default));
        }
    });
    let between = there_and_back(&mut fixture, &operations);
    for (number, table) in between.tables.iter().enumerate() {
        let flag = table.find_column("flag").unwrap();
        let default = i64::try_from(number).unwrap();
        assert_eq!(flag.default, Some(default.into()), "{}", table.name);
        assert!(table.find_column("old").is_none(), "{}", table.name);
    }
}

#[test]
fn a_function_that_returns_another_type_is_recreated_with_its_dependents() {
    let (Some(mut fixture), Some(mut other)) = (ServerFixture::new(), ServerFixture::new()) else {
        return;
    };
    let build = |fixture: &mut ServerFixture, kind: &str, more: &str| {
        let sql = format!(
            "CREATE FUNCTION total(a int) RETURNS {kind} LANGUAGE sql AS 'SELECT 1::{kind}';
             COMMENT ON FUNCTION total(int) IS 'adds'; CREATE VIEW v AS SELECT total(1) AS n; COMMENT ON VIEW v IS 'all'; {more}"
        );
        fixture.run(|op| op.execute(&sql)).unwrap();
    };
    let more = "REVOKE ALL ON FUNCTION total(int) FROM PUBLIC; GRANT SELECT, UPDATE ON v TO PUBLIC; GRANT INSERT (n) ON v TO PUBLIC;
                CREATE FUNCTION gone() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION gone() IS 'x'";
    build(&mut fixture, "int", more);
    build(&mut other, "bigint", "");
    let (from, to) = (fixture.schema(), other.schema());
    let (hints, options) = (Hints::default(), Options::of(<Postgres>::RULES));
    let operations = compute(&from, &to, &hints, &options).operations;
    let rights = |fixture: &mut ServerFixture| {
        let sql = "SELECT has_table_privilege('public', 'v', 'SELECT'), has_table_privilege('public', 'v', 'UPDATE'), \
                   has_column_privilege('public', 'v', 'n', 'INSERT'), NOT has_function_privilege('public', 'total(int)', 'EXECUTE')";
        let mut found = [false; 4];
        fixture
            .run(|op| {
                let row = op.connection().query_one(sql, &[])?;
                found = std::array::from_fn(|at| row.get(at));
                Ok(())
            })
            .unwrap();
        found
    };
    assert_eq!(rights(&mut fixture), [true; 4]);
    fixture
        .run(|op| {
            let mut all = operations.iter().cloned();
            all.try_for_each(|operation| op.run(operation))
        })
        .unwrap();
    assert_eq!(fixture.schema().differences(&to), [] as [&str; 0]);
    assert_eq!(rights(&mut fixture), [true; 4]);
    fixture
        .run(|op| {
            let mut all = operations.iter().rev().cloned();
            all.try_for_each(|operation| op.run(operation.reverse().unwrap()))
        })
        .unwrap();
    assert_eq!(fixture.schema().differences(&from), [] as [&str; 0]);
    assert_eq!(rights(&mut fixture), [true; 4]);
}

fn retype_all(schema: &mut Schema, column: &str, data_type: Type) {
    for table in &mut schema.tables {
        let mut columns = table.columns.iter_mut();
        if let Some(column) = columns.find(|it| it.name == column) {
            column.data_type = data_type.clone();
        }
    }
}

#[test]
fn a_column_with_a_sequence_of_its_own_is_numbered_by_the_server_and_again_by_a_sequence() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let sql = "CREATE TABLE bill (id serial PRIMARY KEY, \"No\" bigint, n int NOT NULL DEFAULT 1); \
               INSERT INTO bill (\"No\") VALUES (4), (7)";
    fixture.run(|op| op.execute(sql)).unwrap();
    let operations = model_operations(&mut fixture, |schema| {
        let id = &mut schema.tables[0].columns[0];
        (id.default, id.identity) = (None, Some(Identity::Always));
    });
    let after = there_and_back(&mut fixture, &operations);
    let id = &after.table("bill").unwrap().columns[0];
    assert_eq!(id.identity, Some(Identity::Always));
    let operations = model_operations(&mut fixture, |schema| {
        schema.tables[0].columns[1].data_type = Type::custom("bigserial");
    });
    let up = |op: &mut Op<'_, Postgres>| {
        let mut all = operations.into_iter();
        all.try_for_each(|operation| op.run(operation))?;
        op.execute("INSERT INTO bill DEFAULT VALUES")
    };
    fixture.run(up).unwrap();
    let rows = "SELECT concat(id, ' ', \"No\") FROM bill ORDER BY id";
    assert_eq!(fixture.database.strings(rows), ["1 4", "2 7", "3 8"]);
}

#[test]
fn dependents_of_a_recreated_view_are_recreated_with_their_comments() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let body = "LANGUAGE plpgsql AS 'DECLARE r v; BEGIN SELECT * INTO r FROM v; RETURN r; END'";
    let sql = format!(
        "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE VIEW v AS SELECT id, a FROM t; \
         CREATE FUNCTION first_of() RETURNS v {body}; COMMENT ON FUNCTION first_of() IS 'why'; \
         CREATE FUNCTION told(x v) RETURNS int LANGUAGE sql AS 'SELECT x.id'; \
         CREATE POLICY p ON t USING (told((id, a)::v) > 0); ALTER VIEW v ALTER a SET DEFAULT 'x'; \
         INSERT INTO t VALUES (1, 'b')"
    );
    fixture.run(|op| op.execute(&sql)).unwrap();
    let operations = model_operations(&mut fixture, |schema| retype(schema, "id", BigInt));
    there_and_back(&mut fixture, &operations);
    let (from, mut to) = (fixture.schema(), fixture.schema());
    to.views[0].query = "SELECT t.a, t.id FROM t".to_owned();
    for property in &mut to.properties {
        if property.name == "default" {
            *property = property.clone().set_by(
                "ALTER VIEW v ALTER a SET DEFAULT 'y'",
                "ALTER VIEW v ALTER a DROP DEFAULT",
            );
            property.value = "'y'::text".to_owned();
        }
    }
    let operations = compute(
        &from,
        &to,
        &Hints::default(),
        &Options::of(<Postgres>::RULES),
    )
    .operations;
    let after = there_and_back(&mut fixture, &operations);
    assert!(
        after
            .properties
            .iter()
            .any(|property| property.value == "'y'::text")
    );
}

#[test]
fn a_column_that_is_computed_no_longer_keeps_its_values() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let sql = "CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED); \
               INSERT INTO t VALUES (1, 4)";
    fixture.run(|op| op.execute(sql)).unwrap();
    let operations = model_operations(&mut fixture, |schema| {
        let columns = &mut schema.tables[0].columns;
        columns[2].generated = None;
        columns.retain(|column| column.name != "a");
    });
    fixture
        .run(|op| {
            let mut all = operations.into_iter();
            all.try_for_each(|operation| op.run(operation))
        })
        .unwrap();
    assert_eq!(fixture.database.strings("SELECT twice::text FROM t"), ["8"]);
}

#[test]
fn an_index_of_a_partition_is_added_and_dropped_without_its_rows() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE log (id int, note text) PARTITION BY LIST (id);
                 CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
                 INSERT INTO log VALUES (1, 'kept')",
            )
        })
        .unwrap();
    let from = fixture.schema();
    let mut to = from.clone();
    to.natives.push(
        NativeObject::new(
            Object::of_table("index", "log_1", "by_note"),
            "CREATE INDEX by_note ON log_1 USING btree (note)",
            "CREATE INDEX by_note ON log_1 USING btree (note)",
            "DROP INDEX by_note",
        )
        .stage(Stage::AfterTables),
    );
    let options = Options::of(<Postgres>::RULES);
    let operations = compute(&from, &to, &Hints::default(), &options).operations;
    let after = there_and_back(&mut fixture, &operations);
    assert!(after.natives.iter().any(|it| it.object.name == "by_note"));
    fixture
        .run(|op| op.execute("CREATE INDEX by_note ON log_1 (note)"))
        .unwrap();
    let operations = compute(&fixture.schema(), &from, &Hints::default(), &options).operations;
    assert_eq!(operations.len(), 1, "{operations:?}");
    there_and_back(&mut fixture, &operations);
    assert_eq!(fixture.database.strings("SELECT note FROM log"), ["kept"]);
}

#[test]
fn own_objects_of_a_partition_are_added_and_dropped_without_its_rows() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture
        .run(|op| {
            op.execute(
                "CREATE TABLE log (id int, note text DEFAULT 'a', n int DEFAULT 1) PARTITION BY LIST (id);
                 CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
                 INSERT INTO log VALUES (1, 'kept')",
            )
        })
        .unwrap();
    let from = fixture.schema();
    fixture
        .run(|op| {
            op.execute(
                "ALTER TABLE log_1 ADD CONSTRAINT own CHECK (n > 0), ADD PRIMARY KEY (note), ALTER note SET DEFAULT 'b', ALTER n DROP DEFAULT;
                 COMMENT ON CONSTRAINT own ON log_1 IS 'c';
                 CREATE TRIGGER touch BEFORE UPDATE ON log_1 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
                 COMMENT ON TRIGGER touch ON log_1 IS 'd'; ALTER TABLE log_1 DISABLE TRIGGER touch",
            )
        })
        .unwrap();
    let options = Options::of(<Postgres>::RULES);
    let to = fixture.schema();
    let differences = compute(&from, &to, &Hints::default(), &options).describe();
    assert_eq!(
        differences,
        [
            "create constraint `log_1_pkey` of `log_1`",
            "create constraint `own` of `log_1`",
            "create trigger `touch` of `log_1`",
            "set default of column `log_1.n`",
            "set default of column `log_1.note`",
            "set comment of constraint `own` of `log_1`",
            "set state of trigger `touch` of `log_1`",
            "set comment of trigger `touch` of `log_1`",
        ]
    );
    let operations = compute(&to, &from, &Hints::default(), &options).operations;
    there_and_back(&mut fixture, &operations);
    assert_eq!(fixture.database.strings("SELECT note FROM log"), ["kept"]);
}
