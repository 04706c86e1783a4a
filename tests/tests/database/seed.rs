//! The MCP data of the demo factory, repeated loading, and the load sets.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Cluster, Database, Options, call, demo_id};
use serde_json::json;

use crate::dump::EVERYTHING;
use crate::factory::{Check, VIEWS, hold};

const KEYS: &[Check] = &[
    (
        "tenant A's keys",
        "SELECT string_agg(concat_ws(' ', name, environment, CASE WHEN allowed_tools = '[\"*\"]' THEN 'all' ELSE 'some' END, rate_limit, enabled), ', '
            ORDER BY created_at) FROM mcp_authentication_keys WHERE tenant_id = mes_demo_id('A')",
        "Old integration live all 100 f, Production live all 100 t, Reporting live some 100 t, Test environment test all 100 t, \
         Shop floor display live some 3 t, Quality live some 60 t",
    ),
    (
        "read-only keys have exactly the read tools, the quality key those for issues and scrap",
        "SELECT bool_and(allowed_tools = coalesce((SELECT jsonb_agg(t.name ORDER BY t.name) FROM mcp_tool_catalog() t
            WHERE CASE WHEN k.name = 'Quality' THEN t.domain IN ('issues', 'scrap') ELSE t.read_only END), '[]'))::text
           FROM mcp_authentication_keys k WHERE allowed_tools <> '[\"*\"]'",
        "true",
    ),
    (
        "hashes in bcrypt's format that bcrypt never produces: the last of 31 characters has two bits beyond its 184",
        "SELECT count(*)::text FROM mcp_authentication_keys WHERE key_hash ~ '^\\$2b\\$10\\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[^.CGKOSWaeimquy26]$'",
        "11",
    ),
    (
        "prefixes: as many as keys, and of the key's environment",
        "SELECT concat_ws(' ', count(DISTINCT key_prefix), bool_and(key_prefix LIKE 'mcp\\_' || environment || '\\_%')) FROM mcp_authentication_keys",
        "11 t",
    ),
    (
        "counters that differ from the admitted calls",
        "SELECT count(*)::text FROM mcp_authentication_keys k LEFT JOIN (SELECT key_id, count(*) AS n, max(created_at) AS latest
            FROM mcp_key_usage_logs WHERE response_time_ms IS NOT NULL GROUP BY 1) l ON l.key_id = k.id
          WHERE usage_count <> coalesce(n, 0) OR last_used_at IS DISTINCT FROM latest",
        "0",
    ),
    (
        "never used",
        "SELECT string_agg(name, ', ') FROM mcp_authentication_keys WHERE tenant_id = mes_demo_id('A') AND last_used_at IS NULL",
        "Quality",
    ),
];

