//! I4: no row of another tenant can be read, changed, referenced or inferred.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::factory::{digest, tables};
use eryxon_mcp_tests::{Database, Key, Session, call, demo_id, probe};
use serde_json::json;

/// The result of `sql` inside a call with `key`.
async fn inside(session: &Session, key: &Key, sql: &str) -> String {
    probe::set(session, "read", sql).await;
    probe::reports(session);
    call(session, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    probe::set(session, "read", "").await;
    probe::reports(session).swap_remove(0)
}

#[tokio::test]
async fn a_tool_sees_every_row_of_its_tenant_and_no_other_in_every_table() {
    rows_of_every_table(&Database::fresh()).await;
}

/// Panics if a tool sees fewer rows than its tenant's, or more.
pub async fn rows_of_every_table(db: &Database) {
    probe::install(db);
    let superuser = db.superuser().await;
    superuser.batch_execute("UPDATE mes.jobs SET deleted_at = NULL").await.unwrap();
    let keys = [("A", db.key("A")), ("B", db.key("B")), ("C", db.key("C"))];
    let gateway = db.gateway().await;
    let mut seen = 0;
    for table in tables(&superuser).await {
        for (tenant, key) in &keys {
            let (name, own) = (&table.name, table.of(tenant));
            let sql = format!("SELECT count(*) FILTER (WHERE {own}) || ' own, ' || count(*) || ' in all' FROM {name}");
            let found = inside(&gateway, key, &sql).await;
            if !table.readable {
                assert_eq!(found, "probe read: error 42501", "{name}");
                continue;
            }
            // The superuser sees the others' rows, so it is the policy that hides them.
            let own = superuser.text(&format!("SELECT count(*)::text FROM {name} WHERE {own}")).await;
            assert_eq!(found, format!("probe read: {own} own, {own} in all"), "{tenant} in {name}");
            seen += own.parse::<i64>().unwrap();
        }
    }
    assert!(seen > 500, "the factory is not empty: {seen} rows");
}

#[tokio::test]
async fn a_tool_cannot_touch_or_refer_to_another_tenants_rows() {
    let db = Database::fresh();
    probe::install(&db);
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    let key = db.key("A");
    let before = digest(&superuser, "B").await;
    let (a, b) = (demo_id("A"), demo_id("B"));
    let part_of_b = superuser.text(&format!("SELECT id::text FROM mes.parts WHERE tenant_id = '{b}' LIMIT 1")).await;
    let part_of_a = superuser.text(&format!("SELECT id::text FROM mes.parts WHERE tenant_id = '{a}' LIMIT 1")).await;
    for (statement, expected) in [
        (
            format!(
                "WITH x AS (UPDATE mes.jobs SET notes = 'x' WHERE tenant_id = '{b}' RETURNING 1) SELECT count(*) FROM x"
            ),
            "0",
        ),
        (
            format!("WITH x AS (DELETE FROM mes.substeps WHERE tenant_id = '{b}' RETURNING 1) SELECT count(*) FROM x"),
            "0",
        ),
        ("WITH x AS (UPDATE mes.tenants SET current_jobs = 0 RETURNING 1) SELECT count(*) FROM x".to_owned(), "1"),
        (format!("INSERT INTO mes.jobs (tenant_id, job_number) VALUES ('{b}', 'forged')"), "error 42501"),
        (format!("UPDATE mes.jobs SET tenant_id = '{b}' WHERE job_number = 'JOB-1002'"), "error 42501"),
        (
            format!(
                "INSERT INTO mes.parts (tenant_id, job_id, part_number, material) VALUES ('{a}', '{}', 'P', 'M')",
                demo_id("B/job/JOB-1001")
            ),
            "error 23503",
        ),
        (format!("UPDATE mes.parts SET parent_part_id = '{part_of_b}' WHERE id = '{part_of_a}'"), "error 23503"),
        // The same number, or even the same id, as another tenant's row causes no violation that would reveal it.
        (
            format!(
                "INSERT INTO mes.jobs (id, tenant_id, job_number) VALUES ('{}', '{a}', 'same id') RETURNING 'done'",
                demo_id("B/job/JOB-1001")
            ),
            "done",
        ),
    ] {
        db.psql("UPDATE mes.jobs SET status = 'not_started' WHERE id = mes_demo_id('A/job/JOB-1001')");
        probe::set(&gateway, "write", &statement).await;
        call(&gateway, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
        assert_eq!(probe::reports(&gateway)[0], format!("probe write: {expected}"), "{statement}");
    }
    assert_eq!(digest(&superuser, "B").await, before);
}

#[tokio::test]
async fn parallel_plans_see_the_tenants_rows_too() {
    let db = Database::fresh();
    db.psql("INSERT INTO mes.jobs (tenant_id, job_number) SELECT mes_demo_id('A'), 'many ' || n FROM generate_series(1, 5000) n; ANALYZE mes.jobs");
    db.lift_guard();
    let (gateway, key) = (db.gateway().await, db.key("A"));
    gateway
        .batch_execute("SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET enable_indexonlyscan = off")
        .await
        .unwrap();
    let answer = call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1, "include_total": true})).await;
    let own = db.count("SELECT count(*) FROM mes.jobs WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NULL");
    assert_eq!(answer["result"]["structuredContent"]["total"], own, "{answer}");
    // A parallel worker does not have the tenant, and a query that has workers cannot begin the look-up's subtransaction.
    let markings = "SELECT proname || ' ' || proparallel::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND proname IN ('current_mcp_tenant', 'current_mcp_person', 'get_tenant_info', 'mcp_current_profile', 'mcp_is_tenant_admin',
            'mcp_read_profile', 'mcp_read_tenant') ORDER BY 1";
    assert_eq!(
        db.psql(markings).lines().collect::<Vec<_>>(),
        [
            "current_mcp_person r",
            "current_mcp_tenant r",
            "get_tenant_info u",
            "mcp_current_profile u",
            "mcp_is_tenant_admin u",
            "mcp_read_profile u",
            "mcp_read_tenant u"
        ]
    );
}

