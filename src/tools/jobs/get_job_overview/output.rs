//! What `get_job_overview` answers.

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, JobStatus, TaskStatus};
use crate::tools::jobs::Job;
use crate::tools::planning::waiting::NextOperation;
use crate::tools::shared::Progress;
use crate::tools::shared::counts::BySeverity;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Overview {
    pub(super) job: Job,
    pub(super) progress: JobProgress,
    pub(super) minutes: Minutes,
    /// Running time entries.
    running_time_entries: i64,
    /// Null if it cannot be projected: the job is completed, nothing is left to do, or the hours per day of a cell are unknown.
    projected_finish: Option<Finish>,
    /// Uncompleted parts that are bullet cards (top-priority work).
    bullet_cards: i64,
    /// What holds the job up, at most 50 entries, in this order: the job itself on hold, issues that stop operations, operations on hold, parts on hold.
    blockers: Vec<Blocker>,
    /// The job's parts in the order of the assembly tree, each assembly before its components; at most 100. Null if they were omitted.
    parts: Option<Vec<JobPart>>,
    /// The job's operations, part by part in the order of the assembly tree, then by sequence; at most 500. Null if they were omitted.
    operations: Option<Vec<JobOperation>>,
    pub(super) issues: Issues,
    /// The lists that were cut, and how to get the rest; empty if nothing was cut.
    truncated_lists: Vec<Truncated>,
    /// Whether any list was cut.
    pub(super) truncated: bool,
}

/// Progress over all parts and operations, whatever lists are included.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JobProgress {
    pub(super) parts: Progress,
    pub(super) operations: Progress,
    operations_in_progress: i64,
    operations_on_hold: i64,
    /// The percentage of operations that are completed; null if there are no operations.
    percent_by_count: Option<f64>,
    /// The percentage of estimated minutes that belong to completed operations; null if there are no estimated minutes.
    percent_by_minutes: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Minutes {
    /// Estimated minutes of all operations.
    planned: i64,
    /// Minutes booked so far.
    booked: i64,
    /// Estimated minus booked minutes, at least 0 for each operation that is not completed.
    pub(super) remaining: i64,
}

/// A rough projection that assumes the job has its cells to itself and nothing holds it up: each operation takes its remaining minutes out of
/// its cell's hours per day, a part's operations run one after another, parts run in parallel, and a cell does one operation at a time.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Finish {
    /// Working days needed by the busiest cell or by the longest part, whichever is more.
    working_days: f64,
    /// The last of these days by the factory's calendar, counted from the next day with opening hours left (today, if any are left).
    date: NaiveDate,
    /// Whether that day is after the due date; null if there is no due date.
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
    /// Somebody put the operation on hold.
    OperationOnHold,
    PartOnHold,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobPart {
    id: Uuid,
    part_number: String,
    /// The assembly that the part belongs to.
    parent_part_id: Option<Uuid>,
    /// The depth in the assembly tree: 0 at the top.
    level: i32,
    material: String,
    /// The number of pieces; null if not yet known.
    quantity: Option<i32>,
    status: JobStatus,
    /// Whether the part is a bullet card (top-priority work).
    is_bullet_card: bool,
    operations: Progress,
    planned_minutes: i64,
    booked_minutes: i64,
    remaining_minutes: i64,
    /// The operation the part is waiting at: the first in sequence that is not completed. Null if there is none.
    next_operation: Option<NextOperation>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobOperation {
    id: Uuid,
    part_id: Uuid,
    part_number: String,
    operation_name: String,
    /// The position within the part; operations with equal numbers run in parallel.
    sequence: i32,
    status: TaskStatus,
    cell_id: Uuid,
    cell_name: Option<String>,
    estimated_time_minutes: i32,
    /// Minutes booked so far.
    actual_time_minutes: i32,
    /// The nearest preceding operation of the part that is not completed; null if there is none, or if this operation is completed.
    waits_for_operation_id: Option<Uuid>,
}

/// Issues on the job's operations. Open means pending.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Issues {
    /// All issues, including NCRs.
    total: i64,
    pub(super) open: i64,
    open_by_severity: BySeverity,
    total_ncrs: i64,
    open_ncrs: i64,
    /// Non-conformance reports, open and most severe first, at most 50. Null if they were omitted.
    ncrs: Option<Vec<Issue>>,
    /// The other issues, in the same order, at most 50. Null if they were omitted.
    others: Option<Vec<Issue>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Issue {
    id: Uuid,
    ncr_number: Option<String>,
    title: Option<String>,
    severity: IssueSeverity,
    status: IssueStatus,
    /// For an NCR: material_defect, dimensional, surface_finish, process_error or other.
    ncr_category: Option<String>,
    /// For an NCR: scrap, rework, use_as_is or return_to_supplier.
    disposition: Option<String>,
    /// Whether the issue stops the operation while it is pending (Yellow Card).
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
    /// The list's name in this answer.
    list: String,
    /// How many entries it shows.
    shown: i64,
    /// How many entries there are.
    total: i64,
    /// The tool that returns the rest.
    rest: String,
}
