//! What `get_production_metrics` answers.

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tools::shared::pieces::Pieces;

/// What was done in the span and, for comparison, in the previous span of the same length. Live jobs and operations only.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Metrics {
    span: Span,
    pub(super) current: Totals,
    pub(super) previous: Totals,
    /// current minus previous.
    change: Change,
    /// Cells where something was done in the span, in shop floor order; at most 100.
    by_cell: Vec<Cell>,
    /// true: there are more than 100 such cells.
    cells_truncated: bool,
    /// Every local day of the span, including days on which nothing was done.
    by_day: Vec<Day>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Span {
    start: DateTime<FixedOffset>,
    /// Excluded.
    end: DateTime<FixedOffset>,
    /// The previous span ends where this one starts.
    previous_start: DateTime<FixedOffset>,
    /// The time zone in which days begin and end.
    time_zone: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Totals {
    pub(super) jobs: Jobs,
    pub(super) operations: Operations,
    /// Pieces in the lots recorded in the span.
    pub(super) pieces: Pieces,
    time: Time,
}

/// Jobs that were completed in the span and still are.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Jobs {
    pub(super) completed: i64,
    /// Completed by their effective due date.
    on_time: i64,
    late: i64,
    /// Jobs without a due date, which count neither as on time nor as late.
    without_due_date: i64,
    /// on_time as a percentage of the jobs with a due date; null when none has one.
    on_time_percent: Option<f64>,
    /// Jobs with a known start; lead time runs from there to completion.
    lead_time_measured: i64,
    lead_time_median_days: Option<f64>,
    lead_time_average_days: Option<f64>,
}

/// Operations that were completed in the span and still are, with all time planned for and booked on them.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Operations {
    pub(super) completed: i64,
    /// Planned time.
    estimated_time_minutes: i64,
    /// Booked time, regardless of when it was booked.
    actual_time_minutes: i64,
    /// Above 100 means that more time was booked than planned. null when nothing was planned.
    actual_of_estimated_percent: Option<f64>,
}

/// Time entries that started in the span and have ended, without pauses. Running entries are not counted yet.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Time {
    booked_minutes: i64,
    setup_minutes: i64,
    run_minutes: i64,
    rework_minutes: i64,
    wait_minutes: i64,
    breakdown_minutes: i64,
    /// Working time (setup, run and rework) as a percentage of all booked time, that is, without waiting and breakdowns. This is not OEE,
    /// which would need planned hours and ideal cycle times. null when nothing was booked.
    availability_percent: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    jobs_completed: i64,
    operations_completed: i64,
    /// Pieces.
    good: i64,
    /// Pieces.
    scrap: i64,
    /// In percentage points; null when either span has no pieces.
    first_pass_yield_points: Option<f64>,
    /// In percentage points; null when no job with a due date was completed in either one of the spans.
    on_time_points: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cell {
    cell_id: Uuid,
    cell_name: Option<String>,
    operations: Operations,
    pieces: Pieces,
    time: Time,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Day {
    date: NaiveDate,
    jobs_completed: i64,
    operations_completed: i64,
    pieces: Pieces,
    booked_minutes: i64,
}
