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

pub const ROLES: &[Case] = &[
    ("ALTER ROLE eryxon_mcp_tenant BYPASSRLS", "severe", "role eryxon_mcp_tenant", "it must not have BYPASSRLS"),
    ("ALTER ROLE eryxon_mcp_gateway LOGIN", "severe", "role eryxon_mcp_gateway", "it must not have LOGIN"),
    ("GRANT other TO eryxon_mcp_owner", "severe", "role eryxon_mcp_owner", "it is a member of other"),
    ("GRANT eryxon_mcp_tenant TO other", "severe", "role eryxon_mcp_tenant", "it is granted to other"),
    ("GRANT eryxon_mcp_owner TO other", "note", "role eryxon_mcp_owner", "other is a member of it"),
    (
        "ALTER ROLE web BYPASSRLS",
        "severe",
        "role web",
        "it has the privileges of members of a tenant, but it is a superuser or bypasses row-level security",
    ),
    (
        "GRANT pg_read_all_data TO web",
        "severe",
        "role web",
        "it has the privileges of members of a tenant, but it is a member of pg_read_all_data",
    ),
    (
        "CREATE ROLE between; GRANT web TO between; CREATE ROLE reader BYPASSRLS; GRANT between TO reader",
        "severe",
        "role web",
        "it has the privileges of members of a tenant, but reader is a member of it and bypasses",
    ),
    ("GRANT other TO eryxon_mcp_tenant", "severe", "role eryxon_mcp_tenant", "it is a member of other"),
    (
        "CREATE TABLE public.its (a int); ALTER TABLE public.its OWNER TO eryxon_mcp_tenant",
        "severe",
        "role eryxon_mcp_tenant",
        "it owns table public.its",
    ),
    (
        "CREATE ROLE mid; GRANT eryxon_mcp_gateway TO mid; GRANT mid TO shim; REVOKE eryxon_mcp_gateway FROM shim",
        "warning",
        "role shim",
        "it is a member of eryxon_mcp_gateway through mid",
    ),
    ("GRANT other TO mid", "severe", "role mid", "it is a member of other"),
    ("GRANT SELECT ON mes.jobs TO mid", "severe", "role mid", "it has privileges on table mes.jobs"),
    ("GRANT CREATE ON DATABASE doctor TO shim", "severe", "login shim", "it has privileges on database doctor: CREATE"),
    (
        "GRANT TEMP ON DATABASE doctor TO shim",
        "severe",
        "login shim",
        "it has privileges on database doctor: TEMPORARY",
    ),
    (
        "CREATE TABLE public.theirs (a int); GRANT INSERT ON public.theirs TO eryxon_mcp_gateway",
        "severe",
        "role eryxon_mcp_gateway",
        "it has privileges on table public.theirs",
    ),
    (
        "GRANT SET ON PARAMETER session_preload_libraries TO eryxon_mcp_gateway",
        "severe",
        "parameter session_preload_libraries",
        "eryxon_mcp_gateway may change it",
    ),
    (
        "GRANT SET ON PARAMETER eryxon_mcp.calls_in_transactions TO other",
        "severe",
        "parameter eryxon_mcp.calls_in_transactions",
        "other may change it",
    ),
    ("GRANT SET ON PARAMETER log_statement TO shim", "severe", "parameter log_statement", "shim may change it"),
    (
        "CREATE SCHEMA open; GRANT CREATE ON SCHEMA open TO PUBLIC; ALTER ROLE shim IN DATABASE doctor SET search_path = open, public",
        "warning",
        "login shim",
        "its search_path names the schema open, in which PUBLIC may create objects",
    ),
    ("ALTER ROLE shim CREATEROLE", "severe", "role shim", "it must not have CREATEROLE"),
    ("GRANT other TO shim", "severe", "role shim", "it is a member of other"),
    ("ALTER ROLE shim CONNECTION LIMIT -1", "warning", "login shim", "it may open any number of connections"),
    ("GRANT SELECT ON mes.jobs TO shim", "severe", "login shim", "it has privileges on table mes.jobs"),
    ("GRANT USAGE ON SCHEMA mes TO shim", "severe", "login shim", "it has privileges on schema mes"),
    (
        "CREATE TABLE public.mine (a int); ALTER TABLE public.mine OWNER TO shim",
        "severe",
        "login shim",
        "it owns table public.mine",
    ),
    ("ALTER ROLE shim RESET log_parameter_max_length", "severe", "login shim", "log_parameter_max_length is not set"),
    (
        "ALTER ROLE shim SET log_parameter_max_length_on_error = 100",
        "severe",
        "login shim",
        "log_parameter_max_length_on_error is 100",
    ),
    ("ALTER ROLE shim RESET session_preload_libraries", "severe", "login shim", "session_preload_libraries is not set"),
    ("ALTER ROLE shim SET plan_cache_mode = auto", "severe", "login shim", "plan_cache_mode is auto"),
    ("ALTER ROLE shim SET statement_timeout = 0", "warning", "login shim", "statement_timeout is 0"),
    (
        "ALTER ROLE shim RESET idle_in_transaction_session_timeout",
        "warning",
        "login shim",
        "idle_in_transaction_session_timeout is not set",
    ),
    (
        "ALTER ROLE shim SET client_connection_check_interval = '0s'",
        "warning",
        "login shim",
        "client_connection_check_interval is 0s",
    ),
    ("ALTER ROLE shim SET temp_file_limit = -1", "warning", "login shim", "temp_file_limit is -1"),
    (
        "ALTER ROLE shim SET standard_conforming_strings = off",
        "warning",
        "login shim",
        "standard_conforming_strings is off",
    ),
    (
        "ALTER ROLE shim SET default_transaction_isolation = serializable",
        "warning",
        "login shim",
        "default_transaction_isolation is serializable",
    ),
];

