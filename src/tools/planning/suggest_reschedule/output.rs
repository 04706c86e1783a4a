//! The answer of `suggest_reschedule`.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::schedule::Never;
use crate::core::states::{JobStatus, TaskStatus};
use crate::tools::planning::suggest_reschedule::warnings::ScheduleWarning;

/// When the remaining work can be done.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    pub(super) job_id: Uuid,
    pub(super) job_number: String,
    pub(super) job_status: JobStatus,
    /// Set if only one part was asked for.
    pub(super) part_id: Option<Uuid>,
    pub(super) part_number: Option<String>,
    /// The earliest start of work: start_from, or now if that is later.
    pub(super) start_from: DateTime<FixedOffset>,
    /// The time zone in which days begin and end.
    pub(super) time_zone: String,
    /// The job's due date, or the date that overrides it.
    pub(super) effective_due_date: Option<DateTime<FixedOffset>>,
    /// The deadline: the end of target_date, otherwise effective_due_date.
    pub(super) deadline: Option<DateTime<FixedOffset>>,
    /// When all of it is done; null if nothing remains, or if an operation cannot be scheduled.
    pub(super) earliest_finish: Option<DateTime<FixedOffset>>,
    /// null if there is no deadline, or nothing remains.
    pub(super) meets_deadline: Option<bool>,
    /// Clock hours from earliest_finish to deadline; negative if late.
    pub(super) slack_hours: Option<f64>,
    pub(super) remaining_operations: usize,
    /// Estimated minus booked time, at least 0 for each operation.
    pub(super) remaining_minutes: i64,
    pub(super) unschedulable_operations: usize,
    /// Where these operations wait longest for other work; null when none waits.
    pub(super) critical_cell: Option<CriticalCell>,
    /// By proposed start, at most 500; those without one come last.
    pub(super) operations: Vec<Proposal>,
    /// The cells that are needed, in the order of the shop floor.
    pub(super) cells: Vec<CellUse>,
    pub(super) warnings: Vec<ScheduleWarning>,
    /// Other open jobs of the customer that are due within consolidate_within_days of the deadline, the nearest first, at most 20.
    pub(super) consolidation_options: Vec<ConsolidationOption>,
    /// Arguments for batch_reschedule_operations that set the proposed windows of the listed operations; null if there are none.
    pub(super) reschedule_arguments: Option<RescheduleArguments>,
    /// true: not everything is listed. Either there are more than 500 operations (ask part by part for the others; earliest_finish counts up
    /// to 5000 of them), or more than 20 consolidation options.
    pub(super) truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CriticalCell {
    pub(super) cell_id: Uuid,
    pub(super) cell_name: String,
    /// The total of all operations.
    pub(super) waiting_hours: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Proposal {
    pub(super) operation_id: Uuid,
    pub(super) operation_name: String,
    pub(super) part_number: String,
    pub(super) cell_id: Uuid,
    pub(super) cell_name: String,
    /// Operations of a part with the same number may run in parallel.
    pub(super) sequence: i32,
    pub(super) status: TaskStatus,
    pub(super) remaining_minutes: i32,
    /// The present window.
    pub(super) current_planned_start: Option<DateTime<FixedOffset>>,
    pub(super) current_planned_end: Option<DateTime<FixedOffset>>,
    /// The proposed window of the remaining work; null if it cannot be scheduled.
    pub(super) planned_start: Option<DateTime<FixedOffset>>,
    pub(super) planned_end: Option<DateTime<FixedOffset>>,
    /// The latest start that still meets the deadline. null if there is no deadline, if that is more than 90 days ago or more than 365 days
    /// ahead, or if a later operation cannot be scheduled.
    pub(super) latest_start: Option<DateTime<FixedOffset>>,
    /// How much later it is done than if its cell had no other work, in clock hours.
    pub(super) waiting_hours: Option<f64>,
    /// Why it cannot be scheduled; null if it can.
    pub(super) unschedulable: Option<WhyNot>,
}

/// Why an operation has no dates.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WhyNot {
    /// Its cell has no hours, or the factory has no working days.
    NoCapacity,
    /// Its cell is deactivated or deleted.
    CellNotActive,
    /// It would be done more than 365 days after start_from.
    BeyondHorizon,
    /// An earlier operation of its part cannot be scheduled.
    AfterUnschedulable,
}

impl WhyNot {
    pub(super) fn of(never: Never, cell_works: bool) -> Self {
        match never {
            Never::NoCapacity if !cell_works => Self::CellNotActive,
            Never::NoCapacity => Self::NoCapacity,
            Never::BeyondHorizon => Self::BeyondHorizon,
            Never::AfterUnschedulable => Self::AfterUnschedulable,
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CellUse {
    pub(super) cell_id: Uuid,
    pub(super) cell_name: String,
    /// How many of these operations are at the cell.
    pub(super) operations: usize,
    /// Their remaining hours.
    pub(super) work_hours: f64,
    /// How much later they are done than if the cell had no other work, in clock hours.
    pub(super) waiting_hours: f64,
    /// Work of other orders at the cell that has no dates. It is not counted; the dates assume that it waits.
    pub(super) undated_hours_of_others: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsolidationOption {
    pub(super) job_id: Uuid,
    pub(super) job_number: String,
    pub(super) status: JobStatus,
    pub(super) effective_due_date: Option<DateTime<FixedOffset>>,
    /// Local days from the deadline to its due date; negative if it is due earlier.
    pub(super) days_difference: i32,
    pub(super) remaining_operations: i64,
    /// Estimated minus booked time, at least 0 for each operation.
    pub(super) remaining_minutes: i64,
    /// Cells that both jobs still need.
    pub(super) shared_cell_ids: Vec<Uuid>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RescheduleArguments {
    pub(super) operations: Vec<NewWindow>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWindow {
    pub(super) operation_id: Uuid,
    pub(super) planned_start: DateTime<FixedOffset>,
    pub(super) planned_end: DateTime<FixedOffset>,
}
