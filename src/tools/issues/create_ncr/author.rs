//! Whoever an NCR is entered by.

use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::from_uuid;
use crate::run::tool::Call;
use crate::tools::shared::check_person;
use crate::{sql_args, statement};

/// The profile that the row names as its author: the table requires one.
pub(super) fn of(call: &Call, reporter: Option<Uuid>) -> Result<Uuid, ToolError> {
    statement! {
        static AUTHOR = include_str!("author.sql"); [Uuid, Uuid];
    }
    check_person(call, "reported_by_id", reporter)?;
    if let Some(reporter) = reporter {
        return Ok(reporter);
    }
    call.value(&AUTHOR, sql_args![call.person]).map(from_uuid).ok_or_else(|| {
        ToolError::new(ToolErrorCode::InvalidState, "no active admin can be named as the author of the NCR")
            .hint("give reported_by_id")
            .with("field", "reported_by_id")
    })
}
