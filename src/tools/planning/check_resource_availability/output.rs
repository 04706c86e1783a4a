//! The answer of `check_resource_availability`.

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;

/// Resources, and whether they are free in the window from `from` until before `to`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Availability {
    from: DateTime<FixedOffset>,
    to: DateTime<FixedOffset>,
    /// How many resources match the filters, available or not.
    pub(super) total: i64,
    /// How many of them are available.
    pub(super) available: i64,
    /// The same by type, at most 100 types.
    by_type: Vec<TypeCount>,
    /// Ordered by type and name.
    resources: Vec<ResourceAvailability>,
    /// true: there are more than limit; filter by resource_type or location for the others.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TypeCount {
    resource_type: String,
    total: i64,
    available: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResourceAvailability {
    resource_id: Uuid,
    resource_name: String,
    resource_type: String,
    identifier: Option<String>,
    location: Option<String>,
    /// As set by people: available, in_use, maintenance, retired, or another value from an older database.
    status: String,
    /// Whether enough pieces are free during the whole window.
    available: bool,
    /// null if it is available.
    unavailable_because: Option<UnavailableReason>,
    /// The cell that it currently belongs to.
    cell: Option<ResourceCell>,
    /// How many pieces there are, from its metadata (total_quantity, stock_quantity, quantity, pieces or sheets); null: the metadata has
    /// none of these, so one piece is assumed.
    total_quantity: Option<f64>,
    /// The pieces that the operations in the window need together, even if they need them one after the other.
    used_quantity: f64,
    /// What is left of the total, at least 0, whatever the status.
    free_quantity: f64,
    /// How many operations that are not completed need it.
    open_operations: i64,
    /// How many of them are in the window. An operation in progress counts from now on, whatever its dates; without dates it has no end.
    /// An operation that is not in progress and has no dates does not count.
    overlapping_operations: i64,
    /// The first 5 of them.
    usage: Vec<ResourceUse>,
    /// true: there are more than 5.
    usage_truncated: bool,
    /// null if its metadata has no maintenance data.
    maintenance: Option<Maintenance>,
}

/// Why a resource is not available.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum UnavailableReason {
    /// Permanently out of use.
    Retired,
    /// Deactivated.
    Inactive,
    /// In maintenance.
    Maintenance,
    /// Its status is not one that allows work.
    OtherStatus,
    /// Operations in the window need it.
    NeededByOperations,
    /// There are fewer pieces than requested.
    TooFew,
    /// In use, and no open operation says until when.
    InUse,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResourceCell {
    cell_id: Uuid,
    cell_name: String,
    is_primary: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResourceUse {
    operation_id: Uuid,
    operation_name: String,
    status: TaskStatus,
    /// How many pieces it needs.
    quantity: f64,
    part_number: String,
    job_number: String,
    cell_name: Option<String>,
    planned_start: Option<DateTime<FixedOffset>>,
    planned_end: Option<DateTime<FixedOffset>>,
}

/// From the metadata (maintenance_due, calibration_due, interval_days). It does not make a resource unavailable; only its status does.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Maintenance {
    /// null if the metadata has no date.
    due_date: Option<NaiveDate>,
    interval_days: Option<f64>,
    /// Whether the date has passed, or the metadata says overdue.
    overdue: Option<bool>,
    due_in_window: Option<bool>,
}
