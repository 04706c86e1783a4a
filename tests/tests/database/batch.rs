//! Concurrent batches on the same rows.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Database, call, demo_id};
use serde_json::{Value, json};

use crate::wait::until;

/// The ids that a query returns as an array.
fn ids(db: &Database, query: &str) -> Vec<Value> {
    let ids = db.psql(&format!("SELECT coalesce(json_agg(q.id ORDER BY q.id), '[]') FROM ({query}) q"));
    serde_json::from_str::<Value>(&ids).expect("JSON").as_array().cloned().expect("an array")
}

/// Two sessions call a tool at once, with the ids in opposite order; returns their outputs. The row in the middle is locked until both
/// wait for it, or one for the other.
async fn in_opposite_order(db: &Database, tool: &'static str, ids: &[Value], more: &Value) -> Vec<Value> {
    let key = db.key_with("A", "batches", "");
    let holder = db.superuser().await;
    let middle = ids[ids.len() / 2].as_str().expect("an id");
    holder
        .batch_execute(&format!("BEGIN; SELECT 1 FROM mes.operations WHERE id = '{middle}' FOR UPDATE"))
        .await
        .expect("the row is free");
    let mut running = Vec::new();
    for backwards in [false, true] {
        let mut ids = ids.to_vec();
        if backwards {
            ids.reverse();
        }
        let mut arguments = more.clone();
        arguments["scope"] = json!({"operation_ids": ids});
        let (session, secret) = (db.gateway().await, key.secret.clone());
        running.push(tokio::spawn(async move { call(&session, &secret, tool, arguments).await }));
    }
    let waiting = format!(
        "SELECT count(*) = 2 FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'",
        db.gateway_name()
    );
    until(db, &waiting).await;
    holder.batch_execute("ROLLBACK").await.expect("the lock is released");
    let mut outputs = Vec::new();
    for task in running {
        let answer = task.await.expect("no call panics");
        assert!(succeeded(&answer), "{answer}");
        outputs.push(answer["result"]["structuredContent"].clone());
    }
    outputs
}

#[tokio::test]
async fn two_batches_that_move_the_same_operations_in_opposite_order_move_them_twice() {
    let db = Database::fresh();
    // From many jobs, so that there are many locks that could be taken in the wrong order.
    let planned = "SELECT o.id FROM mes.operations o JOIN mes.operation_day_allocations a ON a.operation_id = o.id
                    WHERE o.tenant_id = mes_demo_id('A') AND o.status = 'not_started' AND o.deleted_at IS NULL
                    ORDER BY md5(o.id::text) LIMIT 60";
    let ids = ids(&db, planned);
    assert_eq!(ids.len(), 60);
    let list = json!(ids).to_string();
    let within = format!("(SELECT value::uuid FROM json_array_elements_text('{list}') AS value)");
    let state = format!(
        "SELECT json_object_agg(o.id, json_build_array(o.planned_start AT TIME ZONE 'Europe/Amsterdam' - make_interval(days => %),
                                      a.date - %)) FROM mes.operations o JOIN mes.operation_day_allocations a ON a.operation_id = o.id
          WHERE o.id IN {within}"
    );
    let before = db.psql(&state.replace('%', "0"));
    let more = json!({"schedule": {"shift_days": 7}});
    for output in in_opposite_order(&db, "batch_reschedule_operations", &ids, &more).await {
        assert_eq!((&output["changed"], &output["reallocated"]), (&json!(60), &json!(60)));
    }
    assert_eq!(db.psql(&state.replace('%', "14")), before);
}

#[tokio::test]
async fn operations_in_two_concurrent_batches_are_completed_once() {
    let db = Database::fresh();
    db.psql("DELETE FROM mes.substeps; DELETE FROM mes.time_entries WHERE end_time IS NULL");
    let ids = ids(
        &db,
        "SELECT id FROM mes.operations WHERE tenant_id = mes_demo_id('A') AND status = 'in_progress' AND deleted_at IS NULL",
    );
    let outputs = in_opposite_order(&db, "batch_complete_operations", &ids, &json!({})).await;
    let mut counts: Vec<_> =
        outputs.iter().map(|output| (output["changed"].as_u64(), output["excluded"]["completed"].as_u64())).collect();
    counts.sort_unstable();
    let all = Some(ids.len() as u64);
    assert_eq!(counts, [(Some(0), all), (all, Some(0))]);
    let instants = "SELECT count(DISTINCT completed_at) FROM mes.operations WHERE tenant_id = mes_demo_id('A')
                       AND completed_at > now() - interval '10 minutes'";
    assert_eq!(db.count(instants), 1);
}

/// Each assignment fits alone, but not both together: the second must see the first.
#[tokio::test]
async fn of_two_assignments_for_the_same_time_one_is_refused() {
    let db = Database::fresh();
    let key = db.key("A");
    let holder = db.superuser().await;
    let resource = "SELECT 1 FROM mes.resources WHERE id = mes_demo_id('A/resource/Fixture 8') FOR UPDATE";
    holder.batch_execute(&format!("BEGIN; {resource}")).await.expect("the row is free");
    let mut running = Vec::new();
    for operation in ["A/operation/P-1009-02/2", "A/operation/P-1010-02/1"] {
        let (session, secret) = (db.gateway().await, key.secret.clone());
        let operation = demo_id(operation);
        running.push(tokio::spawn(async move {
            let arguments = json!({"resource_name": "Fixture 8", "operation_ids": [operation]});
            call(&session, &secret, "assign_resource_to_operations", arguments).await
        }));
    }
    let waiting = format!(
        "SELECT count(*) = 2 FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'",
        db.gateway_name()
    );
    until(&db, &waiting).await;
    holder.batch_execute("ROLLBACK").await.expect("the lock is released");
    let mut outcomes = Vec::new();
    for task in running {
        outcomes.push(outcome(&task.await.expect("no call panics")).to_owned());
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["conflict", "ok"]);
}
