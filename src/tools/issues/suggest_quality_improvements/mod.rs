//! `suggest_quality_improvements`.

mod improvements;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::issues::analysis::{ROOT_CAUSE_GROUPS, SIMILARITY_PERCENT};
use crate::tools::shared::with_rules;
use improvements::{Arguments, Output, Rule};

/// `suggest_quality_improvements`
pub(in crate::tools) struct SuggestQualityImprovements;

/// The columns of a group of rows `i` that have `now` and `before`.
const COUNTS: &str = "count(*) FILTER (WHERE i.now) AS now, count(*) FILTER (WHERE i.before) AS before, \
    array_agg(i.id ORDER BY i.created_at DESC, i.id) FILTER (WHERE i.now) AS ids";

/// The same for rows that have `open` and `was_open`: what waits longest comes first.
const OPEN: &str = "count(*) FILTER (WHERE i.open) AS now, count(*) FILTER (WHERE i.was_open) AS before, \
    array_agg(i.id ORDER BY i.created_at, i.id) FILTER (WHERE i.open) AS ids";

impl Declaration for SuggestQualityImprovements {
    const NAME: &'static str = "suggest_quality_improvements";
    const TITLE: &'static str = "Where quality needs attention";
    const DESCRIPTION: &'static str = "Checks issues and NCRs against fixed rules and returns what fired as evidence: rule, value, threshold, change against the days \
        before, issues per 1000 pieces, a significance test, and issue ids. Rules look at causes and NCR categories that repeat, open \
        and rising high severities, slow resolution, and cells with many issues. It gives numbers, not advice; what to do is yours to \
        conclude. For one score use get_quality_score.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"focus_area": "cell_problems", "limit": 2}"#),
        Example::new("{}"),
        Example::new(
            r#"{"focus_area": "slow_resolution", "thresholds": {"max_open_days": 14, "max_median_resolution_days": 2.5}}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static IMPROVEMENTS: LazyLock<String> = LazyLock::new(|| {
            let text = include_str!("suggest_quality_improvements.sql")
                .replace("{{root_cause_groups}}", ROOT_CAUSE_GROUPS.trim_end())
                .replace("{{similarity}}", &SIMILARITY_PERCENT.to_string())
                .replace("{{counts}}", COUNTS)
                .replace("{{open}}", OPEN);
            with_rules(&text)
        });

        let Arguments { focus_area, days, thresholds, limit } = arguments;
        let rules = json!(Rule::of(focus_area)).to_string();
        let (focus_area, thresholds) = (json!(focus_area), json!(thresholds).to_string());
        let args = sql_args![
            uuid(call.tenant),
            days.count(),
            focus_area.as_str().unwrap_or_default(),
            thresholds.as_str(),
            rules.as_str(),
            limit.count(),
        ];
        let body = query::read(&IMPROVEMENTS, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let found: Value = serde_json::from_str(&body).unwrap_or_default();
        let shown = found["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
        let urgent = shown.iter().filter(|finding| matches!(finding["priority"].as_str(), Some("high" | "critical")));
        let summary = format!(
            "{} findings, {} of those shown with high or critical priority, from {} issues in {} days ({} in the days before).",
            found["finding_count"],
            urgent.count(),
            found["totals"]["issues"],
            found["period"]["days"],
            found["totals"]["previous_issues"],
        );
        Ok(Answer::from_sql(summary, body))
    }
}
