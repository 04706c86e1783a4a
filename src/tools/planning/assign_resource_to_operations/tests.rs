//! Tests of assigning resources.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::batch::probe::{ids, limited, nothing_without_a_scope, rehearses, untouched};
    use crate::tools::lifecycle::probe::set;
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const TOOL: &str = "assign_resource_to_operations";
    /// Not started; the steps 2 to 5 of one part, planned one after the other.
    const STEPS: [&str; 3] = ["A/operation/P-1010-02/2", "A/operation/P-1010-02/3", "A/operation/P-1010-02/4"];
    /// In progress, planned for this morning, both.
    const TOGETHER: [&str; 2] = ["A/operation/P-1009-02/2", "A/operation/P-1009-03/2"];

    fn listed(operations: &[&str]) -> Value {
        operations.iter().map(|operation| json!(id(operation))).collect()
    }

    /// The resources of an operation, with quantity and notes.
    fn links(operation: &str) -> Value {
        sql(&format!(
            "SELECT coalesce(json_agg(json_build_array(r.name, x.quantity, x.notes) ORDER BY r.name), '[]')
               FROM mes.operation_resources x JOIN mes.resources r ON r.id = x.resource_id
              WHERE x.operation_id = mes_demo_id('{operation}')"
        ))
    }

    fn link(operation: &str, resource: &str) {
        Spi::run(&format!(
            "INSERT INTO mes.operation_resources (tenant_id, operation_id, resource_id, quantity, notes)
             VALUES (mes_demo_id('A'), mes_demo_id('{operation}'), mes_demo_id('A/resource/{resource}'), 3, 'old')"
        ))
        .expect("a link");
    }

    #[pg_test]
    fn a_resource_is_added_changed_replaced_and_removed() {
        demo();
        link(STEPS[0], "Fixture 8");
        link(STEPS[1], "Fixture 7");
        link(STEPS[1], "Mold 12");
        let with = |fields: Value| {
            let mut arguments = json!({"resource_name": "fixture 8", "operation_ids": listed(&STEPS)});
            arguments.as_object_mut().expect("an object").extend(fields.as_object().cloned().unwrap_or_default());
            arguments
        };
        let actions = |answer: &Value| -> Vec<Value> {
            answer["operations"].as_array().into_iter().flatten().map(|row| row["action"].clone()).collect()
        };
        let added = rehearses(TOOL, &with(json!({})));
        assert_eq!(
            (&added["changed"], &added["unchanged"], actions(&added)),
            (&json!(2), &json!(1), vec![json!("assigned"); 2])
        );
        assert_eq!(added["resource"]["resource_name"], "Fixture 8");
        // What is not given stays as it is.
        assert_eq!(links(STEPS[0]), json!([["Fixture 8", 3.0, "old"]]));
        assert_eq!(links(STEPS[2]), json!([["Fixture 8", 1.0, null]]));
        let changed = rehearses(TOOL, &with(json!({"quantity": 2.5, "notes": "new"})));
        assert_eq!((&changed["changed"], actions(&changed)), (&json!(3), vec![json!("updated"); 3]));
        let first = changed["operations"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|row| row["id"] == json!(id(STEPS[0])))
            .cloned();
        assert_eq!(first.map(|row| json!([row["old_quantity"], row["new_quantity"]])), Some(json!([3.0, 2.5])));
        assert_eq!(
            links(STEPS[1]),
            json!([["Fixture 7", 3.0, "old"], ["Fixture 8", 2.5, "new"], ["Mold 12", 3.0, "old"]])
        );
        let same = call("A", TOOL, &with(json!({"quantity": 2.5, "notes": "new"})));
        assert_eq!((&same["changed"], &same["unchanged"]), (&json!(0), &json!(3)));

        let replaced = rehearses(TOOL, &with(json!({"mode": "replace"})));
        assert_eq!(
            (&replaced["changed"], &replaced["operations"][0]["replaced"][0]["name"]),
            (&json!(1), &json!("Fixture 7"))
        );
        assert_eq!(links(STEPS[1]), json!([["Fixture 8", 2.5, "new"], ["Mold 12", 3.0, "old"]]));
        let removed = rehearses(TOOL, &with(json!({"mode": "remove"})));
        assert_eq!((&removed["changed"], actions(&removed)), (&json!(3), vec![json!("removed"); 3]));
        assert_eq!((links(STEPS[0]), links(STEPS[1])), (json!([]), json!([["Mold 12", 3.0, "old"]])));
        assert_eq!(call("A", TOOL, &with(json!({"mode": "remove"})))["unchanged"], 3);
        let tenant = "SELECT count(*) FROM mes.operation_resources x JOIN mes.operations o ON o.id = x.operation_id WHERE x.tenant_id <> o.tenant_id";
        assert_eq!(sql(tenant), 0);
    }

    #[pg_test]
    fn a_resource_that_cannot_be_used_is_not_assigned() {
        demo();
        let with = |resource: &str, fields: Value| {
            let mut arguments = json!({"resource_id": id(resource), "operation_ids": listed(&STEPS)});
            arguments.as_object_mut().expect("an object").extend(fields.as_object().cloned().unwrap_or_default());
            arguments
        };
        let retired = untouched(TOOL, &with("A/resource/Fixture 3", json!({"force": true})));
        assert_eq!((&retired["code"], &retired["status"]), (&json!("invalid_state"), &json!("retired")));
        let maintained = untouched(TOOL, &with("A/resource/Powder booth", json!({})));
        assert_eq!((&maintained["code"], &maintained["status"]), (&json!("invalid_state"), &json!("maintenance")));
        assert_eq!(call("A", TOOL, &with("A/resource/Powder booth", json!({"force": true})))["changed"], 3);
        assert_eq!(call("A", TOOL, &with("A/resource/Powder booth", json!({"mode": "remove"})))["changed"], 3);
        set("A/resource/Fixture 8", "active = false");
        let inactive = untouched(TOOL, &with("A/resource/Fixture 8", json!({"force": true})));
        assert_eq!((&inactive["code"], &inactive["active"]), (&json!("invalid_state"), &json!(false)));
        set("A/resource/Fixture 8", "deleted_at = now()");
        for missing in ["A/resource/Fixture 8", "B/resource/Fixture 7", "nothing"] {
            let error = untouched(TOOL, &with(missing, json!({})));
            assert_eq!(error["message"], format!("resource not found: {}", id(missing)));
        }
        let by_name = |name: &str| untouched(TOOL, &json!({"resource_name": name, "operation_ids": listed(&STEPS)}));
        // Parts of a name are no name.
        for name in ["Fixture", "Fixture%", "Fixture 8"] {
            assert_eq!(by_name(name)["code"], "not_found");
        }
        Spi::run("INSERT INTO mes.resources (tenant_id, name, type) VALUES (mes_demo_id('A'), 'FIXTURE 7', 'fixture')")
            .expect("a resource");
        let several = by_name("fixture 7");
        assert_eq!(
            (&several["code"], several["candidates"].as_array().map(Vec::len)),
            (&json!("invalid_arguments"), Some(2))
        );
        assert_eq!(untouched(TOOL, &json!({"operation_ids": listed(&STEPS)}))["code"], "invalid_arguments");
        let both = json!({"resource_name": "Mold 12", "operation_ids": [], "scope": {}});
        assert_eq!(untouched(TOOL, &both)["field"], "operation_ids");
        assert_eq!(
            untouched(TOOL, &json!({"resource_name": "Mold 12", "operation_ids": listed(&STEPS), "quantity": 0}))["field"],
            "quantity"
        );
    }

    #[pg_test]
    fn operations_that_need_it_at_the_same_time_are_a_conflict_unless_forced() {
        demo();
        let mut arguments = json!({"resource_name": "Fixture 8", "operation_ids": listed(&TOGETHER)});
        let error = untouched(TOOL, &arguments);
        assert_eq!((&error["code"], &error["failed"]), (&json!("conflict"), &json!(1)));
        let (failed, other) =
            (&error["failures"][0]["id"], &error["failures"][0]["conflicts"][0]["other_operation_id"]);
        let mut both = [failed.to_string(), other.to_string()];
        let mut expected = TOGETHER.map(|operation| json!(id(operation)).to_string());
        both.sort();
        expected.sort();
        assert_eq!(both, expected);

        arguments["partial"] = json!(true);
        let partial = rehearses(TOOL, &arguments);
        assert_eq!((&partial["changed"], &partial["conflict_count"]), (&json!(1), &json!(0)));
        assert_eq!((&partial["skipped"][0]["reason"], &partial["skipped"][0]["id"]), (&json!("conflict"), failed));
        // The one that has it is in the way of the other one also in a call of its own.
        let alone = json!({"resource_name": "Fixture 8", "operation_ids": [failed]});
        assert_eq!(untouched(TOOL, &alone)["code"], "conflict");
        arguments["force"] = json!(true);
        let forced = rehearses(TOOL, &arguments);
        assert_eq!(
            (&forced["changed"], &forced["conflict_count"], &forced["unchanged"]),
            (&json!(1), &json!(1), &json!(1))
        );
        let overlap = "SELECT min(greatest(planned_end, now())) FROM mes.operations WHERE id IN (mes_demo_id('A/operation/P-1009-02/2'), mes_demo_id('A/operation/P-1009-03/2'))";
        let instant =
            |value: &Value| value.as_str().and_then(|text| text.parse::<chrono::DateTime<chrono::Utc>>().ok());
        assert_eq!(instant(&forced["conflicts"][0]["overlap_end"]), instant(&sql(overlap)));
        // Of nine sheets, two operations can have four each at a time, but not five. Of a material without a number there is enough.
        let sheets = |quantity: i64| json!({"resource_name": "Sheet AlMg3 2 mm", "operation_ids": listed(&TOGETHER), "quantity": quantity});
        assert_eq!(call("A", TOOL, &sheets(4))["changed"], 2);
        let more = untouched(TOOL, &sheets(5));
        assert_eq!((&more["code"], &more["failures"][0]["needed_quantity"]), (&json!("conflict"), &json!(10.0)));
        set("A/resource/Sheet AlMg3 2 mm", "metadata = NULL");
        assert_eq!(call("A", TOOL, &sheets(5))["changed"], 2);
        // Nobody knows when an operation that is not planned needs it; one that runs needs it now, planned or not.
        let mold = json!({"resource_name": "Mold 12", "operation_ids": listed(&STEPS[..2])});
        let tomorrow = "planned_start = now() + interval '1 day', planned_end = now() + interval '2 days'";
        set(STEPS[0], tomorrow);
        set(STEPS[1], tomorrow);
        assert_eq!(untouched(TOOL, &mold)["code"], "conflict");
        set(STEPS[1], "planned_start = NULL, planned_end = NULL");
        assert_eq!(call("A", TOOL, &mold)["changed"], 2);
        set(TOGETHER[0], "planned_start = NULL, planned_end = NULL");
        set(TOGETHER[1], tomorrow);
        let running = json!({"resource_name": "Mold 14", "operation_ids": listed(&TOGETHER)});
        assert_eq!(untouched(TOOL, &running)["code"], "conflict");
    }

    #[pg_test]
    fn an_assignment_is_for_all_operations_of_the_scope_or_none() {
        demo();
        nothing_without_a_scope(
            TOOL,
            "operations",
            "operation_ids",
            &json!({"resource_name": "Mold 12", "force": true}),
        );
        let completed = "A/operation/P-1031-01/1";
        let four = [STEPS[0], STEPS[1], completed, STEPS[2]];
        let mut arguments =
            json!({"resource_name": "Mold 12", "operation_ids": listed(&four), "filter": {"exclude_completed": false}});
        let error = untouched(TOOL, &arguments);
        assert_eq!((&error["code"], &error["failures"][0]["id"]), (&json!("invalid_state"), &json!(id(completed))));
        arguments["filter"] = json!({});
        let answer = rehearses(TOOL, &arguments);
        assert_eq!((&answer["changed"], &answer["excluded"]["completed"]), (&json!(3), &json!(1)));
        let deleted = ids(
            "SELECT id FROM mes.operations WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NOT NULL ORDER BY id LIMIT 1",
        );
        for missing in [deleted[0].clone(), json!(id("B/operation/P-1001-01/4")), json!(id("nothing"))] {
            let error = untouched(TOOL, &json!({"resource_name": "Mold 12", "operation_ids": [id(STEPS[0]), missing]}));
            assert_eq!((&error["code"], &error["missing"]), (&json!("not_found"), &json!([missing])));
        }
        let scope = json!({"job_number": "JOB-1012", "cell_name": "press brake"});
        limited(
            TOOL,
            &json!({"resource_name": "Mold 14", "scope": scope, "force": true}),
            "SELECT count(*) FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id WHERE p.job_id = mes_demo_id('A/job/JOB-1012')
                AND o.cell_id = mes_demo_id('A/cell/Press Brake') AND o.deleted_at IS NULL AND p.deleted_at IS NULL AND o.status <> 'completed'",
        );
        assert_eq!(refused("D", TOOL, &json!({"resource_name": "Mold 12", "operation_ids": []}))["code"], "not_found");
    }

    #[pg_test]
    fn a_link_table_without_a_tenant_serves_as_well() {
        demo();
        // As in Eryxon Flow.
        Spi::run(
            "ALTER TABLE mes.operation_resources DROP COLUMN tenant_id CASCADE;
             ALTER TABLE mes.operation_resources ADD UNIQUE (operation_id, resource_id);
             SELECT mcp_attach_mes('mes')",
        )
        .expect("a link table of the older shape");
        let mut arguments = json!({"resource_name": "Fixture 8", "operation_ids": listed(&STEPS), "quantity": 2});
        assert_eq!(call("A", TOOL, &arguments)["changed"], 3);
        assert_eq!(links(STEPS[0]), json!([["Fixture 8", 2.0, null]]));
        arguments["quantity"] = json!(3);
        assert_eq!(call("A", TOOL, &arguments)["changed"], 3);
        arguments["mode"] = json!("replace");
        arguments["resource_name"] = json!("Fixture 7");
        assert_eq!(call("A", TOOL, &arguments)["changed"], 3);
        assert_eq!(links(STEPS[0]), json!([["Fixture 7", 3.0, null]]));
        arguments["mode"] = json!("remove");
        assert_eq!(call("A", TOOL, &arguments)["changed"], 3);
        assert_eq!(links(STEPS[0]), json!([]));
    }
}
