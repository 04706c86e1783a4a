-- What attaching a schema would meet and do, before it does.

CREATE FUNCTION @extschema@.mcp_check_mes(p_schema text DEFAULT 'public')
RETURNS TABLE (severity text, object text, finding text, statement text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
DECLARE
    v_schema constant oid := (SELECT n.oid FROM pg_namespace n WHERE n.nspname = p_schema);
    v_attached constant boolean := EXISTS (SELECT FROM @extschema@.mcp_settings s WHERE s.mes_schema = p_schema);
    c_order constant text[] := '{blocks,warning,note,table,adds,tool}';
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    IF p_schema IS NULL THEN
        RETURN QUERY SELECT 'blocks', 'schema', 'none is named', NULL::text;
        RETURN;
    END IF;
    IF v_schema IS NULL THEN
        RETURN QUERY SELECT 'blocks', format('schema %I', p_schema), 'it does not exist', format('SELECT @extschema@.mes_create_schema(%L);', p_schema);
        RETURN;
    END IF;
    RETURN QUERY
    WITH plan AS MATERIALIZED (
        SELECT * FROM @extschema@.mcp_mes_plan(p_schema)
    ), tables AS MATERIALIZED (
        SELECT t.table_name, t.tool_rights, c.oid, c.relrowsecurity, c.relforcerowsecurity, r.oid AS owner, r.rolname AS owner_name, r.rolsuper, r.rolbypassrls
          FROM @extschema@.mcp_mes_tables(p_schema) t
          JOIN pg_class c ON c.relnamespace = v_schema AND c.relname = t.table_name AND c.relkind IN ('r', 'p')
          JOIN pg_roles r ON r.oid = c.relowner
    ), found (severity, object, finding, statement) AS (
        -- What attaching refuses.
        SELECT CASE WHEN w.is_owner THEN 'note' ELSE 'blocks' END, format('schema %I', p_schema),
               CASE WHEN w.is_owner THEN format('its owner %s is no superuser and could change what tools do for each tenant, by triggers and policies', w.role_name)
                    ELSE format('%s may create objects in it', w.role_name) END, w.statement
          FROM @extschema@.mcp_schema_writers(p_schema) w
        UNION ALL
        SELECT CASE m.needed_by WHEN 'all' THEN 'blocks' ELSE 'warning' END, format('schema %I', p_schema),
               format('it lacks %s, which %s', m.missing, CASE m.needed_by WHEN 'all' THEN 'every tool needs' ELSE 'some tools need: see the tools below' END), m.statement
          FROM @extschema@.mcp_mes_missing(p_schema) m
        UNION ALL
        SELECT 'blocks', 'table ' || p.relation, 'row-level security is off: switch it on, or attach with p_enable_rls := true; only the application knows whether it works with it', p.statement || ';'
          FROM plan p WHERE p.kind = 'row security' AND NOT p.present
        UNION ALL
        SELECT 'blocks', 'table ' || t.oid::regclass, format('row-level security would not hold %s, which is its owner or a member of it', x.role), format('ALTER TABLE %s OWNER TO %I;', t.oid::regclass, current_user)
          FROM tables t CROSS JOIN (VALUES ('eryxon_mcp_tenant'), ('eryxon_mcp_recorder')) x (role)
         WHERE pg_has_role(x.role, t.owner, 'MEMBER')
        UNION ALL
        -- Now; another time it may be free.
        SELECT 'warning', 'table ' || h.relation, 'attaching would wait for ' || h.holder, NULL
          FROM @extschema@.mcp_lock_holders(ARRAY(SELECT DISTINCT p.relation FROM plan p WHERE p.kind IN ('row security', 'policy', 'trigger') AND NOT p.present)) h
        -- What tools would meet.
        UNION ALL
        SELECT 'warning', 'table ' || t.oid::regclass, format('the restrictive policy %I of the application applies to the tools, too', p.polname), NULL
          FROM tables t JOIN pg_policy p ON p.polrelid = t.oid AND NOT p.polpermissive AND 0 = ANY (p.polroles)
        UNION ALL
        SELECT 'warning', f.object, f.reason, f.statement FROM @extschema@.mcp_trigger_findings(p_schema) f
        UNION ALL
        SELECT CASE r.needed_by WHEN 'all' THEN 'blocks' ELSE 'warning' END, r.object, r.reason, r.statement FROM @extschema@.mcp_host_refusals(p_schema) r
        UNION ALL
        -- A trigger may translate the value.
        SELECT 'note', f.object, f.reason, NULL FROM @extschema@.mcp_narrow_checks(p_schema) f
        UNION ALL
        SELECT 'warning', format('schema %I', p_schema), w.warning, NULL FROM @extschema@.mcp_mes_warnings(p_schema) w
        UNION ALL
        SELECT DISTINCT 'warning', format('role %I', t.owner_name), CASE WHEN t.rolbypassrls THEN 'pg_dump as this role, which owns tables, fails on the extension''s tables until it may read them'
                                                                      ELSE 'pg_dump as this role, which owns tables, fails on the extension''s tables: make backups as a role that bypasses row-level security' END,
               CASE WHEN t.rolbypassrls THEN format('SELECT @extschema@.mcp_grant_backup(%L);', t.owner_name)
                    ELSE E'CREATE ROLE eryxon_backup LOGIN BYPASSRLS;\nGRANT pg_read_all_data TO eryxon_backup;\nSELECT @extschema@.mcp_grant_backup(''eryxon_backup'');' END
          FROM tables t
         WHERE NOT t.rolsuper
           AND NOT EXISTS (SELECT FROM @extschema@.mcp_member_roles g WHERE g.kind = 'backup' AND (g.role_name = t.owner_name OR NOT t.rolbypassrls))
        UNION ALL
        SELECT 'note', format('schema %I', p_schema), format('it has functions with names of this extension: %s. Name the extension''s schema in every call',
                                                            string_agg(DISTINCT p.proname::text, ', ' ORDER BY p.proname::text)), NULL
          FROM pg_proc p JOIN pg_proc ours ON ours.proname = p.proname
          JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = ours.oid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
               AND d.refobjid = (SELECT e.oid FROM pg_extension e WHERE e.extname = 'eryxon_mcp')
         WHERE p.pronamespace = v_schema AND ours.pronamespace <> v_schema
        HAVING count(*) > 0
        UNION ALL
        -- Table by table.
        SELECT 'table', 'table ' || t.oid::regclass,
               format('present; row-level security %s; owner %s %s it; %s',
                      CASE WHEN t.relforcerowsecurity THEN 'forced' WHEN t.relrowsecurity THEN 'on' ELSE 'off' END, t.owner_name,
                      CASE WHEN t.rolsuper OR t.rolbypassrls OR NOT t.relforcerowsecurity THEN 'bypasses' ELSE 'does not bypass' END,
                      coalesce('policies for PUBLIC: ' || (SELECT string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = t.oid AND 0 = ANY (p.polroles)),
                               'no policy for PUBLIC')), NULL
          FROM tables t
        UNION ALL
        -- What attaching adds.
        SELECT 'adds', CASE p.relation WHEN 0::regclass THEN format('schema %I', p_schema) ELSE 'table ' || p.relation END,
               string_agg(p.what, '; ' ORDER BY p.what), string_agg(p.statements, E'\n' ORDER BY p.what)
          FROM (SELECT a.relation, string_agg(a.statement || ';', E'\n' ORDER BY a.privilege) AS statements,
                       CASE a.kind WHEN 'policy' THEN format('policy %I', a.name) WHEN 'trigger' THEN format('trigger %I', a.name) WHEN 'row security' THEN 'row-level security, only if asked'
                            ELSE format('%s for %s', string_agg(a.privilege, ', ' ORDER BY a.privilege), a.name) END AS what
                  FROM plan a WHERE NOT a.present
                 GROUP BY a.kind, a.relation, a.name) p
         GROUP BY p.relation
        UNION ALL
        SELECT 'tool', v.tool, v.verdict || coalesce(': ' || v.reason, ''), NULL FROM @extschema@.mcp_tool_verdicts(p_schema) v
    )
    SELECT f.* FROM found f ORDER BY array_position(c_order, f.severity), CASE f.severity WHEN 'tool' THEN '' ELSE f.object END, CASE f.severity WHEN 'tool' THEN '' ELSE f.finding END;
    IF NOT v_attached THEN
        RETURN QUERY SELECT 'adds', format('schema %I', p_schema), 'it becomes the attached schema', format('SELECT @extschema@.mcp_attach_mes(%L);', p_schema);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_check_mes(text) IS
'What attaching a schema would meet and do; changes nothing and takes no lock that others notice. One row a finding: severity (blocks: attaching refuses; warning: a tool or somebody else meets it; note; table: what a table is like; adds: what attaching adds; tool: the verdict: works, works without some arguments or cases, cannot, with the reason), object, finding, and the statement that mends or makes it (NULL: nothing to do, or a person must decide). Attaching is possible if no row blocks. For NULL, one row that blocks. Triggers and checks are judged by their text. Raises 42501 for other callers. For superusers.';
