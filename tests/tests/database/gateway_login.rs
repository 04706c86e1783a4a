//! `create_mcp_gateway`: what it sets, what it says, and that nothing shows the password.

use eryxon_mcp_tests::{Cluster, Database, Options};
use tokio_postgres::types::Type;

use crate::gateway_guard::logs_bytes_of;

#[tokio::test]
async fn create_mcp_gateway_sets_what_protects_the_login_and_repairs_it() {
    let db = Database::fresh();
    let login = db.gateway_name();
    let settings = || {
        db.psql(&format!(
            "SELECT string_agg(s, E'\\n' ORDER BY s) FROM pg_db_role_setting, unnest(setconfig) s
              WHERE setrole = '{login}'::regrole AND setdatabase = 0"
        ))
    };
    let expected = settings();
    for setting in [
        "session_preload_libraries=eryxon_mcp",
        "temp_file_limit=1GB",
        "plan_cache_mode=force_generic_plan",
        "standard_conforming_strings=on",
        "default_transaction_isolation=read committed",
        "statement_timeout=30s",
    ] {
        assert!(expected.lines().any(|line| line == setting), "{setting}: {expected}");
    }
    db.psql(&format!("ALTER ROLE {login} RESET ALL; ALTER ROLE {login} NOLOGIN CREATEDB CONNECTION LIMIT -1"));
    db.psql(&format!("SELECT create_mcp_gateway('{login}')"));
    assert_eq!(settings(), expected);
    let role = format!("SELECT rolcanlogin, rolcreatedb, rolconnlimit FROM pg_roles WHERE rolname = '{login}'");
    assert_eq!(db.psql(&role), "t|f|20");
    let superuser = db.superuser().await;
    for limit in ["0", "-1", "NULL"] {
        let sql = format!("SELECT create_mcp_gateway('{login}', NULL, {limit})");
        assert_eq!(superuser.sqlstate(&sql).await, "22023", "{limit}");
    }
    superuser.notices();
    db.lift_guard();
    db.psql(&format!("CREATE TABLE owned (a int); ALTER TABLE owned OWNER TO {login}"));
    superuser.batch_execute(&format!("SELECT create_mcp_gateway('{login}')")).await.unwrap();
    let notices = superuser.notices().join("\n");
    assert!(notices.contains("also a member of role_") && notices.contains("owns objects"), "{notices}");
}

#[tokio::test]
async fn no_log_and_no_statistics_show_a_gateways_password() {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(&Options {
        settings: &[
            ("shared_preload_libraries", "pg_stat_statements,auto_explain"),
            ("pg_stat_statements.track", "all"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_nested_statements", "on"),
            ("auto_explain.log_verbose", "on"),
            ("debug_print_parse", "on"),
            ("debug_print_rewritten", "on"),
            ("log_parameter_max_length", "0"),
            ("log_parameter_max_length_on_error", "0"),
        ],
        hba: Some("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"),
        ..Options::default()
    })));
    let db = Database::alone_in(cluster);
    db.psql("CREATE EXTENSION pg_stat_statements");
    let superuser = db.superuser().await;
    // Plans of the nested statements only: the DBA's own statement is a generic plan.
    superuser.batch_execute("SET debug_print_plan = on; SET plan_cache_mode = force_generic_plan").await.unwrap();
    let password = "correct-horse-battery";
    let statement = superuser.prepare_typed("SELECT create_mcp_gateway('of_test', $1)", &[Type::TEXT]).await.unwrap();
    superuser.query(&statement, &[&password]).await.unwrap();
    let stored = "SELECT rolpassword FROM pg_authid WHERE rolname = 'of_test'";
    let verifier = db.psql(stored);
    assert!(verifier.starts_with("SCRAM-SHA-256$4096:"), "{verifier}");
    let (log, statistics) = (cluster.log(), db.psql("SELECT string_agg(query, ' ') FROM pg_stat_statements"));
    assert!(
        log.contains("ALTER ROLE of_test PASSWORD") || statistics.contains("ALTER ROLE of_test PASSWORD"),
        "the nested statement is seen"
    );
    for (place, text) in [("log", &log), ("statistics", &statistics)] {
        assert!(!text.contains(password), "the {place} shows the password");
    }
    assert!(!logs_bytes_of(cluster, password), "the log shows the password's bytes");
    // The password works; one that is already hashed is kept.
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(cluster.port()).user("of_test").dbname(db.name()).password(password);
    drop(config.connect(tokio_postgres::NoTls).await.expect("the password is right"));
    config.password("wrong");
    assert!(config.connect(tokio_postgres::NoTls).await.is_err());
    superuser.query(&statement, &[&verifier]).await.unwrap();
    assert_eq!(db.psql(stored), verifier);
    assert_eq!(
        db.psql("SELECT mcp_scram_verifier(NULL) IS NULL, mcp_scram_verifier('x') <> mcp_scram_verifier('x')"),
        "t|t"
    );
}
