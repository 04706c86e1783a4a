//! `delete_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::SubstepStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::substeps::{CheckList, Substep, lock, progress, read};
use crate::{sql_args, statement};

/// `delete_substep`
pub(in crate::tools) struct DeleteSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The substep's id.
    id: Uuid,
    /// true: delete it even if it is completed.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    /// The substep as it was before deletion.
    deleted: Json<Substep>,
    /// Progress of the operation's remaining substeps.
    progress: Json<CheckList>,
}

statement! {
    static DELETE = include_str!("delete.sql"); [Uuid, Uuid];
}

impl Declaration for DeleteSubstep {
    const NAME: &'static str = "delete_substep";
    const TITLE: &'static str = "Delete a substep";
    const DESCRIPTION: &'static str = "Permanently deletes a substep and returns it as it was. The other substeps keep their numbers. A completed substep is a record of \
        work, so deleting it is refused with invalid_state unless force is true.";
    const ACCESS: Access = Access::Destructive;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let present = lock(call, arguments.id)?;
        if present.status == SubstepStatus::Completed && !arguments.force {
            return Err(ToolError::new(ToolErrorCode::InvalidState, "the substep is completed")
                .hint("set force: true to delete it anyway")
                .with("status", present.status.name()));
        }
        let deleted = read(call, arguments.id);
        call.execute(&DELETE, sql_args![arguments.id]);
        let progress = progress(call, present.operation);
        let summary = format!("Deleted the substep, which was {}.", present.status.name());
        Ok(Answer::new(summary, &Output { deleted, progress }))
    }

    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"id": "@A/substep/P-1012-03/1/4"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the substep does not exist", r#"{"id": "@nothing"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the substep is completed and force is not true",
            r#"{"id": "@A/substep/P-1012-03/1/1"}"#,
        ),
    ];
}
