//! Pausing an operation.

use uuid::Uuid;

use crate::core::states::{OPERATION, TaskStatus};
use crate::error::ToolError;
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::tools::lifecycle::time_entries::{self, BOOKED};
use crate::tools::lifecycle::{Given, Locked, NOTED, check_room, step};
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

statement! {
    static PAUSE = include_str!("pause.sql"); [Uuid, Uuid, Bool, Text]
        => rules(&[RULES, BOOKED, NOTED]), fills(&[("paragraph", Fill::Text("$4"))]);
}

/// What came of it.
#[derive(Debug)]
pub(in crate::tools) struct Paused {
    /// The state before.
    pub(in crate::tools) previous: TaskStatus,
    /// How many time entries were ended.
    pub(in crate::tools) ended_time_entries: usize,
}

/// Sets a locked operation to `on_hold` and ends the time that is booked on it. Part and job go on.
///
/// # Errors
/// `not_found`, `invalid_state`, `limit_exceeded` for notes that become too long.
pub(in crate::tools) fn pause(
    call: &Call,
    locked: &mut Locked,
    id: Uuid,
    given: &Given<'_>,
    note: Option<&str>,
) -> Result<Paused, ToolError> {
    let operation = locked.operation(id)?;
    let previous = operation.status;
    step(&OPERATION, given, previous, TaskStatus::OnHold)?;
    check_room(operation.notes_chars, note)?;
    let ended_time_entries = time_entries::end(call, &[id]).len();
    call.execute(&PAUSE, sql_args![id, ended_time_entries > 0, note]);
    if let Some(operation) = locked.operations.get_mut(&id) {
        operation.status = TaskStatus::OnHold;
    }
    Ok(Paused { previous, ended_time_entries })
}
