//! Nothing that a caller sends costs more than its size limit allows: neither memory nor disk.

use eryxon_mcp_tests::answer::{outcome, succeeded, tool_error};
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Database, Session, call, demo_id};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

const MIB: usize = 1024 * 1024;

/// The size of what the newest call left in the two records, and the usage row.
async fn newest_record(superuser: &Session) -> (i32, Value) {
    let sql = "SELECT pg_column_size(l) + pg_column_size(a), to_jsonb(l)
                 FROM mcp_key_usage_logs l JOIN mes.activity_log a ON a.entity_id = l.id ORDER BY l.created_at DESC LIMIT 1";
    let row = superuser.query_one(sql, &[]).await.expect("a record");
    (row.get(0), row.get(1))
}

/// The most memory that a session's backend has ever used, in bytes.
async fn peak_memory(session: &Session) -> usize {
    let pid = session.text("SELECT pg_backend_pid()::text").await;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the backend runs on this machine");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("Linux");
    1024 * line.split_whitespace().nth(1).and_then(|kb| kb.parse::<usize>().ok()).expect("a number")
}

async fn with_events() -> (Database, Session, Session, String) {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql("UPDATE mcp_server_config SET features = '{\"events\": true}' WHERE tenant_id = mes_demo_id('A')");
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    superuser.batch_execute("LISTEN mcp_events").await.unwrap();
    (db, gateway, superuser, key.secret)
}

#[tokio::test]
async fn arguments_over_one_mebibyte_are_refused_by_their_size_and_recorded_without_them() {
    let (db, gateway, superuser, key) = with_events().await;
    assert!(succeeded(&call(&gateway, &key, "fetch_jobs", json!({"limit": 1})).await));
    for megabytes in [1, 55] {
        let answer = call(
            &gateway,
            &key,
            "start_job",
            json!({"id": demo_id("A/job/JOB-1001"), "x": "y".repeat(megabytes * MIB)}),
        )
        .await;
        assert_eq!(tool_error(&answer), "limit_exceeded", "{answer:.500}");
        let message = answer["result"]["structuredContent"]["error"]["message"].as_str().expect("a text");
        assert!(message.contains("at most 1048576 are accepted"), "{message}");
        let (bytes, usage) = newest_record(&superuser).await;
        assert!(bytes < 2048, "{bytes} bytes were recorded");
        assert_eq!(usage["tool_arguments"]["_truncated"], true);
        assert!(
            usage["tool_arguments"]["_bytes"].as_u64().is_some_and(|bytes| bytes > (megabytes * MIB) as u64),
            "{usage}"
        );
        assert!(usage["error_message"].as_str().is_some_and(|text| text.contains(message)), "{usage}");
    }
    assert_eq!(db.psql("SELECT status FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1001')"), "not_started");
    let used = "SELECT usage_count FROM mcp_authentication_keys WHERE name = 'test' AND tenant_id = mes_demo_id('A')";
    assert_eq!(db.count(used), 3, "each is a call");
    // PostgreSQL reads the parameter before the function is called: its text, the parsed tree and the value, some 55 MB each.
    let peak = peak_memory(&gateway).await;
    assert!(peak < 450 * MIB, "{} MiB", peak / MIB);
}

#[tokio::test]
async fn long_names_and_values_are_answered_and_recorded_in_short_and_events_hold_an_id_only() {
    let (_db, gateway, superuser, key) = with_events().await;
    let job = demo_id("A/job/JOB-1001");
    let long = "n".repeat(8_000);
    let huge = "n".repeat(1_000_000);
    for (tool, arguments) in [
        ("fetch_jobs", json!({ &long: 1 })),
        ("fetch_jobs", json!({ &huge: 1 })),
        ("fetch_jobs", json!({"customer": {&long: {&long: 1}}})),
        ("fetch_jobs", json!({"status": long})),
        ("fetch_jobs", json!({"cursor": huge})),
        ("start_job", json!({ "id": huge })),
        ("start_job", json!({ "id": job, &huge: 1 })),
        ("batch_update_parts", json!({"updates": [{ &huge: &huge[..1000] }]})),
    ] {
        let answer = call(&gateway, &key, tool, arguments.clone()).await;
        assert_ne!(outcome(&answer), "ok", "{arguments:.100}");
        assert!(
            answer.to_string().len() < 20_000,
            "{tool} {arguments:.100} answers with {} bytes",
            answer.to_string().len()
        );
        let (bytes, usage) = newest_record(&superuser).await;
        assert!(usage["error_message"].as_str().is_some_and(|text| text.len() < 1000), "{arguments:.100}");
        assert!(bytes < 30_000, "{tool} {arguments:.100} recorded {bytes} bytes");
        let events = superuser.notifications();
        assert_eq!(events, [usage["id"].as_str().expect("an id")], "{arguments:.100}");
    }
    let peak = peak_memory(&gateway).await;
    assert!(peak < 200 * MIB, "{} MiB", peak / MIB);
}

