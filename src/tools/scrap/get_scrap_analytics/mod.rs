//! `get_scrap_analytics`.

mod group_by;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Choice;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::scrap::filters::{self, percent};
use crate::tools::shared::period::{Days, Period};
use group_by::GroupBy;

/// `get_scrap_analytics`
pub(in crate::tools) struct GetScrapAnalytics;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// What to group by (default reason).
    group_by: GroupBy,
    /// Number of local days to cover, including today (default 30). They are compared with the same number of days before.
    days: Days<30>,
    /// How many groups to show, most scrap first, at most 100 (default 20). The rest are combined in remainder.
    #[schemars(range(min = 1, max = 100))]
    limit: i32,
    /// Only lots of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { group_by: GroupBy::Reason, days: Days::default(), limit: 20, cell_id: None, cell_name: None }
    }
}

/// What groups, their remainder and the total have in common.
macro_rules! numbers {
    ($name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$doc])* $field: $type,)*
            scrap_pieces: i64,
            /// Lots with scrap. A lot that is split over reasons counts in the group of each reason, but only once in the total.
            lots: i64,
            /// Share of all scrap pieces; null when there are none.
            share_percent: Option<f64>,
            /// Pieces that the group produced. When grouped by reason or category: all pieces, since a reason produces none.
            produced_pieces: i64,
            /// scrap_pieces / produced_pieces; null when nothing was produced.
            scrap_rate_percent: Option<f64>,
            /// Scrap pieces in the previous period.
            previous_scrap_pieces: i64,
            previous_scrap_rate_percent: Option<f64>,
            /// Change in scrap pieces from the previous period.
            change: i64,
            /// change / previous_scrap_pieces; null when that is 0.
            change_percent: Option<f64>,
        }
    };
}

numbers!(Total {});

numbers!(Group {
    /// The id of the reason, cell, operation, part, job or profile; null for the other groupings and when name is null.
    id: Option<Uuid>,
    /// Code, name, number or text of the group. null means unknown: no reason, no customer, or no record of who reported it.
    name: Option<String>,
    /// For a reason its description, for an operation its part_number, for a part its job_number, for a job its customer.
    detail: Option<String>,
});

numbers!(Remainder {
    /// Number of groups.
    groups: i64,
});

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Analytics {
    period: Period,
    group_by: GroupBy,
    total: Total,
    /// Groups with pieces in either period, most scrap first.
    groups: Vec<Group>,
    /// The groups beyond the limit, combined; null when all are shown. The pieces of groups and remainder add up to the total.
    remainder: Option<Remainder>,
}

impl Declaration for GetScrapAnalytics {
    const NAME: &'static str = "get_scrap_analytics";
    const TITLE: &'static str = "Where scrap comes from";
    const DESCRIPTION: &'static str = "Totals the scrap of recent days by reason, reason category, cell, operation, part, job, material, customer or operator, most \
        first, with share, scrap rate in percent of the pieces that the group produced, and the previous period. When a lot is split over \
        reasons, each reason counts its own pieces. For cumulative shares use get_scrap_pareto; for trends over time, get_scrap_trends.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Analytics>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let (days, group_by) = (arguments.days.count(), arguments.group_by);
        let name = group_by.name();
        let mut choice = Choice::none();
        choice.part(name);
        choice.value("at_cell", cell);
        let args = sql_args![days, arguments.limit, name];
        let analytics: Json<Analytics> = call.json_of(group_by.statement(), &choice, args);
        let total = &analytics.total;
        let summary = format!(
            "{} pieces scrapped in {days} days (rate: {}), {} in the {days} days before; by {name}: {} groups shown, {} more.",
            total.scrap_pieces,
            percent(total.scrap_rate_percent),
            total.previous_scrap_pieces,
            analytics.groups.len(),
            analytics.remainder.as_ref().map_or(0, |remainder| remainder.groups),
        );
        Ok(Answer::new(summary, &analytics))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"group_by": "cell", "days": 30, "limit": 3}"#),
        Example::new(r#"{"group_by": "reason", "days": 90, "cell_name": "Welding", "limit": 5}"#),
        Example::new(r#"{"group_by": "operator", "days": 60, "cell_id": "@A/cell/Laser 1", "limit": 5}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::NotFound, "the cell does not exist", r#"{"cell_name": "Foundry"}"#)];
}
