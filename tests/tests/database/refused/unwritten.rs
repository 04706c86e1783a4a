//! Counts that cannot be written, and what could keep them from being written.

use std::time::Duration;

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::wire::{self, Wire};
use tokio_postgres::types::Type;

use super::{ask, calls, expected, lines, wrong};
use crate::wait::until;

#[tokio::test]
async fn what_a_session_could_not_record_is_in_the_log_when_it_ends() {
    let db = Database::fresh();
    let (key, login) = (db.key("A"), db.gateway_name());
    let ended = format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = '{login}'");
    let line = "refused calls of this session were not recorded: ";
    let gateway = db.gateway().await;
    gateway.query_typed("SELECT * FROM validate_mcp_key($1)", &[(&wrong(&key), Type::TEXT)]).await.expect_err("raises");
    drop(gateway);
    until(&db, &ended).await;
    let mut said = vec!["1 refused calls of this session were not recorded: invalid_key 1"];
    // In a transaction block, which is rolled back, or still open when the client leaves.
    for end in ["ROLLBACK", "SELECT 1"] {
        let gateway = db.gateway().await;
        gateway.batch_execute("BEGIN").await.unwrap();
        for _ in 0..20 {
            gateway.query_typed("SELECT mcp_list_tools($1)", &[(&wrong(&key), Type::TEXT)]).await.expect("answers");
        }
        gateway.batch_execute(end).await.unwrap();
        drop(gateway);
        until(&db, &ended).await;
        said.push("20 refused calls of this session were not recorded: invalid_key 20");
    }
    // By an administrator's hand, in the middle of a read-only transaction.
    let gateway = db.gateway().await;
    gateway.batch_execute("BEGIN READ ONLY").await.unwrap();
    for key in [&wrong(&key), &key.secret, &wrong(&key)] {
        gateway.query_typed("SELECT mcp_list_tools($1)", &[(key, Type::TEXT)]).await.expect("answers");
    }
    let terminate = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{login}'");
    db.psql(&terminate);
    until(&db, &ended).await;
    said.push("2 refused calls of this session were not recorded: invalid_key 2");
    let found = lines(&db, line);
    let texts: Vec<_> = found.iter().filter_map(|found| found.split("eryxon_mcp: ").nth(1)).collect();
    assert_eq!(texts, said);
    assert_eq!(calls(&db.superuser().await).await, []);
    // Nothing is said of what was recorded.
    let gateway = db.gateway().await;
    assert_eq!(ask(&gateway, &wrong(&key), "x").await, "authentication_error");
    drop(gateway);
    until(&db, &ended).await;
    assert_eq!(lines(&db, line).len(), said.len());
}

#[tokio::test]
async fn a_timeout_that_began_with_the_first_message_of_a_statement_is_a_timeout() {
    let db = Database::fresh();
    let (key, other) = (db.key("A"), db.superuser().await);
    let (mut session, _) = Wire::connect(&db, db.gateway_name(), &[]);
    assert_eq!(session.send(&[wire::query("SET statement_timeout = '1500ms'")]).sqlstate(), "");
    other.batch_execute("BEGIN; LOCK TABLE mcp_rate_slots").await.unwrap();
    let sql = format!("SELECT mcp_call_tool('{}', 'fetch_jobs')::text", key.secret);
    // Much of the time has passed when the statement is executed.
    let [prepare @ .., execute] = &wire::execute(&sql, 0)[..] else { panic!("several messages") };
    session.post(prepare);
    tokio::time::sleep(Duration::from_millis(900)).await;
    let answers = session.send(&[execute.clone(), wire::sync()]);
    other.batch_execute("ROLLBACK").await.unwrap();
    let (_, row) = answers.0.iter().find(|(kind, _)| *kind == b'D').expect("an answer");
    let answer = String::from_utf8_lossy(row);
    assert!(answer.contains("timeout") && !answer.contains("cancelled"), "{answer}");
}

#[tokio::test]
async fn what_counts_cannot_be_held_up_by_advisory_locks() {
    let db = Database::fresh();
    let (key, holder, gateway) = (db.key("A"), db.superuser().await, db.gateway().await);
    // Those that the functions took in earlier versions.
    holder
        .batch_execute(&format!(
            "SELECT count(pg_advisory_lock(hashtext('eryxon_mcp.mcp_rate_slots {}'), n)) FROM generate_series(1, 300) n",
            key.id
        ))
        .await
        .unwrap();
    assert_eq!(ask(&gateway, &key.secret, "fetch_jobs").await, "ok");
    holder.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();
    let fresh = db.key_with("A", "new", "").secret;
    let operator = db.superuser().await;
    operator
        .batch_execute(&format!("BEGIN; SELECT mcp_call_tool('{fresh}', 'fetch_jobs'), mcp_list_tools('wrong')"))
        .await
        .unwrap();
    let locks = |kind: &str| {
        db.count(&format!(
            "SELECT count(*) FROM pg_locks WHERE locktype = '{kind}' AND classid = 'mcp_settings'::regclass
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ))
    };
    assert_eq!((locks("advisory"), locks("object")), (0, 2), "of a slot and of a count");
    operator.batch_execute("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn a_refused_call_that_is_rolled_back_is_counted_later() {
    let db = Database::fresh();
    let (session, superuser) = (db.superuser().await, db.superuser().await);
    let key = db.key("A");
    session.batch_execute("BEGIN").await.unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&session, &wrong(&key), "x").await, "authentication_error");
    }
    session.batch_execute("ROLLBACK").await.unwrap();
    assert!(calls(&superuser).await.is_empty());
    assert_eq!(ask(&session, &wrong(&key), "x").await, "authentication_error");
    assert_eq!(calls(&superuser).await, expected(&[("invalid_key", 4)]));
}

/// PostgreSQL refuses to update and delete in a published table without a replica identity.
#[tokio::test]
async fn a_publication_of_all_tables_stops_neither_counting_nor_forgetting() {
    let db = Database::fresh();
    let key = db.key("B");
    db.psql("CREATE PUBLICATION everything FOR ALL TABLES");
    let (gateway, superuser) = (db.gateway().await, db.superuser().await);
    for _ in 0..3 {
        assert_eq!(ask(&gateway, &wrong(&key), "x").await, "authentication_error");
    }
    assert_eq!(calls(&superuser).await, expected(&[("invalid_key", 3)]));
    db.psql("DELETE FROM mes.tenants WHERE id = mes_demo_id('B')");
    assert_eq!(db.count(&format!("SELECT count(*) FROM mcp_keys WHERE id = '{}'", key.id)), 0);
    let without =
        "SELECT string_agg(c.relname, ', ') FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'e'
         WHERE d.classid = 'pg_class'::regclass AND c.relkind = 'r' AND c.relreplident <> 'f'
           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)";
    assert_eq!(db.psql(without), "");
}
