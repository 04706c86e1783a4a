//! What a person should know before following a suggestion.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{JobStatus, TaskStatus};
use crate::tools::planning::suggest_reschedule::order::{Cell, OpenOrder, Operation};

/// The most ids that one warning lists.
const MAX_IDS: usize = 20;

/// Something that the dates do not take into account.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct ScheduleWarning {
    code: WarningCode,
    message: String,
    /// How many rows it concerns.
    count: usize,
    /// The first 20 operations that it concerns.
    operation_ids: Vec<Uuid>,
    /// The first 20 cells that it concerns.
    cell_ids: Vec<Uuid>,
    /// The first 20 issues that it concerns.
    issue_ids: Vec<Uuid>,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WarningCode {
    /// The job is on hold.
    JobOnHold,
    /// Pending issues stop operations.
    ParkedByStandstill,
    /// Operations are on hold without such an issue.
    Parked,
    /// Operations have no estimate and are counted as taking no time.
    NoEstimate,
    /// Operations have all of their estimate booked and are counted as taking no more time.
    EstimateUsedUp,
    /// Cells are closed to new work.
    CellClosed,
    /// Cells are at or above their enforced WIP limit.
    CellAtWipLimit,
    /// Cells have work of other orders without dates.
    UndatedWorkOfOthers,
    /// Cells are no longer active.
    CellNotActive,
}

/// All that apply.
pub(super) fn of(order: &OpenOrder) -> Vec<ScheduleWarning> {
    use WarningCode as Code;
    let on_hold = |operation: &Operation| operation.status == TaskStatus::OnHold;
    let standstill = |operation: &Operation| !operation.standstill_issue_ids.is_empty();
    let limit_reached = |cell: &Cell| cell.wip_limit.is_some_and(|limit| cell.wip >= i64::from(limit));
    let mut warnings = Vec::new();
    if order.job.status == JobStatus::OnHold {
        warnings.push(ScheduleWarning::new(
            Code::JobOnHold,
            "the job is on hold: the dates apply once it is resumed",
            1,
        ));
    }
    let mut about_operations = |code, message: &str, applies: &dyn Fn(&Operation) -> bool| {
        let operations: Vec<_> = order.operations.iter().filter(|operation| applies(operation)).collect();
        if !operations.is_empty() {
            let mut warning = ScheduleWarning::new(code, message, operations.len());
            warning.operation_ids = operations.iter().map(|operation| operation.operation_id).take(MAX_IDS).collect();
            let issues = operations.iter().flat_map(|operation| &operation.standstill_issue_ids);
            warning.issue_ids = issues.copied().take(MAX_IDS).collect();
            warnings.push(warning);
        }
    };
    about_operations(
        Code::ParkedByStandstill,
        "issues stop these operations: the dates apply if the issues are resolved by then",
        &|operation| on_hold(operation) && standstill(operation),
    );
    about_operations(
        Code::Parked,
        "these operations are on hold: the dates apply if they are resumed by then",
        &|operation| on_hold(operation) && !standstill(operation),
    );
    about_operations(
        Code::NoEstimate,
        "these operations have no estimated time: they are counted as taking no time",
        &|operation| operation.estimated_time_minutes <= 0,
    );
    about_operations(
        Code::EstimateUsedUp,
        "all of the estimated time of these operations is booked: they are counted as taking no more time",
        &|operation| operation.estimated_time_minutes > 0 && operation.remaining_minutes == 0,
    );
    let mut about_cells = |code, message: &str, applies: &dyn Fn(&Cell) -> bool| {
        let cells: Vec<_> = order.cells.iter().filter(|cell| applies(cell)).collect();
        if !cells.is_empty() {
            let mut warning = ScheduleWarning::new(code, message, cells.len());
            warning.cell_ids = cells.iter().map(|cell| cell.cell_id).take(MAX_IDS).collect();
            warnings.push(warning);
        }
    };
    about_cells(Code::CellNotActive, "these cells are not active: move their operations to other cells", &|cell| {
        !cell.works
    });
    about_cells(Code::CellClosed, "these cells have a WIP limit of 0: they are closed to new work", &|cell| {
        cell.wip_limit == Some(0)
    });
    about_cells(Code::CellAtWipLimit, "these cells are at or above their WIP limit, which is enforced", &|cell| {
        cell.enforce_wip_limit && cell.wip_limit != Some(0) && limit_reached(cell)
    });
    about_cells(
        Code::UndatedWorkOfOthers,
        "these cells have work of other orders without dates, which is not counted; see undated_hours_of_others",
        &|cell| cell.undated_hours > 0.0,
    );
    warnings
}

impl ScheduleWarning {
    fn new(code: WarningCode, message: &str, count: usize) -> Self {
        let message = message.to_owned();
        Self { code, message, count, operation_ids: Vec::new(), cell_ids: Vec::new(), issue_ids: Vec::new() }
    }
}
