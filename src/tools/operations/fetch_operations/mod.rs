//! `fetch_operations`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, found, integer_part, text_key};
use crate::run::texts::Words;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::tools::operations::{COLUMNS, Operation};
use crate::tools::shared::{
    FOREIGN_CURSOR, NO_WORD, RULES, STATUS_ALIASES, find, list_arguments, more_fields, orders, page_output,
};
use crate::{has_words, instant, one_state, statement};

/// `fetch_operations`
pub(in crate::tools) struct FetchOperations;

list_arguments! {
    /// Only operations of the part with this id.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only operations of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only operations in this state.
    status: Option<TaskStatus>,
    /// Only operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only operations assigned to the person with this profile id.
    assigned_operator_id: Option<Uuid>,
    /// Only operations planned to start at this time or later (a date alone means midnight in the factory's time zone).
    planned_from: Option<Moment>,
    /// Only operations planned to start before this time.
    planned_before: Option<Moment>,
    /// true: only operations past their planned end and not completed; false: only the others.
    late: Option<bool>,
    /// Only operations with all of these words, or parts of words, in their name or notes, regardless of case and accents.
    search: Option<Words>,
    /// newest: newest first (default); cell_sequence: by cell in shop-floor order, then by sequence; planned_start: earliest first, those
    /// without a planned start last.
    order: OrderBy,
    => fields: OperationField
}

orders!(OrderBy {
    #[default]
    Newest = "newest": descending "o.created_at" as "timestamptz",
    CellSequence = "cell_sequence": ascending "{{cell_sequence}}" as "text",
    PlannedStart = "planned_start": ascending "coalesce(o.planned_start, 'infinity')" as "timestamptz",
});

/// The cell's id keeps the operations of two cells with the same number apart.
fn cell_sequence() -> String {
    text_key(&[&integer_part("coalesce(c.sequence, 0)"), "o.cell_id::text", &integer_part("o.sequence")])
}

more_fields!(OperationField of "operations" {
    Notes = "notes": "x.notes",
    SetupTime = "setup_time_minutes": "x.setup_time",
    RunTimePerUnit = "run_time_per_unit_minutes": "x.run_time_per_unit",
    WaitTime = "wait_time_minutes": "x.wait_time",
    ChangeoverTime = "changeover_time_minutes": "x.changeover_time",
    ExternalId = "external_id": "x.external_id",
});

page_output!(operations: Operation);

const STATUS: &[Part] = one_state!("status": "o.status" in ["not_started", "in_progress", "completed", "on_hold"]);

const FILTERS: &[Part] = &[
    Part::filter("part", "o.part_id = {{value}}", Type::Uuid),
    Part::filter("job", "p.job_id = {{value}}", Type::Uuid),
    Part::filter("cell", "o.cell_id = {{value}}", Type::Uuid),
    Part::filter("assigned_operator", "o.assigned_operator_id = {{value}}", Type::Uuid),
    Part::filter("planned_from", concat!("o.planned_start >= ", instant!("{{value}}")), Type::Text),
    Part::filter("planned_before", concat!("o.planned_start < ", instant!("{{value}}")), Type::Text),
    Part::condition("late", "{{late}}"),
    Part::condition("not_late", "({{late}}) IS NOT TRUE"),
    Part::filter("search", has_words!("o.operation_name, o.notes"), Type::TextArray),
];

statement! {
    static PAGE = "WITH {{page}}", include_str!("../row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, page::RULES]),
           fills(&[("columns", Fill::Text(COLUMNS)), ("listed", Fill::Text("{{live_operations}}")), ("id", Fill::Text("o.id")), ("cell_sequence", Fill::Made(cell_sequence))]),
           parts(&[STATUS, FILTERS, page::CURSOR, OrderBy::PARTS, OperationField::PARTS]);

    static TOTAL = "SELECT count(*) FROM {{live_operations}}{{where}}"; [Uuid] => rules(&[RULES]), parts(&[STATUS, FILTERS]);
}

impl Declaration for FetchOperations {
    const NAME: &'static str = "fetch_operations";
    const TITLE: &'static str = "List operations";
    const DESCRIPTION: &'static str = "Lists operations (the steps of parts, each at one cell) with their state, planned window, estimated and actual minutes, running \
        time entries, open issues and what blocks them. For totals only, use get_dashboard_stats.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("stage_id", "cell_id"), ("assigned_to", "assigned_operator_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = STATUS_ALIASES;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let part = find::optional(call, &find::PART, "part_id", arguments.part_id, arguments.part_number.as_deref())?;
        let job = find::optional(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        let status = arguments.status.map(TaskStatus::name);
        let mut choice = Choice::none();
        choice.one(status);
        choice.value("part", part);
        choice.value("job", job);
        choice.value("cell", cell);
        choice.value("assigned_operator", arguments.assigned_operator_id);
        choice.value("planned_from", arguments.planned_from.as_ref().map(Moment::text));
        choice.value("planned_before", arguments.planned_before.as_ref().map(Moment::text));
        choice.either("late", "not_late", arguments.late);
        choice.value("search", arguments.search.as_ref().map(Words::patterns));
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        OperationField::choose(&arguments.fields, &mut choice);
        let page = page::page(call, &PAGE, choice, arguments.wanted(arguments.order.name()), &[])?;
        Ok(Answer::new(found(&page, "operation", status, total), &Output::of(page, total)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"status": "on_hold", "limit": 2, "include_total": true}"#),
        Example::new(r#"{"part_number": "P-1012-09", "order": "cell_sequence", "fields": ["setup_time_minutes"]}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no job, part or cell has this number or name",
            r#"{"job_number": "JOB-9999"}"#,
        ),
        FOREIGN_CURSOR,
        NO_WORD,
    ];
}
