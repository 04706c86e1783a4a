//! `complete_operation`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::lifecycle::{Effect, Given, Locked, Warning, complete_one};
use crate::tools::operations::{Operation, read};

/// `complete_operation`
pub(in crate::tools) struct CompleteOperation;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The operation's id.
    id: Uuid,
    /// true: complete although it is on_hold, time is still booked on it (the time entries are ended) or substeps are not completed (they
    /// stay so). A pending issue that stops the operation is never passed.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    operation: Operation,
    /// The state it was in before.
    previous_status: TaskStatus,
    /// What became of its part: completed when this was its last open operation.
    part: Effect,
    /// What became of its job: completed when this was the last open part.
    job: Effect,
    /// What force ended, and what is left undone.
    warnings: Vec<Warning>,
}

impl Declaration for CompleteOperation {
    const NAME: &'static str = "complete_operation";
    const TITLE: &'static str = "Complete an operation";
    const DESCRIPTION: &'static str = "Completes an operation that is in_progress: notes when, sets its actual minutes to the time that is booked on it, and \
        completes its part and job when nothing of them is open any more. Refused while time runs on it or substeps are unfinished, or when \
        it is on_hold, unless force is true; and while an issue that stops it is pending. One that is not_started must be started first. For \
        many operations use batch_complete_operations.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("operation_id", "id"), ("task_id", "id")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"id": "@A/operation/P-1012-10/3"}"#),
        Example::new(r#"{"id": "@A/operation/P-1012-03/1", "force": true}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, or it was deleted",
            r#"{"id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the operation is not_started or completed",
            r#"{"id": "@A/operation/P-1001-01/1", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the operation is on_hold, without force",
            r#"{"id": "@A/operation/P-1012-19/2"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "an issue that stops the operation is pending; force does not help",
            r#"{"id": "@A/operation/P-1013-01/2", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "time is booked on it, or substeps are not completed, without force",
            r#"{"id": "@A/operation/P-1012-03/1"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { id, force } = arguments;
        let given = Given { tool: Self::NAME, force, reason: None };
        let done = complete_one(call, Locked::operations(call, &[id]), id, &given, None)?;
        let summary = format!(
            "Completed the operation; its part is {}, its job {}. Warnings: {}.",
            done.part.status().name(),
            done.job.status().name(),
            done.warnings.len()
        );
        let body = format!(
            r#"{{"operation":{},"previous_status":"{}","part":{},"job":{},"warnings":{}}}"#,
            read(call, id),
            done.previous.name(),
            json!(done.part),
            json!(done.job),
            json!(done.warnings)
        );
        Ok(Answer::from_sql(summary, body))
    }
}
