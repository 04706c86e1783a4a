//! Jobs: customers' orders.

pub(in crate::tools) mod complete_job;
pub(in crate::tools) mod create_job;
pub(in crate::tools) mod fetch_jobs;
pub(in crate::tools) mod get_job_overview;
pub(in crate::tools) mod prioritize_job;
#[cfg(any(test, feature = "pg_test"))]
mod probe;
pub(in crate::tools) mod resume_job;
pub(in crate::tools) mod start_job;
mod step;
pub(in crate::tools) mod stop_job;
pub(in crate::tools) mod update_job;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{JobStatus, Priority};
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::run::values::present;
use crate::tools::shared::{Progress, RULES};
use crate::{sql_args, statement};

/// A job as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Job {
    id: Uuid,
    job_number: String,
    customer: Option<String>,
    status: JobStatus,
    /// The due date in force: the override if there is one, otherwise the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// The due date from the ERP.
    due_date: Option<DateTime<FixedOffset>>,
    /// Set by people or agents; takes precedence over the ERP's date.
    due_date_override: Option<DateTime<FixedOffset>>,
    /// Past its effective due date and not completed.
    overdue: bool,
    /// Null if none was set.
    priority: Option<Priority>,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    parts: Progress,
    operations: Progress,
    /// Pending issues, including NCRs.
    open_issues: i64,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    started_at: Option<DateTime<FixedOffset>>,
    completed_at: Option<DateTime<FixedOffset>>,
    /// This and the following fields are only shown on request (fields).
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    notes: Option<Option<String>>,
    /// The job's id in the ERP.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    external_source: Option<Option<String>>,
}

/// The columns of a job that `row.sql` needs.
const COLUMNS: &str = include_str!("columns.sql");

statement! {
    static ONE = include_str!("one.sql"), include_str!("row.sql"); [Uuid, Uuid]
        => rules(&[RULES]), fills(&[("columns", Fill::Text(COLUMNS)), ("direction", Fill::Text("")), ("more", Fill::Text(""))]);
}

/// A live job as it is now. A writer sees its own changes.
fn read(call: &Call, id: Uuid) -> Json<Job> {
    call.json(&ONE, sql_args![id])
}
