//! `check_resource_availability`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::output::Availability;
use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::texts::Wording;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::tools::planning::resources::RESOURCE_RULES;
use crate::tools::shared::{RULES, find};
use crate::{contains, instant, is_text, sql_args, statement};

/// `check_resource_availability`
pub(in crate::tools) struct CheckResourceAvailability;

/// How many operations in the window are listed for a resource.
const MAX_USAGES: usize = 5;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only the resource with this id.
    resource_id: Option<Uuid>,
    /// The resource's name, instead of resource_id.
    #[schemars(length(min = 1))]
    resource_name: Option<String>,
    /// Only resources of this type (such as mold, tooling, fixture, material, machine), regardless of case and accents.
    resource_type: Option<Wording>,
    /// Only resources whose location contains this text, regardless of case and accents.
    location: Option<Wording>,
    /// Only resources with this status.
    status: Option<ResourceStatus>,
    /// true: list available resources only. The totals still count the others.
    only_available: bool,
    /// The start of the window (default now; a date alone means the start of that day in the factory's time zone).
    from: Option<Moment>,
    /// The end of the window, exclusive (default 7 days after from).
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

const FILTERS: &[Part] = &[
    Part::filter("resource", "r.id = {{value}}", Type::Uuid),
    Part::filter("resource_type", is_text!("r.type"), Type::Text),
    Part::filter("location", contains!("r.location"), Type::Text),
    Part::filter("status", "coalesce(r.status, 'available') = {{value}}", Type::Text),
];

statement! {
    /// `$2` and `$3` are the window, `$4` the quantity, `$5` whether to list available resources only, `$6` the most that are listed.
    static AVAILABILITY = include_str!("resource_availability.sql"); [Uuid, Text, Text, Float8, Bool, Int8]
        => rules(&[RULES, RESOURCE_RULES]),
           fills(&[
               ("since", Fill::Text(instant!("$2"))),
               ("until", Fill::Text(instant!("$3"))),
               ("most_usages", Fill::Count(MAX_USAGES)),
           ]),
           parts(&[FILTERS]);
}

impl Declaration for CheckResourceAvailability {
    const NAME: &'static str = "check_resource_availability";
    const TITLE: &'static str = "Check whether resources are free";
    const DESCRIPTION: &'static str = "Shows which molds, tools, fixtures, machines and stock are free in a time window (default the next 7 days), judged by their \
        status, by the planned and running operations that need them, and by the number of pieces. Also shows each resource's cell, what needs \
        it, and maintenance that is due. It reserves nothing; use assign_resource_to_operations for that. For the hours of cells use \
        get_cell_capacity.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("type", "resource_type"), ("start_date", "from"), ("end_date", "to")];
    type Arguments = Arguments;
    type Output = Json<Availability>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let (id, name) = (arguments.resource_id, arguments.resource_name.as_deref());
        let resource = find::optional(call, &find::RESOURCE, "resource_id", id, name)?;
        let [from, to] = [&arguments.from, &arguments.to].map(|moment| moment.as_ref().map(Moment::text));
        let mut filters = Choice::none();
        filters.value("resource", resource);
        filters.value("resource_type", arguments.resource_type.as_ref().map(Wording::folded));
        filters.value("location", arguments.location.as_ref().map(Wording::pattern));
        filters.value("status", arguments.status.map(ResourceStatus::name));
        let args = sql_args![from, to, arguments.quantity, arguments.only_available, i64::from(arguments.limit)];
        let found: Json<Availability> = call
            .optional_json(&AVAILABILITY, &filters, args)
            .ok_or_else(|| ToolError::invalid("to", "to must be after from").hint("from defaults to now"))?;
        let others = [&arguments.resource_type, &arguments.location].iter().any(|filter| filter.is_some());
        if let Some(resource) = resource.filter(|_| found.total == 0 && !others && arguments.status.is_none()) {
            return Err(ToolError::not_found("resource", &resource));
        }
        let summary = format!("{} of {} resources are available in the window.", found.available, found.total);
        Ok(Answer::new(summary, &found))
    }

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
}
