//! `get_issue_trends`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::json::Json;
use crate::core::states::IssueSeverity;
use crate::error::ToolError;
use crate::pg::statement::Fill;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::RULES;
use crate::tools::shared::period::{Days, Interval, Period};
use crate::{sql_args, statement};

/// `get_issue_trends`
pub(in crate::tools) struct GetIssueTrends;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Number of local days to cover, including today, at most 365 (default 30). They are compared with the same number of days before.
    days: Days<30>,
    /// The length of the buckets (default daily). Weeks begin on Monday; the first and the last bucket may be shorter.
    interval: Interval,
}

/// Issues of live operations: opened, resolved, and open at the end.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Trends {
    period: Period,
    interval: Interval,
    /// The days, weeks or months of the period, in order and without gaps.
    buckets: Vec<Bucket>,
    /// The whole period; its backlog is that of the last bucket.
    total: Flow,
    /// The preceding period; its backlog is what the period began with.
    previous: Flow,
    /// total minus previous, over all severities.
    change: Change,
    /// Issues of the period that are not pending but have no time of review: they count in opened, but neither in resolved nor in backlog.
    resolved_without_date: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bucket {
    first_day: NaiveDate,
    last_day: NaiveDate,
    /// Issues opened.
    opened: Counts,
    /// Issues approved, rejected or closed, at the time of their review.
    resolved: Counts,
    /// Issues that were pending at the end of the bucket; for the last one, that are pending now. A reopened issue counts as never reviewed.
    backlog: Counts,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Flow {
    /// Issues opened.
    opened: Counts,
    /// Issues resolved, including those opened earlier.
    resolved: Counts,
    /// Issues pending at the end.
    backlog: Counts,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Counts {
    /// All severities.
    total: i64,
    low: i64,
    medium: i64,
    high: i64,
    critical: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    opened: i64,
    resolved: i64,
    backlog: i64,
}

/// The SQL expression of [`Counts`]: `value` summed over rows `l`, of which each is one severity.
fn counts(value: &str) -> String {
    let sum = |name| format!(", '{name}', sum({value}) FILTER (WHERE l.severity = '{name}')");
    let sums: String = IssueSeverity::ALL.iter().map(|severity| sum(severity.name())).collect();
    format!("json_build_object('total', sum({value}){sums})")
}

/// The severities, as a `text[]`.
fn severities() -> String {
    let names: Vec<_> = IssueSeverity::ALL.iter().map(|severity| severity.name()).collect();
    format!("'{{{}}}'::text[]", names.join(","))
}

statement! {
    static TRENDS = include_str!("get_issue_trends.sql"); [Uuid, Int4, Text, Text]
        => rules(&[RULES]),
           fills(&[
               ("severities", Fill::Made(severities)),
               ("opened_by_severity", Fill::Made(|| counts("l.opened"))),
               ("resolved_by_severity", Fill::Made(|| counts("l.resolved"))),
               ("final_backlog_by_severity", Fill::Made(|| counts("CASE WHEN l.ends_period THEN l.backlog ELSE 0 END"))),
               ("backlog_by_severity", Fill::Made(|| counts("l.backlog"))),
               ("flow", Fill::Text("'opened', b.opened, 'resolved', b.resolved, 'backlog', b.backlog")),
           ]);
}

impl Declaration for GetIssueTrends {
    const NAME: &'static str = "get_issue_trends";
    const TITLE: &'static str = "Issues over time";
    const DESCRIPTION: &'static str = "Issues and NCRs by day, week or month: how many were opened, how many were resolved and how many were open at the end, each by \
        severity, with totals for the period and the preceding one. Buckets without issues are included with zeros. For what the issues \
        have in common use get_issue_analytics.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Trends>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Json<Trends>>, ToolError> {
        let Arguments { days, interval } = arguments;
        let trends: Json<Trends> = call.json(&TRENDS, sql_args![days.count(), interval.unit(), interval.name()]);
        let Trends { total, previous, .. } = &*trends;
        let summary = format!(
            "{} issues opened and {} resolved in {} days ({} and {} in the days before); {} pending, {} when the period began.",
            total.opened.total,
            total.resolved.total,
            days.count(),
            previous.opened.total,
            previous.resolved.total,
            total.backlog.total,
            previous.backlog.total,
        );
        Ok(Answer::new(summary, &trends))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 60, "interval": "monthly"}"#),
        Example::new(r#"{"days": 90, "interval": "weekly"}"#),
        Example::new(r#"{"days": 7}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
}
