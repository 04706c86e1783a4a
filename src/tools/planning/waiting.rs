//! What parts wait for, and how long the factory is open.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::pg::statement::{Fill, Rules};

/// The operation at which a part stands: the first in order that is not completed. Of several with the same number, one that is on hold
/// before one that is not started before one that runs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct NextOperation {
    id: Uuid,
    operation_name: String,
    sequence: i32,
    status: TaskStatus,
    cell_id: Uuid,
    cell_name: Option<String>,
    /// Estimated minus booked minutes, never below 0.
    remaining_minutes: i64,
    /// How many later operations of the same part are not completed.
    waiting_operations: i64,
}

/// The rules of this file; they need those of `shared`, too:
/// - `{{clock}}`: common table expression `clock` with `zone` and `today`;
/// - `{{opening_hours}}`: common table expression `opening_hours` with `day`, `opens` and `closes`, after `clock`;
/// - `{{full_cells}}`: the cells whose work in progress has reached their limit: `cell_id`, `wip`, `wip_limit`, `enforced`;
/// - `{{next_operation}}`: a join to [`NextOperation`] `n` of part `p`;
/// - `{{next_operation_json}}`: its JSON, or null.
pub(in crate::tools) const WAITING_RULES: &Rules = &[
    ("clock", Fill::Text(include_str!("clock.sql"))),
    ("opening_hours", Fill::Text(include_str!("opening_hours.sql"))),
    ("full_cells", Fill::Text(include_str!("full_cells.sql"))),
    ("next_operation", Fill::Text(include_str!("next_operation.sql"))),
    ("next_operation_json", Fill::Text(include_str!("next_operation_json.sql"))),
];
