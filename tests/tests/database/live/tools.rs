//! All tools on a live database, with its oddities (missing columns, rows without a status, orphans, the application's triggers): expected
//! values come from SQL of this file.

use std::collections::BTreeSet;

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::live::{Columns, Live, Owner, SCHEMA, with_ids};
use eryxon_mcp_tests::{Session, call, demo_id};
use serde_json::Value;
use uuid::Uuid;

/// A call with A's key, its outcome, and SQL for some values of its answer. `{A/job/JOB-1002}` is an id.
type Call = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The first moment of the thirty days that tools look back on without an argument.
const SINCE: &str = "((now() AT TIME ZONE 'Europe/Amsterdam')::date - 29)::timestamp AT TIME ZONE 'Europe/Amsterdam'";

/// The lots of live jobs.
const LOTS: &str = "operation_quantities q JOIN operations o ON o.id = q.operation_id JOIN parts p ON p.id = o.part_id
    JOIN jobs j ON j.id = p.job_id AND j.deleted_at IS NULL";

const READS: [Call; 29] = [
    (
        "fetch_jobs",
        r#"{"include_total": true}"#,
        "ok",
        &[("/total", "SELECT count(*) FROM jobs WHERE tenant_id = '{A}' AND deleted_at IS NULL")],
    ),
    (
        "fetch_jobs",
        r#"{"include_total": true, "status": "not_started"}"#,
        "ok",
        // Without a status, a job is not started.
        &[("/total", "SELECT count(*) FROM jobs WHERE tenant_id = '{A}' AND deleted_at IS NULL AND coalesce(status, 'not_started') = 'not_started'")],
    ),
    (
        "fetch_parts",
        r#"{"include_total": true}"#,
        "ok",
        &[("/total", "SELECT count(*) FROM parts p JOIN jobs j ON j.id = p.job_id WHERE p.tenant_id = '{A}' AND j.deleted_at IS NULL")],
    ),
    // A part of another tenant is below this job.
    ("fetch_parts", r#"{"include_total": true, "job_number": "JOB-1001"}"#, "ok", &[("/total", "SELECT 2")]),
    (
        "fetch_tasks",
        r#"{"include_total": true}"#,
        "ok",
        &[("/total", "SELECT count(*) FROM operations o JOIN parts p ON p.id = o.part_id JOIN jobs j ON j.id = p.job_id
                       WHERE o.tenant_id = '{A}' AND j.deleted_at IS NULL")],
    ),
    (
        "fetch_operations",
        r#"{"include_total": true, "status": "completed"}"#,
        "ok",
        &[("/total", "SELECT count(*) FROM operations o JOIN parts p ON p.id = o.part_id JOIN jobs j ON j.id = p.job_id
                       WHERE o.tenant_id = '{A}' AND j.deleted_at IS NULL AND o.status = 'completed'")],
    ),
    ("fetch_issues", r#"{"include_total": true}"#, "ok", &[("/total", "SELECT count(*) FROM issues WHERE tenant_id = '{A}'")]),
    (
        "fetch_ncrs",
        r#"{"include_total": true}"#,
        "ok",
        &[("/total", "SELECT count(*) FROM issues WHERE tenant_id = '{A}' AND issue_type = 'ncr'")],
    ),
    (
        "fetch_substeps",
        r#"{"include_total": true, "job_number": "JOB-1002"}"#,
        "ok",
        &[("/total", "SELECT count(*) FROM substeps WHERE operation_id = '{A/operation/PN-1002-1/1}'")],
    ),
    (
        "fetch_scrap_reasons",
        r#"{"include_total": true}"#,
        "ok",
        &[("/total", "SELECT count(*) FROM scrap_reasons WHERE tenant_id = '{A}' AND active")],
    ),
    (
        "get_issue_analytics",
        "{}",
        "ok",
        &[("/total/count", "SELECT count(*) FROM issues WHERE tenant_id = '{A}' AND created_at >= $since")],
    ),
    ("get_issue_trends", "{}", "ok", &[]),
    ("get_root_cause_analysis", "{}", "ok", &[("/groups/0/root_cause", "SELECT max(root_cause) FROM issues WHERE tenant_id = '{A}'")]),
    ("suggest_quality_improvements", "{}", "ok", &[]),
    (
        "get_dashboard_stats",
        "{}",
        "ok",
        &[
            ("/jobs/by_status/completed", "SELECT count(*) FROM jobs WHERE tenant_id = '{A}' AND status = 'completed'"),
            ("/issues/open_by_severity/critical", "SELECT count(*) FROM issues WHERE tenant_id = '{A}' AND severity = 'critical'"),
            ("/running_time_entries", "SELECT count(*) FROM time_entries WHERE tenant_id = '{A}' AND end_time IS NULL
                AND operation_id NOT IN (SELECT o.id FROM operations o JOIN parts p ON p.id = o.part_id WHERE p.job_id = '{A/job/JOB-1022}')"),
        ],
    ),
    ("get_qrm_data", "{}", "ok", &[("/cells/0/wip_limit", "SELECT wip_limit FROM cells WHERE id = '{A/cell/Laser 1}'")]),
    (
        "get_production_metrics",
        "{}",
        "ok",
        &[
            // What the application never writes down follows from the operations or, failing these, the time entries; of two jobs nothing
            // is known.
            ("/current/jobs/completed", "SELECT count(*) FROM (
                SELECT coalesce(max(o.completed_at), max(t.end_time)) AS at
                  FROM jobs j JOIN parts p ON p.job_id = j.id JOIN operations o ON o.part_id = p.id LEFT JOIN time_entries t ON t.operation_id = o.id
                 WHERE j.tenant_id = '{A}' AND j.status = 'completed' GROUP BY j.id) done WHERE at >= $since"),
            ("/current/pieces/produced", "SELECT sum(quantity_produced) FROM $lots WHERE q.tenant_id = '{A}' AND recorded_at >= $since"),
        ],
    ),
    (
        "get_scrap_analytics",
        "{}",
        "ok",
        &[("/total/scrap_pieces", "SELECT sum(quantity_scrap) FROM $lots WHERE q.tenant_id = '{A}' AND recorded_at >= $since")],
    ),
    ("get_scrap_trends", "{}", "ok", &[]),
    (
        "get_yield_metrics",
        "{}",
        "ok",
        &[("/overall/pieces/good", "SELECT sum(quantity_good) FROM $lots WHERE q.tenant_id = '{A}' AND recorded_at >= $since")],
    ),
    // One lot is split over two reasons; the split has no tenant of its own.
    ("get_scrap_pareto", "{}", "ok", &[("/rows/0/code", "SELECT 'MAT-01'")]),
    ("get_quality_score", "{}", "ok", &[]),
    ("fetch_parts_by_customer", r#"{"customer": "50%_off B.V."}"#, "ok", &[("/jobs/0/customer", "SELECT '50%_off B.V.'")]),
    ("get_job_overview", r#"{"job_number": "JOB-1004"}"#, "ok", &[("/job/job_number", "SELECT 'JOB-1004'")]),
    (
        "check_resource_availability",
        r#"{"resource_name": "Fixture 7"}"#,
        "ok",
        // B's resource has the same name.
        &[("/total", "SELECT 1"), ("/resources/0/resource_id", "SELECT '{A/resource/Fixture 7}'")],
    ),
    ("get_cell_capacity", "{}", "ok", &[("/totals/cells", "SELECT count(*) FROM cells WHERE tenant_id = '{A}' AND active AND deleted_at IS NULL")]),
    ("get_parts_due_soon", "{}", "ok", &[]),
    ("suggest_reschedule", r#"{"job_number": "JOB-1003"}"#, "ok", &[("/job_number", "SELECT 'JOB-1003'")]),
    ("get_job_overview", r#"{"job_number": "JOB-1022"}"#, "not_found", &[]),
];

const WRITES: [Call; 35] = [
    ("create_job", r#"{"job_number": "NEW-1", "customer": "New"}"#, "ok", &[("/job/status", "SELECT 'not_started'")]),
    ("create_job", r#"{"job_number": "JOB-1022"}"#, "conflict", &[]),
    ("update_job", r#"{"job_number": "JOB-1001", "append_notes": "x"}"#, "ok", &[]),
    ("start_job", r#"{"job_number": "JOB-1001"}"#, "ok", &[("/job/status", "SELECT 'in_progress'")]),
    ("start_job", r#"{"job_number": "JOB-1021"}"#, "ok", &[]),
    ("stop_job", r#"{"job_number": "JOB-1002", "reason": "x"}"#, "ok", &[]),
    ("complete_job", r#"{"job_number": "JOB-1006", "force": true}"#, "ok", &[("/completed_parts", "SELECT 2")]),
    ("resume_job", r#"{"job_number": "JOB-1003"}"#, "ok", &[]),
    ("update_part", r#"{"part_number": "PN-1021-1", "status": "in_progress"}"#, "ok", &[]),
    ("update_part", r#"{"part_number": "PN-STRAY", "append_notes": "x"}"#, "not_found", &[]),
    ("update_task", r#"{"id": "{A/operation/PN-1001-1/1}", "status": "in_progress"}"#, "ok", &[]),
    ("start_operation", r#"{"id": "{A/operation/PN-1001-1/1}", "operator_id": "{A/profile/jan.smit}"}"#, "ok", &[]),
    ("start_operation", r#"{"id": "{A/operation/PN-1021-1/1}"}"#, "ok", &[]),
    ("start_operation", r#"{"id": "{A/operation/PN-1003-1/2}"}"#, "invalid_state", &[]),
    ("pause_operation", r#"{"id": "{A/operation/PN-1002-1/2}"}"#, "ok", &[]),
    ("complete_operation", r#"{"id": "{A/operation/PN-1002-1/2}", "force": true}"#, "ok", &[("/operation/status", "SELECT 'completed'")]),
    (
        "update_operation",
        r#"{"id": "{A/operation/PN-1001-1/2}", "assigned_operator_id": "{A/profile/milan.petrovic}"}"#,
        "ok",
        &[],
    ),
    (
        "create_ncr",
        r#"{"operation_id": "{A/operation/PN-1002-1/2}", "severity": "high", "ncr_category": "dimensional", "title": "x",
            "description": "x", "reported_by_id": "{A/profile/jan.smit}"}"#,
        "ok",
        // The application's NCRs of this year come first.
        &[("/ncr/ncr_number", "SELECT format('NCR-%s-%s', y, lpad((1 + count(*))::text, 4, '0'))
              FROM issues, to_char(now() AT TIME ZONE 'Europe/Amsterdam', 'YYYY') y
             WHERE tenant_id = '{A}' AND issue_type = 'ncr' AND to_char(created_at AT TIME ZONE 'Europe/Amsterdam', 'YYYY') = y GROUP BY y")],
    ),
    ("update_issue", r#"{"id": "{A/issue/standstill}", "status": "approved", "resolution_notes": "x", "reviewed_by": "{A/profile/anna.devries}"}"#, "ok", &[]),
    ("update_issue", r#"{"id": "{A/issue/7}", "status": "approved", "resolution_notes": "x", "reviewed_by": "{A/profile/anna.devries}"}"#, "ok", &[]),
    ("add_substep", r#"{"operation_id": "{A/operation/PN-1002-1/2}", "name": "x"}"#, "ok", &[]),
    ("complete_substep", r#"{"id": "{A/substep/1002-1/1/4}"}"#, "ok", &[]),
    ("complete_substep", r#"{"id": "{A/substep/orphan/1}"}"#, "not_found", &[]),
    ("update_substep", r#"{"id": "{A/substep/1003-1/1/3}", "notes": "x"}"#, "ok", &[]),
    ("delete_substep", r#"{"id": "{A/substep/1003-1/1/3}"}"#, "ok", &[]),
    ("report_scrap", r#"{"operation_id": "{A/operation/PN-1002-1/2}", "quantity_scrap": 1, "scrap_reason_code": "MAT-01"}"#, "ok", &[]),
    ("batch_update_parts", r#"{"scope": {"job_number": "JOB-1001"}, "updates": {"is_bullet_card": true}}"#, "ok", &[("/changed", "SELECT 2")]),
    ("batch_reschedule_operations", r#"{"scope": {"job_number": "JOB-1001"}, "schedule": {"shift_days": 1}}"#, "ok", &[("/changed", "SELECT 6")]),
    ("prioritize_job", r#"{"job_number": "JOB-1005"}"#, "ok", &[("/changed", "SELECT 2")]),
    ("batch_complete_operations", r#"{"scope": {"job_number": "JOB-1002"}, "filter": {"status": "in_progress"}, "force": true}"#, "ok", &[("/changed", "SELECT 1")]),
    ("assign_resource_to_operations", r#"{"resource_name": "Punch 3", "operation_ids": ["{A/operation/PN-1001-1/2}"], "force": true}"#, "ok", &[]),
    // Another tenant's.
    ("start_job", r#"{"id": "{B/job/JOB-1001}"}"#, "not_found", &[]),
    ("start_operation", r#"{"id": "{A/operation/PN-1001-1/1}", "operator_id": "{B/profile/jan.smit}"}"#, "not_found", &[]),
    ("update_part", r#"{"id": "{B/part/PN-STRAY}", "append_notes": "x"}"#, "not_found", &[]),
    ("complete_substep", r#"{"id": "{B/substep/1002-1/1/2}"}"#, "not_found", &[]),
];

/// The ids of all rows of B.
async fn ids_of_b(superuser: &Session) -> BTreeSet<Uuid> {
    let tables = "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                   WHERE attname IN ('id', 'tenant_id') AND relnamespace = 'public'::regnamespace AND relkind = 'r'
                   GROUP BY 1 HAVING count(*) = 2";
    let mut ids = BTreeSet::from([demo_id("B")]);
    for table in superuser.query(tables, &[]).await.expect("the catalog can be read") {
        let sql = format!("SELECT id FROM {} WHERE tenant_id = $1", table.get::<_, &str>(0));
        let rows = superuser.query(&sql, &[&demo_id("B")]).await.expect("these tables have an id");
        ids.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
    }
    assert!(ids.len() > 300, "{} rows of B", ids.len());
    ids
}

/// The ids in a text.
fn ids_in(text: &str) -> BTreeSet<Uuid> {
    let parts = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    parts.filter_map(|part| Uuid::parse_str(part).ok()).collect()
}

#[tokio::test]
async fn every_tool_works_on_a_live_database() {
    for (owner, columns) in
        [(Owner::Plain, Columns::Missing), (Owner::Plain, Columns::NeverFilled), (Owner::Bypassrls, Columns::Missing)]
    {
        let live = Live::with(owner, columns);
        live.install();
        live.attach();
        live.new_gateway();
        let key = live.new_key("A").secret;
        let (gateway, superuser) = (live.gateway_in_transactions().await, live.superuser().await);
        superuser.batch_execute("SET search_path = public").await.unwrap();
        let (mut failed, theirs) = (Vec::new(), ids_of_b(&superuser).await);
        for (tool, arguments, expected, values) in READS.iter().chain(&WRITES) {
            let what = format!("{tool} {arguments} ({owner:?}, {columns:?})");
            let arguments: Value = serde_json::from_str(&with_ids(arguments)).expect(arguments);
            let given = ids_in(&arguments.to_string());
            gateway.batch_execute("BEGIN").await.unwrap();
            let answer = call(&gateway, &key, tool, arguments).await;
            gateway.batch_execute("ROLLBACK").await.unwrap();
            // It may say which id it does not know.
            let shown: Vec<_> =
                ids_in(&answer.to_string()).intersection(&theirs).filter(|id| !given.contains(*id)).copied().collect();
            assert!(shown.is_empty(), "{what} shows {shown:?} of another tenant: {answer}");
            if outcome(&answer) != *expected {
                failed.push(format!("{what}: {answer}"));
                continue;
            }
            for (pointer, sql) in *values {
                let sql = with_ids(&sql.replace("$since", SINCE).replace("$lots", LOTS));
                let value = superuser.text(&format!("SELECT to_jsonb(v)::text FROM ({sql}) AS q (v)")).await;
                let value: Value = serde_json::from_str(&value).expect("JSON");
                let found = answer["result"]["structuredContent"].pointer(pointer);
                if found != Some(&value) {
                    failed.push(format!("{what}{pointer}: {found:?} instead of {value}"));
                }
            }
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));

        let tried: BTreeSet<_> = READS.iter().chain(&WRITES).map(|(tool, ..)| *tool).collect();
        let tools = live.psql(&format!("SELECT name FROM {SCHEMA}.mcp_tool_catalog()"));
        assert_eq!(tried, tools.lines().collect(), "each tool is tried");
    }
}
