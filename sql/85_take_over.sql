-- The keys that Eryxon Flow made itself.

-- Kept when the key is deleted, or taking over again would bring it back.
CREATE TABLE @extschema@.mcp_taken_over_keys (
    key_id uuid PRIMARY KEY,
    taken_over_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE @extschema@.mcp_taken_over_keys ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE @extschema@.mcp_taken_over_keys IS 'The ids of the keys that mcp_take_over_keys took over, also of those that were deleted since: it does not take them over again.';
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_taken_over_keys', '');

CREATE FUNCTION @extschema@.mcp_take_over_keys(p_schema text DEFAULT 'public')
RETURNS TABLE (key_name text, tenant_id uuid, key_id uuid, outcome text, remarks text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- Every attempt with a wrong key of a known prefix costs a hash for each; admission looks at no more.
    c_most_of_a_prefix constant integer := 8;
    -- Twice as many rounds for each step: at 12, a hash takes 0.2 s.
    c_highest_cost constant integer := 12;
    c_columns constant text[] := '{id,tenant_id,key_hash,key_prefix,name,description,environment,allowed_tools,rate_limit,enabled,last_used_at,usage_count,created_at,created_by}';
    v_table oid;
    v_lacking text;
    v_remarks text[];
    v_limit integer;
    v_allowed jsonb;
    v_name text;
    v_here boolean;
    v_tenant uuid;
    v_has_tenant boolean := false;
    k record;
BEGIN
    -- Not a member of eryxon_mcp_owner: the table's policies would run for it, and with its rights.
    IF NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) OR NOT @extschema@.mcp_caller_is_operator() THEN
        RAISE EXCEPTION 'only superusers may take keys over' USING ERRCODE = 'insufficient_privilege', HINT = 'Call it as a superuser.';
    END IF;
    v_table := to_regclass(quote_ident(p_schema) || '.mcp_authentication_keys');
    IF v_table IS NULL THEN
        RAISE EXCEPTION 'schema "%" has no table mcp_authentication_keys', p_schema
            USING ERRCODE = 'undefined_table', HINT = 'Name the schema of Eryxon Flow''s tables, which need not be attached.';
    END IF;
    -- What is checked here stays so until the end.
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS SHARE MODE', v_table::regclass);
    -- Reading an ordinary table with built-in types runs nobody's code; reading anything else may.
    SELECT string_agg(c.name, ', ') INTO v_lacking
      FROM unnest(c_columns) c (name)
     WHERE NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                        WHERE a.attrelid = v_table AND a.attname = c.name AND NOT a.attisdropped
                          AND y.typnamespace = 'pg_catalog'::regnamespace);
    IF v_lacking IS NOT NULL OR (SELECT t.relkind <> 'r' FROM pg_class t WHERE t.oid = v_table) THEN
        RAISE EXCEPTION 'table % is not one that Eryxon Flow made', v_table::regclass
            USING ERRCODE = 'wrong_object_type',
                  DETAIL = coalesce('It lacks these columns, or they are of other types: ' || v_lacking || '.', 'It is not an ordinary table.');
    END IF;
    PERFORM @extschema@.mcp_tenant_exists(NULL); -- Raises if nothing is attached, also without any key.

    FOR k IN EXECUTE format('SELECT * FROM ONLY %s ORDER BY tenant_id, name, id', v_table::regclass) LOOP
        key_name := k.name;
        tenant_id := k.tenant_id;
        key_id := k.id;
        -- The keys come tenant by tenant, and each look-up is a subtransaction.
        IF k.tenant_id IS DISTINCT FROM v_tenant THEN
            v_tenant := k.tenant_id;
            v_has_tenant := @extschema@.mcp_tenant_exists(v_tenant);
        END IF;
        SELECT o.enabled AS enabled INTO v_here FROM @extschema@.mcp_keys o WHERE o.id = k.id OR o.key_hash = k.key_hash;
        IF FOUND THEN
            outcome := 'unchanged';
            remarks := 'it is here already' || CASE WHEN v_here AND k.enabled IS NOT TRUE THEN ', and works: the application has switched off only its own'
                                                    ELSE '' END;
            RETURN NEXT;
            CONTINUE;
        END IF;
        remarks := CASE
            WHEN EXISTS (SELECT FROM @extschema@.mcp_taken_over_keys o WHERE o.key_id = k.id) THEN 'it was deleted here'
            WHEN NOT v_has_tenant THEN 'its tenant is gone'
            WHEN (k.key_hash ~ '^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$') IS NOT TRUE THEN 'its hash is not bcrypt''s'
            WHEN substr(k.key_hash, 5, 2)::integer > c_highest_cost THEN format('its hash has a cost of more than %s: each use would take seconds', c_highest_cost)
            WHEN (k.key_prefix ~ '^mcp_(live|test)_[A-Za-z0-9_-]{3}$') IS NOT TRUE THEN 'its prefix is not the first 12 characters of a key'
            WHEN (SELECT count(*) FROM @extschema@.mcp_keys o WHERE o.short_prefix = k.key_prefix) >= c_most_of_a_prefix
                THEN format('%s unused keys with the prefix %s are here already', c_most_of_a_prefix, k.key_prefix) END;
        IF remarks IS NOT NULL THEN
            outcome := 'left out';
            RETURN NEXT;
            CONTINUE;
        END IF;

        v_remarks := '{}';
        v_name := left(btrim(coalesce(k.name, ''), E' \t\n\r'), 190);
        IF v_name !~ '\S' THEN
            v_name := k.key_prefix;
        END IF;
        IF EXISTS (SELECT FROM @extschema@.mcp_keys o WHERE o.tenant_id = k.tenant_id AND o.name = v_name) THEN
            v_name := format('%s (%s)', v_name, left(k.id::text, 8));
            v_remarks := v_remarks || format('the tenant has a key of its name already; it is now called %s', v_name);
        END IF;
        SELECT jsonb_agg(t.name ORDER BY t.position) FILTER (WHERE t.known),
               v_remarks || ('unknown tools left out: ' || string_agg(left(t.name, 63), ', ' ORDER BY t.position) FILTER (WHERE NOT t.known))
          INTO v_allowed, v_remarks
          FROM (SELECT e.name, e.position, e.name = '*' OR EXISTS (SELECT FROM @extschema@.mcp_tool_catalog() c WHERE c.name = e.name) AS known
                  FROM jsonb_array_elements_text(CASE jsonb_typeof(k.allowed_tools) WHEN 'array' THEN k.allowed_tools ELSE '[]' END)
                       WITH ORDINALITY e (name, position)) t;
        IF v_allowed IS NULL THEN
            v_allowed := '[]';
            v_remarks := v_remarks || 'it may call no tool until allowed_tools is set'::text;
        END IF;
        v_limit := least(greatest(coalesce(k.rate_limit, 100), 1), 10000);
        IF v_limit IS DISTINCT FROM k.rate_limit THEN
            v_remarks := v_remarks || format('rate_limit %s became %s', coalesce(k.rate_limit::text, 'NULL'), v_limit);
        END IF;

        INSERT INTO @extschema@.mcp_keys (id, tenant_id, key_hash, short_prefix, name, description, environment, allowed_tools, rate_limit, enabled,
                                          created_at, created_by)
        VALUES (k.id, k.tenant_id, k.key_hash, k.key_prefix, v_name, k.description, substr(k.key_prefix, 5, 4), v_allowed, v_limit,
                coalesce(k.enabled, false), coalesce(k.created_at, clock_timestamp()), k.created_by);
        INSERT INTO @extschema@.mcp_taken_over_keys (key_id) VALUES (k.id);
        IF k.usage_count > 0 THEN
            INSERT INTO @extschema@.mcp_key_counters (key_id, tenant_id, uses, last_used_at)
            VALUES (k.id, k.tenant_id, k.usage_count, k.last_used_at);
        END IF;
        key_name := v_name;
        outcome := 'taken over';
        remarks := nullif(array_to_string(array_remove(v_remarks, NULL), '; '), '');
        RETURN NEXT;
    END LOOP;
    -- Those that the application has deleted since.
    FOR key_name, tenant_id, key_id IN EXECUTE format('SELECT o.name, o.tenant_id, o.id FROM @extschema@.mcp_keys o JOIN @extschema@.mcp_taken_over_keys t ON t.key_id = o.id
                           WHERE NOT EXISTS (SELECT FROM ONLY %s k WHERE k.id = o.id) ORDER BY o.tenant_id, o.name', v_table::regclass) LOOP
        outcome := 'unchanged';
        remarks := 'the application has deleted its own; here it is as it was';
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_take_over_keys(text) IS
'Copies the keys that Eryxon Flow made itself (41 characters, bcrypt) from mcp_authentication_keys of a schema, with their names, tools, limits, owners and counters; they keep working for their holders. One row for each: outcome is taken over, left out or unchanged, and remarks says why, or what became different. Calling it again takes over what is new, leaves out what was deleted here, and says which keys the application has switched off or deleted since: that has no effect here. The other table is only read. A key is found by its first 12 characters until its first use, which stores its 20-character prefix. Keys whose hash costs more than 12, or whose prefix 8 unused ones have already, are left out. Raises 42501 for other callers than superusers, 42P01 if there is no such table, 42809 if it is not of that form, 55000 if no MES schema is attached.';
