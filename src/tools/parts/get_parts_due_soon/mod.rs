//! `get_parts_due_soon`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::output::{DuePart, Summary};
use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, Wanted, instant_part, text_key};
use crate::run::texts::Wording;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Limit;
use crate::tools::planning::waiting::WAITING_RULES;
use crate::tools::shared::{FOREIGN_CURSOR, RULES, find, orders, page_output};
use crate::{contains, statement};

/// How far ahead it looks by default.
const DEFAULT_DAYS: u16 = 7;

/// `get_parts_due_soon`
pub(in crate::tools) struct GetPartsDueSoon;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Include parts due within this many days after today (default 7, 0 for today only), counted to the end of the day in the factory's
    /// time zone. Overdue parts are always included.
    #[schemars(range(max = 365))]
    due_within_days: Option<u16>,
    /// Only parts of the job with this id.
    job_id: Option<Uuid>,
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only parts of customers whose name contains this text, regardless of case and accents.
    customer: Option<Wording>,
    /// Only parts in one of these states; by default all three.
    #[schemars(length(min = 1))]
    status_filter: Option<Vec<OpenStatus>>,
    /// true: only bullet cards (top-priority work); false: only the others.
    is_bullet_card: Option<bool>,
    /// Sort order: earliest effective due date first (default), least completed first (parts without operations last), or by customer.
    sort_by: SortBy,
    /// How many parts to return, at most 500 (default 50).
    limit: Limit,
    /// next_cursor from the previous page; keep all other arguments unchanged.
    cursor: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OpenStatus {
    NotStarted,
    InProgress,
    OnHold,
}

impl OpenStatus {
    const ALL: [Self; 3] = [Self::NotStarted, Self::InProgress, Self::OnHold];

    /// The name of the condition that leaves the parts in this state out.
    const fn left_out(self) -> &'static str {
        match self {
            Self::NotStarted => "without_not_started",
            Self::InProgress => "without_in_progress",
            Self::OnHold => "without_on_hold",
        }
    }
}

orders!(SortBy {
    #[default]
    DueDate = "due_date": ascending "{{due}}" as "timestamptz",
    CompletionPercentage = "completion_percentage": ascending "{{by_completion}}" as "text",
    Customer = "customer": ascending "{{by_customer}}" as "text",
});

page_output!(parts: DuePart, summary: Json<Summary>);

/// Parts with something left to do and a due date.
const OPEN_AND_DUE: &str =
    "p.status IS DISTINCT FROM 'completed' AND j.status IS DISTINCT FROM 'completed' AND {{due}} > '-infinity'";

fn by_completion() -> String {
    text_key(&[include_str!("completion.sql"), &instant_part("{{due}}")])
}

/// The lowest of all characters ends the name, so that all of one customer come before the next.
fn by_customer() -> String {
    text_key(&["coalesce('0' || lower(btrim(j.customer)), '1')", r"E'\x01'", &instant_part("{{due}}")])
}

/// Due before the end of the day that is this many days after today.
const DUE_WITHIN_DAYS: &str = "{{due}} < (SELECT ((now() AT TIME ZONE z.zone)::date + 1 + {{value}})::timestamp \
    AT TIME ZONE z.zone FROM (SELECT {{time_zone}} AS zone) z)";

const FILTERS: &[Part] = &[
    Part::filter("due_within_days", DUE_WITHIN_DAYS, Type::Int4),
    Part::filter("job", "p.job_id = {{value}}", Type::Uuid),
    Part::filter("customer_contains", contains!("j.customer"), Type::Text),
    Part::filter("is_bullet_card", "coalesce(p.is_bullet_card, false) = {{value}}", Type::Bool),
    Part::condition(OpenStatus::NotStarted.left_out(), "coalesce(p.status, 'not_started') <> 'not_started'"),
    Part::condition(OpenStatus::InProgress.left_out(), "p.status IS DISTINCT FROM 'in_progress'"),
    Part::condition(OpenStatus::OnHold.left_out(), "p.status IS DISTINCT FROM 'on_hold'"),
];

statement! {
    static PAGE = include_str!("page.sql"), include_str!("row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, WAITING_RULES, page::RULES]),
           fills(&[
               ("id", Fill::Text("p.id")),
               ("open_and_due", Fill::Text(OPEN_AND_DUE)),
               ("by_completion", Fill::Made(by_completion)),
               ("by_customer", Fill::Made(by_customer)),
           ]),
           parts(&[FILTERS, page::CURSOR, SortBy::PARTS]);

    static SUMMARY = include_str!("summary.sql"); [Uuid]
        => rules(&[RULES, WAITING_RULES]), fills(&[("open_and_due", Fill::Text(OPEN_AND_DUE))]), parts(&[FILTERS]);
}

impl Declaration for GetPartsDueSoon {
    const NAME: &'static str = "get_parts_due_soon";
    const TITLE: &'static str = "Parts due soon";
    const DESCRIPTION: &'static str = "Lists open parts that are overdue or due within a number of days, with the operation each part is waiting at, why it is \
        blocked (an issue, on hold, a cell at its limit), the remaining minutes and the slack by the factory's calendar and hours, and counts \
        over all of them. For one job in full, use get_job_overview; for new dates, suggest_reschedule; for parts regardless of due date, \
        fetch_parts.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("days", "due_within_days"), ("bullet_card", "is_bullet_card"), ("order", "sort_by")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let days = arguments.due_within_days.unwrap_or(DEFAULT_DAYS);
        let job = find::optional(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        let mut choice = Choice::none();
        choice.value("due_within_days", Some(i32::from(days)));
        choice.value("job", job);
        choice.value("customer_contains", arguments.customer.as_ref().map(Wording::pattern));
        choice.value("is_bullet_card", arguments.is_bullet_card);
        if let Some(wanted) = &arguments.status_filter {
            for status in OpenStatus::ALL {
                choice.when(status.left_out(), !wanted.contains(&status));
            }
        }
        let summary = call.json_of::<Summary>(&SUMMARY, &choice, &[]);
        let wanted =
            Wanted { order: arguments.sort_by.name(), cursor: arguments.cursor.as_deref(), limit: arguments.limit };
        let page = page::page(call, &PAGE, choice, wanted, &[])?;
        let total = summary.total;
        let sentence = format!(
            "{total} parts due within {days} days, {} of them overdue and {} blocked; {} listed.",
            summary.overdue, summary.blocked, page.count
        );
        Ok(Answer::new(sentence, &Output::of(page, Some(total), summary)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"due_within_days": 3, "limit": 2}"#),
        Example::new(r#"{"job_number": "JOB-1013", "sort_by": "completion_percentage"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no job has this number", r#"{"job_number": "JOB-9999"}"#),
        FOREIGN_CURSOR,
    ];
}
