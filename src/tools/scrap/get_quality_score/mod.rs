//! `get_quality_score`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::with_rules;

/// `get_quality_score`
pub(in crate::tools) struct GetQualityScore;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// How many local days, today included, at most 365 (default 30). As many days before them are compared.
    days: Days<30>,
}

/// Scores are points from 0 (worst) to 100 (best), of live operations.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    /// The components that have data, by their effective weights; null when none has.
    overall_score: Option<f64>,
    /// The same of the period before, of the components that had data then.
    previous_overall_score: Option<f64>,
    /// How far the score moved, by compared_components alone; null when there is none.
    difference: Option<f64>,
    /// What difference means; null when there is nothing to compare.
    trend: Option<Trend>,
    /// A difference smaller than this is stable.
    stable_within_points: f64,
    /// The components that have data in both periods.
    compared_components: Vec<Name>,
    components: Components,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Trend {
    Improving,
    Stable,
    Worsening,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Name {
    FirstPassYield,
    IssueRate,
    Resolution,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Components {
    /// Good pieces of all pieces.
    first_pass_yield: Component<Yield>,
    /// Issues opened, by severity, for the pieces that were made.
    issue_rate: Component<IssueRate>,
    /// How fast issues are reviewed, of those that were reviewed in the period.
    resolution: Component<Resolution>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Component<T> {
    /// Its part of the overall score when all components have data.
    weight: f64,
    /// Its part of this overall score; null when it has no data.
    effective_weight: Option<f64>,
    /// How the score follows from the inputs.
    formula: String,
    /// null without data.
    score: Option<f64>,
    previous_score: Option<f64>,
    inputs: T,
    /// Those of the period before.
    previous_inputs: T,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Yield {
    good_pieces: i64,
    /// Good, scrap and rework, at every operation that reports them.
    produced_pieces: i64,
    first_pass_yield_percent: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IssueRate {
    /// Issues of low severity opened in the period.
    low: i64,
    medium: i64,
    high: i64,
    critical: i64,
    /// The issues weighted by severity.
    points: i64,
    produced_pieces: i64,
    points_per_1000_pieces: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    /// Issues approved, rejected or closed in the period, whenever they were opened.
    resolved_issues: i64,
    /// From opening to review.
    median_resolution_days: Option<f64>,
}

impl Declaration for GetQualityScore {
    const NAME: &'static str = "get_quality_score";
    const TITLE: &'static str = "Quality score";
    const DESCRIPTION: &'static str = "One number for quality, 0 to 100, from first-pass yield, issues per 1000 pieces and the days that issues take to review; \
        with weights, formulas and inputs of each, and the change against the days before. Without data it is null, not 100. For the \
        parts of it use get_yield_metrics and get_issue_analytics, for what to look at suggest_quality_improvements.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[Example::new("{}"), Example::of("C", r#"{"days": 30}"#)];
    const ERRORS: &'static [ErrorCase] = &[];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static SCORE: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("get_quality_score.sql")));

        let args = sql_args![uuid(call.tenant), arguments.days.count()];
        let body = query::read(&SCORE, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let score: Value = serde_json::from_str(&body).unwrap_or_default();
        let days = &score["period"]["days"];
        let summary = match (score["overall_score"].as_f64(), score["difference"].as_f64()) {
            (None, _) => format!("No quality score: no pieces and no reviewed issues in {days} days."),
            (Some(overall), None) => {
                format!("Quality score {overall} of 100 for {days} days; nothing to compare with.")
            }
            (Some(overall), Some(difference)) => format!(
                "Quality score {overall} of 100 for {days} days, {difference:+} against the {days} days before ({}).",
                score["trend"].as_str().unwrap_or_default()
            ),
        };
        Ok(Answer::from_sql(summary, body))
    }
}
