//! Tests of `get_scrap_analytics`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const GROUPINGS: [&str; 9] =
        ["reason", "category", "cell", "operation", "part", "job", "material", "customer", "operator"];

    fn sum(analytics: &Value, field: &str) -> i64 {
        let groups = analytics["groups"].as_array().into_iter().flatten().chain(analytics.get("remainder"));
        groups.filter_map(|group| group[field].as_i64()).sum()
    }

    #[pg_test]
    fn groups_and_remainder_add_up_to_the_ledger_by_every_grouping() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago")] {
            let ledger = |column: &str, from: i64, to: i64| {
                sql(&format!(
                    "SELECT sum({column}) FROM mes.operation_quantities, (SELECT (now() AT TIME ZONE '{zone}')::date AS today) t
                      WHERE tenant_id = mes_demo_id('{tenant}')
                        AND (recorded_at AT TIME ZONE '{zone}')::date BETWEEN today - {from} AND today - {to}"
                ))
                .as_i64()
            };
            let (scrap, before) = (ledger("quantity_scrap", 44, 0), ledger("quantity_scrap", 89, 45));
            let produced = ledger("quantity_produced", 44, 0);
            for group_by in GROUPINGS {
                for limit in [3, 100] {
                    let arguments = json!({"group_by": group_by, "days": 45, "limit": limit});
                    let found = call(tenant, "get_scrap_analytics", &arguments);
                    let what = format!("{tenant} {arguments}: {}", found["total"]);
                    assert_eq!(Some(sum(&found, "scrap_pieces")), scrap, "{what}");
                    assert_eq!(found["total"]["scrap_pieces"].as_i64(), scrap, "{what}");
                    assert_eq!(Some(sum(&found, "previous_scrap_pieces")), before, "{what}");
                    assert_eq!(found["total"]["produced_pieces"].as_i64(), produced, "{what}");
                    if !matches!(group_by, "reason" | "category") {
                        assert_eq!(Some(sum(&found, "produced_pieces")), produced, "{what}");
                    }
                }
            }
        }
    }

    #[pg_test]
    fn groups_are_told_apart_by_id_and_texts_by_their_letters() {
        demo();
        let cells = call("A", "get_scrap_analytics", &json!({"group_by": "cell", "days": 120}));
        let welding = json!(id("A/cell/Welding"));
        let worst = cells["groups"].as_array().into_iter().flatten().max_by(|one, other| {
            let rate = |group: &Value| group["scrap_rate_percent"].as_f64().unwrap_or_default();
            rate(one).total_cmp(&rate(other))
        });
        let worst = worst.expect("a cell");
        assert_eq!(worst["id"], welding);
        let rate = sql(
            "SELECT round(100.0 * sum(q.quantity_scrap) / sum(q.quantity_produced), 2) FROM mes.operation_quantities q
                          JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id
                         WHERE o.cell_id = mes_demo_id('A/cell/Welding')",
        );
        assert_eq!(worst["scrap_rate_percent"], rate);
        // Two cells of one name stay two, one customer in two spellings becomes one.
        Spi::run("UPDATE mes.cells SET name = 'Same' WHERE tenant_id = mes_demo_id('A')").expect("cells");
        let same = call("A", "get_scrap_analytics", &json!({"group_by": "cell", "days": 120}));
        assert_eq!(same["groups"].as_array().map(Vec::len), cells["groups"].as_array().map(Vec::len));
        let customers = call("A", "get_scrap_analytics", &json!({"group_by": "customer", "days": 120, "limit": 100}));
        let count = sql(
            "SELECT count(DISTINCT coalesce(nullif(lower(btrim(j.customer)), ''), '?')) FROM mes.operation_quantities q
                           JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id
                           JOIN mes.parts p ON p.tenant_id = o.tenant_id AND p.id = o.part_id
                           JOIN mes.jobs j ON j.tenant_id = p.tenant_id AND j.id = p.job_id
                          WHERE q.tenant_id = mes_demo_id('A')",
        );
        assert_eq!(json!(customers["groups"].as_array().map(Vec::len)), count);
        let operators = call("A", "get_scrap_analytics", &json!({"group_by": "operator", "days": 120, "limit": 100}));
        let named = operators["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|group| group["id"].is_null() == group["name"].is_null());
        assert!(named, "{operators}");
        let reasons = call("A", "get_scrap_analytics", &json!({"days": 120, "limit": 100}));
        let unspecified =
            reasons["groups"].as_array().into_iter().flatten().filter(|group| group["name"].is_null()).count();
        assert_eq!(unspecified, 1);
    }

    #[pg_test]
    fn a_factory_without_pieces_has_no_groups_and_rates_of_null() {
        demo();
        for group_by in GROUPINGS {
            let empty = call("D", "get_scrap_analytics", &json!({"group_by": group_by}));
            assert_eq!((&empty["groups"], &empty["remainder"]), (&json!([]), &Value::Null));
            assert_eq!(empty["total"]["scrap_rate_percent"], Value::Null);
            let one = call("C", "get_scrap_analytics", &json!({"group_by": group_by, "days": 10}));
            assert_eq!(one["groups"].as_array().map(Vec::len), Some(1), "{one}");
            assert_eq!(one["groups"][0]["scrap_rate_percent"], 66.67);
        }
        let other = call("A", "get_scrap_analytics", &json!({"cell_name": "Inspection", "group_by": "cell"}));
        assert_eq!(other["groups"].as_array().map(Vec::len), Some(1));
    }
}
