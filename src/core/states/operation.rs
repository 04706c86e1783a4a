//! Operations, which are also called tasks.

use self::TaskStatus::{Completed, InProgress, NotStarted, OnHold};
use super::{Argument, Kind, Need, Row, Table};

enum_type! {
    /// `task_status`: the state of an operation.
    TaskStatus {
        /// Nothing was begun.
        NotStarted = "not_started",
        /// Work goes on.
        InProgress = "in_progress",
        /// Work is done.
        Completed = "completed",
        /// Parked, by a person or by an issue that stops it.
        OnHold = "on_hold",
    }
}

enum_type! {
    /// The state of an operation in the words of task tools.
    TaskWord {
        /// not_started
        Pending = "pending",
        /// in_progress
        InProgress = "in_progress",
        /// completed
        Completed = "completed",
        /// on_hold
        Paused = "paused",
    }
}

impl TaskWord {
    /// The state that the word stands for.
    #[must_use]
    pub const fn status(self) -> TaskStatus {
        match self {
            Self::Pending => TaskStatus::NotStarted,
            Self::InProgress => TaskStatus::InProgress,
            Self::Completed => TaskStatus::Completed,
            Self::Paused => TaskStatus::OnHold,
        }
    }

    /// The word for a state.
    #[must_use]
    pub const fn of(status: TaskStatus) -> Self {
        match status {
            TaskStatus::NotStarted => Self::Pending,
            TaskStatus::InProgress => Self::InProgress,
            TaskStatus::Completed => Self::Completed,
            TaskStatus::OnHold => Self::Paused,
        }
    }
}

in_words! {
    /// What a step of an operation can need.
    OperationNeed {
        /// The argument `force`.
        Force = "force",
        /// The argument `reason`.
        Reason = "a reason",
        /// No pending issue that stops it. No force replaces it.
        NoStandstill = "no pending standstill issue",
        /// Starting: part and job are neither on hold nor completed.
        PartOpen = "a part and a job that are neither on_hold nor completed",
        /// Reopening: part and job are not on hold; completed ones are reopened with it.
        PartNotHeld = "a part and a job that are not on_hold",
        /// Starting: what comes first is done.
        EarlierDone = "all earlier operations of the part completed, or force",
        /// Starting: a cell that enforces its limit has room for the job.
        CellHasRoom = "a cell within its enforced WIP limit, or force",
        /// Completing: no time is being booked on it, and its check list is done.
        WorkEnded = "no running time entry and no unfinished substep, or force",
    }
}

impl Need for OperationNeed {
    fn argument(self) -> Option<Argument> {
        match self {
            Self::Force => Some(Argument::Force),
            Self::Reason => Some(Argument::Reason),
            Self::NoStandstill
            | Self::PartOpen
            | Self::PartNotHeld
            | Self::EarlierDone
            | Self::CellHasRoom
            | Self::WorkEnded => None,
        }
    }
}

in_words! {
    /// What happens to an operation.
    OperationEvent {
        /// A standstill issue parks the operation (Yellow Card). The trigger on issues does it.
        YellowCard = "a standstill issue is pending (Yellow Card)",
        /// The last standstill issue of the operation is no longer pending. The trigger on issues does it.
        YellowCardCleared = "its last standstill issue is no longer pending (back to status_before_hold)",
        /// The operation's part or job is completed with force.
        PartCompleted = "its part or job is completed with force",
    }
}

/// Operations as a kind of row.
#[derive(Debug)]
pub enum Operation {}

impl Kind for Operation {
    type State = TaskStatus;
    type Event = OperationEvent;
    type Need = OperationNeed;
}

/// The tools that set the state of an operation from the outside.
const START: &[&str] = &["start_operation", "update_operation", "update_task"];
const PAUSE: &[&str] = &["pause_operation", "update_operation", "update_task"];
const COMPLETE: &[&str] = &["complete_operation", "update_operation", "update_task", "batch_complete_operations"];
const REOPEN: &[&str] = &["update_operation", "update_task"];

const TO_START: &[OperationNeed] =
    &[OperationNeed::PartOpen, OperationNeed::NoStandstill, OperationNeed::EarlierDone, OperationNeed::CellHasRoom];
const TO_REOPEN: &[OperationNeed] = &[
    OperationNeed::Reason,
    OperationNeed::PartNotHeld,
    OperationNeed::NoStandstill,
    OperationNeed::EarlierDone,
    OperationNeed::CellHasRoom,
];

/// The steps of an operation.
pub const OPERATION: Table<Operation> = Table {
    kind: "operation",
    rows: &[
        Row::tools(NotStarted, InProgress, START, TO_START),
        Row::event(NotStarted, OnHold, OperationEvent::YellowCard, &[]),
        Row::event(NotStarted, Completed, OperationEvent::PartCompleted, &[OperationNeed::NoStandstill]),
        Row::tools(InProgress, OnHold, PAUSE, &[]),
        Row::event(InProgress, OnHold, OperationEvent::YellowCard, &[]),
        Row::tools(InProgress, Completed, COMPLETE, &[OperationNeed::NoStandstill, OperationNeed::WorkEnded]),
        Row::event(InProgress, Completed, OperationEvent::PartCompleted, &[OperationNeed::NoStandstill]),
        Row::tools(OnHold, InProgress, START, TO_START),
        Row::event(OnHold, InProgress, OperationEvent::YellowCardCleared, &[]),
        Row::event(OnHold, NotStarted, OperationEvent::YellowCardCleared, &[]),
        Row::tools(
            OnHold,
            Completed,
            COMPLETE,
            &[OperationNeed::Force, OperationNeed::NoStandstill, OperationNeed::WorkEnded],
        ),
        Row::event(OnHold, Completed, OperationEvent::PartCompleted, &[OperationNeed::NoStandstill]),
        Row::tools(Completed, InProgress, REOPEN, TO_REOPEN),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_words_stand_for_all_states_of_operations() {
        let states: Vec<_> = TaskWord::ALL.iter().map(|word| word.status()).collect();
        assert_eq!(states, TaskStatus::ALL);
        assert!(TaskWord::ALL.iter().all(|word| TaskWord::of(word.status()) == *word));
    }
}
