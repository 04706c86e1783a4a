//! More of what the tests of `mcp_doctor` make wrong: objects of the extension, and the server.

use super::cases::Case;

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
