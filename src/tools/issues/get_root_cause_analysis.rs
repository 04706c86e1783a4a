//! `get_root_cause_analysis`.

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::analysis::{BySeverity, ROOT_CAUSE_GROUPS, SIMILARITY_PERCENT, Top, by_severity};
use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::common::period::{Days, Period};
use crate::tools::common::with_rules;

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
                .replace("/*root_cause_groups*/", ROOT_CAUSE_GROUPS.trim_end())
                .replace("/*similarity*/", "$3")
                .replace("/*by_severity*/", &by_severity("i.counts"));
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

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn analysis(tenant: &str, arguments: &Value) -> Value {
        call(tenant, "get_root_cause_analysis", arguments)
    }

    fn column(answer: &Value, field: &str) -> Vec<Value> {
        answer["groups"].as_array().expect("a list").iter().map(|group| group[field].clone()).collect()
    }

    /// Puts issues with root causes: rows of `(text, days ago, corrective action, status, days ago of the review)` in SQL.
    fn insert(rows: &str) {
        Spi::run(&format!(
            "INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, root_cause, created_at,
                                     corrective_action, status, reviewed_at)
             SELECT i.tenant_id, i.operation_id, i.created_by, 'x', 'low', v.text, now() - v.age * interval '1 day', v.action,
                    v.status::mes.issue_status, now() - v.review * interval '1 day'
               FROM mes.issues i, (VALUES {rows}) v (text, age, action, status, review)
              WHERE i.id = mes_demo_id('B/issue/5')"
        ))
        .expect("issues");
    }

    #[pg_test]
    fn causes_of_the_demo_are_found_in_every_spelling_and_wording() {
        demo();
        let answer = analysis("A", &json!({"days": 365}));
        assert_eq!(json!(column(&answer, "occurrence_count")), json!([10, 9, 7, 5, 4, 3]));
        assert_eq!(json!(column(&answer, "variant_count")), json!([2, 2, 1, 1, 1, 1]));
        assert_eq!(
            answer["groups"][1]["variants"][1],
            json!({"text": "bend allowance wrong in cnc program", "occurrence_count": 1, "similarity_percent": 80})
        );
        assert_eq!(
            (&answer["issues"], &answer["group_count"]),
            (&json!({"total": 150, "with_root_cause": 58}), &json!(6))
        );
        let missing = sql(
            "SELECT count(*) FROM mes.issues WHERE tenant_id = mes_demo_id('A') AND issue_type = 'ncr' AND root_cause IS NULL",
        );
        assert_eq!((&answer["ncrs"]["total"], &answer["ncrs"]["without_root_cause"]), (&json!(60), &missing));
        let gas = &answer["groups"][0];
        let expected = sql(
            "SELECT jsonb_build_object('ids', jsonb_agg(id ORDER BY created_at DESC), 'cells', count(DISTINCT cell_id),
                    'high', count(*) FILTER (WHERE severity = 'high'), 'first', min(created_at), 'corrected', min(reviewed_at))
               FROM (SELECT i.*, o.cell_id FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id
                      WHERE i.tenant_id = mes_demo_id('A') AND i.root_cause ~* 'shielding gas') x",
        );
        assert_eq!((&gas["issue_ids"], &gas["affected_cell_count"]), (&expected["ids"], &expected["cells"]));
        assert_eq!((&gas["by_severity"]["high"], &gas["first_occurrence_at"]), (&expected["high"], &expected["first"]));
        let after = "SELECT count(*) FROM mes.issues i WHERE i.tenant_id = mes_demo_id('A') AND i.root_cause ~* 'shielding gas' AND EXISTS (
            SELECT FROM mes.issues e WHERE e.tenant_id = i.tenant_id AND e.root_cause ~* 'shielding gas' AND e.status IN ('approved', 'closed')
               AND e.corrective_action <> '' AND e.reviewed_at < i.created_at)";
        assert_eq!(gas["occurrences_after_correction"], sql(after));
        assert_eq!(
            column(&analysis("A", &json!({"days": 365, "min_occurrences": 1, "limit": 100})), "root_cause").len(),
            26
        );
        let strict =
            analysis("A", &json!({"days": 365, "min_occurrences": 1, "min_similarity_percent": 90, "limit": 5}));
        assert_eq!((&strict["group_count"], &strict["truncated"]), (&json!(27), &json!(true)));
        assert_eq!(analysis("A", &json!({"days": 365})), answer);
    }

    #[pg_test]
    fn a_text_joins_only_the_group_whose_leading_text_is_like_it() {
        demo();
        // Each is like its neighbour, but the third is not like the first; the fourth has no words that count; the last ones are empty.
        insert(
            "('Amber birch cedar daisy', 3, NULL, 'pending', NULL::int), ('AMBER  birch, cedar/daisy!', 3, NULL, 'pending', NULL),
             ('amber birch cedar daisy.', 3, NULL, 'pending', NULL), ('birch cedar daisy elder', 3, NULL, 'pending', NULL),
             ('Birch: cedar daisy elder', 3, NULL, 'pending', NULL), ('cedar daisy elder fir', 3, NULL, 'pending', NULL),
             ('It was not the', 3, NULL, 'pending', NULL), (' --- ', 3, NULL, 'pending', NULL), ('', 3, NULL, 'pending', NULL),
             (repeat('x y ', 5000), 3, NULL, 'pending', NULL)",
        );
        let answer = analysis("B", &json!({"days": 30, "min_occurrences": 1}));
        assert_eq!(json!(column(&answer, "occurrence_count")), json!([5, 1, 1, 1]));
        assert_eq!(
            answer["groups"][0]["variants"][1],
            json!({"text": "birch cedar daisy elder", "occurrence_count": 2, "similarity_percent": 60})
        );
        let names = column(&answer, "root_cause");
        assert_eq!((&names[1], &names[2]), (&json!("cedar daisy elder fir"), &json!("It was not the")));
        assert_eq!(names[3].as_str().map(str::len), Some(300));
        assert_eq!(answer["issues"]["with_root_cause"], 8);
    }

    #[pg_test]
    fn only_what_follows_a_reviewed_corrective_action_came_back() {
        demo();
        insert(
            "('Zinc flakes', 50, 'Cleaned', 'closed', 40), ('zinc flakes', 45, 'Cleaned again', 'pending', NULL),
             ('zinc flakes', 29, 'Cleaned', 'rejected', 28), ('Zinc-Flakes', 20, ' ', 'closed', 19), ('zinc flakes', 5, NULL, 'pending', NULL)",
        );
        let group = |days: u16| analysis("B", &json!({"days": days}))["groups"][0].clone();
        let (month, quarter) = (group(30), group(90));
        assert_eq!((&month["occurrence_count"], &month["previous_occurrence_count"]), (&json!(3), &json!(2)));
        assert_eq!(
            (&month["occurrences_after_correction"], &quarter["occurrences_after_correction"]),
            (&json!(3), &json!(3))
        );
        assert_eq!(quarter["corrected_at"], sql("SELECT now() - interval '40 days'"));
        assert_eq!(quarter["sample_corrective_actions"], json!(["Cleaned", "Cleaned again"]));
        Spi::run("UPDATE mes.issues SET reviewed_at = NULL WHERE root_cause = 'Zinc flakes'").expect("an issue");
        let never = group(90);
        assert_eq!((&never["occurrences_after_correction"], &never["corrected_at"]), (&json!(0), &Value::Null));
    }
}
