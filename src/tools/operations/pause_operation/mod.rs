//! `pause_operation`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::lifecycle::{Given, Locked, note, pause};
use crate::tools::operations::{Operation, read};

/// `pause_operation`
pub(in crate::tools) struct PauseOperation;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The operation's id.
    id: Uuid,
    /// Why; kept as the last paragraph of the operation's notes.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    operation: Json<Operation>,
    /// The state before.
    previous_status: TaskStatus,
    /// How many running time entries were ended, together with their pauses. If there were any, actual_time_minutes includes their time.
    ended_time_entries: usize,
}

impl Declaration for PauseOperation {
    const NAME: &'static str = "pause_operation";
    const TITLE: &'static str = "Pause an operation";
    const DESCRIPTION: &'static str = "Sets an operation that is in_progress to on_hold and ends the time entries running on it. Its part and job stay as they are. \
        An operation in any other state is refused with invalid_state. Resume with start_operation; to stop a whole job, use stop_job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("operation_id", "id"), ("task_id", "id"), ("notes", "reason")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { id, reason } = arguments;
        let given = Given { tool: Self::NAME, force: false, reason: reason.as_deref() };
        let note = note(TaskStatus::InProgress, TaskStatus::OnHold, given.reason);
        let paused = pause(call, &mut Locked::operations(call, &[id]), id, &given, note.as_deref())?;
        let ended = paused.ended_time_entries;
        let output = Output { operation: read(call, id), previous_status: paused.previous, ended_time_entries: ended };
        Ok(Answer::new(format!("Paused the operation; ended time entries: {ended}."), &output))
    }

    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"id": "@A/operation/P-1012-03/1", "reason": "Sheet is missing"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, or it was deleted",
            r#"{"id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the operation is not in_progress",
            r#"{"id": "@A/operation/P-1001-01/1"}"#,
        ),
    ];
}
