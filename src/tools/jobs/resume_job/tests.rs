//! Tests of `resume_job`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::jobs::probe::job_that_is;
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn only_a_job_on_hold_is_resumed() {
        demo();
        for status in ["not_started", "in_progress", "completed"] {
            let error = refused("A", "resume_job", &json!({"id": job_that_is(status)}));
            assert_eq!((&error["code"], &error["from"]), (&json!("invalid_state"), &json!(status)));
            assert_eq!(error["allowed_from"], json!(["on_hold"]));
        }
        for missing in ["A/job/JOB-1041", "B/job/JOB-1001", "nothing"] {
            assert_eq!(refused("A", "resume_job", &json!({"id": id(missing)}))["code"], "not_found", "{missing}");
        }
        let job = job_that_is("on_hold");
        let started = format!("SELECT started_at FROM mes.jobs WHERE id = {job}").replace('"', "'");
        let before = sql(&started);
        let answer = call("A", "resume_job", &json!({"id": job}));
        assert_eq!(
            (&answer["job"]["id"], &answer["job"]["status"], &answer["previous_status"]),
            (&job, &json!("in_progress"), &json!("on_hold"))
        );
        assert!(before.is_null() || sql(&started) == before);
    }
}
