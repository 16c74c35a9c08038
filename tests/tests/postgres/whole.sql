-- A schema of everything that PostgreSQL has.
CREATE EXTENSION pg_trgm; CREATE EXTENSION postgres_fdw;
CREATE TYPE mood AS ENUM ('a','b'); CREATE TYPE addr AS (street text COLLATE "C", nr int); COMMENT ON TYPE addr IS 'x'; COMMENT ON COLUMN addr.nr IS 'n';
CREATE DOMAIN "PostCode" AS text DEFAULT 'x' NOT NULL CONSTRAINT five CHECK (VALUE ~ '^\d{5}$'); COMMENT ON CONSTRAINT five ON DOMAIN "PostCode" IS 'q';
CREATE TYPE fr AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE SEQUENCE shared START 10 INCREMENT 5 CYCLE MAXVALUE 100;
CREATE FUNCTION addone(i int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT i + 1 $$;
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE t (id serial PRIMARY KEY, n int DEFAULT nextval('shared') CHECK (addone(n) > 0), m mood[] , c "PostCode", a addr, r fr);
ALTER SEQUENCE t_id_seq INCREMENT 7;
ALTER TABLE t RENAME TO tt;
CREATE FUNCTION setof_t() RETURNS SETOF tt LANGUAGE sql AS 'SELECT * FROM tt';
CREATE PROCEDURE proc(i int) LANGUAGE sql AS 'DELETE FROM tt WHERE id = i';
CREATE AGGREGATE mysum(int) (SFUNC = int4pl, STYPE = int4, INITCOND = '0');
CREATE VIEW v WITH (security_invoker=true, check_option=local) AS SELECT id, n FROM tt WHERE n > 0; COMMENT ON COLUMN v.id IS 'vid'; ALTER VIEW v ALTER n SET DEFAULT 5;
CREATE VIEW v2 AS SELECT * FROM setof_t();
CREATE MATERIALIZED VIEW mv AS SELECT count(*) c FROM v; CREATE UNIQUE INDEX mv_c ON mv (c);
CREATE TRIGGER g BEFORE UPDATE ON tt FOR EACH ROW EXECUTE FUNCTION trg(); ALTER TABLE tt ENABLE ALWAYS TRIGGER g;
CREATE TABLE plain (id int GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5 CACHE 3) PRIMARY KEY, big text, x int);
ALTER TABLE plain ALTER big SET STORAGE EXTERNAL, ALTER x SET STATISTICS 50, ALTER x SET (n_distinct = 5), ALTER big SET COMPRESSION pglz;
CREATE UNLOGGED TABLE ul (id int PRIMARY KEY) ; ALTER TABLE plain REPLICA IDENTITY FULL; ALTER TABLE plain ENABLE ROW LEVEL SECURITY; ALTER TABLE plain FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON plain AS RESTRICTIVE FOR SELECT TO PUBLIC USING (x > 0);
CREATE RULE norule AS ON DELETE TO ul DO INSTEAD NOTHING; ALTER TABLE ul DISABLE RULE norule;
CREATE STATISTICS st (ndistinct) ON id, x FROM plain; ALTER STATISTICS st SET STATISTICS 20;
CREATE COLLATION nat (provider = icu, locale = 'de'); CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TEXT SEARCH DICTIONARY dd (TEMPLATE = simple, STOPWORDS = 'english'); CREATE TEXT SEARCH CONFIGURATION cc (COPY = english); ALTER TEXT SEARCH CONFIGURATION cc ALTER MAPPING FOR word WITH dd, english_stem;
CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===, HASHES);
CREATE OPERATOR CLASS oc FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4,int4);
CREATE FUNCTION tocast(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE CAST (mood AS int) WITH FUNCTION tocast(mood) AS ASSIGNMENT;
CREATE SERVER srv FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h'); CREATE FOREIGN TABLE ft (id int NOT NULL, b text OPTIONS (column_name 'x')) SERVER srv OPTIONS (table_name 'y');
CREATE PUBLICATION pub FOR TABLE plain (id, x) WHERE (x > 0) WITH (publish = 'insert'); CREATE PUBLICATION puball FOR ALL TABLES;
CREATE FUNCTION evt() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE EVENT TRIGGER ev ON ddl_command_start WHEN TAG IN ('DROP VIEW') EXECUTE FUNCTION evt(); ALTER EVENT TRIGGER ev DISABLE;
CREATE TABLE log (at date NOT NULL, n int CHECK (n > 0)) PARTITION BY RANGE (at); CREATE INDEX log_n ON log (n);
CREATE TABLE log_24 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (n); CREATE TABLE log_24_1 PARTITION OF log_24 FOR VALUES IN (1); CREATE INDEX own_ix ON log_24_1 (at);
CREATE TABLE log_def PARTITION OF log DEFAULT; ALTER TABLE log_def ALTER n SET DEFAULT 5;
CREATE TABLE par (id int PRIMARY KEY); CREATE TABLE kid (x int) INHERITS (par);
CREATE TABLE base (id int PRIMARY KEY, at timestamptz DEFAULT now() NOT NULL, "Kind" text DEFAULT 'base', n serial, CONSTRAINT positive CHECK (id > 0), CONSTRAINT alone CHECK (id < 1000) NO INHERIT);
CREATE TABLE side (note text, day date DEFAULT ('now'::text)::date); CREATE TABLE aa_heir (extra int CHECK (extra > 0), id int, PRIMARY KEY (id), CONSTRAINT more CHECK ("Kind" <> '')) INHERITS (base, side) WITH (fillfactor = 70);
ALTER TABLE aa_heir ALTER "Kind" SET DEFAULT 'heir', ALTER note SET NOT NULL, ALTER at DROP DEFAULT; COMMENT ON COLUMN aa_heir."Kind" IS 'it''s'; COMMENT ON TABLE aa_heir IS 'h';
CREATE TABLE aa_aa_grandchild () INHERITS (aa_heir); CREATE INDEX heir_kind ON aa_heir ("Kind"); ALTER TABLE aa_heir ADD FOREIGN KEY (id) REFERENCES par; ALTER TABLE aa_heir ADD late int, ADD CHECK (late > 0);
CREATE RULE to_heir AS ON INSERT TO base WHERE NEW."Kind" = 'heir' DO INSTEAD INSERT INTO aa_heir (id) VALUES (NEW.id); CREATE TRIGGER g BEFORE UPDATE ON aa_heir FOR EACH ROW EXECUTE FUNCTION trg();
CREATE VIEW of_heirs AS SELECT id, extra FROM aa_heir UNION ALL SELECT id, n FROM ONLY base;
CREATE TABLE k1 (a int, b int, c text, PRIMARY KEY (a) INCLUDE (b), UNIQUE (a, b)); CREATE TABLE k2 (id int, a int, b int, FOREIGN KEY (a, b) REFERENCES k1 (a, b) MATCH FULL ON DELETE SET NULL, CHECK (a > 0) NO INHERIT, CONSTRAINT dpk PRIMARY KEY (id) DEFERRABLE);
ALTER TABLE k1 ADD CONSTRAINT late CHECK (b > 0) NOT VALID; COMMENT ON CONSTRAINT late ON k1 IS 'later';
CREATE INDEX ix_song ON k1 (lower(c) COLLATE "C", b DESC); CREATE INDEX ix_gist ON k1 USING gist (c gist_trgm_ops(siglen='32')); CREATE INDEX cl ON k1 (b); ALTER TABLE k1 CLUSTER ON cl; COMMENT ON INDEX cl IS 'clu';
CREATE SEQUENCE odd; CREATE TABLE oddt (id int, z int DEFAULT nextval('odd')); ALTER SEQUENCE odd OWNED BY oddt.id;
COMMENT ON FUNCTION addone(int) IS 'adds';

CREATE TABLE precise (id bigint PRIMARY KEY, a timestamp(6) NOT NULL, b timestamptz(3), c time(3), d timetz(2), e interval(2), f interval year to month, g timestamp(3)[], h varchar(10)[], i numeric(10,2)[], j interval day to second(3), k bit(8) DEFAULT B'10101010', l varbit(9), m numeric(8,-2), n float(24), o "char", p name, q timestamptz DEFAULT TIMESTAMP 'epoch', r date DEFAULT timestamp '2020-01-01', s "PostCode"[], t bpchar, u char(3) DEFAULT '');
CREATE TABLE "Camel" (id serial PRIMARY KEY, "userId" int, userid int); CREATE TABLE nothing ();
CREATE TABLE renamed (id bigserial PRIMARY KEY); ALTER TABLE renamed RENAME TO renewed; CREATE TABLE renamed (id serial PRIMARY KEY);
CREATE TABLE grown (id serial PRIMARY KEY); ALTER TABLE grown ALTER id TYPE bigint;
CREATE TABLE circle_a (id int PRIMARY KEY, b int); CREATE TABLE circle_b (id int PRIMARY KEY, a int REFERENCES circle_a); ALTER TABLE circle_a ADD FOREIGN KEY (b) REFERENCES circle_b DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER g BEFORE UPDATE ON plain FOR EACH ROW WHEN (OLD.x IS DISTINCT FROM NEW.x) EXECUTE FUNCTION trg();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON plain DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trg();
CREATE VIEW a_uses_z AS SELECT * FROM v2; CREATE TRIGGER ins INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION trg();
CREATE RECURSIVE VIEW tree (id, depth) AS SELECT id, 0 FROM par UNION ALL SELECT par.id, depth + 1 FROM par JOIN tree ON tree.id = par.id;
CREATE TABLE words (id int PRIMARY KEY, state varchar(9) CHECK (state IN ('new', 'old')), title text COLLATE nat, kind mood DEFAULT 'a', CONSTRAINT odd CHECK (title <> 'it''s \ odd'));
CREATE VIEW w AS SELECT id FROM words WHERE state IN ('new', 'old') AND title <> E'a\\b';
CREATE POLICY words_own ON words USING (state IN ('new', 'old')); ALTER TABLE words SET (fillfactor = 70, toast.autovacuum_enabled = false);
SET check_function_bodies = off; CREATE FUNCTION uses_later() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM zz_last'; CREATE VIEW zz_last AS SELECT 1 AS one;

-- What stands otherwise than the shortest statements make it.
CREATE TABLE ev (id int, at date, n int DEFAULT 3 NOT NULL, CONSTRAINT positive CHECK (n > 0)) PARTITION BY LIST (id);
CREATE TABLE ev_a PARTITION OF ev FOR VALUES IN (1);
CREATE INDEX ev_i ON ONLY ev (at);
CREATE INDEX mine ON ev_a (at); ALTER INDEX ev_i ATTACH PARTITION mine;
CREATE INDEX ev_alone ON ONLY ev (id); COMMENT ON INDEX ev_alone IS 'x';
CREATE INDEX ev_some ON ONLY ev (n); CREATE INDEX of_a ON ev_a (n); ALTER INDEX ev_some ATTACH PARTITION of_a; CREATE TABLE ev_b PARTITION OF ev FOR VALUES IN (2); 
CREATE TABLE ordered (id int NOT NULL, at date, g int GENERATED ALWAYS AS (id + 1) STORED, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE ordered_1 (at date DEFAULT now(), gone int, g int GENERATED ALWAYS AS (id + 1) STORED, id int, CONSTRAINT its_key PRIMARY KEY (id)) PARTITION BY LIST (id); ALTER TABLE ordered_1 DROP gone;
CREATE TABLE ordered_1_1 PARTITION OF ordered_1 FOR VALUES IN (1);
ALTER TABLE ordered ATTACH PARTITION ordered_1 FOR VALUES FROM (1) TO (5); CREATE INDEX ON ordered (at); CREATE TABLE ordered_2 PARTITION OF ordered DEFAULT;
CREATE DOMAIN tags AS text[]; CREATE TABLE room (id int PRIMARY KEY, tg tags);
CREATE FUNCTION reversed_cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)';
CREATE OPERATOR CLASS rev_ops FOR TYPE int USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 reversed_cmp(int, int);
CREATE TABLE bits (id int PRIMARY KEY, b bit varying(12) DEFAULT B'101', c "char" DEFAULT 'a', CHECK (c <> 'x'::"char"));
CREATE TABLE heir_of (id int, v text DEFAULT 'p'); CREATE TABLE lone (id int, v text); ALTER TABLE lone INHERIT heir_of;
CREATE UNLOGGED TABLE limits (id serial PRIMARY KEY); ALTER SEQUENCE limits_id_seq SET LOGGED;

-- What is added to operator families, and what an operator class orders by.
CREATE FUNCTION addr_lt(addr, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.nr < $2'; CREATE OPERATOR <<< (FUNCTION = addr_lt, LEFTARG = addr, RIGHTARG = int);
CREATE OPERATOR FAMILY a_loose USING btree; ALTER OPERATOR FAMILY a_loose USING btree ADD OPERATOR 1 <<< (addr, int), FUNCTION 1 (int, bigint) btint48cmp(int, bigint);
ALTER OPERATOR FAMILY oc USING btree ADD OPERATOR 1 < (int, bigint), FUNCTION 1 (int, bigint) btint48cmp(int, bigint);
CREATE OPERATOR CLASS near FOR TYPE point USING gist AS OPERATOR 15 <-> (point, point) FOR ORDER BY float_ops, OPERATOR 2 <@ (point, box), FUNCTION 2 gist_box_union(internal, internal), STORAGE box;
CREATE OPERATOR CLASS stores FOR TYPE circle USING gist AS STORAGE circle; CREATE OPERATOR CLASS of_varchar FOR TYPE varchar USING btree AS OPERATOR 1 < (text, text), FUNCTION 1 (varchar, varchar) bttextcmp(text, text);

-- What partitions and heirs say themselves, beside what their table says.
CREATE TABLE notes (id int, body text, more text) PARTITION BY LIST (id); CREATE INDEX notes_i ON notes (body) WITH (fillfactor = 60); CREATE TRIGGER g BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION trg();
CREATE TABLE notes_1 PARTITION OF notes FOR VALUES IN (1); CREATE TABLE notes_2 PARTITION OF notes FOR VALUES IN (2); CREATE TABLE zz_notes_3 PARTITION OF notes FOR VALUES IN (3) PARTITION BY LIST (id); CREATE TABLE notes_3_1 PARTITION OF zz_notes_3 FOR VALUES IN (3);
ALTER TABLE notes ALTER body SET STORAGE EXTERNAL, ALTER more SET STATISTICS 50, ALTER body SET COMPRESSION pglz; ALTER TABLE notes_2 ALTER body SET STORAGE MAIN, ALTER more SET STATISTICS -1, ALTER more SET COMPRESSION pglz, ALTER id SET (n_distinct = 7);
ALTER TABLE notes_3_1 ALTER body SET STORAGE EXTENDED, ALTER more SET STATISTICS 9; ALTER TABLE notes_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL, SET (toast.autovacuum_enabled = false);
ALTER TABLE notes DISABLE TRIGGER g; ALTER TABLE notes_1 ENABLE ALWAYS TRIGGER g; ALTER TABLE notes_2 ENABLE TRIGGER g; CREATE INDEX of_notes_1 ON notes_1 ((id + 1)); ALTER INDEX of_notes_1 ALTER 1 SET STATISTICS 5; ALTER TABLE notes_1 CLUSTER ON of_notes_1;
ALTER INDEX notes_1_body_idx SET (fillfactor = 50); ALTER INDEX notes_2_body_idx RESET (fillfactor); CREATE TABLE elder (id int, body text); CREATE TABLE younger () INHERITS (elder); ALTER TABLE elder ALTER body SET STORAGE EXTERNAL, ALTER id SET STATISTICS 5; ALTER TABLE younger ALTER body SET STORAGE MAIN, ALTER id SET STATISTICS -1;
CREATE TABLE to_ordered (id int REFERENCES ordered);

-- What a body alone names, and what the rows of a table are the type of.
CREATE FUNCTION zz_inner(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)'; CREATE FUNCTION aa_outer(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT public.zz_inner($1)';
CREATE FUNCTION zz_round(int) RETURNS int LANGUAGE sql AS 'SELECT $1'; CREATE FUNCTION aa_round(int) RETURNS int LANGUAGE sql AS 'SELECT zz_round($1)'; CREATE OR REPLACE FUNCTION zz_round(int) RETURNS int LANGUAGE sql AS 'SELECT aa_round($1)';
CREATE TABLE calls (id int PRIMARY KEY, x text CHECK (aa_outer(x) <> ''), y text GENERATED ALWAYS AS (aa_outer(x)) STORED, z text DEFAULT aa_outer('z')); CREATE INDEX calls_i ON calls (aa_outer(x));
CREATE TABLE zz_target (id int PRIMARY KEY); CREATE TABLE rowed (id int REFERENCES zz_target, m mood, c "PostCode"); CREATE DOMAIN rowed_dom AS rowed CHECK ((VALUE).id > 0); CREATE TYPE rowed_type AS (r rowed, n int); CREATE TABLE uses_rows (id int, d rowed_dom, t rowed_type);
CREATE FUNCTION of_row(rowed) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.id > 0'; CREATE TABLE aa_of_row (r rowed CHECK (of_row(r)));
CREATE TABLE large (id int PRIMARY KEY, a float8 DEFAULT 1e10, b numeric DEFAULT 1e10, c real DEFAULT 1e10, d bigint DEFAULT 10000000000, e float8 DEFAULT 1e300, CHECK (a < 1e10));
COMMENT ON SCHEMA public IS 'mine';
CREATE TABLE ring (id int PRIMARY KEY, n int); CREATE FUNCTION "Next N"() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(n) + 1 FROM ring; END; ALTER TABLE ring ALTER n SET DEFAULT "Next N"() * 2;
CREATE FUNCTION is_ring(ring, int DEFAULT 13) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.n <> $2'; ALTER TABLE ring ADD CONSTRAINT lucky CHECK (is_ring(ring.*)), ADD CONSTRAINT small CHECK (n < 99);
CREATE TYPE nothing_yet AS ENUM ();
CREATE TABLE twins (id int PRIMARY KEY, n int UNIQUE); ALTER TABLE twins ADD CONSTRAINT twin UNIQUE (id), ADD CONSTRAINT triplet UNIQUE (id), ADD CONSTRAINT n_again UNIQUE (n);
