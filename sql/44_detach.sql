-- Detaching: undoes what mcp_attached_objects says.

CREATE FUNCTION @extschema@.mcp_to_undo(p_keep text)
RETURNS SETOF @extschema@.mcp_attached_objects
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
SELECT o.* FROM @extschema@.mcp_attached_objects o
 WHERE (o.relation = 0::regclass OR EXISTS (SELECT FROM @extschema@.mcp_attached_relations() a WHERE a.relation = o.relation AND a.table_name = o.table_name))
   AND NOT EXISTS (SELECT FROM @extschema@.mcp_mes_plan(p_keep) p
                    WHERE p.kind = o.kind AND p.relation = o.relation AND p.name = o.name AND p.privilege = o.privilege
                      AND (o.kind <> 'usage' OR o.stored = p_keep))
$$;
COMMENT ON FUNCTION @extschema@.mcp_to_undo(text) IS 'The rows of mcp_attached_objects that attaching this schema does not take; all of them for NULL. Those of tables that are gone are left out, as mcp_attached_relations tells them. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_undo_attached(p_keep text, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off AS $$
DECLARE
    r record;
    v_schema_name text;
    v_columns text[];
    v_policies text[];
    v_tables regclass[];
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    DELETE FROM @extschema@.mcp_attached_objects o
     WHERE o.relation <> 0::regclass
       AND NOT EXISTS (SELECT FROM @extschema@.mcp_attached_relations() a WHERE a.relation = o.relation AND a.table_name = o.table_name);
    UPDATE @extschema@.mcp_attached_objects o SET table_name = a.name_now
      FROM @extschema@.mcp_attached_relations() a
     WHERE a.relation = o.relation AND a.table_name = o.table_name AND a.name_now <> a.table_name;
    -- The schema may have a new name. Then it is the one in which most of its tables are.
    v_tables := ARRAY(SELECT o.relation FROM @extschema@.mcp_attached_objects o WHERE o.relation <> 0::regclass);
    FOR r IN
        SELECT o.*, c.relrowsecurity, c.relacl, split_part(o.privilege, ' ', 1) AS right_name, substring(o.privilege FROM '\((.*)\)') AS column_name
          FROM @extschema@.mcp_to_undo(p_keep) o LEFT JOIN pg_class c ON c.oid = o.relation AND c.relkind IN ('r', 'p')
         ORDER BY array_position(ARRAY['trigger', 'policy', 'row security', 'privilege', 'usage'], o.kind)
    LOOP
        PERFORM @extschema@.mcp_wait_until(p_until);
        -- What the host has dropped, renamed or changed in the meantime is no reason to fail.
        IF r.kind = 'policy' AND EXISTS (SELECT FROM pg_policy WHERE polrelid = r.relation AND polname = r.name) THEN
            EXECUTE format('DROP POLICY %I ON %s', r.name, r.relation);
        ELSIF r.kind = 'trigger' AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = r.relation AND tgname = r.name) THEN
            EXECUTE format('DROP TRIGGER %I ON %s', r.name, r.relation);
        ELSIF r.kind = 'row security' AND r.relrowsecurity THEN
            v_policies := ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = r.relation AND polname::text <> ALL (r.stored::text[]) ORDER BY 1);
            IF v_policies = '{}' THEN
                EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', r.relation);
            ELSE
                RAISE NOTICE 'row-level security stays on for table %, because it has got policies since it was switched on: %', r.relation, array_to_string(v_policies, ', ')
                    USING HINT = format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY;', r.relation);
            END IF;
        ELSIF r.kind = 'privilege' AND to_regrole(r.name) IS NOT NULL AND r.column_name IS NULL THEN
            IF EXISTS (SELECT FROM aclexplode(r.relacl) a WHERE a.grantee = r.name::regrole AND a.privilege_type = r.right_name) THEN
                EXECUTE format('REVOKE %s ON TABLE %s FROM %I', r.right_name, r.relation, r.name);
            END IF;
        ELSIF r.kind = 'privilege' AND to_regrole(r.name) IS NOT NULL THEN
            -- A column with another name keeps its privileges: it is one that is not written down.
            v_columns := ARRAY(
                SELECT quote_ident(n.attname)
                  FROM pg_attribute n CROSS JOIN aclexplode(n.attacl) a
                 WHERE n.attrelid = r.relation AND NOT n.attisdropped AND a.grantee = r.name::regrole AND a.privilege_type = r.right_name
                   AND (n.attname = r.column_name
                        OR NOT EXISTS (SELECT FROM pg_attribute x WHERE x.attrelid = r.relation AND x.attname = r.column_name AND NOT x.attisdropped)
                           AND format('%s (%s)', r.right_name, n.attname) NOT IN (SELECT o.privilege FROM @extschema@.mcp_attached_objects o
                                                                                   WHERE o.kind = 'privilege' AND o.relation = r.relation AND o.name = r.name)));
            IF v_columns <> '{}' THEN
                EXECUTE format('REVOKE %s (%s) ON TABLE %s FROM %I', r.right_name, array_to_string(v_columns, ', '), r.relation, r.name);
            END IF;
        ELSIF r.kind = 'usage' AND to_regrole(r.name) IS NOT NULL THEN
            SELECT coalesce((SELECT n.nspname FROM pg_namespace n WHERE n.nspname = r.stored), mode() WITHIN GROUP (ORDER BY n.nspname)) INTO v_schema_name
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY (v_tables);
            IF v_schema_name IS NOT NULL THEN
                EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM %I', v_schema_name, r.name);
            END IF;
        END IF;
        DELETE FROM @extschema@.mcp_attached_objects o
         WHERE o.kind = r.kind AND o.relation = r.relation AND o.name = r.name AND o.privilege = r.privilege;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_undo_attached(text, timestamptz) IS 'Undoes the rows of mcp_to_undo and removes them, waiting for locks until p_until at most, and those of tables that are gone. Skips what is not there any more. A NOTICE names tables whose row-level security stays on because they have got policies. Raises 42501 for other callers. Called by mcp_attach_mes and mcp_detach_mes. For superusers.';

