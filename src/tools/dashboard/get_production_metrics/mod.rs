//! `get_production_metrics`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Moment;
use crate::sql_args;
use crate::tools::shared::with_rules;
use output::Output;

/// `get_production_metrics`
pub(in crate::tools) struct GetProductionMetrics;

/// The most cells of an answer.
const MAX_CELLS: i32 = 100;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Where the span begins: a date (its first moment in the factory's time zone) or a date-time. Default: 30 local days before the
    /// end.
    start_date: Option<Moment>,
    /// Where it ends: a date (that day is included) or a date-time (excluded). Default: the end of today. At most 366 days after the
    /// start.
    end_date: Option<Moment>,
}

static FITS: LazyLock<String> =
    LazyLock::new(|| with_rules(concat!("WITH ", include_str!("span.sql"), include_str!("span_fits.sql"))));

static METRICS: LazyLock<String> = LazyLock::new(|| {
    with_rules(
        &include_str!("metrics.sql")
            .replace("{{span}}", include_str!("span.sql").trim_end())
            .replace("{{totals}}", include_str!("totals.sql").trim_end())
            .replace("{{operations}}", include_str!("operations.sql").trim_end())
            .replace("{{time}}", include_str!("time.sql").trim_end()),
    )
});

impl Declaration for GetProductionMetrics {
    const NAME: &'static str = "get_production_metrics";
    const TITLE: &'static str = "Production in numbers";
    const DESCRIPTION: &'static str = "What the factory did between two dates: jobs completed with on-time share and lead time in days, operations completed with planned \
        and booked minutes, pieces with yield, time by kind in minutes; the same for the span before, by cell, and by local day. null means \
        no data. For the state right now use get_dashboard_stats, for yields by cell with confidence get_yield_metrics.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[Example::new("{}"), Example::of("B", "{}")];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the span ends before it begins",
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
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let (start, end) = (arguments.start_date.as_ref(), arguments.end_date.as_ref());
        let (start, end) = (start.map(Moment::text), end.map(Moment::text));
        let fits = query::read(&FITS, sql_args![uuid(call.tenant), start, end], |rows| {
            rows.first().get_three::<bool, bool, bool>()
        });
        let refused = match fits {
            (Some(true), Some(true), Some(true)) => None,
            (Some(true), Some(true), _) => Some(("start_date", "the span is not between the years 1970 and 9998")),
            (Some(true), ..) => Some(("end_date", "the span has more than 366 days")),
            _ => Some(("end_date", "end_date is not after start_date")),
        };
        if let Some((field, message)) = refused {
            return Err(ToolError::invalid(field, message)
                .hint("without start_date the span has 30 days, without end_date it ends with today"));
        }
        let args = sql_args![uuid(call.tenant), start, end, MAX_CELLS];
        let body = query::read(&METRICS, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let metrics: Value = serde_json::from_str(&body).unwrap_or_default();
        let (current, previous) = (&metrics["current"], &metrics["previous"]);
        let summary = format!(
            "{} jobs and {} operations completed (span before: {} and {}); {} pieces produced, {} of them good.",
            current["jobs"]["completed"],
            current["operations"]["completed"],
            previous["jobs"]["completed"],
            previous["operations"]["completed"],
            current["pieces"]["produced"],
            current["pieces"]["good"],
        );
        Ok(Answer::from_sql(summary, body))
    }
}
