//! What `fetch_parts` must do, on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, total};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn parts_are_found_by_what_they_are() {
        demo();
        for (arguments, count) in [
            (json!({}), 130),
            (json!({"status": "pending"}), 25),
            (json!({"job_number": "JOB-1012"}), 30),
            (json!({"part_number": "p-1012-0"}), 9),
            (json!({"is_bullet_card": true}), 2),
            (json!({"is_bullet_card": false}), 128),
            (json!({"part_number": "P 1012 09"}), 1),
            (json!({"material": "%"}), 0),
            (json!({"search": "D-1007-2"}), 1),
            (json!({"search": "1007-2 d"}), 1),
            (json!({"job_id": id("A/job/JOB-1041")}), 0),
            (json!({"job_id": id("B/job/JOB-1001")}), 0),
        ] {
            assert_eq!(total("A", "fetch_parts", &arguments), count, "{arguments}");
        }
        assert_eq!(refused("A", "fetch_parts", &json!({"limit": 501}))["field"], "limit");
        assert_eq!(call("D", "fetch_parts", &json!({}))["parts"], json!([]));
    }

    #[pg_test]
    fn pages_hold_every_part_once_in_every_order() {
        demo();
        for order in ["newest", "due_date", "part_number"] {
            let arguments = json!({"order": order, "limit": 9});
            assert_eq!(page_through("A", "fetch_parts", "parts", &arguments), 130, "{order}");
        }
    }
}
