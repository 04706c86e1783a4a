//! `batch_reschedule_operations`.

#[cfg(any(test, feature = "pg_test"))]
mod conflict_tests;
mod output;
mod reschedule;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::output::{Conflict, Rescheduled};
use self::reschedule::{ListedDates, Moved, Reschedule, first_that_ends_early};
use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::names::MAX_CHANGED_ROWS;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::tools::batch::operations::{OperationFilter, OperationScope};
use crate::tools::batch::report::{Failures, Report, batch_output, counted, finish};
use crate::tools::batch::scope::MaxRows;

/// `batch_reschedule_operations`
pub(in crate::tools) struct BatchRescheduleOperations;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// The operations that get the schedule: those that meet all criteria given. Without any criterion, or with an empty list of ids,
    /// nothing is changed.
    scope: Option<OperationScope>,
    /// New dates for all operations of the scope, or a shift of their present dates.
    schedule: Option<NewSchedule>,
    /// Operations with new dates for each, as suggest_reschedule gives them, instead of scope and schedule.
    #[schemars(length(min = 1, max = MAX_CHANGED_ROWS))]
    operations: Option<Vec<NewDates>>,
    /// Operations to leave unchanged.
    filter: OperationFilter,
    /// Refuse to change more operations than this (1 to 500, default 500).
    max_rows: MaxRows,
    /// true: change what can be changed and list the rest as skipped. false (default): all or nothing.
    partial: bool,
    /// true: report what the call would do, and change nothing.
    dry_run: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSchedule {
    /// The new planned start; a date alone means the start of that day in the factory's time zone. If it is left out, the start stays.
    planned_start: Option<Moment>,
    /// The new planned end, not before the start and at most 366 days after it. If it is left out, the end stays.
    planned_end: Option<Moment>,
    /// Move by this many days (negative: earlier), keeping the local time even across daylight-saving changes. Not together with dates.
    #[schemars(range(min = -3650, max = 3650))]
    shift_days: Option<i32>,
    /// Move by this many hours (negative: earlier), after shift_days. Not together with dates.
    #[schemars(range(min = -87600, max = 87600))]
    shift_hours: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewDates {
    /// The operation's id.
    operation_id: Uuid,
    /// Its new planned start; a date alone means the start of that day in the factory's time zone.
    planned_start: Moment,
    /// Its new planned end, not before the start and at most 366 days after it.
    planned_end: Moment,
}

batch_output!(operations: Json<Vec<Rescheduled>>,
    /// How many operations had allocated days, which were moved with them.
    #[schemars(range(min = 0))]
    reallocated: i64,
    /// How many conflicts the changed operations have with each other and with the rest of the plan.
    #[schemars(range(min = 0))]
    conflict_count: i64,
    /// The first 100 of them: routing order, then due dates, then capacity, each by time.
    conflicts: Json<Vec<Conflict>>);

/// Which operations get which dates.
enum Batch {
    /// All of a scope, by one schedule.
    Scope(Box<OperationScope>, NewSchedule),
    /// Listed ones, each with its dates.
    List(Vec<NewDates>),
}

impl Arguments {
    fn batch(&mut self) -> Result<Batch, ToolError> {
        match (self.scope.take(), self.schedule.take(), self.operations.take()) {
            (None, None, Some(operations)) => {
                let mut seen = HashSet::new();
                match operations.iter().position(|operation| !seen.insert(operation.operation_id)) {
                    None => Ok(Batch::List(operations)),
                    Some(twice) => {
                        let field = format!("operations[{twice}].operation_id");
                        Err(ToolError::invalid(&field, "an operation is listed twice"))
                    }
                }
            }
            (_, _, Some(_)) => Err(ToolError::invalid(
                "operations",
                "operations has its own dates; do not give scope or schedule with it",
            )),
            (scope, Some(schedule), None) => {
                schedule.check()?;
                Ok(Batch::Scope(Box::new(scope.unwrap_or_default()), schedule))
            }
            (_, None, None) => Err(ToolError::invalid("schedule", "give scope and schedule, or operations")),
        }
    }
}

impl NewSchedule {
    fn check(&self) -> Result<(), ToolError> {
        let dates = self.planned_start.is_some() || self.planned_end.is_some();
        let shift = self.shift_days.is_some() || self.shift_hours.is_some();
        match (dates, shift) {
            (true, true) => Err(ToolError::invalid("schedule", "give dates or a shift, not both")),
            (false, false) => {
                Err(ToolError::invalid("schedule", "give planned_start, planned_end, shift_days or shift_hours"))
            }
            _ => Ok(()),
        }
    }

    /// For these operations.
    fn of(&self, ids: &[Uuid]) -> Reschedule {
        if self.shift_days.is_some() || self.shift_hours.is_some() {
            let (days, hours) = (self.shift_days.unwrap_or_default(), self.shift_hours.unwrap_or_default());
            return Reschedule::By { days, hours };
        }
        Reschedule::to(&ids.iter().map(|id| self.dates(Some(*id))).collect::<Vec<_>>())
    }

    fn dates(&self, operation_id: Option<Uuid>) -> ListedDates<'_> {
        let [planned_start, planned_end] =
            [&self.planned_start, &self.planned_end].map(|moment| moment.as_ref().map(Moment::text));
        ListedDates { operation_id, planned_start, planned_end }
    }
}

