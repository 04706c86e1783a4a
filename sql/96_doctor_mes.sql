-- What mcp_doctor reports about the attached MES tables: what attaching made and is not there any more, what is there and was not made, and
-- what the host has changed since.

CREATE FUNCTION @extschema@.mcp_findings_of_mes()
RETURNS TABLE (severity text, object text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
DECLARE
    v_extension constant oid := (SELECT e.oid FROM pg_extension e WHERE e.extname = 'eryxon_mcp');
    v_schema constant text := (SELECT s.mes_schema FROM @extschema@.mcp_settings s);
    v_mes constant oid := (SELECT n.oid FROM pg_namespace n WHERE n.nspname = v_schema);
    v_missing constant text[] := (SELECT coalesce(s.missing, '{}') FROM @extschema@.mcp_settings s);
    v_attach constant text := format('SELECT @extschema@.mcp_attach_mes(%L);', v_schema);
BEGIN
    IF v_schema IS NOT NULL AND v_mes IS NULL THEN
        RETURN QUERY SELECT 'warning', format('schema %I', v_schema), 'it is attached, but does not exist', format('SELECT * FROM @extschema@.mcp_detach_mes(%L);', v_schema);
    END IF;

    IF (SELECT s.application_switch FROM @extschema@.mcp_settings s)
       AND NOT EXISTS (SELECT FROM @extschema@.mcp_mes_plan(v_schema) p JOIN pg_class c ON c.oid = p.relation
                        WHERE p.kind = 'policy' AND p.present AND c.relname = 'mcp_server_config') THEN
        RETURN QUERY SELECT 'severe', format('table %I.mcp_server_config', v_schema),
            'it cannot be read any more, so nobody knows which tenants the application switched off: all calls are refused', v_attach;
    END IF;

    -- What attaching made. A table that has been added is attached only by attaching again.
    RETURN QUERY
    SELECT CASE WHEN p.kind = 'usage' OR p.kind = 'privilege' OR NOT p.was_made THEN 'warning' ELSE 'severe' END,
           CASE p.kind WHEN 'usage' THEN format('schema %I', v_schema) ELSE 'table ' || p.relation END,
           CASE WHEN NOT p.was_made AND p.kind <> 'privilege' THEN 'it was added since the schema was attached' ELSE
           CASE p.kind
               WHEN 'usage' THEN format('%s may not USAGE', p.name)
               WHEN 'privilege' THEN format('%s may not %s', p.name, p.privileges)
               WHEN 'row security' THEN 'row-level security is not enabled'
               WHEN 'trigger' THEN format('the trigger %I is missing: the keys of a deleted tenant stay', p.name)
               ELSE format('the policy %I %s', p.name, CASE WHEN EXISTS (SELECT FROM pg_policy f WHERE f.polrelid = p.relation AND f.polname = p.name)
                                                            THEN 'is not as it was created' ELSE 'is missing' END) END END,
           CASE p.kind WHEN 'row security' THEN p.statement || ';' ELSE v_attach END
      FROM (SELECT m.kind, m.relation, m.name, string_agg(DISTINCT m.privilege, ', ') AS privileges, min(m.statement) AS statement,
                   bool_or(o.kind IS NOT NULL OR EXISTS (SELECT FROM @extschema@.mcp_attached_objects t WHERE t.relation = m.relation)) AS was_made
              FROM @extschema@.mcp_mes_plan(v_schema) m
              LEFT JOIN @extschema@.mcp_attached_objects o ON o.kind = m.kind AND o.relation = m.relation AND o.name = m.name AND o.privilege = m.privilege
             WHERE NOT m.present
             GROUP BY m.kind, m.relation, m.name) p;

    -- What was not made by attaching, or for a table that is not one of the attached ones any more.
    RETURN QUERY
    SELECT 'severe', 'table ' || c.oid::regclass, format('the policy %I is not the extension''s', p.polname), format('DROP POLICY %I ON %s;', p.polname, c.oid::regclass)
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE p.polroles && ARRAY['eryxon_mcp_tenant'::regrole::oid, 'eryxon_mcp_recorder'::regrole::oid]
       AND NOT EXISTS (SELECT FROM @extschema@.mcp_attached_objects o WHERE o.kind = 'policy' AND o.relation = c.oid AND o.name = p.polname)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                          AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension);
    RETURN QUERY
    SELECT 'warning', 'table ' || c.oid::regclass, 'it was attached, but the tools do not use it under this name or in this schema', v_attach
      FROM @extschema@.mcp_to_undo(v_schema) o JOIN pg_class c ON c.oid = o.relation
     WHERE v_mes IS NOT NULL
     GROUP BY c.oid
    HAVING bool_or(o.kind = 'policy');
    RETURN QUERY
    WITH granted AS (
        SELECT c.oid, c.relname, c.relnamespace, a.grantee, a.privilege_type AS privilege, NULL::text AS column_name
          FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION ALL
        SELECT c.oid, c.relname, c.relnamespace, a.grantee, a.privilege_type, n.attname
          FROM pg_attribute n JOIN pg_class c ON c.oid = n.attrelid CROSS JOIN LATERAL aclexplode(n.attacl) a WHERE n.attacl IS NOT NULL AND NOT n.attisdropped
    ), ours AS (
        SELECT g.*, g.grantee::regrole::text AS role FROM granted g
         WHERE g.grantee IN ('eryxon_mcp_tenant'::regrole, 'eryxon_mcp_recorder'::regrole, 'eryxon_mcp_owner'::regrole, 'eryxon_mcp_gateway'::regrole)
           -- Of the gateway's elsewhere, there is a finding about the role.
           AND (g.grantee <> 'eryxon_mcp_gateway'::regrole
                OR g.relnamespace = v_mes AND g.relname IN (SELECT t.table_name FROM @extschema@.mcp_mes_tables(v_schema) t))
           -- Those of the extension itself are in mcp_privileges.
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = g.oid AND d.deptype = 'e'
                              AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension)
    )
    SELECT 'severe', 'table ' || g.oid::regclass, format('%s may %s', g.role, string_agg(DISTINCT g.privilege, ', ')),
           format('REVOKE ALL ON TABLE %s FROM %s;%s', g.oid::regclass, g.role, CASE WHEN g.relnamespace = v_mes THEN ' ' || v_attach ELSE '' END)
      FROM ours g
     WHERE NOT EXISTS (SELECT FROM @extschema@.mcp_mes_plan(v_schema) p
                        WHERE p.kind = 'privilege' AND p.relation = g.oid AND p.name = g.role
                          AND p.privilege = g.privilege || coalesce(' (' || g.column_name || ')', ''))
       AND NOT EXISTS (SELECT FROM @extschema@.mcp_to_undo(v_schema) o WHERE o.relation = g.oid)
       -- Given because a policy of the application needs it.
       AND NOT EXISTS (SELECT FROM @extschema@.mcp_policy_needs(v_schema) n
                        WHERE n.role_name = g.role AND n.used = g.oid AND g.privilege = 'SELECT' AND (n.columns = '{}' OR g.column_name = ANY (n.columns)))
     GROUP BY g.oid, g.relnamespace, g.role;

    -- What the host has changed since.
    RETURN QUERY
    SELECT CASE m.needed_by WHEN 'all' THEN 'severe' ELSE 'warning' END, format('schema %I', v_schema),
           format('since it was attached, it lacks %s, which %s needs', m.missing, CASE m.needed_by WHEN 'all' THEN 'every tool' ELSE 'a tool' END),
           CASE m.needed_by WHEN 'all' THEN m.statement ELSE v_attach END
      FROM @extschema@.mcp_mes_missing(v_schema) m
     WHERE v_mes IS NOT NULL AND m.missing <> ALL (v_missing);
    RETURN QUERY
    SELECT 'warning', format('schema %I', v_schema), format('since it was attached, it has got %s: tools that need it may work now', x), v_attach
      FROM unnest(v_missing) x
     WHERE v_mes IS NOT NULL AND x NOT IN (SELECT m.missing FROM @extschema@.mcp_mes_missing(v_schema) m);
    RETURN QUERY
    SELECT 'warning', format('tenant %s', l.metadata ->> 'tenant_id'), l.message, format('SELECT @extschema@.mcp_delete_tenant_rows(%L);', l.metadata ->> 'tenant_id')
      FROM @extschema@.mcp_server_logs l WHERE l.event_type = 'tenant_not_forgotten' AND l.tenant_id IS NULL;
    RETURN QUERY
    SELECT 'note', 'tool ' || u.key, format('it is not offered, because it cannot work with schema %I: %s', v_schema, u.value), NULL::text
      FROM @extschema@.mcp_settings s CROSS JOIN LATERAL jsonb_each_text(s.unavailable) u;
    RETURN QUERY SELECT 'warning', format('schema %I', v_schema), w.warning, NULL::text FROM @extschema@.mcp_mes_warnings(v_schema) w;
    RETURN QUERY SELECT 'warning', t.object, t.reason, t.statement FROM @extschema@.mcp_trigger_findings(v_schema) t;
    RETURN QUERY SELECT CASE r.needed_by WHEN 'all' THEN 'severe' ELSE 'warning' END, r.object, r.reason, r.statement FROM @extschema@.mcp_host_refusals(v_schema) r;

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
                          AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = v_extension);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_findings_of_mes() IS 'The findings of mcp_doctor about the attached MES tables: what attaching made and is gone or changed, what others gave the extension''s roles, what the host has changed since, its triggers and its unique keys. Reads only the catalog, what attaching wrote down, and the events of tenants that could not be forgotten. For superusers and members of eryxon_mcp_owner.';
