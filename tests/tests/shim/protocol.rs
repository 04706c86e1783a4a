//! I6: stdout carries only MCP messages, one per line, and every request gets exactly one answer.

use std::collections::BTreeMap;
use std::time::Duration;

use eryxon_mcp_tests::answer::{outcome, refusal, succeeded};
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::shim::Shim;
use eryxon_mcp_tests::{Database, Key, demo_id};
use serde_json::{Value, json};

use crate::mcp_schema::{Schema, assert_valid};

/// The `_meta` of a request in the stateless version.
fn meta(key: Option<&str>) -> Value {
    let mut meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "cluster-tests", "version": "1"},
    });
    if let Some(key) = key {
        meta["apiKey"] = json!(key);
    }
    meta
}

/// A factory, a key for all tools, and one for `fetch_jobs` only with two calls a minute.
fn factory() -> (Database, Key, Key) {
    let db = Database::fresh();
    let (key, narrow) = (db.key("A"), db.key_with("A", "narrow", r#", p_allowed_tools := '["fetch_jobs"]'"#));
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 2 WHERE name = 'narrow'");
    (db, key, narrow)
}

/// The calls that every version must answer alike, and their outcomes.
fn calls(narrow: &Key) -> Vec<(&'static str, Value, Option<String>, &'static str)> {
    let job = json!({"id": demo_id("A/job/JOB-1001")});
    let narrow = Some(narrow.secret.clone());
    vec![
        ("fetch_jobs", json!({"limit": 3, "include_total": true}), None, "ok"),
        ("start_job", job.clone(), None, "ok"),
        ("start_job", job.clone(), None, "invalid_state"),
        ("fetch_jobs", json!({"no_such": 1}), None, "invalid_arguments"),
        ("no_such_tool", json!({}), None, "unknown_tool"),
        ("fetch_jobs", json!({}), Some("mcp_live_nobody".to_owned()), "authentication_error"),
        ("start_job", job, narrow.clone(), "permission_error"),
        ("fetch_jobs", json!({"limit": 1}), narrow.clone(), "ok"),
        ("fetch_jobs", json!({"limit": 1}), narrow.clone(), "ok"),
        ("fetch_jobs", json!({"limit": 1}), narrow, "rate_limit_error"),
    ]
}

fn assert_documented(answer: &Value) {
    let message = match refusal(answer) {
        "authentication_error" => "Invalid or disabled MCP key",
        "permission_error" => "Tool not allowed for this key",
        "rate_limit_error" => "Rate limit exceeded",
        _ => return,
    };
    assert_eq!((&answer["error"]["code"], &answer["error"]["message"]), (&json!(-32000), &json!(message)));
    if refusal(answer) == "rate_limit_error" {
        assert!(answer["error"]["data"]["retry_after_ms"].is_u64(), "{answer}");
    }
}

/// Validates a call's value against the `outputSchema` in the tool list.
fn assert_fits_its_schema(tools: &Value, tool: &str, answer: &Value) {
    let listed =
        tools.as_array().expect("tools").iter().find(|listed| listed["name"] == tool).expect("the tool is listed");
    assert_valid(&listed["outputSchema"], &answer["result"]["structuredContent"], tool);
    let text = answer["result"]["content"][1]["text"].as_str().expect("the second text");
    assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), answer["result"]["structuredContent"]);
}

async fn converse_with_handshake(version: &str) {
    let (db, key, narrow) = factory();
    let schema = Schema::of(version);
    let check =
        |message: &Value, result_type: &str| schema.iter().for_each(|schema| schema.check(message, result_type));
    let mut shim = Shim::of(&db, &key);
    let client = json!({"name": "cluster-tests", "version": "1"});
    shim.request(1, "initialize", json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client})).await;
    let hello = shim.receive().await;
    assert_eq!(hello["result"]["protocolVersion"], version);
    check(&hello, "InitializeResult");
    shim.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    shim.request(2, "ping", json!({})).await;
    check(&shim.receive().await, "EmptyResult");
    shim.request(3, "tools/list", json!({})).await;
    let list = shim.receive().await;
    check(&list, "ListToolsResult");
    for (number, (tool, arguments, own_key, expected)) in (10..).zip(calls(&narrow)) {
        let mut params = json!({"name": tool, "arguments": arguments});
        if let Some(own_key) = own_key {
            params["_meta"] = json!({"apiKey": own_key});
        }
        shim.request(number, "tools/call", params).await;
        let answer = shim.receive().await;
        assert_eq!((&answer["id"], outcome(&answer)), (&json!(number), expected), "{answer}");
        assert_documented(&answer);
        check(&answer, "CallToolResult");
        if succeeded(&answer) {
            assert_fits_its_schema(&list["result"]["tools"], tool, &answer);
        }
    }
    shim.request(99, "no/such/method", json!({})).await;
    let answer = shim.receive().await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
    check(&answer, "");
    let clients = format!("SELECT DISTINCT user_agent FROM mcp_key_usage_logs WHERE {OWN}");
    assert_eq!(db.psql(&clients), "cluster-tests/1", "the client is recorded");
}

