//! Shared memory without room.

use eryxon_mcp_tests::Key;

use super::{Form, Place, all_at_once, count, fetch, retry_after};

/// The pool has room for the times of 258,048 calls, in 4096 parts of 63. They come from the usage log, after a restart: 25 keys of 10,000
/// calls fill 159 parts each, and one of 7600 the remaining 121.
#[tokio::test]
async fn a_key_without_room_in_shared_memory_is_counted_in_the_table() {
    let place = Place::new(Form::SharedMemory);
    let mut large: Vec<Key> = (0..25).map(|number| place.key(&format!("large {number}"), 10_000)).collect();
    large.push(place.key("large rest", 7600));
    large.push(place.key("large without room", 10_000));
    let small = place.key("small", 3);
    // All at the same time, which comes when they are written, so that none expires long before the others.
    place.db.psql(
        "INSERT INTO mcp_key_usage_logs (tenant_id, key_id, tool_name, success, response_time_ms, created_at)
         SELECT tenant_id, id, 'fetch_jobs', true, 1, now() + interval '20 seconds'
           FROM mcp_keys, generate_series(1, rate_limit) WHERE name LIKE 'large %'",
    );
    place.db.psql("SELECT pg_sleep_until(max(created_at)) FROM mcp_key_usage_logs");
    place.db.cluster().restart();
    let session = place.db.superuser().await;
    for key in &large {
        retry_after(&fetch(&session, key).await);
    }
    let answers = all_at_once(place.sessions(16).await, &small, 1).await;
    assert_eq!((count(&answers, "ok"), count(&answers, "rate_limit_error")), (3, 13), "{answers:?}");
    assert_eq!(place.slots(&small), 3, "in the table");
}
