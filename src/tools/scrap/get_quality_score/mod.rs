//! `get_quality_score`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::json::Json;
use crate::error::ToolError;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::RULES;
use crate::tools::shared::period::{Days, Period};
use crate::{sql_args, statement};

/// `get_quality_score`
pub(in crate::tools) struct GetQualityScore;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Number of local days to cover, including today, at most 365 (default 30). They are compared with the same number of days before.
    days: Days<30>,
}

/// Scores range from 0 (worst) to 100 (best) and cover live operations only.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Score {
    period: Period,
    /// Weighted mean of the components that have data, by effective weight; null when none has.
    overall_score: Option<f64>,
    /// The same for the previous period, from the components that had data then.
    previous_overall_score: Option<f64>,
    /// Change in the score, from compared_components only; null when there are none.
    difference: Option<f64>,
    /// The direction of the change; null when there is nothing to compare.
    trend: Option<Trend>,
    /// A smaller difference than this counts as stable.
    stable_within_points: f64,
    /// The components that have data in both periods.
    compared_components: Vec<Name>,
    components: Components,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Trend {
    Improving,
    Stable,
    Worsening,
}

impl Trend {
    /// The name in the answer.
    const fn name(self) -> &'static str {
        match self {
            Self::Improving => "improving",
            Self::Stable => "stable",
            Self::Worsening => "worsening",
        }
    }
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
    /// Good pieces as a share of all pieces.
    first_pass_yield: Component<Yield>,
    /// Issues opened, weighted by severity, relative to the pieces produced.
    issue_rate: Component<IssueRate>,
    /// How quickly issues are reviewed, for the issues reviewed in the period.
    resolution: Component<Resolution>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Component<T> {
    /// Weight in the overall score when all components have data.
    weight: f64,
    /// Weight in this overall score; null without data.
    effective_weight: Option<f64>,
    /// How the score is calculated from the inputs.
    formula: String,
    /// null without data.
    score: Option<f64>,
    previous_score: Option<f64>,
    inputs: T,
    /// The inputs of the previous period.
    previous_inputs: T,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Yield {
    good_pieces: i64,
    /// Good, scrap and rework pieces, counted at every operation that reports them.
    produced_pieces: i64,
    first_pass_yield_percent: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IssueRate {
    /// Low-severity issues opened in the period.
    low: i64,
    medium: i64,
    high: i64,
    critical: i64,
    /// Sum of the issues, weighted by severity.
    points: i64,
    produced_pieces: i64,
    points_per_1000_pieces: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    /// Issues approved, rejected or closed in the period, regardless of when they were opened.
    resolved_issues: i64,
    /// From opening to review.
    median_resolution_days: Option<f64>,
}

statement! {
    static SCORE = include_str!("quality_score.sql"); [Uuid, Int4] => rules(&[RULES]);
}

impl Declaration for GetQualityScore {
    const NAME: &'static str = "get_quality_score";
    const TITLE: &'static str = "Quality score";
    const DESCRIPTION: &'static str = "Rates quality as one score from 0 to 100, based on first-pass yield, issues per 1000 pieces and the days that issues take to \
        review, with the weight, formula and inputs of each component and the change from the previous period. Without data the score is null, \
        not 100. For details use get_yield_metrics and get_issue_analytics; for what to improve, suggest_quality_improvements.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Score>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let days = arguments.days.count();
        let score: Json<Score> = call.json(&SCORE, sql_args![days]);
        let summary = match (score.overall_score, score.difference.zip(score.trend)) {
            (None, _) => format!("No quality score: no pieces and no reviewed issues in {days} days."),
            (Some(overall), None) => {
                format!("Quality score {overall} of 100 for {days} days; nothing to compare with.")
            }
            (Some(overall), Some((difference, trend))) => format!(
                "Quality score {overall} of 100 for {days} days, {difference:+} compared with the {days} days before ({}).",
                trend.name()
            ),
        };
        Ok(Answer::new(summary, &score))
    }

    const EXAMPLES: &'static [Example] = &[Example::new("{}"), Example::of("C", r#"{"days": 30}"#)];
    const ERRORS: &'static [ErrorCase] = &[];
}
