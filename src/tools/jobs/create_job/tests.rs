//! What `create_job` must do, on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn operation(cell: &str) -> Value {
        json!({"operation_name": "Cut", "cell_name": cell, "estimated_time_minutes": 10})
    }

    fn part(number: &str, operations: Value) -> Value {
        json!({"part_number": number, "material": "S235", "operations": operations})
    }

    #[pg_test]
    fn a_job_comes_with_its_parts_and_operations() {
        demo();
        let parts = json!([part("N-1", json!([operation("Laser 1"), operation("WELDING")])), part("N-2", json!([]))]);
        let arguments = json!({"job_number": "NEW-1", "customer_name": "Søn", "description": "x", "priority": "high",
                               "due_date": "2031-07-01", "parts": parts});
        let created = call("A", "create_job", &arguments);
        assert_eq!(created["job"]["customer"], "Søn");
        assert_eq!(created["job"]["priority"], "high");
        assert_eq!(created["job"]["status"], "not_started");
        assert_eq!(created["parts"][0]["operations"][1]["cell_id"], json!(id("A/cell/Welding")));
        assert_eq!(created["parts"][0]["operations"][1]["sequence"], 20);
        let row = "FROM mes.jobs WHERE job_number = 'NEW-1'";
        assert_eq!(
            sql(&format!("SELECT metadata || jsonb_build_object('notes', notes) {row}")),
            json!({"priority": "high", "notes": "x"})
        );
        assert_eq!(sql(&format!("SELECT due_date AT TIME ZONE 'Europe/Amsterdam' {row}")), "2031-07-01T00:00:00");
    }

    #[pg_test]
    fn a_job_that_cannot_be_made_leaves_nothing_behind() {
        demo();
        let with = |parts: Value| json!({"job_number": "NEW-1", "parts": parts});
        let taken = refused("A", "create_job", &json!({"job_number": "JOB-1001"}));
        assert_eq!((&taken["code"], &taken["id"]), (&json!("conflict"), &json!(id("A/job/JOB-1001"))));
        assert_eq!(refused("A", "create_job", &json!({"job_number": "JOB-1041"}))["deleted"], true);
        let unknown =
            refused("A", "create_job", &with(json!([part("N-1", json!([operation("Laser 1"), operation("Moon")]))])));
        assert_eq!(unknown["field"], "parts[0].operations[1].cell_name");
        let taken = refused("A", "create_job", &with(json!([part("N-1", json!([])), part("P-1012-01", json!([]))])));
        assert_eq!((&taken["code"], &taken["field"]), (&json!("conflict"), &json!("parts[1].part_number")));
        assert_eq!(
            refused("A", "create_job", &with(json!([part("N", json!([])), part("N", json!([]))])))["code"],
            "invalid_arguments"
        );
        let many: Vec<_> = (0..100).map(|n| part(&format!("N-{n}"), json!(vec![operation("Laser 1"); 11]))).collect();
        assert_eq!(refused("A", "create_job", &with(json!(many)))["code"], "limit_exceeded");
        assert_eq!(refused("C", "create_job", &with(json!([])))["code"], "limit_exceeded");
        assert_eq!(refused("D", "create_job", &with(json!([])))["code"], "invalid_state");
        assert_eq!(sql("SELECT count(*) FROM mes.jobs WHERE job_number = 'NEW-1'"), 0);
        assert_eq!(sql("SELECT count(*) FROM mes.parts WHERE part_number LIKE 'N%'"), 0);
    }
}
