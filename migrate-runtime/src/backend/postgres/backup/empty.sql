-- Drops everything in a database that does not belong to an extension. What is gone by the CASCADE of another is passed over.
DO $cargo_migrate$
DECLARE
    it record;
BEGIN
    FOR it IN SELECT evtname FROM pg_event_trigger AS e WHERE NOT EXISTS (
        SELECT 1 FROM pg_depend WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP EVENT TRIGGER IF EXISTS %I CASCADE', it.evtname);
    END LOOP;
    FOR it IN SELECT pubname FROM pg_publication LOOP
        EXECUTE format('DROP PUBLICATION IF EXISTS %I', it.pubname);
    END LOOP;
    FOR it IN SELECT nspname FROM pg_namespace AS n
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') AND NOT EXISTS (
            SELECT 1 FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', it.nspname);
    END LOOP;
    FOR it IN SELECT relname, relkind FROM pg_class AS c
        WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT EXISTS (
            SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
                AND (deptype = 'e' OR c.relkind = 'S' AND deptype IN ('a', 'i')))
        ORDER BY oid
    LOOP
        CONTINUE WHEN to_regclass(format('public.%I', it.relname)) IS NULL;
        EXECUTE format('DROP %s IF EXISTS public.%I CASCADE', CASE it.relkind
            WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
            WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, it.relname);
    END LOOP;
    FOR it IN SELECT p.oid, p.oid::regprocedure::text AS signature FROM pg_proc AS p
        WHERE pronamespace = to_regnamespace('public') AND NOT EXISTS (
            SELECT 1 FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
    LOOP
        CONTINUE WHEN NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = it.oid);
        EXECUTE format('DROP ROUTINE %s CASCADE', it.signature);
    END LOOP;
    FOR it IN SELECT t.oid, typname FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = typrelid
        WHERE typnamespace = to_regnamespace('public')
            AND (typtype IN ('e', 'd', 'r') OR typtype = 'c' AND c.relkind = 'c') AND NOT EXISTS (
            SELECT 1 FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
    LOOP
        CONTINUE WHEN NOT EXISTS (SELECT 1 FROM pg_type WHERE oid = it.oid);
        EXECUTE format('DROP TYPE public.%I CASCADE', it.typname);
    END LOOP;
END
$cargo_migrate$
