//! Tests of `create_ncr`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Map, Value, json};

    /// An operation in tenant A that is in progress, with 219 pieces.
    const OPERATION: &str = "A/operation/P-1012-04/2";

    fn ncr(operation: &str, fields: Value) -> Value {
        let mut arguments = json!({"operation_id": id(operation), "title": "Bent", "severity": "medium", "ncr_category": "dimensional"});
        let fields: Map<_, _> = fields.as_object().cloned().expect("fields");
        arguments.as_object_mut().expect("fields").extend(fields);
        arguments
    }

    fn create(operation: &str, fields: Value) -> Value {
        call("A", "create_ncr", &ncr(operation, fields))
    }

    /// An expression over the row of an NCR.
    fn column(created: &Value, expression: &str) -> Value {
        let id = created["ncr"]["id"].as_str().expect("an id");
        sql(&format!("SELECT {expression} FROM mes.issues WHERE id = '{id}'"))
    }

    /// The year of the factory's calendar.
    const YEAR: &str = "extract(year FROM now() AT TIME ZONE 'Europe/Amsterdam')::integer";

    /// Sets the year's counter; a new year has none before its first NCR.
    fn counter(last: i64) {
        Spi::run(&format!(
            "INSERT INTO mes.ncr_counters (tenant_id, year, last_number) VALUES (mes_demo_id('A'), {YEAR}, {last})
             ON CONFLICT (tenant_id, year) DO UPDATE SET last_number = excluded.last_number"
        ))
        .expect("a counter");
    }

    fn number(last: i64) -> Value {
        sql(&format!("SELECT 'NCR-' || {YEAR} || '-' || {last}"))
    }

    #[pg_test]
    fn an_ncr_gets_the_next_number_and_all_that_can_be_derived() {
        demo();
        counter(7000);
        let created = create(OPERATION, json!({"affected_quantity": 219}));
        let row = &created["ncr"];
        assert_eq!((&row["ncr_number"], &row["status"]), (&number(7001), &json!("pending")));
        assert_eq!((&row["issue_type"], &row["causes_standstill"]), (&json!("ncr"), &json!(false)));
        assert_eq!(column(&created, "description"), "Bent");
        assert_eq!(row["reported_by_id"], json!(id("A/profile/anna.devries")));
        let cells = sql(&format!(
            "SELECT jsonb_build_array(coalesce(p.current_cell_id, o.cell_id), (SELECT n.cell_id FROM mes.operations n
                 WHERE n.part_id = o.part_id AND n.sequence > o.sequence AND n.deleted_at IS NULL AND n.status <> 'completed'
                 ORDER BY n.sequence LIMIT 1))
               FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id WHERE o.id = mes_demo_id('{OPERATION}')"
        ));
        assert_eq!(json!([row["current_cell_id"], row["intended_next_cell_id"]]), cells);
        assert_ne!(cells[1], Value::Null);
        assert_eq!(created["operation"]["yellow_card"], Value::Null);
        assert_eq!(created["scrap_booked"], Value::Null);

        let by_number = json!({"part_number": "p-1012-04", "operation_sequence": 20, "title": "Wavy", "severity": "low",
                               "category": "material", "description": "Two sheets", "reported_by_id": id("A/profile/jan.smit")});
        let second = call("A", "create_ncr", &by_number);
        assert_eq!(
            (&second["ncr"]["operation_id"], &second["ncr"]["ncr_number"]),
            (&json!(id(OPERATION)), &number(7002))
        );
        assert_eq!(second["ncr"]["ncr_category"], "material_defect");
        assert_eq!(
            column(&second, "jsonb_build_array(created_by, description)"),
            json!([id("A/profile/jan.smit"), "Two sheets"])
        );
        // The part's last operation is followed by none.
        let last = sql(
            "SELECT o.id FROM mes.operations o WHERE o.part_id = mes_demo_id('A/part/P-1012-04') ORDER BY sequence DESC LIMIT 1",
        );
        let last = call(
            "A",
            "create_ncr",
            &json!({"operation_id": last, "title": "x", "severity": "low", "ncr_category": "other"}),
        );
        assert_eq!(last["ncr"]["intended_next_cell_id"], Value::Null);
    }

    #[pg_test]
    fn numbers_grow_to_five_digits_and_pass_what_is_there() {
        demo();
        // The year's first number is taken, also in the first hours of a year.
        counter(0);
        create(OPERATION, json!({}));
        counter(9999);
        assert_eq!(create(OPERATION, json!({}))["ncr"]["ncr_number"], number(10_000));
        Spi::run("DELETE FROM mes.ncr_counters WHERE tenant_id = mes_demo_id('A')").expect("counters");
        assert_eq!(create(OPERATION, json!({}))["ncr"]["ncr_number"], number(10_001));
        assert_eq!(create(OPERATION, json!({}))["ncr"]["ncr_number"], number(10_002));
        counter(20_000);
        refused("A", "create_ncr", &ncr(OPERATION, json!({"affected_quantity": 220})));
        assert_eq!(create(OPERATION, json!({}))["ncr"]["ncr_number"], number(20_001));
    }

    #[pg_test]
    fn all_admins_hear_of_an_ncr_and_of_a_critical_one_as_high() {
        demo();
        for (severity, heard) in [("critical", "high"), ("low", "low")] {
            let created = create(OPERATION, json!({"severity": severity}));
            let id = created["ncr"]["id"].as_str().expect("an id");
            assert_eq!(created["ncr"]["severity"], severity);
            let told = sql(&format!(
                "SELECT jsonb_agg(f.username || ' ' || n.severity ORDER BY f.username) FROM mes.notifications n
                   JOIN mes.profiles f ON f.id = n.user_id WHERE n.reference_id = '{id}' AND n.type = 'issue'"
            ));
            assert_eq!(told, json!([format!("anna.devries {heard}"), format!("pieter.bakker {heard}")]));
        }
    }

    #[pg_test]
    fn a_standstill_parks_the_operation_once_and_never_a_completed_one() {
        demo();
        let stop = json!({"causes_standstill": true});
        let first = create(OPERATION, stop.clone())["operation"].clone();
        let (set, held) = (json!("set"), json!("on_hold"));
        assert_eq!(
            (&first["yellow_card"], &first["previous_status"], &first["status"]),
            (&set, &json!("in_progress"), &held)
        );
        let second = create(OPERATION, stop.clone())["operation"].clone();
        assert_eq!(
            (&second["yellow_card"], &second["previous_status"], &second["status"]),
            (&Value::Null, &held, &held)
        );
        assert_eq!(second["pending_standstills"], 2);
        let done = create("A/operation/P-1012-19/1", stop)["operation"].clone();
        assert_eq!((&done["status"], &done["yellow_card"]), (&json!("completed"), &Value::Null));
    }

    #[pg_test]
    fn affected_pieces_are_booked_as_scrap_only_when_that_was_asked_for() {
        demo();
        let rows = |expression: &str| {
            sql(&format!(
                "SELECT {expression} FROM mes.operation_quantities WHERE operation_id = mes_demo_id('{OPERATION}')"
            ))
        };
        let before = rows("count(*)");
        create(OPERATION, json!({"disposition": "scrap", "affected_quantity": 3}));
        assert_eq!(rows("count(*)"), before);
        let fields = json!({"disposition": "scrap", "affected_quantity": 3, "book_scrap": true, "scrap_reason_code": "por",
                            "reported_by_id": id("A/profile/jan.smit")});
        let created = create(OPERATION, fields);
        let booked = &created["scrap_booked"];
        assert_eq!(booked["scrap_reason_id"], json!(id("A/scrap_reason/POR")));
        let row = sql(&format!(
            "SELECT jsonb_build_array(quantity_produced, quantity_good, quantity_scrap, quantity_rework, recorded_by, notes)
               FROM mes.operation_quantities WHERE id = '{}'",
            booked["id"].as_str().expect("an id")
        ));
        assert_eq!(row, json!([3, 0, 3, 0, id("A/profile/jan.smit"), created["ncr"]["ncr_number"]]));
        let room = rows("219 - sum(quantity_scrap)").as_i64().expect("a number");
        let all = json!({"disposition": "scrap", "affected_quantity": room, "book_scrap": true});
        assert_eq!(create(OPERATION, all)["scrap_booked"]["scrap_reason_id"], Value::Null);
        let more = json!({"disposition": "scrap", "affected_quantity": 1, "book_scrap": true});
        let error = refused("A", "create_ncr", &ncr(OPERATION, more));
        assert_eq!((&error["code"], &error["limit"]), (&json!("limit_exceeded"), &json!(219)));
    }

    #[pg_test]
    fn similar_ncrs_that_are_not_over_are_named() {
        demo();
        let first = create(OPERATION, json!({}));
        let ids = |created: &Value| -> Vec<Value> {
            created["similar_ncrs"].as_array().into_iter().flatten().map(|row| row["id"].clone()).collect()
        };
        assert!(!ids(&create(OPERATION, json!({"ncr_category": "other"}))).contains(&first["ncr"]["id"]));
        let second = create(OPERATION, json!({}));
        assert!(ids(&second).contains(&first["ncr"]["id"]) && !ids(&second).contains(&second["ncr"]["id"]));
        Spi::run(&format!("UPDATE mes.issues SET status = 'closed' WHERE operation_id = mes_demo_id('{OPERATION}')"))
            .expect("issues");
        assert_eq!(ids(&create(OPERATION, json!({}))).len(), 0);
    }

    #[pg_test]
    fn an_ncr_that_cannot_be_is_refused_and_takes_no_number() {
        demo();
        let last =
            "SELECT last_number FROM mes.ncr_counters WHERE tenant_id = mes_demo_id('A') ORDER BY year DESC LIMIT 1";
        let before = sql(last);
        for (fields, code, field) in [
            (json!({"ncr_category": "design"}), "invalid_arguments", "ncr_category"),
            (json!({"disposition": "repair"}), "invalid_arguments", "disposition"),
            (json!({"severity": "urgent"}), "invalid_arguments", "severity"),
            (json!({"title": " x"}), "invalid_arguments", "title"),
            (json!({"affected_quantity": 220}), "invalid_arguments", "affected_quantity"),
            (json!({"affected_quantity": -1}), "invalid_arguments", "affected_quantity"),
            (json!({"part_number": "P-1012-04"}), "invalid_arguments", "part_number"),
            (json!({"operation_id": null}), "invalid_arguments", "operation_id"),
            (json!({"operation_id": null, "part_number": "P-1012-04"}), "invalid_arguments", "operation_sequence"),
            (
                json!({"operation_id": null, "part_number": "P-1012-04", "operation_sequence": 11}),
                "not_found",
                "operation_sequence",
            ),
            (json!({"book_scrap": true, "affected_quantity": 1}), "invalid_arguments", "book_scrap"),
            (json!({"book_scrap": true, "disposition": "scrap"}), "invalid_arguments", "book_scrap"),
            (json!({"scrap_reason_code": "POR"}), "invalid_arguments", "scrap_reason_code"),
            (json!({"reported_by_id": id("A/profile/wim.vandenberg")}), "invalid_state", "reported_by_id"),
            (json!({"reported_by_id": id("B/profile/jan.smit")}), "not_found", "reported_by_id"),
            (
                json!({"book_scrap": true, "disposition": "scrap", "affected_quantity": 1, "scrap_reason_code": "OLD1"}),
                "invalid_state",
                "scrap_reason_id",
            ),
            (
                json!({"book_scrap": true, "disposition": "scrap", "affected_quantity": 1, "scrap_reason_id": id("B/scrap_reason/POR")}),
                "not_found",
                "scrap_reason_id",
            ),
        ] {
            let error = refused("A", "create_ncr", &ncr(OPERATION, fields.clone()));
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)), "{fields}: {error}");
        }
        let accepted =
            refused("A", "create_ncr", &ncr(OPERATION, json!({"ncr_category": "design"})))["accepted"].clone();
        assert_eq!(accepted.as_array().map(Vec::len), Some(5));
        let theirs = refused("A", "create_ncr", &ncr("B/operation/P-1001-01/4", json!({})));
        assert_eq!(theirs["message"], format!("operation not found: {}", id("B/operation/P-1001-01/4")));
        Spi::run("UPDATE mes.parts SET deleted_at = now() WHERE id = mes_demo_id('A/part/P-1012-04')").expect("a part");
        assert_eq!(refused("A", "create_ncr", &ncr(OPERATION, json!({})))["code"], "not_found");
        assert_eq!(sql(last), before);
    }

    #[pg_test]
    fn oddities_of_a_part_are_no_hindrance() {
        demo();
        let on = |part: &str, pieces: i32| ncr(&format!("C/operation/{part}/1"), json!({"affected_quantity": pieces}));
        assert_eq!(call("C", "create_ncr", &on("L-1-1", 5000))["ncr"]["affected_quantity"], 5000);
        assert_eq!(call("C", "create_ncr", &on("L-1-2", 0))["ncr"]["affected_quantity"], 0);
        assert_eq!(refused("C", "create_ncr", &on("L-1-2", 1))["part_quantity"], 0);
        assert_eq!(
            call("C", "create_ncr", &on("L-5-1", i32::MAX))["ncr"]["reported_by_id"],
            json!(id("C/profile/lumen"))
        );
        Spi::run("UPDATE mes.profiles SET active = false WHERE tenant_id = mes_demo_id('C')").expect("profiles");
        assert_eq!(refused("C", "create_ncr", &on("L-1-2", 0))["field"], "reported_by_id");
    }
}
