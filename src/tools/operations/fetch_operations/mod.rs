//! `fetch_operations`.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::uuid;
use crate::run::list::{List, Order, found, integer_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, as_instant};
use crate::tools::operations::Operation;
use crate::tools::shared::{LATE, LIVE_OPERATIONS, find, list_arguments, list_output, more_fields, with_rules};

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
    /// Only operations that are assigned to the person with this profile id.
    assigned_operator_id: Option<Uuid>,
    /// Only operations that are planned to start at this moment or later (a date alone means its first moment in the factory's time
    /// zone).
    planned_from: Option<Moment>,
    /// Only operations that are planned to start before this moment.
    planned_before: Option<Moment>,
    /// true: only operations past their planned end and not completed; false: only the others.
    late: Option<bool>,
    /// Only operations with these words in name or notes.
    #[schemars(length(min = 1))]
    search: Option<String>,
    /// newest first (default); by cell in the order of the shop floor and then by sequence; or the earliest planned start first
    /// (those without one last).
    order: OrderBy,
    => fields: OperationField
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OrderBy {
    #[default]
    Newest,
    CellSequence,
    PlannedStart,
}

/// The cell's id keeps the operations of two cells with one number apart.
static CELL_SEQUENCE: LazyLock<String> = LazyLock::new(|| {
    text_key(&[&integer_part("coalesce(c.sequence, 0)"), "o.cell_id::text", &integer_part("o.sequence")])
});

impl OrderBy {
    fn order(self) -> Order {
        match self {
            Self::Newest => Order { name: "newest", key: "o.created_at", key_type: "timestamptz", descending: true },
            Self::CellSequence => {
                Order { name: "cell_sequence", key: &CELL_SEQUENCE, key_type: "text", descending: false }
            }
            Self::PlannedStart => Order {
                name: "planned_start",
                key: "coalesce(o.planned_start, 'infinity')",
                key_type: "timestamptz",
                descending: false,
            },
        }
    }
}

more_fields!(OperationField of "operations" {
    Notes = "notes": "x.notes",
    SetupTime = "setup_time_minutes": "x.setup_time",
    RunTimePerUnit = "run_time_per_unit_minutes": "x.run_time_per_unit",
    WaitTime = "wait_time_minutes": "x.wait_time",
    ChangeoverTime = "changeover_time_minutes": "x.changeover_time",
    ExternalId = "external_id": "x.external_id",
});

list_output!(operations: Operation);

impl Declaration for FetchOperations {
    const NAME: &'static str = "fetch_operations";
    const TITLE: &'static str = "List operations";
    const DESCRIPTION: &'static str = "Lists operations (the steps of parts, each at one cell) with state, planned window, estimated and actual minutes, \
        running time entries, open issues, and what blocks them. For totals only, use get_dashboard_stats.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("stage_id", "cell_id"), ("assigned_to", "assigned_operator_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started"), ("status", "paused", "on_hold")];
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
            LazyLock::new(|| with_rules(concat!(include_str!("../page.sql"), include_str!("../row.sql"))));

        let mut list = List::new(&PAGE, "o.id", call.tenant);
        let part = find::optional(call, &find::PART, "part_id", arguments.part_id, arguments.part_number.as_deref())?;
        let job = find::optional(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        list.filter("o.part_id = {}", part.map(uuid));
        list.filter("p.job_id = {}", job.map(uuid));
        list.one_of("o.status", arguments.status.map(TaskStatus::name));
        list.filter("o.cell_id = {}", cell.map(uuid));
        list.filter("o.assigned_operator_id = {}", arguments.assigned_operator_id.map(uuid));
        let (from, before) = (arguments.planned_from.as_ref(), arguments.planned_before.as_ref());
        list.filter(&format!("o.planned_start >= {}", as_instant("{}")), from.map(Moment::text));
        list.filter(&format!("o.planned_start < {}", as_instant("{}")), before.map(Moment::text));
        match arguments.late {
            Some(true) => list.only(LATE),
            Some(false) => list.only(&format!("({LATE}) IS NOT TRUE")),
            None => {}
        }
        list.search("o", arguments.search.as_deref());
        OperationField::show(&arguments.fields, &mut list);
        let total = arguments.include_total.then(|| list.total(LIVE_OPERATIONS));
        let page = list.page(&arguments.order.order(), arguments.cursor.as_deref(), arguments.limit.rows())?;
        let summary = found(&page, "operation", arguments.status.map(TaskStatus::name), total);
        Ok(Answer::from_sql(summary, page.into_body("operations", total)))
    }
}
