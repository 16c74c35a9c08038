-- The objects of the schema, each with the name of the object whose statement creates it: itself, or its table or type.
, made AS MATERIALIZED (
  SELECT o.classid, o.objid, coalesce(w.kind, o.kind) AS kind, CASE WHEN w.kind IS NULL THEN o.tbl ELSE w.tbl END AS tbl,
         coalesce(w.name, o.name) AS name
  FROM own AS o LEFT JOIN own AS w ON w.objid = o.whole AND w.classid IN ('pg_class'::regclass, 'pg_type'::regclass)
  UNION ALL
  SELECT e.classid, e.objid, 'extension', NULL, x.extname FROM pg_depend AS e JOIN pg_extension AS x ON x.oid = e.refobjid
  WHERE e.deptype = 'e' AND e.refclassid = 'pg_extension'::regclass AND x.extname <> 'plpgsql'
  UNION ALL
  -- The statement of an operator class also creates its members, and a family with the same name.
  SELECT e.classid, e.objid, o.kind, o.tbl, o.name FROM own AS o JOIN (
    SELECT classid, objid, class FROM members
    UNION ALL SELECT 'pg_opfamily'::regclass, f.oid, c.oid FROM pg_opclass AS c
    JOIN pg_opfamily AS f ON f.oid = c.opcfamily AND f.opfname = c.opcname AND f.opfnamespace = c.opcnamespace
  ) AS e ON e.class = o.objid WHERE o.classid = 'pg_opclass'::regclass
)
