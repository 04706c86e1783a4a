//! The owner of the MES tables, who is no superuser, against the extension: code that the owner puts behind the tables never runs with
//! more rights than the sandbox has.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::mes_owner::{reports, take_over};
use eryxon_mcp_tests::{Database, call, demo_id};
use serde_json::json;

const TENANT: &str = "spy is eryxon_mcp_tenant and refused";
const RECORDER: &str = "spy is eryxon_mcp_recorder and refused";

#[tokio::test]
async fn a_trigger_on_the_activity_log_runs_as_the_recorder() {
    let db = Database::fresh();
    let key = db.key("A");
    let owner = take_over(&db).await;
    for (timing, kind) in [("BEFORE", ""), ("AFTER", ""), ("AFTER", "CONSTRAINT")] {
        let deferred = if kind.is_empty() { "" } else { "DEFERRABLE INITIALLY DEFERRED" };
        owner
            .batch_execute(&format!(
                "CREATE {kind} TRIGGER spy {timing} INSERT ON mes.activity_log {deferred} FOR EACH ROW EXECUTE FUNCTION mes.spy_trigger()"
            ))
            .await
            .unwrap();
        for session in [db.gateway().await, db.superuser().await] {
            assert!(succeeded(&call(&session, &key.secret, "fetch_jobs", json!({"limit": 1})).await));
            assert_eq!(reports(&session), [RECORDER], "{timing} {kind}");
        }
        let superuser = db.superuser().await;
        let log = format!("SELECT log_mcp_key_usage('{}', '{}', 'fetch_jobs')", demo_id("A"), key.id);
        superuser.batch_execute(&log).await.unwrap();
        assert_eq!(reports(&superuser), [RECORDER], "{timing} {kind}");
        owner.batch_execute("DROP TRIGGER spy ON mes.activity_log").await.unwrap();
    }
}

#[tokio::test]
async fn a_policy_on_tenants_or_profiles_runs_as_the_tenants_role_whoever_asks() {
    let db = Database::fresh();
    let key = db.key("A");
    let web = format!("web_{}", db.name());
    db.psql(&format!("CREATE ROLE {web}; SELECT mcp_grant_member('{web}')"));
    let owner = take_over(&db).await;
    owner
        .batch_execute(
            "CREATE POLICY spy ON mes.tenants AS RESTRICTIVE USING (mes.spy());
             CREATE POLICY spy ON mes.profiles AS RESTRICTIVE USING (mes.spy())",
        )
        .await
        .unwrap();
    let gateway = db.gateway().await;
    assert!(succeeded(
        &call(&gateway, &key.secret, "fetch_substeps", json!({"job_id": demo_id("A/job/JOB-1001")})).await
    ));
    assert_eq!(reports(&gateway), [TENANT]);
    for statement in [
        format!("SELECT * FROM validate_mcp_key('{}')", key.secret),
        format!("SELECT mcp_heartbeat('{}', 'online')", key.secret),
        format!("SELECT mcp_list_tools('{}')", key.secret),
    ] {
        gateway.batch_execute(&statement).await.expect(&statement);
        assert_eq!(reports(&gateway), [TENANT], "{statement}");
    }
    let superuser = db.superuser().await;
    let generate = format!("SELECT generate_mcp_key('{}', 'another')", demo_id("A"));
    superuser.batch_execute(&generate).await.unwrap();
    assert_eq!(reports(&superuser), [TENANT]);
    let claims = json!({"sub": demo_id("A/profile/anna.devries")});
    superuser.batch_execute(&format!("SET request.jwt.claims = '{claims}'")).await.unwrap();
    for role in ["postgres", &web] {
        superuser.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        assert_eq!(superuser.text("SELECT (get_tenant_info()).name").await, "Van Dijk Plaatwerk");
        assert_eq!(reports(&superuser), [TENANT], "{role}");
        superuser.batch_execute("SELECT * FROM mcp_current_profile()").await.unwrap();
        assert_eq!(reports(&superuser), [TENANT], "{role}");
    }
}

/// Deferred to the commit, it would run as the role that sent the statement.
#[tokio::test]
async fn a_deferrable_trigger_never_runs_as_the_superuser_who_made_the_call() {
    let db = Database::fresh();
    let key = db.key("A");
    let owner = take_over(&db).await;
    owner
        .batch_execute(
            "CREATE CONSTRAINT TRIGGER spy AFTER UPDATE ON mes.jobs DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION mes.spy_trigger();
             CREATE CONSTRAINT TRIGGER spy AFTER INSERT ON mes.activity_log DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION mes.spy_trigger()",
        )
        .await
        .unwrap();
    let superuser = db.superuser().await;
    let start = |job: &str| json!({"id": demo_id(&format!("A/job/{job}"))});
    assert!(succeeded(&call(&superuser, &key.secret, "start_job", start("JOB-1001")).await));
    assert_eq!(reports(&superuser), [RECORDER, TENANT]);
    let as_tenant = format!(
        "BEGIN; SELECT mcp_as_tenant('{}'); SELECT stop_job('{}'); COMMIT",
        demo_id("A"),
        json!({"id": demo_id("A/job/JOB-1001"), "reason": "a test"})
    );
    superuser.batch_execute(&as_tenant).await.unwrap();
    assert_eq!(reports(&superuser), [TENANT]);

    // Nor if code of the host defers it again.
    owner
        .batch_execute(
            "CREATE FUNCTION mes.defer() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN SET CONSTRAINTS ALL DEFERRED; RETURN NEW; END $$;
             CREATE TRIGGER defer BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.defer();
             CREATE TRIGGER defer BEFORE INSERT ON mes.activity_log FOR EACH ROW EXECUTE FUNCTION mes.defer()",
        )
        .await
        .unwrap();
    let log = format!("SELECT log_mcp_key_usage('{}', '{}', 'fetch_jobs')", demo_id("A"), key.id);
    for statement in [&log, &as_tenant.replace("stop_job", "start_job").replace(", \"reason\": \"a test\"", "")] {
        assert!(superuser.batch_execute(statement).await.is_err(), "PostgreSQL refuses to defer it: {statement}");
        superuser.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(reports(&superuser), Vec::<String>::new(), "{statement}");
    }
}

