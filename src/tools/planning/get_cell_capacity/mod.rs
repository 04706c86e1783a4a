//! `get_cell_capacity`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::output::CellCapacity;
use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Choice, Fill};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::planning::load::{LATEST_START, LOAD_RULES};
use crate::tools::shared::{RULES, find};
use crate::{sql_args, statement};

/// `get_cell_capacity`
pub(in crate::tools) struct GetCellCapacity;

/// The most days that one call looks at.
const MAX_DAYS: i64 = 90;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only the cell with this id. Without a cell: all active cells.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// The first day, today or later in the factory's time zone (default today).
    from: Option<NaiveDate>,
    /// The last day; at most 90 days in total (default: the tenth working day).
    to: Option<NaiveDate>,
}

statement! {
    /// The first and the last day asked for, today, and the answer; no answer when these days cannot be asked for.
    static CAPACITY = include_str!("cell_capacity.sql"); [Uuid, Text, Text, Uuid]
        => rules(&[RULES, LOAD_RULES]),
           fills(&[("others", Fill::Text("")), ("max_days", Fill::Made(|| MAX_DAYS.to_string()))]);
}

impl Declaration for GetCellCapacity {
    const NAME: &'static str = "get_cell_capacity";
    const TITLE: &'static str = "Capacity of cells by day";
    const DESCRIPTION: &'static str = "Shows the capacity and load of cells in hours per day. Capacity comes from cell hours, working days, holidays and half days; \
        load from allocated days, otherwise from planned windows. Also shows days over capacity, the backlog in hours and working days, parked \
        work, and work in progress against its limit. Default: all active cells for the next 10 working days. For flow and lead times use \
        get_qrm_data; for new dates, suggest_reschedule.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("stage_id", "cell_id"), ("start_date", "from"), ("end_date", "to")];
    type Arguments = Arguments;
    type Output = Json<CellCapacity>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        for (field, day) in [("from", arguments.from), ("to", arguments.to)] {
            // PostgreSQL knows no year 0.
            if day.is_some_and(|day| day.year() < 1) {
                return Err(ToolError::invalid(field, format!("{field} is not a day")));
            }
        }
        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        let [from, to] = [arguments.from, arguments.to].map(|day| day.map(|day| day.to_string()));
        let (days, answer) = call.query(&CAPACITY, &Choice::none(), sql_args![from, to, cell], |rows| {
            let row = rows.first();
            Ok(([row.get::<String>(1)?, row.get::<String>(2)?, row.get::<String>(3)?], row.get::<String>(4)?))
        });
        let Some(answer) = answer else {
            let [first, last, today] =
                days.map(|day| day.and_then(|day| day.parse().ok()).expect("the statement gives days"));
            return Err(refuse(first, last, today));
        };
        let capacity = Json::<CellCapacity>::from_text(answer).expect("the statement gives the answer");
        if let Some(cell) = cell.filter(|_| capacity.cells.is_empty()) {
            return Err(ToolError::not_found("active cell", &cell).hint("leave the cell out to see all active cells"));
        }
        let totals = &capacity.totals;
        let summary = format!(
            "Active cells: {}; load: {} of {} hours; over capacity on at least one day: {}; at or over the WIP limit: {}.",
            totals.cells,
            totals.load_hours,
            totals.capacity_hours,
            totals.cells_over_capacity_on_some_day,
            totals.cells_at_or_over_wip_limit,
        );
        Ok(Answer::new(summary, &capacity))
    }

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
}

/// Why the statement gave no answer for these days.
fn refuse(first: NaiveDate, last: NaiveDate, today: NaiveDate) -> ToolError {
    if !(0..=LATEST_START).contains(&(first - today).num_days()) {
        ToolError::invalid("from", format!("from must be between today ({today}) and {LATEST_START} days later"))
            .hint("for work done in the past use get_production_metrics")
    } else if last < first {
        ToolError::invalid("to", format!("to is before from ({first})"))
    } else {
        ToolError::new(ToolErrorCode::LimitExceeded, format!("one call covers at most {MAX_DAYS} days"))
            .hint("ask for the remaining days in another call")
            .with("field", "to")
    }
}
