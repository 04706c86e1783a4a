//! NCRs reported by many people at once, and the person under whom they are filed.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Database, Session, call, demo_id};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wait::until;

/// Makes an NCR with this title fail when its row is written, which is after it took its number.
const FAILS: &str = "
CREATE FUNCTION mes.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'as the test wants it'; END $$;
CREATE TRIGGER fail BEFORE INSERT ON mes.issues FOR EACH ROW WHEN (NEW.title = 'fails') EXECUTE FUNCTION mes.fail();
";

fn ncr(operation: Uuid, title: &str) -> Value {
    json!({"operation_id": operation, "title": title, "severity": "low", "ncr_category": "other"})
}

/// Existing operations, each of a different part, so that reports on them contend only for the counter.
fn operations(db: &Database, tenant: &str, count: usize) -> Vec<Uuid> {
    let ids = db.psql(&format!(
        "SELECT (array_agg(o.id))[1] FROM mes.operations o
           JOIN mes.parts p ON p.id = o.part_id AND p.deleted_at IS NULL
           JOIN mes.jobs j ON j.id = p.job_id AND j.deleted_at IS NULL
          WHERE o.tenant_id = '{}' AND o.deleted_at IS NULL GROUP BY p.id LIMIT {count}",
        demo_id(tenant)
    ));
    ids.lines().map(|id| id.parse().expect("an id")).collect()
}

/// The last number of this year in the tenant's time zone, according to the existing NCRs.
fn last_number(db: &Database, tenant: &str) -> i64 {
    db.count(&format!(
        "SELECT coalesce(max(split_part(i.ncr_number, '-', 3)::int), 0) FROM mes.issues i JOIN mes.tenants t ON t.id = i.tenant_id
          WHERE t.id = '{}' AND i.ncr_number LIKE 'NCR-' || extract(year FROM now() AT TIME ZONE t.timezone) || '-%'",
        demo_id(tenant)
    ))
}

/// Reports two NCRs and, between them, one that fails; returns the numbers of the two.
async fn report(session: Session, key: String, operation: Uuid) -> Vec<i64> {
    let mut numbers = Vec::new();
    for title in ["first", "fails", "second"] {
        let answer = call(&session, &key, "create_ncr", ncr(operation, title)).await;
        if title == "fails" {
            assert_eq!(outcome(&answer), "refused_by_database", "{answer}");
            continue;
        }
        let number = answer["result"]["structuredContent"]["ncr"]["ncr_number"].as_str();
        let number = number.and_then(|number| number.rsplit('-').next()?.parse().ok());
        numbers.push(number.unwrap_or_else(|| panic!("{answer}")));
    }
    numbers
}

/// A's counter is locked until all 25 callers of A wait for it, so that none has taken its number alone; B continues meanwhile.
#[tokio::test]
async fn fifty_concurrent_ncrs_get_consecutive_numbers_per_tenant_although_others_fail() {
    let db = Database::fresh();
    db.psql(FAILS);
    let keys = [db.key("A").secret, db.key("B").secret];
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 1000 WHERE name = 'test'");
    let before = ["A", "B"].map(|tenant| last_number(&db, tenant));
    let holder = db.superuser().await;
    // In the first hours of a year it is not there yet: then the new row, which is taken back, is what they wait for.
    let counter = format!(
        "INSERT INTO mes.ncr_counters AS n (tenant_id, year, last_number)
         SELECT id, extract(year FROM now() AT TIME ZONE timezone), 0 FROM mes.tenants WHERE id = '{}'
             ON CONFLICT (tenant_id, year) DO UPDATE SET last_number = n.last_number",
        demo_id("A")
    );
    holder.batch_execute(&format!("BEGIN; {counter}")).await.expect("the row is free");
    let mut running = [Vec::new(), Vec::new()];
    for (tenant, count) in [(0, 25), (1, 5)] {
        for operation in operations(&db, ["A", "B"][tenant], count) {
            running[tenant].push(tokio::spawn(report(db.gateway().await, keys[tenant].clone(), operation)));
        }
    }
    let [first, second] = running;
    for (tasks, tenant) in [(second, 1), (first, 0)] {
        if tenant == 0 {
            let waiting = format!(
                "SELECT count(*) = 25 FROM pg_stat_activity WHERE usename = '{}' AND wait_event_type = 'Lock'",
                db.gateway_name()
            );
            until(&db, &waiting).await;
            holder.batch_execute("ROLLBACK").await.expect("the lock is released");
        }
        let mut numbers = Vec::new();
        for task in tasks {
            numbers.extend(task.await.expect("no call panics"));
        }
        numbers.sort_unstable();
        let count = if tenant == 0 { 50 } else { 10 };
        assert_eq!(numbers, (before[tenant] + 1..=before[tenant] + count).collect::<Vec<i64>>());
        assert_eq!(last_number(&db, ["A", "B"][tenant]), before[tenant] + count);
    }
}

