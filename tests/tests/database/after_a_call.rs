//! I3: after a call, however it ended, the session is what it was before.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Database, call, demo_id, probe};
use serde_json::{Value, json};

const STATE: &str =
    "SELECT concat_ws(' ', current_user, session_user, coalesce(current_mcp_tenant()::text, 'no tenant'),
    current_setting('transaction_read_only'), current_setting('search_path'), current_setting('plan_cache_mode'),
    current_setting('role'))";

#[tokio::test]
async fn after_a_call_everything_is_as_before() {
    let db = Database::fresh();
    let key = db.key("A");
    probe::install(&db);
    let superuser = db.superuser().await;
    superuser
        .batch_execute("SET search_path = public, pg_temp; SET plan_cache_mode = force_custom_plan")
        .await
        .unwrap();
    let before = superuser.text(STATE).await;
    assert!(before.contains("no tenant") && before.contains("off"), "{before}");
    let start = |name: &str| json!({"id": demo_id(name)});
    let cases: [(&str, Value, &str, &str); 8] = [
        ("fetch_jobs", json!({"limit": 1}), "", "ok"),
        ("start_job", start("A/job/JOB-1002"), "", "ok"),
        ("start_job", start("A/job/JOB-1002"), "", "invalid_state"),
        ("fetch_jobs", json!({"limit": 0}), "", "invalid_arguments"),
        ("start_job", start("A/job/JOB-1003"), "!SELECT 1/0", "internal"),
        ("start_job", start("A/job/JOB-1003"), "!SET transaction_read_only = on", "ok"),
        ("start_job", start("A/job/JOB-1004"), "!SELECT set_config('search_path', 'mes', true)", "ok"),
        ("fetch_jobs", json!({"limit": 1}), "!SELECT 1/0", "internal"),
    ];
    for in_transaction in [false, true] {
        for (tool, arguments, sql, expected) in &cases {
            if in_transaction {
                superuser.batch_execute("BEGIN").await.unwrap();
            }
            let place = if tool.starts_with("fetch") { "read" } else { "write" };
            probe::set(&superuser, place, sql).await;
            let answer = call(&superuser, &key.secret, tool, arguments.clone()).await;
            probe::set(&superuser, place, "").await;
            assert!(in_transaction || outcome(&answer) == *expected, "{tool} {arguments} {sql}: {answer}");
            assert_eq!(superuser.text(STATE).await, before, "after {tool} {arguments} {sql}, {expected}");
            if in_transaction {
                superuser
                    .batch_execute("CREATE TEMP TABLE t (a int); ROLLBACK")
                    .await
                    .expect("the transaction can write");
            }
        }
    }
}

#[tokio::test]
async fn settings_that_a_tools_sql_changes_for_the_session_end_with_the_call() {
    let db = Database::fresh();
    let key = db.key("A");
    probe::install(&db);
    let superuser = db.superuser().await;
    let before = superuser.text(STATE).await;
    for (sql, job) in [
        ("!SELECT set_config('plan_cache_mode', 'force_custom_plan', false)", "A/job/JOB-1001"),
        // The record is written afterwards, by statements that do not name the extension's schema.
        ("!SELECT set_config('search_path', 'mes', false)", "A/job/JOB-1002"),
    ] {
        probe::set(&superuser, "write", sql).await;
        let answer = call(&superuser, &key.secret, "start_job", json!({"id": demo_id(job)})).await;
        assert!(succeeded(&answer), "{sql}: {answer}");
        assert_eq!(superuser.text(STATE).await, before, "after {sql}");
    }
}

#[tokio::test]
async fn after_a_panic_everything_is_as_before() {
    let db = Database::fresh();
    let key = db.key("A");
    let superuser = db.superuser().await;
    // A column of another type than the code expects causes a panic in Rust, not an ERROR in PostgreSQL. This type works in every
    // statement, because it is cast to uuid where one is needed, but not in the answer.
    db.psql(
        "CREATE TYPE mes.wrapped AS (id uuid);
         CREATE FUNCTION mes.unwrap(mes.wrapped) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT ($1).id';
         CREATE CAST (mes.wrapped AS uuid) WITH FUNCTION mes.unwrap AS IMPLICIT;
         ALTER TABLE mes.jobs RENAME TO real_jobs;
         DO $$ BEGIN EXECUTE (SELECT 'CREATE VIEW mes.jobs WITH (security_invoker = true) AS SELECT ROW(id)::mes.wrapped AS id, '
             || string_agg(attname, ', ' ORDER BY attnum) || ' FROM mes.real_jobs' FROM pg_attribute
                WHERE attrelid = 'mes.real_jobs'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id'); END $$;
         GRANT SELECT ON mes.jobs TO eryxon_mcp_tenant",
    );
    let before = superuser.text(STATE).await;
    let fetch = || call(&superuser, &key.secret, "fetch_jobs", json!({"limit": 1}));
    let answer = fetch().await;
    assert_eq!(outcome(&answer), "internal", "{answer}");
    let id = answer["result"]["structuredContent"]["error"]["correlation_id"].as_str().expect("a correlation id");
    let log = db.cluster().log();
    let line = log.lines().find(|line| line.contains(id)).expect("the log tells more");
    let panics = ["and the code do not fit", "returned JSON that does not match its type"];
    assert!(panics.iter().any(|text| line.contains(text)), "not the expected panic: {line}");
    assert_eq!(superuser.text(STATE).await, before);
    db.psql("DROP VIEW mes.jobs; ALTER TABLE mes.real_jobs RENAME TO jobs");
    let answer = fetch().await;
    assert!(succeeded(&answer), "the backend still works: {answer}");
}

#[tokio::test]
async fn a_tenant_chosen_for_sql_functions_does_not_affect_calls_and_ends_with_the_transaction() {
    let db = Database::fresh();
    let key = db.key("A");
    let superuser = db.superuser().await;
    let (b, jobs_of_b) = (demo_id("B"), "SELECT fetch_jobs('{\"limit\": 500, \"include_total\": true}') #>> '{total}'");
    superuser.batch_execute(&format!("BEGIN; SELECT mcp_as_tenant('{b}')")).await.unwrap();
    let in_b = superuser.text(jobs_of_b).await;
    assert_eq!(
        in_b,
        db.psql("SELECT count(*) FROM mes.jobs WHERE tenant_id = mes_demo_id('B') AND deleted_at IS NULL")
    );
    assert_eq!(superuser.text("SELECT current_mcp_tenant()::text").await, "", "outside a tool there is no tenant");
    let answer = call(&superuser, &key.secret, "fetch_jobs", json!({"limit": 500, "include_total": true})).await;
    assert_ne!(answer["result"]["structuredContent"]["total"].to_string(), in_b, "the key's tenant counts in a call");
    superuser.batch_execute("COMMIT").await.unwrap();
    assert_eq!(superuser.sqlstate("SELECT fetch_jobs('{}')").await, "55000");
    let gateway = db.gateway().await;
    assert_eq!(gateway.sqlstate(&format!("SELECT mcp_as_tenant('{b}')")).await, "42501");
}
