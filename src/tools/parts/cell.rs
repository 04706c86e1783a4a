//! The cell that parts are moved to.

use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::Call;
use crate::tools::shared::find;
use crate::{sql_args, statement};

statement! {
    static ACTIVE = include_str!("cell.sql"); [Uuid, Uuid];
}

/// The cell that the arguments `current_cell_id` and `cell_name` name, if any; the inner `None` means no cell.
pub(super) fn named(
    call: &Call,
    id: Option<Option<Uuid>>,
    name: Option<&str>,
) -> Result<Option<Option<Uuid>>, ToolError> {
    match (id, name) {
        (Some(None), None) => Ok(Some(None)),
        (Some(None), Some(_)) => Err(ToolError::invalid("cell_name", "give current_cell_id or cell_name, not both")),
        (id, name) => Ok(find::optional(call, &find::CELL, "current_cell_id", id.flatten(), name)?.map(Some)),
    }
}

/// Refuses a cell that does not exist or is not active. `field` is the argument that names it.
pub(super) fn check_active(call: &Call, cell: Uuid, field: &str) -> Result<(), ToolError> {
    match call.value::<bool>(&ACTIVE, sql_args![cell]) {
        Some(true) => Ok(()),
        Some(false) => Err(ToolError::new(ToolErrorCode::InvalidState, "the cell is not active").with("field", field)),
        None => Err(ToolError::not_found("cell", &cell).with("field", field)),
    }
}
