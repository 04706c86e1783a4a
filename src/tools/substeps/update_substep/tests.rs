//! Tests of `update_substep`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused};
    use crate::tools::substeps::probe::{column, complete_operation, sequences, step};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn an_update_keeps_who_and_when_and_the_order() {
        demo();
        let update = |fields: Value| {
            let mut arguments = fields;
            arguments["id"] = step(3);
            call("B", "update_substep", &arguments)
        };
        let moved = update(json!({"sequence": 1, "name": "Deburr edges", "notes": "All"}));
        assert_eq!(moved["moved"], 2);
        assert_eq!(moved["changes"]["sequence"], json!({"old": 3, "new": 1}));
        assert_eq!(moved["changes"]["notes"], json!({"old": null, "new": "All"}));
        assert_eq!(sequences(), json!([["Deburr edges", 1], ["Touch off tools", 2], ["First article", 3]]));
        let person = json!(id("B/profile/jan.smit"));
        let done = update(json!({"status": "completed", "completed_by": person, "notes": null}));
        assert_eq!((&done["substep"]["completed_by"], &done["substep"]["notes"]), (&person, &Value::Null));
        assert_eq!(done["progress"]["completed"], 2);
        Spi::run("UPDATE mes.substeps SET updated_at = '2020-01-01Z'").expect("an older time");
        let same = update(json!({"status": "completed", "sequence": 1, "notes": null}));
        assert_eq!((&same["changes"], &same["moved"]), (&json!({}), &json!(0)));
        assert_eq!(column(3, "extract(year FROM updated_at)"), 2020);
        assert_eq!(update(json!({"name": "Deburr"}))["substep"]["completed_by"], person);
        let open = update(json!({"status": "pending"}));
        assert_eq!((&open["substep"]["completed_by"], &open["substep"]["completed_at"]), (&Value::Null, &Value::Null));
        assert_eq!(update(json!({"status": "blocked"}))["progress"]["blocked"], 1);
    }

    #[pg_test]
    fn a_substep_is_not_updated_against_the_rules() {
        demo();
        let update = |tenant: &str, step: Value, fields: Value| {
            let mut arguments = fields;
            arguments["id"] = step;
            refused(tenant, "update_substep", &arguments)
        };
        assert_eq!(update("B", step(2), json!({}))["code"], "invalid_arguments");
        assert_eq!(update("B", step(2), json!({"name": null}))["code"], "invalid_arguments");
        let person = json!(id("B/profile/jan.smit"));
        let error = update("B", step(2), json!({"status": "blocked", "completed_by": person}));
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_arguments"), &json!("completed_by")));
        let error = update("B", step(2), json!({"status": "completed", "completed_by": id("A/profile/jan.smit")}));
        assert_eq!(error["code"], "not_found");
        let error = update("B", step(1), json!({"status": "blocked"}));
        assert_eq!((&error["from"], &error["to"]), (&json!("completed"), &json!("blocked")));
        assert_eq!(update("A", step(2), json!({"notes": "x"}))["code"], "not_found");
        assert_eq!(update("B", json!(id("nothing")), json!({"notes": "x"}))["code"], "not_found");
        complete_operation();
        let error = update("B", step(1), json!({"status": "in_progress"}));
        assert_eq!((&error["code"], &error["operation_status"]), (&json!("invalid_state"), &json!("completed")));
        call("B", "update_substep", &json!({"id": step(1), "notes": "still possible"}));
    }
}
