//! What a tenant's admins and operators can see and change, according to `request.jwt.claims`.

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::{Database, Session, call, demo_id};
use serde_json::json;
use uuid::Uuid;

const ADMIN_OF_A: &str = "A/profile/anna.devries";
const OPERATOR_OF_A: &str = "A/profile/jan.smit";
const ADMIN_OF_B: &str = "B/profile/grace.nordhaus";

/// A session like PostgREST's: an authenticator's login that has switched to the web role.
async fn web(db: &Database, role: &str) -> Session {
    let session = db.superuser().await;
    session.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).await.expect("the role exists");
    session
}

async fn claim(session: &Session, claims: &str) {
    session.execute("SELECT set_config('request.jwt.claims', $1, false)", &[&claims]).await.unwrap();
}

async fn become_person(session: &Session, profile: &str) {
    claim(session, &json!({"sub": demo_id(profile), "role": "authenticated"}).to_string()).await;
}

/// A database with a web role, two more keys of A, one more of B, and a record of each kind for both.
async fn with_web_role() -> (Database, String) {
    let db = Database::fresh();
    let role = format!("web_{}", db.name());
    db.psql(&format!("CREATE ROLE {role}; SELECT mcp_grant_member('{role}')"));
    let gateway = db.gateway().await;
    for (tenant, name) in [("A", "First"), ("A", "Second"), ("B", "First")] {
        let key = db.key_with(tenant, name, "");
        assert_eq!(outcome(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await), "ok");
        assert_eq!(outcome(&call(&gateway, &key.secret, "no_such_tool", json!({})).await), "unknown_tool");
        gateway.execute("SELECT mcp_heartbeat($1, 'online')", &[&key.secret]).await.unwrap();
        db.psql(&format!(
            "SELECT log_mcp_server_activity(mes_demo_id('{tenant}'), 'test', 'a message');
             INSERT INTO mcp_server_config (tenant_id, supabase_url) VALUES (mes_demo_id('{tenant}'), 'x') ON CONFLICT DO NOTHING"
        ));
    }
    (db, role)
}

const VISIBLE: &str = "SELECT concat_ws(' ', (SELECT count(*) FROM mcp_authentication_keys), (SELECT count(*) FROM mcp_key_usage_logs),
    (SELECT sum(count) FROM mcp_refused_calls), (SELECT count(*) FROM mcp_server_health), (SELECT count(*) FROM mcp_server_logs),
    (SELECT count(*) FROM mcp_server_config), (SELECT count(*) FROM get_mcp_server_config()), coalesce((get_tenant_info()).name, 'nobody'))";

/// What a member of a tenant must see of [`VISIBLE`]: all of the tenant's rows, but the keys' usage and refused calls only as an admin. The
/// sum of no rows is NULL, which `concat_ws` leaves out.
fn rows_of(db: &Database, tenant: &str, is_admin: bool) -> String {
    let count =
        |table: &str| db.count(&format!("SELECT count(*) FROM {table} WHERE tenant_id = mes_demo_id('{tenant}')"));
    let [keys, calls, beats, events] =
        ["mcp_authentication_keys", "mcp_key_usage_logs", "mcp_server_health", "mcp_server_logs"].map(count);
    let refused = format!("SELECT sum(count) FROM mcp_refused_calls WHERE tenant_id = mes_demo_id('{tenant}')");
    let refused = if is_admin { format!(" {}", db.count(&refused)) } else { String::new() };
    assert!(keys.min(calls).min(beats).min(events) > 0, "{tenant} has a row of each kind");
    let name = db.psql(&format!("SELECT name FROM mes.tenants WHERE id = mes_demo_id('{tenant}')"));
    format!("{keys} {}{refused} {beats} {events} 1 1 {name}", if is_admin { calls } else { 0 })
}

#[tokio::test]
async fn members_see_their_own_tenants_records_and_others_see_none() {
    let (db, role) = with_web_role().await;
    let web = web(&db, &role).await;
    assert_eq!(web.text(VISIBLE).await, "0 0 0 0 0 0 nobody", "without claims");
    for (profile, expected) in [
        (ADMIN_OF_A, rows_of(&db, "A", true)),
        (OPERATOR_OF_A, rows_of(&db, "A", false)),
        (ADMIN_OF_B, rows_of(&db, "B", true)),
        ("A/profile/wim.vandenberg", "0 0 0 0 0 0 nobody".to_owned()),
        ("A/profile/who.is.this", "0 0 0 0 0 0 nobody".to_owned()),
    ] {
        become_person(&web, profile).await;
        assert_eq!(web.text(VISIBLE).await, expected, "{profile}");
    }
}