const CALLS: &[Check] = &[
    (
        "calls, successful, tools, tools that exist, addresses, tenants",
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE success), count(DISTINCT tool_name), count(DISTINCT tool_name) FILTER
            (WHERE tool_name IN (SELECT name FROM mcp_tool_catalog())), count(DISTINCT ip_address), count(DISTINCT tenant_id)) FROM mcp_key_usage_logs",
        "1974 1840 8 8 3 1",
    ),
    (
        "within 14 days, none in the last minute; some on each day",
        "SELECT concat_ws(' ', min(created_at) > pg_temp.seeded() - interval '14 days', max(created_at) < pg_temp.seeded() - interval '1 minute',
            count(DISTINCT floor(extract(epoch FROM pg_temp.seeded() - created_at) / 86400))) FROM mcp_key_usage_logs",
        "t t 14",
    ),
    (
        "what failed",
        "SELECT string_agg(error || ' ' || n, ', ' ORDER BY error) FROM (SELECT coalesce(substring(error_message FROM '^([a-z_]+): '), error_message) AS error,
            count(*) AS n FROM mcp_key_usage_logs WHERE NOT success GROUP BY 1) x",
        "cancelled 6, conflict 10, internal 4, invalid_arguments 44, invalid_state 26, limit_exceeded 6, not_found 30, timeout 8",
    ),
    (
        "refused calls by reason; rows with another key's tenant, or that span more than their minute",
        "SELECT concat_ws(' ', (SELECT string_agg(reason || ' ' || calls, ', ' ORDER BY reason) FROM
            (SELECT reason, sum(count) AS calls FROM mcp_refused_calls GROUP BY 1) x), count(*))
           FROM mcp_refused_calls r LEFT JOIN mcp_authentication_keys k ON k.id = r.key_id
          WHERE k.tenant_id IS DISTINCT FROM r.tenant_id OR first_at < minute OR last_at >= minute + interval '1 minute'",
        "disabled_key 4, invalid_key 83, rate_limit 10, tool_not_allowed 12 0",
    ),
    (
        "failures whose code is not a tool error code",
        "SELECT count(*)::text FROM mcp_key_usage_logs WHERE NOT success AND response_time_ms IS NOT NULL
            AND substring(error_message FROM '^([a-z_]+): ') NOT IN (SELECT code FROM mcp_tool_error_codes())",
        "0",
    ),
    (
        "successful calls that the key may not make",
        "SELECT count(*)::text FROM mcp_key_usage_logs l JOIN mcp_authentication_keys k ON k.id = l.key_id
          WHERE response_time_ms IS NOT NULL AND NOT (allowed_tools ? '*' OR allowed_tools ? tool_name)",
        "0",
    ),
    (
        "most admitted calls of the restricted key in 60 seconds; calls of the disabled key on the wrong side of its end",
        "SELECT concat_ws(' ', (SELECT max(n) FROM (SELECT count(*) OVER (ORDER BY created_at RANGE BETWEEN interval '60 seconds' PRECEDING AND CURRENT ROW) AS n
            FROM mcp_key_usage_logs WHERE key_id = mes_demo_id('A/key/Shop floor display') AND response_time_ms IS NOT NULL) x),
            count(*) FILTER (WHERE l.created_at > k.updated_at), (SELECT count(*) FROM mcp_refused_calls r
            WHERE r.key_id = min(k.id::text)::uuid AND r.reason = 'disabled_key' AND r.first_at < min(k.updated_at)))
           FROM mcp_key_usage_logs l JOIN mcp_authentication_keys k ON k.id = l.key_id WHERE NOT enabled",
        "3 0 0",
    ),
    (
        "response times: median in milliseconds, a slow tail",
        "SELECT concat_ws(' ', percentile_cont(0.5) WITHIN GROUP (ORDER BY response_time_ms) BETWEEN 10 AND 30,
            percentile_cont(0.99) WITHIN GROUP (ORDER BY response_time_ms) > 1000, min(response_time_ms) > 0) FROM mcp_key_usage_logs",
        "t t t",
    ),
    (
        "activity: rows, failed ones, rows that are not of an admitted call with the same words",
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE a.action = 'mcp_error'), count(*) FILTER (WHERE (l.tenant_id, l.tool_name, l.created_at,
            l.ip_address, l.user_agent, l.success, l.response_time_ms IS NULL) IS DISTINCT FROM (a.tenant_id, a.entity_name, a.created_at, a.ip_address,
            a.user_agent, a.action = 'mcp_execute', false) OR a.metadata IS DISTINCT FROM jsonb_build_object('key_id', l.key_id, 'key_name', k.name,
            'tool_name', l.tool_name, 'tool_arguments', l.tool_arguments, 'success', l.success, 'error_message', l.error_message,
            'response_time_ms', l.response_time_ms) OR (a.user_name, a.user_email, a.entity_type) <> ('MCP Server', 'MCP Server', 'mcp_tool')
            OR a.description <> 'MCP tool ' || l.tool_name))
           FROM activity_log a LEFT JOIN mcp_key_usage_logs l ON l.id = a.entity_id LEFT JOIN mcp_authentication_keys k ON k.id = l.key_id",
        "1974 134 0",
    ),
    (
        "statistics of the busiest key: total, one day, five tools",
        "SELECT concat_ws(' ', total_requests = successful_requests + failed_requests, total_requests > 1000, avg_response_time_ms > 0,
            last_24h_requests BETWEEN 10 AND total_requests / 2, jsonb_array_length(most_used_tools), last_used_at IS NOT NULL)
           FROM get_mcp_key_stats(mes_demo_id('A/key/Production'))",
        "t t t t 5 t",
    ),
];

