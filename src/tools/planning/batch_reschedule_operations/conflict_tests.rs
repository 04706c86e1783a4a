//! Tests of what rescheduling does to allocated days, and of the conflicts that it reports.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::lifecycle::probe::set;
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const TOOL: &str = "batch_reschedule_operations";
    const OPERATION: &str = "A/operation/P-1001-01/1";
    /// Not started, with planned dates, of part P-1010-02.
    const STEPS: [&str; 4] =
        ["A/operation/P-1010-02/2", "A/operation/P-1010-02/3", "A/operation/P-1010-02/4", "A/operation/P-1010-02/5"];

    fn shift(operation: &str, days: Value, hours: Value) -> Value {
        let scope = json!({"operation_ids": [id(operation)]});
        call("A", TOOL, &json!({"scope": scope, "schedule": {"shift_days": days, "shift_hours": hours}}))
    }

    fn plan(operation: &str, start: &str, end: &str) {
        let zone = "::timestamp AT TIME ZONE 'Europe/Amsterdam'";
        set(operation, &format!("planned_start = '{start}'{zone}, planned_end = '{end}'{zone}"));
    }

    /// The allocated days of an operation.
    fn allocated(operation: &str) -> Value {
        sql(&format!(
            "SELECT json_agg(json_build_array(to_char(date, 'YYYY-MM-DD Dy'), hours_allocated) ORDER BY date)
               FROM mes.operation_day_allocations WHERE operation_id = mes_demo_id('{operation}')"
        ))
    }

    fn allocate(operation: &str, days: &[(&str, f64)]) {
        Spi::run(&format!("DELETE FROM mes.operation_day_allocations WHERE operation_id = mes_demo_id('{operation}')"))
            .expect("allocations");
        for (day, hours) in days {
            Spi::run(&format!(
                "INSERT INTO mes.operation_day_allocations (tenant_id, operation_id, cell_id, date, hours_allocated)
                 SELECT tenant_id, id, cell_id, '{day}', {hours} FROM mes.operations WHERE id = mes_demo_id('{operation}')"
            ))
            .expect("an allocation");
        }
    }

    #[pg_test]
    fn allocated_days_move_with_a_shift_and_go_to_the_working_days_of_new_dates() {
        demo();
        plan(OPERATION, "2031-06-30 08:00", "2031-07-02 12:00");
        allocate(OPERATION, &[("2031-06-30", 8.0), ("2031-07-01", 8.0), ("2031-07-02", 4.0)]);
        let answer = shift(OPERATION, json!(1), Value::Null);
        assert_eq!(answer["reallocated"], 1);
        assert_eq!(allocated(OPERATION), json!([["2031-07-01 Tue", 8], ["2031-07-02 Wed", 8], ["2031-07-03 Thu", 4]]));
        // The day stays the same, or becomes another one.
        assert_eq!(shift(OPERATION, Value::Null, json!(3))["reallocated"], 0);
        assert_eq!(shift(OPERATION, Value::Null, json!(-24))["reallocated"], 1);
        assert_eq!(allocated(OPERATION)[0], json!(["2031-06-30 Mon", 8]));

        let dates = |start: &str, end: &str| {
            let schedule = json!({"planned_start": start, "planned_end": end});
            let scope = json!({"operation_ids": [id(OPERATION)]});
            let answer = call("A", TOOL, &json!({"scope": scope, "schedule": schedule}));
            assert_eq!(answer["reallocated"], 1);
            allocated(OPERATION)
        };
        // A weekend lies in between, and the window is longer than the work.
        assert_eq!(
            dates("2031-07-04T10:00:00+02:00", "2031-07-20"),
            json!([["2031-07-04 Fri", 8], ["2031-07-07 Mon", 8], ["2031-07-08 Tue", 4]])
        );
        Spi::run(
            "INSERT INTO mes.factory_calendar (tenant_id, date, day_type, capacity_multiplier)
             VALUES (mes_demo_id('A'), '2031-07-14', 'holiday', 0), (mes_demo_id('A'), '2031-07-15', 'half_day', 0.5),
                    (mes_demo_id('A'), '2031-07-19', 'working', 1)",
        )
        .expect("a calendar");
        // Monday is a holiday, Tuesday half a day, Thursday's midnight is the end of Wednesday: 20 hours in one day and a half.
        assert_eq!(dates("2031-07-14", "2031-07-17"), json!([["2031-07-15 Tue", 6.67], ["2031-07-16 Wed", 13.33]]));
        // A Saturday that is worked.
        assert_eq!(dates("2031-07-19", "2031-07-21"), json!([["2031-07-19 Sat", 20.0]]));
        // A Sunday that is not, and no other day.
        assert_eq!(dates("2031-07-20T08:00:00+02:00", "2031-07-20T10:00:00+02:00"), json!([["2031-07-20 Sun", 20.0]]));
        let none = "A/operation/P-1012-10/3";
        allocate(none, &[]);
        let scope = json!({"operation_ids": [id(none)]});
        let answer = call(
            "A",
            TOOL,
            &json!({"scope": scope, "schedule": {"planned_start": "2031-07-01", "planned_end": "2031-07-02"}}),
        );
        assert_eq!((&answer["changed"], &answer["reallocated"], allocated(none)), (&json!(1), &json!(0), Value::Null));
    }

    /// A day of a week of which the calendar says nothing, and near enough for capacities to be known: 0 is its Monday.
    fn day(number: i64) -> String {
        let monday = "date_trunc('week', now() AT TIME ZONE 'Europe/Amsterdam')::date + 350";
        sql(&format!("SELECT to_char({monday} + {number}, 'YYYY-MM-DD')")).as_str().expect("a day").to_owned()
    }

    #[pg_test]
    fn what_does_not_fit_after_the_change_is_told() {
        demo();
        let kinds = |answer: &Value, kind: &str| -> Vec<Value> {
            let conflicts = answer["conflicts"].as_array().into_iter().flatten();
            conflicts.filter(|conflict| conflict["kind"] == kind).cloned().collect()
        };
        let dates = |operation: &str, start: &str, end: &str| json!({"operation_id": id(operation), "planned_start": start, "planned_end": end});
        let move_to = |operation: &str, start: &str, end: &str| {
            call("A", TOOL, &json!({"operations": [dates(operation, start, end)], "dry_run": true}))
        };
        let at = |number: i64, time: &str| format!("{}T{time}:00Z", day(number));
        set("A/job/JOB-1010", &format!("due_date_override = '{}'", at(28, "00:00")));
        let operations: Value =
            STEPS.iter().zip(0..).map(|(step, n)| dates(step, &at(n, "08:00"), &at(n, "09:00"))).collect();
        let fits = call("A", TOOL, &json!({"operations": operations}));
        assert_eq!((&fits["conflict_count"], &fits["conflicts"]), (&json!(0), &json!([])));
        let crossed = move_to(STEPS[0], &at(1, "08:30"), &at(2, "08:30"));
        let order = kinds(&crossed, "routing_order");
        assert_eq!(order.len(), 2, "{crossed}");
        assert_eq!(
            (&order[0]["earlier_operation_id"], &order[1]["later_operation_id"]),
            (&json!(id(STEPS[0])), &json!(id(STEPS[2])))
        );
        let due = kinds(&move_to(STEPS[3], &at(28, "08:00"), &at(28, "09:00")), "after_due_date");
        let effective = due[0]["effective_due_date"].as_str().map(|due| due[..16].to_owned());
        assert_eq!(
            (due.len(), &due[0]["operation_id"], effective),
            (1, &json!(id(STEPS[3])), Some(at(28, "00:00")[..16].to_owned()))
        );

        // Inspection works 7.5 hours a day.
        let other = "A/operation/P-1010-01/3";
        allocate(other, &[(&day(2), 5.5)]);
        allocate(STEPS[2], &[(&day(2), 2.0)]);
        let over = || kinds(&move_to(STEPS[2], &at(2, "08:30"), &at(2, "09:30")), "over_capacity");
        assert_eq!(over(), Vec::<Value>::new());
        allocate(other, &[(&day(2), 5.6)]);
        let full = over();
        assert_eq!(
            (full.len(), &full[0]["load_hours"], &full[0]["capacity_hours"], &full[0]["date"]),
            (1, &json!(7.6), &json!(7.5), &json!(day(2)))
        );
        // Without allocations what is left of it counts: spread over its working days.
        allocate(STEPS[2], &[]);
        set(STEPS[2], "estimated_time = 300, actual_time = 60");
        let spread = kinds(&move_to(STEPS[2], &day(2), &day(4)), "over_capacity");
        assert_eq!((spread.len(), &spread[0]["load_hours"]), (1, &json!(7.6)), "{spread:?}");
        // On a Sunday nobody works.
        allocate(STEPS[2], &[(&day(2), 2.0)]);
        let sunday = kinds(&move_to(STEPS[2], &at(6, "08:00"), &at(6, "10:00")), "over_capacity");
        assert_eq!(
            (sunday.len(), &sunday[0]["load_hours"], &sunday[0]["capacity_hours"]),
            (1, &json!(2.0), &json!(0.0))
        );
    }
}