pub const OBJECTS: &[Case] = &[
    (
        "ALTER TABLE mcp_keys DISABLE TRIGGER mcp_check_key",
        "severe",
        "trigger mcp_check_key on table public.mcp_keys",
        "it is disabled",
    ),
    (
        "ALTER TABLE mes.tenants ENABLE REPLICA TRIGGER eryxon_mcp_forget_tenant",
        "severe",
        "trigger eryxon_mcp_forget_tenant on table mes.tenants",
        "it is disabled",
    ),
    (
        "CREATE FUNCTION mes.look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER look BEFORE INSERT ON mcp_keys FOR EACH ROW EXECUTE FUNCTION mes.look()",
        "severe",
        "trigger look on table public.mcp_keys",
        "it is not the extension's",
    ),
    (
        "CREATE RULE quiet AS ON INSERT TO mcp_server_logs DO INSTEAD NOTHING",
        "severe",
        "rule quiet on table public.mcp_server_logs",
        "it is not the extension's",
    ),
    (
        "ALTER FUNCTION mcp_call_tool RESET search_path",
        "severe",
        "function public.mcp_call_tool(text,text,jsonb,jsonb)",
        "its search_path is not the one",
    ),
    (
        "ALTER FUNCTION mcp_doctor SET search_path = mes, pg_catalog",
        "severe",
        "function public.mcp_doctor()",
        "its search_path is not the one",
    ),
];

pub const SERVER: &[Case] = &[
    (
        "ALTER ROLE shim SET eryxon_mcp.calls_in_transactions = true",
        "warning",
        "login shim",
        "eryxon_mcp.calls_in_transactions is true",
    ),
    (
        "ALTER DATABASE doctor SET eryxon_mcp.calls_in_transactions = on",
        "warning",
        "database doctor",
        "eryxon_mcp.calls_in_transactions is on",
    ),
    ("ALTER DATABASE doctor SET row_security = off", "warning", "database doctor", "row_security is off"),
    (
        "ALTER ROLE ALL IN DATABASE doctor SET default_transaction_read_only = 1",
        "warning",
        "database doctor",
        "default_transaction_read_only is 1",
    ),
    ("ALTER ROLE shim SET debug_print_plan = on", "severe", "login shim", "debug_print_plan is on"),
    ("ALTER DATABASE doctor SET debug_print_parse = on", "severe", "database doctor", "debug_print_parse is on"),
    ("ALTER ROLE ALL SET debug_print_rewritten = on", "severe", "all logins", "debug_print_rewritten is on"),
    ("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()", "warning", "server", "log_statement is all"),
    (
        "ALTER SYSTEM SET log_min_duration_statement = 0; SELECT pg_reload_conf()",
        "warning",
        "server",
        "log_min_duration_statement is 0",
    ),
    (
        "ALTER SYSTEM SET log_executor_stats = on; SELECT pg_reload_conf()",
        "warning",
        "server",
        "log_executor_stats is on",
    ),
    ("ALTER ROLE ALL SET log_parser_stats = on", "warning", "all logins", "log_parser_stats is on"),
    ("ALTER ROLE ALL SET log_planner_stats = on", "warning", "all logins", "log_planner_stats is on"),
    ("ALTER ROLE ALL SET log_statement_stats = on", "warning", "all logins", "log_statement_stats is on"),
    (
        "ALTER ROLE ALL SET auto_explain.log_nested_statements = on",
        "warning",
        "all logins",
        "auto_explain.log_nested_statements is on",
    ),
    ("ALTER ROLE ALL SET pg_stat_statements.track = 'all'", "warning", "all logins", "pg_stat_statements.track is all"),
];