#[tokio::test]
async fn invalid_claims_identify_nobody() {
    let (db, role) = with_web_role().await;
    let web = web(&db, &role).await;
    for claims in [
        "",
        "{}",
        "null",
        "[]",
        "7",
        "\"x\"",
        "{\"sub\": null}",
        "{\"sub\": \"\"}",
        "{\"sub\": \"not a uuid\"}",
        "{\"sub\": 7}",
        "{\"sub\": {}}",
        "{",
        "nonsense",
        "{\"sub\": \"\\u0000\"}",
        "{\"sub\": \"\\ud800\"}",
    ] {
        claim(&web, claims).await;
        let seen = web.query_one(VISIBLE, &[]).await.map(|row| row.get::<_, String>(0));
        assert_eq!(seen.as_deref().ok(), Some("0 0 0 0 0 0 nobody"), "{claims}: {seen:?}");
    }
}

#[tokio::test]
async fn no_member_sees_a_hash_or_an_internal_table() {
    let (db, role) = with_web_role().await;
    let web = web(&db, &role).await;
    become_person(&web, ADMIN_OF_A).await;
    for statement in [
        "SELECT key_hash FROM mcp_authentication_keys",
        "SELECT * FROM mcp_authentication_keys",
        "SELECT to_jsonb(k) FROM mcp_authentication_keys k",
        "SELECT name FROM mcp_authentication_keys ORDER BY key_hash",
        "DELETE FROM mcp_authentication_keys RETURNING key_hash",
        "UPDATE mcp_keys SET key_prefix = 'x', short_prefix = 'x'",
        "UPDATE mcp_authentication_keys SET tenant_id = gen_random_uuid()",
        "SELECT key_hash FROM mcp_keys",
        "SELECT * FROM mcp_keys",
        "UPDATE mcp_keys SET key_hash = 'x'",
        "UPDATE mcp_keys SET tenant_id = gen_random_uuid()",
        "UPDATE mcp_key_counters SET uses = 0",
        "DELETE FROM mcp_key_counters",
        "INSERT INTO mcp_key_counters (key_id, tenant_id, uses) VALUES (gen_random_uuid(), gen_random_uuid(), 1)",
        "INSERT INTO mcp_authentication_keys (tenant_id) VALUES (gen_random_uuid())",
        "DELETE FROM mcp_key_usage_logs",
        "UPDATE mcp_key_usage_logs SET success = true",
        "DELETE FROM mcp_server_logs",
        "INSERT INTO mcp_server_health (tenant_id, status) VALUES (gen_random_uuid(), 'online')",
        "DELETE FROM mcp_refused_calls",
        "UPDATE mcp_refused_calls SET count = 1",
        "SELECT * FROM mcp_rate_slots",
        "SELECT * FROM mcp_settings",
        "SELECT mcp_as_tenant(gen_random_uuid())",
        "SELECT mcp_run_tool('fetch_jobs', '{}')",
        "SELECT mcp_write_health(gen_random_uuid(), NULL, 'online', 1, NULL, NULL)",
        "SELECT create_mcp_gateway('mine')",
        "SELECT current_mcp_tenant()",
    ] {
        assert_eq!(web.sqlstate(statement).await, "42501", "{statement}");
    }
}

