//! `update_operation`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, present};
use crate::tools::lifecycle::fields::{Belief, UPDATE_STATUS_ALIASES, nothing_to_change};
use crate::tools::lifecycle::{Effect, Given, OperationChanges, OperationUpdate, Warning, update_operation};
use crate::tools::operations::{Operation, read};
use crate::tools::shared::{MAX_NOTES, given};

/// `update_operation`
pub(in crate::tools) struct UpdateOperation;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The operation's id.
    id: Uuid,
    /// The new state, with all that start_operation, pause_operation and complete_operation do: in_progress (from not_started or
    /// on_hold; from completed this reopens the operation with its part and job, and requires a reason), on_hold (from in_progress) or
    /// completed (from in_progress; from on_hold with force).
    status: Option<TaskStatus>,
    /// Why the state changes; kept as the last paragraph of the notes. Only together with status.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
    /// true: change the state despite earlier operations that are not completed, a cell over its limit, running time entries (they are
    /// ended) or unfinished substeps (they stay unfinished). A pending issue that stops the operation cannot be overridden.
    #[serde(default)]
    force: bool,
    /// How far along it is, in percent: below 100 for an operation that has been started; 100 only together with status completed. A
    /// reopened operation is at 90 unless this says otherwise.
    #[schemars(range(min = 0, max = 100))]
    completion_percentage: Option<i32>,
    /// When it is planned to start (a date alone means its first moment in the factory's time zone); null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    planned_start: Option<Option<Moment>>,
    /// When it is planned to end, after planned_start; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    planned_end: Option<Option<Moment>>,
    /// The profile id of the person it is assigned to; null for nobody. Not for a completed operation.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    assigned_operator_id: Option<Option<Uuid>>,
    /// How long it should take, in minutes.
    #[schemars(range(min = 0, max = 1_000_000))]
    estimated_time_minutes: Option<i32>,
    /// Replaces the notes; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<Option<String>>,
    /// Adds a paragraph to the existing notes. Not together with notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    append_notes: Option<String>,
    /// Change the operation only if it is in this state; otherwise the answer is a conflict that gives its current state.
    expected_status: Option<TaskStatus>,
    /// Change the operation only if its updated_at is still this; otherwise the answer is a conflict that gives the current one.
    if_updated_at: Option<DateTime<FixedOffset>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    operation: Json<Operation>,
    /// Only the fields that changed, each with its old and new value.
    changes: Json<OperationChanges>,
    /// The state of its part, before and after.
    part: Effect,
    /// The state of its job, before and after.
    job: Effect,
    /// What force overrode, what was ended, and what is left undone.
    warnings: Vec<Warning>,
}

impl Arguments {
    /// What is to be set beside state, person and notes, by the names that the statement knows.
    fn wanted(&self) -> Result<Map<String, Value>, ToolError> {
        let moment = |given: &Option<Option<Moment>>| given.as_ref().map(|date| json!(date.as_ref().map(Moment::text)));
        let wanted = given([
            ("completion_percentage", self.completion_percentage.map(Value::from)),
            ("planned_start", moment(&self.planned_start)),
            ("planned_end", moment(&self.planned_end)),
            ("estimated_time_minutes", self.estimated_time_minutes.map(Value::from)),
        ]);
        let other = self.status.is_some() || self.assigned_operator_id.is_some();
        if wanted.is_empty() && !other && self.notes.is_none() && self.append_notes.is_none() {
            return Err(nothing_to_change(
                "status, completion_percentage, planned_start, planned_end, assigned_operator_id, estimated_time_minutes, notes or \
                 append_notes",
            ));
        }
        Ok(wanted)
    }
}

impl Declaration for UpdateOperation {
    const NAME: &'static str = "update_operation";
    const TITLE: &'static str = "Change an operation";
    const DESCRIPTION: &'static str = "Changes fields of an operation: state, percentage, planned window, person, estimated minutes, notes; also reopens a completed \
        operation. Only the given fields change; null clears a field. The answer has the old and new values and the states of part and job. \
        To book time while starting, use start_operation; to move many planned windows, use batch_reschedule_operations.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[
        ("operation_id", "id"),
        ("task_id", "id"),
        ("assigned_to", "assigned_operator_id"),
        ("estimated_time", "estimated_time_minutes"),
    ];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = UPDATE_STATUS_ALIASES;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let update = OperationUpdate {
            given: Given { tool: Self::NAME, force: arguments.force, reason: arguments.reason.as_deref() },
            status: arguments.status,
            belief: Belief { status: arguments.expected_status, updated_at: arguments.if_updated_at },
            assigned: arguments.assigned_operator_id.map(|person| ("assigned_operator_id", person)),
            wanted: arguments.wanted()?,
            notes: arguments.notes.as_ref(),
            append_notes: arguments.append_notes.as_deref(),
        };
        let updated = update_operation(call, arguments.id, update)?;
        let summary = updated.changes.summary("operation");
        let output = Output {
            operation: read(call, arguments.id),
            changes: updated.changes.changes,
            part: updated.part,
            job: updated.job,
            warnings: updated.warnings,
        };
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"id": "@A/operation/P-1012-22/1", "planned_start": "2031-03-03T08:00:00+01:00", "planned_end": "2031-03-03T09:30:00+01:00",
                "assigned_operator_id": "@A/profile/lars.hansen"}"#,
        ),
        Example::new(
            r#"{"id": "@A/operation/P-1012-15/1", "completion_percentage": 60, "expected_status": "in_progress"}"#,
        ),
        Example::new(
            r#"{"id": "@A/operation/P-1031-01/1", "status": "in_progress", "reason": "Burrs found at the customer", "completion_percentage": 80}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, or it was deleted",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "nothing to change was given",
            r#"{"id": "@A/operation/P-1012-22/1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state cannot follow the current one, or something stands in its way, as for start_operation, pause_operation and complete_operation",
            r#"{"id": "@A/operation/P-1012-15/1", "status": "not_started"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the cell would be over its enforced WIP limit, without force",
            r#"{"id": "@A/operation/P-1016-03/1", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "it would be reopened without a reason",
            r#"{"id": "@A/operation/P-1031-01/1", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "a reason without status, or notes and append_notes together",
            r#"{"id": "@A/operation/P-1012-22/1", "notes": "x", "append_notes": "y"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the percentage does not fit the state",
            r#"{"id": "@A/operation/P-1012-15/1", "completion_percentage": 100}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "planned_end would not come after planned_start",
            r#"{"id": "@A/operation/P-1012-22/1", "planned_start": "2031-03-03", "planned_end": "2031-03-02"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such person",
            r#"{"id": "@A/operation/P-1012-22/1", "assigned_operator_id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the person is no longer active, or the operation is completed",
            r#"{"id": "@A/operation/P-1012-22/1", "assigned_operator_id": "@A/profile/wim.vandenberg"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "it is not in expected_status, or was changed after if_updated_at",
            r#"{"id": "@A/operation/P-1012-22/1", "notes": "x", "expected_status": "completed"}"#,
        ),
    ];
}
