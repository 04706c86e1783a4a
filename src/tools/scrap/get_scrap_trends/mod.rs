//! `get_scrap_trends`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Choice;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::scrap::filters::{self, percent};
use crate::tools::shared::RULES;
use crate::tools::shared::period::{Days, Interval, Period};
use crate::tools::shared::pieces::Pieces;
use crate::{sql_args, statement};

/// `get_scrap_trends`
pub(in crate::tools) struct GetScrapTrends;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Number of local days to cover, including today (default 30). They are compared with the same number of days before.
    days: Days<30>,
    /// daily (default), weekly (weeks begin on Monday) or monthly. The first and the last bucket may be shorter.
    interval: Interval,
    /// Only pieces of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Trends {
    period: Period,
    interval: Interval,
    /// In chronological order, without gaps. A bucket without pieces has null rates.
    buckets: Vec<Bucket>,
    /// The whole period.
    total: Pieces,
    /// The previous period.
    previous: Pieces,
    change: Change,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bucket {
    first_day: NaiveDate,
    last_day: NaiveDate,
    /// Number of lots reported.
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
    /// In percentage points; null when either period has no pieces.
    scrap_rate_points: Option<f64>,
}

statement! {
    static TRENDS = include_str!("trends.sql"); [Uuid, Int4, Text, Text] => rules(&[RULES]), parts(&[filters::AT_CELL]);
}

impl Declaration for GetScrapTrends {
    const NAME: &'static str = "get_scrap_trends";
    const TITLE: &'static str = "Scrap over time";
    const DESCRIPTION: &'static str = "Shows produced, good, scrap and rework pieces with their rates in percent, by day, week or month in the factory's time zone, without \
        gaps, for all cells or one, and compares the whole period with the previous one. To see who or what causes scrap, use \
        get_scrap_analytics or get_scrap_pareto.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Trends>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let mut choice = Choice::none();
        choice.value("at_cell", cell);
        let (days, interval) = (arguments.days.count(), arguments.interval);
        let args = sql_args![days, interval.unit(), interval.name()];
        let trends: Json<Trends> = call.json_of(&TRENDS, &choice, args);
        let (total, previous) = (&trends.total, &trends.previous);
        let summary = format!(
            "{} of {} pieces scrapped in {days} days (rate: {}), {} of {} in the {days} days before (rate: {}).",
            total.scrap,
            total.produced,
            percent(total.scrap_rate_percent),
            previous.scrap,
            previous.produced,
            percent(previous.scrap_rate_percent),
        );
        Ok(Answer::new(summary, &trends))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 28, "interval": "weekly", "cell_name": "Welding"}"#),
        Example::of("B", r#"{"days": 90, "interval": "monthly", "cell_id": "@B/cell/Inspection"}"#),
        Example::new(r#"{"days": 7, "cell_id": "@A/cell/Welding"}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::NotFound, "the cell does not exist", r#"{"cell_name": "Foundry"}"#)];
}
