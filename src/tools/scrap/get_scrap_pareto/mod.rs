//! `get_scrap_pareto`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Choice;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::scrap::filters;
use crate::tools::shared::RULES;
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::scrap_reason::Category;
use crate::{sql_args, statement};

/// `get_scrap_pareto`
pub(in crate::tools) struct GetScrapPareto;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Number of local days to cover, including today (default 30). They are compared with the same number of days before.
    days: Days<30>,
    /// How many reasons to show, largest first, at most 50 (default 10). The rest are combined in remainder.
    #[schemars(range(min = 1, max = 50))]
    limit: i32,
    /// Only scrap of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
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
pub(in crate::tools) struct Pareto {
    period: Period,
    /// All scrap, with and without a reason: the 100 % that shares refer to.
    scrap_pieces: i64,
    /// Lots with scrap.
    lots: i64,
    previous_scrap_pieces: i64,
    /// Number of reasons among the vital few.
    vital_few: i64,
    /// Largest first. Reasons with scrap in the previous period only come last, with 0 pieces.
    rows: Vec<Row>,
    /// The reasons beyond the limit, combined; null when all are shown. The shares of rows and remainder add up to 100 %.
    remainder: Option<Remainder>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Row {
    /// null in the row for scrap without a reason.
    scrap_reason_id: Option<Uuid>,
    /// UNSPECIFIED when scrap_reason_id is null.
    code: String,
    description: Option<String>,
    category: Option<Category>,
    /// Whether the code is still in use.
    active: Option<bool>,
    /// Lots with scrap for this reason; a lot that is split over two reasons counts for both.
    lots: i64,
    scrap_pieces: i64,
    /// Share of all scrap in the period; null when there is none.
    share_percent: Option<f64>,
    /// Combined share of this row and the rows above it.
    cumulative_percent: Option<f64>,
    /// Whether this is one of the largest reasons that together account for 80 % of the scrap, including the one that reaches 80 %.
    vital_few: bool,
    previous_scrap_pieces: i64,
    /// Change in pieces from the previous period.
    change: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remainder {
    /// Number of reasons.
    reasons: i64,
    scrap_pieces: i64,
    share_percent: Option<f64>,
    cumulative_percent: Option<f64>,
    previous_scrap_pieces: i64,
    change: i64,
}

statement! {
    static PARETO = include_str!("pareto.sql"); [Uuid, Int4, Int4] => rules(&[RULES]), parts(&[filters::AT_CELL]);
}

impl Declaration for GetScrapPareto {
    const NAME: &'static str = "get_scrap_pareto";
    const TITLE: &'static str = "Pareto of scrap reasons";
    const DESCRIPTION: &'static str = "Shows which few reasons cause most of the scrap: pieces by reason, largest first, with shares, cumulative shares and the vital few \
        that account for 80 %, for all cells or one, compared with the previous period. When a lot is split over reasons, each reason counts \
        its own pieces; scrap without a reason has a row of its own. For other groupings (cell, customer, operator, ...) use get_scrap_analytics.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("top_n", "limit")];
    type Arguments = Arguments;
    type Output = Json<Pareto>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let mut choice = Choice::none();
        choice.value("at_cell", cell);
        let days = arguments.days.count();
        let pareto: Json<Pareto> = call.json_of(&PARETO, &choice, sql_args![days, arguments.limit]);
        let summary = format!(
            "{} pieces scrapped in {days} days, {} in the {days} days before; vital few: {}.",
            pareto.scrap_pieces, pareto.previous_scrap_pieces, pareto.vital_few,
        );
        Ok(Answer::new(summary, &pareto))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 90, "limit": 5}"#),
        Example::new(r#"{"days": 90, "cell_name": "Welding"}"#),
        Example::new(r#"{"days": 90, "cell_id": "@A/cell/Laser 1", "limit": 3}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::NotFound, "the cell does not exist", r#"{"cell_id": "@nothing"}"#)];
}
