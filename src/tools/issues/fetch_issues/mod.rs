//! `fetch_issues`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use crate::core::states::{IssueStatus, IssueType};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, found};
use crate::run::tool::{Access, Answer, Before, Call, Declaration, ErrorCase, Example};
use crate::statement;
use crate::tools::issues::list::{FILTERS, IssueField, OrderBy, SEVERITY, STATUS, issue_list_arguments};
use crate::tools::issues::{ISSUE_RULES, Issue};
use crate::tools::shared::{FOREIGN_CURSOR, NO_WORD, NUMBERED, RULES, page_output};

/// `fetch_issues`
pub(in crate::tools) struct FetchIssues;

issue_list_arguments! {
    "issues";
    /// general: only issues that are not NCRs; ncr: only NCRs.
    issue_type: Option<IssueType>,
}

page_output!(issues: Issue);

const ISSUE_TYPE: &[Part] = &[
    Part::at_most_one_of("issue_type", "ncr", "where", "i.issue_type = 'ncr'"),
    Part::at_most_one_of("issue_type", "general", "where", "i.issue_type IS DISTINCT FROM 'ncr'"),
];

statement! {
    static PAGE = "WITH {{page}}", include_str!("../row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, ISSUE_RULES, page::RULES]),
           fills(&[("listed", Fill::Text("{{live_issues}}")), ("id", Fill::Text("i.id"))]),
           parts(&[STATUS, SEVERITY, FILTERS, ISSUE_TYPE, page::CURSOR, OrderBy::PARTS, IssueField::PARTS]);

    static TOTAL = "SELECT count(*) FROM {{live_issues}}{{where}}"; [Uuid]
        => rules(&[RULES, ISSUE_RULES]), parts(&[STATUS, SEVERITY, FILTERS, ISSUE_TYPE]);
}

impl Declaration for FetchIssues {
    const NAME: &'static str = "fetch_issues";
    const TITLE: &'static str = "List issues";
    const DESCRIPTION: &'static str = "Lists quality issues, both general issues and NCRs, with severity, status, operation, part, job, cell, reporter, reviewer \
        and age in days. For NCRs by category, disposition or overdue review use fetch_ncrs; for counts and rates, get_issue_analytics.";
    const ACCESS: Access = Access::Read;
    const BEFORE: Option<Before> = Some(NUMBERED);
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("task_id", "operation_id"), ("stage_id", "cell_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "open", "pending"), ("status", "resolved", "approved")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let mut choice = Choice::none();
        arguments.choose_filters(call, &mut choice)?;
        choice.one(arguments.issue_type.map(IssueType::name));
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        IssueField::choose(&arguments.fields, &mut choice);
        let page = page::page(call, &PAGE, choice, arguments.wanted(arguments.order.name()), &[])?;
        let status = arguments.status.map(IssueStatus::name);
        Ok(Answer::new(found(&page, "issue", status, total), &Output::of(page, total)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"status": "pending", "order": "severity", "limit": 2, "include_total": true}"#),
        Example::new(
            r#"{"cell_name": "Welding", "open_only": true, "causes_standstill": true, "fields": ["description"]}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no part, job or cell has this number or name",
            r#"{"job_number": "JOB-9999"}"#,
        ),
        FOREIGN_CURSOR,
        NO_WORD,
    ];
}
