//! `update_substep`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::{SUBSTEP, SubstepNeed, SubstepStatus, TaskStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::present;
use crate::tools::shared::{Change, MAX_NOTES, NAME, check_person, check_step};
use crate::tools::substeps::{CheckList, MAX_SEQUENCE, Present, Substep, lock, make_room, progress, read, update};

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
    /// Its new place in the operation. When another substep has the number, the others from there on move up by one.
    #[schemars(range(min = 1, max = MAX_SEQUENCE))]
    sequence: Option<i32>,
    /// The new state: not_started, in_progress, completed or blocked. A blocked substep cannot become completed at once, and a completed
    /// one is reopened only while its operation is not completed.
    status: Option<SubstepStatus>,
    /// The profile id of the person who did it; only together with status completed. One who was noted before stays.
    completed_by: Option<Uuid>,
    /// Replaces the notes; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<Option<String>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    substep: Substep,
    /// What is different now, and only that.
    changes: Changes,
    /// How many other substeps moved up by one to make room.
    moved: usize,
    /// Of the operation's substeps.
    progress: CheckList,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Change<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Change<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<SubstepStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<Option<String>>>,
}

impl Arguments {
    /// What is to be set, by the names that the statement knows.
    fn wanted(&self) -> Result<Value, ToolError> {
        if self.completed_by.is_some() && self.status != Some(SubstepStatus::Completed) {
            return Err(ToolError::invalid("completed_by", "completed_by needs status completed"));
        }
        let given = [
            ("name", self.name.as_ref().map(|name| json!(name))),
            ("sequence", self.sequence.map(|sequence| json!(sequence))),
            ("status", self.status.map(|status| json!(status))),
            ("completed_by", self.completed_by.map(|person| json!(person))),
            ("notes", self.notes.as_ref().map(|notes| json!(notes))),
        ];
        let wanted: Map<_, _> = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if wanted.is_empty() {
            let fields = "name, sequence, status or notes";
            return Err(ToolError::new(ToolErrorCode::InvalidArguments, format!("nothing to change: give {fields}")));
        }
        Ok(Value::Object(wanted))
    }
}

fn check_status(present: &Present, to: SubstepStatus) -> Result<(), ToolError> {
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
    const DESCRIPTION: &'static str = "Changes fields of a substep: name, place in its operation, state, notes. Only the given fields change, null clears the \
        notes, and the answer tells old and new values. Completing notes when and by whom, leaving completed forgets it.";
    const ACCESS: Access = Access::Write;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id"), ("description", "name")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started")];
    const EXAMPLES: &'static [Example] = &[Example::new(
        r#"{"id": "@A/substep/P-1012-03/1/4", "status": "in_progress", "notes": "Second shift goes on"}"#,
    )];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such substep or person",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state table has no such step",
            r#"{"id": "@A/substep/P-1012-03/1/3", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "nothing is to be changed",
            r#"{"id": "@A/substep/P-1012-03/1/4"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let wanted = arguments.wanted()?;
        let present = lock(call, arguments.id)?;
        check_person(call, "completed_by", arguments.completed_by)?;
        if let Some(to) = arguments.status {
            check_status(&present, to)?;
        }
        let changes = update(call, arguments.id, &wanted);
        let moved = match arguments.sequence {
            Some(sequence) if changes.contains_key("sequence") => {
                make_room(call, present.operation, sequence, arguments.id)
            }
            _ => 0,
        };
        let summary = match changes.len() {
            0 => "Nothing changed: the substep is already like that.".to_owned(),
            _ => format!(
                "Changed the substep's {}; others moved: {moved}.",
                changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            ),
        };
        let progress = progress(call, present.operation);
        let body = format!(
            r#"{{"substep":{},"changes":{},"moved":{moved},"progress":{}}}"#,
            read(call, arguments.id),
            Value::Object(changes),
            json!(progress)
        );
        Ok(Answer::from_sql(summary, body))
    }
}
