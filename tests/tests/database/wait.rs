//! Waiting for another session.

use std::time::{Duration, Instant};

use eryxon_mcp_tests::Database;

/// Waits until a statement of this login is sleeping or waiting for a lock.
pub async fn until_waiting(db: &Database, login: &str) {
    until(
        db,
        &format!(
            "SELECT count(*) > 0 FROM pg_stat_activity
          WHERE usename = '{login}' AND state = 'active' AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')"
        ),
    )
    .await;
}

/// Waits until a query returns true.
pub async fn until(db: &Database, query: &str) {
    let begun = Instant::now();
    while db.psql(query) != "t" {
        assert!(begun.elapsed() < Duration::from_secs(30), "never true: {query}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
