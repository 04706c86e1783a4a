//! How often a key was used, and when last: exact, and without a lock that two calls of a key share.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Database, Key, Session, call, demo_id};
use serde_json::json;

/// The key's `usage_count`, and whether it has a `last_used_at`.
fn uses(db: &Database, key: &Key) -> String {
    db.psql(&format!(
        "SELECT concat_ws(' ', usage_count, last_used_at IS NOT NULL) FROM mcp_authentication_keys WHERE id = '{}'",
        key.id
    ))
}

fn counters(db: &Database, key: &Key) -> i64 {
    db.count(&format!("SELECT count(*) FROM mcp_key_counters WHERE key_id = '{}'", key.id))
}

async fn fetch(session: &Session, key: &Key) -> serde_json::Value {
    call(session, &key.secret, "fetch_jobs", json!({"limit": 1})).await
}

/// A superuser, because a gateway login may not open a transaction. With this timeout a call that waits for a lock fails.
async fn impatient(db: &Database) -> Session {
    let session = db.superuser().await;
    session.batch_execute("SET lock_timeout = '2s'").await.expect("a setting");
    session
}

#[tokio::test]
async fn an_open_transaction_of_a_key_makes_no_other_call_of_it_wait() {
    let db = Database::fresh();
    let key = db.key("A");
    let (open, other) = (impatient(&db).await, impatient(&db).await);
    // Before the key's first call, when both add a counter, and after it, when there is one for one of them.
    for uses_before in [0, 3] {
        open.batch_execute("BEGIN").await.unwrap();
        for session in [&open, &other] {
            let answer = fetch(session, &key).await;
            assert!(succeeded(&answer), "{answer}");
        }
        other.query("SELECT * FROM validate_mcp_key($1)", &[&key.secret]).await.expect("it does not wait either");
        assert_eq!(uses(&db, &key), format!("{} t", uses_before + 2), "the open one is not committed");
        open.batch_execute("COMMIT").await.unwrap();
        assert_eq!(uses(&db, &key), format!("{} t", uses_before + 3));
        assert_eq!(counters(&db, &key), 2, "as many as calls ran at once, however many there were");
    }
}

#[tokio::test]
async fn many_calls_at_once_are_counted_exactly_in_few_counters() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 10000");
    let mut running = Vec::new();
    for _ in 0..16 {
        let (session, key) = (db.gateway().await, key.clone());
        running.push(tokio::spawn(async move {
            for _ in 0..25 {
                assert!(succeeded(&fetch(&session, &key).await));
            }
        }));
    }
    for task in running {
        task.await.expect("no call panics");
    }
    assert_eq!(uses(&db, &key), "400 t");
    let (calls, latest) = (
        db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE key_id = '{}'", key.id)),
        db.psql("SELECT bool_and(k.last_used_at >= l.latest - interval '1 second') FROM mcp_authentication_keys k
                   JOIN (SELECT key_id, max(created_at) AS latest FROM mcp_key_usage_logs GROUP BY 1) l ON l.key_id = k.id
                  WHERE k.name = 'test'"),
    );
    assert_eq!((calls, latest.as_str()), (400, "t"));
    let counters = counters(&db, &key);
    assert!((1..=32).contains(&counters), "{counters} counters for 16 connections");
}

