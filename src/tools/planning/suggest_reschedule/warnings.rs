//! What a person should know before following a suggestion.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{JobStatus, TaskStatus};
use crate::tools::planning::suggest_reschedule::plan::{Cell, Operation, Plan};

/// The most ids that one warning lists.
const MAX_IDS: usize = 20;

/// What the dates leave out of account.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Warning {
    code: WarningCode,
    message: String,
    /// How many rows it is about.
    count: usize,
    /// The first 20 operations that it is about.
    operation_ids: Vec<Uuid>,
    /// The first 20 cells that it is about.
    cell_ids: Vec<Uuid>,
    /// The first 20 issues that it is about.
    issue_ids: Vec<Uuid>,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WarningCode {
    /// The whole job waits.
    JobOnHold,
    /// Operations are stopped by pending issues.
    ParkedByStandstill,
    /// Operations are on hold without such an issue.
    Parked,
    /// Operations without an estimate take no time here.
    NoEstimate,
    /// Operations for which all of the estimate is booked take no more time here.
    EstimateUsedUp,
    /// Cells are closed for new work.
    CellClosed,
    /// Cells are at or above their limit of work in progress, and the factory keeps to limits.
    CellAtWipLimit,
    /// Cells have work of other orders without dates.
    UndatedWorkOfOthers,
    /// Cells are not active any more.
    CellNotActive,
}

/// All that apply.
pub(in crate::tools) fn of(plan: &Plan) -> Vec<Warning> {
    use WarningCode as Code;
    let on_hold = |operation: &Operation| operation.status == TaskStatus::OnHold;
    let standstill = |operation: &Operation| !operation.standstill_issue_ids.is_empty();
    let limit_reached = |cell: &Cell| cell.wip_limit.is_some_and(|limit| cell.wip >= i64::from(limit));
    let mut warnings = Vec::new();
    if plan.job.status == JobStatus::OnHold {
        warnings.push(Warning::new(Code::JobOnHold, "the job is on hold: the dates hold once it is resumed", 1));
    }
    let mut about_operations = |code, message: &str, applies: &dyn Fn(&Operation) -> bool| {
        let operations: Vec<_> = plan.operations.iter().filter(|operation| applies(operation)).collect();
        if !operations.is_empty() {
            let mut warning = Warning::new(code, message, operations.len());
            warning.operation_ids = operations.iter().map(|operation| operation.operation_id).take(MAX_IDS).collect();
            let issues = operations.iter().flat_map(|operation| &operation.standstill_issue_ids);
            warning.issue_ids = issues.copied().take(MAX_IDS).collect();
            warnings.push(warning);
        }
    };
    about_operations(
        Code::ParkedByStandstill,
        "issues stop these operations: the dates hold if they are resolved by then",
        &|operation| on_hold(operation) && standstill(operation),
    );
    about_operations(
        Code::Parked,
        "these operations are on hold: the dates hold if they go on by then",
        &|operation| on_hold(operation) && !standstill(operation),
    );
    about_operations(Code::NoEstimate, "no estimated time: these operations count as no work", &|operation| {
        operation.estimated_time_minutes <= 0
    });
    about_operations(
        Code::EstimateUsedUp,
        "all of the estimated time is booked: these operations count as done at once",
        &|operation| operation.estimated_time_minutes > 0 && operation.remaining_minutes == 0,
    );
    let mut about_cells = |code, message: &str, applies: &dyn Fn(&Cell) -> bool| {
        let cells: Vec<_> = plan.cells.iter().filter(|cell| applies(cell)).collect();
        if !cells.is_empty() {
            let mut warning = Warning::new(code, message, cells.len());
            warning.cell_ids = cells.iter().map(|cell| cell.cell_id).take(MAX_IDS).collect();
            warnings.push(warning);
        }
    };
    about_cells(Code::CellNotActive, "these cells are not active: move their operations to others", &|cell| {
        !cell.works
    });
    about_cells(Code::CellClosed, "these cells have limit 0, closed for new work", &|cell| cell.wip_limit == Some(0));
    about_cells(
        Code::CellAtWipLimit,
        "these cells are at or above their limit of work in progress, which the factory enforces",
        &|cell| cell.enforce_wip_limit && cell.wip_limit != Some(0) && limit_reached(cell),
    );
    about_cells(
        Code::UndatedWorkOfOthers,
        "these cells have work of other orders without dates, which is not counted; see undated_hours_of_others",
        &|cell| cell.undated_hours > 0.0,
    );
    warnings
}

impl Warning {
    fn new(code: WarningCode, message: &str, count: usize) -> Self {
        let message = message.to_owned();
        Self { code, message, count, operation_ids: Vec::new(), cell_ids: Vec::new(), issue_ids: Vec::new() }
    }
}
