//! Whoever writes an issue down.

use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::shared::check_person;

/// Under whose name the row stands: the table wants somebody.
pub(in crate::tools) fn of(call: &Call, reporter: Option<Uuid>) -> Result<Uuid, ToolError> {
    check_person(call, "reported_by_id", reporter)?;
    if let Some(reporter) = reporter {
        return Ok(reporter);
    }
    let args = sql_args![uuid(call.tenant), call.person.map(uuid)];
    query::read(include_str!("author.sql"), args, |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<pgrx::Uuid>() }
    })
    .map(query::from_uuid)
    .ok_or_else(|| {
        ToolError::new(ToolErrorCode::InvalidState, "there is no active admin under whose name the NCR could stand")
            .hint("give reported_by_id")
            .with("field", "reported_by_id")
    })
}
