//! How the shim shuts down with a call in flight, and how it survives a restart of the server.

use std::time::{Duration, Instant};

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::shim::{self, Shim};
use eryxon_mcp_tests::{Cluster, Database, Key, Options, demo_id};
use serde_json::json;

use crate::slow;

/// A factory with one slow call in flight; meanwhile, a fast call has been answered at once.
async fn with_slow_call() -> (Database, Key, Shim) {
    let db = Database::fresh();
    slow::prepare(&db);
    let key = db.key("A");
    let mut shim = Shim::of(&db, &key);
    // So that the fast call's key is already verified: this measures waiting, not hashing.
    assert!(succeeded(&shim.ask(1, "fetch_jobs", json!({"limit": 1})).await));
    slow::start(&db, &mut shim, 2).await;
    assert!(succeeded(&shim.ask(3, "fetch_jobs", json!({"limit": 1})).await));
    let begun = Instant::now();
    assert!(succeeded(&shim.ask(4, "fetch_jobs", json!({"limit": 1})).await));
    // Far below the slow call's 30 seconds, far above the delays of a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(5), "a fast call took {:?}", begun.elapsed());
    (db, key, shim)
}

fn records_of_start_job(db: &Database) -> String {
    db.psql(&format!(
        "SELECT coalesce(string_agg(error_message, '; '), 'none') FROM mcp_key_usage_logs WHERE tool_name = 'start_job' AND {OWN}"
    ))
}

/// Repeats a test that returns how long the shim took to exit until it took less than a second; at most three times, because a busy machine
/// can delay any one of them.
async fn within_a_second<F: Future<Output = Duration>>(end: impl Fn() -> F) {
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(end().await);
        if took.last().is_some_and(|took| *took < Duration::from_secs(1)) {
            return;
        }
    }
    panic!("the shim took {took:?}");
}

#[tokio::test]
async fn the_end_of_input_ends_the_call_and_the_shim_within_a_second() {
    within_a_second(end_of_input).await;
}

async fn end_of_input() -> Duration {
    let (db, _, mut shim) = with_slow_call().await;
    let begun = Instant::now();
    shim.close_input();
    let (status, took, rest, stderr) = shim.wait().await;
    assert!(status.success(), "{status} after {took:?}: {stderr}");
    assert!(rest.len() == 1 && rest[0]["id"] == 2, "the running request is answered as well: {rest:?}");
    slow::assert_gone(&db, begun, "the end of input").await;
    assert!(records_of_start_job(&db).starts_with("cancelled"), "{}", records_of_start_job(&db));
    took
}

#[tokio::test]
async fn sigterm_ends_the_call_and_the_shim_within_a_second() {
    within_a_second(sigterm).await;
}

async fn sigterm() -> Duration {
    let (db, _, mut shim) = with_slow_call().await;
    let begun = Instant::now();
    shim.signal("TERM");
    let (_, took, _, _) = shim.wait().await;
    slow::assert_gone(&db, begun, "SIGTERM").await;
    assert!(records_of_start_job(&db).starts_with("cancelled"), "{}", records_of_start_job(&db));
    took
}

#[tokio::test]
async fn sigkill_ends_the_call_and_leaves_neither_effect_nor_record() {
    let (db, _, mut shim) = with_slow_call().await;
    let begun = Instant::now();
    shim.signal("KILL");
    shim.wait().await;
    slow::assert_gone(&db, begun, "SIGKILL").await;
    assert_eq!(records_of_start_job(&db), "none", "there was no cancel: the backend noticed that its client was gone");
}

#[tokio::test]
async fn a_cancelled_request_ends_in_the_database_and_is_not_answered() {
    let (db, _, mut shim) = with_slow_call().await;
    let begun = Instant::now();
    shim.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2,"reason":"too slow"}}"#)
        .await;
    slow::assert_gone(&db, begun, "notifications/cancelled").await;
    shim.expect_silence(Duration::from_millis(500)).await;
    assert!(records_of_start_job(&db).starts_with("cancelled"), "{}", records_of_start_job(&db));
    let answer = shim.ask(5, "start_job", json!({"id": demo_id("A/job/JOB-1002")})).await;
    assert!(succeeded(&answer), "the shim still works: {answer}");
}

