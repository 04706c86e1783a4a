//! The states of jobs and operations, and which may follow which: the one place that says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `job_status`: the state of a job or a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Nothing was begun.
    NotStarted,
    /// Work goes on.
    InProgress,
    /// Work is done.
    Completed,
    /// Work waits.
    OnHold,
}

impl JobStatus {
    /// All states, in the order of the enum type.
    pub const ALL: [Self; 4] = [Self::NotStarted, Self::InProgress, Self::Completed, Self::OnHold];

    /// The value of the enum type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::OnHold => "on_hold",
        }
    }

    /// Reads a value of the enum type.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// One line of a state table: what a step leads to, and from where it is allowed.
#[derive(Debug)]
pub struct Step {
    /// Where the step leads.
    pub to: JobStatus,
    /// Where it may start.
    pub from: &'static [JobStatus],
}

/// `start_job`; also accepted where `resume_job` is meant.
pub const START_JOB: Step = Step { to: JobStatus::InProgress, from: &[JobStatus::NotStarted, JobStatus::OnHold] };

/// What `update_job` may set a job's status to. Completing and reopening have conditions of their own and are not among them.
pub const UPDATE_JOB: [Step; 2] = [
    Step { to: JobStatus::InProgress, from: &[JobStatus::NotStarted, JobStatus::OnHold] },
    Step { to: JobStatus::OnHold, from: &[JobStatus::NotStarted, JobStatus::InProgress] },
];

/// The states that `steps` allow after `from`.
pub fn allowed_after(steps: &[Step], from: JobStatus) -> impl Iterator<Item = JobStatus> + '_ {
    steps.iter().filter(move |step| step.from.contains(&from)).map(|step| step.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_name() {
        for status in JobStatus::ALL {
            assert_eq!(JobStatus::from_name(status.name()), Some(status));
            assert_eq!(serde_json::to_value(status).expect("JSON"), status.name());
        }
        assert_eq!(JobStatus::from_name("pending"), None);
    }

    #[test]
    fn no_step_leads_from_a_state_to_itself_or_out_of_completed() {
        for step in UPDATE_JOB.iter().chain([&START_JOB]) {
            assert!(!step.from.contains(&step.to), "{step:?}");
            assert!(!step.from.contains(&JobStatus::Completed), "{step:?}");
        }
    }
}
