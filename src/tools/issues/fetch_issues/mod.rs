//! `fetch_issues`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, IssueType};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::list::{List, found};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Limit, Moment};
use crate::tools::issues::filters::{Filters, IssueField, OrderBy, PAGE};
use crate::tools::issues::{Issue, LIVE_ISSUES};
use crate::tools::shared::list_output;

/// `fetch_issues`
pub(in crate::tools) struct FetchIssues;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only issues in this state.
    status: Option<IssueStatus>,
    /// true: only issues that are not over, which are the pending and the approved ones.
    open_only: bool,
    /// Only issues of this severity.
    severity: Option<IssueSeverity>,
    /// general: only remarks; ncr: only NCRs.
    issue_type: Option<IssueType>,
    /// true: only issues that park their operation while they are pending (Yellow Card); false: only the others.
    causes_standstill: Option<bool>,
    /// Only issues of the operation with this id.
    operation_id: Option<Uuid>,
    /// Only issues of operations of the part with this id.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only issues of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only issues of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only issues that were reported at this moment or later (a date alone means its first moment in the factory's time zone).
    created_from: Option<Moment>,
    /// Only issues that were reported before this moment.
    created_before: Option<Moment>,
    /// Only issues with these words in NCR number, title, description, root cause or resolution notes.
    #[schemars(length(min = 1))]
    search: Option<String>,
    /// newest first (default), oldest first, or by severity: critical first, and of one severity the oldest first.
    order: OrderBy,
    /// How many issues to give, at most 500 (default 50).
    limit: Limit,
    /// Texts to show beside the columns that are always shown.
    fields: BTreeSet<IssueField>,
    /// next_cursor of the page before, with otherwise the same arguments.
    cursor: Option<String>,
    /// true: also count all issues that fit, which takes longer.
    include_total: bool,
}

list_output!(issues: Issue);

impl Declaration for FetchIssues {
    const NAME: &'static str = "fetch_issues";
    const TITLE: &'static str = "List issues";
    const DESCRIPTION: &'static str = "Lists quality issues, remarks and NCRs alike, with severity, state, operation, part, job, cell, who reported and reviewed \
        them, and their age in local days. For NCRs by category, disposition or overdue review use fetch_ncrs; for counts and rates, \
        get_issue_analytics.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("task_id", "operation_id"), ("stage_id", "cell_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "open", "pending"), ("status", "resolved", "approved")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"status": "pending", "order": "severity", "limit": 2, "include_total": true}"#),
        Example::new(
            r#"{"cell_name": "Welding", "open_only": true, "causes_standstill": true, "fields": ["description"]}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no job, part or cell has this number or name",
            r#"{"job_number": "JOB-9999"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the cursor is not from this list in this order",
            r#"{"cursor": "x"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let mut list = List::new(&PAGE, "i.id", call.tenant);
        let filters = Filters {
            operation_id: arguments.operation_id,
            part_id: arguments.part_id,
            part_number: arguments.part_number.as_deref(),
            job_id: arguments.job_id,
            job_number: arguments.job_number.as_deref(),
            cell_id: arguments.cell_id,
            cell_name: arguments.cell_name.as_deref(),
            created_from: arguments.created_from.as_ref(),
            created_before: arguments.created_before.as_ref(),
            open_only: arguments.open_only,
            causes_standstill: arguments.causes_standstill,
            search: arguments.search.as_deref(),
        };
        filters.add(call, &mut list)?;
        list.one_of("i.status", arguments.status.map(IssueStatus::name));
        list.one_of("i.severity", arguments.severity.map(IssueSeverity::name));
        match arguments.issue_type {
            Some(IssueType::Ncr) => list.only("i.issue_type = 'ncr'"),
            Some(IssueType::General) => list.only("i.issue_type IS DISTINCT FROM 'ncr'"),
            None => {}
        }
        IssueField::show(&arguments.fields, &mut list);
        let total = arguments.include_total.then(|| list.total(LIVE_ISSUES.trim_end()));
        let page = list.page(&arguments.order.order(), arguments.cursor.as_deref(), arguments.limit.rows())?;
        let summary = found(&page, "issue", arguments.status.map(IssueStatus::name), total);
        Ok(Answer::from_sql(summary, page.into_body("issues", total)))
    }
}
