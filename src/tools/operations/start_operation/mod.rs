//! `start_operation`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::lifecycle::{Booking, Effect, Given, Locked, TimeType, Warning, begin};
use crate::tools::operations::{Operation, read};

/// `start_operation`
pub(in crate::tools) struct StartOperation;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The operation's id.
    id: Uuid,
    /// The profile id of the person whose time is booked on the operation from now on. Without it, no time is booked.
    operator_id: Option<Uuid>,
    /// What the time is spent on (default run); only together with operator_id.
    time_type: Option<TimeType>,
    /// true: start even though earlier operations are not completed or the cell is over its enforced WIP limit. A pending issue that
    /// stops the operation cannot be overridden.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    operation: Json<Operation>,
    /// The state before.
    previous_status: TaskStatus,
    /// The state of its part, before and after.
    part: Effect,
    /// The state of its job, before and after.
    job: Effect,
    /// The time entry that was opened; null without operator_id.
    time_entry_id: Option<Uuid>,
    /// What force overrode.
    warnings: Vec<Warning>,
}

impl Declaration for StartOperation {
    const NAME: &'static str = "start_operation";
    const TITLE: &'static str = "Start an operation";
    const DESCRIPTION: &'static str = "Starts an operation that is not_started, or resumes one that is on_hold: sets it to in_progress together with its part and \
        job, and opens a time entry for operator_id. Refused if something stands in the way (listed in blocked_by): a pending issue that \
        stops it, earlier operations, a cell over its enforced limit, a part or job on hold. To reopen a completed operation, use \
        update_operation.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("operation_id", "id"), ("task_id", "id"), ("user_id", "operator_id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { id, operator_id, time_type, force } = arguments;
        if time_type.is_some() && operator_id.is_none() {
            return Err(ToolError::invalid("time_type", "time_type requires operator_id"));
        }
        let booking = operator_id.map(|operator| Booking { operator, time_type: time_type.unwrap_or_default() });
        let given = Given { tool: Self::NAME, force, reason: None };
        let mut locked = Locked::operations(call, &[id]);
        let begun = begin(call, &mut locked, id, &given, None, booking)?;
        let summary = match begun.warnings.len() {
            0 => format!("Started the operation; it was {}.", begun.previous.name()),
            count => format!("Started the operation; it was {}. Warnings: {count}.", begun.previous.name()),
        };
        let output = Output {
            operation: read(call, id),
            previous_status: begun.previous,
            part: begun.part,
            job: begun.job,
            time_entry_id: begun.time_entry,
            warnings: begun.warnings,
        };
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"id": "@A/operation/P-1012-22/1", "operator_id": "@A/profile/jan.smit", "time_type": "setup"}"#,
        ),
        Example::new(r#"{"id": "@A/operation/P-1016-03/1", "force": true}"#),
        Example::new(r#"{"id": "@A/operation/P-1012-19/2"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, or it was deleted",
            r#"{"id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the operation is in_progress or completed",
            r#"{"id": "@A/operation/P-1012-10/3"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "an issue that stops the operation is pending; force does not override it",
            r#"{"id": "@A/operation/P-1013-01/2", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "earlier operations of the part are not completed, without force",
            r#"{"id": "@A/operation/P-1001-01/2"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "its part or job is on_hold or completed",
            r#"{"id": "@A/operation/P-1027-01/1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the cell would be over its enforced WIP limit with this job, without force",
            r#"{"id": "@A/operation/P-1016-03/1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such person",
            r#"{"id": "@A/operation/P-1012-22/1", "operator_id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the person is no longer active",
            r#"{"id": "@A/operation/P-1012-22/1", "operator_id": "@A/profile/wim.vandenberg"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "time_type without operator_id",
            r#"{"id": "@A/operation/P-1012-22/1", "time_type": "setup"}"#,
        ),
    ];
}
