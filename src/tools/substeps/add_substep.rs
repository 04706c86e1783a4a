//! `add_substep`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CheckList, MAX_SEQUENCE, Substep, lock_operation, make_room, progress, read};
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::common::{MAX_NOTES, NAME};

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
    /// Its place in the operation: to put it before a substep, that substep's number. When the number is taken, the substeps from there
    /// on move up by one. Without it the new substep is the last.
    #[schemars(range(min = 1, max = MAX_SEQUENCE))]
    sequence: Option<i32>,
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

impl Declaration for AddSubstep {
    const NAME: &'static str = "add_substep";
    const TITLE: &'static str = "Add a substep";
    const DESCRIPTION: &'static str = "Adds a substep (an item of the check list) to an operation, not started, at the end or at a given place. An operation that \
        is completed is refused with invalid_state. Calling it twice adds two.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("task_id", "operation_id"), ("description", "name")];
    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"operation_id": "@A/operation/P-1012-03/1", "name": "Check flatness", "sequence": 2}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, or it was deleted",
            r#"{"operation_id": "@nothing", "name": "x"}"#,
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
        let moved = arguments.sequence.map_or(0, |sequence| make_room(call, operation, sequence, id));
        let args = sql_args![
            uuid(call.tenant),
            uuid(id),
            uuid(operation),
            arguments.name.as_str(),
            arguments.notes.as_deref(),
            arguments.sequence,
        ];
        let sequence = query::write(include_str!("insert.sql"), args, |rows| rows.first().get_one::<i32>());
        let summary = format!("Added the substep as number {}; others moved: {moved}.", sequence.unwrap_or_default());
        let progress = progress(call, operation);
        let body =
            format!(r#"{{"substep":{},"moved":{moved},"progress":{}}}"#, read(call, id), serde_json::json!(progress));
        Ok(Answer::from_sql(summary, body))
    }
}
