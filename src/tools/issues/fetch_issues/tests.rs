//! Tests of `fetch_issues`, and of what it shares with `fetch_ncrs`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::issues::probe::expected;
    use crate::tools::probe::{call, demo, id, page_through, refused, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn issues_are_found_by_what_they_are() {
        demo();
        let issues = |fields: Value| total("A", "fetch_issues", &fields);
        assert_eq!(issues(json!({})), 150);
        for (field, counts) in [
            ("severity", vec![("critical", 12), ("high", 38), ("medium", 60), ("low", 40)]),
            (
                "status",
                vec![
                    ("pending", 35),
                    ("open", 35),
                    ("approved", 60),
                    ("resolved", 60),
                    ("rejected", 15),
                    ("closed", 40),
                ],
            ),
            ("issue_type", vec![("ncr", 60), ("general", 90)]),
        ] {
            for (value, count) in counts {
                assert_eq!(issues(json!({field: value})), count, "{field} {value}");
            }
        }
        assert_eq!(issues(json!({"open_only": true})), 95);
        assert_eq!(issues(json!({"causes_standstill": true})), 4);
        assert_eq!(issues(json!({"causes_standstill": false, "status": "pending"})), 31);
        let unknown = refused("A", "fetch_issues", &json!({"status": "in_progress"}));
        assert_eq!((&unknown["field"], &unknown["accepted"][0]), (&json!("status"), &json!("pending")));
    }

    #[pg_test]
    fn issues_are_found_by_where_and_when() {
        demo();
        let today =
            sql("SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date - 30").as_str().expect("a date").to_owned();
        for (fields, condition) in [
            (json!({"cell_name": "welding"}), "o.cell_id = mes_demo_id('A/cell/Welding')"),
            (json!({"stage_id": id("A/cell/Inspection")}), "o.cell_id = mes_demo_id('A/cell/Inspection')"),
            (json!({"job_number": "JOB-1012"}), "p.job_id = mes_demo_id('A/job/JOB-1012')"),
            (json!({"part_number": "p-1037-03"}), "o.part_id = mes_demo_id('A/part/P-1037-03')"),
            (
                json!({"created_from": today}),
                "(i.created_at AT TIME ZONE 'Europe/Amsterdam')::date >= (now() AT TIME ZONE 'Europe/Amsterdam')::date - 30",
            ),
            (
                json!({"created_before": today}),
                "(i.created_at AT TIME ZONE 'Europe/Amsterdam')::date < (now() AT TIME ZONE 'Europe/Amsterdam')::date - 30",
            ),
            (json!({"search": "pores SEAM"}), "i.description ~* 'pores' AND i.description ~* 'seam'"),
        ] {
            let count = expected(condition);
            assert_ne!(count, 0, "{condition}");
            assert_eq!(json!(total("A", "fetch_issues", &fields)), count, "{fields}");
            let ncrs = expected(&format!("i.issue_type = 'ncr' AND {condition}"));
            assert_eq!(json!(total("A", "fetch_ncrs", &fields)), ncrs, "{fields}");
        }
        assert_eq!(total("A", "fetch_issues", &json!({"cell_name": "Laser 1"})), 0);
        assert_eq!(total("A", "fetch_issues", &json!({"cell_id": id("B/cell/Inspection")})), 0);
        assert_eq!(refused("A", "fetch_issues", &json!({"cell_name": "Moon"}))["code"], "not_found");
        let number = sql("SELECT min(ncr_number) FROM mes.issues WHERE tenant_id = mes_demo_id('B')");
        let lower = number.as_str().expect("a number").to_lowercase();
        for tenant in ["A", "B"] {
            let found = call(tenant, "fetch_ncrs", &json!({"ncr_number": lower}));
            let ours = sql(&format!(
                "SELECT id FROM mes.issues WHERE tenant_id = mes_demo_id('{tenant}') AND ncr_number = upper('{lower}')"
            ));
            assert_eq!((&found["count"], &found["ncrs"][0]["id"]), (&json!(1), &ours), "{tenant}");
        }
    }

    #[pg_test]
    fn pages_hold_every_issue_once_in_every_order() {
        demo();
        for order in ["newest", "oldest", "severity"] {
            let arguments = json!({"order": order, "limit": 40});
            assert_eq!(page_through("A", "fetch_issues", "issues", &arguments), 150, "{order}");
            assert_eq!(page_through("A", "fetch_ncrs", "ncrs", &arguments), 60, "{order}");
        }
        let list = call("A", "fetch_issues", &json!({"order": "severity", "limit": 500}));
        let order: Vec<_> = list["issues"].as_array().into_iter().flatten().map(|row| row["id"].clone()).collect();
        let expected = sql(
            "SELECT json_agg(id ORDER BY severity DESC, created_at) FROM mes.issues WHERE tenant_id = mes_demo_id('A')",
        );
        assert_eq!(json!(order), expected);
    }

    #[pg_test]
    fn a_row_names_people_and_places_and_shows_long_texts_on_request() {
        demo();
        let list = call("A", "fetch_issues", &json!({"limit": 500, "fields": ["description", "resolution_notes"]}));
        for row in list["issues"].as_array().into_iter().flatten() {
            let expected = sql(&format!(
                "SELECT jsonb_build_array(f.full_name, r.full_name, k.name, i.description, i.resolution_notes,
                        (now() AT TIME ZONE 'Europe/Amsterdam')::date - (i.created_at AT TIME ZONE 'Europe/Amsterdam')::date)
                   FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id JOIN mes.cells k ON k.id = o.cell_id
                   JOIN mes.profiles f ON f.id = coalesce(i.reported_by_id, i.created_by)
                   LEFT JOIN mes.profiles r ON r.id = i.reviewed_by WHERE i.id = {}",
                row["id"].to_string().replace('"', "'")
            ));
            let shown =
                ["reported_by_name", "reviewed_by_name", "cell_name", "description", "resolution_notes", "age_days"];
            assert_eq!(json!(shown.map(|name| row[name].clone())), expected, "{row}");
            assert!(row.get("root_cause").is_none(), "{row}");
        }
    }

    #[pg_test]
    fn oddities_and_an_empty_factory_are_no_hindrance() {
        demo();
        let list = call("C", "fetch_issues", &json!({"order": "oldest"}));
        assert_eq!((&list["count"], &list["issues"][1]["title"]), (&json!(3), &Value::Null));
        assert_eq!(call("C", "fetch_ncrs", &json!({"missing_root_cause": true}))["ncrs"][0]["part_number"], "L-3-1");
        for (tool, rows) in [("fetch_issues", "issues"), ("fetch_ncrs", "ncrs")] {
            let none = call("D", tool, &json!({"include_total": true}));
            assert_eq!((&none[rows], &none["total"]), (&json!([]), &json!(0)));
        }
        for table in ["operations", "parts", "jobs"] {
            Spi::run(&format!("UPDATE mes.{table} SET deleted_at = now() WHERE tenant_id = mes_demo_id('C')"))
                .expect(table);
            assert_eq!(total("C", "fetch_issues", &json!({})), 0, "{table}");
            Spi::run(&format!("UPDATE mes.{table} SET deleted_at = NULL WHERE tenant_id = mes_demo_id('C')"))
                .expect(table);
        }
    }
}