const SERVER: &[Check] = &[
    (
        "configuration",
        "SELECT concat_ws(' ', t, server_name, enabled, features ->> 'events', last_connected_at = pg_temp.seeded() - interval '1 minute')
           FROM mcp_server_config c JOIN tenant t ON t.id = c.tenant_id",
        "A eryxon-flow-mcp t false t",
    ),
    (
        "health: all, online, degraded; the newest is a minute old",
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE status = 'online'), count(*) FILTER (WHERE status = 'degraded'),
            pg_temp.seeded() - max(last_check)) FROM mcp_server_health",
        "300 270 10 00:01:00",
    ),
    (
        "offline: stretches, minutes until it was online again",
        "SELECT concat_ws(' ', count(*), max(again - since)) FROM (SELECT min(last_check) AS since, max(next) AS again FROM
            (SELECT *, lead(last_check) OVER w AS next, row_number() OVER w - row_number() OVER (PARTITION BY status ORDER BY last_check) AS stretch
               FROM mcp_server_health WINDOW w AS (ORDER BY last_check)) h WHERE status = 'offline' GROUP BY stretch) x",
        "1 00:20:00",
    ),
    (
        "server log: event types",
        "SELECT string_agg(event_type || ' ' || n, ', ' ORDER BY event_type) FROM (SELECT event_type, count(*) AS n FROM mcp_server_logs GROUP BY 1) x",
        "config_changed 20, connection_lost 20, reconnected 20, server_started 20, server_stopped 20",
    ),
];

#[tokio::test]
async fn the_mcp_data_of_the_demo_has_exactly_the_stated_numbers() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    superuser.batch_execute(VIEWS).await.expect("the views can be made");
    for checks in [KEYS, CALLS, SERVER] {
        hold(&superuser, checks).await;
    }
}

#[tokio::test]
async fn loading_the_demo_again_changes_nothing() {
    let db = Database::fresh();
    let before = db.psql(EVERYTHING);
    db.psql("SELECT mes_seed_demo()");
    assert_eq!(db.psql(EVERYTHING), before);
    db.psql("DELETE FROM mcp_server_logs; DELETE FROM mcp_authentication_keys WHERE name = 'Quality'; SELECT mes_seed_demo()");
    assert_eq!(db.count("SELECT count(*) FROM mcp_server_logs"), 0, "what was deleted stays away");
    assert_eq!(db.count("SELECT count(*) FROM mcp_authentication_keys"), 10);
}

#[tokio::test]
async fn a_demo_key_works_only_after_it_was_given_a_secret() {
    let db = Database::fresh();
    let gateway = db.gateway().await;
    let ask = async |secret: &str| outcome(&call(&gateway, secret, "fetch_jobs", json!({"limit": 1})).await).to_owned();
    for (key, expected) in [
        ("A/key/Production", "ok"),
        ("A/key/Test environment", "ok"),
        ("A/key/Quality", "permission_error"),
        ("A/key/Old integration", "authentication_error"),
        ("B/key/Production", "ok"),
        ("C/key/Studio", "ok"),
        ("D/key/First key", "authentication_error"),
    ] {
        let id = demo_id(key);
        let prefix = db.psql(&format!("SELECT key_prefix FROM mcp_authentication_keys WHERE id = '{id}'"));
        assert_eq!(ask(&format!("{prefix}{}", "A".repeat(32))).await, "authentication_error", "{key}");
        let secret = db.psql(&format!("SELECT api_key FROM rotate_mcp_key('{id}')"));
        assert_eq!(ask(&secret).await, expected, "{key}");
    }
}

#[tokio::test]
async fn only_known_load_sets_can_be_loaded() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    for scale in ["'S'", "'XL'", "''", "' M'", "NULL"] {
        let error = superuser.batch_execute(&format!("SELECT mes_seed_load({scale})")).await.expect_err(scale);
        let error = error.as_db_error().expect("an SQL error");
        assert_eq!(error.code().code(), "22023", "{scale}");
        assert!(error.hint().is_some_and(|hint| hint.contains("'M'") && hint.contains("'L'")), "{error:?}");
    }
    assert_eq!(db.count("SELECT count(*) FROM mes.tenants"), 4);
}

