//! Jobs: customers' orders.

mod create_job;
mod fetch_jobs;
mod new_parts;
mod start_job;
mod update_job;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::common::{Progress, with_rules};
use crate::core::states::{self, JobStatus, Priority, Step};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Call, Tool};
use crate::sql_args;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[
    Tool::of::<fetch_jobs::FetchJobs>(),
    Tool::of::<create_job::CreateJob>(),
    Tool::of::<update_job::UpdateJob>(),
    Tool::of::<start_job::StartJob>(),
];

/// The longest notes that a tool writes, in characters.
const MAX_NOTES: usize = 20_000;

/// What names look like: no blank at either end, one line.
const NAME: &str = r"^\S(.*\S)?$";

/// A job as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    id: Uuid,
    job_number: String,
    customer: Option<String>,
    status: JobStatus,
    /// The date that counts: the override where there is one, else the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// The ERP's date.
    due_date: Option<DateTime<FixedOffset>>,
    /// Set by people and agents; wins over the ERP's date.
    due_date_override: Option<DateTime<FixedOffset>>,
    /// Past its effective due date and not completed.
    overdue: bool,
    /// Null when nobody gave one.
    priority: Option<Priority>,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    parts: Progress,
    operations: Progress,
    /// Issues and NCRs that are pending.
    open_issues: i64,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    started_at: Option<DateTime<FixedOffset>>,
    completed_at: Option<DateTime<FixedOffset>>,
}

/// Locks a live job until the transaction ends, and gives its state.
fn lock(call: &Call, id: Uuid) -> Result<JobStatus, ToolError> {
    query::write(include_str!("jobs/lock.sql"), sql_args![uuid(call.tenant), uuid(id)], |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<String>() }
    })
    .and_then(|status| JobStatus::from_name(&status))
    .ok_or_else(|| ToolError::not_found("job", &id))
}

/// Refuses a step that the state table does not list, and says which it lists.
fn check_step(from: JobStatus, to: JobStatus, steps: &[Step]) -> Result<(), ToolError> {
    if states::allowed_after(steps, from).any(|allowed| allowed == to) {
        return Ok(());
    }
    let allowed: Vec<_> = states::allowed_after(steps, from).map(JobStatus::name).collect();
    Err(ToolError::new(
        ToolErrorCode::InvalidState,
        format!("a job that is {} cannot become {} this way", from.name(), to.name()),
    )
    .with("from", from.name())
    .with("to", to.name())
    .with("allowed", allowed))
}

/// The JSON text of one live job.
fn read(call: &Call, id: Uuid) -> String {
    static ONE: LazyLock<String> = LazyLock::new(|| {
        with_rules(concat!(include_str!("jobs/one.sql"), include_str!("jobs/row.sql"))).replace("/*direction*/", "")
    });
    query::read(&ONE, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
        .unwrap_or_default()
}
