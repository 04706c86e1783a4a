//! Many callers that change states of one job at once: each transition is made once, and so are its side effects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Database, Key, call, demo_id};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::states::{Work, contradictions, unlimited};
use crate::wait::until;

const CALLERS: usize = 32;

/// A job of tenant A whose operations are all in progress; the last operations of all parts come at the end.
async fn running(db: &Database, parts: usize, operations: usize) -> (Uuid, Vec<Uuid>) {
    const MAKE: &str = "WITH job AS (
            INSERT INTO mes.jobs (tenant_id, id, job_number, status, started_at)
            VALUES (mes_demo_id('A'), $1, 'RACE', 'in_progress', now()) RETURNING *
        ), part AS (
            INSERT INTO mes.parts (tenant_id, job_id, part_number, material, status)
            SELECT tenant_id, id, 'RACE-' || n, 'S235', 'in_progress' FROM job, generate_series(1, $2) n RETURNING *
        ), operation AS (
            INSERT INTO mes.operations (tenant_id, part_id, cell_id, operation_name, sequence, estimated_time, status)
            SELECT tenant_id, id, mes_demo_id('A/cell/Laser 1'), 'Step', n, 1, 'in_progress'
              FROM part, generate_series(1, $3) n RETURNING *
        )
        SELECT id FROM operation ORDER BY sequence, id";
    let job = Uuid::new_v4();
    let number = |count: usize| i32::try_from(count).expect("a small number");
    let superuser = db.superuser().await;
    let rows = superuser.query(MAKE, &[&job, &number(parts), &number(operations)]).await.expect("a job");
    (job, rows.iter().map(|row| row.get(0)).collect())
}

/// Makes the calls over [`CALLERS`] connections and counts the outcomes. `hold` takes a lock that is held until all callers wait, so that
/// all have got as far as they can before the first one continues.
async fn at_once(db: &Database, key: &Key, hold: &str, calls: Vec<(&'static str, Value)>) -> BTreeMap<String, usize> {
    let holder = db.superuser().await;
    holder.batch_execute(&format!("BEGIN; {hold}")).await.expect("nobody has the lock");
    let (next, calls) = (Arc::new(AtomicUsize::new(0)), Arc::new(calls));
    let mut running = Vec::new();
    for _ in 0..CALLERS {
        let (session, secret) = (db.gateway().await, key.secret.clone());
        let (next, calls) = (Arc::clone(&next), Arc::clone(&calls));
        running.push(tokio::spawn(async move {
            let mut outcomes = Vec::new();
            while let Some((tool, arguments)) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = call(&session, &secret, tool, arguments.clone()).await;
                // The message for deadlocks, too.
                assert!(!answer.to_string().contains("another transaction interfered"), "{answer}");
                outcomes.push(outcome(&answer).to_owned());
            }
            outcomes
        }));
    }
    let waiting = format!(
        "SELECT count(*) = {CALLERS} FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'",
        db.gateway_name()
    );
    until(db, &waiting).await;
    holder.batch_execute("ROLLBACK").await.expect("the lock is released");
    let mut counts = BTreeMap::new();
    for task in running {
        for outcome in task.await.expect("no call panics") {
            *counts.entry(outcome).or_insert(0) += 1;
        }
    }
    counts
}

/// Each operation is completed twice.
async fn check_completions(parts: usize, operations: usize, hold: &str) {
    let db = Database::fresh();
    let key = unlimited(&db);
    let (job, ids) = running(&db, parts, operations).await;
    let calls = ids.iter().chain(&ids).map(|id| ("complete_operation", json!({"id": id}))).collect();
    let outcomes = at_once(&db, &key, hold, calls).await;
    assert_eq!(outcomes, BTreeMap::from([("ok".to_owned(), ids.len()), ("invalid_state".to_owned(), ids.len())]));
    let superuser = db.superuser().await;
    assert_eq!(contradictions(&superuser, &[job]).await, Vec::<String>::new());
    let number = |count: usize| i64::try_from(count).expect("a small number");
    let admins = "SELECT count(*) FROM mes.profiles WHERE tenant_id = mes_demo_id('A') AND role = 'admin' AND active";
    let told = "SELECT count(*) FROM mes.notifications WHERE type = 'part_completed'
                   AND reference_id IN (SELECT id FROM mes.parts WHERE part_number LIKE 'RACE-%')";
    assert_eq!(db.count(told), db.count(admins) * number(parts));
    let completed = |rows: &str| db.count(&format!("SELECT count(*) FROM mes.{rows} AND status = 'completed'"));
    assert_eq!(completed("parts WHERE part_number LIKE 'RACE-%'"), number(parts));
    assert_eq!(completed("jobs WHERE job_number = 'RACE'"), 1);
    let calls =
        format!("SELECT count(*) FROM mcp_key_usage_logs WHERE success AND tool_name = 'complete_operation' AND {OWN}");
    assert_eq!(db.count(&calls), number(ids.len()));
}

#[tokio::test]
async fn two_hundred_operations_of_one_part_are_completed_once_and_the_part_and_job_once() {
    check_completions(1, 200, "SELECT 1 FROM mes.jobs WHERE job_number = 'RACE' FOR UPDATE").await;
}

