//! `get_dashboard_stats`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{IssueSeverity, IssueStatus, JobStatus, TaskStatus};
use crate::error::ToolError;
use crate::pg::statement::Fill;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::statement;
use crate::tools::shared::RULES;
use crate::tools::shared::counts::{BySeverity, counts};

/// `get_dashboard_stats`
pub(in crate::tools) struct GetDashboardStats;

/// The most cells in an answer.
const MAX_CELLS: usize = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("properties" = {}))]
pub(in crate::tools) struct Arguments {}

/// Counts of live jobs, parts, operations and issues: nothing that was deleted, itself or with what it belongs to.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Stats {
    /// The factory's time zone, which determines what today is.
    time_zone: String,
    jobs: Jobs,
    parts: Parts,
    operations: Operations,
    /// Issues, including NCRs.
    issues: Issues,
    /// Time entries that have not ended.
    running_time_entries: i64,
    today: Today,
    /// Active cells whose work in progress has reached their limit, in shop floor order; at most 100. Cells without a limit are never
    /// listed; a cell with limit 0 (closed for new work) always is.
    cells_at_or_over_limit: Vec<FullCell>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Jobs {
    total: i64,
    by_status: ByStatus,
    /// Past their effective due date and not completed.
    overdue: i64,
    /// Not completed, not overdue, and due today or within the next 7 days.
    due_within_7_days: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parts {
    total: i64,
    by_status: ByStatus,
    /// Bullet cards (parts that go first) that are not completed.
    active_bullet_cards: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Operations {
    total: i64,
    by_status: ByStatus,
    /// Operations put on hold by a person or by an issue that stops them.
    parked: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByStatus {
    not_started: i64,
    in_progress: i64,
    completed: i64,
    on_hold: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Issues {
    total: i64,
    by_status: IssuesByStatus,
    /// Pending issues only.
    open_by_severity: BySeverity,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IssuesByStatus {
    pending: i64,
    approved: i64,
    rejected: i64,
    closed: i64,
}

/// What was reported today.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Today {
    /// Today's date in the factory.
    date: NaiveDate,
    /// Pieces.
    good_pieces: i64,
    /// Pieces.
    scrap_pieces: i64,
    /// Pieces.
    rework_pieces: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullCell {
    cell_id: Uuid,
    cell_name: String,
    /// Work in progress: the number of jobs with an operation at the cell that is not started or in progress.
    wip: i64,
    /// The maximum number of jobs the cell should have.
    wip_limit: i32,
}

statement! {
    static STATS = include_str!("stats.sql"); [Uuid]
        => rules(&[RULES]),
           fills(&[
               ("jobs_by_status", Fill::Made(|| counts("coalesce(j.status, 'not_started')", JobStatus::ALL))),
               ("parts_by_status", Fill::Made(|| counts("coalesce(p.status, 'not_started')", JobStatus::ALL))),
               ("operations_by_status", Fill::Made(|| counts("coalesce(o.status, 'not_started')", TaskStatus::ALL))),
               ("issues_by_status", Fill::Made(|| counts("coalesce(i.status, 'pending')", IssueStatus::ALL))),
               ("issues_by_severity", Fill::Made(|| counts("{{is_pending}} AND i.severity", IssueSeverity::ALL))),
               ("max_cells", Fill::Count(MAX_CELLS)),
           ]);
}

impl Declaration for GetDashboardStats {
    const NAME: &'static str = "get_dashboard_stats";
    const TITLE: &'static str = "Factory overview";
    const DESCRIPTION: &'static str = "Summarizes the state of the whole factory in numbers: jobs, parts, operations and issues by state, overdue and due-soon jobs, \
        bullet cards, parked operations, running time entries, today's pieces, and cells at their work-in-progress limit. The numbers are exact, \
        not sampled. For the rows behind a number use the fetch tools.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Stats>;

    fn run(call: &Call, _: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let stats: Json<Stats> = call.json(&STATS, &[]);
        let summary = format!(
            "{} jobs in progress, {} overdue, {} due within 7 days; {} operations in progress, {} parked; {} open issues.",
            stats.jobs.by_status.in_progress,
            stats.jobs.overdue,
            stats.jobs.due_within_7_days,
            stats.operations.by_status.in_progress,
            stats.operations.parked,
            stats.issues.by_status.pending,
        );
        Ok(Answer::new(summary, &stats))
    }

    const EXAMPLES: &'static [Example] = &[Example::new("{}")];
    const ERRORS: &'static [ErrorCase] = &[];
}
