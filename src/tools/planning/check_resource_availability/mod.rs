//! `check_resource_availability`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, as_instant, contains_pattern};
use crate::sql_args;
use crate::tools::planning::resources::with_resources;
use crate::tools::shared::find;

/// `check_resource_availability`
pub(in crate::tools) struct CheckResourceAvailability;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only the resource with this id.
    resource_id: Option<Uuid>,
    /// Instead of resource_id: the resource's name.
    #[schemars(length(min = 1))]
    resource_name: Option<String>,
    /// Only resources of this type (such as mold, tooling, fixture, material, machine), in any case of letters.
    #[schemars(length(min = 1))]
    resource_type: Option<String>,
    /// Only resources whose location contains this text, in any case of letters.
    #[schemars(length(min = 1))]
    location: Option<String>,
    /// Only resources with this status.
    status: Option<ResourceStatus>,
    /// true: list only the resources that are available. The totals count the others nevertheless.
    only_available: bool,
    /// The window's first moment (default now; a date alone means its first moment in the factory's time zone).
    from: Option<Moment>,
    /// The end of the window, itself not in it (default 7 days after from).
    to: Option<Moment>,
    /// How many pieces must be free (default 1).
    #[schemars(range(min = 0.01, max = 99_999_999))]
    quantity: f64,
    /// How many resources to list, 1 to 100 (default 50), by type and name.
    #[schemars(range(min = 1, max = 100))]
    limit: u8,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            resource_id: None,
            resource_name: None,
            resource_type: None,
            location: None,
            status: None,
            only_available: false,
            from: None,
            to: None,
            quantity: 1.0,
            limit: 50,
        }
    }
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ResourceStatus {
    Available,
    InUse,
    Maintenance,
    Retired,
}

impl ResourceStatus {
    /// As the table writes it.
    const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::InUse => "in_use",
            Self::Maintenance => "maintenance",
            Self::Retired => "retired",
        }
    }
}

/// Resources and whether they are free in the window, from `from` until before `to`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    from: DateTime<FixedOffset>,
    to: DateTime<FixedOffset>,
    /// How many resources fit the filters, available or not.
    total: i64,
    /// How many of them are available.
    available: i64,
    /// The same by type, at most 100 types.
    by_type: Vec<ByType>,
    /// By type and name.
    resources: Vec<Resource>,
    /// true: there are more than limit; ask by resource_type or location for the others.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByType {
    resource_type: String,
    total: i64,
    available: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resource {
    resource_id: Uuid,
    resource_name: String,
    resource_type: String,
    identifier: Option<String>,
    location: Option<String>,
    /// What people set it to: available, in_use, maintenance, retired, or another word of an older database.
    status: String,
    /// Whether enough pieces are free during the whole window.
    available: bool,
    /// null when it is available.
    unavailable_because: Option<Reason>,
    /// The cell that it belongs to at present.
    cell: Option<Cell>,
    /// How many pieces there are, as its metadata says (total_quantity, stock_quantity, quantity, pieces or sheets); null: it says
    /// nothing, and one piece is taken.
    total_quantity: Option<f64>,
    /// The pieces that the operations in the window need together, also when they need them one after the other.
    used_quantity: f64,
    /// What is left of the total, at least 0, whatever the status.
    free_quantity: f64,
    /// Operations that are not completed and need it.
    open_operations: i64,
    /// Of these: in the window. An operation in progress is in it from now on, whatever was planned, one without dates to no end; an
    /// operation that is not in progress and has no dates is not.
    overlapping_operations: i64,
    /// The first 5 of them.
    usage: Vec<Usage>,
    /// true: there are more than 5.
    usage_truncated: bool,
    /// null when its metadata says nothing about it.
    maintenance: Option<Maintenance>,
}

/// Why a resource is not available.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    /// Out of use for good.
    Retired,
    /// Switched off.
    Inactive,
    /// In maintenance.
    Maintenance,
    /// Its status is none of those that allow work.
    OtherStatus,
    /// Operations in the window need it.
    NeededByOperations,
    /// There are fewer pieces than asked for.
    TooFew,
    /// In use, and no open operation says until when.
    InUse,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cell {
    cell_id: Uuid,
    cell_name: String,
    is_primary: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Usage {
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

/// As the metadata says (maintenance_due, calibration_due, interval_days). It does not make a resource unavailable: its status does.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Maintenance {
    /// null when the metadata names no day.
    due_date: Option<NaiveDate>,
    interval_days: Option<f64>,
    /// Whether the day has passed, or the metadata says overdue.
    overdue: Option<bool>,
    due_in_window: Option<bool>,
}

impl Declaration for CheckResourceAvailability {
    const NAME: &'static str = "check_resource_availability";
    const TITLE: &'static str = "Check whether resources are free";
    const DESCRIPTION: &'static str = "Which molds, tools, fixtures, machines and stock are free in a window of time (default the next 7 days): by status, by planned \
        and running operations that need them, and by pieces where the resource has several; with its cell, what needs it, and maintenance \
        that is due. It reserves nothing: assign_resource_to_operations does. For hours of cells use get_cell_capacity.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("type", "resource_type"), ("start_date", "from"), ("end_date", "to")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"resource_name": "Fixture 7"}"#),
        Example::new(r#"{"resource_type": "material", "quantity": 10, "only_available": true}"#),
        Example::of("B", r#"{"status": "maintenance"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "no resource has this id or name",
            r#"{"resource_name": "Tombstone 2"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "both resource_id and resource_name are given",
            r#"{"resource_id": "@A/resource/Fixture 7", "resource_name": "Fixture 7"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "to is not after from",
            r#"{"from": "2030-01-02", "to": "2030-01-02"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static AVAILABILITY: LazyLock<String> = LazyLock::new(|| {
            with_resources(include_str!("resource_availability.sql"))
                .replace("{{since}}", &as_instant("$2"))
                .replace("{{until}}", &as_instant("$3"))
        });

        let (id, name) = (arguments.resource_id, arguments.resource_name.as_deref());
        let resource = find::optional(call, &find::RESOURCE, "resource_id", id, name)?;
        let [from, to] = [&arguments.from, &arguments.to].map(|moment| moment.as_ref().map(Moment::text));
        let location = arguments.location.as_deref().map(contains_pattern);
        let args = sql_args![
            uuid(call.tenant),
            from,
            to,
            arguments.quantity,
            arguments.only_available,
            i64::from(arguments.limit),
            resource.map(uuid),
            arguments.resource_type.as_deref(),
            location.as_deref(),
            arguments.status.map(ResourceStatus::name),
        ];
        let body = query::read(&AVAILABILITY, args, |mut rows| match rows.next() {
            Some(row) => row.get::<String>(1),
            None => Ok(None),
        })
        .ok_or_else(|| ToolError::invalid("to", "to must be after from").hint("from is now when it is not given"))?;
        let data: Value = serde_json::from_str(&body).unwrap_or_default();
        if let Some(resource) = resource
            && data["total"] == 0
            && [location.is_none(), arguments.resource_type.is_none(), arguments.status.is_none()] == [true; 3]
        {
            return Err(ToolError::not_found("resource", &resource));
        }
        let summary = format!("{} of {} resources are available in the window.", data["available"], data["total"]);
        Ok(Answer::from_sql(summary, body))
    }
}
