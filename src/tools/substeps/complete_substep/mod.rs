//! `complete_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::core::states::{SUBSTEP, SubstepStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::{check_person, check_step};
use crate::tools::substeps::{CheckList, Substep, lock, progress, read, update};

/// `complete_substep`
pub(in crate::tools) struct CompleteSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The substep's id.
    id: Uuid,
    /// The profile id of the person who did it.
    completed_by: Option<Uuid>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    substep: Substep,
    /// The state it was in before; completed when nothing changed.
    previous_status: SubstepStatus,
    /// Of the operation's substeps.
    progress: CheckList,
    /// Whether all substeps of the operation are completed now.
    all_completed: bool,
}

impl Declaration for CompleteSubstep {
    const NAME: &'static str = "complete_substep";
    const TITLE: &'static str = "Complete a substep";
    const DESCRIPTION: &'static str = "Sets a substep that is not_started or in_progress to completed, notes when and by whom, and tells whether all substeps of \
        its operation are completed; the operation itself stays as it is. One that is completed already stays as it is, with the time and \
        person of the first time. One that is blocked is refused with invalid_state: first unblock it with update_substep.";
    const ACCESS: Access = Access::Write;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id")];
    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"id": "@A/substep/P-1012-03/1/4", "completed_by": "@A/profile/jan.smit"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such substep or person", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidState, "the substep is blocked", r#"{"id": "@A/substep/P-1012-03/1/3"}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { id, completed_by } = arguments;
        let present = lock(call, id)?;
        check_person(call, "completed_by", completed_by)?;
        let repeated = present.status == SubstepStatus::Completed;
        if !repeated {
            check_step(&SUBSTEP, Self::NAME, present.status, SubstepStatus::Completed)?;
            update(call, id, &json!({"status": "completed", "completed_by": completed_by}));
        }
        let progress = progress(call, present.operation);
        let (done, of) = (progress.completed, progress.total);
        let begin = if repeated { "The substep was completed before" } else { "Completed the substep" };
        let body = format!(
            r#"{{"substep":{},"previous_status":"{}","progress":{},"all_completed":{}}}"#,
            read(call, id),
            present.status.name(),
            json!(progress),
            done == of
        );
        Ok(Answer::from_sql(format!("{begin}; {done} of {of} substeps of the operation are completed."), body))
    }
}
