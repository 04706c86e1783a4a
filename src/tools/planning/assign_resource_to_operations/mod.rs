//! `assign_resource_to_operations`.

mod links;
mod resource;
mod taken;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::links::{AssignedOperation, Mode, WantedLinks};
use self::resource::AssignedResource;
use self::taken::{Overlap, Taken};
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::names::MAX_CHANGED_ROWS;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::batch::operations::{OperationFilter, OperationScope};
use crate::tools::batch::report::{Failures, Report, batch_output, counted, finish};
use crate::tools::batch::scope::MaxRows;
use crate::tools::shared::find;

/// `assign_resource_to_operations`
pub(in crate::tools) struct AssignResourceToOperations;

/// How many overlaps an answer lists.
const MAX_OVERLAPS: usize = 100;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// The resource's id.
    resource_id: Option<Uuid>,
    /// The resource's full name, instead of resource_id.
    #[schemars(length(min = 1))]
    resource_name: Option<String>,
    /// The ids of the operations, instead of scope. An empty list selects nothing.
    #[schemars(length(max = MAX_CHANGED_ROWS))]
    operation_ids: Option<Vec<Uuid>>,
    /// The operations: those that meet all criteria given. Without any criterion nothing is changed.
    scope: Option<OperationScope>,
    /// Operations to leave unchanged.
    filter: OperationFilter,
    /// add (default): link the resource in addition to others; an operation that already has it keeps its quantity and notes unless new ones
    /// are given. replace: also remove the operation's other resources of the same type, such as the fixture that this one replaces. remove:
    /// remove the link to the resource.
    mode: Mode,
    /// How much of the resource each operation needs, to two decimals (default 1 for a new link).
    #[schemars(range(min = 0.01, max = 99_999_999.0))]
    quantity: Option<f64>,
    /// Notes for each link; they replace existing notes.
    #[schemars(length(min = 1, max = 2000))]
    notes: Option<String>,
    /// true: assign the resource even if it is in maintenance, or if there is not enough of it for all open operations that need it at the
    /// same time.
    force: bool,
    /// Refuse to change more operations than this (1 to 500, default 500).
    max_rows: MaxRows,
    /// true: change what can be changed and list the rest as skipped. false (default): all or nothing.
    partial: bool,
    /// true: report what the call would do, and change nothing.
    dry_run: bool,
}

batch_output!(operations: Vec<AssignedOperation>,
    resource: AssignedResource,
    /// How many pairs of operations need the resource at the same time when there is not enough for all; 0 without force.
    conflict_count: usize,
    /// The first 100 of them.
    conflicts: Vec<Overlap>);

impl Arguments {
    /// Which operations; an empty scope when none were named.
    fn operations(&mut self) -> Result<OperationScope, ToolError> {
        match (self.operation_ids.take(), self.scope.take()) {
            (Some(_), Some(_)) => Err(ToolError::invalid("operation_ids", "give operation_ids or scope, not both")),
            (Some(ids), None) => Ok(OperationScope::of_ids(ids)),
            (None, scope) => Ok(scope.unwrap_or_default()),
        }
    }

