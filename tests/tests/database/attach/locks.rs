//! An application that uses its tables is not stopped.

use eryxon_mcp_tests::demo_id;

use super::{host, install};

#[tokio::test]
async fn attaching_and_detaching_give_up_name_the_session_in_the_way_and_leave_its_queue() {
    let db = host("NOBYPASSRLS");
    install(&db);
    for call in [
        "SELECT eryxon_mcp.mcp_attach_mes('mes', p_lock_timeout_ms := 100);",
        "SELECT * FROM eryxon_mcp.mcp_detach_mes('mes', p_lock_timeout_ms := 100);",
    ] {
        let reader = db.superuser().await;
        reader.batch_execute("SET application_name = 'slow report'; BEGIN; SELECT FROM mes.parts").await.unwrap();
        let pid = reader.text("SELECT pg_backend_pid()::text").await;
        let session = db.superuser().await;
        session.batch_execute("SET lock_timeout = '7s'").await.unwrap();
        session.batch_execute("BEGIN").await.unwrap();
        // This one comes while the first waits: it gets through before the reader has ended.
        let application = db.superuser().await;
        application.batch_execute("SET statement_timeout = '10s'").await.unwrap();
        let (failed, read) = tokio::join!(
            session.batch_execute(call),
            application.text("SELECT pg_sleep(0.05)::text || count(*) FROM mes.parts")
        );
        assert!(!read.is_empty());
        let error = failed.expect_err("the reader holds a lock");
        let error = error.as_db_error().expect("an SQL error");
        assert_eq!(error.code().code(), "55P03");
        let expected =
            format!("table mes.parts is in use: session {pid} of postgres (slow report), in a transaction since ");
        assert!(error.message().starts_with(&expected), "{error:?}");
        assert_eq!(error.hint(), Some(call));
        session.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(session.text("SHOW lock_timeout").await, "7s");
        reader.batch_execute("ROLLBACK").await.unwrap();
        session.batch_execute("BEGIN").await.unwrap();
        session.batch_execute(&call.replace(", p_lock_timeout_ms := 100", "")).await.expect("nobody is in the way");
        assert_eq!(session.text("SHOW lock_timeout").await, "7s", "restored after a success, too");
        session.batch_execute("COMMIT").await.unwrap();
    }
    assert_eq!(
        db.superuser().await.sqlstate("SELECT eryxon_mcp.mcp_attach_mes('mes', p_lock_timeout_ms := 0)").await,
        "22023"
    );
}

#[tokio::test]
async fn two_that_wait_for_each_other_end_without_a_deadlock() {
    let db = host("NOBYPASSRLS");
    install(&db);
    // The application holds a table that attaching locks late, and wants one that attaching locks first.
    let application = db.superuser().await;
    application.batch_execute("BEGIN; SELECT FROM mes.tenants").await.unwrap();
    let all = "SELECT string_agg(format('SELECT FROM %s', relation::text), ';') FROM (SELECT DISTINCT relation FROM eryxon_mcp.mcp_mes_plan('mes') WHERE kind = 'policy') t";
    let reads = application.text(all).await;
    let session = db.superuser().await;
    let (attached, application) = tokio::join!(
        session.batch_execute("SELECT eryxon_mcp.mcp_attach_mes('mes', p_lock_timeout_ms := 200)"),
        async {
            application
                .batch_execute(&format!("SELECT pg_sleep(0.1); {reads}"))
                .await
                .expect("the application is never the victim");
            application.batch_execute("COMMIT").await.unwrap();
            application
        }
    );
    // Whether an attempt came after the commit or not, nothing is left half done.
    let written = application.text("SELECT (count(*) > 0)::text FROM eryxon_mcp.mcp_attached_objects").await;
    assert_eq!(written, attached.is_ok().to_string());
}

#[tokio::test]
async fn a_deleted_tenant_is_forgotten_without_making_the_application_wait_or_fail() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql("SELECT eryxon_mcp.mcp_attach_mes('mes')");
    db.psql(&format!("SELECT eryxon_mcp.generate_mcp_key('{}', 'k')", demo_id("C")));
    let busy = db.superuser().await;
    busy.batch_execute("BEGIN; UPDATE eryxon_mcp.mcp_keys SET description = 'changed'").await.unwrap();
    let application = db.login(&super::owner(&db)).await;
    let deleted = application.execute("DELETE FROM mes.tenants WHERE id = $1", &[&demo_id("C")]).await;
    assert_eq!(deleted.expect("the application's statement succeeds"), 1);
    busy.batch_execute("COMMIT").await.unwrap();
    let keys = format!("SELECT count(*) FROM eryxon_mcp.mcp_keys WHERE tenant_id = '{}'", demo_id("C"));
    assert_eq!(db.count(&keys), 1);
    let found = "SELECT object, reason, statement FROM eryxon_mcp.mcp_findings_of_mes()";
    let finding = db.psql(found);
    let expected = format!(
        "tenant {0}|the keys and records of a deleted tenant are still here: canceling statement due to lock timeout|",
        demo_id("C")
    );
    assert!(finding.starts_with(&expected), "{finding}");
    db.psql(&finding[expected.len()..]);
    assert_eq!((db.count(&keys), db.psql(found)), (0, String::new()));

    // Nor if the event cannot be written either.
    let tenant = demo_id("B");
    busy.batch_execute("BEGIN; LOCK TABLE eryxon_mcp.mcp_server_logs").await.unwrap();
    let deleted = application.execute("DELETE FROM mes.tenants WHERE id = $1", &[&tenant]).await;
    assert_eq!(deleted.expect("the application's statement succeeds"), 1);
    let told = application.notices();
    assert!(told.iter().any(|notice| notice.contains(&format!("deleted tenant {tenant} were kept"))), "{told:?}");
    busy.batch_execute("COMMIT").await.unwrap();
}
