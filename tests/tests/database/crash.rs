//! A server that crashes.

use eryxon_mcp_tests::answer::succeeded;
use eryxon_mcp_tests::cluster::{as_server_user, text};
use eryxon_mcp_tests::database::{OWN, try_call};
use eryxon_mcp_tests::{Cluster, Database, Options, call, demo_id, probe};
use serde_json::json;

use crate::wait::until_waiting;

#[tokio::test]
async fn a_crash_keeps_what_was_answered_with_its_record_and_nothing_of_what_was_not() {
    // A cluster of its own, with fsync on, so that no other test goes down with it.
    let cluster: &'static Cluster =
        Box::leak(Box::new(Cluster::start(&Options { settings: &[("fsync", "on")], ..Options::default() })));
    let db = Database::alone_in(cluster);
    probe::install(&db);
    let key = db.key("A");
    // A setting that every login may change by its start-up options.
    db.psql(&format!("ALTER ROLE {} SET synchronous_commit = off", db.gateway_name()));
    db.psql("ALTER SYSTEM SET wal_writer_delay = '10s'");
    db.psql("SELECT pg_reload_conf()");
    let gateway = db.gateway().await;
    let start = |name: &str| json!({"id": demo_id(name)});
    assert!(succeeded(&call(&gateway, &key.secret, "start_job", start("A/job/JOB-1001")).await));

    let pid = gateway.text("SELECT pg_backend_pid()::text").await;
    probe::set(&gateway, "write", "SELECT pg_sleep(30)").await;
    let crash = async {
        until_waiting(&db, db.gateway_name()).await;
        text(as_server_user("kill").args(["-KILL", &pid]));
    };
    let (answer, ()) = tokio::join!(try_call(&gateway, &key.secret, "start_job", start("A/job/JOB-1002")), crash);
    assert!(answer.is_err(), "there is nothing left to answer");

    // The server restarts by itself, but not at once.
    let mut ready = cluster.program("pg_isready");
    while !ready.output().expect("pg_isready runs").status.success() {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(cluster.log().contains("automatic recovery"), "it was a crash");
    assert_eq!(
        db.psql(
            "SELECT string_agg(status::text, ' ' ORDER BY job_number) FROM mes.jobs
                  WHERE id IN (mes_demo_id('A/job/JOB-1001'), mes_demo_id('A/job/JOB-1002'))"
        ),
        "in_progress not_started"
    );
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}")), 1);
    assert_eq!(db.count(&format!("SELECT count(*) FROM mes.activity_log WHERE entity_type = 'mcp_tool' AND {OWN}")), 1);
    let answer = call(&db.gateway().await, &key.secret, "start_job", start("A/job/JOB-1002")).await;
    assert!(succeeded(&answer), "{answer}");
}
