//! `fetch_jobs`.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::list::{List, Order, found};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, as_instant, contains_pattern};
use crate::tools::jobs::Job;
use crate::tools::shared::{DUE, LIVE_JOBS, OVERDUE, list_arguments, list_output, more_fields, with_rules};

/// `fetch_jobs`
pub(in crate::tools) struct FetchJobs;

list_arguments! {
    /// Only jobs in this state.
    status: Option<JobStatus>,
    /// Only jobs whose customer contains this text, in upper or lower case.
    #[schemars(length(min = 1))]
    customer: Option<String>,
    /// Only jobs with these words in number, customer or notes.
    #[schemars(length(min = 1))]
    search: Option<String>,
    /// Only jobs due at this moment or later (effective due date; a date alone means its first moment in the factory's time zone).
    due_from: Option<Moment>,
    /// Only jobs due before this moment.
    due_before: Option<Moment>,
    /// true: only jobs past their effective due date and not completed; false: only the others.
    overdue: Option<bool>,
    /// newest first (default), the earliest effective due date first (those without one last), or by job number.
    order: OrderBy,
    => fields: JobField
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OrderBy {
    #[default]
    Newest,
    DueDate,
    JobNumber,
}

impl OrderBy {
    const fn order(self) -> Order {
        match self {
            Self::Newest => Order { name: "newest", key: "j.created_at", key_type: "timestamptz", descending: true },
            Self::DueDate => Order {
                name: "due_date",
                key: "coalesce(j.due_date_override, j.due_date, 'infinity')",
                key_type: "timestamptz",
                descending: false,
            },
            Self::JobNumber => Order { name: "job_number", key: "j.job_number", key_type: "text", descending: false },
        }
    }
}

more_fields!(JobField of "jobs" {
    Notes = "notes": "x.notes",
    ExternalId = "external_id": "x.external_id",
    ExternalSource = "external_source": "x.external_source",
});

list_output!(jobs: Job);

impl Declaration for FetchJobs {
    const NAME: &'static str = "fetch_jobs";
    const TITLE: &'static str = "List jobs";
    const DESCRIPTION: &'static str = "Lists customers' jobs (orders) with state, due dates, progress of parts and operations, and open issues. \
        For the parts or operations themselves use fetch_parts or fetch_operations; for totals only, get_dashboard_stats.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("customer_name", "customer")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started"), ("status", "paused", "on_hold")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"status": "in_progress", "overdue": true, "order": "due_date", "limit": 2, "include_total": true}"#,
        ),
        Example::new(r#"{"customer": "50%_off", "fields": ["notes"]}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[ErrorCase::new(
        ToolErrorCode::InvalidArguments,
        "the cursor is not from this list in this order",
        r#"{"cursor": "x"}"#,
    )];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| with_rules(concat!(include_str!("page.sql"), include_str!("../row.sql"))));

        let mut list = List::new(&PAGE, "j.id", call.tenant);
        list.one_of("j.status", arguments.status.map(JobStatus::name));
        list.filter("j.customer ILIKE {}", arguments.customer.as_deref().map(contains_pattern));
        list.search("j", arguments.search.as_deref());
        list.filter(&format!("{DUE} >= {}", as_instant("{}")), arguments.due_from.as_ref().map(Moment::text));
        list.filter(&format!("{DUE} < {}", as_instant("{}")), arguments.due_before.as_ref().map(Moment::text));
        match arguments.overdue {
            Some(true) => list.only(OVERDUE),
            Some(false) => list.only(&format!("({OVERDUE}) IS NOT TRUE")),
            None => {}
        }
        JobField::show(&arguments.fields, &mut list);
        let total = arguments.include_total.then(|| list.total(LIVE_JOBS));
        let page = list.page(&arguments.order.order(), arguments.cursor.as_deref(), arguments.limit.rows())?;
        let summary = found(&page, "job", arguments.status.map(JobStatus::name), total);
        Ok(Answer::from_sql(summary, page.into_body("jobs", total)))
    }
}
