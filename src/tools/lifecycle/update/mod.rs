//! Changing fields of an operation, its state among them: what `update_operation` and `update_task` share.

use chrono::{DateTime, FixedOffset};
use pgrx::JsonB;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::{OPERATION, TaskStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Fill, Rules};
use crate::run::tool::Call;
use crate::tools::lifecycle::fields::{Belief, Changed, FIELD_RULES, Fields, Values, want_notes};
use crate::tools::lifecycle::{Effect, Given, Locked, Warning, WarningKind, begin, complete_one, note, pause};
use crate::tools::shared::{Change, RULES, check_person, not_listed};
use crate::{instant, sql_args, statement};

/// What is to become of an operation.
#[derive(Debug)]
pub(in crate::tools) struct OperationUpdate<'a> {
    /// The tool, and what was given for a step.
    pub(in crate::tools) given: Given<'a>,
    /// The new state.
    pub(in crate::tools) status: Option<TaskStatus>,
    /// What the caller believes that it is.
    pub(in crate::tools) belief: Belief<TaskStatus>,
    /// Who is to do it, and the argument that says so; null for nobody.
    pub(in crate::tools) assigned: Option<(&'static str, Option<Uuid>)>,
    /// Other fields by the names that the statement knows.
    pub(in crate::tools) wanted: Map<String, Value>,
    /// In place of the notes that are there.
    pub(in crate::tools) notes: Option<&'a Option<String>>,
    /// Behind the notes that are there.
    pub(in crate::tools) append_notes: Option<&'a str>,
}

// Without a doc comment, which would stand in the published schema.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct OperationChanges {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::tools) status: Option<Change<TaskStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_percentage: Option<Change<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::tools) assigned_operator_id: Option<Change<Option<Uuid>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_start: Option<Change<Option<DateTime<FixedOffset>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_end: Option<Change<Option<DateTime<FixedOffset>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_time_minutes: Option<Change<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<Option<String>>>,
}

/// What came of it.
#[derive(Debug)]
pub(in crate::tools) struct UpdatedOperation {
    /// What is different now.
    pub(in crate::tools) changes: Changed<OperationChanges>,
    /// What became of the part.
    pub(in crate::tools) part: Effect,
    /// What became of the job.
    pub(in crate::tools) job: Effect,
    /// What was overridden or ended, and what is left undone.
    pub(in crate::tools) warnings: Vec<Warning>,
}

const WINDOW: &Rules = &[
    ("planned_start", Fill::Text(instant!("($3 ->> 'planned_start')"))),
    ("planned_end", Fill::Text(instant!("($3 ->> 'planned_end')"))),
];

statement! {
    static READ = include_str!("read.sql"); [Uuid, Uuid];

    static WRITE = include_str!("write.sql"); [Uuid, Uuid, Jsonb] => rules(&[RULES, FIELD_RULES, WINDOW]);

    static ENDS_AFTER_START = include_str!("planned_window.sql"); [Uuid, Uuid, Jsonb] => rules(&[RULES, WINDOW]);
}

static FIELDS: Fields = Fields { read: &READ, write: &WRITE };

/// Changes an operation. A state goes through the same steps as with the tools for it.
///
/// # Errors
/// `not_found`, `conflict`, `invalid_state`, `invalid_arguments`, `limit_exceeded`.
pub(in crate::tools) fn update_operation(
    call: &Call,
    id: Uuid,
    update: OperationUpdate<'_>,
) -> Result<UpdatedOperation, ToolError> {
    let OperationUpdate { given, status, belief, assigned, mut wanted, notes, append_notes } = update;
    if given.reason.is_some() && status.is_none() {
        return Err(ToolError::invalid("reason", "reason requires status"));
    }
    let locked = Locked::operations(call, &[id]);
    let operation = locked.operation(id)?;
    let (from, part) = (operation.status, operation.part);
    belief.check(call, &OPERATION, id, from)?;
    let before = FIELDS.read(call, id);
    let to = status.unwrap_or(from);
    if let Some((field, person)) = assigned {
        check_person(call, field, person)?;
        check_assignable(&before, person, field, [from, to])?;
        wanted.insert("assigned_operator_id".to_owned(), json!(person));
    }
    check_percentage(&wanted, to)?;
    check_window(call, id, &wanted)?;
    let job = locked.part(part)?.job;
    let (effects, warnings) = if from == to {
        ((locked.part_effect(part), locked.job_effect(job)), Vec::new())
    } else {
        set_status(call, locked, id, to, &given)?
    };
    let note = (from != to).then(|| note(from, to, given.reason)).flatten();
    want_notes(&mut wanted, notes, append_notes, note.as_deref())?;
    let changes = FIELDS.write(call, id, &before, wanted)?;
    let (part, job) = effects;
    Ok(UpdatedOperation { changes, part, job, warnings })
}

