//! The states of jobs, operations and substeps, and which may follow which: the one place that says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A state, as the state tables and the answers about them use it.
pub trait State: Copy + PartialEq + 'static {
    /// The state as the database writes it.
    fn name(self) -> &'static str;
}

/// Declares an enum type of the database: its values in order, with their names.
macro_rules! enum_type {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// All values, in the order of the type.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The value as the database writes it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// Reads a value that the database wrote.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl State for $name {
            fn name(self) -> &'static str {
                $name::name(self)
            }
        }
    };
}

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

enum_type! {
    /// `issue_status`: the state of an issue.
    IssueStatus {
        /// Waits for a review.
        Pending = "pending",
        /// Reviewed, and something is to be done.
        Approved = "approved",
        /// Reviewed, and nothing is to be done.
        Rejected = "rejected",
        /// Over.
        Closed = "closed",
    }
}

enum_type! {
    /// `issue_severity`: how bad an issue is.
    IssueSeverity {
        /// The least.
        Low = "low",
        /// More than low.
        Medium = "medium",
        /// More than medium.
        High = "high",
        /// The most.
        Critical = "critical",
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

/// One line of a state table: what a step leads to, and from where it is allowed.
#[derive(Debug)]
pub struct Step<S: State = JobStatus> {
    /// Where the step leads.
    pub to: S,
    /// Where it may start.
    pub from: &'static [S],
}

/// `start_job`; also accepted where `resume_job` is meant.
pub const START_JOB: Step = Step { to: JobStatus::InProgress, from: &[JobStatus::NotStarted, JobStatus::OnHold] };

/// `stop_job`
pub const STOP_JOB: Step = Step { to: JobStatus::OnHold, from: &[JobStatus::InProgress] };

/// `resume_job`
pub const RESUME_JOB: Step = Step { to: JobStatus::InProgress, from: &[JobStatus::OnHold] };

/// What `update_job` may set a job's status to. Completing and reopening have conditions of their own and are not among them.
pub const UPDATE_JOB: [Step; 2] = [
    Step { to: JobStatus::InProgress, from: &[JobStatus::NotStarted, JobStatus::OnHold] },
    Step { to: JobStatus::OnHold, from: &[JobStatus::NotStarted, JobStatus::InProgress] },
];

/// The steps of a substep. Out of completed it is reopened, which its operation must allow.
pub const SUBSTEP: [Step<SubstepStatus>; 4] = [
    Step {
        to: SubstepStatus::NotStarted,
        from: &[SubstepStatus::InProgress, SubstepStatus::Blocked, SubstepStatus::Completed],
    },
    Step {
        to: SubstepStatus::InProgress,
        from: &[SubstepStatus::NotStarted, SubstepStatus::Blocked, SubstepStatus::Completed],
    },
    Step { to: SubstepStatus::Completed, from: &[SubstepStatus::NotStarted, SubstepStatus::InProgress] },
    Step { to: SubstepStatus::Blocked, from: &[SubstepStatus::NotStarted, SubstepStatus::InProgress] },
];

/// The states that `steps` allow after `from`.
pub fn allowed_after<S: State>(steps: &[Step<S>], from: S) -> impl Iterator<Item = S> + '_ {
    steps.iter().filter(move |step| step.from.contains(&from)).map(|step| step.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_name() {
        for status in JobStatus::ALL {
            assert_eq!(JobStatus::from_name(status.name()), Some(*status));
            assert_eq!(serde_json::to_value(status).expect("JSON"), status.name());
        }
        assert_eq!(JobStatus::from_name("pending"), None);
    }

    #[test]
    fn task_words_stand_for_all_states_of_operations() {
        let states: Vec<_> = TaskWord::ALL.iter().map(|word| word.status()).collect();
        assert_eq!(states, TaskStatus::ALL);
    }

    #[test]
    fn no_step_leads_from_a_state_to_itself_or_out_of_completed() {
        for step in UPDATE_JOB.iter().chain([&START_JOB, &STOP_JOB, &RESUME_JOB]) {
            assert!(!step.from.contains(&step.to), "{step:?}");
            assert!(!step.from.contains(&JobStatus::Completed), "{step:?}");
        }
    }

    #[test]
    fn the_steps_of_a_substep_are_those_of_the_table() {
        let after = |from| allowed_after(&SUBSTEP, from).map(SubstepStatus::name).collect::<Vec<_>>();
        assert_eq!(after(SubstepStatus::NotStarted), ["in_progress", "completed", "blocked"]);
        assert_eq!(after(SubstepStatus::InProgress), ["not_started", "completed", "blocked"]);
        assert_eq!(after(SubstepStatus::Blocked), ["not_started", "in_progress"]);
        assert_eq!(after(SubstepStatus::Completed), ["not_started", "in_progress"]);
    }
}
