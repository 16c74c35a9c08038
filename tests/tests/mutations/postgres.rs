//! PostgreSQL.

use std::time::Duration;

use migrate_engine::backend::{Access, Backend as _, MigrationRun as _, UnitScope};
use migrate_runtime::v1::{self, Postgres};
use migrate_schema::schema::Schema;
use migrate_tests::servers;
use migrate_tools::describe::inspected;

use crate::{Mutation, Rewrite};

#[test]
fn postgres() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let wait = Duration::from_secs(30);
    let mut client = <Postgres>::open(database.url.as_ref(), Access::Write, wait)
        .unwrap()
        .unwrap();
    crate::run::<Postgres>(MUTATIONS, REWRITES, |sql| {
        // Everything that a case creates is rolled back with its transaction.
        let mut run = <Postgres>::begin_run(&mut client, wait, "").unwrap();
        run.begin().unwrap();
        let mut found = Schema::default();
        let done = run.unit(UnitScope::Transaction, |op| {
            op.execute(sql)?;
            found = inspected(op)?;
            Ok::<(), v1::Error>(())
        });
        if let Err(error) = done {
            panic!("{sql}: {error:?}");
        }
        run.rollback();
        found
    });
}

/// A table that most facts are about.
macro_rules! with {
    ($($more:literal)?) => {
        concat!("CREATE TABLE t (id int PRIMARY KEY, a int, b text, at timestamptz); ", $($more)?)
    };
}

/// A fact that a statement more makes.
macro_rules! fact {
    ($fact:literal, $named:literal, $statement:literal) => {
        Mutation {
            fact: $fact,
            base: with!(),
            changed: with!($statement),
            named: $named,
        }
    };
    ($fact:literal, $named:literal, $one:literal, $other:literal) => {
        Mutation {
            fact: $fact,
            base: with!($one),
            changed: with!($other),
            named: $named,
        }
    };
}

