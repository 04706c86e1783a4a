//! A gateway login can call the gateway's functions and nothing else; what drivers and connection pools send by themselves works.

mod lists;
mod transactions;

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::cluster::text;
use eryxon_mcp_tests::wire::{self, Wire};
use eryxon_mcp_tests::{Cluster, Database, Options, call};
use serde_json::json;

use lists::{OPEN, REFUSED, USUAL};

/// Whether the log has a text as PostgreSQL shows it in a parse tree or plan: its bytes as numbers, broken into lines anywhere.
pub fn logs_bytes_of(cluster: &Cluster, text: &str) -> bool {
    let bytes: String = text.bytes().map(|byte| byte.to_string()).collect();
    cluster.log().split_whitespace().collect::<String>().contains(&bytes)
}

#[tokio::test]
async fn a_gateway_login_can_do_nothing_but_call_the_gateways_functions() {
    let db = Database::fresh();
    db.psql(OPEN);
    let (mut guarded, _) = Wire::connect(&db, db.gateway_name(), &[]);
    let mut wrong = Vec::new();
    for sql in REFUSED {
        let code = guarded.send(&[wire::query(sql)]).sqlstate();
        if code != "42501" {
            wrong.push((sql, code));
        }
        guarded.send(&[wire::query("ROLLBACK")]);
    }
    assert!(wrong.is_empty(), "not refused: {wrong:#?}");
    // The fast path, which runs no statement.
    for (function, arguments) in
        [("lo_creat(int)", &["0"][..]), ("pg_notify", &["mcp_events", "x"]), ("a_function", &[])]
    {
        let kind = if function.contains('(') { "regprocedure" } else { "regproc" };
        let oid = db.count(&format!("SELECT '{function}'::{kind}::oid::int")).try_into().expect("an oid");
        assert_eq!(guarded.send(&[wire::function(oid, arguments)]).sqlstate(), "42501", "{function}");
    }
    // The control: it is the guard that refuses them.
    db.lift_guard();
    let mut passed = 0;
    for sql in REFUSED {
        passed += usize::from(guarded.send(&[wire::query(sql)]).sqlstate().is_empty());
        guarded.send(&[wire::query("ROLLBACK")]);
    }
    assert!(passed > 40, "without the guard, most of them work: {passed}");
}

#[tokio::test]
async fn what_drivers_and_pools_send_by_themselves_works() {
    let db = Database::fresh();
    let (mut guarded, greeting) = Wire::connect(
        &db,
        db.gateway_name(),
        &[
            ("client_encoding", "UTF8"),
            ("DateStyle", "ISO"),
            ("TimeZone", "UTC"),
            ("extra_float_digits", "2"),
            ("application_name", "driver"),
            ("options", "-c statement_timeout=5s"),
        ],
    );
    assert_eq!(greeting.sqlstate(), "");
    for sql in USUAL {
        assert_eq!(guarded.send(&[wire::query(sql)]).sqlstate(), "", "{sql}");
        if !sql.contains(';') {
            let answers = guarded.send(&[wire::execute(sql, 0), vec![wire::sync()]].concat());
            assert_eq!(answers.sqlstate(), "", "{sql}");
        }
    }
    let mut psql = db.cluster().program("psql");
    psql.args(["-X", "-v", "ON_ERROR_STOP=1", "-U", db.gateway_name(), "-d", db.name()]);
    psql.args(["-c", "\\conninfo", "-c", "\\dt pg_catalog.*", "-c", "\\d pg_class", "-c", "\\du", "-c", "\\l"]);
    assert!(text(&mut psql).contains("pg_class"));
}

#[tokio::test]
async fn the_guard_holds_for_gateways_only_and_follows_their_memberships() {
    let db = Database::fresh();
    let gateway = db.gateway().await;
    let statement = "CREATE TEMP TABLE t (a int) ON COMMIT DROP";
    assert_eq!(gateway.sqlstate(statement).await, "42501");
    db.lift_guard();
    gateway.batch_execute(statement).await.expect("a member of another role is no gateway");
    gateway.batch_execute("SET debug_print_parse = on; SELECT 'before the change'").await.expect("not guarded");
    db.psql(&format!("REVOKE role_{} FROM {}", db.name(), db.gateway_name()));
    gateway.batch_execute("SELECT 'after the change'").await.expect("allowed");
    assert!(logs_bytes_of(db.cluster(), "before the change") && !logs_bytes_of(db.cluster(), "after the change"));
    assert_eq!(gateway.sqlstate(statement).await, "42501");
    // Through another role, which leads to nothing else.
    let (mid, other) = (format!("mid_{}", db.name()), format!("role_{}", db.name()));
    db.psql(&format!(
        "CREATE ROLE {mid}; GRANT eryxon_mcp_gateway TO {mid}; GRANT {mid} TO {0}; REVOKE eryxon_mcp_gateway FROM {0}",
        db.gateway_name()
    ));
    assert_eq!(gateway.sqlstate(statement).await, "42501");
    db.psql(&format!("GRANT {other} TO {mid}"));
    gateway.batch_execute(statement).await.expect("it leads to another role as well");
    db.psql(&format!("REVOKE {other} FROM {mid}"));
    assert_eq!(gateway.sqlstate(statement).await, "42501");
    db.psql(&format!("CREATE ROLE plain_{} LOGIN", db.name()));
    let plain = db.login(&format!("plain_{}", db.name())).await;
    plain.batch_execute("LOAD 'eryxon_mcp'").await.expect_err("only a superuser can load it");
    plain.batch_execute(statement).await.expect("not a gateway");
    let superuser = db.superuser().await;
    superuser.batch_execute("LOAD 'eryxon_mcp'").await.expect("a superuser");
    superuser.batch_execute(statement).await.expect("a superuser");
    superuser.batch_execute(&format!("SET SESSION AUTHORIZATION {}", db.gateway_name())).await.expect("a superuser");
    assert_eq!(superuser.sqlstate(statement).await, "42501");
    superuser.batch_execute("RESET SESSION AUTHORIZATION").await.expect("the way back");
    superuser.batch_execute(statement).await.expect("a superuser again");
}

