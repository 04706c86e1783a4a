-- What the tools require of the MES tables.

CREATE FUNCTION @extschema@.mcp_mes_tables(p_schema text DEFAULT NULL)
RETURNS TABLE (table_name text, tenant_path text, tool_rights text, columns text, unique_key text, optional boolean)
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT t.*, t.table_name IN ('ncr_counters', 'mcp_server_config')
  FROM (
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
     'id uuid, tenant_id uuid, job_number text, customer text, due_date timestamptz, due_date_override timestamptz, status job_status, current_cell_id uuid, notes text, metadata jsonb, created_at timestamptz, updated_at timestamptz, deleted_at timestamptz',
     'tenant_id, job_number'),
    ('parts', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, job_id uuid, parent_part_id uuid, part_number text, material text, quantity int4, status job_status, current_cell_id uuid, notes text, metadata jsonb, created_at timestamptz, updated_at timestamptz, drawing_no text, cnc_program_name text, is_bullet_card bool, deleted_at timestamptz',
     'tenant_id, part_number'),
    ('operations', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, part_id uuid, cell_id uuid, assigned_operator_id uuid, operation_name text, sequence int4, estimated_time int4, actual_time int4, status task_status, completion_percentage int4, notes text, created_at timestamptz, updated_at timestamptz, completed_at timestamptz, setup_time numeric, run_time_per_unit numeric, planned_start timestamptz, planned_end timestamptz, deleted_at timestamptz, status_before_hold task_status',
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
     'id uuid, tenant_id uuid, operation_id uuid, created_by uuid, description text, severity issue_severity, status issue_status, reviewed_by uuid, reviewed_at timestamptz, resolution_notes text, created_at timestamptz, updated_at timestamptz, title text, issue_type issue_type, reported_by_id uuid, ncr_category ncr_category, disposition ncr_disposition, root_cause text, corrective_action text, preventive_action text, affected_quantity int4, verification_required bool, current_cell_id uuid, intended_next_cell_id uuid, causes_standstill bool',
     NULL),
    ('ncr_counters', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'tenant_id uuid NOT NULL, year int4 NOT NULL, last_number int4 NOT NULL DEFAULT 0', 'tenant_id, year'),
    ('expectations', 'tenant_id', 'SELECT',
     'id uuid, tenant_id uuid, entity_type text, entity_id uuid, expectation_type expectation_type, expected_at timestamptz, superseded_by uuid', NULL),
    ('exceptions', 'tenant_id', 'SELECT',
     'tenant_id uuid, expectation_id uuid, exception_type exception_type, status exception_status, deviation_amount numeric, deviation_unit text, detected_at timestamptz', NULL),
    ('activity_log', 'tenant_id', '',
     'id uuid, tenant_id uuid, user_id uuid, user_email text, user_name text, action text, entity_type text, entity_id uuid, entity_name text, description text, changes jsonb, metadata jsonb, ip_address inet, user_agent text, created_at timestamptz', NULL),
    ('notifications', 'tenant_id', 'SELECT, INSERT',
     'tenant_id uuid, user_id uuid, type text, severity text, title text, message text, reference_type text, reference_id uuid, read bool, created_at timestamptz', NULL),
    ('mcp_server_config', 'tenant_id', 'SELECT', 'tenant_id uuid, enabled bool', NULL)
  ) AS t (table_name, tenant_path, tool_rights, columns, unique_key)
 -- An application's table has the name of one of ours, which is no MES table.
 WHERE t.table_name <> 'mcp_server_config'
    OR p_schema <> (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE c.oid = '@extschema@.mcp_server_config'::regclass)
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_tables(text) IS 'The MES tables that the tools use, in a schema; the only list of them. p_schema: the schema; without it, or if it is the extension''s own, the list leaves out the application''s mcp_server_config, which has the name of a table of ours. tenant_path: the column that holds the tenant or, for a link table without one, its references (column > parent). tool_rights: the privileges of eryxon_mcp_tenant. columns: name, type and the constraints that are required when the column is added. unique_key: columns that a unique index must cover. optional: the table may be missing as a whole. Contains no data. For superusers and members of eryxon_mcp_owner.';

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
COMMENT ON FUNCTION @extschema@.mcp_mes_enums() IS 'The enum types and labels that the tools require in the MES schema. Contains no data. For superusers and members of eryxon_mcp_owner.';
