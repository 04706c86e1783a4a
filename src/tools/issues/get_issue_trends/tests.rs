//! Tests of `get_issue_trends`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::issues::probe::{analytics, counts, insert};
    use crate::tools::probe::{call, demo, sql};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn every_day_has_what_was_opened_resolved_and_open_that_evening() {
        demo();
        Spi::run(
            "INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, status, created_at)
             SELECT tenant_id, operation_id, created_by, 'x', 'low', 'closed', now() - interval '5 days'
               FROM mes.issues WHERE id = mes_demo_id('A/issue/1')",
        )
        .expect("an issue");
        let trends = call("A", "get_issue_trends", &json!({"days": 120}));
        let series = |field: &str| -> Vec<_> {
            let buckets = trends["buckets"].as_array().expect("a list");
            buckets.iter().map(|bucket| bucket[field]["total"].clone()).collect()
        };
        let expected = sql(
            "SELECT jsonb_build_object('opened', jsonb_agg(x.opened ORDER BY x.day), 'resolved', jsonb_agg(x.resolved ORDER BY x.day),
                    'backlog', jsonb_agg(x.backlog ORDER BY x.day))
               FROM (SELECT d.day, count(*) FILTER (WHERE i.opened = d.day) AS opened, count(*) FILTER (WHERE i.reviewed = d.day) AS resolved,
                            count(*) FILTER (WHERE i.opened <= d.day AND (i.status = 'pending' OR i.reviewed > d.day)) AS backlog
                       FROM (SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date - n AS day FROM generate_series(0, 119) n) d,
                            (SELECT status, (created_at AT TIME ZONE 'Europe/Amsterdam')::date AS opened,
                                    (reviewed_at AT TIME ZONE 'Europe/Amsterdam')::date AS reviewed
                               FROM mes.issues WHERE tenant_id = mes_demo_id('A')) i
                      GROUP BY d.day) x",
        );
        for field in ["opened", "resolved", "backlog"] {
            assert_eq!(json!(series(field)), expected[field], "{field}");
        }
        assert_eq!(trends["resolved_without_date"], 1);
        assert_eq!(
            (&trends["total"]["backlog"]["total"], &trends["total"]["backlog"]["low"]),
            (
                &json!(35),
                &sql(
                    "SELECT count(*) FROM mes.issues WHERE tenant_id = mes_demo_id('A') AND severity = 'low' AND status = 'pending'"
                )
            )
        );
        for (interval, day) in [("weekly", "week"), ("monthly", "month")] {
            let trends = call("A", "get_issue_trends", &json!({"days": 100, "interval": interval}));
            let buckets = trends["buckets"].as_array().expect("a list");
            let opened: i64 = buckets.iter().filter_map(|bucket| bucket["opened"]["total"].as_i64()).sum();
            assert_eq!(json!(opened), trends["total"]["opened"]["total"]);
            assert_eq!(buckets.last().expect("a bucket")["backlog"], trends["total"]["backlog"]);
            let today = "(now() AT TIME ZONE 'Europe/Amsterdam')::date";
            let pieces = format!(
                "SELECT count(DISTINCT date_trunc('{day}', {today} - n * interval '1 day')) FROM generate_series(0, 99) n"
            );
            assert_eq!(json!(buckets.len()), sql(&pieces), "{interval}");
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
}
