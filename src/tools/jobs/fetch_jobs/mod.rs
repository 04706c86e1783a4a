//! `fetch_jobs`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use crate::core::states::JobStatus;
use crate::error::ToolError;
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, found};
use crate::run::texts::{Wording, Words};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::tools::jobs::{COLUMNS, Job};
use crate::tools::shared::{
    FOREIGN_CURSOR, NO_WORD, RULES, STATUS_ALIASES, list_arguments, more_fields, orders, page_output,
};
use crate::{contains, has_words, instant, one_state, statement};

/// `fetch_jobs`
pub(in crate::tools) struct FetchJobs;

list_arguments! {
    /// Only jobs in this state.
    status: Option<JobStatus>,
    /// Only jobs whose customer contains this text, regardless of case and accents.
    customer: Option<Wording>,
    /// Only jobs with all of these words, or parts of words, in their number, customer or notes, regardless of case and accents.
    search: Option<Words>,
    /// Only jobs due at this time or later, by effective due date. A date without a time means the start of that day in the factory's time zone.
    due_from: Option<Moment>,
    /// Only jobs due before this time.
    due_before: Option<Moment>,
    /// true: only jobs that are past their effective due date and not completed; false: only the others.
    overdue: Option<bool>,
    /// Sort order: newest first (default), earliest effective due date first (jobs without one last), or by job number.
    order: OrderBy,
    => fields: JobField
}

orders!(OrderBy {
    #[default]
    Newest = "newest": descending "j.created_at" as "timestamptz",
    DueDate = "due_date": ascending "coalesce(j.due_date_override, j.due_date, 'infinity')" as "timestamptz",
    JobNumber = "job_number": ascending "j.job_number" as "text",
});

more_fields!(JobField of "jobs" {
    Notes = "notes": "x.notes",
    ExternalId = "external_id": "x.external_id",
    ExternalSource = "external_source": "x.external_source",
});

page_output!(jobs: Job);

const STATUS: &[Part] = one_state!("status": "j.status" in ["not_started", "in_progress", "completed", "on_hold"]);

const FILTERS: &[Part] = &[
    Part::filter("customer", contains!("j.customer"), Type::Text),
    Part::filter("search", has_words!("j.job_number, j.customer, j.notes"), Type::TextArray),
    Part::filter("due_from", concat!("{{due}} >= ", instant!("{{value}}")), Type::Text),
    Part::filter("due_before", concat!("{{due}} < ", instant!("{{value}}")), Type::Text),
    Part::condition("overdue", "{{overdue}}"),
    Part::condition("not_overdue", "({{overdue}}) IS NOT TRUE"),
];

statement! {
    static PAGE = "WITH {{page}}", include_str!("../row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, page::RULES]),
           fills(&[("columns", Fill::Text(COLUMNS)), ("listed", Fill::Text("{{live_jobs}}")), ("id", Fill::Text("j.id"))]),
           parts(&[STATUS, FILTERS, page::CURSOR, OrderBy::PARTS, JobField::PARTS]);

    static TOTAL = "SELECT count(*) FROM {{live_jobs}}{{where}}"; [Uuid] => rules(&[RULES]), parts(&[STATUS, FILTERS]);
}

impl Declaration for FetchJobs {
    const NAME: &'static str = "fetch_jobs";
    const TITLE: &'static str = "List jobs";
    const DESCRIPTION: &'static str = "Lists customers' jobs (orders) with their state, due dates, progress of parts and operations, and open issues. \
        For the parts or operations themselves, use fetch_parts or fetch_operations; for totals only, get_dashboard_stats.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("customer_name", "customer")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = STATUS_ALIASES;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let status = arguments.status.map(JobStatus::name);
        let mut choice = Choice::none();
        choice.one(status);
        choice.value("customer", arguments.customer.as_ref().map(Wording::pattern));
        choice.value("search", arguments.search.as_ref().map(Words::patterns));
        choice.value("due_from", arguments.due_from.as_ref().map(Moment::text));
        choice.value("due_before", arguments.due_before.as_ref().map(Moment::text));
        choice.either("overdue", "not_overdue", arguments.overdue);
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        JobField::choose(&arguments.fields, &mut choice);
        let page = page::page(call, &PAGE, choice, arguments.wanted(arguments.order.name()), &[])?;
        Ok(Answer::new(found(&page, "job", status, total), &Output::of(page, total)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"status": "in_progress", "overdue": true, "order": "due_date", "limit": 2, "include_total": true}"#,
        ),
        Example::new(r#"{"customer": "50%_off", "fields": ["notes"]}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[FOREIGN_CURSOR, NO_WORD];
}
