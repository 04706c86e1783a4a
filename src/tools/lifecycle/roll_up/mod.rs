//! What the steps of operations do to their parts, and those of parts to their jobs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use uuid::Uuid;

use crate::core::states::{JOB, JobEvent, JobStatus, PART, PartEvent};
use crate::pg::statement::Statement;
use crate::run::tool::Call;
use crate::tools::lifecycle::{Locked, Warning, WarningKind};
use crate::{sql_args, statement};

statement! {
    static OPEN_OPERATIONS = include_str!("progress_of_parts.sql"); [Uuid, UuidArray];

    static OPEN_PARTS = include_str!("progress_of_jobs.sql"); [Uuid, UuidArray];

    static MOVE_PARTS = include_str!("move_parts.sql"); [Uuid, UuidArray];

    static MOVE_JOBS = include_str!("move_jobs.sql"); [Uuid, UuidArray];
}

/// How many rows below a part or job are not completed. One without any has none of these.
#[derive(Deserialize)]
struct Open {
    id: Uuid,
    open: i64,
}

fn open(call: &Call, statement: &'static Statement, of: &[Uuid]) -> BTreeMap<Uuid, i64> {
    let found: Vec<Open> = call.rows(statement, sql_args![of]);
    found.into_iter().map(|row| (row.id, row.open)).collect()
}

/// An operation of the part is in progress from now on, at this cell.
pub(super) fn operation_began(call: &Call, locked: &mut Locked, part: Uuid, cell: Uuid) {
    let (from, job) = (locked.parts[&part].status, locked.parts[&part].job);
    let events = [PartEvent::OperationStarts, PartEvent::OperationReopened];
    let begins = events.iter().any(|event| PART.follows(*event, from, JobStatus::InProgress));
    locked.set_parts(call, &[part], if begins { JobStatus::InProgress } else { from }, None, Some(cell));
    parts_began(call, locked, &BTreeSet::from([job]));
    move_jobs(call, locked, &[job]);
}

/// Parts of these jobs are in progress from now on.
pub(super) fn parts_began(call: &Call, locked: &mut Locked, jobs: &BTreeSet<Uuid>) {
    begin_jobs(call, locked, jobs, &[JobEvent::WorkStarts, JobEvent::WorkReopened]);
}

fn begin_jobs(call: &Call, locked: &mut Locked, jobs: &BTreeSet<Uuid>, events: &[JobEvent]) {
    let begins = |job: &&Uuid| {
        let from = locked.jobs[*job].status;
        events.iter().any(|event| JOB.follows(*event, from, JobStatus::InProgress))
    };
    let begun: Vec<_> = jobs.iter().filter(begins).copied().collect();
    if !begun.is_empty() {
        locked.set_jobs(call, &begun, JobStatus::InProgress, None);
    }
}

/// Operations of these parts were completed. Completes the parts, and then the jobs, of which nothing is open any more.
pub(super) fn operations_completed(call: &Call, locked: &mut Locked, parts: &BTreeSet<Uuid>) -> Vec<Warning> {
    // What was worked on was begun, whatever an older record says.
    let begins =
        |part: &&Uuid| PART.follows(PartEvent::OperationStarts, locked.parts[*part].status, JobStatus::InProgress);
    let begun: Vec<_> = parts.iter().filter(begins).copied().collect();
    if !begun.is_empty() {
        locked.set_parts(call, &begun, JobStatus::InProgress, None, None);
    }
    let parts: Vec<_> = parts.iter().copied().collect();
    let open = open(call, &OPEN_OPERATIONS, &parts);
    let (ended, mut going): (Vec<Uuid>, Vec<Uuid>) = parts.iter().partition(|part| open.get(part) == Some(&0));
    let completes =
        |part: &Uuid| PART.follows(PartEvent::OperationsCompleted, locked.parts[part].status, JobStatus::Completed);
    let (done, rest): (Vec<Uuid>, Vec<Uuid>) = ended.into_iter().partition(completes);
    let held = rest.iter().filter(|part| locked.parts[part].status == JobStatus::OnHold).count();
    if !done.is_empty() {
        locked.set_parts(call, &done, JobStatus::Completed, None, None);
    }
    going.extend(rest);
    if !going.is_empty() {
        call.execute(&MOVE_PARTS, sql_args![&going]);
    }
    let message = "the part has nothing left to do but stays on hold: resume and complete it with update_part";
    let mut warnings: Vec<_> = on_hold(held, message).into_iter().collect();
    let jobs = parts.iter().map(|part| locked.parts[part].job).collect();
    warnings.extend(parts_completed(call, locked, &jobs));
    warnings
}

/// Parts or operations of these jobs were completed. Completes the jobs of which nothing is open any more.
pub(super) fn parts_completed(call: &Call, locked: &mut Locked, jobs: &BTreeSet<Uuid>) -> Option<Warning> {
    begin_jobs(call, locked, jobs, &[JobEvent::WorkStarts]);
    let jobs: Vec<_> = jobs.iter().copied().collect();
    let open = open(call, &OPEN_PARTS, &jobs);
    let ended: Vec<_> = jobs.iter().copied().filter(|job| open.get(job) == Some(&0)).collect();
    let completes = |job: &Uuid| JOB.follows(JobEvent::PartsCompleted, locked.jobs[job].status, JobStatus::Completed);
    let (done, rest): (Vec<Uuid>, Vec<Uuid>) = ended.into_iter().partition(completes);
    let held = rest.iter().filter(|job| locked.jobs[job].status == JobStatus::OnHold).count();
    if !done.is_empty() {
        locked.set_jobs(call, &done, JobStatus::Completed, None);
    }
    move_jobs(call, locked, &jobs);
    on_hold(held, "the job has nothing left to do but stays on hold: complete it with complete_job")
}

fn on_hold(count: usize, message: &str) -> Option<Warning> {
    Warning::of(WarningKind::OnHold, i64::try_from(count).unwrap_or(i64::MAX), message)
}

/// A job is where its running operation is that comes first on the shop floor.
fn move_jobs(call: &Call, locked: &Locked, jobs: &[Uuid]) {
    let going: Vec<_> = jobs.iter().copied().filter(|job| locked.jobs[job].status != JobStatus::Completed).collect();
    if !going.is_empty() {
        call.execute(&MOVE_JOBS, sql_args![&going]);
    }
}
