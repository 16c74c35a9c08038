//! MariaDB.

use migrate_runtime::v1::Mysql;
use migrate_schema::schema::Schema;
use migrate_tests::servers::{self, MysqlDatabase};

use crate::{Mutation, Rewrite};

#[test]
fn mysql() {
    let Some(database) = servers::mariadb_database() else {
        return;
    };
    crate::run::<Mysql>(MUTATIONS, REWRITES, |sql| schema(&database, sql));
}

fn schema(database: &MysqlDatabase, sql: &'static str) -> Schema {
    let name = &database.name;
    // Servers have other collations of their own.
    let again = format!("DROP DATABASE {name}; CREATE DATABASE {name} COLLATE utf8mb4_general_ci");
    database.run(&again);
    database.run(sql);
    database.schema()
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        fact: "a type",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a BIGINT)",
        named: "`t.a`",
    },
    Mutation {
        fact: "a length",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(11))",
        named: "`t.a`",
    },
    Mutation {
        fact: "a column takes NULL",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL)",
        named: "`t.a`",
    },
    Mutation {
        fact: "a default",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT DEFAULT 1)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT DEFAULT 2)",
        named: "`t.a`",
    },
    Mutation {
        fact: "a default of bits",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a BIT(2) DEFAULT b'01')",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a BIT(2) DEFAULT b'10')",
        named: "`t.a`",
    },
    Mutation {
        fact: "a default to its last digit",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a DECIMAL(30,10) DEFAULT 12345678901234567890.1)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a DECIMAL(30,10) DEFAULT 12345678901234567890.2)",
        named: "`t.a`",
    },
    Mutation {
        fact: "the sign of a number",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT UNSIGNED)",
        named: "`t.a`",
    },
    Mutation {
        fact: "zeros in front",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT UNSIGNED)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT UNSIGNED ZEROFILL)",
        named: "`t.a`",
    },
    Mutation {
        fact: "a value of an ENUM",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x','y'))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x','y','z'))",
        named: "`t.a`",
    },
    Mutation {
        fact: "a letter of four bytes in a value of an ENUM",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x','😀'))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x','😁'))",
        named: "`t.a`",
    },
    Mutation {
        fact: "a letter of four bytes in a default",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) NOT NULL DEFAULT '😀')",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) NOT NULL DEFAULT '?')",
        named: "`t.a`",
    },
    Mutation {
        fact: "a letter of four bytes in what a default computes",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) DEFAULT (concat('😀', id)))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) DEFAULT (concat('😁', id)))",
        named: "`t.a`",
    },
    Mutation {
        fact: "a letter of four bytes in a generated column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) AS (concat('😀', id)) STORED)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) AS (concat('😁', id)) STORED)",
        named: "`t.a`",
    },
    Mutation {
        fact: "a letter of four bytes in a check",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), CONSTRAINT c CHECK (a <> '😀'))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), CONSTRAINT c CHECK (a <> '😁'))",
        named: "`c`",
    },
    Mutation {
        fact: "the character set of a column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET latin1)",
        named: "`t.a`",
    },
    Mutation {
        fact: "the collation of a column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) COLLATE utf8mb4_bin)",
        named: "`t.a`",
    },
    Mutation {
        fact: "the collation of a text that is checked to be JSON",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a JSON)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a LONGTEXT CHECK (json_valid(a)))",
        named: "`t.a`",
    },
    Mutation {
        fact: "ON UPDATE",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a DATETIME(3) DEFAULT NULL)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a DATETIME(3) DEFAULT NULL ON UPDATE current_timestamp(3))",
        named: "`t.a`",
    },
    Mutation {
        fact: "an invisible column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT DEFAULT 1)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT INVISIBLE DEFAULT 1)",
        named: "`t.a`",
    },
    Mutation {
        fact: "a compressed column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a TEXT)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a TEXT COMPRESSED)",
        named: "`t.a`",
    },
    Mutation {
        fact: "a comment of a column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT COMMENT 'it''s')",
        named: "`t.a`",
    },
    Mutation {
        fact: "an expression of a generated column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, b INT, a INT AS (b + 1) STORED)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, b INT, a INT AS (b + 2) STORED)",
        named: "`t.a`",
    },
    Mutation {
        fact: "whether a generated column is stored",
        base: "CREATE TABLE t (id INT PRIMARY KEY, b INT, a INT AS (b + 1) STORED)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, b INT, a INT AS (b + 1) VIRTUAL)",
        named: "`t.a`",
    },
    Mutation {
        fact: "AUTO_INCREMENT of the key",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, UNIQUE KEY u (a), KEY k (id))",
        named: "`u`",
    },
    Mutation {
        fact: "AUTO_INCREMENT",
        base: "CREATE TABLE t (id INT PRIMARY KEY)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT)",
        named: "`t.id`",
    },
    Mutation {
        fact: "AUTO_INCREMENT of a plain key",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, KEY k (a))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL AUTO_INCREMENT, KEY k (a))",
        named: "`t.a`",
    },
    Mutation {
        fact: "a check beside a column",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT CHECK (a > 1))",
        named: "`a`",
    },
    Mutation {
        fact: "a check stands in its column, and goes with it",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, CONSTRAINT a CHECK (a > 1))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT CHECK (a > 1))",
        named: "constraint `a` of `t`",
    },
    Mutation {
        fact: "a condition of a check",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > 1))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > 2))",
        named: "`c`",
    },
    Mutation {
        fact: "the engine",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ENGINE=MyISAM",
        named: "`t`",
    },
    Mutation {
        fact: "the format of rows",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ROW_FORMAT=COMPRESSED",
        named: "`t`",
    },
    Mutation {
        fact: "the size of key blocks",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4",
        named: "`t`",
    },
    Mutation {
        fact: "statistics that persist",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) STATS_PERSISTENT=0",
        named: "`t`",
    },
    Mutation {
        fact: "the most rows",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) MAX_ROWS=1000",
        named: "`t`",
    },
    Mutation {
        fact: "pages that are compressed",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) PAGE_COMPRESSED=1",
        named: "`t`",
    },
    Mutation {
        fact: "transactions of Aria",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ENGINE=Aria TRANSACTIONAL=1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ENGINE=Aria TRANSACTIONAL=0",
        named: "`t`",
    },
    Mutation {
        fact: "a checksum",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ENGINE=MyISAM",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ENGINE=MyISAM CHECKSUM=1",
        named: "`t`",
    },
    Mutation {
        fact: "the collation of a table",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) COLLATE=utf8mb4_bin",
        named: "`t`",
    },
    Mutation {
        fact: "the character set of a table",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) CHARACTER SET latin1",
        named: "`t`",
    },
    Mutation {
        fact: "the comment of a table",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) COMMENT='it''s'",
        named: "`t`",
    },
    Mutation {
        fact: "the history of rows",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) WITH SYSTEM VERSIONING",
        named: "`t`",
    },
    Mutation {
        fact: "partitions",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) PARTITION BY HASH (id) PARTITIONS 4",
        named: "`t`",
    },
    Mutation {
        fact: "how many partitions",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) PARTITION BY HASH (id) PARTITIONS 2",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) PARTITION BY HASH (id) PARTITIONS 4",
        named: "`t`",
    },
    Mutation {
        fact: "a bound of a partition",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (20))",
        named: "`t`",
    },
    Mutation {
        fact: "a column without history",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT WITHOUT SYSTEM VERSIONING) WITH SYSTEM VERSIONING",
        named: "`t.a`",
    },
    Mutation {
        fact: "a period of the application",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a DATE NOT NULL, b DATE NOT NULL)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a DATE NOT NULL, b DATE NOT NULL, PERIOD FOR p (a, b))",
        named: "`t`",
    },
    Mutation {
        fact: "WITHOUT OVERLAPS",
        base: "CREATE TABLE t (id INT, a DATE, b DATE, PERIOD FOR p (a, b), UNIQUE u (id, b, a))",
        changed: "CREATE TABLE t (id INT, a DATE, b DATE, PERIOD FOR p (a, b), UNIQUE u (id, p WITHOUT OVERLAPS))",
        named: "`u`",
    },
    Mutation {
        fact: "an index",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a))",
        named: "`i`",
    },
    Mutation {
        fact: "the columns of an index",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a, b))",
        named: "`i`",
    },
    Mutation {
        fact: "the order of an index",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a DESC))",
        named: "`i`",
    },
    Mutation {
        fact: "how many letters an index holds",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (s(5)))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (s(6)))",
        named: "`i`",
    },
    Mutation {
        fact: "a unique index",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, UNIQUE KEY i (a))",
        named: "`i`",
    },
    Mutation {
        fact: "an index of words",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (s))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, FULLTEXT KEY i (s))",
        named: "`i`",
    },
    Mutation {
        fact: "an index of places",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, SPATIAL KEY i (g))",
        named: "`i`",
    },
    Mutation {
        fact: "a comment of an index",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a) COMMENT 'why')",
        named: "`i`",
    },
    Mutation {
        fact: "an index that is ignored",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, KEY i (a) IGNORED)",
        named: "`i`",
    },
    Mutation {
        fact: "a comment of a unique constraint",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, UNIQUE KEY i (a))",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, UNIQUE KEY i (a) COMMENT 'why')",
        named: "`i`",
    },
    Mutation {
        fact: "a unique constraint over long values",
        base: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL)",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(100), x TEXT, g POINT NOT NULL, UNIQUE KEY i (x))",
        named: "`i`",
    },
    Mutation {
        fact: "a method of an index in memory",
        base: "CREATE TABLE t (a INT, KEY i (a) USING HASH) ENGINE=MEMORY",
        changed: "CREATE TABLE t (a INT, KEY i (a) USING BTREE) ENGINE=MEMORY",
        named: "`i`",
    },
    Mutation {
        fact: "the method of a key in memory",
        base: "CREATE TABLE t (a INT, PRIMARY KEY (a) USING HASH) ENGINE=MEMORY",
        changed: "CREATE TABLE t (a INT, PRIMARY KEY (a) USING BTREE) ENGINE=MEMORY",
        named: "`t`",
    },
    Mutation {
        fact: "an index of a name that another table has",
        base: "CREATE TABLE t (a INT, KEY i (a)); CREATE TABLE u (a INT, b INT, KEY i (a))",
        changed: "CREATE TABLE t (a INT, KEY i (a)); CREATE TABLE u (a INT, b INT, KEY i (b))",
        named: "`u`",
    },
    Mutation {
        fact: "a foreign key",
        base: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY f (a))",
        changed: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))",
        named: "`f`",
    },
    Mutation {
        fact: "the name of the index below a foreign key",
        base: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))",
        changed: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY a (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))",
        named: "index `a`",
    },
    Mutation {
        fact: "what a foreign key does",
        base: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))",
        changed: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE)",
        named: "`f`",
    },
    Mutation {
        fact: "a view's query",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t WHERE id > 1",
        named: "`v`",
    },
    Mutation {
        fact: "a text in a view's query",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t WHERE s <> 'a'",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t WHERE s <> 'a `b`.c'",
        named: "`v`",
    },
    Mutation {
        fact: "whose rights a view has",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE SQL SECURITY INVOKER VIEW v AS SELECT id FROM t",
        named: "`v`",
    },
    Mutation {
        fact: "a view's check",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t WHERE id > 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t WHERE id > 1 WITH CHECK OPTION",
        named: "`v`",
    },
    Mutation {
        fact: "how far a view's check goes",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t WHERE id > 1 WITH LOCAL CHECK OPTION",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t WHERE id > 1 WITH CASCADED CHECK OPTION",
        named: "`v`",
    },
    Mutation {
        fact: "a view's algorithm",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE ALGORITHM=TEMPTABLE VIEW v AS SELECT id FROM t",
        named: "`v`",
    },
    Mutation {
        fact: "a view's definer",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT id FROM t",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE DEFINER=`nobody`@`%` VIEW v AS SELECT id FROM t",
        named: "`v`",
    },
    Mutation {
        fact: "what a trigger does",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 2",
        named: "`g`",
    },
    Mutation {
        fact: "a backslash in a trigger",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 'a b'",
        changed: r#"CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 'a \\ b'"#,
        named: "`g`",
    },
    Mutation {
        fact: "when a trigger fires",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW SET @x = 1",
        named: "`g`",
    },
    Mutation {
        fact: "a trigger's definer",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE DEFINER=`nobody`@`%` TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        named: "`g`",
    },
    Mutation {
        fact: "a trigger's SQL mode",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); SET sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); SET sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        named: "`g`",
    },
    Mutation {
        fact: "the order of triggers",
        base: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW SET @x = 1; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 2",
        changed: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 2; CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        named: "`f`",
    },
    Mutation {
        fact: "a function",
        base: "CREATE TABLE t (id INT PRIMARY KEY); ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x * 2",
        named: "`f`",
    },
    Mutation {
        fact: "what a function does",
        base: "CREATE TABLE t (id INT PRIMARY KEY); CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x * 2",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC RETURN x * 3",
        named: "`f`",
    },
    Mutation {
        fact: "whose rights a procedure has",
        base: "CREATE TABLE t (id INT PRIMARY KEY); CREATE PROCEDURE p() SELECT 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE PROCEDURE p() SQL SECURITY INVOKER SELECT 1",
        named: "`p`",
    },
    Mutation {
        fact: "a procedure's comment",
        base: "CREATE TABLE t (id INT PRIMARY KEY); CREATE PROCEDURE p() SELECT 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE PROCEDURE p() COMMENT 'why' SELECT 1",
        named: "`p`",
    },
    Mutation {
        fact: "a procedure's SQL mode",
        base: "CREATE TABLE t (id INT PRIMARY KEY); SET sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO'; CREATE PROCEDURE p() SELECT 1",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); SET sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES'; CREATE PROCEDURE p() SELECT 1",
        named: "`p`",
    },
    Mutation {
        fact: "an event",
        base: "CREATE TABLE t (id INT PRIMARY KEY); ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
        named: "`e`",
    },
    Mutation {
        fact: "when an event is due",
        base: "CREATE TABLE t (id INT PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 2 DAY DO DELETE FROM t",
        named: "`e`",
    },
    Mutation {
        fact: "an event that is switched off",
        base: "CREATE TABLE t (id INT PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM t",
        named: "`e`",
    },
    Mutation {
        fact: "a sequence",
        base: "CREATE TABLE t (id INT PRIMARY KEY); ",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE SEQUENCE q",
        named: "`q`",
    },
    Mutation {
        fact: "the step of a sequence",
        base: "CREATE TABLE t (id INT PRIMARY KEY); CREATE SEQUENCE q",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE SEQUENCE q INCREMENT BY 2",
        named: "`q`",
    },
    Mutation {
        fact: "the cycle of a sequence",
        base: "CREATE TABLE t (id INT PRIMARY KEY); CREATE SEQUENCE q",
        changed: "CREATE TABLE t (id INT PRIMARY KEY); CREATE SEQUENCE q CYCLE",
        named: "`q`",
    },
    Mutation {
        fact: "a default from a sequence",
        base: "CREATE SEQUENCE q; CREATE SEQUENCE w; CREATE TABLE t (a BIGINT DEFAULT NEXTVAL(q))",
        changed: "CREATE SEQUENCE q; CREATE SEQUENCE w; CREATE TABLE t (a BIGINT DEFAULT NEXTVAL(w))",
        named: "`t.a`",
    },
];

