//! Tests of rescheduling operations.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::batch::probe::{digest, ids, limited, nothing_without_a_scope, rehearses, untouched};
    use crate::tools::lifecycle::probe::{column, set};
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const TOOL: &str = "batch_reschedule_operations";
    const OPERATION: &str = "A/operation/P-1001-01/1";
    /// Not started, with planned dates, of part P-1010-02.
    const STEPS: [&str; 4] =
        ["A/operation/P-1010-02/2", "A/operation/P-1010-02/3", "A/operation/P-1010-02/4", "A/operation/P-1010-02/5"];

    fn listed(operations: &[&str]) -> Value {
        operations.iter().map(|operation| json!(id(operation))).collect()
    }

    fn shift(operation: &str, days: Value, hours: Value) -> Value {
        let scope = json!({"operation_ids": [id(operation)]});
        call("A", TOOL, &json!({"scope": scope, "schedule": {"shift_days": days, "shift_hours": hours}}))
    }

    /// The planned window in the factory's local time.
    fn local(operation: &str) -> Value {
        let at = |column: &str| format!("to_char({column} AT TIME ZONE 'Europe/Amsterdam', 'YYYY-MM-DD HH24:MI')");
        column(operation, &format!("json_build_array({}, {})", at("planned_start"), at("planned_end")))
    }

    fn plan(operation: &str, start: &str, end: &str) {
        let zone = "::timestamp AT TIME ZONE 'Europe/Amsterdam'";
        set(operation, &format!("planned_start = '{start}'{zone}, planned_end = '{end}'{zone}"));
    }

    #[pg_test]
    fn days_are_local_days_across_a_change_of_the_clocks_and_hours_are_hours() {
        demo();
        // The clocks go forward on 2031-03-30 at 02:00, and back on 2031-10-26 at 03:00.
        plan(OPERATION, "2031-03-29 08:00", "2031-03-29 10:30");
        let answer = shift(OPERATION, json!(1), Value::Null);
        assert_eq!(local(OPERATION), json!(["2031-03-30 08:00", "2031-03-30 10:30"]));
        assert_eq!(
            answer["operations"][0]["planned_start"],
            json!({"old": "2031-03-29T07:00:00+00:00", "new": "2031-03-30T06:00:00+00:00"})
        );
        shift(OPERATION, json!(-1), json!(24));
        assert_eq!(local(OPERATION), json!(["2031-03-30 09:00", "2031-03-30 11:30"]));
        plan(OPERATION, "2031-03-29 02:30", "2031-03-29 03:15");
        shift(OPERATION, json!(1), Value::Null);
        assert_eq!(local(OPERATION), json!(["2031-03-30 03:30", "2031-03-30 04:15"]));
        plan(OPERATION, "2031-10-19 08:00", "2031-10-19 10:00");
        shift(OPERATION, json!(7), json!(0.5));
        assert_eq!(local(OPERATION), json!(["2031-10-26 08:30", "2031-10-26 10:30"]));
        // In Chicago the clocks go forward on 2031-03-09.
        set("B/operation/P-1001-01/4", "planned_start = '2031-03-08 08:00-06', planned_end = '2031-03-08 09:00-06'");
        let scope = json!({"part_number": "P-1001-01", "operation_ids": [id("B/operation/P-1001-01/4")]});
        call("B", TOOL, &json!({"scope": scope, "schedule": {"shift_days": 1}}));
        assert_eq!(column("B/operation/P-1001-01/4", "planned_start = '2031-03-09 08:00-05'"), true);
    }

    #[pg_test]
    fn all_operations_of_a_scope_are_shifted_but_completed_ones_and_those_without_dates() {
        demo();
        let scope = "FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
                      WHERE o.tenant_id = mes_demo_id('A') AND lower(j.customer) = 'van leeuwen machines'
                        AND o.deleted_at IS NULL AND p.deleted_at IS NULL AND j.deleted_at IS NULL";
        let count = |condition: &str| sql(&format!("SELECT count(*) {scope} AND {condition}"));
        let (planned, completed) =
            (count("o.status <> 'completed' AND o.planned_start IS NOT NULL"), count("o.status = 'completed'"));
        let not_planned = count("o.status <> 'completed' AND o.planned_start IS NULL");
        let window = format!("SELECT json_object_agg(o.id, json_build_array(o.planned_start + interval '25 hours', o.planned_end)) {scope}
                                AND o.status <> 'completed' AND o.planned_start IS NOT NULL");
        let expected = sql(&window.replace("o.planned_end", "o.planned_end + interval '25 hours'"));
        let arguments =
            json!({"scope": {"customer": "Van Leeuwen MACHINES"}, "schedule": {"shift_days": 1, "shift_hours": 1}});
        let answer = rehearses(TOOL, &arguments);
        assert!(planned.as_i64() > Some(3) && not_planned.as_i64() > Some(0), "{planned} {not_planned}");
        assert_eq!((&answer["changed"], &answer["excluded"]["completed"]), (&planned, &completed));
        assert_eq!(answer["operations"].as_array().map(|rows| json!(rows.len())), Some(planned));
        let skipped = answer["skipped"].as_array().cloned().unwrap_or_default();
        assert_eq!(json!(skipped.iter().filter(|row| row["reason"] == "not_planned").count()), not_planned);
        let now = window.replace(" + interval '25 hours'", "");
        assert_eq!(sql(&now), expected);
        let before = digest();
        // Pattern characters and parts of a name are no customers.
        for customer in ["%", "Van Leeuwen%", "50%", "Van Leeuwen", "_an Leeuwen Machines"] {
            let none = call("A", TOOL, &json!({"scope": {"customer": customer}, "schedule": {"shift_days": 1}}));
            assert_eq!((&none["changed"], &none["nothing_selected"]), (&json!(0), &json!(false)), "{customer}");
        }
        assert_eq!(digest(), before);
        let found = call("A", TOOL, &json!({"scope": {"customer": "50%_OFF b.v."}, "schedule": {"shift_days": 1}}));
        assert!(found["changed"].as_i64() > Some(0));
    }

    #[pg_test]
    fn nothing_is_moved_without_a_scope_or_a_schedule() {
        demo();
        nothing_without_a_scope(TOOL, "operations", "operation_ids", &json!({"schedule": {"shift_days": 1}}));
        let none = call("A", TOOL, &json!({"schedule": {"shift_days": 1}}));
        assert_eq!((&none["changed"], &none["nothing_selected"]), (&json!(0), &json!(true)));
        let operations =
            json!([{"operation_id": id(OPERATION), "planned_start": "2031-07-01", "planned_end": "2031-07-02"}]);
        let scope = json!({"job_number": "JOB-1012"});
        for (arguments, field) in [
            (json!({}), "schedule"),
            (json!({"scope": scope}), "schedule"),
            (json!({"scope": scope, "schedule": {}}), "schedule"),
            (json!({"scope": scope, "schedule": {"shift_days": 1, "planned_start": "2031-07-01"}}), "schedule"),
            (json!({"scope": scope, "schedule": {"shift_days": 3651}}), "schedule.shift_days"),
            (
                json!({"scope": scope, "schedule": {"planned_start": "2031-07-02", "planned_end": "2031-07-01"}}),
                "schedule.planned_end",
            ),
            (
                json!({"scope": {}, "schedule": {"planned_start": "2031-07-02", "planned_end": "2031-07-01T23:00:00+02:00"}}),
                "schedule.planned_end",
            ),
            (json!({"scope": scope, "operations": operations}), "operations"),
            (json!({"operations": [operations[0], operations[0]]}), "operations[1].operation_id"),
            (json!({"operations": []}), "operations"),
            (
                json!({"operations": [operations[0], {"operation_id": id(STEPS[0]), "planned_start": "2031-07-02", "planned_end": "2031-07-01"}]}),
                "operations[1].planned_end",
            ),
        ] {
            let error = untouched(TOOL, &arguments);
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_arguments"), &json!(field)), "{arguments}");
        }
        for missing in ["B/job/JOB-1001", "A/job/JOB-1041", "nothing"] {
            let error = untouched(TOOL, &json!({"scope": {"job_id": id(missing)}, "schedule": {"shift_days": 1}}));
            assert_eq!(error["message"], format!("job not found: {}", id(missing)));
        }
        limited(
            TOOL,
            &json!({"scope": {"job_number": "JOB-1012"}, "schedule": {"shift_days": 1}, "filter": {"exclude_in_progress": true}}),
            "SELECT count(*) FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id WHERE p.job_id = mes_demo_id('A/job/JOB-1012')
                AND o.deleted_at IS NULL AND p.deleted_at IS NULL AND o.status NOT IN ('completed', 'in_progress')",
        );
    }

    #[pg_test]
    fn when_the_third_of_five_cannot_be_moved_none_is_and_partial_moves_the_others() {
        demo();
        let five = [STEPS[0], STEPS[1], "A/operation/P-1031-01/1", STEPS[2], STEPS[3]];
        let mut arguments = json!({"scope": {"operation_ids": listed(&five)}, "schedule": {"shift_days": 7},
                                   "filter": {"exclude_completed": false}});
        let error = untouched(TOOL, &arguments);
        assert_eq!((&error["code"], &error["failed"]), (&json!("invalid_state"), &json!(1)));
        assert_eq!(
            (&error["failures"][0]["id"], &error["failures"][0]["code"]),
            (&json!(id(five[2])), &json!("invalid_state"))
        );
        arguments["partial"] = json!(true);
        let partial = rehearses(TOOL, &arguments);
        assert_eq!((&partial["changed"], partial["skipped"].as_array().map(Vec::len)), (&json!(4), Some(1)));
        assert_eq!(partial["skipped"][0]["reason"], "invalid_state");
        // By default completed ones are left alone, also when they are listed.
        arguments["filter"] = json!({});
        arguments["partial"] = json!(false);
        let answer = call("A", TOOL, &arguments);
        assert_eq!((&answer["changed"], &answer["excluded"]["completed"]), (&json!(4), &json!(1)));

        let deleted = ids(
            "SELECT id FROM mes.operations WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NOT NULL ORDER BY id LIMIT 1",
        );
        for missing in [deleted[0].clone(), json!(id("B/operation/P-1001-01/4")), json!(id("nothing"))] {
            let mut arguments =
                json!({"scope": {"operation_ids": [id(STEPS[0]), missing]}, "schedule": {"shift_days": 1}});
            let error = untouched(TOOL, &arguments);
            assert_eq!((&error["code"], &error["missing"]), (&json!("not_found"), &json!([missing])));
            arguments["partial"] = json!(true);
            arguments["dry_run"] = json!(true);
            let answer = call("A", TOOL, &arguments);
            assert_eq!((&answer["changed"], &answer["skipped"][0]["reason"]), (&json!(1), &json!("not_found")));
        }
        let other = json!({"scope": {"job_number": "JOB-1012", "operation_ids": [id(STEPS[0])]}, "schedule": {"shift_days": 1}});
        let answer = call("A", TOOL, &other);
        assert_eq!((&answer["changed"], &answer["excluded"]["outside_scope"]), (&json!(0), &json!(1)));
        set(STEPS[0], "planned_start = '2031-07-01Z', planned_end = '2031-07-02Z'");
        let early = untouched(
            TOOL,
            &json!({"scope": {"operation_ids": listed(&STEPS)}, "schedule": {"planned_start": "2031-07-10"}}),
        );
        assert_eq!((&early["code"], &early["failed"]), (&json!("invalid_arguments"), &json!(4)));
    }

    #[pg_test]
    fn each_operation_can_get_dates_of_its_own() {
        demo();
        set(STEPS[2], "planned_start = NULL, planned_end = NULL");
        let dates = |operation: &str, start: &str, end: &str| json!({"operation_id": id(operation), "planned_start": start, "planned_end": end});
        let operations = json!([
            dates(STEPS[1], "2031-07-02T08:00:00+02:00", "2031-07-02T14:15:00+02:00"),
            dates(STEPS[0], "2031-07-01", "2031-07-01T12:00:00Z"),
            dates(STEPS[2], "2031-07-03", "2031-07-04"),
        ]);
        let answer = rehearses(TOOL, &json!({"operations": operations}));
        assert_eq!(answer["changed"], 3);
        assert_eq!(local(STEPS[0]), json!(["2031-07-01 00:00", "2031-07-01 14:00"]));
        assert_eq!(local(STEPS[1]), json!(["2031-07-02 08:00", "2031-07-02 14:15"]));
        assert_eq!(local(STEPS[2]), json!(["2031-07-03 00:00", "2031-07-04 00:00"]));
        set(STEPS[0], "updated_at = '2020-01-01Z'");
        let same = call("A", TOOL, &json!({"operations": operations}));
        assert_eq!((&same["changed"], &same["unchanged"]), (&json!(0), &json!(3)));
        assert_eq!(column(STEPS[0], "extract(year FROM updated_at)"), 2020);
        let long = untouched(TOOL, &json!({"operations": [dates(STEPS[0], "2031-07-01", "2032-07-03")]}));
        assert_eq!(long["failures"][0]["code"], "invalid_arguments");
        let filter = json!({"status": "in_progress"});
        let other = call("A", TOOL, &json!({"operations": operations, "filter": filter}));
        assert_eq!((&other["changed"], &other["excluded"]["other_status"]), (&json!(0), &json!(3)));
    }

    #[pg_test]
    fn what_suggest_reschedule_proposes_is_taken_as_it_is() {
        demo();
        let proposal = call("A", "suggest_reschedule", &json!({"job_number": "JOB-1010"}));
        let arguments = &proposal["reschedule_arguments"];
        let count = arguments["operations"].as_array().map(Vec::len);
        assert!(count > Some(3), "{proposal}");
        let answer = rehearses(TOOL, arguments);
        assert_eq!(answer["operations"].as_array().map(Vec::len), count);
        let conflicts = answer["conflicts"].as_array().into_iter().flatten();
        assert_eq!(conflicts.filter(|conflict| conflict["kind"] == "routing_order").count(), 0, "{answer}");
    }
}
