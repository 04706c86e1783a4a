//! What the answer of `batch_reschedule_operations` shows.

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::tools::shared::Change;

/// An operation whose dates were changed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Rescheduled {
    id: Uuid,
    operation_name: String,
    /// The order within the part.
    sequence: i32,
    part_number: String,
    job_number: String,
    cell_name: Option<String>,
    status: TaskStatus,
    planned_start: Change<Option<DateTime<FixedOffset>>>,
    planned_end: Change<Option<DateTime<FixedOffset>>>,
}

/// A conflict in the plan after the change. Conflicts do not stop the change.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::tools) enum Conflict {
    /// An operation ends after the start of an operation that comes later in the routing of the part.
    RoutingOrder {
        earlier_operation_id: Uuid,
        earlier_operation_name: String,
        earlier_planned_end: DateTime<FixedOffset>,
        later_operation_id: Uuid,
        later_operation_name: String,
        later_planned_start: DateTime<FixedOffset>,
        part_number: String,
    },
    /// An operation ends after its job is due.
    AfterDueDate {
        operation_id: Uuid,
        job_number: String,
        planned_end: DateTime<FixedOffset>,
        effective_due_date: DateTime<FixedOffset>,
    },
    /// A cell has more load than capacity on a day, and a changed operation is part of the load. Checked from today on, for three years.
    OverCapacity {
        cell_id: Uuid,
        cell_name: String,
        /// In the factory's time zone.
        date: NaiveDate,
        /// Counted as in get_cell_capacity.
        load_hours: f64,
        /// 0 if the factory is closed.
        capacity_hours: f64,
    },
}
