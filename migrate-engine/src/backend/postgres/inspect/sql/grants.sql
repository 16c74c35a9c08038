-- Privileges on views and routines, which are lost if the object is dropped and recreated: the role, and the statements that grant and
-- revoke them. Privileges of owners, and the right of PUBLIC to call a routine, are defaults and not listed.
, given AS (
  SELECT o.kind, o.tbl, o.name, r.q AS words, 'r' AS of, c.relowner AS owner, x.*, NULL::text AS col
  FROM own AS o JOIN pg_class AS c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid JOIN rel AS r ON r.oid = c.oid CROSS JOIN LATERAL aclexplode(nullif(c.relacl, '{}')) AS x
  WHERE o.kind = 'view'
  UNION ALL
  SELECT o.kind, o.tbl, o.name, r.q, 'r', c.relowner, x.*, quote_ident(a.attname)
  FROM own AS o JOIN pg_class AS c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid JOIN rel AS r ON r.oid = c.oid
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped CROSS JOIN LATERAL aclexplode(nullif(a.attacl, '{}')) AS x
  WHERE o.kind = 'view'
  UNION ALL
  SELECT o.kind, o.tbl, o.name, regexp_replace(o.words, '^AGGREGATE ', 'FUNCTION '), 'f', p.proowner, x.*, NULL
  FROM own AS o JOIN pg_proc AS p ON o.classid = 'pg_proc'::regclass AND p.oid = o.objid CROSS JOIN LATERAL aclexplode(nullif(p.proacl, '{}')) AS x
), grants AS (
  SELECT kind, tbl, name, words, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who, is_grantable,
         string_agg(privilege_type || coalesce(' (' || col || ')', ''), ', ' ORDER BY privilege_type, col) AS rights
  FROM given WHERE grantee <> owner AND NOT (of = 'f' AND grantee = 0) GROUP BY kind, tbl, name, words, grantee, is_grantable
)
SELECT kind, tbl, name, 'rights of ' || who || CASE WHEN is_grantable THEN ', to grant' ELSE '' END, rights,
       format('GRANT %s ON %s TO %s%s', rights, words, who, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), format('REVOKE %s ON %s FROM %s', rights, words, who)
FROM grants
UNION ALL
SELECT o.kind, o.tbl, o.name, 'rights of PUBLIC', 'none', format('REVOKE ALL ON %s FROM PUBLIC', w.words), format('GRANT EXECUTE ON %s TO PUBLIC', w.words)
FROM own AS o JOIN pg_proc AS p ON o.classid = 'pg_proc'::regclass AND p.oid = o.objid CROSS JOIN LATERAL (SELECT regexp_replace(o.words, '^AGGREGATE ', 'FUNCTION ') AS words) AS w
WHERE p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(nullif(p.proacl, '{}')) AS x WHERE x.grantee = 0)
ORDER BY 1, 3, 4
