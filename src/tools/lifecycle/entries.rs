//! Time that people book on operations.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::ids;

/// The minutes that are booked on an operation `o`; null when no time entry was ended.
pub(in crate::tools) const BOOKED: &str = include_str!("booked.sql");

/// Ends the running time entries of operations and their pauses, and gives the operation of each.
pub(in crate::tools) fn end(call: &Call, operations: &[Uuid]) -> Vec<Uuid> {
    query::write(include_str!("end_entries.sql"), sql_args![uuid(call.tenant), ids(operations)], |rows| {
        rows.map(|row| row.get::<pgrx::Uuid>(1).map(|id| id.map(query::from_uuid).unwrap_or_default())).collect()
    })
}

/// Sets the minutes of operations to what is booked on them.
pub(in crate::tools) fn book(call: &Call, operations: &[Uuid]) {
    static BOOK: LazyLock<String> = LazyLock::new(|| include_str!("book.sql").replace("{{booked}}", BOOKED.trim_end()));
    query::write(&BOOK, sql_args![uuid(call.tenant), ids(operations)], |_| Ok(()));
}
