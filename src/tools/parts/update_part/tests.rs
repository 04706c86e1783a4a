//! Tests of changing parts.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::{column, running, set};
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn update(part: &str, fields: Value) -> Value {
        let mut arguments = fields;
        arguments["id"] = json!(id(part));
        call("A", "update_part", &arguments)
    }

    fn not_updated(part: &str, fields: Value) -> Value {
        let row = "to_jsonb(parts)";
        let before = column(part, row);
        let mut arguments = fields;
        arguments["part_number"] = json!(part.rsplit('/').next());
        let error = refused("A", "update_part", &arguments);
        assert_eq!(column(part, row), before);
        error
    }

    #[pg_test]
    fn a_parts_fields_change_with_old_and_new_values() {
        demo();
        let part = "A/part/P-1012-22";
        let notes = column(part, "notes");
        let changed = update(
            part,
            json!({"drawing_no": "D-7", "cnc_program_name": "X.nc", "bullet_card": true, "append_notes": "Two",
                                          "current_stage_id": id("A/cell/Laser 1")}),
        );
        assert_eq!(changed["changes"]["current_cell_id"], json!({"old": null, "new": id("A/cell/Laser 1")}));
        assert_eq!(changed["changes"]["is_bullet_card"], json!({"old": false, "new": true}));
        assert_eq!(changed["changes"]["notes"]["old"], notes);
        assert_eq!(changed["changes"].as_object().map(|changes| changes.len()), Some(5));
        assert_eq!(
            column(part, "json_build_array(drawing_no, cnc_program_name, is_bullet_card)"),
            json!(["D-7", "X.nc", true])
        );
        assert_eq!(
            (&changed["job"]["previous_status"], &changed["job"]["status"]),
            (&json!("in_progress"), &json!("in_progress"))
        );
        let cleared =
            update(part, json!({"drawing_no": null, "cnc_program_name": null, "notes": null, "current_cell_id": null}));
        assert_eq!(cleared["changes"].as_object().map(|changes| changes.len()), Some(4));
        assert_eq!(column(part, "num_nulls(drawing_no, cnc_program_name, notes, current_cell_id)"), 4);
        set(part, "updated_at = '2020-01-01Z'");
        let same = update(
            part,
            json!({"drawing_no": null, "is_bullet_card": true, "status": "not_started", "reason": "None"}),
        );
        assert_eq!(same["changes"], json!({}));
        assert_eq!(column(part, "extract(year FROM updated_at)"), 2020);
        assert_eq!(not_updated(part, json!({}))["code"], "invalid_arguments");
        assert_eq!(not_updated(part, json!({"notes": "x", "append_notes": "y"}))["field"], "append_notes");
        assert_eq!(not_updated(part, json!({"reason": "x"}))["code"], "invalid_arguments");
        assert_eq!(not_updated(part, json!({"notes": "x", "reason": "x"}))["field"], "reason");
        set(part, "notes = repeat('x', 19995)");
        assert_eq!(not_updated(part, json!({"append_notes": "too much"}))["code"], "limit_exceeded");
    }

    #[pg_test]
    fn a_part_that_somebody_changed_is_left_alone() {
        demo();
        let part = "A/part/P-1012-22";
        let stale = not_updated(part, json!({"notes": "x", "expected_status": "on_hold"}));
        assert_eq!((&stale["code"], &stale["status"]), (&json!("conflict"), &json!("not_started")));
        let stale = not_updated(part, json!({"notes": "x", "if_updated_at": "2020-01-01T00:00:00Z"}));
        assert_eq!((&stale["code"], &stale["updated_at"]), (&json!("conflict"), &column(part, "updated_at")));
        let known = json!({"notes": "x", "expected_status": "pending", "if_updated_at": stale["updated_at"]});
        update(part, known);
        for nobody in ["nothing", "B/part/P-1001-01", "A/part/P-1012-31", "A/part/P-1041-01"] {
            let error = refused("A", "update_part", &json!({"id": id(nobody), "notes": "x"}));
            assert_eq!(error["message"], format!("part not found: {}", id(nobody)));
        }
        assert_eq!(
            refused("A", "update_part", &json!({"part_number": "P-1041-01", "notes": "x"}))["code"],
            "not_found"
        );
    }

    #[pg_test]
    fn a_part_goes_to_a_cell_that_is_in_use_and_has_room() {
        demo();
        let part = "A/part/P-1012-22";
        let to = |cell: &str| json!({"cell_name": cell});
        assert_eq!(update(part, to("laser 1"))["part"]["current_cell_name"], "Laser 1");
        for (fields, code) in [
            (to("Moon"), "not_found"),
            (json!({"current_cell_id": id("nothing")}), "not_found"),
            (json!({"current_cell_id": id("B/cell/Saw")}), "not_found"),
            (json!({"current_cell_id": null, "cell_name": "Laser 1"}), "invalid_arguments"),
            (json!({"current_cell_id": id("A/cell/Laser 1"), "cell_name": "Laser 1"}), "invalid_arguments"),
        ] {
            assert_eq!(not_updated(part, fields)["code"], code);
        }
        set("A/cell/Assembly", "active = false");
        assert_eq!(not_updated(part, to("Assembly"))["code"], "invalid_state");
        set("A/cell/Assembly", "deleted_at = now()");
        assert_eq!(not_updated(part, to("Assembly"))["code"], "not_found");
        let full = not_updated(part, to("Welding"));
        assert_eq!((&full["code"], &full["limit"]), (&json!("limit_exceeded"), &json!(8)));
        let forced = update(part, json!({"cell_name": "Welding", "force": true}));
        assert_eq!(forced["warnings"][0]["kind"], "wip_limit");
        // It is there already.
        update(part, json!({"cell_name": "Welding", "notes": "x"}));
        assert_eq!(not_updated("A/part/P-1031-01", to("Laser 1"))["field"], "current_cell_id");
    }

    #[pg_test]
    fn a_part_starts_its_job_and_reopens_it() {
        demo();
        let (part, job) = ("A/part/P-1001-01", "A/job/JOB-1001");
        let started = update(part, json!({"status": "in_progress"}));
        assert_eq!(
            (&started["job"]["previous_status"], &started["job"]["status"]),
            (&json!("not_started"), &json!("in_progress"))
        );
        assert_eq!(column(job, "json_build_array(status, started_at = now())"), json!(["in_progress", true]));
        let held = update(part, json!({"status": "on_hold", "reason": "No sheet"}));
        assert_eq!(
            (column(part, "notes"), &held["job"]["status"]),
            (json!("[stopped] No sheet"), &json!("in_progress"))
        );
        update(part, json!({"status": "not_started"}));

        let (part, job) = ("A/part/P-1031-01", "A/job/JOB-1031");
        let unexplained = not_updated(part, json!({"status": "in_progress"}));
        assert_eq!((&unexplained["code"], &unexplained["field"]), (&json!("invalid_arguments"), &json!("reason")));
        let reopened = update(part, json!({"status": "in_progress", "reason": "Burrs", "append_notes": "See NCR"}));
        assert_eq!(
            (&reopened["job"]["previous_status"], &reopened["job"]["status"]),
            (&json!("completed"), &json!("in_progress"))
        );
        assert_eq!(column(job, "json_build_array(status, completed_at)"), json!(["in_progress", null]));
        assert_eq!(column(part, "notes LIKE '%See NCR' || E'\\n\\n' || '[reopened] Burrs'"), true);
        // Nothing of it is open, so no force is needed; and the job goes with it again.
        let again = update(part, json!({"status": "completed"}));
        assert_eq!((&again["completed_operations"], &again["job"]["status"]), (&json!(0), &json!("completed")));
        assert_eq!(column(job, "completed_at = now()"), true);
    }

    #[pg_test]
    fn a_job_on_hold_or_completed_comes_first() {
        demo();
        let error = not_updated("A/part/P-1027-01", json!({"status": "in_progress", "force": true}));
        assert_eq!(
            (&error["code"], &error["blocked_by"][0]["reason"]),
            (&json!("invalid_state"), &json!("job_on_hold"))
        );
        set("A/job/JOB-1012", "status = 'completed'");
        let error = not_updated("A/part/P-1012-22", json!({"status": "in_progress"}));
        assert_eq!(error["blocked_by"][0]["reason"], "job_completed");
        set("A/job/JOB-1031", "status = 'on_hold'");
        let error = not_updated("A/part/P-1031-01", json!({"status": "in_progress", "reason": "Burrs"}));
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("resume_job")), "{error}");
    }

    #[pg_test]
    fn a_part_goes_back_to_the_start_only_while_nothing_was_begun() {
        demo();
        let part = "A/part/P-1012-21";
        let begun = not_updated(part, json!({"status": "not_started"}));
        assert_eq!(
            (&begun["code"], &begun["blocked_by"][0]["id"]),
            (&json!("invalid_state"), &json!(id("A/operation/P-1012-21/1")))
        );
        // A Yellow Card before the start is no start.
        set("A/operation/P-1012-21/1", "status_before_hold = 'not_started'");
        assert_eq!(update(part, json!({"status": "not_started"}))["part"]["status"], "not_started");
    }

    #[pg_test]
    fn force_completes_what_is_open_of_it_and_ends_the_time() {
        demo();
        let (part, operation) = ("A/part/P-1012-03", "A/operation/P-1012-03/1");
        let open = "SELECT count(*) FROM mes.operations WHERE part_id = mes_demo_id('A/part/P-1012-03') AND deleted_at IS NULL AND status <> 'completed'";
        let entries = "SELECT count(*) FROM mes.time_entries t JOIN mes.operations o ON o.id = t.operation_id
                        WHERE o.part_id = mes_demo_id('A/part/P-1012-03') AND t.end_time IS NULL";
        let (before, running_before) = (sql(open), sql(entries));
        let error = not_updated(part, json!({"status": "completed"}));
        assert_eq!((&error["open_operations"], &error["running_time_entries"]), (&before, &running_before));
        assert_eq!(error["blocked_by"][0]["id"], json!(id(operation)));
        let done = update(part, json!({"status": "completed", "force": true, "reason": "Customer took it"}));
        assert_eq!((&done["completed_operations"], &done["warnings"][0]["count"]), (&before, &running_before));
        assert_eq!((sql(open), sql(entries)), (json!(0), json!(0)));
        assert_eq!(done["changes"]["current_cell_id"]["new"], Value::Null);
        let whole =
            "SELECT bool_and(completed_at IS NOT NULL AND completion_percentage = 100 AND status_before_hold IS NULL)
                       FROM mes.operations WHERE part_id = mes_demo_id('A/part/P-1012-03') AND deleted_at IS NULL";
        assert_eq!(sql(whole), true);
        // Time on an operation that is completed already holds it up, too.
        let part = "A/part/P-1012-10";
        call("A", "complete_operation", &json!({"id": id("A/operation/P-1012-10/3")}));
        update(part, json!({"status": "in_progress", "reason": "Again"}));
        running("A/operation/P-1012-10/3", "jan.smit", "30 minutes");
        assert_eq!(not_updated(part, json!({"status": "completed"}))["running_time_entries"], 1);
        let done = update(part, json!({"status": "completed", "force": true}));
        assert_eq!(
            (&done["completed_operations"], &done["warnings"][0]["kind"]),
            (&json!(0), &json!("ended_time_entries"))
        );
        assert_eq!(
            column("A/operation/P-1012-10/3", "actual_time"),
            sql(
                "SELECT sum(duration) FROM mes.time_entries WHERE operation_id = mes_demo_id('A/operation/P-1012-10/3')"
            )
        );
        // A Yellow Card is not passed.
        for force in [false, true] {
            let error = not_updated("A/part/P-1012-05", json!({"status": "completed", "force": force}));
            assert_eq!(error["code"], "invalid_state");
            assert_eq!(error.get("standstill_issues").is_some(), force, "{error}");
        }
        assert_eq!(
            not_updated("A/part/P-1012-22", json!({"status": "completed", "force": true}))["from"],
            "not_started"
        );
    }

    #[pg_test]
    fn the_last_part_completes_a_job_of_which_others_were_completed_before() {
        demo();
        let job = "A/job/JOB-1009";
        assert_eq!(column("A/part/P-1009-01", "status"), "completed");
        assert_eq!(
            update("A/part/P-1009-02", json!({"status": "completed", "force": true}))["job"]["status"],
            "in_progress"
        );
        assert_eq!(column(job, "current_cell_id"), json!(id("A/cell/Welding")));
        assert_eq!(
            update("A/part/P-1009-03", json!({"status": "completed", "force": true}))["job"]["status"],
            "completed"
        );
        assert_eq!(column(job, "json_build_array(current_cell_id, completed_at = now())"), json!([null, true]));
    }
}
