//! What an admission and a refusal cost, in pages.

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::{Database, Key, Session};

use super::fetch;

/// The pages that a call reads, in shared buffers or not.
async fn pages(session: &Session, key: &Key) -> i64 {
    let explain = format!(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT mcp_call_tool('{}', 'fetch_jobs', '{{\"limit\": 1}}')",
        key.secret
    );
    let plan: serde_json::Value = session.query_one(&explain, &[]).await.expect("a plan").get(0);
    let number = |name: &str| plan[0]["Plan"][name].as_i64().expect("a number of pages");
    number("Shared Hit Blocks") + number("Shared Read Blocks")
}

/// The median of some calls; a call now and then prunes a page or looks through all slots.
async fn median(session: &Session, key: &Key) -> i64 {
    let mut numbers = Vec::new();
    for _ in 0..21 {
        numbers.push(pages(session, key).await);
    }
    numbers.sort_unstable();
    numbers[10]
}

/// All slots of the key, used in turn within ten seconds.
fn fill(db: &Database, key: &Key, age: u32) {
    db.psql(&format!(
        "INSERT INTO mcp_rate_slots (key_id, slot, used_at)
         SELECT id, n, clock_timestamp() - interval '{age} seconds' + n * interval '1 millisecond'
           FROM mcp_keys, generate_series(1, rate_limit) n WHERE id = '{}'",
        key.id
    ));
}

/// The plans are made for a table with a hundred rows, and are still the same when it has ten thousand.
#[tokio::test]
async fn with_all_slots_used_a_limit_of_10000_costs_no_more_than_one_of_100() {
    let db = Database::fresh();
    let [small, large] = [100, 10_000].map(|limit| {
        let key = db.key_with("A", &format!("limit {limit}"), "");
        db.psql(&format!("UPDATE mcp_authentication_keys SET rate_limit = {limit} WHERE id = '{}'", key.id));
        key
    });
    let session = db.superuser().await;
    for (age, expected) in [(70, "ok"), (30, "rate_limit_error")] {
        db.psql("DELETE FROM mcp_rate_slots");
        let mut costs = Vec::new();
        for key in [&small, &large] {
            fill(&db, key, age);
            if costs.is_empty() {
                db.psql("VACUUM ANALYZE mcp_rate_slots");
            }
            assert_eq!(outcome(&fetch(&session, key).await), expected);
            costs.push(median(&session, key).await);
            assert_eq!(outcome(&fetch(&session, key).await), expected);
        }
        // The index on ten thousand slots has one level more, which each look-up reads; of the few pages of a refusal, that is more than a fifth.
        let most = (costs[0] * 12 / 10).max(costs[0] + 5);
        assert!(costs[1] <= most, "{expected}: {} pages at 10,000, {} at 100", costs[1], costs[0]);
    }
}
