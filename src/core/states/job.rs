//! Jobs.

use self::JobStatus::{Completed, InProgress, NotStarted, OnHold};
use super::{Need, Row, Table};

enum_type! {
    /// `job_status`: the state of a job or a part.
    JobStatus {
        /// Nothing was begun.
        NotStarted = "not_started",
        /// Work goes on.
        InProgress = "in_progress",
        /// Work is done.
        Completed = "completed",
        /// Work waits.
        OnHold = "on_hold",
    }
}

enum_type! {
    /// How urgent a job is; kept in its metadata.
    Priority {
        /// Less than usual.
        Low = "low",
        /// As usual.
        Normal = "normal",
        /// More than usual.
        High = "high",
        /// Before all others.
        Urgent = "urgent",
    }
}

impl Need {
    /// Completing a job: nothing of it is open. With force its open parts and operations are completed with it.
    pub const JOB_DONE: Self = Self("no open part or operation, no running time entry and no open NCR, or force");
}

/// A part or an operation of the job is set to `in_progress`.
pub const WORK_STARTS: &str = "one of its parts or operations starts";
/// The last open part of the job is completed.
pub const PARTS_COMPLETED: &str = "all its live parts are completed";
/// A part or an operation of the job is reopened.
pub const WORK_REOPENED: &str = "one of its parts or operations is reopened";

/// The steps of a job.
pub const JOB: Table = Table {
    kind: "job",
    rows: &[
        Row::tools(NotStarted, InProgress, &["start_job", "update_job"], &[]),
        Row::event(NotStarted, InProgress, WORK_STARTS, &[]),
        Row::tools(NotStarted, OnHold, &["update_job"], &[]),
        Row::tools(InProgress, OnHold, &["stop_job", "update_job"], &[]),
        Row::tools(OnHold, InProgress, &["resume_job", "start_job", "update_job"], &[]),
        Row::tools(InProgress, Completed, &["complete_job"], &[Need::JOB_DONE, Need::NO_STANDSTILL]),
        Row::event(InProgress, Completed, PARTS_COMPLETED, &[]),
        Row::tools(OnHold, Completed, &["complete_job"], &[Need::FORCE, Need::NO_STANDSTILL]),
        Row::tools(Completed, InProgress, &["update_job"], &[Need::REASON]),
        Row::event(Completed, InProgress, WORK_REOPENED, &[]),
    ],
};
