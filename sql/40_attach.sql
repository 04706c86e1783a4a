-- Attaching: what the tools require of the MES tables, and the privileges and policies that the sandbox role gets on them.

CREATE FUNCTION @extschema@.mcp_mes_tables()
RETURNS TABLE (table_name text, tenant_path text, tool_rights text, columns text, unique_key text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
VALUES
    -- {columns} stands for the listed columns: a live database keeps PIN hashes or billing data in the others. UPDATE on
    -- updated_at alone is the privilege to lock the row (WIP limit of a cell, load of a resource).
    ('tenants', 'id', 'SELECT {columns}, UPDATE (current_jobs)',
     'id uuid, name text, company_name text, plan subscription_plan, status subscription_status, max_jobs int4, current_jobs int4, timezone text, factory_opening_time time, factory_closing_time time, working_days_mask int4',
     'id'),
    ('profiles', 'tenant_id', 'SELECT {columns}',
     'id uuid, tenant_id uuid, username text, full_name text, role app_role, active bool, is_machine bool, is_root_admin bool, active_tenant_id uuid',
     NULL),
    ('user_roles', 'user_id > profiles', 'SELECT', 'user_id uuid, role app_role', NULL),
    ('operators', 'tenant_id', 'SELECT {columns}',
     'id uuid, tenant_id uuid, employee_id text, full_name text, active bool', NULL),
    ('cells', 'tenant_id', 'SELECT, UPDATE (updated_at)',
     'id uuid, tenant_id uuid, name text, color text, sequence int4, active bool, wip_limit int4, wip_warning_threshold int4, enforce_wip_limit bool, show_capacity_warning bool, capacity_hours_per_day numeric, updated_at timestamptz, deleted_at timestamptz',
     NULL),
    ('materials', 'tenant_id', 'SELECT', 'id uuid, tenant_id uuid, name text, active bool', NULL),
    ('resources', 'tenant_id', 'SELECT, UPDATE (updated_at)',
     'id uuid, tenant_id uuid, name text, type text, description text, identifier text, location text, status text, metadata jsonb, active bool, updated_at timestamptz, deleted_at timestamptz',
     NULL),
    ('resource_cell_memberships', 'tenant_id', 'SELECT',
     'tenant_id uuid, resource_id uuid, cell_id uuid, is_primary bool, revoked_at timestamptz', NULL),
    ('scrap_reasons', 'tenant_id', 'SELECT',
     'id uuid, tenant_id uuid, code text, description text, category text, active bool', 'tenant_id, code'),
    ('issue_categories', 'tenant_id', 'SELECT',
     'tenant_id uuid, code varchar, description text, severity_default varchar, active bool', NULL),
    ('factory_calendar', 'tenant_id', 'SELECT',
     'tenant_id uuid, date date, day_type text, name text, opening_time time, closing_time time, capacity_multiplier numeric', NULL),
    ('jobs', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, job_number text, customer text, due_date timestamptz, due_date_override timestamptz, status job_status, current_cell_id uuid, notes text, metadata jsonb, created_at timestamptz, updated_at timestamptz, started_at timestamptz, completed_at timestamptz, deleted_at timestamptz, search_vector tsvector of job_number + customer + notes',
     'tenant_id, job_number'),
    ('parts', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, job_id uuid, parent_part_id uuid, part_number text, material text, quantity int4, status job_status, current_cell_id uuid, notes text, metadata jsonb, created_at timestamptz, updated_at timestamptz, drawing_no text, cnc_program_name text, is_bullet_card bool, deleted_at timestamptz, search_vector tsvector of part_number + material + drawing_no + notes',
     'tenant_id, part_number'),
    ('operations', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, part_id uuid, cell_id uuid, assigned_operator_id uuid, operation_name text, sequence int4, estimated_time int4, actual_time int4, status task_status, completion_percentage int4, notes text, created_at timestamptz, updated_at timestamptz, completed_at timestamptz, setup_time numeric, run_time_per_unit numeric, planned_start timestamptz, planned_end timestamptz, deleted_at timestamptz, status_before_hold task_status, search_vector tsvector of operation_name + notes',
     NULL),
    ('substeps', 'tenant_id', 'SELECT, INSERT, UPDATE, DELETE',
     'id uuid, tenant_id uuid, operation_id uuid, name text, sequence int4, status text, notes text, completed_at timestamptz, completed_by uuid, created_at timestamptz, updated_at timestamptz',
     NULL),
    ('operation_resources', 'operation_id > operations, resource_id > resources', 'SELECT, INSERT, UPDATE, DELETE',
     'id uuid, operation_id uuid, resource_id uuid, quantity numeric, notes text', NULL),
    ('time_entries', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, operator_id uuid, operation_id uuid, start_time timestamptz, end_time timestamptz, duration int4, notes text, is_paused bool, time_type text',
     NULL),
    ('time_entry_pauses', 'time_entry_id > time_entries', 'SELECT, UPDATE',
     'id uuid, time_entry_id uuid, paused_at timestamptz, resumed_at timestamptz, duration int4', NULL),
    ('operation_day_allocations', 'tenant_id', 'SELECT, UPDATE, DELETE',
     'operation_id uuid, tenant_id uuid, cell_id uuid, date date, hours_allocated numeric', NULL),
    ('assignments', 'tenant_id', 'SELECT',
     'id uuid, tenant_id uuid, operator_id uuid, part_id uuid, job_id uuid, assigned_by uuid, status assignment_status, shop_floor_operator_id uuid',
     NULL),
    ('operation_quantities', 'tenant_id', 'SELECT, INSERT',
     'id uuid, tenant_id uuid, operation_id uuid, recorded_by uuid, quantity_produced int4, quantity_good int4, quantity_scrap int4, quantity_rework int4, scrap_reason_id uuid, material_lot text, material_supplier text, material_cert_number text, recorded_at timestamptz, notes text, metadata jsonb',
     NULL),
    ('operation_quantity_scrap_reasons', 'operation_quantity_id > operation_quantities, scrap_reason_id > scrap_reasons',
     'SELECT, INSERT', 'operation_quantity_id uuid, scrap_reason_id uuid, quantity int4, notes text', NULL),
    ('issues', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, operation_id uuid, created_by uuid, description text, severity issue_severity, status issue_status, reviewed_by uuid, reviewed_at timestamptz, resolution_notes text, created_at timestamptz, updated_at timestamptz, title text, issue_type issue_type, reported_by_id uuid, ncr_number text, ncr_category ncr_category, disposition ncr_disposition, root_cause text, corrective_action text, preventive_action text, affected_quantity int4, verification_required bool, current_cell_id uuid, intended_next_cell_id uuid, causes_standstill bool, search_vector tsvector of ncr_number + title + description + root_cause + resolution_notes',
     'tenant_id, ncr_number'),
    ('ncr_counters', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'tenant_id uuid NOT NULL, year int4 NOT NULL, last_number int4 NOT NULL DEFAULT 0', 'tenant_id, year'),
    ('expectations', 'tenant_id', 'SELECT',
     'id uuid, tenant_id uuid, entity_type text, entity_id uuid, expectation_type expectation_type, expected_at timestamptz, superseded_by uuid', NULL),
    ('exceptions', 'tenant_id', 'SELECT',
     'tenant_id uuid, expectation_id uuid, exception_type exception_type, status exception_status, deviation_amount numeric, deviation_unit text, detected_at timestamptz', NULL),
    ('activity_log', 'tenant_id', '',
     'id uuid, tenant_id uuid, user_id uuid, user_email text, user_name text, action text, entity_type text, entity_id uuid, entity_name text, description text, changes jsonb, metadata jsonb, ip_address inet, user_agent text, created_at timestamptz', NULL),
    ('notifications', 'tenant_id', 'SELECT, INSERT',
     'tenant_id uuid, user_id uuid, type text, severity text, title text, message text, reference_type text, reference_id uuid, read bool, created_at timestamptz', NULL)
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_tables() IS
'The MES tables that the tools require; the only list of them. tenant_path: the column that holds the tenant or, for a link table without one, its references (column > parent). tool_rights: the privileges of eryxon_mcp_tenant. columns: name, type and what is required when the column is added (constraints, or the columns whose text it indexes). unique_key: columns that a unique index must cover. Contains no data.';

CREATE FUNCTION @extschema@.mcp_mes_enums()
RETURNS TABLE (type_name text, labels text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
VALUES
    ('app_role', '{operator,admin}'::text[]),
    ('subscription_plan', '{free,pro,premium,enterprise}'),
    ('subscription_status', '{active,cancelled,suspended,trial}'),
    ('job_status', '{not_started,in_progress,completed,on_hold}'),
    ('task_status', '{not_started,in_progress,completed,on_hold}'),
    ('assignment_status', '{assigned,accepted,in_progress,completed}'),
    ('issue_status', '{pending,approved,rejected,closed}'),
    ('issue_severity', '{low,medium,high,critical}'),
    ('issue_type', '{general,ncr}'),
    ('ncr_category', '{material_defect,dimensional,surface_finish,process_error,other}'),
    ('ncr_disposition', '{scrap,rework,use_as_is,return_to_supplier}'),
    ('expectation_type', '{completion_time,duration,quantity,delivery}'),
    ('exception_type', '{late,early,non_occurrence,exceeded,under}'),
    ('exception_status', '{open,acknowledged,resolved,dismissed}')
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_enums() IS
'The enum types and labels that the tools require in the MES schema. Contains no data.';

CREATE FUNCTION @extschema@.mcp_mes_missing(p_schema text)
RETURNS TABLE (missing text, statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH wanted AS (
    SELECT t.*, to_regclass(format('%I.%I', p_schema, t.table_name)) AS relation
      FROM @extschema@.mcp_mes_tables() t
), wanted_columns AS (
    SELECT w.table_name, w.relation, d.ordinality AS position, split_part(d.definition, ' ', 1) AS column_name,
           split_part(d.definition, ' ', 2) AS type_name, d.definition
      FROM wanted w
     CROSS JOIN LATERAL regexp_split_to_table(w.columns, ',\s*') WITH ORDINALITY AS d (definition, ordinality)
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
           format('CREATE TABLE %I.%I (%s%s);', p_schema, w.table_name, regexp_replace(w.columns, ' of [^,]*', '', 'g'),
                  ', PRIMARY KEY (' || w.unique_key || ')')
      FROM wanted w
     WHERE w.relation IS NULL
    UNION ALL
    SELECT 3, format('table %s (an object of that name exists but is not a table)', w.table_name), NULL
      FROM wanted w JOIN pg_class c ON c.oid = w.relation
     WHERE c.relkind NOT IN ('r', 'p')
    UNION ALL
    SELECT 4, format('column %s.%s (%s)', c.table_name, c.column_name, c.type_name),
           format('ALTER TABLE %I.%I ADD COLUMN %s;', p_schema, c.table_name,
                  CASE WHEN c.definition NOT LIKE '% of %' THEN c.definition
                       ELSE format('%s tsvector GENERATED ALWAYS AS (to_tsvector(''pg_catalog.simple'', coalesce(%s, ''''))) STORED',
                                   c.column_name, replace(split_part(c.definition, ' of ', 2), ' + ', ', '''') || '' '' || coalesce('))
                  END)
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
COMMENT ON FUNCTION @extschema@.mcp_mes_missing(text) IS
'What the tools require and the given schema lacks: one row per table, column, type, label or unique key, with the statement that adds it (NULL where a person must decide). Reads only the catalog.';

CREATE FUNCTION @extschema@.mcp_forget_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM @extschema@.mcp_key_usage_logs WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_refused_calls WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_server_logs WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_server_health WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_server_config WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_keys WHERE tenant_id = OLD.id;
    RETURN NULL;
END
$$;
-- SECURITY DEFINER, because a role that may delete a tenant need not have privileges on keys. The function takes no argument and
-- can only be called as a trigger, which only a table's owner can create.
ALTER FUNCTION @extschema@.mcp_forget_tenant() OWNER TO eryxon_mcp_owner;
COMMENT ON FUNCTION @extschema@.mcp_forget_tenant() IS
'Trigger on tenants: deletes the keys and records of a deleted tenant. The extension''s tables have no foreign key to tenants, because pg_dump would lose it.';

CREATE FUNCTION @extschema@.mcp_detach_mes(p_schema text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    FOR r IN SELECT p.polname, c.oid::regclass AS relation
               FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
              WHERE c.relnamespace = to_regnamespace(quote_ident(p_schema))
                AND c.relname IN (SELECT table_name FROM @extschema@.mcp_mes_tables())
                AND p.polname LIKE 'eryxon\_mcp\_%'
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', r.polname, r.relation);
    END LOOP;
    FOR r IN SELECT to_regclass(format('%I.%I', p_schema, table_name)) AS relation
               FROM @extschema@.mcp_mes_tables()
    LOOP
        CONTINUE WHEN r.relation IS NULL;
        EXECUTE format('REVOKE ALL ON TABLE %s FROM eryxon_mcp_tenant, eryxon_mcp_recorder, eryxon_mcp_owner', r.relation);
        IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = r.relation AND tgname = 'eryxon_mcp_forget_tenant') THEN
            EXECUTE format('DROP TRIGGER eryxon_mcp_forget_tenant ON %s', r.relation);
        END IF;
    END LOOP;
    -- Only one schema is attached.
    DELETE FROM @extschema@.mcp_installed_policies WHERE of_mes;
    UPDATE @extschema@.mcp_settings SET mes_schema = NULL WHERE mes_schema = p_schema;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_detach_mes(text) IS
'Removes the policies, privileges and the trigger that mcp_attach_mes added to the tables of a schema; row-level security stays enabled, and no row changes. Does nothing if they are not there. For superusers, and for a member of eryxon_mcp_owner that owns the tables. Raises 42501 for other callers.';

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
               FROM @extschema@.mcp_mes_tables() m
    LOOP
        v_relation := to_regclass(format('%I.%I', p_schema, t.table_name));
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
    SELECT p.polrelid::regclass, p.polname, @extschema@.mcp_policy_statement(p.oid), true
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE c.relnamespace = to_regnamespace(quote_ident(p_schema)) AND p.polname LIKE 'eryxon\_mcp\_%'
       AND c.relname IN (SELECT table_name FROM @extschema@.mcp_mes_tables());
    UPDATE @extschema@.mcp_settings SET mes_schema = p_schema;
    FOR t IN SELECT * FROM @extschema@.mcp_mes_warnings(p_schema) LOOP RAISE WARNING '%', t.warning; END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_attach_mes(text) IS
'Binds the MCP layer to the MES tables of a schema: checks that everything the tools require is there, enables and forces row-level security, grants eryxon_mcp_tenant its privileges and tenant policies and eryxon_mcp_recorder INSERT on activity_log, and stores the schema''s name. Repeating it changes nothing; attaching another schema replaces the previous one. Never creates or changes a column; locks each table until the transaction ends. Warns of what mcp_mes_warnings finds. Raises: 3F000 if the schema does not exist, 55000 if something is missing (DETAIL lists it, HINT gives the statements that add it) or if anyone but superusers and the schema''s owner may create objects in it (HINT gives the REVOKE); warns if that owner is no superuser; 42501 for other callers. For superusers, and for a member of eryxon_mcp_owner that owns the tables.';
