//! Substeps.

use self::SubstepStatus::{Blocked, Completed, InProgress, NotStarted};
use super::{Need, Row, Table};

enum_type! {
    /// The state of a substep, which the database keeps as a text.
    SubstepStatus {
        /// Nothing was begun.
        NotStarted = "not_started",
        /// Somebody is at it.
        InProgress = "in_progress",
        /// Done.
        Completed = "completed",
        /// Something stands in its way.
        Blocked = "blocked",
    }
}

impl Need {
    /// Reopening a substep: its operation still goes on.
    pub const OPERATION_OPEN: Self = Self("an operation that is not completed");
}

const UPDATE: &[&str] = &["update_substep"];
const COMPLETE: &[&str] = &["complete_substep", "update_substep"];

/// The steps of a substep.
pub const SUBSTEP: Table<SubstepStatus> = Table {
    kind: "substep",
    rows: &[
        Row::tools(NotStarted, InProgress, UPDATE, &[]),
        Row::tools(NotStarted, Completed, COMPLETE, &[]),
        Row::tools(NotStarted, Blocked, UPDATE, &[]),
        Row::tools(InProgress, NotStarted, UPDATE, &[]),
        Row::tools(InProgress, Completed, COMPLETE, &[]),
        Row::tools(InProgress, Blocked, UPDATE, &[]),
        Row::tools(Blocked, NotStarted, UPDATE, &[]),
        Row::tools(Blocked, InProgress, UPDATE, &[]),
        Row::tools(Completed, NotStarted, UPDATE, &[Need::OPERATION_OPEN]),
        Row::tools(Completed, InProgress, UPDATE, &[Need::OPERATION_OPEN]),
    ],
};
