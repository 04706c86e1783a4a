-- Who is calling: the tenant, and the role of the person or the call.

CREATE TYPE @extschema@.mcp_tenant_info AS (id uuid, name text, company_name text, plan text, status text);
COMMENT ON TYPE @extschema@.mcp_tenant_info IS 'What get_tenant_info() returns.';

-- None of these functions may run in a query with parallel workers (they are PARALLEL UNSAFE, the default): reading a table of the host takes
-- a subtransaction. They trust `sub` in request.jwt.claims, PostgREST's convention. Anyone who can send SQL as a role with privileges on this
-- extension can set that claim, so such roles must only be reachable through PostgREST or an application.
CREATE FUNCTION @extschema@.mcp_current_profile()
RETURNS TABLE (tenant_id uuid, is_admin boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_schema text := (SELECT mes_schema FROM @extschema@.mcp_settings);
    v_claims text := nullif(current_setting('request.jwt.claims', true), '');
    v_user uuid;
BEGIN
    IF v_schema IS NULL OR v_claims IS NULL THEN
        RETURN;
    END IF;
    BEGIN
        v_user := (v_claims::jsonb ->> 'sub')::uuid;
    EXCEPTION WHEN data_exception THEN
        RETURN;
    END;
    RETURN QUERY SELECT * FROM @extschema@.mcp_read_profile(v_schema, v_user);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_current_profile() IS 'The tenant of the active profile whose id is sub in the setting request.jwt.claims, and whether that person is an admin; for a root admin, the tenant selected at the moment. No row if there is no such profile. Used by policies. For members.';

CREATE FUNCTION @extschema@.get_tenant_info()
RETURNS @extschema@.mcp_tenant_info
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant uuid := coalesce(@extschema@.current_mcp_tenant(), (SELECT tenant_id FROM @extschema@.mcp_current_profile()));
    v_schema text := (SELECT mes_schema FROM @extschema@.mcp_settings);
    v_info @extschema@.mcp_tenant_info;
BEGIN
    IF v_tenant IS NULL OR v_schema IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_info FROM @extschema@.mcp_read_tenant(v_schema, v_tenant);
    RETURN v_info;
END
$$;
COMMENT ON FUNCTION @extschema@.get_tenant_info() IS 'The tenant as one composite value (id, name, company_name, plan, status): inside a call, the key''s tenant; otherwise the tenant of the profile whose id is sub in request.jwt.claims; otherwise NULL. For members and tools. Example: UPDATE mcp_authentication_keys SET rate_limit = 500 WHERE tenant_id = (get_tenant_info()).id AND name = ''Production'';';

CREATE FUNCTION @extschema@.mcp_is_tenant_admin(p_tenant_id uuid)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT coalesce((SELECT p.is_admin AND p.tenant_id = p_tenant_id FROM @extschema@.mcp_current_profile() p), false)
$$;
COMMENT ON FUNCTION @extschema@.mcp_is_tenant_admin(uuid) IS 'Whether the person in request.jwt.claims is an admin of this tenant; false for NULL and without claims. For members.';

CREATE FUNCTION @extschema@.mcp_assert_operator()
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT coalesce(@extschema@.mcp_caller_is_operator(), false) THEN
        RAISE EXCEPTION 'only operators may do this'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Call it as a superuser or a member of eryxon_mcp_owner.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_assert_operator() IS 'Raises 42501 unless mcp_caller_is_operator(). The functions for operators call it, so that a wrong grant does not open them. For eryxon_mcp_owner.';
