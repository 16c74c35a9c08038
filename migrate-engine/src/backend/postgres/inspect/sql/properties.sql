-- Properties that no operation sets: object, name, value, and the statements that set and reset it. Defaults are not listed.
, options AS (
  SELECT r.kind, r.words, r.name, s.option_name AS option, s.option_value AS value
  FROM (SELECT CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'index' END AS kind, name,
               CASE relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW ' END || q AS words, oid FROM rel WHERE relkind IN ('v', 'm')) AS r
  JOIN pg_class AS c ON c.oid = r.oid CROSS JOIN LATERAL pg_options_to_table(c.reloptions) AS s
), parts AS (
  SELECT CASE WHEN r.relispartition THEN 'partition' ELSE 'table' END AS kind, CASE WHEN r.relispartition THEN r.parent END AS tbl, r.name, r.q, c.*
  FROM rel AS r JOIN pg_class AS c ON c.oid = r.oid WHERE r.relkind IN ('r', 'p')
), tables AS (SELECT * FROM parts WHERE kind = 'table'), numbered AS (
  -- The sequences of `serial` and `IDENTITY` columns, with their default options.
  SELECT t.name AS tbl, t.q AS tq, a.attname::text AS col, r.name AS seq, r.q AS sq, a.attidentity <> '' AS identity, s.*,
         CASE WHEN s.seqincrement < 0 THEN -1 ELSE 1 END AS usual_start, b.low, b.high
  FROM rel AS r JOIN tables AS t ON t.oid = r.owner JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refobjid = t.oid AND d.deptype IN ('a', 'i')
  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid JOIN pg_sequence AS s ON s.seqrelid = r.oid
  CROSS JOIN LATERAL (SELECT CASE WHEN s.seqincrement < 0 THEN m.low ELSE 1 END AS low, CASE WHEN s.seqincrement < 0 THEN -1 ELSE m.high END AS high
       FROM (VALUES ('int2'::regtype, -32768, 32767), ('int4'::regtype, -2147483648, 2147483647), ('int8'::regtype, -9223372036854775808, 9223372036854775807)) AS m(kind, low, high)
       WHERE m.kind = s.seqtypid) AS b
  WHERE r.numbers
), said AS (
  SELECT n.*, concat_ws(' ', CASE WHEN n.seqincrement <> 1 THEN 'INCREMENT BY ' || n.seqincrement END,
              CASE WHEN n.seqmin <> n.low THEN 'MINVALUE ' || n.seqmin END, CASE WHEN n.seqmax <> n.high THEN 'MAXVALUE ' || n.seqmax END,
              CASE WHEN n.seqstart <> CASE WHEN n.seqincrement < 0 THEN n.seqmax ELSE n.seqmin END THEN 'START WITH ' || n.seqstart END,
              CASE WHEN n.seqcache <> 1 THEN 'CACHE ' || n.seqcache END, CASE WHEN n.seqcycle THEN 'CYCLE' END) AS options FROM numbered AS n
)
SELECT 'table', NULL::text, name, 'persistence', 'unlogged', format('ALTER TABLE %s SET UNLOGGED', q), format('ALTER TABLE %s SET LOGGED', q) FROM tables WHERE relpersistence = 'u'
-- The sequences of a table become unlogged with it, if the server supports unlogged sequences; a logged one is set afterwards.
UNION ALL SELECT 'table', NULL, n.tbl, 'persistence of the numbers of column ' || n.col, 'logged', format('ALTER SEQUENCE %s SET LOGGED', n.sq), format('ALTER SEQUENCE %s SET UNLOGGED', n.sq)
FROM numbered AS n JOIN tables AS t ON t.name = n.tbl AND t.relpersistence = 'u' JOIN pg_class AS c ON c.oid = n.seqrelid AND c.relpersistence <> 'u'
WHERE NOT n.identity AND current_setting('server_version_num')::int >= 150000
UNION ALL SELECT kind, tbl, name, 'row security', 'enabled', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', q), format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', q)
FROM parts WHERE relrowsecurity
UNION ALL SELECT kind, tbl, name, 'row security of its owner', 'forced', format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', q), format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', q)
FROM parts WHERE relforcerowsecurity
UNION ALL SELECT t.kind, t.tbl, t.name, 'replica identity', CASE t.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' ELSE 'index ' || x.relname END,
  format('ALTER TABLE %s REPLICA IDENTITY %s', t.q, CASE t.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || quote_ident(x.relname) END),
  format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', t.q)
