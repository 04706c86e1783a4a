//! Tests of `report_scrap`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    /// In progress, for 240 pieces.
    const OPERATION: &str = "A/operation/P-1012-03/1";

    /// The demo factory, with one lot of 90 good pieces, 5 of scrap and 1 to be worked on again at [`OPERATION`].
    fn factory() {
        demo();
        set(&format!("DELETE FROM mes.operation_quantities WHERE operation_id = mes_demo_id('{OPERATION}')"));
        set(&format!(
            "INSERT INTO mes.operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good, quantity_scrap, quantity_rework)
             VALUES (mes_demo_id('A'), mes_demo_id('{OPERATION}'), 96, 90, 5, 1)"
        ));
    }

    fn with(operation: &str, fields: &Value) -> Value {
        let mut arguments = fields.clone();
        arguments["operation_id"] = json!(id(operation));
        arguments
    }

    fn report(fields: &Value) -> Value {
        call("A", "report_scrap", &with(OPERATION, fields))
    }

    fn refusal(fields: &Value) -> Value {
        refused("A", "report_scrap", &with(OPERATION, fields))
    }

    fn lots() -> i64 {
        sql("SELECT count(*) FROM mes.operation_quantities").as_i64().expect("a count")
    }

    fn set(sql: &str) {
        Spi::run(sql).expect("a change");
    }

    #[pg_test]
    fn a_report_is_a_lot_with_its_reasons_and_counts_everywhere() {
        factory();
        let before = call("A", "get_scrap_pareto", &json!({"limit": 50}));
        let made = report(&json!({
            "quantity_scrap": 12, "quantity_good": 20, "quantity_rework": 3, "notes": "plate 7", "material_lot": "H-1",
            "recorded_by": id("A/profile/jan.smit"),
            "reasons": [{"code": "dim", "quantity": 3}, {"scrap_reason_id": id("A/scrap_reason/HND"), "quantity": 8, "notes": "fell"}]
        }));
        let lot = &made["lot"];
        assert_eq!((&lot["quantity_produced"], &lot["quantity_scrap"]), (&json!(35), &json!(12)));
        assert_eq!((&lot["recorded_by_name"], &lot["material_lot"]), (&json!("Jan Smit"), &json!("H-1")));
        let shares: Vec<_> = lot["reasons"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|share| json!([share["code"], share["quantity"], share["notes"]]))
            .collect();
        assert_eq!(json!(shares), json!([["HND", 8, "fell"], ["DIM", 3, null], [null, 1, null]]));
        let operation = &made["operation"];
        assert_eq!((&operation["part_quantity"], &operation["remaining"]), (&json!(240), &json!(240 - 110 - 17)));
        assert_eq!((&operation["pieces"]["scrap"], &operation["pieces"]["rework"]), (&json!(17), &json!(4)));
        // Who reads the row alone sees the reason with most pieces.
        let row = sql(&format!(
            "SELECT scrap_reason_id FROM mes.operation_quantities WHERE id = '{}'",
            lot["id"].as_str().expect("an id")
        ));
        assert_eq!(row, json!(id("A/scrap_reason/HND")));
        // 17 of 131 pieces.
        let ncr = &made["ncr_suggested"]["arguments"];
        assert_eq!(
            (&ncr["severity"], &ncr["ncr_category"], &ncr["affected_quantity"]),
            (&json!("medium"), &json!("process_error"), &json!(17))
        );
        assert_eq!(ncr["reported_by_id"], json!(id("A/profile/jan.smit")));
        let after = call("A", "get_scrap_pareto", &json!({"limit": 50}));
        let pieces = |pareto: &Value, code: &str| {
            let row = pareto["rows"].as_array().into_iter().flatten().find(|row| row["code"] == code);
            row.and_then(|row| row["scrap_pieces"].as_i64()).unwrap_or_default()
        };
        for (code, more) in [("HND", 8), ("DIM", 3), ("UNSPECIFIED", 1)] {
            assert_eq!(pieces(&after, code) - pieces(&before, code), more, "{code}");
        }
    }

    #[pg_test]
    fn one_reason_or_none_and_an_ncr_only_from_the_threshold_on() {
        factory();
        set(&format!("DELETE FROM mes.operation_quantities WHERE operation_id = mes_demo_id('{OPERATION}')"));
        report(&json!({"quantity_scrap": 1, "quantity_good": 89}));
        let low = report(&json!({"quantity_scrap": 1, "scrap_reason_code": "BRN"}));
        assert_eq!((&low["ncr_suggested"], &low["ncr_threshold_percent"]), (&Value::Null, &json!(5.0)));
        assert_eq!(low["lot"]["reasons"][0]["scrap_reason_id"], json!(id("A/scrap_reason/BRN")));
        let high = report(&json!({"quantity_scrap": 30}));
        assert_eq!(
            high["lot"]["reasons"],
            json!([{"scrap_reason_id": null, "code": null, "description": null, "category": null,
                                                   "quantity": 30, "notes": null}])
        );
        assert_eq!(high["ncr_suggested"]["arguments"]["severity"], "high");
        assert_eq!(high["ncr_suggested"]["arguments"].get("reported_by_id"), None);
    }

    #[pg_test]
    fn more_than_the_part_leaves_is_refused_with_the_numbers_unless_forced() {
        factory();
        let count = lots();
        // 145 pieces are neither good nor scrap; the one to be worked on again is among them.
        let over = refusal(&json!({"quantity_scrap": 100, "quantity_good": 45, "quantity_rework": 1}));
        assert_eq!(over["code"], "limit_exceeded");
        for (field, value) in [
            ("part_quantity", 240),
            ("reported_good", 90),
            ("reported_scrap", 5),
            ("reported_rework", 1),
            ("remaining", 145),
            ("asked", 146),
        ] {
            assert_eq!(over[field], value, "{field}");
        }
        assert_eq!(lots(), count);
        assert_eq!(report(&json!({"quantity_scrap": 145}))["operation"]["remaining"], 0);
        assert_eq!(refusal(&json!({"quantity_scrap": 1}))["code"], "limit_exceeded");
        assert_eq!(report(&json!({"quantity_scrap": 1, "force": true}))["operation"]["remaining"], -1);
        // C: a part of unknown quantity takes any number, one of quantity 0 none.
        set(
            "UPDATE mes.operations SET status = 'in_progress' WHERE part_id IN (mes_demo_id('C/part/L-1-1'), mes_demo_id('C/part/L-1-2'))",
        );
        let unknown = call("C", "report_scrap", &with("C/operation/L-1-1/1", &json!({"quantity_scrap": 1_000_000})));
        assert_eq!(
            (&unknown["operation"]["part_quantity"], &unknown["operation"]["remaining"]),
            (&Value::Null, &Value::Null)
        );
        let zero = refused("C", "report_scrap", &with("C/operation/L-1-2/1", &json!({"quantity_scrap": 1})));
        assert_eq!((&zero["code"], &zero["remaining"]), (&json!("limit_exceeded"), &json!(0)));
    }

    #[pg_test]
    fn what_cannot_be_reported_is_refused_and_leaves_nothing() {
        factory();
        let count = lots();
        let at = |operation: &str| refused("A", "report_scrap", &with(operation, &json!({"quantity_scrap": 1})));
        let waiting = at("A/operation/P-1012-03/2");
        assert_eq!((&waiting["code"], &waiting["status"]), (&json!("invalid_state"), &json!("not_started")));
        assert_eq!(
            at("B/operation/P-1001-01/1")["message"],
            format!("operation not found: {}", id("B/operation/P-1001-01/1"))
        );
        for (fields, code, field) in [
            (json!({"scrap_reason_code": "OLD1"}), "invalid_state", json!("scrap_reason_id")),
            (json!({"scrap_reason_code": "NONE"}), "not_found", Value::Null),
            (json!({"scrap_reason_id": id("B/scrap_reason/DIM")}), "not_found", json!("scrap_reason_id")),
            (json!({"recorded_by": id("B/profile/jan.smit")}), "not_found", json!("recorded_by")),
            (json!({"reasons": [{"quantity": 1}]}), "invalid_arguments", json!("reasons[0].scrap_reason_id")),
            (
                json!({"reasons": [{"code": "DIM", "quantity": 1}, {"code": "OLD1", "quantity": 1}]}),
                "invalid_state",
                json!("reasons[1].scrap_reason_id"),
            ),
            (
                json!({"reasons": [{"code": "DIM", "quantity": 1}, {"code": "dim", "quantity": 1}]}),
                "invalid_arguments",
                json!("reasons[1].scrap_reason_id"),
            ),
            (
                json!({"reasons": [{"code": "DIM", "quantity": 2}, {"code": "HND", "quantity": 1}]}),
                "invalid_arguments",
                json!("reasons"),
            ),
            (
                json!({"reasons": [{"code": "DIM", "quantity": 1}], "scrap_reason_code": "DIM"}),
                "invalid_arguments",
                json!("reasons"),
            ),
        ] {
            let mut arguments = fields;
            arguments["quantity_scrap"] = json!(2);
            let error = refusal(&arguments);
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &field), "{arguments}: {error}");
        }
        set("UPDATE mes.profiles SET active = false WHERE id = mes_demo_id('A/profile/jan.smit')");
        let gone = refusal(&json!({"quantity_scrap": 1, "recorded_by": id("A/profile/jan.smit")}));
        assert_eq!((&gone["code"], &gone["field"]), (&json!("invalid_state"), &json!("recorded_by")));
        assert_eq!(refusal(&json!({"quantity_scrap": 0}))["field"], "quantity_scrap");
        set("UPDATE mes.parts SET deleted_at = now()");
        assert_eq!(refusal(&json!({"quantity_scrap": 1}))["code"], "not_found");
        assert_eq!(lots(), count);
    }
}
