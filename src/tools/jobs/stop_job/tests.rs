//! Tests of `stop_job`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::jobs::probe::job_that_is;
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::json;

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
    fn only_a_job_that_is_in_progress_is_stopped_and_its_notes_have_room_for_the_reason() {
        demo();
        for status in ["not_started", "on_hold", "completed"] {
            let error = refused("A", "stop_job", &json!({"id": job_that_is(status)}));
            assert_eq!((&error["code"], &error["from"]), (&json!("invalid_state"), &json!(status)));
            assert_eq!(error["allowed_from"], json!(["in_progress"]));
        }
        for missing in ["A/job/JOB-1041", "B/job/JOB-1001", "nothing"] {
            assert_eq!(refused("A", "stop_job", &json!({"id": id(missing)}))["code"], "not_found", "{missing}");
        }
        let job = job_that_is("in_progress");
        Spi::run("UPDATE mes.jobs SET notes = repeat('x', 19990)").expect("long notes");
        let error = refused("A", "stop_job", &json!({"id": job, "reason": "too much"}));
        assert_eq!((&error["code"], &error["field"]), (&json!("limit_exceeded"), &json!("reason")));
        assert_eq!(refused("A", "stop_job", &json!({"id": job, "reason": ""}))["code"], "invalid_arguments");
        assert_eq!(job_that_is("in_progress"), job);
    }
}