#[tokio::test]
async fn more_slow_calls_than_connections_wait_their_turn_and_can_be_cancelled() {
    let (db, _, mut shim) = with_slow_call().await;
    // The other three connections wait for the row that the first call has locked.
    for id in 10..13 {
        shim.call(id, "start_job", slow::arguments()).await;
    }
    shim.call(20, "fetch_jobs", json!({"limit": 1})).await;
    shim.expect_silence(Duration::from_millis(500)).await;
    let begun = Instant::now();
    shim.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":11}}"#).await;
    let answer = shim.receive().await;
    assert!(answer["id"] == 20 && succeeded(&answer), "{answer}");
    shim.close_input();
    shim.wait().await;
    slow::assert_gone(&db, begun, "the end of input").await;
}

#[tokio::test]
async fn a_restarted_server_is_found_again_and_requests_get_an_error_meanwhile() {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(&Options::default())));
    let db = Database::alone_in(cluster);
    slow::prepare(&db);
    let key = db.key("A");
    let mut environment = shim::environment(&db, &key);
    environment.push(("ERYXON_MCP_CONNECT_WAIT".to_owned(), "1".to_owned()));
    let mut shim = Shim::start(&environment);
    assert!(succeeded(&shim.ask(1, "fetch_jobs", json!({"limit": 1})).await));
    slow::start(&db, &mut shim, 2).await;
    cluster.stop_server();
    let answer = shim.receive().await;
    assert_eq!((&answer["id"], outcome(&answer)), (&json!(2), "connection_error"), "{answer}");
    assert_eq!(answer["error"]["data"]["outcome"], "unknown", "the change may have been made: {answer}");
    let answer = shim.ask(3, "fetch_jobs", json!({"limit": 1})).await;
    assert_eq!(outcome(&answer), "connection_error", "{answer}");
    assert_eq!(answer["error"]["data"]["outcome"], "not_sent", "{answer}");
    shim.request(4, "ping", json!({})).await;
    assert_eq!(shim.receive().await["id"], 4, "requests that need no database are answered");
    cluster.start_server();
    assert!(succeeded(&shim.ask(5, "fetch_jobs", json!({"limit": 1})).await));
    assert_eq!(records_of_start_job(&db), "none");
}

#[tokio::test]
async fn a_backend_terminated_by_an_administrator_is_replaced() {
    let (db, _, mut shim) = with_slow_call().await;
    db.psql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'", db.gateway_name()));
    let answer = shim.receive().await;
    assert_eq!((&answer["id"], outcome(&answer)), (&json!(2), "connection_error"), "{answer}");
    // A dead idle connection may be noticed only when it is used; there was one.
    let mut answers = Vec::new();
    for id in 5..8 {
        answers.push(outcome(&shim.ask(id, "fetch_jobs", json!({"limit": 1})).await).to_owned());
    }
    assert!(answers[1..] == ["ok", "ok"], "{answers:?}");
}

#[tokio::test]
async fn heartbeats_are_recorded_for_the_keys_tenant_and_the_last_says_offline() {
    let db = Database::fresh();
    let key = db.key("A");
    let mut environment = shim::environment(&db, &key);
    environment.retain(|(name, _)| name != "ERYXON_MCP_HEARTBEAT");
    environment.push(("ERYXON_MCP_HEARTBEAT".to_owned(), "0.2".to_owned()));
    let mut shim = Shim::start(&environment);
    let begun = Instant::now();
    let beats = format!(
        "SELECT coalesce(sum(beats), 0) FROM mcp_server_health WHERE status = 'online' AND tenant_id = mes_demo_id('A') AND {OWN}"
    );
    while db.count(&beats) < 3 {
        assert!(begun.elapsed() < Duration::from_secs(10), "no heartbeat");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    shim.close_input();
    shim.wait().await;
    assert_eq!(db.psql("SELECT status FROM mcp_server_health ORDER BY created_at DESC LIMIT 1"), "offline");
    let calls = db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}"));
    assert_eq!(calls, 0, "a heartbeat is not a call");
}
