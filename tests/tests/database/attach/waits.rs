//! Whatever attaching and detaching wait for, they wait no longer than they were told to, and then say how to run them again.

use std::time::Duration;

use eryxon_mcp_tests::{Database, Session};

use super::{host, install};

/// A session that fails instead of hanging.
async fn impatient(db: &Database) -> Session {
    let session = db.superuser().await;
    session.batch_execute("SET statement_timeout = '20s'").await.unwrap();
    session
}

/// The SQLSTATE, message and HINT with which a call fails.
async fn refused(session: &Session, call: &str) -> (String, String, String) {
    let error = session.batch_execute(call).await.expect_err(call);
    let error = error.as_db_error().expect("an SQL error");
    (error.code().code().to_owned(), error.message().to_owned(), error.hint().unwrap_or_default().to_owned())
}

const CALLS: [&str; 2] = [
    "SELECT eryxon_mcp.mcp_attach_mes('mes', p_lock_timeout_ms := 300);",
    "SELECT * FROM eryxon_mcp.mcp_detach_mes('mes', p_lock_timeout_ms := 300, p_disable_gateways := false);",
];

/// What others may have begun.
const BEGUN: [&str; 3] = [
    "GRANT SELECT ON mes.jobs TO pg_monitor",
    "GRANT USAGE ON SCHEMA mes TO pg_monitor",
    "SELECT FROM eryxon_mcp.mcp_settings FOR UPDATE",
];

#[tokio::test]
async fn an_open_grant_or_attach_of_somebody_else_stops_nobody_for_longer_than_the_timeout() {
    let db = host("NOBYPASSRLS");
    install(&db);
    let (other, session, application) = (impatient(&db).await, impatient(&db).await, impatient(&db).await);
    for call in CALLS {
        for begun in BEGUN {
            other.batch_execute(&format!("BEGIN; {begun}")).await.unwrap();
            let (refused, read) =
                tokio::join!(refused(&session, call), application.text("SELECT count(*)::text FROM mes.parts"));
            assert_eq!((refused.0.as_str(), refused.2.as_str()), ("55P03", call), "{begun}: {refused:?}");
            assert_ne!(read, "0");
            other.batch_execute("ROLLBACK").await.unwrap();
        }
        session.batch_execute(call).await.expect("nobody is in the way");
    }
}

#[tokio::test]
async fn a_grant_that_is_committed_meanwhile_is_a_reason_to_run_it_again() {
    let db = host("NOBYPASSRLS");
    install(&db);
    let (other, watcher) = (impatient(&db).await, impatient(&db).await);
    for call in CALLS {
        let call = call.replace("300", "5000");
        let session = impatient(&db).await;
        other.batch_execute("BEGIN; GRANT USAGE ON SCHEMA mes TO pg_monitor").await.unwrap();
        let begun = call.clone();
        let running = tokio::spawn(async move { (refused(&session, &begun).await, session) });
        let waits = "SELECT count(*)::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                      WHERE l.locktype = 'transactionid' AND NOT l.granted AND a.datname = current_database()";
        while watcher.text(waits).await == "0" && !running.is_finished() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        other.batch_execute("COMMIT").await.unwrap();
        let ((sqlstate, message, hint), session) = running.await.expect("it ends");
        assert_eq!((sqlstate.as_str(), hint.as_str()), ("55P03", call.as_str()), "{message}");
        session.batch_execute(&hint).await.expect("nobody is in the way");
        db.psql("REVOKE USAGE ON SCHEMA mes FROM pg_monitor");
    }
}

#[tokio::test]
async fn a_partition_in_use_is_waited_for_like_a_table_and_named() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql(
        "ALTER TABLE mes.tenants RENAME TO old_tenants;
         CREATE TABLE mes.tenants (LIKE mes.old_tenants INCLUDING DEFAULTS) PARTITION BY HASH (id);
         ALTER TABLE mes.tenants ADD PRIMARY KEY (id), ENABLE ROW LEVEL SECURITY;
         CREATE TABLE mes.first_tenants PARTITION OF mes.tenants FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    );
    let (other, session) = (impatient(&db).await, impatient(&db).await);
    for call in CALLS {
        other.batch_execute("BEGIN; LOCK TABLE mes.first_tenants IN ROW EXCLUSIVE MODE").await.unwrap();
        let (sqlstate, message, _) = refused(&session, call).await;
        assert!(message.starts_with("table mes.first_tenants is in use: session "), "{sqlstate} {message}");
        if call == CALLS[0] {
            let told = db
                .psql("SELECT object FROM eryxon_mcp.mcp_check_mes('mes') WHERE finding LIKE 'attaching would wait%'");
            assert_eq!(told, "table mes.first_tenants");
        }
        other.batch_execute("ROLLBACK").await.unwrap();
        session.batch_execute(call).await.expect("nobody is in the way");
    }
}

#[tokio::test]
async fn a_table_that_is_locked_says_nothing_about_a_tool_and_verdicts_keep_no_lock() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql("SELECT eryxon_mcp.mcp_attach_mes('mes')");
    let (other, session) = (impatient(&db).await, impatient(&db).await);
    other.batch_execute("BEGIN; LOCK TABLE mes.jobs").await.unwrap();
    let (sqlstate, message, hint) = refused(&session, CALLS[0]).await;
    assert_eq!((sqlstate.as_str(), hint.as_str()), ("55P03", CALLS[0]), "{message}");
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(db.psql("SELECT unavailable FROM eryxon_mcp.mcp_settings"), "");

    session.batch_execute("BEGIN; SELECT count(*) FROM eryxon_mcp.mcp_tool_verdicts('mes')").await.unwrap();
    let held = session
        .text(
            "SELECT string_agg(l.relation::regclass::text, ' ') FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'mes'::regnamespace",
        )
        .await;
    assert_eq!(held, "");
}
