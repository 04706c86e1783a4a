-- The shim's login, and the privileges of a web application's role.

CREATE FUNCTION @extschema@.create_mcp_gateway(p_name text, p_password text DEFAULT NULL, p_connection_limit integer DEFAULT 20)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_setting record;
    v_other text;
BEGIN
    IF p_name IS NULL OR p_name = '' THEN
        RAISE EXCEPTION 'the gateway login must have a name' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF p_connection_limit IS NULL OR p_connection_limit < 1 THEN
        RAISE EXCEPTION 'p_connection_limit must be at least 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_name AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'role % is a superuser or bypasses row-level security and cannot be a gateway', p_name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Choose another name.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_name) THEN
        EXECUTE format('CREATE ROLE %I LOGIN', p_name);
    END IF;
    IF p_password IS NOT NULL THEN
        -- The statement is nested, and may be logged: it holds what PostgreSQL stores, not the password.
        EXECUTE format('ALTER ROLE %I PASSWORD %L', p_name, @extschema@.mcp_scram_verifier(p_password));
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN INHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT %s',
                   p_name, p_connection_limit);
    EXECUTE format('GRANT eryxon_mcp_gateway TO %I', p_name);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), p_name);
    -- So that the login finds the functions whichever schema the extension is in.
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %s', p_name, current_database(), '@extschema@, pg_temp');
    FOR v_setting IN
        SELECT name, value FROM (VALUES
            -- The guard: it lets the login call the gateway's functions and nothing else. Only a superuser can change this setting.
            ('session_preload_libraries', 'eryxon_mcp', 0),
            ('statement_timeout', '30s', 0),
            ('idle_in_transaction_session_timeout', '30s', 0),
            -- Otherwise a query keeps running after the shim has been killed.
            ('client_connection_check_interval', '1s', 0),
            ('temp_file_limit', '1GB', 0),
            -- Otherwise the caller's key, a bind parameter, is written to the server log: by log_min_duration_statement, by
            -- debug_print_plan (a plan that was made for one key contains it), by auto_explain.
            ('log_parameter_max_length', '0', 0),
            ('log_parameter_max_length_on_error', '0', 0),
            ('plan_cache_mode', 'force_generic_plan', 0),
            ('auto_explain.log_parameter_max_length', '0', 160000),
            ('standard_conforming_strings', 'on', 0),
            -- A serializable transaction can fail when it commits, after its answer was sent.
            ('default_transaction_isolation', 'read committed', 0)) AS s(name, value, since)
         WHERE since <= current_setting('server_version_num')::integer
    LOOP
        EXECUTE format('ALTER ROLE %I SET %s = %L', p_name, v_setting.name, v_setting.value);
    END LOOP;
    -- The guard leaves other logins alone, so a gateway must not be anything else.
    FOR v_other IN
        SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
         WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = p_name) AND r.rolname <> 'eryxon_mcp_gateway'
         GROUP BY r.rolname ORDER BY r.rolname
    LOOP
        RAISE NOTICE 'role % is also a member of %, so it is not limited to the gateway''s functions', p_name, v_other
            USING HINT = format('REVOKE %I FROM %I', v_other, p_name);
    END LOOP;
    IF EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o'
                  AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = p_name)) THEN
        RAISE NOTICE 'role % owns objects, which a gateway should not', p_name
            USING HINT = format('REASSIGN OWNED BY %I TO another role, in each database.', p_name);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.create_mcp_gateway(text, text, integer) IS 'Creates (or repairs) the login of a stdio shim: a member of eryxon_mcp_gateway that can call the gateway''s functions and nothing else (the library, loaded by session_preload_libraries, refuses the rest), with time limits, a limit on temporary files, and settings that keep bind parameters, and so keys, out of the server log. Make one login for each client. p_password: clear, or as PostgreSQL stores it; it is hashed (SCRAM-SHA-256) before any statement contains it; NULL: no password is set or changed. p_connection_limit: how many sessions it may have at once. A NOTICE names other memberships, which lift the guard, and says if the role owns objects. For superusers (session_preload_libraries requires one). Raises 42501 for other callers, 22023 for an empty name, a connection limit that is NULL or below 1, or a role that is a superuser or bypasses RLS.';

CREATE FUNCTION @extschema@.mcp_grant_member(p_role text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA @extschema@ TO %I', p_role);
    EXECUTE format('GRANT SELECT (id, tenant_id, key_prefix, name, description, environment, allowed_tools, rate_limit, enabled, expires_at,
                    last_used_at, usage_count, created_at, updated_at, created_by),
                    UPDATE (name, description, allowed_tools, rate_limit, enabled, expires_at), DELETE
                    ON @extschema@.mcp_authentication_keys TO %I', p_role);
    EXECUTE format('GRANT SELECT ON @extschema@.mcp_key_usage_logs, @extschema@.mcp_server_health, @extschema@.mcp_server_logs TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT (tenant_id, server_name, server_version, enabled, supabase_url, features),
                    UPDATE (server_name, server_version, enabled, supabase_url, features), DELETE
                    ON @extschema@.mcp_server_config TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION @extschema@.get_tenant_info(), @extschema@.mcp_current_profile(),
                    @extschema@.mcp_is_tenant_admin(uuid), @extschema@.get_mcp_server_config(), @extschema@.get_mcp_key_stats(uuid),
                    @extschema@.generate_mcp_key(uuid, text, text, text, jsonb, uuid), @extschema@.rotate_mcp_key(uuid),
                    @extschema@.check_mcp_tool_permission(uuid, text), @extschema@.update_mcp_server_health(uuid, text, integer, text, jsonb),
                    @extschema@.log_mcp_server_activity(uuid, text, text, jsonb) TO %I', p_role);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_grant_member(text) IS 'Grants a web application''s role (PostgREST''s, or Supabase''s authenticated) the privileges that members of a tenant need: on their own keys (without key_hash), logs, health and configuration, restricted by row-level security according to sub in request.jwt.claims. Use it only for a role whose SQL is written by the application. For superusers. Raises 42704 for an unknown role. CREATE EXTENSION calls it for the role authenticated, if it exists.';
