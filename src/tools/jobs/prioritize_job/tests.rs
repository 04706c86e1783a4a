//! Tests of prioritizing jobs.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::batch::probe::{digest, limited, rehearses, untouched};
    use crate::tools::lifecycle::probe::{column, set};
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn cards(job: &str) -> Value {
        sql(&format!(
            "SELECT json_agg(p.part_number ORDER BY p.part_number) FROM mes.parts p
              WHERE p.job_id = mes_demo_id('{job}') AND p.is_bullet_card"
        ))
    }

    #[pg_test]
    fn the_open_parts_of_a_job_become_bullet_cards_and_stop_to_be() {
        demo();
        let job = "A/job/JOB-1009";
        let notes = column(job, "coalesce(notes || E'\\n\\n', '')");
        let answer = rehearses("prioritize_job", &json!({"job_number": "job-1009", "notes": "Line stands\nstill"}));
        // P-1009-01 is completed.
        assert_eq!(cards(job), json!(["P-1009-02", "P-1009-03"]));
        assert_eq!((&answer["changed"], &answer["excluded"]["completed"]), (&json!(2), &json!(1)));
        assert_eq!((&answer["job_id"], &answer["job_number"]), (&json!(id(job)), &json!("JOB-1009")));
        assert_eq!(answer["parts"][1]["part_number"], "P-1009-03");
        assert_eq!(
            column(job, "notes"),
            format!("{}[PRIORITY] Line stands\nstill", notes.as_str().unwrap_or_default())
        );
        // Two other jobs have bullet cards in the demo factory.
        assert_eq!(answer["bullet_card_job_count"], 3);
        assert_eq!(answer["bullet_card_jobs"][1], json!({"id": id(job), "job_number": "JOB-1009", "bullet_cards": 2}));
        assert!(answer["warning"].as_str().is_some_and(|text| text.starts_with("3 jobs")), "{answer}");

        set("A/part/P-1009-02", "updated_at = '2020-01-01Z'");
        let same = call("A", "prioritize_job", &json!({"id": id(job)}));
        assert_eq!((&same["changed"], &same["unchanged"], &same["notes_added"]), (&json!(0), &json!(2), &json!(false)));
        assert_eq!(column("A/part/P-1009-02", "extract(year FROM updated_at)"), 2020);

        let cleared = rehearses("prioritize_job", &json!({"job_id": id(job), "set_bullet_card": false}));
        assert_eq!((&cleared["changed"], &cleared["warning"]), (&json!(2), &Value::Null));
        assert_eq!(cards(job), Value::Null);
        assert_eq!(cards("A/job/JOB-1013"), json!(["P-1013-01"]));
    }

    #[pg_test]
    fn cards_of_what_is_completed_or_deleted_do_not_count() {
        demo();
        set("A/part/P-1009-01", "is_bullet_card = true");
        set("A/part/P-1013-01", "deleted_at = now()");
        let answer = call("A", "prioritize_job", &json!({"job_number": "JOB-1010", "dry_run": true}));
        assert_eq!((&answer["bullet_card_job_count"], &answer["warning"]), (&json!(2), &Value::Null));
        set("A/part/P-1010-01", "deleted_at = now()");
        let answer = call("A", "prioritize_job", &json!({"job_number": "JOB-1010"}));
        assert_eq!(answer["parts"].as_array().map(Vec::len), Some(1));
        // Nothing to mark is no failure; a job without parts has only its notes.
        let empty = call("A", "prioritize_job", &json!({"job_number": "JOB-1008", "notes": "x"}));
        assert_eq!((&empty["changed"], &empty["notes_added"]), (&json!(0), &json!(true)));
        assert_eq!(column("A/job/JOB-1008", "right(notes, 12)"), "[PRIORITY] x");
    }

    #[pg_test]
    fn a_job_is_not_prioritized_against_the_rules() {
        demo();
        let refused = |arguments: Value| untouched("prioritize_job", &arguments);
        for missing in ["A/job/JOB-1041", "B/job/JOB-1001", "nothing"] {
            assert_eq!(refused(json!({"job_id": id(missing)}))["message"], format!("job not found: {}", id(missing)));
        }
        assert_eq!(refused(json!({}))["code"], "invalid_arguments");
        assert_eq!(
            refused(json!({"job_id": id("A/job/JOB-1009"), "job_number": "JOB-1009"}))["code"],
            "invalid_arguments"
        );
        let completed = refused(json!({"job_number": "JOB-1031"}));
        assert_eq!((&completed["code"], &completed["status"]), (&json!("invalid_state"), &json!("completed")));
        let before = digest();
        assert_eq!(
            call("A", "prioritize_job", &json!({"job_number": "JOB-1031", "set_bullet_card": false}))["changed"],
            0
        );
        assert_eq!(digest(), before);
        set("A/job/JOB-1009", "notes = repeat('x', 19990)");
        let full = refused(json!({"job_number": "JOB-1009", "notes": "too much"}));
        assert_eq!((&full["code"], &full["field"]), (&json!("limit_exceeded"), &json!("notes")));
        limited(
            "prioritize_job",
            &json!({"job_number": "JOB-1012"}),
            "SELECT count(*) FROM mes.parts WHERE job_id = mes_demo_id('A/job/JOB-1012') AND deleted_at IS NULL AND status <> 'completed'",
        );
    }
}
