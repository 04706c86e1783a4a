//! Parts: what a job is made of.

pub(in crate::tools) mod batch_update_parts;
mod cell;
pub(in crate::tools) mod fetch_parts;
pub(in crate::tools) mod fetch_parts_by_customer;
pub(in crate::tools) mod get_parts_due_soon;
pub(in crate::tools) mod update_part;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::JobStatus;
use crate::pg::statement::Fill;
use crate::run::tool::Call;
use crate::run::values::present;
use crate::tools::shared::{Progress, RULES};
use crate::{sql_args, statement};

/// A part as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Part {
    id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    customer: Option<String>,
    material: String,
    /// The number of pieces; null if not yet known.
    quantity: Option<i32>,
    status: JobStatus,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    /// Whether the part is a bullet card (top-priority work).
    is_bullet_card: bool,
    /// The assembly that the part belongs to.
    parent_part_id: Option<Uuid>,
    drawing_no: Option<String>,
    cnc_program_name: Option<String>,
    /// The job's due date in force: the override if there is one, otherwise the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// Past the effective due date, with neither the part nor its job completed.
    overdue: bool,
    operations: Progress,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    /// This and the following fields are only shown on request (fields).
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    notes: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    material_lot: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    material_supplier: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    material_cert_number: Option<Option<String>>,
    /// The part's id in the ERP.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<String>>,
}

/// The columns of a part that `row.sql` needs.
const COLUMNS: &str = include_str!("columns.sql");

statement! {
    static ONE = include_str!("one.sql"), include_str!("row.sql"); [Uuid, Uuid]
        => rules(&[RULES]), fills(&[("columns", Fill::Text(COLUMNS)), ("direction", Fill::Text("")), ("more", Fill::Text(""))]);
}

/// A live part as it is now. A writer sees its own changes.
fn read(call: &Call, id: Uuid) -> Json<Part> {
    call.json(&ONE, sql_args![id])
}
