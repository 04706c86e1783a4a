//! What `get_cell_capacity` must answer on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn cell(tenant: &str, arguments: &Value) -> Value {
        let mut answer = call(tenant, "get_cell_capacity", arguments);
        assert_eq!(answer["cells"].as_array().map(Vec::len), Some(1), "{answer}");
        answer["cells"][0].take()
    }

    fn day(cell: &Value, date: &Value) -> Value {
        let found = cell["days"].as_array().into_iter().flatten().find(|day| &day["date"] == date).cloned();
        found.unwrap_or_else(|| panic!("{date} in {cell}"))
    }

    /// A Monday more than 60 days ahead, so behind the calendar of the demo, and days after it.
    fn later(days: i32) -> Value {
        sql(&format!("SELECT date_trunc('week', now() AT TIME ZONE 'Europe/Amsterdam')::date + 70 + {days}"))
    }

    #[pg_test]
    fn capacity_follows_working_days_holidays_and_half_days() {
        demo();
        let answer = call("A", "get_cell_capacity", &json!({"cell_name": "Laser 1"}));
        assert_eq!(answer["from"], sql("SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date"));
        let working = |calendar: &Value| {
            calendar.as_array().into_iter().flatten().filter(|day| day["capacity_share"].as_f64() > Some(0.0)).count()
        };
        assert_eq!(working(&answer["calendar"]), 10);
        let two_months = sql("SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date + 59");
        let laser = cell("A", &json!({"cell_name": "Laser 1", "to": two_months}));
        for (day_type, hours) in [("holiday", 0.0), ("closure", 0.0), ("half_day", 8.0)] {
            let date = sql(&format!(
                "SELECT min(date) FROM mes.factory_calendar WHERE tenant_id = mes_demo_id('A') AND day_type = '{day_type}'"
            ));
            assert_eq!(day(&laser, &date)["capacity_hours"].as_f64(), Some(hours), "{day_type}");
        }
        let hours = sql("SELECT sum(16 * CASE WHEN c.date IS NOT NULL THEN c.capacity_multiplier ELSE (extract(isodow FROM d) < 6)::integer END)
               FROM generate_series(0, 59) n CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date + n AS d) x
               LEFT JOIN mes.factory_calendar c ON c.tenant_id = mes_demo_id('A') AND c.date = d");
        assert_eq!(laser["totals"]["capacity_hours"].as_f64(), hours.as_f64());
    }

    #[pg_test]
    fn the_calendar_wins_over_the_days_of_the_week() {
        demo();
        let week = json!({"cell_name": "Welding", "from": later(0), "to": later(6)});
        assert_eq!(cell("A", &week)["totals"]["capacity_hours"].as_f64(), Some(40.0));
        Spi::run(&format!(
            "INSERT INTO mes.factory_calendar (tenant_id, date, day_type, capacity_multiplier)
             SELECT mes_demo_id('A'), {0} + n, t, m
               FROM (VALUES (5, 'working', 1), (0, 'half_day', NULL), (1, 'holiday', 1)) v (n, t, m)",
            "(date_trunc('week', now() AT TIME ZONE 'Europe/Amsterdam')::date + 70)"
        ))
        .expect("days");
        let welding = cell("A", &week);
        assert_eq!(day(&welding, &later(5))["capacity_hours"].as_f64(), Some(8.0), "a Saturday");
        assert_eq!(day(&welding, &later(0))["capacity_hours"].as_f64(), Some(4.0));
        assert_eq!(welding["totals"]["capacity_hours"].as_f64(), Some(36.0));
        Spi::run("UPDATE mes.tenants SET working_days_mask = 0 WHERE id = mes_demo_id('A')").expect("a tenant");
        assert_eq!(cell("A", &week)["totals"]["capacity_hours"].as_f64(), Some(12.0));
    }

    #[pg_test]
    fn load_is_what_is_allocated_and_what_is_left_of_other_planned_work() {
        demo();
        let to = sql("SELECT greatest(max(date), (now() AT TIME ZONE 'Europe/Amsterdam')::date + 30)
              FROM mes.operation_day_allocations WHERE tenant_id = mes_demo_id('A')");
        let answer = call("A", "get_cell_capacity", &json!({"to": to}));
        // All windows of the demo lie within one local day.
        let hours = |cell: &Value| {
            sql(&format!(
            "WITH open AS (
                SELECT o.*, (o.planned_start AT TIME ZONE 'Europe/Amsterdam')::date AS day
                  FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
                 WHERE o.tenant_id = mes_demo_id('A') AND o.status IN ('not_started', 'in_progress')
                   AND o.deleted_at IS NULL AND p.deleted_at IS NULL AND j.deleted_at IS NULL)
             SELECT round(coalesce((SELECT sum(a.hours_allocated) FROM mes.operation_day_allocations a JOIN open o ON o.id = a.operation_id
                                     WHERE a.cell_id = '{0}' AND a.date <= '{1}'), 0)
                        + coalesce((SELECT sum(greatest(o.estimated_time - o.actual_time, 0)) / 60.0 FROM open o
                                     WHERE o.cell_id = '{0}' AND o.day BETWEEN (now() AT TIME ZONE 'Europe/Amsterdam')::date AND '{1}'
                                       AND NOT EXISTS (SELECT FROM mes.operation_day_allocations a WHERE a.operation_id = o.id)), 0), 1)",
            cell["cell_id"].as_str().expect("an id"), to.as_str().expect("a day")
        ))
        };
        for cell in answer["cells"].as_array().into_iter().flatten() {
            let load = cell["totals"]["load_hours"].as_f64().expect("hours");
            assert!((load - hours(cell).as_f64().expect("hours")).abs() < 0.2, "{} {load}", cell["cell_name"]);
        }
        let welding = &answer["cells"][2];
        let above: Vec<_> = welding["days"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|day| day["allocated_hours"].as_f64() > Some(8.0))
            .collect();
        assert_eq!(above.len(), 2);
        assert!(above.iter().all(|day| day["over_capacity"] == true), "{above:?}");
        assert_eq!(welding["work_in_progress"]["status"], "over");
        let qrm = call("A", "get_qrm_data", &json!({"cell_name": "Welding"}));
        assert_eq!(welding["work_in_progress"]["wip"], qrm["cells"][0]["wip"]);
        assert_eq!(welding["parked"]["operations"], qrm["cells"][0]["parked"]["operations"]);
    }

    #[pg_test]
    fn a_window_is_spread_over_its_working_days_and_what_has_none_is_backlog() {
        demo();
        // From Friday noon to Monday noon, 10 hours of which 4 are booked; and two others.
        let plan = |name: &str, start: &str, end: &str, status: &str| {
            Spi::run(&format!(
                "INSERT INTO mes.operations (tenant_id, part_id, cell_id, operation_name, sequence, estimated_time, actual_time, status,
                                             planned_start, planned_end)
                 SELECT mes_demo_id('A'), mes_demo_id('A/part/P-1001-01'), mes_demo_id('A/cell/Oven'), '{name}', 500, 600, 240, '{status}',
                        ({start})::timestamp AT TIME ZONE 'Europe/Amsterdam', ({end})::timestamp AT TIME ZONE 'Europe/Amsterdam'"
            ))
            .expect("an operation");
        };
        Spi::run(
            "INSERT INTO mes.cells (id, tenant_id, name, sequence, capacity_hours_per_day)
                  SELECT mes_demo_id('A/cell/Oven'), mes_demo_id('A'), 'Oven', 99, 4",
        )
        .expect("a cell");
        let monday = "date_trunc('week', now() AT TIME ZONE 'Europe/Amsterdam')::date + 70";
        plan(
            "Over a weekend",
            &format!("{monday} + 4 + time '12:00'"),
            &format!("{monday} + 7 + time '12:00'"),
            "in_progress",
        );
        plan(
            "On a Sunday",
            &format!("{monday} + 6 + time '08:00'"),
            &format!("{monday} + 6 + time '09:00'"),
            "not_started",
        );
        plan("Done", &format!("{monday} + time '08:00'"), &format!("{monday} + time '09:00'"), "completed");
        plan("Parked", &format!("{monday} + time '08:00'"), &format!("{monday} + time '09:00'"), "on_hold");
        plan("Late", &format!("{monday} - 90 + time '08:00'"), &format!("{monday} - 90 + time '09:00'"), "not_started");
        plan("Undated", "NULL", "NULL", "not_started");
        let oven = cell("A", &json!({"cell_name": "oven", "from": later(0), "to": later(9)}));
        let load: Vec<_> = (0..10).map(|n| day(&oven, &later(n))["load_hours"].as_f64().expect("hours")).collect();
        assert_eq!(load, [0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 6.0, 3.0, 0.0, 0.0]);
        let sunday = day(&oven, &later(6));
        assert_eq!((&sunday["over_capacity"], &sunday["utilization_percent"]), (&json!(true), &Value::Null));
        assert_eq!(
            oven["backlog"],
            json!({"operations": 4, "hours": 24.0, "working_days": 6.0, "undated_operations": 1, "undated_hours": 6.0,
                   "overdue_operations": 1, "overdue_hours": 6.0})
        );
        assert_eq!(oven["parked"], json!({"operations": 1, "hours": 6.0}));
        // What the scheduler allocated counts in place of the window.
        Spi::run(&format!(
            "INSERT INTO mes.operation_day_allocations (tenant_id, operation_id, cell_id, date, hours_allocated)
             SELECT tenant_id, id, cell_id, {monday} + n, 2.5 FROM mes.operations CROSS JOIN generate_series(0, 1) n
              WHERE operation_name = 'Over a weekend'"
        ))
        .expect("days");
        let oven = cell("A", &json!({"cell_name": "oven", "from": later(0), "to": later(9)}));
        let load: Vec<_> = (0..10).map(|n| day(&oven, &later(n))["load_hours"].as_f64().expect("hours")).collect();
        assert_eq!(load, [2.5, 2.5, 0.0, 0.0, 0.0, 0.0, 6.0, 0.0, 0.0, 0.0]);
    }

    #[pg_test]
    fn days_are_those_of_the_factory_and_no_factory_has_no_percent() {
        demo();
        let night = sql("SELECT date_trunc('week', now() AT TIME ZONE 'America/Chicago')::date + 70");
        let saw = || cell("B", &json!({"cell_name": "Saw", "from": night, "to": night}));
        let before = saw()["days"][0]["load_hours"].as_f64().expect("hours");
        Spi::run(
            "INSERT INTO mes.operations (tenant_id, part_id, cell_id, operation_name, sequence, estimated_time, planned_start, planned_end)
             SELECT mes_demo_id('B'), mes_demo_id('B/part/P-1001-01'), mes_demo_id('B/cell/Saw'), 'Night', 500, 30,
                    d + interval '23 hours', d + interval '23.5 hours'
               FROM (SELECT (date_trunc('week', now() AT TIME ZONE 'America/Chicago') + interval '70 days') AT TIME ZONE 'America/Chicago' AS d) x",
        )
        .expect("an operation");
        assert_eq!(saw()["days"][0]["load_hours"].as_f64(), Some(before + 0.5));
        assert_eq!(
            call("B", "get_cell_capacity", &json!({}))["from"],
            sql("SELECT (now() AT TIME ZONE 'America/Chicago')::date")
        );
        let bench = cell("C", &json!({"cell_name": "Bench"}));
        assert_eq!((&bench["capacity_hours_per_day"], &bench["capacity_is_assumed"]), (&json!(8), &json!(true)));
        let kiln = cell("C", &json!({"cell_name": "Kiln"}));
        assert_eq!(
            (&kiln["work_in_progress"]["wip_limit"], &kiln["work_in_progress"]["status"]),
            (&json!(0), &json!("over"))
        );
        let empty = call("D", "get_cell_capacity", &json!({}));
        assert_eq!(empty["cells"], json!([]));
        assert_eq!(empty["totals"]["utilization_percent"], Value::Null);
    }

    #[pg_test]
    fn long_answers_are_cut_and_wrong_days_are_refused() {
        demo();
        Spi::run("INSERT INTO mes.cells (tenant_id, name, sequence) SELECT mes_demo_id('D'), 'Cell ' || n, n FROM generate_series(1, 30) n")
            .expect("cells");
        let to = sql("SELECT (now() AT TIME ZONE 'UTC')::date + 89");
        let answer = call("D", "get_cell_capacity", &json!({"to": to}));
        assert_eq!(answer["cells"].as_array().map(Vec::len), Some(16));
        assert_eq!((&answer["truncated"], &answer["totals"]["cells"]), (&json!(true), &json!(16)));
        let too_far = sql("SELECT (now() AT TIME ZONE 'UTC')::date + 90");
        assert_eq!(refused("D", "get_cell_capacity", &json!({"to": too_far}))["code"], "limit_exceeded");
        let yesterday = sql("SELECT (now() AT TIME ZONE 'UTC')::date - 1");
        assert_eq!(refused("D", "get_cell_capacity", &json!({"from": yesterday}))["field"], "from");
        assert_eq!(refused("D", "get_cell_capacity", &json!({"to": yesterday}))["field"], "to");
        assert_eq!(refused("D", "get_cell_capacity", &json!({"to": "0000-01-01"}))["code"], "invalid_arguments");
        assert_eq!(refused("B", "get_cell_capacity", &json!({"cell_name": "Welding"}))["code"], "not_found");
    }
}
