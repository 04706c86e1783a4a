//! `get_parts_due_soon`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::core::states::{IssueSeverity, JobStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::uuid;
use crate::run::list::{List, Order, instant_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Limit, TIME_ZONE, contains_pattern};
use crate::tools::planning::waiting::{NextOperation, with_gaps};
use crate::tools::shared::{DUE, Progress, find, list_output};

/// How far it looks ahead when the caller does not say.
const DEFAULT_DAYS: u16 = 7;

/// `get_parts_due_soon`
pub(in crate::tools) struct GetPartsDueSoon;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Parts due up to the end of the day that is this many days after today (default 7), in the factory's time zone; 0 means today.
    /// Overdue parts are always among them.
    #[schemars(range(max = 365))]
    due_within_days: Option<u16>,
    /// Only parts of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only parts of customers whose name contains this text, in upper or lower case.
    #[schemars(length(min = 1))]
    customer: Option<String>,
    /// Only parts in one of these states; without it, all three.
    #[schemars(length(min = 1))]
    status_filter: Option<Vec<OpenStatus>>,
    /// true: only bullet cards (work that goes first); false: only the others.
    is_bullet_card: Option<bool>,
    /// The earliest effective due date first (default), the least completed first (parts without operations last), or by customer.
    sort_by: SortBy,
    /// How many parts to give, at most 500 (default 50).
    limit: Limit,
    /// next_cursor of the page before, with otherwise the same arguments.
    cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OpenStatus {
    NotStarted,
    InProgress,
    OnHold,
}

impl OpenStatus {
    const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => JobStatus::NotStarted,
            Self::InProgress => JobStatus::InProgress,
            Self::OnHold => JobStatus::OnHold,
        }
        .name()
    }
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SortBy {
    #[default]
    DueDate,
    CompletionPercentage,
    Customer,
}

static COMPLETION: LazyLock<String> = LazyLock::new(|| text_key(&[include_str!("completion.sql"), &instant_part(DUE)]));

/// The lowest of all characters ends the name, so that all of one customer come before the next.
static CUSTOMER: LazyLock<String> =
    LazyLock::new(|| text_key(&["coalesce('0' || lower(btrim(j.customer)), '1')", r"E'\x01'", &instant_part(DUE)]));

impl SortBy {
    fn order(self) -> Order {
        let text = |name, key| Order { name, key, key_type: "text", descending: false };
        match self {
            Self::DueDate => Order { name: "due_date", key: DUE, key_type: "timestamptz", descending: false },
            Self::CompletionPercentage => text("completion_percentage", &COMPLETION),
            Self::Customer => text("customer", &CUSTOMER),
        }
    }
}

list_output!(parts: DuePart, summary: Summary);

/// Counts over all parts that fit, whatever the page.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Summary {
    total: i64,
    overdue: i64,
    /// Not overdue, and due today or in the 3 days after it.
    due_within_3_days: i64,
    bullet_cards: i64,
    /// Parts whose blocked_by is not empty.
    blocked: i64,
}

/// A part that is not completed, of a job that is not completed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DuePart {
    id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    customer: Option<String>,
    job_status: JobStatus,
    material: String,
    /// Pieces; null means not known yet.
    quantity: Option<i32>,
    status: JobStatus,
    /// Marked as work that goes first.
    is_bullet_card: bool,
    /// The job's: the override where there is one, else the ERP's date.
    effective_due_date: DateTime<FixedOffset>,
    /// Days in the factory's time zone: 0 is today, negative is past.
    days_until_due: i32,
    /// Past the effective due date.
    overdue: bool,
    operations: Progress,
    /// Completed operations of all operations; null without operations.
    completion_percentage: Option<f64>,
    /// Estimated minus booked minutes of the operations that are not completed, each at least 0; null without operations.
    remaining_minutes: Option<i64>,
    /// Minutes that the factory is open from now until the due date (its hours and calendar, 0 when overdue) minus remaining_minutes:
    /// negative means that one operation after the other will be late. Null without operations.
    slack_minutes: Option<i64>,
    /// The operation at which the part stands and for which its later ones wait: the first in order that is not completed. Null when
    /// there is none.
    blocking_operation: Option<NextOperation>,
    /// Why the part cannot go on at blocking_operation. Empty: it runs, or waits for somebody to start it.
    blocked_by: Vec<Blocker>,
}

