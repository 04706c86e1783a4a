//! Jobs: customers' orders.

pub(in crate::tools) mod complete_job;
pub(in crate::tools) mod create_job;
pub(in crate::tools) mod fetch_jobs;
pub(in crate::tools) mod get_job_overview;
pub(in crate::tools) mod prioritize_job;
pub(in crate::tools) mod resume_job;
pub(in crate::tools) mod start_job;
mod step;
pub(in crate::tools) mod stop_job;
pub(in crate::tools) mod update_job;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{JobStatus, Priority};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::run::values::present;
use crate::sql_args;
use crate::tools::shared::{Progress, with_rules};

/// A job as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Job {
    id: Uuid,
    job_number: String,
    customer: Option<String>,
    status: JobStatus,
    /// The date that counts: the override where there is one, else the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// The ERP's date.
    due_date: Option<DateTime<FixedOffset>>,
    /// Set by people and agents; wins over the ERP's date.
    due_date_override: Option<DateTime<FixedOffset>>,
    /// Past its effective due date and not completed.
    overdue: bool,
    /// Null when nobody gave one.
    priority: Option<Priority>,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    parts: Progress,
    operations: Progress,
    /// Issues and NCRs that are pending.
    open_issues: i64,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    started_at: Option<DateTime<FixedOffset>>,
    completed_at: Option<DateTime<FixedOffset>>,
    /// Only on request (fields), like what follows.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    notes: Option<Option<String>>,
    /// The ERP's id of it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    external_source: Option<Option<String>>,
}

