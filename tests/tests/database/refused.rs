//! Refused calls are counted by key, reason and minute, and cannot fill the disk.

mod unwritten;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Cluster, Database, Key, Options, Session, call, demo_id};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use crate::wait::until_waiting;

/// What was counted in the test, as JSON: reason, calls, key, tenant and samples, without times. The demo's rows are older than a minute.
const COUNTED: &str = "SELECT coalesce(jsonb_agg(jsonb_build_object('reason', reason, 'calls', calls, 'key', key_id, 'tenant', tenant_id,
        'tools', tools, 'prefixes', prefixes) ORDER BY reason, key_id), '[]')::text
   FROM (SELECT reason, key_id, tenant_id, sum(count) AS calls, max(tool_names) AS tools, max(key_prefixes) AS prefixes
           FROM mcp_refused_calls WHERE last_at > (SELECT min(backend_start) FROM pg_stat_activity WHERE datname = current_database())
          GROUP BY reason, key_id, tenant_id) r";

async fn counted(superuser: &Session) -> Vec<Value> {
    serde_json::from_str(&superuser.text(COUNTED).await).expect("JSON")
}

async fn calls(superuser: &Session) -> Vec<(String, i64)> {
    let of =
        |row: &Value| (row["reason"].as_str().expect("a text").to_owned(), row["calls"].as_i64().expect("a number"));
    counted(superuser).await.iter().map(of).collect()
}

fn expected(reasons: &[(&str, i64)]) -> Vec<(String, i64)> {
    reasons.iter().map(|(reason, calls)| ((*reason).to_owned(), *calls)).collect()
}

/// A key with the right prefix and a wrong secret.
fn wrong(key: &Key) -> String {
    format!("{}{}", key.prefix, "x".repeat(32))
}

async fn ask(client: &Session, key: &str, tool: &str) -> String {
    outcome(&call(client, key, tool, json!({"limit": 1})).await).to_owned()
}

/// The log's lines of the gateway with a text.
fn lines(db: &Database, part: &str) -> Vec<String> {
    let log = db.cluster().log();
    let login = format!("{}@{}", db.gateway_name(), db.name());
    log.lines().filter(|line| line.contains(part) && line.contains(&login)).map(str::to_owned).collect()
}

fn minute() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() / 60
}

#[tokio::test]
async fn a_refused_call_is_counted_under_its_key_and_reason_and_leaves_nothing_else() {
    let db = Database::fresh();
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    let key = db.key_with("A", "narrow", r#", p_allowed_tools := '["fetch_jobs"]'"#);
    superuser.batch_execute("UPDATE mcp_authentication_keys SET rate_limit = 1").await.unwrap();
    assert_eq!(ask(&gateway, &key.secret, "start_job").await, "permission_error");
    assert_eq!(ask(&gateway, &key.secret, "no_such_tool").await, "unknown_tool");
    assert_eq!(ask(&gateway, &key.secret, &"x".repeat(5_000_000)).await, "unknown_tool");
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "ok");
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "rate_limit_error");
    assert_eq!(ask(&gateway, &wrong(&key), "fetch_jobs").await, "authentication_error");
    superuser.batch_execute("UPDATE mcp_authentication_keys SET enabled = false").await.unwrap();
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "authentication_error");
    superuser
        .batch_execute("UPDATE mcp_authentication_keys SET enabled = true; UPDATE mcp_settings SET mes_schema = NULL")
        .await
        .unwrap();
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "not_attached");
    superuser.batch_execute("UPDATE mcp_settings SET mes_schema = 'mes'").await.unwrap();

    let rows = counted(&superuser).await;
    let all = [
        ("disabled_key", 1),
        ("invalid_key", 1),
        ("not_attached", 1),
        ("rate_limit", 1),
        ("tool_not_allowed", 1),
        ("unknown_tool", 2),
    ];
    assert_eq!(calls(&superuser).await, expected(&all));
    for row in &rows {
        assert_eq!((&row["key"], &row["tenant"]), (&json!(key.id), &json!(demo_id("A"))), "{row}");
        assert_eq!(row["prefixes"], json!([]), "the key is known by its id");
    }
    assert_eq!(rows[4]["tools"], json!(["start_job"]));
    assert_eq!(rows[5]["tools"], json!(["no_such_tool", "x".repeat(64)]));
    // One was admitted: only that one is listed.
    for table in ["mcp_key_usage_logs", "mes.activity_log"] {
        assert_eq!(db.count(&format!("SELECT count(*) FROM {table} WHERE {OWN}")), 1, "{table}");
    }
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_server_logs WHERE {OWN}")), 0);
    let stats: Value =
        superuser.query_one("SELECT to_jsonb(s) FROM get_mcp_key_stats($1) s", &[&key.id]).await.unwrap().get(0);
    let numbers = ["total_requests", "successful_requests", "failed_requests", "last_24h_requests"]
        .map(|name| stats[name].as_i64());
    assert_eq!(numbers, [Some(7), Some(1), Some(6), Some(7)], "a wrong secret is not a request of the key's holder");
}

