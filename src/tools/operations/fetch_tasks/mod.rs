//! `fetch_tasks`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use uuid::Uuid;

use crate::core::states::{TaskStatus, TaskWord};
use crate::error::{ToolError, ToolErrorCode};
use crate::one_state;
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, ascending, found, instant_part, integer_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::statement;
use crate::tools::operations::COLUMNS;
use crate::tools::operations::tasks::Task;
use crate::tools::shared::{DUE, RULES, find, list_arguments, page_output};

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
    /// Only tasks of the person with this profile id, or of the shop-floor operator with this id: assigned to the task itself, to its
    /// part, or to its job.
    assigned_to: Option<Uuid>,
    /// Instead of assigned_to: the person's full name or user name, or the shop-floor operator's full name or employee number.
    #[schemars(length(min = 1))]
    assignee_name: Option<String>,
}

page_output!(tasks: Task);

/// What is to be done first: bullet cards, then the earliest due date, then the order inside the part.
fn urgency() -> String {
    text_key(&["CASE WHEN p.is_bullet_card THEN '0' ELSE '1' END", &instant_part(DUE), &integer_part("o.sequence")])
}

const ORDER: &[Part] = &ascending("urgency", "{{urgency}}", "text");

const STATUS: &[Part] = one_state!("status": "o.status" in ["not_started", "in_progress", "completed", "on_hold"]);

const FILTERS: &[Part] = &[
    Part::filter("part", "o.part_id = {{value}}", Type::Uuid),
    Part::filter("assigned_to", include_str!("assigned.sql"), Type::Uuid),
];

statement! {
    static PAGE = "WITH {{page}}", include_str!("../tasks/row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, page::RULES]),
           fills(&[("columns", Fill::Text(COLUMNS)), ("listed", Fill::Text("{{live_operations}}")), ("id", Fill::Text("o.id")), ("urgency", Fill::Made(urgency))]),
           parts(&[STATUS, FILTERS, page::CURSOR, ORDER]);

    static TOTAL = "SELECT count(*) FROM {{live_operations}}{{where}}"; [Uuid] => rules(&[RULES]), parts(&[STATUS, FILTERS]);
}

impl Declaration for FetchTasks {
    const NAME: &'static str = "fetch_tasks";
    const TITLE: &'static str = "List tasks";
    const DESCRIPTION: &'static str = "Lists the work on the shop floor, most urgent first: bullet cards, then the earliest due date, then the sequence within the \
        part. A task is an operation in other terms (pending, in_progress, paused, completed); for planning, blockers and issues, use \
        fetch_operations.";
    const ACCESS: Access = Access::Read;
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "not_started", "pending"), ("status", "on_hold", "paused")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let part = find::optional(call, &find::PART, "part_id", arguments.part_id, arguments.part_number.as_deref())?;
        let mut choice = Choice::none();
        choice.value("part", part);
        choice.one(arguments.status.map(TaskWord::status).map(TaskStatus::name));
        let assignee = arguments.assignee_name.as_deref();
        choice.value(
            "assigned_to",
            find::optional(call, &find::ASSIGNEE, "assigned_to", arguments.assigned_to, assignee)?,
        );
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        let page = page::page(call, &PAGE, choice, arguments.wanted("urgency"), &[])?;
        let summary = found(&page, "task", arguments.status.map(TaskWord::name), total);
        Ok(Answer::new(summary, &Output::of(page, total)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"status": "in_progress", "limit": 2, "include_total": true}"#),
        Example::new(r#"{"part_number": "P-1012-09"}"#),
        Example::new(r#"{"assignee_name": "DEMO1", "limit": 1}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no part has this number, or no person this name",
            r#"{"part_number": "P-9999-01"}"#,
        ),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "the cursor is not from this list", r#"{"cursor": "x"}"#),
    ];
}
