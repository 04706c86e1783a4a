//! The steps of parts: of one, or of many of many jobs.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::core::states::{JobStatus, PART, PartNeed, TaskStatus};
use crate::error::ToolError;
use crate::run::tool::Call;
use crate::tools::lifecycle::blockers::{self, blockers};
use crate::tools::lifecycle::complete;
use crate::tools::lifecycle::facts::{Facts, facts, sum};
use crate::tools::lifecycle::needs::{check_standstill, left_undone};
use crate::tools::lifecycle::{Given, Locked, Warning, blocked, check_given, check_room, roll_up};
use crate::tools::shared::check_step;
use crate::{sql_args, statement};

statement! {
    static UNFINISHED_OPERATIONS = include_str!("unfinished_operations.sql"); [Uuid, UuidArray];
}

/// A part whose state can be set, or was.
#[derive(Debug)]
pub(in crate::tools) struct SteppedPart {
    /// How many open operations are completed with it, by force.
    pub(in crate::tools) completed_operations: usize,
    /// What is ended with it, or left undone.
    pub(in crate::tools) warnings: Vec<Warning>,
}

/// Parts whose state is to be set: first what will come of each, then, on [`carry_out`](Self::carry_out), all that can be.
#[derive(Debug)]
pub(in crate::tools) struct PartSteps<'a> {
    /// The rows, with the states that they have.
    pub(in crate::tools) locked: Locked,
    /// Each part once, in the order in which they were asked for.
    pub(in crate::tools) outcomes: Vec<(Uuid, Result<SteppedPart, ToolError>)>,
    to: JobStatus,
    note: Option<&'a str>,
    /// Of each part: the operations that are open, or on which time is booked.
    unfinished: BTreeMap<Uuid, Vec<Uuid>>,
}

impl<'a> PartSteps<'a> {
    /// Finds out what will come of each. Nothing is written; where parts are to be completed, their open operations are locked, too.
    pub(in crate::tools) fn plan(
        call: &Call,
        mut locked: Locked,
        of: &[Uuid],
        to: JobStatus,
        given: &Given<'_>,
        note: Option<&'a str>,
    ) -> Self {
        let unfinished = match to {
            JobStatus::Completed => lock_unfinished(call, &mut locked, of),
            _ => BTreeMap::new(),
        };
        let operations: Vec<_> = unfinished.values().flatten().copied().collect();
        let facts = if operations.is_empty() { BTreeMap::new() } else { facts(call, &operations) };
        let check = Check { call, locked: &locked, to, given, note, facts: &facts };
        let mut seen = BTreeSet::new();
        let distinct = of.iter().filter(|id| seen.insert(**id));
        let outcomes = distinct
            .map(|id| (*id, check.part(*id, unfinished.get(id).map(Vec::as_slice).unwrap_or_default())))
            .collect();
        Self { outcomes, to, note, unfinished, locked }
    }

    /// Sets the states that can be set, and those of the jobs that follow. Gives what is left undone beside what the parts' own warnings
    /// say; what became of parts and jobs is in [`locked`](Self::locked).
    pub(in crate::tools) fn carry_out(&mut self, call: &Call) -> Vec<Warning> {
        let can_be = self.outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
        let parts: Vec<_> = can_be.map(|(id, _)| *id).collect();
        if parts.is_empty() {
            return Vec::new();
        }
        if self.to == JobStatus::Completed {
            let operations = parts.iter().filter_map(|part| self.unfinished.get(part)).flatten().copied();
            complete::force(call, &mut self.locked, &operations.collect::<Vec<_>>());
        }
        self.locked.set_parts(call, &parts, self.to, self.note, None);
        let jobs = parts.iter().map(|part| self.locked.parts[part].job).collect();
        match self.to {
            JobStatus::InProgress => {
                roll_up::parts_began(call, &mut self.locked, &jobs);
                Vec::new()
            }
            JobStatus::Completed => roll_up::parts_completed(call, &mut self.locked, &jobs).into_iter().collect(),
            JobStatus::NotStarted | JobStatus::OnHold => Vec::new(),
        }
    }
}

/// Sets the state of one locked part, and that of its job where it follows.
///
/// # Errors
/// `not_found`, `invalid_state` (what stands in the way is in `blocked_by`), `invalid_arguments`.
pub(in crate::tools) fn step_part(
    call: &Call,
    locked: &mut Locked,
    id: Uuid,
    to: JobStatus,
    given: &Given<'_>,
) -> Result<SteppedPart, ToolError> {
    let mut steps = PartSteps::plan(call, std::mem::take(locked), &[id], to, given, None);
    let left = steps.carry_out(call);
    *locked = steps.locked;
    let (_, outcome) = steps.outcomes.into_iter().next().expect("one was asked for");
    let mut stepped = outcome?;
    stepped.warnings.extend(left);
    Ok(stepped)
}

