//! Changing fields of an operation, its state among them: what `update_operation` and `update_task` share.

use std::sync::LazyLock;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::core::states::{OPERATION, TaskStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::run::values::as_instant;
use crate::sql_args;
use crate::tools::lifecycle::fields::{self, Belief};
use crate::tools::lifecycle::{Effect, Given, Locked, Warning, WarningKind, begin, complete_one, note, pause, step};
use crate::tools::shared::check_person;

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

/// What came of it.
#[derive(Debug)]
pub(in crate::tools) struct UpdatedOperation {
    /// Each value that is another one now, as `{old, new}`.
    pub(in crate::tools) changes: Map<String, Value>,
    /// What became of the part.
    pub(in crate::tools) part: Effect,
    /// What became of the job.
    pub(in crate::tools) job: Effect,
    /// What was overridden or ended, and what is left undone.
    pub(in crate::tools) warnings: Vec<Warning>,
}

/// Changes an operation. A state goes through the same steps as with the tools for it.
///
/// # Errors
/// `not_found`, `conflict`, `invalid_state`, `invalid_arguments`, `limit_exceeded`.
pub(in crate::tools) fn update_operation(
    call: &Call,
    id: Uuid,
    update: OperationUpdate<'_>,
) -> Result<UpdatedOperation, ToolError> {
    static UPDATE: LazyLock<String> = LazyLock::new(|| with_instants(include_str!("update_operation.sql")));
    const READ: &str = include_str!("operation_fields.sql");

    let OperationUpdate { given, status, belief, assigned, mut wanted, notes, append_notes } = update;
    if given.reason.is_some() && status.is_none() {
        return Err(ToolError::invalid("reason", "reason needs status"));
    }
    let locked = Locked::operations(call, &[id]);
    let operation = locked.operation(id)?;
    let (from, part) = (operation.status, operation.part);
    belief.check(call, &OPERATION, id, from)?;
    let before = fields::read(call, READ, id);
    let to = status.unwrap_or(from);
    if let Some((field, person)) = assigned {
        check_person(call, field, person)?;
        check_assignable(before.as_deref(), person, field, [from, to])?;
        wanted.insert("assigned_operator_id".to_owned(), person.map(|id| id.to_string()).into());
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
    if let Some((field, text)) = fields::notes(notes, append_notes, note.as_deref())? {
        wanted.insert(field.to_owned(), text);
    }
    let changes = fields::write(call, (READ, &UPDATE), id, before, wanted)?;
    let (part, job) = effects;
    Ok(UpdatedOperation { changes, part, job, warnings })
}

fn with_instants(sql: &str) -> String {
    ["planned_start", "planned_end"].iter().fold(sql.to_owned(), |sql, field| {
        sql.replace(&format!("{{{{{field}}}}}"), &as_instant(&format!("($3::jsonb ->> '{field}')")))
    })
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
        // Only the end of a Yellow Card leads there.
        TaskStatus::NotStarted => {
            step(&OPERATION, given, from, to)?;
            unreachable!("no tool sets an operation to not_started")
        }
    }
}

/// Who did a completed operation is a record and stays; one that is reopened can get somebody else.
fn check_assignable(
    before: Option<&str>,
    person: Option<Uuid>,
    field: &str,
    states: [TaskStatus; 2],
) -> Result<(), ToolError> {
    if fields::is(before, "assigned_operator_id", person) || states != [TaskStatus::Completed; 2] {
        return Ok(());
    }
    Err(ToolError::new(ToolErrorCode::InvalidState, "a completed operation cannot be given to somebody else")
        .hint("reopen it with status in_progress and a reason, if there is work left")
        .with("field", field)
        .with("status", TaskStatus::Completed.name()))
}

/// 100 percent are completed, and nothing else; what was not started has done nothing.
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
        .hint("100 needs status completed, and what is between 0 and 100 an operation that was started")
        .with("field", "completion_percentage")
        .with("status", status.name()))
}

fn check_window(call: &Call, id: Uuid, wanted: &Map<String, Value>) -> Result<(), ToolError> {
    static WINDOW: LazyLock<String> = LazyLock::new(|| with_instants(include_str!("planned_window.sql")));
    if !wanted.contains_key("planned_start") && !wanted.contains_key("planned_end") {
        return Ok(());
    }
    let wanted = Value::Object(wanted.clone()).to_string();
    let args = sql_args![uuid(call.tenant), uuid(id), wanted.as_str()];
    match query::write(&WINDOW, args, |rows| rows.first().get_one::<bool>()) {
        Some(false) => Err(ToolError::invalid("planned_end", "planned_end must come after planned_start")
            .hint("give both, or null for the one that is not known any more")),
        _ => Ok(()),
    }
}
