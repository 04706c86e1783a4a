//! What `get_job_overview` answers.

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, JobStatus, TaskStatus};
use crate::tools::jobs::Job;
use crate::tools::planning::waiting::NextOperation;
use crate::tools::shared::Progress;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    progress: JobProgress,
    minutes: Minutes,
    /// Time entries that are not ended.
    running_time_entries: i64,
    /// Null when it cannot be said: the job is completed, nothing is left to do, or a cell's hours per day are not known.
    projected_finish: Option<Finish>,
    /// Parts that are marked as work that goes first and are not completed.
    bullet_cards: i64,
    /// What holds the job up, at most 50: first the job itself on hold, then issues that stop operations, operations and parts on hold.
    blockers: Vec<Blocker>,
    /// Its parts in the order of the assembly tree, each before the parts below it; at most 100. Null when they were left out.
    parts: Option<Vec<JobPart>>,
    /// Its operations, part by part in the order of the assembly tree, then by sequence; at most 500. Null when they were left out.
    operations: Option<Vec<JobOperation>>,
    issues: Issues,
    /// The lists that were cut, and how to get the rest; empty when all is here.
    truncated_lists: Vec<Truncated>,
    /// Whether a list was cut.
    truncated: bool,
}

/// Live parts and operations, the same whatever lists are shown.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobProgress {
    parts: Progress,
    operations: Progress,
    operations_in_progress: i64,
    operations_on_hold: i64,
    /// Completed operations of all operations; null without operations.
    percent_by_count: Option<f64>,
    /// Estimated minutes of completed operations of all estimated minutes; null without estimated minutes.
    percent_by_minutes: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Minutes {
    /// Estimated, of all operations.
    planned: i64,
    /// Booked so far.
    booked: i64,
    /// Estimated minus booked minutes of the operations that are not completed, each at least 0.
    remaining: i64,
}

/// A rough date, as if the job had its cells to itself and nothing held it up: each operation takes its remaining minutes of its cell's
/// hours per day, the operations of a part follow each other, parts go side by side, and a cell does one operation at a time.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Finish {
    /// Working days of the busiest cell or of the longest part, whichever is more.
    working_days: f64,
    /// The last of these days when the first is the next day with opening hours left (today, if there are), by the factory's calendar.
    date: NaiveDate,
    /// Whether that is a later day than the due date; null without a due date.
    after_due_date: Option<bool>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Blocker {
    reason: Reason,
    part_id: Option<Uuid>,
    part_number: Option<String>,
    operation_id: Option<Uuid>,
    operation_name: Option<String>,
    /// The issue that stops the operation (Yellow Card).
    issue_id: Option<Uuid>,
    severity: Option<IssueSeverity>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    JobOnHold,
    StandstillIssue,
    /// Put on hold by a person.
    OperationOnHold,
    PartOnHold,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobPart {
    id: Uuid,
    part_number: String,
    /// The assembly that it belongs to.
    parent_part_id: Option<Uuid>,
    /// How deep it lies in the assembly tree: 0 at the top.
    level: i32,
    material: String,
    /// Pieces; null means not known yet.
    quantity: Option<i32>,
    status: JobStatus,
    /// Marked as work that goes first.
    is_bullet_card: bool,
    operations: Progress,
    planned_minutes: i64,
    booked_minutes: i64,
    remaining_minutes: i64,
    /// The operation at which the part stands: the first in order that is not completed. Null when there is none.
    next_operation: Option<NextOperation>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobOperation {
    id: Uuid,
    part_id: Uuid,
    part_number: String,
    operation_name: String,
    /// Order inside the part; equal numbers run side by side.
    sequence: i32,
    status: TaskStatus,
    cell_id: Uuid,
    cell_name: Option<String>,
    estimated_time_minutes: i32,
    /// Booked so far.
    actual_time_minutes: i32,
    /// The operation right before it in its part that is not completed; null when none is, or when it is completed itself.
    waits_for_operation_id: Option<Uuid>,
}

/// Issues of its operations. Open means pending.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Issues {
    /// NCRs among them.
    total: i64,
    open: i64,
    open_by_severity: BySeverity,
    total_ncrs: i64,
    open_ncrs: i64,
    /// Non-conformance reports, the open and worst first, at most 50. Null when they were left out.
    ncrs: Option<Vec<Issue>>,
    /// The other issues, likewise.
    others: Option<Vec<Issue>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BySeverity {
    low: i64,
    medium: i64,
    high: i64,
    critical: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Issue {
    id: Uuid,
    ncr_number: Option<String>,
    title: Option<String>,
    severity: IssueSeverity,
    status: IssueStatus,
    /// Of an NCR: material_defect, dimensional, surface_finish, process_error or other.
    ncr_category: Option<String>,
    /// Of an NCR: scrap, rework, use_as_is or return_to_supplier.
    disposition: Option<String>,
    /// Stops the operation while it is pending (Yellow Card).
    causes_standstill: bool,
    operation_id: Uuid,
    operation_name: String,
    part_id: Uuid,
    part_number: String,
    created_at: DateTime<FixedOffset>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Truncated {
    /// Its name in this answer.
    list: String,
    /// How many it shows.
    shown: i64,
    /// How many there are.
    total: i64,
    /// The tool that gives the rest.
    rest: String,
}
