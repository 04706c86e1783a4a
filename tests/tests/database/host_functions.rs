//! The host's triggers, policies and defaults find the host's names inside a tool; the tools' own statements do not.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{Database, Key, Session, call, demo_id};
use serde_json::json;

/// Functions of a host that rely on a path with its schema, in each way in which a tool's statement can call them.
const HOST: &str = "
SET search_path = mes;
CREATE TABLE mes.host_notes (what text, path text, found bigint);
GRANT INSERT ON mes.host_notes TO eryxon_mcp_tenant;

CREATE FUNCTION mes.note(p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO host_notes VALUES (p_what, current_setting('search_path'), (SELECT count(*) FROM cells));
END $$;

-- Without settings, with a setting, with a path of its own; and one that leaves a setting behind.
CREATE FUNCTION mes.plain() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM note('plain'); PERFORM set_config('host.left', 'behind', true); RETURN NEW; END $$;
CREATE FUNCTION mes.with_setting() RETURNS trigger LANGUAGE plpgsql SET work_mem = '8MB' AS
    $$ BEGIN PERFORM note('with ' || current_setting('work_mem')); RETURN NEW; END $$;
CREATE FUNCTION mes.with_path() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS
    $$ BEGIN PERFORM mes.inherits(); RETURN NEW; END $$;
CREATE FUNCTION mes.inherits() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO mes.host_notes VALUES ('own path', current_setting('search_path'), 0); END $$;
CREATE FUNCTION mes.fails() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        PERFORM note('left ' || current_setting('host.left'));
        BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN PERFORM note('caught'); END;
        RETURN NEW;
    END $$;
CREATE TRIGGER a BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.plain();
CREATE TRIGGER b BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.with_setting();
CREATE TRIGGER c BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.with_path();
CREATE TRIGGER d BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.fails();

-- PostgreSQL would put the body of such functions into the statement that calls them.
CREATE FUNCTION mes.is_known(p_tenant uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM tenants t WHERE t.id = $1)';
CREATE POLICY host ON mes.jobs AS RESTRICTIVE TO eryxon_mcp_tenant USING (mes.is_known(tenant_id));
CREATE FUNCTION mes.label() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_setting(''search_path'') || '': '' || count(*) FROM cells';
ALTER TABLE mes.jobs ADD COLUMN label text DEFAULT mes.label();
CREATE FUNCTION mes.is_fine(p_customer text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT count(*) > 0 FROM cells';
ALTER TABLE mes.jobs ADD CONSTRAINT host CHECK (mes.is_fine(customer)) NOT VALID;
";

const HOST_PATH: &str = "mes, pg_temp";

async fn start_job(session: &Session, key: &Key, job: &str) -> String {
    let answer = call(session, &key.secret, "start_job", json!({"id": demo_id(&format!("A/job/{job}"))})).await;
    outcome(&answer).to_owned()
}

#[tokio::test]
async fn functions_of_the_host_find_their_names_inside_a_tool() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql(HOST);
    let cells = db.psql("SELECT count(*) FROM mes.cells WHERE tenant_id = mes_demo_id('A')");
    for session in [db.gateway().await, db.superuser().await] {
        db.psql("TRUNCATE mes.host_notes; SET search_path = mes; UPDATE jobs SET status = 'not_started' WHERE job_number = 'JOB-1001'; TRUNCATE host_notes");
        assert_eq!(start_job(&session, &key, "JOB-1001").await, "ok");
        assert_eq!(
            db.psql("SELECT DISTINCT what, path, found FROM mes.host_notes ORDER BY what"),
            format!(
                "caught|{HOST_PATH}|{cells}\nleft behind|{HOST_PATH}|{cells}\nown path|pg_catalog|0\nplain|{HOST_PATH}|{cells}\nwith 8MB|{HOST_PATH}|{cells}"
            )
        );
        let number = format!("JOB-HOST-{}", session.text("SELECT pg_backend_pid()::text").await);
        let new = json!({"job_number": number, "customer": "C", "parts": []});
        let answer = call(&session, &key.secret, "create_job", new).await;
        assert!(succeeded(&answer), "{answer}");
        let label = db.psql(&format!("SELECT label FROM mes.jobs WHERE job_number = '{number}'"));
        assert_eq!(label, format!("{HOST_PATH}: {cells}"));
    }
}

#[tokio::test]
async fn outside_a_tool_functions_of_the_host_keep_the_callers_path() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql(HOST);
    let session = db.superuser().await;
    session.batch_execute("SET search_path = mes, public").await.expect("a path");
    assert_eq!(start_job(&session, &key, "JOB-1001").await, "ok");
    db.psql("TRUNCATE mes.host_notes");
    session.batch_execute("UPDATE jobs SET notes = 'x' WHERE job_number = 'JOB-1001'").await.expect("an update");
    assert_eq!(
        db.psql("SELECT DISTINCT path FROM mes.host_notes ORDER BY 1"),
        "mes, public\npg_catalog",
        "also for a function that a tool has called before"
    );
    assert_eq!(session.text("SHOW search_path").await, "mes, public");
    // And inside again, when such a function fails and takes the call with it.
    db.psql("CREATE FUNCTION mes.breaks() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1 / 0; END'");
    db.psql("CREATE TRIGGER e BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.breaks()");
    assert_eq!(start_job(&session, &key, "JOB-1004").await, "internal");
    db.psql("DROP TRIGGER e ON mes.jobs; TRUNCATE mes.host_notes");
    assert_eq!(start_job(&session, &key, "JOB-1004").await, "ok");
    assert_eq!(db.psql("SELECT DISTINCT path FROM mes.host_notes ORDER BY 1"), format!("{HOST_PATH}\npg_catalog"));
    assert_eq!(session.text("SHOW search_path").await, "mes, public");
}

