//! Rules of the application by which PostgreSQL would refuse what tools do: they are told beforehand, with what mends them.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::{call, demo_id};
use serde_json::json;

use super::check::{WRONG, check};
use super::{findings, host, install};

/// Rules of the application that stop all calls, the statement that mends them (with it the call works), and the tool that they stop.
#[tokio::test]
async fn what_policies_of_the_application_need_is_asked_for_and_enough() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql(
        "CREATE TABLE mes.members (t uuid); ALTER TABLE mes.members ENABLE ROW LEVEL SECURITY;
         CREATE FUNCTION mes.whose() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'; REVOKE ALL ON FUNCTION mes.whose() FROM PUBLIC;
         CREATE POLICY theirs ON mes.members USING (t = mes.whose());
         CREATE POLICY everywhere ON mes.jobs USING (tenant_id = mes.whose());
         CREATE POLICY own ON mes.activity_log FOR INSERT WITH CHECK (tenant_id IN (SELECT t FROM mes.members));
         CREATE POLICY own ON mes.substeps FOR INSERT WITH CHECK (tenant_id IN (SELECT p.t FROM mes.members p))",
    );
    let session = db.superuser().await;
    let attach = "SELECT eryxon_mcp.mcp_attach_mes('mes')";
    let error = session.batch_execute(attach).await.expect_err("no call could be recorded");
    let hint = error.as_db_error().expect("an SQL error").hint().expect("a hint").to_owned();
    assert_eq!(
        hint,
        format!(
            "GRANT EXECUTE ON FUNCTION mes.whose() TO eryxon_mcp_recorder;\n\
             GRANT SELECT (t) ON TABLE mes.members TO eryxon_mcp_recorder;\n{attach};"
        )
    );
    db.psql(&hint);
    session.batch_execute("SET search_path = eryxon_mcp, pg_temp").await.unwrap();
    let secret = session.text(&format!("SELECT api_key FROM generate_mcp_key('{}', 'k')", demo_id("A"))).await;
    // Reading needs nothing of a permissive policy.
    assert!(succeeded(&call(&session, &secret, "fetch_jobs", json!({"limit": 1})).await));
    let arguments = json!({"operation_id": db.psql(&format!("SELECT id FROM mes.operations WHERE tenant_id = '{}' AND status = 'not_started' LIMIT 1", demo_id("A"))), "name": "x"});
    assert_eq!(outcome(&call(&session, &secret, "add_substep", arguments.clone()).await), "unavailable");
    let mend = db.psql("SELECT string_agg(DISTINCT statement, ' ') FROM eryxon_mcp.mcp_findings_of_mes() WHERE statement LIKE 'GRANT%'");
    assert_eq!(
        mend,
        "GRANT EXECUTE ON FUNCTION mes.whose() TO eryxon_mcp_tenant; GRANT SELECT (t) ON TABLE mes.members TO eryxon_mcp_tenant;"
    );
    db.psql(&format!("{mend}; {attach}"));
    let answer = call(&session, &secret, "add_substep", arguments).await;
    assert!(succeeded(&answer), "{answer}");
    assert_eq!(findings(&db), "", "and what was granted is no finding");
    // Later, the doctor tells.
    db.psql("REVOKE EXECUTE ON FUNCTION mes.whose() FROM eryxon_mcp_recorder");
    assert_eq!(session.sqlstate(&format!("SELECT mcp_call_tool('{secret}', 'fetch_jobs', '{{}}')")).await, "42501");
    let severe = db.psql("SELECT severity, statement FROM eryxon_mcp.mcp_findings_of_mes()");
    assert_eq!(severe, "severe|GRANT EXECUTE ON FUNCTION mes.whose() TO eryxon_mcp_recorder;");
}

#[tokio::test]
async fn tools_cannot_use_a_view_in_a_tables_place_nor_fill_a_column_that_they_do_not_know() {
    let db = host("BYPASSRLS");
    install(&db);
    db.psql(
        "ALTER TABLE mes.scrap_reasons RENAME TO reasons; CREATE VIEW mes.scrap_reasons AS SELECT * FROM mes.reasons;
         ALTER TABLE mes.substeps ADD plant text NOT NULL DEFAULT 'x'; ALTER TABLE mes.substeps ALTER plant DROP DEFAULT;",
    );
    let verdict = |tool: &str| {
        db.psql(&format!("SELECT verdict, reason FROM eryxon_mcp.mcp_tool_verdicts('mes') WHERE tool = '{tool}'"))
    };
    assert_eq!(
        verdict("report_scrap"),
        "cannot|table scrap_reasons (an object of that name exists but is not a table)"
    );
    let reason = "column plant may not be null and has no default, and no tool fills it: INSERT of the table fails";
    assert_eq!(verdict("add_substep"), format!("cannot|{reason}"));
    assert_eq!(verdict("fetch_jobs"), "works|");
    let told = check(&db, WRONG);
    assert!(!told.contains("ALTER TABLE mes.scrap_reasons"), "{told}");
}
