//! What the server reports of a schema and no operation expresses: read, compared, written, and read again.

use migrate_engine::backend::Backend as _;
use migrate_runtime::v1::{Mysql, MysqlClient, Type};
use migrate_schema::diff::{Hints, Options, compute};
use migrate_schema::schema::{Column, Index};
use migrate_tests::servers::{self, MysqlDatabase};

use mysql::prelude::Queryable as _;

use crate::fixture::ServerFixture;

/// Builds the dump of a database in another one; both are the same.
fn dumped_and_loaded(database: &MysqlDatabase) -> String {
    let first = database.schema();
    let text = migrate_tools::dump::sql::<Mysql>(&first);
    let other = servers::mysql().unwrap().database();
    // The mode of a statement is set by the one before it.
    let mut conn = other.connect();
    for (statement, _) in <Mysql>::statements(&text) {
        conn.query_drop(statement).unwrap();
    }
    assert_eq!(
        first.differences(&other.schema()),
        [] as [&str; 0],
        "{text}"
    );
    text
}

#[test]
fn a_dump_of_what_no_operation_expresses_is_the_same_schema() {
    let Some(database) = servers::mariadb_database() else {
        return;
    };
    database.run(
        "CREATE SEQUENCE s START WITH 5 INCREMENT BY 2; \
         CREATE TABLE a (id BIGINT PRIMARY KEY DEFAULT NEXTVAL(s), b BIT(2) DEFAULT b'10', z BINARY(4) NOT NULL DEFAULT '', \
             y BINARY(2) DEFAULT x'FF80', at DATETIME(3) ON UPDATE current_timestamp(3), hidden INT INVISIBLE, \
             name VARCHAR(20), g POINT NOT NULL, d DATE DEFAULT '0000-00-00', \
             FULLTEXT KEY words (name), SPATIAL KEY place (g), KEY by_name (name) COMMENT 'why', KEY i (name) IGNORED); \
         CREATE TABLE b (x INT NOT NULL, id INT NOT NULL AUTO_INCREMENT, name VARCHAR(20), t TEXT, PRIMARY KEY (x, id), \
             KEY (id), KEY by_name (name), UNIQUE KEY u (t)); \
         CREATE TABLE m (a INT, KEY h USING HASH (a), KEY b USING BTREE (a)) ENGINE=MEMORY; \
         CREATE TABLE h (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING; \
         CREATE TABLE e (id INT PRIMARY KEY, rs TIMESTAMP(6) GENERATED ALWAYS AS ROW START, \
             re TIMESTAMP(6) GENERATED ALWAYS AS ROW END, pid INT, PERIOD FOR SYSTEM_TIME (rs, re), KEY k (pid)) WITH SYSTEM VERSIONING; \
         CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10)); \
         CREATE SQL SECURITY INVOKER VIEW v AS SELECT x FROM b WHERE x > 1 WITH CHECK OPTION; \
         CREATE TRIGGER t BEFORE INSERT ON b FOR EACH ROW BEGIN /* why */ SET NEW.name = 'a \\\\ b'; SET @x = ';'; END; \
         CREATE PROCEDURE q() BEGIN SELECT 1; SELECT 2; END; \
         CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO DELETE FROM b WHERE x < 0",
    );
    let text = dumped_and_loaded(&database);
    assert!(text.contains("SET NEW.name = 'a \\\\ b'"), "{text}");
    assert!(!text.contains('\0'));
}

#[test]
fn triggers_keep_their_order_whichever_of_them_changes() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let event = "BEFORE INSERT ON t FOR EACH ROW";
    // A trigger made under the mode of a run is one that operations make.
    let ours = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO";
    fixture.database.run(&format!(
        "CREATE TABLE t (id INT PRIMARY KEY, n TEXT); SET sql_mode = 'ANSI_QUOTES'; \
         CREATE TRIGGER b {event} SET NEW.n = CONCAT(NEW.n, 'b'); SET sql_mode = '{ours}'; \
         CREATE TRIGGER c {event} SET NEW.n = CONCAT(NEW.n, 'c'); \
         CREATE TRIGGER d {event} SET NEW.n = CONCAT(NEW.n, 'd'); \
         CREATE TRIGGER a {event} SET NEW.n = CONCAT(NEW.n, 'a')"
    ));
    dumped_and_loaded(&fixture.database);
    let (from, mut to) = (fixture.schema(), fixture.schema());
    for trigger in &mut to.triggers {
        trigger.definition = trigger.definition.replace("'c'", "'C'");
    }
    let options = Options::of(<Mysql>::RULES);
    let operations = compute(&from, &to, &Hints::default(), &options).operations;
    let (up, down) = (operations.clone(), operations.into_iter().rev());
    fixture.there_and_back(
        |op| up.into_iter().try_for_each(|operation| op.run(operation)),
        |op| {
            let mut down = down;
            down.try_for_each(|operation| op.run(operation.reverse().unwrap()))
        },
    );
    fixture.database.run("INSERT INTO t VALUES (1, '')");
    assert_eq!(fixture.database.strings("SELECT n FROM t"), ["bcda"]);
}

