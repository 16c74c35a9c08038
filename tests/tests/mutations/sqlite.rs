//! SQLite.

use migrate_engine::backend::Backend as _;
use migrate_runtime::v1::Sqlite;
use migrate_schema::schema::Schema;
use rusqlite::Connection;

use crate::{Mutation, Rewrite};

#[test]
fn sqlite() {
    crate::run::<Sqlite>(MUTATIONS, REWRITES, schema);
}

fn schema(sql: &'static str) -> Schema {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    <Sqlite>::inspect(&mut &connection, None).unwrap()
}

/// A fact of one table `t`: the text between its parentheses, before and after.
macro_rules! of_table {
    ($fact:literal, $base:literal, $changed:literal, $named:literal) => {
        Mutation {
            fact: $fact,
            base: concat!("CREATE TABLE t (", $base, ")"),
            changed: concat!("CREATE TABLE t (", $changed, ")"),
            named: $named,
        }
    };
}

/// A fact of an object on a table `t (id, a, b)`.
macro_rules! on_table {
    ($fact:literal, $base:literal, $changed:literal, $named:literal) => {
        Mutation {
            fact: $fact,
            base: concat!(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); ",
                $base
            ),
            changed: concat!(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); ",
                $changed
            ),
            named: $named,
        }
    };
}

