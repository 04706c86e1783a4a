//! What the steps of operations need beside the caller's word.

use serde_json::json;
use uuid::Uuid;

use crate::core::states::{JobStatus, Kind, OPERATION, OperationNeed, Table, TaskStatus};
use crate::error::ToolError;
use crate::run::tool::Call;
use crate::tools::lifecycle::blockers::{self, blockers};
use crate::tools::lifecycle::facts::Facts;
use crate::tools::lifecycle::{Locked, Warning, WarningKind, blocked, check_limit};

/// A step of a locked operation, and what it is checked against.
pub(super) struct OperationStep<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) locked: &'a Locked,
    pub(super) id: Uuid,
    pub(super) from: TaskStatus,
    pub(super) to: TaskStatus,
    pub(super) force: bool,
    pub(super) facts: &'a Facts,
}

impl OperationStep<'_> {
    /// Refuses the step when this need is not met, and warns of what force overrides, ends or leaves undone.
    pub(super) fn check(&self, need: OperationNeed) -> Result<Vec<Warning>, ToolError> {
        match need {
            // The caller's word: `check_given` looks at it.
            OperationNeed::Force | OperationNeed::Reason => Ok(Vec::new()),
            OperationNeed::PartOpen => self.check_around(&[JobStatus::OnHold, JobStatus::Completed]),
            OperationNeed::PartNotHeld => self.check_around(&[JobStatus::OnHold]),
            OperationNeed::NoStandstill => self.check_standstill().map(|()| Vec::new()),
            OperationNeed::EarlierDone => self.check_earlier(),
            OperationNeed::CellHasRoom => self.check_room(),
            OperationNeed::WorkEnded => self.check_ended(),
        }
    }

    fn blocked(&self, message: &str) -> ToolError {
        blocked(&OPERATION, self.from, self.to, message)
    }

    /// Refuses a step that a pending standstill issue forbids.
    pub(super) fn check_standstill(&self) -> Result<(), ToolError> {
        check_standstill(self.call, &OPERATION, self.from, self.to, &[self.id], self.facts)
    }

    /// Refuses work on an operation whose part or job is in one of these states.
    fn check_around(&self, closed: &[JobStatus]) -> Result<Vec<Warning>, ToolError> {
        let operation = self.locked.operation(self.id)?;
        let part = self.locked.part_of(operation);
        let job = self.locked.job_of(part);
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
            let blocker = json!({"reason": format!("{what}_{}", status.name()), "id": id, "status": status});
            let error = self.blocked(&format!("the operation's {what} is {}", status.name()));
            return Err(error.hint(hint).with("blocked_by", vec![blocker]));
        }
        Ok(Vec::new())
    }

    fn check_earlier(&self) -> Result<Vec<Warning>, ToolError> {
        let earlier = self.facts.earlier;
        let message = "earlier operations of the part are not completed";
        if earlier > 0 && !self.force {
            return Err(self
                .blocked(message)
                .hint("complete them first, or call again with force: true")
                .with("earlier_operations", earlier)
                .with("blocked_by", blockers(self.call, &blockers::EARLIER_OPERATIONS, &[self.id])));
        }
        Ok(Warning::of(WarningKind::EarlierOperations, earlier, message).into_iter().collect())
    }

    fn check_room(&self) -> Result<Vec<Warning>, ToolError> {
        let operation = self.locked.operation(self.id)?;
        let job = self.locked.part_of(operation).job;
        Ok(check_limit(self.call, operation.cell, job, self.force)?.into_iter().collect())
    }

    fn check_ended(&self) -> Result<Vec<Warning>, ToolError> {
        let Facts { running, unfinished, .. } = *self.facts;
        if self.force || (running == 0 && unfinished == 0) {
            return Ok(left_undone(self.facts));
        }
        let mut blocked_by = blockers(self.call, &blockers::RUNNING_ENTRIES, &[self.id]);
        blocked_by.extend(blockers(self.call, &blockers::UNFINISHED_SUBSTEPS, &[self.id]));
        Err(self
            .blocked("time is still being booked on the operation, or substeps are not completed")
            .hint("pause the operation to end its time entries, complete the substeps, or call again with force: true")
            .with("running_time_entries", running)
            .with("unfinished_substeps", unfinished)
            .with("blocked_by", blocked_by))
    }
}

/// Refuses a step that a pending standstill issue of one of these operations forbids.
pub(super) fn check_standstill<K: Kind>(
    call: &Call,
    table: &'static Table<K>,
    from: K::State,
    to: K::State,
    operations: &[Uuid],
    facts: &Facts,
) -> Result<(), ToolError> {
    if facts.standstills == 0 {
        return Ok(());
    }
    Err(blocked(table, from, to, "an issue that stops work is pending (Yellow Card)")
        .hint("review the issue with update_issue; force does not override it")
        .with("standstill_issues", facts.standstills)
        .with("blocked_by", blockers(call, &blockers::STANDSTILLS, operations)))
}

/// What completing by force ends, and what it leaves undone.
pub(super) fn left_undone(facts: &Facts) -> Vec<Warning> {
    let ended = Warning::of(WarningKind::EndedTimeEntries, facts.running, "running time entries were ended");
    let left = Warning::of(WarningKind::UnfinishedSubsteps, facts.unfinished, "substeps stay unfinished");
    ended.into_iter().chain(left).collect()
}
