//! `get_root_cause_analysis`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::issues::analysis::{BySeverity, ROOT_CAUSE_GROUPS, SIMILARITY_PERCENT, Top, by_severity};
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::with_rules;

/// `get_root_cause_analysis`
pub(in crate::tools) struct GetRootCauseAnalysis;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// How many local days, today included, at most 365 (default 90). As many days before them are compared.
    days: Days<90>,
    /// The fewest issues of a group that is shown (default 2).
    #[schemars(range(min = 1, max = 1000))]
    min_occurrences: u16,
    /// How many of their words two texts must share to count as one root cause: the words that both have, in percent of the words that
    /// either has (default 60). Word forms and English filler words do not matter. 100: only texts of the same words.
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

/// Root causes of issues of live operations, alike ones together.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    min_occurrences: u16,
    min_similarity_percent: u8,
    issues: Issues,
    ncrs: Ncrs,
    /// Root cause texts of both periods that differ in more than case, spacing and punctuation.
    different_texts: i64,
    /// How many of these were compared by their words, the most frequent first: at most 600 with 6000 words together, each by its first
    /// 300 characters. The others stand alone.
    compared_texts: i64,
    /// Groups with at least min_occurrences.
    group_count: i64,
    /// The most frequent first.
    groups: Vec<Group>,
    /// true: there are more groups than limit; a larger limit or min_occurrences shows the rest.
    truncated: bool,
}

/// Issues opened in the period, NCRs among them.
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
    /// null when there are no NCRs.
    without_root_cause_percent: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Group {
    /// The group's most frequent text as it was most often written, at most 300 characters.
    root_cause: String,
    /// Issues of the period.
    occurrence_count: i64,
    /// Issues of the period before.
    previous_occurrence_count: i64,
    /// occurrence_count less previous_occurrence_count.
    change: i64,
    /// How many different texts the period has for it.
    variant_count: i64,
    /// These texts, without case and punctuation, the most frequent first; at most 10.
    variants: Vec<Variant>,
    by_severity: BySeverity,
    /// At how many cells it occurred.
    affected_cell_count: i64,
    /// The cells with the most occurrences; at most 10.
    affected_cells: Vec<AffectedCell>,
    /// The most frequent corrective actions of both periods; at most 3 of at most 300 characters.
    sample_corrective_actions: Vec<String>,
    /// When the first issue of the group with a corrective action was approved or closed, in this or the earlier period; null: none was.
    corrected_at: Option<DateTime<FixedOffset>>,
    /// Issues of the period opened after corrected_at: what the action did not prevent.
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
    /// Words shared with the group's root_cause.
    similarity_percent: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AffectedCell {
    cell_id: Uuid,
    cell_name: Option<String>,
    occurrence_count: i64,
}

impl Declaration for GetRootCauseAnalysis {
    const NAME: &'static str = "get_root_cause_analysis";
    const TITLE: &'static str = "Common root causes";
    const DESCRIPTION: &'static str = "Which root causes come back: issues with the same or nearly the same root cause text together, with severities, cells, \
        corrective actions, how often the cause returned after a corrective action, and the issues' ids; also the share of NCRs \
        without a root cause. For issues by category, cell or customer use get_issue_analytics.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 120, "limit": 2}"#),
        Example::new(r#"{"days": 120, "min_occurrences": 1, "min_similarity_percent": 100}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static ANALYSIS: LazyLock<String> = LazyLock::new(|| {
            let text = include_str!("get_root_cause_analysis.sql")
                .replace("{{root_cause_groups}}", ROOT_CAUSE_GROUPS.trim_end())
                .replace("{{similarity}}", "$3")
                .replace("{{by_severity}}", &by_severity("i.counts"));
            with_rules(&text)
        });

        let args = sql_args![
            uuid(call.tenant),
            arguments.days.count(),
            i32::from(arguments.min_similarity_percent),
            i64::from(arguments.min_occurrences),
            arguments.limit.count(),
        ];
        let body = query::read(&ANALYSIS, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let analysis: Value = serde_json::from_str(&body).unwrap_or_default();
        let summary = format!(
            "{} root causes with at least {} issues in {} days; {} of {} issues have a root cause, {} of {} NCRs have none.",
            analysis["group_count"],
            arguments.min_occurrences,
            analysis["period"]["days"],
            analysis["issues"]["with_root_cause"],
            analysis["issues"]["total"],
            analysis["ncrs"]["without_root_cause"],
            analysis["ncrs"]["total"],
        );
        Ok(Answer::from_sql(summary, body))
    }
}
