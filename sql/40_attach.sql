-- Attaching: what a schema lacks, and the privileges and policies that the sandbox role gets on its tables.

CREATE FUNCTION @extschema@.mcp_mes_missing(p_schema text)
RETURNS TABLE (missing text, statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH wanted AS (
    SELECT t.*, to_regclass(format('%I.%I', p_schema, t.table_name)) AS relation
      FROM @extschema@.mcp_mes_tables(p_schema) t
), wanted_columns AS (
    SELECT w.table_name, w.relation, d.ordinality AS position, split_part(d.definition, ' ', 1) AS column_name,
           split_part(d.definition, ' ', 2) AS type_name, d.definition
      FROM wanted w
     CROSS JOIN LATERAL regexp_split_to_table(w.columns, ',\s*') WITH ORDINALITY AS d (definition, ordinality)
     -- Of a table that may be missing, the tools use what they know.
     WHERE NOT w.optional
), found AS (
    SELECT 1 AS step, 'type ' || e.type_name AS missing,
           format('CREATE TYPE %I.%I AS ENUM (%s);', p_schema, e.type_name,
                  (SELECT string_agg(quote_literal(l), ', ' ORDER BY o) FROM unnest(e.labels) WITH ORDINALITY u (l, o)))
           AS statement
      FROM @extschema@.mcp_mes_enums() e
     WHERE to_regtype(format('%I.%I', p_schema, e.type_name)) IS NULL
    UNION ALL
    SELECT 2, format('label %s of type %s', l, e.type_name),
           format('ALTER TYPE %I.%I ADD VALUE %L;', p_schema, e.type_name, l)
      FROM @extschema@.mcp_mes_enums() e CROSS JOIN LATERAL unnest(e.labels) l
     WHERE to_regtype(format('%I.%I', p_schema, e.type_name)) IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM pg_enum
                        WHERE enumtypid = to_regtype(format('%I.%I', p_schema, e.type_name)) AND enumlabel = l)
    UNION ALL
    SELECT 3, 'table ' || w.table_name,
           format('CREATE TABLE %I.%I (%s%s);', p_schema, w.table_name, w.columns,
                  ', PRIMARY KEY (' || w.unique_key || ')')
      FROM wanted w
     WHERE w.relation IS NULL AND NOT w.optional
    UNION ALL
    SELECT 3, format('table %s (an object of that name exists but is not a table)', w.table_name), NULL
      FROM wanted w JOIN pg_class c ON c.oid = w.relation
     WHERE c.relkind NOT IN ('r', 'p')
    UNION ALL
    SELECT 4, format('column %s.%s (%s)', c.table_name, c.column_name, c.type_name),
           format('ALTER TABLE %I.%I ADD COLUMN %s;', p_schema, c.table_name, c.definition)
      FROM wanted_columns c
     WHERE c.relation IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM pg_attribute a
                        WHERE a.attrelid = c.relation AND a.attname = c.column_name AND NOT a.attisdropped)
    UNION ALL
    -- A type of the same name in another schema has its owner's operators and casts.
    SELECT 5, format('column %s.%s of type %s (it is %s)', c.table_name, c.column_name, c.type_name,
                     CASE y.typname WHEN c.type_name THEN format('%I.%I', n.nspname, y.typname) ELSE y.typname END), NULL
      FROM wanted_columns c
      JOIN pg_attribute a ON a.attrelid = c.relation AND a.attname = c.column_name AND NOT a.attisdropped
      JOIN pg_type y ON y.oid = a.atttypid
      JOIN pg_namespace n ON n.oid = y.typnamespace
     WHERE y.typname <> c.type_name
        OR n.nspname <> CASE WHEN c.type_name IN (SELECT e.type_name FROM @extschema@.mcp_mes_enums() e) THEN p_schema
                             ELSE 'pg_catalog' END
    UNION ALL
    SELECT 6, format('unique key (%s) of table %s', w.unique_key, w.table_name),
           format('ALTER TABLE %I.%I ADD UNIQUE (%s);', p_schema, w.table_name, w.unique_key)
      FROM wanted w
     WHERE w.relation IS NOT NULL AND w.unique_key IS NOT NULL
       AND NOT EXISTS (
            SELECT 1 FROM pg_index i
             WHERE i.indrelid = w.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
               AND i.indexprs IS NULL
               AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
                     WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
                   = (SELECT array_agg(k ORDER BY k) FROM regexp_split_to_table(w.unique_key, ',\s*') k))
)
SELECT missing, statement FROM found ORDER BY step, missing
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_missing(text) IS 'What the tools require and the given schema lacks: one row per table, column, type, label or unique key, with the statement that adds it (NULL where a person must decide). Reads only the catalog. For superusers.';

