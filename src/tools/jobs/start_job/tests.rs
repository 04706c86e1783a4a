//! Tests of `start_job`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::jobs::probe::job_that_is;
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn a_job_starts_once_and_its_parts_stay_as_they_are() {
        demo();
        let job = job_that_is("not_started");
        let of_job = |value: &str| sql(&format!("SELECT {value} FROM mes.jobs j WHERE j.id = {job}").replace('"', "'"));
        let parts = || of_job("(SELECT json_agg(status ORDER BY id) FROM mes.parts p WHERE p.job_id = j.id)");
        let before = parts();
        let answer = call("A", "start_job", &json!({"id": job}));
        assert_eq!(
            (&answer["job"]["status"], &answer["previous_status"]),
            (&json!("in_progress"), &json!("not_started"))
        );
        assert_eq!(of_job("started_at = now()"), json!(true));
        assert_eq!(parts(), before);
        let again = refused("A", "start_job", &json!({"id": job}));
        assert_eq!((&again["code"], &again["from"]), (&json!("invalid_state"), &json!("in_progress")));
    }

    #[pg_test]
    fn a_job_on_hold_starts_again_and_a_completed_one_does_not() {
        demo();
        let answer = call("A", "start_job", &json!({"id": job_that_is("on_hold")}));
        assert_eq!(answer["previous_status"], "on_hold");
        let error = refused("A", "start_job", &json!({"id": job_that_is("completed")}));
        assert_eq!((&error["code"], &error["from"]), (&json!("invalid_state"), &json!("completed")));
        assert_eq!(error["allowed_from"], json!(["not_started", "on_hold"]));
        for missing in ["A/job/JOB-1041", "B/job/JOB-1001", "nothing"] {
            assert_eq!(refused("A", "start_job", &json!({"id": id(missing)}))["code"], "not_found", "{missing}");
        }
    }
}
