//! What `fetch_jobs` must do, on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn columns_that_are_not_asked_for_are_not_shown() {
        demo();
        let job = |arguments: Value| call("A", "fetch_jobs", &arguments)["jobs"][0].clone();
        let slim = job(json!({"search": "JOB-1005"}));
        assert!(slim.get("notes").is_none() && slim.get("sync_hash").is_none(), "{slim}");
        let more = job(json!({"search": "JOB-1005", "fields": ["notes", "external_id"]}));
        assert_eq!((&more["notes"], &more["external_id"]), (&json!("Deliver together with JOB-1001"), &Value::Null));
        let refused = refused("A", "fetch_jobs", &json!({"fields": ["sync_hash"]}));
        assert_eq!(refused["accepted"], json!(["notes", "external_id", "external_source"]));
    }

    #[pg_test]
    fn a_search_finds_all_of_its_words_in_any_order_in_any_column() {
        demo();
        Spi::run("UPDATE mes.jobs SET notes = 'Order 4711/B, 50%_off' WHERE id = mes_demo_id('A/job/JOB-1002')")
            .expect("notes");
        let searched = |search: &str| total("A", "fetch_jobs", &json!({"search": search}));
        for (search, condition) in [
            ("1014", "job_number LIKE '%1014%' OR notes LIKE '%1014%'"),
            ("JOB 1014", "job_number LIKE '%1014%' OR notes LIKE '%JOB-1014%'"),
            ("4711", "job_number = 'JOB-1002'"),
            ("b, \u{201c}order\u{201d} (4711)", "job_number = 'JOB-1002'"),
            ("50%_off", "notes LIKE '%50\\%\\_off%' OR customer LIKE '50\\%\\_off%'"),
            ("lumiere facades", "customer = 'Lumière Façades'"),
            ("Facades LUMIE\u{300}RE", "customer = 'Lumière Façades'"),
            ("visible facade 1018", "job_number = 'JOB-1018'"),
            ("o\u{2019}brien son", "customer = 'O''Brien & Søn'"),
            (&"job ".repeat(2500), "true"),
        ] {
            let expected = sql(&format!(
                "SELECT count(*) FROM mes.jobs WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NULL AND ({condition})"
            ));
            assert_ne!(expected, 0, "{condition}");
            assert_eq!(json!(searched(search)), expected, "{search}");
        }
        for nothing in ["10_4", "JOB-10%", "1014 facades", &"x".repeat(10_000), "' OR true --1", "JOB-1014\\"] {
            assert_eq!(searched(nothing), 0, "{nothing}");
        }
        assert_eq!(total("B", "fetch_jobs", &json!({"search": "4711"})), 0);
    }

    #[pg_test]
    fn rows_are_found_in_any_case_accents_and_form_of_any_script() {
        demo();
        let of = |customer: &str, arguments: Value| {
            Spi::run_with_args(
                "UPDATE mes.jobs SET customer = $1 WHERE id = mes_demo_id('A/job/JOB-1003')",
                &[customer.into()],
            )
            .expect("a customer");
            call("A", "fetch_jobs", &arguments)["jobs"][0]["id"].clone()
        };
        for (customer, searched) in [
            ("Lumie\u{300}re Fac\u{327}ades 2", "Lumière Façades 2"),
            ("Straßenbau Weiß", "STRASSENBAU WEISS"),
            ("İstanbul Işık", "ISTANBUL IŞIK"),
            ("Οδυσσεύς", "ΟΔΥΣΣΕΥΣ"),
            ("Щёлково", "ЩЕЛКОВО"),
            ("Łódź\u{a0}Ørsted", "lodz orsted"),
            ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ] {
            for field in ["search", "customer"] {
                let found = of(customer, json!({field: searched}));
                assert_eq!(found, json!(id("A/job/JOB-1003")), "{field}: {searched}");
            }
        }
        assert_eq!(of("Müller", json!({"customer": "Mueller"})), Value::Null);
        assert_eq!(refused("A", "fetch_jobs", &json!({"customer": " \u{a0}"}))["field"], "customer");
    }

    #[pg_test]
    fn columns_with_any_collation_can_be_searched() {
        demo();
        Spi::run(
            "CREATE COLLATION mes.by_meaning (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
             ALTER TABLE mes.jobs ALTER customer TYPE text COLLATE mes.by_meaning, ALTER notes TYPE text COLLATE \"de-x-icu\"",
        )
        .expect("collations");
        for arguments in [json!({"search": "lumiere 1018 visible"}), json!({"customer": "facades"})] {
            assert_ne!(total("A", "fetch_jobs", &arguments), 0, "{arguments}");
        }
    }

    #[pg_test]
    fn pages_hold_every_job_once_in_every_order() {
        demo();
        for order in ["newest", "due_date", "job_number"] {
            let arguments = json!({"order": order, "limit": 7});
            assert_eq!(page_through("A", "fetch_jobs", "jobs", &arguments), 40, "{order}");
        }
    }
}
