//! Operations: the steps of a part, each at one cell.

mod fetch_operations;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, TaskStatus};
use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[Tool::of::<fetch_operations::FetchOperations>()];

/// An operation as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Operation {
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
