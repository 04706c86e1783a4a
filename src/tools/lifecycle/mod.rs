//! The life of jobs, parts and operations: each step from one state to another, and all that follows from it, in one transaction.
//!
//! Not a domain of its own: the tools that change a state call it, for one row or for many. What is allowed stands in the tables of
//! [`core::states`](crate::core::states); here is what a step's needs mean, and what it does to time entries, to the part, to the job.
//!
//! Who changes a state locks the job first, then the parts, then the operations, each set in the order of their ids ([`Locked`]). So two
//! that complete the last two operations of a part wait for each other at the job, and the second one sees what the first one did.

mod begin;
mod complete;
mod entries;
mod facts;
pub(in crate::tools) mod fields;
mod jobs;
mod limit;
mod locked;
mod operation;
mod parts;
mod pause;
#[cfg(any(test, feature = "pg_test"))]
pub(in crate::tools) mod probe;
mod roll_up;
#[cfg(any(test, feature = "pg_test"))]
mod tables;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::core::states::{JobStatus, Need, Row, State, Table};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, Arg, uuid};
use crate::tools::shared::{MAX_NOTES, check_step, notes_too_long};

pub(in crate::tools) use begin::{Booking, TimeType, begin};
pub(in crate::tools) use complete::{Completion, complete_one};
pub(in crate::tools) use jobs::{complete_job, step_job};
pub(in crate::tools) use limit::check_limit;
pub(in crate::tools) use locked::Locked;
pub(in crate::tools) use operation::{OperationUpdate, update_operation};
pub(in crate::tools) use parts::{PartSteps, step_part};
pub(in crate::tools) use pause::pause;

/// What a caller gave for a step.
#[derive(Debug, Clone, Copy)]
pub(in crate::tools) struct Given<'a> {
    /// The tool that was called, as the state tables name it.
    pub(in crate::tools) tool: &'static str,
    /// Go on where only the caller's word is missing.
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
    /// The same as before where nothing followed.
    status: JobStatus,
}

impl Effect {
    /// The state after.
    pub(in crate::tools) const fn status(&self) -> JobStatus {
        self.status
    }
}

/// Something that was overridden by force, was ended with the step, or is left undone.
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
    /// Operations that come first are not completed.
    EarlierOperations,
    /// The cell has more jobs than its enforced limit; count is that many.
    WipLimit,
    /// Substeps that stay unfinished.
    UnfinishedSubsteps,
    /// Time entries that were ended.
    EndedTimeEntries,
    /// NCRs that stay open.
    OpenNcrs,
    /// Parts or jobs with nothing left to do that stay on hold.
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
fn step<S: State>(table: &'static Table<S>, given: &Given<'_>, from: S, to: S) -> Result<&'static Row<S>, ToolError> {
    let row = check_step(table, given.tool, from, to)?;
    check_given(table, row, given)?;
    Ok(row)
}

/// Refuses a step without the arguments that it needs.
fn check_given<S: State>(table: &'static Table<S>, row: &Row<S>, given: &Given<'_>) -> Result<(), ToolError> {
    let only =
        |with: &str| format!("{} that is {} becomes {} only {with}", table.one(), row.from.name(), row.to.name());
    if row.needs(Need::FORCE) && !given.force {
        let error = blocked(table, row.from, row.to, &only("by force"));
        return Err(error.hint("call again with force: true if that is meant"));
    }
    if row.needs(Need::REASON) && given.reason.is_none() {
        return Err(ToolError::invalid("reason", only("with a reason")));
    }
    Ok(())
}

/// The refusal of a step that the table lists, because something stands in its way.
fn blocked<S: State>(table: &'static Table<S>, from: S, to: S, message: &str) -> ToolError {
    let others = table.after(from).into_iter().filter(|other| *other != to).map(S::name);
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

/// The rows of a statement that gives them as one JSON array, or null for none. It sees what this call wrote before.
fn rows<T: DeserializeOwned>(sql: &str, args: &[Arg<'_>]) -> Vec<T> {
    query::write(sql, args, |rows| rows.first().get_one::<String>())
        .map(|text| serde_json::from_str(&text).expect("the statement gives these rows"))
        .unwrap_or_default()
}

/// The first of what stands in the way, as the field `blocked_by` of an error shows it.
fn blockers(sql: &str, tenant: Uuid, of: &[Uuid]) -> Vec<Value> {
    rows(sql, crate::sql_args![uuid(tenant), ids(of)])
}

/// Ids as a parameter.
fn ids(ids: &[Uuid]) -> Vec<pgrx::Uuid> {
    ids.iter().copied().map(uuid).collect()
}
