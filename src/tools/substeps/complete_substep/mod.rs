//! `complete_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::core::json::Json;
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
    substep: Json<Substep>,
    /// The state before this call; completed if nothing changed.
    previous_status: SubstepStatus,
    /// Progress of the operation's checklist.
    progress: Json<CheckList>,
    /// Whether all substeps of the operation are now completed.
    all_completed: bool,
}

impl Declaration for CompleteSubstep {
    const NAME: &'static str = "complete_substep";
    const TITLE: &'static str = "Complete a substep";
    const DESCRIPTION: &'static str = "Marks a substep that is not_started or in_progress as completed, records when and by whom, and reports whether all substeps of \
        its operation are completed; the operation itself does not change. A substep that is already completed keeps its original time and \
        person. A blocked substep is refused with invalid_state; unblock it first with update_substep.";
    const ACCESS: Access = Access::Write;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { id, completed_by } = arguments;
        let present = lock(call, id)?;
        check_person(call, "completed_by", completed_by)?;
        let repeated = present.status == SubstepStatus::Completed;
        if !repeated {
            check_step(&SUBSTEP, Self::NAME, present.status, SubstepStatus::Completed)?;
            update(call, id, json!({"status": "completed", "completed_by": completed_by}));
        }
        let (substep, progress) = (read(call, id), progress(call, present.operation));
        let (completed, total) = (progress.completed, progress.total);
        let outcome = if repeated { "The substep was already completed" } else { "Completed the substep" };
        let summary = format!("{outcome}; {completed} of {total} substeps of the operation are completed.");
        let all_completed = completed == total;
        Ok(Answer::new(summary, &Output { substep, previous_status: present.status, progress, all_completed }))
    }

    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"id": "@A/substep/P-1012-03/1/4", "completed_by": "@A/profile/jan.smit"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the substep or person does not exist", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidState, "the substep is blocked", r#"{"id": "@A/substep/P-1012-03/1/3"}"#),
    ];
}
