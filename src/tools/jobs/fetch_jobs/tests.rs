//! What `fetch_jobs` must do, on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, page_through, refused};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

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
