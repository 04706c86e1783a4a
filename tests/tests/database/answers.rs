//! I1: `mcp_call_tool` answers everything that a caller can cause.

use eryxon_mcp_tests::answer::{outcome, refusal, succeeded, tool_error};
use eryxon_mcp_tests::database::{OWN, try_call};
use eryxon_mcp_tests::{Database, Session, call, demo_id, probe};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use crate::wait::until_waiting;

const STATUS: &str = "SELECT status FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1001')";

fn job_1001() -> Value {
    json!({"id": demo_id("A/job/JOB-1001")})
}

/// Usage rows and activity rows of all calls.
fn records(db: &Database) -> (i64, i64) {
    let activity = format!("SELECT count(*) FROM mes.activity_log WHERE entity_type = 'mcp_tool' AND {OWN}");
    (db.count(&format!("SELECT count(*) FROM mcp_key_usage_logs WHERE {OWN}")), db.count(&activity))
}

async fn pid(session: &Session) -> String {
    session.text("SELECT pg_backend_pid()::text").await
}

#[tokio::test]
async fn every_invalid_key_gets_the_same_refusal() {
    let db = Database::fresh();
    let key = db.key("A");
    let gateway = db.gateway().await;
    let good = &key.secret;
    let last = if good.ends_with('A') { "B" } else { "A" };
    let wrong = [
        String::new(),
        " ".to_owned(),
        format!("{good}x"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}{}", "x".repeat(21)),
        "x".repeat(73),
        good[..good.len() - 1].to_owned(),
        format!("{}{last}", &good[..good.len() - 1]),
        good.to_uppercase(),
        good.replace("mcp_live_", "mcp_test_"),
        format!("mcp_live_{}", "é".repeat(43)),
        format!("mcp_live_{}", "x".repeat(43)),
        format!("mcp_live_{}", "%".repeat(43)),
        "x".repeat(1_000_000),
        key.prefix.clone(),
    ];
    let expected = json!({"error": {"code": -32000, "message": "Invalid or disabled MCP key", "data": {"type": "authentication_error"}}});
    for wrong in wrong {
        assert_eq!(call(&gateway, &wrong, "fetch_jobs", json!({})).await, expected, "{wrong:.80}");
    }
    let nothing = gateway.query_one("SELECT mcp_call_tool(NULL, NULL, NULL, NULL)", &[]).await.expect("answers");
    assert_eq!(nothing.get::<_, Value>(0), expected);
    assert!(succeeded(&call(&gateway, good, "fetch_jobs", json!({"limit": 1})).await), "the right key still works");
}

#[tokio::test]
async fn odd_tools_arguments_and_clients_are_answered() {
    let db = Database::fresh();
    let key = db.key("A");
    let gateway = db.gateway().await;
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    for (arguments, expected) in [
        (json!(null), "ok"),
        (json!([]), "invalid_arguments"),
        (json!(7), "invalid_arguments"),
        (json!("x"), "invalid_arguments"),
        (json!({"no_such": 1}), "invalid_arguments"),
        (json!({"limit": -1}), "invalid_arguments"),
        (json!({"limit": 1e300}), "invalid_arguments"),
        (json!({"limit": "1"}), "invalid_arguments"),
        (json!({"status": {"a": deep}}), "invalid_arguments"),
        (json!({"cursor": "x".repeat(100_000)}), "invalid_arguments"),
        (json!({"customer": "'; DROP TABLE jobs; --"}), "ok"),
        (json!({"customer": "%_\\"}), "ok"),
    ] {
        let answer = call(&gateway, &key.secret, "fetch_jobs", arguments.clone()).await;
        assert_eq!(outcome(&answer), expected, "{:.200} gave {:.400}", arguments.to_string(), answer.to_string());
    }
    for tool in ["", " fetch_jobs", "fetch_jobs;", "no_such_tool", "pg_sleep", &"x".repeat(10_000)] {
        let answer = call(&gateway, &key.secret, tool, json!({})).await;
        assert_eq!((&answer["error"]["code"], refusal(&answer)), (&json!(-32602), "unknown_tool"), "{tool:.80}");
    }
    for client in [json!(null), json!([]), json!({"name": 1, "version": {}}), json!({"name": "x".repeat(100_000)})] {
        let sql = "SELECT mcp_call_tool($1, 'fetch_jobs', '{\"limit\": 1}', $2)";
        let rows = gateway.query_typed(sql, &[(&key.secret, Type::TEXT), (&client, Type::JSONB)]).await;
        assert!(succeeded(&rows.expect("answers")[0].get::<_, Value>(0)));
    }
}