#[test]
fn a_view_keeps_the_names_before_its_query() {
    let Some(fixture) = ServerFixture::new() else {
        return;
    };
    fixture.database.run(
        "CREATE TABLE t (n INT); CREATE VIEW v (a, `b c`) AS SELECT count(*), n FROM t GROUP BY n ORDER BY n; \
         CREATE VIEW w (x, y) AS SELECT 1, 1; CREATE VIEW z AS SELECT a, `b c`, x FROM v, w",
    );
    let text = dumped_and_loaded(&fixture.database);
    assert!(text.contains("AS `b c`"), "{text}");
}

#[test]
fn characters_of_four_bytes_and_question_marks_are_distinguished() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    fixture.database.run(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) DEFAULT 'é😀?', n VARCHAR(20) NOT NULL DEFAULT '😀', \
             q VARCHAR(5) NOT NULL DEFAULT '??', b VARCHAR(20) DEFAULT (concat('😀', id)), t TEXT DEFAULT ('😀?'), \
             g VARCHAR(30) AS (concat(id, '😀')) VIRTUAL, e ENUM('a','😀','b?') NOT NULL DEFAULT '😀', \
             s SET('😀','it''s?') DEFAULT '😀', l ENUM('ä','?') CHARACTER SET latin1 DEFAULT '?', \
             m MEDIUMTEXT DEFAULT ('x'), u VARCHAR(40) DEFAULT (uuid()), y VARBINARY(9) DEFAULT x'FF00', \
             z VARBINARY(9) DEFAULT 'abc', h VARCHAR(20) DEFAULT '0xF0', \
             gs VARCHAR(30) AS (concat(id, 'x')) STORED /*!80000 NOT NULL */, \
             c VARCHAR(9) CHECK (c <> '😀'), CONSTRAINT k CHECK (a <> '😀?')); \
         CREATE VIEW v AS SELECT a, e, concat(q, '?') AS z FROM t",
    );
    let text = dumped_and_loaded(&fixture.database);
    for part in [
        "'é😀?'",
        "'😀'",
        "'??'",
        "concat('😀'",
        "'😀?'",
        "'b?'",
        "'it''s?'",
        "'?'",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // A column that is written again keeps them.
    fixture
        .run(|op| {
            op.alter_column("t", "a", |c| c.set_type(Type::Varchar(30)))?;
            op.alter_column("t", "e", |c| c.null())?;
            op.alter_column("t", "s", |c| c.not_null())?;
            Ok(())
        })
        .unwrap();
    fixture.database.run("INSERT INTO t (id) VALUES (1)");
    assert_eq!(
        fixture
            .database
            .strings("SELECT CONCAT_WS(' ', a, n, q, b, t, g, e, s, l) FROM t"),
        ["é😀? 😀 ?? 😀1 😀? 1😀 😀 😀 ?"]
    );
}

#[test]
fn a_check_in_its_column_is_recreated_there_and_is_dropped_with_the_column_kept() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    if !fixture.database.is_mariadb() {
        return;
    }
    fixture.database.run(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL DEFAULT 1 COMMENT 'why' CHECK (a > 0), \
             at TIMESTAMP NULL ON UPDATE current_timestamp() CHECK (at > '2000-01-01'), b INT, \
             CONSTRAINT b CHECK (b > 0), j JSON, CONSTRAINT k CHECK (a < 9))",
    );
    let shown = crate::backup::dumped(&fixture.database, &["--compact"]);
    let other = servers::mysql().unwrap().database();
    let text = migrate_tools::dump::sql::<Mysql>(&fixture.schema());
    other.run(&text);
    let again = crate::backup::dumped(&other, &["--compact"]);
    assert_eq!(shown, again, "{text}");
    for (name, left) in [("a", "at, b, k"), ("at", "b, k"), ("b", "k")] {
        fixture
            .run(|op| op.alter_table("t", |t| t.drop_constraint(name)))
            .unwrap();
        let checks = "SELECT GROUP_CONCAT(CONSTRAINT_NAME ORDER BY 1 SEPARATOR ', ') FROM information_schema.CHECK_CONSTRAINTS \
                      WHERE CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME <> 'j'";
        assert_eq!(fixture.database.strings(checks), [left]);
    }
    let residue = crate::backup::dumped(&fixture.database, &["--compact"]);
    assert!(
        residue.contains("ON UPDATE current_timestamp()"),
        "{residue}"
    );
}

