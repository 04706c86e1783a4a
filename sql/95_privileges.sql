-- Who may do what with the objects of the extension: one list. The last step of the installation grants by it and compares the
-- catalog with it, mcp_grant_member grants its rows for members, and mcp_doctor reports what differs from it.

CREATE FUNCTION @extschema@.mcp_privileges()
RETURNS TABLE (kind text, object text, grantee text, privileges text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
VALUES
    -- Every table, view, sequence, function and type of the extension has at least one row. 'member' stands for the roles in
    -- mcp_member_roles, 'nobody' for no role besides the object's owner. Superusers and an object's owner need no row.
    ('schema', '', 'eryxon_mcp_owner', 'USAGE'),
    ('schema', '', 'eryxon_mcp_gateway', 'USAGE'),
    ('schema', '', 'eryxon_mcp_tenant', 'USAGE'),
    ('schema', '', 'eryxon_mcp_recorder', 'USAGE'),
    ('schema', '', 'member', 'USAGE'),
    ('schema', '', 'service', 'USAGE'),
    ('schema', '', 'backup', 'USAGE'),

    ('type', 'mcp_tenant_info', 'nobody', ''),

    -- A member sees everything of a key but its hash; row-level security restricts all of these to the own tenant.
    ('table', 'mcp_authentication_keys', 'member',
     'SELECT (id, tenant_id, key_prefix, name, description, environment, allowed_tools, rate_limit, enabled, expires_at, last_used_at, usage_count, created_at, updated_at, created_by), UPDATE (name, description, allowed_tools, rate_limit, enabled, expires_at), DELETE'),
    -- The view checks the rights of whoever uses it on these two.
    ('table', 'mcp_keys', 'member',
     'SELECT (id, tenant_id, key_prefix, short_prefix, name, description, environment, allowed_tools, rate_limit, enabled, expires_at, created_at, updated_at, created_by), UPDATE (name, description, allowed_tools, rate_limit, enabled, expires_at), DELETE'),
    ('table', 'mcp_key_counters', 'member', 'SELECT'),
    ('table', 'mcp_key_usage_logs', 'member', 'SELECT'),
    ('table', 'mcp_refused_calls', 'member', 'SELECT'),
    ('table', 'mcp_server_config', 'member',
     'SELECT, INSERT (tenant_id, server_name, server_version, enabled, supabase_url, features), UPDATE (server_name, server_version, enabled, supabase_url, features), DELETE'),
    ('table', 'mcp_server_health', 'member', 'SELECT'),
    ('table', 'mcp_server_logs', 'member', 'SELECT'),
    ('table', 'mcp_rate_slots', 'nobody', ''),
    -- What the host's tables have no place for; row-level security restricts it to the tenant.
    ('table', 'mcp_job_times', 'eryxon_mcp_tenant', 'SELECT, INSERT, UPDATE'),
    ('table', 'mcp_ncr_numbers', 'eryxon_mcp_tenant', 'SELECT, INSERT'),
    ('table', 'mcp_ncr_counters', 'eryxon_mcp_tenant', 'SELECT, INSERT, UPDATE'),
    ('table', 'mcp_installed_policies', 'nobody', ''),

    -- Roles of mcp_grant_backup: what a dump contains.
    ('table', 'mcp_keys', 'backup', 'SELECT'),
    ('table', 'mcp_key_counters', 'backup', 'SELECT'),
    ('table', 'mcp_key_usage_logs', 'backup', 'SELECT'),
    ('table', 'mcp_refused_calls', 'backup', 'SELECT'),
    ('table', 'mcp_server_config', 'backup', 'SELECT'),
    ('table', 'mcp_server_health', 'backup', 'SELECT'),
    ('table', 'mcp_server_logs', 'backup', 'SELECT'),
    ('table', 'mcp_settings', 'backup', 'SELECT'),
    ('table', 'mcp_taken_over_keys', 'backup', 'SELECT'),
    ('table', 'mcp_member_roles', 'backup', 'SELECT'),
    ('table', 'mcp_attached_objects', 'backup', 'SELECT'),
    ('table', 'mcp_job_times', 'backup', 'SELECT'),
    ('table', 'mcp_ncr_numbers', 'backup', 'SELECT'),
    ('table', 'mcp_ncr_counters', 'backup', 'SELECT'),

    -- The shim.
    ('function', 'mcp_call_tool', 'eryxon_mcp_gateway', 'EXECUTE'),
    ('function', 'mcp_list_tools', 'eryxon_mcp_gateway', 'EXECUTE'),
    ('function', 'validate_mcp_key', 'eryxon_mcp_gateway', 'EXECUTE'),
    ('function', 'mcp_heartbeat', 'eryxon_mcp_gateway', 'EXECUTE'),
    ('function', 'mcp_severe_findings', 'eryxon_mcp_gateway', 'EXECUTE'),

    -- The sandbox: policies and tools ask for the tenant, and compare texts.
    ('function', 'current_mcp_tenant', 'eryxon_mcp_tenant', 'EXECUTE'),
    ('function', 'current_mcp_person', 'eryxon_mcp_tenant', 'EXECUTE'),
    ('function', 'current_mcp_tenant', 'eryxon_mcp_recorder', 'EXECUTE'),
    ('function', 'mcp_fold', 'eryxon_mcp_tenant', 'EXECUTE'),
    ('function', 'mcp_name_forms', 'eryxon_mcp_tenant', 'EXECUTE'),
    ('function', 'get_tenant_info', 'eryxon_mcp_tenant', 'EXECUTE'),

    -- Members; those that change or show something check that the caller is an admin of the tenant.
    ('function', 'get_tenant_info', 'member', 'EXECUTE'),
    ('function', 'mcp_current_profile', 'member', 'EXECUTE'),
    ('function', 'mcp_is_tenant_admin', 'member', 'EXECUTE'),
    ('function', 'get_mcp_server_config', 'member', 'EXECUTE'),
    ('function', 'get_mcp_key_stats', 'member', 'EXECUTE'),
    ('function', 'generate_mcp_key', 'member', 'EXECUTE'),
    ('function', 'rotate_mcp_key', 'member', 'EXECUTE'),
    ('function', 'check_mcp_tool_permission', 'member', 'EXECUTE'),
    ('function', 'update_mcp_server_health', 'member', 'EXECUTE'),
    ('function', 'log_mcp_server_activity', 'member', 'EXECUTE'),

    -- Supabase's service_role bypasses row-level security, so it gets the people's functions, which ask who calls, and no table.
    ('function', 'get_tenant_info', 'service', 'EXECUTE'),
    ('function', 'get_mcp_server_config', 'service', 'EXECUTE'),
    ('function', 'get_mcp_key_stats', 'service', 'EXECUTE'),
    ('function', 'generate_mcp_key', 'service', 'EXECUTE'),
    ('function', 'rotate_mcp_key', 'service', 'EXECUTE'),
    ('function', 'check_mcp_tool_permission', 'service', 'EXECUTE'),
    ('function', 'update_mcp_server_health', 'service', 'EXECUTE'),
    ('function', 'log_mcp_server_activity', 'service', 'EXECUTE'),

    -- What SECURITY DEFINER functions call as their owner, and what operators (members of eryxon_mcp_owner) may call.
    ('function', 'current_mcp_tenant', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_caller_is_operator', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_assert_operator', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_assert_may_act_for', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_write_health', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_read_profile', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_read_tenant', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_check_allowed_tools', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_doctor', 'eryxon_mcp_owner', 'EXECUTE'),
    -- These do not check their caller: they show nothing but the catalog and lists without data.
    ('function', 'mcp_privileges', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_privilege_differences', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_findings_of_objects', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_findings_of_mes', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_findings_of_roles', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_findings_of_server', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_findings', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_policy_statement', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_attached_relations', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_memberships', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_member_objections', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_gateway_settings', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_library_version', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_tool_catalog', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_tool_error_codes', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_state_tables', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_mes_tables', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_schema_writers', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_assert_closed_schema', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_mes_of_others', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_mes_warnings', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_mes_enums', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_mes_missing', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_trigger_findings', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_narrow_checks', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_policy_needs', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_host_refusals', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_mes_plan', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_with_partitions', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_lock_holders', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_tenant_condition', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_to_undo', 'eryxon_mcp_owner', 'EXECUTE'),
    ('function', 'mcp_delete_tenant_rows', 'eryxon_mcp_owner', 'EXECUTE'),

    -- Operators and superusers: the owner's own functions, SECURITY DEFINER. Each checks its caller inside as well.
    ('function', 'log_mcp_key_usage', 'nobody', ''),
    ('function', 'mcp_run_tool', 'nobody', ''),
    ('function', 'mcp_tenant_exists', 'nobody', ''),
    -- Superusers. Each checks inside that its caller is an operator, except for the two that show nothing but the catalog or a hash of
    -- their argument.
    ('function', '(tools)', 'nobody', ''),
    ('function', 'mcp_as_tenant', 'nobody', ''),
    ('function', 'mes_create_schema', 'nobody', ''),
    ('function', 'mes_seed_demo', 'nobody', ''),
    ('function', 'mes_seed_load', 'nobody', ''),
    ('function', 'mcp_attach_mes', 'nobody', ''),
    ('function', 'mcp_detach_mes', 'nobody', ''),
    ('function', 'mcp_take_over_keys', 'nobody', ''),
    ('function', 'create_mcp_gateway', 'nobody', ''),
    ('function', 'mcp_scram_verifier', 'nobody', ''),
    ('function', 'mcp_apply_privileges', 'nobody', ''),
    ('function', 'mcp_grant_member', 'nobody', ''),
    ('function', 'mcp_grant_backup', 'nobody', ''),
    ('function', 'mcp_check_mes', 'nobody', ''),
    ('function', 'mcp_tool_verdicts', 'nobody', ''),
    ('function', 'mcp_lock_mes', 'nobody', ''),
    ('function', 'mcp_lock_settings', 'nobody', ''),
    ('function', 'mcp_wait_until', 'nobody', ''),
    ('function', 'mcp_raise_in_use', 'nobody', ''),
    ('function', 'mcp_undo_attached', 'nobody', ''),
    ('function', 'mes_demo_id', 'nobody', ''),

    -- Triggers: PostgreSQL does not call them otherwise.
    ('function', 'mcp_touch', 'nobody', ''),
    ('function', 'mcp_keep_one_settings_row', 'nobody', ''),
    ('function', 'mcp_forget_key', 'nobody', ''),
    ('function', 'mcp_forget_tenant', 'nobody', ''),
    ('function', 'mcp_check_key', 'nobody', '')
$$;
COMMENT ON FUNCTION @extschema@.mcp_privileges() IS 'Who may do what with the extension''s objects; the only list. kind: schema, type, table (also views), sequence or function. object: its name; (tools) stands for the functions that are named after the tools. grantee: a role; member, service or backup for each role of that kind in mcp_member_roles; or nobody. privileges: as in GRANT, empty for nobody. Objects'' owners and superusers are not listed. Contains no tenant data. For superusers and members of eryxon_mcp_owner.';

CREATE TABLE @extschema@.mcp_member_roles (
    role_name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('member', 'service', 'backup')),
    PRIMARY KEY (role_name, kind)
);
ALTER TABLE @extschema@.mcp_member_roles ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE @extschema@.mcp_member_roles IS 'The roles of others that have privileges here, by name: members (mcp_grant_member), service_role, and those that make backups (mcp_grant_backup). A role that has been dropped is ignored.';
-- The installation itself adds authenticated and service_role, also the one that a restore begins with.
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_member_roles', 'WHERE (role_name, kind) NOT IN ((''authenticated'', ''member''), (''service_role'', ''service''))');

CREATE FUNCTION @extschema@.mcp_privilege_differences()
RETURNS TABLE (severity text, object text, grantee text, reason text, statement text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET quote_all_identifiers = off AS $$
BEGIN
    -- The planner expects thousands of rows where there are a few; JIT-compiling the statement would take seconds.
    RETURN QUERY
    WITH extension AS (
        SELECT e.oid, e.extnamespace AS namespace, pg_get_userbyid(e.extowner) AS owner FROM pg_extension e WHERE e.extname = 'eryxon_mcp'
    ), objects AS (
        SELECT d.classid, d.objid FROM pg_depend d
         WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = (SELECT e.oid FROM extension e) AND d.deptype = 'e'
    ), members AS (
        SELECT o.*, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind, c.relname::text AS name, c.relname::text AS listed_as, c.oid::regclass::text AS full_name,
               c.relnamespace AS namespace, c.relowner AS owner, c.relacl AS acl, 'eryxon_mcp_owner' AS owned_by
          FROM objects o JOIN pg_class c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid
        UNION ALL
        SELECT o.*, 'function', p.proname,
               -- The text that the installation gives the tools. (mcp_tool_catalog() takes long: it makes all schemas.)
               CASE WHEN p.prosrc = format('SELECT @extschema@.mcp_run_tool(%L::pg_catalog.text, p_arguments)', p.proname) THEN '(tools)' ELSE p.proname END,
               p.oid::regprocedure::text, p.pronamespace, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)),
               CASE WHEN p.prosecdef THEN 'eryxon_mcp_owner' ELSE (SELECT e.owner FROM extension e) END
          FROM objects o JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND p.oid = o.objid
        UNION ALL
        SELECT o.*, 'type', t.typname, t.typname, t.oid::regtype::text, t.typnamespace, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner)),
               (SELECT e.owner FROM extension e)
          FROM objects o JOIN pg_type t ON o.classid = 'pg_type'::regclass AND t.oid = o.objid
        UNION ALL
        -- The schema is no member and may be shared with others, so only what the list grants in it is compared.
        SELECT 'pg_namespace'::regclass, n.oid, 'schema', '', '', n.oid::regnamespace::text, n.oid, n.nspowner, n.nspacl, NULL
          FROM pg_namespace n WHERE n.oid = (SELECT e.namespace FROM extension e)
    ), listed AS (
        SELECT l.kind AS list_kind, l.object AS list_object, l.grantee AS list_grantee, l.privileges, m.*
          FROM @extschema@.mcp_privileges() l
          LEFT JOIN members m ON m.kind = l.kind AND m.namespace = (SELECT e.namespace FROM extension e)
               AND m.listed_as = l.object
    ), grantees AS (
        SELECT l.classid, l.objid, r.oid AS role, r.rolname::text AS role_name, l.privileges
          FROM listed l
          -- These words are no names of roles, even if there are roles of these names.
          JOIN pg_roles r ON l.list_grantee NOT IN ('member', 'service', 'backup', 'nobody') AND r.rolname = l.list_grantee
               OR l.list_grantee IN ('member', 'service', 'backup') AND r.rolname IN (SELECT w.role_name FROM @extschema@.mcp_member_roles w WHERE w.kind = l.list_grantee)
         WHERE l.objid IS NOT NULL AND r.oid <> l.owner
    ), meant AS (
        SELECT g.classid, g.objid, g.role, p.part[1] AS privilege, c.column_name
          FROM grantees g
         CROSS JOIN LATERAL regexp_matches(g.privileges, '([A-Z]+)(?: \(([^)]*)\))?', 'g') p (part)
          LEFT JOIN LATERAL regexp_split_to_table(p.part[2], ',\s*') c (column_name) ON true
    ), granted AS (
        SELECT m.classid, m.objid, a.grantee AS role, a.privilege_type AS privilege, NULL::text AS column_name, a.is_grantable
          FROM members m CROSS JOIN LATERAL aclexplode(m.acl) a
         WHERE a.grantee <> m.owner
        UNION ALL
        SELECT m.classid, m.objid, a.grantee, a.privilege_type, t.attname, a.is_grantable
          FROM members m
          JOIN pg_attribute t ON m.classid = 'pg_class'::regclass AND t.attrelid = m.objid AND NOT t.attisdropped
         CROSS JOIN LATERAL aclexplode(t.attacl) a
         WHERE a.grantee <> m.owner
    ), wrong AS (
        SELECT g.classid, g.objid, g.role, 'may ' || string_agg(DISTINCT g.privilege || CASE WHEN g.is_grantable THEN ' and grant it' ELSE '' END, ', ') AS what,
               true AS is_excess
          FROM granted g
         WHERE g.classid <> 'pg_namespace'::regclass
           AND (g.is_grantable OR NOT EXISTS (SELECT FROM meant m WHERE m.classid = g.classid AND m.objid = g.objid AND m.role = g.role
                   AND m.privilege = g.privilege AND m.column_name IS NOT DISTINCT FROM g.column_name))
         GROUP BY g.classid, g.objid, g.role
        UNION ALL
        SELECT m.classid, m.objid, m.role, 'may not ' || string_agg(DISTINCT m.privilege, ', '), false
          FROM meant m
         WHERE NOT EXISTS (SELECT FROM granted g WHERE g.classid = m.classid AND g.objid = m.objid AND g.role = m.role
                   AND g.privilege = m.privilege AND g.column_name IS NOT DISTINCT FROM m.column_name)
         GROUP BY m.classid, m.objid, m.role
    )
    SELECT CASE WHEN bool_or(w.is_excess) THEN 'severe' ELSE 'warning' END, m.kind || ' ' || m.full_name, coalesce(r.rolname, 'PUBLIC')::text,
           format('%s %s', coalesce(r.rolname, 'PUBLIC'), string_agg(w.what, ', ' ORDER BY w.what)),
           CASE m.kind WHEN 'schema' THEN '' ELSE format('REVOKE ALL ON %s %s FROM %s CASCADE; ', m.kind, m.full_name, CASE w.role WHEN 0 THEN 'PUBLIC' ELSE w.role::regrole::text END) END
           || coalesce((SELECT format('GRANT %s ON %s %s TO %I;', string_agg(g.privileges, ', '), m.kind, m.full_name, g.role_name)
                          FROM grantees g WHERE g.classid = m.classid AND g.objid = m.objid AND g.role = w.role GROUP BY g.role_name), '')
      FROM wrong w
      JOIN members m ON m.classid = w.classid AND m.objid = w.objid
      LEFT JOIN pg_roles r ON r.oid = w.role
     GROUP BY m.classid, m.objid, m.kind, m.full_name, w.role, r.rolname
    UNION ALL
    SELECT 'severe', m.kind || ' ' || m.full_name, NULL, format('is owned by %s instead of %s', pg_get_userbyid(m.owner), m.owned_by),
           format('ALTER %s %s OWNER TO %I;', m.kind, m.full_name, m.owned_by)
      FROM members m
     WHERE m.owned_by <> pg_get_userbyid(m.owner) AND m.namespace = (SELECT e.namespace FROM extension e)
    UNION ALL
    -- Other schemas than the extension's hold members only in a build for tests.
    SELECT 'severe', m.kind || ' ' || m.full_name, NULL, 'is not in mcp_privileges()', NULL
      FROM members m
     WHERE m.namespace = (SELECT e.namespace FROM extension e)
       AND NOT EXISTS (SELECT FROM listed l WHERE l.classid = m.classid AND l.objid = m.objid)
    UNION ALL
    SELECT DISTINCT 'severe', format('%s %s', l.list_kind, l.list_object), NULL, CASE WHEN l.objid IS NULL THEN 'does not exist' ELSE 'exists more than once' END, NULL
      FROM listed l
     WHERE l.objid IS NULL
        OR l.list_object <> '(tools)' AND EXISTS (SELECT FROM members m WHERE m.kind = l.kind AND m.name = l.name AND m.namespace = l.namespace AND m.objid <> l.objid);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_privilege_differences() IS 'What differs between mcp_privileges() and the catalog, one row for each object and grantee: the severity (severe, or warning if only a privilege is missing), the object, the grantee (NULL: the difference is not about a grantee), what is different, and the statement that mends it (NULL: a person must decide). No row if nothing differs. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';
