-- What mcp_doctor reports about the extension's objects and the attached MES tables.

CREATE FUNCTION @extschema@.mcp_policy_statement(p_policy oid)
RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,
              CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
              CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
              (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ' ORDER BY r) FROM unnest(p.polroles) r))
       || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
  FROM pg_policy p WHERE p.oid = p_policy
$$;
COMMENT ON FUNCTION @extschema@.mcp_policy_statement(oid) IS 'The statement that creates a policy as it is in the catalog; NULL for an unknown oid. For superusers and members of eryxon_mcp_owner.';

CREATE TABLE @extschema@.mcp_installed_policies (
    relation text NOT NULL,
    policy text NOT NULL,
    statement text NOT NULL,
    of_mes boolean NOT NULL,
    PRIMARY KEY (relation, policy)
);
ALTER TABLE @extschema@.mcp_installed_policies ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE @extschema@.mcp_installed_policies IS 'The policies that the installation (of_mes false) and mcp_attach_mes (true) created, as mcp_policy_statement gave them; mcp_doctor compares the catalog with them.';
-- The installation writes its own ones anew, also the one that a restore begins with.
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_installed_policies', 'WHERE of_mes');

CREATE FUNCTION @extschema@.mcp_findings_of_objects()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    v_extension pg_extension%ROWTYPE := (SELECT e FROM pg_extension e WHERE e.extname = 'eryxon_mcp');
    v_superuser text := quote_ident(pg_get_userbyid(v_extension.extowner));
    v_mes oid := (SELECT n.oid FROM pg_namespace n JOIN @extschema@.mcp_settings s ON s.mes_schema = n.nspname);
    v_attach text := (SELECT format('SELECT @extschema@.mcp_attach_mes(%L);', s.mes_schema) FROM @extschema@.mcp_settings s);
BEGIN
    RETURN QUERY SELECT d.severity, d.object, d.reason, d.statement FROM @extschema@.mcp_privilege_differences() d;

    -- Who may create objects in a schema that is on a search path can take over what runs with that path.
    RETURN QUERY
    SELECT CASE WHEN NOT w.is_owner THEN 'severe' WHEN n.oid = v_extension.extnamespace THEN 'warning' ELSE 'note' END, 'schema ' || n.oid::regnamespace,
           CASE WHEN w.is_owner THEN format('its owner %s is no superuser and may create objects in it', w.role_name)
                ELSE format('%s may create objects in it', w.role_name) END,
           coalesce(w.statement, format('ALTER SCHEMA %s OWNER TO %s;', n.oid::regnamespace, v_superuser))
      FROM pg_namespace n CROSS JOIN LATERAL @extschema@.mcp_schema_writers(n.nspname) w
     WHERE n.oid IN (v_extension.extnamespace, v_mes);

    -- Row-level security.
    RETURN QUERY
    SELECT 'severe', 'table ' || c.oid::regclass, 'row-level security is not enabled', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', c.oid::regclass)
      FROM pg_class c
     WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
       AND (c.relnamespace = v_mes AND c.relname IN (SELECT m.table_name FROM @extschema@.mcp_mes_tables((SELECT n.nspname FROM pg_namespace n WHERE n.oid = v_mes)) m)
            OR c.relnamespace = v_extension.extnamespace
               AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                              AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension.oid));
    RETURN QUERY
    WITH found AS (
        SELECT p.polrelid, p.polname::text AS policy, p.polrelid::regclass::text AS relation, @extschema@.mcp_policy_statement(p.oid) AS statement,
               c.relnamespace = v_mes AND p.polname LIKE 'eryxon\_mcp\_%' AS of_mes
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         WHERE c.relnamespace = v_mes AND p.polname LIKE 'eryxon\_mcp\_%'
            OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                          AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension.oid)
    )
    SELECT 'severe', 'table ' || i.relation,
           format('the policy %I %s', i.policy, CASE WHEN f.policy IS NULL THEN 'is missing' ELSE 'is not as it was created' END),
           format('DROP POLICY IF EXISTS %I ON %s; %s;', i.policy, i.relation, i.statement)
      FROM @extschema@.mcp_installed_policies i
      LEFT JOIN found f ON f.relation = i.relation AND f.policy = i.policy
     -- Not to_regclass: for the gateway this runs as a role that has no right in the MES schema.
     WHERE EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE format('%I.%I', n.nspname, c.relname) = i.relation)
       AND i.statement IS DISTINCT FROM f.statement
    UNION ALL
    SELECT 'severe', 'table ' || f.relation, format('the policy %I is not the extension''s', f.policy), format('DROP POLICY %I ON %s;', f.policy, f.relation)
      FROM found f
     WHERE NOT EXISTS (SELECT FROM @extschema@.mcp_installed_policies i WHERE i.relation = f.relation AND i.policy = f.policy);

    -- What the extension's roles may do with the attached tables.
    RETURN QUERY
    WITH tables AS (
        SELECT c.oid, c.relname, c.relacl, t.tool_rights, (SELECT string_agg(split_part(d, ' ', 1), ', ') FROM regexp_split_to_table(t.columns, ',\s*') d) AS columns
          FROM @extschema@.mcp_mes_tables((SELECT n.nspname FROM pg_namespace n WHERE n.oid = v_mes)) t JOIN pg_class c ON c.relname = t.table_name AND c.relnamespace = v_mes
    ), meant AS (
        SELECT t.oid, p.part[1] AS privilege, c.column_name
          FROM tables t
         CROSS JOIN LATERAL regexp_matches(replace(t.tool_rights, '{columns}', '(' || t.columns || ')'), '([A-Z]+)(?: \(([^)]*)\))?', 'g') p (part)
          LEFT JOIN LATERAL regexp_split_to_table(p.part[2], ',\s*') c (column_name) ON true
    ), granted AS (
        SELECT t.oid, t.relname, a.grantee, a.privilege_type AS privilege, NULL::text AS column_name
          FROM tables t CROSS JOIN LATERAL aclexplode(t.relacl) a
        UNION ALL
        SELECT t.oid, t.relname, a.grantee, a.privilege_type, n.attname
          FROM tables t JOIN pg_attribute n ON n.attrelid = t.oid AND NOT n.attisdropped CROSS JOIN LATERAL aclexplode(n.attacl) a
    )
    SELECT 'severe', 'table ' || g.oid::regclass, format('%s may %s', g.grantee::regrole, string_agg(DISTINCT g.privilege, ', ')),
           format('REVOKE ALL ON TABLE %s FROM %s; ', g.oid::regclass, g.grantee::regrole) || v_attach
      FROM granted g
     WHERE CASE g.grantee::regrole::text
               WHEN 'eryxon_mcp_tenant' THEN NOT EXISTS (SELECT FROM meant m WHERE m.oid = g.oid AND m.privilege = g.privilege
                                                            AND m.column_name IS NOT DISTINCT FROM g.column_name)
               WHEN 'eryxon_mcp_gateway' THEN true
               WHEN 'eryxon_mcp_owner' THEN true
               WHEN 'eryxon_mcp_recorder' THEN g.relname <> 'activity_log' OR g.privilege <> 'INSERT'
               ELSE false END
     GROUP BY g.oid, g.grantee
    UNION ALL
    SELECT 'warning', 'table ' || m.oid::regclass, format('eryxon_mcp_tenant may not %s', string_agg(DISTINCT m.privilege, ', ')), v_attach
      FROM meant m
     WHERE NOT EXISTS (SELECT FROM granted g WHERE g.oid = m.oid AND g.grantee = 'eryxon_mcp_tenant'::regrole AND g.privilege = m.privilege
                          AND g.column_name IS NOT DISTINCT FROM m.column_name)
     GROUP BY m.oid;

    -- A trigger of the host runs in the tools' calls, too; SECURITY DEFINER takes it out of the sandbox's role.
    RETURN QUERY
    SELECT 'warning', format('trigger %I on table %s', t.tgname, t.tgrelid::regclass),
           format('its function %s is SECURITY DEFINER and runs as %s%s, in tools'' calls as well', p.oid::regprocedure, r.rolname,
                  CASE WHEN r.rolsuper THEN ', a superuser' ELSE ', who does not own the table' END),
           format('ALTER FUNCTION %s SECURITY INVOKER;', p.oid::regprocedure)
      FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = v_mes AND c.relname IN (SELECT m.table_name FROM @extschema@.mcp_mes_tables() m)
      JOIN pg_proc p ON p.oid = t.tgfoid AND p.prosecdef
      JOIN pg_roles r ON r.oid = p.proowner
     WHERE NOT t.tgisinternal AND (r.rolsuper OR p.proowner <> c.relowner)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                          AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension.oid);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings_of_objects() IS 'The findings of mcp_doctor about the extension''s objects, its schema and the attached MES tables. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';