/// A call writes its record last: without a lock on the job, all would have looked for open parts before the first one commits.
#[tokio::test]
async fn the_last_operations_of_many_parts_complete_the_job_once() {
    check_completions(CALLERS, 1, "LOCK TABLE mcp_key_usage_logs IN SHARE MODE").await;
}

/// The tools lock in the same order, whichever row they start with, so that none of them is the victim of a deadlock.
#[tokio::test]
async fn calls_for_a_job_its_parts_and_its_operations_never_deadlock() {
    let db = Database::fresh();
    let key = unlimited(&db);
    let (session, superuser) = (db.gateway().await, db.superuser().await);
    let work = Work::create(&session, &key, "MIX", 4).await;
    let mut calls = Vec::new();
    for round in 0..8 {
        for (n, id) in work.operations.iter().enumerate() {
            let person = demo_id(["A/profile/jan.smit", "A/profile/lars.hansen"][n % 2]);
            calls.push(("start_operation", json!({"id": id, "force": true, "operator_id": person})));
            calls.push(match (n + round) % 3 {
                0 => ("pause_operation", json!({"id": id})),
                1 => ("update_operation", json!({"id": id, "status": "in_progress", "reason": "Again"})),
                _ => ("update_task", json!({"id": id, "status": "completed", "force": true})),
            });
            calls.push(("complete_operation", json!({"id": id, "force": true})));
        }
        for id in &work.parts {
            let status = ["on_hold", "in_progress", "completed"][round % 3];
            calls.push(("update_part", json!({"id": id, "status": status, "force": true, "reason": "Mix"})));
        }
        calls.push(
            ["stop_job", "resume_job", "complete_job", "start_job"].map(|tool| (tool, json!({"id": work.job})))
                [round % 4]
                .clone(),
        );
        calls.push(("update_job", json!({"id": work.job, "status": "in_progress", "reason": "Mix"})));
    }
    let outcomes = at_once(&db, &key, "SELECT 1 FROM mes.jobs WHERE job_number = 'MIX' FOR UPDATE", calls).await;
    let expected = ["ok", "invalid_state", "invalid_arguments", "conflict"];
    assert!(outcomes.keys().all(|outcome| expected.contains(&outcome.as_str())), "{outcomes:?}");
    assert!(outcomes["ok"] > 30, "{outcomes:?}");
    assert_eq!(contradictions(&superuser, &[work.job]).await, Vec::<String>::new());
}

/// Two calls each try to take the last place in a cell that enforces its limit: one of them succeeds.
#[tokio::test]
async fn the_last_place_in_a_full_cell_is_taken_once() {
    let db = Database::fresh();
    let key = unlimited(&db);
    db.psql(
        "UPDATE mes.cells SET enforce_wip_limit = true, wip_limit = 1 WHERE id = mes_demo_id('A/cell/Assembly');
         UPDATE mes.operations SET status = 'on_hold' WHERE cell_id = mes_demo_id('A/cell/Assembly') AND status <> 'completed';
         UPDATE mes.jobs SET status = 'in_progress' WHERE tenant_id = mes_demo_id('A') AND status = 'on_hold';
         UPDATE mes.parts SET status = 'in_progress' WHERE tenant_id = mes_demo_id('A') AND status = 'on_hold'",
    );
    let parked = db.psql(
        "SELECT string_agg(id, ' ') FROM (SELECT DISTINCT ON (p.job_id) o.id::text FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id
          WHERE o.cell_id = mes_demo_id('A/cell/Assembly') AND o.status = 'on_hold' AND o.deleted_at IS NULL 
            AND NOT EXISTS (SELECT 1 FROM mes.operations e WHERE e.part_id = o.part_id AND e.deleted_at IS NULL
                               AND e.sequence < o.sequence AND e.status <> 'completed')
          ORDER BY p.job_id, o.id LIMIT 8) x",
    );
    let holder = db.superuser().await;
    let cell = "BEGIN; SELECT 1 FROM mes.cells WHERE id = mes_demo_id('A/cell/Assembly') FOR UPDATE";
    holder.batch_execute(cell).await.expect("the cell");
    let mut running = Vec::new();
    for id in parked.split(' ') {
        let (session, secret, id) = (db.gateway().await, key.secret.clone(), id.to_owned());
        running.push(tokio::spawn(async move {
            let answer = call(&session, &secret, "start_operation", json!({"id": id})).await;
            outcome(&answer).to_owned()
        }));
    }
    let callers = running.len();
    assert!(callers > 3, "{parked}");
    let waiting = format!(
        "SELECT count(*) = {callers} FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'",
        db.gateway_name()
    );
    until(&db, &waiting).await;
    holder.batch_execute("ROLLBACK").await.expect("the lock is released");
    let mut outcomes = BTreeMap::new();
    for task in running {
        *outcomes.entry(task.await.expect("no call panics")).or_insert(0) += 1;
    }
    assert_eq!(outcomes, BTreeMap::from([("limit_exceeded".to_owned(), callers - 1), ("ok".to_owned(), 1)]));
}
