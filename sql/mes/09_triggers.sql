-- Triggers. They run as the role that writes (inside a tool: eryxon_mcp_tenant), so row-level security applies to them
-- too. There are no audit triggers on business tables: the MCP layer records each call with its arguments in
-- activity_log, and an audit row for each changed row would double the cost of a write.

CREATE FUNCTION mes_touch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION mes_touch() IS 'Trigger: sets updated_at on an update that does not set it itself.';

DO $create$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['tenants', 'profiles', 'operators', 'cells', 'materials', 'resources',
        'resource_cell_memberships', 'scrap_reasons', 'issue_categories', 'factory_calendar', 'jobs', 'parts',
        'operations', 'substeps', 'assignments', 'operation_quantities', 'issues']
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON %I FOR EACH ROW
                        WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION mes_touch()',
                       v_table || '_touch', v_table);
    END LOOP;
END
$create$;

CREATE FUNCTION mes_count_jobs() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE {{mes}}.tenants t SET current_jobs = t.current_jobs + n.jobs
          FROM (SELECT tenant_id, count(*) AS jobs FROM changed GROUP BY tenant_id) n
         WHERE t.id = n.tenant_id;
    ELSE
        UPDATE {{mes}}.tenants t SET current_jobs = greatest(t.current_jobs - n.jobs, 0)
          FROM (SELECT tenant_id, count(*) AS jobs FROM changed GROUP BY tenant_id) n
         WHERE t.id = n.tenant_id;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mes_count_jobs() IS 'Trigger: maintains tenants.current_jobs. As in Eryxon Flow, a soft delete does not change it.';

CREATE TRIGGER jobs_counted_in AFTER INSERT ON jobs REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mes_count_jobs();
CREATE TRIGGER jobs_counted_out AFTER DELETE ON jobs REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mes_count_jobs();

CREATE FUNCTION mes_forget_activity() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM {{mes}}.activity_log WHERE tenant_id = OLD.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mes_forget_activity() IS
    'Trigger: deletes the activity of a deleted tenant, because activity_log has no foreign key that would.';

CREATE TRIGGER tenants_forget_activity AFTER DELETE ON tenants
    FOR EACH ROW EXECUTE FUNCTION mes_forget_activity();

REVOKE ALL ON FUNCTION mes_touch(), mes_count_jobs(), mes_forget_activity() FROM PUBLIC;