FROM parts AS t LEFT JOIN pg_index AS i ON i.indrelid = t.oid AND i.indisreplident AND t.relreplident = 'i' LEFT JOIN pg_class AS x ON x.oid = i.indexrelid WHERE t.relreplident <> 'd'
UNION ALL SELECT 'table', NULL, t.name, 'tablespace', s.spcname, format('ALTER TABLE %s SET TABLESPACE %I', t.q, s.spcname), format('ALTER TABLE %s SET TABLESPACE pg_default', t.q)
FROM tables AS t JOIN pg_tablespace AS s ON s.oid = t.reltablespace
UNION ALL SELECT 'table', NULL, t.name, 'access method', m.amname, format('ALTER TABLE %s SET ACCESS METHOD %I', t.q, m.amname), format('ALTER TABLE %s SET ACCESS METHOD heap', t.q)
FROM tables AS t JOIN pg_am AS m ON m.oid = t.relam WHERE m.amname <> 'heap'
UNION ALL SELECT t.kind, t.tbl, t.name, 'storage parameter toast.' || s.option_name, s.option_value,
  format('ALTER TABLE %s SET (toast.%I = %s)', t.q, s.option_name, s.option_value), format('ALTER TABLE %s RESET (toast.%I)', t.q, s.option_name)
FROM parts AS t JOIN pg_class AS c ON c.oid = t.reltoastrelid CROSS JOIN LATERAL pg_options_to_table(c.reloptions) AS s
UNION ALL SELECT 'table', NULL, t.name, 'type', y.oid::regtype::text, format('ALTER TABLE %s OF %s', t.q, y.oid::regtype), format('ALTER TABLE %s NOT OF', t.q)
FROM tables AS t JOIN pg_type AS y ON y.oid = t.reloftype
UNION ALL SELECT t.kind, t.tbl, t.name, 'clustered on', x.relname, format('ALTER TABLE %s CLUSTER ON %I', t.q, x.relname), format('ALTER TABLE %s SET WITHOUT CLUSTER', t.q)
FROM parts AS t JOIN pg_index AS i ON i.indrelid = t.oid AND i.indisclustered JOIN pg_class AS x ON x.oid = i.indexrelid
-- The value is the unqualified name if the table is in this schema.
UNION ALL SELECT 'table', NULL, t.name, 'inherits ' || h.inhparent::regclass, CASE WHEN p.relnamespace = $1 THEN p.relname ELSE h.inhparent::regclass::text END,
  format('ALTER TABLE %s INHERIT %s', t.q, h.inhparent::regclass), format('ALTER TABLE %s NO INHERIT %s', t.q, h.inhparent::regclass)
FROM tables AS t JOIN pg_inherits AS h ON h.inhrelid = t.oid JOIN pg_class AS p ON p.oid = h.inhparent
UNION ALL SELECT 'view', NULL, r.name, 'tablespace', s.spcname, format('ALTER MATERIALIZED VIEW %s SET TABLESPACE %I', r.q, s.spcname), format('ALTER MATERIALIZED VIEW %s SET TABLESPACE pg_default', r.q)
FROM rel AS r JOIN pg_class AS c ON c.oid = r.oid JOIN pg_tablespace AS s ON s.oid = c.reltablespace WHERE r.relkind = 'm'
UNION ALL SELECT kind, NULL, name, option, value, format('ALTER %s SET (%I = %L)', words, option, value), format('ALTER %s RESET (%I)', words, option) FROM options
-- Columns. Each statement changes only the column of this table: children and partitions have properties of their own.
UNION ALL SELECT 'column', r.name, a.attname, p.name, p.value, format('ALTER %sTABLE %s ALTER COLUMN %I %s', w.foreign_it, w.only_it, a.attname, p.set),
  format('ALTER %sTABLE %s ALTER COLUMN %I %s', w.foreign_it, w.only_it, a.attname, p.reset)
