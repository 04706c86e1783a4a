//! Which rows a batch is about: the criteria that its arguments give, and the filters that leave rows alone.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{JobStatus, TaskStatus};
use crate::error::ToolError;
use crate::names::MAX_CHANGED_ROWS;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::run::values::{Moment, as_instant};
use crate::sql_args;
use crate::tools::batch::selection::{OPERATIONS, PARTS, Selection};
use crate::tools::shared::{DUE, find};

/// How many rows a call may change: 1 to [`MAX_CHANGED_ROWS`].
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(in crate::tools) struct MaxRows(u16);

impl Default for MaxRows {
    fn default() -> Self {
        Self(MAX_CHANGED_ROWS)
    }
}

impl MaxRows {
    pub(in crate::tools) fn rows(self) -> usize {
        usize::from(self.0)
    }
}

impl JsonSchema for MaxRows {
    fn schema_name() -> Cow<'static, str> {
        "MaxRows".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": MAX_CHANGED_ROWS, "default": MAX_CHANGED_ROWS})
    }
}

/// The parts that a batch is about: those that fit all that is given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct PartScope {
    /// Only parts of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only the parts with these ids. An empty list means none.
    #[schemars(length(max = MAX_CHANGED_ROWS))]
    part_ids: Option<Vec<Uuid>>,
    /// Only parts of jobs of this customer: the whole name, in upper or lower case.
    #[schemars(length(min = 1))]
    customer: Option<String>,
}

/// The operations that a batch is about: those that fit all that is given.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct OperationScope {
    /// Only operations of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only operations of the part with this id.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only operations of jobs of this customer: the whole name, in upper or lower case.
    #[schemars(length(min = 1))]
    customer: Option<String>,
    /// Only the operations with these ids. An empty list means none.
    #[schemars(length(max = MAX_CHANGED_ROWS))]
    operation_ids: Option<Vec<Uuid>>,
}

impl PartScope {
    /// The parts of one job.
    pub(in crate::tools) fn of_job(id: Uuid) -> Self {
        Self { job_id: Some(id), ..Self::default() }
    }

    /// The selection; none when no criterion is given, or an empty list of ids.
    pub(in crate::tools) fn select(&self, call: &Call) -> Result<Option<Selection<'_>>, ToolError> {
        let job = find::optional(call, &find::JOB, "job_id", self.job_id, self.job_number.as_deref())?;
        check_present(call, job, None, None)?;
        let mut selection = Selection::new(&PARTS, call.tenant);
        selection.only("p.job_id = {}", job.map(uuid));
        selection.only("lower(j.customer) = lower({})", self.customer.as_deref());
        Ok(selection.of(self.part_ids.as_deref()))
    }
}

impl OperationScope {
    /// The operations with these ids.
    pub(in crate::tools) fn of_ids(ids: Vec<Uuid>) -> Self {
        Self { operation_ids: Some(ids), ..Self::default() }
    }

    /// The selection; none when no criterion is given, or an empty list of ids.
    pub(in crate::tools) fn select(&self, call: &Call) -> Result<Option<Selection<'_>>, ToolError> {
        let job = find::optional(call, &find::JOB, "job_id", self.job_id, self.job_number.as_deref())?;
        let part = find::optional(call, &find::PART, "part_id", self.part_id, self.part_number.as_deref())?;
        let cell = find::optional(call, &find::CELL, "cell_id", self.cell_id, self.cell_name.as_deref())?;
        check_present(call, job, part, cell)?;
        let mut selection = Selection::new(&OPERATIONS, call.tenant);
        selection.only("p.job_id = {}", job.map(uuid));
        selection.only("o.part_id = {}", part.map(uuid));
        selection.only("o.cell_id = {}", cell.map(uuid));
        selection.only("lower(j.customer) = lower({})", self.customer.as_deref());
        Ok(selection.of(self.operation_ids.as_deref()))
    }
}

