//! Operations: the steps of a part, each at one cell.

pub(in crate::tools) mod batch_complete_operations;
pub(in crate::tools) mod complete_operation;
pub(in crate::tools) mod fetch_operations;
pub(in crate::tools) mod fetch_tasks;
pub(in crate::tools) mod pause_operation;
pub(in crate::tools) mod start_operation;
mod tasks;
pub(in crate::tools) mod update_operation;
pub(in crate::tools) mod update_task;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, TaskStatus};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::run::values::present;
use crate::sql_args;
use crate::tools::shared::with_rules;

/// An operation as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Operation {
    id: Uuid,
    operation_name: String,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    cell_id: Uuid,
    cell_name: Option<String>,
    assigned_operator_id: Option<Uuid>,
    assigned_operator_name: Option<String>,
    /// Order inside the part; equal numbers run side by side.
    sequence: i32,
    status: TaskStatus,
    estimated_time_minutes: i32,
    /// Booked so far.
    actual_time_minutes: i32,
    completion_percentage: i32,
    planned_start: Option<DateTime<FixedOffset>>,
    planned_end: Option<DateTime<FixedOffset>>,
    /// Past its planned end and not completed.
    late: bool,
    completed_at: Option<DateTime<FixedOffset>>,
    /// Time entries that are not ended.
    running_time_entries: i64,
    /// Issues and NCRs that are pending.
    open_issues: i64,
    /// What stands in the way of an operation that is not completed: pending issues that stop it, then the operations before it in
    /// its part that are not completed. At most 10.
    blocked_by: Vec<Blocker>,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    /// Only on request (fields), like what follows.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    notes: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    setup_time_minutes: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    run_time_per_unit_minutes: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    wait_time_minutes: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    changeover_time_minutes: Option<Option<f64>>,
    /// The ERP's id of it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<String>>,
}

/// What stands in the way of an operation.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case", deny_unknown_fields)]
enum Blocker {
    /// A pending issue that stops the operation (Yellow Card).
    StandstillIssue {
        /// The issue's id.
        id: Uuid,
        severity: IssueSeverity,
    },
    /// Work on the same part that comes first and is not completed.
    EarlierOperation {
        /// That operation's id.
        id: Uuid,
        operation_name: String,
        sequence: i32,
        status: TaskStatus,
    },
}

/// The JSON text of one live operation, as this call made it.
fn read(call: &Call, id: Uuid) -> String {
    static ONE: LazyLock<String> = LazyLock::new(|| {
        with_rules(concat!(include_str!("one.sql"), include_str!("row.sql"))).replace("{{direction}}", "")
    });
    query::write(&ONE, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
        .unwrap_or_default()
}

#[cfg(any(test, feature = "pg_test"))]
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
