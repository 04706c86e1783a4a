//! The steps of jobs.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::core::states::{JOB, JobNeed, JobStatus, PART, PartEvent, TaskStatus};
use crate::error::ToolError;
use crate::run::tool::Call;
use crate::tools::lifecycle::blockers::{self, blockers};
use crate::tools::lifecycle::complete;
use crate::tools::lifecycle::facts::{Facts, facts, sum};
use crate::tools::lifecycle::needs::{check_standstill, left_undone};
use crate::tools::lifecycle::parts::unfinished;
use crate::tools::lifecycle::{Given, Locked, Warning, WarningKind, blocked, check_given, check_room, step};
use crate::tools::shared::{RULES, check_step};
use crate::{sql_args, statement};

statement! {
    static PARTS_OF_JOB = include_str!("parts_of_job.sql"); [Uuid, Uuid];

    static OPEN_NCRS = include_str!("open_ncrs.sql"); [Uuid, Uuid] => rules(&[RULES]);
}

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
            // `check_given` looks at these.
            JobNeed::Force | JobNeed::Reason => {}
            JobNeed::NoStandstill => check_standstill(call, &JOB, previous, to, &open.operations, &open.facts)?,
            JobNeed::JobDone => open.check_nothing(call, previous, given)?,
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
        locked.lock_parts(call, &call.rows::<Uuid>(&PARTS_OF_JOB, sql_args![job]));
        let parts: Vec<_> = locked.parts.keys().copied().collect();
        let unfinished = unfinished(call, &parts);
        locked.lock_operations(call, &unfinished);
        let completes =
            |part: &Uuid| PART.follows(PartEvent::JobCompleted, locked.parts[part].status, JobStatus::Completed);
        let parts = parts.into_iter().filter(completes).collect();
        let unfinished: Vec<_> = locked.operations.keys().copied().collect();
        let is_open = |id: &Uuid| locked.operations[id].status != TaskStatus::Completed;
        let operations: Vec<_> = unfinished.iter().copied().filter(is_open).collect();
        let facts = facts(call, &unfinished);
        let ncrs = call.json::<Ncrs>(&OPEN_NCRS, sql_args![job]).into_value();
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
        let mut blocked_by = blockers(call, &blockers::OPEN_PARTS, &self.parts);
        blocked_by.extend(blockers(call, &blockers::OPEN_OPERATIONS, &self.operations));
        blocked_by.extend(blockers(call, &blockers::RUNNING_ENTRIES, &self.unfinished));
        blocked_by.extend(self.ncrs.first.iter().cloned());
        let message = "parts, operations, time entries or NCRs of the job are still open";
        Err(blocked(&JOB, from, JobStatus::Completed, message)
            .hint(
                "complete them first, or call again with force: true: open parts and operations are then completed with the job, time entries \
                 are ended, and NCRs stay open",
            )
            .with("open_parts", self.parts.len())
            .with("open_operations", self.operations.len())
            .with("running_time_entries", self.running)
            .with("open_ncrs", self.ncrs.count)
            .with("blocked_by", blocked_by))
    }
}