/// Refuses a job, part or cell that is not there: a batch that finds nothing because of a wrong id would look like a batch that had
/// nothing to do.
fn check_present(call: &Call, job: Option<Uuid>, part: Option<Uuid>, cell: Option<Uuid>) -> Result<(), ToolError> {
    let args = sql_args![uuid(call.tenant), job.map(uuid), part.map(uuid), cell.map(uuid)];
    let (no_job, no_part, no_cell) =
        query::read(include_str!("scope_missing.sql"), args, |rows| rows.first().get_three::<bool, bool, bool>());
    for (what, id, missing) in [("job", job, no_job), ("part", part, no_part), ("cell", cell, no_cell)] {
        if let Some(id) = id.filter(|_| missing == Some(true)) {
            return Err(ToolError::not_found(what, &id));
        }
    }
    Ok(())
}

/// Which parts of the scope are left alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct PartFilter {
    /// Only parts in this state.
    status: Option<JobStatus>,
    /// Completed parts are left alone, also those that are listed by id (default true).
    exclude_completed: bool,
    /// Only parts whose job's effective due date is before this moment (a date alone means its first moment in the factory's time
    /// zone). A part without due date is left alone then.
    due_before: Option<Moment>,
}

/// Which operations of the scope are left alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct OperationFilter {
    /// Only operations in this state.
    status: Option<TaskStatus>,
    /// Completed operations are left alone, also those that are listed by id (default true). With false, a completed operation in the
    /// scope is refused.
    exclude_completed: bool,
    /// Operations in progress are left alone (default false).
    exclude_in_progress: bool,
}

impl Default for PartFilter {
    fn default() -> Self {
        Self { status: None, exclude_completed: true, due_before: None }
    }
}

impl Default for OperationFilter {
    fn default() -> Self {
        Self { status: None, exclude_completed: true, exclude_in_progress: false }
    }
}

impl PartFilter {
    pub(in crate::tools) fn apply<'a>(&'a self, selection: &mut Selection<'a>) {
        if self.exclude_completed {
            selection.leave_out("completed", "p.status IS NOT DISTINCT FROM 'completed'".to_owned());
        }
        if let Some(status) = self.status {
            selection.leave_out("other_status", format!("coalesce(p.status, 'not_started') <> '{}'", status.name()));
        }
        if let Some(moment) = &self.due_before {
            let moment = as_instant(&selection.parameter(moment.text()));
            selection.leave_out("due_later", format!("({DUE} < {moment}) IS NOT TRUE"));
        }
    }
}

impl OperationFilter {
    pub(in crate::tools) fn apply(&self, selection: &mut Selection<'_>) {
        if self.exclude_completed {
            selection.leave_out("completed", "o.status IS NOT DISTINCT FROM 'completed'".to_owned());
        }
        if self.exclude_in_progress {
            selection.leave_out("in_progress", "o.status IS NOT DISTINCT FROM 'in_progress'".to_owned());
        }
        if let Some(status) = self.status {
            selection.leave_out("other_status", format!("coalesce(o.status, 'not_started') <> '{}'", status.name()));
        }
    }
}

impl Excluded {
    /// The fields that filters count.
    pub(in crate::tools) const BY_FILTER: [&'static str; 4] = ["completed", "in_progress", "other_status", "due_later"];

    /// All of them.
    pub(in crate::tools) const fn total(&self) -> i64 {
        self.completed + self.in_progress + self.other_status + self.due_later + self.outside_scope
    }
}

/// How many rows of the scope were left alone, by what left them out. They are no failures.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Excluded {
    /// Completed ones, by exclude_completed.
    completed: i64,
    /// Those in progress, by exclude_in_progress.
    in_progress: i64,
    /// Those in another state than the filter's status.
    other_status: i64,
    /// Those that are not due before due_before.
    due_later: i64,
    /// Those that were listed by id and do not fit what else the scope says.
    outside_scope: i64,
}
