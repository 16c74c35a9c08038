-- The definitions of constraints that the model does not fully contain. `late` is true if the constraint can be replaced
-- after its table is created. `free` is true for a key that a statement can drop and add again: nothing depends on it,
-- and it has no property that would be dropped with it.
SELECT r.name, k.conname::text, pg_get_constraintdef(k.oid, true), k.contype IN ('f', 'c'),
  k.contype IN ('p', 'u') AND NOT i.indisclustered AND NOT i.indisreplident
  AND NOT EXISTS (SELECT FROM pg_constraint AS l WHERE l.contype = 'f' AND l.conindid = k.conindid)
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_constraint'::regclass AND d.refobjid = k.oid AND d.deptype = 'n')
  AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = k.conindid
    AND (c.reloptions IS NOT NULL OR c.reltablespace <> 0 OR obj_description(c.oid, 'pg_class') IS NOT NULL)),
  obj_description(k.oid, 'pg_constraint')
FROM rel AS r JOIN pg_constraint AS k ON k.conrelid = r.oid LEFT JOIN pg_index AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
LEFT JOIN pg_class AS f ON f.oid = k.confrelid
WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition AND k.conparentid = 0 AND (
  k.contype = 'f' AND (k.confmatchtype <> 's' OR to_jsonb(k) -> 'confdelsetcols' <> 'null')
  OR k.contype = 'c' AND k.connoinherit OR k.contype = 'p' AND k.condeferrable
  OR coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) OR NOT coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
  OR k.contype IN ('p', 'u') AND i.indnkeyatts <> i.indnatts)
ORDER BY 1, 2
