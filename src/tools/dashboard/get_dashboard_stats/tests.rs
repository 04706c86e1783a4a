//! Tests of `get_dashboard_stats`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn the_numbers_are_those_of_the_factory() {
        demo();
        let stats = call("A", "get_dashboard_stats", &json!({}));
        let statuses = |not_started: i64, in_progress: i64, completed: i64, on_hold: i64| json!({"not_started": not_started, "in_progress": in_progress, "completed": completed, "on_hold": on_hold});
        assert_eq!(
            stats["jobs"],
            json!({"total": 40, "by_status": statuses(8, 18, 10, 4), "overdue": 5, "due_within_7_days": 10})
        );
        assert_eq!(
            stats["parts"],
            json!({"total": 130, "by_status": statuses(25, 60, 35, 10), "active_bullet_cards": 2})
        );
        assert_eq!(stats["operations"], json!({"total": 560, "by_status": statuses(285, 35, 220, 20), "parked": 20}));
        assert_eq!(stats["issues"]["by_status"], json!({"pending": 35, "approved": 60, "rejected": 15, "closed": 40}));
        let open = stats["issues"]["open_by_severity"].as_object().expect("an object").values();
        assert_eq!(open.filter_map(|count| count.as_i64()).sum::<i64>(), 35);
        assert_eq!(stats["running_time_entries"], 6);
        let full = stats["cells_at_or_over_limit"].as_array().expect("a list");
        assert_eq!(full[0]["cell_id"], json!(id("A/cell/Welding")));
        assert!(full.iter().all(|cell| cell["wip"].as_i64() >= cell["wip_limit"].as_i64()));
    }

    #[pg_test]
    fn today_is_the_tenants() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            let before = call(tenant, "get_dashboard_stats", &json!({}))["today"]["good_pieces"].as_i64();
            // The last moment of yesterday, both ends of today, the first moment of tomorrow.
            Spi::run(&format!(
                "INSERT INTO mes.operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good, recorded_at)
                 SELECT tenant_id, id, n, n, ((now() AT TIME ZONE '{zone}')::date + d)::timestamp AT TIME ZONE '{zone}' + i
                   FROM (SELECT tenant_id, id FROM mes.operations WHERE tenant_id = mes_demo_id('{tenant}') AND deleted_at IS NULL
                          LIMIT 1) o,
                        (VALUES (0, interval '-1 us', 1), (0, interval '0', 10), (1, interval '-1 us', 100),
                                (1, interval '0', 1000)) v (d, i, n)"
            ))
            .expect("quantities");
            let today = &call(tenant, "get_dashboard_stats", &json!({}))["today"];
            assert_eq!(today["good_pieces"].as_i64(), before.map(|before| before + 110), "{tenant}");
            assert_eq!(today["date"], sql(&format!("SELECT (now() AT TIME ZONE '{zone}')::date")));
        }
    }

    #[pg_test]
    fn a_factory_without_data_has_zeros_and_empty_lists() {
        demo();
        let stats = call("D", "get_dashboard_stats", &json!({}));
        assert_eq!(stats["jobs"]["total"], 0);
        assert_eq!(stats["operations"]["by_status"]["on_hold"], 0);
        assert_eq!(stats["today"]["good_pieces"], 0);
        assert_eq!(stats["cells_at_or_over_limit"], json!([]));
    }
}
