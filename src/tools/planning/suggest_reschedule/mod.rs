//! `suggest_reschedule`.

mod answer;
mod order;
mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;
mod warnings;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::answer::answer;
use self::order::OpenOrder;
use self::output::Output;
use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Choice, Fill};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::tools::planning::load::{LATEST_START, LOAD_RULES};
use crate::tools::shared::{RULES, find};
use crate::{instant, sql_args, statement};

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
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only this part; the planned work of the job's other parts then counts as other work.
    part_id: Option<Uuid>,
    /// The part's number, instead of part_id.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// The deadline (default the job's due date). A date alone means the end of that day in the factory's time zone.
    target_date: Option<Moment>,
    /// The earliest start of work (default now, which is also the earliest possible; at most two years ahead). A date alone means the start of that day.
    start_from: Option<Moment>,
    /// false: ignore the other work of the cells, and respect only their hours and the calendar (default true).
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
    const DESCRIPTION: &'static str = "Schedules the remaining operations of a job or a part as early as the cells allow, taking into account hours per day, working \
        days and holidays, the planned and allocated work of other orders, and routing order. Returns the earliest finish and the slack to the \
        deadline, the cell where work waits longest, a window and a latest start for each operation, what cannot be scheduled and why, other \
        jobs of the customer to combine with, and reschedule_arguments to pass to batch_reschedule_operations. Changes nothing. For load by day \
        use get_cell_capacity.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let order = read(call, &arguments)?;
        let output = answer(&order, &order.schedule(arguments.consider_capacity));
        Ok(Answer::new(summary(&output), &output))
    }

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
}

/// Work of the order itself is no load of others.
const OTHERS: &str = "
       AND NOT EXISTS (SELECT FROM subject s WHERE s.job_id = p.job_id AND (s.part_id IS NULL OR s.part_id = o.part_id))";

statement! {
    /// The open work of the job `$2` or the part `$3`: [`OpenOrder`]. `$4` is the target date, `$5` the start, `$6` within how many days other
    /// jobs of the customer are looked for.
    static ORDER = include_str!("order.sql"); [Uuid, Uuid, Uuid, Text, Text, Int4]
        => rules(&[RULES, LOAD_RULES]),
           fills(&[
               ("others", Fill::Text(OTHERS)),
               ("start", Fill::Text(instant!("$5"))),
               ("most_operations", Fill::Count(MAX_OPERATIONS)),
               ("most_options", Fill::Count(MAX_OPTIONS)),
           ]);
}

fn read(call: &Call, arguments: &Arguments) -> Result<OpenOrder, ToolError> {
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
    let order = call.optional_json(&ORDER, &Choice::none(), sql_args![job, part, target, start, within]);
    let not_found = || match (job, part) {
        (_, Some(part)) => ToolError::not_found("part", &part),
        (job, None) => ToolError::not_found("job", &job.unwrap_or_default()),
    };
    let order = order.map(Json::<OpenOrder>::into_value).ok_or_else(not_found)?;
    if order.start - order.now > LATEST_START * 86_400 {
        return Err(ToolError::invalid("start_from", format!("start_from is more than {LATEST_START} days ahead")));
    }
    Ok(order)
}

fn summary(output: &Output) -> String {
    let Output { remaining_operations: count, unschedulable_operations: never, .. } = output;
    let plural = if *count == 1 { "" } else { "s" };
    let outcome = match output.earliest_finish {
        _ if *count == 0 => "No operations remain to be scheduled.".to_owned(),
        Some(finish) => {
            format!("{count} operation{plural} remaining; earliest finish {}.", finish.format("%F %R UTC"))
        }
        None => format!("{count} operation{plural} remaining, of which {never} cannot be scheduled."),
    };
    match output.slack_hours {
        Some(slack) if slack < 0.0 => format!("{outcome} That is {} hours after the deadline.", -slack),
        Some(slack) => format!("{outcome} That is {slack} hours before the deadline."),
        None => outcome,
    }
}