#[tokio::test]
async fn an_admin_manages_only_their_own_tenants_keys() {
    let (db, role) = with_web_role().await;
    let web = web(&db, &role).await;
    become_person(&web, ADMIN_OF_A).await;
    // The documented statement.
    let update = "UPDATE mcp_authentication_keys SET rate_limit = 500 WHERE tenant_id = (get_tenant_info()).id AND name = 'Production'";
    assert_eq!(web.execute(update, &[]).await.unwrap(), 1);
    let keys = db.count("SELECT count(*) FROM mcp_authentication_keys WHERE tenant_id = mes_demo_id('A')");
    assert_eq!(
        web.execute("UPDATE mcp_authentication_keys SET rate_limit = 7", &[]).await.unwrap(),
        keys.unsigned_abs(),
        "B's keys are not visible"
    );
    assert_eq!(
        web.execute("UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'Second'", &[]).await.unwrap(),
        1
    );
    assert_eq!(web.sqlstate("UPDATE mcp_authentication_keys SET allowed_tools = '[\"no_such_tool\"]'").await, "22023");
    assert_eq!(web.sqlstate("UPDATE mcp_authentication_keys SET rate_limit = 0").await, "23514");
    assert_eq!(web.execute("DELETE FROM mcp_authentication_keys WHERE name = 'Second'", &[]).await.unwrap(), 1);

    let (a, b) = (demo_id("A"), demo_id("B"));
    let generate = "SELECT key_id, api_key FROM generate_mcp_key(p_tenant_id := $1, p_name := 'Made by Anna')";
    let made = web.query_one(generate, &[&a]).await.unwrap();
    let (id, secret): (Uuid, String) = (made.get(0), made.get(1));
    let filed_under = format!("SELECT created_by FROM mcp_authentication_keys WHERE id = '{id}'");
    assert_eq!(db.psql(&filed_under), demo_id(ADMIN_OF_A).to_string());
    assert_eq!(outcome(&call(&db.gateway().await, &secret, "fetch_jobs", json!({"limit": 1})).await), "ok");
    assert!(web.query_one("SELECT * FROM rotate_mcp_key($1)", &[&id]).await.is_ok());
    assert!(web.query_one("SELECT * FROM get_mcp_key_stats($1)", &[&id]).await.is_ok());
    assert_eq!(web.text(&format!("SELECT check_mcp_tool_permission('{id}', 'fetch_jobs')::text")).await, "true");

    let key_of_b =
        db.psql("SELECT id FROM mcp_authentication_keys WHERE tenant_id = mes_demo_id('B') AND name = 'First'");
    for statement in [
        format!("SELECT * FROM generate_mcp_key('{b}', 'forged')"),
        format!("SELECT * FROM generate_mcp_key('{a}', 'forged', p_created_by := '{}')", demo_id(OPERATOR_OF_A)),
        format!("SELECT * FROM generate_mcp_key('{a}', 'forged', p_created_by := '{}')", demo_id(ADMIN_OF_B)),
        format!("SELECT * FROM rotate_mcp_key('{key_of_b}')"),
        format!("SELECT * FROM rotate_mcp_key('{a}')"),
        format!("SELECT * FROM get_mcp_key_stats('{key_of_b}')"),
        format!("SELECT update_mcp_server_health('{b}', 'online')"),
        format!("SELECT log_mcp_server_activity('{b}', 'x', 'y')"),
        format!("INSERT INTO mcp_server_config (tenant_id, supabase_url) VALUES ('{b}', 'x')"),
    ] {
        assert_eq!(web.sqlstate(&statement).await, "42501", "{statement}");
    }
    let own = format!("SELECT * FROM generate_mcp_key('{a}', 'own', p_created_by := '{}')", demo_id(ADMIN_OF_A));
    assert!(web.query_one(&own, &[]).await.is_ok());
    let operator =
        format!("SELECT * FROM generate_mcp_key('{a}', 'for Jan', p_created_by := '{}')", demo_id(OPERATOR_OF_A));
    assert!(db.superuser().await.query_one(&operator, &[]).await.is_ok());
    assert_eq!(web.text(&format!("SELECT check_mcp_tool_permission('{key_of_b}', 'fetch_jobs')::text")).await, "false");
    assert_eq!(
        db.psql("SELECT DISTINCT rate_limit FROM mcp_authentication_keys WHERE tenant_id = mes_demo_id('B')"),
        "100"
    );
}

#[tokio::test]
async fn an_operator_can_read_but_change_nothing() {
    let (db, role) = with_web_role().await;
    let web = web(&db, &role).await;
    become_person(&web, OPERATOR_OF_A).await;
    let (a, key) = (demo_id("A"), db.psql("SELECT id FROM mcp_authentication_keys WHERE name = 'Second'"));
    for statement in [
        "UPDATE mcp_authentication_keys SET enabled = false",
        "DELETE FROM mcp_authentication_keys",
        "DELETE FROM mcp_server_config",
        "UPDATE mcp_server_config SET enabled = false",
    ] {
        assert_eq!(web.execute(statement, &[]).await.unwrap(), 0, "{statement}");
    }
    for statement in [
        format!("SELECT * FROM generate_mcp_key('{a}', 'mine')"),
        format!("SELECT * FROM rotate_mcp_key('{key}')"),
        format!("SELECT * FROM get_mcp_key_stats('{key}')"),
        format!("SELECT update_mcp_server_health('{a}', 'online')"),
    ] {
        assert_eq!(web.sqlstate(&statement).await, "42501", "{statement}");
    }
}

