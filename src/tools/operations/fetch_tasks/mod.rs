//! `fetch_tasks`.

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{TaskStatus, TaskWord};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::uuid;
use crate::run::list::{List, Order, found, instant_part, integer_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::{DUE, LIVE_OPERATIONS, find, list_arguments, list_output, with_rules};

/// `fetch_tasks`
pub(in crate::tools) struct FetchTasks;

list_arguments! {
    /// Only tasks of the part with this id.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only tasks in this state.
    status: Option<TaskWord>,
    /// Only tasks of the person with this profile id, or of the operator of the shop floor with this id: assigned to the task itself, to
    /// its part, or to its job.
    assigned_to: Option<Uuid>,
}

/// A task: an operation in the task tools' words.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Task {
    /// The id of the operation that it is.
    id: Uuid,
    task_name: String,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    cell_id: Uuid,
    cell_name: Option<String>,
    /// Order inside the part; equal numbers run side by side.
    sequence: i32,
    status: TaskWord,
    /// The profile id of the person it is assigned to; where the task names none, of a person who has its part, else its job, or the
    /// id of an operator of the shop floor who has no profile.
    assigned_to: Option<Uuid>,
    assignee_name: Option<String>,
    estimated_time_minutes: i32,
    /// Booked so far.
    actual_time_minutes: i32,
    planned_start: Option<DateTime<FixedOffset>>,
    /// The job's: the override where there is one, else the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// Its part is marked as work that goes first.
    is_bullet_card: bool,
    created_at: DateTime<FixedOffset>,
}

list_output!(tasks: Task);

/// What is to be done first: bullet cards, then the earliest due date, then the order inside the part.
static URGENCY: LazyLock<String> = LazyLock::new(|| {
    text_key(&["CASE WHEN p.is_bullet_card THEN '0' ELSE '1' END", &instant_part(DUE), &integer_part("o.sequence")])
});

impl Declaration for FetchTasks {
    const NAME: &'static str = "fetch_tasks";
    const TITLE: &'static str = "List tasks";
    const DESCRIPTION: &'static str = "Lists what is to be done on the shop floor, the most urgent first: bullet cards, then the earliest due date, then the \
        order inside the part. A task is an operation in other words (pending, in_progress, paused, completed); for planning, blockers \
        and issues use fetch_operations.";
    const ACCESS: Access = Access::Read;
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "not_started", "pending"), ("status", "on_hold", "paused")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"status": "in_progress", "limit": 2, "include_total": true}"#),
        Example::new(r#"{"part_number": "P-1012-09"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no part has this number", r#"{"part_number": "P-9999-01"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "the cursor is not from this list", r#"{"cursor": "x"}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| with_rules(concat!(include_str!("../page.sql"), include_str!("../tasks/row.sql"))));

        let order = Order { name: "urgency", key: &URGENCY, key_type: "text", descending: false };
        let mut list = List::new(&PAGE, "o.id", call.tenant);
        let part = find::optional(call, &find::PART, "part_id", arguments.part_id, arguments.part_number.as_deref())?;
        list.filter("o.part_id = {}", part.map(uuid));
        list.one_of("o.status", arguments.status.map(TaskWord::status).map(TaskStatus::name));
        list.filter(include_str!("assigned.sql").trim_end(), arguments.assigned_to.map(uuid));
        let total = arguments.include_total.then(|| list.total(LIVE_OPERATIONS));
        let page = list.page(&order, arguments.cursor.as_deref(), arguments.limit.rows())?;
        let summary = found(&page, "task", arguments.status.map(TaskWord::name), total);
        Ok(Answer::from_sql(summary, page.into_body("tasks", total)))
    }
}
