//! Moving the planned windows of operations, and the days that the scheduler allocated to them.

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, Arg, uuid};
use crate::run::tool::Call;
use crate::run::values::as_instant;
use crate::sql_args;
use crate::tools::batch::report::{Failures, Skipped};
use crate::tools::planning::load::with_load;
use crate::tools::shared::Change;

/// New dates, or a shift.
pub(in crate::tools) enum Schedule {
    /// The JSON array of `{operation_id, planned_start, planned_end}`; a date that is null stays.
    Dates(String),
    /// Local days, and then hours.
    Shift { days: i32, hours: f64 },
}

/// An operation with other dates than before.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Rescheduled {
    id: Uuid,
    operation_name: String,
    /// Order inside the part.
    sequence: i32,
    part_number: String,
    job_number: String,
    cell_name: Option<String>,
    status: TaskStatus,
    planned_start: Change<Option<DateTime<FixedOffset>>>,
    planned_end: Change<Option<DateTime<FixedOffset>>>,
}

/// What does not fit in the plan as it is after the change. It is no refusal.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::tools) enum Conflict {
    /// An operation ends after one begins that comes later in the routing of its part.
    RoutingOrder {
        earlier_operation_id: Uuid,
        earlier_operation_name: String,
        earlier_planned_end: DateTime<FixedOffset>,
        later_operation_id: Uuid,
        later_operation_name: String,
        later_planned_start: DateTime<FixedOffset>,
        part_number: String,
    },
    /// An operation ends after its job is due.
    AfterDueDate {
        operation_id: Uuid,
        job_number: String,
        planned_end: DateTime<FixedOffset>,
        effective_due_date: DateTime<FixedOffset>,
    },
    /// A cell has more to do on a day than it can, and a changed operation is part of it. Only from today on for three years.
    OverCapacity {
        cell_id: Uuid,
        cell_name: String,
        /// In the factory's time zone.
        date: NaiveDate,
        /// As get_cell_capacity counts it.
        load_hours: f64,
        /// 0 where the factory is closed.
        capacity_hours: f64,
    },
}

/// What a schedule means for a row.
#[derive(Deserialize)]
struct Plan {
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

/// What became of the rows.
pub(in crate::tools) struct Moved {
    pub(in crate::tools) rows: Json<Vec<Rescheduled>>,
    pub(in crate::tools) changed: usize,
    pub(in crate::tools) unchanged: usize,
    pub(in crate::tools) skipped: Vec<Skipped>,
    /// How many operations had allocated days that moved, too.
    pub(in crate::tools) reallocated: usize,
    pub(in crate::tools) conflict_count: usize,
    /// The first conflicts.
    pub(in crate::tools) conflicts: Json<Vec<Conflict>>,
}

/// The work that loads the cells of the changed operations.
const AT_CHANGED_CELLS: &str = include_str!("at_changed_cells.sql");

/// A statement with its gaps filled, once a backend.
macro_rules! statement {
    ($file:literal) => {{
        static TEXT: LazyLock<String> = LazyLock::new(|| filled(include_str!($file)));
        TEXT.as_str()
    }};
}

fn filled(text: &str) -> String {
    let text = text
        .replace("{{wanted}}", include_str!("wanted.sql").trim_end())
        .replace("{{listed_start}}", &as_instant("n.planned_start"))
        .replace("{{listed_end}}", &as_instant("n.planned_end"));
    with_load(&text, AT_CHANGED_CELLS.trim_end())
}

impl Schedule {
    /// The place of the first entry whose end comes before its start.
    pub(in crate::tools) fn first_that_ends_early(call: &Call, dates: &str) -> Option<usize> {
        let sql = statement!("ends_early.sql");
        let place = query::read(sql, sql_args![uuid(call.tenant), dates], |rows| rows.first().get_one::<i64>());
        place.and_then(|place| usize::try_from(place).ok())
    }

