//! What holds in both forms.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Key, call, demo_id, probe};
use serde_json::json;

use super::{Form, Place, all_at_once, count, fetch, retry_after};
use crate::wait::until;

#[tokio::test]
async fn every_rule_holds_in_the_table() {
    every_rule(Form::Table).await;
}

#[tokio::test]
async fn every_rule_holds_in_shared_memory() {
    every_rule(Form::SharedMemory).await;
}

/// Runs each rule, and names those that do not hold.
macro_rules! rules {
    ($place:ident, [$($rule:ident),* $(,)?]) => {{
        let mut broken = Vec::new();
        $(if tokio::spawn($rule(Arc::clone(&$place))).await.is_err() {
            broken.push(stringify!($rule));
        })*
        assert_eq!(broken, [""; 0]);
    }};
}

async fn every_rule(form: Form) {
    let place = Arc::new(Place::new(form));
    rules!(
        place,
        [
            three_calls_a_minute_are_exactly_three_across_sixteen_connections,
            fifty_calls_a_minute_are_exactly_fifty_of_many,
            a_running_call_counts_and_does_not_hold_up_others,
            an_open_transaction_of_a_new_key_makes_nobody_wait,
            an_open_transaction_of_a_used_key_makes_nobody_wait,
            a_changed_limit_applies_to_the_next_call,
            a_lowered_limit_counts_all_calls_of_the_last_minute,
            failed_calls_count_and_calls_refused_for_other_reasons_do_not,
            a_rotated_key_is_the_same_key,
            a_restart_forgets_nothing,
            a_call_in_the_future_does_not_count,
        ]
    );
}

async fn three_calls_a_minute_are_exactly_three_across_sixteen_connections(place: Arc<Place>) {
    let key = place.key("three", 3);
    assert_eq!(place.slots(&key), 0, "a key that was not used has no rows");
    let answers = all_at_once(place.sessions(16).await, &key, 1).await;
    assert_eq!((count(&answers, "ok"), count(&answers, "rate_limit_error")), (3, 13), "{answers:?}");
    for refused in answers.iter().filter(|answer| outcome(answer) == "rate_limit_error") {
        let wait = retry_after(refused);
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(60), "{wait:?}");
    }
    // They become 55 seconds older, and then another 6.
    place.pass(&key, 55);
    let answers = all_at_once(place.sessions(16).await, &key, 1).await;
    assert_eq!(count(&answers, "rate_limit_error"), 16, "{answers:?}");
    let wait = retry_after(&answers[0]);
    assert!(wait <= Duration::from_secs(5), "{wait:?}");
    place.pass(&key, 6);
    let answers = all_at_once(place.sessions(16).await, &key, 1).await;
    assert_eq!(count(&answers, "ok"), 3, "61 seconds later, three are allowed again: {answers:?}");
    let rows = if place.form == Form::Table { 3 } else { 0 };
    assert_eq!(place.slots(&key), rows);
}

async fn fifty_calls_a_minute_are_exactly_fifty_of_many(place: Arc<Place>) {
    let key = place.key("fifty", 50);
    for _ in 0..2 {
        let answers = all_at_once(place.sessions(16).await, &key, 8).await;
        assert_eq!((count(&answers, "ok"), count(&answers, "rate_limit_error")), (50, 78));
        place.pass(&key, 61);
    }
}

async fn a_running_call_counts_and_does_not_hold_up_others(place: Arc<Place>) {
    let (db, key) = (&place.db, place.key("slow", 4));
    probe::install(db);
    let (slow, fast) = (db.superuser().await, db.gateway().await);
    fetch(&fast, &key).await;
    probe::set(&slow, "write", "SELECT pg_sleep(3)").await;
    let running = async {
        let begun = Instant::now();
        (call(&slow, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await, begun.elapsed())
    };
    let asleep = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let meanwhile = async {
        until(db, asleep).await;
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(fetch(&fast, &key).await);
        }
        (answers, db.psql(asleep))
    };
    let ((answer, took), (answers, still_asleep)) = tokio::join!(running, meanwhile);
    assert!(succeeded(&answer) && took >= Duration::from_secs(3), "{took:?} {answer}");
    assert_eq!(still_asleep, "t", "three calls waited for a slow one: {answers:?}");
    let counts = (count(&answers, "ok"), count(&answers, "rate_limit_error"));
    assert_eq!(counts, (2, 1), "the running call counts: {answers:?}");
}

/// Its slots are added by the calls.
async fn an_open_transaction_of_a_new_key_makes_nobody_wait(place: Arc<Place>) {
    open_transaction(&place, &place.key("new", 3)).await;
}