/// Each caller puts the operation on hold and releases it; no two of them may wait for each other.
#[tokio::test]
async fn concurrent_standstills_of_one_operation_leave_it_as_it_was() {
    let db = Database::fresh();
    let (key, operation) = (db.key("A").secret, demo_id("A/operation/P-1012-04/2"));
    let state = format!("SELECT status FROM mes.operations WHERE id = '{operation}'");
    let before = db.psql(&state);
    let mut running = Vec::new();
    for _ in 0..8 {
        let (session, key) = (db.gateway().await, key.clone());
        running.push(tokio::spawn(async move {
            for _ in 0..4 {
                let mut report = ncr(operation, "stop");
                report["causes_standstill"] = json!(true);
                let made = call(&session, &key, "create_ncr", report).await;
                assert!(succeeded(&made), "{made}");
                let made = &made["result"]["structuredContent"];
                assert_eq!(made["operation"]["status"], "on_hold");
                let review = json!({"id": made["ncr"]["id"], "status": "rejected", "resolution_notes": "Seen",
                                    "reviewed_by": demo_id("A/profile/pieter.bakker")});
                let reviewed = call(&session, &key, "update_issue", review).await;
                assert!(succeeded(&reviewed), "{reviewed}");
            }
        }));
    }
    for task in running {
        task.await.expect("no call panics");
    }
    assert_eq!((before.as_str(), db.psql(&state)), ("in_progress", before.clone()));
}

#[tokio::test]
async fn an_ncr_and_a_review_are_filed_under_the_keys_owner() {
    let db = Database::fresh();
    let gateway = db.gateway_in_transactions().await;
    let key = |name: &str, owner: &str| {
        let owner = format!(", p_created_by := '{}'", demo_id(owner));
        db.key_with("A", name, &owner).secret
    };
    let operation = demo_id("A/operation/P-1012-04/2");
    let mut made = Value::Null;
    for (name, owner, author) in [
        ("nobody''s", "", "anna.devries"),
        ("of another factory", "B/profile/grace.nordhaus", "anna.devries"),
        ("of one who left", "A/profile/wim.vandenberg", "anna.devries"),
        ("of an operator", "A/profile/lars.hansen", "lars.hansen"),
        ("of an admin", "A/profile/pieter.bakker", "pieter.bakker"),
    ] {
        let secret = if owner.is_empty() { db.key_with("A", name, "").secret } else { key(name, owner) };
        let answer = call(&gateway, &secret, "create_ncr", ncr(operation, "x")).await;
        made = answer["result"]["structuredContent"]["ncr"].clone();
        assert_eq!(made["reported_by_id"], json!(demo_id(&format!("A/profile/{author}"))), "{name}: {answer}");
        let review = json!({"id": demo_id("A/issue/57"), "status": "rejected", "resolution_notes": "Seen"});
        gateway.batch_execute("BEGIN").await.expect("a transaction");
        let answer = call(&gateway, &secret, "update_issue", review).await;
        gateway.batch_execute("ROLLBACK").await.expect("an end");
        // A review is never recorded under the name of somebody who had no part in it.
        if author == "anna.devries" {
            assert_eq!(outcome(&answer), "invalid_state", "{name}: {answer}");
        } else {
            let reviewer = &answer["result"]["structuredContent"]["issue"]["reviewed_by"];
            assert_eq!(*reviewer, json!(demo_id(&format!("A/profile/{author}"))), "{name}: {answer}");
        }
    }
    // The reporter cannot be the reviewer while there is another admin.
    let secret = key("of an admin again", "A/profile/pieter.bakker");
    let approve =
        json!({"id": made["id"], "status": "approved", "resolution_notes": "Seen", "disposition": "use_as_is"});
    let answer = call(&gateway, &secret, "update_issue", approve.clone()).await;
    assert_eq!(outcome(&answer), "invalid_state", "{answer}");
    db.psql("UPDATE mes.profiles SET active = false WHERE username = 'anna.devries'");
    assert!(succeeded(&call(&gateway, &secret, "update_issue", approve).await));
}
