//! `update_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{SUBSTEP, SubstepNeed, SubstepStatus, TaskStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::present;
use crate::tools::shared::{MAX_NOTES, NAME, check_person, check_step, given};
use crate::tools::substeps::statements::{Changes, LockedSubstep};
use crate::tools::substeps::{CheckList, MAX_SEQUENCE, Substep, lock, make_room, progress, read, update};

/// `update_substep`
pub(in crate::tools) struct UpdateSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The substep's id.
    id: Uuid,
    /// What is to be done.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    name: Option<String>,
    /// New position within the operation. If another substep has it, the substeps from there on move up by one.
    #[schemars(range(min = 1, max = MAX_SEQUENCE))]
    sequence: Option<i32>,
    /// New state: not_started, in_progress, completed or blocked. A blocked substep cannot become completed directly, and a completed one
    /// can be reopened only while its operation is not completed.
    status: Option<SubstepStatus>,
    /// The profile id of the person who did it; only with status completed. A person already recorded is kept.
    completed_by: Option<Uuid>,
    /// New notes, replacing the existing ones; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<Option<String>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    substep: Json<Substep>,
    /// The fields that changed, with old and new values.
    changes: Json<Changes>,
    /// Number of other substeps that moved up by one to make room.
    moved: usize,
    /// Progress of the operation's checklist.
    progress: Json<CheckList>,
}

impl Arguments {
    /// The fields to set, by the names that the statement knows.
    fn wanted(&self) -> Result<Value, ToolError> {
        if self.completed_by.is_some() && self.status != Some(SubstepStatus::Completed) {
            return Err(ToolError::invalid("completed_by", "completed_by requires status completed"));
        }
        let wanted = given([
            ("name", self.name.as_ref().map(|name| json!(name))),
            ("sequence", self.sequence.map(|sequence| json!(sequence))),
            ("status", self.status.map(|status| json!(status))),
            ("completed_by", self.completed_by.map(|person| json!(person))),
            ("notes", self.notes.as_ref().map(|notes| json!(notes))),
        ]);
        if wanted.is_empty() {
            let message = "nothing to change: give name, sequence, status or notes";
            return Err(ToolError::new(ToolErrorCode::InvalidArguments, message));
        }
        Ok(Value::Object(wanted))
    }
}

fn check_status(present: &LockedSubstep, to: SubstepStatus) -> Result<(), ToolError> {
    if to == present.status {
        return Ok(());
    }
    let step = check_step(&SUBSTEP, UpdateSubstep::NAME, present.status, to)?;
    if step.needs(SubstepNeed::OperationOpen) && present.operation_status == TaskStatus::Completed {
        return Err(ToolError::new(
            ToolErrorCode::InvalidState,
            "a substep of a completed operation cannot be reopened",
        )
        .hint("reopen the operation first")
        .with("from", present.status.name())
        .with("to", to.name())
        .with("operation_status", present.operation_status.name()));
    }
    Ok(())
}

impl Declaration for UpdateSubstep {
    const NAME: &'static str = "update_substep";
    const TITLE: &'static str = "Change a substep";
    const DESCRIPTION: &'static str = "Changes a substep's name, position in its operation, state or notes. Only the given fields change, null clears the notes, and \
        the answer shows old and new values. Completing a substep records when and by whom; reopening it clears both.";
    const ACCESS: Access = Access::Write;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id"), ("description", "name")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let wanted = arguments.wanted()?;
        let present = lock(call, arguments.id)?;
        check_person(call, "completed_by", arguments.completed_by)?;
        if let Some(to) = arguments.status {
            check_status(&present, to)?;
        }
        let changed = update(call, arguments.id, wanted);
        let moved = match arguments.sequence {
            Some(sequence) if changed.names.iter().any(|name| name == "sequence") => {
                make_room(call, present.operation, sequence, arguments.id)
            }
            _ => 0,
        };
        let summary = match &changed.names[..] {
            [] => "Nothing changed: the substep already has these values.".to_owned(),
            names => format!("Changed the substep's {}; other substeps moved: {moved}.", names.join(", ")),
        };
        let (substep, progress) = (read(call, arguments.id), progress(call, present.operation));
        Ok(Answer::new(summary, &Output { substep, changes: changed.changes, moved, progress }))
    }

    const EXAMPLES: &'static [Example] = &[Example::new(
        r#"{"id": "@A/substep/P-1012-03/1/4", "status": "in_progress", "notes": "Second shift goes on"}"#,
    )];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the substep or person does not exist",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state table does not allow the step",
            r#"{"id": "@A/substep/P-1012-03/1/3", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "no field to change is given",
            r#"{"id": "@A/substep/P-1012-03/1/4"}"#,
        ),
    ];
}
