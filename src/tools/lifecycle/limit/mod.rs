//! The limit of work in progress that a cell may enforce.

use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::Call;
use crate::tools::lifecycle::{Warning, WarningKind};
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

statement! {
    static LOCK = include_str!("lock.sql"); [Uuid, Uuid];

    static WIP_WITH_JOB = include_str!("wip_with_job.sql"); [Uuid, Uuid, Uuid] => rules(&[RULES]);
}

/// Refuses work of a job at a cell that enforces its limit and would be over it with this job, or warns when it is forced. A job that
/// waits there is work in progress already, and counts once. The cell stays locked, so that two jobs cannot both take the last place.
///
/// # Errors
/// `limit_exceeded`.
pub(in crate::tools) fn check_limit(
    call: &Call,
    cell: Uuid,
    job: Uuid,
    force: bool,
) -> Result<Option<Warning>, ToolError> {
    let Some(limit) = call.value::<i32>(&LOCK, sql_args![cell]).map(i64::from) else { return Ok(None) };
    let wip = call.value::<i64>(&WIP_WITH_JOB, sql_args![cell, job]).expect("a sum is not null");
    if wip <= limit {
        return Ok(None);
    }
    if force {
        return Ok(Some(Warning::new(WarningKind::WipLimit, wip, "the cell is over its enforced WIP limit")));
    }
    Err(ToolError::new(ToolErrorCode::LimitExceeded, "the cell would be over its enforced WIP limit")
        .hint("complete work at the cell first, or call again with force: true")
        .with("cell_id", cell.to_string())
        .with("present", wip)
        .with("limit", limit))
}
