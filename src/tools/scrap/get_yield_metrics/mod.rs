//! `get_yield_metrics`.

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
use crate::tools::scrap::filters::{self, percent};
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::pieces::Pieces;
use crate::tools::shared::with_rules;

/// `get_yield_metrics`
pub(in crate::tools) struct GetYieldMetrics;

/// The most cells of an answer.
const MAX_CELLS: i32 = 100;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// How many local days of the factory, today included (default 30). They are compared with as many days before.
    days: Days<30>,
    /// Only pieces of operations at the cell with this id, in every number of the answer.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only pieces of the part with this id; the answer then lists the steps of its routing.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
}

/// A row of yields: what it is of, and the fields that all have.
macro_rules! yields {
    ($(#[$doc:meta])* $visibility:vis $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        $visibility struct $name {
            $($(#[$field_doc])* $field: $type,)*
            pieces: Pieces,
            /// The lower end of the 95 % interval of the first-pass yield (Wilson): few pieces make it wide. null without pieces.
            confidence_low_percent: Option<f64>,
            /// Its upper end.
            confidence_high_percent: Option<f64>,
            /// Pieces in the period before.
            previous_produced: i64,
            previous_first_pass_yield_percent: Option<f64>,
            /// First-pass yield, percentage points against the period before; null when one has no pieces.
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
    /// A step of the part's routing; without pieces when it reported none in the period.
    Step {
        operation_id: Uuid,
        operation_name: String,
        sequence: i32,
        cell_id: Uuid,
        cell_name: Option<String>,
    }
);

/// Numbers come from reported lots of live operations, by when they were recorded.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    overall: Overall,
    /// null when the answer is about one cell: a routing crosses cells.
    rolled_throughput: Option<RolledThroughput>,
    /// Cells with pieces in the period, lowest first-pass yield first; at most 100.
    by_cell: Vec<Cell>,
    /// true: there are more than 100 cells; name one to see it.
    truncated: bool,
    /// The live steps of the part in their order; null unless a part was named.
    routing: Option<Vec<Step>>,
}

/// The chance that a piece passes all steps of its routing at the first try. For each part with pieces in the period: the product over
/// its live operations of the first-pass yield that the operation's cell had in the period (of the pieces that this answer is about).
/// Over several parts: the mean, each part weighted with the pieces of its busiest step.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RolledThroughput {
    yield_percent: Option<f64>,
    /// How many parts it is taken over.
    parts: i64,
    /// How many steps their routings have at cells with pieces.
    steps: i64,
    /// Steps that are left out, because their cell has no pieces in the period.
    steps_without_pieces: i64,
    previous_yield_percent: Option<f64>,
}

static YIELD: LazyLock<String> = LazyLock::new(|| {
    // Wilson's interval for good out of produced, with z = 1.959964 and its square.
    let bound = |sign: char| {
        format!(
            "round(100.0 * (2 * n.good + 3.841459 {sign} 1.959964 * sqrt(3.841459 + 4.0 * n.good * (n.produced - n.good) \
             / nullif(n.produced, 0))) / (2 * (n.produced + 3.841459)), 2)"
        )
    };
    let row = include_str!("yield_row.sql").trim_end().replace("{{low}}", &bound('-')).replace("{{high}}", &bound('+'));
    with_rules(&include_str!("yield.sql").replace("{{row}}", &row))
});

impl Declaration for GetYieldMetrics {
    const NAME: &'static str = "get_yield_metrics";
    const TITLE: &'static str = "Yield";
    const DESCRIPTION: &'static str = "First-pass yield, scrap rate and rework rate in percent of produced pieces: overall, by cell (lowest first) and, for one part, by \
        step of its routing, each with a 95 % interval and the period before, and the rolled throughput yield along routings. null means \
        no pieces. For causes use get_scrap_pareto, for the course of time get_scrap_trends.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 30}"#),
        Example::new(r#"{"days": 90, "cell_name": "Welding"}"#),
        Example::of("B", r#"{"days": 120, "part_number": "P-1001-01"}"#),
        Example::new(r#"{"days": 120, "cell_id": "@A/cell/Laser 1", "part_id": "@A/part/P-1012-03"}"#),
        Example::new(r#"{"days": 120, "part_number": "P-1012-03"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such cell or part", r#"{"cell_name": "Foundry"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "a cell or part is named twice, by id and by name",
            r#"{"cell_id": "@A/cell/Welding", "cell_name": "Welding"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let part = filters::part(call, arguments.part_id, arguments.part_number.as_deref())?;
        let sql = filters::only(&YIELD, &[(cell.is_some(), "o.cell_id = $4"), (part.is_some(), "o.part_id = $5")]);
        let days = arguments.days.count();
        let args = sql_args![uuid(call.tenant), days, MAX_CELLS, cell.map(uuid), part.map(uuid)];
        let body = query::read(&sql, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let metrics: Value = serde_json::from_str(&body).unwrap_or_default();
        let overall = &metrics["overall"];
        let summary = format!(
            "First-pass yield of {} pieces in {days} days: {}; in the {days} days before: {}.",
            overall["pieces"]["produced"],
            percent(&overall["pieces"]["first_pass_yield_percent"]),
            percent(&overall["previous_first_pass_yield_percent"]),
        );
        Ok(Answer::from_sql(summary, body))
    }
}
