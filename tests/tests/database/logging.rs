//! I5 under every setting with which a server logs more: neither a key nor the gateway's password is in any of its files.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::cluster::{as_server_user, text};
use eryxon_mcp_tests::database::{call, try_call};
use eryxon_mcp_tests::{Database, Session, demo_id, leaks};
use serde_json::json;
use tokio_postgres::types::Type;

use crate::wait::until_waiting;

const PASSWORD: &str = "correct-horse-battery-staple";

/// A DBA who binds the password, and keeps parameters out of the log: a literal typed into psql is in the log before anything of ours runs.
async fn dba(db: &Database) -> Session {
    let dba = db.superuser().await;
    for setting in [
        "log_parameter_max_length = 0",
        "log_parameter_max_length_on_error = 0",
        "plan_cache_mode = force_generic_plan",
    ] {
        dba.batch_execute(&format!("SET {setting}")).await.expect(setting);
    }
    dba
}

async fn create_gateway(dba: &Session, name: &str) {
    let args: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)] = &[(&name, Type::TEXT), (&PASSWORD, Type::TEXT)];
    dba.query_typed("SELECT create_mcp_gateway($1, $2)", args).await.expect("a gateway login");
}

#[tokio::test]
async fn a_server_that_logs_everything_it_can_keeps_no_key_and_no_password() {
    let cluster = leaks::cluster();
    let db = Database::alone_in(cluster);
    db.psql(
        "CREATE POLICY heavy ON mes.parts AS RESTRICTIVE FOR SELECT TO eryxon_mcp_tenant
             USING ((SELECT count(*) FROM generate_series(1, 100000)) > 0)",
    );
    leaks::make_loud(cluster);
    let dba = dba(&db).await;
    create_gateway(&dba, db.gateway_name()).await;
    let (key, disabled) = (db.key("A"), db.key_with("A", "disabled", ""));
    let rotated = db.psql(&format!("SELECT api_key FROM rotate_mcp_key('{}')", key.id));
    db.psql("UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'disabled'");
    let gateway = db.gateway().await;

    for (secret, tool, arguments) in [
        (&rotated, "fetch_jobs", json!({"limit": 1})),
        (&rotated, "fetch_parts", json!({"limit": 1})),
        (&key.secret, "fetch_jobs", json!({})),
        (&disabled.secret, "fetch_jobs", json!({})),
        (&format!("{rotated}x"), "fetch_jobs", json!({})),
        (&rotated, "fetch_jobs", json!({"apiKey": rotated})),
        (&rotated, "fetch_jobs", json!({"customer": format!("{}\n{}", &rotated[..12], &rotated[12..])})),
        (&rotated, rotated.as_str(), json!({ &rotated: 1})),
    ] {
        let _answer = call(&gateway, secret, tool, arguments).await;
    }
    for sql in ["SELECT mcp_list_tools($1)", "SELECT * FROM validate_mcp_key($1)", "SELECT mcp_heartbeat($1, 'online')"]
    {
        for secret in [&rotated, &key.secret] {
            let _outcome = gateway.query_typed(sql, &[(secret, Type::TEXT)]).await;
        }
    }

    // A call that waits for a lock, meets a deadlock, and is running when its backend is killed.
    let operation = demo_id("A/operation/P-1016-03/1");
    let start = json!({"id": operation, "force": true});
    let holder = db.superuser().await;
    holder
        .batch_execute(&format!("BEGIN; SELECT FROM mes.operations WHERE id = '{operation}' FOR UPDATE"))
        .await
        .unwrap();
    let meanwhile = async {
        until_waiting(&db, db.gateway_name()).await;
        // One of the two is refused: whoever waited first looks for a deadlock first.
        let _outcome = holder.batch_execute("SELECT FROM mes.jobs ORDER BY id FOR UPDATE").await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (answer, ()) = tokio::join!(call(&gateway, &rotated, "start_operation", start.clone()), meanwhile);
    assert!(["ok", "conflict"].contains(&outcome(&answer)), "{answer}");

    holder
        .batch_execute(&format!("BEGIN; SELECT FROM mes.operations WHERE id = '{operation}' FOR UPDATE"))
        .await
        .unwrap();
    let crash = async {
        until_waiting(&db, db.gateway_name()).await;
        while !cluster.log().contains("still waiting for") {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let pid = db.psql(&format!(
            "SELECT pid FROM pg_stat_activity WHERE usename = '{}' AND state = 'active'",
            db.gateway_name()
        ));
        text(as_server_user("kill").args(["-KILL", &pid]));
    };
    let (answer, ()) = tokio::join!(try_call(&gateway, &rotated, "complete_operation", start), crash);
    assert!(answer.is_err(), "there is nothing left to answer");
    let mut ready = cluster.program("pg_isready");
    while !ready.output().expect("pg_isready runs").status.success() {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(succeeded(&call(&db.gateway().await, &rotated, "fetch_jobs", json!({"limit": 1})).await));

    // What each setting writes was written; otherwise, not finding a key would prove nothing.
    let log = cluster.log();
    for (written, by) in [
        ("parse tree:", "debug_print_parse"),
        ("rewritten parse tree:", "debug_print_rewritten"),
        ("plan:", "debug_print_plan"),
        ("Query Text: SELECT mcp_call_tool($1", "auto_explain"),
        ("Query Text: INSERT INTO", "auto_explain.log_nested_statements"),
        ("PARSER STATISTICS", "log_parser_stats"),
        ("PLANNER STATISTICS", "log_planner_stats"),
        ("EXECUTOR STATISTICS", "log_executor_stats"),
        ("still waiting for", "log_lock_waits"),
        ("detected deadlock while waiting", "a deadlock"),
        ("temporary file", "log_temp_files"),
        ("Failed process was running: SELECT mcp_call_tool($1", "a crash"),
    ] {
        assert!(log.contains(written), "{by} wrote nothing");
    }
    let statements =
        cluster.psql("postgres", "SELECT count(*) > 0 FROM pg_stat_statements WHERE query LIKE '%mcp_call_tool($1%'");
    assert_eq!(statements, "t", "pg_stat_statements has the calls");
    for secret in [&rotated, &key.secret, &disabled.secret] {
        assert_eq!(leaks::found(cluster, &secret[20..]), [""; 0], "a key");
    }
    assert_eq!(leaks::found(cluster, PASSWORD), [""; 0], "the password");

    // The control: the search does find the key of a session without the gateway's settings.
    let _answer = call(&db.superuser().await, &disabled.secret, "fetch_jobs", json!({})).await;
    assert!(leaks::found(cluster, &disabled.secret[20..]).iter().any(|file| file.ends_with("server.log")));
}
