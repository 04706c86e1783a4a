//! Beside an application's own objects: names that are taken, and statements that reach the extension's.

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::database::one_installs;

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "each test has its own runtime and thread")]
async fn names_that_are_taken_are_told_before_anything_is_made_with_the_two_statements() {
    let db = Database::empty();
    db.psql(
        "CREATE TABLE mcp_server_config (a int); CREATE VIEW mcp_settings AS SELECT 1 AS one; CREATE SEQUENCE mcp_key_usage_logs_key;
         CREATE FUNCTION generate_mcp_key(a text) RETURNS text LANGUAGE sql AS 'SELECT a';
         CREATE FUNCTION fetch_jobs() RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
         CREATE TYPE mcp_tenant_info AS ENUM ('a'); CREATE FUNCTION harmless() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
    );
    let _one = one_installs();
    let session = db.superuser().await;
    let error = session.batch_execute("CREATE EXTENSION eryxon_mcp").await.expect_err("names are taken");
    let error = error.as_db_error().expect("an SQL error");
    assert_eq!(
        (error.code().code(), error.message()),
        ("42710", "schema \"public\" has objects with names of this extension")
    );
    assert_eq!(
        error.detail(),
        Some(
            "Taken: function fetch_jobs(), function generate_mcp_key(text), sequence mcp_key_usage_logs_key, \
             table mcp_server_config, type mcp_tenant_info, view mcp_settings."
        )
    );
    let hint = error.hint().expect("a hint");
    assert_eq!(hint, "CREATE SCHEMA eryxon_mcp;\nCREATE EXTENSION eryxon_mcp SCHEMA eryxon_mcp;");
    db.psql(hint);
}

/// The list is read from the install script. It must have every name that the script then makes in the schema.
#[tokio::test]
async fn every_object_of_the_extension_is_among_the_names_that_are_looked_for() {
    let db = Database::fresh();
    let folder = eryxon_mcp_tests::cluster::text(
        std::process::Command::new(std::env::var("ERYXON_PG_CONFIG").expect("the scripts set it")).arg("--sharedir"),
    );
    let script = std::fs::read_to_string(format!(
        "{folder}/extension/eryxon_mcp--{}.sql",
        db.psql("SELECT extversion FROM pg_extension WHERE extname = 'eryxon_mcp'")
    ))
    .expect("the install script");
    let list = |name: &str| {
        let line = script.lines().find(|line| line.trim_start().starts_with(name)).expect("a list of names");
        let names = line.split_once("'{").and_then(|(_, names)| names.split_once("}'")).expect("names in braces").0;
        names.split(',').map(str::to_owned).collect::<Vec<_>>()
    };
    let (functions, others) = (list("c_functions"), list("c_others"));
    let made = |query: &str| db.psql(query).lines().map(str::to_owned).collect::<Vec<_>>();
    let missing = |made: Vec<String>, listed: &[String]| {
        made.into_iter().filter(|name| !listed.contains(name)).collect::<Vec<_>>()
    };
    let member = |class: &str| {
        format!(
            "SELECT d.objid FROM pg_depend d WHERE d.deptype = 'e' AND d.classid = '{class}'::regclass
                AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'eryxon_mcp')"
        )
    };
    let made_functions = made(&format!("SELECT DISTINCT proname FROM pg_proc WHERE oid IN ({})", member("pg_proc")));
    assert!(made_functions.len() > 90, "{made_functions:?}");
    assert_eq!(missing(made_functions, &functions), [""; 0]);
    // PostgreSQL gives indexes of constraints a name that is free.
    let made_others = made(&format!(
        "SELECT relname FROM pg_class WHERE oid IN ({0})
         UNION SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE i.indrelid IN ({0}) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
         UNION SELECT typname FROM pg_type WHERE oid IN ({1}) AND typrelid = 0",
        member("pg_class"),
        member("pg_type")
    ));
    assert!(made_others.len() > 10, "{made_others:?}");
    assert_eq!(missing(made_others, &others), [""; 0]);
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "each test has its own runtime and thread")]
async fn the_service_role_gets_the_peoples_functions_and_nothing_more() {
    let cluster: &'static eryxon_mcp_tests::Cluster =
        Box::leak(Box::new(eryxon_mcp_tests::Cluster::start(&eryxon_mcp_tests::Options::default())));
    cluster.psql("postgres", "CREATE ROLE service_role BYPASSRLS; CREATE ROLE anon; CREATE ROLE authenticated");
    let db = Database::empty_in(cluster);
    let _one = one_installs();
    db.psql(
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO service_role; ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO service_role;
         CREATE SCHEMA eryxon_mcp; CREATE EXTENSION eryxon_mcp SCHEMA eryxon_mcp",
    );
    let member =
        "d.objid AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'eryxon_mcp')";
    let functions = db.psql(&format!(
        "SELECT string_agg(p.proname, ' ' ORDER BY p.proname) FROM pg_proc p JOIN pg_depend d ON p.oid = {member}
          WHERE has_function_privilege('service_role', p.oid, 'EXECUTE')"
    ));
    assert_eq!(
        functions,
        "check_mcp_tool_permission generate_mcp_key get_mcp_key_stats get_mcp_server_config get_tenant_info log_mcp_server_activity rotate_mcp_key update_mcp_server_health"
    );
    let tables = db.psql(&format!(
        "SELECT string_agg(c.relname, ' ') FROM pg_class c JOIN pg_depend d ON c.oid = {member}
          WHERE has_any_column_privilege('service_role', c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege('service_role', c.oid, 'DELETE, TRUNCATE')"
    ));
    assert_eq!(tables, "");
    assert_eq!(db.psql("SELECT has_schema_privilege('service_role', 'eryxon_mcp', 'USAGE'), has_schema_privilege('authenticated', 'eryxon_mcp', 'USAGE')"), "t|t");
    assert_eq!(db.psql("SELECT * FROM eryxon_mcp.mcp_privilege_differences()"), "");
}
