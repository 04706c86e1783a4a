//! What scopes of all kinds of row have in common.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use uuid::Uuid;

use crate::error::ToolError;
use crate::names::MAX_CHANGED_ROWS;
use crate::run::tool::Call;
use crate::{sql_args, statement};

/// How many rows a call may change: 1 to [`MAX_CHANGED_ROWS`].
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(in crate::tools) struct MaxRows(u16);

impl Default for MaxRows {
    fn default() -> Self {
        Self(MAX_CHANGED_ROWS)
    }
}

impl MaxRows {
    pub(in crate::tools) fn rows(self) -> usize {
        usize::from(self.0)
    }
}

impl JsonSchema for MaxRows {
    fn schema_name() -> Cow<'static, str> {
        "MaxRows".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": MAX_CHANGED_ROWS, "default": MAX_CHANGED_ROWS})
    }
}

statement! {
    /// Of a job, a part and a cell: whether it is asked for and does not exist.
    static MISSING = include_str!("scope_missing.sql"); [Uuid, Uuid, Uuid, Uuid];
}

/// Refuses a job, part or cell that does not exist: a batch that finds nothing because of a wrong id would look like a batch that had
/// nothing to do.
pub(super) fn check_present(
    call: &Call,
    job: Option<Uuid>,
    part: Option<Uuid>,
    cell: Option<Uuid>,
) -> Result<(), ToolError> {
    let (no_job, no_part, no_cell) =
        call.row(&MISSING, sql_args![job, part, cell], |row| row.get_three::<bool, bool, bool>());
    for (what, id, missing) in [("job", job, no_job), ("part", part, no_part), ("cell", cell, no_cell)] {
        if let Some(id) = id.filter(|_| missing == Some(true)) {
            return Err(ToolError::not_found(what, &id));
        }
    }
    Ok(())
}