const MUTATIONS: &[Mutation] = &[
    of_table!(
        "a column",
        "id INTEGER PRIMARY KEY",
        "id INTEGER PRIMARY KEY, a TEXT",
        "column `t.a`"
    ),
    of_table!("a type", "a TEXT", "a BLOB", "column `t.a`"),
    of_table!(
        "the spelling of a type of whole numbers",
        "a INTEGER",
        "a BIGINT",
        "column `t.a`"
    ),
    of_table!(
        "the spelling of a smaller type",
        "a INTEGER",
        "a SMALLINT",
        "column `t.a`"
    ),
    of_table!(
        "the spelling of a type with a fraction",
        "a REAL",
        "a DOUBLE",
        "column `t.a`"
    ),
    of_table!(
        "the spelling of a decimal type",
        "a NUMERIC(10,2)",
        "a DECIMAL(10,2)",
        "column `t.a`"
    ),
    of_table!(
        "a type that makes numbers of texts",
        "a CHAR(36)",
        "a UUID",
        "column `t.a`"
    ),
    of_table!("no type at all", "a TEXT", "a", "column `t.a`"),
    of_table!(
        "the length of a type",
        "a VARCHAR(10)",
        "a VARCHAR(20)",
        "column `t.a`"
    ),
    of_table!("NOT NULL", "a TEXT", "a TEXT NOT NULL", "column `t.a`"),
    of_table!(
        "a name of NOT NULL",
        "a TEXT NOT NULL",
        "a TEXT CONSTRAINT nn NOT NULL",
        "column `t.a`"
    ),
    of_table!(
        "a conflict clause of NOT NULL",
        "a TEXT NOT NULL",
        "a TEXT NOT NULL ON CONFLICT IGNORE",
        "column `t.a`"
    ),
    of_table!(
        "a default",
        "a TEXT DEFAULT 'x'",
        "a TEXT DEFAULT 'y'",
        "column `t.a`"
    ),
    of_table!(
        "a default in double quotes",
        "a TEXT",
        "a TEXT DEFAULT \"\"",
        "column `t.a`"
    ),
    of_table!(
        "a default that is a blob",
        "a BLOB DEFAULT 'ab'",
        "a BLOB DEFAULT x'6162'",
        "column `t.a`"
    ),
    of_table!(
        "a name of a default",
        "a TEXT DEFAULT 'x'",
        "a TEXT CONSTRAINT df DEFAULT 'x'",
        "column `t.a`"
    ),
    of_table!(
        "a default that is computed",
        "a TEXT DEFAULT CURRENT_TIMESTAMP",
        "a TEXT DEFAULT 'CURRENT_TIMESTAMP'",
        "column `t.a`"
    ),
    of_table!(
        "a number with a fraction in a column without a type",
        "a DEFAULT 1000",
        "a DEFAULT 1e3",
        "column `t.a`"
    ),
    of_table!(
        "a collation",
        "a TEXT",
        "a TEXT COLLATE NOCASE",
        "column `t.a`"
    ),
    of_table!(
        "a name of a collation",
        "a TEXT COLLATE NOCASE",
        "a TEXT CONSTRAINT c COLLATE NOCASE",
        "column `t.a`"
    ),
    of_table!(
        "a primary key",
        "a TEXT NOT NULL",
        "a TEXT NOT NULL PRIMARY KEY",
        "`t`"
    ),
    of_table!(
        "a row number",
        "id INTEGER PRIMARY KEY, a",
        "id INT PRIMARY KEY, a",
        "column `t.id`"
    ),
    of_table!(
        "DESC at a row number, which is none then",
        "id INTEGER PRIMARY KEY, a",
        "id INTEGER PRIMARY KEY DESC, a",
        "primary key of table `t`"
    ),
    of_table!(
        "AUTOINCREMENT",
        "id INTEGER PRIMARY KEY, a",
        "id INTEGER PRIMARY KEY AUTOINCREMENT, a",
        "column `t.id`"
    ),
    of_table!(
        "AUTOINCREMENT beside the columns",
        "id INTEGER NOT NULL, PRIMARY KEY (id)",
        "id INTEGER NOT NULL, PRIMARY KEY (id AUTOINCREMENT)",
        "column `t.id`"
    ),
    of_table!(
        "the order in a primary key",
        "a, b, PRIMARY KEY (a, b)",
        "a, b, PRIMARY KEY (a, b DESC)",
        "primary key of table `t`"
    ),
    of_table!(
        "a collation in a primary key",
        "a TEXT, b, PRIMARY KEY (a, b)",
        "a TEXT, b, PRIMARY KEY (a COLLATE NOCASE, b)",
        "primary key of table `t`"
    ),
    of_table!(
        "a conflict clause of a primary key",
        "a TEXT PRIMARY KEY",
        "a TEXT PRIMARY KEY ON CONFLICT REPLACE",
        "primary key of table `t`"
    ),
    of_table!(
        "a conflict clause of a row number",
        "id INTEGER PRIMARY KEY",
        "id INTEGER PRIMARY KEY ON CONFLICT REPLACE",
        "primary key of table `t`"
    ),
    of_table!(
        "the columns of a primary key",
        "a, b, PRIMARY KEY (a, b)",
        "a, b, PRIMARY KEY (b, a)",
        "`t`"
    ),
    of_table!(
        "the name of a primary key",
        "a, b, CONSTRAINT p PRIMARY KEY (a, b)",
        "a, b, CONSTRAINT q PRIMARY KEY (a, b)",
        "`t`"
    ),
    of_table!("a unique constraint", "a TEXT", "a TEXT UNIQUE", "`t`"),
    of_table!(
        "a collation in a unique constraint",
        "a TEXT, UNIQUE (a)",
        "a TEXT, UNIQUE (a COLLATE NOCASE)",
        "unique constraint of table `t`"
    ),
    of_table!(
        "the order in a unique constraint",
        "a, b, UNIQUE (a, b)",
        "a, b, UNIQUE (a, b DESC)",
        "unique constraint of table `t`"
    ),
    of_table!(
        "a conflict clause of a unique constraint",
        "a TEXT UNIQUE",
        "a TEXT UNIQUE ON CONFLICT REPLACE",
        "unique constraint of table `t`"
    ),
    of_table!(
        "the name of a unique constraint",
        "a, CONSTRAINT one UNIQUE (a)",
        "a, CONSTRAINT two UNIQUE (a)",
        "`t`"
    ),
    of_table!("a check", "a INT", "a INT CHECK (a > 0)", "`t`"),
    of_table!(
        "a condition",
        "a INT CHECK (a > 0)",
        "a INT CHECK (a >= 0)",
        "`t`"
    ),
    of_table!(
        "a text in double quotes that is a name elsewhere",
        "a, \"new\", CHECK (a <> \"new\")",
        "a, \"new\", CHECK (a <> 'new')",
        "`t`"
    ),
    of_table!(
        "the name of a check",
        "a INT, CONSTRAINT one CHECK (a > 0)",
        "a INT, CONSTRAINT two CHECK (a > 0)",
        "`t`"
    ),
    of_table!(
        "a foreign key",
        "id INTEGER PRIMARY KEY, a INT",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id)",
        "`t`"
    ),
    of_table!(
        "ON DELETE",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id)",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id) ON DELETE CASCADE",
        "`t`"
    ),
    of_table!(
        "ON UPDATE",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id)",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id) ON UPDATE SET NULL",
        "`t`"
    ),
    of_table!(
        "a key that waits for the commit",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id)",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED",
        "`t`"
    ),
    of_table!(
        "MATCH",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id)",
        "id INTEGER PRIMARY KEY, a INT REFERENCES t (id) MATCH FULL",
        "foreign key of table `t`"
    ),
    of_table!(
        "a key to a table that is not there",
        "a INT",
        "a INT REFERENCES nosuch (id)",
        "`t`"
    ),
    of_table!(
        "a generated column",
        "a INT, b AS (a * 2)",
        "a INT, b AS (a * 3)",
        "column `t.b`"
    ),
    of_table!(
        "a generated column that is stored",
        "a INT, b AS (a * 2)",
        "a INT, b AS (a * 2) STORED",
        "column `t.b`"
    ),
    Mutation {
        fact: "STRICT",
        base: "CREATE TABLE t (a INT)",
        changed: "CREATE TABLE t (a INT) STRICT",
        named: "table `t`",
    },
    Mutation {
        fact: "WITHOUT ROWID",
        base: "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY)",
        changed: "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
        named: "table `t`",
    },
    on_table!("an index", "", "CREATE INDEX ix ON t (a)", "index `ix`"),
    on_table!(
        "a unique index",
        "CREATE INDEX ix ON t (a)",
        "CREATE UNIQUE INDEX ix ON t (a)",
        "index `ix`"
    ),
    on_table!(
        "the columns of an index",
        "CREATE INDEX ix ON t (a)",
        "CREATE INDEX ix ON t (a, b)",
        "index `ix`"
    ),
    on_table!(
        "the order of an index",
        "CREATE INDEX ix ON t (a)",
        "CREATE INDEX ix ON t (a DESC)",
        "index `ix`"
    ),
    on_table!(
        "a collation of an index",
        "CREATE INDEX ix ON t (a)",
        "CREATE INDEX ix ON t (a COLLATE NOCASE)",
        "index `ix`"
    ),
    on_table!(
        "an expression of an index",
        "CREATE INDEX ix ON t (a || 'x')",
        "CREATE INDEX ix ON t (a || 'y')",
        "index `ix`"
    ),
    on_table!(
        "a collation of an expression",
        "CREATE INDEX ix ON t (lower(a))",
        "CREATE INDEX ix ON t (lower(a) COLLATE NOCASE)",
        "index `ix`"
    ),
    on_table!(
        "the rows of an index",
        "CREATE INDEX ix ON t (a)",
        "CREATE INDEX ix ON t (a) WHERE a <> 'x'",
        "index `ix`"
    ),
    on_table!(
        "a text in the rows of an index",
        "CREATE INDEX ix ON t (a) WHERE a <> \"x\"",
        "CREATE INDEX ix ON t (a) WHERE a <> \"y\"",
        "index `ix`"
    ),
    on_table!("a view", "", "CREATE VIEW v AS SELECT a FROM t", "view `v`"),
    on_table!(
        "a sign in a view",
        "CREATE VIEW v AS SELECT a FROM t WHERE id > 1",
        "CREATE VIEW v AS SELECT a FROM t WHERE id >= 1",
        "view `v`"
    ),
    on_table!(
        "a text in double quotes in a view",
        "CREATE VIEW v AS SELECT a FROM t WHERE b = \"open\"",
        "CREATE VIEW v AS SELECT a FROM t WHERE b = open",
        "view `v`"
    ),
    on_table!(
        "a blob in a view",
        "CREATE VIEW v AS SELECT x'4142' FROM t",
        "CREATE VIEW v AS SELECT x '4142' FROM t",
        "view `v`"
    ),
    on_table!(
        "a text in a view",
        "CREATE VIEW v AS SELECT 'a  b' FROM t",
        "CREATE VIEW v AS SELECT 'a b' FROM t",
        "view `v`"
    ),
    on_table!(
        "the columns of a view",
        "CREATE VIEW v (x) AS SELECT a FROM t",
        "CREATE VIEW v (y) AS SELECT a FROM t",
        "view `v`"
    ),
    on_table!(
        "a trigger",
        "",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "trigger `tr` of `t`"
    ),
    on_table!(
        "when a trigger runs",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE TRIGGER tr BEFORE INSERT ON t BEGIN SELECT 1; END",
        "trigger `tr` of `t`"
    ),
    on_table!(
        "the columns of a trigger",
        "CREATE TRIGGER tr AFTER UPDATE OF a ON t BEGIN SELECT 1; END",
        "CREATE TRIGGER tr AFTER UPDATE OF b ON t BEGIN SELECT 1; END",
        "trigger `tr` of `t`"
    ),
    on_table!(
        "the condition of a trigger",
        "CREATE TRIGGER tr AFTER UPDATE ON t WHEN old.a <> new.a BEGIN SELECT 1; END",
        "CREATE TRIGGER tr AFTER UPDATE ON t WHEN old.a IS NOT new.a BEGIN SELECT 1; END",
        "trigger `tr` of `t`"
    ),
    on_table!(
        "a text in a trigger",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = \"added\"; END",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = added; END",
        "trigger `tr` of `t`"
    ),
    on_table!(
        "a virtual table",
        "",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "virtual table `f`"
    ),
    on_table!(
        "a column of a virtual table",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "CREATE VIRTUAL TABLE f USING fts5(a, b)",
        "virtual table `f`"
    ),
    on_table!(
        "the content of a full-text table",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "CREATE VIRTUAL TABLE f USING fts5(a, content='t')",
        "virtual table `f`"
    ),
    on_table!(
        "the tokenizer of a full-text table",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "CREATE VIRTUAL TABLE f USING fts5(a, tokenize='porter')",
        "virtual table `f`"
    ),
    on_table!(
        "the module of a virtual table",
        "CREATE VIRTUAL TABLE f USING fts4(a)",
        "CREATE VIRTUAL TABLE f USING fts3(a)",
        "virtual table `f`"
    ),
    on_table!(
        "the dimensions of an R-tree",
        "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
        "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1)",
        "virtual table `r`"
    ),
    on_table!(
        "a virtual table in place of a plain one",
        "CREATE TABLE f (a)",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "virtual table `f`"
    ),
];

