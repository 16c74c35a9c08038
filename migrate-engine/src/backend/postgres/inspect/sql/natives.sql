-- Objects that no operation creates: the statements that create, drop and replace one, and the order of
-- creation: 0 before the tables, 1 after them, 2 last.
, here AS (SELECT quote_ident(nspname) || '.' AS dot, $1::oid AS oid FROM pg_namespace WHERE oid = $1)
, seq AS (
  SELECT r.*, format('%s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s',
                     'AS ' || format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
                     CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) AS said
  FROM rel AS r JOIN pg_sequence AS s ON s.seqrelid = r.oid WHERE r.numbers IS NOT TRUE
)
-- Extensions. The version is left out, as in pg_dump.
SELECT 'extension', NULL, x.extname::text, CASE WHEN n.oid = $1 OR n.nspname = 'pg_catalog' OR g.classid IS NOT NULL
         THEN ARRAY[format('CREATE EXTENSION IF NOT EXISTS %I', x.extname)]
         ELSE ARRAY[format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname), format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I', x.extname, n.nspname)] END,
       ARRAY[format('DROP EXTENSION IF EXISTS %I', x.extname)], '{}'::text[], 0
FROM pg_extension AS x JOIN pg_namespace AS n ON n.oid = x.extnamespace
LEFT JOIN ext AS g ON g.classid = 'pg_namespace'::regclass AND g.objid = n.oid WHERE x.extname <> 'plpgsql'
UNION ALL
-- Functions and procedures, with the original body. It may name objects that are created later.
SELECT o.kind, NULL, o.name,
       CASE WHEN to_jsonb(p) ->> 'prosqlbody' IS NULL AND l.lanname IN ('sql', 'plpgsql') THEN ARRAY['SET LOCAL check_function_bodies = off'] ELSE '{}' END
       || f.said, ARRAY['DROP ' || o.words], CASE WHEN to_jsonb(p) ->> 'prosqlbody' IS NULL AND l.lanname IN ('sql', 'plpgsql')
       THEN ARRAY['SET LOCAL check_function_bodies = off'] ELSE '{}' END || f.said, 1
FROM own AS o JOIN pg_proc AS p ON p.oid = o.objid JOIN pg_language AS l ON l.oid = p.prolang CROSS JOIN here AS h
CROSS JOIN LATERAL (SELECT rtrim(regexp_replace(pg_get_functiondef(p.oid), '^(CREATE OR REPLACE (FUNCTION|PROCEDURE) )' || regexp_replace(h.dot, '(\W)', '\\\1', 'g'), '\1'), E'\n') AS said) AS f
WHERE o.classid = 'pg_proc'::regclass AND o.kind <> 'aggregate'
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE AGGREGATE %I(%s) (%s)', p.proname,
         CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END, concat_ws(', ',
         'SFUNC = ' || g.aggtransfn::regproc, 'STYPE = ' || format_type(g.aggtranstype, NULL), 'SSPACE = ' || nullif(g.aggtransspace, 0),
         'FINALFUNC = ' || nullif(g.aggfinalfn::oid, 0)::regproc, CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
         'FINALFUNC_MODIFY = ' || CASE WHEN g.aggfinalfn = 0 OR g.aggfinalmodify = CASE WHEN g.aggkind = 'n' THEN 'r'::"char" ELSE 'w' END THEN NULL ELSE
           CASE g.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
         'COMBINEFUNC = ' || nullif(g.aggcombinefn::oid, 0)::regproc, 'SERIALFUNC = ' || nullif(g.aggserialfn::oid, 0)::regproc,
         'DESERIALFUNC = ' || nullif(g.aggdeserialfn::oid, 0)::regproc, 'INITCOND = ' || quote_literal(g.agginitval),
         'MSFUNC = ' || nullif(g.aggmtransfn::oid, 0)::regproc, 'MINVFUNC = ' || nullif(g.aggminvtransfn::oid, 0)::regproc,
         'MSTYPE = ' || CASE WHEN g.aggmtransfn <> 0 THEN format_type(g.aggmtranstype, NULL) END, 'MSSPACE = ' || nullif(g.aggmtransspace, 0),
         'MFINALFUNC = ' || nullif(g.aggmfinalfn::oid, 0)::regproc, CASE WHEN g.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
         'MFINALFUNC_MODIFY = ' || CASE WHEN g.aggmfinalfn = 0 OR g.aggmfinalmodify = CASE WHEN g.aggkind = 'n' THEN 'r'::"char" ELSE 'w' END THEN NULL ELSE
           CASE g.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
         'MINITCOND = ' || quote_literal(g.aggminitval),
         'SORTOP = OPERATOR(' || (SELECT quote_ident(n.nspname) || '.' || s.oprname FROM pg_operator AS s JOIN pg_namespace AS n ON n.oid = s.oprnamespace WHERE s.oid = g.aggsortop) || ')',
         'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
         CASE WHEN g.aggkind = 'h' THEN 'HYPOTHETICAL' END))],
       ARRAY['DROP ' || o.words], '{}', 1