/// Its slots are taken again.
async fn an_open_transaction_of_a_used_key_makes_nobody_wait(place: Arc<Place>) {
    let key = place.key("used", 3);
    assert_eq!(place.admitted(&key, 3).await, 3);
    place.pass(&key, 61);
    open_transaction(&place, &key).await;
}

/// Two calls in a transaction that is rolled back, and one beside it. The two count in shared memory only.
async fn open_transaction(place: &Place, key: &Key) {
    let (open, other) = (place.impatient().await, place.impatient().await);
    open.batch_execute("BEGIN").await.unwrap();
    for (session, expected) in [(&open, "ok"), (&other, "ok"), (&open, "ok"), (&other, "rate_limit_error")] {
        let answer = fetch(session, key).await;
        assert_eq!(outcome(&answer), expected, "{answer}");
    }
    open.batch_execute("ROLLBACK").await.unwrap();
    let (given_back, slots) = if place.form == Form::Table { (2, 3) } else { (0, 0) };
    assert_eq!(place.admitted(key, 5).await, given_back);
    assert_eq!(place.slots(key), slots);
}

async fn a_changed_limit_applies_to_the_next_call(place: Arc<Place>) {
    let key = place.key("changed", 2);
    assert_eq!(place.admitted(&key, 3).await, 2);
    for (limit, admitted) in [(5, 3), (1, 0), (5, 0), (6, 1), (10_000, 3)] {
        place.limit(&key, limit);
        assert_eq!(place.admitted(&key, 3).await, admitted, "of 3 under {limit}");
    }
}

async fn a_lowered_limit_counts_all_calls_of_the_last_minute(place: Arc<Place>) {
    let key = place.key("lowered", 8);
    // In the table, the last three take slots 7, 8 and 1.
    for calls in [8, 6, 3] {
        place.pass(&key, 61);
        assert_eq!(place.admitted(&key, calls).await, calls);
    }
    place.limit(&key, 2);
    assert_eq!(place.admitted(&key, 2).await, 0, "three calls in the last minute");
    place.limit(&key, 4);
    assert_eq!(place.admitted(&key, 2).await, 1);
    place.pass(&key, 61);
    place.limit(&key, 2);
    assert_eq!(place.admitted(&key, 5).await, 2);
    if place.form == Form::Table {
        assert_eq!(place.slots(&key), 2, "those above the limit are gone");
    }
}

async fn failed_calls_count_and_calls_refused_for_other_reasons_do_not(place: Arc<Place>) {
    let key = place.key("failed", 2);
    let gateway = place.db.gateway().await;
    for _ in 0..3 {
        assert_eq!(outcome(&call(&gateway, &key.secret, "no_such_tool", json!({})).await), "unknown_tool");
    }
    for expected in ["invalid_arguments", "invalid_arguments", "rate_limit_error"] {
        let answer = call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 0})).await;
        assert_eq!(outcome(&answer), expected, "{answer}");
    }
}

async fn a_rotated_key_is_the_same_key(place: Arc<Place>) {
    let mut key = place.key("rotated", 3);
    assert_eq!(place.admitted(&key, 2).await, 2);
    key.secret = place.db.psql(&format!("SELECT api_key FROM rotate_mcp_key('{}')", key.id));
    assert_eq!(place.admitted(&key, 2).await, 1);
    place.db.psql(&format!("DELETE FROM mcp_authentication_keys WHERE id = '{}'", key.id));
    assert_eq!(place.slots(&key), 0, "its rows go with it");
}

async fn a_restart_forgets_nothing(place: Arc<Place>) {
    let key = place.key("restarted", 4);
    assert_eq!(place.admitted(&key, 2).await, 2);
    place.db.cluster().restart();
    assert_eq!(place.admitted(&key, 1).await, 1);
    place.db.cluster().restart();
    assert_eq!(place.admitted(&key, 3).await, 1);
}

/// The clock was set back: nothing may block the key until it arrives where it was.
async fn a_call_in_the_future_does_not_count(place: Arc<Place>) {
    let key = place.key("future", 3);
    assert_eq!(place.admitted(&key, 3).await, 3);
    place.pass(&key, 0);
    for (table, column) in [("mcp_rate_slots", "used_at"), ("mcp_key_usage_logs", "created_at")] {
        let ahead = format!("UPDATE {table} SET {column} = {column} + interval '1 hour' WHERE key_id = '{}'", key.id);
        place.db.psql(&ahead);
    }
    if place.form == Form::SharedMemory {
        place.db.cluster().restart();
    }
    assert_eq!(place.admitted(&key, 5).await, 3);
}
