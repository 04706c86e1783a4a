//! Operations, which are also called tasks.

use self::TaskStatus::{Completed, InProgress, NotStarted, OnHold};
use super::{Need, Row, Table};

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
}

impl Need {
    /// Beginning work: part and job are neither on hold nor completed.
    pub const PART_OPEN: Self = Self("a part and a job that are neither on_hold nor completed");
    /// Beginning again what was completed: part and job are not on hold; completed ones are reopened with it.
    pub const PART_NOT_HELD: Self = Self("a part and a job that are not on_hold");
    /// Beginning work: what comes first is done.
    pub const EARLIER_DONE: Self = Self("the operations before it completed, or force");
    /// Beginning work: a cell that enforces its limit has room for the job.
    pub const CELL_HAS_ROOM: Self = Self("a cell within its enforced WIP limit, or force");
    /// Completing: nobody books time on it, and its check list is done.
    pub const WORK_ENDED: Self = Self("no running time entry and no unfinished substep, or force");
}

/// The tools that set the state of an operation from the outside.
const START: &[&str] = &["start_operation", "update_operation", "update_task"];
const PAUSE: &[&str] = &["pause_operation", "update_operation", "update_task"];
const COMPLETE: &[&str] = &["complete_operation", "update_operation", "update_task", "batch_complete_operations"];
const REOPEN: &[&str] = &["update_operation", "update_task"];

const TO_START: &[Need] = &[Need::PART_OPEN, Need::NO_STANDSTILL, Need::EARLIER_DONE, Need::CELL_HAS_ROOM];
const TO_REOPEN: &[Need] =
    &[Need::REASON, Need::PART_NOT_HELD, Need::NO_STANDSTILL, Need::EARLIER_DONE, Need::CELL_HAS_ROOM];

/// A standstill issue parks the operation (Yellow Card). The trigger on issues does it.
pub const YELLOW_CARD: &str = "a standstill issue is pending (Yellow Card)";
/// The last standstill issue of the operation is no longer pending. The trigger on issues does it.
pub const YELLOW_CARD_CLEARED: &str = "its last pending standstill issue goes (back to status_before_hold)";
/// The operation's part or job is completed with force.
pub const PART_COMPLETED: &str = "its part or job is completed with force";

/// The steps of an operation.
pub const OPERATION: Table<TaskStatus> = Table {
    kind: "operation",
    rows: &[
        Row::tools(NotStarted, InProgress, START, TO_START),
        Row::event(NotStarted, OnHold, YELLOW_CARD, &[]),
        Row::event(NotStarted, Completed, PART_COMPLETED, &[Need::NO_STANDSTILL]),
        Row::tools(InProgress, OnHold, PAUSE, &[]),
        Row::event(InProgress, OnHold, YELLOW_CARD, &[]),
        Row::tools(InProgress, Completed, COMPLETE, &[Need::NO_STANDSTILL, Need::WORK_ENDED]),
        Row::event(InProgress, Completed, PART_COMPLETED, &[Need::NO_STANDSTILL]),
        Row::tools(OnHold, InProgress, START, TO_START),
        Row::event(OnHold, InProgress, YELLOW_CARD_CLEARED, &[]),
        Row::event(OnHold, NotStarted, YELLOW_CARD_CLEARED, &[]),
        Row::tools(OnHold, Completed, COMPLETE, &[Need::FORCE, Need::NO_STANDSTILL, Need::WORK_ENDED]),
        Row::event(OnHold, Completed, PART_COMPLETED, &[Need::NO_STANDSTILL]),
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
    }
}