FROM own AS o JOIN pg_proc AS p ON p.oid = o.objid JOIN pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE o.classid = 'pg_proc'::regclass AND o.kind = 'aggregate'
UNION ALL
-- Types.
SELECT 'domain', NULL, t.typname, ARRAY[concat_ws(' ', format('CREATE DOMAIN %I AS %s', t.typname, format_type(t.typbasetype, t.typtypmod)),
         'COLLATE ' || CASE WHEN t.typcollation <> b.typcollation THEN l.oid::regcollation::text END, 'DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN 'NOT NULL' END,
         (SELECT string_agg(format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), ' ' ORDER BY k.conname)
          FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated))]
       || ARRAY(SELECT format('ALTER DOMAIN %I ADD CONSTRAINT %I %s', t.typname, k.conname, pg_get_constraintdef(k.oid))
                FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c' AND NOT k.convalidated ORDER BY k.conname),
       ARRAY[format('DROP DOMAIN %I', t.typname)], '{}', 0
FROM own AS o JOIN pg_type AS t ON t.oid = o.objid AND t.typtype = 'd' JOIN pg_type AS b ON b.oid = t.typbasetype
LEFT JOIN pg_collation AS l ON l.oid = t.typcollation WHERE o.classid = 'pg_type'::regclass
UNION ALL
SELECT 'type', NULL, r.name, ARRAY[format('CREATE TYPE %s AS (%s)', r.q,
         (SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                 'COLLATE ' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END), ', ' ORDER BY a.attnum)
          FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped))],
       ARRAY['DROP TYPE ' || r.q], '{}', 0
FROM rel AS r WHERE r.relkind = 'c'
UNION ALL
SELECT 'type', NULL, t.typname, ARRAY[format('CREATE TYPE %I AS RANGE (%s)', t.typname, concat_ws(', ', 'SUBTYPE = ' || format_type(g.rngsubtype, NULL),
         'SUBTYPE_OPCLASS = ' || CASE WHEN NOT c.opcdefault THEN quote_ident(c.opcname) END,
         'COLLATION = ' || CASE WHEN g.rngcollation <> 0 AND g.rngcollation <> s.typcollation THEN g.rngcollation::regcollation::text END,
         'CANONICAL = ' || nullif(g.rngcanonical::oid, 0)::regproc, 'SUBTYPE_DIFF = ' || nullif(g.rngsubdiff::oid, 0)::regproc,
         'MULTIRANGE_TYPE_NAME = ' || CASE WHEN m.typname IS NOT NULL THEN quote_ident(m.typname) END))],
       ARRAY[format('DROP TYPE %I', t.typname)], '{}', 0