#[tokio::test]
async fn json_that_only_postgresql_can_read_is_answered() {
    let db = Database::fresh();
    let key = db.key("A");
    let gateway = db.gateway().await;
    let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    for arguments in
        [format!("{{\"limit\": {deep}}}"), "{\"limit\": 1e400}".to_owned(), "{\"limit\": -1e-400}".to_owned()]
    {
        for sql in [
            "SELECT mcp_call_tool($1, 'fetch_jobs', $2::jsonb)",
            "SELECT mcp_call_tool($1, 'fetch_jobs', '{}', $2::jsonb)",
        ] {
            let rows = gateway.query_typed(sql, &[(&key.secret, Type::TEXT), (&arguments, Type::TEXT)]).await;
            let error =
                rows.as_ref().err().and_then(|error| error.as_db_error()).map(|error| error.message().to_owned());
            assert!(rows.is_ok(), "{sql} raised for {arguments:.40}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_statement_timeout_in_a_tool_is_answered_and_recorded() {
    let db = Database::fresh();
    let key = db.key("A");
    let (gateway, other) = (db.gateway().await, db.superuser().await);
    // Verify the key beforehand with its slow hash, so that the timeout hits the tool.
    call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await;
    other
        .batch_execute("BEGIN; SELECT FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1001') FOR UPDATE")
        .await
        .unwrap();
    gateway.batch_execute("SET statement_timeout = '1s'").await.unwrap();

    let answer = call(&gateway, &key.secret, "start_job", job_1001()).await;
    assert_eq!(tool_error(&answer), "timeout", "{answer}");
    assert_eq!(records(&db), (2, 2));

    other.batch_execute("ROLLBACK").await.unwrap();
    assert!(succeeded(&call(&gateway, &key.secret, "start_job", job_1001()).await), "the session still works");
}

#[tokio::test]
async fn a_lock_timeout_and_a_deadlock_are_conflicts() {
    let db = Database::fresh();
    let key = db.key("A");
    probe::install(&db);
    let (gateway, other) = (db.gateway().await, db.superuser().await);
    other
        .batch_execute("BEGIN; SELECT FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1001') FOR UPDATE")
        .await
        .unwrap();
    gateway.batch_execute("SET lock_timeout = '100ms'").await.unwrap();
    assert_eq!(tool_error(&call(&gateway, &key.secret, "start_job", job_1001()).await), "conflict");

    // The other session waits for the tool's job, and the tool for the other session's. The tool started to wait last, but is the victim,
    // because its deadlock_timeout passes first.
    gateway.batch_execute("RESET lock_timeout").await.unwrap();
    other.batch_execute("SET deadlock_timeout = '60s'").await.unwrap();
    probe::set(&gateway, "write", "!SELECT 1 FROM mes.jobs WHERE id = public.mes_demo_id('A/job/JOB-1001') FOR UPDATE")
        .await;
    db.psql("GRANT EXECUTE ON FUNCTION mes_demo_id(text) TO eryxon_mcp_tenant");
    let job_1002 = json!({"id": demo_id("A/job/JOB-1002")});
    let tool = call(&gateway, &key.secret, "start_job", job_1002);
    let wish = async {
        until_waiting(&db, db.gateway_name()).await;
        other.batch_execute("SELECT FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1002') FOR UPDATE; ROLLBACK").await
    };
    let (answer, wish) = tokio::join!(tool, wish);
    assert_eq!(tool_error(&answer), "conflict", "{answer}");
    wish.expect("the other session got its lock");
    assert_eq!(records(&db), (2, 2));
}

#[tokio::test]
async fn a_cancel_in_a_tool_is_answered_and_recorded_and_undoes_its_effect() {
    let db = Database::fresh();
    let key = db.key("A");
    probe::install(&db);
    let gateway = db.gateway().await;
    // After the update, so that there is an effect to undo.
    probe::set(&gateway, "write", "SELECT pg_sleep(30)").await;
    let pid = pid(&gateway).await;
    let cancel = async {
        until_waiting(&db, db.gateway_name()).await;
        db.psql(&format!("SELECT pg_cancel_backend({pid})"));
    };
    let (answer, ()) = tokio::join!(call(&gateway, &key.secret, "start_job", job_1001()), cancel);
    assert_eq!(tool_error(&answer), "cancelled", "{answer}");
    assert_eq!(db.psql(STATUS), "not_started");
    assert_eq!(records(&db), (1, 1));
}

#[tokio::test]
async fn a_cancel_while_the_record_is_written_does_not_lose_it() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE INSERT ON mcp_key_usage_logs FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    let gateway = db.gateway().await;
    let pid = pid(&gateway).await;
    let cancel = async {
        until_waiting(&db, db.gateway_name()).await;
        db.psql(&format!("SELECT pg_cancel_backend({pid})"));
    };
    let (answer, ()) = tokio::join!(call(&gateway, &key.secret, "start_job", job_1001()), cancel);
    assert!(succeeded(&answer), "{answer}");
    assert_eq!(db.psql(STATUS), "in_progress");
    assert_eq!(records(&db), (1, 1));
}

#[tokio::test]
async fn a_backend_that_is_killed_leaves_neither_effect_nor_record() {
    let db = Database::fresh();
    let key = db.key("A");
    probe::install(&db);
    let gateway = db.gateway().await;
    probe::set(&gateway, "write", "SELECT pg_sleep(30)").await;
    let pid = pid(&gateway).await;
    let kill = async {
        until_waiting(&db, db.gateway_name()).await;
        db.psql(&format!("SELECT pg_terminate_backend({pid}, 5000)"));
    };
    let (answer, ()) = tokio::join!(try_call(&gateway, &key.secret, "start_job", job_1001()), kill);
    assert!(answer.is_err(), "there is nothing left to answer");
    assert_eq!(db.psql(STATUS), "not_started");
    assert_eq!(records(&db), (0, 0));
}

#[tokio::test]
async fn a_call_that_cannot_be_recorded_has_no_effect() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'no space left on device' USING ERRCODE = '53100'; END $$;
         CREATE TRIGGER full_disk BEFORE INSERT ON mcp_key_usage_logs FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    let gateway = db.gateway().await;
    let error = try_call(&gateway, &key.secret, "start_job", job_1001())
        .await
        .expect_err("it must not succeed without a record");
    let error = error.as_db_error().expect("an SQL error");
    assert!(!error.message().contains("no space"), "the detail is only for the log: {}", error.message());
    assert_eq!(db.psql(STATUS), "not_started");
    assert_eq!(records(&db), (0, 0));
}

#[tokio::test]
async fn a_failure_in_the_middle_of_a_transaction_does_not_abort_it() {
    let db = Database::fresh();
    let key = db.key("A");
    probe::install(&db);
    db.allow_calls_in_transactions();
    let gateway = db.gateway().await;
    gateway.batch_execute("BEGIN").await.unwrap();
    probe::set(&gateway, "write", "!SELECT 1 / 0").await;
    let failed = call(&gateway, &key.secret, "start_job", job_1001()).await;
    assert_eq!(tool_error(&failed), "internal", "{failed}");
    let text = failed.to_string();
    assert!(!text.contains("zero") && !text.contains("SELECT"), "the detail is the log's: {text}");
    let id = failed["result"]["structuredContent"]["error"]["correlation_id"].as_str().expect("a correlation id");
    let log = db.cluster().log();
    assert!(
        log.lines().any(|line| line.contains(id) && line.contains("division by zero")),
        "the log has the details under {id}"
    );
    assert_eq!(outcome(&call(&gateway, "nobody", "start_job", job_1001()).await), "authentication_error");
    probe::set(&gateway, "write", "").await;
    assert!(succeeded(&call(&gateway, &key.secret, "start_job", job_1001()).await));
    gateway.batch_execute("COMMIT").await.unwrap();
    assert_eq!(db.psql(STATUS), "in_progress");
    assert_eq!(records(&db), (2, 2));
}
