//! Tests of `fetch_operations`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn operations_are_found_by_what_they_are() {
        demo();
        for (status, count) in [("not_started", 285), ("in_progress", 35), ("paused", 20), ("completed", 220)] {
            assert_eq!(total("A", "fetch_operations", &json!({"status": status})), count, "{status}");
        }
        let late = total("A", "fetch_operations", &json!({"late": true}));
        let expected = "SELECT count(*) FROM mes.operations WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NULL
                           AND planned_end < now() AND status <> 'completed'";
        assert_eq!(json!(late), sql(expected));
        let others = total("A", "fetch_operations", &json!({"late": false}));
        assert_eq!(late + others, 560);
        let at_cell = |cell: &str| total("A", "fetch_operations", &json!({"cell_id": id(cell)}));
        assert_eq!(at_cell("B/cell/Inspection"), 0);
        assert_ne!(at_cell("A/cell/Inspection"), 0);
    }

    #[pg_test]
    fn pages_hold_every_operation_once_in_every_order() {
        demo();
        for order in ["newest", "cell_sequence", "planned_start"] {
            let arguments = json!({"order": order, "limit": 70});
            assert_eq!(page_through("A", "fetch_operations", "operations", &arguments), 560, "{order}");
        }
    }

    #[pg_test]
    fn what_blocks_an_operation_is_named() {
        demo();
        let held = call("A", "fetch_operations", &json!({"status": "on_hold", "limit": 500}));
        let standstills = |operation: &Value| {
            let blockers = operation["blocked_by"].as_array().into_iter().flatten();
            blockers.filter(|blocker| blocker["reason"] == "standstill_issue").count()
        };
        let counts: Vec<_> = held["operations"].as_array().into_iter().flatten().map(standstills).collect();
        assert_eq!(counts.iter().filter(|count| **count == 2).count(), 1);
        let part = call("A", "fetch_operations", &json!({"part_id": id("A/part/P-1001-01"), "order": "planned_start"}));
        for operation in part["operations"].as_array().into_iter().flatten() {
            let before = operation["sequence"].as_i64().map(|sequence| sequence / 10 - 1);
            assert_eq!(operation["blocked_by"].as_array().map(|blockers| blockers.len() as i64), before, "{operation}");
        }
        let done = call("A", "fetch_operations", &json!({"status": "completed", "limit": 500}));
        assert!(done["operations"].as_array().into_iter().flatten().all(|done| done["blocked_by"] == json!([])));
    }
}
