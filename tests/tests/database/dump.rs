//! I7: dump and restore, and what remains when the extension is dropped.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::cluster::{give_to_server, text};
use eryxon_mcp_tests::{Cluster, Database, call, demo_id};
use serde_json::json;

/// Everything that must be the same after the restore, as text.
pub const EVERYTHING: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT format('%s %s', c.oid::regclass,
                   (xpath('/row/d/text()', query_to_xml(format(
                       'SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), %L)) AS d FROM %s t', '', c.oid::regclass),
                       false, true, '')))[1]) AS line
          FROM pg_class c
         WHERE c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace, 'mes'::regnamespace) AND c.relname <> 'mcp_rate_slots'
        UNION ALL
        SELECT format('policy %s %s %s %s %s %s %s', schemaname, tablename, policyname, permissive, roles, qual, with_check) FROM pg_policies
        UNION ALL
        SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT format('rights %s %s', c.oid::regclass, (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(coalesce(c.relacl, acldefault('r', c.relowner))) a))
          FROM pg_class c WHERE c.relnamespace IN ('public'::regnamespace, 'mes'::regnamespace) AND c.relkind IN ('r', 'v')
    ) everything";

/// The factory after some use: keys of all kinds, records, settings, configuration, health.
async fn used() -> (Database, [String; 3]) {
    let db = Database::fresh();
    let keys = [
        db.key("A"),
        db.key_with("B", "narrow", ", p_allowed_tools := '[\"fetch_jobs\"]'"),
        db.key_with("A", "off", ""),
    ];
    db.psql(
        "UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'off';
         UPDATE mcp_authentication_keys SET rate_limit = 5 WHERE name = 'narrow';
         INSERT INTO mcp_server_config (tenant_id, supabase_url) VALUES (mes_demo_id('B'), 'https://example.org');
         SELECT log_mcp_server_activity(mes_demo_id('A'), 'test', 'a message')",
    );
    let gateway = db.gateway().await;
    call(&gateway, &keys[0].secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
    call(&gateway, &keys[0].secret, "fetch_jobs", json!({"limit": 0})).await;
    call(&gateway, "nobody", "fetch_jobs", json!({})).await;
    gateway.execute("SELECT mcp_heartbeat($1, 'online', 3)", &[&keys[0].secret]).await.unwrap();
    // The demo's own tables have all of it.
    db.psql(
        "INSERT INTO mcp_job_times VALUES (mes_demo_id('A'), mes_demo_id('A/job/JOB-1001'), now(), now());
         INSERT INTO mcp_ncr_numbers SELECT tenant_id, id, 'NCR-2020-0001' FROM mes.issues WHERE tenant_id = mes_demo_id('A') LIMIT 1;
         INSERT INTO mcp_ncr_counters VALUES (mes_demo_id('A'), 2020, 1)",
    );
    (db, keys.map(|key| key.secret))
}

#[tokio::test]
async fn a_restored_database_is_the_same_and_its_keys_work() {
    let (db, [good, narrow, off]) = used().await;
    let before = db.psql(EVERYTHING);
    for table in [
        "mcp_keys",
        "mcp_key_counters",
        "mcp_key_usage_logs",
        "mcp_refused_calls",
        "mcp_server_config",
        "mcp_server_health",
        "mcp_server_logs",
        "mcp_job_times",
        "mcp_ncr_numbers",
        "mcp_ncr_counters",
    ] {
        assert!(db.count(&format!("SELECT count(*) FROM {table}")) > 0, "{table} has rows to lose");
    }
    let file = db.cluster().socket_dir().join(format!("{}.dump", db.name()));
    text(db.cluster().program("pg_dump").args(["-Fc", "-f"]).arg(&file).arg(db.name()));
    give_to_server(&file);
    let restored = Database::empty();
    {
        let _one = eryxon_mcp_tests::database::one_installs();
        text(Cluster::shared().program("pg_restore").args(["--exit-on-error", "-d", restored.name()]).arg(&file));
    }
    let after = restored.psql(EVERYTHING);
    for (old, new) in before.lines().zip(after.lines()) {
        assert_eq!(old, new);
    }
    assert_eq!(before.lines().count(), after.lines().count());
    assert_eq!(
        restored.psql("SELECT * FROM mcp_findings_of_objects()"),
        "",
        "privileges and policies are as they should be"
    );

    restored.make_gateway();
    let gateway = restored.gateway().await;
    assert_eq!(
        gateway.query("SELECT * FROM validate_mcp_key($1)", &[&good]).await.expect("the old key is valid").len(),
        1
    );
    let answer = call(&gateway, &good, "start_job", json!({"id": demo_id("A/job/JOB-1002")})).await;
    assert!(succeeded(&answer), "{answer}");
    assert_eq!(
        outcome(&call(&gateway, &good, "start_job", json!({"id": demo_id("B/job/JOB-1002")})).await),
        "not_found"
    );
    for (expected, calls) in [("ok", 5), ("rate_limit_error", 1)] {
        for _ in 0..calls {
            assert_eq!(
                outcome(&call(&gateway, &narrow, "fetch_jobs", json!({"limit": 1})).await),
                expected,
                "the limit still applies"
            );
        }
    }
    assert_eq!(outcome(&call(&gateway, &narrow, "fetch_parts", json!({})).await), "permission_error");
    assert_eq!(outcome(&call(&gateway, &off, "fetch_jobs", json!({})).await), "authentication_error");
    assert!(restored.count("SELECT count(*) FROM mcp_key_usage_logs") > 2);
}

#[tokio::test]
async fn every_table_with_data_is_dumped() {
    let db = Database::fresh();
    let lost = db.psql(
        "SELECT c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_extension e ON e.oid = d.refobjid
          WHERE d.deptype = 'e' AND d.classid = 'pg_class'::regclass AND e.extname = 'eryxon_mcp' AND c.relkind IN ('r', 'p', 'S')
            AND c.oid <> ALL (e.extconfig)",
    );
    // A restored key starts with free slots, and the installation writes down its own policies. Everything else is kept.
    assert_eq!(lost, "mcp_rate_slots\nmcp_installed_policies");
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "each test has its own runtime and thread")]
async fn dropping_the_extension_keeps_the_factory_and_it_can_be_created_again_in_the_same_session() {
    let (db, [good, ..]) = used().await;
    let superuser = db.superuser().await;
    let rows = "SELECT concat_ws(' ', (SELECT count(*) FROM mes.tenants), (SELECT count(*) FROM mes.jobs),
        (SELECT count(*) FROM mes.operations), (SELECT count(*) FROM mes.activity_log))";
    call(&superuser, &good, "fetch_jobs", json!({"limit": 1})).await;
    for expected in ["ok", "invalid_state"] {
        let before = superuser.text(rows).await;
        let one = eryxon_mcp_tests::database::one_installs();
        superuser.batch_execute("DROP EXTENSION eryxon_mcp CASCADE").await.expect("it can be dropped");
        assert_eq!(superuser.text(rows).await, before);
        assert_eq!(superuser.sqlstate("SELECT mcp_list_tools('x')").await, "42883", "it is gone");
        superuser
            .batch_execute("CREATE EXTENSION eryxon_mcp; SELECT mcp_attach_mes('mes')")
            .await
            .expect("it can be created again");
        drop(one);
        let key = db.key("A");
        // This backend has prepared statements for tables that no longer exist.
        assert_eq!(
            outcome(&call(&superuser, &good, "fetch_jobs", json!({})).await),
            "authentication_error",
            "the old keys are gone"
        );
        let answer = call(&superuser, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
        assert!(succeeded(&answer), "{answer}");
        let job = json!({"id": demo_id("A/job/JOB-1003")});
        assert_eq!(outcome(&call(&superuser, &key.secret, "start_job", job).await), expected);
    }
}
