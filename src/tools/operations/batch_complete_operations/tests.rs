//! Tests of completing many operations.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::batch::probe::{ids, limited, nothing_without_a_scope, rehearses, untouched};
    use crate::tools::lifecycle::probe::{column, running, set, states, stop};
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const TOOL: &str = "batch_complete_operations";
    /// In progress, each the last one of its part.
    const LAST: [&str; 2] = ["A/operation/P-1017-03/3", "A/operation/P-1021-01/3"];

    /// The demo factory without the check lists that would stand in the way of [`LAST`].
    fn factory() {
        demo();
        let ids = LAST.map(|operation| format!("mes_demo_id('{operation}')")).join(", ");
        Spi::run(&format!("DELETE FROM mes.substeps WHERE operation_id IN ({ids})")).expect("substeps");
    }

    fn listed(operations: &[&str]) -> Value {
        operations.iter().map(|operation| json!(id(operation))).collect()
    }

    fn these(operations: &[&str], more: Value) -> Value {
        let mut arguments = json!({"scope": {"operation_ids": listed(operations)}});
        arguments.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        arguments
    }

    #[pg_test]
    fn operations_are_completed_with_their_time_their_part_and_their_job() {
        factory();
        // All other work of the second one's job is done.
        Spi::run(
            "UPDATE mes.operations o SET status = 'completed' FROM mes.parts p
              WHERE p.id = o.part_id AND p.job_id = mes_demo_id('A/job/JOB-1021') AND o.id <> mes_demo_id('A/operation/P-1021-01/3');
             UPDATE mes.parts SET status = 'completed' WHERE job_id = mes_demo_id('A/job/JOB-1021') AND part_number <> 'P-1021-01'",
        )
        .expect("operations");
        let entry = running(LAST[0], "jan.smit", "45 minutes");
        set(LAST[0], "notes = 'one'");
        assert_eq!(untouched(TOOL, &these(&LAST, json!({})))["failures"][0]["id"], json!(id(LAST[0])));
        let answer = rehearses(
            TOOL,
            &these(&LAST, json!({"force": true, "notes": "End of shift", "completion_percentage": 100})),
        );
        assert_eq!(
            (&answer["changed"], &answer["operations"][0]["previous_status"]),
            (&json!(2), &json!("in_progress"))
        );
        assert_eq!(states(LAST[0]), json!(["completed", "completed", "in_progress"]));
        assert_eq!(states(LAST[1]), json!(["completed", "completed", "completed"]));
        assert_eq!(
            answer["jobs"],
            json!([{"id": id("A/job/JOB-1021"), "previous_status": "in_progress", "status": "completed"}])
        );
        assert_eq!(answer["parts"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            column(LAST[0], "json_build_array(completion_percentage, completed_at = now(), notes)"),
            json!([100, true, "one\n\nEnd of shift"])
        );
        assert_eq!(sql(&format!("SELECT duration FROM mes.time_entries WHERE id = {entry}").replace('"', "'")), 45);
        assert_eq!(answer["operations"][0]["warnings"][0]["kind"], "ended_time_entries");
        assert_eq!(column(LAST[0], "actual_time"), answer["operations"][0]["actual_time_minutes"]);
        // What is completed keeps its time and its notes.
        set(LAST[0], "completed_at = '2020-01-01Z'");
        let again = call("A", TOOL, &these(&LAST, json!({"notes": "again"})));
        assert_eq!((&again["changed"], &again["excluded"]["completed"]), (&json!(0), &json!(2)));
        assert_eq!(
            column(LAST[0], "json_build_array(extract(year FROM completed_at), notes)"),
            json!([2020, "one\n\nEnd of shift"])
        );
        let twice = untouched(TOOL, &these(&LAST, json!({"filter": {"exclude_completed": false}, "force": true})));
        assert_eq!((&twice["code"], &twice["failed"]), (&json!("invalid_state"), &json!(2)));
    }

    #[pg_test]
    fn one_that_cannot_be_completed_stops_all_or_is_skipped() {
        factory();
        // Not started, with a standstill, and on hold.
        let (not_started, stopped, held) =
            ("A/operation/P-1001-01/1", "A/operation/P-1012-10/3", "A/operation/P-1014-03/3");
        stop(stopped);
        let five = [LAST[0], not_started, stopped, LAST[1], held];
        let error = untouched(TOOL, &these(&five, json!({})));
        assert_eq!((&error["code"], &error["failed"]), (&json!("invalid_state"), &json!(3)));
        let failures = error["failures"].as_array().cloned().unwrap_or_default();
        assert!(
            failures.iter().all(|failure| failure["message"].is_string() && failure["from"].is_string()),
            "{error}"
        );
        assert_eq!(untouched(TOOL, &these(&five, json!({"force": true})))["failed"], 2);
        let partial = rehearses(TOOL, &these(&five, json!({"partial": true, "force": true})));
        let skipped = partial["skipped"].as_array().cloned().unwrap_or_default();
        let mut left: Vec<_> = skipped.iter().map(|row| row["id"].to_string()).collect();
        let mut expected = [not_started, stopped].map(|operation| json!(id(operation)).to_string());
        left.sort();
        expected.sort();
        assert_eq!((&partial["changed"], left), (&json!(3), expected.to_vec()));
        assert_eq!(
            (states(held)[0].clone(), states(not_started)[0].clone()),
            (json!("completed"), json!("not_started"))
        );

        let deleted = ids(
            "SELECT id FROM mes.operations WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NOT NULL ORDER BY id LIMIT 1",
        );
        for missing in [deleted[0].clone(), json!(id("B/operation/P-1001-01/3")), json!(id("nothing"))] {
            let scope = json!({"operation_ids": [id("A/operation/P-1009-02/2"), missing]});
            let error = untouched(TOOL, &json!({"scope": scope}));
            assert_eq!((&error["code"], &error["missing"]), (&json!("not_found"), &json!([missing])));
        }
        for percentage in [json!(95), json!(950), json!(99.5), json!("100")] {
            let error =
                untouched(TOOL, &these(&["A/operation/P-1009-02/2"], json!({"completion_percentage": percentage})));
            assert_eq!(
                (&error["code"], &error["field"]),
                (&json!("invalid_arguments"), &json!("completion_percentage"))
            );
        }
        set("A/operation/P-1009-02/2", "notes = repeat('x', 19991)");
        let full = untouched(TOOL, &these(&["A/operation/P-1009-02/2"], json!({"notes": "too much"})));
        assert_eq!((&full["code"], &full["failed"]), (&json!("limit_exceeded"), &json!(1)));
    }

    #[pg_test]
    fn a_scope_completes_what_its_filters_leave() {
        demo();
        nothing_without_a_scope(TOOL, "operations", "operation_ids", &json!({"force": true}));
        assert_eq!(untouched(TOOL, &json!({"force": true}))["field"], "scope");
        let from =
            "FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id WHERE p.job_id = mes_demo_id('A/job/JOB-1009')
                     AND o.deleted_at IS NULL AND p.deleted_at IS NULL";
        let scope = json!({"job_number": "job-1009"});
        assert_eq!(untouched(TOOL, &json!({"scope": scope}))["code"], "invalid_state");
        let others = sql(&format!("SELECT count(*) {from} AND o.status = 'not_started'"));
        let answer = rehearses(TOOL, &json!({"scope": scope, "filter": {"status": "in_progress"}}));
        assert_eq!((&answer["changed"], &answer["excluded"]["other_status"]), (&json!(2), &others));
        assert_eq!(sql(&format!("SELECT count(*) {from} AND o.status = 'in_progress'")), 0);
        assert_eq!(states("A/operation/P-1009-02/2"), json!(["completed", "in_progress", "in_progress"]));
        let at_cell = json!({"scope": {"cell_name": "Inspection", "part_number": "P-1012-10"}});
        assert_eq!(rehearses(TOOL, &at_cell)["changed"], 1);
        for missing in ["B/part/P-1001-01", "A/part/P-1012-31", "nothing"] {
            let error = untouched(TOOL, &json!({"scope": {"part_id": id(missing)}}));
            assert_eq!(error["message"], format!("part not found: {}", id(missing)));
        }
        limited(
            TOOL,
            &json!({"scope": {"job_number": "JOB-1012"}, "filter": {"status": "in_progress"}, "partial": true}),
            "SELECT count(*) FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id WHERE p.job_id = mes_demo_id('A/job/JOB-1012')
                AND o.deleted_at IS NULL AND p.deleted_at IS NULL AND o.status = 'in_progress'",
        );
    }
}