#[tokio::test]
async fn keys_that_nobody_has_are_one_row_a_minute_with_a_few_prefixes() {
    let db = Database::fresh();
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    for number in 0..30 {
        assert_eq!(ask(&gateway, &format!("nonsense {number}"), "x").await, "authentication_error");
        let formed = format!("mcp_live_{number:02}{}", "x".repeat(41));
        assert_eq!(ask(&gateway, &formed, "x").await, "authentication_error");
    }
    let rows = counted(&superuser).await;
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((&row["reason"], &row["calls"], &row["key"]), (&json!("invalid_key"), &json!(60), &json!(null)));
    let prefixes = row["prefixes"].as_array().expect("an array");
    assert_eq!(prefixes.len(), 5, "{row}");
    assert!(prefixes.iter().all(|prefix| prefix.as_str().is_some_and(|text| text.len() == 20)), "{row}");
    assert!(!row.to_string().contains("nonsense"), "a text that has not the form of a key is not recorded");
    // Two, if the minute ended in between.
    assert!(db.count("SELECT count(*) FROM mcp_refused_calls WHERE key_id IS NULL") <= 2);
}

/// The short form of `bench/refused.sh`.
#[tokio::test]
async fn a_flood_from_eight_connections_adds_a_bounded_number_of_rows_and_bytes() {
    const EACH: i64 = 250;
    const WRONG: i64 = 20;
    // A cluster of its own: while another test's transaction or an ANALYZE is open, old versions of rows are not removed.
    let cluster = Cluster::start(&Options { settings: &[("autovacuum", "off")], ..Options::default() });
    let db = Database::alone_in(Box::leak(Box::new(cluster)));
    let superuser = db.superuser().await;
    let narrow = db.key_with("A", "narrow", r#", p_allowed_tools := '["fetch_jobs"]'"#);
    let (limited, disabled) = (db.key_with("A", "limited", ""), db.key_with("A", "disabled", ""));
    db.psql(
        "UPDATE mcp_authentication_keys SET rate_limit = 1 WHERE name = 'limited';
         UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'disabled'",
    );
    assert_eq!(ask(&db.gateway().await, &limited.secret, "fetch_jobs").await, "ok");
    let rows = "SELECT count(*) FROM mcp_refused_calls";
    let bytes = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'mes'::regnamespace) AND relkind = 'r'";
    let (rows_before, bytes_before, begun) = (db.count(rows), db.count(bytes), minute());
    let mut running = Vec::new();
    for connection in 0..8 {
        let session = db.gateway().await;
        let attempts = [
            (narrow.secret.clone(), "start_job"),
            (narrow.secret.clone(), "no_such_tool"),
            (limited.secret.clone(), "fetch_jobs"),
            (disabled.secret.clone(), "fetch_jobs"),
        ];
        let wrong_secret = wrong(&narrow);
        running.push(tokio::spawn(async move {
            let arguments = json!({"notes": "x".repeat(8_000)});
            for number in 0..EACH {
                for (key, tool) in &attempts {
                    call(&session, key, tool, arguments.clone()).await;
                }
                if number < WRONG {
                    call(&session, &wrong_secret, "fetch_jobs", arguments.clone()).await;
                    let invented = format!("mcp_live_{connection}{number:03}{}", "x".repeat(39));
                    call(&session, &invented, "fetch_jobs", arguments.clone()).await;
                }
            }
            // What was counted, but not yet written, is written by a call after the flood.
            tokio::time::sleep(Duration::from_millis(300)).await;
            call(&session, &attempts[0].0, attempts[0].1, arguments.clone()).await;
        }));
    }
    for task in running {
        task.await.expect("no call panics");
    }
    // One a minute is admitted.
    let admitted = db.count(&format!("SELECT count(*) - 1 FROM mcp_key_usage_logs WHERE key_id = '{}'", limited.id));
    let all = [
        ("disabled_key", 8 * EACH),
        ("invalid_key", 8 * WRONG),
        ("invalid_key", 8 * WRONG),
        ("rate_limit", 8 * EACH - admitted),
        ("tool_not_allowed", 8 * (EACH + 1)),
        ("unknown_tool", 8 * EACH),
    ];
    assert_eq!(calls(&superuser).await, expected(&all), "every call is counted");
    // A row for each reason and minute; a second one at most if this machine made somebody wait for long.
    let minutes = i64::try_from(minute() - begun + 1).unwrap();
    let added = db.count(rows) - rows_before;
    assert!(added <= 2 * 6 * minutes, "{added} rows in {minutes} minutes");
    let grown = db.count(bytes) - bytes_before;
    // 8,000 listed calls would take 2.5 MB, even without arguments.
    assert!(grown <= 512 * 1024, "{grown} bytes");
}

