//! The rate limit, across all connections.

use std::time::{Duration, Instant};

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Database, Session, call, demo_id, probe};
use serde_json::{Value, json};

use crate::wait::until_waiting;

/// The outcomes of one call from each of these sessions, all at once.
async fn all_at_once(sessions: Vec<Session>, secret: &str) -> (Vec<Session>, Vec<Value>) {
    let mut running = Vec::new();
    for session in sessions {
        let secret = secret.to_owned();
        running.push(tokio::spawn(async move {
            let answer = call(&session, &secret, "fetch_jobs", json!({"limit": 1})).await;
            (session, answer)
        }));
    }
    let mut done = (Vec::new(), Vec::new());
    for task in running {
        let (session, answer) = task.await.expect("no call panics");
        done.0.push(session);
        done.1.push(answer);
    }
    done
}

fn count(answers: &[Value], expected: &str) -> usize {
    answers.iter().filter(|answer| outcome(answer) == expected).count()
}

#[tokio::test]
async fn three_calls_per_minute_are_exactly_three_across_sixteen_connections() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 3");
    let mut sessions = Vec::new();
    for _ in 0..16 {
        sessions.push(db.gateway().await);
    }
    let (mut sessions, answers) = all_at_once(sessions, &key.secret).await;
    assert_eq!((count(&answers, "ok"), count(&answers, "rate_limit_error")), (3, 13), "{answers:?}");
    for refused in answers.iter().filter(|answer| outcome(answer) == "rate_limit_error") {
        assert_eq!(refused["error"]["code"], -32000);
        assert_eq!(refused["error"]["message"], "Rate limit exceeded");
        let wait = refused["error"]["data"]["retry_after_ms"].as_i64().expect("when to retry");
        assert!((1..=60_000).contains(&wait), "{wait}");
    }
    // Moving the times of use back simulates time passing. 59 seconds are not enough, on any connection.
    db.psql("UPDATE mcp_rate_slots SET used_at = clock_timestamp() - interval '55 seconds' WHERE isfinite(used_at)");
    let (again, answers) = all_at_once(sessions, &key.secret).await;
    assert_eq!(count(&answers, "rate_limit_error"), 16);
    let wait = answers[0]["error"]["data"]["retry_after_ms"].as_i64().unwrap();
    assert!(wait <= 5_000, "{wait}");
    sessions = again;
    db.psql("UPDATE mcp_rate_slots SET used_at = used_at - interval '6 seconds' WHERE isfinite(used_at)");
    let (_, answers) = all_at_once(sessions, &key.secret).await;
    assert_eq!(count(&answers, "ok"), 3, "61 seconds later, three are allowed again");
}

#[tokio::test]
async fn a_slow_call_counts_and_does_not_hold_up_others_of_its_key() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 4");
    probe::install(&db);
    let (slow, fast) = (db.gateway().await, db.gateway().await);
    call(&fast, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    probe::set(&slow, "write", "SELECT pg_sleep(3)").await;
    let running = async {
        let begun = Instant::now();
        (call(&slow, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await, begun.elapsed())
    };
    let meanwhile = async {
        until_waiting(&db, db.gateway_name()).await;
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(call(&fast, &key.secret, "fetch_jobs", json!({"limit": 1})).await);
        }
        let still_asleep = db.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") > 0;
        (answers, still_asleep)
    };
    let ((slow_answer, slow_took), (answers, still_asleep)) = tokio::join!(running, meanwhile);
    assert!(succeeded(&slow_answer) && slow_took >= Duration::from_secs(3), "{slow_took:?} {slow_answer}");
    assert!(still_asleep, "three calls waited for a slow one: {answers:?}");
    assert_eq!(
        (count(&answers, "ok"), count(&answers, "rate_limit_error")),
        (2, 1),
        "the running call counts: {answers:?}"
    );
}

#[tokio::test]
async fn a_changed_limit_applies_to_the_next_call_and_failed_calls_count() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 2");
    let gateway = db.gateway().await;
    let ask = |arguments: Value| call(&gateway, &key.secret, "fetch_jobs", arguments);
    assert_eq!(outcome(&ask(json!({"limit": 0})).await), "invalid_arguments");
    assert_eq!(outcome(&ask(json!({"limit": 1})).await), "ok");
    assert_eq!(outcome(&ask(json!({"limit": 1})).await), "rate_limit_error");
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 3");
    assert_eq!(outcome(&ask(json!({"limit": 1})).await), "ok");
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 1");
    assert_eq!(outcome(&ask(json!({"limit": 1})).await), "rate_limit_error");
    // Calls refused for other reasons do not use up the limit.
    db.psql("UPDATE mcp_rate_slots SET used_at = '-infinity'");
    for _ in 0..3 {
        assert_eq!(outcome(&call(&gateway, &key.secret, "no_such_tool", json!({})).await), "unknown_tool");
    }
    assert_eq!(outcome(&ask(json!({"limit": 1})).await), "ok");
}
