//! `get_scrap_analytics`.

mod group_by;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
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
    /// What to add up by (default reason).
    group_by: GroupBy,
    /// How many local days of the factory, today included (default 30). They are compared with as many days before.
    days: Days<30>,
    /// How many groups to show, most scrap first, at most 100 (default 20). The others are in the remainder.
    #[schemars(range(min = 1, max = 100))]
    limit: i32,
    /// Only lots of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { group_by: GroupBy::Reason, days: Days::default(), limit: 20, cell_id: None, cell_name: None }
    }
}

/// Pieces of scrap and what goes with them.
macro_rules! numbers {
    ($name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$doc])* $field: $type,)*
            scrap_pieces: i64,
            /// Lots with scrap. One that is split over reasons counts in the group of each, and once in the total.
            lots: i64,
            /// Of all scrap pieces; null when there are none.
            share_percent: Option<f64>,
            /// Pieces that the group produced. By reason and category: all pieces, as a reason produces none.
            produced_pieces: i64,
            /// scrap_pieces of produced_pieces; null without.
            scrap_rate_percent: Option<f64>,
            /// In the period before.
            previous_scrap_pieces: i64,
            previous_scrap_rate_percent: Option<f64>,
            /// Scrap pieces more (or less) than in the period before.
            change: i64,
            /// change of previous_scrap_pieces; null when they are 0.
            change_percent: Option<f64>,
        }
    };
}

numbers!(Total {});

numbers!(Group {
    /// The id of the reason, cell, operation, part, job or profile; null for the other groupings, and where name is null.
    id: Option<Uuid>,
    /// Code, name, number or text of the group. null: not known (no reason given, no customer, not recorded by whom).
    name: Option<String>,
    /// A reason's description, an operation's part_number, a part's job_number, a job's customer.
    detail: Option<String>,
});

numbers!(Remainder {
    /// How many groups they are.
    groups: i64,
});

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    group_by: GroupBy,
    total: Total,
    /// Groups with pieces in one of the two periods, most scrap first.
    groups: Vec<Group>,
    /// The groups behind the limit together; null when all are shown. Pieces of groups and remainder add up to the total.
    remainder: Option<Remainder>,
}

impl Declaration for GetScrapAnalytics {
    const NAME: &'static str = "get_scrap_analytics";
    const TITLE: &'static str = "Where scrap comes from";
    const DESCRIPTION: &'static str = "Scrapped pieces of the last days added up by reason, category of reason, cell, operation, part, job, material, customer or \
        operator, most first, with share, scrap rate in percent of the pieces that the group produced, and the period before. Lots that are \
        split over reasons count for each with its pieces. Shares with running totals: get_scrap_pareto; course of time: get_scrap_trends.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"group_by": "cell", "days": 30, "limit": 3}"#),
        Example::new(r#"{"group_by": "reason", "days": 90, "cell_name": "Welding", "limit": 5}"#),
        Example::new(r#"{"group_by": "operator", "days": 60, "cell_id": "@A/cell/Laser 1", "limit": 5}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::NotFound, "there is no such cell", r#"{"cell_name": "Foundry"}"#)];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let sql = filters::only(&arguments.group_by.statement(), &[(cell.is_some(), "o.cell_id = $5")]);
        let (days, name) = (arguments.days.count(), arguments.group_by.name());
        let args = sql_args![uuid(call.tenant), days, arguments.limit, name, cell.map(uuid)];
        let body = query::read(&sql, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let analytics: Value = serde_json::from_str(&body).unwrap_or_default();
        let total = &analytics["total"];
        let summary = format!(
            "{} pieces scrapped in {days} days (rate: {}), {} in the {days} days before; by {name}: {} groups shown, {} more.",
            total["scrap_pieces"],
            percent(&total["scrap_rate_percent"]),
            total["previous_scrap_pieces"],
            analytics["groups"].as_array().map_or(0, Vec::len),
            analytics["remainder"]["groups"].as_i64().unwrap_or_default(),
        );
        Ok(Answer::from_sql(summary, body))
    }
}
