-- Logins: the shim's, and the rights of a web application's role.

CREATE FUNCTION @extschema@.create_mcp_gateway(p_name text, p_password text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_name IS NULL OR p_name = '' THEN
        RAISE EXCEPTION 'the gateway''s login needs a name' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_name AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'role % is a superuser or bypasses row level security: it is no gateway', p_name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'choose another name';
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
    -- A login finds the functions wherever the extension is.
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %s', p_name, current_database(), '@extschema@, pg_temp');
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', p_name);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', p_name);
    -- Else log_min_duration_statement writes the caller's key, a bind parameter, into the server's log.
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', p_name);
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', p_name);
    -- Else a query goes on when the shim was killed.
    IF current_setting('server_version_num')::integer >= 140000 THEN
        EXECUTE format('ALTER ROLE %I SET client_connection_check_interval = ''1s''', p_name);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.create_mcp_gateway(text, text) IS 'Makes (or mends) the login of the stdio shim: member of eryxon_mcp_gateway, with time limits, and with settings that keep bind parameters, so keys, out of the server''s log. p_password NULL: no password is set or changed. For superusers (log_parameter_max_length needs one); others: 42501. An empty name, or a role that is a superuser or bypasses RLS: 22023.';

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
COMMENT ON FUNCTION @extschema@.mcp_grant_member(text) IS 'Gives a web application''s role (PostgREST''s, Supabase''s authenticated) what tenants'' people need: their own keys without key_hash, logs, health and configuration, held back by row level security, by sub in request.jwt.claims. Grant it only to a role whose SQL the application writes. For superusers; an unknown role: 42704. CREATE EXTENSION calls it for the role authenticated, if there is one.';
