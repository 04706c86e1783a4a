-- Attaching: makes what mcp_mes_plan lists, and writes it down.

CREATE FUNCTION @extschema@.mcp_delete_tenant_rows(p_tenant uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
BEGIN
    DELETE FROM @extschema@.mcp_key_usage_logs WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_refused_calls WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_server_logs WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_server_health WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_server_config WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_job_times WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_ncr_numbers WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_ncr_counters WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_keys WHERE tenant_id = p_tenant;
    DELETE FROM @extschema@.mcp_server_logs WHERE event_type = 'tenant_not_forgotten' AND metadata ->> 'tenant_id' = p_tenant::text;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_delete_tenant_rows(uuid) IS 'Deletes the keys and records of a tenant. Nothing for NULL and an unknown tenant. Called by mcp_forget_tenant; a finding of mcp_doctor says when to call it by hand. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_forget_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    v_tenant uuid;
    v_reason text;
BEGIN
    -- The column's type is the host's. A cast of another type, also an implicit one in a comparison, is a function of its owner and would run
    -- with the rights of this one. Nothing may look at the value before; and a kept plan for one type is an error with another.
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = TG_RELID AND a.attname = 'id' AND NOT a.attisdropped AND a.atttypid = 'pg_catalog.uuid'::regtype) THEN
        RAISE WARNING 'the keys and records of the deleted tenant were kept: tenants.id is no uuid any more';
        RETURN NULL;
    END IF;
    v_tenant := OLD.id;
    -- The application's own statement neither fails nor waits for this.
    BEGIN
        PERFORM @extschema@.mcp_delete_tenant_rows(v_tenant);
    EXCEPTION WHEN OTHERS THEN
        v_reason := SQLERRM;
        BEGIN
            INSERT INTO @extschema@.mcp_server_logs (event_type, message, metadata)
            VALUES ('tenant_not_forgotten', 'the keys and records of a deleted tenant are still here: ' || v_reason, jsonb_build_object('tenant_id', v_tenant));
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'the keys and records of deleted tenant % were kept: %', v_tenant, v_reason
                USING HINT = format('SELECT @extschema@.mcp_delete_tenant_rows(%L);', v_tenant);
        END;
    END;
    RETURN NULL;
END
$$;
-- SECURITY DEFINER, because a role that may delete a tenant need not have privileges on keys. The function takes no argument and
-- can only be called as a trigger, which only a table's owner can create.
ALTER FUNCTION @extschema@.mcp_forget_tenant() OWNER TO eryxon_mcp_owner;
COMMENT ON FUNCTION @extschema@.mcp_forget_tenant() IS 'Trigger on tenants: deletes the keys and records of a deleted tenant. The extension''s tables have no foreign key to tenants, because pg_dump would lose it. It never makes the application''s statement fail, and waits 100 ms at most for a lock: what it could not delete is an event of mcp_server_logs (tenant_not_forgotten) and a finding of mcp_doctor.';

CREATE FUNCTION @extschema@.mcp_attach_mes(p_schema text DEFAULT 'public', p_enable_rls boolean DEFAULT false, p_lock_timeout_ms integer DEFAULT 2000)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off SET lock_timeout = '2s' AS $$
DECLARE
    v_timeout constant text := CASE WHEN p_lock_timeout_ms <> 2000 THEN format(', p_lock_timeout_ms := %s', p_lock_timeout_ms) ELSE '' END;
    v_again constant text := format('SELECT @extschema@.mcp_attach_mes(%L%s%s);', p_schema, CASE WHEN p_enable_rls THEN ', p_enable_rls := true' END, v_timeout);
    v_found text[];
    v_statements text;
    v_attached text;
    v_unavailable jsonb;
    v_switch boolean;
    v_until timestamptz;
    v_hint text;
    t record;