#[test]
fn a_routine_is_recreated_under_every_mode_that_the_server_names() {
    let Some(database) = servers::mariadb_database() else {
        return;
    };
    database.run(
        "CREATE TABLE a (id INT PRIMARY KEY); SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE PROCEDURE q() SELECT 1; \
         CREATE FUNCTION f() RETURNS INT RETURN 1; CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @a = 1; \
         CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    );
    let text = dumped_and_loaded(&database);
    assert!(text.contains("'ALLOW_INVALID_DATES'"), "{text}");
}

#[test]
fn routines_of_oracle_s_language_are_recreated() {
    let Some(database) = servers::mariadb_database() else {
        return;
    };
    for sql in [
        "SET sql_mode = 'ORACLE'; CREATE PROCEDURE p(a INT) IS x INT; BEGIN x := 1; \
             FOR r IN (SELECT 1 AS one) LOOP IF x IS NULL THEN SELECT 2; END IF; END LOOP; \
             EXCEPTION WHEN OTHERS THEN NULL; END",
        "SET sql_mode = 'ORACLE'; CREATE FUNCTION f(a INT) RETURN INT AS BEGIN RETURN a; END f",
        "SET sql_mode = 'ORACLE'; CREATE PACKAGE k AS PROCEDURE one; FUNCTION two RETURN INT; END",
        "SET sql_mode = 'ORACLE'; CREATE PACKAGE BODY k AS v INT := 1; PROCEDURE one IS BEGIN SELECT 1; END; \
             FUNCTION two RETURN INT IS w INT; BEGIN RETURN v; END; BEGIN v := 2; END",
        "CREATE TABLE a (id INT PRIMARY KEY)",
        "SET sql_mode = 'ORACLE'; CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW DECLARE x INT; BEGIN x := 1; END",
    ] {
        database.run(sql);
    }
    let text = dumped_and_loaded(&database);
    assert!(text.contains("PACKAGE BODY"), "{text}");
}

/// Runs the statements of a file that make a schema.
fn build(fixture: &mut ServerFixture, file: &str) {
    let built = fixture.run(|op| {
        let statements = <Mysql>::statements_of_schema(file);
        statements
            .iter()
            .try_for_each(|(_, statement)| op.execute(statement))
    });
    built.unwrap();
}

#[test]
fn a_file_of_mariadb_dump_defines_the_desired_schema() {
    let (Some(one), Some(mut other)) = (ServerFixture::new(), ServerFixture::new()) else {
        return;
    };
    one.database.run(
        "CREATE TABLE b (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) DEFAULT 'it''s;', a INT); \
         CREATE TABLE a (id INT PRIMARY KEY, b INT, FOREIGN KEY (b) REFERENCES b (id)); \
         ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a (id); \
         INSERT INTO b (name) VALUES ('x;'), ('/* y'); INSERT INTO a VALUES (1, 1); \
         CREATE VIEW z_last AS SELECT id FROM b; CREATE VIEW a_first AS SELECT * FROM z_last; CREATE VIEW c AS SELECT id, name FROM b; \
         CREATE TRIGGER t BEFORE INSERT ON b FOR EACH ROW BEGIN SET NEW.name = 'a'; SET @x = ';'; END; \
         SET sql_mode = 'PIPES_AS_CONCAT'; CREATE FUNCTION f() RETURNS TEXT DETERMINISTIC RETURN 'a' || 'b'; SET sql_mode = DEFAULT; \
         CREATE PROCEDURE q() BEGIN SELECT 1; SELECT 2; END; \
         CREATE EVENT ev ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 03:00:00' DO DELETE FROM b WHERE a < 0",
    );
    let file = crate::backup::dumped(&one.database, &["--add-drop-database", "--databases"]);
    build(&mut other, &file);
    let [one, other] = [&one, &other].map(|fixture| fixture.database.schema());
    assert_eq!(one.differences(&other), [] as [&str; 0], "{file}");
    assert_eq!(other.tables.len(), 2);
}

#[test]
fn a_dump_names_its_database_and_the_time_of_an_event_and_is_the_same_schema() {
    let (Some(one), Some(mut other)) = (ServerFixture::new(), ServerFixture::new()) else {
        return;
    };
    if !one.database.is_mariadb() {
        return;
    }
    one.database.run(
        "CREATE SEQUENCE s; CREATE TABLE t (id BIGINT PRIMARY KEY DEFAULT NEXTVAL(s)); SET timestamp = 1600000000; \
         CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO DELETE FROM t WHERE id < 0; SET timestamp = DEFAULT; \
         CREATE EVENT at_three ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 03:00:00' DO DELETE FROM t WHERE id < 0",
    );
    let file = crate::backup::dumped(&one.database, &[]);
    build(&mut other, &file);
    let [one, other] = [&one, &other].map(|fixture| fixture.database.schema());
    let desired = <Mysql>::of_file(&file, other, &one);
    assert_eq!(one.differences(&desired), [] as [&str; 0], "{file}");
    // A time that was specified counts.
    let file = file.replace("2020-01-01 03:00:00", "2020-01-01 04:00:00");
    let mut fixture = ServerFixture::new().unwrap();
    build(&mut fixture, &file);
    let desired = <Mysql>::of_file(&file, fixture.database.schema(), &one);
    assert_eq!(one.differences(&desired).len(), 1);
}

#[test]
fn a_view_keeps_its_texts_where_a_table_is_called_as_the_database_is() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    let name = &database.name;
    database.run(&format!(
        "CREATE TABLE {name} (id INT PRIMARY KEY, town VARCHAR(20)); CREATE TABLE tree (id INT PRIMARY KEY, of_id INT); \
         CREATE VIEW v AS SELECT {name}.id AS o, tree.id AS t FROM {name} JOIN tree ON tree.of_id = {name}.id \
             WHERE {name}.town <> 'a `{name}`.b'"
    ));
    let text = dumped_and_loaded(&database);
    assert!(text.contains(&format!("'a `{name}`.b'")), "{text}");
}