FROM own AS o JOIN pg_range AS g ON g.rngtypid = o.objid JOIN pg_type AS t ON t.oid = g.rngtypid JOIN pg_type AS s ON s.oid = g.rngsubtype
JOIN pg_opclass AS c ON c.oid = g.rngsubopc LEFT JOIN pg_type AS m ON m.oid = (to_jsonb(g) ->> 'rngmultitypid')::oid WHERE o.classid = 'pg_type'::regclass
UNION ALL
SELECT 'type', NULL, t.typname, ARRAY[format('CREATE TYPE %I', t.typname), format('CREATE TYPE %I (%s)', t.typname, concat_ws(', ',
         'INPUT = ' || t.typinput, 'OUTPUT = ' || t.typoutput, 'RECEIVE = ' || nullif(t.typreceive::oid, 0)::regproc, 'SEND = ' || nullif(t.typsend::oid, 0)::regproc,
         'INTERNALLENGTH = ' || CASE WHEN t.typlen < 0 THEN 'VARIABLE' ELSE t.typlen::text END, CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
         'CATEGORY = ' || quote_literal(t.typcategory::text), 'DEFAULT = ' || quote_literal(t.typdefault)))],
       ARRAY[format('DROP TYPE %I', t.typname)], '{}', 0
FROM own AS o JOIN pg_type AS t ON t.oid = o.objid AND t.typtype IN ('b', 'p') WHERE o.classid = 'pg_type'::regclass AND t.typrelid = 0 AND t.typname = o.name
UNION ALL
-- Sequences that do not belong to an identity or serial column.
SELECT 'sequence', NULL, name, ARRAY[format('CREATE SEQUENCE %s %s', q, said)], ARRAY['DROP SEQUENCE IF EXISTS ' || q],
       ARRAY[format('ALTER SEQUENCE %s %s', q, said)], 0 FROM seq
UNION ALL
-- Row security policies and rules.
SELECT 'policy', r.name, p.polname, ARRAY[concat_ws(' ', format('CREATE POLICY %I ON %s AS', p.polname, r.q),
         CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR',
         CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, 'TO',
         (SELECT string_agg(CASE WHEN u = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(u)) END, ', ' ORDER BY u) FROM unnest(p.polroles) AS u),
         'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')],
       ARRAY[format('DROP POLICY %I ON %s', p.polname, r.q)], '{}', 2
FROM pg_policy AS p JOIN rel AS r ON r.oid = p.polrelid
UNION ALL
SELECT 'rule', r.name, w.rulename, ARRAY[rtrim(pg_get_ruledef(w.oid, true), ';')], ARRAY[format('DROP RULE %I ON %s', w.rulename, r.q)], '{}', 2
FROM pg_rewrite AS w JOIN rel AS r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'statistics', r.name, s.stxname, ARRAY[replace(pg_get_statisticsobjdef(s.oid), 'CREATE STATISTICS ' || h.dot, 'CREATE STATISTICS ')],
       ARRAY[format('DROP STATISTICS %I', s.stxname)], '{}', 1
FROM pg_statistic_ext AS s JOIN rel AS r ON r.oid = s.stxrelid CROSS JOIN here AS h WHERE s.stxnamespace = $1
UNION ALL
-- Collations, text search, conversions, operators, casts.
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE COLLATION %I (%s)', c.collname, concat_ws(', ',
         'PROVIDER = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' ELSE '"default"' END,
         'LOCALE = ' || quote_literal(coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', CASE WHEN c.collcollate = c.collctype THEN c.collcollate END)),
         'LC_COLLATE = ' || CASE WHEN c.collprovider = 'c' AND c.collcollate <> c.collctype THEN quote_literal(c.collcollate) END,
         'LC_CTYPE = ' || CASE WHEN c.collprovider = 'c' AND c.collcollate <> c.collctype THEN quote_literal(c.collctype) END,
         'RULES = ' || quote_literal(to_jsonb(c) ->> 'collicurules'), CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = false' END))],
       ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_collation AS c ON c.oid = o.objid WHERE o.classid = 'pg_collation'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE TEXT SEARCH DICTIONARY %I (%s)', d.dictname, concat_ws(', ',
         'TEMPLATE = ' || CASE WHEN n.oid = $1 OR n.nspname = 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(m.tmplname), d.dictinitoption))],
       ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_ts_dict AS d ON d.oid = o.objid JOIN pg_ts_template AS m ON m.oid = d.dicttemplate