BEGIN
    -- First of all, while nothing else is held that others wait for.
    v_attached := @extschema@.mcp_lock_settings(p_lock_timeout_ms);
    IF to_regnamespace(quote_ident(p_schema)) IS NULL THEN
        RAISE EXCEPTION 'schema "%" does not exist', p_schema
            USING ERRCODE = 'invalid_schema_name', HINT = format('SELECT @extschema@.mes_create_schema(%L);', p_schema);
    END IF;
    PERFORM @extschema@.mcp_assert_closed_schema(p_schema,
        'read and change what tools do for each tenant, by triggers and policies of the tables');
    -- Everything that may refuse comes before the first change.
    SELECT array_agg(m.missing ORDER BY m.n), string_agg(m.statement, E'\n' ORDER BY m.n)
      INTO v_found, v_statements
      FROM @extschema@.mcp_mes_missing(p_schema) WITH ORDINALITY AS m (missing, statement, needed_by, kind, table_name, names, n)
     WHERE m.needed_by = 'all';
    IF v_found IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" lacks % that every tool needs', p_schema,
                CASE cardinality(v_found) WHEN 1 THEN 'one object' ELSE cardinality(v_found) || ' objects' END
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'Missing: ' || array_to_string(v_found, ', ') || '.',
                  HINT = CASE WHEN to_regclass(format('%I.tenants', p_schema)) IS NULL
                              THEN format('SELECT @extschema@.mes_create_schema(%L);', p_schema)
                              ELSE coalesce(v_statements || E'\n', '') || v_again END;
    END IF;
    SELECT array_agg(format('%s: %s', r.object, r.reason) ORDER BY r.object, r.reason), string_agg(DISTINCT r.statement, E'\n')
      INTO v_found, v_statements
      FROM @extschema@.mcp_host_refusals(p_schema) r
     WHERE r.needed_by = 'all';
    IF v_found IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" has rules by which every call would fail', p_schema
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = array_to_string(v_found, E'\n') || '.',
                  HINT = coalesce(v_statements || E'\n', '') || v_again;
    END IF;
    -- Row-level security does not hold a table's owner, and SET ROLE is not needed to be one.
    SELECT array_agg(format('%s belongs to %I', c.oid::regclass, pg_get_userbyid(c.relowner)) ORDER BY c.relname),
           string_agg(format('ALTER TABLE %s OWNER TO %I;', c.oid::regclass, current_user), E'\n' ORDER BY c.relname)
      INTO v_found, v_statements
      FROM pg_class c
     WHERE c.oid IN (SELECT p.relation FROM @extschema@.mcp_mes_plan(p_schema) p)
       AND (pg_has_role('eryxon_mcp_tenant', c.relowner, 'MEMBER') OR pg_has_role('eryxon_mcp_recorder', c.relowner, 'MEMBER'));
    IF v_found IS NOT NULL THEN
        RAISE EXCEPTION 'row-level security would not hold the role of the tools: it owns tables of schema "%"', p_schema
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = array_to_string(v_found, ', ') || '.', HINT = v_statements;
    END IF;
    SELECT array_agg(p.relation::text ORDER BY p.relation::text), string_agg(p.statement || ';', E'\n' ORDER BY p.relation::text)
      INTO v_found, v_statements
      FROM @extschema@.mcp_mes_plan(p_schema) p
     WHERE p.kind = 'row security' AND NOT p.present;
    IF v_found IS NOT NULL AND p_enable_rls IS NOT TRUE THEN
        RAISE EXCEPTION 'row-level security is off on % of the tables of schema "%", and only the application knows whether it works with it', cardinality(v_found), p_schema
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('Off: %s. SELECT @extschema@.mcp_attach_mes(%L, p_enable_rls := true%s); switches it on, and mcp_detach_mes off again.', array_to_string(v_found, ', '), p_schema, v_timeout),
                  HINT = v_statements || E'\n' || v_again;
    END IF;

    -- This takes a second, and nobody waits for it.
    SELECT jsonb_object_agg(v.tool, v.reason) INTO v_unavailable FROM @extschema@.mcp_tool_verdicts(p_schema) v WHERE v.verdict = 'cannot';

    v_until := @extschema@.mcp_lock_mes(ARRAY(
        SELECT DISTINCT x.relation
          FROM (SELECT p.relation FROM @extschema@.mcp_mes_plan(p_schema) p WHERE NOT p.present AND p.kind IN ('row security', 'policy', 'trigger')
                UNION ALL
                SELECT o.relation FROM @extschema@.mcp_to_undo(p_schema) o WHERE o.kind IN ('row security', 'policy', 'trigger')) x
          JOIN pg_class c ON c.oid = x.relation), p_lock_timeout_ms, v_again);
    IF v_attached <> p_schema THEN
        RAISE NOTICE 'attaching schema "%" instead of "%"', p_schema, v_attached;
    END IF;
    PERFORM @extschema@.mcp_undo_attached(p_schema, v_until);
    FOR t IN SELECT * FROM @extschema@.mcp_mes_plan(p_schema) p WHERE NOT p.present LOOP
        PERFORM @extschema@.mcp_wait_until(v_until);
        IF t.kind = 'policy' AND EXISTS (SELECT FROM pg_policy WHERE polrelid = t.relation AND polname = t.name) THEN
            EXECUTE format('DROP POLICY %I ON %s', t.name, t.relation);
        END IF;
        EXECUTE t.statement;
        INSERT INTO @extschema@.mcp_attached_objects AS o (kind, relation, name, privilege, statement, table_name, stored)
        VALUES (t.kind, t.relation, t.name, t.privilege, t.statement,
                (SELECT format('%I.%I', p_schema, c.relname) FROM pg_class c WHERE c.oid = t.relation),
                CASE t.kind
                    WHEN 'policy' THEN (SELECT @extschema@.mcp_policy_statement(oid) FROM pg_policy WHERE polrelid = t.relation AND polname = t.name)
                    WHEN 'row security' THEN (SELECT coalesce(array_agg(polname::text), '{}')::text FROM pg_policy WHERE polrelid = t.relation)
                    WHEN 'usage' THEN p_schema END)
        ON CONFLICT (kind, relation, name, privilege) DO UPDATE SET statement = excluded.statement, stored = excluded.stored, table_name = excluded.table_name;
    END LOOP;
    v_found := ARRAY(SELECT m.missing FROM @extschema@.mcp_mes_missing(p_schema) m);
    v_switch := EXISTS (SELECT FROM @extschema@.mcp_mes_plan(p_schema) p JOIN pg_class c ON c.oid = p.relation
                         WHERE p.kind = 'policy' AND c.relname = 'mcp_server_config');
    IF NOT v_switch AND (SELECT application_switch AND mes_schema = p_schema FROM @extschema@.mcp_settings) THEN
        RAISE WARNING 'schema "%" has no table mcp_server_config any more that can be read: tenants whose server the application had switched off there may call again', p_schema;
    END IF;
    UPDATE @extschema@.mcp_settings SET mes_schema = p_schema, missing = v_found, unavailable = v_unavailable, application_switch = v_switch
     WHERE (mes_schema, missing, unavailable, application_switch) IS DISTINCT FROM (p_schema, v_found, v_unavailable, v_switch);
    IF v_unavailable IS NOT NULL THEN
        RAISE NOTICE 'tools that cannot work with schema "%", and are not offered: %', p_schema, (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(v_unavailable) k)
            USING HINT = format('SELECT * FROM @extschema@.mcp_check_mes(%L);', p_schema);
    END IF;
    FOR t IN SELECT * FROM @extschema@.mcp_mes_warnings(p_schema) LOOP RAISE WARNING '%', t.warning; END LOOP;
