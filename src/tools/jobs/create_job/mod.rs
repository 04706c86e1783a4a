//! `create_job`.

mod new_parts;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::Priority;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, as_instant};
use crate::sql_args;
use crate::tools::jobs::{Job, read};
use crate::tools::shared::{MAX_NOTES, NAME};
use new_parts::{CreatedPart, NewPart};

/// `create_job`
pub(in crate::tools) struct CreateJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// Its number, unique in the factory; a deleted job keeps its number.
    #[schemars(length(min = 1, max = 100), regex(pattern = NAME))]
    job_number: String,
    /// Who ordered it.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    customer: Option<String>,
    /// When it is due; a date alone means its first moment in the factory's time zone.
    due_date: Option<Moment>,
    /// Free text.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// How urgent it is.
    priority: Option<Priority>,
    /// Its parts, each with its operations. At most 1000 operations in all.
    #[serde(default)]
    #[schemars(length(max = 100))]
    parts: Vec<NewPart>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    /// The parts that were made, in the order of the arguments.
    parts: Vec<CreatedPart>,
}

/// What the tenant's plan allows.
struct Plan {
    status: String,
    max_jobs: Option<i32>,
    current_jobs: i32,
}

impl Plan {
    fn lock(call: &Call) -> Result<Self, ToolError> {
        query::write(include_str!("lock_plan.sql"), sql_args![uuid(call.tenant)], |rows| {
            if rows.is_empty() {
                return Ok(None);
            }
            let (status, max_jobs, current_jobs) = rows.first().get_three::<String, i32, i32>()?;
            Ok(Some(Self {
                status: status.unwrap_or_default(),
                max_jobs,
                current_jobs: current_jobs.unwrap_or_default(),
            }))
        })
        .ok_or_else(|| ToolError::not_found("tenant", &call.tenant))
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
                Err(ToolError::new(ToolErrorCode::LimitExceeded, "the factory's plan allows no more jobs")
                    .hint("deleted jobs count until they are removed for good")
                    .with("limit", limit)
                    .with("present", self.current_jobs))
            }
            _ => Ok(()),
        }
    }
}

/// Makes the job's row. Fails when its number is taken, also by a call that runs at the same time.
fn insert(call: &Call, id: Uuid, arguments: &Arguments) -> Result<(), ToolError> {
    let sql = include_str!("insert_job.sql").replace("{{due_date}}", &as_instant("$5"));
    let args = sql_args![
        uuid(call.tenant),
        uuid(id),
        arguments.job_number.as_str(),
        arguments.customer.as_deref(),
        arguments.due_date.as_ref().map(Moment::text),
        arguments.notes.as_deref(),
        arguments.priority.map(Priority::name),
    ];
    if query::write(&sql, args, |rows| Ok(rows.len())) == 1 {
        return Ok(());
    }
    let args = sql_args![uuid(call.tenant), arguments.job_number.as_str()];
    let (existing, deleted) =
        query::read(include_str!("job_of_number.sql"), args, |rows| rows.first().get_two::<pgrx::Uuid, bool>());
    let deleted = deleted.unwrap_or_default();
    let message = if deleted { "a deleted job keeps this number" } else { "a job with this number exists" };
    Err(ToolError::new(ToolErrorCode::Conflict, message)
        .with("field", "job_number")
        .with("id", existing.map(|id| query::from_uuid(id).to_string()))
        .with("deleted", deleted))
}

impl Declaration for CreateJob {
    const NAME: &'static str = "create_job";
    const TITLE: &'static str = "Create a job";
    const DESCRIPTION: &'static str = "Creates a customer's job (order), not started, on request with its parts and their operations in one go: all of it or \
        nothing. A job number that exists is refused with conflict and the id of that job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("customer_name", "customer"), ("description", "notes")];
    const EXAMPLES: &'static [Example] = &[Example::new(
        r#"{"job_number": "JOB-2001", "customer": "ACME Industries", "due_date": "2031-07-01", "priority": "high",
            "parts": [{"part_number": "P-2001-01", "material": "S235", "quantity": 12, "operations": [
                {"operation_name": "Laser cutting", "cell_name": "Laser 1", "estimated_time_minutes": 45},
                {"operation_name": "Welding", "cell_name": "Welding", "estimated_time_minutes": 90}]}]}"#,
    )];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "the job number is taken, also by a deleted job",
            r#"{"job_number": "JOB-1001"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "a part number is taken",
            r#"{"job_number": "JOB-2001", "parts": [{"part_number": "P-1012-01", "material": "S235"}]}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "two parts have one number, or an operation names no cell or one that is not there",
            r#"{"job_number": "JOB-2001", "parts": [{"part_number": "P-2001-01", "material": "S235", "operations": [
                {"operation_name": "Cut", "cell_name": "Moon", "estimated_time_minutes": 10}]}]}"#,
        ),
        ErrorCase::of(
            "C",
            ToolErrorCode::LimitExceeded,
            "the plan's number of jobs is used up",
            r#"{"job_number": "JOB-2001"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let operations = new_parts::check(&arguments.parts)?;
        let plan = Plan::lock(call)?;
        plan.check_active()?;
        let id = Uuid::new_v4();
        // Before the plan's limit: who repeats a call that went through must learn that the job is there.
        insert(call, id, &arguments)?;
        plan.check_room()?;
        let parts = new_parts::insert(call, id, &arguments.parts)?;
        let created = serde_json::to_string(&parts).expect("ids, names and numbers are JSON");
        let summary = match parts.len() {
            0 => "Created the job.".to_owned(),
            count => format!("Created the job; parts: {count}, operations: {operations}."),
        };
        Ok(Answer::from_sql(summary, format!(r#"{{"job":{},"parts":{created}}}"#, read(call, id))))
    }
}
