//! `get_scrap_pareto`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::scrap::filters;
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::scrap_reason::Category;
use crate::tools::shared::with_rules;

/// `get_scrap_pareto`
pub(in crate::tools) struct GetScrapPareto;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// How many local days of the factory, today included (default 30). They are compared with as many days before.
    days: Days<30>,
    /// How many reasons to show, largest first, at most 50 (default 10). The others are in the remainder.
    #[schemars(range(min = 1, max = 50))]
    limit: i32,
    /// Only scrap of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { days: Days::default(), limit: 10, cell_id: None, cell_name: None }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    /// Of all reasons and of none; what 100 % are.
    scrap_pieces: i64,
    /// Lots with scrap.
    lots: i64,
    previous_scrap_pieces: i64,
    /// How many reasons are the vital few.
    vital_few: i64,
    /// Largest first. Reasons that had scrap only in the period before come last, with 0 pieces.
    rows: Vec<Row>,
    /// The reasons behind the limit together; null when all are shown. The shares of rows and remainder make 100 %.
    remainder: Option<Remainder>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Row {
    /// null in the row of scrap for which no reason was given.
    scrap_reason_id: Option<Uuid>,
    /// UNSPECIFIED where scrap_reason_id is null.
    code: String,
    description: Option<String>,
    category: Option<Category>,
    /// Whether the code can still be used.
    active: Option<bool>,
    /// Lots with scrap for this reason; a lot that is split over two reasons counts in both.
    lots: i64,
    scrap_pieces: i64,
    /// Of all scrap of the period; null when there is none.
    share_percent: Option<f64>,
    /// The share of this row and those above it.
    cumulative_percent: Option<f64>,
    /// One of the largest reasons that together make 80 % of the scrap, the one that reaches 80 % included.
    vital_few: bool,
    previous_scrap_pieces: i64,
    /// Pieces more (or less) than in the period before.
    change: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remainder {
    /// How many reasons they are.
    reasons: i64,
    scrap_pieces: i64,
    share_percent: Option<f64>,
    cumulative_percent: Option<f64>,
    previous_scrap_pieces: i64,
    change: i64,
}

impl Declaration for GetScrapPareto {
    const NAME: &'static str = "get_scrap_pareto";
    const TITLE: &'static str = "Pareto of scrap reasons";
    const DESCRIPTION: &'static str = "Which few reasons cause most scrap: pieces by reason, largest first, with shares, running totals and the vital few that make 80 %, \
        for all cells or one, compared with the period before. Lots that are split over reasons count for each with its pieces; scrap \
        without a reason is a row of its own. For other groupings (cell, customer, operator, ...) use get_scrap_analytics.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("top_n", "limit")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 90, "limit": 5}"#),
        Example::new(r#"{"days": 90, "cell_name": "Welding"}"#),
        Example::new(r#"{"days": 90, "cell_id": "@A/cell/Laser 1", "limit": 3}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::NotFound, "there is no such cell", r#"{"cell_id": "@nothing"}"#)];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PARETO: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("pareto.sql")));

        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let sql = filters::only(&PARETO, &[(cell.is_some(), "o.cell_id = $4")]);
        let days = arguments.days.count();
        let args = sql_args![uuid(call.tenant), days, arguments.limit, cell.map(uuid)];
        let body = query::read(&sql, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let pareto: Value = serde_json::from_str(&body).unwrap_or_default();
        let summary = format!(
            "{} pieces scrapped in {days} days, {} in the {days} days before; vital few: {}.",
            pareto["scrap_pieces"], pareto["previous_scrap_pieces"], pareto["vital_few"],
        );
        Ok(Answer::from_sql(summary, body))
    }
}
