//! Tests of `complete_operation`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::{column, running, set, states};
    use crate::tools::operations::probe::{booked, entry};
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn complete(operation: &str, force: bool) -> Value {
        call("A", "complete_operation", &json!({"id": id(operation), "force": force}))
    }

    fn not_completed(operation: &str, force: bool) -> Value {
        let before = states(operation);
        let error = refused("A", "complete_operation", &json!({"id": id(operation), "force": force}));
        assert_eq!(states(operation), before);
        error
    }

    #[pg_test]
    fn the_last_operation_completes_its_part_and_the_last_part_its_job() {
        demo();
        let (operation, part, job) = ("A/operation/P-1012-10/3", "A/part/P-1012-10", "A/job/JOB-1012");
        let told = "SELECT count(*) FROM mes.notifications WHERE type = 'part_completed' AND reference_id = mes_demo_id('A/part/P-1012-10')";
        let admins =
            sql("SELECT count(*) FROM mes.profiles WHERE tenant_id = mes_demo_id('A') AND role = 'admin' AND active");
        let before = sql(told).as_i64().unwrap_or_default();
        let done = complete(operation, false);
        assert_eq!((&done["previous_status"], &done["warnings"]), (&json!("in_progress"), &json!([])));
        assert_eq!((&done["part"]["status"], &done["job"]["status"]), (&json!("completed"), &json!("in_progress")));
        assert_eq!(states(operation), json!(["completed", "completed", "in_progress"]));
        assert_eq!(
            column(operation, "json_build_array(completion_percentage, completed_at = now())"),
            json!([100, true])
        );
        assert_eq!(column(part, "current_cell_id"), Value::Null);
        assert_eq!(sql(told).as_i64(), admins.as_i64().map(|admins| before + admins));
        // All else of the job done: its last operation completes everything, deleted rows do not count.
        let last = "A/operation/P-1012-15/1";
        Spi::run(
            "UPDATE mes.operations o SET status = 'completed' FROM mes.parts p WHERE p.id = o.part_id AND p.job_id = mes_demo_id('A/job/JOB-1012')
                AND o.id <> mes_demo_id('A/operation/P-1012-15/1');
             UPDATE mes.operations SET status = 'not_started', deleted_at = now() WHERE id = mes_demo_id('A/operation/P-1012-15/2');
             UPDATE mes.parts SET status = 'completed' WHERE job_id = mes_demo_id('A/job/JOB-1012') AND part_number <> 'P-1012-15'
                AND deleted_at IS NULL",
        )
        .expect("rows");
        let deleted = "SELECT count(*) FROM mes.parts WHERE job_id = mes_demo_id('A/job/JOB-1012') AND deleted_at IS NOT NULL AND status <> 'completed'";
        assert_ne!(sql(deleted), 0);
        let done = complete(last, false);
        assert_eq!(
            (&done["part"]["previous_status"], &done["job"]["previous_status"]),
            (&json!("in_progress"), &json!("in_progress"))
        );
        assert_eq!(states(last), json!(["completed", "completed", "completed"]));
        assert_eq!(column(job, "json_build_array(current_cell_id, completed_at = now())"), json!([null, true]));
    }

    #[pg_test]
    fn a_part_goes_to_where_it_is_worked_on_and_else_stays() {
        demo();
        let (first, second) = ("A/operation/P-1012-09/3", "A/operation/P-1012-09/4");
        set(second, "status = 'in_progress', cell_id = mes_demo_id('A/cell/Finishing')");
        complete(first, true);
        assert_eq!(column("A/part/P-1012-09", "current_cell_id"), json!(id("A/cell/Finishing")));
        // Laser 1 comes first of the running ones of the job.
        assert_eq!(column("A/job/JOB-1012", "current_cell_id"), json!(id("A/cell/Laser 1")));
        complete(second, false);
        assert_eq!(column("A/part/P-1012-09", "current_cell_id"), json!(id("A/cell/Finishing")));
    }

    #[pg_test]
    fn time_and_substeps_hold_it_up_unless_forced() {
        demo();
        let operation = "A/operation/P-1012-03/1";
        let count = |of: &str| sql(&format!("SELECT count(*) {of} = mes_demo_id('{operation}')"));
        let left = count("FROM mes.substeps WHERE status <> 'completed' AND operation_id");
        let open = "FROM mes.time_entries WHERE end_time IS NULL AND operation_id";
        let error = not_completed(operation, false);
        assert_eq!((&error["code"], &error["running_time_entries"]), (&json!("invalid_state"), &count(open)));
        assert_eq!(error["unfinished_substeps"], left);
        assert_eq!(error["blocked_by"].as_array().map(Vec::len), Some(5));
        let done = complete(operation, true);
        let kinds: Value = done["warnings"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|warning| json!([warning["kind"], warning["count"]]))
            .collect();
        assert_eq!(kinds, json!([["ended_time_entries", 2], ["unfinished_substeps", left]]));
        assert_eq!((count(open), column(operation, "actual_time")), (json!(0), booked(operation)));
        assert_eq!(count("FROM mes.substeps WHERE status <> 'completed' AND operation_id"), left);
        // A duplicate of one person, and one that begins in the future.
        let operation = "A/operation/P-1012-10/3";
        let entries = [
            running(operation, "jan.smit", "1 hour"),
            running(operation, "jan.smit", "1 hour"),
            running(operation, "lars.hansen", "-1 hour"),
        ];
        complete(operation, true);
        assert_eq!(
            entries.each_ref().map(entry),
            [json!([60, false, false]), json!([60, false, false]), json!([0, false, false])]
        );
    }

    #[pg_test]
    fn what_is_on_hold_is_completed_by_force_and_a_yellow_card_never() {
        demo();
        let operation = "A/operation/P-1012-19/2";
        let error = not_completed(operation, false);
        assert_eq!(
            (&error["code"], &error["from"], &error["to"]),
            (&json!("invalid_state"), &json!("on_hold"), &json!("completed"))
        );
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("force")), "{error}");
        set(operation, "status_before_hold = 'in_progress'");
        complete(operation, true);
        assert_eq!(column(operation, "json_build_array(status, status_before_hold)"), json!(["completed", null]));
        for force in [false, true] {
            let error = not_completed("A/operation/P-1012-05/3", force);
            assert_eq!((&error["standstill_issues"], &error["code"]), (&json!(2), &json!("invalid_state")));
        }
        assert_eq!(column("A/operation/P-1012-05/3", "status_before_hold"), "in_progress");
        for (operation, from) in [("A/operation/P-1012-22/1", "not_started"), ("A/operation/P-1031-01/1", "completed")]
        {
            let error = not_completed(operation, true);
            assert_eq!((&error["from"], &error["allowed_from"]), (&json!(from), &json!(["in_progress", "on_hold"])));
        }
        for nobody in ["nothing", "B/operation/P-1001-01/4", "A/operation/P-1014-01/9"] {
            assert_eq!(refused("A", "complete_operation", &json!({"id": id(nobody)}))["code"], "not_found");
        }
    }

    #[pg_test]
    fn a_part_or_job_on_hold_stays_so_and_an_older_record_is_mended() {
        demo();
        let operation = "A/operation/P-1012-10/3";
        set("A/part/P-1012-10", "status = 'on_hold'");
        let done = complete(operation, false);
        assert_eq!((&done["part"]["status"], &done["warnings"][0]["kind"]), (&json!("on_hold"), &json!("on_hold")));
        let (operation, part) = ("A/operation/P-1017-03/3", "A/part/P-1017-03");
        set("A/job/JOB-1017", "status = 'on_hold'");
        Spi::run(
            "UPDATE mes.operations SET status = 'completed' WHERE part_id IN (SELECT id FROM mes.parts WHERE job_id = mes_demo_id('A/job/JOB-1017')
                AND part_number <> 'P-1017-03');
             UPDATE mes.parts SET status = 'completed' WHERE job_id = mes_demo_id('A/job/JOB-1017') AND part_number <> 'P-1017-03'",
        )
        .expect("rows");
        let done = complete(operation, true);
        assert_eq!(states(operation), json!(["completed", "completed", "on_hold"]));
        assert_eq!((&done["job"]["previous_status"], &done["job"]["status"]), (&json!("on_hold"), &json!("on_hold")));
        assert_eq!(done["warnings"][1]["kind"], "on_hold");
        // Only an attached database has a running operation in a part that was not begun.
        set(operation, "status = 'in_progress'");
        set(part, "status = 'not_started'");
        set("A/job/JOB-1017", "status = 'not_started', started_at = NULL");
        let done = complete(operation, true);
        assert_eq!(states(operation), json!(["completed", "completed", "completed"]));
        assert_eq!(
            (&done["part"]["previous_status"], &done["job"]["previous_status"]),
            (&json!("not_started"), &json!("not_started"))
        );
        assert_eq!(column("A/job/JOB-1017", "started_at = completed_at"), true);
    }
}
