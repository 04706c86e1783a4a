//! Concurrency, cancelling, shutdown, and a database that becomes unavailable.

mod common;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use common::fake_postgres::{FakePostgres, url};
use common::{Shim, eventually};
use serde_json::json;

const A_SECOND: Duration = Duration::from_secs(1);

fn running(database: &FakePostgres, count: usize) {
    eventually(&format!("{count} running calls"), || database.running().len() == count);
}

#[test]
fn a_slow_call_does_not_hold_up_a_fast_one() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    for id in 1..=3 {
        shim.call(id, "slow", json!({}));
    }
    running(&database, 3);
    shim.call("fast", "fetch_jobs", json!({}));
    assert_eq!(shim.receive()["id"], "fast");
}

#[test]
fn calls_that_wait_for_a_connection_are_served_in_order_and_can_be_cancelled() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url()), ("ERYXON_MCP_POOL_SIZE", "1")]);
    shim.call("first", "slow", json!({}));
    running(&database, 1);
    for id in ["a", "b", "c"] {
        shim.call(id, "fetch_jobs", json!({}));
    }
    shim.cancel("b");
    shim.cancel("first");
    assert_eq!([shim.receive()["id"].clone(), shim.receive()["id"].clone()], ["a", "c"]);
    shim.expect_silence();
}

#[test]
fn a_cancel_reaches_its_own_query_and_no_later_one() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    shim.call(1, "slow", json!({}));
    shim.call(2, "slow", json!({}));
    running(&database, 2);
    shim.cancel(1);
    running(&database, 1);
    // The cancelled request is not answered, and its connection is not used again.
    let before = database.connections();
    shim.call(3, "fetch_jobs", json!({}));
    assert_eq!(shim.receive()["id"], 3);
    assert_eq!(database.connections(), before + 1);
    // A cancel after the answer, or for an unknown request, cancels nothing.
    shim.cancel(3);
    shim.cancel("unknown");
    shim.call(4, "fetch_jobs", json!({}));
    assert_eq!(shim.receive()["id"], 4);
    assert_eq!((database.running().len(), database.cancelled().len(), database.stray_cancels()), (1, 1, 0));
    shim.expect_silence();
}

#[test]
fn an_id_already_in_use_is_refused() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    shim.call(1, "slow", json!({}));
    running(&database, 1);
    shim.call(1, "fetch_jobs", json!({}));
    assert_eq!(shim.receive()["error"]["code"], -32600);
}

#[test]
fn the_end_of_input_cancels_running_calls_and_still_answers_them() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    shim.call(1, "slow", json!({}));
    running(&database, 1);
    shim.close_input();
    let (status, took, _) = shim.wait();
    assert!(status.success() && took < A_SECOND, "{status} after {took:?}");
    assert_eq!(database.cancelled(), ["slow"]);
    assert_eq!(shim.receive()["result"]["structuredContent"]["error"]["code"], "cancelled");
}

#[test]
fn a_signal_stops_the_shim_at_once_and_cancels_running_calls() {
    for signal in ["TERM", "INT"] {
        let database = FakePostgres::start();
        let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
        shim.call(1, "slow", json!({}));
        running(&database, 1);
        shim.signal(signal);
        let (status, took, _) = shim.wait();
        assert!(status.success() && took < A_SECOND, "{signal}: {status} after {took:?}");
        assert_eq!(database.cancelled(), ["slow"], "{signal}");
    }
}

#[test]
fn a_last_line_without_a_newline_is_answered() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    shim.send_unterminated(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"fetch_jobs"}}"#);
    shim.close_input();
    assert_eq!(shim.receive()["id"], 1);
    assert!(shim.wait().0.success());
}

