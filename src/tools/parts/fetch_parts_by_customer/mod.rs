//! `fetch_parts_by_customer`.

mod similar;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, Page, Wanted, ascending, instant_part, text_key};
use crate::run::texts::Wording;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Limit;
use crate::tools::shared::{Progress, RULES, STATUS_ALIASES};
use crate::{contains, one_state, statement};
use similar::SimilarCustomer;

/// `fetch_parts_by_customer`
pub(in crate::tools) struct FetchPartsByCustomer;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// Only parts of customers whose name contains this text, regardless of case and accents. `%` and `_` are not wildcards.
    customer: Wording,
    /// Only parts in this state.
    #[serde(default)]
    status: Option<JobStatus>,
    /// true: include completed parts and parts of completed jobs. They are also included when status is completed.
    #[serde(default)]
    include_completed: bool,
    /// How many parts to return, at most 500 (default 50).
    #[serde(default)]
    limit: Limit,
    /// next_cursor from the previous page; keep all other arguments unchanged.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    /// The jobs of the parts on this page, earliest effective due date first (jobs without one last).
    jobs: Vec<CustomerJob>,
    /// How many parts this answer has.
    count: usize,
    /// Where the next page begins; null on the last page.
    next_cursor: Option<String>,
    /// Only when no part matches: at most 5 customers to look for instead, best match first.
    similar_customers: Vec<SimilarCustomer>,
    /// How many customers these jobs belong to. Names that differ only in case count once.
    total_customers: i64,
    /// How many jobs the matching parts belong to.
    total_jobs: i64,
    /// How many parts match in total, regardless of the page.
    total_parts: i64,
    /// true: the page ended before limit because its rows reached 262144 bytes; call again with next_cursor for the rest.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerJob {
    id: Uuid,
    job_number: String,
    customer: String,
    status: JobStatus,
    /// The due date in force: the override if there is one, otherwise the ERP's date.
    effective_due_date: Option<Json<DateTime<FixedOffset>>>,
    /// Past the effective due date and not completed.
    overdue: bool,
    /// The job's matching parts on this page.
    parts: Vec<Json<CustomerPart>>,
    /// How many more matching parts of the job follow on later pages.
    more_parts: usize,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerPart {
    id: Uuid,
    part_number: String,
    material: String,
    /// The number of pieces; null if not yet known.
    quantity: Option<i32>,
    status: JobStatus,
    /// Whether the part is a bullet card (top-priority work).
    is_bullet_card: bool,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    operations: Progress,
}

/// A row of a page: a part, and its job.
#[derive(Deserialize)]
struct Row {
    job_id: Uuid,
    job: RowJob,
    part: Json<CustomerPart>,
    /// How many parts of the job there are from this row on.
    remaining: usize,
}

#[derive(Deserialize)]
struct RowJob {
    id: Uuid,
    job_number: String,
    customer: String,
    status: JobStatus,
    effective_due_date: Option<Json<DateTime<FixedOffset>>>,
    overdue: bool,
}

impl From<Row> for CustomerJob {
    fn from(Row { job, part, remaining, .. }: Row) -> Self {
        let RowJob { id, job_number, customer, status, effective_due_date, overdue } = job;
        let more_parts = remaining - 1;
        Self { id, job_number, customer, status, effective_due_date, overdue, parts: vec![part], more_parts }
    }
}

/// The jobs of a page's rows, which come job by job.
fn by_job(rows: Vec<Row>) -> Vec<CustomerJob> {
    let mut jobs: Vec<CustomerJob> = Vec::new();
    for row in rows {
        match jobs.last_mut().filter(|job| job.id == row.job_id) {
            Some(job) => {
                job.parts.push(row.part);
                job.more_parts -= 1;
            }
            None => jobs.push(row.into()),
        }
    }
    jobs
}

#[derive(Deserialize)]
struct Totals {
    parts: i64,
    jobs: i64,
    customers: i64,
}

