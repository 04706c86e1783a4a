//! Tests of `add_substep`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use crate::tools::substeps::probe::{OPERATION, complete_operation, sequences, step};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn add(fields: Value) -> Value {
        let mut arguments = fields;
        arguments["operation_id"] = json!(id(OPERATION));
        call("B", "add_substep", &arguments)
    }

    #[pg_test]
    fn a_substep_is_added_last_or_where_it_was_asked_for() {
        demo();
        let last = add(json!({"description": "Pack", "notes": "In foil"}));
        assert_eq!((&last["substep"]["sequence"], &last["moved"]), (&json!(4), &json!(0)));
        assert_eq!((&last["substep"]["status"], &last["substep"]["notes"]), (&json!("not_started"), &json!("In foil")));
        assert_eq!(last["progress"], json!({"total": 4, "completed": 1, "blocked": 0}));
        assert_eq!(add(json!({"name": "Far", "sequence": 9}))["moved"], 0);
        assert_eq!(add(json!({"name": "Second", "sequence": 2}))["moved"], 4);
        let expected = json!([
            ["Touch off tools", 1],
            ["Second", 2],
            ["First article", 3],
            ["Deburr", 4],
            ["Pack", 5],
            ["Far", 10]
        ]);
        assert_eq!(sequences(), expected);
        let before = add(json!({"name": "Before", "before": step(3)}));
        assert_eq!((&before["substep"]["sequence"], &before["moved"]), (&json!(4), &json!(3)));
        let after = add(json!({"name": "After", "after_substep_id": step(3)}));
        assert_eq!((&after["substep"]["sequence"], &after["moved"]), (&json!(6), &json!(2)));
        let names: Vec<_> = sequences().as_array().into_iter().flatten().map(|row| row[0].clone()).collect();
        assert_eq!(
            json!(names),
            json!(["Touch off tools", "Second", "First article", "Before", "Deburr", "After", "Pack", "Far"])
        );
        let first = sql(
            "SELECT id FROM mes.operations o WHERE tenant_id = mes_demo_id('B') AND status = 'not_started'
                                     AND NOT EXISTS (SELECT 1 FROM mes.substeps s WHERE s.operation_id = o.id) LIMIT 1",
        );
        let first = call("B", "add_substep", &json!({"operation_id": first, "name": "First"}));
        assert_eq!(first["substep"]["sequence"], 1);

        let other = |tenant: &str, operation: &str| {
            refused(tenant, "add_substep", &json!({"operation_id": id(operation), "name": "x"}))
        };
        assert_eq!(other("A", OPERATION)["message"], format!("operation not found: {}", id(OPERATION)));
        assert_eq!(other("B", "nothing")["code"], "not_found");
        for name in ["", " x", "a\nb"] {
            let error = refused("B", "add_substep", &json!({"operation_id": id(OPERATION), "name": name}));
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_arguments"), &json!("name")));
        }
        let zero = refused("B", "add_substep", &json!({"operation_id": id(OPERATION), "name": "x", "sequence": 0}));
        assert_eq!(zero["field"], "sequence");
        let beside = |neighbours: Value| {
            let mut arguments = neighbours;
            arguments["operation_id"] = json!(id(OPERATION));
            arguments["name"] = json!("x");
            refused("B", "add_substep", &arguments)
        };
        // Of another operation, of another tenant, unknown.
        for stranger in [json!(id("C/substep/L-2-1/2/1")), json!(id("A/substep/P-1012-03/1/4")), json!(id("nothing"))] {
            let error = beside(json!({"after": stranger}));
            assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("after_substep_id")));
        }
        for twice in [json!({"sequence": 1, "before": step(2)}), json!({"after": step(1), "before": step(2)})] {
            assert_eq!(beside(twice)["field"], "before_substep_id");
        }
        complete_operation();
        let completed = other("B", OPERATION);
        assert_eq!((&completed["code"], &completed["status"]), (&json!("invalid_state"), &json!("completed")));
        Spi::run("UPDATE mes.parts SET deleted_at = now()").expect("parts");
        assert_eq!(other("B", OPERATION)["code"], "not_found");
    }
}
