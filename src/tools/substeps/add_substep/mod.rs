//! `add_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::shared::{MAX_NOTES, NAME};
use crate::tools::substeps::{CheckList, MAX_SEQUENCE, Substep, lock_operation, make_room, progress, read};

/// `add_substep`
pub(in crate::tools) struct AddSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The id of the operation that it belongs to.
    operation_id: Uuid,
    /// What is to be done.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    name: String,
    /// Free text.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// Its number in the operation. When the number is taken, the substeps from there on move up by one. Without a number and a
    /// neighbour the new substep is the last.
    #[schemars(range(min = 1, max = MAX_SEQUENCE))]
    sequence: Option<i32>,
    /// Instead of sequence: put it right before the substep of the operation with this id.
    before_substep_id: Option<Uuid>,
    /// Instead of sequence: put it right after the substep of the operation with this id.
    after_substep_id: Option<Uuid>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    substep: Substep,
    /// How many other substeps moved up by one to make room.
    moved: usize,
    /// Of the operation's substeps, the new one included.
    progress: CheckList,
}

impl Arguments {
    /// The number that it is to have, when the caller says where. The operation is locked, so that the neighbour's
    /// number stays; a statement that may write sees the number as it is behind the lock.
    fn place(&self, call: &Call) -> Result<Option<i32>, ToolError> {
        let (neighbour, offset, field) = match (self.sequence, self.before_substep_id, self.after_substep_id) {
            (sequence, None, None) => return Ok(sequence),
            (None, Some(before), None) => (before, 0, "before_substep_id"),
            (None, None, Some(after)) => (after, 1, "after_substep_id"),
            (_, before, _) => {
                let field = if before.is_some() { "before_substep_id" } else { "after_substep_id" };
                let message = "give one of sequence, before_substep_id and after_substep_id";
                return Err(ToolError::invalid(field, message));
            }
        };
        let args = sql_args![uuid(call.tenant), uuid(self.operation_id), uuid(neighbour)];
        query::write(include_str!("sequence_of.sql"), args, |rows| {
            if rows.is_empty() { Ok(None) } else { rows.first().get_one::<i32>() }
        })
        .map(|sequence| Some(sequence.saturating_add(offset)))
        .ok_or_else(|| {
            ToolError::not_found("substep", &neighbour)
                .hint("fetch_substeps lists the operation's substeps")
                .with("field", field)
        })
    }
}

impl Declaration for AddSubstep {
    const NAME: &'static str = "add_substep";
    const TITLE: &'static str = "Add a substep";
    const DESCRIPTION: &'static str = "Adds a substep (an item of the check list) to an operation, not started, at the end, at a given number, or right before or \
        after another substep. An operation that is completed is refused with invalid_state. Calling it twice adds two.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[
        ("task_id", "operation_id"),
        ("description", "name"),
        ("before", "before_substep_id"),
        ("after", "after_substep_id"),
    ];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"operation_id": "@A/operation/P-1012-03/1", "name": "Check flatness", "sequence": 2}"#),
        Example::new(
            r#"{"operation_id": "@A/operation/P-1012-03/1", "name": "Let it cool", "after_substep_id": "@A/substep/P-1012-03/1/4"}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, it was deleted, or it has no such substep",
            r#"{"operation_id": "@nothing", "name": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "more than one of sequence, before_substep_id and after_substep_id is given",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "name": "x", "sequence": 1, "before_substep_id": "@A/substep/P-1012-03/1/4"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the operation is completed",
            r#"{"operation_id": "@A/operation/P-1012-19/1", "name": "x"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let operation = arguments.operation_id;
        let status = lock_operation(call, operation)?;
        if status == TaskStatus::Completed {
            return Err(ToolError::new(ToolErrorCode::InvalidState, "the operation is completed")
                .hint("reopen the operation, or add the substep to one that is not completed")
                .with("status", status.name()));
        }
        let id = Uuid::new_v4();
        let sequence = arguments.place(call)?;
        let moved = sequence.map_or(0, |sequence| make_room(call, operation, sequence, id));
        let args = sql_args![
            uuid(call.tenant),
            uuid(id),
            uuid(operation),
            arguments.name.as_str(),
            arguments.notes.as_deref(),
            sequence,
        ];
        let sequence = query::write(include_str!("insert.sql"), args, |rows| rows.first().get_one::<i32>());
        let summary = format!("Added the substep as number {}; others moved: {moved}.", sequence.unwrap_or_default());
        let progress = progress(call, operation);
        let body =
            format!(r#"{{"substep":{},"moved":{moved},"progress":{}}}"#, read(call, id), serde_json::json!(progress));
        Ok(Answer::from_sql(summary, body))
    }
}
