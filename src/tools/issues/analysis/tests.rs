//! Tests of `analysis`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, sql};
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

    fn analytics(tenant: &str, days: u16, group_by: &str, limit: u16) -> Value {
        call(tenant, "get_issue_analytics", &json!({"days": days, "group_by": group_by, "limit": limit}))
    }

    fn groups(answer: &Value) -> &[Value] {
        answer["groups"].as_array().expect("a list")
    }

    /// `{name: count}` of all groups; issues without a value under the empty name.
    fn counts(answer: &Value) -> Value {
        let pairs = groups(answer)
            .iter()
            .map(|group| (group["name"].as_str().unwrap_or_default().to_owned(), group["count"].clone()));
        Value::Object(pairs.collect())
    }

    /// Puts an issue of each of `rows`, `(instant, status, review)` in SQL, on one live operation of the tenant.
    fn insert(tenant: &str, rows: &str) {
        Spi::run(&format!(
            "INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, created_at, status, reviewed_at)
             SELECT o.tenant_id, o.id, w.id, 'x', 'low', v.at, v.status::mes.issue_status, v.reviewed
               FROM (SELECT o.* FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
                      WHERE o.tenant_id = mes_demo_id('{tenant}') AND num_nonnulls(o.deleted_at, p.deleted_at, j.deleted_at) = 0
                      ORDER BY o.id LIMIT 1) o,
                    (SELECT id FROM mes.profiles WHERE tenant_id = mes_demo_id('{tenant}') LIMIT 1) w,
                    (VALUES {rows}) v (at, status, reviewed)"
        ))
        .expect("issues");
    }

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

    #[pg_test]
    fn a_period_begins_and_ends_at_the_tenants_midnight() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            let counted = || {
                let trends = call(tenant, "get_issue_trends", &json!({"days": 7}));
                let opened = |side: &str| trends[side]["opened"]["total"].as_i64().expect("a number");
                let last = &trends["buckets"][6]["opened"]["total"];
                let first = &trends["buckets"][0]["opened"]["total"];
                let total = &analytics(tenant, 7, "status", 5)["total"];
                assert_eq!(
                    (total["count"].as_i64(), total["previous_count"].as_i64()),
                    (Some(opened("total")), Some(opened("previous")))
                );
                [
                    opened("previous"),
                    first.as_i64().expect("a number"),
                    last.as_i64().expect("a number"),
                    opened("total"),
                ]
            };
            let before = counted();
            let day =
                |days: i32| format!("((now() AT TIME ZONE '{zone}')::date + {days})::timestamp AT TIME ZONE '{zone}'");
            // The last moment before the period, its first one, the last one of its first day, its last one, and tomorrow's first.
            let rows: Vec<_> =
                [(day(-6), "-1 us"), (day(-6), "0"), (day(-5), "-1 us"), (day(1), "-1 us"), (day(1), "0")]
                    .iter()
                    .map(|(day, more)| format!("({day} + interval '{more}', 'pending', NULL::timestamptz)"))
                    .collect();
            insert(tenant, &rows.join(", "));
            let after = counted();
            let added: Vec<_> = after.iter().zip(before).map(|(after, before)| after - before).collect();
            assert_eq!(added, [1, 2, 1, 3], "{tenant}");
        }
    }

    #[pg_test]
    fn a_factory_without_issues_has_zeros_and_a_thousand_more_are_counted() {
        demo();
        let empty = call("D", "get_issue_trends", &json!({"days": 3}));
        let zeros = json!({"total": 0, "low": 0, "medium": 0, "high": 0, "critical": 0});
        assert_eq!(empty["total"], json!({"opened": zeros, "resolved": zeros, "backlog": zeros}));
        assert_eq!(empty["buckets"].as_array().map(Vec::len), Some(3));
        let more: Vec<_> =
            (0..1200).map(|n| format!("(now() - {n} * interval '1 second', 'pending', NULL::timestamptz)")).collect();
        insert("A", &more.join(", "));
        let answer = analytics("A", 365, "status", 10);
        assert_eq!((&answer["total"]["count"], &counts(&answer)["pending"]), (&json!(1350), &json!(1235)));
        assert_eq!(call("A", "get_issue_trends", &json!({"days": 2}))["total"]["backlog"]["total"], 1235);
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