const REWRITES: &[Rewrite] = &[
    Rewrite {
        spelling: "the width of a whole number",
        one: "CREATE TABLE t (a INT(5), b BIGINT(3))",
        other: "CREATE TABLE t (a INT, b BIGINT)",
    },
    Rewrite {
        spelling: "another name of a type",
        one: "CREATE TABLE t (a INTEGER, b BOOL, c NUMERIC(5), d DOUBLE PRECISION)",
        other: "CREATE TABLE t (a INT, b TINYINT(1), c DECIMAL(5,0), d DOUBLE)",
    },
    Rewrite {
        spelling: "a key beside its column",
        one: "CREATE TABLE t (a INT PRIMARY KEY)",
        other: "CREATE TABLE t (a INT, PRIMARY KEY (a))",
    },
    Rewrite {
        spelling: "a key added afterwards",
        one: "CREATE TABLE t (a INT PRIMARY KEY, b INT, KEY i (b))",
        other: "CREATE TABLE t (a INT NOT NULL, b INT); ALTER TABLE t ADD PRIMARY KEY (a); CREATE INDEX i ON t (b)",
    },
    Rewrite {
        spelling: "a unique index",
        one: "CREATE TABLE t (a INT, UNIQUE KEY u (a))",
        other: "CREATE TABLE t (a INT); CREATE UNIQUE INDEX u ON t (a)",
    },
    Rewrite {
        spelling: "a default said as NULL",
        one: "CREATE TABLE t (a INT DEFAULT NULL)",
        other: "CREATE TABLE t (a INT)",
    },
    Rewrite {
        spelling: "the next number",
        one: "CREATE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT)",
        other: "CREATE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT) AUTO_INCREMENT=1000",
    },
    Rewrite {
        spelling: "the database's own collation",
        one: "CREATE TABLE t (a VARCHAR(9)) COLLATE=utf8mb4_general_ci",
        other: "CREATE TABLE t (a VARCHAR(9) COLLATE utf8mb4_general_ci)",
    },
    Rewrite {
        spelling: "the usual engine",
        one: "CREATE TABLE t (a INT) ENGINE=InnoDB",
        other: "CREATE TABLE t (a INT)",
    },
    Rewrite {
        spelling: "brackets of a condition",
        one: "CREATE TABLE t (a INT, CONSTRAINT c CHECK ((a) > (1)))",
        other: "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 1))",
    },
    Rewrite {
        spelling: "what refuses a deletion",
        one: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id) ON DELETE RESTRICT)",
        other: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id) ON DELETE NO ACTION)",
    },
    Rewrite {
        spelling: "the index of a foreign key",
        one: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))",
        other: "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (a INT, KEY f (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))",
    },
    Rewrite {
        spelling: "a column changed afterwards",
        one: "CREATE TABLE t (a DATETIME ON UPDATE current_timestamp())",
        other: "CREATE TABLE t (a DATETIME); ALTER TABLE t MODIFY a DATETIME ON UPDATE CURRENT_TIMESTAMP",
    },
    Rewrite {
        spelling: "partitions made afterwards",
        one: "CREATE TABLE t (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2",
        other: "CREATE TABLE t (id INT PRIMARY KEY); ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 2",
    },
    Rewrite {
        spelling: "a history begun afterwards",
        one: "CREATE TABLE t (id INT PRIMARY KEY) WITH SYSTEM VERSIONING",
        other: "CREATE TABLE t (id INT PRIMARY KEY); ALTER TABLE t ADD SYSTEM VERSIONING",
    },
    Rewrite {
        spelling: "an option set afterwards",
        one: "CREATE TABLE t (id INT PRIMARY KEY) ROW_FORMAT=DYNAMIC MAX_ROWS=9",
        other: "CREATE TABLE t (id INT PRIMARY KEY) MAX_ROWS=9; ALTER TABLE t ROW_FORMAT=DYNAMIC",
    },
    Rewrite {
        spelling: "an option taken away",
        one: "CREATE TABLE t (id INT PRIMARY KEY)",
        other: "CREATE TABLE t (id INT PRIMARY KEY) ROW_FORMAT=DYNAMIC MAX_ROWS=9 STATS_PERSISTENT=1; ALTER TABLE t ROW_FORMAT=DEFAULT MAX_ROWS=0 STATS_PERSISTENT=DEFAULT",
    },
    Rewrite {
        spelling: "spaces and comments of a trigger",
        one: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1",
        other: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); create trigger `g` before insert on `t`\n for each row  SET /* why */ @x  = 1",
    },
    Rewrite {
        spelling: "a view replaced",
        one: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE SQL SECURITY INVOKER VIEW v AS SELECT id FROM t",
        other: "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20)); CREATE VIEW v AS SELECT 1; CREATE OR REPLACE SQL SECURITY INVOKER VIEW v AS SELECT `t`.`id` FROM `t`",
    },
    Rewrite {
        spelling: "an event's beginning that nobody said",
        one: "CREATE TABLE t (id INT PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
        other: "CREATE TABLE t (id INT PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM t; ",
    },
    Rewrite {
        spelling: "what a sequence has by itself",
        one: "CREATE SEQUENCE q",
        other: "CREATE SEQUENCE q START WITH 1 INCREMENT BY 1 NOCYCLE CACHE 1000",
    },
    Rewrite {
        spelling: "a method that is the usual one",
        one: "CREATE TABLE t (a INT, KEY i (a) USING BTREE)",
        other: "CREATE TABLE t (a INT, KEY i (a))",
    },
    Rewrite {
        spelling: "a comment that is none",
        one: "CREATE TABLE t (a INT COMMENT '') COMMENT=''",
        other: "CREATE TABLE t (a INT)",
    },
];
