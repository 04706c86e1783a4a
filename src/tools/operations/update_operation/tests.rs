//! Tests of changing operations.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::{column, set, states, stop};
    use crate::tools::probe::{call, demo, id, refused};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn update(operation: &str, fields: Value) -> Value {
        let mut arguments = fields;
        arguments["id"] = json!(id(operation));
        call("A", "update_operation", &arguments)
    }

    fn not_updated(operation: &str, fields: Value) -> Value {
        let before = (column(operation, "to_jsonb(operations)"), states(operation));
        let mut arguments = fields;
        arguments["id"] = json!(id(operation));
        let error = refused("A", "update_operation", &arguments);
        assert_eq!((column(operation, "to_jsonb(operations)"), states(operation)), before);
        error
    }

    #[pg_test]
    fn an_operations_fields_change_with_old_and_new_values() {
        demo();
        let operation = "A/operation/P-1012-22/1";
        let before = column(operation, "json_build_array(estimated_time, assigned_operator_id)");
        let person = id("A/profile/jan.smit");
        let changed = update(
            operation,
            json!({"planned_start": "2031-03-03", "planned_end": "2031-03-03T09:30:00+01:00", "assigned_to": person, "estimated_time": 77,
                   "notes": "One", "completion_percentage": 0}),
        );
        assert_eq!(changed["changes"]["estimated_time_minutes"], json!({"old": before[0], "new": 77}));
        assert_eq!(changed["changes"]["assigned_operator_id"], json!({"old": before[1], "new": person}));
        assert_eq!(column(operation, "planned_start AT TIME ZONE 'Europe/Amsterdam'"), "2031-03-03T00:00:00");
        assert_eq!(changed["changes"].as_object().map(|changes| changes.len()), Some(5));
        assert_eq!((&changed["part"]["status"], &changed["warnings"]), (&json!("not_started"), &json!([])));
        assert_eq!(update(operation, json!({"append_notes": "Two"}))["changes"]["notes"]["new"], "One\n\nTwo");
        let cleared = update(
            operation,
            json!({"planned_start": null, "planned_end": null, "assigned_operator_id": null, "notes": null}),
        );
        assert_eq!(cleared["changes"].as_object().map(|changes| changes.len()), Some(4));
        assert_eq!(column(operation, "num_nulls(planned_start, planned_end, assigned_operator_id, notes)"), 4);
        set(operation, "updated_at = '2020-01-01Z'");
        assert_eq!(update(operation, json!({"notes": null, "estimated_time_minutes": 77}))["changes"], json!({}));
        assert_eq!(column(operation, "extract(year FROM updated_at)"), 2020);
    }

    #[pg_test]
    fn what_does_not_fit_is_refused() {
        demo();
        let operation = "A/operation/P-1012-22/1";
        set(operation, "planned_start = '2031-01-10Z', planned_end = '2031-01-11Z'");
        for (fields, code, field) in [
            (json!({}), "invalid_arguments", Value::Null),
            (json!({"notes": "x", "append_notes": "y"}), "invalid_arguments", json!("append_notes")),
            (json!({"notes": "x", "reason": "y"}), "invalid_arguments", json!("reason")),
            (json!({"planned_end": "2031-01-09"}), "invalid_arguments", json!("planned_end")),
            (json!({"planned_start": "2031-01-11T00:00:00Z"}), "invalid_arguments", json!("planned_end")),
            (
                json!({"planned_start": "2031-02-02", "planned_end": "2031-02-01"}),
                "invalid_arguments",
                json!("planned_end"),
            ),
            (json!({"assigned_operator_id": id("B/profile/jan.smit")}), "not_found", json!("assigned_operator_id")),
            (
                json!({"assigned_operator_id": id("A/profile/wim.vandenberg")}),
                "invalid_state",
                json!("assigned_operator_id"),
            ),
            (json!({"completion_percentage": 101}), "invalid_arguments", json!("completion_percentage")),
            (json!({"completion_percentage": 5}), "invalid_state", json!("completion_percentage")),
            (json!({"estimated_time_minutes": -1}), "invalid_arguments", json!("estimated_time_minutes")),
            (json!({"notes": "x", "expected_status": "paused"}), "conflict", Value::Null),
            (json!({"notes": "x", "if_updated_at": "2020-01-01T00:00:00Z"}), "conflict", Value::Null),
        ] {
            let error = not_updated(operation, fields.clone());
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &field), "{fields}");
        }
        update(operation, json!({"planned_end": null, "planned_start": "2031-01-12"}));
        for nobody in ["nothing", "B/operation/P-1001-01/4", "A/operation/P-1014-01/9"] {
            let error = refused("A", "update_operation", &json!({"id": id(nobody), "notes": "x"}));
            assert_eq!(error["message"], format!("operation not found: {}", id(nobody)));
        }
        set(operation, "notes = repeat('x', 19995)");
        assert_eq!(not_updated(operation, json!({"append_notes": "too much"}))["code"], "limit_exceeded");
    }

    #[pg_test]
    fn a_state_is_changed_as_by_the_tools_for_it() {
        demo();
        let operation = "A/operation/P-1012-22/1";
        let started = update(operation, json!({"status": "in_progress", "completion_percentage": 20}));
        assert_eq!(
            (&started["part"]["previous_status"], &started["part"]["status"]),
            (&json!("not_started"), &json!("in_progress"))
        );
        assert_eq!(started["changes"]["completion_percentage"], json!({"old": 0, "new": 20}));
        let paused = update("A/operation/P-1012-03/1", json!({"status": "paused", "reason": "No sheet"}));
        assert_eq!(
            (&paused["warnings"][0]["kind"], &paused["warnings"][0]["count"]),
            (&json!("ended_time_entries"), &json!(2))
        );
        assert_eq!(column("A/operation/P-1012-03/1", "notes"), "[stopped] No sheet");
        let hundred = not_updated(operation, json!({"completion_percentage": 100}));
        assert_eq!(hundred["code"], "invalid_state");
        assert_eq!(
            not_updated(operation, json!({"status": "completed", "completion_percentage": 99}))["field"],
            "completion_percentage"
        );
        let done = update(
            operation,
            json!({"status": "completed", "completion_percentage": 100, "assigned_operator_id": null}),
        );
        assert_eq!(done["changes"]["completion_percentage"], json!({"old": 20, "new": 100}));
        assert!(done["operation"]["completed_at"].is_string());
        let other = not_updated(operation, json!({"assigned_operator_id": id("A/profile/jan.smit")}));
        assert_eq!((&other["code"], &other["status"]), (&json!("invalid_state"), &json!("completed")));
        update(operation, json!({"assigned_operator_id": null, "notes": "The same person is no change"}));
        assert_eq!(not_updated(operation, json!({"completion_percentage": 50}))["code"], "invalid_state");
        assert_eq!(not_updated("A/operation/P-1016-03/1", json!({"status": "in_progress"}))["code"], "limit_exceeded");
        let parked = not_updated("A/operation/P-1013-01/2", json!({"status": "in_progress", "force": true}));
        assert_eq!(parked["standstill_issues"], 1);
    }

    #[pg_test]
    fn a_completed_operation_is_reopened_with_part_and_job() {
        demo();
        let operation = "A/operation/P-1031-01/1";
        let unexplained = not_updated(operation, json!({"status": "in_progress"}));
        assert_eq!((&unexplained["code"], &unexplained["field"]), (&json!("invalid_arguments"), &json!("reason")));
        let cell = column(operation, "cell_id");
        let reopened = update(
            operation,
            json!({"status": "in_progress", "reason": "Burrs", "assigned_operator_id": id("A/profile/lars.hansen")}),
        );
        assert_eq!(states(operation), json!(["in_progress", "in_progress", "in_progress"]));
        assert_eq!(
            (&reopened["part"]["previous_status"], &reopened["job"]["previous_status"]),
            (&json!("completed"), &json!("completed"))
        );
        assert_eq!(
            column(operation, "json_build_array(completed_at, completion_percentage, notes)"),
            json!([null, 90, "[reopened] Burrs"])
        );
        assert_eq!(column("A/job/JOB-1031", "json_build_array(completed_at, current_cell_id)"), json!([null, cell]));
        assert_eq!(column("A/part/P-1031-01", "current_cell_id"), cell);
        update(operation, json!({"status": "completed"}));
        assert_eq!(states(operation), json!(["completed", "completed", "completed"]));
        let percent =
            update(operation, json!({"status": "in_progress", "reason": "Again", "completion_percentage": 30}));
        assert_eq!(percent["changes"]["completion_percentage"], json!({"old": 100, "new": 30}));
        // Not past a Yellow Card, earlier work, or a job on hold.
        update(operation, json!({"status": "completed"}));
        let again = |force: bool| json!({"status": "in_progress", "reason": "x", "force": force});
        stop(operation);
        assert_eq!(not_updated(operation, again(true))["standstill_issues"], 1);
        let operation = "A/operation/P-1032-01/2";
        set("A/operation/P-1032-01/1", "status = 'not_started'");
        assert_eq!(not_updated(operation, again(false))["earlier_operations"], 1);
        set("A/job/JOB-1032", "status = 'on_hold'");
        assert_eq!(not_updated(operation, again(true))["blocked_by"][0]["reason"], "job_on_hold");
    }
}
