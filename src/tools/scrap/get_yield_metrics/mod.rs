//! `get_yield_metrics`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::scrap::filters::{self, percent};
use crate::tools::shared::RULES;
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::pieces::Pieces;
use crate::{sql_args, statement};

/// `get_yield_metrics`
pub(in crate::tools) struct GetYieldMetrics;

/// The most cells in an answer.
const MAX_CELLS: usize = 100;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Number of local days to cover, including today (default 30). They are compared with the same number of days before.
    days: Days<30>,
    /// Only pieces of operations at the cell with this id, in every number of the answer.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only pieces of the part with this id; the answer then also lists the steps of its routing.
    part_id: Option<Uuid>,
    /// The part's number, instead of part_id.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
}

/// A row of yields: what it refers to, and the fields that all rows have.
macro_rules! yields {
    ($(#[$doc:meta])* $visibility:vis $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        $visibility struct $name {
            $($(#[$field_doc])* $field: $type,)*
            pieces: Pieces,
            /// Lower bound of the 95 % confidence interval for the first-pass yield (Wilson), wide for few pieces. null without pieces.
            confidence_low_percent: Option<f64>,
            /// Upper bound of that interval.
            confidence_high_percent: Option<f64>,
            /// Pieces produced in the previous period.
            previous_produced: i64,
            previous_first_pass_yield_percent: Option<f64>,
            /// Change in first-pass yield from the previous period, in percentage points; null when either period has no pieces.
            change_points: Option<f64>,
        }
    };
}

yields!(Overall {});

yields!(Cell {
    cell_id: Uuid,
    cell_name: Option<String>,
});

yields!(
    /// A step of the part's routing, including steps that reported no pieces in the period.
    Step {
        operation_id: Uuid,
        operation_name: String,
        sequence: i32,
        cell_id: Uuid,
        cell_name: Option<String>,
    }
);

/// Numbers come from the lots reported on live operations, by the time of recording.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Yields {
    period: Period,
    overall: Overall,
    /// null when the answer covers one cell only, because a routing spans several.
    rolled_throughput: Option<RolledThroughput>,
    /// Cells with pieces in the period, lowest first-pass yield first; at most 100.
    by_cell: Vec<Cell>,
    /// true: there are more than 100 cells; name one to see its numbers.
    truncated: bool,
    /// The live steps of the part, in order; null unless a part was named.
    routing: Option<Vec<Step>>,
}

/// The probability that a piece passes every step of its routing the first time. For one part, it is the product of the first-pass yields,
/// in the period, of the cells of its live operations, based on the pieces that this answer covers. For several parts, it is the mean
/// over the parts with pieces in the period, each weighted by the pieces of its busiest step.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RolledThroughput {
    yield_percent: Option<f64>,
    /// Number of parts included.
    parts: i64,
    /// Number of steps in their routings that are at cells with pieces.
    steps: i64,
    /// Steps left out because their cell has no pieces in the period.
    steps_without_pieces: i64,
    previous_yield_percent: Option<f64>,
}

/// A bound of Wilson's interval for good out of produced, with z = 1.959964 and its square.
fn bound(sign: char) -> String {
    format!(
        "round(100.0 * (2 * n.good + 3.841459 {sign} 1.959964 * sqrt(3.841459 + 4.0 * n.good * (n.produced - n.good) \
         / nullif(n.produced, 0))) / (2 * (n.produced + 3.841459)), 2)"
    )
}

/// The lots that count. The statement also asks elsewhere whether a cell or a part is given, so these are its own parameters.
const LOTS: &[Part] = &[Part::condition("cell", "o.cell_id = $3"), Part::condition("part", "o.part_id = $4")];

statement! {
    static YIELD = include_str!("yield.sql"); [Uuid, Int4, Uuid, Uuid]
        => rules(&[RULES]),
           fills(&[
               ("row", Fill::Text(include_str!("yield_row.sql"))),
               ("low", Fill::Made(|| bound('-'))),
               ("high", Fill::Made(|| bound('+'))),
               ("max_cells", Fill::Count(MAX_CELLS)),
           ]),
           parts(&[LOTS]);
}

impl Declaration for GetYieldMetrics {
    const NAME: &'static str = "get_yield_metrics";
    const TITLE: &'static str = "Yield";
    const DESCRIPTION: &'static str = "Shows first-pass yield, scrap rate and rework rate in percent of produced pieces: overall, by cell (lowest first) and, for one part, \
        by step of its routing, each with a 95 % confidence interval and the previous period, and the rolled throughput yield along routings. \
        null means no pieces. For causes use get_scrap_pareto; for trends over time, get_scrap_trends.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Yields>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let part = filters::part(call, arguments.part_id, arguments.part_number.as_deref())?;
        let mut choice = Choice::none();
        choice.when("cell", cell.is_some());
        choice.when("part", part.is_some());
        let days = arguments.days.count();
        let yields: Json<Yields> = call.json_of(&YIELD, &choice, sql_args![days, cell, part]);
        let overall = &yields.overall;
        let summary = format!(
            "First-pass yield of {} pieces in {days} days: {}; in the {days} days before: {}.",
            overall.pieces.produced,
            percent(overall.pieces.first_pass_yield_percent),
            percent(overall.previous_first_pass_yield_percent),
        );
        Ok(Answer::new(summary, &yields))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 30}"#),
        Example::new(r#"{"days": 90, "cell_name": "Welding"}"#),
        Example::of("B", r#"{"days": 120, "part_number": "P-1001-01"}"#),
        Example::new(r#"{"days": 120, "cell_id": "@A/cell/Laser 1", "part_id": "@A/part/P-1012-03"}"#),
        Example::new(r#"{"days": 120, "part_number": "P-1012-03"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the cell or part does not exist", r#"{"cell_name": "Foundry"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "a cell or part is given both by id and by name",
            r#"{"cell_id": "@A/cell/Welding", "cell_name": "Welding"}"#,
        ),
    ];
}
