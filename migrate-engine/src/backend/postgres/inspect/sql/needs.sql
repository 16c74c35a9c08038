-- Dependencies between objects.
SELECT DISTINCT a.kind, a.tbl, a.name, b.kind, b.tbl, b.name FROM pg_depend AS d
JOIN made AS a ON a.classid = d.classid AND a.objid = d.objid JOIN made AS b ON b.classid = d.refclassid AND b.objid = d.refobjid
WHERE d.deptype IN ('n', 'a', 'i', 'P') AND (a.kind, a.tbl, a.name) IS DISTINCT FROM (b.kind, b.tbl, b.name)
-- A sequence is attached to its column after both exist, and a foreign key is created after both tables.
AND NOT (a.kind = 'sequence' AND d.deptype = 'a')
AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint AS k WHERE k.oid = d.objid AND k.contype = 'f'))
-- A partition is created before an index of only its table, which then attaches the index of the partition.
AND NOT (d.refclassid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_index AS i WHERE i.indexrelid = d.refobjid AND NOT i.indisvalid))
AND (a.kind <> 'extension' OR b.kind = 'extension')
