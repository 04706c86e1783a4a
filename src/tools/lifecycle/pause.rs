//! Pausing an operation.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::core::states::{OPERATION, TaskStatus};
use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::entries::{self, BOOKED};
use crate::tools::lifecycle::{Given, Locked, check_room, step};

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
    static PAUSE: LazyLock<String> =
        LazyLock::new(|| include_str!("pause.sql").replace("{{booked}}", BOOKED.trim_end()));

    let operation = locked.operation(id)?;
    let previous = operation.status;
    step(&OPERATION, given, previous, TaskStatus::OnHold)?;
    check_room(operation.notes_chars, note)?;
    let ended_time_entries = entries::end(call, &[id]).len();
    query::write(&PAUSE, sql_args![uuid(call.tenant), uuid(id), ended_time_entries > 0, note], |_| Ok(()));
    if let Some(operation) = locked.operations.get_mut(&id) {
        operation.status = TaskStatus::OnHold;
    }
    Ok(Paused { previous, ended_time_entries })
}
