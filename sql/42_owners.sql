-- Who decides what runs when a row of a MES table is written.

CREATE FUNCTION @extschema@.mcp_mes_of_others(p_schema text)
RETURNS TABLE (object text, owner text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH RECURSIVE superusers AS (
    SELECT oid FROM pg_roles WHERE rolsuper
    UNION ALL
    -- Since PostgreSQL 15, `public` belongs to this role, whose only member is the database's owner.
    SELECT o.oid FROM pg_roles o
      JOIN pg_database d ON d.datname = current_database()
      JOIN pg_roles r ON r.oid = d.datdba
     WHERE o.rolname = 'pg_database_owner' AND r.rolsuper
), place AS (
    SELECT oid, nspowner, nspacl FROM pg_namespace WHERE nspname = p_schema
), relations AS (
    SELECT c.oid
      FROM place CROSS JOIN @extschema@.mcp_mes_tables() t
      JOIN pg_class c ON c.relnamespace = place.oid AND c.relname = t.table_name
    UNION
    SELECT i.inhrelid FROM relations r JOIN pg_inherits i ON i.inhparent = r.oid
), parts AS (
    -- Triggers, defaults, constraints, rules and indexes, whose functions run when a row is written.
    SELECT d.classid, d.objid
      FROM relations r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
     WHERE d.classid IN ('pg_trigger'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_rewrite'::regclass, 'pg_class'::regclass)
), used AS (
    SELECT d.refclassid, d.refobjid FROM parts p JOIN pg_depend d ON d.classid = p.classid AND d.objid = p.objid
), objects AS (
    SELECT 1 AS step, format('schema %I', p_schema) AS object, nspowner AS owner FROM place
    UNION ALL
    SELECT 2, format('schema %I, in which others may CREATE,', p_schema), a.grantee
      FROM place CROSS JOIN aclexplode(place.nspacl) a WHERE a.privilege_type = 'CREATE'
    UNION ALL
    SELECT 3, 'table ' || c.oid::regclass, c.relowner FROM relations r JOIN pg_class c ON c.oid = r.oid
    UNION ALL
    -- Those in the schema as well: it is on the search path while a script runs.
    SELECT 4, 'function ' || p.oid::regprocedure, p.proowner
      FROM pg_proc p
     WHERE (p.pronamespace = (SELECT oid FROM place)
            OR p.oid IN (SELECT refobjid FROM used WHERE refclassid = 'pg_proc'::regclass))
       -- Those of this extension belong to its owner, and touch only its own tables.
       AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                          AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'eryxon_mcp')
    UNION ALL
    SELECT 5, 'operator ' || o.oid::regoperator, o.oprowner
      FROM pg_operator o
     WHERE o.oprnamespace = (SELECT oid FROM place)
        OR o.oid IN (SELECT refobjid FROM used WHERE refclassid = 'pg_operator'::regclass)
    UNION ALL
    -- A type's owner may create casts.
    SELECT 6, 'type ' || format_type(t.oid, NULL), t.typowner
      FROM pg_type t
     WHERE t.typnamespace = (SELECT oid FROM place) AND t.typrelid = 0 AND t.typcategory <> 'A'
)
SELECT o.object, CASE o.owner WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(o.owner)::text END
  FROM objects o
 WHERE o.owner NOT IN (SELECT oid FROM superusers)
 ORDER BY o.step, o.object
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_of_others(text) IS
'What in a MES schema belongs to no superuser: the schema, its tables, functions, operators and types, and the functions behind triggers, defaults, constraints, rules and indexes of its tables. While it returns a row, a superuser who writes to these tables may run code of others. Reads only the catalog. Returns no row for an unknown schema. For superusers and members of eryxon_mcp_owner.';
