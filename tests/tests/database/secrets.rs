//! I5: a clear key exists only in what `generate_mcp_key` and `rotate_mcp_key` return.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::cluster::text;
use eryxon_mcp_tests::database::{OWN, try_call};
use eryxon_mcp_tests::{Database, call, demo_id, probe};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use crate::wait::until_waiting;

/// Whether a text contains more of a key than the 20 characters that may be shown.
fn shows(text: &str, secret: &str) -> bool {
    // Any eight characters of the secret part.
    let hidden = &secret.as_bytes()[20..];
    hidden.windows(8).any(|part| text.contains(std::str::from_utf8(part).expect("base64url")))
}

#[tokio::test]
async fn no_part_of_a_key_beyond_its_prefix_is_kept_or_logged_anywhere() {
    let db = Database::fresh();
    probe::install(&db);
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    superuser.batch_execute("LISTEN mcp_events").await.unwrap();
    db.psql("UPDATE mcp_server_config SET features = '{\"events\": true}' WHERE tenant_id = mes_demo_id('A')");
    let first = db.key("A");
    let rotated = db.psql(&format!("SELECT api_key FROM rotate_mcp_key('{}')", first.id));
    let disabled = db.key_with("A", "disabled", "");
    db.psql("UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'disabled'");
    let job = json!({"id": demo_id("A/job/JOB-1001")});
    let mut said = String::new();

    // As a tool argument's name or value, as the tool, as the client: wherever a confused caller may put it.
    for (key, tool, arguments) in [
        (&rotated, "fetch_jobs", json!({"limit": 1})),
        (&first.secret, "fetch_jobs", json!({"limit": 1})),
        (&disabled.secret, "fetch_jobs", json!({"limit": 1})),
        (&format!("{rotated}x"), "fetch_jobs", json!({})),
        (&rotated, "fetch_jobs", json!({"apiKey": rotated})),
        (&rotated, "fetch_jobs", json!({"customer": rotated})),
        (&rotated, "fetch_jobs", json!({"cursor": format!("Bearer {rotated}")})),
        (&rotated, "fetch_jobs", json!({ &rotated: [{"deep": rotated}] })),
        (&rotated, "start_job", json!({"id": rotated})),
        (&rotated, rotated.as_str(), json!({})),
        (&rotated, "start_job", job.clone()),
    ] {
        said += &call(&gateway, key, tool, arguments).await.to_string();
    }
    let sql = "SELECT mcp_call_tool($1, 'fetch_jobs', '{}', $2)";
    let client = json!({"name": rotated, "version": rotated});
    let rows = gateway.query_typed(sql, &[(&rotated, Type::TEXT), (&client, Type::JSONB)]).await.unwrap();
    said += &rows[0].get::<_, Value>(0).to_string();
    for sql in ["SELECT mcp_list_tools($1)", "SELECT * FROM validate_mcp_key($1)", "SELECT mcp_heartbeat($1, 'online')"]
    {
        for key in [&rotated, &first.secret] {
            said += &format!("{:?}", gateway.query_typed(sql, &[(key, Type::TEXT)]).await.map(|_| ()));
        }
    }
    // Statements that fail or are cancelled, with the key bound.
    let sql = "SELECT 1 / (length($1) - length($1)), mcp_call_tool($1, 'x')";
    assert!(gateway.query_typed(sql, &[(&rotated, Type::TEXT)]).await.is_err());
    probe::set(&gateway, "write", "SELECT pg_sleep(30)").await;
    db.psql("UPDATE mes.jobs SET status = 'not_started' WHERE id = mes_demo_id('A/job/JOB-1001')");
    let while_running = async {
        until_waiting(&db, db.gateway_name()).await;
        let activity = db.psql("SELECT string_agg(a::text, ' ') FROM pg_stat_activity a");
        db.psql(&format!(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = '{}'",
            db.gateway_name()
        ));
        activity
    };
    let (answer, activity) = tokio::join!(try_call(&gateway, &rotated, "start_job", job), while_running);
    assert_eq!(outcome(&answer.unwrap()), "cancelled");
    assert!(activity.contains("SELECT mcp_call_tool($1"), "the running call was seen: {activity}");

    let dump = text(db.cluster().program("pg_dump").arg(db.name()));
    assert!(dump.contains(&rotated[..20]), "the dump contains the keys' rows");
    let log = db.cluster().log();
    assert!(log.contains(db.gateway_name()), "the log contains the gateway's statements");
    let notifications = superuser.notifications().join(" ");
    assert!(!notifications.is_empty());
    for secret in [&first.secret, &rotated, &disabled.secret] {
        assert!(!shows(&said, secret), "an answer or an error shows a key: {said}");
        assert!(!shows(&activity, secret), "pg_stat_activity shows a key: {activity}");
        assert!(!shows(&dump, secret), "a table contains a key: {:?}", dump.lines().find(|line| shows(line, secret)));
        assert!(!shows(&notifications, secret), "a notification contains a key: {notifications}");
        assert!(!shows(&log, secret), "the log contains a key: {:?}", log.lines().find(|line| shows(line, secret)));
    }
}

#[tokio::test]
async fn without_the_gateway_settings_the_log_would_contain_the_key() {
    // The control for the test above: it is the setting of the gateway's login that keeps the key out of the log.
    let db = Database::fresh();
    let key = db.key("A");
    let superuser = db.superuser().await;
    assert!(succeeded(&call(&superuser, &key.secret, "fetch_jobs", json!({"limit": 1})).await));
    assert!(shows(&db.cluster().log(), &key.secret));
}

#[tokio::test]
async fn a_key_is_random_and_its_hash_is_bcrypt_of_cost_10() {
    let db = Database::fresh();
    let (one, other) = (db.key_with("A", "one", ""), db.key_with("A", "other", ", p_environment := 'test'"));
    assert!(one.secret.starts_with("mcp_live_") && other.secret.starts_with("mcp_test_"));
    assert_eq!((one.secret.len(), one.prefix.as_str()), (52, &one.secret[..20]));
    assert_ne!(one.secret[9..], other.secret[9..]);
    let hashes =
        format!("SELECT count(*) FROM mcp_authentication_keys WHERE key_hash ~ '^\\$2[aby]\\$10\\$.{{53}}$' AND {OWN}");
    assert_eq!(db.count(&hashes), 2);
}
