-- The shim's login, and the privileges of a web application's role.

CREATE FUNCTION @extschema@.create_mcp_gateway(p_name text, p_password text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_name IS NULL OR p_name = '' THEN
        RAISE EXCEPTION 'the gateway login must have a name' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_name AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'role % is a superuser or bypasses row-level security and cannot be a gateway', p_name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Choose another name.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_name) THEN
        EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', p_name);
    END IF;
    IF p_password IS NOT NULL THEN
        EXECUTE format('ALTER ROLE %I PASSWORD %L', p_name, p_password);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN INHERIT', p_name);
    EXECUTE format('GRANT eryxon_mcp_gateway TO %I', p_name);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), p_name);
    -- So that the login finds the functions whichever schema the extension is in.
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %s', p_name, current_database(), '@extschema@, pg_temp');
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', p_name);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', p_name);
    -- Otherwise log_min_duration_statement writes the caller's key, a bind parameter, to the server log.
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', p_name);
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', p_name);
    -- Otherwise a query keeps running after the shim has been killed.
    IF current_setting('server_version_num')::integer >= 140000 THEN
        EXECUTE format('ALTER ROLE %I SET client_connection_check_interval = ''1s''', p_name);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.create_mcp_gateway(text, text) IS 'Creates (or repairs) the login of the stdio shim: a member of eryxon_mcp_gateway, with timeouts, and with settings that keep bind parameters, and so keys, out of the server log. p_password NULL: no password is set or changed. For superusers (log_parameter_max_length requires one). Raises 42501 for other callers, 22023 for an empty name or a role that is a superuser or bypasses RLS.';

CREATE FUNCTION @extschema@.mcp_grant_member(p_role text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA @extschema@ TO %I', p_role);
    EXECUTE format('GRANT SELECT (id, tenant_id, key_prefix, name, description, environment, allowed_tools, rate_limit, enabled, expires_at,
                    last_used_at, usage_count, created_at, updated_at, created_by),
                    UPDATE (name, description, allowed_tools, rate_limit, enabled, expires_at), DELETE
                    ON @extschema@.mcp_authentication_keys TO %I', p_role);
    -- The view checks the caller's rights and policies on its tables.
    EXECUTE format('GRANT SELECT (id, tenant_id, key_prefix, name, description, environment, allowed_tools, rate_limit, enabled, expires_at,
                    created_at, updated_at, created_by),
                    UPDATE (name, description, allowed_tools, rate_limit, enabled, expires_at), DELETE
                    ON @extschema@.mcp_keys TO %I', p_role);
    EXECUTE format('GRANT SELECT ON @extschema@.mcp_key_counters TO %I', p_role);
    EXECUTE format('GRANT SELECT ON @extschema@.mcp_key_usage_logs, @extschema@.mcp_refused_calls, @extschema@.mcp_server_health, @extschema@.mcp_server_logs TO %I', p_role);
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
