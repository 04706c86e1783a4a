//! Jobs, parts and operations that stay as they are until the transaction ends.

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

use crate::core::states::{JobStatus, TaskStatus};
use crate::error::ToolError;
use crate::pg::shape::Piece;
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::tools::lifecycle::{Effect, NOTED};
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

statement! {
    static ABOVE_PARTS = include_str!("parents_of_parts.sql"); [Uuid, UuidArray] => rules(&[RULES]);

    static ABOVE_OPERATIONS = include_str!("parents_of_operations.sql"); [Uuid, UuidArray] => rules(&[RULES]);

    static LOCK_JOBS = include_str!("lock_jobs.sql"); [Uuid, UuidArray];

    static LOCK_PARTS = include_str!("lock_parts.sql"); [Uuid, UuidArray];

    static LOCK_OPERATIONS = include_str!("lock_operations.sql"); [Uuid, UuidArray];

    static KEEP_JOB_TIMES = include_str!("keep_job_times.sql"); [Uuid, UuidArray, Text] => rules(&[RULES]);

    static SET_JOBS = include_str!("set_jobs.sql"); [Uuid, UuidArray, Text, Text]
        => rules(&[RULES, NOTED]), fills(&[("paragraph", Fill::Text("$4"))]);

    static SET_PARTS = include_str!("set_parts.sql"); [Uuid, UuidArray, Text, Text, Uuid]
        => rules(&[NOTED]), fills(&[("paragraph", Fill::Text("$4"))]);
}

/// A locked job.
#[derive(Debug, Deserialize)]
pub(in crate::tools) struct Job {
    id: Uuid,
    /// Its state; a step that was taken since is in it.
    pub(in crate::tools) status: JobStatus,
    #[serde(skip)]
    before: Option<JobStatus>,
    pub(super) notes_chars: usize,
}

/// A locked part.
#[derive(Debug, Deserialize)]
pub(in crate::tools) struct Part {
    id: Uuid,
    /// Its job.
    pub(in crate::tools) job: Uuid,
    /// Its state; a step that was taken since is in it.
    pub(in crate::tools) status: JobStatus,
    #[serde(skip)]
    before: Option<JobStatus>,
    pub(super) notes_chars: usize,
}

/// A locked operation.
#[derive(Debug, Deserialize)]
pub(in crate::tools) struct Operation {
    id: Uuid,
    /// Its part.
    pub(super) part: Uuid,
    /// Its cell.
    pub(super) cell: Uuid,
    /// Its state; a step that was taken since is in it.
    pub(in crate::tools) status: TaskStatus,
    pub(super) notes_chars: usize,
}

/// Live rows that are locked, with the states that they have. Jobs are locked first, then parts, then operations, each set in the order
/// of their ids: no two callers can wait for each other.
#[derive(Debug, Default)]
pub(in crate::tools) struct Locked {
    pub(super) jobs: BTreeMap<Uuid, Job>,
    pub(super) parts: BTreeMap<Uuid, Part>,
    pub(super) operations: BTreeMap<Uuid, Operation>,
}

/// What has to be locked for a row.
#[derive(Deserialize)]
struct Above {
    id: Uuid,
    part: Uuid,
    job: Uuid,
}

impl Locked {
    /// Locks a job.
    pub(in crate::tools) fn job_alone(call: &Call, id: Uuid) -> Self {
        let mut locked = Self::default();
        locked.lock_jobs(call, &[id]);
        locked
    }

    /// Locks parts and their jobs.
    pub(in crate::tools) fn parts(call: &Call, of: &[Uuid]) -> Self {
        let above: Vec<Above> = call.rows(&ABOVE_PARTS, sql_args![of]);
        let mut locked = Self::default();
        locked.lock_jobs(call, &above.iter().map(|row| row.job).collect::<Vec<_>>());
        locked.lock_parts(call, &above.iter().map(|row| row.part).collect::<Vec<_>>());
        locked
    }

    /// Locks operations, their parts and jobs.
    pub(in crate::tools) fn operations(call: &Call, of: &[Uuid]) -> Self {
        let above: Vec<Above> = call.rows(&ABOVE_OPERATIONS, sql_args![of]);
        let mut locked = Self::default();
        locked.lock_jobs(call, &above.iter().map(|row| row.job).collect::<Vec<_>>());
        locked.lock_parts(call, &above.iter().map(|row| row.part).collect::<Vec<_>>());
        locked.lock_operations(call, &above.iter().map(|row| row.id).collect::<Vec<_>>());
        locked
    }

    fn lock_jobs(&mut self, call: &Call, of: &[Uuid]) {
        let found: Vec<Job> = call.rows(&LOCK_JOBS, sql_args![of]);
        self.jobs.extend(found.into_iter().map(|job| (job.id, job)));
    }

