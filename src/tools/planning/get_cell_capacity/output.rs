//! The answer of `get_cell_capacity`.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tools::shared::capacity::WipStatus;

/// Hours per day and cell: what the cell can do and what it has to do.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct CellCapacity {
    from: NaiveDate,
    to: NaiveDate,
    time_zone: String,
    /// Totals of the cells shown.
    pub(super) totals: Totals,
    /// Each day from `from` to `to`.
    calendar: Vec<CalendarDay>,
    /// Active cells in shop-floor order.
    pub(super) cells: Vec<Cell>,
    /// true: not all cells fit into one answer; name a cell, or ask for fewer days.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Totals {
    pub(super) cells: i64,
    pub(super) capacity_hours: f64,
    pub(super) load_hours: f64,
    /// null if there is no capacity.
    utilization_percent: Option<f64>,
    pub(super) cells_over_capacity_on_some_day: i64,
    pub(super) cells_at_or_over_wip_limit: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CalendarDay {
    date: NaiveDate,
    /// From the factory's calendar; otherwise from the factory's working days of the week.
    day_type: DayType,
    name: Option<String>,
    /// The share of a cell's daily hours that is available on this day, 0 to 1.
    capacity_share: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DayType {
    Working,
    HalfDay,
    Holiday,
    Closure,
    /// Not in the calendar, and not a working day of the week.
    DayOff,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cell {
    cell_id: Uuid,
    cell_name: String,
    /// The cell's position on the shop floor.
    sequence: i32,
    /// On a full day.
    capacity_hours_per_day: f64,
    /// true: the cell has no hours of its own, so the default of 8 is used.
    capacity_is_assumed: bool,
    work_in_progress: WorkInProgress,
    totals: CellTotals,
    backlog: Backlog,
    parked: Parked,
    /// Each day from `from` to `to`.
    days: Vec<CellDay>,
}

/// Counted in jobs, as in get_qrm_data.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorkInProgress {
    /// The number of jobs, each counted once, with an operation at the cell that is not started or in progress.
    wip: i64,
    /// null: no limit; 0: closed to new work.
    wip_limit: Option<i32>,
    /// A number of jobs, not a percentage.
    wip_warning_threshold: Option<i32>,
    /// wip as a percentage of wip_limit; null if there is no limit, or the limit is 0.
    utilization_percent: Option<f64>,
    /// warning: near the limit; at_capacity: at the limit; over: above it.
    status: WipStatus,
    enforce_wip_limit: bool,
    /// Operations on hold; they do not count as work in progress.
    parked_operations: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CellTotals {
    capacity_hours: f64,
    load_hours: f64,
    /// null if there is no capacity.
    utilization_percent: Option<f64>,
    days_over_capacity: i64,
}

/// All open work of the cell that is not on hold, whatever its dates. Hours are estimated minus booked time, at least 0 for each operation.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Backlog {
    operations: i64,
    hours: f64,
    /// hours divided by the cell's daily hours; null for a cell without hours.
    working_days: Option<f64>,
    /// Operations without planned dates; they count on no day.
    undated_operations: i64,
    undated_hours: f64,
    /// Operations planned to end before today; they count on no day either.
    overdue_operations: i64,
    overdue_hours: f64,
}

/// Operations on hold. Their hours are included nowhere else.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parked {
    operations: i64,
    hours: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CellDay {
    date: NaiveDate,
    /// The cell's daily hours times the day's capacity_share.
    capacity_hours: f64,
    /// Hours allocated to the day, plus the remaining hours of other planned work, spread over the working days of its planned window.
    load_hours: f64,
    /// The part of load_hours that the scheduler allocated.
    allocated_hours: f64,
    /// null on a day without capacity.
    utilization_percent: Option<f64>,
    over_capacity: bool,
}
