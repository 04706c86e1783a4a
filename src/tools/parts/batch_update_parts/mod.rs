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
use crate::tools::shared::{MAX_NOTES, find};

/// `batch_update_parts`
pub(in crate::tools) struct BatchUpdateParts;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// Which parts: those that fit all that is given. Without any criterion, or with an empty list of ids, nothing is changed.
    scope: PartScope,
    /// What is to be different.
    updates: Updates,
    /// Which parts are left alone.
    #[serde(default)]
    filter: PartFilter,
    /// true: complete parts although operations are open or time is booked on them: they are completed with them, and the time is ended;
    /// or move parts to a cell that is over its enforced WIP limit. A pending issue that stops an operation is never passed.
    #[serde(default)]
    force: bool,
    /// Refuse to change more parts than this (1 to 500, default 500).
    #[serde(default)]
    max_rows: MaxRows,
    /// true: change what can be changed and list the others as skipped. false (default): all or nothing.
    #[serde(default)]
    partial: bool,
    /// true: do it, tell what came of it, and take it back.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Updates {
    /// true: marked as work that goes first; false: not.
    is_bullet_card: Option<bool>,
    /// The new state: in_progress (from not_started or on_hold), on_hold (from not_started or in_progress), not_started (from on_hold,
    /// while no operation was begun) or completed (from in_progress). Jobs go with their parts. A completed part is reopened with
    /// update_part only.
    status: Option<JobStatus>,
    /// Adds a paragraph to the notes that are there.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    append_notes: Option<String>,
    /// The same as append_notes, by its older name.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// The id of the cell where they are now; null for none. The cell must be in use.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    current_cell_id: Option<Option<Uuid>>,
    /// Instead of current_cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

batch_output!(parts: Vec<UpdatedPart>,
    /// The jobs that are in another state now.
    jobs: Vec<Effect>,
    /// How many open operations were completed with their parts, by force.
    completed_operations: usize,
    /// What is left undone beside what the parts' own warnings say.
    warnings: Vec<Warning>);

impl Updates {
    fn check(&self, call: &Call) -> Result<PartUpdates<'_>, ToolError> {
        let notes = match (&self.append_notes, &self.notes) {
            (Some(_), Some(_)) => {
                return Err(ToolError::invalid("updates.notes", "append_notes and notes are the same: give one"));
            }
            (append, notes) => append.as_deref().or(notes.as_deref()),
        };
        let cell = match (self.current_cell_id, &self.cell_name) {
            (Some(None), None) => Some(None),
            (Some(None), Some(_)) => {
                return Err(ToolError::invalid("cell_name", "give current_cell_id or cell_name, not both"));
            }
            (id, name) => {
                find::optional(call, &find::CELL, "current_cell_id", id.flatten(), name.as_deref())?.map(Some)
            }
        };
        if self.status.is_none() && self.is_bullet_card.is_none() && notes.is_none() && cell.is_none() {
            return Err(nothing_to_change("is_bullet_card, status, append_notes, current_cell_id or cell_name"));
        }
        if self.status == Some(JobStatus::Completed) && cell.is_some_and(|cell| cell.is_some()) {
            return Err(ToolError::invalid("updates.current_cell_id", "a completed part is at no cell"));
        }
        Ok(PartUpdates { status: self.status, is_bullet_card: self.is_bullet_card, notes, cell })
    }
}

impl Declaration for BatchUpdateParts {
    const NAME: &'static str = "batch_update_parts";
    const TITLE: &'static str = "Change many parts";
    const DESCRIPTION: &'static str = "Changes state, bullet card, cell or notes of up to 500 parts at once: those of a job, of a customer, or listed by id. All or \
        nothing, unless partial is true; completed parts are left alone. States follow the same rules as update_part, and jobs go with their \
        parts. Look at it first with dry_run. An empty scope changes nothing. For one part, or to reopen one, use update_part; to put a job \
        first, prioritize_job.";
    const ACCESS: Access = Access::Destructive;
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
            "a listed part, or the job of the scope, or the cell is not there",
            r#"{"scope": {"part_ids": ["@nothing"]}, "updates": {"is_bullet_card": true}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state of one of them does not lead to the wanted one, or something stands in the way of it",
            r#"{"scope": {"job_number": "JOB-1002"}, "updates": {"status": "completed"}, "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the cell is not in use, or a completed part would be moved to a cell",
            r#"{"scope": {"job_number": "JOB-1002"}, "updates": {"cell_name": "Plasma"}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the cell is over its enforced WIP limit with one of the jobs, without force",
            r#"{"scope": {"part_ids": ["@A/part/P-1012-22"]}, "updates": {"cell_name": "Welding"}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the scope holds more parts than max_rows",
            r#"{"scope": {"job_number": "JOB-1012"}, "updates": {"is_bullet_card": true}, "max_rows": 3}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "nothing is to be different",
            r#"{"scope": {"job_number": "JOB-1002"}, "updates": {}}"#,
        ),
    ];
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
            let mut plan = updates.plan(call, selected.locked, &selected.ids, &given, &mut failures);
            let skipped = failures.settle("part", meant, partial)?;
            let failed = meant - plan.parts();
            let done = plan.carry_out(call);
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
}
