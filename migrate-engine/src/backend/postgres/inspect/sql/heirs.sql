-- Tables that inherit: their parents, the columns and checks that only the parents declare, and the statements that change these
-- columns (they inherit a default and NOT NULL). Then the table's own columns that have no default although a parent's column
-- has one.
SELECT r.name, ARRAY(SELECT h.inhparent::regclass::text FROM pg_inherits AS h WHERE h.inhrelid = r.oid ORDER BY h.inhseqno),
  ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attislocal),
  ARRAY(SELECT k.conname::text FROM pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype = 'c' AND NOT k.conislocal),
  ARRAY(
    SELECT format('ALTER TABLE %s ALTER COLUMN %I %s', r.q, a.attname, w.said)
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
    CROSS JOIN LATERAL (
      SELECT (array_agg(pg_get_expr(d.adbin, d.adrelid) ORDER BY h.inhseqno) FILTER (WHERE d.oid IS NOT NULL))[1] AS given, bool_or(p.attnotnull) AS not_null
      FROM pg_inherits AS h JOIN pg_attribute AS p ON p.attrelid = h.inhparent AND p.attname = a.attname AND NOT p.attisdropped
      LEFT JOIN pg_attrdef AS d ON d.adrelid = p.attrelid AND d.adnum = p.attnum WHERE h.inhrelid = r.oid
    ) AS parent
    CROSS JOIN LATERAL (
      SELECT 1 AS place, coalesce('SET DEFAULT ' || pg_get_expr(v.adbin, v.adrelid), 'DROP DEFAULT') AS said
      WHERE a.attgenerated = '' AND pg_get_expr(v.adbin, v.adrelid) IS DISTINCT FROM parent.given
      UNION ALL SELECT 2, CASE WHEN a.attnotnull THEN 'SET' ELSE 'DROP' END || ' NOT NULL' WHERE a.attnotnull <> parent.not_null
    ) AS w
    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attislocal ORDER BY a.attnum, w.place),
  ARRAY(
    SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal AND NOT a.atthasdef
    AND EXISTS (SELECT FROM pg_inherits AS h JOIN pg_attribute AS p ON p.attrelid = h.inhparent AND p.attname = a.attname AND NOT p.attisdropped
                WHERE h.inhrelid = r.oid AND p.atthasdef))
FROM rel AS r WHERE r.relkind = 'r' AND NOT r.relispartition AND EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = r.oid)
ORDER BY 1