const MUTATIONS: &[Mutation] = &[
    fact!("a column", "column `t.c`", "ALTER TABLE t ADD c int"),
    fact!(
        "the precision of a type",
        "column `t.c`",
        "ALTER TABLE t ADD c timestamp(3)",
        "ALTER TABLE t ADD c timestamp(2)"
    ),
    fact!(
        "the zone of a type with a precision",
        "column `t.c`",
        "ALTER TABLE t ADD c timestamp(3)",
        "ALTER TABLE t ADD c timestamptz(3)"
    ),
    fact!(
        "an array",
        "column `t.c`",
        "ALTER TABLE t ADD c timestamp(3)",
        "ALTER TABLE t ADD c timestamp(3)[]"
    ),
    fact!(
        "the fields of an interval",
        "column `t.c`",
        "ALTER TABLE t ADD c interval",
        "ALTER TABLE t ADD c interval day to second(3)"
    ),
    fact!(
        "the length of bits",
        "column `t.c`",
        "ALTER TABLE t ADD c bit(7)",
        "ALTER TABLE t ADD c bit(8)"
    ),
    fact!(
        "a negative scale",
        "column `t.c`",
        "ALTER TABLE t ADD c numeric(8,-1)",
        "ALTER TABLE t ADD c numeric(8,-2)"
    ),
    fact!(
        "the cast of a default",
        "column `t.c`",
        "ALTER TABLE t ADD c timestamptz DEFAULT '2020-01-01 00:00:00+00'",
        "ALTER TABLE t ADD c timestamptz DEFAULT timestamp '2020-01-01'"
    ),
    fact!(
        "a cast beneath the cast of a default",
        "column `t.c`",
        "ALTER TABLE t ADD c date DEFAULT ('today'::text)::date",
        "ALTER TABLE t ADD c date DEFAULT 'today'"
    ),
    fact!(
        "a number that is rounded before it is a default",
        "column `t.c`",
        "ALTER TABLE t ADD c float8 DEFAULT 0.1::real",
        "ALTER TABLE t ADD c float8 DEFAULT 0.1"
    ),
    fact!(
        "a cast beneath the cast of a check",
        "check `k`",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (at > ('now'::text)::date)",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (at > '2020-01-01'::date)"
    ),
    fact!(
        "the type of a text that is joined",
        "check `k`",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (to_jsonb('1'::text) IS NOT NULL)",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (to_jsonb('1'::varchar) IS NOT NULL)"
    ),
    fact!(
        "the parent of a table that inherits",
        "table `kid`",
        "CREATE TABLE u (id int); CREATE TABLE kid (id int) INHERITS (u)",
        "CREATE TABLE w (id int); CREATE TABLE kid (id int) INHERITS (w); CREATE TABLE u (id int)"
    ),
    fact!(
        "the storage of a column",
        "column `t.b`",
        "ALTER TABLE t ALTER b SET STORAGE EXTERNAL"
    ),
    fact!(
        "the compression of a column",
        "column `t.b`",
        "ALTER TABLE t ALTER b SET COMPRESSION pglz"
    ),
    fact!(
        "the statistics of a column",
        "column `t.a`",
        "ALTER TABLE t ALTER a SET STATISTICS 77"
    ),
    fact!(
        "an option of a column",
        "column `t.a`",
        "ALTER TABLE t ALTER a SET (n_distinct = 5)"
    ),
    fact!(
        "the collation of a column",
        "column `t.b`",
        "ALTER TABLE t ALTER b TYPE text COLLATE \"C\""
    ),
    fact!(
        "the comment of a column",
        "column `t.a`",
        "COMMENT ON COLUMN t.a IS 'x'"
    ),
    fact!(
        "identity options",
        "column `t.n`",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY (START 100)"
    ),
    fact!(
        "the cache of an identity",
        "column `t.n`",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY (CACHE 20)"
    ),
    fact!(
        "the name of an identity's sequence",
        "column `t.n`",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME numbers)"
    ),
    fact!(
        "a serial's step",
        "column `t.n`",
        "ALTER TABLE t ADD n serial",
        "ALTER TABLE t ADD n serial; ALTER SEQUENCE t_n_seq INCREMENT 5"
    ),
    fact!(
        "a serial's cycle",
        "column `t.n`",
        "ALTER TABLE t ADD n serial",
        "ALTER TABLE t ADD n serial; ALTER SEQUENCE t_n_seq CYCLE"
    ),
    fact!(
        "the name of a serial's sequence",
        "column `t.n`",
        "ALTER TABLE t ADD n serial",
        "ALTER TABLE t ADD n serial; ALTER SEQUENCE t_n_seq RENAME TO odd"
    ),
    fact!("unlogged", "table `t`", "ALTER TABLE t SET UNLOGGED"),
    fact!(
        "a storage parameter",
        "table `t`",
        "ALTER TABLE t SET (fillfactor = 70)"
    ),
    fact!(
        "a storage parameter of long values",
        "table `t`",
        "ALTER TABLE t SET (toast.autovacuum_enabled = false)"
    ),
    fact!(
        "row security",
        "table `t`",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY"
    ),
    fact!(
        "forced row security",
        "table `t`",
        "ALTER TABLE t FORCE ROW LEVEL SECURITY"
    ),
    fact!(
        "the replica identity",
        "table `t`",
        "ALTER TABLE t REPLICA IDENTITY FULL"
    ),
    fact!(
        "what a table is clustered on",
        "table `t`",
        "ALTER TABLE t CLUSTER ON t_pkey"
    ),
    fact!(
        "the comment of a table",
        "table `t`",
        "COMMENT ON TABLE t IS 'x'"
    ),
    fact!(
        "an inherited table",
        "table `kid`",
        "CREATE TABLE kid (id int NOT NULL, a int, b text, at timestamptz)",
        "CREATE TABLE kid () INHERITS (t)"
    ),
    fact!(
        "a policy",
        "policy `own` of `t`",
        "CREATE POLICY own ON t USING (true)"
    ),
    fact!(
        "the condition of a policy",
        "policy `own` of `t`",
        "CREATE POLICY own ON t USING (true)",
        "CREATE POLICY own ON t USING (a > 0)"
    ),
    fact!(
        "the command of a policy",
        "policy `own` of `t`",
        "CREATE POLICY own ON t USING (true)",
        "CREATE POLICY own ON t FOR DELETE USING (true)"
    ),
    fact!(
        "a rule",
        "rule `r` of `t`",
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING"
    ),
    fact!(
        "the state of a rule",
        "rule `r` of `t`",
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING; ALTER TABLE t DISABLE RULE r"
    ),
    fact!(
        "a trigger",
        "trigger `g` of `t`",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    fact!(
        "a disabled trigger",
        "trigger `g` of `t`",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); ALTER TABLE t DISABLE TRIGGER g"
    ),
    fact!(
        "a trigger that always fires",
        "trigger `g` of `t`",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); ALTER TABLE t ENABLE ALWAYS TRIGGER g"
    ),
    fact!(
        "the comment of a trigger",
        "trigger `g` of `t`",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); COMMENT ON TRIGGER g ON t IS 'x'"
    ),
    fact!(
        "MATCH FULL",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id)",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id) MATCH FULL"
    ),
    fact!(
        "the columns that a key empties",
        "`k`",
        "CREATE TABLE w (x int, y int, PRIMARY KEY (x, y)); CREATE TABLE u (x int, y int, CONSTRAINT k FOREIGN KEY (x, y) REFERENCES w ON DELETE SET NULL)",
        "CREATE TABLE w (x int, y int, PRIMARY KEY (x, y)); CREATE TABLE u (x int, y int, CONSTRAINT k FOREIGN KEY (x, y) REFERENCES w ON DELETE SET NULL (y))"
    ),
    fact!(
        "a key that is not validated",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id)",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id) NOT VALID"
    ),
    fact!(
        "a check that is not validated",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID"
    ),
    fact!(
        "NO INHERIT",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NO INHERIT"
    ),
    fact!(
        "INCLUDE of a key",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a) INCLUDE (b)"
    ),
    fact!(
        "NULLS NOT DISTINCT",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a)"
    ),
    fact!(
        "a deferrable key",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a) DEFERRABLE"
    ),
    fact!(
        "a deferrable primary key",
        "`t_pkey`",
        "",
        "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (id) DEFERRABLE"
    ),
    fact!(
        "the fill factor of a key",
        "index `t_pkey` of `t`",
        "ALTER INDEX t_pkey SET (fillfactor = 70)"
    ),
    fact!(
        "the comment of a constraint",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)",
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a); COMMENT ON CONSTRAINT k ON t IS 'x'"
    ),
    fact!(
        "disabled triggers of a key",
        "`k`",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id)",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id); ALTER TABLE t DISABLE TRIGGER ALL"
    ),
    fact!(
        "the collation of an index over an expression",
        "index `i`",
        "CREATE INDEX i ON t (lower(b))",
        "CREATE INDEX i ON t (lower(b) COLLATE \"C\")"
    ),
    fact!(
        "the operator class of an index",
        "index `i`",
        "CREATE INDEX i ON t (b)",
        "CREATE INDEX i ON t (b text_pattern_ops)"
    ),
    fact!(
        "a parameter of an operator class",
        "index `i`",
        "CREATE EXTENSION pg_trgm; CREATE INDEX i ON t USING gist (b gist_trgm_ops (siglen = 32))",
        "CREATE EXTENSION pg_trgm; CREATE INDEX i ON t USING gist (b gist_trgm_ops (siglen = 64))"
    ),
    fact!(
        "the place of NULL in an index",
        "index `i`",
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX i ON t (a NULLS FIRST)"
    ),
    fact!(
        "the fill factor of an index",
        "index `i`",
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX i ON t (a) WITH (fillfactor = 70)"
    ),
    fact!(
        "the comment of an index",
        "index `i`",
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX i ON t (a); COMMENT ON INDEX i IS 'x'"
    ),
    fact!(
        "the statistics of an index",
        "index `i`",
        "CREATE INDEX i ON t (lower(b))",
        "CREATE INDEX i ON t (lower(b)); ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 50"
    ),
    fact!(
        "security_invoker",
        "view `v`",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE VIEW v WITH (security_invoker = true) AS SELECT a FROM t"
    ),
    fact!(
        "security_barrier",
        "view `v`",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t"
    ),
    fact!(
        "WITH CHECK OPTION",
        "view `v`",
        "CREATE VIEW v AS SELECT a FROM t WHERE a > 0",
        "CREATE VIEW v AS SELECT a FROM t WHERE a > 0 WITH LOCAL CHECK OPTION"
    ),
    fact!(
        "the reach of a check option",
        "view `v`",
        "CREATE VIEW v AS SELECT a FROM t WHERE a > 0 WITH CASCADED CHECK OPTION",
        "CREATE VIEW v AS SELECT a FROM t WHERE a > 0 WITH LOCAL CHECK OPTION"
    ),
    fact!(
        "a default of a view's column",
        "column `v.a`",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE VIEW v AS SELECT a FROM t; ALTER VIEW v ALTER a SET DEFAULT 5"
    ),
    fact!(
        "the comment of a view",
        "view `v`",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE VIEW v AS SELECT a FROM t; COMMENT ON VIEW v IS 'x'"
    ),
    fact!(
        "the comment of a view's column",
        "column `v.a`",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE VIEW v AS SELECT a FROM t; COMMENT ON COLUMN v.a IS 'x'"
    ),
    fact!(
        "the query of a view",
        "view `v`",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE VIEW v AS SELECT a FROM t WHERE a > 0"
    ),
    fact!(
        "a materialized view",
        "view `v`",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE MATERIALIZED VIEW v AS SELECT a FROM t"
    ),
    fact!(
        "the index of a materialized view",
        "index `i`",
        "CREATE MATERIALIZED VIEW v AS SELECT a FROM t",
        "CREATE MATERIALIZED VIEW v AS SELECT a FROM t; CREATE INDEX i ON v (a)"
    ),
    fact!(
        "a function",
        "function `f()`",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    ),
    fact!(
        "the body of a function",
        "function `f()`",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'"
    ),
    fact!(
        "the volatility of a function",
        "function `f()`",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'"
    ),
    fact!(
        "the security of a function",
        "function `f()`",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    ),
    fact!(
        "a setting of a function",
        "function `f()`",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1'"
    ),
    fact!(
        "the comment of a function",
        "function `f()`",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION f() IS 'x'"
    ),
    fact!(
        "a procedure",
        "procedure `p()`",
        "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'"
    ),
    fact!(
        "an aggregate",
        "aggregate `total(integer)`",
        "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int4)"
    ),
    fact!(
        "the beginning of an aggregate",
        "aggregate `total(integer)`",
        "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int4)",
        "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int4, INITCOND = '1')"
    ),
    fact!(
        "a word of a type",
        "`mood`",
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE TYPE mood AS ENUM ('a', 'b')"
    ),
    fact!(
        "the comment of a type",
        "type `mood`",
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE TYPE mood AS ENUM ('a'); COMMENT ON TYPE mood IS 'x'"
    ),
    fact!(
        "a domain",
        "domain `PostCode`",
        "CREATE DOMAIN \"PostCode\" AS text"
    ),
    fact!(
        "the check of a domain",
        "domain `d`",
        "CREATE DOMAIN d AS text CONSTRAINT c CHECK (VALUE <> '')",
        "CREATE DOMAIN d AS text CONSTRAINT c CHECK (VALUE <> ' ')"
    ),
    fact!(
        "the default of a domain",
        "domain `d`",
        "CREATE DOMAIN d AS text",
        "CREATE DOMAIN d AS text DEFAULT 'x'"
    ),
    fact!(
        "a composite type",
        "type `pair`",
        "CREATE TYPE pair AS (a int)",
        "CREATE TYPE pair AS (a int, b text)"
    ),
    fact!(
        "a range type",
        "type `span`",
        "CREATE TYPE span AS RANGE (SUBTYPE = float8)",
        "CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi)"
    ),
    fact!("a sequence", "sequence `s`", "CREATE SEQUENCE s"),
    fact!(
        "the step of a sequence",
        "sequence `s`",
        "CREATE SEQUENCE s",
        "CREATE SEQUENCE s INCREMENT 10"
    ),
    fact!(
        "the owner of a sequence",
        "sequence `s`",
        "CREATE SEQUENCE s",
        "CREATE SEQUENCE s OWNED BY t.a"
    ),
    fact!(
        "an extension",
        "extension `pg_trgm`",
        "CREATE EXTENSION pg_trgm"
    ),
    fact!(
        "a collation",
        "collation `plain`",
        "CREATE COLLATION plain (provider = icu, locale = 'de')",
        "CREATE COLLATION plain (provider = icu, locale = 'sv')"
    ),
    fact!(
        "a collation that tells less apart",
        "collation `plain`",
        "CREATE COLLATION plain (provider = icu, locale = 'und')",
        "CREATE COLLATION plain (provider = icu, locale = 'und', deterministic = false)"
    ),
    fact!(
        "a text search dictionary",
        "text search dictionary `d`",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, STOPWORDS = english)"
    ),
    fact!(
        "the dictionaries of a configuration",
        "text search configuration `c`",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = english)",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = english); ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word WITH simple"
    ),
    fact!(
        "an operator",
        "operator `===(integer,integer)`",
        "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)"
    ),
    fact!(
        "an operator's helper",
        "operator `===(integer,integer)`",
        "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)",
        "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int, RESTRICT = eqsel)"
    ),
    fact!(
        "an operator class",
        "operator class `o using hash`",
        "CREATE OPERATOR CLASS o FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)"
    ),
    fact!(
        "what is added to an operator family",
        "operator family member `f using btree: operator 1 (integer, bigint)`",
        "CREATE OPERATOR FAMILY f USING btree",
        "CREATE OPERATOR FAMILY f USING btree; ALTER OPERATOR FAMILY f USING btree ADD OPERATOR 1 < (int, bigint)"
    ),
    fact!(
        "what is added to an operator family of the server",
        "operator family member `integer_ops using btree: function 1 (integer, boolean)`",
        "CREATE FUNCTION f(int, boolean) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
        "CREATE FUNCTION f(int, boolean) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; ALTER OPERATOR FAMILY integer_ops USING btree ADD FUNCTION 1 (int, boolean) f(int, boolean)"
    ),
    fact!(
        "an operator class's operator of two types",
        "operator family member `o using gist: operator 2 (point, box)`",
        "CREATE OPERATOR CLASS o FOR TYPE point USING gist AS FUNCTION 2 gist_box_union(internal, internal)",
        "CREATE OPERATOR CLASS o FOR TYPE point USING gist AS OPERATOR 2 <@ (point, box), FUNCTION 2 gist_box_union(internal, internal)"
    ),
    fact!(
        "a cast",
        "cast `pair as integer`",
        "CREATE TYPE pair AS (a int); CREATE FUNCTION f(pair) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE pair AS (a int); CREATE FUNCTION f(pair) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE CAST (pair AS int) WITH FUNCTION f(pair)"
    ),
    fact!(
        "a conversion",
        "conversion `c`",
        "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"
    ),
    fact!(
        "statistics over columns",
        "statistics `s` of `t`",
        "CREATE STATISTICS s (ndistinct) ON a, b FROM t"
    ),
    fact!(
        "what statistics hold",
        "statistics `s` of `t`",
        "CREATE STATISTICS s (ndistinct) ON a, b FROM t",
        "CREATE STATISTICS s (dependencies) ON a, b FROM t"
    ),
    fact!(
        "a publication",
        "publication `p`",
        "CREATE PUBLICATION p FOR TABLE t"
    ),
    fact!(
        "what is published",
        "publication `p`",
        "CREATE PUBLICATION p FOR TABLE t",
        "CREATE PUBLICATION p FOR TABLE t WHERE (id > 0)"
    ),
    fact!(
        "an event trigger",
        "event trigger `e`",
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()"
    ),
    fact!(
        "a server",
        "server `s`",
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w"
    ),
    fact!(
        "a foreign table",
        "foreign table `f`",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int) SERVER s",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int, b int) SERVER s"
    ),
    fact!(
        "how a table is divided",
        "table `l`",
        "CREATE TABLE l (a int, b int) PARTITION BY RANGE (a)",
        "CREATE TABLE l (a int, b int) PARTITION BY LIST (a)"
    ),
    fact!(
        "the bounds of a partition",
        "partition `l_1` of `l`",
        "CREATE TABLE l (a int) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (2)"
    ),
    fact!(
        "the index of a partition alone",
        "index `l_1_a_idx` of `l_1`",
        "CREATE TABLE l (a int) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); CREATE INDEX ON l_1 (a)"
    ),
    fact!(
        "a check of a partition alone",
        "constraint `own` of `l_1`",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ADD CONSTRAINT own CHECK (a > 0)"
    ),
    fact!(
        "a trigger of a partition alone",
        "trigger `g` of `l_1`",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); CREATE TRIGGER g BEFORE UPDATE ON l_1 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    fact!(
        "the default of a partition's column",
        "column `l_1.b`",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ALTER b SET DEFAULT 'y'"
    ),
    fact!(
        "that a partition's column has no default",
        "column `l_1.b`",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ALTER b DROP DEFAULT"
    ),
    fact!(
        "that a partition's column is stored as usual, where its table's is not",
        "column `l_1.b`",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); ALTER TABLE l ALTER b SET STORAGE EXTERNAL; CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text DEFAULT 'x') PARTITION BY LIST (a); ALTER TABLE l ALTER b SET STORAGE EXTERNAL; CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ALTER b SET STORAGE EXTENDED"
    ),
    fact!(
        "the storage of a partition's column",
        "column `l_1.b`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ALTER b SET STORAGE EXTERNAL"
    ),
    fact!(
        "the compression of a partition's column",
        "column `l_1.b`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ALTER b SET COMPRESSION pglz"
    ),
    fact!(
        "the statistics of a partition's column",
        "column `l_1.b`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ALTER b SET STATISTICS 77"
    ),
    fact!(
        "an option of a partition's column",
        "column `l_1.b`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ALTER b SET (n_distinct = 5)"
    ),
    fact!(
        "the row security of a partition",
        "partition `l_1` of `l`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 ENABLE ROW LEVEL SECURITY"
    ),
    fact!(
        "the replica identity of a partition",
        "partition `l_1` of `l`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 REPLICA IDENTITY FULL"
    ),
    fact!(
        "a storage parameter of a partition's long values",
        "partition `l_1` of `l`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); ALTER TABLE l_1 SET (toast.autovacuum_enabled = false)"
    ),
    fact!(
        "the state of a trigger of a partition",
        "trigger `g` of `l_1`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); CREATE TRIGGER g BEFORE UPDATE ON l FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); CREATE TRIGGER g BEFORE UPDATE ON l FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); ALTER TABLE l_1 DISABLE TRIGGER g"
    ),
    fact!(
        "a storage parameter of a partition's share of an index",
        "index `l_1_b_idx` of `l_1`",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); CREATE INDEX ON l (b)",
        "CREATE TABLE l (a int, b text) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1); CREATE INDEX ON l (b); ALTER INDEX l_1_b_idx SET (fillfactor = 50)"
    ),
    fact!(
        "the comment of the schema",
        "schema `public`",
        "COMMENT ON SCHEMA public IS 'mine'"
    ),
];