#[tokio::test]
async fn a_conversation_in_2024_11_05() {
    converse_with_handshake("2024-11-05").await;
}

#[tokio::test]
async fn a_conversation_in_2025_03_26() {
    converse_with_handshake("2025-03-26").await;
}

#[tokio::test]
async fn a_conversation_in_2025_06_18() {
    converse_with_handshake("2025-06-18").await;
}

#[tokio::test]
async fn a_conversation_in_2025_11_25() {
    converse_with_handshake("2025-11-25").await;
}

#[tokio::test]
async fn a_conversation_in_2026_07_28_without_handshake() {
    let (db, key, narrow) = factory();
    let schema = Schema::of("2026-07-28");
    let check =
        |message: &Value, result_type: &str| schema.iter().for_each(|schema| schema.check(message, result_type));
    let mut shim = Shim::of(&db, &key);
    shim.request(1, "server/discover", json!({"_meta": meta(None)})).await;
    let discovered = shim.receive().await;
    check(&discovered, "DiscoverResult");
    let versions = discovered["result"]["supportedVersions"].as_array().expect("versions");
    assert!(versions.contains(&json!("2026-07-28")) && versions.contains(&json!("2025-06-18")), "{discovered}");
    shim.request(2, "tools/list", json!({"_meta": meta(None)})).await;
    let list = shim.receive().await;
    check(&list, "ListToolsResult");
    assert_eq!(list["result"]["resultType"], "complete");
    assert_eq!(list["result"]["cacheScope"], "private", "each key sees its own tools");
    assert!(list["result"]["ttlMs"].is_u64());
    for (number, (tool, arguments, own_key, expected)) in (10..).zip(calls(&narrow)) {
        let params = json!({"name": tool, "arguments": arguments, "_meta": meta(own_key.as_deref())});
        shim.request(number, "tools/call", params).await;
        let answer = shim.receive().await;
        assert_eq!((&answer["id"], outcome(&answer)), (&json!(number), expected), "{answer}");
        assert_documented(&answer);
        check(&answer, "CallToolResult");
        if answer.get("result").is_some() {
            assert_eq!(answer["result"]["resultType"], "complete");
        }
        if succeeded(&answer) {
            assert_fits_its_schema(&list["result"]["tools"], tool, &answer);
        }
    }
}

#[tokio::test]
async fn a_bare_call_is_answered_even_if_it_is_the_whole_input() {
    let (db, key, _) = factory();
    let mut shim = Shim::of(&db, &key);
    shim.send(
        r#"{"jsonrpc":"2.0","id":"one","method":"tools/call","params":{"name":"fetch_jobs","arguments":{"limit":1}}}"#,
    )
    .await;
    shim.close_input();
    let answer = shim.receive().await;
    assert!(answer["id"] == "one" && succeeded(&answer), "{answer}");
    let (status, _, rest, stderr) = shim.wait().await;
    assert!(status.success() && rest.is_empty(), "{status} {rest:?} {stderr}");
}

#[tokio::test]
async fn the_requests_key_takes_precedence_and_without_any_key_all_requests_are_refused() {
    let (db, key, _) = factory();
    let of_b = db.key("B");
    let mut shim = Shim::of(&db, &key);
    shim.request(1, "tools/call", json!({"name": "start_job", "arguments": {"id": demo_id("B/job/JOB-1001")}})).await;
    assert_eq!(outcome(&shim.receive().await), "not_found");
    let params = json!({"name": "fetch_jobs", "arguments": {"limit": 1}, "_meta": {"apiKey": of_b.secret}});
    shim.request(2, "tools/call", params).await;
    assert!(succeeded(&shim.receive().await));
    let only_b =
        format!("SELECT DISTINCT tenant_id = mes_demo_id('B') FROM mcp_key_usage_logs WHERE success AND {OWN}");
    assert_eq!(db.psql(&only_b), "t");
    for (number, wrong) in (3..).zip([json!(null), json!(7), json!(""), json!("mcp_live_\u{0}"), json!(of_b.prefix)]) {
        shim.request(number, "tools/call", json!({"name": "fetch_jobs", "arguments": {}, "_meta": {"apiKey": wrong}}))
            .await;
        let answer = shim.receive().await;
        assert_eq!(outcome(&answer), "authentication_error", "{wrong}: {answer}");
        assert_documented(&answer);
    }
    let mut environment = eryxon_mcp_tests::shim::environment(&db, &key);
    environment.retain(|(name, _)| name != "ERYXON_MCP_KEY");
    let mut keyless = Shim::start(&environment);
    assert_eq!(outcome(&keyless.ask(1, "fetch_jobs", json!({})).await), "authentication_error");
    keyless.request(2, "tools/list", json!({})).await;
    assert_eq!(refusal(&keyless.receive().await), "authentication_error");
}

