//! Tasks: operations in the words that people use on the shop floor's task list.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskWord;
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::tools::operations::COLUMNS;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

/// A task: an operation in the task tools' words.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Task {
    /// The id of the operation that it is.
    id: Uuid,
    task_name: String,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    cell_id: Uuid,
    cell_name: Option<String>,
    /// Order within the part; tasks with equal numbers can run in parallel.
    sequence: i32,
    status: TaskWord,
    /// Whom it is assigned to: the person named by the task itself, else by its part, else by its job. A profile id, or the id of a
    /// shop-floor operator who has no profile.
    assigned_to: Option<Uuid>,
    assignee_name: Option<String>,
    estimated_time_minutes: i32,
    /// Minutes booked so far.
    actual_time_minutes: i32,
    planned_start: Option<DateTime<FixedOffset>>,
    /// The job's due date: the override if there is one, otherwise the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// Its part is marked as work that goes first.
    is_bullet_card: bool,
    created_at: DateTime<FixedOffset>,
}

statement! {
    static ONE = include_str!("../one.sql"), include_str!("row.sql"); [Uuid, Uuid]
        => rules(&[RULES]), fills(&[("columns", Fill::Text(COLUMNS)), ("direction", Fill::Text(""))]);
}

/// One live task, as this call made it.
pub(in crate::tools::operations) fn read(call: &Call, id: Uuid) -> Json<Task> {
    call.json(&ONE, sql_args![id])
}
