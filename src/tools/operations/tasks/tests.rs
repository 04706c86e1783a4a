//! Tests of `tasks`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::column;
    use crate::tools::probe::{call, demo, id, page_through, refused, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

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
    fn an_answer_that_no_page_can_hold_is_refused() {
        demo();
        Spi::run("UPDATE mes.jobs SET notes = repeat('é', 600000) WHERE id = mes_demo_id('A/job/JOB-1002')")
            .expect("notes");
        let arguments = json!({"search": "JOB-1002", "fields": ["notes"]});
        let error = refused("A", "fetch_jobs", &arguments);
        assert_eq!(
            (&error["code"], &error["limit"]),
            (&json!("limit_exceeded"), &json!(crate::names::MAX_ANSWER_BYTES))
        );
        assert_eq!(call("A", "fetch_jobs", &json!({"search": "JOB-1002"}))["count"], 1);
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
    fn a_task_changes_in_its_own_words() {
        demo();
        let update = |task: &str, fields: Value| {
            let mut arguments = fields;
            arguments["task_id"] = json!(id(task));
            call("A", "update_task", &arguments)
        };
        let (task, person) = ("A/operation/P-1012-22/1", id("A/profile/jan.smit"));
        let started = update(task, json!({"status": "in_progress", "assigned_to": person}));
        assert_eq!(started["changes"]["status"], json!({"old": "pending", "new": "in_progress"}));
        assert_eq!(
            (&started["task"]["status"], &started["task"]["assigned_to"]),
            (&json!("in_progress"), &json!(person))
        );
        assert_eq!(
            (&started["part"]["status"], &started["job"]["status"]),
            (&json!("in_progress"), &json!("in_progress"))
        );
        let paused = update(task, json!({"status": "on_hold", "reason": "Lunch"}));
        assert_eq!(
            (&paused["task"]["status"], &paused["changes"]["status"]["new"]),
            (&json!("paused"), &json!("paused"))
        );
        assert_eq!(column(task, "notes"), "[stopped] Lunch");
        let nobody = update(task, json!({"assigned_to": null}));
        assert_eq!(nobody["changes"], json!({"assigned_to": {"old": person, "new": null}}));
        let done = update(task, json!({"status": "completed", "force": true}));
        assert_eq!(
            (&done["task"]["status"], &done["changes"]["status"]["old"]),
            (&json!("completed"), &json!("paused"))
        );
        let refuse = |task: &str, fields: Value| {
            let mut arguments = fields;
            arguments["id"] = json!(id(task));
            refused("A", "update_task", &arguments)
        };
        let other = refuse(task, json!({"assigned_to": person}));
        assert_eq!((&other["code"], &other["field"]), (&json!("invalid_state"), &json!("assigned_to")));
        assert_eq!(refuse(task, json!({"status": "in_progress"}))["field"], "reason");
        let again = update(task, json!({"status": "in_progress", "reason": "Burrs", "assigned_to": person}));
        assert_eq!(again["task"]["assigned_to"], json!(person));
        for (fields, code) in [
            (json!({}), "invalid_arguments"),
            (json!({"reason": "x"}), "invalid_arguments"),
            (json!({"assigned_to": null, "reason": "x"}), "invalid_arguments"),
            (json!({"status": "pending"}), "invalid_state"),
            (json!({"assigned_to": id("A/profile/wim.vandenberg")}), "invalid_state"),
            (json!({"assigned_to": id("B/profile/jan.smit")}), "not_found"),
        ] {
            assert_eq!(refuse(task, fields.clone())["code"], code, "{fields}");
        }
        assert_eq!(
            refuse("A/operation/P-1013-01/2", json!({"status": "in_progress", "force": true}))["standstill_issues"],
            1
        );
        assert_eq!(refuse("B/operation/P-1001-01/4", json!({"status": "completed"}))["code"], "not_found");
    }
}
