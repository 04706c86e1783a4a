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

-- On UPDATE only: generate_mcp_key checks what it inserts, and a dump must be restored unchanged. The table's own check of rate_limit would
-- show the whole row, with its hash, in the DETAIL of the error.
CREATE FUNCTION @extschema@.mcp_check_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.allowed_tools IS DISTINCT FROM OLD.allowed_tools THEN
        PERFORM @extschema@.mcp_check_allowed_tools(NEW.allowed_tools);
    END IF;
    IF NOT coalesce(NEW.rate_limit BETWEEN 1 AND 10000, false) THEN
        RAISE EXCEPTION 'rate_limit must be between 1 and 10000 calls per 60 seconds' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_check_key() IS 'Trigger on mcp_keys: raises 22023 unless allowed_tools contains only known tools or "*", 23514 unless rate_limit is between 1 and 10000.';
CREATE TRIGGER mcp_check_key BEFORE UPDATE OF allowed_tools, rate_limit ON @extschema@.mcp_keys
    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_check_key();
