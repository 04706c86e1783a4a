//! A call that runs for 30 seconds, and how long it stays active in the database.

use std::time::{Duration, Instant};

use eryxon_mcp_tests::shim::Shim;
use eryxon_mcp_tests::{Database, demo_id};
use serde_json::{Value, json};

/// Makes starting JOB-1001 take 30 seconds, after the update, and lets the gateway wait that long.
pub fn prepare(db: &Database) {
    db.psql(&format!(
        "CREATE FUNCTION mes.doze() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
         CREATE TRIGGER doze AFTER UPDATE ON mes.jobs FOR EACH ROW WHEN (OLD.id = '{}') EXECUTE FUNCTION mes.doze();
         ALTER ROLE {} SET statement_timeout = '2min'",
        demo_id("A/job/JOB-1001"),
        db.gateway_name()
    ));
}

/// The arguments of the slow call.
pub fn arguments() -> Value {
    json!({"id": demo_id("A/job/JOB-1001")})
}

/// How many slow calls are running.
pub fn running(db: &Database) -> i64 {
    db.count(&format!(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND wait_event = 'PgSleep'",
        db.gateway_name()
    ))
}

/// Starts a slow call and waits until the database runs it.
pub async fn start(db: &Database, shim: &mut Shim, id: u64) {
    shim.call(id, "start_job", arguments()).await;
    let begun = Instant::now();
    while running(db) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(15), "the slow call never ran");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asserts that two seconds after `begun` no call is running, and that none had an effect.
pub async fn assert_gone(db: &Database, begun: Instant, how: &str) {
    while running(db) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(2), "two seconds after {how}, the query is still running");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(db.psql("SELECT status FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1001')"), "not_started", "{how}");
}
