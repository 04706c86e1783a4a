//! What `fetch_parts_by_customer` must do, on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    /// What fits, as another query counts it: `[parts, jobs, customers]`.
    fn expected(tenant: &str, customers: &str, which: &str) -> Value {
        sql(&format!(
            "SELECT json_build_array(count(*), count(DISTINCT j.id), count(DISTINCT lower(j.customer)))
               FROM mes.parts p JOIN mes.jobs j ON j.id = p.job_id
              WHERE j.tenant_id = mes_demo_id('{tenant}') AND p.deleted_at IS NULL AND j.deleted_at IS NULL
                AND {customers} AND {which}"
        ))
    }

    fn totals(answer: &Value) -> Value {
        json!([answer["total_parts"], answer["total_jobs"], answer["total_customers"]])
    }

    const OPEN: &str = "p.status <> 'completed' AND j.status <> 'completed'";

    #[pg_test]
    fn a_customers_parts_are_found_in_any_case_and_pattern_characters_mean_themselves() {
        demo();
        let of = |arguments: Value| call("A", "fetch_parts_by_customer", &arguments);
        for (arguments, customers, which) in [
            (json!({"customer": "van Leeuwen"}), "lower(j.customer) = 'van leeuwen machines'", OPEN),
            (json!({"customer_name": "%"}), "strpos(j.customer, '%') > 0", OPEN),
            (json!({"customer": "_"}), "strpos(j.customer, '_') > 0", OPEN),
            (json!({"customer": "e"}), "strpos(lower(j.customer), 'e') > 0", OPEN),
            (json!({"customer": "acme", "include_completed": true}), "j.customer = 'ACME Industries'", "true"),
            (
                json!({"customer": "acme", "status": "pending"}),
                "j.customer = 'ACME Industries'",
                "p.status = 'not_started' AND j.status <> 'completed'",
            ),
            (
                json!({"customer": "acme", "status": "completed"}),
                "j.customer = 'ACME Industries'",
                "p.status = 'completed'",
            ),
        ] {
            let answer = of(arguments.clone());
            assert_eq!(totals(&answer), expected("A", customers, which), "{arguments}");
            assert_ne!(answer["total_parts"], 0, "{arguments}");
            assert_eq!(answer["similar_customers"], json!([]), "{arguments}");
        }
        let both = of(json!({"customer": "VAN LEEUWEN", "include_completed": true}));
        assert_eq!(both["total_customers"], 1);
        assert_eq!(refused("A", "fetch_parts_by_customer", &json!({}))["field"], "customer");
        assert_eq!(refused("A", "fetch_parts_by_customer", &json!({"customer": ""}))["field"], "customer");
        assert_eq!(call("D", "fetch_parts_by_customer", &json!({"customer": "a"}))["jobs"], json!([]));
    }

    #[pg_test]
    fn pages_hold_every_part_once_and_tell_how_many_of_a_job_follow() {
        demo();
        let (mut arguments, mut parts, mut jobs) = (json!({"customer": "e", "limit": 7}), Vec::new(), Vec::new());
        let mut due: Vec<(String, String)> = Vec::new();
        loop {
            let page = call("A", "fetch_parts_by_customer", &arguments);
            let mut shown = 0;
            for job in page["jobs"].as_array().expect("jobs") {
                let here = job["parts"].as_array().expect("parts");
                assert!(!here.is_empty());
                shown += here.len();
                parts.extend(here.iter().map(|part| part["id"].to_string()));
                if jobs.last() != Some(&job["id"]) {
                    jobs.push(job["id"].clone());
                }
                due.push((job["effective_due_date"].as_str().unwrap_or("~").to_owned(), job["job_number"].to_string()));
            }
            let last = page["jobs"].as_array().and_then(|jobs| jobs.last()).cloned().unwrap_or_default();
            assert_eq!(page["count"], shown);
            if page["next_cursor"].is_null() {
                assert_eq!(last["more_parts"], 0);
                assert_eq!(
                    (json!(parts.len()), json!(jobs.len())),
                    (page["total_parts"].clone(), page["total_jobs"].clone())
                );
                break;
            }
            arguments["cursor"] = page["next_cursor"].clone();
            let next = call("A", "fetch_parts_by_customer", &arguments)["jobs"][0]["id"] == last["id"];
            assert_eq!(last["more_parts"] != 0, next);
        }
        assert!(due.is_sorted(), "{due:?}");
        parts.sort_unstable();
        parts.dedup();
        assert_eq!((json!(parts.len()), json!(jobs.len())), {
            let count = expected("A", "strpos(lower(j.customer), 'e') > 0", OPEN);
            (count[0].clone(), count[1].clone())
        });
    }

    #[pg_test]
    fn parts_come_with_their_live_operations_and_the_date_that_counts() {
        demo();
        let answer = call("A", "fetch_parts_by_customer", &json!({"customer": "acme", "limit": 500}));
        let job = |number: &str| {
            let jobs = answer["jobs"].as_array().into_iter().flatten();
            jobs.clone().find(|job| job["job_number"] == number).cloned().expect("the job")
        };
        let moved = job("JOB-1009");
        assert_eq!(
            moved["effective_due_date"],
            sql("SELECT due_date_override FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1009')")
        );
        for part in job("JOB-1016")["parts"].as_array().expect("parts") {
            let counts = sql(&format!(
                "SELECT json_build_object('total', count(*), 'completed', count(*) FILTER (WHERE status = 'completed'))
                   FROM mes.operations WHERE part_id = '{}' AND deleted_at IS NULL",
                part["id"].as_str().unwrap_or_default()
            ));
            assert_eq!(part["operations"], counts);
        }
        let odd = call("C", "fetch_parts_by_customer", &json!({"customer": "café", "include_completed": true}));
        assert_eq!(
            (&odd["total_parts"], &odd["total_jobs"], &odd["total_customers"]),
            (&json!(4), &json!(2), &json!(1))
        );
        assert_eq!(call("C", "fetch_parts_by_customer", &json!({"customer": "Gone"}))["total_parts"], 0);
    }

    #[pg_test]
    fn when_nothing_fits_customers_to_look_for_are_named() {
        demo();
        let similar = |tenant: &str, text: &str| {
            let answer = call(tenant, "fetch_parts_by_customer", &json!({"customer": text}));
            assert_eq!((&answer["total_parts"], &answer["jobs"]), (&json!(0), &json!([])), "{text}");
            answer["similar_customers"].clone()
        };
        let close = similar("A", "Hidrotec");
        assert_eq!(close, json!([{"customer": "Hydrotec Benelux", "jobs": 4, "contains": false}]));
        assert_eq!(similar("A", "xyz"), json!([]));
        Spi::run(
            "UPDATE mes.parts SET status = 'completed' WHERE job_id IN
                  (SELECT id FROM mes.jobs WHERE lower(customer) = 'van leeuwen machines')",
        )
        .expect("parts");
        assert_eq!(similar("A", "Leeuw"), json!([{"customer": "VAN LEEUWEN MACHINES", "jobs": 3, "contains": true}]));
        Spi::run("UPDATE mes.jobs SET customer = 'Nachbar GmbH' WHERE id = mes_demo_id('B/job/JOB-1001')")
            .expect("a job");
        assert_eq!(similar("A", "Nachbar"), json!([]));
    }
}
