//! Tests of `fetch_ncrs`.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::issues::probe::expected;
    use crate::tools::probe::{call, demo, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn ncrs_are_found_by_what_they_are() {
        demo();
        let ncrs = |fields: Value| total("A", "fetch_ncrs", &fields);
        for (field, counts) in [
            (
                "ncr_category",
                vec![
                    ("dimensional", 22),
                    ("process_error", 14),
                    ("process", 14),
                    ("surface_finish", 12),
                    ("material", 8),
                    ("other", 4),
                ],
            ),
            ("disposition", vec![("rework", 24), ("scrap", 14), ("use_as_is", 8), ("return_to_supplier", 4)]),
        ] {
            for (value, count) in counts {
                assert_eq!(ncrs(json!({field: value})), count, "{field} {value}");
            }
        }
        for (fields, condition) in [
            (json!({"missing_root_cause": true}), "coalesce(trim(i.root_cause), '') = ''"),
            (json!({"missing_root_cause": false}), "trim(i.root_cause) <> ''"),
            (json!({"status": "pending", "severity": "medium"}), "i.status = 'pending' AND i.severity = 'medium'"),
            (
                json!({"open_only": true, "disposition": "scrap"}),
                "i.status IN ('pending', 'approved') AND i.disposition = 'scrap'",
            ),
        ] {
            assert_eq!(json!(ncrs(fields)), expected(&format!("i.issue_type = 'ncr' AND {condition}")), "{condition}");
        }
    }

    #[pg_test]
    fn a_review_is_overdue_after_as_many_local_days() {
        demo();
        let (overdue, all) = (json!({"overdue_review": true}), json!({"overdue_review": false}));
        let age =
            "(now() AT TIME ZONE 'Europe/Amsterdam')::date - (i.created_at AT TIME ZONE 'Europe/Amsterdam')::date";
        let count = expected(&format!("i.issue_type = 'ncr' AND i.status = 'pending' AND {age} > 7"));
        assert_eq!(json!(total("A", "fetch_ncrs", &overdue)), count);
        assert_eq!(json!(60 - total("A", "fetch_ncrs", &all)), count);
        // The oldest one is a day over this; how old that is depends on the hour.
        let days = sql(&format!(
            "SELECT max({age}) - 1 FROM mes.issues i
              WHERE i.tenant_id = mes_demo_id('A') AND i.issue_type = 'ncr' AND i.status = 'pending'"
        ));
        let oldest = expected(&format!("i.issue_type = 'ncr' AND i.status = 'pending' AND {age} > {days}"));
        assert!(oldest != 0 && oldest != count, "{oldest} of {count} after {days} days");
        let arguments = json!({"overdue_review": true, "overdue_after_days": days});
        assert_eq!(json!(total("A", "fetch_ncrs", &arguments)), oldest);
        // Ten minutes before and after midnight in Chicago, seven days ago.
        let at = |minutes: i32| {
            Spi::run(&format!(
                "UPDATE mes.issues SET status = 'pending', created_at =
                    ((now() AT TIME ZONE 'America/Chicago')::date - 7 + {minutes} * interval '1 minute') AT TIME ZONE 'America/Chicago'
                  WHERE id = mes_demo_id('B/issue/11')"
            ))
            .expect("an issue");
            let row = &call("B", "fetch_ncrs", &json!({"status": "pending"}))["ncrs"][0];
            (row["age_days"].clone(), total("B", "fetch_ncrs", &json!({"overdue_review": true})))
        };
        assert_eq!(at(-10), (json!(8), 1));
        assert_eq!(at(10), (json!(7), 0));
    }
}
