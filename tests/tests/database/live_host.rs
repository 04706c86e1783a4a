//! A host without what a live database lacks, seen by several connections; and sessions that calls cannot have been meant for.

use eryxon_mcp_tests::answer::{outcome, refusal, succeeded};
use eryxon_mcp_tests::database::try_call;
use eryxon_mcp_tests::{Database, call, demo_id};
use serde_json::{Value, json};

/// The application's tables have no place for numbers, and it has written NCRs.
const WITHOUT_NUMBERS: &str = "ALTER TABLE mes.issues DROP COLUMN ncr_number CASCADE; DROP TABLE mes.ncr_counters";

/// NCRs of A without a number, and numbers that two have or that leave a gap.
const WRONG_NUMBERS: &str = "SELECT count(*) FROM (
        SELECT n.ncr_number, row_number() OVER (PARTITION BY left(n.ncr_number, 8) ORDER BY n.ncr_number) AS place
          FROM mes.issues i LEFT JOIN mcp_ncr_numbers n ON n.tenant_id = i.tenant_id AND n.issue_id = i.id
         WHERE i.tenant_id = mes_demo_id('A') AND i.issue_type = 'ncr') n
     WHERE ncr_number IS NULL OR substr(ncr_number, 10)::integer <> place";

#[tokio::test]
async fn many_callers_at_once_give_each_ncr_of_the_application_one_number() {
    let db = Database::fresh();
    db.psql(WITHOUT_NUMBERS);
    let key = db.key("A");
    let mut running = Vec::new();
    for caller in 0..8 {
        let (session, secret) = (db.gateway().await, key.secret.clone());
        running.push(tokio::spawn(async move {
            let (tool, arguments) = if caller % 2 == 0 {
                ("fetch_ncrs", json!({"limit": 500}))
            } else {
                ("create_ncr", json!({"operation_id": demo_id("A/operation/P-1012-04/2"), "title": "Bent", "severity": "low", "ncr_category": "other"}))
            };
            call(&session, &secret, tool, arguments).await
        }));
    }
    for caller in running {
        let answer = caller.await.expect("a caller");
        assert!(succeeded(&answer), "{answer}");
        let ncrs = answer["result"]["structuredContent"]["ncrs"].as_array().cloned().unwrap_or_default();
        assert!(ncrs.iter().all(|ncr| ncr["ncr_number"].is_string()), "a reader sees the numbers that it gave");
    }
    assert_eq!(db.count(WRONG_NUMBERS), 0);
    assert_eq!(db.count("SELECT count(*) FROM mcp_ncr_numbers WHERE tenant_id <> mes_demo_id('A')"), 0);
}

#[tokio::test]
async fn side_tables_hold_only_the_tenants_own_rows_for_a_tool() {
    let db = Database::fresh();
    db.psql(WITHOUT_NUMBERS);
    db.psql("ALTER TABLE mes.jobs DROP COLUMN started_at, DROP COLUMN completed_at");
    let gateway = db.gateway().await;
    for tenant in ["A", "B"] {
        let key = db.key(tenant);
        assert!(succeeded(&call(&gateway, &key.secret, "fetch_ncrs", json!({})).await));
    }
    let session = db.superuser().await;
    let seen = "SELECT count(*) || ' ' || count(*) FILTER (WHERE tenant_id = mes_demo_id('B')) FROM mcp_ncr_numbers";
    assert_ne!(session.text(&format!("{seen} WHERE tenant_id = mes_demo_id('B')")).await, "0 0");
    for table in ["mcp_ncr_numbers", "mcp_ncr_counters", "mcp_job_times"] {
        session.batch_execute("BEGIN; SET LOCAL ROLE eryxon_mcp_tenant").await.expect("the sandbox's role");
        assert_eq!(session.text(&format!("SELECT count(*)::text FROM {table}")).await, "0", "{table} without a tenant");
        session.batch_execute("ROLLBACK").await.expect("it ends");
    }
    db.psql("DELETE FROM mes.tenants WHERE id = mes_demo_id('B')");
    assert_eq!(session.text(seen).await.split(' ').nth(1), Some("0"), "a deleted tenant's numbers go with it");
}

