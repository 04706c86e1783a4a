//! `get_yield_metrics`.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::filters::{self, percent};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::common::period::{Days, Period};
use crate::tools::common::pieces::Pieces;
use crate::tools::common::with_rules;

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
    let row = include_str!("yield_row.sql").trim_end().replace("/*low*/", &bound('-')).replace("/*high*/", &bound('+'));
    with_rules(&include_str!("yield.sql").replace("/*row*/", &row))
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

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn yields_are_those_of_the_ledger_overall_and_by_cell() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago")] {
            let found = call(tenant, "get_yield_metrics", &json!({"days": 60}));
            let ledger = |more: &str, from: i64, to: i64| {
                sql(&format!(
                    "SELECT json_build_array(sum(q.quantity_produced), sum(q.quantity_good), sum(q.quantity_scrap), sum(q.quantity_rework),
                                             round(100.0 * sum(q.quantity_good) / sum(q.quantity_produced), 2))
                       FROM mes.operation_quantities q
                       JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id,
                            (SELECT (now() AT TIME ZONE '{zone}')::date AS today) t
                      WHERE q.tenant_id = mes_demo_id('{tenant}') {more}
                        AND (q.recorded_at AT TIME ZONE '{zone}')::date BETWEEN today - {from} AND today - {to}"
                ))
            };
            let numbers = |row: &Value| {
                let pieces = &row["pieces"];
                json!([
                    pieces["produced"],
                    pieces["good"],
                    pieces["scrap"],
                    pieces["rework"],
                    pieces["first_pass_yield_percent"]
                ])
            };
            assert_eq!(numbers(&found["overall"]), ledger("", 59, 0));
            assert_eq!(found["overall"]["previous_first_pass_yield_percent"], ledger("", 119, 60)[4]);
            let cells = found["by_cell"].as_array().expect("cells");
            let yields: Vec<_> = cells.iter().map(|cell| cell["pieces"]["first_pass_yield_percent"].as_f64()).collect();
            assert!(yields.is_sorted(), "{yields:?}");
            let mut product = 1.0;
            for cell in cells {
                let at = format!("AND o.cell_id = '{}'", cell["cell_id"].as_str().expect("an id"));
                assert_eq!(numbers(cell), ledger(&at, 59, 0));
                let of_cell = call(tenant, "get_yield_metrics", &json!({"days": 60, "cell_id": cell["cell_id"]}));
                assert_eq!(numbers(&of_cell["overall"]), numbers(cell));
                assert_eq!(of_cell["by_cell"].as_array().map(Vec::len), Some(1));
                assert_eq!(of_cell["rolled_throughput"], Value::Null);
                product *= cell["pieces"]["first_pass_yield_percent"].as_f64().unwrap_or_default() / 100.0;
            }
            // No routing passes each cell more than twice, and none is better than its cells.
            let rolled = found["rolled_throughput"]["yield_percent"].as_f64().expect("a yield");
            assert!(rolled < found["overall"]["pieces"]["first_pass_yield_percent"].as_f64().unwrap_or_default());
            assert!(rolled > 100.0 * product * product, "{rolled} {product}");
        }
    }

    #[pg_test]
    fn rolled_throughput_is_the_product_along_the_routing() {
        demo();
        let found = call("B", "get_yield_metrics", &json!({"days": 120, "part_number": "P-1001-01"}));
        let expected = sql("WITH cell AS (
                SELECT o.cell_id, sum(q.quantity_good)::numeric / sum(q.quantity_produced) AS good
                  FROM mes.operation_quantities q JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id
                 WHERE o.part_id = mes_demo_id('B/part/P-1001-01') GROUP BY 1)
            SELECT round(100 * exp(sum(ln(good))), 2) FROM cell
              JOIN mes.operations o USING (cell_id) WHERE o.part_id = mes_demo_id('B/part/P-1001-01') AND o.deleted_at IS NULL");
        assert_eq!(found["rolled_throughput"]["yield_percent"], expected);
        let steps = sql(
            "SELECT count(*) FROM mes.operations WHERE part_id = mes_demo_id('B/part/P-1001-01') AND deleted_at IS NULL",
        );
        let routing = found["routing"].as_array().expect("a routing");
        assert_eq!(json!(routing.len()), steps);
        let sequences: Vec<_> = routing.iter().map(|step| step["sequence"].as_i64()).collect();
        assert!(sequences.is_sorted());
        let of_steps: i64 = routing.iter().filter_map(|step| step["pieces"]["produced"].as_i64()).sum();
        assert_eq!(json!(of_steps), found["overall"]["pieces"]["produced"]);
        assert_eq!(refused("A", "get_yield_metrics", &json!({"part_id": id("B/part/P-1001-01")}))["code"], "not_found");
    }

    #[pg_test]
    fn few_pieces_have_a_wide_interval_and_none_have_no_yield() {
        demo();
        // 1 good of 3: the Wilson interval at 95 % is 6.1 to 79.2 %.
        let few = call("C", "get_yield_metrics", &json!({}));
        let interval = (&few["overall"]["confidence_low_percent"], &few["overall"]["confidence_high_percent"]);
        assert_eq!(interval, (&json!(6.15), &json!(79.23)));
        assert_eq!(few["overall"]["change_points"], Value::Null);
        Spi::run("UPDATE mes.operation_quantities SET quantity_good = 0, quantity_scrap = 3 WHERE tenant_id = mes_demo_id('C')")
            .expect("a lot");
        let none_good = call("C", "get_yield_metrics", &json!({}));
        assert_eq!(none_good["rolled_throughput"]["yield_percent"], 0.0);
        assert_eq!(none_good["overall"]["confidence_low_percent"], 0.0);
        let empty = call("D", "get_yield_metrics", &json!({}));
        for field in ["first_pass_yield_percent", "scrap_rate_percent", "rework_rate_percent"] {
            assert_eq!(empty["overall"]["pieces"][field], Value::Null);
        }
        assert_eq!(empty["rolled_throughput"]["yield_percent"], Value::Null);
        assert_eq!((&empty["by_cell"], &empty["routing"]), (&json!([]), &Value::Null));
    }
}
