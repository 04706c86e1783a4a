//! Keys: what is refused when a key is generated, and when a key stops working.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Database, call, demo_id};
use serde_json::json;

#[tokio::test]
async fn a_key_with_invalid_properties_is_refused_and_nothing_is_stored() {
    let db = Database::fresh();
    let before = db.count("SELECT count(*) FROM mcp_authentication_keys");
    let _ = db.key_with("A", "taken", "");
    let superuser = db.superuser().await;
    let (a, nobody) = (demo_id("A"), demo_id("nobody"));
    let long = "x".repeat(201);
    for (arguments, expected) in [
        (format!("'{a}', 'k', p_environment := 'prod'"), "22023"),
        (format!("'{a}', 'k', p_environment := NULL"), "22023"),
        (format!("'{a}', 'k', p_environment := 'LIVE'"), "22023"),
        (format!("'{a}', ''"), "22023"),
        (format!("'{a}', '  '"), "22023"),
        (format!("'{a}', NULL"), "22023"),
        (format!("'{a}', '{long}'"), "22023"),
        ("NULL, 'k'".to_owned(), "22023"),
        (format!("'{nobody}', 'k'"), "P0002"),
        (format!("'{a}', 'k', p_allowed_tools := '\"*\"'"), "22023"),
        (format!("'{a}', 'k', p_allowed_tools := '{{}}'"), "22023"),
        (format!("'{a}', 'k', p_allowed_tools := '[7]'"), "22023"),
        (format!("'{a}', 'k', p_allowed_tools := '[\"fetch_jobs\", \"no_such_tool\"]'"), "22023"),
        (format!("'{a}', 'k', p_allowed_tools := '[\"**\"]'"), "22023"),
        (format!("'{a}', 'k', p_allowed_tools := NULL"), "22023"),
        (format!("'{a}', 'taken'"), "23505"),
        (format!("'{a}', ' taken '"), "23505"),
    ] {
        assert_eq!(
            superuser.sqlstate(&format!("SELECT * FROM generate_mcp_key({arguments})")).await,
            expected,
            "{arguments}"
        );
    }
    assert_eq!(db.count("SELECT count(*) FROM mcp_authentication_keys"), before + 1);
    assert!(db.key_with("B", "taken", "").secret.starts_with("mcp_live_"), "another tenant may use the name");
}

#[tokio::test]
async fn a_key_stops_working_at_the_very_next_call_of_a_warm_connection() {
    let db = Database::fresh();
    let key = db.key("A");
    let gateway = db.gateway().await;
    for (off, on) in [
        ("UPDATE mcp_authentication_keys SET enabled = false", "UPDATE mcp_authentication_keys SET enabled = true"),
        (
            "UPDATE mcp_authentication_keys SET expires_at = clock_timestamp()",
            "UPDATE mcp_authentication_keys SET expires_at = clock_timestamp() + interval '1 hour'",
        ),
        ("UPDATE mes.tenants SET status = 'suspended'", "UPDATE mes.tenants SET status = 'active'"),
        ("UPDATE mes.tenants SET status = 'cancelled'", "UPDATE mes.tenants SET status = 'trial'"),
        (
            "UPDATE mcp_server_config SET enabled = false WHERE tenant_id = mes_demo_id('A')",
            "UPDATE mcp_server_config SET enabled = true",
        ),
    ] {
        let ask = || call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1}));
        assert!(succeeded(&ask().await), "before {off}");
        db.psql(off);
        assert_eq!(outcome(&ask().await), "authentication_error", "{off}");
        db.psql(on);
        assert!(succeeded(&ask().await), "{on}");
    }
    let ask = || call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1}));
    let rotated = db.psql(&format!("SELECT api_key FROM rotate_mcp_key('{}')", key.id));
    assert_eq!(outcome(&ask().await), "authentication_error", "the old secret");
    assert!(succeeded(&call(&gateway, &rotated, "fetch_jobs", json!({"limit": 1})).await));
    db.psql("DELETE FROM mcp_authentication_keys");
    assert_eq!(outcome(&call(&gateway, &rotated, "fetch_jobs", json!({"limit": 1})).await), "authentication_error");
    assert!(
        db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE key_id IS NULL AND {OWN}")) > 0,
        "a deleted key's records are kept"
    );
}

#[tokio::test]
async fn a_suspended_tenants_new_key_does_not_work() {
    let db = Database::fresh();
    let key = db.key("D");
    assert_eq!(outcome(&call(&db.gateway().await, &key.secret, "fetch_jobs", json!({})).await), "authentication_error");
    let error = db.gateway().await.query("SELECT * FROM validate_mcp_key($1)", &[&key.secret]).await.unwrap_err();
    let error = error.as_db_error().expect("an SQL error");
    assert_eq!((error.code().code(), error.message()), ("28000", "Invalid or disabled MCP key"));
}

#[tokio::test]
async fn a_restricted_key_lists_and_calls_only_its_tools() {
    let db = Database::fresh();
    let key =
        db.key_with("A", "narrow", r#", p_allowed_tools := '["start_job", "fetch_jobs"]', p_environment := 'test'"#);
    let none = db.key_with("A", "none", ", p_allowed_tools := '[]'");
    let gateway = db.gateway().await;
    let names =
        "SELECT string_agg(t ->> 'name', ' ') FROM jsonb_array_elements(mcp_list_tools($1) #> '{result,tools}') t";
    let list = |secret: String| {
        let gateway = &gateway;
        async move { gateway.query_one(names, &[&secret]).await.unwrap().get::<_, Option<String>>(0) }
    };
    assert_eq!(list(key.secret.clone()).await.as_deref(), Some("fetch_jobs start_job"), "in the catalogue's order");
    assert_eq!(list(none.secret.clone()).await, None);
    let answer = call(&gateway, &key.secret, "fetch_parts", json!({})).await;
    assert_eq!(
        answer,
        json!({"error": {"code": -32000, "message": "Tool not allowed for this key", "data": {"type": "permission_error"}}})
    );
    assert_eq!(outcome(&call(&gateway, &none.secret, "fetch_jobs", json!({})).await), "permission_error");
    let valid = gateway.query_one("SELECT to_jsonb(v) FROM validate_mcp_key($1) v", &[&key.secret]).await.unwrap();
    assert_eq!(
        valid.get::<_, serde_json::Value>(0),
        json!({"tenant_id": demo_id("A"), "key_id": key.id, "allowed_tools": ["start_job", "fetch_jobs"], "rate_limit": 100,
               "environment": "test"})
    );
    db.psql(r#"UPDATE mcp_authentication_keys SET allowed_tools = '["*"]' WHERE name = 'narrow'"#);
    assert!(succeeded(&call(&gateway, &key.secret, "fetch_parts", json!({"limit": 1})).await), "at the very next call");
}

/// PostgreSQL's own check would show the row, with its hash.
#[tokio::test]
async fn a_limit_out_of_range_is_refused_and_the_error_shows_no_hash() {
    let db = Database::fresh();
    let _key = db.key("A");
    let superuser = db.superuser().await;
    for limit in ["0", "10001", "NULL"] {
        let change = format!("UPDATE mcp_authentication_keys SET rate_limit = {limit}");
        let error = superuser.batch_execute(&change).await.expect_err("it is out of range");
        let error = error.as_db_error().expect("an error of the server");
        assert_eq!((error.code().code(), error.detail()), ("23514", None), "{limit}");
    }
}