#[tokio::test]
async fn the_role_authenticated_gets_its_privileges_if_it_exists_before_the_extension() {
    let db = Database::empty();
    {
        let _one = eryxon_mcp_tests::database::one_installs();
        db.psql("CREATE ROLE authenticated");
        db.psql("CREATE EXTENSION eryxon_mcp; SELECT mes_create_schema('mes'); SELECT mes_seed_demo()");
    }
    let _ = db.key("A");
    let web = web(&db, "authenticated").await;
    let visible = "SELECT concat_ws(' ', (SELECT count(*) FROM mcp_authentication_keys), (SELECT count(DISTINCT tenant_id) FROM mes.jobs),
        (SELECT count(*) FROM mes.tenants))";
    assert_eq!(web.text(visible).await, "0 0 0");
    let rows_of = |table: &str, tenant: &str| {
        db.psql(&format!("SELECT count(*) FROM {table} WHERE tenant_id = mes_demo_id('{tenant}')"))
    };
    become_person(&web, OPERATOR_OF_A).await;
    assert_eq!(web.text(visible).await, format!("{} 1 1", rows_of("mcp_authentication_keys", "A")));
    assert_eq!(web.sqlstate("SELECT key_hash FROM mcp_authentication_keys").await, "42501");
    become_person(&web, ADMIN_OF_B).await;
    assert_eq!(web.text(visible).await, format!("{} 1 1", rows_of("mcp_authentication_keys", "B")));
    // What calls did is only for admins.
    db.psql("INSERT INTO mes.activity_log (tenant_id, action) VALUES (mes_demo_id('A'), 'test')");
    let activity = rows_of("mes.activity_log", "A");
    for (claims, expected) in [
        (json!({"sub": demo_id(ADMIN_OF_A)}).to_string(), activity.as_str()),
        (json!({"sub": demo_id(OPERATOR_OF_A)}).to_string(), "0"),
        (json!({"sub": demo_id(ADMIN_OF_B)}).to_string(), "0"),
        (String::new(), "0"),
        ("nonsense".to_owned(), "0"),
    ] {
        claim(&web, &claims).await;
        let seen =
            web.query_one("SELECT count(*)::text FROM mes.activity_log", &[]).await.map(|row| row.get::<_, String>(0));
        assert_eq!(seen.as_deref().ok(), Some(expected), "{claims}: {seen:?}");
    }
    become_person(&web, ADMIN_OF_B).await;
    assert_eq!(web.sqlstate("UPDATE mes.jobs SET notes = 'x'").await, "42501");
}

/// Reading a profile takes a subtransaction, which PostgreSQL 15 refuses in a query with parallel workers.
#[tokio::test]
async fn a_members_query_works_where_every_query_wants_parallel_workers() {
    let (db, role) = with_web_role().await;
    let web = web(&db, &role).await;
    become_person(&web, ADMIN_OF_A).await;
    let expected = web.text(VISIBLE).await;
    web.batch_execute(
        "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
         SET max_parallel_workers_per_gather = 2",
    )
    .await
    .unwrap();
    let setting = db.psql("SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')");
    for mode in ["off", "on"] {
        web.batch_execute(&format!("SET {setting} = {mode}")).await.unwrap();
        assert_eq!(web.text(VISIBLE).await, expected, "{mode}");
        for function in [
            "(get_tenant_info()).id::text",
            "mcp_is_tenant_admin(NULL)::text",
            "(mcp_current_profile()).is_admin::text",
        ] {
            // A query that has workers without the function.
            let plan = web.query("EXPLAIN SELECT count(*) FROM pg_attribute", &[]).await.unwrap();
            assert!(plan.iter().any(|row| row.get::<_, &str>(0).contains("Gather")), "{plan:?}");
            let query = format!("SELECT {function} || count(*) FROM pg_attribute");
            assert_ne!(web.text(&query).await, "", "{mode}: {function}");
        }
    }
}