#[test]
fn without_a_database_the_handshake_works_and_calls_say_what_to_do() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut shim = Shim::start(&[("DATABASE_URL", &url(port)), ("ERYXON_MCP_CONNECT_WAIT", "0")]);
    let hello =
        json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    shim.send(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello }).to_string());
    assert_eq!(shim.receive()["result"]["protocolVersion"], "2025-06-18");
    shim.call(1, "fetch_jobs", json!({}));
    let error = shim.receive()["error"].clone();
    assert_eq!((&error["code"], &error["data"]["type"]), (&json!(-32001), &json!("connection_error")));
    assert!(error["message"].as_str().unwrap().contains("PGHOST"), "{error}");

    let database = FakePostgres::start_at(port);
    shim.call(2, "fetch_jobs", json!({}));
    assert_eq!(shim.receive()["result"]["isError"], false);
    assert_eq!(database.connections(), 1);
    shim.close_input();
    let (_, _, stderr) = shim.wait();
    assert!(!stderr.contains("secretpassword") && !stderr.contains("mcp_live_"), "{stderr}");
}

#[test]
fn a_request_waits_for_a_database_that_comes_back_in_time() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut shim = Shim::start(&[("DATABASE_URL", &url(port))]);
    shim.call(1, "fetch_jobs", json!({}));
    shim.expect_silence();
    let _database = FakePostgres::start_at(port);
    assert_eq!(shim.receive()["result"]["isError"], false);
}

#[test]
fn neither_key_nor_password_nor_arguments_are_logged() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url()), ("ERYXON_MCP_LOG", "trace")]);
    shim.send(
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":"hush"},"_meta":{"apiKey":"mcp_live_request"}}}"#,
    );
    assert!(!shim.receive().to_string().contains("mcp_live_"));
    shim.call(2, "drop", json!({ "a": "hush" }));
    shim.receive();
    shim.call(3, "raise_value", json!({ "a": "hush" }));
    shim.receive();
    shim.close_input();
    let (_, _, stderr) = shim.wait();
    assert!(stderr.contains("tools/call"), "{stderr}");
    for secret in ["mcp_live_", "hush", "secretpassword", "secret of the caller"] {
        assert!(!stderr.contains(secret), "{secret} in {stderr}");
    }
}

#[test]
fn heartbeats_are_sent_and_the_last_says_offline() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url()), ("ERYXON_MCP_HEARTBEAT", "0.05")]);
    eventually("two beats", || database.heartbeats().len() >= 2);
    shim.close_input();
    assert!(shim.wait().0.success());
    let beats = database.heartbeats();
    assert_eq!((beats[0].as_str(), beats[beats.len() - 1].as_str()), ("online", "offline"));
    assert_eq!(database.connections(), 1);
}

#[test]
fn the_schema_is_quoted_and_the_client_is_reported() {
    let database = FakePostgres::start();
    database.move_to("my \"\"mes\"\"");
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url()), ("ERYXON_MCP_SCHEMA", "my \"mes\"")]);
    let hello =
        json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "9" } });
    shim.send(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello }).to_string());
    shim.receive();
    shim.call("x", "fetch_jobs", json!({}));
    shim.receive();
    assert_eq!(database.statements(), [r#"SELECT "my ""mes""".mcp_call_tool($1, $2, $3, $4)"#]);
    assert_eq!(database.clients(), [json!({ "name": "t", "version": "9", "request_id": "x" })]);
}

#[test]
fn the_database_is_asked_for_the_schema_once_and_again_when_the_extension_has_moved() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    let mut call = |id: i32| {
        shim.call(id, "fetch_jobs", json!({}));
        assert!(shim.receive().get("result").is_some());
    };
    (0..3).for_each(&mut call);
    database.move_to("elsewhere");
    (3..6).for_each(&mut call);
    let statements = database.statements();
    let called = |schema: &str| format!(r#"SELECT "{schema}".mcp_call_tool($1, $2, $3, $4)"#);
    let asked = &statements[0];
    assert!(asked.contains("pg_catalog.pg_extension"), "{asked}");
    let (before, after) = (called("public"), called("elsewhere"));
    assert_eq!(
        statements,
        [asked, &before, &before, &before, &before, asked, &after, &after, &after].map(String::clone)
    );
}

#[test]
fn a_thousand_calls_get_a_thousand_answers() {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    let started = Instant::now();
    for id in 0..1000 {
        shim.call(id, "fetch_jobs", json!({}));
    }
    let mut ids: Vec<_> = (0..1000).map(|_| shim.receive()["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    assert!(ids.into_iter().eq(0..1000), "after {:?}", started.elapsed());
    shim.expect_silence();
    assert!(database.connections() <= 4);
}
