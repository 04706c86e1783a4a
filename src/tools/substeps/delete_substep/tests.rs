//! Tests of `delete_substep`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, refused};
    use crate::tools::substeps::probe::{sequences, step};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn a_substep_is_deleted_for_good_and_a_completed_one_only_by_force() {
        demo();
        let gone = call("B", "delete_substep", &json!({"id": step(2)}));
        assert_eq!((&gone["deleted"]["id"], &gone["deleted"]["name"]), (&step(2), &json!("First article")));
        assert_eq!(gone["progress"], json!({"total": 2, "completed": 1, "blocked": 0}));
        assert_eq!(refused("B", "delete_substep", &json!({"id": step(2)}))["code"], "not_found");
        let completed = refused("B", "delete_substep", &json!({"id": step(1)}));
        assert_eq!((&completed["code"], &completed["status"]), (&json!("invalid_state"), &json!("completed")));
        assert_eq!(refused("A", "delete_substep", &json!({"id": step(1), "force": true}))["code"], "not_found");
        assert_eq!(sequences(), json!([["Touch off tools", 1], ["Deburr", 3]]));
        let forced = call("B", "delete_substep", &json!({"id": step(1), "force": true}));
        assert_eq!(forced["deleted"]["status"], "completed");
        assert_eq!(sequences(), json!([["Deburr", 3]]));
    }
}