/// The JSON text of one live job, as this call made it.
fn read(call: &Call, id: Uuid) -> String {
    static ONE: LazyLock<String> = LazyLock::new(|| {
        with_rules(concat!(include_str!("one.sql"), include_str!("row.sql"))).replace("{{direction}}", "")
    });
    query::write(&ONE, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
        .unwrap_or_default()
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn operation(cell: &str) -> Value {
        json!({"operation_name": "Cut", "cell_name": cell, "estimated_time_minutes": 10})
    }

    fn part(number: &str, operations: Value) -> Value {
        json!({"part_number": number, "material": "S235", "operations": operations})
    }

    #[pg_test]
    fn a_job_comes_with_its_parts_and_operations() {
        demo();
        let parts = json!([part("N-1", json!([operation("Laser 1"), operation("WELDING")])), part("N-2", json!([]))]);
        let arguments = json!({"job_number": "NEW-1", "customer_name": "Søn", "description": "x", "priority": "high",
                               "due_date": "2031-07-01", "parts": parts});
        let created = call("A", "create_job", &arguments);
        assert_eq!(created["job"]["customer"], "Søn");
        assert_eq!(created["job"]["priority"], "high");
        assert_eq!(created["job"]["status"], "not_started");
        assert_eq!(created["parts"][0]["operations"][1]["cell_id"], json!(id("A/cell/Welding")));
        assert_eq!(created["parts"][0]["operations"][1]["sequence"], 20);
        let row = "FROM mes.jobs WHERE job_number = 'NEW-1'";
        assert_eq!(
            sql(&format!("SELECT metadata || jsonb_build_object('notes', notes) {row}")),
            json!({"priority": "high", "notes": "x"})
        );
        assert_eq!(sql(&format!("SELECT due_date AT TIME ZONE 'Europe/Amsterdam' {row}")), "2031-07-01T00:00:00");
    }

    #[pg_test]
    fn a_job_that_cannot_be_made_leaves_nothing_behind() {
        demo();
        let with = |parts: Value| json!({"job_number": "NEW-1", "parts": parts});
        let taken = refused("A", "create_job", &json!({"job_number": "JOB-1001"}));
        assert_eq!((&taken["code"], &taken["id"]), (&json!("conflict"), &json!(id("A/job/JOB-1001"))));
        assert_eq!(refused("A", "create_job", &json!({"job_number": "JOB-1041"}))["deleted"], true);
        let unknown =
            refused("A", "create_job", &with(json!([part("N-1", json!([operation("Laser 1"), operation("Moon")]))])));
        assert_eq!(unknown["field"], "parts[0].operations[1].cell_name");
        let taken = refused("A", "create_job", &with(json!([part("N-1", json!([])), part("P-1012-01", json!([]))])));
        assert_eq!((&taken["code"], &taken["field"]), (&json!("conflict"), &json!("parts[1].part_number")));
        assert_eq!(
            refused("A", "create_job", &with(json!([part("N", json!([])), part("N", json!([]))])))["code"],
            "invalid_arguments"
        );
        let many: Vec<_> = (0..100).map(|n| part(&format!("N-{n}"), json!(vec![operation("Laser 1"); 11]))).collect();
        assert_eq!(refused("A", "create_job", &with(json!(many)))["code"], "limit_exceeded");
        assert_eq!(refused("C", "create_job", &with(json!([])))["code"], "limit_exceeded");
        assert_eq!(refused("D", "create_job", &with(json!([])))["code"], "invalid_state");
        assert_eq!(sql("SELECT count(*) FROM mes.jobs WHERE job_number = 'NEW-1'"), 0);
        assert_eq!(sql("SELECT count(*) FROM mes.parts WHERE part_number LIKE 'N%'"), 0);
    }

    #[pg_test]
    fn an_update_tells_old_and_new_values_and_keeps_the_erps_date() {
        demo();
        let job = id("A/job/JOB-1002");
        let update = |fields: Value| {
            let mut arguments = fields;
            arguments["id"] = json!(job);
            call("A", "update_job", &arguments)
        };
        let erp = sql("SELECT due_date FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1002')");
        let changed =
            update(json!({"status": "in_progress", "due_date": "2031-07-01", "priority": "urgent", "notes": "one"}));
        assert_eq!(changed["changes"]["status"], json!({"old": "not_started", "new": "in_progress"}));
        assert_eq!(changed["changes"]["priority"], json!({"old": null, "new": "urgent"}));
        assert_eq!(changed["job"]["due_date"], erp);
        assert_eq!(changed["job"]["effective_due_date"], changed["changes"]["due_date_override"]["new"]);
        assert!(changed["job"]["started_at"].is_string());
        assert_eq!(update(json!({"append_notes": "two"}))["changes"]["notes"]["new"], "one\n\ntwo");
        let cleared = update(json!({"due_date": null, "notes": null, "priority": null}));
        assert_eq!(cleared["changes"].as_object().map(|changes| changes.len()), Some(3));
        assert_eq!(cleared["job"]["effective_due_date"], erp);
        Spi::run("UPDATE mes.jobs SET updated_at = '2020-01-01Z'").expect("an older time");
        let same = update(json!({"status": "in_progress", "notes": null}));
        assert_eq!(same["changes"], json!({}));
        assert_eq!(sql("SELECT extract(year FROM max(updated_at)) FROM mes.jobs"), 2020);
    }

    #[pg_test]
    fn an_update_that_must_not_be_is_refused() {
        demo();
        let update = |job: &str, fields: Value| {
            let mut arguments = fields;
            arguments["id"] = json!(id(job));
            refused("A", "update_job", &arguments)
        };
        let completed = update("A/job/JOB-1002", json!({"status": "completed"}));
        assert_eq!(
            (&completed["code"], &completed["allowed"]),
            (&json!("invalid_state"), &json!(["in_progress", "on_hold"]))
        );
        assert!(completed["hint"].as_str().is_some_and(|hint| hint.contains("complete_job")), "{completed}");
        assert_eq!(update("A/job/JOB-1002", json!({}))["code"], "invalid_arguments");
        let stale = update("A/job/JOB-1002", json!({"notes": "x", "expected_status": "on_hold"}));
        assert_eq!((&stale["code"], &stale["status"]), (&json!("conflict"), &json!("not_started")));
        let stale = update("A/job/JOB-1002", json!({"notes": "x", "if_updated_at": "2020-01-01T00:00:00Z"}));
        assert!(stale["updated_at"].is_string(), "{stale}");
        for missing in ["A/job/JOB-1041", "B/job/JOB-1001", "nothing"] {
            let refused = update(missing, json!({"notes": "x"}));
            assert_eq!(refused["message"], format!("job not found: {}", id(missing)));
        }
    }

    #[pg_test]
    fn a_stopped_job_tells_what_still_runs_and_can_be_resumed() {
        demo();
        let running = "FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id AND p.deleted_at IS NULL
                        WHERE p.job_id = j.id AND o.deleted_at IS NULL";
        let entries = format!(
            "(SELECT count(*) FROM mes.time_entries t WHERE t.end_time IS NULL
                                   AND t.operation_id IN (SELECT o.id {running}))"
        );
        let job = sql(&format!(
            "SELECT j.id FROM mes.jobs j WHERE j.tenant_id = mes_demo_id('A') AND j.deleted_at IS NULL
                                   AND j.status = 'in_progress' AND {entries} > 0 ORDER BY j.id LIMIT 1"
        ));
        let of_job = |value: &str| sql(&format!("SELECT {value} FROM mes.jobs j WHERE j.id = {job}").replace('"', "'"));
        let in_progress = of_job(&format!("(SELECT count(*) {running} AND o.status = 'in_progress')"));
        let (entries, notes) = (of_job(&entries), of_job("coalesce(notes || E'\\n\\n', '')"));
        assert!(in_progress.as_i64() > Some(0) && entries.as_i64() > Some(0), "{in_progress} {entries}");
        let started = of_job("started_at");

        let stopped = call("A", "stop_job", &json!({"job_id": job, "reason": "No material"}));
        assert_eq!(
            (&stopped["job"]["status"], &stopped["previous_status"]),
            (&json!("on_hold"), &json!("in_progress"))
        );
        assert_eq!((&stopped["operations_in_progress"], &stopped["running_time_entries"]), (&in_progress, &entries));
        assert_eq!(of_job("notes"), format!("{}[stopped] No material", notes.as_str().unwrap_or_default()));
        assert_eq!(of_job(&format!("(SELECT count(*) {running} AND o.status = 'in_progress')")), in_progress);

        let resumed = call("A", "resume_job", &json!({"id": job}));
        assert_eq!(
            (&resumed["job"]["status"], &resumed["previous_status"]),
            (&json!("in_progress"), &json!("on_hold"))
        );
        assert_eq!(of_job("started_at"), started);
        let notes = of_job("notes");
        call("A", "stop_job", &json!({"id": job}));
        assert_eq!(of_job("notes"), notes);
    }

    #[pg_test]
    fn a_job_is_stopped_and_resumed_from_one_state_each() {
        demo();
        let of_status = |status: &str| {
            sql(&format!(
                "SELECT id FROM mes.jobs WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NULL
                             AND status = '{status}' ORDER BY id LIMIT 1"
            ))
        };
        for (tool, status, allowed_from) in [
            ("stop_job", "not_started", "in_progress"),
            ("stop_job", "on_hold", "in_progress"),
            ("stop_job", "completed", "in_progress"),
            ("resume_job", "not_started", "on_hold"),
            ("resume_job", "in_progress", "on_hold"),
            ("resume_job", "completed", "on_hold"),
        ] {
            let error = refused("A", tool, &json!({"id": of_status(status)}));
            assert_eq!((&error["code"], &error["from"]), (&json!("invalid_state"), &json!(status)), "{tool}");
            assert_eq!(error["allowed_from"], json!([allowed_from]), "{tool}");
        }
        for missing in ["A/job/JOB-1041", "B/job/JOB-1001", "nothing"] {
            for tool in ["stop_job", "resume_job"] {
                assert_eq!(refused("A", tool, &json!({"id": id(missing)}))["code"], "not_found", "{tool} {missing}");
            }
        }
        let job = of_status("in_progress");
        Spi::run("UPDATE mes.jobs SET notes = repeat('x', 19990)").expect("long notes");
        let error = refused("A", "stop_job", &json!({"id": job, "reason": "too much"}));
        assert_eq!((&error["code"], &error["field"]), (&json!("limit_exceeded"), &json!("reason")));
        assert_eq!(refused("A", "stop_job", &json!({"id": job, "reason": ""}))["code"], "invalid_arguments");
        assert_eq!(of_status("in_progress"), job);
    }

    #[pg_test]
    fn columns_that_are_not_asked_for_are_not_shown() {
        demo();
        let job = |arguments: Value| call("A", "fetch_jobs", &arguments)["jobs"][0].clone();
        let slim = job(json!({"search": "JOB-1005"}));
        assert!(slim.get("notes").is_none() && slim.get("search_vector").is_none(), "{slim}");
        let more = job(json!({"search": "JOB-1005", "fields": ["notes", "external_id"]}));
        assert_eq!((&more["notes"], &more["external_id"]), (&json!("Deliver together with JOB-1001"), &Value::Null));
        let refused = refused("A", "fetch_jobs", &json!({"fields": ["search_vector"]}));
        assert_eq!(refused["accepted"], json!(["notes", "external_id", "external_source"]));
    }

    #[pg_test]
    fn pages_hold_every_job_once_in_every_order() {
        demo();
        for order in ["newest", "due_date", "job_number"] {
            let arguments = json!({"order": order, "limit": 7});
            assert_eq!(page_through("A", "fetch_jobs", "jobs", &arguments), 40, "{order}");
        }
    }
}
