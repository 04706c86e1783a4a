//! Operations that a batch changes.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::scope::check_present;
use super::selection::{self, Kind, Selection, filters, kind};
use crate::core::states::TaskStatus;
use crate::error::ToolError;
use crate::names::MAX_CHANGED_ROWS;
use crate::pg::args::Type;
use crate::pg::statement::{Fill, Group, Part, Rules};
use crate::run::texts::Wording;
use crate::run::tool::Call;
use crate::tools::lifecycle::Locked;
use crate::tools::shared::{RULES, find};
use crate::{is_text, statement};

/// The operations to change: those that meet all criteria given.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct OperationScope {
    /// Only operations of the job with this id.
    job_id: Option<Uuid>,
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only operations of the part with this id.
    part_id: Option<Uuid>,
    /// The part's number, instead of part_id.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only operations of this customer's jobs: the full name, regardless of case and accents.
    customer: Option<Wording>,
    /// Only the operations with these ids. An empty list selects nothing.
    #[schemars(length(max = MAX_CHANGED_ROWS))]
    operation_ids: Option<Vec<Uuid>>,
}

/// Operations of the scope to leave unchanged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct OperationFilter {
    /// Only operations in this state.
    status: Option<TaskStatus>,
    /// Leave completed operations unchanged, even those listed by id (default true). With false, a completed operation in the scope is
    /// refused.
    exclude_completed: bool,
    /// Leave operations in progress unchanged (default false).
    exclude_in_progress: bool,
}

impl Default for OperationFilter {
    fn default() -> Self {
        Self { status: None, exclude_completed: true, exclude_in_progress: false }
    }
}

const CRITERIA: &[Part] = &[
    Part::filter("job", "p.job_id = {{value}}", Type::Uuid),
    Part::filter("part", "o.part_id = {{value}}", Type::Uuid),
    Part::filter("cell", "o.cell_id = {{value}}", Type::Uuid),
    Part::filter("customer", is_text!("j.customer"), Type::Text),
];

filters! { FILTERS, REASONS on "o.status" }

kind! { OPERATIONS: "operation", "o.id" of "{{live_operations}}", Locked::operations, CRITERIA, FILTERS, REASONS }

impl OperationScope {
    /// The operations with these ids.
    pub(in crate::tools) fn of_ids(ids: Vec<Uuid>) -> Self {
        Self { operation_ids: Some(ids), ..Self::default() }
    }

    /// The selection; none when no criterion is given, or an empty list of ids.
    pub(in crate::tools) fn select<'a>(
        &'a self,
        filter: &OperationFilter,
        call: &Call,
    ) -> Result<Option<Selection<'a>>, ToolError> {
        let job = find::optional(call, &find::JOB, "job_id", self.job_id, self.job_number.as_deref())?;
        let part = find::optional(call, &find::PART, "part_id", self.part_id, self.part_number.as_deref())?;
        let cell = find::optional(call, &find::CELL, "cell_id", self.cell_id, self.cell_name.as_deref())?;
        check_present(call, job, part, cell)?;
        let mut selection = Selection::new(&OPERATIONS);
        selection.only("job", job);
        selection.only("part", part);
        selection.only("cell", cell);
        selection.only("customer", self.customer.as_ref().map(Wording::folded));
        let filters = selection.filters();
        filters.when("not_completed", filter.exclude_completed);
        filters.when("not_in_progress", filter.exclude_in_progress);
        filters.one(filter.status.map(TaskStatus::name));
        Ok(selection.of(self.operation_ids.as_deref()))
    }
}
