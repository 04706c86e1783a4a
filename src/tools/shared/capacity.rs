//! How full cells are and how much they can do, in the words of SQL. The one place for it: two tools must not tell two stories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The work in progress of each cell that has any: `cell_id` and `wip`.
///
/// It is the number of jobs, each counted once, with an operation at the cell that is queued (not started) or in progress. Neither the
/// operation nor its part nor its job is deleted. Work on hold is parked: it does not count, and tools show it beside.
pub(super) const CELL_WIP: &str = include_str!("cell_wip.sql");

/// What the work in progress `w.wip` (null is none) of the cell `c` means: a [`WipStatus`]. The threshold is a count of jobs, too; the
/// application warns at 80 % of the limit even where the threshold is higher.
pub(super) const WIP_STATUS: &str = include_str!("wip_status.sql");

/// The work in progress `w.wip` of the cell `c` in percent of its limit; null without a limit, or with 0.
pub(super) const WIP_PERCENT: &str = "round(100.0 * coalesce(w.wip, 0) / nullif(c.wip_limit, 0), 1)";

/// Whether the factory works on day `d.day`. `k` is that day's row of factory_calendar, which wins where there is one, and
/// `t.working_days` the tenant's [`WORKING_DAYS`].
pub(super) const IS_WORKING_DAY: &str = include_str!("is_working_day.sql");

/// How much of a full day the factory works on day `d.day`, 0 to 1, with `k` and `t` as in [`IS_WORKING_DAY`].
pub(super) const WORK_SHARE: &str = include_str!("work_share.sql");

/// The bit mask of the tenant's working days, Monday = 1.
pub(super) const WORKING_DAYS: &str = "coalesce((SELECT working_days_mask FROM {{mes}}.tenants WHERE id = $1), 31)";

/// The hours that the cell `c` works on a full day. A cell that does not say has the 8 that new cells have.
pub(super) const CELL_HOURS: &str = "coalesce(c.capacity_hours_per_day, 8)";

/// The minutes that are left of the operation `o`.
pub(super) const REMAINING_MINUTES: &str = "CASE WHEN o.status = 'completed' THEN 0 \
    ELSE greatest(coalesce(o.estimated_time, 0) - coalesce(o.actual_time, 0), 0) END";

/// How full a cell is with work in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum WipStatus {
    /// There is room, or no limit.
    Available,
    /// At or above the warning threshold, or 80 % of the limit.
    Warning,
    /// At the limit. A cell with limit 0 is closed for new work.
    AtCapacity,
    /// Above the limit.
    Over,
}
