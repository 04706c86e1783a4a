//! `delete_substep`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{CheckList, Substep, lock, progress, read};
use crate::core::states::SubstepStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;

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

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, refused};
    use crate::tools::substeps::tests::{sequences, step};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn a_substep_is_deleted_for_good_and_a_completed_one_only_by_force() {
        demo();
        let gone = call("B", "delete_substep", &json!({"id": step(2)}));
        assert_eq!((&gone["deleted"]["id"], &gone["deleted"]["name"]), (&step(2), &json!("First article")));
        assert_eq!(gone["progress"], json!({"total": 2, "completed": 1, "blocked": 0}));
        assert_eq!(refused("B", "delete_substep", &json!({"id": step(2)}))["code"], "not_found");
        let completed = refused("B", "delete_substep", &json!({"id": step(1)}));
        assert_eq!((&completed["code"], &completed["status"]), (&json!("invalid_state"), &json!("completed")));
        assert_eq!(refused("A", "delete_substep", &json!({"id": step(1), "force": true}))["code"], "not_found");
        assert_eq!(sequences(), json!([["Touch off tools", 1], ["Deburr", 3]]));
        let forced = call("B", "delete_substep", &json!({"id": step(1), "force": true}));
        assert_eq!(forced["deleted"]["status"], "completed");
        assert_eq!(sequences(), json!([["Deburr", 3]]));
    }
}
