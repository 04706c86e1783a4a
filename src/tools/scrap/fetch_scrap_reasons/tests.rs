//! Tests of `fetch_scrap_reasons`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn scrap_reasons_come_by_code_and_only_those_that_can_be_used() {
        demo();
        let counted = |arguments: &Value| total("A", "fetch_scrap_reasons", arguments);
        for (arguments, count) in [
            (json!({}), 20),
            (json!({"active": false}), 2),
            (json!({"active": null}), 22),
            (json!({"search": "WELD"}), 1),
            (json!({"search": "weld%"}), 0),
            (json!({"active": null, "search": "old1"}), 1),
        ] {
            assert_eq!(counted(&arguments), count, "{arguments}");
        }
        let categories = ["material", "process", "equipment", "operator", "design", "other"];
        let by_category: Vec<_> =
            categories.map(|category| counted(&json!({"category": category, "active": null}))).to_vec();
        assert_eq!(by_category.iter().sum::<i64>(), 22);
        assert!(by_category.iter().all(|count| *count > 0));
        let all = json!({"active": null, "limit": 5});
        assert_eq!(page_through("A", "fetch_scrap_reasons", "scrap_reasons", &all), 22);
        let list = call("A", "fetch_scrap_reasons", &json!({"active": null, "limit": 500}));
        let codes: Vec<_> =
            list["scrap_reasons"].as_array().into_iter().flatten().map(|reason| reason["code"].to_string()).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        let empty = call("D", "fetch_scrap_reasons", &json!({"active": null}));
        assert_eq!((&empty["scrap_reasons"], &empty["period"]["time_zone"]), (&json!([]), &json!("UTC")));
    }

    #[pg_test]
    fn the_use_of_a_reason_counts_its_pieces_of_split_lots() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            let list = call(tenant, "fetch_scrap_reasons", &json!({"active": null, "days": 90, "limit": 500}));
            let mut pieces = 0;
            for reason in list["scrap_reasons"].as_array().into_iter().flatten() {
                let used = sql(&format!(
                    "SELECT json_build_object('lots', count(*), 'pieces', coalesce(sum(coalesce(s.quantity, q.quantity_scrap)), 0))
                       FROM mes.operation_quantities q
                       LEFT JOIN mes.operation_quantity_scrap_reasons s ON s.operation_quantity_id = q.id
                      WHERE q.tenant_id = mes_demo_id('{tenant}') AND q.quantity_scrap > 0
                        AND coalesce(s.scrap_reason_id, q.scrap_reason_id) = '{}'
                        AND (q.recorded_at AT TIME ZONE '{zone}')::date > (now() AT TIME ZONE '{zone}')::date - 90",
                    reason["id"].as_str().expect("an id")
                ));
                assert_eq!((&reason["lots"], &reason["scrap_pieces"]), (&used["lots"], &used["pieces"]), "{reason}");
                pieces += reason["scrap_pieces"].as_i64().unwrap_or_default();
            }
            assert!(pieces > 0, "{tenant}");
        }
        let cracked = call("C", "fetch_scrap_reasons", &json!({}));
        assert_eq!(cracked["scrap_reasons"][0]["id"], json!(id("C/scrap_reason/CRK")));
    }
}
