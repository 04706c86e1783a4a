//! Substeps: the checklist of an operation.

pub(in crate::tools) mod add_substep;
pub(in crate::tools) mod complete_substep;
pub(in crate::tools) mod delete_substep;
pub(in crate::tools) mod fetch_substeps;
#[cfg(any(test, feature = "pg_test"))]
mod probe;
mod statements;
pub(in crate::tools) mod update_substep;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::SubstepStatus;
use statements::{lock, lock_operation, make_room, progress, read, update};

/// The highest sequence number that a caller may give a substep.
const MAX_SEQUENCE: i32 = 1_000_000;

/// A substep as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Substep {
    id: Uuid,
    operation_id: Uuid,
    operation_name: String,
    /// The operation's position within its part.
    operation_sequence: i32,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    /// What is to be done.
    name: String,
    /// Position within the operation.
    sequence: i32,
    status: SubstepStatus,
    notes: Option<String>,
    completed_at: Option<DateTime<FixedOffset>>,
    /// The profile id of the person who did it; null if not recorded.
    completed_by: Option<Uuid>,
    completed_by_name: Option<String>,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
}

/// The progress of a checklist.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckList {
    /// All substeps.
    total: i64,
    /// Completed substeps.
    completed: i64,
    /// Blocked substeps.
    blocked: i64,
}
