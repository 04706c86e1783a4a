//! Tests of `get_scrap_pareto`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn rows(pareto: &Value) -> &Vec<Value> {
        pareto["rows"].as_array().expect("rows")
    }

    /// In hundredths, which add up exactly.
    fn hundredths(share: &Value) -> i64 {
        (share.as_f64().expect("a share") * 100.0).round() as i64
    }

    #[pg_test]
    fn the_first_four_reasons_carry_eighty_percent_and_the_shares_make_a_hundred() {
        demo();
        let whole = call("A", "get_scrap_pareto", &json!({"days": 120, "limit": 50}));
        let scrap = sql("SELECT sum(quantity_scrap) FROM mes.operation_quantities WHERE tenant_id = mes_demo_id('A')");
        assert_eq!((&whole["scrap_pieces"], &whole["remainder"]), (&scrap, &Value::Null));
        let shares: Vec<_> = rows(&whole).iter().map(|row| hundredths(&row["share_percent"])).collect();
        assert_eq!(shares.iter().sum::<i64>(), 10_000);
        let four: i64 = shares[..4].iter().sum();
        assert!((7_800..=8_200).contains(&four), "{four}");
        assert_eq!(hundredths(&rows(&whole)[3]["cumulative_percent"]), four);
        let codes: Vec<_> = rows(&whole)[..4].iter().map(|row| row["code"].as_str()).collect();
        assert_eq!(codes, [Some("POR"), Some("DIM"), Some("SCR"), Some("ANG")]);
        let vital = rows(&whole).iter().filter(|row| row["vital_few"] == true).count();
        assert_eq!(whole["vital_few"], vital);
        assert!(vital == 4 || vital == 5, "{vital}");
        for row in rows(&whole) {
            let reason = row["scrap_reason_id"].as_str().map_or("IS NULL".to_owned(), |id| format!("= '{id}'"));
            let pieces = sql(&format!(
                "SELECT coalesce(sum(coalesce(s.quantity, q.quantity_scrap)), 0) FROM mes.operation_quantities q
                   LEFT JOIN mes.operation_quantity_scrap_reasons s ON s.operation_quantity_id = q.id
                  WHERE q.tenant_id = mes_demo_id('A') AND coalesce(s.scrap_reason_id, q.scrap_reason_id) {reason}"
            ));
            assert_eq!(row["scrap_pieces"], pieces, "{row}");
        }
        let unspecified = rows(&whole).iter().find(|row| row["scrap_reason_id"].is_null()).expect("a row");
        assert_eq!(unspecified["code"], "UNSPECIFIED");
        assert!((550..=650).contains(&hundredths(&unspecified["share_percent"])), "{unspecified}");

        let cut = call("A", "get_scrap_pareto", &json!({"days": 120, "top_n": 3}));
        assert_eq!(rows(&cut)[..], rows(&whole)[..3]);
        let shown: i64 = shares[..3].iter().sum();
        assert_eq!(hundredths(&cut["remainder"]["share_percent"]), 10_000 - shown);
        assert_eq!(cut["remainder"]["reasons"], shares.len() - 3);
    }

    #[pg_test]
    fn a_split_that_does_not_add_up_to_its_lot_leaves_a_rest_and_never_more_than_the_lot() {
        demo();
        let before = call("C", "get_scrap_pareto", &json!({}));
        assert_eq!((&before["scrap_pieces"], rows(&before).len()), (&json!(2), 1));
        let split = |pieces: i32| {
            Spi::run(&format!(
                "INSERT INTO mes.operation_quantity_scrap_reasons (tenant_id, operation_quantity_id, scrap_reason_id, quantity)
                 VALUES (mes_demo_id('C'), mes_demo_id('C/quantity/1'), mes_demo_id('C/scrap_reason/CRK'), {pieces})"
            ))
            .expect("a split");
            let pareto = call("C", "get_scrap_pareto", &json!({}));
            Spi::run("DELETE FROM mes.operation_quantity_scrap_reasons WHERE tenant_id = mes_demo_id('C')")
                .expect("a split");
            let of = |code: &str| {
                rows(&pareto).iter().find(|row| row["code"] == code).map(|row| row["scrap_pieces"].clone())
            };
            (pareto["scrap_pieces"].clone(), of("CRK"), of("UNSPECIFIED"))
        };
        assert_eq!(split(1), (json!(2), Some(json!(1)), Some(json!(1))));
        assert_eq!(split(2), (json!(2), Some(json!(2)), None));
        assert_eq!(split(5), (json!(2), Some(json!(2)), None));
    }

    #[pg_test]
    fn periods_cells_and_empty_factories() {
        demo();
        let pareto = call("A", "get_scrap_pareto", &json!({"days": 30, "cell_id": id("A/cell/Welding"), "limit": 50}));
        let expected = |from: i64, to: i64| {
            sql(&format!(
                "SELECT sum(q.quantity_scrap) FROM mes.operation_quantities q
                   JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id,
                        (SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date AS today) t
                  WHERE o.cell_id = mes_demo_id('A/cell/Welding')
                    AND (q.recorded_at AT TIME ZONE 'Europe/Amsterdam')::date BETWEEN today - {from} AND today - {to}"
            ))
        };
        assert_eq!((&pareto["scrap_pieces"], &pareto["previous_scrap_pieces"]), (&expected(29, 0), &expected(59, 30)));
        let before: i64 = rows(&pareto).iter().filter_map(|row| row["previous_scrap_pieces"].as_i64()).sum();
        assert_eq!(json!(before), pareto["previous_scrap_pieces"]);
        let empty = call("D", "get_scrap_pareto", &json!({}));
        assert_eq!((&empty["rows"], &empty["remainder"], &empty["vital_few"]), (&json!([]), &Value::Null, &json!(0)));
        // Scrap only in the previous period: rows with 0 pieces, no shares.
        let old = call("C", "get_scrap_pareto", &json!({"days": 5}));
        assert_eq!((&old["scrap_pieces"], &old["previous_scrap_pieces"]), (&json!(0), &json!(2)));
        assert_eq!((&rows(&old)[0]["share_percent"], &rows(&old)[0]["change"]), (&Value::Null, &json!(-2)));
    }
}
