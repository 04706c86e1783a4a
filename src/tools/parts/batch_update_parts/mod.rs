//! `batch_update_parts`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;
mod updates;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::updates::{Done, PartUpdates, UpdatedPart};
use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::present;
use crate::tools::batch::parts::{PartFilter, PartScope};
use crate::tools::batch::report::{Failures, Report, batch_output, finish};
use crate::tools::batch::scope::MaxRows;
use crate::tools::lifecycle::fields::nothing_to_change;
use crate::tools::lifecycle::{Effect, Given, Warning};
use crate::tools::parts::cell;
use crate::tools::shared::MAX_NOTES;

/// `batch_update_parts`
pub(in crate::tools) struct BatchUpdateParts;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// Which parts to change: those that match all given criteria. Without criteria, or with an empty list of ids, nothing is changed.
    scope: PartScope,
    /// What to change.
    updates: Updates,
    /// Which parts to leave unchanged.
    #[serde(default)]
    filter: PartFilter,
    /// true: complete parts even if they have open operations or running time entries (the operations are completed with them, and the time
    /// entries are ended), or move parts to a cell that is over its enforced WIP limit. A pending issue that stops an operation always
    /// prevents completion.
    #[serde(default)]
    force: bool,
    /// The call is refused if it would change more parts than this (1 to 500, default 500).
    #[serde(default)]
    max_rows: MaxRows,
    /// true: change the parts that can be changed and list the others as skipped. false (default): all or nothing.
    #[serde(default)]
    partial: bool,
    /// true: a dry run, which shows what would happen and changes nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Updates {
    /// Whether the parts are bullet cards (top-priority work).
    is_bullet_card: Option<bool>,
    /// The new state: in_progress (from not_started or on_hold), on_hold (from not_started or in_progress), not_started (from on_hold,
    /// if no operation was started) or completed (from in_progress). Jobs follow their parts. To reopen a completed part, use
    /// update_part.
    status: Option<JobStatus>,
    /// Adds a paragraph to the existing notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    append_notes: Option<String>,
    /// The older name of append_notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// The id of the cell where the parts are now; null for none. The cell must be active.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    current_cell_id: Option<Option<Uuid>>,
    /// The cell's name, instead of current_cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

batch_output!(parts: Vec<UpdatedPart>,
    /// The jobs whose state changed.
    jobs: Vec<Effect>,
    /// How many open operations were completed together with their parts because of force.
    completed_operations: usize,
    /// What remains unfinished, in addition to the warnings of the parts themselves.
    warnings: Vec<Warning>);

impl Updates {
    fn check(&self, call: &Call) -> Result<PartUpdates<'_>, ToolError> {
        let notes = match (&self.append_notes, &self.notes) {
            (Some(_), Some(_)) => {
                return Err(ToolError::invalid(
                    "updates.notes",
                    "notes is an older name of append_notes; give only one of them",
                ));
            }
            (append, notes) => append.as_deref().or(notes.as_deref()),
        };
        let cell = cell::named(call, self.current_cell_id, self.cell_name.as_deref())?;
        if self.status.is_none() && self.is_bullet_card.is_none() && notes.is_none() && cell.is_none() {
            return Err(nothing_to_change("is_bullet_card, status, append_notes, current_cell_id or cell_name"));
        }
        if self.status == Some(JobStatus::Completed) && cell.is_some_and(|cell| cell.is_some()) {
            return Err(ToolError::invalid("updates.current_cell_id", "a completed part cannot be at a cell"));
        }
        Ok(PartUpdates { status: self.status, is_bullet_card: self.is_bullet_card, notes, cell })
    }
}

impl Declaration for BatchUpdateParts {
    const NAME: &'static str = "batch_update_parts";
    const TITLE: &'static str = "Change many parts";
    const DESCRIPTION: &'static str = "Changes the state, bullet card, cell or notes of up to 500 parts at once: those of a job, of a customer, or listed by id. All \
        or nothing, unless partial is true. Completed parts are left unchanged by default. States follow the same rules as in update_part, \
        and jobs follow their parts. Preview the change with dry_run. An empty scope changes nothing. For a single part, or to reopen one, \
        use update_part; to give a job top priority, use prioritize_job.";
    const ACCESS: Access = Access::Destructive;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let updates = arguments.updates.check(call)?;
        updates.check_cell(call)?;
        let Arguments { partial, dry_run, force, .. } = arguments;
        finish(dry_run, || {
            let Some(selection) = arguments.scope.select(&arguments.filter, call)? else {
                return Ok(Output::answer(Report::nothing(dry_run), "", Vec::new(), Vec::new(), 0, Vec::new()));
            };
            let selected = selection.lock(call, arguments.max_rows.rows(), partial)?;
            let meant = selected.ids.len();
            let mut failures = Failures::missing("part", &selected.missing);
            let given = Given { tool: Self::NAME, force, reason: None };
            let mut changes = updates.plan(call, selected.locked, &selected.ids, &given, &mut failures);
            let skipped = failures.settle("part", meant, partial)?;
            let failed = meant - changes.parts();
            let done = changes.carry_out(call);
            let sentence = format!("changed parts: {}, and the state of jobs: {}", done.parts.len(), done.jobs.len());
            let report = Report {
                changed: done.parts.len(),
                unchanged: meant - failed - done.parts.len(),
                excluded: selected.excluded,
                skipped,
                dry_run,
                ..Report::default()
            };
            let Done { parts, jobs, completed_operations, warnings } = done;
            Ok(Output::answer(report, &sentence, parts, jobs, completed_operations, warnings))
        })
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"scope": {"job_number": "JOB-1002"}, "updates": {"is_bullet_card": true, "cell_name": "Laser 1", "append_notes": "Goes first"}}"#,
        ),
        Example::new(
            r#"{"scope": {"customer": "ACME Industries"}, "filter": {"status": "in_progress", "due_before": "2031-07-01"},
                "updates": {"status": "on_hold"}, "dry_run": true}"#,
        ),
        Example::new(
            r#"{"scope": {"part_ids": ["@A/part/P-1012-15", "@A/part/P-1012-05"]}, "updates": {"status": "completed"}, "force": true,
                "partial": true}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "a listed part, the job of the scope or the cell does not exist",
            r#"{"scope": {"part_ids": ["@nothing"]}, "updates": {"is_bullet_card": true}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "this tool does not lead from the state of one of the parts to the requested one, or something prevents the change",
            r#"{"scope": {"job_number": "JOB-1002"}, "updates": {"status": "completed"}, "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the cell is not active, or a completed part would be moved to a cell",
            r#"{"scope": {"job_number": "JOB-1002"}, "updates": {"cell_name": "Plasma"}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "one of the jobs would exceed the cell's enforced WIP limit, and force is not set",
            r#"{"scope": {"part_ids": ["@A/part/P-1012-22"]}, "updates": {"cell_name": "Welding"}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the scope has more parts than max_rows",
            r#"{"scope": {"job_number": "JOB-1012"}, "updates": {"is_bullet_card": true}, "max_rows": 3}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "no change was given",
            r#"{"scope": {"job_number": "JOB-1002"}, "updates": {}}"#,
        ),
    ];
}
