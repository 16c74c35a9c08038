-- Returns whether the larger queries have rows: objects that no operation creates; dependencies on objects other than the own table;
-- comments and labels.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname <> 'plpgsql')
    OR EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = $1 AND (c.relkind IN ('f', 'c', 'I') OR c.relispartition
               OR c.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_attrdef AS v ON v.adrelid = d.refobjid AND v.adnum = d.refobjsubid
                  JOIN pg_attribute AS a ON a.attrelid = v.adrelid AND a.attnum = v.adnum AND a.attnotnull
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
                  AND pg_get_expr(v.adbin, v.adrelid) = 'nextval(' || quote_literal(c.oid::regclass::text) || '::regclass)')
               AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')))
    OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = $1)
    OR EXISTS (SELECT FROM pg_type WHERE typnamespace = $1 AND typrelid = 0 AND typtype <> 'e' AND (typcategory <> 'A' OR typtype = 'd'))
    OR EXISTS (SELECT FROM pg_policy)
    OR EXISTS (SELECT FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384)
    OR EXISTS (SELECT FROM pg_statistic_ext)
    OR EXISTS (SELECT FROM pg_collation WHERE collnamespace = $1)
    OR EXISTS (SELECT FROM pg_ts_config WHERE cfgnamespace = $1)
    OR EXISTS (SELECT FROM pg_ts_dict WHERE dictnamespace = $1)
    OR EXISTS (SELECT FROM pg_ts_template WHERE tmplnamespace = $1)
    OR EXISTS (SELECT FROM pg_ts_parser WHERE prsnamespace = $1)
    OR EXISTS (SELECT FROM pg_conversion WHERE connamespace = $1)
    OR EXISTS (SELECT FROM pg_operator WHERE oprnamespace = $1)
    OR EXISTS (SELECT FROM pg_opclass WHERE opcnamespace = $1)
    OR EXISTS (SELECT FROM pg_opfamily WHERE opfnamespace = $1)
    OR EXISTS (SELECT FROM pg_cast WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_foreign_data_wrapper)
    OR EXISTS (SELECT FROM pg_publication)
    OR EXISTS (SELECT FROM pg_event_trigger) AS natives,
       EXISTS (SELECT FROM pg_class WHERE relnamespace = $1 AND relkind IN ('v', 'm'))
    OR EXISTS (SELECT FROM pg_class AS c JOIN pg_inherits AS h ON h.inhrelid = c.oid WHERE c.relnamespace = $1) AS needs,
       EXISTS (SELECT FROM pg_description WHERE objoid >= 16384) OR EXISTS (SELECT FROM pg_seclabel) AS comments
