//! `delete_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::core::states::SubstepStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::substeps::{CheckList, Substep, lock, progress, read};

/// `delete_substep`
pub(in crate::tools) struct DeleteSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The substep's id.
    id: Uuid,
    /// true: delete it although it is completed.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    /// The substep as it last was.
    deleted: Substep,
    /// Of the operation's remaining substeps.
    progress: CheckList,
}

impl Declaration for DeleteSubstep {
    const NAME: &'static str = "delete_substep";
    const TITLE: &'static str = "Delete a substep";
    const DESCRIPTION: &'static str = "Deletes a substep for good and answers with what it was. The others keep their numbers. A completed substep is a record of \
        work and is refused with invalid_state unless force is true.";
    const ACCESS: Access = Access::Destructive;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id")];
    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"id": "@A/substep/P-1012-03/1/4"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such substep", r#"{"id": "@nothing"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the substep is completed and force is not true",
            r#"{"id": "@A/substep/P-1012-03/1/1"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let present = lock(call, arguments.id)?;
        if present.status == SubstepStatus::Completed && !arguments.force {
            return Err(ToolError::new(ToolErrorCode::InvalidState, "the substep is completed")
                .hint("with force: true it is deleted all the same")
                .with("status", present.status.name()));
        }
        let deleted = read(call, arguments.id);
        query::write(include_str!("delete.sql"), sql_args![uuid(call.tenant), uuid(arguments.id)], |_| Ok(()));
        let progress = progress(call, present.operation);
        let summary = format!("Deleted the substep, which was {}.", present.status.name());
        Ok(Answer::from_sql(summary, format!(r#"{{"deleted":{deleted},"progress":{}}}"#, json!(progress))))
    }
}
