//! `suggest_quality_improvements`.

mod arguments;
mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use crate::core::json::Json;
use crate::error::ToolError;
use crate::pg::statement::Fill;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::issues::analysis::{ANALYSIS_RULES, SIMILARITY_PERCENT};
use crate::tools::shared::RULES;
use crate::{sql_args, statement};
use arguments::{Arguments, Rule};
use output::Improvements;

/// `suggest_quality_improvements`
pub(in crate::tools) struct SuggestQualityImprovements;

/// The columns of a group of rows `i` that have `now` and `before`: the newest comes first.
const OPENED: &str = "count(*) FILTER (WHERE i.now) AS now, count(*) FILTER (WHERE i.before) AS before, \
    array_agg(i.id ORDER BY i.created_at DESC, i.id) FILTER (WHERE i.now) AS ids";

/// The same for rows that have `open` and `was_open`: what has been waiting longest comes first.
const WAITING: &str = "count(*) FILTER (WHERE i.open) AS now, count(*) FILTER (WHERE i.was_open) AS before, \
    array_agg(i.id ORDER BY i.created_at, i.id) FILTER (WHERE i.open) AS ids";

statement! {
    static IMPROVEMENTS = include_str!("suggest_quality_improvements.sql"); [Uuid, Int4, Text, Text, Text, Int8]
        => rules(&[RULES, ANALYSIS_RULES]),
           fills(&[
               ("least_similarity", Fill::Made(|| SIMILARITY_PERCENT.to_string())),
               ("columns_of_opened", Fill::Text(OPENED)),
               ("columns_of_waiting", Fill::Text(WAITING)),
           ]);
}

impl Declaration for SuggestQualityImprovements {
    const NAME: &'static str = "suggest_quality_improvements";
    const TITLE: &'static str = "Where quality needs attention";
    const DESCRIPTION: &'static str = "Checks issues and NCRs against fixed rules and returns the rules that fired, with evidence: value, threshold, change from the \
        preceding period, issues per 1000 pieces, a significance test, and issue ids. The rules look for recurring causes and NCR \
        categories, open and increasing high severities, slow resolution, and cells with many issues. It gives numbers, not advice; the \
        conclusions are yours. For a single score use get_quality_score.";
    const ACCESS: Access = Access::Read;
    type Arguments = Arguments;
    type Output = Json<Improvements>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Json<Improvements>>, ToolError> {
        let Arguments { focus_area, days, thresholds, limit } = arguments;
        let (thresholds, rules) = (thresholds.to_json(), Rule::names(focus_area));
        let args = sql_args![days.count(), focus_area.name(), thresholds.as_str(), rules.as_str(), limit.count()];
        let found: Json<Improvements> = call.json(&IMPROVEMENTS, args);
        let summary = format!(
            "{} findings, {} of those shown with high or critical priority, from {} issues in {} days ({} in the days before).",
            found.finding_count,
            found.findings.iter().filter(|finding| finding.is_urgent()).count(),
            found.totals.issues,
            days.count(),
            found.totals.previous_issues,
        );
        Ok(Answer::new(summary, &found))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"focus_area": "cell_problems", "limit": 2}"#),
        Example::new("{}"),
        Example::new(
            r#"{"focus_area": "slow_resolution", "thresholds": {"max_open_days": 14, "max_median_resolution_days": 2.5}}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
}
