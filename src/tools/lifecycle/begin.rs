//! Starting an operation, going on with it, and reopening it.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{JobStatus, Need, OPERATION, State, Table, TaskStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::facts::{Facts, facts};
use crate::tools::lifecycle::{
    Effect, Given, Locked, Warning, WarningKind, blocked, blockers, check_limit, check_room, roll_up, step,
};
use crate::tools::shared::check_person;

/// How far a reopened operation is taken to be, in percent: it was done, and something is left.
pub(in crate::tools) const REOPENED_PERCENT: i32 = 90;

/// What the time is spent on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum TimeType {
    /// Making the cell ready.
    Setup,
    /// Making pieces.
    #[default]
    Run,
    /// Making pieces good again.
    Rework,
    /// Waiting.
    Wait,
    /// A machine is down.
    Breakdown,
}

impl TimeType {
    const fn name(self) -> &'static str {
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
    static BEGIN: LazyLock<String> =
        LazyLock::new(|| include_str!("begin.sql").replace("{{reopened}}", &REOPENED_PERCENT.to_string()));

    let operation = locked.operation(id)?;
    let (part, cell, previous) = (operation.part, operation.cell, operation.status);
    let job = locked.part_of(operation).job;
    let to = TaskStatus::InProgress;
    let needs = step(&OPERATION, given, previous, to)?.needs;
    check_room(operation.notes_chars, note)?;
    let facts = facts(call, &[id]).remove(&id).unwrap_or_default();
    let mut warnings = Vec::new();
    for need in needs {
        match *need {
            Need::FORCE | Need::REASON => {}
            Need::PART_OPEN => check_around(locked, id, &[JobStatus::OnHold, JobStatus::Completed])?,
            Need::PART_NOT_HELD => check_around(locked, id, &[JobStatus::OnHold])?,
            Need::NO_STANDSTILL => check_standstill(call, &OPERATION, previous, to, &[id], &facts)?,
            Need::EARLIER_DONE => warnings.extend(check_earlier(call, id, previous, given.force, &facts)?),
            Need::CELL_HAS_ROOM => warnings.extend(check_limit(call, cell, job, given.force)?),
            other => unreachable!("nobody checks {other:?}"),
        }
    }
    let reopened = previous == TaskStatus::Completed;
    query::write(&BEGIN, sql_args![uuid(call.tenant), uuid(id), reopened, note], |_| Ok(()));
    if let Some(operation) = locked.operations.get_mut(&id) {
        operation.status = TaskStatus::InProgress;
    }
    roll_up::operation_began(call, locked, part, cell);
    let time_entry = booking.map(|booking| book(call, id, booking)).transpose()?;
    Ok(Begun { previous, part: locked.part_effect(part), job: locked.job_effect(job), time_entry, warnings })
}

/// Refuses work on an operation whose part or job is in one of these states.
fn check_around(locked: &Locked, id: Uuid, closed: &[JobStatus]) -> Result<(), ToolError> {
    let operation = locked.operation(id)?;
    let part = locked.part_of(operation);
    let job = locked.job_of(part);
    for (what, id, status) in [("job", part.job, job.status), ("part", operation.part, part.status)] {
        if !closed.contains(&status) {
            continue;
        }
        let hint = match (what, status) {
            ("job", JobStatus::OnHold) => "resume the job first, with resume_job",
            ("job", _) => "reopen the job first, with update_job: status in_progress and a reason",
            (_, JobStatus::OnHold) => "resume the part first, with update_part: status in_progress",
            _ => "reopen the part first, with update_part: status in_progress and a reason",
        };
        let message = format!("the operation's {what} is {}", status.name());
        return Err(blocked(&OPERATION, operation.status, TaskStatus::InProgress, &message).hint(hint).with(
            "blocked_by",
            vec![serde_json::json!({"reason": format!("{what}_{}", status.name()), "id": id, "status": status})],
        ));
    }
    Ok(())
}

/// Refuses a step that a pending standstill issue of one of these operations forbids.
pub(in crate::tools) fn check_standstill<S: State>(
    call: &Call,
    table: &'static Table<S>,
    from: S,
    to: S,
    operations: &[Uuid],
    facts: &Facts,
) -> Result<(), ToolError> {
    if facts.standstills == 0 {
        return Ok(());
    }
    Err(blocked(table, from, to, "an issue that stops work is pending (Yellow Card)")
        .hint("review the issue with update_issue; force does not pass it")
        .with("standstill_issues", facts.standstills)
        .with("blocked_by", blockers(include_str!("standstills.sql"), call.tenant, operations)))
}

fn check_earlier(
    call: &Call,
    id: Uuid,
    from: TaskStatus,
    force: bool,
    facts: &Facts,
) -> Result<Option<Warning>, ToolError> {
    if facts.earlier > 0 && !force {
        let message = "operations of the part that come first are not completed";
        return Err(blocked(&OPERATION, from, TaskStatus::InProgress, message)
            .hint("complete them first, or call again with force: true")
            .with("earlier_operations", facts.earlier)
            .with("blocked_by", blockers(include_str!("earlier.sql"), call.tenant, &[id])));
    }
    let message = "operations of the part that come first are not completed";
    Ok(Warning::of(WarningKind::EarlierOperations, facts.earlier, message))
}

/// Opens a time entry. The operation is locked, so nobody opens another one for the same person meanwhile.
fn book(call: &Call, operation: Uuid, booking: Booking) -> Result<Uuid, ToolError> {
    let (tenant, person) = (uuid(call.tenant), uuid(booking.operator));
    check_person(call, "operator_id", Some(booking.operator))?;
    let running = query::write(include_str!("running_entry.sql"), sql_args![tenant, uuid(operation), person], |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<pgrx::Uuid>() }
    });
    if let Some(entry) = running.map(query::from_uuid) {
        return Err(ToolError::new(ToolErrorCode::Conflict, "this person already books time on the operation")
            .hint("call again without operator_id")
            .with("field", "operator_id")
            .with("time_entry_id", entry.to_string()));
    }
    let id = Uuid::new_v4();
    let args = sql_args![tenant, uuid(id), uuid(operation), person, booking.time_type.name()];
    query::write(include_str!("open_entry.sql"), args, |_| Ok(()));
    Ok(id)
}
