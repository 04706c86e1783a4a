//! `fetch_ncrs`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use crate::core::states::{IssueStatus, NcrCategory, NcrDisposition};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, found};
use crate::run::tool::{Access, Answer, Before, Call, Declaration, ErrorCase, Example};
use crate::tools::issues::list::{FILTERS, IssueField, OrderBy, SEVERITY, STATUS, issue_list_arguments};
use crate::tools::issues::{ISSUE_RULES, Issue};
use crate::tools::shared::period::Days;
use crate::tools::shared::{FOREIGN_CURSOR, NO_WORD, NUMBERED, RULES, find, page_output};
use crate::{one_state, statement};

/// `fetch_ncrs`
pub(in crate::tools) struct FetchNcrs;

issue_list_arguments! {
    "NCRs";
    /// Only the NCR with this number.
    #[schemars(length(min = 1))]
    ncr_number: Option<String>,
    /// Only NCRs of this category.
    ncr_category: Option<NcrCategory>,
    /// Only NCRs with this disposition.
    disposition: Option<NcrDisposition>,
    /// true: only pending NCRs that are older than overdue_after_days; false: only the others.
    overdue_review: Option<bool>,
    /// A review is overdue if the NCR is older than this many local days (default 7).
    overdue_after_days: Days<7>,
    /// true: only NCRs without a root cause; false: only those with one.
    missing_root_cause: Option<bool>,
}

page_output!(ncrs: Issue);

/// Whether a review is overdue after `{{value}}` local days.
macro_rules! overdue {
    () => {
        "({{is_pending}} AND i.created_at < (SELECT \
          ((now() AT TIME ZONE {{time_zone}})::date - {{value}}::integer)::timestamp AT TIME ZONE {{time_zone}}))"
    };
}

const CATEGORY: &[Part] = one_state!("ncr_category": "i.ncr_category" in
    ["material_defect", "dimensional", "surface_finish", "process_error", "other"]);

const DISPOSITION: &[Part] =
    one_state!("disposition": "i.disposition" in ["scrap", "rework", "use_as_is", "return_to_supplier"]);

const NCR_FILTERS: &[Part] = &[
    Part::filter("id", "i.id = {{value}}", Type::Uuid),
    Part::filter("overdue_review", overdue!(), Type::Int4),
    Part::filter("review_not_overdue", concat!(overdue!(), " IS NOT TRUE"), Type::Int4),
    Part::condition("no_root_cause", "coalesce(btrim(i.root_cause), '') = ''"),
    Part::condition("root_cause", "btrim(i.root_cause) <> ''"),
];

statement! {
    static PAGE = "WITH {{page}}", include_str!("../row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, ISSUE_RULES, page::RULES]),
           fills(&[("listed", Fill::Text("{{live_ncrs}}")), ("id", Fill::Text("i.id"))]),
           parts(&[STATUS, SEVERITY, FILTERS, CATEGORY, DISPOSITION, NCR_FILTERS, page::CURSOR, OrderBy::PARTS, IssueField::PARTS]);

    static TOTAL = "SELECT count(*) FROM {{live_ncrs}}{{where}}"; [Uuid]
        => rules(&[RULES, ISSUE_RULES]), parts(&[STATUS, SEVERITY, FILTERS, CATEGORY, DISPOSITION, NCR_FILTERS]);
}

impl Declaration for FetchNcrs {
    const NAME: &'static str = "fetch_ncrs";
    const TITLE: &'static str = "List NCRs";
    const DESCRIPTION: &'static str = "Lists non-conformance reports (NCRs) with number, category, disposition, affected quantity, severity, status, location, \
        reporter, reviewer and age in days; finds overdue reviews and NCRs without a root cause. For all issues use fetch_issues; for \
        recurring causes, get_root_cause_analysis.";
    const ACCESS: Access = Access::Read;
    const BEFORE: Option<Before> = Some(NUMBERED);
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("category", "ncr_category"), ("task_id", "operation_id"), ("stage_id", "cell_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[
        ("status", "open", "pending"),
        ("status", "resolved", "approved"),
        ("ncr_category", "material", "material_defect"),
        ("ncr_category", "process", "process_error"),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let mut choice = Choice::none();
        choice.value("id", find::optional(call, &find::NCR, "id", None, arguments.ncr_number.as_deref())?);
        arguments.choose_filters(call, &mut choice)?;
        choice.one(arguments.ncr_category.map(NcrCategory::name));
        choice.one(arguments.disposition.map(NcrDisposition::name));
        let overdue =
            arguments.overdue_review.map(|overdue| if overdue { "overdue_review" } else { "review_not_overdue" });
        if let Some(overdue) = overdue {
            choice.value(overdue, Some(arguments.overdue_after_days.count()));
        }
        choice.either("no_root_cause", "root_cause", arguments.missing_root_cause);
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        IssueField::choose(&arguments.fields, &mut choice);
        let page = page::page(call, &PAGE, choice, arguments.wanted(arguments.order.name()), &[])?;
        let status = arguments.status.map(IssueStatus::name);
        Ok(Answer::new(found(&page, "NCR", status, total), &Output::of(page, total)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"overdue_review": true, "order": "severity", "limit": 2, "include_total": true}"#),
        Example::new(
            r#"{"ncr_category": "dimensional", "missing_root_cause": true, "limit": 2, "fields": ["resolution_notes"]}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no NCR, part, job or cell has this number or name",
            r#"{"ncr_number": "NCR-1999-0001"}"#,
        ),
        FOREIGN_CURSOR,
        NO_WORD,
    ];
}
