//! `get_production_metrics`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Fill, Rules};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};
use output::Metrics;

/// `get_production_metrics`
pub(in crate::tools) struct GetProductionMetrics;

/// The most cells in an answer.
const MAX_CELLS: usize = 100;

/// The most local days in a span.
const MAX_DAYS: usize = 366;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Start of the span: a date (its first moment in the factory's time zone) or a date-time. Default: 30 local days before the end.
    start_date: Option<Moment>,
    /// End of the span: a date (that day is included) or a date-time (excluded). Default: the end of today. At most 366 days after the
    /// start.
    end_date: Option<Moment>,
}

const SPAN: &Rules = &[("span", Fill::Text(include_str!("span.sql")))];

statement! {
    static FITS = include_str!("span_fits.sql"); [Uuid, Text, Text]
        => rules(&[RULES, SPAN]), fills(&[("max_days", Fill::Count(MAX_DAYS))]);

    static METRICS = include_str!("metrics.sql"); [Uuid, Text, Text]
        => rules(&[RULES, SPAN]),
           fills(&[
               ("totals_json", Fill::Text(include_str!("totals.sql"))),
               ("operations_json", Fill::Text(include_str!("operations.sql"))),
               ("time_json", Fill::Text(include_str!("time.sql"))),
               ("max_cells", Fill::Count(MAX_CELLS)),
           ]);
}

/// Refuses a span that ends before it starts, is too long, or lies outside the years that its arithmetic can handle.
fn check_span(call: &Call, start: Option<&str>, end: Option<&str>) -> Result<(), ToolError> {
    let fits = call.row(&FITS, sql_args![start, end], |row| row.get_three::<bool, bool, bool>());
    let (field, message) = match fits {
        (Some(true), Some(true), Some(true)) => return Ok(()),
        (Some(true), Some(true), _) => ("start_date", "the span is not between the years 1970 and 9998".to_owned()),
        (Some(true), ..) => ("end_date", format!("the span has more than {MAX_DAYS} days")),
        _ => ("end_date", "end_date is not after start_date".to_owned()),
    };
    Err(ToolError::invalid(field, message)
        .hint("without start_date the span covers 30 days; without end_date it ends with today"))
}

impl Declaration for GetProductionMetrics {
    const NAME: &'static str = "get_production_metrics";
    const TITLE: &'static str = "Production in numbers";
    const DESCRIPTION: &'static str = "Shows what the factory did between two dates: jobs completed with on-time share and lead time in days, operations completed with planned \
        and booked minutes, pieces with yield, and time by kind in minutes; also for the previous span, by cell, and by local day. null means \
        no data. For the current state use get_dashboard_stats; for yields by cell with confidence intervals, get_yield_metrics.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Metrics>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let (start, end) = (arguments.start_date.as_ref(), arguments.end_date.as_ref());
        let (start, end) = (start.map(Moment::text), end.map(Moment::text));
        check_span(call, start, end)?;
        let metrics: Json<Metrics> = call.json(&METRICS, sql_args![start, end]);
        let (current, previous) = (&metrics.current, &metrics.previous);
        let summary = format!(
            "{} jobs and {} operations completed (previous span: {} and {}); {} pieces produced, {} of them good.",
            current.jobs.completed,
            current.operations.completed,
            previous.jobs.completed,
            previous.operations.completed,
            current.pieces.produced,
            current.pieces.good,
        );
        Ok(Answer::new(summary, &metrics))
    }

    const EXAMPLES: &'static [Example] = &[Example::new("{}"), Example::of("B", "{}")];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the span ends before it starts",
            r#"{"start_date": "2026-03-02", "end_date": "2026-03-01"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the span has more than 366 days",
            r#"{"start_date": "2024-01-01", "end_date": "2026-01-01"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the span is not between the years 1970 and 9998",
            r#"{"start_date": "1969-03-01", "end_date": "1969-04-01"}"#,
        ),
    ];
}
