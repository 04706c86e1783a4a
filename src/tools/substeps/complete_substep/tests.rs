//! Tests of `complete_substep`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused};
    use crate::tools::substeps::probe::{column, step};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn a_substep_is_completed_once_and_the_last_one_says_so() {
        demo();
        let person = id("B/profile/jan.smit");
        let complete = |number: u8, person: Value| {
            call("B", "complete_substep", &json!({"substep_id": step(number), "completed_by": person}))
        };
        let first = complete(2, json!(person));
        assert_eq!((&first["previous_status"], &first["all_completed"]), (&json!("not_started"), &json!(false)));
        assert_eq!(first["substep"]["completed_by"], json!(person));
        assert!(first["substep"]["completed_at"].is_string() && first["substep"]["completed_by_name"].is_string());
        Spi::run(
            "UPDATE mes.substeps SET completed_at = '2020-01-01Z', updated_at = '2020-01-01Z'
                   WHERE completed_at IS NOT NULL",
        )
        .expect("an older time");
        let again = complete(2, Value::Null);
        assert_eq!(
            (&again["previous_status"], &again["substep"]["completed_by"]),
            (&json!("completed"), &json!(person))
        );
        assert_eq!(column(2, "extract(year FROM completed_at) + extract(year FROM updated_at)"), 4040);
        let last = complete(3, Value::Null);
        assert_eq!((&last["all_completed"], &last["progress"]["completed"]), (&json!(true), &json!(3)));
        assert_eq!(last["substep"]["completed_by"], Value::Null);

        let refuse = |tenant: &str, step: &Value, person: Value| {
            refused(tenant, "complete_substep", &json!({"id": step, "completed_by": person}))
        };
        assert_eq!(refuse("A", &step(3), Value::Null)["code"], "not_found");
        assert_eq!(refuse("B", &json!(id("nothing")), Value::Null)["code"], "not_found");
        let stranger = refuse("B", &step(3), json!(id("A/profile/jan.smit")));
        assert_eq!((&stranger["code"], &stranger["field"]), (&json!("not_found"), &json!("completed_by")));
        Spi::run("UPDATE mes.profiles SET active = false WHERE id = mes_demo_id('B/profile/jan.smit')")
            .expect("a person");
        assert_eq!(refuse("B", &step(3), json!(person))["code"], "invalid_state");
        let blocked = refuse("C", &json!(id("C/substep/L-2-1/2/1")), Value::Null);
        assert_eq!(
            (&blocked["code"], &blocked["allowed"]),
            (&json!("invalid_state"), &json!(["not_started", "in_progress"]))
        );
    }
}
