//! `update_task`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::{TaskStatus, TaskWord};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::present;
use crate::tools::lifecycle::fields::{self, Belief, nothing_to_change};
use crate::tools::lifecycle::{Effect, Given, OperationUpdate, Warning, update_operation};
use crate::tools::operations::fetch_tasks::Task;
use crate::tools::operations::tasks::read;
use crate::tools::shared::Change;

/// `update_task`
pub(in crate::tools) struct UpdateTask;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The task's id, which is the operation's.
    id: Uuid,
    /// The new state: in_progress (from pending or paused; from completed it reopens the task and needs a reason), paused (from
    /// in_progress) or completed (from in_progress; from paused with force).
    status: Option<TaskWord>,
    /// The profile id of the person who is to do it; null for nobody. Not for a task that is completed.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    assigned_to: Option<Option<Uuid>>,
    /// Why the state changes; kept as the last paragraph of the notes. Only together with status.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
    /// true: take the step although it is held up by what only needs a person's word: work that comes first, a cell over its limit,
    /// running time entries (they are ended), unfinished substeps (they stay). A pending issue that stops the task is never passed.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    task: Task,
    /// What is different now, and only that.
    changes: Changes,
    /// What became of its part.
    part: Effect,
    /// What became of its job.
    job: Effect,
    /// What force overrode, what was ended, and what is left undone.
    warnings: Vec<Warning>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<TaskWord>>,
    /// Of the task itself; task.assigned_to also shows who has its part or job.
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<Change<Option<Uuid>>>,
}

/// The changes of an operation in the words of tasks.
fn in_task_words(changes: &Map<String, Value>) -> Map<String, Value> {
    let word = |status: &Value| {
        let status = status.as_str().and_then(TaskStatus::from_name);
        json!(TaskWord::ALL.iter().find(|word| Some(word.status()) == status))
    };
    let status = changes.get("status").map(|change| json!({"old": word(&change["old"]), "new": word(&change["new"])}));
    let assigned = changes.get("assigned_operator_id").cloned();
    let words = [("status", status), ("assigned_to", assigned)];
    words.into_iter().filter_map(|(name, change)| Some((name.to_owned(), change?))).collect()
}

impl Declaration for UpdateTask {
    const NAME: &'static str = "update_task";
    const TITLE: &'static str = "Change a task";
    const DESCRIPTION: &'static str = "Changes state and person of a task, which is an operation in the words of the shop floor's list: pending, in_progress, \
        paused, completed. Starting, pausing and completing do the same to time entries, part and job as start_operation, pause_operation \
        and complete_operation. For planned windows, minutes, percentage and notes use update_operation.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("task_id", "id"), ("operation_id", "id"), ("assigned_operator_id", "assigned_to")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "not_started", "pending"), ("status", "on_hold", "paused")];
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
            "the state cannot follow the present one, or something stands in its way: as start_operation, pause_operation, complete_operation",
            r#"{"id": "@A/operation/P-1012-22/1", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "it would start at a cell that is over its enforced WIP limit, without force",
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
            "the person is not active any more",
            r#"{"id": "@A/operation/P-1012-22/1", "assigned_to": "@A/profile/wim.vandenberg"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "a completed task would get another person",
            r#"{"id": "@A/operation/P-1031-01/1", "assigned_to": null}"#,
        ),
    ];
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
        let changes = in_task_words(&updated.changes);
        let body = format!(
            r#"{{"task":{},"changes":{},"part":{},"job":{},"warnings":{}}}"#,
            read(call, id),
            Value::Object(changes.clone()),
            json!(updated.part),
            json!(updated.job),
            json!(updated.warnings)
        );
        Ok(Answer::from_sql(fields::summary("task", &changes), body))
    }
}
