//! Tests of `get_root_cause_analysis`.

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

    #[pg_test]
    fn without_issues_there_is_no_share() {
        demo();
        let empty = call("D", "get_root_cause_analysis", &json!({}));
        assert_eq!(empty["ncrs"], json!({"total": 0, "without_root_cause": 0, "without_root_cause_percent": null}));
        assert_eq!((&empty["groups"], &empty["truncated"]), (&json!([]), &json!(false)));
        let oddities = call("C", "get_root_cause_analysis", &json!({"min_occurrences": 1}));
        assert_eq!(oddities["ncrs"], json!({"total": 1, "without_root_cause": 1, "without_root_cause_percent": 100.0}));
    }
}