#[tokio::test]
async fn start_up_options_neither_remove_the_guard_nor_open_the_log() {
    let db = Database::fresh();
    let key = db.key("A");
    let login = db.gateway_name();
    let (_, refused) = Wire::connect(&db, login, &[("options", "-c session_preload_libraries=")]);
    assert_eq!(refused.sqlstate(), "42501");
    let (mut as_group, _) = Wire::connect(&db, login, &[("options", "-c role=eryxon_mcp_gateway")]);
    assert_eq!(as_group.send(&[wire::query("CREATE TEMP TABLE t (a int)")]).sqlstate(), "42501");
    for (name, value, fixed) in [
        ("debug_print_parse", "on", "off"),
        ("debug_print_rewritten", "on", "off"),
        ("debug_print_plan", "on", "off"),
        ("log_parameter_max_length_on_error", "-1", "0"),
        ("plan_cache_mode", "force_custom_plan", "force_generic_plan"),
        ("row_security", "off", "on"),
        ("standard_conforming_strings", "off", "on"),
        ("default_transaction_isolation", "serializable", "read committed"),
    ] {
        let (mut session, _) =
            Wire::connect(&db, login, &[("options", &format!("-c {name}={}", value.replace(' ', "\\ ")))]);
        for sql in ["", "RESET ALL", "DISCARD ALL"] {
            session.send(&[wire::query(sql)]);
            let shown = session.send(&[wire::query(&format!("SHOW {name}"))]);
            let (_, row) = shown.0.iter().find(|(kind, _)| *kind == b'D').expect("a row");
            assert!(row.ends_with(fixed.as_bytes()), "{name} after {sql}: {}", String::from_utf8_lossy(row));
        }
    }
    let (mut session, _) = Wire::connect(&db, login, &[("options", "-c debug_print_parse=on -c debug_print_plan=on")]);
    let sql = format!("SELECT mcp_call_tool('{}', 'fetch_jobs')", key.secret);
    assert_eq!(session.send(&[wire::execute(&sql, 0), vec![wire::sync()]].concat()).count(b'D'), 1);
    assert!(!logs_bytes_of(db.cluster(), &key.secret[20..]), "the log shows the parse tree");
    // The control: it is the guard that keeps it out.
    db.lift_guard();
    let (mut session, _) = Wire::connect(&db, login, &[("options", "-c debug_print_parse=on")]);
    session.send(&[wire::execute(&sql, 0), vec![wire::sync()]].concat());
    assert!(logs_bytes_of(db.cluster(), &key.secret[20..]));
}

#[tokio::test]
async fn the_guard_also_holds_where_the_library_is_loaded_by_the_server() {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(&Options {
        settings: &[("shared_preload_libraries", "eryxon_mcp")],
        ..Options::default()
    })));
    let db = Database::alone_in(cluster);
    let key = db.key("A");
    let options = [("options", "-c debug_print_parse=on -c row_security=off")];
    let (mut guarded, _) = Wire::connect(&db, db.gateway_name(), &options);
    let sql = format!("SELECT mcp_list_tools('{}')", key.secret);
    assert_eq!(guarded.send(&[wire::query(&sql)]).count(b'D'), 1);
    assert!(!logs_bytes_of(cluster, &key.secret[20..]), "the log shows the parse tree of the first statement");
    let shown = guarded.send(&[wire::query("SHOW row_security")]);
    assert!(
        shown.0.iter().any(|(kind, row)| *kind == b'D' && row.ends_with(b"on")),
        "fixed before the first statement"
    );
    for sql in REFUSED.iter().take(20) {
        assert_eq!(guarded.send(&[wire::query(sql)]).sqlstate(), "42501", "{sql}");
    }
    let gateway = db.gateway().await;
    assert_eq!(outcome(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await), "ok");
    // An ERROR of other statements passes the hooks with all its fields.
    let superuser = db.superuser().await;
    superuser
        .batch_execute("CREATE TABLE u (a int CONSTRAINT only_one PRIMARY KEY); INSERT INTO u VALUES (1)")
        .await
        .unwrap();
    let error = superuser.batch_execute("INSERT INTO u VALUES (1)").await.expect_err("a duplicate");
    assert_eq!(error.as_db_error().and_then(|error| error.constraint()), Some("only_one"));
    let error = superuser.batch_execute("ALTER TABLE u ADD CONSTRAINT c CHECK (a > 1)").await.expect_err("a violation");
    assert_eq!(error.as_db_error().and_then(|error| error.constraint()), Some("c"));
}
