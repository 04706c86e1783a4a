//! What stands in the way of a step: the first of it, as the field `blocked_by` of an error shows it.

use serde_json::Value;
use uuid::Uuid;

use crate::pg::statement::Statement;
use crate::run::tool::Call;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

// Each takes ids and gives a JSON array.
statement! {
    /// The pending issues that stop these operations.
    pub(super) static STANDSTILLS = include_str!("standstills.sql"); [Uuid, UuidArray] => rules(&[RULES]);

    /// The operations before these that are not completed.
    pub(super) static EARLIER_OPERATIONS = include_str!("earlier_operations.sql"); [Uuid, UuidArray];

    /// The time entries of these operations that are running.
    pub(super) static RUNNING_ENTRIES = include_str!("running_entries.sql"); [Uuid, UuidArray];

    /// The substeps of these operations that are not completed.
    pub(super) static UNFINISHED_SUBSTEPS = include_str!("unfinished_substeps.sql"); [Uuid, UuidArray];

    /// These operations.
    pub(super) static OPEN_OPERATIONS = include_str!("open_operations.sql"); [Uuid, UuidArray];

    /// These parts.
    pub(super) static OPEN_PARTS = include_str!("open_parts.sql"); [Uuid, UuidArray];

    /// The operations of these parts that have been started.
    pub(super) static BEGUN_OPERATIONS = include_str!("begun_operations.sql"); [Uuid, UuidArray];
}

/// What stands in the way of these rows.
pub(super) fn blockers(call: &Call, statement: &'static Statement, of: &[Uuid]) -> Vec<Value> {
    call.rows(statement, sql_args![of])
}
