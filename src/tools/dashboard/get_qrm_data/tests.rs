//! Tests of `get_qrm_data`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn cell(tenant: &str, name: &str) -> Value {
        let mut data = call(tenant, "get_qrm_data", &json!({"cell_name": name}));
        assert_eq!(data["cells"].as_array().map(Vec::len), Some(1));
        data["cells"][0].take()
    }

    /// Live operations of a cell of tenant A, with their job; `what` is an aggregate.
    fn live(what: &str, name: &str, more: &str) -> Value {
        sql(&format!(
            "SELECT {what} FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id AND p.tenant_id = o.tenant_id
               JOIN mes.jobs j ON j.id = p.job_id AND j.tenant_id = o.tenant_id
              WHERE o.cell_id = mes_demo_id('A/cell/{name}') AND o.tenant_id = mes_demo_id('A')
                AND o.deleted_at IS NULL AND p.deleted_at IS NULL AND j.deleted_at IS NULL AND {more}"
        ))
    }

    #[pg_test]
    fn work_in_progress_is_jobs_that_are_queued_or_running_against_the_limit() {
        demo();
        let cells = call("A", "get_qrm_data", &json!({}))["cells"].clone();
        let names: Vec<_> = cells.as_array().into_iter().flatten().map(|cell| cell["cell_name"].clone()).collect();
        assert_eq!(names, ["Laser 1", "Press Brake", "Welding", "Assembly", "Finishing", "Inspection"]);
        for cell in cells.as_array().into_iter().flatten() {
            let name = cell["cell_name"].as_str().expect("a name");
            let jobs = live("count(DISTINCT j.id)", name, "o.status IN ('not_started', 'in_progress')");
            assert_eq!(cell["wip"], jobs, "{name}");
            let status = match name {
                "Welding" => "over",
                "Press Brake" => "warning",
                "Assembly" => "at_capacity",
                _ => "available",
            };
            assert_eq!(cell["status"], status, "{name}");
        }
        assert_eq!((&cells[5]["wip_limit"], &cells[5]["utilization_percent"]), (&Value::Null, &Value::Null));
        assert_eq!(cells[0]["utilization_percent"], json!(60.0));
        // Three ways to count that are in use; only one is ours.
        let running = live("count(*)", "Welding", "o.status = 'in_progress'");
        let all = live("count(*)", "Welding", "o.status IN ('not_started', 'in_progress')");
        let wip = &cells[2]["wip"];
        assert!(wip != &running && wip != &all && running != all, "{wip} {running} {all}");
    }

    #[pg_test]
    fn queue_running_and_parked_work_are_apart_and_parked_work_is_no_work_in_progress() {
        demo();
        let before = cell("A", "Welding");
        for (field, status, minutes) in [
            ("queue", "not_started", "estimated_time_minutes"),
            ("running", "in_progress", "remaining_minutes"),
            ("parked", "on_hold", "remaining_minutes"),
        ] {
            let of_status = format!("o.status = '{status}'");
            assert_eq!(before[field]["operations"], live("count(*)", "Welding", &of_status));
            let booked = if field == "queue" { "0" } else { "o.actual_time" };
            let left = live(&format!("sum(greatest(o.estimated_time - {booked}, 0))"), "Welding", &of_status);
            assert_eq!(before[field][minutes], left, "{field}");
        }
        let jobs = live("count(DISTINCT j.id)", "Welding", "o.status = 'in_progress'");
        Spi::run(
            "UPDATE mes.operations o SET status = 'on_hold'
              WHERE o.tenant_id = mes_demo_id('A') AND o.cell_id = mes_demo_id('A/cell/Welding') AND o.status = 'not_started'",
        )
        .expect("operations");
        let after = cell("A", "Welding");
        assert_eq!((&after["wip"], &after["queue"]["operations"]), (&jobs, &json!(0)));
    }

    #[pg_test]
    fn lead_time_is_work_in_progress_by_throughput_per_working_day() {
        demo();
        let data = call("A", "get_qrm_data", &json!({"days": 60}));
        // The calendar of the demo begins tomorrow.
        let days = sql("SELECT count(*) FROM generate_series(0, 59) n
             WHERE extract(isodow FROM (now() AT TIME ZONE 'Europe/Amsterdam')::date - n) < 6");
        assert_eq!(data["working_days"].as_f64(), days.as_f64());
        let welding = &data["cells"][2];
        let since = "o.completed_at >= ((now() AT TIME ZONE 'Europe/Amsterdam')::date - 59)::timestamp AT TIME ZONE 'Europe/Amsterdam'";
        let done = live("count(*)", "Welding", &format!("o.status = 'completed' AND {since}"));
        let left = live(
            "count(DISTINCT j.id)",
            "Welding",
            &format!("o.status = 'completed' AND {since} AND NOT EXISTS (SELECT FROM mes.operations x JOIN mes.parts y ON y.id = x.part_id
                WHERE y.job_id = j.id AND x.cell_id = o.cell_id AND x.status <> 'completed' AND x.deleted_at IS NULL AND y.deleted_at IS NULL)"),
        );
        assert_eq!(welding["throughput"]["completed_operations"], done);
        assert_eq!(welding["throughput"]["completed_jobs"], left);
        let number = |value: &Value| value.as_f64().expect("a number");
        let law = number(&welding["wip"]) / (number(&left) / number(&days));
        assert!((number(&welding["lead_time"]["by_littles_law_working_days"]) - law).abs() < 0.06, "{welding}");
        let none = call("A", "get_qrm_data", &json!({"days": 1, "cell_name": "Finishing"}));
        assert_eq!(none["cells"][0]["throughput"]["completed_jobs"], 0);
        assert_eq!(
            none["cells"][0]["lead_time"],
            json!({"by_littles_law_working_days": null, "measured_median_days": null})
        );
    }

    #[pg_test]
    fn the_measured_lead_time_is_from_the_step_before_to_the_end() {
        demo();
        // Three steps of one part at a cell of their own, two days, six and ten days after the step before; a fourth is a first step.
        Spi::run(
            "INSERT INTO mes.cells (id, tenant_id, name, sequence) SELECT mes_demo_id('A/cell/Oven'), mes_demo_id('A'), 'Oven', 99;
             INSERT INTO mes.jobs (id, tenant_id, job_number, started_at, created_at)
             VALUES (mes_demo_id('A/job/X'), mes_demo_id('A'), 'X', now() - interval '21 days', now() - interval '50 days');
             INSERT INTO mes.parts (id, tenant_id, job_id, part_number, material)
             VALUES (mes_demo_id('A/part/X'), mes_demo_id('A'), mes_demo_id('A/job/X'), 'X', 'S235');
             INSERT INTO mes.operations (tenant_id, part_id, cell_id, operation_name, sequence, estimated_time, status, completed_at)
             SELECT mes_demo_id('A'), mes_demo_id('A/part/X'), mes_demo_id('A/cell/Oven'), 'Bake', n, 5, 'completed',
                    now() - ago * interval '1 day'
               FROM (VALUES (1, 20), (2, 18), (3, 12), (4, 2)) v (n, ago)",
        )
        .expect("a job");
        // 1, 2, 6 and 10 days.
        assert_eq!(cell("A", "Oven")["lead_time"]["measured_median_days"].as_f64(), Some(4.0));
    }

    #[pg_test]
    fn running_work_knows_whether_its_next_cell_has_room() {
        demo();
        let next = |from: &str, to: &str| -> Value {
            let cells = cell("A", from)["next_cells"].clone();
            let found = cells.as_array().into_iter().flatten().find(|next| next["cell_name"] == to).cloned();
            found.unwrap_or_else(|| panic!("{from} to {to}: {cells}"))
        };
        let wanted = live(
            "count(*)",
            "Press Brake",
            "o.status = 'in_progress' AND (SELECT n.cell_id FROM mes.operations n WHERE n.part_id = o.part_id
               AND n.sequence > o.sequence AND n.status <> 'completed' AND n.deleted_at IS NULL ORDER BY n.sequence LIMIT 1)
               = mes_demo_id('A/cell/Welding')",
        );
        let full = next("Press Brake", "Welding");
        assert_eq!((&full["running_operations"], &full["has_room"]), (&wanted, &json!(false)));
        Spi::run("UPDATE mes.cells SET wip_limit = 100 WHERE tenant_id = mes_demo_id('A') AND name = 'Welding'")
            .expect("a cell");
        assert_eq!(next("Press Brake", "Welding")["has_room"], true);
        Spi::run("UPDATE mes.cells SET active = false WHERE tenant_id = mes_demo_id('A') AND name = 'Welding'")
            .expect("a cell");
        assert_eq!(next("Press Brake", "Welding")["has_room"], false);
        let hidden = refused("A", "get_qrm_data", &json!({"cell_name": "Welding"}));
        assert_eq!(hidden["code"], "not_found");
    }

    #[pg_test]
    fn a_closed_cell_is_over_its_limit_of_nothing_and_no_cells_are_no_rows() {
        demo();
        let kiln = cell("C", "Kiln");
        assert_eq!((&kiln["wip_limit"], &kiln["status"]), (&json!(0), &json!("over")));
        assert_eq!(kiln["utilization_percent"], Value::Null);
        assert_eq!(cell("C", "Bench")["status"], "available");
        let empty = call("D", "get_qrm_data", &json!({}));
        assert_eq!((&empty["cells"], &empty["truncated"]), (&json!([]), &json!(false)));
        // Both tenants have a cell of this name.
        assert_eq!(cell("B", "Inspection")["cell_id"], json!(id("B/cell/Inspection")));
    }
}
