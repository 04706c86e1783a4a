//! The answer of `suggest_reschedule`.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::schedule::Never;
use crate::core::states::{JobStatus, TaskStatus};
use crate::tools::planning::suggest_reschedule::warnings::Warning;

/// When the work that is left can be done. Nothing is changed by asking.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    pub(in crate::tools) job_id: Uuid,
    pub(in crate::tools) job_number: String,
    pub(in crate::tools) job_status: JobStatus,
    /// When only one part was asked for.
    pub(in crate::tools) part_id: Option<Uuid>,
    pub(in crate::tools) part_number: Option<String>,
    /// No work begins before: start_from, or now if that is later.
    pub(in crate::tools) start_from: DateTime<FixedOffset>,
    /// In which days begin and end.
    pub(in crate::tools) time_zone: String,
    /// The job's due date, or the date that overrides it.
    pub(in crate::tools) effective_due_date: Option<DateTime<FixedOffset>>,
    /// What is to be met: the end of target_date, else effective_due_date.
    pub(in crate::tools) deadline: Option<DateTime<FixedOffset>>,
    /// When all of it is done; null when nothing is left, or when some operation cannot be scheduled.
    pub(in crate::tools) earliest_finish: Option<DateTime<FixedOffset>>,
    /// null without deadline, or when nothing is left.
    pub(in crate::tools) meets_deadline: Option<bool>,
    /// Hours of the clock from earliest_finish to deadline; negative is late.
    pub(in crate::tools) slack_hours: Option<f64>,
    pub(in crate::tools) remaining_operations: usize,
    /// Estimated minus booked, at least 0 for each.
    pub(in crate::tools) remaining_minutes: i64,
    pub(in crate::tools) unschedulable_operations: usize,
    /// Where these operations wait longest for other work; null when none waits.
    pub(in crate::tools) critical_cell: Option<CriticalCell>,
    /// By proposed start, at most 500; those without one come last.
    pub(in crate::tools) operations: Vec<Proposal>,
    /// The cells that are needed, in the order of the shop floor.
    pub(in crate::tools) cells: Vec<CellUse>,
    pub(in crate::tools) warnings: Vec<Warning>,
    /// Other open jobs of the customer that are due within consolidate_within_days of the deadline, the nearest first, at most 20.
    pub(in crate::tools) consolidation_options: Vec<ConsolidationOption>,
    /// The arguments with which batch_reschedule_operations sets the proposed windows of the listed operations; null when there are none.
    pub(in crate::tools) reschedule_arguments: Option<RescheduleArguments>,
    /// true: not all is listed. More than 500 operations: ask part by part for the others (earliest_finish counts up to 5000 of them). Or
    /// more than 20 consolidation options.
    pub(in crate::tools) truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct CriticalCell {
    pub(in crate::tools) cell_id: Uuid,
    pub(in crate::tools) cell_name: String,
    /// Of all operations together.
    pub(in crate::tools) waiting_hours: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Proposal {
    pub(in crate::tools) operation_id: Uuid,
    pub(in crate::tools) operation_name: String,
    pub(in crate::tools) part_number: String,
    pub(in crate::tools) cell_id: Uuid,
    pub(in crate::tools) cell_name: String,
    /// Equal numbers of a part may run side by side.
    pub(in crate::tools) sequence: i32,
    pub(in crate::tools) status: TaskStatus,
    pub(in crate::tools) remaining_minutes: i32,
    /// The window as it is now.
    pub(in crate::tools) current_planned_start: Option<DateTime<FixedOffset>>,
    pub(in crate::tools) current_planned_end: Option<DateTime<FixedOffset>>,
    /// The proposed window of the work that is left; null when it cannot be scheduled.
    pub(in crate::tools) planned_start: Option<DateTime<FixedOffset>>,
    pub(in crate::tools) planned_end: Option<DateTime<FixedOffset>>,
    /// When it must begin at the latest to meet the deadline. null without deadline, when that is more than 90 days ago or more than 365
    /// days ahead, or when what follows cannot be done.
    pub(in crate::tools) latest_start: Option<DateTime<FixedOffset>>,
    /// How much later it is done than if its cell had no other work, in hours of the clock.
    pub(in crate::tools) waiting_hours: Option<f64>,
    /// Why it cannot be scheduled; null when it can.
    pub(in crate::tools) unschedulable: Option<WhyNot>,
}

/// Why an operation has no dates.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum WhyNot {
    /// Its cell has no hours, or the factory no working days.
    NoCapacity,
    /// Its cell is switched off or deleted.
    CellNotActive,
    /// It would be done more than 365 days after start_from.
    BeyondHorizon,
    /// An earlier operation of its part cannot be scheduled.
    AfterUnschedulable,
}

impl WhyNot {
    pub(in crate::tools) fn of(never: Never, cell_works: bool) -> Self {
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
pub(in crate::tools) struct CellUse {
    pub(in crate::tools) cell_id: Uuid,
    pub(in crate::tools) cell_name: String,
    /// How many of these operations it has.
    pub(in crate::tools) operations: usize,
    /// Their remaining hours.
    pub(in crate::tools) work_hours: f64,
    /// How much later they are done than if the cell had no other work, in hours of the clock.
    pub(in crate::tools) waiting_hours: f64,
    /// Work of other orders at the cell that has no dates. It is not counted: the dates hold if it goes behind.
    pub(in crate::tools) undated_hours_of_others: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct ConsolidationOption {
    pub(in crate::tools) job_id: Uuid,
    pub(in crate::tools) job_number: String,
    pub(in crate::tools) status: JobStatus,
    pub(in crate::tools) effective_due_date: Option<DateTime<FixedOffset>>,
    /// Local days from the deadline to its due date; negative is before it.
    pub(in crate::tools) days_difference: i32,
    pub(in crate::tools) remaining_operations: i64,
    /// Estimated minus booked, at least 0 for each.
    pub(in crate::tools) remaining_minutes: i64,
    /// Cells that both still need.
    pub(in crate::tools) shared_cell_ids: Vec<Uuid>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct RescheduleArguments {
    pub(in crate::tools) operations: Vec<NewWindow>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct NewWindow {
    pub(in crate::tools) operation_id: Uuid,
    pub(in crate::tools) planned_start: DateTime<FixedOffset>,
    pub(in crate::tools) planned_end: DateTime<FixedOffset>,
}
