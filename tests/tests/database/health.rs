//! Heartbeats: a bounded number of rows for each key, however long and often it beats.

use eryxon_mcp_tests::{Cluster, Database, Options, Session, demo_id};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

const BYTES: &str = "SELECT pg_total_relation_size('mcp_server_health') + pg_total_relation_size('mcp_server_config')";
const OF_KEY: &str = "FROM mcp_server_health WHERE key_id = mes_demo_id('A/key/Production')";

/// Beats of one key, each committed: `number` of them from `start` on, `step` apart.
async fn beat(superuser: &Session, start: &str, number: u32, step: &str, status: &str) {
    let block = format!(
        r#"DO $$ BEGIN FOR n IN 0 .. {number} - 1 LOOP
             PERFORM mcp_write_health(mes_demo_id('A'), mes_demo_id('A/key/Production'), '{status}', 2, NULL,
                 '{{"server": "eryxon-mcp", "version": "0.1.0", "transport": "stdio"}}', timestamptz '{start}' + n * interval '{step}');
             COMMIT;
           END LOOP; END $$"#
    );
    superuser.batch_execute(&block).await.expect("the beats are recorded");
}

/// The short form of `bench/heartbeats.sh`.
#[tokio::test]
async fn weeks_of_heartbeats_take_a_fixed_number_of_rows_and_bytes() {
    // A cluster of its own: while another test's transaction or an ANALYZE is open, old versions of rows are not removed.
    let cluster = Cluster::start(&Options { settings: &[("autovacuum", "off")], ..Options::default() });
    let db = Database::alone_in(Box::leak(Box::new(cluster)));
    let superuser = db.superuser().await;
    let before = db.count(BYTES);
    beat(&superuser, "2030-01-01 00:00Z", 8 * 24, "1 hour", "online").await;
    beat(&superuser, "2030-01-09 00:00Z", 600, "1 second", "online").await;
    let (rows, bytes) = (db.count(&format!("SELECT count(*) {OF_KEY}")), db.count(BYTES));
    assert!(rows <= 60 + 168, "{rows} rows");
    assert!(bytes - before < 512 * 1024, "{} bytes", bytes - before);
    beat(&superuser, "2030-01-09 01:00Z", 8 * 24, "1 hour", "online").await;
    beat(&superuser, "2030-01-17 01:00Z", 600, "1 second", "online").await;
    assert_eq!(db.count(&format!("SELECT count(*) {OF_KEY}")), rows, "the second week takes the places of the first");
    let grown = db.count(BYTES) - bytes;
    assert!(grown <= 128 * 1024, "{grown} bytes");
}

#[tokio::test]
async fn every_beat_of_the_last_days_is_in_one_row_and_an_hour_shows_its_worst() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    beat(&superuser, "2030-01-01 00:00Z", 7200, "1 second", "online").await;
    let states = || {
        superuser.text("SELECT string_agg(status, ' ' ORDER BY last_check) FROM mcp_server_health WHERE key_id IS NOT NULL AND slot >= 100")
    };
    assert_eq!(db.count(&format!("SELECT sum(beats) {OF_KEY}")), 7200);
    assert_eq!(db.count(&format!("SELECT count(*) {OF_KEY}")), 62, "five minutes and two hours");
    assert_eq!(states().await, "online online");
    beat(&superuser, "2030-01-01 02:00Z", 1, "1 second", "degraded").await;
    beat(&superuser, "2030-01-01 02:01Z", 1, "1 second", "offline").await;
    beat(&superuser, "2030-01-01 02:02Z", 600, "1 second", "online").await;
    assert_eq!(states().await, "online online offline");
    assert_eq!(db.count(&format!("SELECT sum(beats) {OF_KEY}")), 7802);
    assert_eq!(
        superuser.text(&format!("SELECT max(last_check)::text {OF_KEY}")).await,
        superuser.text("SELECT (timestamptz '2030-01-01 02:11:59Z')::text").await
    );
    // The clock is set back by a month: what comes is recorded all the same.
    beat(&superuser, "2029-12-01 00:00Z", 1200, "1 second", "online").await;
    let later = "AND created_at < '2029-12-02'";
    assert_eq!(db.count(&format!("SELECT sum(beats) {OF_KEY} {later}")), 1200);
    // A key that is deleted takes its heartbeats with it.
    db.psql("DELETE FROM mcp_authentication_keys WHERE id = mes_demo_id('A/key/Production')");
    assert_eq!(db.count(&format!("SELECT count(*) {OF_KEY}")), 0);
}

