//! Rules of the factory as SQL texts, by the names of the gaps that they fill.
//!
//! They name the tables by one letter: job `j`, part `p`, operation `o`, cell `c`. `$1` is the tenant.

use super::{capacity, job_times, ncr_numbers, period, pieces};
use crate::pg::shape::{Piece, Shape};
use crate::pg::statement::{Fill, Rules};
use crate::run::values::TIME_ZONE;

/// When a job is due: a date that people or agents set wins over the ERP's.
pub(in crate::tools) const DUE: &str = "coalesce(j.due_date_override, j.due_date)";

/// Whether a job is past its due date and not completed; null when it has no due date.
const OVERDUE: &str = "coalesce(j.due_date_override, j.due_date) < now() AND j.status IS DISTINCT FROM 'completed'";

/// Whether an operation is past its planned end and not completed; null when it has no planned end.
const LATE: &str = "o.planned_end < now() AND o.status IS DISTINCT FROM 'completed'";

/// The jobs that were not deleted, with the `WHERE`.
const LIVE_JOBS: &str = "{{mes}}.jobs j WHERE j.tenant_id = $1 AND j.deleted_at IS NULL";

/// The parts that were not deleted, nor their job, with the `WHERE`.
const LIVE_PARTS: &str = include_str!("live_parts.sql");

/// The operations that were not deleted, nor their part and job, with their cell (also a deleted one) and the `WHERE`.
const LIVE_OPERATIONS: &str = include_str!("live_operations.sql");

/// The substeps whose operation was not deleted, nor its part and job, with the `WHERE`.
const LIVE_SUBSTEPS: &str = include_str!("live_substeps.sql");

/// Whether an operation is work in progress at its cell: it waits there or is worked on. Parked work is not.
const QUEUED: &str = "coalesce(o.status, 'not_started') IN ('not_started', 'in_progress')";

/// Whether an issue is pending: a constant in a comparison of the column alone, which partial indexes need, if it cannot be null.
fn is_pending(shape: Shape) -> &'static str {
    if shape.has(Piece::IssueStatus) { "i.status = 'pending'" } else { "coalesce(i.status, 'pending') = 'pending'" }
}

/// The rules that all statements of tools share, by the names of their gaps.
pub(in crate::tools) const RULES: &Rules = &[
    ("cell_wip", Fill::Text(capacity::CELL_WIP)),
    ("queued", Fill::Text(QUEUED)),
    ("wip_status", Fill::Text(capacity::WIP_STATUS)),
    ("wip_percent", Fill::Text(capacity::WIP_PERCENT)),
    ("work_share", Fill::Text(capacity::WORK_SHARE)),
    ("is_working_day", Fill::Text(capacity::IS_WORKING_DAY)),
    ("working_days", Fill::Text(capacity::WORKING_DAYS)),
    ("cell_hours", Fill::Text(capacity::CELL_HOURS)),
    ("remaining_minutes", Fill::Text(capacity::REMAINING_MINUTES)),
    ("live_jobs", Fill::Text(LIVE_JOBS)),
    ("live_parts", Fill::Text(LIVE_PARTS)),
    ("live_operations", Fill::Text(LIVE_OPERATIONS)),
    ("live_substeps", Fill::Text(LIVE_SUBSTEPS)),
    ("due", Fill::Text(DUE)),
    ("overdue", Fill::Text(OVERDUE)),
    ("late", Fill::Text(LATE)),
    ("period", Fill::Text(period::PERIOD)),
    ("period_json", Fill::Text(period::PERIOD_JSON)),
    ("days", Fill::Text(period::DAYS)),
    ("buckets", Fill::Text(period::BUCKETS)),
    ("live_lots", Fill::Text(pieces::LIVE_LOTS)),
    ("scrap_by_reason", Fill::Text(pieces::SCRAP_BY_REASON)),
    ("pieces", Fill::Text(pieces::PIECES)),
    ("time_zone", Fill::Text(TIME_ZONE)),
    ("is_pending", Fill::ByShape(is_pending)),
    ("job_started_at", Fill::ByShape(job_times::started_at)),
    ("job_completed_at", Fill::ByShape(job_times::completed_at)),
    ("first_work_of_job", Fill::Text(job_times::FIRST_WORK)),
    ("last_work_of_job", Fill::Text(job_times::LAST_WORK)),
    ("set_started_at", Fill::ByShape(job_times::set_started_at)),
    ("set_completed_at", Fill::ByShape(job_times::set_completed_at)),
    ("new_start_of_job", Fill::Text(job_times::NEW_START)),
    ("new_completion_of_job", Fill::Text(job_times::NEW_COMPLETION)),
    ("ncr_number", Fill::ByShape(ncr_numbers::number)),
    ("side_ncr_number", Fill::Text(ncr_numbers::SIDE_NUMBER)),
    ("numbered_issues", Fill::ByShape(ncr_numbers::numbered)),
    ("ncr_counters", Fill::ByShape(ncr_numbers::counters)),
    ("is_unnumbered_ncr", Fill::ByShape(ncr_numbers::is_unnumbered)),
    ("highest_ncr_number", Fill::ByShape(ncr_numbers::highest)),
    ("year_of_ncr", Fill::Text(ncr_numbers::YEAR)),
    ("number_of_ncr", Fill::Text(ncr_numbers::NUMBER)),
];
