//! `get_dashboard_stats`.

use std::sync::LazyLock;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, JobStatus, TaskStatus};
use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::shared::{count_by, with_rules};

/// `get_dashboard_stats`
pub(in crate::tools) struct GetDashboardStats;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("properties" = {}))]
pub(in crate::tools) struct Arguments {}

/// Numbers of live jobs, parts, operations and issues: nothing deleted, and nothing below what is deleted.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    /// The factory's time zone, which decides what today is.
    time_zone: String,
    jobs: Jobs,
    parts: Parts,
    operations: Operations,
    /// Issues, NCRs among them.
    issues: Issues,
    /// Time entries that are not ended.
    running_time_entries: i64,
    today: Today,
    /// Active cells whose work in progress has reached their limit, in the order of the shop floor; at most 100. Cells without a
    /// limit are never among them, one with limit 0 (closed for new work) always is.
    cells_at_or_over_limit: Vec<FullCell>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Jobs {
    total: i64,
    by_status: ByStatus,
    /// Past their effective due date and not completed.
    overdue: i64,
    /// Not completed, not overdue, and due today or in the 7 days after it.
    due_within_7_days: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parts {
    total: i64,
    by_status: ByStatus,
    /// Parts that are marked as work that goes first and are not completed.
    active_bullet_cards: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Operations {
    total: i64,
    by_status: ByStatus,
    /// Operations on hold, by a person or by an issue that stops them.
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
    /// Pending ones only.
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

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BySeverity {
    low: i64,
    medium: i64,
    high: i64,
    critical: i64,
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
    /// The most jobs that the cell should have.
    wip_limit: i32,
}

/// The statement, with a count for every value of each enum type.
static STATS: LazyLock<String> = LazyLock::new(|| {
    let statuses = |column: &str| count_by(column, JobStatus::ALL.iter().map(|status| status.name()));
    let severities = IssueSeverity::ALL.iter().map(|severity| severity.name());
    with_rules(include_str!("stats.sql"))
        .replace("{{jobs_by_status}}", &statuses("coalesce(j.status, 'not_started')"))
        .replace("{{parts_by_status}}", &statuses("coalesce(p.status, 'not_started')"))
        .replace(
            "{{operations_by_status}}",
            &count_by("coalesce(o.status, 'not_started')", TaskStatus::ALL.iter().map(|status| status.name())),
        )
        .replace("{{issues_by_status}}", &count_by("i.status", IssueStatus::ALL.iter().map(|status| status.name())))
        .replace("{{issues_by_severity}}", &count_by("i.status = 'pending' AND i.severity", severities))
});

impl Declaration for GetDashboardStats {
    const NAME: &'static str = "get_dashboard_stats";
    const TITLE: &'static str = "Factory overview";
    const DESCRIPTION: &'static str = "The state of the whole factory in numbers: jobs, parts, operations and issues by state, overdue and due-soon jobs, \
        bullet cards, parked operations, running time entries, today's pieces and cells at their limit of work in progress. Exact, not \
        sampled. For the rows behind a number use the fetch tools.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[Example::new("{}")];
    const ERRORS: &'static [ErrorCase] = &[];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, _: Arguments) -> Result<Answer<Output>, ToolError> {
        let body = query::read(&STATS, sql_args![uuid(call.tenant)], |rows| rows.first().get_one::<String>())
            .unwrap_or_default();
        let stats: Value = serde_json::from_str(&body).unwrap_or_default();
        let summary = format!(
            "{} jobs in progress, {} overdue, {} due within 7 days; {} operations in progress, {} parked; {} open issues.",
            stats["jobs"]["by_status"]["in_progress"],
            stats["jobs"]["overdue"],
            stats["jobs"]["due_within_7_days"],
            stats["operations"]["by_status"]["in_progress"],
            stats["operations"]["parked"],
            stats["issues"]["by_status"]["pending"],
        );
        Ok(Answer::from_sql(summary, body))
    }
}