#[tokio::test]
async fn arguments_that_postgresql_cannot_store_are_answered() {
    let (db, key, _) = factory();
    let mut shim = Shim::of(&db, &key);
    let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    for (number, arguments) in (1..).zip([
        r#"{"customer": "\u0000"}"#,
        r#"{"customer": "\ud800"}"#,
        r#"{"limit": 1e400}"#,
        r#"{"limit": 1e200000}"#,
        &format!(r#"{{"limit": {deep}}}"#),
    ]) {
        let line = format!(
            r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"fetch_jobs","arguments":{arguments}}}}}"#
        );
        shim.send(&line).await;
        let answer = shim.receive().await;
        let code = answer["error"]["code"].as_i64();
        assert!(code == Some(-32602) || outcome(&answer) == "invalid_arguments", "{arguments:.60}: {answer}");
        assert_eq!(answer["id"], number, "{answer}");
    }
    assert!(succeeded(&shim.ask(100, "fetch_jobs", json!({"limit": 1})).await));
    shim.expect_silence(Duration::from_millis(300)).await;
}

#[tokio::test]
async fn a_nul_in_what_a_client_says_of_itself_does_not_spoil_its_calls() {
    let (db, key, _) = factory();
    let mut shim = Shim::of(&db, &key);
    let info = json!({"name": "cl\u{0}ient", "version": "1\u{0}"});
    shim.request(1, "initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}))
        .await;
    assert!(shim.receive().await["result"].is_object());
    assert!(succeeded(&shim.ask(2, "fetch_jobs", json!({"limit": 1})).await));
    let call = |id: &str, name: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{name}","arguments":{{"limit":1}}}}}}"#
        )
    };
    shim.send(&call(r#""a\u0000b""#, "fetch_jobs")).await;
    let answer = shim.receive().await;
    assert!(succeeded(&answer) && answer["id"] == "a\u{0}b", "{answer}");
    shim.send(&call("3", r"fetch\u0000_jobs")).await;
    assert_eq!(shim.receive().await["error"]["code"], -32602);
    shim.send(&call("null", "fetch_jobs")).await;
    assert_eq!(shim.receive().await["error"]["code"], -32600);
    assert!(succeeded(&shim.ask(4, "fetch_jobs", json!({"limit": 1})).await));
    shim.expect_silence(Duration::from_millis(300)).await;
    let agents = format!(
        "SELECT count(*) || ' ' || min(user_agent) || ' ' || max(user_agent) FROM mcp_key_usage_logs WHERE {OWN}"
    );
    assert_eq!(db.psql(&agents), "3 client/1 client/1");
}

#[tokio::test]
async fn arguments_over_one_mebibyte_are_refused_before_they_are_sent() {
    let (db, key, _) = factory();
    let mut shim = Shim::of(&db, &key);
    // `{"customer":""}` has 15 characters.
    assert!(succeeded(&shim.ask(1, "fetch_jobs", json!({"limit": 1})).await));
    let fits = shim.ask(2, "fetch_jobs", json!({"customer": "x".repeat(1024 * 1024 - 15 - 100)})).await;
    assert_ne!(fits["error"]["code"], -32602);
    for (id, size) in [(3, 1024 * 1024 - 14), (4, 10_000_000)] {
        let answer = shim.ask(id, "fetch_jobs", json!({"customer": "x".repeat(size)})).await;
        assert_eq!((&answer["error"]["code"], outcome(&answer)), (&json!(-32602), "limit_exceeded"), "{answer}");
        let message = answer["error"]["message"].as_str().expect("a text");
        assert_eq!(message, format!("the arguments have {} bytes; at most 1048576 are accepted", size + 15));
    }
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}")), 2);
}

#[tokio::test]
async fn a_hundred_requests_at_once_get_a_hundred_answers() {
    let (db, key, _) = factory();
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 1000 WHERE name = 'test'");
    let mut shim = Shim::of(&db, &key);
    for id in 0..100 {
        shim.call(id, "fetch_jobs", json!({"limit": 1})).await;
    }
    let mut answers = BTreeMap::new();
    for _ in 0..100 {
        let answer = shim.receive().await;
        assert!(succeeded(&answer), "{answer}");
        *answers.entry(answer["id"].as_u64().expect("an id")).or_insert(0) += 1;
    }
    assert!(answers.len() == 100 && answers.values().all(|count| *count == 1), "{answers:?}");
    shim.expect_silence(Duration::from_millis(300)).await;
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}")), 100);
}