#[tokio::test]
async fn a_permissive_policy_for_public_does_not_widen_what_a_tool_sees() {
    let db = Database::fresh();
    probe::install(&db);
    db.psql("CREATE POLICY everybody ON mes.jobs FOR ALL TO PUBLIC USING (true) WITH CHECK (true)");
    let gateway = db.gateway().await;
    let key = db.key("A");
    let foreign = "SELECT count(*) FROM mes.jobs WHERE tenant_id <> public.current_mcp_tenant()";
    assert_eq!(inside(&gateway, &key, foreign).await, "probe read: 0");
    let answer = call(&gateway, &key.secret, "start_job", json!({"id": demo_id("B/job/JOB-1001")})).await;
    assert_eq!(outcome(&answer), "not_found");
}

#[tokio::test]
async fn two_tenants_use_the_same_job_number_and_learn_nothing() {
    let db = Database::fresh();
    let gateway = db.gateway().await;
    let (a, b) = (db.key("A"), db.key("B"));
    let arguments = json!({"job_number": "SAME-1", "customer": "Shared Customer"});
    let first = call(&gateway, &a.secret, "create_job", arguments.clone()).await;
    let second = call(&gateway, &b.secret, "create_job", arguments.clone()).await;
    assert!(succeeded(&first) && succeeded(&second), "{first} {second}");
    let third = call(&gateway, &a.secret, "create_job", arguments).await;
    assert_eq!(outcome(&third), "conflict", "within the tenant the number is taken: {third}");
}

#[tokio::test]
async fn every_reference_between_tables_of_a_tenant_carries_the_tenant() {
    let db = Database::fresh();
    let loose = db.psql(
        "SELECT conrelid::regclass || '.' || conname FROM pg_constraint k
          WHERE contype = 'f' AND connamespace = 'mes'::regnamespace AND confrelid <> 'mes.tenants'::regclass
            AND NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
                              JOIN pg_attribute h ON h.attrelid = k.conrelid AND h.attnum = pair.here
                              JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = pair.there
                             WHERE h.attname = 'tenant_id' AND t.attname = 'tenant_id')",
    );
    assert_eq!(loose, "", "foreign keys that could point into another tenant");
    let open = db.psql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'mes'::regnamespace AND relkind IN ('r', 'p')
            AND NOT relrowsecurity",
    );
    assert_eq!(open, "", "tables without row-level security");
}