JOIN pg_namespace AS n ON n.oid = m.tmplnamespace WHERE o.classid = 'pg_ts_dict'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE TEXT SEARCH CONFIGURATION %I (PARSER = %s%I)', c.cfgname,
         CASE WHEN n.oid = $1 OR n.nspname = 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END, s.prsname)]
       || ARRAY(SELECT format('ALTER TEXT SEARCH CONFIGURATION %I ADD MAPPING FOR %I WITH %s', c.cfgname, k.alias,
                              string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno))
                FROM pg_ts_config_map AS m JOIN ts_token_type(s.oid) AS k ON k.tokid = m.maptokentype WHERE m.mapcfg = c.oid GROUP BY k.tokid, k.alias ORDER BY k.tokid),
       ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_ts_config AS c ON c.oid = o.objid JOIN pg_ts_parser AS s ON s.oid = c.cfgparser
JOIN pg_namespace AS n ON n.oid = s.prsnamespace WHERE o.classid = 'pg_ts_config'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE TEXT SEARCH TEMPLATE %I (%s)', t.tmplname, concat_ws(', ',
         'INIT = ' || nullif(t.tmplinit::oid, 0)::regproc, 'LEXIZE = ' || t.tmpllexize))], ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_ts_template AS t ON t.oid = o.objid WHERE o.classid = 'pg_ts_template'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE TEXT SEARCH PARSER %I (%s)', t.prsname, concat_ws(', ', 'START = ' || t.prsstart, 'GETTOKEN = ' || t.prstoken,
         'END = ' || t.prsend, 'LEXTYPES = ' || t.prslextype, 'HEADLINE = ' || nullif(t.prsheadline::oid, 0)::regproc))], ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_ts_parser AS t ON t.oid = o.objid WHERE o.classid = 'pg_ts_parser'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE %sCONVERSION %I FOR %L TO %L FROM %s', CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END, c.conname,
         pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc)], ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_conversion AS c ON c.oid = o.objid WHERE o.classid = 'pg_conversion'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE OPERATOR %s (%s)', p.oprname, concat_ws(', ', 'FUNCTION = ' || p.oprcode,
         'LEFTARG = ' || CASE WHEN p.oprleft <> 0 THEN format_type(p.oprleft, NULL) END, 'RIGHTARG = ' || CASE WHEN p.oprright <> 0 THEN format_type(p.oprright, NULL) END,
         'COMMUTATOR = ' || (SELECT CASE WHEN c.oprnamespace = $1 THEN c.oprname::text ELSE format('OPERATOR(%I.%s)', n.nspname, c.oprname) END
                             FROM pg_operator AS c JOIN pg_namespace AS n ON n.oid = c.oprnamespace WHERE c.oid = p.oprcom),
         'NEGATOR = ' || (SELECT CASE WHEN c.oprnamespace = $1 THEN c.oprname::text ELSE format('OPERATOR(%I.%s)', n.nspname, c.oprname) END
                          FROM pg_operator AS c JOIN pg_namespace AS n ON n.oid = c.oprnamespace WHERE c.oid = p.oprnegate),
         'RESTRICT = ' || nullif(p.oprrest::oid, 0)::regproc, 'JOIN = ' || nullif(p.oprjoin::oid, 0)::regproc,
         CASE WHEN p.oprcanhash THEN 'HASHES' END, CASE WHEN p.oprcanmerge THEN 'MERGES' END))], ARRAY['DROP ' || o.words], '{}', 0
