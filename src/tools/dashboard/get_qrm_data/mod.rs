//! `get_qrm_data`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::shared::capacity::WipStatus;
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::{find, with_rules};

/// `get_qrm_data`
pub(in crate::tools) struct GetQrmData;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Throughput and measured lead time look at this many local days, today included: 1 to 365 (default 30).
    days: Days<30>,
}

/// The cells as Quick Response Manufacturing looks at them. Nothing deleted is counted, nor what lies below something deleted.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    /// What throughput and measured lead time look at.
    period: Period,
    /// How many days of the period the factory worked: its working days and its calendar, half days by their share.
    working_days: f64,
    /// The active cells in the order of the shop floor.
    cells: Vec<Cell>,
    /// true: there are more than the 200 cells that are shown; name one to see it.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cell {
    cell_id: Uuid,
    cell_name: String,
    /// The cell's place on the shop floor.
    sequence: i32,
    /// Work in progress: how many jobs, each counted once, have an operation at the cell that is not started or in progress. Work on
    /// hold does not count; see parked.
    wip: i64,
    /// The most jobs that the cell should have; null is no limit, 0 is closed for new work.
    wip_limit: Option<i32>,
    /// From how many jobs on to warn: a count like wip_limit, not a percentage.
    wip_warning_threshold: Option<i32>,
    /// wip in percent of wip_limit; null without a limit, or with 0.
    utilization_percent: Option<f64>,
    /// Without a limit always available.
    status: WipStatus,
    /// Whether the factory wants no work started beyond the limit.
    enforce_wip_limit: bool,
    queue: Queue,
    running: Running,
    parked: Parked,
    throughput: Throughput,
    lead_time: LeadTime,
    /// Where the running operations' parts go next: the cells of the next step that is not completed, at most 20.
    next_cells: Vec<NextCell>,
    /// Running operations that are the last step of their part.
    running_last_operations: i64,
}

/// Operations that are not started.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Queue {
    operations: i64,
    estimated_time_minutes: i64,
}

/// Operations in progress.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Running {
    operations: i64,
    /// Estimated minus booked, at least 0 for each.
    remaining_minutes: i64,
}

/// Operations on hold.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parked {
    operations: i64,
    /// The jobs that they belong to.
    jobs: i64,
    /// Estimated minus booked, at least 0 for each.
    remaining_minutes: i64,
}

/// What left the cell in the period.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Throughput {
    completed_operations: i64,
    /// null when the factory did not work.
    operations_per_working_day: Option<f64>,
    /// Jobs that had an operation completed at the cell and have none left there.
    completed_jobs: i64,
    /// null when the factory did not work.
    jobs_per_working_day: Option<f64>,
}

/// How long work stays.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LeadTime {
    /// Little's law: wip divided by jobs_per_working_day, so the working days that a job which comes now will be in the cell's work in
    /// progress. null when no job was completed at the cell.
    by_littles_law_working_days: Option<f64>,
    /// The median of the completed operations, in calendar days from the end of the step before (for a first step: its job's start) to
    /// their own end; null without any.
    measured_median_days: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NextCell {
    cell_id: Uuid,
    cell_name: String,
    /// Running operations whose part goes there next.
    running_operations: i64,
    wip: i64,
    wip_limit: Option<i32>,
    /// Whether its work in progress is below its limit. A part that stays at its cell always has room; a cell that is not active has
    /// none.
    has_room: bool,
}

impl Declaration for GetQrmData {
    const NAME: &'static str = "get_qrm_data";
    const TITLE: &'static str = "Cells: work in progress and flow";
    const DESCRIPTION: &'static str = "The cells as Quick Response Manufacturing (QRM) looks at them: work in progress in jobs against its limit, queue, running and \
        parked work in minutes, throughput per working day, lead time (by Little's law, and measured), and whether the cells that running work \
        goes to next have room. For hours per day against capacity use get_cell_capacity.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("stage_id", "cell_id")];
    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"cell_name": "Welding"}"#), Example::new(r#"{"days": 90}"#), Example::of("C", "{}")];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no active cell has this id or name", r#"{"cell_name": "Plasma"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "both cell_id and cell_name are given",
            r#"{"cell_id": "@A/cell/Welding", "cell_name": "Welding"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static QRM_DATA: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("qrm_data.sql")));

        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        let args = sql_args![uuid(call.tenant), arguments.days.count(), cell.map(uuid)];
        let body = query::read(&QRM_DATA, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let data: Value = serde_json::from_str(&body).unwrap_or_default();
        let cells = data["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some(cell) = cell
            && cells.is_empty()
        {
            return Err(
                ToolError::not_found("active cell", &cell).hint("leave the cell out to see all that are active")
            );
        }
        let are = |status: &str| cells.iter().filter(|cell| cell["status"] == status).count();
        let summary = format!(
            "Active cells: {}; above their limit of work in progress {}, at it {}, near it {}.",
            cells.len(),
            are("over"),
            are("at_capacity"),
            are("warning"),
        );
        Ok(Answer::from_sql(summary, body))
    }
}
