//! A gateway's transaction is short, and what it can count in one is bounded.

use std::time::Duration;

use eryxon_mcp_tests::wire::{self, Wire};
use eryxon_mcp_tests::{Cluster, Database, Options, call};
use serde_json::json;
use tokio_postgres::types::{ToSql, Type};

use crate::wait::until;

/// The sessions that the gateway's login has.
fn sessions(db: &Database) -> String {
    format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = '{}'", db.gateway_name())
}

#[tokio::test]
async fn a_heartbeat_is_a_statement_of_its_own() {
    let db = Database::fresh();
    let beat = format!("mcp_heartbeat('{}', 'online')", db.key("A").secret);
    let (mut guarded, _) = Wire::connect(&db, db.gateway_name(), &[]);
    for sql in [
        format!("BEGIN; SELECT {beat}"),
        format!("SELECT {beat}; ROLLBACK"),
        format!("SELECT count({beat}) FROM generate_series(1, 3)"),
        format!("SELECT count(*) FROM generate_series(1, 3), LATERAL {beat}"),
        format!("SELECT ({beat}::text || 'x')::integer"),
    ] {
        assert_eq!(guarded.send(&[wire::query(&sql)]).sqlstate(), "25001", "{sql}");
        guarded.send(&[wire::query("ROLLBACK")]);
    }
    for sql in [format!("SELECT {beat}"), format!("SELECT * FROM {beat}")] {
        assert_eq!(guarded.send(&[wire::query(&sql)]).sqlstate(), "", "{sql}");
    }
    let rows = format!("SELECT sum(beats) FROM mcp_server_health WHERE {}", eryxon_mcp_tests::database::OWN);
    assert_eq!(db.count(&rows), 2);
}

#[tokio::test]
async fn start_up_options_make_no_limit_longer() {
    let db = Database::fresh();
    for (name, own) in [
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("client_connection_check_interval", "1s"),
    ] {
        for (given, expected) in [("0", own), ("1h", own), ("500", "500ms")] {
            let (mut session, _) = Wire::connect(&db, db.gateway_name(), &[("options", &format!("-c {name}={given}"))]);
            for sql in ["", "RESET ALL", "DISCARD ALL"] {
                session.send(&[wire::query(sql)]);
                let shown = session.send(&[wire::query(&format!("SHOW {name}"))]);
                let (_, row) = shown.0.iter().find(|(kind, _)| *kind == b'D').expect("a row");
                assert!(row.ends_with(expected.as_bytes()), "{name}={given}, {sql}: {}", String::from_utf8_lossy(row));
            }
        }
    }
    let (mut session, _) = Wire::connect(&db, db.gateway_name(), &[("options", "-c default_transaction_read_only=on")]);
    let shown = session.send(&[wire::query("SHOW transaction_read_only")]);
    assert!(shown.0.iter().any(|(kind, row)| *kind == b'D' && row.ends_with(b"off")));
    // The setting for one database holds before that for all.
    db.psql(&format!("ALTER ROLE {} IN DATABASE {} SET statement_timeout = '20s'", db.gateway_name(), db.name()));
    let (mut session, _) = Wire::connect(&db, db.gateway_name(), &[]);
    assert_eq!(session.send(&[wire::query("SET statement_timeout = '20s'")]).sqlstate(), "");
    assert_eq!(session.send(&[wire::query("SET statement_timeout = '21s'")]).sqlstate(), "42501");
}