    fn args<'a>(&'a self, call: &Call, ids: &[Uuid]) -> [Arg<'a>; 5] {
        let (dates, shift) = match self {
            Self::Dates(dates) => (Some(dates.as_str()), None),
            Self::Shift { days, hours } => (None, Some((*days, *hours))),
        };
        let (days, hours) = (shift.map(|(days, _)| days), shift.map(|(_, hours)| hours));
        [uuid(call.tenant).into(), crate::pg::args::IntoArg::into_arg(ids), dates.into(), days.into(), hours.into()]
    }

    /// Moves locked operations. A row of `failures` is one that could not be found.
    ///
    /// # Errors
    /// Of the first row that cannot be moved, unless `partial`.
    pub(in crate::tools) fn apply(
        &self,
        call: &Call,
        ids: &[Uuid],
        mut failures: Failures,
        partial: bool,
    ) -> Result<Moved, ToolError> {
        let plan = query::write(statement!("plan.sql"), &self.args(call, ids), |rows| rows.first().get_one::<String>());
        let plan: Vec<Plan> =
            plan.map(|text| serde_json::from_str(&text).expect("the statement gives these rows")).unwrap_or_default();
        let mut without_dates = Vec::new();
        for row in &plan {
            match row.problem {
                None => {}
                Some(Problem::NotPlanned) => without_dates.push(Skipped::not_planned(row.id)),
                Some(problem) => failures.push(row.id, problem.error()),
            }
        }
        let mut skipped = failures.settle("operation", ids.len(), partial)?;
        skipped.extend(without_dates);
        let movable = || plan.iter().filter(|row| row.problem.is_none());
        let changed: Vec<_> = movable().filter(|row| row.changes).map(|row| row.id).collect();
        let unchanged = movable().filter(|row| !row.changes).count();
        let mut moved = Moved {
            rows: Json::default(),
            changed: changed.len(),
            unchanged,
            skipped,
            reallocated: 0,
            conflict_count: 0,
            conflicts: Json::default(),
        };
        if !changed.is_empty() {
            self.write(call, &changed, &mut moved);
        }
        Ok(moved)
    }

    fn write(&self, call: &Call, ids: &[Uuid], moved: &mut Moved) {
        let args = self.args(call, ids);
        let reallocated = query::write(statement!("park.sql"), &args, |rows| rows.first().get_one::<i64>());
        moved.reallocated = usize::try_from(reallocated.unwrap_or_default()).unwrap_or_default();
        if moved.reallocated > 0 {
            let place = match self {
                Self::Dates(_) => statement!("spread_days.sql"),
                Self::Shift { .. } => statement!("shift_days.sql"),
            };
            query::write(place, &args, |_| Ok(()));
        }
        let rows = query::write(statement!("update.sql"), &args, |rows| rows.first().get_one::<String>());
        moved.rows = Json::from_text(rows.expect("rows")).expect("rows");
        let args = sql_args![uuid(call.tenant), ids];
        let (count, conflicts) =
            query::write(statement!("conflicts.sql"), args, |rows| rows.first().get_two::<i64, String>());
        moved.conflict_count = usize::try_from(count.unwrap_or_default()).unwrap_or_default();
        moved.conflicts = Json::from_text(conflicts.expect("an array")).expect("conflicts");
    }
}

impl Problem {
    fn error(self) -> ToolError {
        let invalid = |message: &str| ToolError::new(ToolErrorCode::InvalidArguments, message);
        match self {
            Self::Completed => {
                ToolError::new(ToolErrorCode::InvalidState, "a completed operation keeps its planned dates")
                    .with("status", TaskStatus::Completed.name())
            }
            Self::EndsBeforeStart => invalid("its planned end would come before its planned start")
                .hint("give planned_start and planned_end together"),
            Self::OutOfRange => invalid("its planned dates would lie outside the years 1 to 9998"),
            Self::TooLong => invalid("its planned window would be longer than 366 days"),
            Self::NotPlanned => invalid("it has no planned dates"),
        }
    }
}
