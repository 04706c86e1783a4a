//! Moving the planned windows of operations, and the days that the scheduler allocated to them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::output::{Conflict, Rescheduled};
use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::{Arg, IntoArg};
use crate::pg::statement::{Fill, Rules};
use crate::run::tool::Call;
use crate::tools::batch::report::{Failures, Skipped};
use crate::tools::planning::load::LOAD_RULES;
use crate::tools::shared::RULES;
use crate::{instant, sql_args, statement};

/// How operations are moved.
pub(super) enum Reschedule {
    /// To new dates: the JSON array of [`ListedDates`].
    To(String),
    /// By local days, and then by hours.
    By { days: i32, hours: f64 },
}

/// New dates of an operation, as the statements read them. A date that is not given stays.
#[derive(Serialize)]
pub(super) struct ListedDates<'a> {
    pub(super) operation_id: Option<Uuid>,
    pub(super) planned_start: Option<&'a str>,
    pub(super) planned_end: Option<&'a str>,
}

/// What the new dates mean for an operation.
#[derive(Deserialize)]
struct Verdict {
    id: Uuid,
    problem: Option<Problem>,
    changes: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Problem {
    Completed,
    NotPlanned,
    EndsBeforeStart,
    OutOfRange,
    TooLong,
}

/// What became of the operations.
#[derive(Default)]
pub(super) struct Moved {
    pub(super) rows: Json<Vec<Rescheduled>>,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
    pub(super) skipped: Vec<Skipped>,
    /// How many operations had allocated days that moved, too.
    pub(super) reallocated: i64,
    pub(super) conflict_count: i64,
    /// The first conflicts.
    pub(super) conflicts: Json<Vec<Conflict>>,
}

/// The rules of new dates:
/// - `{{wanted}}`: common table expression `wanted` with the old and the new dates of the operations `$2`;
/// - `{{listed_start}}` and `{{listed_end}}`: the new dates of a row `n` of the list `$3`.
const DATE_RULES: &Rules = &[
    ("wanted", Fill::Text(include_str!("wanted.sql"))),
    ("listed_start", Fill::Text(instant!("n.planned_start"))),
    ("listed_end", Fill::Text(instant!("n.planned_end"))),
];

statement! {
    /// The place in the list `$2` of the first entry whose end comes before its start.
    static ENDS_EARLY = include_str!("ends_early.sql"); [Uuid, Text] => rules(&[RULES, DATE_RULES]);

    /// What the new dates mean for each operation: [`Verdict`]s.
    static VERDICTS = include_str!("verdicts.sql"); [Uuid, UuidArray, Text, Int4, Float8] => rules(&[RULES, DATE_RULES]);

    /// Takes the allocated days of the operations out of the way. Gives the number of operations.
    static PARK = include_str!("park.sql"); [Uuid, UuidArray, Text, Int4, Float8] => rules(&[RULES, DATE_RULES]);

    /// Puts parked days back, shifted.
    static SHIFT_DAYS = include_str!("shift_days.sql"); [Uuid, UuidArray, Text, Int4, Float8] => rules(&[RULES, DATE_RULES]);

    /// Puts parked days on the working days of the new dates.
    static SPREAD_DAYS = include_str!("spread_days.sql"); [Uuid, UuidArray, Text, Int4, Float8] => rules(&[RULES, DATE_RULES]);

    /// Writes the new dates. Gives the changed operations.
    static UPDATE = include_str!("update.sql"); [Uuid, UuidArray, Text, Int4, Float8] => rules(&[RULES, DATE_RULES]);

    /// The number of conflicts that the operations `$2` have, and the first of them. Only work at their cells is looked at.
    static CONFLICTS = include_str!("conflicts.sql"); [Uuid, UuidArray]
        => rules(&[RULES, LOAD_RULES]), fills(&[("others", Fill::Text(include_str!("at_changed_cells.sql")))]);
}

impl Reschedule {
    /// To dates of their own.
    pub(super) fn to(dates: &[ListedDates<'_>]) -> Self {
        Self::To(serde_json::to_string(dates).expect("dates are JSON"))
    }

    /// The statements' parameters from `$3` on.
    fn args<'a>(&'a self, ids: &[Uuid]) -> [Arg<'a>; 4] {
        let (dates, shift) = match self {
            Self::To(dates) => (Some(dates.as_str()), None),
            Self::By { days, hours } => (None, Some((*days, *hours))),
        };
        let (days, hours) = (shift.map(|(days, _)| days), shift.map(|(_, hours)| hours));
        [ids.into_arg(), dates.into_arg(), days.into_arg(), hours.into_arg()]
    }

