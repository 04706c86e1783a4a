//! `get_issue_analytics`.

mod grouping;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::ToolError;
use crate::pg::statement::{Choice, Fill};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::issues::analysis::{ANALYSIS_RULES, Top};
use crate::tools::shared::RULES;
use crate::tools::shared::counts::BySeverity;
use crate::tools::shared::period::{Days, Period};
use crate::{sql_args, statement};
use grouping::GroupBy;

/// `get_issue_analytics`
pub(in crate::tools) struct GetIssueAnalytics;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Number of local days to cover, including today, at most 365 (default 30). They are compared with the same number of days before.
    days: Days<30>,
    /// What to group by (default severity). cell, operation, part and job: of the operation that the issue is about; customer: in upper or
    /// lower case; reporter: who reported the issue, or else who entered it; category_code: the code of an issue category with which the
    /// description begins, as [CODE].
    group_by: GroupBy,
    /// How many groups to show, the largest first, at most 100 (default 20). The remainder adds up the others.
    limit: Top,
}

/// Issues of live operations that were opened in the period, compared with those of the preceding period.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Analytics {
    period: Period,
    group_by: GroupBy,
    /// All issues, whatever their group.
    total: Numbers,
    /// The largest first. Groups that occur only in the preceding period have count 0.
    groups: Vec<Group>,
    /// The groups beyond the limit, added up; null if all are shown. The counts of groups and remainder add up to those of total.
    remainder: Option<Remainder>,
    /// true: there are more groups than limit; a larger limit shows them.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Group {
    /// The id of the cell, operation, part, job or reporter; null for other groupings.
    id: Option<Uuid>,
    /// The value, name or number that the group stands for; null for issues without one.
    name: Option<String>,
    /// Tells equal names apart: the part number of an operation, the job number of a part, the customer of a job, the description of a
    /// category code.
    detail: Option<String>,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remainder {
    /// How many groups it adds up.
    groups: i64,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Numbers {
    /// Issues opened in the period.
    count: i64,
    /// Issues opened in the preceding period.
    previous_count: i64,
    /// count minus previous_count.
    change: i64,
    /// change in percent of previous_count; null if that is 0.
    change_percent: Option<f64>,
    /// count in percent of all issues of the period; null if there are none.
    share_percent: Option<f64>,
    /// The count by severity.
    by_severity: BySeverity,
    /// Of count: not yet reviewed.
    pending: i64,
    /// Of count: approved, rejected or closed.
    resolved: i64,
    /// How long the resolved issues took; null if none has the time of its review. Pending issues are not included.
    resolution: Option<Resolution>,
}

/// From the opening of an issue to its review.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    /// How many resolved issues have the time of their review.
    measured: i64,
    average_days: f64,
    median_days: f64,
    /// Nine out of ten took no longer.
    p90_days: f64,
}

statement! {
    static ANALYTICS = include_str!("get_issue_analytics.sql"); [Uuid, Int4, Int8, Text]
        => rules(&[RULES, ANALYSIS_RULES]),
           fills(&[("figures", Fill::Text(include_str!("figures.sql")))]),
           parts(&[GroupBy::PARTS]);
}

impl Declaration for GetIssueAnalytics {
    const NAME: &'static str = "get_issue_analytics";
    const TITLE: &'static str = "Issues by group";
    const DESCRIPTION: &'static str = "How many issues were opened in recent days, grouped by severity, status, cell, customer and more: count, share, change from the \
        preceding period, severities, and resolution time in days. Covers issues and NCRs together. For the development over time use \
        get_issue_trends, for causes get_root_cause_analysis, for the issues themselves fetch_issues.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Analytics>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Json<Analytics>>, ToolError> {
        let Arguments { days, group_by, limit } = arguments;
        let mut choice = Choice::none();
        choice.part(group_by.name());
        let args = sql_args![days.count(), limit.count(), group_by.name()];
        let analytics: Json<Analytics> = call.json_of(&ANALYTICS, &choice, args);
        let (days, total) = (days.count(), &analytics.total);
        let summary = format!(
            "{} issues in {days} days, {} in the {days} days before; {} pending, {} resolved.",
            total.count, total.previous_count, total.pending, total.resolved,
        );
        Ok(Answer::new(summary, &analytics))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 90, "group_by": "cell", "limit": 3}"#),
        Example::new(r#"{"days": 120, "group_by": "category_code"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
}
