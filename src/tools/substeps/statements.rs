//! What the tools of substeps ask and change in the database.

use pgrx::JsonB;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{CheckList, Substep};
use crate::core::json::Json;
use crate::core::states::{SubstepStatus, TaskStatus};
use crate::error::ToolError;
use crate::pg::statement::{Choice, Fill};
use crate::run::tool::Call;
use crate::tools::lifecycle::fields::Changed;
use crate::tools::shared::{Change, RULES};
use crate::{sql_args, statement};

/// The columns of a [`CheckList`] over the substeps `s`, up to the `WHERE`.
pub(super) const COUNTS: &str = include_str!("counts.sql");

/// The columns of a substep that `row.sql` needs.
pub(super) const COLUMNS: &str = include_str!("columns.sql");

statement! {
    static LOCK_OPERATION = include_str!("lock_operation.sql"); [Uuid, Uuid] => rules(&[RULES]);

    static OPERATION_OF = include_str!("operation_of.sql"); [Uuid, Uuid];

    static LOCK = include_str!("lock.sql"); [Uuid, Uuid];

    static MAKE_ROOM = include_str!("make_room.sql"); [Uuid, Uuid, Int4, Uuid];

    static UPDATE = include_str!("update.sql"); [Uuid, Uuid, Jsonb];

    static PROGRESS = "SELECT row_to_json(n)::text FROM ({{counts}} AND s.operation_id = $2) n"; [Uuid, Uuid]
        => rules(&[RULES]), fills(&[("counts", Fill::Text(COUNTS))]);

    static ONE = include_str!("one.sql"), include_str!("row.sql"); [Uuid, Uuid]
        => rules(&[RULES]), fills(&[("columns", Fill::Text(COLUMNS)), ("direction", Fill::Text(""))]);
}

/// What is known about a locked substep.
pub(super) struct LockedSubstep {
    pub status: SubstepStatus,
    pub operation: Uuid,
    pub operation_status: TaskStatus,
}

/// The fields that an update changed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Change<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Change<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<SubstepStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<Option<String>>>,
}

/// Locks a live operation until the transaction ends, and gives its state. The lock stands for all its substeps: whoever changes one of
/// them takes it first.
pub(super) fn lock_operation(call: &Call, id: Uuid) -> Result<TaskStatus, ToolError> {
    call.value::<String>(&LOCK_OPERATION, sql_args![id])
        .and_then(|status| TaskStatus::from_name(&status))
        .ok_or_else(|| ToolError::not_found("operation", &id))
}

/// Locks a substep of a live operation and that operation, and gives their states.
pub(super) fn lock(call: &Call, id: Uuid) -> Result<LockedSubstep, ToolError> {
    let not_found = || ToolError::not_found("substep", &id);
    let operation = call.ids(&OPERATION_OF, &Choice::none(), sql_args![id]).pop().ok_or_else(not_found)?;
    let operation_status = lock_operation(call, operation).map_err(|_| not_found())?;
    // It may have been deleted while this call waited for the operation's lock.
    let status = call
        .value::<String>(&LOCK, sql_args![id])
        .and_then(|status| SubstepStatus::from_name(&status))
        .ok_or_else(not_found)?;
    Ok(LockedSubstep { status, operation, operation_status })
}

/// Moves the operation's substeps from `sequence` onwards up by one if a substep other than `id` has that number. Gives how many moved.
pub(super) fn make_room(call: &Call, operation: Uuid, sequence: i32, id: Uuid) -> usize {
    call.count(&MAKE_ROOM, sql_args![operation, sequence, id])
}

/// Sets the fields of a locked substep, and gives those that changed.
pub(super) fn update(call: &Call, id: Uuid, wanted: Value) -> Changed<Changes> {
    Changed::by(call, &UPDATE, sql_args![id, JsonB(wanted)])
}

/// The progress of a live operation's checklist.
pub(super) fn progress(call: &Call, operation: Uuid) -> Json<CheckList> {
    call.json(&PROGRESS, sql_args![operation])
}

/// A substep of a live operation.
pub(super) fn read(call: &Call, id: Uuid) -> Json<Substep> {
    call.json(&ONE, sql_args![id])
}
