//! What `get_production_metrics` answers.

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tools::shared::pieces::Pieces;

/// What was done in the span and, to compare with, in the span of the same length before it. Live jobs and operations only.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    span: Span,
    current: Totals,
    previous: Totals,
    /// current minus previous.
    change: Change,
    /// Cells at which something was done in the span, in the order of the shop floor; at most 100.
    by_cell: Vec<Cell>,
    /// true: there are more than 100 such cells.
    cells_truncated: bool,
    /// Every local day of the span, also those on which nothing was done.
    by_day: Vec<Day>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Span {
    start: DateTime<FixedOffset>,
    /// Excluded.
    end: DateTime<FixedOffset>,
    /// The span before ends where this one starts.
    previous_start: DateTime<FixedOffset>,
    /// The time zone in which days begin and end.
    time_zone: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Totals {
    jobs: Jobs,
    operations: Operations,
    /// Of the lots that were recorded in the span.
    pieces: Pieces,
    time: Time,
}

/// Jobs that were completed in the span and are still.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Jobs {
    completed: i64,
    /// Completed not later than their effective due date.
    on_time: i64,
    late: i64,
    /// They count neither as on time nor as late.
    without_due_date: i64,
    /// on_time of those with a due date; null when none has one.
    on_time_percent: Option<f64>,
    /// Jobs of which it is known when they were started; the lead time is from there to their completion.
    lead_time_measured: i64,
    lead_time_median_days: Option<f64>,
    lead_time_average_days: Option<f64>,
}

/// Operations that were completed in the span and are still, with all the time that was planned for and booked on them.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Operations {
    completed: i64,
    /// Planned.
    estimated_time_minutes: i64,
    /// Booked, whenever that was.
    actual_time_minutes: i64,
    /// Above 100: more was booked than planned. null when nothing was planned.
    actual_of_estimated_percent: Option<f64>,
}

/// Time entries that were started in the span and have ended, without pauses. Running ones are not counted yet.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Time {
    booked_minutes: i64,
    setup_minutes: i64,
    run_minutes: i64,
    rework_minutes: i64,
    wait_minutes: i64,
    breakdown_minutes: i64,
    /// Time at work (setup, run and rework) of all booked time: what waiting and breakdowns leave. Not OEE, which would need planned
    /// hours and ideal cycle times. null when nothing was booked.
    availability_percent: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Change {
    jobs_completed: i64,
    operations_completed: i64,
    /// Pieces.
    good: i64,
    /// Pieces.
    scrap: i64,
    /// Percentage points; null when one of the spans has no pieces.
    first_pass_yield_points: Option<f64>,
    /// Percentage points; null when no job with a due date was completed in one of the spans.
    on_time_points: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Cell {
    cell_id: Uuid,
    cell_name: Option<String>,
    operations: Operations,
    pieces: Pieces,
    time: Time,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Day {
    date: NaiveDate,
    jobs_completed: i64,
    operations_completed: i64,
    pieces: Pieces,
    booked_minutes: i64,
}
