-- Resets a database to its state after CREATE DATABASE: drops everything that a dump would contain. The catalogs are read from the
-- server, so that a kind of object that this script does not know is dropped too, or named if it can't be dropped.
DO $cargo_migrate$
DECLARE
    -- Objects of initdb have smaller OIDs, and a dump does not contain them.
    first_own CONSTANT oid := 16384;
    modern CONSTANT boolean := current_setting('server_version_num')::integer >= 150000;
    it record;
    entry record;
    object record;
    statement text;
    is_there boolean;
    left_over text[];
BEGIN
    PERFORM set_config('client_min_messages', 'warning', true);
    -- Below, an ACL without entries becomes NULL, because `aclexplode` rejects an empty array.

    -- First, objects that would affect the following statements.
    FOR it IN SELECT evtname FROM pg_event_trigger AS e WHERE NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP EVENT TRIGGER IF EXISTS %I CASCADE', it.evtname);
    END LOOP;

    -- Default privileges for new objects: reset.
    FOR it IN SELECT d.oid, rolname, nspname, defaclacl, defaclobjtype,
            -- Default privileges of one schema are added to the global ones.
            CASE WHEN defaclnamespace = 0 THEN acldefault(CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole)
                 END AS usual,
            CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
                 WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS objects
        FROM pg_default_acl AS d JOIN pg_roles AS r ON r.oid = defaclrole LEFT JOIN pg_namespace AS n ON n.oid = defaclnamespace
    LOOP
        statement := format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s', it.rolname, 'IN SCHEMA ' || quote_ident(it.nspname));
        IF it.nspname IS NULL THEN
            statement := format('ALTER DEFAULT PRIVILEGES FOR ROLE %I', it.rolname);
        END IF;
        FOR entry IN SELECT DISTINCT privilege_type, coalesce((SELECT quote_ident(rolname) FROM pg_roles WHERE oid = grantee), 'PUBLIC') AS who
            FROM aclexplode(nullif(it.defaclacl, '{}'))
        LOOP
            EXECUTE format('%s REVOKE %s ON %s FROM %s', statement, entry.privilege_type, it.objects, entry.who);
        END LOOP;
        FOR entry IN SELECT privilege_type, coalesce((SELECT quote_ident(rolname) FROM pg_roles WHERE oid = grantee), 'PUBLIC') AS who
            FROM aclexplode(it.usual)
        LOOP
            EXECUTE format('%s GRANT %s ON %s TO %s', statement, entry.privilege_type, it.objects, entry.who);
        END LOOP;
    END LOOP;

    -- To read an index with operator class parameters, the server calls a function of the class, so drop such an index first.
    FOR it IN SELECT i.indexrelid::regclass AS index, i.indrelid::regclass AS owner, k.conname FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indexrelid AND NOT c.relispartition
        LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype = 'x'
        WHERE i.indexrelid >= first_own AND EXISTS (
            SELECT FROM pg_attribute AS a, unnest(a.attoptions) AS o WHERE a.attrelid = i.indexrelid AND o NOT LIKE 'pg\_attver=%')
    LOOP
        EXECUTE coalesce(format('ALTER TABLE %s DROP CONSTRAINT ', it.owner) || quote_ident(it.conname),
                         format('DROP INDEX %s', it.index)) || ' CASCADE';
    END LOOP;

    -- Extensions, so that their contents come from the backup too. Those that this role may not drop are kept.
    FOR it IN SELECT extname FROM pg_extension WHERE oid >= first_own AND pg_has_role(extowner, 'USAGE') LOOP
        EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', it.extname);
    END LOOP;

    PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;

    -- Two passes: the second pass drops nothing, and lists what remains.
    FOR pass IN 1..2 LOOP
        FOR it IN SELECT c.oid, c.oid::regclass::text AS name FROM pg_class AS c
            WHERE relkind = 'r' AND relnamespace = 'pg_catalog'::regnamespace AND NOT relisshared
                -- Enum values are dropped with their type; the other objects are handled above.
                AND relname NOT IN ('pg_enum', 'pg_largeobject_metadata', 'pg_default_acl', 'pg_extension')
                AND has_table_privilege(c.oid, 'SELECT')
                AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'oid' AND NOT attisdropped)
            ORDER BY relname <> 'pg_publication', relname <> 'pg_namespace', relname <> 'pg_class', relname
        LOOP
            FOR entry IN EXECUTE format('SELECT o.oid FROM %s AS o WHERE o.oid >= %s AND NOT EXISTS (
                -- A part of another object is dropped with it, and an object of an extension is kept with it.
                SELECT FROM pg_depend AS d WHERE d.classid = %s AND d.objid = o.oid AND d.objsubid = 0
                    AND (d.deptype IN (''e'', ''i'', ''P'', ''S'') OR d.deptype = ''a'' AND d.refclassid <> ''pg_namespace''::regclass))
                ORDER BY o.oid', it.name, first_own, it.oid)
            LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE oid = %s)', it.name, entry.oid) INTO is_there;
                CONTINUE WHEN NOT is_there;
                SELECT i.* INTO object FROM pg_identify_object(it.oid, entry.oid, 0) AS i;
                -- A dump does not contain objects of the system's schemas, so keep them. Empty the schema `public`, but keep it.
                CONTINUE WHEN coalesce(object.schema, object.name, '') ~ '^"?pg_|^information_schema$'
                        AND (object.schema IS NOT NULL OR object.type = 'schema')
                    OR object.type = 'schema' AND object.name = 'public';
                IF pass = 2 THEN
                    left_over := left_over || format('%s %s', object.type, object.identity);
                    CONTINUE;
                END IF;
                EXECUTE CASE object.type
                    WHEN 'function' THEN format('DROP ROUTINE %s CASCADE', object.identity)
                    WHEN 'procedure' THEN format('DROP ROUTINE %s CASCADE', object.identity)
                    WHEN 'aggregate' THEN format('DROP ROUTINE %s CASCADE', entry.oid::regprocedure)
                    WHEN 'statistics object' THEN format('DROP STATISTICS %s', object.identity)
                    WHEN 'user mapping' THEN (SELECT format('DROP USER MAPPING FOR %s SERVER %I',
                        CASE umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(usename) END, srvname) FROM pg_user_mappings WHERE umid = entry.oid)
                    WHEN 'transform' THEN (SELECT format('DROP TRANSFORM FOR %s LANGUAGE %I CASCADE', format_type(trftype, NULL), lanname)
                        FROM pg_transform AS f JOIN pg_language AS l ON l.oid = f.trflang WHERE f.oid = entry.oid)
                    ELSE format('DROP %s %s CASCADE', replace(object.type, '-', ' '), object.identity)
                END;
            END LOOP;
        END LOOP;
    END LOOP;
    IF left_over IS NOT NULL THEN
        RAISE EXCEPTION 'the restore can''t drop these objects: %', array_to_string(left_over, ', ')
            USING HINT = 'drop them, and restore again';
    END IF;

    -- The schema of every new database.
    IF to_regnamespace('public') IS NULL THEN
        CREATE SCHEMA public;
    END IF;
    SELECT n.oid, r.rolname AS owner, CASE WHEN modern THEN 'pg_database_owner' ELSE (SELECT rolname FROM pg_roles WHERE oid = 10) END AS usual,
            obj_description(n.oid, 'pg_namespace') AS words, nspacl
        INTO it FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = nspowner WHERE nspname = 'public';
    IF it.owner <> it.usual THEN
        EXECUTE format('ALTER SCHEMA public OWNER TO %I', it.usual);
    END IF;
    IF it.words IS DISTINCT FROM 'standard public schema' THEN
        COMMENT ON SCHEMA public IS 'standard public schema';
    END IF;
    IF EXISTS (SELECT FROM aclexplode(nullif(it.nspacl, '{}')) AS x WHERE x.grantee NOT IN (0, x.grantor))
        OR (SELECT count(*) FROM aclexplode(nullif(it.nspacl, '{}'))) <> (CASE WHEN modern THEN 3 ELSE 4 END)
        OR NOT EXISTS (SELECT FROM aclexplode(nullif(it.nspacl, '{}')) WHERE grantee = 0 AND privilege_type = 'USAGE') OR it.owner <> it.usual
    THEN
        FOR entry IN SELECT DISTINCT coalesce((SELECT quote_ident(rolname) FROM pg_roles WHERE oid = grantee), 'PUBLIC') AS who
            FROM pg_namespace, aclexplode(nullif(coalesce(nspacl, acldefault('n', nspowner)), '{}')) WHERE nspname = 'public'
        LOOP
            EXECUTE format('REVOKE ALL ON SCHEMA public FROM %s CASCADE', entry.who);
        END LOOP;
        EXECUTE format('GRANT ALL ON SCHEMA public TO %I', it.usual);
        EXECUTE format('GRANT %s ON SCHEMA public TO PUBLIC', CASE WHEN modern THEN 'USAGE' ELSE 'ALL' END);
    END IF;

    -- Privileges on objects of the server: reset.
    FOR it IN
        SELECT 'TABLE ' || c.oid::regclass AS object, relacl AS rights, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner) AS usual,
                (SELECT initprivs FROM pg_init_privs AS p WHERE p.objoid = c.oid AND p.classoid = 'pg_class'::regclass AND p.objsubid = 0 AND p.privtype = 'i') AS first_rights
            FROM pg_class AS c WHERE c.oid < first_own AND relkind IN ('r', 'v', 'S')
        UNION ALL
        SELECT 'ROUTINE ' || f.oid::regprocedure, proacl, acldefault('f', proowner),
                (SELECT initprivs FROM pg_init_privs AS p WHERE p.objoid = f.oid AND p.classoid = 'pg_proc'::regclass AND p.privtype = 'i')
            FROM pg_proc AS f WHERE f.oid < first_own
        UNION ALL
        SELECT format('LANGUAGE %I', lanname), lanacl, acldefault('l', lanowner),
                (SELECT initprivs FROM pg_init_privs AS p WHERE p.objoid = l.oid AND p.classoid = 'pg_language'::regclass AND p.privtype = 'i')
            FROM pg_language AS l WHERE l.oid < first_own AND lanpltrusted
        UNION ALL
        SELECT format('SCHEMA %I', nspname), nspacl, acldefault('n', nspowner),
                (SELECT initprivs FROM pg_init_privs AS p WHERE p.objoid = n.oid AND p.classoid = 'pg_namespace'::regclass AND p.privtype = 'i')
            FROM pg_namespace AS n WHERE n.oid < first_own AND nspname IN ('pg_catalog', 'information_schema')
    LOOP
        CONTINUE WHEN coalesce(it.rights, it.usual) = coalesce(it.first_rights, it.usual);
        FOR entry IN (SELECT grantee, privilege_type, 'REVOKE %s ON %s FROM %s' AS change FROM aclexplode(nullif(coalesce(it.rights, it.usual), '{}'))
                EXCEPT SELECT grantee, privilege_type, 'REVOKE %s ON %s FROM %s' FROM aclexplode(nullif(coalesce(it.first_rights, it.usual), '{}')))
            UNION ALL (SELECT grantee, privilege_type, 'GRANT %s ON %s TO %s' FROM aclexplode(nullif(coalesce(it.first_rights, it.usual), '{}'))
                EXCEPT SELECT grantee, privilege_type, 'GRANT %s ON %s TO %s' FROM aclexplode(nullif(coalesce(it.rights, it.usual), '{}')))
        LOOP
            EXECUTE format(entry.change, entry.privilege_type, it.object,
                coalesce((SELECT quote_ident(rolname) FROM pg_roles WHERE oid = entry.grantee), 'PUBLIC'));
        END LOOP;
    END LOOP;
END
$cargo_migrate$
