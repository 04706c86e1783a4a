//! Operations: the steps of a part, each at one cell.

pub(in crate::tools) mod batch_complete_operations;
pub(in crate::tools) mod complete_operation;
pub(in crate::tools) mod fetch_operations;
pub(in crate::tools) mod fetch_tasks;
pub(in crate::tools) mod pause_operation;
#[cfg(any(test, feature = "pg_test"))]
mod probe;
pub(in crate::tools) mod start_operation;
mod tasks;
pub(in crate::tools) mod update_operation;
pub(in crate::tools) mod update_task;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{IssueSeverity, TaskStatus};
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::run::values::present;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

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
    /// Order within the part; operations with equal numbers can run in parallel.
    sequence: i32,
    status: TaskStatus,
    estimated_time_minutes: i32,
    /// Minutes booked so far.
    actual_time_minutes: i32,
    completion_percentage: i32,
    planned_start: Option<DateTime<FixedOffset>>,
    planned_end: Option<DateTime<FixedOffset>>,
    /// Past its planned end and not completed.
    late: bool,
    completed_at: Option<DateTime<FixedOffset>>,
    /// Time entries that are still running.
    running_time_entries: i64,
    /// Issues and NCRs that are pending.
    open_issues: i64,
    /// What stands in the way of an operation that is not completed: pending issues that stop it, then earlier operations of its part
    /// that are not completed. At most 10.
    blocked_by: Vec<Blocker>,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    /// This and the following fields appear only on request (fields).
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
    /// Its id in the ERP.
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
    /// An earlier operation of the same part that is not completed.
    EarlierOperation {
        /// That operation's id.
        id: Uuid,
        operation_name: String,
        sequence: i32,
        status: TaskStatus,
    },
}

/// The columns of a operation that `row.sql` needs.
const COLUMNS: &str = include_str!("columns.sql");

statement! {
    static ONE = include_str!("one.sql"), include_str!("row.sql"); [Uuid, Uuid]
        => rules(&[RULES]), fills(&[("columns", Fill::Text(COLUMNS)), ("direction", Fill::Text("")), ("more", Fill::Text(""))]);
}

/// One live operation, as this call made it.
fn read(call: &Call, id: Uuid) -> Json<Operation> {
    call.json(&ONE, sql_args![id])
}
