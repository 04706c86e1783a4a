//! Many callers at once.

use std::collections::BTreeMap;

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Database, call, demo_id};
use serde_json::json;

use crate::wait::until;

/// The row is locked until all twenty wait for it, so that all have got as far as they can before the first one changes it.
#[tokio::test]
async fn of_twenty_concurrent_starts_of_a_job_one_succeeds_and_all_are_recorded() {
    let db = Database::fresh();
    let key = db.key("A");
    let holder = db.superuser().await;
    let row = format!("SELECT 1 FROM mes.jobs WHERE id = '{}' FOR UPDATE", demo_id("A/job/JOB-1001"));
    holder.batch_execute(&format!("BEGIN; {row}")).await.expect("the row is free");
    let mut running = Vec::new();
    for _ in 0..20 {
        let (session, secret) = (db.gateway().await, key.secret.clone());
        running.push(tokio::spawn(async move {
            let answer = call(&session, &secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
            (outcome(&answer).to_owned(), answer)
        }));
    }
    let waiting = format!(
        "SELECT count(*) = 20 FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'",
        db.gateway_name()
    );
    until(&db, &waiting).await;
    holder.batch_execute("ROLLBACK").await.expect("the lock is released");
    let mut outcomes = BTreeMap::new();
    for task in running {
        let (outcome, answer) = task.await.expect("no call panics");
        if outcome == "invalid_state" {
            let error = &answer["result"]["structuredContent"]["error"];
            assert_eq!((&error["from"], &error["to"]), (&json!("in_progress"), &json!("in_progress")), "{error}");
        }
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    assert_eq!(outcomes, BTreeMap::from([("invalid_state".to_owned(), 19), ("ok".to_owned(), 1)]));
    for (query, expected) in [
        ("SELECT count(*) FROM mcp_key_usage_logs WHERE true", 20),
        ("SELECT count(*) FROM mcp_key_usage_logs WHERE success", 1),
        ("SELECT count(*) FROM mes.activity_log WHERE entity_type = 'mcp_tool'", 20),
        ("SELECT count(*) FROM mes.activity_log WHERE action = 'mcp_execute'", 1),
        ("SELECT usage_count FROM mcp_authentication_keys WHERE true", 20),
    ] {
        assert_eq!(db.count(&format!("{query} AND {OWN}")), expected, "{query}");
    }
}

/// The operation is locked until all ten wait for it, so that none has determined its number alone.
#[tokio::test]
async fn fifty_substeps_added_at_once_get_fifty_consecutive_numbers() {
    let db = Database::fresh();
    let key = db.key("B");
    let operation = demo_id("B/operation/P-1001-01/4");
    let holder = db.superuser().await;
    let row = format!("SELECT 1 FROM mes.operations WHERE id = '{operation}' FOR NO KEY UPDATE");
    holder.batch_execute(&format!("BEGIN; {row}")).await.expect("the row is free");
    let mut running = Vec::new();
    for caller in 0..10 {
        let (session, secret) = (db.gateway().await, key.secret.clone());
        running.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            for number in 0..5 {
                let substep = json!({"operation_id": operation, "name": format!("{caller}/{number}")});
                let answer = call(&session, &secret, "add_substep", substep).await;
                let number = answer["result"]["structuredContent"]["substep"]["sequence"].as_i64();
                numbers.push(number.unwrap_or_else(|| panic!("{answer}")));
            }
            numbers
        }));
    }
    let waiting = format!(
        "SELECT count(*) = 10 FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'",
        db.gateway_name()
    );
    until(&db, &waiting).await;
    holder.batch_execute("ROLLBACK").await.expect("the lock is released");
    let mut numbers = Vec::new();
    for task in running {
        numbers.extend(task.await.expect("no call panics"));
    }
    numbers.sort_unstable();
    // The demo factory has three.
    assert_eq!(numbers, (4..=53).collect::<Vec<i64>>());
    let count = format!("SELECT count(DISTINCT sequence) FROM mes.substeps WHERE operation_id = '{operation}'");
    assert_eq!(db.count(&count), 53);
}

#[tokio::test]
async fn two_tenants_in_two_sessions_never_meet() {
    let db = Database::fresh();
    let gateway = db.gateway().await;
    let mut running = Vec::new();
    for tenant in ["A", "B", "C"] {
        let (session, key) = (db.gateway().await, db.key(tenant));
        running.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            for _ in 0..30 {
                let answer =
                    call(&session, &key.secret, "fetch_jobs", json!({"limit": 500, "include_total": true})).await;
                numbers.push(answer["result"]["structuredContent"]["total"].as_i64().expect("a total"));
            }
            (tenant, numbers)
        }));
    }
    for task in running {
        let (tenant, numbers) = task.await.expect("no call panics");
        let own = db.count(&format!(
            "SELECT count(*) FROM mes.jobs WHERE tenant_id = mes_demo_id('{tenant}') AND deleted_at IS NULL"
        ));
        assert!(numbers.iter().all(|number| *number == own), "{tenant}: {numbers:?}, not {own}");
    }
    // One warm connection serves the tenants in turn.
    let keys = [db.key_with("A", "turns", ""), db.key_with("B", "turns", "")];
    for round in 0..6 {
        let answer = call(&gateway, &keys[round % 2].secret, "fetch_jobs", json!({"limit": 1})).await;
        let id = answer["result"]["structuredContent"]["jobs"][0]["id"].as_str().expect("a job").to_owned();
        let tenant = db.psql(&format!("SELECT tenant_id FROM mes.jobs WHERE id = '{id}'"));
        assert_eq!(tenant, demo_id(["A", "B"][round % 2]).to_string());
    }
}