#[tokio::test]
async fn a_caller_whose_row_is_locked_does_not_wait_for_its_end() {
    let db = Database::fresh();
    let (holder, gateway, superuser) = (db.superuser().await, db.gateway().await, db.superuser().await);
    let key = db.key("A");
    // The next minute as well, should this one end.
    assert_eq!(ask(&gateway, &wrong(&key), "x").await, "authentication_error");
    holder
        .batch_execute(
            "BEGIN; INSERT INTO mcp_refused_calls (tenant_id, key_id, reason, minute, count, first_at, last_at)
             SELECT tenant_id, key_id, reason, minute + n * interval '1 minute', 1, now(), now()
               FROM mcp_refused_calls, generate_series(1, 5) AS n WHERE last_at > now() - interval '5 minutes' AND reason = 'invalid_key';
             SELECT FROM mcp_refused_calls FOR UPDATE",
        )
        .await
        .unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&gateway, &wrong(&key), "x").await, "authentication_error");
    }
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(calls(&superuser).await, expected(&[("invalid_key", 4)]));
    let parts =
        format!("SELECT string_agg(DISTINCT part::text, ' ') FROM mcp_refused_calls WHERE key_id = '{}'", key.id);
    assert_eq!(superuser.text(&parts).await, "0 1");
}

#[tokio::test]
async fn wrong_keys_leave_their_trace_at_every_function() {
    let db = Database::fresh();
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    let (key, disabled) = (db.key("A"), db.key_with("A", "disabled", ""));
    db.psql("UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'disabled'");
    for sql in ["SELECT mcp_list_tools($1)", "SELECT mcp_heartbeat($1, 'online')"] {
        for key in [&wrong(&key), &disabled.secret] {
            gateway.query_typed(sql, &[(key, Type::TEXT)]).await.expect("answers");
        }
    }
    assert_eq!(calls(&superuser).await, expected(&[("disabled_key", 2), ("invalid_key", 2)]));
    // This one raises, so what it wrote would be lost. Its session's next call writes it.
    for _ in 0..3 {
        let error = gateway.query_typed("SELECT * FROM validate_mcp_key($1)", &[(&wrong(&key), Type::TEXT)]).await;
        assert_eq!(error.expect_err("it raises").code().map(|code| code.code().to_owned()), Some("28000".to_owned()));
    }
    assert_eq!(calls(&superuser).await, expected(&[("disabled_key", 2), ("invalid_key", 2)]));
    let line = "refused calls of this session are counted, but not yet recorded";
    assert_eq!(lines(&db, line).len(), 1, "one line a minute");
    gateway.query_typed("SELECT * FROM validate_mcp_key($1)", &[(&key.secret, Type::TEXT)]).await.expect("a good key");
    assert_eq!(calls(&superuser).await, expected(&[("disabled_key", 2), ("invalid_key", 5)]));
    gateway.query_typed("SELECT * FROM validate_mcp_key($1)", &[(&wrong(&key), Type::TEXT)]).await.expect_err("raises");
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "ok");
    assert_eq!(calls(&superuser).await, expected(&[("disabled_key", 2), ("invalid_key", 6)]));
}

#[tokio::test]
async fn a_cancelled_and_a_late_admission_are_answered_and_counted() {
    let db = Database::fresh();
    let (gateway, other, superuser) = (db.gateway().await, db.superuser().await, db.superuser().await);
    let key = db.key("A");
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "ok");
    let pid = gateway.text("SELECT pg_backend_pid()::text").await;
    for (table, key_id) in [("mcp_rate_slots", json!(key.id)), ("mcp_settings", json!(null))] {
        other.batch_execute(&format!("BEGIN; LOCK TABLE {table}")).await.unwrap();
        let cancel = async {
            until_waiting(&db, db.gateway_name()).await;
            db.psql(&format!("SELECT pg_cancel_backend({pid})"));
        };
        let (answer, ()) = tokio::join!(call(&gateway, &key.secret, "fetch_jobs", json!({})), cancel);
        assert_eq!(outcome(&answer), "cancelled", "{answer}");
        gateway.batch_execute("SET statement_timeout = '300ms'").await.unwrap();
        assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "timeout");
        gateway.batch_execute("RESET statement_timeout").await.unwrap();
        other.batch_execute("ROLLBACK").await.unwrap();
        let rows = counted(&superuser).await;
        let found = rows.iter().filter(|row| row["key"] == key_id).map(|row| (&row["reason"], &row["calls"]));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [(&json!("cancelled"), &json!(1)), (&json!("timeout"), &json!(1))],
            "{table}"
        );
    }
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "ok", "the session still works");
}

#[tokio::test]
async fn rows_older_than_their_retention_are_deleted_when_new_ones_come() {
    let db = Database::fresh();
    let gateway = db.gateway().await;
    db.psql(
        "INSERT INTO mcp_refused_calls (reason, minute, count, first_at, last_at)
         SELECT 'invalid_key', at, 1, at, at
           FROM (SELECT now() - interval '85 days' + interval '1 hour' - n * interval '1 day' AS at FROM generate_series(1, 20) AS n) x",
    );
    let old = "SELECT count(*) FROM mcp_refused_calls WHERE minute < now() - interval '90 days'";
    assert_eq!(db.count(old), 15);
    ask(&gateway, "nobody", "x").await;
    assert_eq!(db.count(old), 5, "ten at once");
    db.psql("DELETE FROM mcp_refused_calls WHERE last_at > now() - interval '1 hour'");
    ask(&gateway, "nobody", "x").await;
    assert_eq!(db.count(&old.replace("90", "80")), 5);
}