EXCEPTION WHEN lock_not_available OR deadlock_detected OR internal_error THEN
    GET STACKED DIAGNOSTICS v_hint = PG_EXCEPTION_HINT;
    -- What mcp_lock_mes says is better. "tuple concurrently updated" has no SQLSTATE of its own.
    IF v_hint = v_again OR SQLSTATE = 'XX000' AND SQLERRM NOT LIKE 'tuple concurrently %' THEN
        RAISE;
    END IF;
    PERFORM @extschema@.mcp_raise_in_use(SQLERRM, v_again);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_attach_mes(text, boolean, integer) IS
'Binds the MCP layer to the MES tables of a schema: gives eryxon_mcp_tenant and eryxon_mcp_recorder their privileges and tenant policies, adds a trigger on tenants, stores the schema''s name, and writes down everything that it added in mcp_attached_objects. mcp_check_mes tells all of it beforehand. Never forces row-level security and enables it only for p_enable_rls; adds and changes no column, type, constraint or row. Repeating it changes nothing; attaching another schema detaches the previous one. p_lock_timeout_ms: how long it may wait, and let others wait, for the tables'' locks, in each of three attempts, and for anything else. Warns of what mcp_mes_warnings finds. Raises, before anything is changed: 3F000 if the schema does not exist; 55000 if something is missing that every tool needs (tenants, profiles, user_roles, activity_log), if a policy or a required column of the application would make every call fail, if anyone but superusers and the schema''s owner may create objects in it, if the tools'' role would own a table, or if row-level security is off (HINT gives the statements); 55P03 if a table is in use (names the session), or somebody else is changing the same tables, privileges or settings; 22023 for a timeout below 1; 42501 for other callers. For superusers.';