type Effects = (Effect, Effect);

/// Takes the step to another state, with all that follows from it, but without a note.
fn set_status(
    call: &Call,
    mut locked: Locked,
    id: Uuid,
    to: TaskStatus,
    given: &Given<'_>,
) -> Result<(Effects, Vec<Warning>), ToolError> {
    let operation = locked.operation(id)?;
    let (from, part) = (operation.status, operation.part);
    match to {
        TaskStatus::InProgress => {
            let begun = begin(call, &mut locked, id, given, None, None)?;
            Ok(((begun.part, begun.job), begun.warnings))
        }
        TaskStatus::Completed => {
            let done = complete_one(call, locked, id, given, None)?;
            Ok(((done.part, done.job), done.warnings))
        }
        TaskStatus::OnHold => {
            let ended = pause(call, &mut locked, id, given, None)?.ended_time_entries;
            let ended = i64::try_from(ended).unwrap_or(i64::MAX);
            let warning = Warning::of(WarningKind::EndedTimeEntries, ended, "running time entries were ended");
            let job = locked.part(part)?.job;
            Ok(((locked.part_effect(part), locked.job_effect(job)), warning.into_iter().collect()))
        }
        // Only the end of a Yellow Card leads there, which is an event and no tool's step.
        TaskStatus::NotStarted => Err(not_listed(&OPERATION, given.tool, from, to)),
    }
}

/// Who did a completed operation is a record and stays; one that is reopened can get somebody else.
fn check_assignable(
    before: &Values,
    person: Option<Uuid>,
    field: &str,
    states: [TaskStatus; 2],
) -> Result<(), ToolError> {
    if before.holds("assigned_operator_id", person) || states != [TaskStatus::Completed; 2] {
        return Ok(());
    }
    Err(ToolError::new(ToolErrorCode::InvalidState, "a completed operation cannot be assigned to somebody else")
        .hint("if there is work left, reopen it with status in_progress and a reason")
        .with("field", field)
        .with("status", TaskStatus::Completed.name()))
}

/// 100 percent means completed and the reverse; what was not started has done nothing.
fn check_percentage(wanted: &Map<String, Value>, status: TaskStatus) -> Result<(), ToolError> {
    let Some(percentage) = wanted.get("completion_percentage").and_then(Value::as_i64) else { return Ok(()) };
    let fits = match status {
        TaskStatus::Completed => percentage == 100,
        TaskStatus::NotStarted => percentage == 0,
        TaskStatus::InProgress | TaskStatus::OnHold => percentage < 100,
    };
    if fits {
        return Ok(());
    }
    let message = format!("an operation that is {} cannot be {percentage} percent done", status.name());
    Err(ToolError::new(ToolErrorCode::InvalidState, message)
        .hint("100 requires status completed; 1–99 require a started operation")
        .with("field", "completion_percentage")
        .with("status", status.name()))
}

fn check_window(call: &Call, id: Uuid, wanted: &Map<String, Value>) -> Result<(), ToolError> {
    if !wanted.contains_key("planned_start") && !wanted.contains_key("planned_end") {
        return Ok(());
    }
    match call.value::<bool>(&ENDS_AFTER_START, sql_args![id, JsonB(Value::Object(wanted.clone()))]) {
        Some(false) => Err(ToolError::invalid("planned_end", "planned_end must come after planned_start")
            .hint("give both, or null for one that is no longer known")),
        _ => Ok(()),
    }
}