#[tokio::test]
async fn large_metadata_and_errors_are_cut() {
    let db = Database::fresh();
    let key = db.key("A");
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    let kept = async |id: uuid::Uuid| -> Value {
        superuser
            .query_one("SELECT to_jsonb(h) FROM mcp_server_health h WHERE id = $1", &[&id])
            .await
            .expect("a row")
            .get(0)
    };
    for (given, expected) in [
        (json!({"version": "1"}), json!({"version": "1"})),
        (json!({"note": "x".repeat(3000)}), json!({"note": "x".repeat(3000)})),
        (json!({"note": "x".repeat(5000)}), json!({"_bytes": 5016, "_truncated": true})),
        (json!({"apiKey": "x"}), json!({"apiKey": "[redacted]"})),
    ] {
        let sql = "SELECT mcp_heartbeat($1, 'online', 1, $2)";
        let rows =
            gateway.query_typed(sql, &[(&key.secret, Type::TEXT), (&given, Type::JSONB)]).await.expect("answers");
        let row = kept(rows[0].get(0)).await;
        assert_eq!(row["metadata"], expected);
        assert_eq!((&row["key_id"], &row["tenant_id"]), (&json!(key.id), &json!(demo_id("A"))));
    }
    let sql = "SELECT update_mcp_server_health(mes_demo_id('A'), 'degraded', 1, $1, $2)";
    let (error, metadata) = ("e".repeat(1_000_000), json!({"list": (0..5000).collect::<Vec<_>>()}));
    let id = superuser.query_one(sql, &[&error, &metadata]).await.expect("a row").get(0);
    let row = kept(id).await;
    assert_eq!(row["error_message"].as_str().map(str::len), Some(500));
    assert_eq!(row["metadata"]["_truncated"], true);
    assert_eq!((&row["key_id"], &row["status"]), (&json!(null), &json!("degraded")));
    // A client that mixes up its arguments: the check of the table itself would show the row, to the caller and in the log.
    let mixed_up = gateway
        .query_typed("SELECT mcp_heartbeat($1, $1)", &[(&key.secret, Type::TEXT)])
        .await
        .expect_err("a wrong status");
    let mixed_up = mixed_up.as_db_error().expect("an SQL error");
    assert_eq!((mixed_up.code().code(), mixed_up.detail(), mixed_up.table()), ("23514", None, None));
    assert!(!format!("{mixed_up:?}").contains(&key.secret));
    for (status, sqlstate) in [("'asleep'", "23514"), ("NULL", "23514")] {
        assert_eq!(
            superuser.sqlstate(&format!("SELECT update_mcp_server_health(mes_demo_id('A'), {status})")).await,
            sqlstate
        );
    }
}

#[tokio::test]
async fn two_shims_of_one_key_do_not_wait_for_each_others_transactions() {
    let db = Database::fresh();
    let (holder, other) = (db.superuser().await, db.superuser().await);
    let beat = |at: &str| {
        format!(
            "SELECT mcp_write_health(mes_demo_id('A'), mes_demo_id('A/key/Reporting'), 'online', 1, NULL, NULL, '{at}')"
        )
    };
    holder.batch_execute(&format!("BEGIN; {}", beat("2030-01-01 00:00:01Z"))).await.unwrap();
    assert_eq!(other.sqlstate(&beat("2030-01-01 00:00:02Z")).await, "55P03");
    other.batch_execute(&beat("2030-01-01 00:00:05Z")).await.expect("the next five seconds have their own row");
    holder.batch_execute("COMMIT").await.unwrap();
    other.batch_execute(&beat("2030-01-01 00:00:03Z")).await.expect("the row is free");
    // Nor for an administrator who changes the configuration.
    holder.batch_execute("BEGIN; UPDATE mcp_server_config SET server_name = 'other'").await.unwrap();
    other.batch_execute(&beat("2030-01-01 00:00:10Z")).await.expect("last_connected_at is left alone");
    holder.batch_execute("ROLLBACK").await.unwrap();
}