    /// Locks parts. Their jobs are locked already; a part whose job is gone is left out.
    pub(super) fn lock_parts(&mut self, call: &Call, of: &[Uuid]) {
        let found: Vec<Part> = call.rows(&LOCK_PARTS, sql_args![of]);
        let live = found.into_iter().filter(|part| self.jobs.contains_key(&part.job));
        self.parts.extend(live.map(|part| (part.id, part)));
    }

    /// Locks operations. Their parts are locked already; an operation whose part is gone is left out.
    pub(super) fn lock_operations(&mut self, call: &Call, of: &[Uuid]) {
        let found: Vec<Operation> = call.rows(&LOCK_OPERATIONS, sql_args![of]);
        let live = found.into_iter().filter(|operation| self.parts.contains_key(&operation.part));
        self.operations.extend(live.map(|operation| (operation.id, operation)));
    }

    /// A job that was asked for.
    ///
    /// # Errors
    /// `not_found` when it is not there or was deleted.
    pub(in crate::tools) fn job(&self, id: Uuid) -> Result<&Job, ToolError> {
        self.jobs.get(&id).ok_or_else(|| ToolError::not_found("job", &id))
    }

    /// A part that was asked for.
    ///
    /// # Errors
    /// `not_found` when it is not there or was deleted, or its job.
    pub(in crate::tools) fn part(&self, id: Uuid) -> Result<&Part, ToolError> {
        self.parts.get(&id).ok_or_else(|| ToolError::not_found("part", &id))
    }

    /// An operation that was asked for.
    ///
    /// # Errors
    /// `not_found` when it is not there or was deleted, or its part or job.
    pub(in crate::tools) fn operation(&self, id: Uuid) -> Result<&Operation, ToolError> {
        self.operations.get(&id).ok_or_else(|| ToolError::not_found("operation", &id))
    }

    /// The job of a locked part, which is locked, too.
    pub(super) fn job_of(&self, part: &Part) -> &Job {
        &self.jobs[&part.job]
    }

    /// The part of a locked operation, which is locked, too.
    pub(super) fn part_of(&self, operation: &Operation) -> &Part {
        &self.parts[&operation.part]
    }

    /// What became of a part.
    pub(super) fn part_effect(&self, id: Uuid) -> Effect {
        let part = &self.parts[&id];
        Effect { id, previous_status: part.before.unwrap_or(part.status), status: part.status }
    }

    /// What became of a job.
    pub(in crate::tools) fn job_effect(&self, id: Uuid) -> Effect {
        let job = &self.jobs[&id];
        Effect { id, previous_status: job.before.unwrap_or(job.status), status: job.status }
    }

    /// The parts that are in another state than before.
    pub(in crate::tools) fn changed_parts(&self) -> Vec<Effect> {
        let effects = self.parts.keys().map(|id| self.part_effect(*id));
        effects.filter(|effect| effect.previous_status != effect.status).collect()
    }

    /// The jobs that are in another state than before.
    pub(in crate::tools) fn changed_jobs(&self) -> Vec<Effect> {
        let effects = self.jobs.keys().map(|id| self.job_effect(*id));
        effects.filter(|effect| effect.previous_status != effect.status).collect()
    }

    /// Writes a state of locked parts, a paragraph of their notes, and where the work goes on when that is known.
    pub(super) fn set_parts(
        &mut self,
        call: &Call,
        of: &[Uuid],
        status: JobStatus,
        note: Option<&str>,
        cell: Option<Uuid>,
    ) {
        call.execute(&SET_PARTS, sql_args![of, status.name(), note, cell]);
        for id in of {
            if let Some(part) = self.parts.get_mut(id) {
                part.before.get_or_insert(part.status);
                part.status = status;
            }
        }
    }

    /// Writes a state of locked jobs and a paragraph of their notes.
    pub(super) fn set_jobs(&mut self, call: &Call, of: &[Uuid], status: JobStatus, note: Option<&str>) {
        keep_job_times(call, of, status);
        call.execute(&SET_JOBS, sql_args![of, status.name(), note]);
        for id in of {
            if let Some(job) = self.jobs.get_mut(id) {
                job.before.get_or_insert(job.status);
                job.status = status;
            }
        }
    }
}

/// Keeps the times of jobs that are about to get this state, if their own table cannot.
fn keep_job_times(call: &Call, jobs: &[Uuid], status: JobStatus) {
    let shape = call.schemas.shape;
    if !shape.has(Piece::JobStart) || !shape.has(Piece::JobCompletion) {
        call.execute(&KEEP_JOB_TIMES, sql_args![jobs, status.name()]);
    }
}