    /// Moves locked operations. A row of `failures` is one that could not be found.
    ///
    /// # Errors
    /// Of the first row that cannot be moved, unless `partial`.
    pub(super) fn apply(
        &self,
        call: &Call,
        ids: &[Uuid],
        mut failures: Failures,
        partial: bool,
    ) -> Result<Moved, ToolError> {
        let verdicts: Vec<Verdict> = call.rows(&VERDICTS, &self.args(ids));
        let mut without_dates = Vec::new();
        for row in &verdicts {
            match row.problem {
                None => {}
                Some(Problem::NotPlanned) => without_dates.push(Skipped::not_planned(row.id)),
                Some(problem) => failures.push(row.id, problem.error()),
            }
        }
        let mut skipped = failures.settle("operation", ids.len(), partial)?;
        skipped.extend(without_dates);
        let movable = || verdicts.iter().filter(|row| row.problem.is_none());
        let changed: Vec<_> = movable().filter(|row| row.changes).map(|row| row.id).collect();
        let unchanged = movable().filter(|row| !row.changes).count();
        let mut moved = Moved { changed: changed.len(), unchanged, skipped, ..Moved::default() };
        if !changed.is_empty() {
            self.write(call, &changed, &mut moved);
        }
        Ok(moved)
    }

    fn write(&self, call: &Call, ids: &[Uuid], moved: &mut Moved) {
        let args = self.args(ids);
        moved.reallocated = call.value(&PARK, &args).unwrap_or_default();
        if moved.reallocated > 0 {
            let place = match self {
                Self::To(_) => &SPREAD_DAYS,
                Self::By { .. } => &SHIFT_DAYS,
            };
            call.execute(place, &args);
        }
        moved.rows = call.json(&UPDATE, &args);
        let (count, conflicts) = call.row(&CONFLICTS, sql_args![ids], |row| row.get_two::<i64, String>());
        moved.conflict_count = count.unwrap_or_default();
        moved.conflicts = Json::from_text(conflicts.expect("an array")).expect("the statement gives conflicts");
    }
}

/// The place of the first of these dates whose end comes before its start.
pub(super) fn first_that_ends_early(call: &Call, dates: &[ListedDates<'_>]) -> Option<usize> {
    let dates = serde_json::to_string(dates).expect("dates are JSON");
    call.value::<i64>(&ENDS_EARLY, sql_args![dates]).and_then(|place| usize::try_from(place).ok())
}

impl Problem {
    fn error(self) -> ToolError {
        let invalid = |message: &str| ToolError::new(ToolErrorCode::InvalidArguments, message);
        match self {
            Self::Completed => {
                ToolError::new(ToolErrorCode::InvalidState, "the dates of a completed operation cannot be changed")
                    .with("status", TaskStatus::Completed.name())
            }
            Self::EndsBeforeStart => invalid("its planned end would be before its planned start")
                .hint("give planned_start and planned_end together"),
            Self::OutOfRange => invalid("its planned dates would be outside the years 1 to 9998"),
            Self::TooLong => invalid("its planned window would be longer than 366 days"),
            Self::NotPlanned => invalid("it has no planned dates"),
        }
    }
}
