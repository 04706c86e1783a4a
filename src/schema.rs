//! The install script: the SQL files and their order. Every file states what it requires, because without that pgrx's order is arbitrary.
//! A path such as `keys::generate_mcp_key` refers to the SQL function of that Rust path; pgrx compares only the end of the path.

use pgrx::extension_sql_file;

extension_sql_file!("../sql/05_schema.sql", name = "closed_schema", bootstrap);
extension_sql_file!("../sql/00_roles.sql", name = "roles", requires = ["closed_schema"]);
extension_sql_file!("../sql/10_keys.sql", name = "key_tables", requires = ["roles"]);
extension_sql_file!("../sql/20_records.sql", name = "record_tables", requires = ["key_tables"]);
extension_sql_file!("../sql/22_refused.sql", name = "refused_calls", requires = ["record_tables"]);
extension_sql_file!("../sql/24_side_tables.sql", name = "side_tables", requires = ["refused_calls"]);
extension_sql_file!(
    "../sql/30_identity.sql",
    name = "identity",
    requires = [
        "side_tables",
        identity::current_mcp_tenant,
        identity::mcp_caller_is_operator,
        identity::mcp_read_profile,
        identity::mcp_read_tenant
    ]
);
extension_sql_file!("../sql/38_mes_tables.sql", name = "mes_tables", requires = ["identity"]);
extension_sql_file!("../sql/39_missing.sql", name = "missing", requires = ["mes_tables"]);
extension_sql_file!("../sql/40_attached.sql", name = "attached", requires = ["missing"]);
extension_sql_file!("../sql/41_locks.sql", name = "locks", requires = ["attached"]);
extension_sql_file!("../sql/42_owners.sql", name = "owners", requires = ["locks"]);
extension_sql_file!("../sql/43_attach.sql", name = "attach", requires = ["owners"]);
extension_sql_file!("../sql/44_detach.sql", name = "detach", requires = ["attach"]);
extension_sql_file!("../sql/45_warnings.sql", name = "warnings", requires = ["detach"]);
extension_sql_file!("../sql/46_host_rules.sql", name = "host_rules", requires = ["warnings"]);
extension_sql_file!("../sql/47_check.sql", name = "check", requires = ["host_rules"]);
extension_sql_file!("../sql/48_backup.sql", name = "backup", requires = ["check"]);
extension_sql_file!("../sql/50_policies.sql", name = "policies", requires = ["backup"]);
extension_sql_file!("../sql/60_monitoring.sql", name = "monitoring", requires = ["policies"]);
extension_sql_file!(
    "../sql/70_gateway.sql",
    name = "gateway",
    requires = [
        "monitoring",
        gateway::mcp_scram_verifier,
        keys::generate_mcp_key,
        keys::rotate_mcp_key,
        keys::check_mcp_tool_permission
    ]
);
extension_sql_file!(
    "../sql/80_tools.sql",
    name = "tool_functions",
    requires = ["gateway", calls::mcp_run_tool, calls::mcp_tool_catalog]
);
extension_sql_file!(
    "../sql/85_take_over.sql",
    name = "take_over",
    requires = ["tool_functions", identity::mcp_tenant_exists]
);
extension_sql_file!(
    "../sql/90_comments.sql",
    name = "comments",
    requires = [
        "take_over",
        identity::mcp_as_tenant,
        identity::current_mcp_person,
        keys::validate_mcp_key,
        keys::log_mcp_key_usage,
        keys::mcp_check_allowed_tools,
        calls::mcp_call_tool,
        calls::mcp_list_tools,
        calls::mcp_heartbeat,
        calls::mcp_tool_error_codes,
        calls::mcp_state_tables,
        verdicts::mcp_tool_verdicts,
        mes::mes_create_schema,
        mes::mes_seed_demo,
        load::mes_seed_load,
        mes::mes_demo_id,
        texts::mcp_fold,
        texts::mcp_name_forms
    ]
);
extension_sql_file!("../sql/95_privileges.sql", name = "privileges", requires = ["comments"]);
extension_sql_file!("../sql/95_roles_of_others.sql", name = "roles_of_others", requires = ["privileges"]);
extension_sql_file!("../sql/96_doctor_objects.sql", name = "doctor_objects", requires = ["roles_of_others"]);
extension_sql_file!("../sql/96_doctor_mes.sql", name = "doctor_mes", requires = ["doctor_objects"]);
extension_sql_file!(
    "../sql/97_doctor.sql",
    name = "doctor",
    requires = ["doctor_mes", doctor::mcp_library_version, doctor::mcp_severe_findings]
);
extension_sql_file!("../sql/99_grants.sql", name = "grants", finalize);
