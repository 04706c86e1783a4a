//! What `check_resource_availability` must answer on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const TOOL: &str = "check_resource_availability";

    fn one(tenant: &str, name: &str, mut arguments: Value) -> Value {
        arguments["resource_name"] = json!(name);
        let mut answer = call(tenant, TOOL, &arguments);
        assert_eq!(answer["resources"].as_array().map(Vec::len), Some(1), "{answer}");
        answer["resources"][0].take()
    }

    fn names(arguments: &Value) -> Vec<String> {
        let answer = call("A", TOOL, arguments);
        let rows = answer["resources"].as_array().into_iter().flatten();
        rows.map(|row| row["resource_name"].as_str().expect("a name").to_owned()).collect()
    }

    #[pg_test]
    fn a_resource_is_free_where_no_open_operation_needs_it_and_its_status_allows_it() {
        demo();
        let answer = call("A", TOOL, &json!({}));
        assert_eq!(answer["total"], 14);
        // Running work holds what it needs at this moment, and planned work for its window.
        let free = sql(
            "SELECT json_agg(r.name ORDER BY r.type, r.name) FROM mes.resources r
              WHERE r.tenant_id = mes_demo_id('A') AND r.active AND r.status IN ('available', 'in_use')
                AND coalesce((r.metadata ->> 'sheets')::numeric, 1) - (
                    SELECT coalesce(sum(l.quantity), 0) FROM mes.operation_resources l JOIN mes.operations o ON o.id = l.operation_id
                     WHERE l.resource_id = r.id AND (o.status = 'in_progress'
                           OR o.status <> 'completed' AND o.planned_start < now() + interval '7 days' AND o.planned_end > now())) >= 1",
        );
        assert_eq!(json!(names(&json!({"only_available": true}))), free);
        assert_eq!(answer["available"].as_u64(), free.as_array().map(|free| free.len() as u64));
        let fixture = one("A", "Fixture 7", json!({}));
        assert_eq!(
            (
                &fixture["unavailable_because"],
                &fixture["overlapping_operations"],
                &fixture["usage"].as_array().map(Vec::len)
            ),
            (&json!("needed_by_operations"), &json!(3), &Some(3))
        );
        assert_eq!(fixture["cell"]["cell_name"], "Inspection", "the membership that was revoked is not shown");
        let types = sql(
            "SELECT json_agg(json_build_object('t', type, 'n', n) ORDER BY type) FROM (SELECT type, count(*) AS n FROM mes.resources
              WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NULL GROUP BY type) x",
        );
        let by_type: Vec<_> = answer["by_type"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| json!({"t": row["resource_type"], "n": row["total"]}))
            .collect();
        assert_eq!(json!(by_type), types);
    }

    #[pg_test]
    fn only_operations_in_the_window_count() {
        demo();
        let begins = sql(
            "SELECT min(o.planned_start) FROM mes.operation_resources l JOIN mes.operations o ON o.id = l.operation_id
              WHERE l.resource_id = mes_demo_id('A/resource/Welding robot')",
        );
        let later = sql("SELECT min(o.planned_start) + interval '3 hours' FROM mes.operation_resources l
               JOIN mes.operations o ON o.id = l.operation_id WHERE l.resource_id = mes_demo_id('A/resource/Welding robot')");
        let before = one("A", "Welding robot", json!({"to": begins}));
        assert_eq!((&before["available"], &before["overlapping_operations"]), (&json!(true), &json!(0)));
        assert_eq!(before["open_operations"], 20);
        let day = one("A", "welding ROBOT", json!({"from": begins, "to": later}));
        // Five a day, half an hour apart.
        assert_eq!((&day["available"], &day["overlapping_operations"]), (&json!(false), &json!(5)));
        assert_eq!((&day["usage"].as_array().map(Vec::len), &day["usage_truncated"]), (&Some(5), &json!(false)));
        assert_eq!(one("A", "Welding robot", json!({"from": "2090-01-01", "to": "2090-02-01"}))["available"], true);
    }

    #[pg_test]
    fn running_work_without_dates_holds_what_it_needs_and_waiting_work_does_not() {
        demo();
        let far = || {
            one("A", "Fixture 7", json!({"from": "2090-01-01", "to": "2090-02-01"}))["overlapping_operations"].clone()
        };
        assert_eq!(far(), 0);
        Spi::run(
            "UPDATE mes.operations SET planned_start = NULL, planned_end = NULL
              WHERE id IN (SELECT operation_id FROM mes.operation_resources WHERE resource_id = mes_demo_id('A/resource/Fixture 7'))",
        )
        .expect("operations");
        assert_eq!(far(), 3);
        Spi::run(
            "UPDATE mes.operations SET status = 'not_started'
              WHERE id IN (SELECT operation_id FROM mes.operation_resources WHERE resource_id = mes_demo_id('A/resource/Fixture 7'))",
        )
        .expect("operations");
        assert_eq!(far(), 0);
        assert_eq!(one("A", "Fixture 7", json!({}))["available"], true);
    }

    #[pg_test]
    fn pieces_are_counted_where_the_metadata_says_how_many() {
        demo();
        let sheets = |quantity: f64| one("A", "Sheet S235 3 mm", json!({"quantity": quantity}));
        let used =
            sql("SELECT sum(l.quantity) FROM mes.operation_resources l JOIN mes.operations o ON o.id = l.operation_id
              WHERE l.resource_id = mes_demo_id('A/resource/Sheet S235 3 mm') AND o.status = 'in_progress'");
        let free = 42.0 - used.as_f64().expect("a number");
        let enough = sheets(free);
        assert_eq!((enough["total_quantity"].as_f64(), enough["used_quantity"].as_f64()), (Some(42.0), used.as_f64()));
        assert_eq!((enough["free_quantity"].as_f64(), &enough["available"]), (Some(free), &json!(true)));
        assert_eq!(sheets(free + 0.5)["unavailable_because"], "needed_by_operations");
        assert_eq!(one("A", "Sheet AlMg3 2 mm", json!({"quantity": 10}))["unavailable_because"], "too_few");
        assert_eq!(one("A", "Mold 12", json!({}))["total_quantity"], Value::Null);
    }

    #[pg_test]
    fn what_is_in_use_is_free_before_and_after_the_work_that_uses_it() {
        demo();
        let die = || one("A", "V-die 16 mm", json!({"from": "2090-01-01", "to": "2090-02-01"}));
        assert_eq!(die()["available"], true, "{}", die());
        Spi::run("DELETE FROM mes.operation_resources WHERE resource_id = mes_demo_id('A/resource/V-die 16 mm')")
            .expect("links");
        assert_eq!(die()["unavailable_because"], "in_use");
    }

    #[pg_test]
    fn filters_take_texts_as_they_are() {
        demo();
        assert_eq!(names(&json!({"location": "rack b"})), ["Fixture 7", "Fixture 8"]);
        assert!(names(&json!({"location": "%"})).is_empty() && names(&json!({"location": "Rack__"})).is_empty());
        assert_eq!(names(&json!({"status": "retired"})), ["Fixture 3"]);
        assert_eq!(names(&json!({"resource_type": "MOLD"})), ["Mold 12", "Mold 14"]);
        let cut = call("A", TOOL, &json!({"limit": 3}));
        assert_eq!(
            (&cut["total"], &cut["truncated"], cut["resources"].as_array().map(Vec::len)),
            (&json!(14), &json!(true), Some(3))
        );
        assert_eq!(refused("A", TOOL, &json!({"limit": 101}))["field"], "limit");
        assert_eq!(refused("A", TOOL, &json!({"from": "2030-01-02", "to": "2030-01-01"}))["field"], "to");
        assert_eq!(refused("A", TOOL, &json!({"to": "2020-01-01"}))["field"], "to");
        assert_eq!(refused("A", TOOL, &json!({"resource_id": id("B/resource/Fixture 7")}))["code"], "not_found");
    }

    #[pg_test]
    fn maintenance_that_is_due_is_read_from_the_metadata() {
        demo();
        let booth = || one("A", "Powder booth", json!({}));
        assert_eq!(booth()["unavailable_because"], "maintenance");
        assert_eq!(
            booth()["maintenance"],
            json!({"due_date": null, "interval_days": 90, "overdue": true, "due_in_window": null})
        );
        for (due, expected) in [
            ("(now() AT TIME ZONE 'Europe/Amsterdam')::date + 3", (json!(false), json!(true))),
            ("(now() AT TIME ZONE 'Europe/Amsterdam')::date + 30", (json!(false), json!(false))),
            ("(now() AT TIME ZONE 'Europe/Amsterdam')::date - 3", (json!(true), json!(false))),
            // Not a day, so nothing is known.
            ("'2026-02-31'", (json!(false), Value::Null)),
        ] {
            Spi::run(&format!(
                "UPDATE mes.resources SET status = 'available', metadata = jsonb_build_object('maintenanceDue', ({due})::text)
                  WHERE id = mes_demo_id('A/resource/Powder booth')"
            ))
            .expect("a resource");
            let maintenance = booth()["maintenance"].clone();
            assert_eq!((maintenance["overdue"].clone(), maintenance["due_in_window"].clone()), expected, "{due}");
        }
    }

    #[pg_test]
    fn each_factory_sees_its_own_and_one_without_resources_sees_none() {
        demo();
        let theirs = one("B", "Fixture 7", json!({}));
        assert_eq!((&theirs["resource_id"], &theirs["status"]), (&json!(id("B/resource/Fixture 7")), &json!("in_use")));
        for tenant in ["C", "D"] {
            let answer = call(tenant, TOOL, &json!({}));
            assert_eq!(answer["resources"], json!([]));
            assert_eq!(
                (&answer["total"], &answer["available"], &answer["by_type"]),
                (&json!(0), &json!(0), &json!([]))
            );
        }
    }
}
