//! Tests of `fetch_tasks`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, sql, total};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn tasks_are_operations_in_other_words() {
        demo();
        for (status, count) in [("pending", 285), ("not_started", 285), ("paused", 20), ("on_hold", 20)] {
            assert_eq!(total("A", "fetch_tasks", &json!({"status": status})), count, "{status}");
        }
        let paused = call("A", "fetch_tasks", &json!({"status": "paused"}));
        assert!(paused["tasks"].as_array().into_iter().flatten().all(|task| task["status"] == "paused"));
    }

    #[pg_test]
    fn the_most_urgent_task_comes_first_and_every_task_once() {
        demo();
        assert_eq!(page_through("A", "fetch_tasks", "tasks", &json!({"limit": 70})), 560);
        let tasks = call("A", "fetch_tasks", &json!({"limit": 300}));
        let order: Vec<_> = tasks["tasks"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|task| {
                let due = task["effective_due_date"].as_str().unwrap_or("never").to_owned();
                (task["is_bullet_card"] == false, due, task["sequence"].as_i64())
            })
            .collect();
        assert_eq!(order.len(), 300);
        assert!(order.is_sorted(), "bullet cards, then due dates, then sequence");
    }

    #[pg_test]
    fn a_page_that_grows_too_large_is_cut_and_says_so() {
        demo();
        let tasks = call("A", "fetch_tasks", &json!({"limit": 500}));
        assert_eq!((&tasks["truncated"], tasks["next_cursor"].is_string()), (&json!(true), true));
        assert!(
            tasks["count"].as_u64() < Some(500) && tasks["tasks"].to_string().len() <= crate::names::MAX_LIST_BYTES
        );
        assert_eq!(page_through("A", "fetch_tasks", "tasks", &json!({"limit": 500})), 560);
        assert_eq!(call("A", "fetch_tasks", &json!({"limit": 300}))["truncated"], false);
    }

    #[pg_test]
    fn a_persons_tasks_are_their_own_and_those_of_their_parts_and_jobs() {
        demo();
        let of = |person: &str| total("A", "fetch_tasks", &json!({"assigned_to": id(person)}));
        let own = total("A", "fetch_operations", &json!({"assigned_operator_id": id("A/profile/jan.smit")}));
        assert!(of("A/profile/jan.smit") > own);
        assert_eq!(of("B/profile/jan.smit"), 0);
        // An operator of the shop floor has no profile; 6 of the assignments are theirs.
        let operator = of("A/operator/DEMO1");
        let expected = sql("SELECT count(DISTINCT o.id) FROM mes.assignments a
              JOIN mes.parts p ON p.id = a.part_id OR (a.part_id IS NULL AND p.job_id = a.job_id)
              JOIN mes.operations o ON o.part_id = p.id AND o.deleted_at IS NULL
             WHERE a.shop_floor_operator_id = mes_demo_id('A/operator/DEMO1') AND p.deleted_at IS NULL");
        assert!(operator > 0);
        assert_eq!(json!(operator), expected);
        let tasks = call("A", "fetch_tasks", &json!({"assigned_to": id("A/operator/DEMO1"), "limit": 500}));
        let theirs = tasks["tasks"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|task| task["assigned_to"] == json!(id("A/operator/DEMO1")));
        assert!(theirs.into_iter().all(|task| task["assignee_name"] == "Bram Visser"));
    }

    #[pg_test]
    fn a_person_is_found_by_name_user_name_and_employee_number() {
        demo();
        let of = |name: &str| total("A", "fetch_tasks", &json!({"assignee_name": name}));
        let bram = total("A", "fetch_tasks", &json!({"assigned_to": id("A/operator/DEMO1")}));
        let jan = total("A", "fetch_tasks", &json!({"assigned_to": id("A/profile/jan.smit")}));
        assert_eq!([of("DEMO1"), of("demo1"), of("Bram Visser")], [bram; 3]);
        assert_eq!([of("jan.smit"), of("JAN.SMIT")], [jan; 2]);
        let namesakes = refused("A", "fetch_tasks", &json!({"assignee_name": "Jan Smit"}));
        assert_eq!(namesakes["candidates"].as_array().map(Vec::len), Some(2));
        assert_eq!(refused("B", "fetch_tasks", &json!({"assignee_name": "Bram Visser"}))["code"], "not_found");
    }

    #[pg_test]
    fn an_operator_without_a_profile_is_refused_with_a_next_step() {
        demo();
        let operator = id("A/operator/DEMO1");
        let operation = id("A/operation/P-1012-04/2");
        let ncr = json!({"operation_id": operation, "title": "x", "severity": "low", "ncr_category": "other", "reported_by_id": operator});
        let task = json!({"id": operation, "assigned_to": operator});
        for (tool, arguments, field) in [("create_ncr", ncr, "reported_by_id"), ("update_task", task, "assigned_to")] {
            let error = refused("A", tool, &arguments);
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_arguments"), &json!(field)), "{error}");
            assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("assign the part or the job")));
        }
    }
}
