//! What the tests of `mcp_doctor` make wrong. In `doctor`, `shim` is a gateway's login, `web` a member's role, `other` a role of the host.

/// Something that is made wrong, and the finding that it gives: severity, object, and the beginning of the reason.
pub type Case = (&'static str, &'static str, &'static str, &'static str);

pub const RIGHTS: &[Case] = &[
    ("GRANT SELECT ON mcp_settings TO PUBLIC", "severe", "table public.mcp_settings", "PUBLIC may SELECT"),
    (
        "GRANT SELECT (key_hash) ON mcp_authentication_keys TO web",
        "severe",
        "table public.mcp_authentication_keys",
        "web may SELECT",
    ),
    (
        "GRANT EXECUTE ON FUNCTION mcp_as_tenant TO web",
        "severe",
        "function public.mcp_as_tenant(uuid)",
        "web may EXECUTE",
    ),
    (
        "GRANT EXECUTE ON FUNCTION get_tenant_info TO web WITH GRANT OPTION",
        "severe",
        "function public.get_tenant_info()",
        "web may EXECUTE and grant it",
    ),
    ("GRANT USAGE ON TYPE mcp_tenant_info TO other", "severe", "type public.mcp_tenant_info", "other may USAGE"),
    (
        "REVOKE EXECUTE ON FUNCTION mcp_call_tool FROM eryxon_mcp_gateway",
        "warning",
        "function public.mcp_call_tool(text,text,jsonb,jsonb)",
        "eryxon_mcp_gateway may not EXECUTE",
    ),
    (
        "REVOKE USAGE ON SCHEMA public FROM eryxon_mcp_gateway",
        "warning",
        "schema public",
        "eryxon_mcp_gateway may not USAGE",
    ),
    (
        "ALTER TABLE mcp_server_logs OWNER TO other",
        "severe",
        "table public.mcp_server_logs",
        "is owned by other instead of eryxon_mcp_owner",
    ),
    ("GRANT CREATE ON SCHEMA public TO PUBLIC", "severe", "schema public", "PUBLIC may create objects in it"),
    ("GRANT CREATE ON SCHEMA mes TO other", "severe", "schema mes", "other may create objects in it"),
    ("ALTER SCHEMA public OWNER TO other", "warning", "schema public", "its owner other is no superuser"),
    ("ALTER SCHEMA mes OWNER TO other", "note", "schema mes", "its owner other is no superuser"),
    (
        "GRANT SELECT (email) ON mes.profiles TO eryxon_mcp_tenant",
        "severe",
        "table mes.profiles",
        "eryxon_mcp_tenant may SELECT",
    ),
    ("GRANT TRUNCATE ON mes.jobs TO eryxon_mcp_owner", "severe", "table mes.jobs", "eryxon_mcp_owner may TRUNCATE"),
    ("GRANT SELECT ON mes.tenants TO eryxon_mcp_owner", "severe", "table mes.tenants", "eryxon_mcp_owner may SELECT"),
    ("GRANT INSERT ON mes.jobs TO eryxon_mcp_recorder", "severe", "table mes.jobs", "eryxon_mcp_recorder may INSERT"),
    (
        "GRANT SELECT ON mes.activity_log TO eryxon_mcp_recorder",
        "severe",
        "table mes.activity_log",
        "eryxon_mcp_recorder may SELECT",
    ),
    ("GRANT SELECT ON mes.jobs TO eryxon_mcp_gateway", "severe", "table mes.jobs", "eryxon_mcp_gateway may SELECT"),
    (
        "REVOKE INSERT ON mes.jobs FROM eryxon_mcp_tenant",
        "warning",
        "table mes.jobs",
        "eryxon_mcp_tenant may not INSERT",
    ),
];

pub const POLICIES: &[Case] = &[
    (
        "ALTER TABLE mcp_server_logs DISABLE ROW LEVEL SECURITY",
        "severe",
        "table public.mcp_server_logs",
        "row-level security is not enabled",
    ),
    (
        "ALTER TABLE mes.jobs DISABLE ROW LEVEL SECURITY",
        "severe",
        "table mes.jobs",
        "row-level security is not enabled",
    ),
    (
        "DROP POLICY member_reads ON mcp_server_logs",
        "severe",
        "table public.mcp_server_logs",
        "the policy member_reads is missing",
    ),
    (
        "ALTER POLICY member_reads ON mcp_server_logs USING (true)",
        "severe",
        "table public.mcp_server_logs",
        "the policy member_reads is not as it was created",
    ),
    (
        "CREATE POLICY extra ON mcp_server_logs TO other USING (true)",
        "severe",
        "table public.mcp_server_logs",
        "the policy extra is not the extension's",
    ),
    (
        "DROP POLICY eryxon_mcp_tenant_only_until_mcp_detach_mes ON mes.parts",
        "severe",
        "table mes.parts",
        "the policy eryxon_mcp_tenant_only_until_mcp_detach_mes is missing",
    ),
    (
        "ALTER POLICY eryxon_mcp_tenant_only_until_mcp_detach_mes ON mes.operation_resources USING (true)",
        "severe",
        "table mes.operation_resources",
        "the policy eryxon_mcp_tenant_only_until_mcp_detach_mes is not as it was created",
    ),
    (
        "CREATE POLICY eryxon_mcp_extra ON mes.parts TO eryxon_mcp_tenant USING (true)",
        "severe",
        "table mes.parts",
        "the policy eryxon_mcp_extra is not the extension's",
    ),
    (
        "CREATE FUNCTION mes.spy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER spy AFTER INSERT ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.spy()",
        "warning",
        "trigger spy on table mes.jobs",
        "its function mes.spy() is SECURITY DEFINER and runs as postgres, a superuser",
    ),
    (
        "ALTER FUNCTION mes.spy() SECURITY DEFINER; ALTER FUNCTION mes.spy() OWNER TO other",
        "warning",
        "trigger spy on table mes.jobs",
        "its function mes.spy() is SECURITY DEFINER and runs as other, who does not own the table",
    ),
];
