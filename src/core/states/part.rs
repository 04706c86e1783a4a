//! Parts. They share the states of jobs.

use super::JobStatus::{Completed, InProgress, NotStarted, OnHold};
use super::{Need, Row, Table};

impl Need {
    /// Work on a part: its job is neither on hold nor completed.
    pub const JOB_OPEN: Self = Self("a job that is neither on_hold nor completed");
    /// Reopening a part: its job is not on hold; a completed one is reopened with it.
    pub const JOB_NOT_HELD: Self = Self("a job that is not on_hold");
    /// Taking a part back to the start: none of its operations was begun.
    pub const NOTHING_BEGUN: Self = Self("no operation that was begun");
    /// Completing a part: nothing of it is open. With force its open operations are completed with it.
    pub const PART_DONE: Self = Self("no open operation and no running time entry, or force");
}

/// The tools that set the state of parts.
const SETTERS: &[&str] = &["update_part", "batch_update_parts"];

/// An operation of the part is set to `in_progress`.
pub const OPERATION_STARTS: &str = "one of its operations starts";
/// The last open operation of the part is completed.
pub const OPERATIONS_COMPLETED: &str = "all its live operations are completed";
/// An operation of the part is reopened.
pub const OPERATION_REOPENED: &str = "one of its operations is reopened";
/// The part's job is completed with force.
pub const JOB_COMPLETED: &str = "its job is completed with force";

/// The steps of a part.
pub const PART: Table = Table {
    kind: "part",
    rows: &[
        Row::tools(NotStarted, InProgress, SETTERS, &[Need::JOB_OPEN]),
        Row::event(NotStarted, InProgress, OPERATION_STARTS, &[]),
        Row::tools(NotStarted, OnHold, SETTERS, &[]),
        Row::event(NotStarted, Completed, JOB_COMPLETED, &[]),
        Row::tools(InProgress, OnHold, SETTERS, &[]),
        Row::tools(InProgress, Completed, SETTERS, &[Need::PART_DONE, Need::NO_STANDSTILL]),
        Row::event(InProgress, Completed, OPERATIONS_COMPLETED, &[]),
        Row::event(InProgress, Completed, JOB_COMPLETED, &[]),
        Row::tools(OnHold, InProgress, SETTERS, &[Need::JOB_OPEN]),
        Row::tools(OnHold, NotStarted, SETTERS, &[Need::NOTHING_BEGUN]),
        Row::event(OnHold, Completed, JOB_COMPLETED, &[]),
        Row::tools(Completed, InProgress, &["update_part"], &[Need::REASON, Need::JOB_NOT_HELD]),
        Row::event(Completed, InProgress, OPERATION_REOPENED, &[]),
    ],
};