CREATE FUNCTION @extschema@.mcp_detach_mes(p_schema text, p_lock_timeout_ms integer DEFAULT 2000, p_disable_gateways boolean DEFAULT true, p_empty_side_tables boolean DEFAULT false)
RETURNS TABLE (remains text, statement text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET jit = off SET lock_timeout = '2s' AS $$
DECLARE
    v_again constant text := format('SELECT * FROM @extschema@.mcp_detach_mes(%L%s%s%s);', p_schema,
                                    CASE WHEN p_lock_timeout_ms <> 2000 THEN format(', p_lock_timeout_ms := %s', p_lock_timeout_ms) END,
                                    CASE WHEN NOT p_disable_gateways THEN ', p_disable_gateways := false' END,
                                    CASE WHEN p_empty_side_tables THEN ', p_empty_side_tables := true' END);
    c_roles constant text[] := '{eryxon_mcp_gateway,eryxon_mcp_tenant,eryxon_mcp_recorder,eryxon_mcp_owner}';
    c_side_tables constant text[] := '{mcp_job_times,mcp_ncr_numbers,mcp_ncr_counters}';
    v_attached text;
    v_database constant oid := (SELECT oid FROM pg_database WHERE datname = current_database());
    v_schema constant oid := (SELECT extnamespace FROM pg_extension WHERE extname = 'eryxon_mcp');
    v_others text;
    v_count bigint;
    v_until timestamptz;
    v_hint text;
    r record;
BEGIN
    v_attached := @extschema@.mcp_lock_settings(p_lock_timeout_ms);
    IF p_schema IS DISTINCT FROM v_attached
       AND NOT EXISTS (SELECT FROM @extschema@.mcp_attached_relations() a JOIN pg_class c ON c.oid = a.relation
                        WHERE c.relnamespace = to_regnamespace(quote_ident(p_schema))) THEN
        RAISE NOTICE 'schema "%" is not attached', p_schema
            USING HINT = CASE WHEN v_attached IS NULL THEN 'No schema is attached.' ELSE format('SELECT * FROM @extschema@.mcp_detach_mes(%L);', v_attached) END;
        RETURN;
    END IF;
    v_until := @extschema@.mcp_lock_mes(ARRAY(
        SELECT DISTINCT o.relation FROM @extschema@.mcp_to_undo(NULL) o JOIN pg_class c ON c.oid = o.relation
         WHERE o.kind IN ('row security', 'policy', 'trigger')), p_lock_timeout_ms, v_again);
    PERFORM @extschema@.mcp_undo_attached(NULL, v_until);
    UPDATE @extschema@.mcp_settings SET mes_schema = NULL, missing = NULL, unavailable = NULL, application_switch = false;

    -- What remains for a person. First what was not taken from the factory's numbers and times.
    FOR r IN SELECT c.oid::regclass AS relation FROM pg_class c WHERE c.relnamespace = v_schema AND c.relname = ANY (c_side_tables) AND c.relkind = 'r' ORDER BY 1 LOOP
        PERFORM @extschema@.mcp_wait_until(v_until);
        IF p_empty_side_tables THEN
            EXECUTE format('DELETE FROM %s', r.relation);
        ELSE
            EXECUTE format('SELECT count(*) FROM %s', r.relation) INTO v_count;
            IF v_count > 0 THEN
                RETURN QUERY SELECT format('table %s keeps %s rows, which DROP EXTENSION deletes', r.relation, v_count), format('DELETE FROM %s;', r.relation);
            END IF;
        END IF;
    END LOOP;
    -- A schema of mes_create_schema uses functions of the extension itself.
    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid), ', ') INTO v_others
      FROM pg_depend d JOIN pg_depend e ON e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e'
     WHERE e.refclassid = 'pg_extension'::regclass AND e.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'eryxon_mcp') AND d.deptype = 'n'
       AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype IN ('e', 'i', 'a')
                          AND (m.refclassid = 'pg_extension'::regclass OR m.refobjid IN (SELECT x.objid FROM pg_depend x WHERE x.deptype = 'e' AND x.refobjid = e.refobjid)));
    RETURN QUERY SELECT format('extension eryxon_mcp, with %s keys and all records', (SELECT count(*) FROM @extschema@.mcp_keys)) || coalesce('; CASCADE also drops ' || v_others, ''),
                        'DROP EXTENSION eryxon_mcp' || CASE WHEN v_others IS NULL THEN ';' ELSE ' CASCADE;' END;
    FOR r IN
        SELECT l.oid, l.rolname, l.rolcanlogin,
               -- create_mcp_gateway gives a login settings in its database. One that has them here alone serves nobody else.
               (SELECT array_agg(s.setdatabase) FROM pg_db_role_setting s WHERE s.setrole = l.oid AND s.setdatabase <> 0) = ARRAY[v_database] AS only_here
          FROM pg_roles l
         -- Also through another role.
         WHERE EXISTS (SELECT FROM @extschema@.mcp_memberships() m WHERE m.member = l.oid AND m.role = 'eryxon_mcp_gateway'::regrole)
           AND l.rolname <> ALL (c_roles)
         ORDER BY l.rolname
    LOOP
        PERFORM @extschema@.mcp_wait_until(v_until);
        IF r.rolcanlogin AND r.only_here AND p_disable_gateways THEN
            EXECUTE format('ALTER ROLE %I NOLOGIN', r.rolname);
        END IF;
        IF r.only_here THEN
            RETURN QUERY SELECT format('login %I of a gateway%s', r.rolname,
                                       CASE WHEN p_disable_gateways THEN format(', now without LOGIN (ALTER ROLE %I LOGIN; allows it again)', r.rolname) END),
                                format('DROP OWNED BY %1$I; DROP ROLE %1$I;', r.rolname);
        ELSE
            RETURN QUERY SELECT format('login %I of a gateway, which may serve another database', r.rolname), NULL::text;
        END IF;
    END LOOP;
    RETURN QUERY SELECT 'rights of the extension''s roles on its schema', format('DROP OWNED BY %s;', array_to_string(c_roles, ', '));
    IF NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = v_schema
                      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype IN ('e', 'i'))
                      AND NOT (d.classid = 'pg_extension'::regclass AND d.objid = (SELECT oid FROM pg_extension WHERE extname = 'eryxon_mcp')))
       AND (SELECT nspname <> 'public' FROM pg_namespace WHERE oid = v_schema) THEN
        RETURN QUERY SELECT 'the extension''s schema, which holds nothing else', format('DROP SCHEMA %I;', nspname) FROM pg_namespace WHERE oid = v_schema;
    END IF;
    SELECT string_agg(DISTINCT quote_ident(b.datname), ', ') INTO v_others
      FROM pg_shdepend d JOIN pg_database b ON b.oid = d.dbid
     WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid IN (SELECT oid FROM pg_roles WHERE rolname = ANY (c_roles)) AND b.oid <> v_database;
    RETURN QUERY SELECT 'the extension''s roles, which belong to the whole cluster' || coalesce(' and are used in ' || v_others, ''),
                        CASE WHEN v_others IS NULL THEN format('DROP ROLE %s;', array_to_string(c_roles, ', ')) END;
