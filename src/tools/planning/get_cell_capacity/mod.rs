//! `get_cell_capacity`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::planning::load::{MAX_DAYS_AHEAD, with_load};
use crate::tools::shared::capacity::WipStatus;
use crate::tools::shared::find;

/// `get_cell_capacity`
pub(in crate::tools) struct GetCellCapacity;

/// The most days that one call looks at.
const MAX_DAYS: i64 = 90;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only the cell with this id. Without a cell: all active cells.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// The first day, today or later in the factory's time zone (default today).
    from: Option<NaiveDate>,
    /// The last day, at most 90 days in all (default: the tenth working day).
    to: Option<NaiveDate>,
}

/// Hours per day and cell: what it can do and what it has to do.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    from: NaiveDate,
    to: NaiveDate,
    time_zone: String,
    /// Of the cells that are shown.
    totals: Totals,
    /// Each day from `from` to `to`.
    calendar: Vec<CalendarDay>,
    /// Active cells in the order of the shop floor.
    cells: Vec<Cell>,
    /// true: not all cells fit into one answer; name a cell, or ask for fewer days.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Totals {
    cells: i64,
    capacity_hours: f64,
    load_hours: f64,
    /// null without capacity.
    utilization_percent: Option<f64>,
    cells_over_capacity_on_some_day: i64,
    cells_at_or_over_wip_limit: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CalendarDay {
    date: NaiveDate,
    /// What the factory's calendar says; else whether it is one of the factory's working days.
    day_type: DayType,
    name: Option<String>,
    /// The share of a cell's hours that it has on this day, 0 to 1.
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
struct Cell {
    cell_id: Uuid,
    cell_name: String,
    /// The cell's place on the shop floor.
    sequence: i32,
    /// On a full day.
    capacity_hours_per_day: f64,
    /// true: the cell does not say; the 8 hours of a new cell are taken.
    capacity_is_assumed: bool,
    work_in_progress: WorkInProgress,
    totals: CellTotals,
    backlog: Backlog,
    parked: Parked,
    /// Each day from `from` to `to`.
    days: Vec<Day>,
}

/// In jobs; as get_qrm_data shows it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorkInProgress {
    /// How many jobs, each counted once, have an operation at the cell that is not started or in progress.
    wip: i64,
    /// null is no limit, 0 is closed for new work.
    wip_limit: Option<i32>,
    /// A count of jobs, not a percentage.
    wip_warning_threshold: Option<i32>,
    /// wip in percent of wip_limit; null without a limit, or with 0.
    utilization_percent: Option<f64>,
    /// warning is near the limit, at_capacity and over are at and above it.
    status: WipStatus,
    enforce_wip_limit: bool,
    /// Operations on hold, which do not count.
    parked_operations: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CellTotals {
    capacity_hours: f64,
    load_hours: f64,
    /// null without capacity.
    utilization_percent: Option<f64>,
    days_over_capacity: i64,
}

/// All work of the cell that is open and not on hold, whatever the days. Hours are estimated minus booked, at least 0 for each.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Backlog {
    operations: i64,
    hours: f64,
    /// hours in full days of this cell; null for a cell without hours.
    working_days: Option<f64>,
    /// Of these: not planned, so on no day.
    undated_operations: i64,
    undated_hours: f64,
    /// Of these: planned to be done before today, so on no day either.
    overdue_operations: i64,
    overdue_hours: f64,
}

/// Operations on hold. They are in no other number of hours.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parked {
    operations: i64,
    hours: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Day {
    date: NaiveDate,
    /// The cell's hours times the day's share.
    capacity_hours: f64,
    /// What is allocated to the day, and of other planned work the hours that are left, spread over the working days of its window.
    load_hours: f64,
    /// Of load_hours: what the scheduler allocated.
    allocated_hours: f64,
    /// null on a day without capacity.
    utilization_percent: Option<f64>,
    over_capacity: bool,
}

impl Declaration for GetCellCapacity {
    const NAME: &'static str = "get_cell_capacity";
    const TITLE: &'static str = "Capacity of cells by day";
    const DESCRIPTION: &'static str = "Hours per day and cell: capacity (cell hours, working days, holidays and half days) against load (allocated days first, then \
        planned windows), days over capacity, the backlog in hours and working days, parked work apart, and work in progress against its limit. \
        Default: all active cells, the next 10 working days. For flow and lead times use get_qrm_data, for new dates suggest_reschedule.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("stage_id", "cell_id"), ("start_date", "from"), ("end_date", "to")];
    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"cell_name": "Welding"}"#), Example::new("{}"), Example::of("B", r#"{"cell_name": "Saw"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no active cell has this id or name", r#"{"cell_name": "Laser 0"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "both cell_id and cell_name are given",
            r#"{"cell_id": "@A/cell/Welding", "cell_name": "Welding"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "from is before today, or more than two years ahead",
            r#"{"from": "2020-01-01"}"#,
        ),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "to is before from", r#"{"to": "2020-01-01"}"#),
        ErrorCase::new(ToolErrorCode::LimitExceeded, "more than 90 days", r#"{"to": "2199-01-01"}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static CAPACITY: LazyLock<String> = LazyLock::new(|| with_load(include_str!("cell_capacity.sql"), ""));

        for (field, day) in [("from", arguments.from), ("to", arguments.to)] {
            // PostgreSQL knows no year 0.
            if day.is_some_and(|day| day.year() < 1) {
                return Err(ToolError::invalid(field, format!("{field} is not a day")));
            }
        }
        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        let [from, to] = [arguments.from, arguments.to].map(|day| day.map(|day| day.to_string()));
        let args = sql_args![uuid(call.tenant), from, to, cell.map(uuid)];
        let (first, last, today, body) = query::read(&CAPACITY, args, |rows| {
            let row = rows.first();
            Ok((row.get::<String>(1)?, row.get::<String>(2)?, row.get::<String>(3)?, row.get::<String>(4)?))
        });
        let Some(body) = body else {
            let [first, last, today] =
                [first, last, today].map(|day| day.and_then(|day| day.parse().ok()).unwrap_or_default());
            return Err(refuse(first, last, today));
        };
        let data: Value = serde_json::from_str(&body).unwrap_or_default();
        if let Some(cell) = cell
            && data["cells"].as_array().is_none_or(Vec::is_empty)
        {
            return Err(
                ToolError::not_found("active cell", &cell).hint("leave the cell out to see all that are active")
            );
        }
        let totals = &data["totals"];
        let summary = format!(
            "Active cells: {}; load {} of {} hours; over capacity on some day: {}; at or over the limit of work in progress: {}.",
            totals["cells"],
            totals["load_hours"],
            totals["capacity_hours"],
            totals["cells_over_capacity_on_some_day"],
            totals["cells_at_or_over_wip_limit"],
        );
        Ok(Answer::from_sql(summary, body))
    }
}

/// Why the statement gave no answer for these days.
fn refuse(first: NaiveDate, last: NaiveDate, today: NaiveDate) -> ToolError {
    let ahead = (first - today).num_days();
    if ahead < 0 || ahead > i64::from(MAX_DAYS_AHEAD) {
        ToolError::invalid("from", format!("from must be today ({today}) or at most {MAX_DAYS_AHEAD} days later"))
            .hint("what was done in the past is in get_production_metrics")
    } else if last < first {
        ToolError::invalid("to", format!("to is before from ({first})"))
    } else {
        ToolError::new(ToolErrorCode::LimitExceeded, format!("one call looks at {MAX_DAYS} days at most"))
            .hint("ask for the days after them in another call")
            .with("field", "to")
    }
}
