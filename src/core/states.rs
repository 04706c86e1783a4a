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

mod issue;
mod job;
mod operation;
mod part;
mod substep;

pub use issue::{ISSUE, IssueSeverity, IssueStatus, IssueType, NCR, NcrCategory, NcrDisposition};
pub use job::{JOB, JobStatus, PARTS_COMPLETED, Priority, WORK_REOPENED, WORK_STARTS};
pub use operation::{OPERATION, PART_COMPLETED, TaskStatus, TaskWord, YELLOW_CARD, YELLOW_CARD_CLEARED};
pub use part::{JOB_COMPLETED, OPERATION_REOPENED, OPERATION_STARTS, OPERATIONS_COMPLETED, PART};
pub use substep::{SUBSTEP, SubstepStatus};

/// A state, as the state tables and the answers about them use it.
pub trait State: Copy + PartialEq + 'static {
    /// The state as the database writes it.
    fn name(self) -> &'static str;
}

/// Who takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Each of these tools, when a caller asks for it.
    Tools(&'static [&'static str]),
    /// Something else that happened, in the same transaction.
    Event(&'static str),
}

/// What a step needs, in words. `force` and `reason` are arguments; with "or force" the argument stands in for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need(pub &'static str);

impl Need {
    /// The argument `force`.
    pub const FORCE: Self = Self("force");
    /// The argument `reason`.
    pub const REASON: Self = Self("a reason");
    /// No pending issue that stops the operation. No force replaces it.
    pub const NO_STANDSTILL: Self = Self("no pending standstill issue");
}

/// One step: from which state to which, who takes it, and what it needs.
#[derive(Debug)]
pub struct Row<S: State = JobStatus> {
    /// Where it starts.
    pub from: S,
    /// Where it leads.
    pub to: S,
    /// Who takes it.
    pub by: By,
    /// All of what it needs.
    pub needs: &'static [Need],
}

impl<S: State> Row<S> {
    const fn tools(from: S, to: S, tools: &'static [&'static str], needs: &'static [Need]) -> Self {
        Self { from, to, by: By::Tools(tools), needs }
    }

    const fn event(from: S, to: S, event: &'static str, needs: &'static [Need]) -> Self {
        Self { from, to, by: By::Event(event), needs }
    }

    /// Whether this tool takes the step, or this event brings it about.
    #[must_use]
    pub fn is_by(&self, name: &str) -> bool {
        match self.by {
            By::Tools(tools) => tools.contains(&name),
            By::Event(event) => event == name,
        }
    }

    /// Whether it needs this.
    #[must_use]
    pub fn needs(&self, need: Need) -> bool {
        self.needs.contains(&need)
    }
}

/// The steps of one kind of row. What it does not list is refused.
#[derive(Debug)]
pub struct Table<S: State = JobStatus> {
    /// What the rows are, as errors and documents say it.
    pub kind: &'static str,
    /// Its steps.
    pub rows: &'static [Row<S>],
}

/// A row of a table in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The table's kind.
    pub kind: &'static str,
    /// The state before.
    pub from: &'static str,
    /// The state after.
    pub to: &'static str,
    /// The tools, or the event.
    pub by: String,
    /// What it needs; empty when it needs nothing.
    pub needs: String,
}

impl<S: State> Table<S> {
    /// The step that this tool or event takes between two states.
    #[must_use]
    pub fn step(&self, by: &str, from: S, to: S) -> Option<&'static Row<S>> {
        self.rows.iter().find(|row| row.from == from && row.to == to && row.is_by(by))
    }

    /// The states that tools can lead to from `from`.
    #[must_use]
    pub fn after(&self, from: S) -> Vec<S> {
        let asked = self.rows.iter().filter(|row| row.from == from && matches!(row.by, By::Tools(_)));
        distinct(asked.map(|row| row.to))
    }

    /// The tools that take the step between two states.
    #[must_use]
    pub fn tools(&self, from: S, to: S) -> Vec<&'static str> {
        let rows = self.rows.iter().filter(|row| row.from == from && row.to == to);
        rows.filter_map(|row| match row.by {
            By::Tools(tools) => Some(tools),
            By::Event(_) => None,
        })
        .flatten()
        .copied()
        .collect()
    }

    /// The states from which this tool or event leads to `to`.
    #[must_use]
    pub fn before(&self, by: &str, to: S) -> Vec<S> {
        distinct(self.rows.iter().filter(|row| row.to == to && row.is_by(by)).map(|row| row.from))
    }

    /// A row of this kind, with its article.
    #[must_use]
    pub fn one(&self) -> String {
        let vowel = self.kind.starts_with(['a', 'e', 'i', 'o', 'u', 'N']);
        format!("{} {}", if vowel { "an" } else { "a" }, self.kind)
    }

    /// Its rows in words.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        self.rows.iter().map(|row| Line {
            kind: self.kind,
            from: row.from.name(),
            to: row.to.name(),
            by: match row.by {
                By::Tools(tools) => tools.join(", "),
                By::Event(event) => event.to_owned(),
            },
            needs: row.needs.iter().map(|need| need.0).collect::<Vec<_>>().join("; "),
        })
    }
}

/// The rows of all tables in words.
#[must_use]
pub fn lines() -> Vec<Line> {
    let work = JOB.lines().chain(PART.lines()).chain(OPERATION.lines()).chain(SUBSTEP.lines());
    work.chain(ISSUE.lines()).chain(NCR.lines()).collect()
}

/// Each state once, in the order of the first time.
fn distinct<S: State>(states: impl Iterator<Item = S>) -> Vec<S> {
    states.fold(Vec::new(), |mut kept, state| {
        if !kept.contains(&state) {
            kept.push(state);
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// What every table keeps, whatever its states.
    fn check<S: State + std::fmt::Debug>(table: &Table<S>) {
        let mut seen = HashSet::new();
        for row in table.rows {
            assert!(row.from != row.to, "{}: {row:?}", table.kind);
            let names = match row.by {
                By::Tools(tools) => tools.to_vec(),
                By::Event(event) => vec![event],
            };
            for name in names {
                assert!(seen.insert((row.from.name(), row.to.name(), name)), "{} twice: {row:?}", table.kind);
                assert_eq!(table.step(name, row.from, row.to).map(|found| found.needs), Some(row.needs));
                assert!(table.before(name, row.to).contains(&row.from));
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
        for row in JOB.rows.iter().chain(PART.rows) {
            let reopens = row.from == JobStatus::Completed && matches!(row.by, By::Tools(_));
            assert_eq!(row.needs(Need::REASON), reopens, "{row:?}");
        }
        for row in OPERATION.rows {
            assert_eq!(row.needs(Need::REASON), row.from == TaskStatus::Completed, "{row:?}");
            let by_work = matches!(row.by, By::Tools(_)) && row.to != TaskStatus::OnHold;
            assert!(!by_work || row.needs(Need::NO_STANDSTILL), "{row:?}");
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
