//! Installation in any schema, and attaching the MES tables.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::database::{OWN, one_installs};
use eryxon_mcp_tests::{Database, call, demo_id};
use serde_json::json;

const NOT_ATTACHED: &str = "no MES schema attached: run mes_create_schema() or mcp_attach_mes()";

fn install(db: &Database, script: &str) {
    let _one = one_installs();
    db.psql(script);
}

#[tokio::test]
async fn in_a_schema_of_its_own_calls_work_qualified_and_by_search_path() {
    let db = Database::empty();
    install(
        &db,
        r#"CREATE SCHEMA "My MCP"; CREATE EXTENSION eryxon_mcp SCHEMA "My MCP";
           SELECT "My MCP".mes_create_schema('Shop "floor"'); SELECT "My MCP".mes_seed_demo();
           SELECT "My MCP".create_mcp_gateway('gateway_elsewhere')"#,
    );
    let secret = db.psql(&format!(r#"SELECT api_key FROM "My MCP".generate_mcp_key('{}', 'k')"#, demo_id("A")));
    let gateway = db.login("gateway_elsewhere").await;
    let answer = call(&gateway, &secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
    assert!(succeeded(&answer), "the gateway finds it without a schema name: {answer}");
    let superuser = db.superuser().await;
    let sql = r#"SELECT "My MCP".mcp_call_tool($1, 'fetch_jobs', '{"limit": 1}')"#;
    let answer = superuser.query_one(sql, &[&secret]).await.unwrap().get(0);
    assert_eq!(outcome(&answer), "ok", "{answer}");
    assert_eq!(db.count(&format!(r#"SELECT count(*) FROM "Shop ""floor""".activity_log WHERE {OWN}"#)), 2);
    let strays = db.psql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    assert_eq!(strays, "", "none of its objects is anywhere else");
}

#[tokio::test]
async fn a_first_try_with_everything_in_public_works() {
    let db = Database::empty();
    install(
        &db,
        "CREATE EXTENSION eryxon_mcp; SELECT mes_create_schema(); SELECT mes_seed_demo(); SELECT mes_seed_demo();",
    );
    db.make_gateway();
    let key = db.key("A");
    let answer = call(&db.gateway().await, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
    assert!(succeeded(&answer), "{answer}");
    assert_eq!(db.psql("SELECT mes_schema FROM mcp_settings"), "public");
}

#[tokio::test]
async fn without_an_attached_schema_everything_says_what_to_run() {
    let db = Database::fresh();
    let key = db.key("A");
    let gateway = db.gateway().await;
    call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    db.psql("SELECT mcp_detach_mes('mes')");
    let answer = call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["message"]),
        (&json!(-32603), &json!(NOT_ATTACHED)),
        "{answer}"
    );
    let superuser = db.superuser().await;
    for statement in [
        format!("SELECT generate_mcp_key('{}', 'k')", demo_id("A")),
        "SELECT mes_seed_demo()".to_owned(),
        "SELECT mes_seed_load('M')".to_owned(),
        format!("SELECT mcp_as_tenant('{}'); SELECT fetch_jobs('{{}}')", demo_id("A")),
    ] {
        let error = superuser.batch_execute(&statement).await.expect_err(&statement);
        let error = error.as_db_error().expect("an SQL error");
        assert_eq!((error.code().code(), error.message()), ("55000", NOT_ATTACHED), "{statement}");
    }
    db.psql("SELECT mcp_attach_mes('mes')");
    assert!(
        succeeded(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await),
        "and attached again, on a warm connection"
    );
    db.psql("DROP SCHEMA mes CASCADE");
    let answer = call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    assert_eq!(answer["error"]["message"], NOT_ATTACHED, "{answer}");
}

#[tokio::test]
async fn the_first_call_after_a_detach_on_a_warm_connection_says_so_whatever_is_called() {
    let db = Database::fresh();
    let key = db.key("A");
    let statements = [
        format!("SELECT * FROM validate_mcp_key('{}')", key.secret),
        format!("SELECT mcp_heartbeat('{}', 'online')", key.secret),
    ];
    let mut warm = Vec::new();
    for statement in &statements {
        let gateway = db.gateway().await;
        gateway.batch_execute(statement).await.expect(statement);
        warm.push(gateway);
    }
    db.psql("SELECT mcp_detach_mes('mes')");
    for (gateway, statement) in warm.iter().zip(&statements) {
        let error = gateway.batch_execute(statement).await.expect_err(statement);
        let error = error.as_db_error().expect("an SQL error");
        assert_eq!((error.code().code(), error.message()), ("55000", NOT_ATTACHED), "{statement}");
    }
    db.psql("SELECT mcp_attach_mes('mes')");
    for (gateway, statement) in warm.iter().zip(&statements) {
        gateway.batch_execute(statement).await.expect(statement);
    }
}

#[tokio::test]
async fn attaching_says_exactly_what_is_missing_and_how_to_add_it() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    // Without these no tool works: who a tenant is, who calls, and the record.
    for (damage, missing) in [
        (
            "ALTER TABLE mes.profiles DROP COLUMN active_tenant_id CASCADE",
            "Missing: column profiles.active_tenant_id (uuid).",
        ),
        ("DROP TABLE mes.activity_log CASCADE", "Missing: table activity_log."),
        (
            "ALTER TABLE mes.tenants RENAME COLUMN current_jobs TO open_jobs",
            "Missing: column tenants.current_jobs (int4).",
        ),
        (
            "ALTER TABLE mes.tenants DROP COLUMN name CASCADE; DROP TABLE mes.user_roles",
            "Missing: table user_roles, column tenants.name (text).",
        ),
        (
            "ALTER TABLE mes.tenants ALTER max_jobs TYPE bigint",
            "Missing: column tenants.max_jobs of type int4 (it is int8).",
        ),
        (
            "ALTER TYPE mes.subscription_status RENAME VALUE 'trial' TO 'test'",
            "Missing: label trial of type subscription_status.",
        ),
    ] {
        superuser.batch_execute(&format!("BEGIN; {damage}")).await.expect(damage);
        let error = superuser.batch_execute("SELECT mcp_attach_mes('mes')").await.expect_err(damage);
        let error = error.as_db_error().expect("an SQL error");
        assert_eq!((error.code().code(), error.detail()), ("55000", Some(missing)), "{damage}: {:?}", error.hint());
        superuser.batch_execute("ROLLBACK").await.unwrap();
    }
    let optional = "ALTER TABLE mes.jobs DROP COLUMN started_at, DROP COLUMN completed_at;
        ALTER TABLE mes.issues DROP COLUMN ncr_number CASCADE; DROP TABLE mes.ncr_counters";
    superuser
        .batch_execute(&format!("BEGIN; {optional}; SELECT mcp_attach_mes('mes'); ROLLBACK"))
        .await
        .expect(optional);
    assert_eq!(superuser.sqlstate("SELECT mcp_attach_mes('nowhere')").await, "3F000");
    assert_eq!(superuser.sqlstate("SELECT mes_create_schema('mes')").await, "42P07");
}

#[tokio::test]
async fn a_deleted_tenant_takes_its_keys_and_records_along() {
    let db = Database::fresh();
    let (a, b) = (db.key("A"), db.key("B"));
    let gateway = db.gateway().await;
    for key in [&a, &b] {
        call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    }
    db.psql("DELETE FROM mes.tenants WHERE id = mes_demo_id('A')");
    assert_eq!(outcome(&call(&gateway, &a.secret, "fetch_jobs", json!({})).await), "authentication_error");
    assert!(succeeded(&call(&gateway, &b.secret, "fetch_jobs", json!({"limit": 1})).await));
    assert_eq!(db.count("SELECT count(*) FROM mcp_key_usage_logs WHERE tenant_id = mes_demo_id('A')"), 0);
    assert_eq!(db.count("SELECT count(*) FROM mes.activity_log WHERE tenant_id = mes_demo_id('A')"), 0);
}

#[tokio::test]
async fn attaching_warns_of_unique_keys_that_tenants_share() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    let warned = async |change: &str| {
        superuser.batch_execute(&format!("BEGIN; {change}")).await.expect(change);
        let _before = superuser.notices();
        superuser.batch_execute("SELECT mcp_attach_mes('mes')").await.expect(change);
        superuser.batch_execute("ROLLBACK").await.expect("a rollback");
        superuser.notices().into_iter().filter(|notice| notice.contains("for all tenants together")).collect::<Vec<_>>()
    };
    for (harmless, why) in [
        ("", "the schema that mes_create_schema makes"),
        ("CREATE UNIQUE INDEX alone ON mes.jobs (id)", "random ids"),
        ("CREATE UNIQUE INDEX of_tenant ON mes.jobs (customer, tenant_id, id)", "the tenant is in it"),
        ("CREATE UNIQUE INDEX of_cells ON mes.cells (name, id)", "tools do not write to cells"),
        ("CREATE INDEX plain ON mes.jobs (customer)", "it is not unique"),
    ] {
        assert!(warned(harmless).await.is_empty(), "{why}: {:?}", warned(harmless).await);
    }
    for (change, index) in [
        ("CREATE UNIQUE INDEX shared ON mes.jobs (job_number, id)", "mes.shared of table mes.jobs"),
        ("CREATE UNIQUE INDEX shared ON mes.jobs (lower(job_number), id)", "mes.shared of table mes.jobs"),
        (
            "CREATE UNIQUE INDEX shared ON mes.issues (id, ncr_number) WHERE ncr_number IS NOT NULL",
            "mes.shared of table",
        ),
        ("CREATE UNIQUE INDEX shared ON mes.parts (id, part_number) INCLUDE (tenant_id)", "mes.shared of table"),
    ] {
        let warnings = warned(change).await;
        assert!(matches!(&warnings[..], [one] if one.contains(index)), "{change}: {warnings:?}");
    }
}