/// What stands in the way of a part.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case", deny_unknown_fields)]
enum Blocker {
    /// A pending issue that stops the operation (Yellow Card).
    StandstillIssue {
        /// The issue's id.
        id: Uuid,
        severity: IssueSeverity,
    },
    /// The operation was put on hold by a person.
    OperationOnHold {},
    /// The part is on hold.
    PartOnHold {},
    /// The job is on hold.
    JobOnHold {},
    /// The operation is not started, and its cell's work in progress has reached the limit.
    CellAtCapacity {
        /// Work in progress: the number of jobs with an operation at the cell that is not started or in progress, this one among them.
        wip: i64,
        /// The most jobs that the cell should have.
        wip_limit: i32,
        /// The limit is a rule and not only advice.
        enforced: bool,
    },
}

impl Declaration for GetPartsDueSoon {
    const NAME: &'static str = "get_parts_due_soon";
    const TITLE: &'static str = "Parts due soon";
    const DESCRIPTION: &'static str = "Lists open parts that are overdue or due within some days (days and hours of the factory), with the operation at which each \
        stands, why it is blocked (an issue, on hold, a cell at its limit), remaining minutes and slack, and counts over all of them. For \
        one job in full use get_job_overview; for new dates suggest_reschedule; for parts without regard to dates fetch_parts.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("days", "due_within_days"), ("bullet_card", "is_bullet_card"), ("order", "sort_by")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"due_within_days": 3, "limit": 2}"#),
        Example::new(r#"{"job_number": "JOB-1013", "sort_by": "completion_percentage"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no job has this number", r#"{"job_number": "JOB-9999"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the cursor is not from this list in this order",
            r#"{"cursor": "x"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| with_gaps(concat!(include_str!("page.sql"), include_str!("row.sql"))));
        static SUMMARY: LazyLock<String> = LazyLock::new(|| with_gaps(include_str!("summary.sql")));
        static FROM: LazyLock<String> = LazyLock::new(|| with_gaps(include_str!("from.sql")));
        static DUE_BEFORE: LazyLock<String> = LazyLock::new(|| {
            format!(
                "{DUE} < (SELECT ((now() AT TIME ZONE z.zone)::date + 1 + {{}})::timestamp AT TIME ZONE z.zone \
                 FROM (SELECT {TIME_ZONE} AS zone) z)"
            )
        });

        let days = arguments.due_within_days.unwrap_or(DEFAULT_DAYS);
        let mut list = List::new(&PAGE, "p.id", call.tenant);
        let job = find::optional(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        list.only("p.status IS DISTINCT FROM 'completed' AND j.status IS DISTINCT FROM 'completed'");
        list.filter(&DUE_BEFORE, Some(i32::from(days)));
        list.only(&format!("{DUE} > '-infinity'"));
        list.filter("p.job_id = {}", job.map(uuid));
        list.filter("j.customer ILIKE {}", arguments.customer.as_deref().map(contains_pattern));
        if let Some(states) = &arguments.status_filter {
            let names: Vec<_> = states.iter().map(|status| format!("'{}'", status.name())).collect();
            list.only(&format!("coalesce(p.status, 'not_started') IN ({})", names.join(", ")));
        }
        list.filter("coalesce(p.is_bullet_card, false) = {}", arguments.is_bullet_card);
        let summary = list.aggregate(&SUMMARY, &FROM);
        let page = list.page(&arguments.sort_by.order(), arguments.cursor.as_deref(), arguments.limit.rows())?;
        let counts: Value = serde_json::from_str(&summary).unwrap_or_default();
        let sentence = format!(
            "{} parts due within {} days, {} of them overdue and {} blocked; {} listed.",
            counts["total"], days, counts["overdue"], counts["blocked"], page.count
        );
        Ok(Answer::from_sql(sentence, page.into_body_with("parts", counts["total"].as_i64(), &[("summary", &summary)])))
    }
}