FROM rel AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type AS t ON t.oid = a.atttypid
CROSS JOIN LATERAL (
  SELECT CASE WHEN r.relkind = 'f' THEN 'FOREIGN ' ELSE '' END AS foreign_it, CASE WHEN c.relhassubclass THEN 'ONLY ' ELSE '' END || r.q AS only_it
  FROM pg_class AS c WHERE c.oid = r.oid
) AS w
-- A new partition has these of its table, so that one whose table has any says its own.
LEFT JOIN pg_inherits AS h ON h.inhrelid = r.oid AND r.relispartition LEFT JOIN pg_attribute AS above ON above.attrelid = h.inhparent AND above.attname = a.attname
CROSS JOIN LATERAL (
  SELECT 'storage' AS name, s.word AS value, 'SET STORAGE ' || s.word AS set, 'SET STORAGE ' || u.word AS reset
  FROM (VALUES ('p'::"char", 'PLAIN'), ('e', 'EXTERNAL'), ('m', 'MAIN'), ('x', 'EXTENDED')) AS s(letter, word)
  JOIN (VALUES ('p'::"char", 'PLAIN'), ('e', 'EXTERNAL'), ('m', 'MAIN'), ('x', 'EXTENDED')) AS u(letter, word) ON u.letter = t.typstorage
  WHERE s.letter = a.attstorage AND (a.attstorage <> t.typstorage OR above.attstorage <> t.typstorage)
  UNION ALL SELECT 'compression', w.word, 'SET COMPRESSION ' || w.word, 'SET COMPRESSION default'
  FROM (VALUES ('', 'default'), ('p', 'pglz'), ('l', 'lz4')) AS w(letter, word)
  WHERE to_jsonb(a) ->> 'attcompression' = w.letter AND (w.letter <> '' OR to_jsonb(above) ->> 'attcompression' <> '')
  UNION ALL SELECT 'statistics target', a.attstattarget::text, 'SET STATISTICS ' || a.attstattarget, 'SET STATISTICS -1' WHERE a.attstattarget >= 0
  UNION ALL SELECT 'option ' || o.option_name, o.option_value, format('SET (%I = %s)', o.option_name, o.option_value), format('RESET (%I)', o.option_name)
  -- The server sets this option itself, and no statement changes it: the position in its log at which the table was created.
  FROM pg_options_to_table(a.attoptions) AS o WHERE o.option_name <> 'pg_attver'
) AS p
WHERE r.relkind IN ('r', 'p', 'm', 'f') AND (a.attstorage <> t.typstorage OR coalesce(to_jsonb(a) ->> 'attcompression', '') <> ''
  OR above.attstorage <> t.typstorage OR coalesce(to_jsonb(above) ->> 'attcompression', '') <> '' OR a.attstattarget >= 0 OR EXISTS (SELECT FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg_attver=%'))
UNION ALL SELECT 'column', r.name, a.attname, 'default', pg_get_expr(v.adbin, v.adrelid),
  format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', r.q, a.attname, pg_get_expr(v.adbin, v.adrelid)), format('ALTER VIEW %s ALTER COLUMN %I DROP DEFAULT', r.q, a.attname)
FROM rel AS r JOIN pg_attrdef AS v ON v.adrelid = r.oid JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = v.adnum WHERE r.relkind = 'v'
-- A partition is made with the defaults that the table above all has, and one beneath another with those of the other by then.
UNION ALL SELECT 'column', r.name, a.attname, 'default', coalesce(d.own, 'none'), d.words || coalesce('SET DEFAULT ' || d.own, 'DROP DEFAULT'),
  d.words || coalesce('SET DEFAULT ' || d.of_root, 'DROP DEFAULT')
FROM rel AS r JOIN pg_inherits AS h ON h.inhrelid = r.oid JOIN pg_class AS c ON c.oid = r.oid
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
CROSS JOIN LATERAL (SELECT ARRAY(SELECT pg_get_expr(v.adbin, v.adrelid) FROM unnest(ARRAY[r.oid, h.inhparent, pg_partition_root(r.oid)]) WITH ORDINALITY AS u(oid, at)
  JOIN pg_attribute AS b ON b.attrelid = u.oid AND b.attname = a.attname LEFT JOIN pg_attrdef AS v ON v.adrelid = b.attrelid AND v.adnum = b.attnum ORDER BY u.at) AS said) AS e
CROSS JOIN LATERAL (SELECT e.said[1] AS own, e.said[2] AS above, e.said[3] AS of_root,
  format('ALTER %sTABLE %s%s ALTER COLUMN %I ', CASE WHEN r.relkind = 'f' THEN 'FOREIGN ' ELSE '' END, CASE WHEN c.relhassubclass THEN 'ONLY ' ELSE '' END, r.q, a.attname) AS words) AS d
WHERE r.relispartition AND (d.own IS DISTINCT FROM d.of_root OR d.above IS DISTINCT FROM d.of_root)
UNION ALL SELECT 'index', t.relname, r.name, 'statistics target of part ' || a.attnum, a.attstattarget::text,
  format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', r.q, a.attnum, a.attstattarget), format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS -1', r.q, a.attnum)
FROM rel AS r JOIN pg_index AS i ON i.indexrelid = r.oid JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attstattarget >= 0
UNION ALL SELECT 'index', t.relname, r.name, 'validity', 'not valid', NULL, NULL
FROM rel AS r JOIN pg_index AS i ON i.indexrelid = r.oid AND NOT i.indisvalid JOIN pg_class AS t ON t.oid = i.indrelid
WHERE NOT t.relispartition AND (r.relkind = 'i' OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = r.oid AND k.contype IN ('p', 'u', 'x')))
-- The storage parameters of an index of a key.
UNION ALL SELECT 'index', t.relname, r.name, 'storage parameter ' || s.option_name, s.option_value, format('ALTER INDEX %s SET (%I = %s)', r.q, s.option_name, s.option_value),
  format('ALTER INDEX %s RESET (%I)', r.q, s.option_name)