/// Locks the operations of these parts that are open or on which time is booked, and gives them by part.
fn lock_unfinished(call: &Call, locked: &mut Locked, parts: &[Uuid]) -> BTreeMap<Uuid, Vec<Uuid>> {
    let parts: Vec<_> = parts.iter().copied().filter(|part| locked.parts.contains_key(part)).collect();
    let found = unfinished(call, &parts);
    locked.lock_operations(call, &found);
    let mut by_part = BTreeMap::<_, Vec<_>>::new();
    for (id, operation) in &locked.operations {
        by_part.entry(operation.part).or_default().push(*id);
    }
    by_part
}

/// The operations of these parts that are open or on which time is booked.
pub(super) fn unfinished(call: &Call, parts: &[Uuid]) -> Vec<Uuid> {
    call.rows(&UNFINISHED_OPERATIONS, sql_args![parts])
}

/// What a step is checked against.
struct Check<'a> {
    call: &'a Call<'a>,
    locked: &'a Locked,
    to: JobStatus,
    given: &'a Given<'a>,
    note: Option<&'a str>,
    facts: &'a BTreeMap<Uuid, Facts>,
}

impl Check<'_> {
    /// Whether the state of a part can be set. `unfinished` are its operations that are open or on which time is booked.
    fn part(&self, id: Uuid, unfinished: &[Uuid]) -> Result<SteppedPart, ToolError> {
        let part = self.locked.part(id)?;
        let (previous, to) = (part.status, self.to);
        let row = check_step(&PART, self.given.tool, previous, to)?;
        let open = |id: &&Uuid| self.locked.operations[*id].status != TaskStatus::Completed;
        let open: Vec<_> = unfinished.iter().filter(open).copied().collect();
        let mut warnings = Vec::new();
        for need in row.needs {
            match *need {
                // `check_given` looks at it.
                PartNeed::Reason => {}
                PartNeed::JobOpen => self.check_job(id, &[JobStatus::OnHold, JobStatus::Completed])?,
                PartNeed::JobNotHeld => self.check_job(id, &[JobStatus::OnHold])?,
                PartNeed::NothingBegun => self.check_nothing_begun(id, previous)?,
                PartNeed::NoStandstill => check_standstill(self.call, &PART, previous, to, &open, &self.of(&open))?,
                PartNeed::PartDone => warnings.extend(self.check_done(previous, unfinished, &open)?),
            }
        }
        check_given(&PART, row, self.given)?;
        check_room(part.notes_chars, self.note)?;
        Ok(SteppedPart { completed_operations: open.len(), warnings })
    }

    /// The facts of these operations together.
    fn of(&self, operations: &[Uuid]) -> Facts {
        sum(operations.iter().filter_map(|id| self.facts.get(id)))
    }

    fn check_job(&self, id: Uuid, closed: &[JobStatus]) -> Result<(), ToolError> {
        let part = self.locked.part(id)?;
        let status = self.locked.job_of(part).status;
        if !closed.contains(&status) {
            return Ok(());
        }
        let hint = match status {
            JobStatus::OnHold => "resume the job first, with resume_job",
            _ => "reopen the job first, with update_job: status in_progress and a reason",
        };
        let message = format!("the part's job is {}", status.name());
        let reason = format!("job_{}", status.name());
        let blocker = serde_json::json!({"reason": reason, "id": part.job, "status": status});
        Err(blocked(&PART, part.status, self.to, &message).hint(hint).with("blocked_by", vec![blocker]))
    }

    fn check_nothing_begun(&self, id: Uuid, from: JobStatus) -> Result<(), ToolError> {
        let begun = blockers(self.call, &blockers::BEGUN_OPERATIONS, &[id]);
        if begun.is_empty() {
            return Ok(());
        }
        Err(blocked(&PART, from, self.to, "operations of the part have been started")
            .hint("set it to in_progress instead")
            .with("blocked_by", begun))
    }

    fn check_done(&self, from: JobStatus, unfinished: &[Uuid], open: &[Uuid]) -> Result<Vec<Warning>, ToolError> {
        let facts = self.of(unfinished);
        if self.given.force || (open.is_empty() && facts.running == 0) {
            return Ok(left_undone(&Facts { unfinished: self.of(open).unfinished, ..facts }));
        }
        let mut blocked_by = blockers(self.call, &blockers::OPEN_OPERATIONS, open);
        blocked_by.extend(blockers(self.call, &blockers::RUNNING_ENTRIES, unfinished));
        let message = "operations of the part are not completed, or time is still being booked on them";
        Err(blocked(&PART, from, self.to, message)
            .hint("complete them with complete_operation, or call again with force: true to complete all of them")
            .with("open_operations", open.len())
            .with("running_time_entries", facts.running)
            .with("blocked_by", blocked_by))
    }
}