/// The name of the only order.
const BY_DUE_DATE: &str = "due_date";

const ORDER: &[Part] = &ascending(BY_DUE_DATE, "{{due_job_part}}", "text");

/// Job by job. The lowest of all characters ends the job's number, so that `J-1` comes before `J-10` with all its parts.
fn due_job_part() -> String {
    text_key(&[&instant_part("{{due}}"), "j.job_number", r"E'\x01'", "j.id::text", "p.part_number"])
}

const STATUS: &[Part] = one_state!("status": "p.status" in ["not_started", "in_progress", "completed", "on_hold"]);

const FILTERS: &[Part] = &[
    Part::filter("customer_contains", contains!("j.customer"), Type::Text),
    Part::condition("open", "p.status IS DISTINCT FROM 'completed' AND j.status IS DISTINCT FROM 'completed'"),
];

statement! {
    static PAGE = include_str!("page.sql"), include_str!("row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, page::RULES]),
           fills(&[("id", Fill::Text("p.id")), ("due_job_part", Fill::Made(due_job_part))]),
           parts(&[FILTERS, STATUS, page::CURSOR, ORDER]);

    static TOTALS = include_str!("totals.sql"); [Uuid] => rules(&[RULES]), parts(&[FILTERS, STATUS]);
}

impl Declaration for FetchPartsByCustomer {
    const NAME: &'static str = "fetch_parts_by_customer";
    const TITLE: &'static str = "Parts of a customer";
    const DESCRIPTION: &'static str = "Lists what is made for a customer: open parts grouped by job, earliest effective due date first, with material, quantity \
        (pieces), state and how many operations are completed, and the total number of parts and jobs. If a job's parts do not fit on one \
        page, the job continues on the next. If nothing matches, similar customers are suggested. For other filters, use fetch_parts or \
        fetch_jobs.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("customer_name", "customer")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = STATUS_ALIASES;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let pattern = arguments.customer.pattern();
        let mut choice = Choice::none();
        choice.value("customer_contains", Some(pattern.as_str()));
        choice.one(arguments.status.map(JobStatus::name));
        choice.when("open", !arguments.include_completed && arguments.status != Some(JobStatus::Completed));
        let totals = call.json_of::<Totals>(&TOTALS, &choice, &[]).into_value();
        let wanted = Wanted { order: BY_DUE_DATE, cursor: arguments.cursor.as_deref(), limit: arguments.limit };
        let page = page::page(call, &PAGE, choice, wanted, &[])?;
        let similar_customers = match totals.parts {
            0 => similar::customers(call, &arguments.customer),
            _ => Vec::new(),
        };
        let sentence = sentence(&totals, &page, similar_customers.len());
        let output = Output {
            jobs: by_job(page.rows.into_value()),
            count: page.count,
            next_cursor: page.next_cursor,
            similar_customers,
            total_customers: totals.customers,
            total_jobs: totals.jobs,
            total_parts: totals.parts,
            truncated: page.truncated,
        };
        Ok(Answer::new(sentence, &output))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"customer": "van leeuwen", "limit": 3}"#),
        Example::new(r#"{"customer": "50%_off", "include_completed": true}"#),
        Example::new(r#"{"customer": "Hidrotec"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[ErrorCase::new(
        ToolErrorCode::InvalidArguments,
        "the cursor is not from this list",
        r#"{"customer": "ACME", "cursor": "x"}"#,
    )];
}

fn sentence(totals: &Totals, page: &Page<Row>, similar: usize) -> String {
    let Totals { parts, jobs, customers } = totals;
    if *parts == 0 {
        return format!("Found no parts; similar customers: {similar}.");
    }
    let more = if page.next_cursor.is_some() { " There are more: call again with next_cursor as cursor." } else { "" };
    format!("Found {} of {parts} parts; jobs: {jobs}, customers: {customers}.{more}", page.count)
}
