//! Time that people book on operations.

use uuid::Uuid;

use super::begin::Booking;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::from_uuid;
use crate::pg::statement::{Choice, Fill, Rules};
use crate::run::tool::Call;
use crate::tools::shared::check_person;
use crate::{sql_args, statement};

/// `{{booked}}`: the minutes that are booked on an operation `o`; null when no time entry was ended.
pub(super) const BOOKED: &Rules = &[("booked", Fill::Text(include_str!("booked.sql")))];

statement! {
    static END = include_str!("end.sql"); [Uuid, UuidArray];

    static BOOK = include_str!("book.sql"); [Uuid, UuidArray] => rules(&[BOOKED]);

    static RUNNING = include_str!("running.sql"); [Uuid, Uuid, Uuid];

    static OPEN = include_str!("open.sql"); [Uuid, Uuid, Uuid, Uuid, Text];
}

/// Ends the running time entries of operations and their pauses, and gives the operation of each.
pub(super) fn end(call: &Call, operations: &[Uuid]) -> Vec<Uuid> {
    call.ids(&END, &Choice::none(), sql_args![operations])
}

/// Sets the minutes of operations to what is booked on them.
pub(super) fn book(call: &Call, operations: &[Uuid]) {
    call.execute(&BOOK, sql_args![operations]);
}

/// Opens a time entry on a locked operation; because of the lock, nobody can open another one for the same person meanwhile.
///
/// # Errors
/// `conflict` when the person already books time on it; those of [`check_person`].
pub(super) fn open(call: &Call, operation: Uuid, booking: Booking) -> Result<Uuid, ToolError> {
    let Booking { operator, time_type } = booking;
    check_person(call, "operator_id", Some(operator))?;
    if let Some(entry) = call.value::<pgrx::Uuid>(&RUNNING, sql_args![operation, operator]) {
        return Err(ToolError::new(ToolErrorCode::Conflict, "this person is already booking time on the operation")
            .hint("call again without operator_id")
            .with("field", "operator_id")
            .with("time_entry_id", from_uuid(entry).to_string()));
    }
    let id = Uuid::new_v4();
    call.execute(&OPEN, sql_args![id, operation, operator, time_type.name()]);
    Ok(id)
}
