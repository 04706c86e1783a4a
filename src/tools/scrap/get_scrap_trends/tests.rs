//! Tests of `get_scrap_trends`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    /// What each local day has in the ledger, days without lots left out.
    fn ledger(tenant: &str, zone: &str, days: i64) -> Value {
        sql(&format!(
            "SELECT json_object_agg(day, pieces) FROM (
                 SELECT (recorded_at AT TIME ZONE '{zone}')::date AS day,
                        json_build_array(count(*), sum(quantity_produced), sum(quantity_good), sum(quantity_scrap),
                                         sum(quantity_rework)) AS pieces
                   FROM mes.operation_quantities
                  WHERE tenant_id = mes_demo_id('{tenant}')
                    AND (recorded_at AT TIME ZONE '{zone}')::date > (now() AT TIME ZONE '{zone}')::date - {days}
                  GROUP BY 1) d"
        ))
    }

    #[pg_test]
    fn every_local_day_has_its_pieces_and_none_is_left_out() {
        demo();
        // Lots within an hour of local midnight, on another day in UTC.
        let near = sql("SELECT count(*) FROM mes.operation_quantities WHERE tenant_id = mes_demo_id('A')
                          AND (recorded_at AT TIME ZONE 'Europe/Amsterdam')::time NOT BETWEEN '01:00' AND '23:00'");
        assert_eq!(near, 5);
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            let days = 120;
            let trends = call(tenant, "get_scrap_trends", &json!({"days": days}));
            let ledger = ledger(tenant, zone, days);
            let buckets = trends["buckets"].as_array().expect("buckets");
            assert_eq!(buckets.len(), 120);
            let today = sql(&format!("SELECT (now() AT TIME ZONE '{zone}')::date"));
            assert_eq!(buckets[119]["last_day"], today);
            let mut with_lots = 0;
            for bucket in buckets {
                let (day, pieces) = (bucket["first_day"].as_str().expect("a day"), &bucket["pieces"]);
                let expected = &ledger[day];
                let found =
                    json!([bucket["lots"], pieces["produced"], pieces["good"], pieces["scrap"], pieces["rework"]]);
                if expected.is_null() {
                    assert_eq!(found, json!([0, 0, 0, 0, 0]), "{day}");
                    assert!(pieces["scrap_rate_percent"].is_null() && pieces["first_pass_yield_percent"].is_null());
                } else {
                    assert_eq!(&found, expected, "{tenant} {day}");
                    with_lots += 1;
                }
            }
            assert_eq!(Some(with_lots), ledger.as_object().map(serde_json::Map::len), "{tenant}");
        }
    }

    #[pg_test]
    fn totals_of_more_than_a_thousand_lots_are_whole_and_compared_with_the_period_before() {
        demo();
        let span = |from: i64, to: i64| {
            sql(&format!(
                "SELECT json_build_object('lots', count(*), 'produced', sum(quantity_produced), 'scrap', sum(quantity_scrap),
                                          'rate', round(100.0 * sum(quantity_scrap) / sum(quantity_produced), 2))
                   FROM mes.operation_quantities, (SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date AS today) t
                  WHERE tenant_id = mes_demo_id('A')
                    AND (recorded_at AT TIME ZONE 'Europe/Amsterdam')::date BETWEEN today - {from} AND today - {to}"
            ))
        };
        let quarter = call("A", "get_scrap_trends", &json!({"days": 90, "interval": "monthly"}));
        let expected = span(89, 0);
        assert!(expected["lots"].as_i64() > Some(1000), "{expected}");
        let lots = quarter["buckets"].as_array().into_iter().flatten().filter_map(|bucket| bucket["lots"].as_i64());
        assert_eq!(Some(lots.sum()), expected["lots"].as_i64());
        assert_eq!(
            (&quarter["total"]["produced"], &quarter["total"]["scrap"]),
            (&expected["produced"], &expected["scrap"])
        );
        let month = call("A", "get_scrap_trends", &json!({"days": 30, "interval": "weekly"}));
        let (now, before) = (span(29, 0), span(59, 30));
        assert_eq!(
            (&month["total"]["scrap_rate_percent"], &month["previous"]["scrap_rate_percent"]),
            (&now["rate"], &before["rate"])
        );
        assert!(month["change"]["scrap_rate_points"].as_f64() > Some(0.0), "{}", month["change"]);
        let buckets = month["buckets"].as_array().expect("buckets");
        assert!(buckets.len() == 5 || buckets.len() == 6, "{}", buckets.len());
        assert!(buckets.windows(2).all(|pair| pair[0]["last_day"].as_str() < pair[1]["first_day"].as_str()));
    }

    #[pg_test]
    fn one_cell_and_an_empty_factory() {
        demo();
        let welding =
            call("A", "get_scrap_trends", &json!({"days": 60, "cell_name": "welding", "interval": "monthly"}));
        let expected = sql("SELECT sum(q.quantity_scrap) FROM mes.operation_quantities q
                              JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id
                             WHERE o.cell_id = mes_demo_id('A/cell/Welding')
                               AND (q.recorded_at AT TIME ZONE 'Europe/Amsterdam')::date > (now() AT TIME ZONE 'Europe/Amsterdam')::date - 60");
        assert_eq!(welding["total"]["scrap"], expected);
        let empty = call("D", "get_scrap_trends", &json!({"days": 3}));
        assert_eq!(empty["buckets"].as_array().map(Vec::len), Some(3));
        assert_eq!((&empty["total"]["produced"], &empty["total"]["scrap_rate_percent"]), (&json!(0), &Value::Null));
        assert_eq!(empty["change"]["scrap_rate_points"], Value::Null);
        // What is deleted with its operation, part or job does not count.
        Spi::run("UPDATE mes.jobs SET deleted_at = now() WHERE tenant_id = mes_demo_id('A')").expect("jobs");
        assert_eq!(call("A", "get_scrap_trends", &json!({}))["total"]["produced"], 0);
    }
}
