//! Tests of `get_yield_metrics`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn yields_are_those_of_the_ledger_overall_and_by_cell() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago")] {
            let found = call(tenant, "get_yield_metrics", &json!({"days": 60}));
            let ledger = |more: &str, from: i64, to: i64| {
                sql(&format!(
                    "SELECT json_build_array(sum(q.quantity_produced), sum(q.quantity_good), sum(q.quantity_scrap), sum(q.quantity_rework),
                                             round(100.0 * sum(q.quantity_good) / sum(q.quantity_produced), 2))
                       FROM mes.operation_quantities q
                       JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id,
                            (SELECT (now() AT TIME ZONE '{zone}')::date AS today) t
                      WHERE q.tenant_id = mes_demo_id('{tenant}') {more}
                        AND (q.recorded_at AT TIME ZONE '{zone}')::date BETWEEN today - {from} AND today - {to}"
                ))
            };
            let numbers = |row: &Value| {
                let pieces = &row["pieces"];
                json!([
                    pieces["produced"],
                    pieces["good"],
                    pieces["scrap"],
                    pieces["rework"],
                    pieces["first_pass_yield_percent"]
                ])
            };
            assert_eq!(numbers(&found["overall"]), ledger("", 59, 0));
            assert_eq!(found["overall"]["previous_first_pass_yield_percent"], ledger("", 119, 60)[4]);
            let cells = found["by_cell"].as_array().expect("cells");
            let yields: Vec<_> = cells.iter().map(|cell| cell["pieces"]["first_pass_yield_percent"].as_f64()).collect();
            assert!(yields.is_sorted(), "{yields:?}");
            let mut product = 1.0;
            for cell in cells {
                let at = format!("AND o.cell_id = '{}'", cell["cell_id"].as_str().expect("an id"));
                assert_eq!(numbers(cell), ledger(&at, 59, 0));
                let of_cell = call(tenant, "get_yield_metrics", &json!({"days": 60, "cell_id": cell["cell_id"]}));
                assert_eq!(numbers(&of_cell["overall"]), numbers(cell));
                assert_eq!(of_cell["by_cell"].as_array().map(Vec::len), Some(1));
                assert_eq!(of_cell["rolled_throughput"], Value::Null);
                product *= cell["pieces"]["first_pass_yield_percent"].as_f64().unwrap_or_default() / 100.0;
            }
            // No routing passes each cell more than twice, and none is better than its cells.
            let rolled = found["rolled_throughput"]["yield_percent"].as_f64().expect("a yield");
            assert!(rolled < found["overall"]["pieces"]["first_pass_yield_percent"].as_f64().unwrap_or_default());
            assert!(rolled > 100.0 * product * product, "{rolled} {product}");
        }
    }

    #[pg_test]
    fn rolled_throughput_is_the_product_along_the_routing() {
        demo();
        let found = call("B", "get_yield_metrics", &json!({"days": 120, "part_number": "P-1001-01"}));
        let expected = sql("WITH cell AS (
                SELECT o.cell_id, sum(q.quantity_good)::numeric / sum(q.quantity_produced) AS good
                  FROM mes.operation_quantities q JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id
                 WHERE o.part_id = mes_demo_id('B/part/P-1001-01') GROUP BY 1)
            SELECT round(100 * exp(sum(ln(good))), 2) FROM cell
              JOIN mes.operations o USING (cell_id) WHERE o.part_id = mes_demo_id('B/part/P-1001-01') AND o.deleted_at IS NULL");
        assert_eq!(found["rolled_throughput"]["yield_percent"], expected);
        let steps = sql(
            "SELECT count(*) FROM mes.operations WHERE part_id = mes_demo_id('B/part/P-1001-01') AND deleted_at IS NULL",
        );
        let routing = found["routing"].as_array().expect("a routing");
        assert_eq!(json!(routing.len()), steps);
        let sequences: Vec<_> = routing.iter().map(|step| step["sequence"].as_i64()).collect();
        assert!(sequences.is_sorted());
        let of_steps: i64 = routing.iter().filter_map(|step| step["pieces"]["produced"].as_i64()).sum();
        assert_eq!(json!(of_steps), found["overall"]["pieces"]["produced"]);
        assert_eq!(refused("A", "get_yield_metrics", &json!({"part_id": id("B/part/P-1001-01")}))["code"], "not_found");
    }

    #[pg_test]
    fn few_pieces_have_a_wide_interval_and_none_have_no_yield() {
        demo();
        // 1 good of 3: the Wilson interval at 95 % is 6.1 to 79.2 %.
        let few = call("C", "get_yield_metrics", &json!({}));
        let interval = (&few["overall"]["confidence_low_percent"], &few["overall"]["confidence_high_percent"]);
        assert_eq!(interval, (&json!(6.15), &json!(79.23)));
        assert_eq!(few["overall"]["change_points"], Value::Null);
        Spi::run("UPDATE mes.operation_quantities SET quantity_good = 0, quantity_scrap = 3 WHERE tenant_id = mes_demo_id('C')")
            .expect("a lot");
        let none_good = call("C", "get_yield_metrics", &json!({}));
        assert_eq!(none_good["rolled_throughput"]["yield_percent"], 0.0);
        assert_eq!(none_good["overall"]["confidence_low_percent"], 0.0);
        let empty = call("D", "get_yield_metrics", &json!({}));
        for field in ["first_pass_yield_percent", "scrap_rate_percent", "rework_rate_percent"] {
            assert_eq!(empty["overall"]["pieces"][field], Value::Null);
        }
        assert_eq!(empty["rolled_throughput"]["yield_percent"], Value::Null);
        assert_eq!((&empty["by_cell"], &empty["routing"]), (&json!([]), &Value::Null));
    }
}