CREATE FUNCTION @extschema@.mcp_forget_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant uuid;
BEGIN
    -- The column's type is the host's. A cast of another type, also an implicit one in a comparison, is a function of its owner and would run
    -- with the rights of this one. Nothing may look at the value before; and a kept plan for one type is an error with another.
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = TG_RELID AND a.attname = 'id' AND NOT a.attisdropped AND a.atttypid = 'pg_catalog.uuid'::regtype) THEN
        RAISE WARNING 'the keys and records of the deleted tenant were kept: tenants.id is no uuid any more';
        RETURN NULL;
    END IF;
    v_tenant := OLD.id;
    DELETE FROM @extschema@.mcp_key_usage_logs WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_refused_calls WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_server_logs WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_server_health WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_server_config WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_job_times WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_ncr_numbers WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_ncr_counters WHERE tenant_id = v_tenant;
    DELETE FROM @extschema@.mcp_keys WHERE tenant_id = v_tenant;
    RETURN NULL;
END
$$;
-- SECURITY DEFINER, because a role that may delete a tenant need not have privileges on keys. The function takes no argument and
-- can only be called as a trigger, which only a table's owner can create.
ALTER FUNCTION @extschema@.mcp_forget_tenant() OWNER TO eryxon_mcp_owner;
COMMENT ON FUNCTION @extschema@.mcp_forget_tenant() IS 'Trigger on tenants: deletes the keys and records of a deleted tenant. The extension''s tables have no foreign key to tenants, because pg_dump would lose it.';

CREATE FUNCTION @extschema@.mcp_detach_mes(p_schema text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    FOR r IN SELECT p.polname, c.oid::regclass AS relation
               FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
              WHERE c.relnamespace = to_regnamespace(quote_ident(p_schema))
                AND c.relname IN (SELECT table_name FROM @extschema@.mcp_mes_tables(p_schema))
                AND p.polname LIKE 'eryxon\_mcp\_%'
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', r.polname, r.relation);
    END LOOP;
    FOR r IN SELECT to_regclass(format('%I.%I', p_schema, table_name)) AS relation
               FROM @extschema@.mcp_mes_tables(p_schema)
    LOOP
        CONTINUE WHEN r.relation IS NULL;
        EXECUTE format('REVOKE ALL ON TABLE %s FROM eryxon_mcp_tenant, eryxon_mcp_recorder, eryxon_mcp_owner', r.relation);
        IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = r.relation AND tgname = 'eryxon_mcp_forget_tenant') THEN
            EXECUTE format('DROP TRIGGER eryxon_mcp_forget_tenant ON %s', r.relation);
        END IF;
    END LOOP;
    DELETE FROM @extschema@.mcp_installed_policies WHERE of_mes; -- Only one schema is attached.
    UPDATE @extschema@.mcp_settings SET mes_schema = NULL WHERE mes_schema = p_schema;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_detach_mes(text) IS
'Removes the policies, privileges and the trigger that mcp_attach_mes added to the tables of a schema; row-level security stays enabled, and no row changes. Does nothing if they are not there. For superusers. Raises 42501 for other callers.';

