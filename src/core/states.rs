//! The states of jobs, parts, operations, substeps and issues, and which may follow which: the one place that says so.
//!
//! Each kind has a [`Table`] with one [`Row`] for each step and who takes it. The tools look their steps up here and ask for what the
//! row needs; [`lines`] gives the same rows as texts.

/// Declares an enum type of the database: its values in order, with their names.
macro_rules! enum_type {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
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

        impl $crate::core::states::State for $name {
            fn name(self) -> &'static str {
                $name::name(self)
            }
        }
    };
}

/// Declares an enum whose values are told in words.
macro_rules! in_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $words:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $crate::core::states::Words for $name {
            fn words(self) -> &'static str {
                match self { $(Self::$value => $words,)+ }
            }
        }
    };
}

mod issue;
mod job;
mod operation;
mod part;
mod substep;
mod table;

use std::fmt::Debug;

pub use issue::{
    ISSUE, IssueNeed, IssueSeverity, IssueStatus, IssueTable, IssueType, NCR, NcrCategory, NcrDisposition,
};
pub use job::{JOB, JobEvent, JobNeed, JobStatus, Priority};
pub use operation::{OPERATION, OperationEvent, OperationNeed, TaskStatus, TaskWord};
pub use part::{PART, PartEvent, PartNeed};
pub use substep::{SUBSTEP, SubstepNeed, SubstepStatus};
pub use table::{By, Line, Row, Table, lines};

/// A state, as the state tables and the answers about them use it.
pub trait State: Debug + Copy + PartialEq + 'static {
    /// The state as the database writes it.
    fn name(self) -> &'static str;
}

/// What is told to people in words.
pub trait Words: Debug + Copy + PartialEq + 'static {
    /// The words.
    fn words(self) -> &'static str;
}

/// What a step needs.
pub trait Need: Words {
    /// The argument that it asks for, when that alone meets it.
    fn argument(self) -> Option<Argument>;
}

/// An argument that steps of several kinds need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// `force`
    Force,
    /// `reason`
    Reason,
}

/// The event of rows to which nothing happens but what tools do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoEvent {}

impl Words for NoEvent {
    fn words(self) -> &'static str {
        match self {}
    }
}

/// What the steps of one kind of row are made of.
pub trait Kind: Debug + 'static {
    /// Its states.
    type State: State;
    /// What brings a step about when no tool does.
    type Event: Words;
    /// What a step can need.
    type Need: Need;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// What every table keeps, whatever its states.
    fn check<K: Kind>(table: &Table<K>) {
        let mut seen = HashSet::new();
        for row in table.rows {
            assert!(row.from != row.to, "{}: {row:?}", table.kind);
            let names = match row.by {
                By::Tools(tools) => {
                    for tool in tools {
                        let needs = table.step(tool, row.from, row.to).map(|found| found.needs);
                        assert_eq!(needs, Some(row.needs));
                        assert!(table.before(tool, row.to).contains(&row.from));
                    }
                    tools.to_vec()
                }
                By::Event(event) => {
                    assert!(table.follows(event, row.from, row.to));
                    vec![event.words()]
                }
            };
            for name in names {
                assert!(seen.insert((row.from.name(), row.to.name(), name)), "{} twice: {row:?}", table.kind);
            }
        }
    }

    #[test]
    fn no_step_stands_still_or_is_listed_twice() {
        check(&JOB);
        check(&PART);
        check(&OPERATION);
        check(&SUBSTEP);
        check(&ISSUE);
        check(&NCR);
    }

    #[test]
    fn leaving_completed_needs_a_reason_and_no_force_passes_a_standstill() {
        fn check<K: Kind>(table: &Table<K>, completed: K::State) {
            for row in table.rows {
                let reopens = row.from == completed && matches!(row.by, By::Tools(_));
                assert_eq!(row.needs_argument(Argument::Reason), reopens, "{row:?}");
            }
        }
        check(&JOB, JobStatus::Completed);
        check(&PART, JobStatus::Completed);
        check(&OPERATION, TaskStatus::Completed);
        for row in OPERATION.rows {
            let by_work = matches!(row.by, By::Tools(_)) && row.to != TaskStatus::OnHold;
            assert!(!by_work || row.needs(OperationNeed::NoStandstill), "{row:?}");
        }
    }

    #[test]
    fn every_state_has_its_own_name() {
        for status in JobStatus::ALL {
            assert_eq!(JobStatus::from_name(status.name()), Some(*status));
            assert_eq!(serde_json::to_value(status).expect("JSON"), status.name());
        }
        assert_eq!(JobStatus::from_name("pending"), None);
    }

    #[test]
    fn rows_are_told_in_words() {
        let stop = Line {
            kind: "job",
            from: "in_progress",
            to: "on_hold",
            by: "stop_job, update_job".to_owned(),
            needs: String::new(),
        };
        assert!(lines().contains(&stop));
        let work = JOB.rows.len() + PART.rows.len() + OPERATION.rows.len() + SUBSTEP.rows.len();
        assert_eq!(lines().len(), work + ISSUE.rows.len() + NCR.rows.len());
        assert_eq!(JOB.after(JobStatus::InProgress), [JobStatus::OnHold, JobStatus::Completed]);
        assert_eq!(JOB.before("start_job", JobStatus::InProgress), [JobStatus::NotStarted, JobStatus::OnHold]);
    }
}
