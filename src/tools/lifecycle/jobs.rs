//! The steps of jobs.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::core::states::{JOB, JOB_COMPLETED, JobStatus, Need, PART, TaskStatus};
use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::begin::check_standstill;
use crate::tools::lifecycle::complete::{self, left_undone};
use crate::tools::lifecycle::facts::{Facts, facts, sum};
use crate::tools::lifecycle::parts::unfinished;
use crate::tools::lifecycle::{
    Given, Locked, Warning, WarningKind, blocked, blockers, check_given, check_room, rows, step,
};
use crate::tools::shared::check_step;

/// Sets the state of a locked job, but not to `completed`; parts and operations stay as they are. Gives the state before.
///
/// # Errors
/// `not_found`, `invalid_state`, `invalid_arguments`, `limit_exceeded` for notes that become too long.
pub(in crate::tools) fn step_job(
    call: &Call,
    locked: &mut Locked,
    id: Uuid,
    to: JobStatus,
    given: &Given<'_>,
    note: Option<&str>,
) -> Result<JobStatus, ToolError> {
    let job = locked.job(id)?;
    let previous = job.status;
    step(&JOB, given, previous, to)?;
    check_room(job.notes_chars, note)?;
    locked.set_jobs(call, &[id], to, note);
    Ok(previous)
}

/// What came of completing a job.
#[derive(Debug)]
pub(in crate::tools) struct JobDone {
    /// The state before.
    pub(in crate::tools) previous: JobStatus,
    /// How many parts were completed with it.
    pub(in crate::tools) completed_parts: usize,
    /// How many operations were completed with it.
    pub(in crate::tools) completed_operations: usize,
    /// How many time entries were ended.
    pub(in crate::tools) ended_time_entries: usize,
    /// What is left undone.
    pub(in crate::tools) warnings: Vec<Warning>,
}

/// What is open of a job.
struct Open {
    parts: Vec<Uuid>,
    operations: Vec<Uuid>,
    /// Of the open operations, and of completed ones on which time is booked.
    unfinished: Vec<Uuid>,
    /// Of the open operations.
    facts: Facts,
    running: i64,
    ncrs: Ncrs,
}

/// The pending NCRs of a job.
#[derive(Deserialize)]
struct Ncrs {
    count: i64,
    first: Vec<Value>,
}

/// Completes a locked job. With force its open parts and operations are completed with it and the time on them is ended, so that states
/// do not contradict each other; a pending standstill issue is never passed.
///
/// # Errors
/// `not_found`, `invalid_state`.
pub(in crate::tools) fn complete_job(
    call: &Call,
    locked: &mut Locked,
    id: Uuid,
    given: &Given<'_>,
) -> Result<JobDone, ToolError> {
    let (previous, to) = (locked.job(id)?.status, JobStatus::Completed);
    let row = check_step(&JOB, given.tool, previous, to)?;
    let open = Open::lock(call, locked, id);
    for need in row.needs {
        match *need {
            Need::FORCE | Need::REASON => {}
            Need::NO_STANDSTILL => check_standstill(call, &JOB, previous, to, &open.operations, &open.facts)?,
            Need::JOB_DONE => open.check_nothing(call, previous, given)?,
            other => unreachable!("nobody checks {other:?}"),
        }
    }
    check_given(&JOB, row, given)?;
    let (completed_operations, ended_time_entries) = complete::force(call, locked, &open.unfinished);
    if !open.parts.is_empty() {
        locked.set_parts(call, &open.parts, to, None, None);
    }
    locked.set_jobs(call, &[id], to, None);
    let mut warnings = left_undone(&Facts { running: open.running, ..open.facts });
    warnings.extend(Warning::of(WarningKind::OpenNcrs, open.ncrs.count, "NCRs stay open"));
    Ok(JobDone { previous, completed_parts: open.parts.len(), completed_operations, ended_time_entries, warnings })
}

impl Open {
    /// Locks what is open below a locked job.
    fn lock(call: &Call, locked: &mut Locked, job: Uuid) -> Self {
        let of_job = sql_args![uuid(call.tenant), uuid(job)];
        locked.lock_parts(call, &rows(include_str!("parts_of_job.sql"), of_job));
        let parts: Vec<_> = locked.parts.keys().copied().collect();
        let unfinished = unfinished(call, &parts);
        locked.lock_operations(call, &unfinished);
        let completes =
            |part: &Uuid| PART.step(JOB_COMPLETED, locked.parts[part].status, JobStatus::Completed).is_some();
        let parts = parts.into_iter().filter(completes).collect();
        let unfinished: Vec<_> = locked.operations.keys().copied().collect();
        let is_open = |id: &Uuid| locked.operations[id].status != TaskStatus::Completed;
        let operations: Vec<_> = unfinished.iter().copied().filter(is_open).collect();
        let facts = facts(call, &unfinished);
        let ncrs = query::write(include_str!("open_ncrs.sql"), of_job, |rows| rows.first().get_one::<String>())
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or(Ncrs { count: 0, first: Vec::new() });
        Self {
            running: sum(facts.values()).running,
            facts: sum(operations.iter().filter_map(|id| facts.get(id))),
            parts,
            operations,
            unfinished,
            ncrs,
        }
    }

    /// Refuses to complete a job of which something is open, and lists the first of it.
    fn check_nothing(&self, call: &Call, from: JobStatus, given: &Given<'_>) -> Result<(), ToolError> {
        let nothing = self.parts.is_empty() && self.operations.is_empty() && self.running == 0 && self.ncrs.count == 0;
        if given.force || nothing {
            return Ok(());
        }
        let mut blocked_by = blockers(include_str!("open_parts.sql"), call.tenant, &self.parts);
        blocked_by.extend(blockers(include_str!("open_operations.sql"), call.tenant, &self.operations));
        blocked_by.extend(blockers(include_str!("running_entries.sql"), call.tenant, &self.unfinished));
        blocked_by.extend(self.ncrs.first.iter().cloned());
        let message = "parts, operations, time entries or NCRs of the job are still open";
        Err(blocked(&JOB, from, JobStatus::Completed, message)
            .hint(
                "complete them first; with force: true open parts and operations are completed with the job, time entries are ended, and NCRs \
                 stay open",
            )
            .with("open_parts", self.parts.len())
            .with("open_operations", self.operations.len())
            .with("running_time_entries", self.running)
            .with("open_ncrs", self.ncrs.count)
            .with("blocked_by", blocked_by))
    }
}