-- An operator that exists only because another one names it has no function yet.
FROM own AS o JOIN pg_operator AS p ON p.oid = o.objid AND p.oprcode <> 0 WHERE o.classid = 'pg_operator'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY['CREATE ' || o.words], ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_opfamily AS f ON f.oid = o.objid
-- An operator class without FAMILY creates a family with its own name.
WHERE o.classid = 'pg_opfamily'::regclass AND NOT EXISTS (SELECT FROM pg_opclass AS c WHERE c.opcfamily = f.oid AND c.opcname = f.opfname AND c.opcnamespace = f.opfnamespace)
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('CREATE OPERATOR CLASS %I %sFOR TYPE %s USING %s%s AS %s', c.opcname, CASE WHEN c.opcdefault THEN 'DEFAULT ' ELSE '' END,
         format_type(c.opcintype, NULL), f.method, CASE WHEN w.comes_with_it THEN '' ELSE ' FAMILY ' || f.q END, concat_ws(', ',
         -- A class without members needs an explicit STORAGE.
         'STORAGE ' || CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) WHEN w.said IS NULL THEN format_type(c.opcintype, NULL) END, w.said))],
       ARRAY['DROP ' || o.words]
       -- The family that was created with the class.
       || CASE WHEN w.comes_with_it AND f.here THEN ARRAY[format('DROP OPERATOR FAMILY IF EXISTS %s USING %s', f.q, f.method)] ELSE '{}' END, '{}', 0
FROM own AS o JOIN pg_opclass AS c ON c.oid = o.objid JOIN families AS f ON f.oid = c.opcfamily
CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM pg_opfamily AS y WHERE y.oid = c.opcfamily AND y.opfname = c.opcname AND y.opfnamespace = c.opcnamespace) AS comes_with_it,
         (SELECT string_agg(m.said, ', ' ORDER BY m.classid, length(m.place), m.place) FROM members AS m WHERE m.class = c.oid) AS said
) AS w WHERE o.classid = 'pg_opclass'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[format('ALTER OPERATOR FAMILY %s USING %s ADD %s', f.q, f.method, m.said)],
       ARRAY[format('ALTER OPERATOR FAMILY %s USING %s DROP %s', f.q, f.method, m.place)], '{}', 0
FROM own AS o JOIN members AS m ON m.classid = o.classid AND m.objid = o.objid JOIN families AS f ON f.oid = m.family
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[concat_ws(' ', 'CREATE ' || o.words, CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure
         WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END, CASE c.castcontext WHEN 'a' THEN 'AS ASSIGNMENT' WHEN 'i' THEN 'AS IMPLICIT' END)],
       ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_cast AS c ON c.oid = o.objid WHERE o.classid = 'pg_cast'::regclass
AND EXISTS (SELECT FROM own AS t WHERE (t.classid = 'pg_type'::regclass AND t.objid IN (c.castsource, c.casttarget))
            OR (t.classid = 'pg_proc'::regclass AND t.objid = c.castfunc))
UNION ALL
-- Foreign data. User mappings contain passwords, and are left out.
SELECT o.kind, NULL, o.name, ARRAY[concat_ws(' ', 'CREATE ' || o.words, 'HANDLER ' || nullif(w.fdwhandler, 0)::regproc, 'VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc,
         'OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ' ORDER BY option_name) FROM pg_options_to_table(w.fdwoptions)) || ')')],
       ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_foreign_data_wrapper AS w ON w.oid = o.objid WHERE o.classid = 'pg_foreign_data_wrapper'::regclass
UNION ALL
SELECT o.kind, NULL, o.name, ARRAY[concat_ws(' ', 'CREATE ' || o.words, 'TYPE ' || quote_literal(s.srvtype), 'VERSION ' || quote_literal(s.srvversion),
         'FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname),
         'OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ' ORDER BY option_name) FROM pg_options_to_table(s.srvoptions)) || ')')],
       ARRAY['DROP ' || o.words], '{}', 0