FROM rel AS r JOIN pg_class AS c ON c.oid = r.oid AND c.reloptions IS NOT NULL JOIN pg_index AS i ON i.indexrelid = r.oid JOIN pg_class AS t ON t.oid = i.indrelid AND NOT t.relispartition
CROSS JOIN LATERAL pg_options_to_table(c.reloptions) AS s
WHERE EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = t.oid AND k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
-- The index of a partition has the parameters of the table's index by default.
UNION ALL SELECT 'index', t.relname, r.name, 'storage parameter ' || s.name, coalesce(s.own, 'not set'), s.words[1], s.words[2]
FROM rel AS r JOIN pg_index AS i ON i.indexrelid = r.oid JOIN pg_class AS t ON t.oid = i.indrelid AND t.relispartition JOIN pg_class AS c ON c.oid = r.oid
JOIN pg_inherits AS h ON h.inhrelid = r.oid JOIN pg_class AS p ON p.oid = h.inhparent CROSS JOIN LATERAL (
  SELECT coalesce(x.option_name, y.option_name) AS name, x.option_value AS own,
         ARRAY(SELECT format('ALTER INDEX %s ', r.q) || CASE WHEN v IS NULL THEN format('RESET (%I)', coalesce(x.option_name, y.option_name))
               ELSE format('SET (%I = %s)', coalesce(x.option_name, y.option_name), v) END FROM unnest(ARRAY[x.option_value, y.option_value]) WITH ORDINALITY AS v(v, at) ORDER BY at) AS words
  FROM pg_options_to_table(c.reloptions) AS x FULL JOIN pg_options_to_table(p.reloptions) AS y USING (option_name) WHERE x.option_value IS DISTINCT FROM y.option_value
) AS s
UNION ALL SELECT 'index', t.relname, r.name, 'tablespace', s.spcname, format('ALTER INDEX %s SET TABLESPACE %I', r.q, s.spcname), format('ALTER INDEX %s SET TABLESPACE pg_default', r.q)
FROM rel AS r JOIN pg_class AS c ON c.oid = r.oid AND c.reltablespace <> 0 JOIN pg_index AS i ON i.indexrelid = r.oid JOIN pg_class AS t ON t.oid = i.indrelid AND NOT t.relispartition
JOIN pg_tablespace AS s ON s.oid = c.reltablespace
WHERE EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = t.oid AND k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
-- Sequences of columns.
UNION ALL SELECT 'column', tbl, col, 'numbers', options,
  CASE WHEN identity THEN format('ALTER TABLE %s ALTER COLUMN %I SET INCREMENT BY %s SET MINVALUE %s SET MAXVALUE %s SET START WITH %s SET CACHE %s SET %s RESTART', tq, col,
         seqincrement, seqmin, seqmax, seqstart, seqcache, CASE WHEN seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)
       ELSE format('ALTER SEQUENCE %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s RESTART', sq, seqincrement, seqmin, seqmax, seqstart, seqcache,
         CASE WHEN seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) END,
  CASE WHEN identity THEN format('ALTER TABLE %s ALTER COLUMN %I SET INCREMENT BY 1 SET NO MINVALUE SET NO MAXVALUE SET START WITH 1 SET CACHE 1 SET NO CYCLE', tq, col)
       ELSE format('ALTER SEQUENCE %s INCREMENT BY 1 NO MINVALUE NO MAXVALUE START WITH 1 CACHE 1 NO CYCLE', sq) END
