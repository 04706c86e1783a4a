//! What `get_parts_due_soon` answers.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, JobStatus};
use crate::tools::planning::waiting::NextOperation;
use crate::tools::shared::Progress;

/// Counts over all matching parts, regardless of the page.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Summary {
    pub(super) total: i64,
    pub(super) overdue: i64,
    /// Not overdue, and due today or within the next 3 days.
    due_within_3_days: i64,
    bullet_cards: i64,
    /// Parts with a non-empty blocked_by.
    pub(super) blocked: i64,
}

/// An uncompleted part of an uncompleted job.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DuePart {
    id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    customer: Option<String>,
    job_status: JobStatus,
    material: String,
    /// The number of pieces; null if not yet known.
    quantity: Option<i32>,
    status: JobStatus,
    /// Whether the part is a bullet card (top-priority work).
    is_bullet_card: bool,
    /// The job's due date in force: the override if there is one, otherwise the ERP's date.
    effective_due_date: DateTime<FixedOffset>,
    /// Calendar days in the factory's time zone: 0 is today, negative is in the past.
    days_until_due: i32,
    /// Past the effective due date.
    overdue: bool,
    operations: Progress,
    /// The percentage of operations that are completed; null if there are no operations.
    completion_percentage: Option<f64>,
    /// Estimated minus booked minutes, at least 0 for each operation that is not completed; null if there are no operations.
    remaining_minutes: Option<i64>,
    /// The factory's opening time in minutes from now until the due date (by its hours and calendar, 0 if overdue) minus
    /// remaining_minutes. Negative: the part will be late even if its operations follow each other without a gap. Null if there are no
    /// operations.
    slack_minutes: Option<i64>,
    /// The operation the part is waiting at, and which later operations wait for: the first in sequence that is not completed. Null if
    /// there is none.
    blocking_operation: Option<NextOperation>,
    /// Why the part cannot proceed at blocking_operation. Empty: the operation is running or ready to be started.
    blocked_by: Vec<Blocker>,
}

/// What blocks a part.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case", deny_unknown_fields)]
enum Blocker {
    /// A pending issue stops the operation (Yellow Card).
    StandstillIssue {
        /// The issue's id.
        id: Uuid,
        severity: IssueSeverity,
    },
    /// Somebody put the operation on hold.
    OperationOnHold {},
    /// The part is on hold.
    PartOnHold {},
    /// The job is on hold.
    JobOnHold {},
    /// The operation is not started, and its cell has reached its limit of work in progress.
    CellAtCapacity {
        /// Work in progress: the number of jobs, including this one, with an operation at the cell that is not started or in progress.
        wip: i64,
        /// The maximum number of jobs for the cell.
        wip_limit: i32,
        /// true: the limit is enforced; false: it is advisory.
        enforced: bool,
    },
}
