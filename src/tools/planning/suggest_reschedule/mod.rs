//! `suggest_reschedule`.

mod output;
mod plan;
#[cfg(any(test, feature = "pg_test"))]
mod tests;
mod warnings;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::core::schedule::{Schedule, Window};
use crate::error::{ToolError, ToolErrorCode};
use crate::names::MAX_CHANGED_ROWS;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, as_instant};
use crate::sql_args;
use crate::tools::planning::load::{MAX_DAYS_AHEAD, with_load};
use crate::tools::shared::find;
use output::{CellUse, ConsolidationOption, CriticalCell, NewWindow, Output, Proposal, RescheduleArguments, WhyNot};
use plan::Plan;

/// `suggest_reschedule`
pub(in crate::tools) struct SuggestReschedule;

/// The most operations that are scheduled. The answer lists as many as batch_reschedule_operations takes.
const MAX_OPERATIONS: usize = 5000;

/// The most jobs that are offered for consolidation.
const MAX_OPTIONS: usize = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// The job to schedule. Exactly one of job_id, job_number, part_id and part_number must be given.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only this part; the planned work of the job's other parts then counts as work of others.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// By when all should be done (default the job's due date). A date alone means the end of that day in the factory's time zone.
    target_date: Option<Moment>,
    /// No work begins before (default now, which is also the earliest; at most two years ahead). A date alone means its first moment.
    start_from: Option<Moment>,
    /// false: ignore that cells have other work to do, and keep to their hours and the calendar only (default true).
    consider_capacity: bool,
    /// false: do not look for other jobs of the customer (default true).
    consolidate_with_customer: bool,
    /// How many days before or after the deadline the customer's other jobs may be due, at most 90 (default 7).
    #[schemars(range(min = 0, max = 90))]
    consolidate_within_days: u8,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            job_id: None,
            job_number: None,
            part_id: None,
            part_number: None,
            target_date: None,
            start_from: None,
            consider_capacity: true,
            consolidate_with_customer: true,
            consolidate_within_days: 7,
        }
    }
}

impl Declaration for SuggestReschedule {
    const NAME: &'static str = "suggest_reschedule";
    const TITLE: &'static str = "Suggest dates for a job or a part";
    const DESCRIPTION: &'static str = "Schedules the operations that a job or a part has left, as early as the cells allow: hours per day, working days and holidays, \
        the planned and allocated work of other orders, routing order. Gives the earliest finish and slack to the deadline, the cell where work \
        waits longest, a window and a latest start per operation, what cannot be scheduled and why, other jobs of the customer to combine with, \
        and reschedule_arguments to pass to batch_reschedule_operations. Changes nothing. For load by day use get_cell_capacity.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"job_number": "JOB-1001"}"#),
        Example::new(r#"{"part_number": "P-1012-09", "consider_capacity": false}"#),
        Example::of("B", r#"{"job_number": "JOB-1005", "target_date": "2035-06-01"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no job or part has this id or number",
            r#"{"job_number": "JOB-9999"}"#,
        ),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither a job nor a part is given, or both", "{}"),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "start_from is more than two years ahead",
            r#"{"job_number": "JOB-1001", "start_from": "2199-01-01"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let plan = load(call, &arguments)?;
        let schedule = plan.schedule(arguments.consider_capacity);
        let output = answer(&plan, &schedule);
        Ok(Answer::new(summary(&output), &output))
    }
}

/// Work of the order itself is no load of others.
const OTHERS: &str = "
       AND NOT EXISTS (SELECT FROM subject s WHERE s.job_id = p.job_id AND (s.part_id IS NULL OR s.part_id = o.part_id))";

fn load(call: &Call, arguments: &Arguments) -> Result<Plan, ToolError> {
    static PLAN: LazyLock<String> =
        LazyLock::new(|| with_load(include_str!("plan.sql"), OTHERS).replace("{{start}}", &as_instant("$5")));

    let (id, number) = (arguments.job_id, arguments.job_number.as_deref());
    let job = find::optional(call, &find::JOB, "job_id", id, number)?;
    let (id, number) = (arguments.part_id, arguments.part_number.as_deref());
    let part = find::optional(call, &find::PART, "part_id", id, number)?;
    if job.is_some() == part.is_some() {
        return Err(ToolError::invalid("job_id", "give exactly one of job_id, job_number, part_id and part_number"));
    }
    let [target, start] =
        [&arguments.target_date, &arguments.start_from].map(|moment| moment.as_ref().map(Moment::text));
    let within = arguments.consolidate_with_customer.then_some(i32::from(arguments.consolidate_within_days));
    let most = i64::try_from(MAX_OPERATIONS).unwrap_or(i64::MAX);
    let args = sql_args![uuid(call.tenant), job.map(uuid), part.map(uuid), target, start, within, most];
    let text = query::read(&PLAN, args, |mut rows| match rows.next() {
        Some(row) => row.get::<String>(1),
        None => Ok(None),
    });
    let not_found = || match (job, part) {
        (_, Some(part)) => ToolError::not_found("part", &part),
        (job, None) => ToolError::not_found("job", &job.unwrap_or_default()),
    };
    let plan: Plan = serde_json::from_str(&text.ok_or_else(not_found)?).expect("the statement gives a plan");
    if plan.start - plan.now > i64::from(MAX_DAYS_AHEAD) * 86_400 {
        return Err(ToolError::invalid("start_from", format!("start_from is more than {MAX_DAYS_AHEAD} days ahead")));
    }
    Ok(plan)
}

fn moment(seconds: i64) -> Option<DateTime<FixedOffset>> {
    DateTime::from_timestamp(seconds, 0).map(|moment| moment.fixed_offset())
}

/// Seconds as hours with two decimals.
fn hours(seconds: i64) -> f64 {
    (seconds as f64 / 36.0).round() / 100.0
}