#[tokio::test]
async fn a_transaction_ends_with_its_session_however_it_is_kept_alive() {
    let db = Database::fresh();
    db.psql(&format!(
        "ALTER ROLE {0} SET statement_timeout = '3s'; ALTER ROLE {0} SET idle_in_transaction_session_timeout = '1s'",
        db.gateway_name()
    ));
    // By short statements.
    let gateway = db.gateway().await;
    gateway.batch_execute("BEGIN; SELECT txid_current()").await.expect("allowed");
    while gateway.batch_execute("SELECT 1").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    until(&db, &sessions(&db)).await;
    // By a message without Sync; also of a statement that was prepared before.
    let (mut unfinished, _) = Wire::connect(&db, db.gateway_name(), &[]);
    unfinished.post(&wire::execute("SELECT txid_current()", 0));
    until(&db, &sessions(&db)).await;
    let (mut unfinished, _) = Wire::connect(&db, db.gateway_name(), &[]);
    let execute = wire::execute("SELECT txid_current()", 0);
    unfinished.send(&[execute.clone(), vec![wire::sync()]].concat());
    unfinished.post(&execute[1..]);
    until(&db, &sessions(&db)).await;
    // By a client that does not read its answer.
    let (mut idle, _) = Wire::connect(&db, db.gateway_name(), &[]);
    idle.post(&[wire::query("SELECT repeat('x', 100000000)")]);
    until(&db, &sessions(&db)).await;
    // A session whose transactions are short goes on.
    let gateway = db.gateway().await;
    for _ in 0..45 {
        gateway.batch_execute("BEGIN; SELECT txid_current(); COMMIT").await.expect("short");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn what_is_counted_beside_an_open_snapshot_or_in_one_statement_is_bounded() {
    const CALLS: i64 = 1000;
    let cluster = Cluster::start(&Options { settings: &[("autovacuum", "off")], ..Options::default() });
    let db = Database::alone_in(Box::leak(Box::new(cluster)));
    let key = db.key("A");
    let (gateway, superuser, holder) = (db.gateway().await, db.superuser().await, db.superuser().await);
    let bytes = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    let noise = superuser.text("SELECT string_agg(md5(n::text), '') FROM generate_series(1, 110) n").await;
    holder.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current()").await.unwrap();
    let mut grown = Vec::new();
    for what in [
        "beats",
        "beats in one statement",
        "unknown tools",
        "wrong keys in one statement",
        "validations",
        "validations in one statement",
    ] {
        let before = db.count(bytes);
        match what {
            "beats" => {
                for number in 0..CALLS {
                    let metadata = json!({"noise": format!("{number}{noise}")});
                    let args: &[(&(dyn ToSql + Sync), Type)] = &[(&key.secret, Type::TEXT), (&metadata, Type::JSONB)];
                    gateway.query_typed("SELECT mcp_heartbeat($1, 'online', 1, $2)", args).await.expect("a beat");
                }
            }
            // An operator's, because a gateway's is refused.
            "beats in one statement" => {
                let many = "SELECT count(mcp_heartbeat($1, 'online', 1, jsonb_build_object('noise', n || $2::text)))
                              FROM generate_series(1, $3) n";
                superuser.query(many, &[&key.secret, &noise, &i32::try_from(CALLS).unwrap()]).await.expect("beats");
            }
            "unknown tools" => {
                for _ in 0..CALLS {
                    call(&gateway, &key.secret, "no_such_tool", json!({})).await;
                }
            }
            "wrong keys in one statement" => {
                let many = format!("SELECT count(mcp_list_tools('wrong')) FROM generate_series(1, {CALLS})");
                gateway.batch_execute(&many).await.expect("answers");
            }
            "validations in one statement" => {
                let many =
                    "SELECT count(validate_mcp_key) FROM (SELECT validate_mcp_key($1) FROM generate_series(1, $2)) v";
                gateway.query(many, &[&key.secret, &i32::try_from(CALLS).unwrap()]).await.expect("valid");
            }
            _ => {
                for _ in 0..CALLS {
                    gateway
                        .query_typed("SELECT * FROM validate_mcp_key($1)", &[(&key.secret, Type::TEXT)])
                        .await
                        .expect("valid");
                }
            }
        }
        grown.push((what, db.count(bytes) - before));
    }
    // Without bounds, a thousand beats take more than 4 MB, the calls 90 to 220 kB.
    let bound = |what: &str| if what.starts_with("beats") { 1024 * 1024 } else { 48 * 1024 };
    assert!(grown.iter().all(|(what, bytes)| *bytes <= bound(what)), "{grown:?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    // A later call writes what was kept.
    tokio::time::sleep(Duration::from_millis(300)).await;
    gateway.query_typed("SELECT * FROM validate_mcp_key($1)", &[(&key.secret, Type::TEXT)]).await.expect("valid");
    let refused = |reason| {
        format!(
            "SELECT coalesce(sum(count), 0) FROM mcp_refused_calls WHERE reason = '{reason}' AND last_at > now() - interval '10 minutes'"
        )
    };
    assert_eq!((db.count(&refused("unknown_tool")), db.count(&refused("invalid_key"))), (CALLS, CALLS));
    let uses = format!("SELECT usage_count FROM mcp_authentication_keys WHERE id = '{}'", key.id);
    tokio::time::sleep(Duration::from_millis(300)).await;
    gateway.query_typed("SELECT * FROM validate_mcp_key($1)", &[(&key.secret, Type::TEXT)]).await.expect("valid");
    assert_eq!(db.count(&uses), 2 * CALLS + 2);
}
