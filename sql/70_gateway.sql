-- The shim's login.

CREATE FUNCTION @extschema@.create_mcp_gateway(p_name text, p_password text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
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
