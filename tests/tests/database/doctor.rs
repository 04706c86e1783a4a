//! `mcp_doctor`: each of its findings is made, found alone, and mended by its own statement.

use eryxon_mcp_tests::database::one_installs;
use eryxon_mcp_tests::{Cluster, Database, Options, Session};

/// Something that is made wrong, and the finding that it gives: severity, object, and the beginning of the reason.
type Case = (&'static str, &'static str, &'static str, &'static str);

const RIGHTS: &[Case] = &[
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
    ("GRANT SELECT ON mes.jobs TO eryxon_mcp_gateway", "severe", "table mes.jobs", "eryxon_mcp_gateway may SELECT"),
    (
        "REVOKE INSERT ON mes.jobs FROM eryxon_mcp_tenant",
        "warning",
        "table mes.jobs",
        "eryxon_mcp_tenant may not INSERT",
    ),
];

const POLICIES: &[Case] = &[
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
        "DROP POLICY eryxon_mcp_tenant_only ON mes.parts",
        "severe",
        "table mes.parts",
        "the policy eryxon_mcp_tenant_only is missing",
    ),
    (
        "ALTER POLICY eryxon_mcp_tenant_only ON mes.operation_resources USING (true)",
        "severe",
        "table mes.operation_resources",
        "the policy eryxon_mcp_tenant_only is not as it was created",
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

const ROLES: &[Case] = &[
    ("ALTER ROLE eryxon_mcp_tenant BYPASSRLS", "severe", "role eryxon_mcp_tenant", "it must not have BYPASSRLS"),
    ("ALTER ROLE eryxon_mcp_gateway LOGIN", "severe", "role eryxon_mcp_gateway", "it must not have LOGIN"),
    ("GRANT other TO eryxon_mcp_owner", "severe", "role eryxon_mcp_owner", "it is a member of other"),
    ("GRANT eryxon_mcp_tenant TO other", "severe", "role eryxon_mcp_tenant", "it is granted to other"),
    ("GRANT eryxon_mcp_owner TO other", "note", "role eryxon_mcp_owner", "other is a member of it"),
    (
        "ALTER ROLE web BYPASSRLS",
        "severe",
        "role web",
        "it is a member of tenants, but row-level security does not hold it",
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

const SERVER: &[Case] = &[
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

/// The findings, each as severity, object, reason and statement.
async fn findings(session: &Session, schema: &str) -> Vec<[String; 4]> {
    let rows = session.query(&format!("SELECT * FROM {schema}.mcp_doctor()"), &[]).await.expect("the findings");
    rows.iter().map(|row| [0, 1, 2, 3].map(|field| row.get::<_, Option<String>>(field).unwrap_or_default())).collect()
}

/// Runs the statements one by one, because ALTER SYSTEM refuses a transaction.
async fn run(session: &Session, statements: &str) {
    let functions = statements.contains("LANGUAGE plpgsql");
    for statement in statements.split(';').filter(|part| !functions && !part.trim().is_empty()) {
        session.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    if functions {
        session.batch_execute(statements).await.expect(statements);
    }
}

/// The findings, once there are as many as expected: a session reads the configuration anew some time after `pg_reload_conf`.
async fn settled(session: &Session, count: usize) -> Vec<[String; 4]> {
    let mut found = findings(session, "public").await;
    for _ in 0..100 {
        if found.len() == count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        found = findings(session, "public").await;
    }
    found
}

fn installed(cluster: &'static Cluster, name: &str, schema: &str, mes: &str) -> Database {
    let _one = one_installs();
    let db = Database::empty_in(cluster);
    cluster.psql("postgres", &format!("ALTER DATABASE {} RENAME TO {name}", db.name()));
    cluster.psql(
        name,
        &format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION eryxon_mcp SCHEMA {schema}; SET search_path = {schema};
             SELECT mes_create_schema('{mes}'); SELECT mes_seed_demo(); SELECT create_mcp_gateway('shim', 'a password');
             SELECT mcp_grant_member('web')"
        ),
    );
    db.renamed(name)
}

/// One cluster, because roles and settings are the whole cluster's; nothing else may disturb it.
#[tokio::test]
async fn each_finding_is_found_alone_and_mended_by_its_statement() {
    let quiet = [("log_statement", "none"), ("log_min_duration_statement", "-1")];
    let cluster: &'static Cluster =
        Box::leak(Box::new(Cluster::start(&Options { settings: &quiet, ..Options::default() })));
    cluster.psql("postgres", "CREATE ROLE web; CREATE ROLE other");
    let elsewhere = installed(cluster, "elsewhere", "\"My MCP\"", "Shop \"floor\"");
    assert_eq!(findings(&elsewhere.superuser().await, "\"My MCP\"").await, [[""; 4]; 0], "in a schema of its own");
    let demo = installed(cluster, "demo", "public", "public");
    assert_eq!(findings(&demo.superuser().await, "public").await, [[""; 4]; 0], "as the demo is");

    let session = installed(cluster, "doctor", "public", "mes").superuser().await;
    assert_eq!(settled(&session, 0).await, [[""; 4]; 0], "a fresh installation");
    for (wrong, severity, object, reason) in [RIGHTS, POLICIES, ROLES, SERVER].concat() {
        run(&session, wrong).await;
        let found = settled(&session, 1).await;
        let [[its_severity, its_object, its_reason, statement]] = &found[..] else {
            panic!("{wrong}: {found:#?}");
        };
        assert_eq!((its_severity.as_str(), its_object.as_str()), (severity, object), "{wrong}: {found:?}");
        assert!(its_reason.starts_with(reason), "{wrong}: {found:?}");
        run(&session, statement).await;
        assert_eq!(settled(&session, 0).await, [[""; 4]; 0], "{wrong} is not mended by {statement}");
    }
}

#[tokio::test]
async fn an_object_that_the_list_does_not_know_is_found_and_so_is_a_missing_one() {
    let db = Database::fresh();
    let session = db.superuser().await;
    session
        .batch_execute(
            "BEGIN; CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION stray FROM PUBLIC;
             ALTER EXTENSION eryxon_mcp ADD FUNCTION stray(); CREATE FUNCTION mcp_touch(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
             REVOKE ALL ON FUNCTION mcp_touch(int) FROM PUBLIC; ALTER EXTENSION eryxon_mcp ADD FUNCTION mcp_touch(int);
             ALTER EXTENSION eryxon_mcp DROP FUNCTION mes_demo_id(text)",
        )
        .await
        .expect("changes of the extension");
    let found = session
        .text("SELECT string_agg(concat_ws(' ', severity, object, reason, statement), E'\\n' ORDER BY object) FROM mcp_privilege_differences()")
        .await;
    assert_eq!(
        found.lines().collect::<Vec<_>>(),
        [
            "severe function mcp_touch exists more than once",
            "severe function mes_demo_id does not exist",
            "severe function public.stray() is not in mcp_privileges()"
        ]
    );
}

#[tokio::test]
async fn a_library_of_another_version_is_found() {
    let db = Database::fresh();
    let session = db.superuser().await;
    session
        .batch_execute("BEGIN; UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'eryxon_mcp'")
        .await
        .unwrap();
    let found = session.text("SELECT concat_ws('|', severity, object, reason, statement) FROM mcp_findings_of_server() WHERE object LIKE 'ext%'").await;
    let library = db.psql("SELECT extversion FROM pg_extension WHERE extname = 'eryxon_mcp'");
    assert_eq!(
        found,
        format!(
            "warning|extension eryxon_mcp|the library is version {library}, the SQL objects are version 0.0.1|ALTER EXTENSION eryxon_mcp UPDATE;"
        )
    );
}

#[tokio::test]
async fn a_gateway_learns_the_number_of_severe_findings_and_nothing_else() {
    let db = Database::fresh();
    db.psql("GRANT SELECT ON mcp_settings TO PUBLIC; ALTER TABLE mes.jobs DISABLE ROW LEVEL SECURITY");
    let count = db.count("SELECT count(*) FROM mcp_doctor() WHERE severity = 'severe'");
    assert!(count >= 2, "{count}");
    let gateway = db.gateway().await;
    assert_eq!(gateway.text("SELECT mcp_severe_findings()::text").await, count.to_string());
    for statement in
        ["SELECT * FROM mcp_doctor()", "SELECT * FROM mcp_findings_of_roles()", "SELECT * FROM mcp_privileges()"]
    {
        assert_eq!(gateway.sqlstate(statement).await, "42501", "{statement}");
    }
}
