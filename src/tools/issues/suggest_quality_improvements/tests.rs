//! Tests of `suggest_quality_improvements`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn suggestions(tenant: &str, arguments: &Value) -> Value {
        call(tenant, "suggest_quality_improvements", arguments)
    }

    fn of_rule<'a>(answer: &'a Value, rule: &str) -> Vec<&'a Value> {
        answer["findings"].as_array().expect("a list").iter().filter(|finding| finding["rule"] == rule).collect()
    }

    /// Puts issues on one operation of tenant C, so many so many days ago: rows of `(days ago, how many)`; and pieces likewise.
    fn insert(issues: &str, pieces: &str) {
        Spi::run(&format!(
            "INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, created_at)
             SELECT mes_demo_id('C'), mes_demo_id('C/operation/L-4-1/1'), mes_demo_id('C/profile/lumen'), 'x', 'high',
                    now() - v.age * interval '1 day' - n * interval '1 minute'
               FROM (VALUES {issues}) v (age, n_of), generate_series(1, n_of) n"
        ))
        .expect("issues");
        Spi::run(&format!(
            "INSERT INTO mes.operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good, recorded_at)
             SELECT mes_demo_id('C'), mes_demo_id('C/operation/L-4-1/' || v.step), v.n, v.n, now() - v.age * interval '1 day'
               FROM (VALUES {pieces}) v (age, n, step)"
        ))
        .expect("pieces");
    }

    #[pg_test]
    fn findings_carry_the_numbers_of_the_demo() {
        demo();
        let answer = suggestions("A", &json!({"limit": 100}));
        let findings = answer["findings"].as_array().expect("a list");
        assert_eq!((&answer["finding_count"], &answer["truncated"]), (&json!(findings.len()), &json!(false)));
        let late = of_rule(&answer, "open_too_long")[0];
        assert_eq!(
            (late["value"].as_f64(), &late["issue_count"], &late["significant"]),
            (Some(18.0), &json!(18), &json!(false))
        );
        let oldest =
            "SELECT jsonb_agg(id ORDER BY created_at) FROM (SELECT * FROM mes.issues WHERE tenant_id = mes_demo_id('A')
            AND status = 'pending' ORDER BY created_at LIMIT 10) x";
        assert_eq!(late["issue_ids"], sql(oldest));
        let stops: Vec<_> =
            of_rule(&answer, "standstill_open").iter().map(|finding| finding["issue_count"].clone()).collect();
        assert_eq!(json!(stops), json!([2, 1, 1]));
        for finding in of_rule(&answer, "high_severity_open") {
            let severity = finding["scope"]["name"].as_str().expect("a severity");
            let open = format!(
                "SELECT count(*) FROM mes.issues WHERE tenant_id = mes_demo_id('A') AND status = 'pending' AND severity = '{severity}'"
            );
            assert_eq!((&finding["issue_count"], &finding["priority"]), (&sql(&open), &json!(severity)));
        }
        let welding = id("A/cell/Welding");
        let cells = of_rule(&answer, "cell_repeats");
        let cell = cells.iter().find(|finding| finding["scope"]["id"] == json!(welding)).expect("Welding");
        let expected = sql(
            "SELECT jsonb_build_object('now', i.now, 'before', i.before, 'rate', round(i.now * 1000.0 / q.now, 2),
                    'z', round((i.now - 0.5 - (i.now + i.before) * q.now / (q.now + q.before)::numeric)
                               / sqrt((i.now + i.before) * q.now * q.before / ((q.now + q.before) ^ 2)::numeric), 2))
               FROM (SELECT count(*) FILTER (WHERE age < 90) AS now, count(*) FILTER (WHERE age >= 90) AS before
                       FROM (SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date - (i.created_at AT TIME ZONE 'Europe/Amsterdam')::date AS age
                               FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id
                              WHERE o.cell_id = mes_demo_id('A/cell/Welding')) x WHERE age < 180) i,
                    (SELECT sum(n) FILTER (WHERE age < 90) AS now, sum(n) FILTER (WHERE age >= 90) AS before
                       FROM (SELECT quantity_produced AS n,
                                    (now() AT TIME ZONE 'Europe/Amsterdam')::date - (recorded_at AT TIME ZONE 'Europe/Amsterdam')::date AS age
                               FROM mes.operation_quantities q JOIN mes.operations o ON o.id = q.operation_id
                              WHERE o.cell_id = mes_demo_id('A/cell/Welding') AND o.deleted_at IS NULL) x WHERE age < 180) q",
        );
        assert_eq!(
            (&cell["issue_count"], cell["previous_value"].as_f64()),
            (&expected["now"], expected["before"].as_f64())
        );
        assert!(cell["issue_count"].as_i64() >= Some(12));
        assert_eq!(cell["issues_per_1000_pieces"].as_f64(), expected["rate"].as_f64());
        assert_eq!((cell["z"].as_f64(), &cell["test"]), (expected["z"].as_f64(), &json!("poisson_per_piece")));
    }

    #[pg_test]
    fn thresholds_and_focus_decide_what_fires_and_are_shown() {
        demo();
        let none = json!({"min_cell_issues": 1000, "min_rate_ratio": 1000});
        let answer = suggestions("A", &json!({"focus_area": "cell_problems", "thresholds": none}));
        assert_eq!((&answer["findings"], &answer["thresholds"]["min_cell_issues"]), (&json!([]), &json!(1000)));
        assert_eq!(answer["rules_checked"], json!(["cell_repeats", "cell_rate_above_others"]));
        assert_eq!(answer["thresholds"]["max_open_days"], 7);
        let mut findings = 0;
        for area in ["recurring_issues", "high_severity", "slow_resolution", "cell_problems"] {
            let answer = suggestions(
                "A",
                &json!({"focus_area": area, "limit": 100, "thresholds": {"max_median_resolution_days": 1}}),
            );
            let shown = answer["findings"].as_array().expect("a list");
            assert!(!shown.is_empty() && shown.iter().all(|finding| finding["focus_area"] == area), "{area}");
            findings += shown.len();
        }
        let all = suggestions("A", &json!({"limit": 2, "thresholds": {"max_median_resolution_days": 1}}));
        assert_eq!((&all["finding_count"], &all["truncated"]), (&json!(findings), &json!(true)));
        let slow = suggestions(
            "A",
            &json!({"focus_area": "slow_resolution", "thresholds": {"max_median_resolution_days": 1}}),
        );
        let median = "SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM reviewed_at - created_at) / 86400)::numeric, 2)
            FROM mes.issues WHERE tenant_id = mes_demo_id('A')
             AND (reviewed_at AT TIME ZONE 'Europe/Amsterdam')::date > (now() AT TIME ZONE 'Europe/Amsterdam')::date - 90";
        assert_eq!(of_rule(&slow, "resolution_slow")[0]["value"].as_f64(), sql(median).as_f64());
    }

    #[pg_test]
    fn a_rise_is_significant_by_the_pieces_made_and_a_few_issues_are_not() {
        demo();
        let rates = json!({"focus_area": "high_severity", "days": 30});
        let rise =
            |answer: &Value| of_rule(answer, "high_severity_increases").first().map(|finding| (*finding).clone());
        insert("(10, 4)", "(10, 0, 1)");
        assert!(
            rise(&suggestions("C", &rates)).is_none(),
            "5 with the critical one of the demo are too few against none"
        );
        // 36 against 10 are too many, unless four times as many pieces were made.
        insert("(10, 31), (40, 10)", "(10, 997, 1), (40, 1000, 1)");
        let found = rise(&suggestions("C", &rates)).expect("a rise");
        assert_eq!((found["z"].as_f64(), &found["significant"]), (Some(3.69), &json!(true)));
        assert_eq!((found["threshold"].as_f64(), found["issues_per_1000_pieces"].as_f64()), (Some(12.5), Some(36.0)));
        insert("(1, 0)", "(10, 3000, 1)");
        assert!(rise(&suggestions("C", &rates)).is_none());
    }

    #[pg_test]
    fn a_cell_is_compared_with_the_others_when_there_are_pieces() {
        demo();
        let cells = json!({"focus_area": "cell_problems", "days": 30});
        insert("(10, 20)", "(10, 0, 1)");
        let without = suggestions("C", &cells);
        assert!(of_rule(&without, "cell_rate_above_others").is_empty());
        let repeats = of_rule(&without, "cell_repeats")[0];
        assert_eq!(
            (&repeats["test"], repeats["previous_issues_per_1000_pieces"].as_f64()),
            (&json!("poisson_per_day"), None)
        );
        // The demo has two issues at this cell, and one issue and 3 pieces at the other.
        insert("(10, 0)", "(10, 1000, 1), (10, 997, 3)");
        let with = suggestions("C", &cells);
        let above = of_rule(&with, "cell_rate_above_others")[0];
        assert_eq!(
            (above["value"].as_f64(), above["z"].as_f64(), &above["issue_count"]),
            (Some(22.0), Some(4.17), &json!(22))
        );
        insert("(40, 200)", "(40, 1000, 1)");
        let fewer = suggestions(
            "C",
            &json!({"focus_area": "cell_problems", "days": 30, "thresholds": {"min_cell_issues": 20}}),
        );
        let down = of_rule(&fewer, "cell_repeats")[0];
        assert_eq!(
            (&down["priority"], &down["significant"], down["change"].as_f64()),
            (&json!("low"), &json!(true), Some(-178.0))
        );
    }

    #[pg_test]
    fn without_data_nothing_is_found_and_no_rate_is_made_up() {
        demo();
        let empty = suggestions("D", &json!({}));
        assert_eq!((&empty["findings"], &empty["finding_count"]), (&json!([]), &json!(0)));
        assert_eq!(
            empty["totals"],
            json!({"issues": 0, "previous_issues": 0, "pieces": 0, "previous_pieces": 0, "issues_per_1000_pieces": null,
                   "previous_issues_per_1000_pieces": null})
        );
        assert_eq!(suggestions("C", &json!({}))["totals"]["previous_issues_per_1000_pieces"], Value::Null);
    }
}
