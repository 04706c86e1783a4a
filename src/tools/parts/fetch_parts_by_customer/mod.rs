//! `fetch_parts_by_customer`.

mod similar;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::list::{List, Order, Page, instant_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Limit, contains_pattern};
use crate::tools::shared::{DUE, LIVE_PARTS, Progress, with_rules};
use similar::SimilarCustomer;

/// `fetch_parts_by_customer`
pub(in crate::tools) struct FetchPartsByCustomer;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// Only parts of customers whose name contains this text, in upper or lower case. `%` and `_` mean themselves.
    #[schemars(length(min = 1))]
    customer: String,
    /// Only parts in this state.
    #[serde(default)]
    status: Option<JobStatus>,
    /// true: also completed parts, and parts of completed jobs; they are also shown when status is completed.
    #[serde(default)]
    include_completed: bool,
    /// How many parts to give, at most 500 (default 50).
    #[serde(default)]
    limit: Limit,
    /// next_cursor of the page before, with otherwise the same arguments.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    /// The jobs of this page's parts, the earliest effective due date first (those without one last).
    jobs: Vec<CustomerJob>,
    /// How many parts this answer holds.
    count: usize,
    /// How many parts fit in all, whatever the page.
    total_parts: i64,
    /// How many jobs these parts belong to.
    total_jobs: i64,
    /// How many customers these jobs are for. A name counts once, whatever its case.
    total_customers: i64,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
    /// true: the page ended before limit, at 262144 bytes of rows; call again with next_cursor for the rest.
    truncated: bool,
    /// Only when no part fits: customers to look for instead, the likeliest first; at most 5.
    similar_customers: Vec<SimilarCustomer>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerJob {
    id: Uuid,
    job_number: String,
    customer: String,
    status: JobStatus,
    /// The override where there is one, else the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// Past its effective due date and not completed.
    overdue: bool,
    /// Those of its parts that fit and are on this page.
    parts: Vec<CustomerPart>,
    /// How many more of its parts fit and are on the pages that follow.
    more_parts: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerPart {
    id: Uuid,
    part_number: String,
    material: String,
    /// Pieces; null means not known yet.
    quantity: Option<i32>,
    status: JobStatus,
    /// Marked as work that goes first.
    is_bullet_card: bool,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    operations: Progress,
}

/// A row of a page; job and part are JSON as it stands.
#[derive(Deserialize)]
struct Row<'a> {
    job_id: Uuid,
    #[serde(borrow)]
    job: &'a RawValue,
    #[serde(borrow)]
    part: &'a RawValue,
    /// How many parts of the job there are from this row on.
    remaining: usize,
}

#[derive(Deserialize)]
struct Totals {
    parts: i64,
    jobs: i64,
    customers: i64,
}

/// Job by job. The lowest of all characters ends the job's number, so that `J-1` comes before `J-10` with all its parts.
static DUE_JOB_PART: LazyLock<String> =
    LazyLock::new(|| text_key(&[&instant_part(DUE), "j.job_number", r"E'\x01'", "j.id::text", "p.part_number"]));

/// The JSON text of a page's rows, job by job. They come in that order.
fn by_job(rows: &[Row<'_>]) -> String {
    let jobs = rows.chunk_by(|one, other| one.job_id == other.job_id).map(|rows| {
        let parts: Vec<_> = rows.iter().map(|row| row.part.get()).collect();
        let (job, more) = (rows[0].job.get().strip_suffix('}').unwrap_or_default(), rows[0].remaining - rows.len());
        format!(r#"{job},"parts":[{}],"more_parts":{more}}}"#, parts.join(","))
    });
    format!("[{}]", jobs.collect::<Vec<_>>().join(","))
}

impl Declaration for FetchPartsByCustomer {
    const NAME: &'static str = "fetch_parts_by_customer";
    const TITLE: &'static str = "Parts of a customer";
    const DESCRIPTION: &'static str = "Lists what is made for a customer: open parts grouped by job, the earliest effective due date first, with material, quantity \
        (pieces), state and how many operations are completed, and how many parts and jobs there are in all. A job whose parts do not fit on \
        a page goes on on the next. When nothing fits it names similar customers. For other filters use fetch_parts or fetch_jobs.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("customer_name", "customer")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started"), ("status", "paused", "on_hold")];
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
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| with_rules(concat!(include_str!("page.sql"), include_str!("row.sql"))));

        let mut list = List::new(&PAGE, "p.id", call.tenant);
        let pattern = contains_pattern(&arguments.customer);
        list.filter("j.customer ILIKE {}", Some(pattern.as_str()));
        list.one_of("p.status", arguments.status.map(JobStatus::name));
        if !arguments.include_completed && arguments.status != Some(JobStatus::Completed) {
            list.only("p.status IS DISTINCT FROM 'completed' AND j.status IS DISTINCT FROM 'completed'");
        }
        let totals = list.aggregate(include_str!("totals.sql"), LIVE_PARTS);
        let totals: Totals = serde_json::from_str(&totals).expect("an aggregate gives a row");
        let order = Order { name: "due_date", key: &DUE_JOB_PART, key_type: "text", descending: false };
        let page = list.page(&order, arguments.cursor.as_deref(), arguments.limit.rows())?;
        let similar = match totals.parts {
            0 => similar::customers(call, &arguments.customer, &pattern),
            _ => Vec::new(),
        };
        let sentence = sentence(&totals, &page, similar.len());
        let rows: Vec<Row<'_>> = serde_json::from_str(&page.rows).expect("the statement gives rows");
        let more = json!({
            "count": page.count,
            "total_parts": totals.parts,
            "total_jobs": totals.jobs,
            "total_customers": totals.customers,
            "next_cursor": page.next_cursor,
            "truncated": page.truncated,
            "similar_customers": similar,
        });
        let body = format!(r#"{{"jobs":{},{}"#, by_job(&rows), more.to_string().trim_start_matches('{'));
        Ok(Answer::from_sql(sentence, body))
    }
}

fn sentence(totals: &Totals, page: &Page, similar: usize) -> String {
    let Totals { parts, jobs, customers } = totals;
    if *parts == 0 {
        return format!("Found no parts; similar customers: {similar}.");
    }
    let more = if page.next_cursor.is_some() { " There are more: call again with next_cursor." } else { "" };
    format!("Found {} of {parts} parts; jobs: {jobs}, customers: {customers}.{more}", page.count)
}
