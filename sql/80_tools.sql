-- Creates an SQL function for each tool in the catalogue, and restricts allowed_tools to known tools.

DO $$
DECLARE
    v_tool record;
BEGIN
    FOR v_tool IN SELECT name, title, description FROM @extschema@.mcp_tool_catalog() LOOP
        EXECUTE pg_catalog.format(
            'CREATE FUNCTION @extschema@.%I(p_arguments jsonb DEFAULT ''{}'') RETURNS jsonb LANGUAGE sql VOLATILE AS %L',
            v_tool.name, pg_catalog.format('SELECT @extschema@.mcp_run_tool(%L::pg_catalog.text, p_arguments)', v_tool.name));
        EXECUTE pg_catalog.format('COMMENT ON FUNCTION @extschema@.%I(jsonb) IS %L', v_tool.name,
            pg_catalog.format('MCP tool %s: %s Takes and returns JSON as described by tools/list. Runs for the tenant that mcp_as_tenant chose in this transaction. The call is not recorded. Raises 55000 if no tenant was chosen. For superusers.',
                v_tool.title, v_tool.description));
    END LOOP;
END
$$;

-- On UPDATE only: generate_mcp_key checks what it inserts, and a dump must be restored unchanged.
CREATE FUNCTION @extschema@.mcp_check_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_check_allowed_tools(NEW.allowed_tools);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_check_key() IS 'Trigger on mcp_keys: raises 22023 unless allowed_tools contains only known tools or "*".';
CREATE TRIGGER mcp_check_key BEFORE UPDATE OF allowed_tools ON @extschema@.mcp_keys
    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_check_key();
