//! `get_scrap_trends`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::scrap::filters::{self, percent};
use crate::tools::shared::period::{Days, Interval, Period};
use crate::tools::shared::pieces::Pieces;
use crate::tools::shared::with_rules;

/// `get_scrap_trends`
pub(in crate::tools) struct GetScrapTrends;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// How many local days of the factory, today included (default 30). They are compared with as many days before.
    days: Days<30>,
    /// daily (default), weekly (weeks begin on Monday) or monthly. The first and the last bucket may be shorter.
    interval: Interval,
    /// Only pieces of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    interval: Interval,
    /// In order, none left out. One without pieces has rates of null.
    buckets: Vec<Bucket>,
    /// Of the whole period.
    total: Pieces,
    /// Of the period before.
    previous: Pieces,
    change: Change,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bucket {
    first_day: NaiveDate,
    last_day: NaiveDate,
    /// How many lots were reported.
    lots: i64,
    pieces: Pieces,
}

/// total minus previous.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// Pieces.
    produced: i64,
    /// Pieces.
    scrap: i64,
    /// Percentage points; null when one of the periods has no pieces.
    scrap_rate_points: Option<f64>,
}

impl Declaration for GetScrapTrends {
    const NAME: &'static str = "get_scrap_trends";
    const TITLE: &'static str = "Scrap over time";
    const DESCRIPTION: &'static str = "Pieces produced, good, scrap and rework with their rates in percent, by day, week or month of the factory's time zone without \
        gaps, for all cells or one, and the whole period compared with the one before. For who or what causes scrap use \
        get_scrap_analytics or get_scrap_pareto.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 28, "interval": "weekly", "cell_name": "Welding"}"#),
        Example::of("B", r#"{"days": 90, "interval": "monthly", "cell_id": "@B/cell/Inspection"}"#),
        Example::new(r#"{"days": 7, "cell_id": "@A/cell/Welding"}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::NotFound, "there is no such cell", r#"{"cell_name": "Foundry"}"#)];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static TRENDS: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("trends.sql")));

        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let sql = filters::only(&TRENDS, &[(cell.is_some(), "o.cell_id = $5")]);
        let (days, interval) = (arguments.days.count(), arguments.interval);
        let args = sql_args![uuid(call.tenant), days, interval.unit(), interval.name(), cell.map(uuid)];
        let body = query::read(&sql, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let trends: Value = serde_json::from_str(&body).unwrap_or_default();
        let (total, previous) = (&trends["total"], &trends["previous"]);
        let summary = format!(
            "{} of {} pieces scrapped in {days} days (rate: {}), {} of {} in the {days} days before (rate: {}).",
            total["scrap"],
            total["produced"],
            percent(&total["scrap_rate_percent"]),
            previous["scrap"],
            previous["produced"],
            percent(&previous["scrap_rate_percent"]),
        );
        Ok(Answer::from_sql(summary, body))
    }
}
