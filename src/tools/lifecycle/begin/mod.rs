//! Starting, resuming and reopening an operation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{OPERATION, TaskStatus};
use crate::error::ToolError;
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::tools::lifecycle::facts::facts;
use crate::tools::lifecycle::needs::OperationStep;
use crate::tools::lifecycle::{Effect, Given, Locked, NOTED, Warning, check_room, roll_up, step, time_entries};
use crate::{sql_args, statement};

/// The completion of a reopened operation in percent: it was done, and something is left to do.
pub(in crate::tools) const REOPENED_PERCENT: i32 = 90;

/// What the time is spent on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum TimeType {
    /// Setting up the cell.
    Setup,
    /// Producing pieces.
    #[default]
    Run,
    /// Reworking pieces.
    Rework,
    /// Waiting.
    Wait,
    /// A machine is down.
    Breakdown,
}

impl TimeType {
    /// The type as the database writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Run => "run",
            Self::Rework => "rework",
            Self::Wait => "wait",
            Self::Breakdown => "breakdown",
        }
    }
}

/// Whose time is booked from now on, and as what.
#[derive(Debug, Clone, Copy)]
pub(in crate::tools) struct Booking {
    /// The profile id.
    pub(in crate::tools) operator: Uuid,
    /// What the time is spent on.
    pub(in crate::tools) time_type: TimeType,
}

/// What came of it.
#[derive(Debug)]
pub(in crate::tools) struct Begun {
    /// The state before.
    pub(in crate::tools) previous: TaskStatus,
    /// What became of the part.
    pub(in crate::tools) part: Effect,
    /// What became of the job.
    pub(in crate::tools) job: Effect,
    /// The time entry that was opened.
    pub(in crate::tools) time_entry: Option<Uuid>,
    /// What was overridden.
    pub(in crate::tools) warnings: Vec<Warning>,
}

statement! {
    static BEGIN = include_str!("begin.sql"); [Uuid, Uuid, Bool, Text]
        => rules(&[NOTED]),
           fills(&[("paragraph", Fill::Text("$4")), ("reopened_percent", Fill::Made(|| REOPENED_PERCENT.to_string()))]);
}

/// Sets a locked operation to `in_progress`, its part and job with it, and opens a time entry.
///
/// # Errors
/// `not_found`, `invalid_state` (what stands in the way is in `blocked_by`), `limit_exceeded`, `conflict`, `invalid_arguments`.
pub(in crate::tools) fn begin(
    call: &Call,
    locked: &mut Locked,
    id: Uuid,
    given: &Given<'_>,
    note: Option<&str>,
    booking: Option<Booking>,
) -> Result<Begun, ToolError> {
    let operation = locked.operation(id)?;
    let (part, cell, previous) = (operation.part, operation.cell, operation.status);
    let to = TaskStatus::InProgress;
    let needs = step(&OPERATION, given, previous, to)?.needs;
    check_room(operation.notes_chars, note)?;
    let facts = facts(call, &[id]).remove(&id).unwrap_or_default();
    let asked = OperationStep { call, locked, id, from: previous, to, force: given.force, facts: &facts };
    let mut warnings = Vec::new();
    for need in needs {
        warnings.extend(asked.check(*need)?);
    }
    let reopened = previous == TaskStatus::Completed;
    call.execute(&BEGIN, sql_args![id, reopened, note]);
    if let Some(operation) = locked.operations.get_mut(&id) {
        operation.status = TaskStatus::InProgress;
    }
    roll_up::operation_began(call, locked, part, cell);
    let job = locked.parts[&part].job;
    let time_entry = booking.map(|booking| time_entries::open(call, id, booking)).transpose()?;
    Ok(Begun { previous, part: locked.part_effect(part), job: locked.job_effect(job), time_entry, warnings })
}
