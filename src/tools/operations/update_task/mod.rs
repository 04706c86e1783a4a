//! `update_task`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskWord;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::present;
use crate::tools::lifecycle::fields::{Belief, Changed, nothing_to_change};
use crate::tools::lifecycle::{Effect, Given, OperationChanges, OperationUpdate, Warning, update_operation};
use crate::tools::operations::tasks::{Task, read};
use crate::tools::shared::Change;

/// `update_task`
pub(in crate::tools) struct UpdateTask;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The task's id, which is also its operation's.
    id: Uuid,
    /// The new state: in_progress (from pending or paused; from completed this reopens the task and requires a reason), paused (from
    /// in_progress) or completed (from in_progress; from paused with force).
    status: Option<TaskWord>,
    /// The profile id of the person it is assigned to; null for nobody. Not for a completed task.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    assigned_to: Option<Option<Uuid>>,
    /// Why the state changes; kept as the last paragraph of the notes. Only together with status.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
    /// true: change the state despite earlier work that is not completed, a cell over its limit, running time entries (they are ended) or
    /// unfinished substeps (they stay unfinished). A pending issue that stops the task cannot be overridden.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    task: Json<Task>,
    /// Only the fields that changed, each with its old and new value.
    changes: Json<Changes>,
    /// The state of its part, before and after.
    part: Effect,
    /// The state of its job, before and after.
    job: Effect,
    /// What force overrode, what was ended, and what is left undone.
    warnings: Vec<Warning>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<TaskWord>>,
    /// Of the task itself; task.assigned_to also shows the person who has its part or job.
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<Change<Option<Uuid>>>,
}

/// The changes of an operation in the words of tasks.
fn in_task_words(changes: &OperationChanges) -> Changed<Changes> {
    Changed::of(&Changes {
        status: changes.status.clone().map(|change| change.map(TaskWord::of)),
        assigned_to: changes.assigned_operator_id.clone(),
    })
}

impl Declaration for UpdateTask {
    const NAME: &'static str = "update_task";
    const TITLE: &'static str = "Change a task";
    const DESCRIPTION: &'static str = "Changes the state and person of a task, which is an operation in the terms of the shop floor's task list: pending, \
        in_progress, paused, completed. Starting, pausing and completing affect time entries, part and job just as start_operation, \
        pause_operation and complete_operation do. For planned windows, minutes, percentage and notes, use update_operation.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("task_id", "id"), ("operation_id", "id"), ("assigned_operator_id", "assigned_to")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "not_started", "pending"), ("status", "on_hold", "paused")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { id, status, assigned_to, reason, force } = arguments;
        if status.is_none() && assigned_to.is_none() {
            return Err(nothing_to_change("status or assigned_to"));
        }
        let update = OperationUpdate {
            given: Given { tool: Self::NAME, force, reason: reason.as_deref() },
            status: status.map(TaskWord::status),
            belief: Belief { status: None, updated_at: None },
            assigned: assigned_to.map(|person| ("assigned_to", person)),
            wanted: Map::new(),
            notes: None,
            append_notes: None,
        };
        let updated = update_operation(call, id, update)?;
        let changed = in_task_words(&updated.changes.changes);
        let summary = changed.summary("task");
        let output = Output {
            task: read(call, id),
            changes: changed.changes,
            part: updated.part,
            job: updated.job,
            warnings: updated.warnings,
        };
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"id": "@A/operation/P-1012-22/1", "status": "in_progress", "assigned_to": "@A/profile/lars.hansen"}"#,
        ),
        Example::new(r#"{"id": "@A/operation/P-1012-15/1", "status": "paused", "reason": "Crane is busy"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such task, or it was deleted",
            r#"{"id": "@nothing", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "nothing to change was given",
            r#"{"id": "@A/operation/P-1012-22/1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state cannot follow the current one, or something stands in its way, as for start_operation, pause_operation and complete_operation",
            r#"{"id": "@A/operation/P-1012-22/1", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the cell would be over its enforced WIP limit, without force",
            r#"{"id": "@A/operation/P-1016-03/1", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "it would be reopened without a reason, or a reason without status",
            r#"{"id": "@A/operation/P-1031-01/1", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such person",
            r#"{"id": "@A/operation/P-1012-22/1", "assigned_to": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the person is no longer active",
            r#"{"id": "@A/operation/P-1012-22/1", "assigned_to": "@A/profile/wim.vandenberg"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "a completed task would be assigned to somebody else",
            r#"{"id": "@A/operation/P-1031-01/1", "assigned_to": null}"#,
        ),
    ];
}