    fn run(&self, call: &Call, scope: &OperationScope, resource: Uuid) -> Result<Answer<Output>, ToolError> {
        let Some(selection) = scope.select(&self.filter, call)? else {
            let resource = AssignedResource::lock(call, resource)?;
            return Ok(Output::answer(Report::nothing(self.dry_run), "", Vec::new(), resource, 0, Vec::new()));
        };
        let selected = selection.lock(call, self.max_rows.rows(), self.partial)?;
        let resource = AssignedResource::lock(call, resource)?;
        if self.mode != Mode::Remove {
            resource.check_usable(self.force)?;
        }
        // As the table keeps it.
        let quantity = self.quantity.map(|quantity| (quantity * 100.0).round() / 100.0);
        let wanted = WantedLinks { mode: self.mode, quantity, notes: self.notes.as_deref() };
        let candidates = resource.candidates(call, &selected.ids, wanted.quantity, wanted.notes);
        let mut taken = Taken::by_others(call, &resource, &selected.ids);
        for candidate in candidates.iter().filter(|candidate| candidate.linked && !wanted.needs_more(candidate)) {
            taken.add(candidate, wanted.quantity_of(candidate));
        }
        let mut failures = Failures::missing("operation", &selected.missing);
        let (mut changed, mut overlaps, mut unchanged) = (Vec::new(), Vec::new(), 0);
        for candidate in candidates {
            if candidate.status == TaskStatus::Completed {
                failures.push(candidate.id, completed());
                continue;
            }
            let Some(action) = wanted.action(&candidate) else {
                unchanged += 1;
                continue;
            };
            if wanted.needs_more(&candidate) {
                match taken.let_in(&candidate, wanted.quantity_of(&candidate), self.force) {
                    Ok(met) => overlaps.extend(met),
                    Err(error) => {
                        failures.push(candidate.id, error);
                        continue;
                    }
                }
            }
            changed.push(wanted.row(candidate, action));
        }
        let skipped = failures.settle("operation", selected.ids.len(), self.partial)?;
        wanted.write(call, &resource, &changed);
        let conflict_count = overlaps.len();
        overlaps.truncate(MAX_OVERLAPS);
        let report = Report {
            changed: changed.len(),
            unchanged,
            excluded: selected.excluded,
            skipped,
            dry_run: self.dry_run,
            ..Report::default()
        };
        let verb = if self.mode == Mode::Remove { "removed the resource from" } else { "assigned the resource to" };
        let done =
            format!("{verb} {}, with {}", counted(changed.len(), "operation"), counted(conflict_count, "overlap"));
        Ok(Output::answer(report, &done, changed, resource, conflict_count, overlaps))
    }
}

fn completed() -> ToolError {
    ToolError::new(ToolErrorCode::InvalidState, "the resources of a completed operation cannot be changed")
        .with("status", TaskStatus::Completed.name())
}

impl Declaration for AssignResourceToOperations {
    const NAME: &'static str = "assign_resource_to_operations";
    const TITLE: &'static str = "Assign a resource to operations";
    const DESCRIPTION: &'static str = "Links a resource (machine, tool, fixture, stock) to up to 500 operations at once, listed by id or selected by a scope, or \
        removes it from them (mode). Refused if the resource is retired or not in use and, unless force is true, if it is in maintenance or \
        there is not enough of it for all open operations that need it at the same time. All or nothing, unless partial is true. An empty scope \
        changes nothing. To see what is free, use check_resource_availability.";
    const ACCESS: Access = Access::Destructive;
    const IDEMPOTENT: bool = true;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, mut arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let scope = arguments.operations()?;
        let name = arguments.resource_name.as_deref();
        let resource = find::one(call, &find::RESOURCE, "resource_id", arguments.resource_id, name)?;
        finish(arguments.dry_run, || arguments.run(call, &scope, resource))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"resource_name": "Fixture 8", "scope": {"part_number": "P-1012-03", "cell_name": "Laser 1"}, "quantity": 2}"#,
        ),
        Example::new(
            r#"{"resource_id": "@A/resource/Welding robot", "operation_ids": ["@A/operation/P-1001-01/1"], "force": true,
                "notes": "With the small gripper", "dry_run": true}"#,
        ),
        Example::new(
            r#"{"resource_name": "Welding robot", "scope": {"cell_name": "Welding", "customer": "ACME Industries"}, "mode": "remove"}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the resource, a listed operation, or the job, part or cell of the scope does not exist",
            r#"{"resource_name": "Fixture 8", "operation_ids": ["@nothing"]}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the resource is retired or not in use, or it is in maintenance and force is not set",
            r#"{"resource_name": "Powder booth", "operation_ids": ["@A/operation/P-1001-01/1"]}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "one of the operations is completed, and exclude_completed is false",
            r#"{"resource_name": "Fixture 8", "operation_ids": ["@A/operation/P-1031-01/1"], "filter": {"exclude_completed": false}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "other open operations need it at the same time and there is not enough for all, and force is not set",
            r#"{"resource_name": "Fixture 8", "operation_ids": ["@A/operation/P-1009-02/2", "@A/operation/P-1009-03/2"]}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the scope has more operations than max_rows",
            r#"{"resource_name": "Fixture 8", "scope": {"job_number": "JOB-1012"}, "max_rows": 3}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "no resource is named, its name is ambiguous, or both operation_ids and scope are given",
            r#"{"operation_ids": ["@A/operation/P-1001-01/1"]}"#,
        ),
    ];
}
