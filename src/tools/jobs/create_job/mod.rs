//! `create_job`.

mod new_parts;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::Priority;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Choice, Fill};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::tools::jobs::{Job, read};
use crate::tools::shared::{MAX_NOTES, NAME, RULES};
use crate::{instant, sql_args, statement};
use new_parts::{CreatedPart, NewPart};

/// `create_job`
pub(in crate::tools) struct CreateJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's number, unique in the factory. A deleted job keeps its number.
    #[schemars(length(min = 1, max = 100), regex(pattern = NAME))]
    job_number: String,
    /// The customer who ordered the job.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    customer: Option<String>,
    /// When the job is due; a date without a time means the start of that day in the factory's time zone.
    due_date: Option<Moment>,
    /// Free-text notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// How urgent the job is.
    priority: Option<Priority>,
    /// The job's parts, each with its operations. At most 1000 operations in total.
    #[serde(default)]
    #[schemars(length(max = 100))]
    parts: Vec<NewPart>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Json<Job>,
    /// The parts that were created, in the order given.
    parts: Vec<CreatedPart>,
}

/// What the tenant's plan allows.
#[derive(Deserialize)]
struct TenantPlan {
    status: String,
    max_jobs: Option<i32>,
    current_jobs: i32,
}

/// The job that has a number already.
#[derive(Deserialize)]
struct Existing {
    id: Uuid,
    deleted: bool,
}

statement! {
    static LOCK_PLAN = include_str!("lock_plan.sql"); [Uuid];
    static INSERT_JOB = include_str!("insert_job.sql"); [Uuid, Uuid, Text, Text, Text, Text, Text]
        => rules(&[RULES]), fills(&[("due_date", Fill::Text(instant!("$5")))]);
    static JOB_OF_NUMBER = include_str!("job_of_number.sql"); [Uuid, Text];
}

impl TenantPlan {
    fn lock(call: &Call) -> Result<Self, ToolError> {
        let plan = call.optional_json(&LOCK_PLAN, &Choice::none(), &[]).map(Json::into_value);
        plan.ok_or_else(|| ToolError::not_found("tenant", &call.tenant))
    }

    fn check_active(&self) -> Result<(), ToolError> {
        const ALLOWED: [&str; 2] = ["active", "trial"];
        if ALLOWED.contains(&self.status.as_str()) {
            return Ok(());
        }
        Err(ToolError::new(ToolErrorCode::InvalidState, "the factory's subscription does not allow new jobs")
            .with("status", self.status.as_str())
            .with("allowed", ALLOWED.to_vec()))
    }

    fn check_room(&self) -> Result<(), ToolError> {
        match self.max_jobs {
            Some(limit) if self.current_jobs >= limit => {
                Err(ToolError::new(ToolErrorCode::LimitExceeded, "the factory's plan does not allow more jobs")
                    .hint("deleted jobs count until they are permanently removed")
                    .with("limit", limit)
                    .with("present", self.current_jobs))
            }
            _ => Ok(()),
        }
    }
}

/// Inserts the job's row. Fails when its number is taken, also by a concurrent call.
fn insert(call: &Call, id: Uuid, arguments: &Arguments) -> Result<(), ToolError> {
    let number = arguments.job_number.as_str();
    let args = sql_args![
        id,
        number,
        arguments.customer.as_deref(),
        arguments.due_date.as_ref().map(Moment::text),
        arguments.notes.as_deref(),
        arguments.priority.map(Priority::name),
    ];
    if call.count(&INSERT_JOB, args) == 1 {
        return Ok(());
    }
    let Existing { id, deleted } = call.json::<Existing>(&JOB_OF_NUMBER, sql_args![number]).into_value();
    let message = if deleted { "a deleted job still has this number" } else { "a job with this number already exists" };
    Err(ToolError::new(ToolErrorCode::Conflict, message)
        .with("field", "job_number")
        .with("id", id.to_string())
        .with("deleted", deleted))
}

impl Declaration for CreateJob {
    const NAME: &'static str = "create_job";
    const TITLE: &'static str = "Create a job";
    const DESCRIPTION: &'static str = "Creates a customer's job (order) in state not_started, optionally with its parts and their operations. Everything is created, \
        or nothing is. A job number that already exists is refused with conflict and the id of the existing job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("customer_name", "customer"), ("description", "notes")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let operations = new_parts::check(&arguments.parts)?;
        let plan = TenantPlan::lock(call)?;
        plan.check_active()?;
        let id = Uuid::new_v4();
        // Before the plan's limit: a caller that repeats a successful call must learn that the job exists.
        insert(call, id, &arguments)?;
        plan.check_room()?;
        let parts = new_parts::insert(call, id, &arguments.parts)?;
        let summary = match parts.len() {
            0 => "Created the job.".to_owned(),
            count => format!("Created the job; parts: {count}, operations: {operations}."),
        };
        Ok(Answer::new(summary, &Output { job: read(call, id), parts }))
    }

    const EXAMPLES: &'static [Example] = &[Example::new(
        r#"{"job_number": "JOB-2001", "customer": "ACME Industries", "due_date": "2031-07-01", "priority": "high",
            "parts": [{"part_number": "P-2001-01", "material": "S235", "quantity": 12, "operations": [
                {"operation_name": "Laser cutting", "cell_name": "Laser 1", "estimated_time_minutes": 45},
                {"operation_name": "Welding", "cell_name": "Welding", "estimated_time_minutes": 90}]}]}"#,
    )];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "the job number is taken, possibly by a deleted job",
            r#"{"job_number": "JOB-1001"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "a part number is taken",
            r#"{"job_number": "JOB-2001", "parts": [{"part_number": "P-1012-01", "material": "S235"}]}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "two parts have the same number, or an operation names no cell or an unknown one",
            r#"{"job_number": "JOB-2001", "parts": [{"part_number": "P-2001-01", "material": "S235", "operations": [
                {"operation_name": "Cut", "cell_name": "Moon", "estimated_time_minutes": 10}]}]}"#,
        ),
        ErrorCase::of(
            "C",
            ToolErrorCode::LimitExceeded,
            "the plan's limit on jobs is reached",
            r#"{"job_number": "JOB-2001"}"#,
        ),
    ];
}
