//! What `get_qrm_data` answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tools::shared::capacity::WipStatus;
use crate::tools::shared::period::Period;

/// The cells from the viewpoint of Quick Response Manufacturing. Nothing that was deleted, itself or with what it belongs to, is counted.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct QrmData {
    /// The period that throughput and measured lead time cover.
    period: Period,
    /// Days of the period that the factory worked, according to its working days and its calendar; half days count by their share.
    working_days: f64,
    /// The active cells, in shop floor order.
    pub(super) cells: Vec<Cell>,
    /// true: there are more than the 200 cells shown; name one to see its data.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cell {
    cell_id: Uuid,
    cell_name: String,
    /// The cell's position in shop floor order.
    sequence: i32,
    /// Work in progress: the number of jobs, each counted once, with an operation at the cell that is not started or in progress. Work on
    /// hold does not count; see parked.
    wip: i64,
    /// The maximum number of jobs the cell should have; null means no limit, 0 closed for new work.
    wip_limit: Option<i32>,
    /// The number of jobs from which to warn: a count like wip_limit, not a percentage.
    wip_warning_threshold: Option<i32>,
    /// wip as a percentage of wip_limit; null when wip_limit is null or 0.
    utilization_percent: Option<f64>,
    /// Always available for a cell without a limit.
    pub(super) status: WipStatus,
    /// Whether the factory does not allow work to be started beyond the limit.
    enforce_wip_limit: bool,
    queue: Queue,
    running: Running,
    parked: Parked,
    throughput: Throughput,
    lead_time: LeadTime,
    /// Where the parts of running operations go next: the cells of their next uncompleted step, at most 20.
    next_cells: Vec<NextCell>,
    /// Number of running operations that are the last step of their part.
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
    /// Estimated minus booked time, at least 0 for each operation.
    remaining_minutes: i64,
}

/// Operations on hold.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parked {
    operations: i64,
    /// Number of jobs they belong to.
    jobs: i64,
    /// Estimated minus booked time, at least 0 for each operation.
    remaining_minutes: i64,
}

/// What the cell completed in the period.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Throughput {
    completed_operations: i64,
    /// null when the factory had no working days.
    operations_per_working_day: Option<f64>,
    /// Jobs with an operation completed at the cell and none left there.
    completed_jobs: i64,
    /// null when the factory had no working days.
    jobs_per_working_day: Option<f64>,
}

/// How long work stays at the cell.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LeadTime {
    /// Little's law: wip divided by jobs_per_working_day, that is, the working days that a job arriving now will spend in the cell's work
    /// in progress. null when no job was completed at the cell.
    by_littles_law_working_days: Option<f64>,
    /// Median over the completed operations, in calendar days from the end of the previous step (for a first step, the start of its job) to
    /// their own end; null when there are none.
    measured_median_days: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NextCell {
    cell_id: Uuid,
    cell_name: String,
    /// Number of running operations whose part goes there next.
    running_operations: i64,
    wip: i64,
    wip_limit: Option<i32>,
    /// Whether its work in progress is below its limit. A part that stays at its cell always has room; an inactive cell never does.
    has_room: bool,
}
