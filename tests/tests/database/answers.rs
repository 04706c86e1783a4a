//! I1: `mcp_call_tool` answers whatever a caller can cause, and the answer is recorded.
use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::{Database, call};
use serde_json::json;

#[tokio::test]
async fn smoke() {
    let db = Database::fresh();
    let t = std::time::Instant::now();
    let key = db.key("A");
    println!("key {:?}", t.elapsed());
    let gateway = db.gateway().await;
    let t = std::time::Instant::now();
    let answer = call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    println!("call {:?}", t.elapsed());
    assert_eq!(outcome(&answer), "ok", "{answer}");
    let t = std::time::Instant::now();
    call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    println!("call {:?}", t.elapsed());
}