FROM said WHERE options <> ''
UNION ALL SELECT 'column', s.tbl, s.col, 'type of numbers', format_type(s.seqtypid, NULL),
  format('ALTER SEQUENCE %s AS %s', s.sq, format_type(s.seqtypid, NULL)), format('ALTER SEQUENCE %s AS %s', s.sq, format_type(a.atttypid, NULL))
FROM said AS s JOIN tables AS t ON t.name = s.tbl JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = s.col WHERE s.seqtypid <> a.atttypid
UNION ALL SELECT 'sequence', NULL, r.name, 'owner', format('column %I.%I', r.owner_name, a.attname), format('ALTER SEQUENCE %s OWNED BY %I.%I', r.q, r.owner_name, a.attname),
  format('ALTER SEQUENCE %s OWNED BY NONE', r.q)
FROM rel AS r JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refobjid = r.owner AND d.deptype = 'a'
JOIN pg_attribute AS a ON a.attrelid = r.owner AND a.attnum = d.refobjsubid WHERE r.relkind = 'S' AND r.numbers IS NOT TRUE
UNION ALL SELECT 'sequence', NULL, r.name, 'persistence', 'unlogged', format('ALTER SEQUENCE %s SET UNLOGGED', r.q), format('ALTER SEQUENCE %s SET LOGGED', r.q)
FROM rel AS r JOIN pg_class AS c ON c.oid = r.oid AND c.relpersistence = 'u' WHERE r.relkind = 'S' AND r.numbers IS NOT TRUE
-- The states of triggers and rules.
UNION ALL SELECT 'trigger', r.name, g.tgname, 'state', w.word, format('ALTER TABLE %s%s %s TRIGGER %I', o.only, r.q, w.said, g.tgname), format('ALTER TABLE %s%s ENABLE TRIGGER %I', o.only, r.q, g.tgname)
FROM pg_trigger AS g JOIN rel AS r ON r.oid = g.tgrelid CROSS JOIN LATERAL (SELECT CASE WHEN c.relhassubclass THEN 'ONLY ' ELSE '' END AS only FROM pg_class AS c WHERE c.oid = r.oid) AS o
JOIN (VALUES ('D'::"char", 'disabled', 'DISABLE'), ('A', 'always', 'ENABLE ALWAYS'), ('R', 'on replicas', 'ENABLE REPLICA')) AS w(letter, word, said) ON w.letter = g.tgenabled
WHERE NOT g.tgisinternal
UNION ALL SELECT DISTINCT 'constraint', r.name, k.conname, 'state', 'its triggers are disabled', NULL, NULL
FROM pg_trigger AS g JOIN rel AS r ON r.oid = g.tgrelid JOIN pg_constraint AS k ON k.oid = g.tgconstraint WHERE g.tgisinternal AND g.tgenabled = 'D'
UNION ALL SELECT 'rule', r.name, w.rulename, 'state', s.word, format('ALTER TABLE %s %s RULE %I', r.q, s.said, w.rulename), format('ALTER TABLE %s ENABLE RULE %I', r.q, w.rulename)
FROM pg_rewrite AS w JOIN rel AS r ON r.oid = w.ev_class
JOIN (VALUES ('D'::"char", 'disabled', 'DISABLE'), ('A', 'always', 'ENABLE ALWAYS'), ('R', 'on replicas', 'ENABLE REPLICA')) AS s(letter, word, said) ON s.letter = w.ev_enabled
UNION ALL SELECT 'statistics', r.name, s.stxname, 'statistics target', s.stxstattarget::text, format('ALTER STATISTICS %I SET STATISTICS %s', s.stxname, s.stxstattarget),
  format('ALTER STATISTICS %I SET STATISTICS -1', s.stxname)
FROM pg_statistic_ext AS s JOIN rel AS r ON r.oid = s.stxrelid WHERE s.stxstattarget >= 0 AND s.stxnamespace = $1
