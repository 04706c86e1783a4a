//! `get_issue_trends`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::states::IssueSeverity;
use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::shared::period::{Days, Interval, Period};
use crate::tools::shared::with_rules;

/// `get_issue_trends`
pub(in crate::tools) struct GetIssueTrends;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// How many local days, today included, at most 365 (default 30). As many days before them are compared.
    days: Days<30>,
    /// The length of the buckets (default daily). Weeks begin on Monday; the first and the last bucket may be shorter.
    interval: Interval,
}

/// Issues of live operations: opened, resolved, and open at the end.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    interval: Interval,
    /// The period in pieces, in order, none left out.
    buckets: Vec<Bucket>,
    /// The whole period; its backlog is that of the last bucket.
    total: Flow,
    /// The period before; its backlog is what the period began with.
    previous: Flow,
    /// total less previous, of all severities.
    change: Change,
    /// Issues of the period that are not pending and have no time of a review: they are in opened, and in no resolved or backlog.
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
    /// Issues that were pending when the bucket ended; in the last one, that are pending now. A reopened issue counts as never reviewed.
    backlog: Counts,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Flow {
    /// Issues opened.
    opened: Counts,
    /// Issues resolved, also such that were opened earlier.
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
    let severities = IssueSeverity::ALL.iter().map(|severity| severity.name());
    let sums: Vec<_> =
        severities.map(|name| format!(", '{name}', sum({value}) FILTER (WHERE l.severity = '{name}')")).collect();
    format!("json_build_object('total', sum({value}){})", sums.concat())
}

impl Declaration for GetIssueTrends {
    const NAME: &'static str = "get_issue_trends";
    const TITLE: &'static str = "Issues over time";
    const DESCRIPTION: &'static str = "Issues and NCRs day by day, week by week or month by month: how many were opened, how many resolved, how many were open at \
        the end, each by severity; with the totals of the period and of the period before. Buckets without issues are there with zeros. \
        For what the issues have in common use get_issue_analytics.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 60, "interval": "monthly"}"#),
        Example::new(r#"{"days": 90, "interval": "weekly"}"#),
        Example::new(r#"{"days": 7}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static TRENDS: LazyLock<String> = LazyLock::new(|| {
            with_rules(include_str!("get_issue_trends.sql"))
                .replace("{{opened}}", &counts("l.opened"))
                .replace("{{resolved}}", &counts("l.resolved"))
                .replace("{{final_backlog}}", &counts("CASE WHEN l.ends_period THEN l.backlog ELSE 0 END"))
                .replace("{{backlog}}", &counts("l.backlog"))
                .replace("{{numbers}}", "'opened', b.opened, 'resolved', b.resolved, 'backlog', b.backlog")
        });

        let Arguments { days, interval } = arguments;
        let args = sql_args![uuid(call.tenant), days.count(), interval.unit(), interval.name()];
        let body = query::read(&TRENDS, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let trends: Value = serde_json::from_str(&body).unwrap_or_default();
        let all = |side: &str, what: &str| trends[side][what]["total"].clone();
        let summary = format!(
            "{} issues opened and {} resolved in {} days ({} and {} in the days before); {} pending, {} when the period began.",
            all("total", "opened"),
            all("total", "resolved"),
            trends["period"]["days"],
            all("previous", "opened"),
            all("previous", "resolved"),
            all("total", "backlog"),
            all("previous", "backlog"),
        );
        Ok(Answer::from_sql(summary, body))
    }
}
