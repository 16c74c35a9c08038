-- Comments and security labels of objects other than tables and their columns.
SELECT o.kind, o.tbl, o.name, 'comment', t.description, 'COMMENT ON ' || o.words || ' IS ' || quote_literal(t.description),
       'COMMENT ON ' || o.words || ' IS NULL'
FROM own AS o JOIN pg_description AS t ON t.classoid = o.classid AND t.objoid = o.objid AND t.objsubid = 0 WHERE o.words IS NOT NULL
UNION ALL
SELECT 'column', o.name, a.attname, 'comment', t.description,
       format('COMMENT ON COLUMN %I.%I IS %L', o.name, a.attname, t.description), format('COMMENT ON COLUMN %I.%I IS NULL', o.name, a.attname)
FROM own AS o JOIN pg_description AS t ON t.classoid = o.classid AND t.objoid = o.objid AND t.objsubid > 0
JOIN pg_attribute AS a ON a.attrelid = o.objid AND a.attnum = t.objsubid
WHERE o.classid = 'pg_class'::regclass AND o.kind IN ('view', 'foreign table', 'type', 'partition')
UNION ALL
SELECT o.kind, o.tbl, o.name, 'security label of ' || s.provider, s.label,
       format('SECURITY LABEL FOR %I ON %s IS %L', s.provider, coalesce(o.words, upper(o.kind) || ' ' || quote_ident(o.name)), s.label),
       format('SECURITY LABEL FOR %I ON %s IS NULL', s.provider, coalesce(o.words, upper(o.kind) || ' ' || quote_ident(o.name)))
FROM own AS o JOIN pg_seclabel AS s ON s.classoid = o.classid AND s.objoid = o.objid AND s.objsubid = 0