CREATE FUNCTION @extschema@.mcp_attach_mes(p_schema text DEFAULT 'public') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- The permissive policy is plain true: with the tenant in it, an OR with another policy would hide the tenant from the planner.
    -- The tenant is in a restrictive policy, because a live database may have permissive policies for PUBLIC.
    c_sandbox constant text := 'CREATE POLICY eryxon_mcp_access ON %1$s TO eryxon_mcp_tenant USING (true) WITH CHECK (true);
        CREATE POLICY eryxon_mcp_tenant_only ON %1$s AS RESTRICTIVE TO eryxon_mcp_tenant USING (%2$s) WITH CHECK (%3$s)';
    c_recorder constant text := 'CREATE POLICY eryxon_mcp_record ON %1$s FOR INSERT TO eryxon_mcp_recorder WITH CHECK (true);
        CREATE POLICY eryxon_mcp_record_tenant_only ON %1$s AS RESTRICTIVE TO eryxon_mcp_recorder USING (%2$s) WITH CHECK (%2$s);
        GRANT INSERT ON TABLE %1$s TO eryxon_mcp_recorder';
    -- A subselect, so that it is evaluated once per statement and not for each row and index scan.
    c_tenant constant text := '(SELECT @extschema@.current_mcp_tenant())';
    v_missing text[];
    v_statements text;
    v_attached text;
    v_relation regclass;
    v_qual text;
    t record;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    IF to_regnamespace(quote_ident(p_schema)) IS NULL THEN
        RAISE EXCEPTION 'schema "%" does not exist', p_schema
            USING ERRCODE = 'invalid_schema_name', HINT = format('SELECT mes_create_schema(%L) creates it.', p_schema);
    END IF;
    PERFORM @extschema@.mcp_assert_closed_schema(p_schema,
        'read and change what tools do for each tenant, by triggers and policies of the tables');
    SELECT array_agg(m.missing ORDER BY m.n), string_agg(m.statement, E'\n' ORDER BY m.n)
      INTO v_missing, v_statements
      FROM @extschema@.mcp_mes_missing(p_schema) WITH ORDINALITY AS m (missing, statement, n);
    IF v_missing IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" lacks % that the tools require', p_schema,
                CASE cardinality(v_missing) WHEN 1 THEN 'one object' ELSE cardinality(v_missing) || ' objects' END
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'Missing: ' || array_to_string(v_missing, ', ') || '.',
                  HINT = CASE WHEN to_regclass(format('%I.tenants', p_schema)) IS NULL
                              THEN format('SELECT mes_create_schema(%L) creates the tables.', p_schema)
                              ELSE coalesce(v_statements || E'\n', '') || format('SELECT mcp_attach_mes(%L);', p_schema)
                         END;
    END IF;

    SELECT mes_schema INTO v_attached FROM @extschema@.mcp_settings FOR UPDATE;
    IF v_attached <> p_schema THEN
        RAISE NOTICE 'attaching schema "%" instead of "%"', p_schema, v_attached;
        PERFORM @extschema@.mcp_detach_mes(v_attached);
    END IF;
    PERFORM @extschema@.mcp_detach_mes(p_schema);

    EXECUTE format('GRANT USAGE ON SCHEMA %I TO eryxon_mcp_tenant, eryxon_mcp_recorder', p_schema);
    FOR t IN SELECT *, (SELECT '(' || string_agg(split_part(c, ' ', 1), ', ') || ')'
                          FROM regexp_split_to_table(m.columns, ',\s*') c) AS column_list
               FROM @extschema@.mcp_mes_tables(p_schema) m
    LOOP
        v_relation := to_regclass(format('%I.%I', p_schema, t.table_name));
        -- An optional table that is missing, or that is another one of the same name.
        CONTINUE WHEN v_relation IS NULL OR t.optional AND EXISTS (
            SELECT FROM regexp_split_to_table(t.columns, ',\s*') d
             WHERE NOT EXISTS (SELECT FROM pg_attribute
                                WHERE attrelid = v_relation AND attname = split_part(d, ' ', 1) AND NOT attisdropped));
        IF t.tenant_path NOT LIKE '%>%' THEN
            v_qual := format('%I = %s', t.tenant_path, c_tenant);
        ELSIF EXISTS (SELECT 1 FROM pg_attribute
                       WHERE attrelid = v_relation AND attname = 'tenant_id' AND NOT attisdropped) THEN
            v_qual := format('tenant_id = %s', c_tenant);
        ELSE
            -- Check every reference, not only the first: with a foreign key by id alone, a row could point into another tenant.
            SELECT string_agg(format('EXISTS (SELECT 1 FROM %I.%I p WHERE p.id = %I.%I AND p.tenant_id = %s)', p_schema,
                                     split_part(l, ' > ', 2), t.table_name, split_part(l, ' > ', 1), c_tenant), ' AND ')
              INTO v_qual
              FROM regexp_split_to_table(t.tenant_path, ',\s*') l;
        END IF;
        EXECUTE format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$s FORCE ROW LEVEL SECURITY', v_relation);
        -- A person's tenant is looked up by their profile, when no tenant is known yet.
        EXECUTE format(c_sandbox, v_relation, v_qual || CASE t.table_name WHEN 'profiles'
            THEN ' OR id = (SELECT @extschema@.current_mcp_person())' ELSE '' END, v_qual);
        IF t.tool_rights <> '' THEN
            EXECUTE format('GRANT %s ON TABLE %s TO eryxon_mcp_tenant',
                           replace(t.tool_rights, '{columns}', t.column_list), v_relation);
        END IF;
        IF t.table_name = 'activity_log' THEN
            EXECUTE format(c_recorder, v_relation, v_qual);
        END IF;
    END LOOP;
    EXECUTE format('CREATE TRIGGER eryxon_mcp_forget_tenant AFTER DELETE ON %I.tenants
                    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_forget_tenant()', p_schema);

    INSERT INTO @extschema@.mcp_installed_policies (relation, policy, statement, of_mes)
    SELECT p.polrelid::regclass, p.polname, @extschema@.mcp_policy_statement(p.oid), true FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE c.relnamespace = to_regnamespace(quote_ident(p_schema)) AND p.polname LIKE 'eryxon\_mcp\_%'
       AND c.relname IN (SELECT table_name FROM @extschema@.mcp_mes_tables(p_schema));
    UPDATE @extschema@.mcp_settings SET mes_schema = p_schema;
    FOR t IN SELECT * FROM @extschema@.mcp_mes_warnings(p_schema) LOOP RAISE WARNING '%', t.warning; END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_attach_mes(text) IS
'Binds the MCP layer to the MES tables of a schema: checks that everything the tools require is there, enables and forces row-level security, grants eryxon_mcp_tenant its privileges and tenant policies and eryxon_mcp_recorder INSERT on activity_log, and stores the schema''s name. Repeating it changes nothing; attaching another schema replaces the previous one. Never creates or changes a column; locks each table until the transaction ends. Warns of what mcp_mes_warnings finds. Raises: 3F000 if the schema does not exist, 55000 if something is missing (DETAIL lists it, HINT gives the statements that add it) or if anyone but superusers and the schema''s owner may create objects in it (HINT gives the REVOKE); warns if that owner is no superuser; 42501 for other callers. For superusers.';