macro_rules! same {
    ($spelling:literal, $one:literal, $other:literal) => {
        Rewrite {
            spelling: $spelling,
            one: with!($one),
            other: with!($other),
        }
    };
}

const REWRITES: &[Rewrite] = &[
    same!(
        "aliases of types",
        "ALTER TABLE t ADD c int8, ADD d varchar(3), ADD e bool",
        "ALTER TABLE t ADD c bigint, ADD d character varying(3), ADD e boolean"
    ),
    same!(
        "a precision behind the zone",
        "ALTER TABLE t ADD c timestamptz(3)",
        "ALTER TABLE t ADD c timestamp (3) with time zone"
    ),
    same!(
        "float and its bits",
        "ALTER TABLE t ADD c float(24)",
        "ALTER TABLE t ADD c real"
    ),
    same!(
        "dimensions of an array",
        "ALTER TABLE t ADD c int[3][4]",
        "ALTER TABLE t ADD c int[]"
    ),
    same!(
        "serial and its parts",
        "ALTER TABLE t ADD n serial",
        "CREATE SEQUENCE t_n_seq AS int; ALTER TABLE t ADD n int NOT NULL DEFAULT nextval('t_n_seq'); ALTER SEQUENCE t_n_seq OWNED BY t.n"
    ),
    same!(
        "a check as the server prints it",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (b IN ('x', 'y'))",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (b = ANY (ARRAY['x'::text, 'y'::text]))"
    ),
    same!(
        "NO ACTION",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t (id) ON DELETE NO ACTION",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t"
    ),
    same!(
        "MATCH SIMPLE",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t MATCH SIMPLE",
        "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES t"
    ),
    same!(
        "the usual method of an index",
        "CREATE INDEX i ON t USING btree (a ASC NULLS LAST)",
        "CREATE INDEX i ON t (a)"
    ),
    same!(
        "the usual operator class",
        "CREATE INDEX i ON t (a int4_ops)",
        "CREATE INDEX i ON t (a)"
    ),
    same!(
        "quotes around plain names",
        "CREATE INDEX \"i\" ON \"t\" (\"a\")",
        "CREATE INDEX i ON t (a)"
    ),
    same!(
        "the usual storage",
        "ALTER TABLE t ALTER b SET STORAGE EXTENDED",
        ""
    ),
    same!(
        "a trigger that is enabled again",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); ALTER TABLE t DISABLE TRIGGER g; ALTER TABLE t ENABLE TRIGGER g",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE suppress_redundant_updates_trigger()"
    ),
    same!(
        "the usual options of a sequence",
        "CREATE SEQUENCE s",
        "CREATE SEQUENCE s AS bigint INCREMENT 1 START 1 CACHE 1 NO CYCLE"
    ),
    same!(
        "an identity's usual options",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE t ADD n int GENERATED ALWAYS AS IDENTITY (START 1 INCREMENT 1 CACHE 1)"
    ),
    same!("an empty comment", "COMMENT ON TABLE t IS ''", ""),
    same!(
        "a view in other words",
        "CREATE VIEW v AS SELECT * FROM t",
        "create view v as select t.id, t.a, t.b, t.at from t"
    ),
    same!(
        "a view of what the server printed",
        "ALTER TABLE t ADD c varchar; CREATE VIEW v AS SELECT id FROM t WHERE c IN ('x', 'y')",
        "ALTER TABLE t ADD c varchar; CREATE VIEW v AS SELECT id FROM t WHERE c::text = ANY (ARRAY['x'::character varying::text, 'y'::character varying::text])"
    ),
    same!(
        "a policy's usual words",
        "CREATE POLICY p ON t USING (a > 0)",
        "CREATE POLICY p ON t AS PERMISSIVE FOR ALL TO PUBLIC USING ((a > 0))"
    ),
    same!(
        "digits of a default that mean nothing",
        "ALTER TABLE t ADD c numeric(5,2) DEFAULT 1.50",
        "ALTER TABLE t ADD c numeric(5,2) DEFAULT 1.5"
    ),
    same!(
        "a table that inherits, and one that is told to",
        "CREATE TABLE kid () INHERITS (t)",
        "CREATE TABLE kid (id int NOT NULL, a int, b text, at timestamptz); ALTER TABLE kid INHERIT t"
    ),
    same!(
        "the quotes of a function",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql VOLATILE AS $$SELECT 1$$"
    ),
    same!(
        "the order of creation",
        "CREATE SEQUENCE s; CREATE DOMAIN d AS int",
        "CREATE DOMAIN d AS int; CREATE SEQUENCE s"
    ),
    same!(
        "a domain's check as it is printed",
        "CREATE DOMAIN d AS varchar CONSTRAINT c CHECK (VALUE IN ('x', 'y'))",
        "CREATE DOMAIN d AS varchar CONSTRAINT c CHECK (VALUE::text = ANY (ARRAY['x'::character varying::text, 'y'::character varying::text]))"
    ),
    same!(
        "partitions that a job makes",
        "CREATE TABLE l (a int) PARTITION BY LIST (a)",
        "CREATE TABLE l (a int) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1)"
    ),
    same!(
        "partitions that a job makes, with what is said of them",
        "CREATE TABLE l (a int) PARTITION BY LIST (a)",
        "CREATE TABLE l (a int) PARTITION BY LIST (a); CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1) PARTITION BY LIST (a); CREATE TABLE l_1_1 PARTITION OF l_1 FOR VALUES IN (1); COMMENT ON TABLE l_1 IS 'x'; COMMENT ON COLUMN l_1_1.a IS 'x'; CREATE POLICY p ON l_1_1 USING (true); ALTER TABLE l_1_1 ALTER a SET STATISTICS 5"
    ),
];
