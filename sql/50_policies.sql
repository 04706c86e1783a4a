-- What a tenant's members see of the extension's tables. The owner, and thus every SECURITY DEFINER function, is not restricted.

ALTER TABLE @extschema@.mcp_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_key_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_rate_slots ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_key_usage_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_refused_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_server_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_server_health ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_server_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_job_times ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_ncr_numbers ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_ncr_counters ENABLE ROW LEVEL SECURITY;

-- The subselects make PostgreSQL evaluate the functions once per statement instead of once per row.
CREATE POLICY member_reads ON @extschema@.mcp_keys FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY admin_changes ON @extschema@.mcp_keys FOR UPDATE
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)))
    WITH CHECK (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY admin_deletes ON @extschema@.mcp_keys FOR DELETE
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)));
CREATE POLICY member_reads ON @extschema@.mcp_key_counters FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));

CREATE POLICY admin_reads ON @extschema@.mcp_key_usage_logs FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)));

CREATE POLICY admin_reads ON @extschema@.mcp_refused_calls FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)));

CREATE POLICY member_reads ON @extschema@.mcp_server_config FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY admin_manages ON @extschema@.mcp_server_config FOR ALL
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)))
    WITH CHECK (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)));

CREATE POLICY member_reads ON @extschema@.mcp_server_health FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY member_reads ON @extschema@.mcp_server_logs FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));

-- The side tables belong to the tools.
CREATE POLICY tenant_only ON @extschema@.mcp_job_times TO eryxon_mcp_tenant
    USING (tenant_id = (SELECT @extschema@.current_mcp_tenant())) WITH CHECK (tenant_id = (SELECT @extschema@.current_mcp_tenant()));
CREATE POLICY tenant_only ON @extschema@.mcp_ncr_numbers TO eryxon_mcp_tenant
    USING (tenant_id = (SELECT @extschema@.current_mcp_tenant())) WITH CHECK (tenant_id = (SELECT @extschema@.current_mcp_tenant()));
CREATE POLICY tenant_only ON @extschema@.mcp_ncr_counters TO eryxon_mcp_tenant
    USING (tenant_id = (SELECT @extschema@.current_mcp_tenant())) WITH CHECK (tenant_id = (SELECT @extschema@.current_mcp_tenant()));
