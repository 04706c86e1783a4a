//! `get_root_cause_analysis`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::ToolError;
use crate::pg::statement::Fill;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::issues::analysis::{ANALYSIS_RULES, SIMILARITY_PERCENT, Top};
use crate::tools::shared::RULES;
use crate::tools::shared::counts::BySeverity;
use crate::tools::shared::period::{Days, Period};
use crate::{sql_args, statement};

/// `get_root_cause_analysis`
pub(in crate::tools) struct GetRootCauseAnalysis;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Number of local days to cover, including today, at most 365 (default 90). They are compared with the same number of days before.
    days: Days<90>,
    /// Show only groups with at least this many issues (default 2).
    #[schemars(range(min = 1, max = 1000))]
    min_occurrences: u16,
    /// How many of their words two texts must share to count as one root cause: the words in both texts, in percent of the words in either
    /// (default 60). Inflections and English filler words are ignored. 100: only texts with the same words.
    #[schemars(range(min = 1, max = 100))]
    min_similarity_percent: u8,
    /// How many groups to show, the most frequent first, at most 100 (default 20).
    limit: Top,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            days: Days::default(),
            min_occurrences: 2,
            min_similarity_percent: SIMILARITY_PERCENT,
            limit: Top::default(),
        }
    }
}

/// Root causes of issues of live operations, with similar ones grouped.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct RootCauses {
    period: Period,
    min_occurrences: u16,
    min_similarity_percent: u8,
    issues: Issues,
    ncrs: Ncrs,
    /// Root cause texts of both periods that differ in more than case, spacing and punctuation.
    different_texts: i64,
    /// How many of these were compared by their words, the most frequent first: at most 600 texts with 6000 words in total, each by its
    /// first 300 characters. Each of the others forms its own group.
    compared_texts: i64,
    /// The number of groups with at least min_occurrences issues.
    group_count: i64,
    /// The most frequent first.
    groups: Vec<Group>,
    /// true: there are more groups than limit; use a larger limit or a larger min_occurrences.
    truncated: bool,
}

/// Issues opened in the period, including NCRs.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Issues {
    total: i64,
    with_root_cause: i64,
}

/// NCRs opened in the period.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ncrs {
    total: i64,
    without_root_cause: i64,
    /// null if there are no NCRs.
    without_root_cause_percent: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Group {
    /// The group's most frequent text in its most frequent spelling, at most 300 characters.
    root_cause: String,
    /// Issues of the period.
    occurrence_count: i64,
    /// Issues of the preceding period.
    previous_occurrence_count: i64,
    /// occurrence_count minus previous_occurrence_count.
    change: i64,
    /// How many different texts it has in the period.
    variant_count: i64,
    /// These texts in lower case without punctuation, the most frequent first; at most 10.
    variants: Vec<Variant>,
    /// Counts of issues.
    by_severity: BySeverity,
    /// At how many cells it occurred.
    affected_cell_count: i64,
    /// The cells with the most occurrences; at most 10.
    affected_cells: Vec<AffectedCell>,
    /// The most frequent corrective actions of both periods; at most 3, each of at most 300 characters.
    sample_corrective_actions: Vec<String>,
    /// When the group's first issue with a corrective action was approved or closed, in either period; null if none was.
    corrected_at: Option<DateTime<FixedOffset>>,
    /// Issues of the period opened after corrected_at, which the action did not prevent.
    occurrences_after_correction: i64,
    first_occurrence_at: DateTime<FixedOffset>,
    last_occurrence_at: DateTime<FixedOffset>,
    /// Issues of the period, the newest first; at most 20.
    issue_ids: Vec<Uuid>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Variant {
    text: String,
    occurrence_count: i64,
    /// The share of words in common with the group's root_cause.
    similarity_percent: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AffectedCell {
    cell_id: Uuid,
    cell_name: Option<String>,
    occurrence_count: i64,
}

statement! {
    static ROOT_CAUSES = include_str!("get_root_cause_analysis.sql"); [Uuid, Int4, Int4, Int8, Int8]
        => rules(&[RULES, ANALYSIS_RULES]), fills(&[("least_similarity", Fill::Text("$3"))]);
}

impl Declaration for GetRootCauseAnalysis {
    const NAME: &'static str = "get_root_cause_analysis";
    const TITLE: &'static str = "Common root causes";
    const DESCRIPTION: &'static str = "Which root causes recur: groups issues with the same or nearly the same root cause text and gives their severities, cells, \
        corrective actions, how often the cause returned after a corrective action, and issue ids; also the share of NCRs without a root \
        cause. For issues by category, cell or customer use get_issue_analytics.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<RootCauses>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Json<RootCauses>>, ToolError> {
        let Arguments { days, min_occurrences, min_similarity_percent, limit } = arguments;
        let args =
            sql_args![days.count(), i32::from(min_similarity_percent), i64::from(min_occurrences), limit.count(),];
        let found: Json<RootCauses> = call.json(&ROOT_CAUSES, args);
        let summary = format!(
            "{} root causes with at least {min_occurrences} issues in {} days; {} of {} issues have a root cause, {} of {} NCRs have none.",
            found.group_count,
            days.count(),
            found.issues.with_root_cause,
            found.issues.total,
            found.ncrs.without_root_cause,
            found.ncrs.total,
        );
        Ok(Answer::new(summary, &found))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 120, "limit": 2}"#),
        Example::new(r#"{"days": 120, "min_occurrences": 1, "min_similarity_percent": 100}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
}