FROM own AS o JOIN pg_foreign_server AS s ON s.oid = o.objid JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw WHERE o.classid = 'pg_foreign_server'::regclass
UNION ALL
SELECT 'foreign table', NULL, r.name, ARRAY[concat_ws(' ', format('CREATE FOREIGN TABLE %s (%s)', r.q, concat_ws(', ',
         (SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                 'OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ' ORDER BY option_name) FROM pg_options_to_table(a.attfdwoptions)) || ')',
                 'COLLATE ' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
                 CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                 CASE WHEN a.attgenerated = 's' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(v.adbin, v.adrelid) || ') STORED' ELSE 'DEFAULT ' || pg_get_expr(v.adbin, v.adrelid) END), ', ' ORDER BY a.attnum)
          FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
          WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
         (SELECT string_agg(format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), ', ' ORDER BY k.conname) FROM pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype = 'c'))),
         'INHERITS (' || (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits AS h WHERE h.inhrelid = r.oid) || ')',
         'SERVER ' || quote_ident(s.srvname),
         'OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ' ORDER BY option_name) FROM pg_options_to_table(f.ftoptions)) || ')')],
       ARRAY['DROP FOREIGN TABLE ' || r.q], '{}', 1
FROM rel AS r JOIN pg_foreign_table AS f ON f.ftrelid = r.oid JOIN pg_foreign_server AS s ON s.oid = f.ftserver WHERE r.relkind = 'f' AND NOT r.relispartition
UNION ALL
-- Partitions, with the properties that differ from those of their table. If the order of columns differs, or an index has another
-- name than the default, the partition is created as a table and attached.
SELECT 'partition', r.parent, r.name,
       ARRAY[concat_ws(' ', format('CREATE %sTABLE %s', CASE WHEN r.relkind = 'f' THEN 'FOREIGN ' ELSE '' END, r.q),
         CASE WHEN o.apart THEN format('(%s)', (
           SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), 'COLLATE ' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
                  CASE WHEN a.attnotnull THEN 'NOT NULL' END, CASE WHEN a.attgenerated = '' THEN 'DEFAULT ' || pg_get_expr(pv.adbin, pv.adrelid)
                  ELSE format('GENERATED ALWAYS AS (%s)%s', pg_get_expr(v.adbin, v.adrelid), CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE '' END) END), ', ' ORDER BY a.attnum)
           FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
           JOIN pg_attribute AS pa ON pa.attrelid = pg_partition_root(r.oid) AND pa.attname = a.attname LEFT JOIN pg_attrdef AS pv ON pv.adrelid = pa.attrelid AND pv.adnum = pa.attnum
           WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped))
         ELSE format('PARTITION OF %s %s', h.inhparent::regclass, pg_get_expr(c.relpartbound, c.oid)) END,
         'PARTITION BY ' || pg_get_partkeydef(c.oid), 'SERVER ' || quote_ident(s.srvname),
         'OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ' ORDER BY option_name) FROM pg_options_to_table(f.ftoptions)) || ')',
         'WITH (' || array_to_string(c.reloptions, ', ') || ')', 'TABLESPACE ' || quote_ident(ts.spcname))]
       || CASE WHEN c.relpersistence = 'u' THEN ARRAY['ALTER TABLE ' || r.q || ' SET UNLOGGED'] ELSE '{}' END
       || ARRAY(SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.q, k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint AS k
                WHERE o.apart AND k.conrelid = r.oid AND (k.conparentid <> 0 OR k.coninhcount > 0) AND k.contype IN ('c', 'p', 'u', 'x') ORDER BY k.conname)
       || ARRAY(SELECT pg_get_indexdef(i.indexrelid, 0, true) FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid JOIN pg_inherits AS xh ON xh.inhrelid = x.oid
                JOIN pg_index AS pi ON pi.indexrelid = xh.inhparent
                WHERE i.indrelid = r.oid AND (o.apart OR NOT pi.indisvalid) AND (i.indisvalid OR x.relkind = 'i')
                AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x')) ORDER BY x.relname)
       || CASE WHEN o.apart THEN ARRAY[format('ALTER TABLE %s ATTACH PARTITION %s %s', h.inhparent::regclass, r.q, pg_get_expr(c.relpartbound, c.oid))] ELSE '{}' END,
       -- One that a foreign key leads to by way of its table goes once it is a table of its own.
       CASE WHEN EXISTS (SELECT FROM pg_constraint AS k WHERE k.confrelid = r.oid AND k.conparentid <> 0)
            THEN ARRAY[format('ALTER TABLE %s DETACH PARTITION %s', h.inhparent::regclass, r.q)] ELSE '{}' END
       || ARRAY[format('DROP %sTABLE %s', CASE WHEN r.relkind = 'f' THEN 'FOREIGN ' ELSE '' END, r.q)], '{}', 1
FROM rel AS r JOIN pg_class AS c ON c.oid = r.oid JOIN pg_inherits AS h ON h.inhrelid = r.oid
LEFT JOIN pg_tablespace AS ts ON ts.oid = c.reltablespace
LEFT JOIN pg_foreign_table AS f ON f.ftrelid = r.oid LEFT JOIN pg_foreign_server AS s ON s.oid = f.ftserver
CROSS JOIN LATERAL (
  SELECT ARRAY(SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
      <> ARRAY(SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = h.inhparent AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
    OR EXISTS (SELECT FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid JOIN pg_inherits AS xh ON xh.inhrelid = x.oid JOIN pg_index AS pi ON pi.indexrelid = xh.inhparent AND pi.indisvalid
       WHERE i.indrelid = r.oid AND x.relname <> concat_ws('_', c.relname,
         CASE WHEN NOT i.indisprimary THEN (SELECT string_agg(a.attname, '_' ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = x.oid) END,
         CASE WHEN i.indisprimary THEN 'pkey' WHEN i.indisexclusion THEN 'excl' WHEN EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = x.oid AND k.contype = 'u') THEN 'key' ELSE 'idx' END)) AS apart
) AS o
WHERE r.relispartition AND r.relkind IN ('r', 'p', 'f')
UNION ALL
-- Indexes of a partitioned table that not all of its partitions have.
SELECT 'index', t.name, r.name, pg_get_indexdef(r.oid, 0, true)
       || ARRAY(SELECT format('ALTER INDEX %s ATTACH PARTITION %s', r.q, x.inhrelid::regclass) FROM pg_inherits AS x WHERE x.inhparent = r.oid ORDER BY x.inhrelid::regclass::text),
       ARRAY['DROP INDEX ' || r.q], '{}', 2
FROM rel AS r JOIN pg_index AS i ON i.indexrelid = r.oid AND NOT i.indisvalid JOIN rel AS t ON t.oid = i.indrelid
WHERE r.relkind = 'I' AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
-- Constraints, triggers and indexes that a partition has for itself. They are no part of its statement: one that changes must not
-- cost the rows.
SELECT 'constraint', r.name, k.conname, ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.q, k.conname, pg_get_constraintdef(k.oid))],
       ARRAY[format('ALTER TABLE %s DROP CONSTRAINT %I', r.q, k.conname)], '{}', CASE k.contype WHEN 'f' THEN 2 ELSE 1 END
FROM rel AS r JOIN pg_constraint AS k ON k.conrelid = r.oid
WHERE r.relispartition AND r.relkind IN ('r', 'p', 'f') AND k.conparentid = 0 AND k.coninhcount = 0 AND k.contype IN ('c', 'p', 'u', 'f', 'x')
UNION ALL
SELECT 'trigger', r.name, g.tgname, ARRAY[pg_get_triggerdef(g.oid, true)], ARRAY[format('DROP TRIGGER %I ON %s', g.tgname, r.q)], '{}', 2
FROM rel AS r JOIN pg_trigger AS g ON g.tgrelid = r.oid AND NOT g.tgisinternal AND (to_jsonb(g) ->> 'tgparentid')::oid = 0 WHERE r.relispartition
UNION ALL
SELECT 'index', t.name, r.name, ARRAY[pg_get_indexdef(r.oid, 0, true)], ARRAY['DROP INDEX ' || r.q], '{}', 1
FROM rel AS r JOIN pg_index AS i ON i.indexrelid = r.oid JOIN rel AS t ON t.oid = i.indrelid AND t.relispartition
WHERE (i.indisvalid OR r.relkind = 'i') AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = r.oid)
AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
-- Objects that belong to no schema.
SELECT 'publication', NULL, p.pubname, ARRAY[concat_ws(' ', format('CREATE PUBLICATION %I', p.pubname), CASE WHEN p.puballtables THEN 'FOR ALL TABLES' ELSE
         'FOR ' || nullif(concat_ws(', ', (SELECT 'TABLE ' || string_agg(concat_ws(' ', CASE WHEN x.relkind = 'p' THEN NULL END, m.prrelid::regclass::text,
                 '(' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
                         WHERE a.attrelid = m.prrelid AND to_jsonb(m) -> 'prattrs' @> to_jsonb(a.attnum) AND a.attnum > 0) || ')',
                 'WHERE ' || (SELECT to_jsonb(f) ->> 'rowfilter' FROM pg_publication_tables AS f JOIN pg_namespace AS n ON n.nspname = f.schemaname
                             WHERE f.pubname = p.pubname AND f.tablename = x.relname AND n.oid = x.relnamespace)), ', ' ORDER BY m.prrelid::regclass::text)
                FROM pg_publication_rel AS m JOIN pg_class AS x ON x.oid = m.prrelid WHERE m.prpubid = p.oid),
                -- Reads pg_publication_namespace through its dependencies, because older servers do not have it.
                (SELECT 'TABLES IN SCHEMA ' || string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname) FROM pg_depend AS a
                 JOIN pg_depend AS b ON b.classid = a.classid AND b.objid = a.objid AND b.refclassid = 'pg_namespace'::regclass
                 JOIN pg_namespace AS n ON n.oid = b.refobjid
                 WHERE a.classid = 6237 AND a.refclassid = 'pg_publication'::regclass AND a.refobjid = p.oid)), '') END,
         'WITH (publish = ' || quote_literal(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END))
         || CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END
         || CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN ', publish_generated_columns = stored' ELSE '' END || ')')],
       ARRAY[format('DROP PUBLICATION %I', p.pubname)], '{}', 2
FROM own AS o JOIN pg_publication AS p ON p.oid = o.objid WHERE o.classid = 'pg_publication'::regclass
UNION ALL
SELECT 'event trigger', NULL, e.evtname, ARRAY[concat_ws(' ', format('CREATE EVENT TRIGGER %I ON %I', e.evtname, e.evtevent),
         'WHEN TAG IN (' || (SELECT string_agg(quote_literal(t), ', ' ORDER BY t) FROM unnest(e.evttags) AS t) || ')', 'EXECUTE FUNCTION ' || e.evtfoid::regproc || '()')]
       || CASE e.evtenabled WHEN 'O' THEN '{}' ELSE ARRAY[format('ALTER EVENT TRIGGER %I %s', e.evtname,
            CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END)] END,
       ARRAY[format('DROP EVENT TRIGGER %I', e.evtname)], '{}', 2
FROM own AS o JOIN pg_event_trigger AS e ON e.oid = o.objid WHERE o.classid = 'pg_event_trigger'::regclass
ORDER BY 1, 2 NULLS FIRST, 3
