//! The life of jobs, parts and operations: each step from one state to another, with everything that follows from it, in one transaction.
//!
//! This is not a domain of its own: the tools that change a state call it, for one row or for many. Which steps are allowed is stated in
//! the tables of [`core::states`](crate::core::states). Here is what the needs of a step mean ([`needs`], [`facts`], [`blockers`]), the
//! steps themselves ([`mod@begin`], [`mod@pause`], [`complete`], [`parts`], [`jobs`], [`update`]), and what they do to time entries, to the
//! part and to the job ([`time_entries`], [`roll_up`]).
//!
//! Whoever changes a state locks the job first, then the parts, then the operations, each set in the order of their ids ([`Locked`]). So two
//! calls that complete the last two operations of a part wait for each other at the job, and the second sees what the first did.

mod begin;
mod blockers;
mod complete;
mod facts;
pub(in crate::tools) mod fields;
mod jobs;
mod limit;
mod locked;
mod needs;
mod parts;
mod pause;
#[cfg(any(test, feature = "pg_test"))]
pub(in crate::tools) mod probe;
mod roll_up;
mod time_entries;
mod update;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{Argument, JobStatus, Kind, Row, State, Table};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Fill, Rules};
use crate::tools::shared::{MAX_NOTES, check_step, notes_too_long};

pub(in crate::tools) use begin::{Booking, TimeType, begin};
pub(in crate::tools) use complete::{Completion, complete_one};
pub(in crate::tools) use jobs::{complete_job, step_job};
pub(in crate::tools) use limit::check_limit;
pub(in crate::tools) use locked::Locked;
pub(in crate::tools) use parts::{PartSteps, step_part};
pub(in crate::tools) use pause::pause;
pub(in crate::tools) use update::{OperationChanges, OperationUpdate, update_operation};

/// What a caller gave for a step.
#[derive(Debug, Clone, Copy)]
pub(in crate::tools) struct Given<'a> {
    /// The tool that was called, by its name in the state tables.
    pub(in crate::tools) tool: &'static str,
    /// Go on where only the caller's consent is missing.
    pub(in crate::tools) force: bool,
    /// Why.
    pub(in crate::tools) reason: Option<&'a str>,
}

/// What a step did to the part or the job around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Effect {
    id: Uuid,
    previous_status: JobStatus,
    /// The same as before if nothing changed.
    status: JobStatus,
}

impl Effect {
    /// The state after.
    pub(in crate::tools) const fn status(&self) -> JobStatus {
        self.status
    }
}

/// Something that force overrode, that the step ended, or that is left undone.
// In alphabetical order, in which answers show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Warning {
    /// How many there are.
    count: i64,
    kind: WarningKind,
    /// In words.
    message: String,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum WarningKind {
    /// Earlier operations are not completed.
    EarlierOperations,
    /// The cell has more jobs than its enforced limit; count is the number of its jobs.
    WipLimit,
    /// Substeps stay unfinished.
    UnfinishedSubsteps,
    /// Time entries were ended.
    EndedTimeEntries,
    /// NCRs stay open.
    OpenNcrs,
    /// Parts or jobs have nothing left to do but stay on hold.
    OnHold,
}

impl Warning {
    fn new(kind: WarningKind, count: i64, message: &str) -> Self {
        Self { kind, count, message: message.to_owned() }
    }

    /// The same, where there is something to warn of.
    fn of(kind: WarningKind, count: i64, message: &str) -> Option<Self> {
        (count > 0).then(|| Self::new(kind, count, message))
    }
}

/// The step of the table that the caller asks for, with the arguments that it needs.
fn step<K: Kind>(
    table: &'static Table<K>,
    given: &Given<'_>,
    from: K::State,
    to: K::State,
) -> Result<&'static Row<K>, ToolError> {
    let row = check_step(table, given.tool, from, to)?;
    check_given(table, row, given)?;
    Ok(row)
}

/// Refuses a step without the arguments that it needs.
fn check_given<K: Kind>(table: &'static Table<K>, row: &Row<K>, given: &Given<'_>) -> Result<(), ToolError> {
    let only =
        |with: &str| format!("{} that is {} can become {} only {with}", table.one(), row.from.name(), row.to.name());
    if row.needs_argument(Argument::Force) && !given.force {
        let error = blocked(table, row.from, row.to, &only("with force"));
        return Err(error.hint("call again with force: true if that is intended"));
    }
    if row.needs_argument(Argument::Reason) && given.reason.is_none() {
        return Err(ToolError::invalid("reason", only("with a reason")));
    }
    Ok(())
}

/// The refusal of a step that the table lists, because something stands in its way.
fn blocked<K: Kind>(table: &'static Table<K>, from: K::State, to: K::State, message: &str) -> ToolError {
    let others = table.after(from).into_iter().filter(|other| *other != to).map(State::name);
    ToolError::new(ToolErrorCode::InvalidState, message)
        .with("from", from.name())
        .with("to", to.name())
        .with("allowed", others.collect::<Vec<_>>())
}

/// A reason as a paragraph of notes. The tables have no column for reasons.
pub(in crate::tools) fn note<S: State>(from: S, to: S, reason: Option<&str>) -> Option<String> {
    let mark = match (from.name(), to.name()) {
        ("completed", _) => "reopened",
        (_, "on_hold") => "stopped",
        ("on_hold", "in_progress") => "resumed",
        (_, "in_progress") => "started",
        (_, "completed") => "completed",
        _ => "reset",
    };
    reason.map(|reason| format!("[{mark}] {reason}"))
}

/// `{{noted}}`: a row's notes with a paragraph behind them, when there is one. `{{paragraph}}` is its parameter.
const NOTED: &Rules = &[(
    "noted",
    Fill::Text(
        "CASE WHEN {{paragraph}} IS NULL THEN notes ELSE concat_ws(E'\\n\\n', nullif(notes, ''), {{paragraph}}) END",
    ),
)];

/// Refuses a paragraph that would make notes of this length too long.
fn check_room(notes_chars: usize, note: Option<&str>) -> Result<(), ToolError> {
    // Two line breaks stand between paragraphs.
    match note {
        Some(note) if notes_chars + 2 + note.chars().count() > MAX_NOTES => {
            Err(notes_too_long().with("field", "reason"))
        }
        _ => Ok(()),
    }
}
