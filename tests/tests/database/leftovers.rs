//! What code of the host opens while a call runs is closed when the call ends.

use eryxon_mcp_tests::answer::succeeded;
use eryxon_mcp_tests::mes_owner::{reports, take_over};
use eryxon_mcp_tests::{Database, Session, call, demo_id};
use serde_json::json;

/// Opens what a rollback or the end of a function does not close by itself, once.
const LITTER: &str = "
CREATE FUNCTION mes.litter() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_cursor refcursor := 'litter';
BEGIN
    IF NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'litter') THEN
        OPEN v_cursor FOR SELECT 'left open';
        PERFORM lo_create(0), pg_advisory_lock(4711), pg_advisory_lock_shared(4, 711), pg_notify('litter', current_user::text);
        RAISE NOTICE 'spy has littered';
    END IF;
    RETURN true;
END $$;
CREATE FUNCTION mes.litter_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mes.litter();
    RETURN NEW;
END $$;";

/// What is left of it in this session's transaction: cursors, advisory locks (the rate limit takes others, until the transaction ends), large
/// objects.
const LEFT: &str = "SELECT concat_ws(' ', (SELECT count(*) FROM pg_cursors WHERE name = 'litter'),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid) IN ((0, 4711), (4, 711)) AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_largeobject_metadata))";

const LOCKS_HERE: &str = "SELECT count(*) FROM (SELECT * FROM pg_locks WHERE locktype = 'advisory') l";

/// The notifications on the channel `litter` until one that this function sends itself.
async fn heard(db: &Database, listener: &Session) -> Vec<String> {
    db.psql("NOTIFY litter, 'the end'");
    let mut heard = Vec::new();
    while heard.last().is_none_or(|last| last != "the end") {
        listener.batch_execute("SELECT 1").await.unwrap();
        heard.extend(listener.notifications());
    }
    heard.pop();
    heard
}

#[tokio::test]
async fn a_read_tool_leaves_nothing_of_what_the_hosts_code_opened() {
    let db = Database::fresh();
    let key = db.key("A");
    let owner = take_over(&db).await;
    owner.batch_execute(LITTER).await.unwrap();
    owner.batch_execute("CREATE POLICY litter ON mes.jobs AS RESTRICTIVE USING (mes.litter())").await.unwrap();
    let listener = db.superuser().await;
    listener.batch_execute("LISTEN litter").await.unwrap();
    let superuser = db.superuser().await;
    superuser.batch_execute("BEGIN").await.unwrap();
    assert!(succeeded(&call(&superuser, &key.secret, "fetch_jobs", json!({"limit": 1})).await));
    assert_eq!(reports(&superuser), ["spy has littered"]);
    assert_eq!(superuser.text(LEFT).await, "0 0 0");
    superuser.batch_execute("COMMIT").await.unwrap();
    let gateway = db.gateway().await;
    assert!(succeeded(&call(&gateway, &key.secret, "fetch_jobs", json!({"limit": 1})).await));
    assert_eq!(reports(&gateway), ["spy has littered"]);
    assert_eq!(
        db.psql(&format!("{LOCKS_HERE} JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()")),
        "0"
    );
    assert_eq!(db.psql("SELECT count(*) FROM pg_largeobject_metadata"), "0");
    assert_eq!(heard(&db, &listener).await, Vec::<String>::new());
}

#[tokio::test]
async fn looking_up_a_tenant_leaves_nothing_of_what_the_hosts_code_opened() {
    let db = Database::fresh();
    let key = db.key("A");
    let owner = take_over(&db).await;
    owner.batch_execute(LITTER).await.unwrap();
    owner.batch_execute("CREATE POLICY litter ON mes.tenants AS RESTRICTIVE USING (mes.litter())").await.unwrap();
    let superuser = db.superuser().await;
    let (list, generate) = (
        format!("SELECT mcp_list_tools('{}')", key.secret),
        format!("SELECT generate_mcp_key('{}', 'k')", demo_id("A")),
    );
    // Only a session that makes calls gives up its advisory locks.
    for (statement, locks) in [(&list, 0), (&generate, 2)] {
        superuser.batch_execute("BEGIN").await.unwrap();
        superuser.batch_execute(statement).await.expect(statement);
        assert_eq!(reports(&superuser), ["spy has littered"], "{statement}");
        assert_eq!(superuser.text(LEFT).await, format!("0 {locks} 0"), "{statement}");
        superuser.batch_execute("COMMIT").await.unwrap();
    }
}

#[tokio::test]
async fn a_writing_tool_and_the_record_leave_no_cursor_and_no_session_lock() {
    let db = Database::fresh();
    let key = db.key("A");
    let owner = take_over(&db).await;
    owner.batch_execute(LITTER).await.unwrap();
    for (table, event, tool, arguments) in [
        ("jobs", "UPDATE", "start_job", json!({"id": demo_id("A/job/JOB-1001")})),
        ("activity_log", "INSERT", "fetch_jobs", json!({"limit": 1})),
    ] {
        owner
            .batch_execute(&format!(
                "CREATE TRIGGER litter AFTER {event} ON mes.{table} FOR EACH ROW EXECUTE FUNCTION mes.litter_trigger()"
            ))
            .await
            .unwrap();
        let superuser = db.superuser().await;
        superuser.batch_execute("BEGIN; DECLARE own CURSOR FOR SELECT 'of the caller'").await.unwrap();
        assert!(succeeded(&call(&superuser, &key.secret, tool, arguments).await));
        assert_eq!(reports(&superuser), ["spy has littered"], "{table}");
        // The large object is an effect of the call, like its other changes, and ends with them.
        assert_eq!(superuser.text(LEFT).await, "0 0 1", "{table}");
        assert_eq!(superuser.text("FETCH own").await, "of the caller");
        superuser.batch_execute("ROLLBACK").await.unwrap();
        owner.batch_execute(&format!("DROP TRIGGER litter ON mes.{table}")).await.unwrap();
    }
}
