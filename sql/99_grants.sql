-- Owners, search paths and privileges; last, when all objects exist.

DO $$
DECLARE
    v_object record;
BEGIN
    EXECUTE 'GRANT USAGE ON SCHEMA @extschema@ TO eryxon_mcp_owner, eryxon_mcp_gateway, eryxon_mcp_tenant';
    FOR v_object IN
        SELECT c.oid::pg_catalog.regclass AS name
          FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e' AND c.relkind IN ('r', 'v')
           AND d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'eryxon_mcp')
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO eryxon_mcp_owner', v_object.name);
    END LOOP;
    FOR v_object IN
        SELECT p.oid::pg_catalog.regprocedure AS name, p.prosecdef, p.proconfig, l.lanname
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_proc p ON p.oid = d.objid
          JOIN pg_catalog.pg_language l ON l.oid = p.prolang
         WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e'
           AND d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'eryxon_mcp')
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_object.name);
        IF v_object.prosecdef THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO eryxon_mcp_owner', v_object.name);
        END IF;
        -- C functions refer to this extension's tables without a schema, so the search path supplies it. Their statements are planned once.
        IF v_object.prosecdef AND v_object.lanname = 'c' THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s SET search_path = @extschema@, pg_temp', v_object.name);
            EXECUTE pg_catalog.format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_object.name);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'authenticated') THEN
        PERFORM @extschema@.mcp_grant_member('authenticated');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION @extschema@.mcp_call_tool(text, text, jsonb, jsonb), @extschema@.mcp_list_tools(text),
    @extschema@.validate_mcp_key(text), @extschema@.mcp_heartbeat(text, text, integer, jsonb) TO eryxon_mcp_gateway;
GRANT EXECUTE ON FUNCTION @extschema@.current_mcp_tenant(), @extschema@.current_mcp_person(), @extschema@.get_tenant_info()
    TO eryxon_mcp_tenant;
GRANT EXECUTE ON FUNCTION @extschema@.current_mcp_tenant() TO eryxon_mcp_recorder;
-- SECURITY DEFINER functions call these functions as their owner.
GRANT EXECUTE ON FUNCTION @extschema@.current_mcp_tenant(), @extschema@.mcp_caller_is_operator(),
    @extschema@.mcp_read_profile(text, uuid), @extschema@.mcp_read_tenant(text, uuid),
    @extschema@.mcp_assert_may_act_for(uuid), @extschema@.mcp_write_health(uuid, uuid, text, integer, text, jsonb, timestamptz) TO eryxon_mcp_owner;
GRANT EXECUTE ON FUNCTION @extschema@.mcp_check_allowed_tools(jsonb) TO eryxon_mcp_owner;
