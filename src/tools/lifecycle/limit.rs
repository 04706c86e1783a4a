//! The limit of work in progress that a cell may enforce.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::{Warning, WarningKind};
use crate::tools::shared::with_rules;

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
    static WIP: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("wip_with_job.sql")));
    let limit = query::write(include_str!("lock_limit.sql"), sql_args![uuid(call.tenant), uuid(cell)], |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<i32>() }
    });
    let Some(limit) = limit.map(i64::from) else { return Ok(None) };
    let args = sql_args![uuid(call.tenant), uuid(cell), uuid(job)];
    let wip = query::write(&WIP, args, |rows| rows.first().get_one::<i64>()).unwrap_or_default();
    if wip <= limit {
        return Ok(None);
    }
    if force {
        return Ok(Some(Warning::new(WarningKind::WipLimit, wip, "the cell is over its enforced WIP limit")));
    }
    Err(ToolError::new(ToolErrorCode::LimitExceeded, "the cell would be over its enforced WIP limit")
        .hint("complete work there first, or call again with force: true")
        .with("cell_id", cell.to_string())
        .with("present", wip)
        .with("limit", limit))
}
