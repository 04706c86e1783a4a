//! I5 in the shim: whatever happens, it writes no key and no password.

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::cluster::text;
use eryxon_mcp_tests::shim::{self, Shim};
use eryxon_mcp_tests::{Database, demo_id, leaks};
use serde_json::json;

/// Whether a text contains any eight consecutive characters of a key's secret part.
fn shows(text: &str, secret: &str) -> bool {
    secret.as_bytes()[20..].windows(8).any(|part| text.contains(std::str::from_utf8(part).expect("base64url")))
}

#[tokio::test]
async fn the_shims_calls_leave_no_key_in_a_server_that_logs_everything_it_can() {
    let cluster = leaks::cluster();
    let db = Database::alone_in(cluster);
    let key = db.key("A");
    leaks::make_loud(cluster);
    let mut shim = Shim::of(&db, &key);
    assert_eq!(outcome(&shim.ask(1, "fetch_jobs", json!({"limit": 1})).await), "ok");
    assert_eq!(outcome(&shim.ask(2, "fetch_jobs", json!({"apiKey": key.secret})).await), "invalid_arguments");
    shim.request(3, "tools/list", json!({})).await;
    assert!(shim.receive().await["result"].is_object());
    shim.close_input();
    let _ended = shim.wait().await;
    let log = cluster.log();
    assert!(log.contains("plan:") && log.contains("mcp_call_tool($1"), "it was loud");
    assert_eq!(leaks::found(cluster, &key.secret[20..]), [""; 0]);
}

#[tokio::test]
async fn neither_stderr_nor_the_servers_log_nor_errors_show_a_key_at_the_highest_log_level() {
    let db = Database::fresh();
    let (key, other) = (db.key("A"), db.key("B"));
    let mut environment = shim::environment(&db, &key);
    environment.push(("ERYXON_MCP_LOG".to_owned(), "trace".to_owned()));
    environment.push(("PGPASSWORD".to_owned(), "correct-horse-battery".to_owned()));
    let mut shim = Shim::start(&environment);
    let mut said = String::new();
    for (id, params) in (1..).zip([
        json!({"name": "fetch_jobs", "arguments": {"limit": 1}}),
        json!({"name": "fetch_jobs", "arguments": {"limit": 1}, "_meta": {"apiKey": other.secret}}),
        json!({"name": "fetch_jobs", "arguments": {"limit": 1}, "_meta": {"apiKey": format!("{}x", other.secret)}}),
        json!({"name": "fetch_jobs", "arguments": {"apiKey": other.secret}}),
        json!({"name": "fetch_jobs", "arguments": {"customer": format!("{} \u{0}", other.secret)}}),
        json!({"name": "fetch_jobs", "arguments": {"customer": format!("\u{0} {}", other.secret)}}),
        json!({"name": other.secret, "arguments": {}}),
        json!({"name": "start_job", "arguments": {"id": demo_id("A/job/JOB-1001")}}),
        json!({"name": "fetch_jobs", "arguments": {"limit": 1}, "_meta": {"apiKey": {"nested": other.secret}}}),
    ]) {
        shim.request(id, "tools/call", params).await;
        said += &shim.receive().await.to_string();
    }
    shim.send(&format!("not JSON {}", other.secret)).await;
    said += &shim.receive().await.to_string();
    let processes = text(std::process::Command::new("ps").args(["-eo", "args"]));
    db.psql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'", db.gateway_name()));
    db.psql(&format!("ALTER ROLE {} NOLOGIN", db.gateway_name()));
    let refused = shim.ask(99, "fetch_jobs", json!({})).await;
    assert_eq!(outcome(&refused), "connection_error", "{refused}");
    said += &refused.to_string();
    shim.close_input();
    let (_, _, _, stderr) = shim.wait().await;
    assert!(!stderr.is_empty(), "at this level, something is logged");
    let log = db.cluster().log();
    assert!(log.contains("mcp_call_tool"));
    for secret in [&key.secret, &other.secret] {
        assert!(!shows(&stderr, secret), "stderr: {:?}", stderr.lines().find(|line| shows(line, secret)));
        assert!(!shows(&said, secret), "an answer: {said}");
        assert!(!shows(&log, secret), "the server's log: {:?}", log.lines().find(|line| shows(line, secret)));
        assert!(!shows(&processes, secret), "the process list");
    }
    assert!(!stderr.contains("correct-horse") && !said.contains("correct-horse"), "{stderr}");
}

/// A function of the same name in another schema on the login's path is not called: it would get the key.
#[tokio::test]
async fn the_key_is_given_to_the_extensions_function_whatever_is_on_the_logins_path() {
    let db = Database::fresh();
    let key = db.key("A");
    let login = db.gateway_name();
    db.psql(&format!(
        "CREATE SCHEMA hostile; GRANT USAGE ON SCHEMA hostile TO PUBLIC;
         CREATE FUNCTION hostile.mcp_call_tool(text, text, jsonb, jsonb) RETURNS jsonb LANGUAGE sql AS
             $$ SELECT '{{\"error\": {{\"code\": 1, \"message\": \"caught a key\"}}}}'::jsonb $$;
         ALTER ROLE {login} IN DATABASE {} SET search_path = hostile, public",
        db.name()
    ));
    let mut shim = Shim::start(&shim::environment(&db, &key));
    for id in 1..3 {
        let answer = shim.ask(id, "fetch_jobs", json!({"limit": 1})).await;
        assert_eq!(outcome(&answer), "ok", "{answer}");
    }
    shim.close_input();
    shim.wait().await;
}
