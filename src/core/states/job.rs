//! Jobs.

use self::JobStatus::{Completed, InProgress, NotStarted, OnHold};
use super::{Argument, Kind, Need, Row, Table};

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

in_words! {
    /// What a step of a job can need.
    JobNeed {
        /// The argument `force`.
        Force = "force",
        /// The argument `reason`.
        Reason = "a reason",
        /// No pending issue that stops one of its operations. No force replaces it.
        NoStandstill = "no pending standstill issue",
        /// Completing: nothing of it is open. With force its open parts and operations are completed with it.
        JobDone = "no open part or operation, no running time entry and no open NCR, or force",
    }
}

impl Need for JobNeed {
    fn argument(self) -> Option<Argument> {
        match self {
            Self::Force => Some(Argument::Force),
            Self::Reason => Some(Argument::Reason),
            Self::NoStandstill | Self::JobDone => None,
        }
    }
}

in_words! {
    /// What happens to a job.
    JobEvent {
        /// A part or an operation of the job is set to `in_progress`.
        WorkStarts = "one of its parts or operations starts",
        /// The last open part of the job is completed.
        PartsCompleted = "all its live parts are completed",
        /// A part or an operation of the job is reopened.
        WorkReopened = "one of its parts or operations is reopened",
    }
}

/// Jobs as a kind of row.
#[derive(Debug)]
pub enum Job {}

impl Kind for Job {
    type State = JobStatus;
    type Event = JobEvent;
    type Need = JobNeed;
}

/// The steps of a job.
pub const JOB: Table<Job> = Table {
    kind: "job",
    rows: &[
        Row::tools(NotStarted, InProgress, &["start_job", "update_job"], &[]),
        Row::event(NotStarted, InProgress, JobEvent::WorkStarts, &[]),
        Row::tools(NotStarted, OnHold, &["update_job"], &[]),
        Row::tools(InProgress, OnHold, &["stop_job", "update_job"], &[]),
        Row::tools(OnHold, InProgress, &["resume_job", "start_job", "update_job"], &[]),
        Row::tools(InProgress, Completed, &["complete_job"], &[JobNeed::JobDone, JobNeed::NoStandstill]),
        Row::event(InProgress, Completed, JobEvent::PartsCompleted, &[]),
        Row::tools(OnHold, Completed, &["complete_job"], &[JobNeed::Force, JobNeed::NoStandstill]),
        Row::tools(Completed, InProgress, &["update_job"], &[JobNeed::Reason]),
        Row::event(Completed, InProgress, JobEvent::WorkReopened, &[]),
    ],
};