impl NewDates {
    fn dates(&self) -> ListedDates<'_> {
        let [planned_start, planned_end] = [&self.planned_start, &self.planned_end].map(|moment| Some(moment.text()));
        ListedDates { operation_id: Some(self.operation_id), planned_start, planned_end }
    }
}

impl Batch {
    /// Refuses dates that end before they start, whether or not there are rows that would get them.
    fn check_dates(&self, call: &Call) -> Result<(), ToolError> {
        let dates = match self {
            Self::Scope(_, schedule) => vec![schedule.dates(None)],
            Self::List(operations) => operations.iter().map(NewDates::dates).collect(),
        };
        let Some(place) = first_that_ends_early(call, &dates) else { return Ok(()) };
        let field = match self {
            Self::Scope(..) => "schedule.planned_end".to_owned(),
            Self::List(_) => format!("operations[{place}].planned_end"),
        };
        Err(ToolError::invalid(&field, format!("{field} is before planned_start")))
    }

    fn scope(&self) -> OperationScope {
        match self {
            Self::Scope(scope, _) => (**scope).clone(),
            Self::List(operations) => {
                OperationScope::of_ids(operations.iter().map(|operation| operation.operation_id).collect())
            }
        }
    }

    fn reschedule(&self, ids: &[Uuid]) -> Reschedule {
        match self {
            Self::Scope(_, schedule) => schedule.of(ids),
            Self::List(operations) => Reschedule::to(&operations.iter().map(NewDates::dates).collect::<Vec<_>>()),
        }
    }
}

impl Declaration for BatchRescheduleOperations {
    const NAME: &'static str = "batch_reschedule_operations";
    const TITLE: &'static str = "Reschedule operations";
    const DESCRIPTION: &'static str = "Changes the planned start and end of up to 500 operations at once: new dates or a shift for all operations of a scope, or a \
        list of operations with dates for each (as suggest_reschedule gives it). Days allocated by the scheduler move with them. All or nothing, \
        unless partial is true; completed operations are never moved, and a shift skips operations without dates. The answer has the old and \
        new dates and the conflicts of the new plan: routing order, due dates and cell capacity (in hours). Conflicts do not stop the change, so \
        check them first with dry_run. An empty scope changes nothing.";
    const ACCESS: Access = Access::Destructive;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, mut arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let batch = arguments.batch()?;
        batch.check_dates(call)?;
        let Arguments { filter, max_rows, partial, dry_run, .. } = arguments;
        finish(dry_run, || {
            let scope = batch.scope();
            let Some(selection) = scope.select(&filter, call)? else {
                return Ok(Output::answer(Report::nothing(dry_run), "", Json::default(), 0, 0, Json::default()));
            };
            let selected = selection.lock(call, max_rows.rows(), partial)?;
            let failures = Failures::missing("operation", &selected.missing);
            let moved = batch.reschedule(&selected.ids).apply(call, &selected.ids, failures, partial)?;
            let conflicts = usize::try_from(moved.conflict_count).unwrap_or_default();
            let changed = counted(moved.changed, "operation");
            let done = format!("changed the dates of {changed}, with {}", counted(conflicts, "conflict"));
            let report = Report {
                changed: moved.changed,
                unchanged: moved.unchanged,
                excluded: selected.excluded,
                skipped: moved.skipped,
                dry_run,
                ..Report::default()
            };
            let Moved { rows, reallocated, conflict_count, conflicts, .. } = moved;
            Ok(Output::answer(report, &done, rows, reallocated, conflict_count, conflicts))
        })
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"scope": {"job_number": "JOB-1012", "cell_name": "Welding"}, "schedule": {"shift_days": 7}, "partial": true}"#,
        ),
        Example::new(
            r#"{"scope": {"part_number": "P-1012-09"}, "schedule": {"planned_start": "2031-07-01", "planned_end": "2031-07-03"},
                "filter": {"exclude_in_progress": true}, "dry_run": true}"#,
        ),
        Example::new(
            r#"{"operations": [{"operation_id": "@A/operation/P-1001-01/1", "planned_start": "2031-07-01T08:00:00+02:00",
                "planned_end": "2031-07-01T10:00:00+02:00"}]}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "a listed operation, or the job, part or cell of the scope, does not exist",
            r#"{"scope": {"operation_ids": ["@nothing"]}, "schedule": {"shift_days": 1}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "one of the operations is completed, and exclude_completed is false",
            r#"{"scope": {"operation_ids": ["@A/operation/P-1031-01/1"]}, "schedule": {"shift_days": 1},
                "filter": {"exclude_completed": false}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the scope has more operations than max_rows",
            r#"{"scope": {"job_number": "JOB-1012"}, "schedule": {"shift_days": 1}, "max_rows": 3}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the schedule is empty, has both dates and a shift, or ends before it starts",
            r#"{"scope": {"job_number": "JOB-1012"}, "schedule": {"planned_start": "2031-07-02", "planned_end": "2031-07-01"}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "an operation is listed twice, or operations is combined with scope or schedule",
            r#"{"operations": [{"operation_id": "@A/operation/P-1001-01/1", "planned_start": "2031-07-01", "planned_end": "2031-07-02"},
                {"operation_id": "@A/operation/P-1001-01/1", "planned_start": "2031-07-01", "planned_end": "2031-07-02"}]}"#,
        ),
    ];
}
