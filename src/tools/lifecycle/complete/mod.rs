//! Completing operations: one, or many of many parts and jobs.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::core::states::{OPERATION, OperationNeed, TaskStatus};
use crate::error::ToolError;
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::tools::lifecycle::facts::{Facts, facts};
use crate::tools::lifecycle::needs::OperationStep;
use crate::tools::lifecycle::time_entries::{self, BOOKED};
use crate::tools::lifecycle::{Effect, Given, Locked, NOTED, Warning, check_given, check_room, roll_up};
use crate::tools::shared::check_step;
use crate::{sql_args, statement};

statement! {
    static COMPLETE = include_str!("complete.sql"); [Uuid, UuidArray, Text]
        => rules(&[BOOKED, NOTED]), fills(&[("paragraph", Fill::Text("$3"))]);
}

/// An operation that can be completed, or was.
#[derive(Debug)]
pub(in crate::tools) struct CompletedOperation {
    /// The state before.
    pub(in crate::tools) previous: TaskStatus,
    /// What is ended with it, or left undone.
    pub(in crate::tools) warnings: Vec<Warning>,
}

/// Operations that are to be completed: first what will come of each, then, on [`carry_out`](Self::carry_out), all that can be.
#[derive(Debug)]
pub(in crate::tools) struct Completion<'a> {
    /// The rows, with the states that they have.
    pub(in crate::tools) locked: Locked,
    /// Each operation once, in the order in which they were asked for.
    pub(in crate::tools) outcomes: Vec<(Uuid, Result<CompletedOperation, ToolError>)>,
    note: Option<&'a str>,
}

impl<'a> Completion<'a> {
    /// Finds out what will come of each. Nothing is written.
    pub(in crate::tools) fn plan(
        call: &Call,
        locked: Locked,
        of: &[Uuid],
        given: &Given<'_>,
        note: Option<&'a str>,
    ) -> Self {
        let facts = facts(call, of);
        let mut seen = BTreeSet::new();
        let distinct = of.iter().filter(|id| seen.insert(**id));
        let none = Facts::default();
        let outcomes = distinct.map(|id| {
            let facts = facts.get(id).unwrap_or(&none);
            (*id, check(call, &locked, *id, given, facts, note))
        });
        Self { outcomes: outcomes.collect(), note, locked }
    }

    /// Completes the operations that can be, ends the time that is booked on them, and then completes the parts and jobs of which
    /// nothing is open any more. Gives what is left undone beside what the operations' own warnings say; what became of parts and jobs
    /// is in [`locked`](Self::locked).
    pub(in crate::tools) fn carry_out(&mut self, call: &Call) -> Vec<Warning> {
        let can_be = self.outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
        let operations: Vec<_> = can_be.map(|(id, _)| *id).collect();
        if operations.is_empty() {
            return Vec::new();
        }
        write(call, &mut self.locked, &operations, self.note);
        let parts = operations.iter().map(|id| self.locked.operations[id].part).collect();
        roll_up::operations_completed(call, &mut self.locked, &parts)
    }
}

/// What came of completing one operation.
#[derive(Debug)]
pub(in crate::tools) struct Completed {
    /// The state before.
    pub(in crate::tools) previous: TaskStatus,
    /// What became of the part.
    pub(in crate::tools) part: Effect,
    /// What became of the job.
    pub(in crate::tools) job: Effect,
    /// What was ended, and what is left undone.
    pub(in crate::tools) warnings: Vec<Warning>,
}

/// Completes one locked operation, and its part and job when nothing of them is open any more.
///
/// # Errors
/// `not_found`, `invalid_state` (what stands in the way is in `blocked_by`), `limit_exceeded` for notes that become too long.
pub(in crate::tools) fn complete_one(
    call: &Call,
    locked: Locked,
    id: Uuid,
    given: &Given<'_>,
    note: Option<&str>,
) -> Result<Completed, ToolError> {
    let mut completion = Completion::plan(call, locked, &[id], given, note);
    let left = completion.carry_out(call);
    let Completion { locked, outcomes, .. } = completion;
    let (_, outcome) = outcomes.into_iter().next().expect("one was asked for");
    let CompletedOperation { previous, mut warnings } = outcome?;
    warnings.extend(left);
    let part = locked.operation(id)?.part;
    let job = locked.part(part)?.job;
    Ok(Completed { previous, part: locked.part_effect(part), job: locked.job_effect(job), warnings })
}

/// Whether an operation can be completed.
fn check(
    call: &Call,
    locked: &Locked,
    id: Uuid,
    given: &Given<'_>,
    facts: &Facts,
    note: Option<&str>,
) -> Result<CompletedOperation, ToolError> {
    let operation = locked.operation(id)?;
    let (previous, to) = (operation.status, TaskStatus::Completed);
    let row = check_step(&OPERATION, given.tool, previous, to)?;
    let asked = OperationStep { call, locked, id, from: previous, to, force: given.force, facts };
    // Before the caller's word: with force, it would be said too late that force does not help.
    if row.needs(OperationNeed::NoStandstill) {
        asked.check_standstill()?;
    }
    check_given(&OPERATION, row, given)?;
    check_room(operation.notes_chars, note)?;
    let mut warnings = Vec::new();
    for need in row.needs {
        warnings.extend(asked.check(*need)?);
    }
    Ok(CompletedOperation { previous, warnings })
}

/// Completes locked operations, whatever their state, and gives how many time entries it ended.
pub(in crate::tools) fn write(call: &Call, locked: &mut Locked, operations: &[Uuid], note: Option<&str>) -> usize {
    let ended = time_entries::end(call, operations).len();
    call.execute(&COMPLETE, sql_args![operations, note]);
    for id in operations {
        if let Some(operation) = locked.operations.get_mut(id) {
            operation.status = TaskStatus::Completed;
        }
    }
    ended
}

/// Completes what is open of these locked operations and ends the time on all of them, because their part or job is completed by force.
/// Gives how many operations were completed and how many time entries ended.
pub(in crate::tools) fn force(call: &Call, locked: &mut Locked, operations: &[Uuid]) -> (usize, usize) {
    let open = |id: &Uuid| locked.operations[id].status != TaskStatus::Completed;
    let (open, completed): (Vec<Uuid>, Vec<Uuid>) = operations.iter().partition(|id| open(id));
    let mut ended = if open.is_empty() { 0 } else { write(call, locked, &open, None) };
    if !completed.is_empty() {
        let late = time_entries::end(call, &completed);
        ended += late.len();
        time_entries::book(call, &late);
    }
    (open.len(), ended)
}