const SET_M: &[Check] = &[
    (
        "tenants, jobs, parts, operations, quantities, issues, keys, usage log, activity",
        "SELECT concat_ws(' ', (SELECT count(*) FROM loaded), (SELECT count(*) FROM jobs JOIN loaded USING (tenant_id)),
            (SELECT count(*) FROM parts JOIN loaded USING (tenant_id)), (SELECT count(*) FROM operations JOIN loaded USING (tenant_id)),
            (SELECT count(*) FROM operation_quantities JOIN loaded USING (tenant_id)), (SELECT count(*) FROM issues JOIN loaded USING (tenant_id)),
            (SELECT count(*) FROM mcp_authentication_keys JOIN loaded USING (tenant_id)),
            (SELECT count(*) FROM mcp_key_usage_logs JOIN loaded USING (tenant_id)), (SELECT count(*) FROM activity_log JOIN loaded USING (tenant_id)))",
        "20 20000 80000 400000 500000 20000 200 196000 196000",
    ),
    (
        "share of the largest and of the median tenant, in percent",
        "SELECT string_agg(concat_ws(' ', kind, round(100.0 * largest / rows), round((100.0 * middle / rows)::numeric, 1)), ', ' ORDER BY kind) FROM
            (SELECT kind, max(n) AS largest, sum(n) AS rows, percentile_cont(0.5) WITHIN GROUP (ORDER BY n) AS middle FROM
                (SELECT 'jobs' AS kind, count(*) AS n FROM jobs JOIN loaded USING (tenant_id) GROUP BY tenant_id
                  UNION ALL SELECT 'operations', count(*) FROM operations JOIN loaded USING (tenant_id) GROUP BY tenant_id
                  UNION ALL SELECT 'quantities', count(*) FROM operation_quantities JOIN loaded USING (tenant_id) GROUP BY tenant_id
                  UNION ALL SELECT 'issues', count(*) FROM issues JOIN loaded USING (tenant_id) GROUP BY tenant_id
                  UNION ALL SELECT 'calls', count(*) FROM mcp_key_usage_logs JOIN loaded USING (tenant_id) GROUP BY tenant_id) t GROUP BY kind) x",
        "calls 30 0.2, issues 30 0.2, jobs 30 0.2, operations 30 0.2, quantities 30 0.2",
    ),
    (
        "all states of jobs and operations; NCRs, between a fifth and a third of the issues; time zones",
        "SELECT concat_ws(' ', (SELECT count(DISTINCT status) FROM jobs JOIN loaded USING (tenant_id)), (SELECT count(DISTINCT status) FROM operations
            JOIN loaded USING (tenant_id)), (SELECT count(*) FILTER (WHERE ncr_number IS NOT NULL) / count(*)::float BETWEEN 0.2 AND 0.33 FROM issues
            JOIN loaded USING (tenant_id)), (SELECT count(DISTINCT timezone) FROM tenants JOIN loaded ON id = tenant_id))",
        "4 4 t 8",
    ),
];

#[tokio::test]
#[ignore = "takes minutes and a gigabyte"]
async fn takes_minutes_the_load_set_m_has_exactly_the_stated_numbers() {
    let settings = [("max_wal_size", "4GB"), ("shared_buffers", "512MB")];
    let cluster: &'static Cluster =
        Box::leak(Box::new(Cluster::start(&Options { settings: &settings, ..Options::default() })));
    let db = Database::alone_in(cluster);
    let superuser = db.superuser().await;
    superuser.batch_execute(VIEWS).await.expect("the views can be made");
    superuser
        .batch_execute("CREATE TEMP VIEW loaded AS SELECT id AS tenant_id FROM tenants WHERE name LIKE 'Load M %'")
        .await
        .expect("a view");
    superuser.batch_execute("SELECT mes_seed_load('m')").await.expect("M can be loaded");
    println!("{}", superuser.notices().join("\n"));
    hold(&superuser, SET_M).await;
    assert_eq!(superuser.text(include_str!("../../load_contradictions.sql")).await, "");
    hold(&superuser, &[("the demo is as it was", "SELECT count(*)::text FROM operation", "810")]).await;

    superuser.batch_execute("SELECT mes_seed_load('M')").await.expect("it is already loaded");
    assert_eq!(superuser.notices(), ["load set M is already loaded"]);
    hold(&superuser, &SET_M[..1]).await;

    let key = superuser.text("SELECT id::text FROM mcp_authentication_keys WHERE name = 'Key 1'").await;
    let secret = superuser.text(&format!("SELECT api_key FROM rotate_mcp_key('{key}')")).await;
    let all = json!({"limit": 1, "include_total": true});
    let answer = call(&db.gateway().await, &secret, "fetch_jobs", all).await;
    assert!(succeeded(&answer), "{answer}");
    assert_eq!(answer["result"]["structuredContent"]["total"], 6000, "{answer}");
}
