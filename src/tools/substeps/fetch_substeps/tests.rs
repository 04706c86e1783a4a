//! Tests of `fetch_substeps`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, sql, total};
    use crate::tools::substeps::probe::{OPERATION, step};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn substeps_come_in_the_order_of_work_with_their_progress() {
        demo();
        let list = call("B", "fetch_substeps", &json!({"task_id": id(OPERATION), "status": "pending", "limit": 1}));
        assert_eq!(list["progress"], json!({"total": 3, "completed": 1, "blocked": 0}));
        assert_eq!((&list["count"], &list["substeps"][0]["id"]), (&json!(1), &step(2)));
        let (part, job) = (id("B/part/P-1001-01"), id("B/job/JOB-1001"));
        assert_eq!(total("B", "fetch_substeps", &json!({"part_id": part})), 3);
        assert_eq!(total("B", "fetch_substeps", &json!({"job_id": job, "status": "completed"})), 1);
        assert_eq!(total("B", "fetch_substeps", &json!({"part_number": "p-1001-01"})), 3);
        assert_eq!(total("B", "fetch_substeps", &json!({"job_number": "JOB-1001", "operation_id": id(OPERATION)})), 3);
        for (tenant, place, what) in [
            ("A", json!({"operation_id": id(OPERATION)}), "operation"),
            ("B", json!({"operation_id": id("nothing")}), "operation"),
            ("B", json!({"part_id": id("nothing")}), "part"),
            ("B", json!({"part_id": part, "job_id": id("A/job/JOB-1001")}), "job"),
            ("B", json!({"part_number": "P-9999-01"}), "part"),
            ("A", json!({"job_number": "JOB-1041"}), "job"),
            ("D", json!({"job_number": "JOB-1001"}), "job"),
        ] {
            let error = refused(tenant, "fetch_substeps", &place);
            assert_eq!(error["code"], "not_found", "{place}");
            assert!(
                error["message"].as_str().is_some_and(|said| said.starts_with(&format!("{what} not found"))),
                "{error}"
            );
        }
        let list = call("A", "fetch_substeps", &json!({"part_number": "P-1001-01"}));
        assert_eq!(list["progress"], json!({"total": 0, "completed": 0, "blocked": 0}));
        let without = refused("B", "fetch_substeps", &json!({"status": "blocked"}));
        assert_eq!(without["code"], "invalid_arguments");
        let unknown = refused("B", "fetch_substeps", &json!({"operation_id": id(OPERATION), "status": "done"}));
        assert_eq!((&unknown["field"], unknown["accepted"].as_array().map(Vec::len)), (&json!("status"), Some(4)));
        let job = sql("SELECT p.job_id FROM mes.substeps s JOIN mes.operations o ON o.id = s.operation_id
                         JOIN mes.parts p ON p.id = o.part_id WHERE s.tenant_id = mes_demo_id('A')
                        GROUP BY 1 ORDER BY count(DISTINCT s.operation_id) DESC, 1 LIMIT 1");
        let all = total("A", "fetch_substeps", &json!({"job_id": job}));
        assert!(all > 5, "{all}");
        assert_eq!(page_through("A", "fetch_substeps", "substeps", &json!({"job_id": job, "limit": 3})) as i64, all);
        let list = call("A", "fetch_substeps", &json!({"job_id": job, "limit": 500}));
        let rows = list["substeps"].as_array().into_iter().flatten();
        let order: Vec<_> = rows
            .map(|row| {
                let number = |name: &str| row[name].as_i64();
                (
                    row["part_number"].to_string(),
                    number("operation_sequence"),
                    row["operation_id"].to_string(),
                    number("sequence"),
                )
            })
            .collect();
        assert!(order.is_sorted(), "{order:?}");
    }
}