#[test]
fn another_collation_of_a_table_reaches_its_columns() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let set = |options: &'static str| {
        move |op: &mut migrate_runtime::v1::Op<'_, Mysql>| {
            op.alter_table("t", |t| t.options(options))
        }
    };
    fixture
        .run(|op| {
            op.create_table("t", |t| {
                t.column(Column::new("name", Type::Varchar(20)));
                t.column(Column::new("own", Type::Varchar(20)).collate("utf8mb4_unicode_ci"));
            })
        })
        .unwrap();
    let before = fixture.schema();
    fixture.run(set("COLLATE=utf8mb4_bin")).unwrap();
    let table = fixture.schema().table("t").unwrap().clone();
    assert_eq!(table.options.as_deref(), Some("COLLATE=utf8mb4_bin"));
    assert_eq!(table.columns[0].collation, None);
    assert_eq!(
        table.columns[1].collation.as_deref(),
        Some("utf8mb4_unicode_ci")
    );
    fixture.run(set("")).unwrap();
    assert_eq!(before.differences(&fixture.schema()), [] as [&str; 0]);
}

#[test]
fn a_table_without_a_character_set_is_the_same_in_a_database_of_another_one() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    let create = |op: &mut migrate_runtime::v1::Op<'_, Mysql>| {
        op.create_table("t", |t| {
            t.column(Column::new("name", Type::Varchar(20)).default("ж"));
        })?;
        op.create_index(Index::new("ix", "t", "name"))
    };
    fixture.run(create).unwrap();
    let expected = fixture.schema();
    for letters in [
        "CHARACTER SET latin1",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    ] {
        let mut fixture = ServerFixture::new().unwrap();
        let name = fixture.database.name.clone();
        fixture
            .database
            .run(&format!("ALTER DATABASE {name} {letters}"));
        fixture.run(create).unwrap();
        assert_eq!(
            expected.differences(&fixture.schema()),
            [] as [&str; 0],
            "{letters}"
        );
    }
}

#[test]
fn a_server_that_keeps_small_letters_finds_a_table_by_capitals() {
    if servers::mysql().is_none() {
        return;
    }
    let server = match servers::mysql_with("--lower-case-table-names=1") {
        Ok(server) => server,
        Err(reason) => return eprintln!("not tried: {reason}"),
    };
    let database = server.database();
    let client = MysqlClient::connect(&database.url).unwrap();
    let mut fixture = ServerFixture { client, database };
    for _ in 0..2 {
        fixture
            .run(|op| {
                op.create_table_if_not_exists("OrderLine", |t| {
                    t.column(Column::new("id", Type::Integer).primary_key());
                })
            })
            .unwrap();
    }
    fixture
        .run(|op| op.drop_table_if_exists("ORDERLINE"))
        .unwrap();
    assert!(fixture.schema().tables.is_empty());
}

#[test]
fn a_block_outside_of_a_routine_is_one_statement() {
    let Some(mut fixture) = ServerFixture::new() else {
        return;
    };
    if !fixture.database.is_mariadb() {
        return;
    }
    fixture.database.run("CREATE TABLE t (a INT)");
    fixture
        .run(|op| {
            op.execute("IF 1 THEN INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); END IF")?;
            op.execute(
                "SET SQL_MODE = ORACLE; BEGIN INSERT INTO t VALUES (3); INSERT INTO t VALUES (4); END;\n/\n\
                 DECLARE x INT := 5; BEGIN INSERT INTO t VALUES (x); EXCEPTION WHEN OTHERS THEN NULL; END;\n/\n",
            )
        })
        .unwrap();
    let rows = fixture
        .database
        .strings("SELECT CAST(SUM(a) AS CHAR) FROM t");
    assert_eq!(rows, ["15"]);
}