fn answer(plan: &Plan, schedule: &Schedule) -> Output {
    let scheduled = plan.operations.iter().zip(&schedule.windows).zip(&schedule.latest_starts);
    let cell_of = |id: Uuid| plan.cells.iter().find(|cell| cell.cell_id == id);
    let mut operations: Vec<_> = scheduled
        .map(|((operation, window), latest_start)| {
            let [current_planned_start, current_planned_end] = operation.planned();
            let cell = cell_of(operation.cell_id);
            Proposal {
                operation_id: operation.operation_id,
                operation_name: operation.operation_name.clone(),
                part_number: operation.part_number.clone(),
                cell_id: operation.cell_id,
                cell_name: cell.map(|cell| cell.cell_name.clone()).unwrap_or_default(),
                sequence: operation.sequence,
                status: operation.status,
                remaining_minutes: operation.remaining_minutes,
                current_planned_start,
                current_planned_end,
                planned_start: window.ok().and_then(|window| moment(window.start)),
                planned_end: window.ok().and_then(|window| moment(window.end)),
                latest_start: latest_start.and_then(moment),
                waiting_hours: window.ok().map(|window| hours(window.waiting)),
                unschedulable: window.err().map(|never| WhyNot::of(never, cell.is_some_and(|cell| cell.works))),
            }
        })
        .collect();
    operations.sort_by_key(|operation| (operation.planned_start.is_none(), operation.planned_start));
    let remaining_operations = operations.len();
    operations.truncate(usize::from(MAX_CHANGED_ROWS));

    let waiting = |cell: Uuid| -> i64 {
        let at_cell = plan.operations.iter().zip(&schedule.windows).filter(|(operation, _)| operation.cell_id == cell);
        at_cell.filter_map(|(_, window)| window.ok()).map(|Window { waiting, .. }| waiting).sum()
    };
    let critical =
        plan.cells.iter().map(|cell| (waiting(cell.cell_id), cell)).rev().max_by_key(|(waiting, _)| *waiting);
    let slack = schedule.finish.zip(plan.deadline).map(|(finish, deadline)| deadline - finish);
    let new_windows: Vec<_> = operations
        .iter()
        .filter_map(|operation| {
            let (planned_start, planned_end) = operation.planned_start.zip(operation.planned_end)?;
            Some(NewWindow { operation_id: operation.operation_id, planned_start, planned_end })
        })
        .collect();
    Output {
        job_id: plan.job.job_id,
        job_number: plan.job.job_number.clone(),
        job_status: plan.job.status,
        part_id: plan.job.part_id,
        part_number: plan.job.part_number.clone(),
        start_from: moment(plan.start()).unwrap_or_default(),
        time_zone: plan.time_zone.clone(),
        effective_due_date: plan.job.due(),
        deadline: plan.deadline.and_then(moment),
        earliest_finish: schedule.finish.and_then(moment),
        meets_deadline: match plan.deadline {
            Some(_) if remaining_operations > 0 => Some(slack.is_some_and(|slack| slack >= 0)),
            _ => None,
        },
        slack_hours: slack.map(hours),
        remaining_operations,
        remaining_minutes: plan.operations.iter().map(|operation| i64::from(operation.remaining_minutes)).sum(),
        unschedulable_operations: schedule.windows.iter().filter(|window| window.is_err()).count(),
        critical_cell: critical.filter(|(waiting, _)| *waiting > 0).map(|(waiting, cell)| CriticalCell {
            cell_id: cell.cell_id,
            cell_name: cell.cell_name.clone(),
            waiting_hours: hours(waiting),
        }),
        truncated: remaining_operations > operations.len() || plan.consolidation.len() > MAX_OPTIONS,
        cells: plan
            .cells
            .iter()
            .map(|cell| {
                let at_cell = || plan.operations.iter().filter(|operation| operation.cell_id == cell.cell_id);
                CellUse {
                    cell_id: cell.cell_id,
                    cell_name: cell.cell_name.clone(),
                    operations: at_cell().count(),
                    work_hours: hours(at_cell().map(|operation| i64::from(operation.remaining_minutes) * 60).sum()),
                    waiting_hours: hours(waiting(cell.cell_id)),
                    undated_hours_of_others: cell.undated_hours,
                }
            })
            .collect(),
        operations,
        warnings: warnings::of(plan),
        consolidation_options: plan
            .consolidation
            .iter()
            .take(MAX_OPTIONS)
            .map(|job| ConsolidationOption {
                job_id: job.job_id,
                job_number: job.job_number.clone(),
                status: job.status,
                effective_due_date: job.due(),
                days_difference: job.days_difference,
                remaining_operations: job.remaining_operations,
                remaining_minutes: job.remaining_minutes,
                shared_cell_ids: job.shared_cell_ids.clone(),
            })
            .collect(),
        reschedule_arguments: (!new_windows.is_empty()).then_some(RescheduleArguments { operations: new_windows }),
    }
}

fn summary(output: &Output) -> String {
    let Output { remaining_operations: count, unschedulable_operations: never, .. } = output;
    let plural = if *count == 1 { "" } else { "s" };
    let outcome = match output.earliest_finish {
        _ if *count == 0 => "Nothing is left to schedule.".to_owned(),
        Some(finish) => {
            format!("{count} operation{plural} left, done by {} at the earliest.", finish.format("%F %R UTC"))
        }
        None => format!("{count} operation{plural} left, of which {never} cannot be scheduled."),
    };
    match output.slack_hours {
        Some(slack) if slack < 0.0 => format!("{outcome} That is {} hours too late.", -slack),
        Some(slack) => format!("{outcome} That is {slack} hours before the deadline."),
        None => outcome,
    }
}
