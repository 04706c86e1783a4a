-- The shim's login.

CREATE FUNCTION @extschema@.mcp_gateway_settings()
RETURNS TABLE (setting text, value text, may_differ boolean, severity text, purpose text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT s.* FROM (VALUES
    ('session_preload_libraries', 'eryxon_mcp', false, 'severe', 'the library guards its sessions'),
    ('statement_timeout', '30s', true, 'warning', 'no call runs without end'),
    ('idle_in_transaction_session_timeout', '30s', true, 'warning', 'no transaction stays open'),
    ('client_connection_check_interval', '1s', true, 'warning', 'no query keeps running after the shim has been killed'),
    ('log_parameter_max_length', '0', false, 'severe', 'the server log does not show the caller''s key, a bind parameter'),
    ('log_parameter_max_length_on_error', '0', false, 'severe', 'the server log does not show the caller''s key, a bind parameter'),
    ('auto_explain.log_parameter_max_length', '0', false, 'severe', 'the server log does not show the caller''s key, a bind parameter'),
    ('plan_cache_mode', 'force_generic_plan', false, 'severe', 'no plan contains the caller''s key'),
    ('temp_file_limit', '1GB', true, 'warning', 'no call fills the disk'),
    ('standard_conforming_strings', 'on', false, 'warning', 'texts mean what the shim means'),
    ('default_transaction_isolation', 'read committed', false, 'warning', 'no call fails after its answer was sent, when it commits')
) s (setting, value, may_differ, severity, purpose)
 WHERE s.setting NOT LIKE 'auto_explain.%' OR current_setting('server_version_num')::integer >= 160000
$$;
COMMENT ON FUNCTION @extschema@.mcp_gateway_settings() IS 'The settings of a gateway''s login, with their purposes; may_differ: another value is as good, unless it is 0 or -1. severity: of the finding of mcp_doctor if one is missing. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.create_mcp_gateway(p_name text, p_password text DEFAULT NULL, p_connection_limit integer DEFAULT 20)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_setting record;
    v_other text;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
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
    FOR v_setting IN SELECT * FROM @extschema@.mcp_gateway_settings() LOOP
        EXECUTE format('ALTER ROLE %I SET %s = %L', p_name, v_setting.setting, v_setting.value);
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
COMMENT ON FUNCTION @extschema@.create_mcp_gateway(text, text, integer) IS 'Creates (or repairs) the login of a stdio shim: a member of eryxon_mcp_gateway that can call the gateway''s functions and nothing else (the library, loaded by session_preload_libraries, refuses the rest), with time limits, a limit on temporary files, and settings that keep bind parameters, and so keys, out of the server log. Make one login for each client. p_password: clear, or as PostgreSQL stores it; it is hashed (SCRAM-SHA-256) before any statement contains it; NULL: no password is set or changed. p_connection_limit: how many sessions it may have at once. Repeating it sets all of this anew, the connection limit too. A NOTICE names other memberships, which lift the guard, and says if the role owns objects. For superusers (session_preload_libraries requires one). Raises 42501 for other callers, 22023 for an empty name, a connection limit that is NULL or below 1, or a role that is a superuser or bypasses RLS.';
