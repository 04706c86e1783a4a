//! Tests of `pause_operation`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::{column, running, set, states, stop};
    use crate::tools::operations::probe::{booked, entry};
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn a_pause_ends_the_time_without_its_pauses() {
        demo();
        let operation = "A/operation/P-1012-10/3";
        let (long, paused) =
            (running(operation, "jan.smit", "100 minutes"), running(operation, "lars.hansen", "100 minutes"));
        Spi::run(
            &format!(
                "INSERT INTO mes.time_entry_pauses (tenant_id, time_entry_id, paused_at, resumed_at, duration)
             SELECT mes_demo_id('A'), {long}, clock_timestamp() - interval '60 minutes', clock_timestamp() - interval '50 minutes', 600;
             INSERT INTO mes.time_entry_pauses (tenant_id, time_entry_id, paused_at)
             SELECT mes_demo_id('A'), {paused}, clock_timestamp() - interval '30 minutes';
             UPDATE mes.time_entries SET is_paused = true WHERE id = {paused}"
            )
            .replace('"', "'"),
        )
        .expect("pauses");
        let answer = call("A", "pause_operation", &json!({"task_id": id(operation), "reason": "No gauge"}));
        assert_eq!((&answer["previous_status"], &answer["ended_time_entries"]), (&json!("in_progress"), &json!(2)));
        assert_eq!((entry(&long), entry(&paused)), (json!([90, false, false]), json!([70, false, false])));
        // Half an hour, and the seconds that this test has taken.
        let pauses = format!(
            "SELECT json_build_array(count(*), min(duration), max(duration) - 1800 BETWEEN 0 AND ceil(extract(epoch FROM clock_timestamp() - now())))
               FROM mes.time_entry_pauses WHERE time_entry_id IN ({long}, {paused}) AND resumed_at IS NOT NULL"
        );
        assert_eq!(sql(&pauses.replace('"', "'")), json!([2, 600, true]));
        assert_eq!(
            column(operation, "json_build_array(status, status_before_hold, actual_time)"),
            json!(["on_hold", null, booked(operation)])
        );
        assert_eq!(column(operation, "notes"), "[stopped] No gauge");
        assert_eq!(states(operation), json!(["on_hold", "in_progress", "in_progress"]));
        assert_eq!(answer["operation"]["actual_time_minutes"], booked(operation));
        // Without time on it the minutes that somebody entered stay.
        let minutes = column("A/operation/P-1009-02/2", "actual_time");
        let other = call("A", "pause_operation", &json!({"id": id("A/operation/P-1009-02/2")}));
        assert_eq!((&other["ended_time_entries"], &other["operation"]["actual_time_minutes"]), (&json!(0), &minutes));

        for (operation, from) in [
            ("A/operation/P-1012-22/1", "not_started"),
            (operation, "on_hold"),
            ("A/operation/P-1031-01/1", "completed"),
        ] {
            let error = refused("A", "pause_operation", &json!({"id": id(operation)}));
            assert_eq!(
                (&error["code"], &error["from"], &error["allowed_from"]),
                (&json!("invalid_state"), &json!(from), &json!(["in_progress"]))
            );
        }
        for nobody in ["nothing", "B/operation/P-1001-01/4"] {
            assert_eq!(refused("A", "pause_operation", &json!({"id": id(nobody)}))["code"], "not_found");
        }
        set("A/operation/P-1009-03/2", "notes = repeat('x', 19990)");
        let full = refused("A", "pause_operation", &json!({"id": id("A/operation/P-1009-03/2"), "reason": "too much"}));
        assert_eq!((&full["code"], &full["field"]), (&json!("limit_exceeded"), &json!("reason")));
    }

    #[pg_test]
    fn a_pause_outlives_a_yellow_card() {
        demo();
        let operation = "A/operation/P-1012-10/3";
        call("A", "pause_operation", &json!({"id": id(operation)}));
        let issue = stop(operation);
        assert_eq!(column(operation, "json_build_array(status, status_before_hold)"), json!(["on_hold", "on_hold"]));
        Spi::run(&format!("UPDATE mes.issues SET status = 'approved' WHERE id = {issue}").replace('"', "'"))
            .expect("an issue");
        assert_eq!(column(operation, "json_build_array(status, status_before_hold)"), json!(["on_hold", null]));
        // Also one that came while the operation counted as running.
        set(operation, "status = 'completed'");
        let issue = stop(operation);
        set(operation, "status = 'in_progress'");
        call("A", "pause_operation", &json!({"id": id(operation)}));
        Spi::run(&format!("UPDATE mes.issues SET status = 'approved' WHERE id = {issue}").replace('"', "'"))
            .expect("an issue");
        assert_eq!(column(operation, "json_build_array(status, status_before_hold)"), json!(["on_hold", null]));
    }
}
