//! Substeps.

use self::SubstepStatus::{Blocked, Completed, InProgress, NotStarted};
use super::{Argument, Kind, Need, NoEvent, Row, Table};

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

in_words! {
    /// What a step of a substep can need.
    SubstepNeed {
        /// Reopening: its operation is not completed.
        OperationOpen = "an operation that is not completed",
    }
}

impl Need for SubstepNeed {
    fn argument(self) -> Option<Argument> {
        match self {
            Self::OperationOpen => None,
        }
    }
}

/// Substeps as a kind of row.
#[derive(Debug)]
pub enum Substep {}

impl Kind for Substep {
    type State = SubstepStatus;
    type Event = NoEvent;
    type Need = SubstepNeed;
}

const UPDATE: &[&str] = &["update_substep"];
const COMPLETE: &[&str] = &["complete_substep", "update_substep"];

/// The steps of a substep.
pub const SUBSTEP: Table<Substep> = Table {
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
        Row::tools(Completed, NotStarted, UPDATE, &[SubstepNeed::OperationOpen]),
        Row::tools(Completed, InProgress, UPDATE, &[SubstepNeed::OperationOpen]),
    ],
};
