-- What mcp_doctor reports about the extension's own objects.

CREATE TABLE @extschema@.mcp_installed_policies (
    relation text NOT NULL,
    policy text NOT NULL,
    statement text NOT NULL,
    PRIMARY KEY (relation, policy)
);
ALTER TABLE @extschema@.mcp_installed_policies ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE @extschema@.mcp_installed_policies IS 'The policies on the extension''s own tables, as mcp_policy_statement gave them at the installation; mcp_doctor compares the catalog with them. Not dumped: the installation that a restore begins with writes its own.';

CREATE FUNCTION @extschema@.mcp_findings_of_objects()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET quote_all_identifiers = off AS $$
DECLARE
    v_extension pg_extension%ROWTYPE := (SELECT e FROM pg_extension e WHERE e.extname = 'eryxon_mcp');
    v_superuser text := quote_ident(pg_get_userbyid(v_extension.extowner));
    v_mes oid := (SELECT n.oid FROM pg_namespace n JOIN @extschema@.mcp_settings s ON s.mes_schema = n.nspname);
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
     WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND c.relnamespace = v_extension.extnamespace
       AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                      AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension.oid);
    RETURN QUERY
    WITH found AS (
        SELECT p.polname::text AS policy, p.polrelid::regclass::text AS relation, @extschema@.mcp_policy_statement(p.oid) AS statement
          FROM pg_policy p
         WHERE EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = p.polrelid AND d.deptype = 'e'
                          AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension.oid)
    )
    SELECT 'severe', 'table ' || i.relation,
           format('the policy %I %s', i.policy, CASE WHEN f.policy IS NULL THEN 'is missing' ELSE 'is not as it was created' END),
           format('DROP POLICY IF EXISTS %I ON %s; %s;', i.policy, i.relation, i.statement)
      FROM @extschema@.mcp_installed_policies i
      LEFT JOIN found f ON f.relation = i.relation AND f.policy = i.policy
     WHERE i.statement IS DISTINCT FROM f.statement
    UNION ALL
    SELECT 'severe', 'table ' || f.relation, format('the policy %I is not the extension''s', f.policy), format('DROP POLICY %I ON %s;', f.policy, f.relation)
      FROM found f
     WHERE NOT EXISTS (SELECT FROM @extschema@.mcp_installed_policies i WHERE i.relation = f.relation AND i.policy = f.policy);

    -- What the extension's tables and functions do by themselves.
    RETURN QUERY
    WITH members AS (
        SELECT d.classid, d.objid FROM pg_depend d
         WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension.oid AND d.deptype = 'e'
    ), tables AS (
        SELECT m.objid FROM members m WHERE m.classid = 'pg_class'::regclass
    ), functions AS (
        SELECT m.objid FROM members m WHERE m.classid = 'pg_proc'::regclass
    )
    SELECT 'severe', format('trigger %I on table %s', t.tgname, t.tgrelid::regclass), 'it is disabled',
           format('ALTER TABLE %s ENABLE TRIGGER %I;', t.tgrelid::regclass, t.tgname)
      FROM pg_trigger t
     WHERE t.tgenabled IN ('D', 'R') AND (t.tgfoid IN (SELECT f.objid FROM functions f) OR t.tgrelid IN (SELECT c.objid FROM tables c))
    UNION ALL
    SELECT 'severe', format('trigger %I on table %s', t.tgname, t.tgrelid::regclass), 'it is not the extension''s',
           format('DROP TRIGGER %I ON %s;', t.tgname, t.tgrelid::regclass)
      FROM pg_trigger t
     WHERE NOT t.tgisinternal AND t.tgrelid IN (SELECT c.objid FROM tables c) AND t.tgfoid NOT IN (SELECT f.objid FROM functions f)
    UNION ALL
    SELECT 'severe', format('rule %I on table %s', r.rulename, r.ev_class::regclass), 'it is not the extension''s',
           format('DROP RULE %I ON %s;', r.rulename, r.ev_class::regclass)
      FROM pg_rewrite r
     WHERE r.rulename <> '_RETURN' AND r.ev_class IN (SELECT c.objid FROM tables c)
    UNION ALL
    SELECT 'severe', 'function ' || p.oid::regprocedure, 'its search_path is not the one that the installation sets',
           format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp;', p.oid::regprocedure)
      FROM functions f JOIN pg_proc p ON p.oid = f.objid JOIN pg_language l ON l.oid = p.prolang
     WHERE 'search_path=pg_catalog, pg_temp' <> ALL (coalesce(p.proconfig, '{}'))
       -- The tools consist of one call, with all its names qualified.
       AND (p.prosecdef OR l.lanname = 'plpgsql'
            OR l.lanname = 'sql' AND p.prosrc <> format('SELECT @extschema@.mcp_run_tool(%L::pg_catalog.text, p_arguments)', p.proname));
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings_of_objects() IS 'The findings of mcp_doctor about the extension''s objects, its schema and the schema of the attached MES tables. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';