/// `tenant_id = OLD.id` would find an implicit cast of the owner's type, and call it with the rights of the trigger's function.
#[tokio::test]
async fn the_type_of_a_deleted_tenants_id_is_not_trusted() {
    let db = Database::fresh();
    let owner = take_over(&db).await;
    owner
        .batch_execute(
            "CREATE TYPE mes.trap AS (id uuid);
             CREATE FUNCTION mes.cast(mes.trap) RETURNS uuid LANGUAGE plpgsql AS $$ BEGIN PERFORM mes.spy(); RETURN ($1).id; END $$;
             CREATE CAST (mes.trap AS uuid) WITH FUNCTION mes.cast(mes.trap) AS IMPLICIT;
             CREATE DOMAIN mes.checked AS uuid CHECK (mes.spy());
             ALTER TABLE mes.tenants NO FORCE ROW LEVEL SECURITY;
             ALTER TABLE mes.tenants RENAME id TO real_id;
             ALTER TABLE mes.tenants ADD COLUMN id mes.trap",
        )
        .await
        .unwrap();
    let owner_name = &format!("owner_of_{}", db.name());
    let add = "INSERT INTO mes.tenants (real_id, name) VALUES (gen_random_uuid(), 'New')";
    for change in [
        "UPDATE mes.tenants SET id = row(real_id)::mes.trap",
        "ALTER TABLE mes.tenants DROP COLUMN id, ADD COLUMN id mes.checked",
    ] {
        owner.batch_execute(change).await.expect(change);
        // New sessions, because triggers of the application keep plans for the type before.
        for session in [&db.login(owner_name).await, &db.superuser().await] {
            session.batch_execute(add).await.unwrap();
            reports(session);
            session
                .batch_execute("DELETE FROM mes.tenants WHERE name = 'New'")
                .await
                .expect("the application's own write works");
            // The application's own triggers run as whoever deletes, and cast.
            let as_owner = reports(session).into_iter().filter(|report| report.contains("eryxon_mcp_owner"));
            assert_eq!(as_owner.collect::<Vec<_>>(), Vec::<String>::new(), "{change}");
        }
    }
    assert!(db.count("SELECT count(*) FROM mcp_keys") > 0);
}

/// A client that does not bind the key has it in the text of its statement.
#[tokio::test]
async fn the_text_of_the_clients_statement_is_not_shown_to_the_owner() {
    let db = Database::fresh();
    let key = db.key("A");
    let owner = take_over(&db).await;
    owner
        .batch_execute(
            "CREATE FUNCTION mes.overhear() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE NOTICE 'spy heard %', current_query(); RETURN NEW; END $$;
             CREATE TRIGGER overhear BEFORE INSERT ON mes.activity_log FOR EACH ROW EXECUTE FUNCTION mes.overhear();
             CREATE TRIGGER overhear BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.overhear()",
        )
        .await
        .unwrap();
    let superuser = db.superuser().await;
    let started = superuser
        .text(&format!(
            "SELECT mcp_call_tool('{}', 'start_job', '{}')::text",
            key.secret,
            json!({"id": demo_id("A/job/JOB-1001")})
        ))
        .await;
    assert!(started.contains("\"isError\": false"), "{started}");
    assert_eq!(reports(&superuser), ["spy heard <NULL>"]);
    assert_eq!(superuser.text("SELECT current_query()").await, "SELECT current_query()");
}

#[tokio::test]
async fn a_tenant_that_cannot_be_read_is_refused() {
    let db = Database::fresh();
    let key = db.key("A");
    let owner = take_over(&db).await;
    let gateway = db.gateway().await;
    assert!(succeeded(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await));
    for (damage, expected) in [
        ("ALTER TABLE mes.tenants RENAME COLUMN status TO state", "internal_error"),
        ("REVOKE ALL ON mes.tenants FROM eryxon_mcp_tenant", "internal_error"),
        ("CREATE POLICY nobody ON mes.tenants AS RESTRICTIVE USING (false)", "authentication_error"),
        (
            "CREATE POLICY fail ON mes.tenants AS RESTRICTIVE USING ('' || current_user = (1 / 0)::text)",
            "internal_error",
        ),
    ] {
        db.psql("SELECT mcp_attach_mes('mes')");
        owner.batch_execute(damage).await.expect(damage);
        let answer = call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
        assert_eq!(outcome(&answer), expected, "{damage}: {answer}");
        let validate = format!("SELECT validate_mcp_key('{}')", key.secret);
        let code = if expected == "internal_error" { "XX000" } else { "28000" };
        assert_eq!(gateway.sqlstate(&validate).await, code, "{damage}");
        owner
            .batch_execute(
                "DROP POLICY IF EXISTS nobody ON mes.tenants; DROP POLICY IF EXISTS fail ON mes.tenants;
                 DO $$ BEGIN ALTER TABLE mes.tenants RENAME COLUMN state TO status; EXCEPTION WHEN undefined_column THEN NULL; END $$",
            )
            .await
            .unwrap();
    }
}
