//! What the steps of operations do to their parts, and those of parts to their jobs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use uuid::Uuid;

use crate::core::states::{
    JOB, JobStatus, OPERATION_REOPENED, OPERATION_STARTS, OPERATIONS_COMPLETED, PART, PARTS_COMPLETED, WORK_REOPENED,
    WORK_STARTS,
};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::{Locked, Warning, WarningKind, ids, rows};

/// How many rows below a part or job are not completed. One without any has none of these.
#[derive(Deserialize)]
struct Open {
    id: Uuid,
    open: i64,
}

fn open(sql: &str, call: &Call, of: &[Uuid]) -> BTreeMap<Uuid, i64> {
    let found: Vec<Open> = rows(sql, sql_args![uuid(call.tenant), ids(of)]);
    found.into_iter().map(|row| (row.id, row.open)).collect()
}

/// An operation of the part is in progress from now on, at this cell.
pub(in crate::tools) fn operation_began(call: &Call, locked: &mut Locked, part: Uuid, cell: Uuid) {
    let (from, job) = (locked.parts[&part].status, locked.parts[&part].job);
    let events = [OPERATION_STARTS, OPERATION_REOPENED];
    let begins = events.iter().any(|event| PART.step(event, from, JobStatus::InProgress).is_some());
    locked.set_parts(call, &[part], if begins { JobStatus::InProgress } else { from }, None, Some(cell));
    parts_began(call, locked, &BTreeSet::from([job]));
    move_jobs(call, locked, &[job]);
}

/// Parts of these jobs are in progress from now on.
pub(in crate::tools) fn parts_began(call: &Call, locked: &mut Locked, jobs: &BTreeSet<Uuid>) {
    begin_jobs(call, locked, jobs, &[WORK_STARTS, WORK_REOPENED]);
}

fn begin_jobs(call: &Call, locked: &mut Locked, jobs: &BTreeSet<Uuid>, events: &[&str]) {
    let begins = |job: &&Uuid| {
        let from = locked.jobs[*job].status;
        events.iter().any(|event| JOB.step(event, from, JobStatus::InProgress).is_some())
    };
    let begun: Vec<_> = jobs.iter().filter(begins).copied().collect();
    if !begun.is_empty() {
        locked.set_jobs(call, &begun, JobStatus::InProgress, None);
    }
}

/// Operations of these parts were completed. Completes the parts, and then the jobs, of which nothing is open any more.
pub(in crate::tools) fn operations_completed(call: &Call, locked: &mut Locked, parts: &BTreeSet<Uuid>) -> Vec<Warning> {
    // What was worked on was begun, whatever an older record says.
    let begins =
        |part: &&Uuid| PART.step(OPERATION_STARTS, locked.parts[*part].status, JobStatus::InProgress).is_some();
    let begun: Vec<_> = parts.iter().filter(begins).copied().collect();
    if !begun.is_empty() {
        locked.set_parts(call, &begun, JobStatus::InProgress, None, None);
    }
    let parts: Vec<_> = parts.iter().copied().collect();
    let open = open(include_str!("progress_of_parts.sql"), call, &parts);
    let (ended, mut going): (Vec<Uuid>, Vec<Uuid>) = parts.iter().partition(|part| open.get(part) == Some(&0));
    let completes =
        |part: &Uuid| PART.step(OPERATIONS_COMPLETED, locked.parts[part].status, JobStatus::Completed).is_some();
    let (done, rest): (Vec<Uuid>, Vec<Uuid>) = ended.into_iter().partition(completes);
    let held = rest.iter().filter(|part| locked.parts[part].status == JobStatus::OnHold).count();
    if !done.is_empty() {
        locked.set_parts(call, &done, JobStatus::Completed, None, None);
    }
    going.extend(rest);
    if !going.is_empty() {
        query::write(include_str!("move_parts.sql"), sql_args![uuid(call.tenant), ids(&going)], |_| Ok(()));
    }
    let message = "nothing of the part is left to do, but it stays on hold: resume and complete it with update_part";
    let mut warnings: Vec<_> = on_hold(held, message).into_iter().collect();
    let jobs = parts.iter().map(|part| locked.parts[part].job).collect();
    warnings.extend(parts_completed(call, locked, &jobs));
    warnings
}

/// Parts or operations of these jobs were completed. Completes the jobs of which nothing is open any more.
pub(in crate::tools) fn parts_completed(call: &Call, locked: &mut Locked, jobs: &BTreeSet<Uuid>) -> Option<Warning> {
    begin_jobs(call, locked, jobs, &[WORK_STARTS]);
    let jobs: Vec<_> = jobs.iter().copied().collect();
    let open = open(include_str!("progress_of_jobs.sql"), call, &jobs);
    let ended: Vec<_> = jobs.iter().copied().filter(|job| open.get(job) == Some(&0)).collect();
    let completes = |job: &Uuid| JOB.step(PARTS_COMPLETED, locked.jobs[job].status, JobStatus::Completed).is_some();
    let (done, rest): (Vec<Uuid>, Vec<Uuid>) = ended.into_iter().partition(completes);
    let held = rest.iter().filter(|job| locked.jobs[job].status == JobStatus::OnHold).count();
    if !done.is_empty() {
        locked.set_jobs(call, &done, JobStatus::Completed, None);
    }
    move_jobs(call, locked, &jobs);
    on_hold(held, "nothing of the job is left to do, but it stays on hold: complete it with complete_job")
}

fn on_hold(count: usize, message: &str) -> Option<Warning> {
    Warning::of(WarningKind::OnHold, i64::try_from(count).unwrap_or(i64::MAX), message)
}

/// A job is where its running operation is that comes first on the shop floor.
fn move_jobs(call: &Call, locked: &Locked, jobs: &[Uuid]) {
    let going: Vec<_> = jobs.iter().copied().filter(|job| locked.jobs[job].status != JobStatus::Completed).collect();
    if !going.is_empty() {
        query::write(include_str!("move_jobs.sql"), sql_args![uuid(call.tenant), ids(&going)], |_| Ok(()));
    }
}
