//! Parts. They share the states of jobs.

use super::JobStatus::{self, Completed, InProgress, NotStarted, OnHold};
use super::{Argument, Kind, Need, Row, Table};

in_words! {
    /// What a step of a part can need.
    PartNeed {
        /// The argument `reason`.
        Reason = "a reason",
        /// Work on it: its job is neither on hold nor completed.
        JobOpen = "a job that is neither on_hold nor completed",
        /// Reopening: its job is not on hold; a completed one is reopened with it.
        JobNotHeld = "a job that is not on_hold",
        /// Back to the start: none of its operations has been started.
        NothingBegun = "no operation that has been started",
        /// No pending issue that stops one of its open operations. No force replaces it.
        NoStandstill = "no pending standstill issue",
        /// Completing: nothing of it is open. With force its open operations are completed with it.
        PartDone = "no open operation and no running time entry, or force",
    }
}

impl Need for PartNeed {
    fn argument(self) -> Option<Argument> {
        match self {
            Self::Reason => Some(Argument::Reason),
            Self::JobOpen | Self::JobNotHeld | Self::NothingBegun | Self::NoStandstill | Self::PartDone => None,
        }
    }
}

in_words! {
    /// What happens to a part.
    PartEvent {
        /// An operation of the part is set to `in_progress`.
        OperationStarts = "one of its operations starts",
        /// The last open operation of the part is completed.
        OperationsCompleted = "all its live operations are completed",
        /// An operation of the part is reopened.
        OperationReopened = "one of its operations is reopened",
        /// The part's job is completed with force.
        JobCompleted = "its job is completed with force",
    }
}

/// Parts as a kind of row.
#[derive(Debug)]
pub enum Part {}

impl Kind for Part {
    type State = JobStatus;
    type Event = PartEvent;
    type Need = PartNeed;
}

/// The tools that set the state of parts.
const SETTERS: &[&str] = &["update_part", "batch_update_parts"];

/// The steps of a part.
pub const PART: Table<Part> = Table {
    kind: "part",
    rows: &[
        Row::tools(NotStarted, InProgress, SETTERS, &[PartNeed::JobOpen]),
        Row::event(NotStarted, InProgress, PartEvent::OperationStarts, &[]),
        Row::tools(NotStarted, OnHold, SETTERS, &[]),
        Row::event(NotStarted, Completed, PartEvent::JobCompleted, &[]),
        Row::tools(InProgress, OnHold, SETTERS, &[]),
        Row::tools(InProgress, Completed, SETTERS, &[PartNeed::PartDone, PartNeed::NoStandstill]),
        Row::event(InProgress, Completed, PartEvent::OperationsCompleted, &[]),
        Row::event(InProgress, Completed, PartEvent::JobCompleted, &[]),
        Row::tools(OnHold, InProgress, SETTERS, &[PartNeed::JobOpen]),
        Row::tools(OnHold, NotStarted, SETTERS, &[PartNeed::NothingBegun]),
        Row::event(OnHold, Completed, PartEvent::JobCompleted, &[]),
        Row::tools(Completed, InProgress, &["update_part"], &[PartNeed::Reason, PartNeed::JobNotHeld]),
        Row::event(Completed, InProgress, PartEvent::OperationReopened, &[]),
    ],
};
