//! Tests of `get_quality_score`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn score(tenant: &str, days: u16) -> Value {
        call(tenant, "get_quality_score", &json!({"days": days}))
    }

    /// The three scores from the tables, of the days from `first` to before `last` days ago.
    fn scores(tenant: &str, first: u16, last: u16) -> [Option<f64>; 3] {
        let zone = if tenant == "A" { "Europe/Amsterdam" } else { "America/Chicago" };
        let within = |column: &str| {
            let age = format!("(now() AT TIME ZONE '{zone}')::date - ({column} AT TIME ZONE '{zone}')::date");
            format!("tenant_id = mes_demo_id('{tenant}') AND {age} < {first} AND {age} >= {last}")
        };
        let found = sql(&format!(
            "SELECT jsonb_build_array(q.good * 100.0 / q.made,
                    greatest(0, 100 - i.points * 1000.0 / q.made), least(100, greatest(0, (10 - r.median) / 7 * 100)))
               FROM (SELECT sum(quantity_good) AS good, sum(quantity_produced) AS made FROM mes.operation_quantities WHERE {}) q,
                    (SELECT sum(CASE severity WHEN 'critical' THEN 10 WHEN 'high' THEN 5 WHEN 'medium' THEN 2 ELSE 1 END) AS points
                       FROM mes.issues WHERE {}) i,
                    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM reviewed_at - created_at) / 86400) AS median
                       FROM mes.issues WHERE status <> 'pending' AND {}) r",
            within("recorded_at"),
            within("created_at"),
            within("reviewed_at")
        ));
        [0, 1, 2].map(|n| found[n].as_f64())
    }

    const NAMES: [&str; 3] = ["first_pass_yield", "issue_rate", "resolution"];
    const WEIGHTS: [f64; 3] = [0.5, 0.3, 0.2];

    fn near(one: &Value, other: Option<f64>) -> bool {
        one.as_f64().zip(other).is_some_and(|(one, other)| (one - other).abs() < 0.051)
    }

    #[pg_test]
    fn the_score_is_the_weighted_mean_of_its_components_and_compares_two_periods() {
        demo();
        for (tenant, days) in [("A", 30), ("A", 7), ("B", 45)] {
            let answer = score(tenant, days);
            let (now, before) = (scores(tenant, days, 0), scores(tenant, 2 * days, days));
            for (place, name) in NAMES.iter().enumerate() {
                let component = &answer["components"][name];
                assert!(near(&component["score"], now[place]), "{tenant} {days} {name} {component} {now:?}");
                assert!(
                    near(&component["previous_score"], before[place]),
                    "{tenant} {days} {name} {component} {before:?}"
                );
                assert_eq!(component["weight"].as_f64(), Some(WEIGHTS[place]));
                assert_eq!(component["effective_weight"], component["weight"]);
            }
            let mean = |scores: [Option<f64>; 3]| {
                scores.iter().zip(WEIGHTS).map(|(score, weight)| Some((*score)? * weight)).sum()
            };
            assert!(near(&answer["overall_score"], mean(now)) && near(&answer["previous_overall_score"], mean(before)));
            let [score, previous, difference] = ["overall_score", "previous_overall_score", "difference"]
                .map(|field| answer[field].as_f64().expect("a number"));
            assert!((score - previous - difference).abs() < 0.001, "{answer}");
            let trend = if difference >= 2.0 {
                "improving"
            } else if difference <= -2.0 {
                "worsening"
            } else {
                "stable"
            };
            assert_eq!(answer["trend"], trend);
        }
        assert_eq!(score("A", 30)["trend"], "worsening", "the demo's last month is worse");
    }

    #[pg_test]
    fn without_data_there_is_no_score_and_without_some_the_rest_counts() {
        demo();
        let empty = score("D", 30);
        for field in ["overall_score", "previous_overall_score", "difference", "trend"] {
            assert_eq!(empty[field], Value::Null, "{field}");
        }
        assert_eq!(empty["compared_components"], json!([]));
        for name in NAMES {
            let component = &empty["components"][name];
            assert_eq!((&component["score"], &component["effective_weight"]), (&Value::Null, &Value::Null));
        }
        // Tenant C has pieces and a review in the last 30 days, and nothing before.
        let one_sided = score("C", 30);
        assert_eq!((one_sided["overall_score"].as_f64(), &one_sided["trend"]), (Some(36.7), &Value::Null));
        Spi::run("DELETE FROM mes.operation_quantities WHERE tenant_id = mes_demo_id('C')").expect("no pieces");
        let without_pieces = score("C", 30);
        assert_eq!(without_pieces["overall_score"].as_f64(), Some(100.0));
        assert_eq!(without_pieces["components"]["resolution"]["effective_weight"].as_f64(), Some(1.0));
        assert_eq!(without_pieces["components"]["issue_rate"]["score"], Value::Null);
        // A slow review in the previous period: the difference is that of the one component both have.
        Spi::run("UPDATE mes.issues SET status = 'closed', created_at = now() - interval '50 days', reviewed_at = now() - interval '40 days'
                   WHERE id = mes_demo_id('C/issue/1')").expect("an issue");
        Spi::run(
            "INSERT INTO mes.operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good, quantity_scrap)
                  VALUES (mes_demo_id('C'), mes_demo_id('C/operation/L-4-1/1'), 1000, 500, 500)",
        )
        .expect("pieces");
        let partly = score("C", 30);
        assert_eq!(
            (&partly["compared_components"], partly["difference"].as_f64()),
            (&json!(["resolution"]), Some(100.0))
        );
        assert_eq!((&partly["trend"], partly["previous_overall_score"].as_f64()), (&json!("improving"), Some(0.0)));
    }

    #[pg_test]
    fn pieces_and_reviews_count_on_the_tenants_day() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            let counted = || {
                let components = score(tenant, 1)["components"].take();
                let number = |path: &str| components.pointer(path).and_then(Value::as_i64).expect("a number");
                [
                    "/first_pass_yield/inputs/good_pieces",
                    "/first_pass_yield/previous_inputs/good_pieces",
                    "/issue_rate/inputs/low",
                    "/issue_rate/previous_inputs/low",
                    "/resolution/inputs/resolved_issues",
                    "/resolution/previous_inputs/resolved_issues",
                ]
                .map(number)
            };
            let before = counted();
            let edges = format!("(VALUES (0, '-1 us', 1), (0, '0', 10), (1, '-1 us', 100), (1, '0', 1000)) v (d, more, n)
                CROSS JOIN LATERAL (SELECT ((now() AT TIME ZONE '{zone}')::date + v.d)::timestamp AT TIME ZONE '{zone}' + v.more::interval AS at) t,
                (SELECT o.* FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
                  WHERE o.tenant_id = mes_demo_id('{tenant}') AND num_nonnulls(o.deleted_at, p.deleted_at, j.deleted_at) = 0 ORDER BY o.id LIMIT 1) o");
            Spi::run(&format!("INSERT INTO mes.operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good, recorded_at)
                               SELECT o.tenant_id, o.id, v.n, v.n, t.at FROM {edges}")).expect("pieces");
            // Opened and reviewed at once.
            Spi::run(&format!("INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, status, created_at, reviewed_at)
                               SELECT o.tenant_id, o.id, (SELECT id FROM mes.profiles w WHERE w.tenant_id = o.tenant_id LIMIT 1), 'x', 'low', 'closed', t.at, t.at
                                 FROM {edges}")).expect("issues");
            let added: Vec<_> = counted().iter().zip(before).map(|(after, before)| after - before).collect();
            assert_eq!(added, [110, 1, 2, 1, 2, 1], "{tenant}");
        }
    }
}
