//! I2: the records that every call leaves.

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::database::{OWN, try_call};
use eryxon_mcp_tests::{Database, Session, call, demo_id, probe};
use serde_json::{Value, json};

/// The newest usage row and the newest activity row of a call, as JSON.
async fn newest(superuser: &Session) -> (Value, Value) {
    let one = |query: &'static str| async move {
        superuser.query_one(query, &[]).await.expect("there is a row").get::<_, Value>(0)
    };
    (
        one("SELECT to_jsonb(l) FROM mcp_key_usage_logs l ORDER BY created_at DESC LIMIT 1").await,
        one("SELECT to_jsonb(a) FROM mes.activity_log a WHERE entity_type = 'mcp_tool' ORDER BY created_at DESC, id LIMIT 1").await,
    )
}

async fn counts(superuser: &Session) -> (i64, i64, i64) {
    let row = superuser
        .query_one(
            &format!(
                "SELECT (SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}),
                        (SELECT count(*) FROM mes.activity_log WHERE entity_type = 'mcp_tool' AND {OWN}),
                        (SELECT sum(usage_count)::bigint FROM mcp_authentication_keys WHERE {OWN})"
            ),
            &[],
        )
        .await
        .expect("a row");
    (row.get(0), row.get(1), row.get(2))
}

#[tokio::test]
async fn an_admitted_call_leaves_exactly_one_usage_row_and_one_activity_row() {
    let db = Database::fresh();
    let key = db.key("A");
    probe::install(&db);
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    let id = demo_id("A/job/JOB-1001");
    let nobody = demo_id("nobody");
    for (number, (tool, arguments, sql, expected)) in [
        ("fetch_jobs", json!({"limit": 1}), "", "ok"),
        ("fetch_jobs", json!({"limit": 0}), "", "invalid_arguments"),
        ("start_job", json!({"id": nobody}), "", "not_found"),
        ("start_job", json!({"id": id}), "!SELECT 1/0", "internal"),
        (
            "start_job",
            json!({"id": id}),
            "!INSERT INTO mes.ncr_counters SELECT * FROM mes.ncr_counters",
            "refused_by_database",
        ),
        ("start_job", json!({"id": id}), "", "ok"),
        ("start_job", json!({"id": id}), "", "invalid_state"),
    ]
    .into_iter()
    .enumerate()
    {
        probe::set(&gateway, "write", sql).await;
        let answer = call(&gateway, &key.secret, tool, arguments.clone()).await;
        assert_eq!(outcome(&answer), expected, "{answer}");
        let calls = i64::try_from(number).unwrap() + 1;
        assert_eq!(counts(&superuser).await, (calls, calls, calls), "after {expected}");

        let (usage, activity) = newest(&superuser).await;
        let success = expected == "ok";
        assert_eq!(usage["success"], success, "{usage}");
        assert_eq!(usage["tool_name"], tool);
        assert_eq!(usage["tool_arguments"], arguments);
        assert_eq!(usage["key_id"], json!(key.id));
        assert_eq!(usage["tenant_id"], json!(demo_id("A")));
        assert_eq!(usage["user_agent"], "cluster-tests/1");
        assert_eq!(usage["error_message"].is_null(), success);
        assert!(usage["response_time_ms"].is_number());
        assert_eq!(activity["action"], if success { "mcp_execute" } else { "mcp_error" });
        assert_eq!(activity["user_name"], "MCP Server");
        assert_eq!(activity["entity_id"], usage["id"], "the two rows belong together");
        assert_eq!(activity["tenant_id"], usage["tenant_id"]);
        assert_eq!(activity["metadata"]["error_message"], usage["error_message"]);
    }
}

#[tokio::test]
async fn a_call_that_is_rolled_back_leaves_neither_effect_nor_record() {
    let db = Database::fresh();
    let key = db.key("A");
    db.allow_calls_in_transactions();
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    gateway.batch_execute("BEGIN").await.unwrap();
    let answer = call(&gateway, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
    assert_eq!(outcome(&answer), "ok");
    gateway.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(counts(&superuser).await, (0, 0, 0));
    assert_eq!(
        superuser.text("SELECT status::text FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1001')").await,
        "not_started"
    );
}

/// VACUUM FULL and ALTER TABLE take this lock as well. Without a limit, the second attempt would wait as long as it is held, because the
/// first one has used up the statement timeout.
#[tokio::test]
async fn a_lock_on_the_activity_log_ends_a_call_instead_of_holding_it_up() {
    let db = Database::fresh();
    probe::install(&db);
    let key = db.key("A");
    let (gateway, holder) = (db.gateway().await, db.superuser().await);
    let start = json!({"id": demo_id("A/job/JOB-1001")});
    // So that bcrypt does not use up the time.
    assert_eq!(outcome(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await), "ok");
    holder.batch_execute("BEGIN; LOCK TABLE mes.activity_log").await.unwrap();
    // The time is used up while the record is written, or before.
    for slow in ["SELECT 1", "SELECT pg_sleep(60)"] {
        gateway.batch_execute("SET statement_timeout = 0").await.unwrap();
        probe::set(&gateway, "write", slow).await;
        gateway.batch_execute("SET statement_timeout = '2s'").await.unwrap();
        let call = try_call(&gateway, &key.secret, "start_job", start.clone());
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), call).await;
        assert!(
            ended.expect("it ends while the lock is held").is_err(),
            "there is no effect without its record: {slow}"
        );
    }
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}")), 1);
    assert_eq!(db.psql("SELECT status FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1001')"), "not_started");
}

#[tokio::test]
async fn statistics_and_events_report_what_the_calls_did() {
    let db = Database::fresh();
    let key = db.key("A");
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    superuser.batch_execute("LISTEN mcp_events").await.unwrap();
    call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    db.psql("UPDATE mcp_server_config SET features = '{\"events\": true}' WHERE tenant_id = mes_demo_id('A')");
    call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 0})).await;
    call(&gateway, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
    let stats: Value = superuser
        .query_one("SELECT to_jsonb(s) FROM get_mcp_key_stats($1) s", &[&key.id])
        .await
        .expect("a superuser may look")
        .get(0);
    for (field, expected) in [
        ("total_requests", json!(3)),
        ("successful_requests", json!(2)),
        ("failed_requests", json!(1)),
        ("last_24h_requests", json!(3)),
        ("most_used_tools", json!([{"tool": "fetch_jobs", "count": 2}, {"tool": "start_job", "count": 1}])),
    ] {
        assert_eq!(stats[field], expected, "{field}");
    }
    assert!(stats["avg_response_time_ms"].is_number() && stats["last_used_at"].is_string(), "{stats}");

    let events = superuser.notifications();
    assert_eq!(events.len(), 2, "events are off until the tenant enables them: {events:?}");
    let named = superuser
        .query(
            "SELECT tool_name, success FROM mcp_key_usage_logs WHERE id::text = ANY ($1) ORDER BY created_at",
            &[&events],
        )
        .await
        .expect("the events name records");
    let named: Vec<(String, bool)> = named.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(named, [("fetch_jobs".to_owned(), false), ("start_job".to_owned(), true)]);
}
