//! Reporting pieces on an operation: what was reported before, and what still fits.

use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Choice;
use crate::run::tool::Call;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

/// The most pieces of one kind in a lot; the sum of three still fits an integer.
pub(super) const MAX_PIECES: i32 = 1_000_000;

/// The pieces of a new lot.
#[derive(Clone, Copy)]
pub(super) struct NewLot {
    pub good: i32,
    pub scrap: i32,
    pub rework: i32,
}

impl NewLot {
    /// All pieces of the lot.
    pub(super) fn produced(self) -> i32 {
        self.good + self.scrap + self.rework
    }
}

/// All pieces reported on an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported {
    pub good: i64,
    pub scrap: i64,
    pub rework: i64,
    /// Pieces to make; none when unknown.
    pub part_quantity: Option<i32>,
}

impl Reported {
    /// All of them.
    pub(super) fn produced(&self) -> i64 {
        self.good + self.scrap + self.rework
    }
}

/// A locked operation with what was reported on it.
pub(super) struct Ledger {
    status: TaskStatus,
    before: Reported,
}

statement! {
    static LOCK = include_str!("lock_operation.sql"); [Uuid, Uuid] => rules(&[RULES]);

    static REPORTED = include_str!("reported.sql"); [Uuid, Uuid];
}

impl Ledger {
    /// Locks a live operation until the transaction ends. Whoever reports pieces on it does so first, so that two simultaneous reports
    /// cannot both take what is left.
    pub(super) fn lock(call: &Call, operation: Uuid) -> Result<Self, ToolError> {
        let (status, part_quantity) = call.query(&LOCK, &Choice::none(), sql_args![operation], |rows| {
            if rows.is_empty() { Ok((None, None)) } else { rows.first().get_two::<String, i32>() }
        });
        let status = status
            .and_then(|status| TaskStatus::from_name(&status))
            .ok_or_else(|| ToolError::not_found("operation", &operation))?;
        // A statement of its own, so that it sees what was committed while this call waited for the lock.
        let (good, scrap, rework) = call.row(&REPORTED, sql_args![operation], |row| row.get_three::<i64, i64, i64>());
        let [good, scrap, rework] = [good, scrap, rework].map(Option::unwrap_or_default);
        Ok(Self { status, before: Reported { good, scrap, rework, part_quantity } })
    }

    /// Refuses pieces of an operation that is not started, and more pieces than remain. A piece that is good or scrap cannot be in
    /// another lot; one to be reworked can. Gives what is reported with the new lot.
    pub(super) fn check(&self, lot: NewLot, force: bool) -> Result<Reported, ToolError> {
        if self.status == TaskStatus::NotStarted && !force {
            return Err(ToolError::new(ToolErrorCode::InvalidState, "the operation is not started")
                .hint("call start_operation first, or set force: true to report the pieces anyway")
                .with("status", self.status.name()));
        }
        let before = self.before;
        let remaining = before.part_quantity.map(|quantity| i64::from(quantity) - before.good - before.scrap);
        if let Some(remaining) = remaining
            && i64::from(lot.produced()) > remaining
            && !force
        {
            return Err(ToolError::new(
                ToolErrorCode::LimitExceeded,
                format!("the lot has {} pieces, but only {} remain to be reported", lot.produced(), remaining.max(0)),
            )
            .hint("correct the quantities, or set force: true to report them anyway, for example when pieces reported as good turn out to be scrap")
            .with("part_quantity", before.part_quantity)
            .with("reported_good", before.good)
            .with("reported_scrap", before.scrap)
            .with("reported_rework", before.rework)
            .with("remaining", remaining)
            .with("asked", lot.produced()));
        }
        Ok(Reported {
            good: before.good + i64::from(lot.good),
            scrap: before.scrap + i64::from(lot.scrap),
            rework: before.rework + i64::from(lot.rework),
            ..before
        })
    }
}
