//! I3: a tool's identity, and that it cannot change it.

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::live::{Columns, Owner, factory};
use eryxon_mcp_tests::{Database, Key, Session, call, demo_id, probe};
use serde_json::json;

/// The demo factory in our own tables, and in those of a live database, whose owner is no superuser.
fn own_and_live() -> [Database; 2] {
    [Database::fresh(), factory(Owner::Plain, Columns::Missing)]
}

fn as_tenant(place: &str) -> String {
    format!("probe {place} ran as eryxon_mcp_tenant for {}", demo_id("A"))
}

/// Resets JOB-1001 and starts it, with `sql` running inside; returns what the probe reported.
async fn in_write_tool(db: &Database, session: &Session, key: &Key, sql: &str) -> Vec<String> {
    db.psql("UPDATE mes.jobs SET status = 'not_started' WHERE id = mes_demo_id('A/job/JOB-1001')");
    probe::set(session, "write", sql).await;
    probe::reports(session);
    call(session, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
    probe::reports(session)
}

async fn in_read_tool(session: &Session, key: &Key, sql: &str) -> Vec<String> {
    probe::set(session, "read", sql).await;
    probe::reports(session);
    call(session, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    let mut reports = probe::reports(session);
    reports.sort();
    reports.dedup();
    reports
}

#[tokio::test]
async fn a_tool_runs_as_the_tenants_role_for_the_keys_tenant() {
    for db in own_and_live() {
        let key = db.key("A");
        probe::install(&db);
        for session in [db.gateway().await, db.superuser().await] {
            assert_eq!(in_write_tool(&db, &session, &key, "SELECT 1").await, ["probe write: 1", &as_tenant("write")]);
            assert_eq!(in_read_tool(&session, &key, "SELECT 1").await, [as_tenant("read"), "probe read: 1".to_owned()]);
        }
    }
}

#[tokio::test]
async fn a_tools_statements_are_planned_once_and_never_compiled() {
    for db in own_and_live() {
        let key = db.key("A");
        probe::install(&db);
        let session = db.superuser().await;
        session.batch_execute("SET jit = on; SET plan_cache_mode = force_custom_plan").await.unwrap();
        let settings = "SELECT current_setting('plan_cache_mode') || ', jit ' || current_setting('jit')";
        let reports = in_read_tool(&session, &key, settings).await;
        assert!(reports.contains(&"probe read: force_generic_plan, jit off".to_owned()), "{reports:?}");
    }
}

#[tokio::test]
async fn a_tools_sql_cannot_become_another_role() {
    for db in own_and_live() {
        let key = db.key("A");
        probe::install(&db);
        let (gateway, superuser) = (db.gateway().await, db.superuser().await);
        let gateway_name = db.gateway_name();
        for statement in [
            "SET ROLE postgres",
            "SET ROLE NONE",
            "SET LOCAL ROLE postgres",
            "RESET ROLE",
            "SELECT set_config('role', 'postgres', true)",
            "SELECT set_config('role', 'none', false)",
            "SET SESSION AUTHORIZATION postgres",
            "SET SESSION AUTHORIZATION DEFAULT",
            "SET LOCAL SESSION AUTHORIZATION postgres",
            "SELECT set_config('session_authorization', 'postgres', true)",
        ] {
            // Outside the sandbox, a superuser may do all of this.
            superuser.batch_execute(&format!("BEGIN; {statement}; ROLLBACK")).await.expect(statement);
            let reports = in_write_tool(&db, &superuser, &key, statement).await;
            assert_eq!(reports, ["probe write: error 42501", &as_tenant("write")], "{statement}");
            assert_eq!(superuser.text("SELECT current_user::text").await, "postgres");
        }
        // The gateway's login may switch to the role that it is a member of; a tool that it calls may not.
        let statement = "SET ROLE eryxon_mcp_gateway";
        gateway.batch_execute(&format!("{statement}; RESET ROLE")).await.unwrap();
        assert_eq!(
            in_write_tool(&db, &gateway, &key, statement).await,
            ["probe write: error 42501", &as_tenant("write")]
        );
        assert_eq!(gateway.text("SELECT current_user::text").await, gateway_name);
    }
}

/// What the security-restricted operation refuses besides switching roles, and what the role by itself would be allowed to do.
#[tokio::test]
async fn a_tools_sql_leaves_nothing_behind_in_the_session() {
    for db in own_and_live() {
        let key = db.key("A");
        probe::install(&db);
        let superuser = db.superuser().await;
        for statement in
            ["CREATE TEMP TABLE left_behind (id int)", "LISTEN mcp_events", "PREPARE left_behind AS SELECT 1"]
        {
            let alone = format!("BEGIN; SET LOCAL ROLE eryxon_mcp_tenant; {statement}; ROLLBACK");
            superuser.batch_execute(&alone).await.expect(statement);
            // A prepared statement outlives its transaction.
            superuser.batch_execute("DEALLOCATE ALL").await.expect("the session still works");
            let reports = in_write_tool(&db, &superuser, &key, statement).await;
            assert_eq!(reports, ["probe write: error 42501", &as_tenant("write")], "{statement}");
        }
    }
}

#[tokio::test]
async fn a_tools_sql_cannot_become_another_tenant() {
    for db in own_and_live() {
        let (key, other) = (db.key("A"), db.key("B"));
        probe::install(&db);
        let superuser = db.superuser().await;
        let b = demo_id("B");
        for statement in [
            format!("SELECT public.mcp_as_tenant('{b}')"),
            format!("SELECT public.mcp_call_tool('{}', 'fetch_jobs')", other.secret),
            "SELECT public.mcp_run_tool('fetch_jobs', '{}')".to_owned(),
            format!("SELECT * FROM public.validate_mcp_key('{}')", other.secret),
            format!("SELECT * FROM public.generate_mcp_key('{b}', 'stolen')"),
            "SELECT * FROM public.mcp_authentication_keys".to_owned(),
            "SELECT * FROM public.mcp_settings".to_owned(),
            "CREATE TABLE mes.mine (a int)".to_owned(),
            "CREATE FUNCTION mes.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'".to_owned(),
            "ALTER TABLE mes.jobs DISABLE ROW LEVEL SECURITY".to_owned(),
            "TRUNCATE mes.jobs".to_owned(),
            "COPY mes.jobs TO PROGRAM 'cat'".to_owned(),
        ] {
            let reports = in_write_tool(&db, &superuser, &key, &statement).await;
            assert_eq!(reports, ["probe write: error 42501", &as_tenant("write")], "{statement}");
        }
        // What it is allowed to execute has no effect.
        for statement in [
            format!(
                "SELECT set_config('request.jwt.claims', '{{\"sub\": \"{}\"}}', true)",
                demo_id("B/profile/grace.nordhaus")
            ),
            "SELECT set_config('row_security', 'off', true)".to_owned(),
            "RESET ALL".to_owned(),
        ] {
            let reports = in_write_tool(&db, &superuser, &key, &statement).await;
            assert_eq!(reports.last(), Some(&as_tenant("write")), "{statement}: {reports:?}");
        }
        let claims = format!(
            "SELECT (public.get_tenant_info()).name FROM set_config('request.jwt.claims', '{{\"sub\": \"{}\"}}', true)",
            demo_id("B/profile/grace.nordhaus")
        );
        let reports = in_write_tool(&db, &superuser, &key, &claims).await;
        assert_eq!(reports[0], "probe write: Van Dijk Plaatwerk", "inside a call, claims are ignored");
    }
}

#[tokio::test]
async fn a_read_tool_cannot_write() {
    for db in own_and_live() {
        let key = db.key("A");
        probe::install(&db);
        let gateway = db.gateway().await;
        let write = "UPDATE mes.cells SET updated_at = now() RETURNING 1";
        // The control: the same statement is allowed in a writing tool.
        assert_eq!(in_write_tool(&db, &gateway, &key, write).await[0], "probe write: 1");
        for (statement, code) in [
            (write, "25006"),
            (
                "INSERT INTO mes.notifications (tenant_id, type, title, message) SELECT public.current_mcp_tenant(), 'system', '', ''",
                "25006",
            ),
            ("SELECT 1 FROM mes.cells FOR UPDATE", "25006"),
            ("CREATE TABLE mes.mine (a int)", "25006"),
            ("SET transaction_read_only = off", "25001"),
            ("SET LOCAL transaction_read_only = off", "25001"),
            ("SET TRANSACTION READ WRITE", "25001"),
            ("SELECT set_config('transaction_read_only', 'off', false)", "25001"),
            (
                "DO $$ BEGIN SET LOCAL transaction_read_only = off; UPDATE mes.cells SET updated_at = now(); END $$",
                "25001",
            ),
        ] {
            let reports = in_read_tool(&gateway, &key, statement).await;
            assert!(reports.contains(&format!("probe read: error {code}")), "{statement}: {reports:?}");
            assert!(!reports.iter().any(|report| report == "probe read: 1"), "{statement}: {reports:?}");
        }
    }
}

#[tokio::test]
async fn deferred_constraints_fire_inside_the_sandbox() {
    for db in own_and_live() {
        let key = db.key("A");
        probe::install(&db);
        db.allow_calls_in_transactions();
        let gateway = db.gateway().await;
        probe::set(&gateway, "deferred", "SELECT 'deferred trigger'").await;
        gateway.batch_execute("BEGIN").await.unwrap();
        let reports = in_write_tool(&db, &gateway, &key, "SET CONSTRAINTS ALL DEFERRED").await;
        gateway.batch_execute("COMMIT").await.unwrap();
        let mut all = reports;
        all.extend(probe::reports(&gateway));
        assert!(all.contains(&"probe deferred: deferred trigger".to_owned()), "{all:?}");
        let ran: Vec<_> = all.iter().filter(|report| report.starts_with("probe deferred ran")).collect();
        assert_eq!(ran, [&as_tenant("deferred")], "it must not fire at commit, as the caller");

        // The failure of a deferred constraint is the tool's failure, and is answered and recorded.
        probe::set(&gateway, "deferred", "!SELECT 1/0").await;
        db.psql("UPDATE mes.jobs SET status = 'not_started' WHERE id = mes_demo_id('A/job/JOB-1001')");
        probe::set(&gateway, "write", "").await;
        let answer = call(&gateway, &key.secret, "start_job", json!({"id": demo_id("A/job/JOB-1001")})).await;
        assert_eq!(outcome(&answer), "internal", "{answer}");
    }
}
