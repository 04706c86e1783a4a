//! `complete_operation`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
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
    /// true: complete it even though it is on_hold, time is still being booked on it (the time entries are ended) or substeps are not
    /// completed (they stay unfinished). A pending issue that stops the operation cannot be overridden.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    operation: Json<Operation>,
    /// The state before.
    previous_status: TaskStatus,
    /// The state of its part, before and after: completed if this was its last open operation.
    part: Effect,
    /// The state of its job, before and after: completed if this was its last open part.
    job: Effect,
    /// What force ended, and what is left undone.
    warnings: Vec<Warning>,
}

impl Declaration for CompleteOperation {
    const NAME: &'static str = "complete_operation";
    const TITLE: &'static str = "Complete an operation";
    const DESCRIPTION: &'static str = "Completes an operation that is in_progress: records the time of completion, sets its actual minutes to the time booked on it, \
        and completes its part and job if nothing else of them is open. Refused while a time entry is running on it, while substeps are \
        unfinished or while it is on_hold, unless force is true; always refused while an issue that stops it is pending. An operation that \
        is not_started must be started first. For many operations, use batch_complete_operations.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("operation_id", "id"), ("task_id", "id")];
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
        let output = Output {
            operation: read(call, id),
            previous_status: done.previous,
            part: done.part,
            job: done.job,
            warnings: done.warnings,
        };
        Ok(Answer::new(summary, &output))
    }

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
            "an issue that stops the operation is pending; force does not override it",
            r#"{"id": "@A/operation/P-1013-01/2", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "time is being booked on it, or substeps are not completed, without force",
            r#"{"id": "@A/operation/P-1012-03/1"}"#,
        ),
    ];
}
