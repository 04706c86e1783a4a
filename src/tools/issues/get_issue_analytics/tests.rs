//! Tests of `get_issue_analytics`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::issues::probe::{analytics, counts, groups, insert};
    use crate::tools::probe::{demo, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const GROUPINGS: [&str; 11] = [
        "severity",
        "status",
        "ncr_category",
        "issue_type",
        "cell",
        "operation",
        "part",
        "job",
        "customer",
        "reporter",
        "category_code",
    ];

    #[pg_test]
    fn each_grouping_counts_every_issue_of_the_demo_once() {
        demo();
        let all = |group_by| counts(&analytics("A", 365, group_by, 100));
        assert_eq!(all("severity"), json!({"critical": 12, "high": 38, "medium": 60, "low": 40}));
        assert_eq!(all("status"), json!({"pending": 35, "approved": 60, "rejected": 15, "closed": 40}));
        assert_eq!(all("issue_type"), json!({"general": 90, "ncr": 60}));
        assert_eq!(
            all("ncr_category"),
            json!({"dimensional": 22, "process_error": 14, "surface_finish": 12, "material_defect": 8, "other": 4, "": 90})
        );
        assert_eq!(all("category_code"), json!({"DIM": 25, "SURF": 25, "WELD": 25, "MAT": 25, "DRAW": 25, "LOG": 25}));
        for (group_by, name) in [("cell", "c.name"), ("job", "j.job_number"), ("part", "p.part_number")] {
            let expected = format!(
                "SELECT jsonb_object_agg(x.name, x.n) FROM (SELECT {name} AS name, count(*) AS n FROM mes.issues i
                   JOIN mes.operations o ON o.id = i.operation_id JOIN mes.cells c ON c.id = o.cell_id
                   JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
                  WHERE i.tenant_id = mes_demo_id('A') GROUP BY 1) x"
            );
            assert_eq!(all(group_by), sql(&expected), "{group_by}");
        }
    }

    #[pg_test]
    fn groups_and_remainder_add_up_in_every_tenant_and_grouping() {
        demo();
        for (tenant, issues) in [("A", 150), ("B", 12), ("C", 3), ("D", 0)] {
            for (group_by, limit) in GROUPINGS.iter().flat_map(|name| [(name, 1), (name, 3), (name, 100)]) {
                let answer = analytics(tenant, 365, group_by, limit);
                let shown: Vec<_> = groups(&answer).iter().chain(Some(&answer["remainder"])).collect();
                for field in ["/count", "/resolved", "/pending", "/by_severity/high", "/resolution/measured"] {
                    let sum: i64 = shown.iter().filter_map(|group| group.pointer(field)?.as_i64()).sum();
                    let total = answer["total"].pointer(field).and_then(Value::as_i64).unwrap_or_default();
                    assert_eq!(sum, total, "{tenant} {group_by} {field}");
                }
                assert_eq!(answer["total"]["count"], issues, "{tenant} {group_by}");
                assert_eq!(answer["truncated"], !answer["remainder"].is_null());
            }
        }
        let empty = analytics("D", 30, "cell", 5);
        assert_eq!((&empty["groups"], &empty["remainder"]), (&json!([]), &Value::Null));
        for field in ["share_percent", "change_percent", "resolution"] {
            assert_eq!(empty["total"][field], Value::Null, "{field}");
        }
    }

    #[pg_test]
    fn operations_of_one_name_stay_apart_and_customers_of_one_name_do_not() {
        demo();
        let answer = analytics("A", 365, "operation", 100);
        let shown = groups(&answer);
        let of = |field: &str| {
            let mut values: Vec<_> = shown.iter().map(|group| group[field].to_string()).collect();
            values.sort_unstable();
            values.dedup();
            values.len()
        };
        assert_eq!(of("id"), shown.len());
        assert!(of("name") < shown.len() && shown.iter().all(|group| group["detail"].is_string()));
        let customers = analytics("A", 365, "customer", 100);
        let distinct = "SELECT count(DISTINCT lower(coalesce(j.customer, ''))) FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id
            JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id WHERE i.tenant_id = mes_demo_id('A')";
        assert_eq!(json!(groups(&customers).len()), sql(distinct));
        Spi::run("UPDATE mes.jobs SET customer = upper(customer) || ' ' WHERE tenant_id = mes_demo_id('A') AND job_number < 'JOB-1020'")
            .expect("jobs");
        assert_eq!(groups(&analytics("A", 365, "customer", 100)).len(), groups(&customers).len());
        let reporters = analytics("A", 365, "reporter", 100);
        assert!(groups(&reporters).iter().all(|group| group["id"].is_string() && group["name"].is_string()));
    }

    #[pg_test]
    fn a_group_compares_with_the_days_before_and_measures_up_to_the_review() {
        demo();
        // updated_at says nothing, neither does a review before the issue; without a review there is no time.
        insert("A", "(now() - interval '2 days', 'rejected', now() - interval '1 day'),
                     (now() - interval '2 days', 'closed', now() - interval '3 days'), (now() - interval '2 days', 'closed', NULL)");
        let answer = analytics("A", 30, "severity", 10);
        let expected = sql(
            "SELECT jsonb_object_agg(x.severity, jsonb_build_object('count', x.n, 'previous_count', x.b, 'change', x.n - x.b,
                    'resolved', x.r, 'measured', x.m, 'average', x.a, 'median', x.p50, 'p90', x.p90))
               FROM (SELECT severity, count(*) FILTER (WHERE age < 30) AS n, count(*) FILTER (WHERE age >= 30) AS b,
                            count(*) FILTER (WHERE age < 30 AND status IN ('approved', 'rejected', 'closed')) AS r,
                            count(took) FILTER (WHERE age < 30) AS m, round(avg(took) FILTER (WHERE age < 30), 2) AS a,
                            round(percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FILTER (WHERE age < 30)::numeric, 2) AS p50,
                            round(percentile_cont(0.9) WITHIN GROUP (ORDER BY took) FILTER (WHERE age < 30)::numeric, 2) AS p90
                       FROM (SELECT *, (now() AT TIME ZONE 'Europe/Amsterdam')::date - (created_at AT TIME ZONE 'Europe/Amsterdam')::date AS age,
                                    CASE WHEN reviewed_at >= created_at THEN extract(epoch FROM reviewed_at - created_at) / 86400 END AS took
                               FROM mes.issues WHERE tenant_id = mes_demo_id('A')) i
                      WHERE age < 60 GROUP BY severity) x",
        );
        for group in groups(&answer) {
            let expected = &expected[group["name"].as_str().expect("a severity")];
            for field in ["count", "previous_count", "change", "resolved"] {
                assert_eq!(group[field], expected[field], "{field} of {group}");
            }
            let took = &group["resolution"];
            for (field, other) in
                [("measured", "measured"), ("average_days", "average"), ("median_days", "median"), ("p90_days", "p90")]
            {
                assert_eq!(took[field].as_f64(), expected[other].as_f64(), "{field} of {group}");
            }
        }
    }
}