EXCEPTION WHEN lock_not_available OR deadlock_detected OR internal_error THEN
    GET STACKED DIAGNOSTICS v_hint = PG_EXCEPTION_HINT;
    IF v_hint = v_again OR SQLSTATE = 'XX000' AND SQLERRM NOT LIKE 'tuple concurrently %' THEN
        RAISE;
    END IF;
    PERFORM @extschema@.mcp_raise_in_use(SQLERRM, v_again);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_detach_mes(text, integer, boolean, boolean) IS
'Undoes exactly what mcp_attach_mes changed in a schema and wrote down in mcp_attached_objects: policies, the trigger, privileges (USAGE of the schema too) and the row-security flags that it switched on; no row of the factory changes. What the host has dropped or renamed meanwhile is skipped. Returns what remains for a person, in the order in which to run the statements (statement NULL: decide). p_lock_timeout_ms: as for mcp_attach_mes. p_disable_gateways: takes LOGIN from the gateways'' logins that serve this database alone. p_empty_side_tables: deletes the extension''s own numbers and times of the host''s rows. A NOTICE says if the schema is not attached; nothing is done then. Raises 55P03 if a table is in use (names the session), or somebody else is changing the same tables, privileges or settings; 22023 for a timeout below 1, 42501 for other callers. For superusers.';
