-- The objects of the schema $1 that do not belong to an extension: catalog and OID, name, and the name for COMMENT ON.
-- `whole` is the object that contains it if no statement creates it alone. This precedes another query.
WITH ext AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
), rel AS MATERIALIZED (
  SELECT c.oid, c.relname::text AS name, c.relkind, quote_ident(c.relname) AS q, c.relispartition,
         p.relname::text AS parent, c.reltype, o.refobjid AS owner, w.relname::text AS owner_name,
         o.deptype = 'i' OR (o.deptype = 'a' AND v.oid IS NOT NULL) AS numbers
  FROM pg_class AS c
  LEFT JOIN pg_inherits AS h ON h.inhrelid = c.oid AND c.relispartition
  LEFT JOIN pg_class AS p ON p.oid = h.inhparent
  LEFT JOIN pg_depend AS o ON c.relkind = 'S' AND o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0
       AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
  LEFT JOIN pg_class AS w ON w.oid = o.refobjid
  LEFT JOIN pg_attribute AS b ON b.attrelid = o.refobjid AND b.attnum = o.refobjsubid
       AND b.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND b.attnotnull
  LEFT JOIN pg_attrdef AS v ON v.adrelid = b.attrelid AND v.adnum = b.attnum
       AND pg_get_expr(v.adbin, v.adrelid) = 'nextval(' || quote_literal(c.oid::regclass::text) || '::regclass)'
  WHERE c.relnamespace = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c', 'i', 'I')
  AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = 'pg_class'::regclass AND ext.objid = c.oid)
  -- A composite type belongs to an extension as a type, not as its relation.
  AND NOT (c.relkind = 'c' AND EXISTS (SELECT FROM ext WHERE ext.classid = 'pg_type'::regclass AND ext.objid = c.reltype))
), members AS MATERIALIZED (
  -- The members of operator families, except those that an extension has in its own families: the class whose statement creates the
  -- member, if there is one, and the text of the member.
  SELECT m.classid, m.objid, m.family, c.oid AS class, format('%s (%s, %s)', m.place, format_type(m.l, NULL), format_type(m.r, NULL)) AS place,
         CASE WHEN m.classid = 'pg_amop'::regclass THEN format('%s %s%s', m.place, m.item::regoperator,
                (SELECT format(' FOR ORDER BY %I.%I', n.nspname, f.opfname) FROM pg_opfamily AS f JOIN pg_namespace AS n ON n.oid = f.opfnamespace WHERE f.oid = m.sorts))
              ELSE format('%s (%s, %s) %s', m.place, format_type(m.l, NULL), format_type(m.r, NULL), m.item::regprocedure) END AS said,
         m.itemclass, m.item
  FROM (
    SELECT 'pg_amop'::regclass::oid AS classid, oid AS objid, amopfamily AS family, amoplefttype AS l, amoprighttype AS r,
           'OPERATOR ' || amopstrategy AS place, 'pg_operator'::regclass::oid AS itemclass, amopopr AS item, amopsortfamily AS sorts FROM pg_amop
    UNION ALL SELECT 'pg_amproc'::regclass, oid, amprocfamily, amproclefttype, amprocrighttype, 'FUNCTION ' || amprocnum, 'pg_proc'::regclass, amproc, 0 FROM pg_amproc
  ) AS m LEFT JOIN LATERAL (
    SELECT o.oid FROM pg_opclass AS o LEFT JOIN pg_depend AS d ON d.classid = m.classid AND d.objid = m.objid
         AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = o.oid AND d.deptype = 'i'
    WHERE o.opcfamily = m.family AND o.oid >= 16384 AND (d.objid IS NOT NULL OR o.opcintype = m.l AND o.opcintype = m.r)
    ORDER BY d.objid IS NULL, o.oid LIMIT 1
  ) AS c ON true WHERE m.objid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend AS d WHERE d.deptype = 'e' AND d.classid = 'pg_opfamily'::regclass AND d.objid = m.family
    AND (m.item < 16384 OR EXISTS (SELECT FROM pg_depend AS e WHERE e.deptype = 'e' AND e.classid = m.itemclass AND e.objid = m.item)))
), families AS MATERIALIZED (
  SELECT f.oid, CASE WHEN n.oid = $1 OR n.nspname = 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(f.opfname) AS q,
         f.opfname || ' using ' || m.amname AS name, quote_ident(m.amname) AS method, n.oid = $1 AS here,
         n.nspname = 'pg_catalog' OR EXISTS (SELECT FROM ext WHERE ext.classid = 'pg_opfamily'::regclass AND ext.objid = f.oid) AS of_others
  FROM pg_opfamily AS f JOIN pg_am AS m ON m.oid = f.opfmethod JOIN pg_namespace AS n ON n.oid = f.opfnamespace
), own AS MATERIALIZED (
  SELECT 'pg_class'::regclass::oid AS classid, oid AS objid,
         CASE WHEN relispartition THEN 'partition' WHEN relkind IN ('r', 'p') THEN 'table' WHEN relkind IN ('v', 'm') THEN 'view'
              WHEN relkind = 'f' THEN 'foreign table' WHEN relkind = 'c' THEN 'type' ELSE 'sequence' END AS kind,
         CASE WHEN relispartition THEN parent END AS tbl, name,
         CASE relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW ' WHEN 'f' THEN 'FOREIGN TABLE ' WHEN 'S' THEN 'SEQUENCE '
              WHEN 'c' THEN NULL ELSE CASE WHEN relispartition THEN 'TABLE ' END END || q AS words,
         CASE WHEN numbers THEN owner END AS whole
  FROM rel WHERE relkind NOT IN ('i', 'I')
  UNION ALL
  SELECT 'pg_class'::regclass, r.oid, 'index', t.relname, r.name, 'INDEX ' || r.q,
         CASE WHEN EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
                   OR t.relispartition AND EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = r.oid) THEN t.oid END
  FROM rel AS r JOIN pg_index AS i ON i.indexrelid = r.oid JOIN pg_class AS t ON t.oid = i.indrelid
  UNION ALL
  SELECT 'pg_type'::regclass, u.oid, CASE WHEN t.typtype = 'd' THEN 'domain' ELSE 'type' END, NULL, t.typname,
         CASE WHEN u.oid = t.oid AND (t.typrelid = 0 OR c.relkind = 'c')
              THEN CASE WHEN t.typtype = 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || quote_ident(t.typname) END,
         CASE WHEN t.typrelid <> 0 THEN t.typrelid END
  FROM pg_type AS t CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) AS u(oid) LEFT JOIN pg_class AS c ON c.oid = t.typrelid
  WHERE t.typnamespace = $1 AND u.oid <> 0
  -- A domain over an array also has the category of arrays.
  AND (t.typcategory <> 'A' OR t.typtype = 'd') AND t.typtype <> 'm' AND c.relkind IS DISTINCT FROM 'S'
  AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = 'pg_type'::regclass AND ext.objid = t.oid)
  UNION ALL
  SELECT 'pg_type'::regclass, u.oid, 'type', NULL, t.typname, NULL, NULL
  FROM pg_range AS g JOIN pg_type AS t ON t.oid = g.rngtypid LEFT JOIN pg_type AS m ON m.oid = g.rngmultitypid
  CROSS JOIN LATERAL (VALUES (m.oid), (m.typarray)) AS u(oid) WHERE t.typnamespace = $1 AND u.oid IS NOT NULL
  UNION ALL
  SELECT 'pg_proc'::regclass, p.oid, CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END, NULL,
         p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
         CASE p.prokind WHEN 'a' THEN 'AGGREGATE ' WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || quote_ident(p.proname) || '('
         || pg_get_function_identity_arguments(p.oid) || ')', NULL
  FROM pg_proc AS p WHERE p.pronamespace = $1 AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = 'pg_proc'::regclass AND ext.objid = p.oid)
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i'
                  AND d.refclassid = 'pg_type'::regclass)
  UNION ALL
  SELECT 'pg_trigger'::regclass, g.oid, 'trigger', r.name, g.tgname, 'TRIGGER ' || quote_ident(g.tgname) || ' ON ' || r.q,
         CASE WHEN r.relispartition AND (to_jsonb(g) ->> 'tgparentid')::oid IS DISTINCT FROM 0 THEN r.oid END
  FROM pg_trigger AS g JOIN rel AS r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal
  UNION ALL
  SELECT 'pg_policy'::regclass, p.oid, 'policy', r.name, p.polname, 'POLICY ' || quote_ident(p.polname) || ' ON ' || r.q, NULL
  FROM pg_policy AS p JOIN rel AS r ON r.oid = p.polrelid
  UNION ALL
  SELECT 'pg_rewrite'::regclass, w.oid, 'rule', r.name, w.rulename, 'RULE ' || quote_ident(w.rulename) || ' ON ' || r.q,
         CASE WHEN w.rulename = '_RETURN' THEN r.oid END
  FROM pg_rewrite AS w JOIN rel AS r ON r.oid = w.ev_class
  UNION ALL
  SELECT 'pg_attrdef'::regclass, v.oid, 'default', r.name, v.adnum::text, NULL, r.oid FROM pg_attrdef AS v JOIN rel AS r ON r.oid = v.adrelid
  UNION ALL
  SELECT 'pg_constraint'::regclass, k.oid, 'constraint', r.name, k.conname, 'CONSTRAINT ' || quote_ident(k.conname) || ' ON ' || r.q,
         CASE WHEN NOT r.relispartition OR k.conparentid <> 0 OR k.coninhcount > 0 THEN r.oid END
  FROM pg_constraint AS k JOIN rel AS r ON r.oid = k.conrelid WHERE k.contype NOT IN ('t', 'n')
  UNION ALL
  SELECT 'pg_constraint'::regclass, k.oid, 'constraint', t.typname, k.conname,
         'CONSTRAINT ' || quote_ident(k.conname) || ' ON DOMAIN ' || quote_ident(t.typname), t.oid
  FROM pg_constraint AS k JOIN pg_type AS t ON t.oid = k.contypid WHERE t.typnamespace = $1
  AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = 'pg_type'::regclass AND ext.objid = t.oid)
  UNION ALL
  SELECT 'pg_statistic_ext'::regclass, s.oid, 'statistics', r.name, s.stxname, 'STATISTICS ' || quote_ident(s.stxname), NULL
  FROM pg_statistic_ext AS s JOIN rel AS r ON r.oid = s.stxrelid WHERE s.stxnamespace = $1
  UNION ALL
  SELECT classid, objid, kind, NULL, name, upper(kind) || ' ' || words, NULL FROM (
    SELECT 'pg_collation'::regclass AS classid, oid AS objid, 'collation' AS kind, collname::text AS name, quote_ident(collname) AS words,
           collnamespace AS space FROM pg_collation
    UNION ALL
    SELECT 'pg_ts_config'::regclass, oid, 'text search configuration', cfgname, quote_ident(cfgname), cfgnamespace FROM pg_ts_config
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, oid, 'text search dictionary', dictname, quote_ident(dictname), dictnamespace FROM pg_ts_dict
    UNION ALL
    SELECT 'pg_ts_template'::regclass, oid, 'text search template', tmplname, quote_ident(tmplname), tmplnamespace FROM pg_ts_template
    UNION ALL
    SELECT 'pg_ts_parser'::regclass, oid, 'text search parser', prsname, quote_ident(prsname), prsnamespace FROM pg_ts_parser
    UNION ALL
    SELECT 'pg_conversion'::regclass, oid, 'conversion', conname, quote_ident(conname), connamespace FROM pg_conversion
    UNION ALL
    SELECT 'pg_operator'::regclass, oid, 'operator',
           oprname || '(' || CASE WHEN oprleft = 0 THEN 'NONE' ELSE format_type(oprleft, NULL) END || ','
           || CASE WHEN oprright = 0 THEN 'NONE' ELSE format_type(oprright, NULL) END || ')',
           oprname || ' (' || CASE WHEN oprleft = 0 THEN 'NONE' ELSE format_type(oprleft, NULL) END || ', '
           || CASE WHEN oprright = 0 THEN 'NONE' ELSE format_type(oprright, NULL) END || ')', oprnamespace FROM pg_operator
    UNION ALL
    SELECT 'pg_opclass'::regclass, o.oid, 'operator class', o.opcname || ' using ' || m.amname,
           quote_ident(o.opcname) || ' USING ' || quote_ident(m.amname), o.opcnamespace
    FROM pg_opclass AS o JOIN pg_am AS m ON m.oid = o.opcmethod
    UNION ALL
    SELECT 'pg_opfamily'::regclass, o.oid, 'operator family', o.opfname || ' using ' || m.amname,
           quote_ident(o.opfname) || ' USING ' || quote_ident(m.amname), o.opfnamespace
    FROM pg_opfamily AS o JOIN pg_am AS m ON m.oid = o.opfmethod
  ) AS small WHERE space = $1
  AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = small.classid AND ext.objid = small.objid)
  UNION ALL
  -- Members that were added to a family of this schema, or that use objects of this schema in a family of the server or of an extension.
  SELECT m.classid, m.objid, 'operator family member', NULL, f.name || ': ' || lower(m.place), NULL, NULL
  FROM members AS m JOIN families AS f ON f.oid = m.family
  WHERE m.class IS NULL AND (f.here AND NOT f.of_others OR f.of_others
    AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = m.itemclass AND ext.objid = m.item)
    AND $1 IN (SELECT oprnamespace FROM pg_operator WHERE m.itemclass = 'pg_operator'::regclass AND oid = m.item
               UNION ALL SELECT pronamespace FROM pg_proc WHERE m.itemclass = 'pg_proc'::regclass AND oid = m.item))
  UNION ALL
  SELECT classid, objid, kind, NULL, name, upper(kind) || ' ' || words, NULL FROM (
    SELECT 'pg_foreign_data_wrapper'::regclass AS classid, oid AS objid, 'foreign data wrapper' AS kind, fdwname::text AS name,
           quote_ident(fdwname) AS words FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 'server', srvname, quote_ident(srvname) FROM pg_foreign_server
    UNION ALL SELECT 'pg_publication'::regclass, oid, 'publication', pubname, quote_ident(pubname) FROM pg_publication
    UNION ALL SELECT 'pg_event_trigger'::regclass, oid, 'event trigger', evtname, quote_ident(evtname) FROM pg_event_trigger
    UNION ALL SELECT 'pg_cast'::regclass, oid, 'cast', format_type(castsource, NULL) || ' as ' || format_type(casttarget, NULL),
                     '(' || format_type(castsource, NULL) || ' AS ' || format_type(casttarget, NULL) || ')' FROM pg_cast AS c
                     WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
  ) AS wide WHERE objid >= 16384
  AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = wide.classid AND ext.objid = wide.objid)
  UNION ALL
  SELECT 'pg_extension'::regclass, oid, 'extension', NULL, extname, NULL, NULL FROM pg_extension WHERE extname <> 'plpgsql'
)