/// A policy may call `set_config` without any function of the host, and what a trigger sets outlives it.
#[tokio::test]
async fn a_path_that_the_host_leaves_behind_does_not_apply_to_a_tools_next_statement() {
    let db = Database::fresh();
    let key = db.key("A");
    db.psql(
        "CREATE FUNCTION mes.sprung(mes.job_status, mes.job_status) RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN RAISE NOTICE 'trap ran as %', current_user; RETURN $1::text = $2::text; END $$;
         CREATE OPERATOR mes.= (function = mes.sprung, leftarg = mes.job_status, rightarg = mes.job_status);
         CREATE OPERATOR mes.<> (function = mes.sprung, leftarg = mes.job_status, rightarg = mes.job_status)",
    );
    let session = db.gateway().await;
    let left_behind = [
        "CREATE POLICY host ON mes.jobs AS RESTRICTIVE TO eryxon_mcp_tenant USING (set_config('search_path', 'mes', false) = 'mes')",
        "CREATE FUNCTION mes.leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET search_path = mes; RETURN NEW; END $$;
         CREATE TRIGGER host BEFORE UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.leave()",
        "CREATE OR REPLACE FUNCTION mes.leave() RETURNS trigger LANGUAGE plpgsql SET search_path = mes AS
         $$ BEGIN SET search_path = mes; RETURN NEW; END $$",
    ];
    for way in left_behind {
        db.psql(way);
        db.psql("UPDATE mes.jobs SET status = 'not_started' WHERE job_number = 'JOB-1001'");
        for (tool, arguments) in [
            ("get_job_overview", json!({"id": demo_id("A/job/JOB-1001")})),
            ("start_job", json!({"id": demo_id("A/job/JOB-1001")})),
            ("complete_job", json!({"id": demo_id("A/job/JOB-1001"), "force": true})),
            ("get_dashboard_stats", json!({})),
        ] {
            let answer = call(&session, &key.secret, tool, arguments).await;
            assert_ne!(outcome(&answer), "internal", "{tool}: {answer}");
            assert_eq!(session.notices(), [""; 0], "{tool}, after {way}");
        }
    }
}
