//! Parts: what a job is made of.

mod fetch_parts;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::common::Progress;
use crate::core::states::JobStatus;
use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[Tool::of::<fetch_parts::FetchParts>()];

/// A part as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    customer: Option<String>,
    material: String,
    /// Pieces; null means not known yet.
    quantity: Option<i32>,
    status: JobStatus,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    /// Marked as work that goes first.
    is_bullet_card: bool,
    /// The assembly that it belongs to.
    parent_part_id: Option<Uuid>,
    drawing_no: Option<String>,
    cnc_program_name: Option<String>,
    /// The job's: the override where there is one, else the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// Past the effective due date, and neither the part nor its job is completed.
    overdue: bool,
    operations: Progress,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
}
