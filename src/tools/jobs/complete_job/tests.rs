//! Tests of completing and reopening jobs.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::{approve_all, column, set};
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    /// Counts of what is open of a job: parts, operations, time entries, NCRs.
    fn open(job: &str) -> Value {
        let of = format!("p.job_id = mes_demo_id('{job}') AND p.deleted_at IS NULL");
        let operations =
            format!("mes.operations o JOIN mes.parts p ON p.id = o.part_id AND {of} AND o.deleted_at IS NULL");
        sql(&format!(
            "SELECT json_build_array((SELECT count(*) FROM mes.parts p WHERE {of} AND p.status <> 'completed'),
                    (SELECT count(*) FROM {operations} WHERE o.status <> 'completed'),
                    (SELECT count(*) FROM mes.time_entries t JOIN {operations} ON o.id = t.operation_id WHERE t.end_time IS NULL),
                    (SELECT count(*) FROM mes.issues i JOIN {operations} ON o.id = i.operation_id
                      WHERE i.issue_type = 'ncr' AND i.status = 'pending'))"
        ))
    }

    fn not_completed(job: &str, force: bool) -> Value {
        let before = (column(job, "to_jsonb(jobs)"), open(job));
        let error = refused("A", "complete_job", &json!({"id": id(job), "force": force}));
        assert_eq!((column(job, "to_jsonb(jobs)"), open(job)), before);
        error
    }

    #[pg_test]
    fn a_job_whose_parts_are_all_completed_is_completed() {
        demo();
        let job = "A/job/JOB-1026";
        assert_eq!(open(job), json!([0, 0, 0, 0]));
        let done = call("A", "complete_job", &json!({"job_number": "job-1026"}));
        assert_eq!((&done["previous_status"], &done["job"]["status"]), (&json!("in_progress"), &json!("completed")));
        let counts = ["completed_parts", "completed_operations", "ended_time_entries"].map(|count| &done[count]);
        assert_eq!(counts, [&json!(0); 3]);
        assert_eq!(done["warnings"], json!([]));
        assert_eq!(column(job, "json_build_array(completed_at = now(), current_cell_id)"), json!([true, null]));
    }

    #[pg_test]
    fn what_is_open_is_counted_and_its_first_is_named() {
        demo();
        let job = "A/job/JOB-1012";
        let error = not_completed(job, false);
        let counts =
            ["open_parts", "open_operations", "running_time_entries", "open_ncrs"].map(|count| error[count].clone());
        assert_eq!(json!(counts), open(job));
        let named = |reason: &str| {
            error["blocked_by"].as_array().into_iter().flatten().filter(|row| row["reason"] == reason).count()
        };
        let expected = [10, 10, 4, 2];
        assert_eq!(["open_part", "open_operation", "running_time_entry", "open_ncr"].map(named), expected);
        for force in [false, true] {
            let error = not_completed("A/job/JOB-1013", force);
            assert_eq!((&error["code"], error.get("standstill_issues").is_some()), (&json!("invalid_state"), force));
        }
        // Only the NCR is left.
        Spi::run(
            "UPDATE mes.operations SET status = 'completed' WHERE part_id IN (SELECT id FROM mes.parts WHERE job_id = mes_demo_id('A/job/JOB-1025'));
             UPDATE mes.parts SET status = 'completed' WHERE job_id = mes_demo_id('A/job/JOB-1025')",
        )
        .expect("rows");
        let job = "A/job/JOB-1025";
        assert_eq!(not_completed(job, false)["open_ncrs"], 1);
        let done = call("A", "complete_job", &json!({"id": id(job), "force": true}));
        assert_eq!((&done["warnings"][0]["kind"], &done["warnings"][0]["count"]), (&json!("open_ncrs"), &json!(1)));
        assert_eq!(open(job), json!([0, 0, 0, 1]));
    }

    #[pg_test]
    fn force_completes_parts_and_operations_with_the_job() {
        demo();
        let job = "A/job/JOB-1012";
        approve_all();
        let before = open(job);
        let told = "SELECT count(*) FROM mes.notifications WHERE type = 'part_completed' AND created_at = now()";
        let done = call("A", "complete_job", &json!({"id": id(job), "force": true}));
        let counts = ["completed_parts", "completed_operations", "ended_time_entries"].map(|count| done[count].clone());
        assert_eq!(json!(counts), json!([before[0], before[1], before[2]]));
        assert_eq!(open(job), json!([0, 0, 0, 0]));
        assert_eq!(sql(told), json!(before[0].as_i64().map(|parts| parts * 2)));
        let rest = format!(
            "part_id IN (SELECT id FROM mes.parts WHERE job_id = mes_demo_id('{job}') AND deleted_at IS NULL) AND deleted_at IS NULL"
        );
        let whole = format!(
            "SELECT bool_and(completed_at IS NOT NULL AND completion_percentage = 100 AND status_before_hold IS NULL) FROM mes.operations WHERE {rest}"
        );
        assert_eq!(sql(&whole), true);
        // What was deleted stays as it was.
        assert_ne!(
            sql(
                "SELECT count(*) FROM mes.parts WHERE job_id = mes_demo_id('A/job/JOB-1012') AND status <> 'completed'"
            ),
            0
        );
        let kinds: Vec<_> =
            done["warnings"].as_array().into_iter().flatten().map(|warning| warning["kind"].clone()).collect();
        assert_eq!(kinds, [json!("ended_time_entries"), json!("unfinished_substeps")]);
    }

    #[pg_test]
    fn a_job_on_hold_needs_force_and_one_that_was_not_begun_cannot() {
        demo();
        let job = "A/job/JOB-1029";
        let error = not_completed(job, false);
        assert_eq!((&error["code"], &error["from"]), (&json!("invalid_state"), &json!("on_hold")));
        let done = call("A", "complete_job", &json!({"id": id(job), "force": true}));
        assert_eq!((&done["previous_status"], open(job)), (&json!("on_hold"), json!([0, 0, 0, 1])));
        for (job, from) in [("A/job/JOB-1001", "not_started"), ("A/job/JOB-1031", "completed")] {
            let error = not_completed(job, true);
            assert_eq!((&error["from"], &error["allowed_from"]), (&json!(from), &json!(["in_progress", "on_hold"])));
        }
        for nobody in ["nothing", "B/job/JOB-1001", "A/job/JOB-1041"] {
            assert_eq!(refused("A", "complete_job", &json!({"id": id(nobody)}))["code"], "not_found");
        }
    }

    #[pg_test]
    fn time_on_completed_operations_is_ended_and_booked() {
        demo();
        let entry = "SELECT operation_id FROM mes.time_entries WHERE id = mes_demo_id('A/time_entry/475')";
        let job = sql(&format!(
            "SELECT p.job_id FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id WHERE o.id = ({entry})"
        ));
        let error = refused("A", "complete_job", &json!({"id": job}));
        assert!(error["running_time_entries"].as_i64() > Some(0), "{error}");
        approve_all();
        call("A", "complete_job", &json!({"id": job, "force": true}));
        let sum = format!(
            "SELECT o.actual_time = (SELECT sum(duration) FROM mes.time_entries t WHERE t.operation_id = o.id) FROM mes.operations o WHERE id = ({entry})"
        );
        assert_eq!(sql(&sum), true);
        // Begun five hours before the demo factory was loaded, which was some minutes ago.
        let since =
            "SELECT duration - 300 BETWEEN 0 AND extract(epoch FROM clock_timestamp() - demo_data_seeded_at) / 60 + 1
                       FROM mes.time_entries e JOIN mes.tenants t ON t.id = e.tenant_id
                      WHERE e.id = mes_demo_id('A/time_entry/475')";
        assert_eq!(sql(since), true);
    }

    #[pg_test]
    fn a_job_is_reopened_with_a_reason_and_its_parts_stay() {
        demo();
        let job = "A/job/JOB-1031";
        let update = |fields: Value| {
            let mut arguments = fields;
            arguments["job_number"] = json!("JOB-1031");
            arguments
        };
        let unexplained = refused("A", "update_job", &update(json!({"status": "in_progress"})));
        assert_eq!((&unexplained["code"], &unexplained["field"]), (&json!("invalid_arguments"), &json!("reason")));
        let started = column(job, "started_at");
        let reopened =
            call("A", "update_job", &update(json!({"status": "in_progress", "reason": "Came back", "notes": "New"})));
        assert_eq!(reopened["changes"]["status"], json!({"old": "completed", "new": "in_progress"}));
        assert_eq!(
            column(job, "json_build_array(completed_at, started_at, notes)"),
            json!([null, started, "New\n\n[reopened] Came back"])
        );
        assert_eq!(open(job), json!([0, 0, 0, 0]));
        call("A", "complete_job", &json!({"id": id(job)}));
        let error = refused("A", "update_job", &update(json!({"status": "on_hold", "reason": "x"})));
        assert_eq!((&error["from"], &error["allowed"]), (&json!("completed"), &json!(["in_progress"])));
        set("A/job/JOB-1009", "notes = NULL");
        call("A", "stop_job", &json!({"job_number": "JOB-1009", "notes": "No sheet"}));
        assert_eq!(column("A/job/JOB-1009", "notes"), "[stopped] No sheet");
        let resumed = call(
            "A",
            "update_job",
            &json!({"job_number": "JOB-1009", "status": "in_progress", "reason": "Here", "append_notes": "Sheet came"}),
        );
        assert_eq!(resumed["changes"]["notes"]["new"], "[stopped] No sheet\n\nSheet came\n\n[resumed] Here");
    }
}