#[tokio::test]
async fn a_number_whose_text_is_long_is_not_written_out() {
    let db = Database::fresh();
    let key = db.key("A");
    let session = db.superuser().await;
    // Each number takes 12 bytes, and as a text 100 kB: 6 GB in all.
    let sql = "SELECT mcp_call_tool($1, 'fetch_jobs', ('[' || repeat('1e100000,', 60000) || '1]')::jsonb)";
    let rows = session.query_typed(sql, &[(&key.secret, Type::TEXT)]).await.expect("answers");
    assert_eq!(tool_error(&rows[0].get::<_, Value>(0)), "invalid_arguments");
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}")), 1);
    let peak = peak_memory(&session).await;
    assert!(peak < 200 * MIB, "{} MiB", peak / MIB);
}

#[tokio::test]
async fn megabytes_as_key_tool_or_client_cost_nothing() {
    let db = Database::fresh();
    let key = db.key("A");
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    let huge = "x".repeat(20 * MIB);
    assert_eq!(outcome(&call(&gateway, &huge, "fetch_jobs", json!({})).await), "authentication_error");
    let answer = call(&gateway, &key.secret, &huge, json!({})).await;
    assert_eq!(outcome(&answer), "unknown_tool");
    assert!(answer.to_string().len() < 1000);
    for (client, user_agent) in [
        (json!({"name": "x".repeat(MIB)}), json!(null)),
        (json!({"name": "y".repeat(3000), "version": "1"}), json!(format!("{}/1", "y".repeat(100)))),
    ] {
        let sql = "SELECT mcp_call_tool($1, 'fetch_jobs', '{\"limit\": 1}', $2)";
        let rows =
            gateway.query_typed(sql, &[(&key.secret, Type::TEXT), (&client, Type::JSONB)]).await.expect("answers");
        assert!(succeeded(&rows[0].get::<_, Value>(0)));
        assert_eq!(newest_record(&superuser).await.1["user_agent"], user_agent);
    }
    let refused = "SELECT max(pg_column_size(r)) FROM mcp_refused_calls r WHERE last_at > now() - interval '5 minutes'";
    assert!(db.count(refused) < 1000);
}

#[tokio::test]
async fn an_event_is_seen_by_every_login_but_its_record_only_by_who_may_see_it() {
    let (db, gateway, superuser, key) = with_events().await;
    let nobody = format!("listener_{}", db.name());
    db.psql(&format!("CREATE ROLE {nobody} LOGIN"));
    let listener = db.login(&nobody).await;
    listener.batch_execute("LISTEN mcp_events").await.unwrap();
    call(&gateway, &key, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
    listener.batch_execute("SELECT 1").await.unwrap();
    let heard = listener.notifications();
    let [id] = &heard[..] else { panic!("{heard:?}") };
    assert!(id.parse::<uuid::Uuid>().is_ok(), "{id}");
    assert_eq!(
        listener.sqlstate(&format!("SELECT tool_name FROM mcp_key_usage_logs WHERE id = '{id}'")).await,
        "42501"
    );
    assert_eq!(
        superuser.text(&format!("SELECT tool_name FROM mcp_key_usage_logs WHERE id = '{id}'")).await,
        "start_job"
    );
    // A forged one leads nowhere.
    listener.batch_execute("SELECT pg_notify('mcp_events', gen_random_uuid()::text)").await.unwrap();
    superuser.batch_execute("SELECT 1").await.unwrap();
    let heard = superuser.notifications();
    assert_eq!(heard.len(), 2);
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE id = '{}'", heard[1])), 0);
}

#[tokio::test]
async fn refused_calls_in_one_transaction_do_not_pile_up_versions_of_their_row() {
    let db = Database::fresh();
    let (gateway, key) = (db.gateway().await, db.key("A"));
    let wrong = format!("{}{}", key.prefix, "x".repeat(32));
    let list = async || gateway.query_typed("SELECT mcp_list_tools($1)", &[(&wrong, Type::TEXT)]).await;
    let size = || db.count("SELECT pg_relation_size('mcp_refused_calls')");
    list().await.expect("answers");
    let before = size();
    gateway.batch_execute("BEGIN").await.unwrap();
    for _ in 0..300 {
        list().await.expect("answers");
    }
    gateway.batch_execute("COMMIT").await.unwrap();
    assert!(size() <= before + 8192, "{before} {}", size());
    list().await.expect("answers");
    let counted = format!("SELECT sum(count)::bigint FROM mcp_refused_calls WHERE key_id = '{}'", key.id);
    assert_eq!(db.count(&counted), 302);
}