#[tokio::test]
async fn a_validation_counts_once_and_its_log_not_again_and_a_refused_call_not_at_all() {
    let db = Database::fresh();
    let (key, narrow) = (db.key("A"), db.key_with("A", "narrow", ", p_allowed_tools := '[\"fetch_parts\"]'"));
    let gateway = db.gateway().await;
    assert_eq!(uses(&db, &key), "0 f");
    gateway.query("SELECT * FROM validate_mcp_key($1)", &[&key.secret]).await.expect("it is valid");
    assert_eq!(uses(&db, &key), "1 t");
    db.psql(&format!("SELECT log_mcp_key_usage('{}', '{}', 'another_tool')", demo_id("A"), key.id));
    assert_eq!(uses(&db, &key), "1 t", "the validation has counted it");
    assert_eq!(outcome(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 0})).await), "invalid_arguments");
    assert_eq!(uses(&db, &key), "2 t", "a failed call was admitted");
    for (key, tool, expected) in [(&key, "no_such_tool", "unknown_tool"), (&narrow, "fetch_jobs", "permission_error")] {
        assert_eq!(outcome(&call(&gateway, &key.secret, tool, json!({})).await), expected);
    }
    assert_eq!((uses(&db, &key), uses(&db, &narrow)), ("2 t".to_owned(), "0 f".to_owned()));
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 1");
    assert_eq!(outcome(&fetch(&gateway, &key).await), "rate_limit_error");
    db.psql("UPDATE mcp_authentication_keys SET enabled = false");
    let error = gateway.query("SELECT * FROM validate_mcp_key($1)", &[&key.secret]).await.unwrap_err();
    assert_eq!(error.code().map(|code| code.code()), Some("28000"));
    assert_eq!(uses(&db, &key), "2 t");
}

#[tokio::test]
async fn nobody_sets_the_counters_and_the_columns_are_the_documented_ones() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    for role in ["postgres", "eryxon_mcp_owner"] {
        superuser.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        for column in ["usage_count = 0", "last_used_at = NULL", "key_hash = 'x'"] {
            let update = format!("UPDATE mcp_authentication_keys SET {column}");
            assert_eq!(superuser.sqlstate(&update).await, "0A000", "{role}: {column}");
        }
    }
    superuser.batch_execute("RESET ROLE; UPDATE mcp_authentication_keys SET description = 'x'").await.expect("others");
    let columns = db.psql(
        "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = 'mcp_authentication_keys'::regclass AND attnum > 0",
    );
    assert_eq!(
        columns,
        "id tenant_id key_hash key_prefix name description environment allowed_tools rate_limit enabled expires_at \
         last_used_at usage_count created_at updated_at created_by"
    );
}

#[tokio::test]
async fn the_counters_of_a_deleted_key_go_with_it() {
    let db = Database::fresh();
    let (key, kept) = (db.key("A"), db.key_with("A", "kept", ""));
    let gateway = db.gateway().await;
    for key in [&key, &kept] {
        assert!(succeeded(&fetch(&gateway, key).await));
    }
    db.psql(&format!("DELETE FROM mcp_authentication_keys WHERE id = '{}'", key.id));
    assert_eq!((counters(&db, &key), counters(&db, &kept)), (0, 1));
}

/// Otherwise every call would add an entry to an index.
#[tokio::test]
async fn counting_changes_no_index() {
    let db = Database::fresh();
    let key = db.key("A");
    let superuser = db.superuser().await;
    superuser.batch_execute("BEGIN").await.unwrap();
    for _ in 0..11 {
        assert!(succeeded(&fetch(&superuser, &key).await));
    }
    let updates = "SELECT concat_ws(' ', n_tup_ins, n_tup_upd, n_tup_hot_upd) FROM pg_stat_xact_user_tables
                    WHERE relname = 'mcp_key_counters'";
    assert_eq!(superuser.text(updates).await, "1 10 10");
}

/// One use is written in a transaction; those that are kept for the next one are not lost when that is rolled back.
#[tokio::test]
async fn validations_that_were_kept_survive_a_rollback() {
    let db = Database::fresh();
    let key = db.key("A");
    let session = db.superuser().await;
    let validate = format!("SELECT FROM validate_mcp_key('{}')", key.secret);
    session.batch_execute(&format!("BEGIN; {validate}; {validate}; {validate}; COMMIT")).await.unwrap();
    assert_eq!(uses(&db, &key), "1 t", "two are kept");
    session.batch_execute(&format!("BEGIN; {validate}; ROLLBACK")).await.unwrap();
    session.batch_execute(&validate).await.unwrap();
    assert_eq!(uses(&db, &key), "4 t", "three of the block and one; the one that was rolled back does not count");
}
