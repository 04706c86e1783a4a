//! Tests of starting operations.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::{column, running, set, states, stop};
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const OPEN: &str = "SELECT count(*) FROM mes.time_entries WHERE tenant_id = mes_demo_id('A') AND end_time IS NULL";

    fn start(operation: &str, fields: Value) -> Value {
        let mut arguments = fields;
        arguments["id"] = json!(id(operation));
        call("A", "start_operation", &arguments)
    }

    fn not_started(operation: &str, fields: Value) -> Value {
        let mut arguments = fields;
        arguments["id"] = json!(id(operation));
        let before = states(operation);
        let error = refused("A", "start_operation", &arguments);
        assert_eq!(states(operation), before);
        error
    }

    #[pg_test]
    fn the_first_operation_starts_its_part_and_its_job() {
        demo();
        let (operation, person) = ("A/operation/P-1001-01/1", id("A/profile/jan.smit"));
        let started = start(operation, json!({"user_id": person, "time_type": "setup"}));
        assert_eq!((&started["previous_status"], &started["warnings"]), (&json!("not_started"), &json!([])));
        for around in ["part", "job"] {
            let effect = (&started[around]["previous_status"], &started[around]["status"]);
            assert_eq!(effect, (&json!("not_started"), &json!("in_progress")), "{around}");
        }
        assert_eq!(states(operation), json!(["in_progress", "in_progress", "in_progress"]));
        let laser = json!(id("A/cell/Laser 1"));
        assert_eq!(column("A/part/P-1001-01", "current_cell_id"), laser);
        assert_eq!(column("A/job/JOB-1001", "current_cell_id"), laser);
        assert_eq!(column("A/job/JOB-1001", "started_at = now()"), true);
        let entry = "SELECT json_build_array(operator_id, operation_id, time_type, end_time, duration) FROM mes.time_entries WHERE id = ";
        assert_eq!(
            sql(&format!("{entry} {}", started["time_entry_id"]).replace('"', "'")),
            json!([person, id(operation), "setup", null, null])
        );
        assert_eq!(started["operation"]["running_time_entries"], 1);
        // The job is where its running operation is that comes first on the floor; the part where it was last begun.
        start("A/operation/P-1001-01/2", json!({"force": true}));
        assert_eq!(column("A/job/JOB-1001", "current_cell_id"), laser);
        assert_eq!(column("A/part/P-1001-01", "current_cell_id"), column("A/operation/P-1001-01/2", "cell_id"));
        let without = start("A/operation/P-1012-22/1", json!({}));
        assert_eq!(
            (&without["time_entry_id"], &without["job"]["previous_status"]),
            (&Value::Null, &json!("in_progress"))
        );
    }

    #[pg_test]
    fn a_paused_operation_goes_on_and_forgets_what_it_was() {
        demo();
        let operation = "A/operation/P-1012-19/2";
        set(operation, "status_before_hold = 'not_started', completion_percentage = 40");
        assert_eq!(start(operation, json!({}))["previous_status"], "on_hold");
        assert_eq!(
            column(operation, "json_build_array(status, status_before_hold, completion_percentage)"),
            json!(["in_progress", null, 40])
        );
    }

    #[pg_test]
    fn a_yellow_card_is_never_passed_and_is_named() {
        demo();
        for (operation, count) in [("A/operation/P-1013-01/2", 1), ("A/operation/P-1012-05/3", 2)] {
            for force in [false, true] {
                let error = not_started(operation, json!({"force": force}));
                assert_eq!((&error["code"], &error["standstill_issues"]), (&json!("invalid_state"), &json!(count)));
                assert_eq!((&error["from"], &error["to"]), (&json!("on_hold"), &json!("in_progress")));
                let issues = sql(&format!(
                    "SELECT json_agg(id ORDER BY created_at, id) FROM mes.issues WHERE operation_id = mes_demo_id('{operation}')
                        AND status = 'pending' AND causes_standstill"
                ));
                let named: Value =
                    error["blocked_by"].as_array().into_iter().flatten().map(|issue| issue["id"].clone()).collect();
                assert_eq!(named, issues);
            }
            assert_eq!(column(operation, "status_before_hold"), "in_progress");
        }
        // One that was parked before it began.
        let operation = "A/operation/P-1012-22/1";
        stop(operation);
        assert_eq!(
            column(operation, "json_build_array(status, status_before_hold)"),
            json!(["on_hold", "not_started"])
        );
        assert_eq!(not_started(operation, json!({"force": true}))["blocked_by"][0]["severity"], "high");
    }

    #[pg_test]
    fn earlier_operations_and_a_full_cell_hold_it_up_unless_forced() {
        demo();
        let operation = "A/operation/P-1001-01/3";
        let error = not_started(operation, json!({}));
        assert_eq!((&error["code"], &error["earlier_operations"]), (&json!("invalid_state"), &json!(2)));
        assert_eq!(error["blocked_by"][0]["id"], json!(id("A/operation/P-1001-01/1")));
        assert_eq!(error["allowed"], json!([]));
        let forced = start(operation, json!({"force": true}));
        assert_eq!(
            (&forced["warnings"][0]["kind"], &forced["warnings"][0]["count"]),
            (&json!("earlier_operations"), &json!(2))
        );
        // Equal numbers run side by side.
        let beside = start("A/operation/P-1012-09/4", json!({"force": true}));
        assert_eq!(
            (beside["warnings"].as_array().map(Vec::len), &beside["warnings"][0]["kind"]),
            (Some(1), &json!("wip_limit"))
        );

        let wip = "SELECT count(DISTINCT p.job_id) FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id AND p.deleted_at IS NULL
                     JOIN mes.jobs j ON j.id = p.job_id AND j.deleted_at IS NULL
                    WHERE o.cell_id = mes_demo_id('A/cell/Welding') AND o.deleted_at IS NULL AND o.status IN ('not_started', 'in_progress')";
        let full = not_started("A/operation/P-1016-03/1", json!({}));
        assert_eq!((&full["code"], &full["limit"], &full["present"]), (&json!("limit_exceeded"), &json!(8), &sql(wip)));
        // A job that does not wait there yet is one more.
        let held = "A/operation/P-1016-03/1";
        Spi::run(
            "UPDATE mes.operations SET status = 'on_hold' WHERE cell_id = mes_demo_id('A/cell/Welding') AND status <> 'completed'
                AND part_id IN (SELECT id FROM mes.parts WHERE job_id = mes_demo_id('A/job/JOB-1016'))",
        )
        .expect("operations");
        let present = sql(wip).as_i64();
        let limit = |limit: Option<i64>| set("A/cell/Welding", &format!("wip_limit = {}", limit.unwrap_or_default()));
        limit(present);
        assert_eq!(not_started(held, json!({}))["present"].as_i64(), present.map(|present| present + 1));
        set("A/cell/Welding", "enforce_wip_limit = false");
        assert_eq!(start(held, json!({}))["warnings"], json!([]));
        set(held, "status = 'on_hold'");
        set("A/cell/Welding", "enforce_wip_limit = true");
        let forced = start(held, json!({"force": true}));
        assert_eq!(
            (&forced["warnings"][0]["kind"], forced["warnings"][0]["count"].as_i64()),
            (&json!("wip_limit"), sql(wip).as_i64())
        );
        set(held, "status = 'on_hold'");
        limit(present.map(|present| present + 1));
        assert_eq!(start(held, json!({}))["warnings"], json!([]));
    }

    #[pg_test]
    fn what_is_on_hold_or_completed_around_it_comes_first() {
        demo();
        for (operation, hint) in [("A/operation/P-1027-01/1", "resume_job"), ("A/operation/P-1012-21/1", "update_part")]
        {
            let error = not_started(operation, json!({"force": true}));
            assert_eq!(error["code"], "invalid_state", "{error}");
            assert!(error["hint"].as_str().is_some_and(|text| text.contains(hint)), "{error}");
        }
        let operation = "A/operation/P-1012-22/1";
        set("A/part/P-1012-22", "status = 'completed'");
        assert_eq!(not_started(operation, json!({}))["blocked_by"][0]["reason"], "part_completed");
        set("A/job/JOB-1012", "status = 'completed'");
        assert_eq!(not_started(operation, json!({}))["blocked_by"][0]["reason"], "job_completed");
        set("A/job/JOB-1012", "deleted_at = now()");
        assert_eq!(not_started(operation, json!({}))["code"], "not_found");
    }

    #[pg_test]
    fn a_person_books_once_at_a_time_and_must_be_there() {
        demo();
        let operation = "A/operation/P-1012-22/1";
        let entry = running(operation, "jan.smit", "1 hour");
        let by = |person: &str| json!({"operator_id": id(person)});
        let again = not_started(operation, by("A/profile/jan.smit"));
        assert_eq!((&again["code"], &again["time_entry_id"]), (&json!("conflict"), &entry));
        assert_eq!(not_started(operation, by("A/profile/wim.vandenberg"))["code"], "invalid_state");
        for nobody in ["nothing", "B/profile/jan.smit"] {
            let error = not_started(operation, by(nobody));
            assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("operator_id")));
        }
        assert_eq!(not_started(operation, json!({"time_type": "run"}))["field"], "time_type");
        assert_eq!(sql(OPEN), 7);
        start(operation, by("A/profile/lars.hansen"));
        assert_eq!(sql(OPEN), 8);
    }

    #[pg_test]
    fn a_closed_cell_takes_work_by_force_only() {
        demo();
        let (operation, kiln) = (id("C/operation/L-2-1/3"), "C/cell/Kiln");
        assert_eq!(column(kiln, "json_build_array(wip_limit, enforce_wip_limit)"), json!([0, true]));
        set("C/operation/L-2-1/2", "status = 'completed'");
        let error = refused("C", "start_operation", &json!({"id": operation}));
        assert_eq!((&error["code"], &error["limit"]), (&json!("limit_exceeded"), &json!(0)));
        let forced = call("C", "start_operation", &json!({"id": operation, "force": true}));
        assert_eq!(forced["warnings"][0]["kind"], "wip_limit");
    }

    #[pg_test]
    fn a_state_that_nobody_wrote_is_not_started() {
        demo();
        // Only an attached database has such rows.
        Spi::run(
            "ALTER TABLE mes.jobs ALTER status DROP NOT NULL; ALTER TABLE mes.parts ALTER status DROP NOT NULL;
             ALTER TABLE mes.operations ALTER status DROP NOT NULL, ALTER completion_percentage DROP NOT NULL",
        )
        .expect("nullable columns");
        let operation = "A/operation/P-1001-01/1";
        set("A/job/JOB-1001", "status = NULL");
        set("A/part/P-1001-01", "status = NULL");
        set(operation, "status = NULL, completion_percentage = NULL");
        set("A/operation/P-1001-01/2", "status = NULL");
        assert_eq!(not_started("A/operation/P-1001-01/2", json!({}))["earlier_operations"], 1);
        let started = start(operation, json!({}));
        assert_eq!(
            (&started["previous_status"], &started["job"]["previous_status"]),
            (&json!("not_started"), &json!("not_started"))
        );
        assert_eq!(states(operation), json!(["in_progress", "in_progress", "in_progress"]));
        let done = call("A", "complete_operation", &json!({"id": id(operation)}));
        assert_eq!(done["part"]["status"], "in_progress");
        set(operation, "status = NULL");
        let forced = call("A", "complete_job", &json!({"job_number": "JOB-1001", "force": true}));
        let open = sql("SELECT count(*) FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id WHERE p.job_id = mes_demo_id('A/job/JOB-1001')
                           AND o.status IS DISTINCT FROM 'completed'");
        assert_eq!((open, &forced["completed_parts"]), (json!(0), &json!(2)));
    }
}
