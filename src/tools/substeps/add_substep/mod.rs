//! `add_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::{MAX_NOTES, NAME};
use crate::tools::substeps::{CheckList, MAX_SEQUENCE, Substep, lock_operation, make_room, progress, read};
use crate::{sql_args, statement};

/// `add_substep`
pub(in crate::tools) struct AddSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The id of the operation to add it to.
    operation_id: Uuid,
    /// What is to be done.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    name: String,
    /// Free text.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// Position within the operation. If it is taken, the substeps from there on move up by one. Without sequence, before_substep_id and
    /// after_substep_id, the new substep goes last.
    #[schemars(range(min = 1, max = MAX_SEQUENCE))]
    sequence: Option<i32>,
    /// Instead of sequence: insert it right before this substep of the operation.
    before_substep_id: Option<Uuid>,
    /// Instead of sequence: insert it right after this substep of the operation.
    after_substep_id: Option<Uuid>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    substep: Json<Substep>,
    /// Number of other substeps that moved up by one to make room.
    moved: usize,
    /// Progress of the operation's checklist, including the new substep.
    progress: Json<CheckList>,
}

statement! {
    static SEQUENCE_OF = include_str!("sequence_of.sql"); [Uuid, Uuid, Uuid];

    static INSERT = include_str!("insert.sql"); [Uuid, Uuid, Uuid, Text, Text, Int4];
}

impl Arguments {
    /// The number that the caller asks for, if any. The operation is locked, so the neighbour's number cannot change meanwhile.
    fn wanted_sequence(&self, call: &Call) -> Result<Option<i32>, ToolError> {
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
        let sequence = call.value::<i32>(&SEQUENCE_OF, sql_args![self.operation_id, neighbour]);
        sequence.map(|sequence| Some(sequence.saturating_add(offset))).ok_or_else(|| {
            ToolError::not_found("substep", &neighbour)
                .hint("fetch_substeps lists the operation's substeps")
                .with("field", field)
        })
    }
}

impl Declaration for AddSubstep {
    const NAME: &'static str = "add_substep";
    const TITLE: &'static str = "Add a substep";
    const DESCRIPTION: &'static str = "Adds a substep (an item on the checklist) to an operation: at the end, at a given position, or right before or after another \
        substep. The new substep is not_started. A completed operation is refused with invalid_state. Calling it twice adds two substeps.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[
        ("task_id", "operation_id"),
        ("description", "name"),
        ("before", "before_substep_id"),
        ("after", "after_substep_id"),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let operation = arguments.operation_id;
        let status = lock_operation(call, operation)?;
        if status == TaskStatus::Completed {
            return Err(ToolError::new(ToolErrorCode::InvalidState, "the operation is completed")
                .hint("reopen the operation, or add the substep to an operation that is not completed")
                .with("status", status.name()));
        }
        let id = Uuid::new_v4();
        let sequence = arguments.wanted_sequence(call)?;
        let moved = sequence.map_or(0, |sequence| make_room(call, operation, sequence, id));
        let args = sql_args![id, operation, arguments.name.as_str(), arguments.notes.as_deref(), sequence];
        let sequence = call.value::<i32>(&INSERT, args).expect("the statement gives the new number");
        let summary = format!("Added the substep as number {sequence}; other substeps moved: {moved}.");
        let (substep, progress) = (read(call, id), progress(call, operation));
        Ok(Answer::new(summary, &Output { substep, moved, progress }))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"operation_id": "@A/operation/P-1012-03/1", "name": "Check flatness", "sequence": 2}"#),
        Example::new(
            r#"{"operation_id": "@A/operation/P-1012-03/1", "name": "Let it cool", "after_substep_id": "@A/substep/P-1012-03/1/4"}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the operation does not exist or was deleted, or it has no such substep",
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
}
