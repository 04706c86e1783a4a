//! `fetch_ncrs`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, NcrCategory, NcrDisposition};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::uuid;
use crate::run::list::{List, found};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Limit, Moment, TIME_ZONE};
use crate::tools::issues::filters::{Filters, IssueField, OrderBy, PAGE};
use crate::tools::issues::{Issue, LIVE_ISSUES};
use crate::tools::shared::period::Days;
use crate::tools::shared::{find, list_output};

/// `fetch_ncrs`
pub(in crate::tools) struct FetchNcrs;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only the NCR with this number, in upper or lower case.
    #[schemars(length(min = 1))]
    ncr_number: Option<String>,
    /// Only NCRs in this state.
    status: Option<IssueStatus>,
    /// true: only NCRs that are not over, which are the pending and the approved ones.
    open_only: bool,
    /// Only NCRs of this severity.
    severity: Option<IssueSeverity>,
    /// Only NCRs of this category.
    ncr_category: Option<NcrCategory>,
    /// Only NCRs whose pieces are treated this way.
    disposition: Option<NcrDisposition>,
    /// true: only pending NCRs that are older than overdue_after_days; false: only the others.
    overdue_review: Option<bool>,
    /// From which age on a review is overdue, in local days of the factory (default 7).
    overdue_after_days: Days<7>,
    /// true: only NCRs without a root cause; false: only those with one.
    missing_root_cause: Option<bool>,
    /// true: only NCRs that park their operation while they are pending (Yellow Card); false: only the others.
    causes_standstill: Option<bool>,
    /// Only NCRs of the operation with this id.
    operation_id: Option<Uuid>,
    /// Only NCRs of operations of the part with this id.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only NCRs of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only NCRs of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only NCRs that were reported at this moment or later (a date alone means its first moment in the factory's time zone).
    created_from: Option<Moment>,
    /// Only NCRs that were reported before this moment.
    created_before: Option<Moment>,
    /// Only NCRs with these words in number, title, description, root cause or resolution notes.
    #[schemars(length(min = 1))]
    search: Option<String>,
    /// newest first (default), oldest first, or by severity: critical first, and of one severity the oldest first.
    order: OrderBy,
    /// How many NCRs to give, at most 500 (default 50).
    limit: Limit,
    /// Texts to show beside the columns that are always shown.
    fields: BTreeSet<IssueField>,
    /// next_cursor of the page before, with otherwise the same arguments.
    cursor: Option<String>,
    /// true: also count all NCRs that fit, which takes longer.
    include_total: bool,
}

list_output!(ncrs: Issue);

/// Whether a review is overdue; `{}` is the number of days.
fn overdue_review() -> String {
    format!(
        "(i.status = 'pending' AND i.created_at < \
          (SELECT ((now() AT TIME ZONE {TIME_ZONE})::date - {{}}::integer)::timestamp AT TIME ZONE {TIME_ZONE}))"
    )
}

impl Declaration for FetchNcrs {
    const NAME: &'static str = "fetch_ncrs";
    const TITLE: &'static str = "List NCRs";
    const DESCRIPTION: &'static str = "Lists non-conformance reports (NCRs) with number, category, disposition, affected pieces, severity, state, place, who reported \
        and reviewed them, and their age in local days; finds overdue reviews and NCRs without a root cause. For all issues use \
        fetch_issues; for repeated causes, get_root_cause_analysis.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("category", "ncr_category"), ("task_id", "operation_id"), ("stage_id", "cell_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[
        ("status", "open", "pending"),
        ("status", "resolved", "approved"),
        ("ncr_category", "material", "material_defect"),
        ("ncr_category", "process", "process_error"),
    ];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"overdue_review": true, "order": "severity", "limit": 2, "include_total": true}"#),
        Example::new(
            r#"{"ncr_category": "dimensional", "missing_root_cause": true, "limit": 2, "fields": ["resolution_notes"]}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no NCR, job, part or cell has this number or name",
            r#"{"ncr_number": "NCR-1999-0001"}"#,
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
        list.only("i.issue_type = 'ncr'");
        let ncr = find::optional(call, &find::NCR, "id", None, arguments.ncr_number.as_deref())?;
        list.filter("i.id = {}", ncr.map(uuid));
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
        list.one_of("i.ncr_category", arguments.ncr_category.map(NcrCategory::name));
        list.one_of("i.disposition", arguments.disposition.map(NcrDisposition::name));
        let days = arguments.overdue_after_days.count();
        match arguments.overdue_review {
            Some(true) => list.filter(&overdue_review(), Some(days)),
            Some(false) => list.filter(&format!("{} IS NOT TRUE", overdue_review()), Some(days)),
            None => {}
        }
        match arguments.missing_root_cause {
            Some(true) => list.only("coalesce(btrim(i.root_cause), '') = ''"),
            Some(false) => list.only("btrim(i.root_cause) <> ''"),
            None => {}
        }
        IssueField::show(&arguments.fields, &mut list);
        let total = arguments.include_total.then(|| list.total(LIVE_ISSUES.trim_end()));
        let page = list.page(&arguments.order.order(), arguments.cursor.as_deref(), arguments.limit.rows())?;
        let summary = found(&page, "NCR", arguments.status.map(IssueStatus::name), total);
        Ok(Answer::from_sql(summary, page.into_body("ncrs", total)))
    }
}
