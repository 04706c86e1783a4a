//! Tests of `update_task`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::column;
    use crate::tools::probe::{call, demo, id, refused};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

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
