//! What `report_scrap` answers.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ncr::SuggestedNcr;
use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::tools::shared::pieces::Pieces;
use crate::tools::shared::scrap_reason::Category;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    pub(super) lot: Json<Lot>,
    pub(super) operation: Json<Operation>,
    /// A non-conformance report is suggested when the operation's scrap rate reaches this.
    pub(super) ncr_threshold_percent: f64,
    /// The call to make next when the operation's scrap rate has reached the threshold; otherwise null.
    pub(super) ncr_suggested: Option<SuggestedNcr>,
}

/// What the statement gives after the lot is booked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    pub(super) lot: Json<Lot>,
    pub(super) operation: Json<Operation>,
}

/// What was reported.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lot {
    id: Uuid,
    /// Good, scrap and rework combined.
    quantity_produced: i32,
    quantity_good: i32,
    quantity_scrap: i32,
    quantity_rework: i32,
    /// How the scrap is distributed over reasons; adds up to quantity_scrap.
    reasons: Vec<LotReason>,
    material_lot: Option<String>,
    material_supplier: Option<String>,
    material_cert_number: Option<String>,
    notes: Option<String>,
    recorded_by: Option<Uuid>,
    recorded_by_name: Option<String>,
    recorded_at: DateTime<FixedOffset>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LotReason {
    /// null, like the reason's other fields, when no reason was given for these pieces.
    scrap_reason_id: Option<Uuid>,
    code: Option<String>,
    description: Option<String>,
    category: Option<Category>,
    quantity: i64,
    notes: Option<String>,
}

/// The operation with all lots ever reported on it, including the new one.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Operation {
    id: Uuid,
    operation_name: String,
    sequence: i32,
    status: TaskStatus,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    cell_id: Uuid,
    cell_name: Option<String>,
    /// Pieces to make; null when unknown.
    part_quantity: Option<i32>,
    lots: i64,
    pieces: Pieces,
    /// Pieces not yet reported as good or scrap: part_quantity - good - scrap. Can be below 0 after force; null without part_quantity.
    remaining: Option<i64>,
    /// Number of pending NCRs for the operation.
    pending_ncrs: i64,
}