#[tokio::test]
async fn in_a_read_only_session_and_transaction_a_call_says_so() {
    let db = Database::fresh();
    let key = db.key("A");
    let session = db.superuser().await;
    session.batch_execute("SET default_transaction_read_only = on").await.expect("a setting");
    let answer = call(&session, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    assert_eq!((refusal(&answer), &answer["error"]["data"]["sqlstate"]), ("read_only", &json!("25006")), "{answer}");
    let listed: Value =
        session.query_one("SELECT mcp_list_tools($1)", &[&key.secret]).await.expect("a list needs no record").get(0);
    assert!(listed["result"]["tools"].is_array());
    assert_eq!(session.sqlstate(&format!("SELECT validate_mcp_key('{}')", key.secret)).await, "25006");
    let as_a = "BEGIN; SELECT mcp_as_tenant(mes_demo_id('A'));";
    session.batch_execute(&format!("{as_a} SELECT fetch_jobs('{{}}'); COMMIT")).await.expect("a read tool reads");
    let write = format!("{as_a} SELECT update_job('{{\"job_number\": \"JOB-1026\", \"notes\": \"x\"}}')");
    assert_eq!(session.sqlstate(&write).await, "25006");
}

#[tokio::test]
async fn under_stricter_isolation_a_lost_race_keeps_its_sqlstate() {
    let db = Database::fresh();
    let key = db.key("A");
    let mut running = Vec::new();
    for _ in 0..8 {
        let (session, secret) = (db.superuser().await, key.secret.clone());
        running.push(tokio::spawn(async move {
            session.batch_execute("SET default_transaction_isolation = 'serializable'").await.expect("a setting");
            let mut outcomes = Vec::new();
            for n in 0..20 {
                let arguments = json!({"id": demo_id("A/job/JOB-1026"), "notes": format!("{n} {secret:.12}")});
                outcomes.push(match try_call(&session, &secret, "update_job", arguments).await {
                    Ok(answer) => outcome(&answer).to_owned(),
                    Err(error) => error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned()),
                });
            }
            outcomes
        }));
    }
    let mut outcomes = Vec::new();
    for caller in running {
        outcomes.extend(caller.await.expect("a caller"));
    }
    outcomes.sort();
    outcomes.dedup();
    assert!(
        outcomes.iter().all(|outcome| ["ok", "conflict", "40001", "rate_limit_error"].contains(&outcome.as_str())),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn the_applications_own_switch_counts_while_it_edits_it() {
    let db = Database::fresh();
    let key = db.key("A");
    let gateway = db.gateway().await;
    db.psql(
        "CREATE TABLE mes.mcp_server_config (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL UNIQUE,
             server_name text NOT NULL DEFAULT 'app', enabled boolean NOT NULL DEFAULT true, supabase_url text, features jsonb);
         SELECT mcp_attach_mes('mes', p_enable_rls := true);
         INSERT INTO mes.mcp_server_config (tenant_id) VALUES (mes_demo_id('A')), (mes_demo_id('B'))",
    );
    let ask = || async { outcome(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await).to_owned() };
    assert_eq!(ask().await, "ok");
    db.psql("UPDATE mes.mcp_server_config SET enabled = false WHERE tenant_id = mes_demo_id('B')");
    assert_eq!(ask().await, "ok", "another tenant's switch is not ours");
    db.psql("UPDATE mes.mcp_server_config SET enabled = false WHERE tenant_id = mes_demo_id('A')");
    assert_eq!(ask().await, "authentication_error");
    db.psql("UPDATE mes.mcp_server_config SET enabled = true, features = '{\"events\": true}' WHERE tenant_id = mes_demo_id('A')");
    let listener = db.superuser().await;
    listener.batch_execute("LISTEN mcp_events").await.expect("it listens");
    assert_eq!(ask().await, "ok");
    listener.text("SELECT 'a round trip'").await;
    assert_eq!(listener.notifications().len(), 1, "its features count, too");
    // Without the switch, nobody knows whom it had switched off.
    let severe = "SELECT reason FROM mcp_doctor() WHERE object = 'table mes.mcp_server_config' AND severity = 'severe'";
    for (change, answer) in [
        (
            "UPDATE mes.mcp_server_config SET enabled = false; ALTER TABLE mes.mcp_server_config RENAME features TO feats",
            "authentication_error",
        ),
        ("ALTER TABLE mes.mcp_server_config RENAME TO config", "internal_error"),
        ("ALTER TABLE mes.config RENAME TO mcp_server_config", "authentication_error"),
        ("ALTER TABLE mes.mcp_server_config RENAME enabled TO active", "internal_error"),
        ("DROP TABLE mes.mcp_server_config", "internal_error"),
    ] {
        db.psql(change);
        assert_eq!(ask().await, answer, "{change}");
        assert_eq!(db.psql(severe).contains("all calls are refused"), answer == "internal_error", "{change}");
    }
    let superuser = db.superuser().await;
    superuser.batch_execute("SELECT mcp_attach_mes('mes')").await.expect("it attaches without");
    let told = superuser.notices();
    assert!(told.iter().any(|notice| notice.contains("had switched off there may call again")), "{told:?}");
    assert_eq!(ask().await, "ok");
}