/// Two spellings of one table `t`.
macro_rules! table_again {
    ($spelling:literal, $one:literal, $other:literal) => {
        Rewrite {
            spelling: $spelling,
            one: concat!("CREATE TABLE t (", $one, ")"),
            other: concat!("CREATE TABLE t (", $other, ")"),
        }
    };
}

/// Two spellings of an object on a table `t (id, a, b)`.
macro_rules! again_on_table {
    ($spelling:literal, $one:literal, $other:literal) => {
        Rewrite {
            spelling: $spelling,
            one: concat!(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); ",
                $one
            ),
            other: concat!(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); ",
                $other
            ),
        }
    };
}

const REWRITES: &[Rewrite] = &[
    Rewrite {
        spelling: "the case of keywords and types",
        one: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL) STRICT, WITHOUT ROWID",
        other: "create table t (id integer primary key, a text not null) without rowid, strict",
    },
    Rewrite {
        spelling: "quotes around names",
        one: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT REFERENCES t (id), CHECK (a <> ''))",
        other: "CREATE TABLE \"t\" ([id] INTEGER PRIMARY KEY, `a` TEXT REFERENCES \"t\" ('id'), CHECK (\"a\" <> ''))",
    },
    Rewrite {
        spelling: "the case of names",
        one: "CREATE TABLE guest (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE stay (g INTEGER REFERENCES guest (id)); CREATE INDEX ix ON guest (a);
              CREATE TRIGGER tr AFTER INSERT ON guest BEGIN SELECT new.a; END",
        other: "CREATE TABLE Guest (ID INTEGER PRIMARY KEY, A TEXT); CREATE TABLE Stay (G INTEGER REFERENCES GUEST (Id)); CREATE INDEX Ix ON GUEST (a);
                CREATE TRIGGER Tr AFTER INSERT ON GUEST BEGIN SELECT NEW.a; END",
    },
    table_again!("comments and white space", "id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x'", "\n  id INTEGER PRIMARY KEY, -- the number\n  a TEXT /* a text */ DEFAULT  'x'\n"),
    table_again!("a key beside its column", "id INTEGER PRIMARY KEY, a TEXT", "id INTEGER, a TEXT, PRIMARY KEY (id)"),
    table_again!("AUTOINCREMENT beside its column", "id INTEGER PRIMARY KEY AUTOINCREMENT", "\"id\" INTEGER, PRIMARY KEY(\"id\" AUTOINCREMENT)"),
    table_again!("a unique constraint beside its column", "a TEXT UNIQUE", "a TEXT, UNIQUE (a)"),
    table_again!("a check beside its column", "a INT CHECK (a>0)", "a INT, CHECK (a > 0)"),
    table_again!("a key to another table beside its column", "id INTEGER PRIMARY KEY, a INT REFERENCES t(id) ON DELETE CASCADE", "id INTEGER PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES t (id) ON UPDATE NO ACTION ON DELETE CASCADE"),
    table_again!("what a constraint does anyway", "a TEXT NOT NULL UNIQUE, b INT REFERENCES t (a)", "a TEXT NOT NULL ON CONFLICT ABORT UNIQUE ON CONFLICT ABORT, b INT NULL REFERENCES t (a) MATCH SIMPLE NOT DEFERRABLE INITIALLY DEFERRED"),
    table_again!("the order and collation that a key has anyway", "a TEXT COLLATE NOCASE, b TEXT, UNIQUE (a, b)", "a TEXT COLLATE nocase, b TEXT, UNIQUE (a COLLATE NOCASE ASC, b COLLATE BINARY)"),
    table_again!("the order of a row number beside its column", "id INTEGER PRIMARY KEY", "id INTEGER, PRIMARY KEY (id DESC)"),
    table_again!("NOT NULL of a row number", "id INTEGER PRIMARY KEY", "id INTEGER NOT NULL PRIMARY KEY"),
    table_again!("the collation that text has anyway", "a TEXT", "a TEXT COLLATE BINARY"),
    table_again!("a default in brackets", "a TEXT DEFAULT 'x', b INT DEFAULT 1", "a TEXT DEFAULT ('x'), b INT DEFAULT (1)"),
    table_again!("a text in other quotes", "a TEXT DEFAULT 'x', b TEXT DEFAULT ''", "a TEXT DEFAULT \"x\", b TEXT DEFAULT \"\""),
    table_again!("a number in a column of numbers", "a REAL DEFAULT 1000", "a REAL DEFAULT 1e3"),
    table_again!("words for numbers", "a BOOLEAN DEFAULT 1", "a BOOLEAN DEFAULT TRUE"),
    table_again!("a default of NULL", "a TEXT", "a TEXT DEFAULT NULL"),
    table_again!("signs for the same", "a INT CHECK (a != 1 AND a == 2)", "a INT CHECK (a <> 1 AND a = 2)"),
    table_again!("a text in a check", "a TEXT CHECK (a IN ('new', 'old'))", "a TEXT CHECK (a IN (\"new\", \"old\"))"),
    table_again!("the words of a generated column", "a INT, b AS (a*2)", "a INT, b GENERATED ALWAYS AS (a * 2) VIRTUAL"),
    table_again!("the white space in a type", "a VARCHAR(10), b DECIMAL(10,2)", "a VARCHAR (10), b DECIMAL( 10 , 2 )"),
    Rewrite {
        spelling: "a column that was added",
        one: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x')",
        other: "CREATE TABLE t (id INTEGER PRIMARY KEY); ALTER TABLE t ADD COLUMN \"a\" TEXT DEFAULT 'x'",
    },
    Rewrite {
        spelling: "a column that was dropped",
        one: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
        other: "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, a TEXT); ALTER TABLE t DROP COLUMN b",
    },
    Rewrite {
        spelling: "a table that was renamed",
        one: "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT REFERENCES t (id)); CREATE INDEX ix ON t (a)",
        other: "CREATE TABLE u (id INTEGER PRIMARY KEY, a INT REFERENCES u (id)); CREATE INDEX ix ON u (a); ALTER TABLE u RENAME TO t",
    },
    again_on_table!("a column that was renamed and back", "CREATE INDEX ix ON t (a) WHERE a IS NOT NULL; CREATE VIEW v AS SELECT t.a FROM t",
        "CREATE INDEX ix ON t (a) WHERE a IS NOT NULL; CREATE VIEW v AS SELECT t.a FROM t; ALTER TABLE t RENAME a TO \"group\"; ALTER TABLE t RENAME \"group\" TO a"),
    again_on_table!("the words of an index", "CREATE INDEX ix ON t (a, lower(b)) WHERE a IS NOT NULL", "create index \"ix\" on \"t\"(\"a\" ASC, LOWER( b )) where (\"a\" is not null)"),
    again_on_table!("the layout of a view", "CREATE VIEW v AS SELECT a||b AS c FROM t WHERE id<>1", "CREATE VIEW v AS\n  select \"a\" || [b] as c -- both\n  from \"t\" where id != 1"),
    again_on_table!("the columns of a view", "CREATE VIEW v (\"x\", y) AS SELECT a, b FROM t", "CREATE VIEW [v] ([x], \"y\") AS SELECT a, b FROM t"),
    again_on_table!("the layout of a trigger", "CREATE TRIGGER tr BEFORE INSERT ON t BEGIN UPDATE t SET a = 'x' WHERE id = new.id; END",
        "create trigger if not exists \"tr\" insert on [t] for each row\nbegin\n  update \"t\" set \"a\" = 'x' where id == NEW.id;\nend"),
    again_on_table!("the words of a virtual table", "CREATE VIRTUAL TABLE f USING fts5(a, content='t')", "create virtual table if not exists f using FTS5( a,  content = 't' )"),
    again_on_table!("statistics", "CREATE INDEX ix ON t (a)", "CREATE INDEX ix ON t (a); INSERT INTO t VALUES (1, 'x', 'y'); ANALYZE"),
    again_on_table!("rows", "", "INSERT INTO t VALUES (1, 'x', 'y')"),
];
