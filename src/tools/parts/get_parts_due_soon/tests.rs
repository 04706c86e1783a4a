//! What `get_parts_due_soon` must do, on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const ZONES: [(&str, &str); 3] = [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")];

    fn due(tenant: &str, arguments: &Value) -> Value {
        call(tenant, "get_parts_due_soon", arguments)
    }

    fn parts(answer: &Value) -> impl Iterator<Item = &Value> {
        answer["parts"].as_array().into_iter().flatten()
    }

    /// The open parts whose job is due on a day up to `days` after today, as another query finds them.
    fn matches(tenant: &str, zone: &str, days: u16) -> String {
        format!(
            "SELECT p.*, j.customer, j.job_number, j.status AS job_status, d.due, (d.due AT TIME ZONE '{zone}')::date AS day
               FROM mes.jobs j
               JOIN mes.parts p ON p.job_id = j.id AND p.deleted_at IS NULL
              CROSS JOIN LATERAL (SELECT CASE WHEN j.due_date_override IS NULL THEN j.due_date ELSE j.due_date_override END AS due) d
              WHERE j.tenant_id = mes_demo_id('{tenant}') AND j.deleted_at IS NULL
                AND j.status <> 'completed' AND p.status <> 'completed'
                AND (d.due AT TIME ZONE '{zone}')::date <= (now() AT TIME ZONE '{zone}')::date + {days}"
        )
    }

    #[pg_test]
    fn the_summary_counts_all_parts_that_fit_whatever_the_page() {
        demo();
        for (tenant, zone) in ZONES {
            for days in [0, 3, 7, 30, 365] {
                let answer = due(tenant, &json!({"due_within_days": days, "limit": 1}));
                let expected = sql(&format!(
                    "SELECT json_build_object('total', count(*), 'overdue', count(*) FILTER (WHERE m.due < now()),
                                'due_within_3_days', count(*) FILTER (WHERE m.due >= now()
                                    AND m.day <= (now() AT TIME ZONE '{zone}')::date + 3),
                                'bullet_cards', count(*) FILTER (WHERE m.is_bullet_card)) FROM ({}) m",
                    matches(tenant, zone, days)
                ));
                let mut summary = answer["summary"].clone();
                summary.as_object_mut().expect("an object").remove("blocked");
                assert_eq!(summary, expected, "{tenant} {days}");
                assert_eq!(answer["total"], expected["total"]);
            }
        }
        assert_eq!(due("A", &json!({}))["summary"], due("A", &json!({"due_within_days": 7}))["summary"]);
    }

    #[pg_test]
    fn pages_hold_every_part_that_is_due_once_in_every_order() {
        demo();
        let all = sql(&format!("SELECT count(*) FROM ({}) m", matches("A", "Europe/Amsterdam", 365)));
        for sort_by in ["due_date", "completion_percentage", "customer"] {
            let arguments = json!({"due_within_days": 365, "sort_by": sort_by, "limit": 7});
            assert_eq!(json!(page_through("A", "get_parts_due_soon", "parts", &arguments)), all, "{sort_by}");
            let rows = due("A", &json!({"due_within_days": 365, "sort_by": sort_by, "limit": 500}));
            let keys: Vec<_> = parts(&rows)
                .map(|part| match sort_by {
                    "customer" => {
                        let name = part["customer"].as_str().map_or_else(|| "~".to_owned(), str::to_lowercase);
                        (0.0, name)
                    }
                    "due_date" => (0.0, part["effective_due_date"].to_string()),
                    _ => (part["completion_percentage"].as_f64().unwrap_or(1000.0), String::new()),
                })
                .collect();
            assert!(keys.is_sorted_by(|one, other| one <= other), "{sort_by}: {keys:?}");
        }
        assert_eq!(refused("A", "get_parts_due_soon", &json!({"due_within_days": 366}))["field"], "due_within_days");
        assert_eq!(refused("A", "get_parts_due_soon", &json!({"status_filter": []}))["field"], "status_filter");
        let completed = refused("A", "get_parts_due_soon", &json!({"status_filter": ["completed"]}));
        assert_eq!(completed["accepted"], json!(["not_started", "in_progress", "on_hold"]));
    }

    #[pg_test]
    fn the_date_that_counts_is_the_override_and_the_last_day_counts_to_its_end() {
        demo();
        let has = |job: &str, days: u16| {
            due("A", &json!({"job_number": job, "due_within_days": days}))["summary"]["total"] != 0
        };
        assert_eq!([has("JOB-1009", 3), has("JOB-1009", 4)], [false, true]);
        assert_eq!([has("JOB-1010", 4), has("JOB-1010", 5)], [false, true]);
        assert_eq!([has("JOB-1011", 7), has("JOB-1011", 21)], [false, true]);
        for (tenant, zone) in ZONES {
            let job = sql(&format!(
                "SELECT j.id FROM mes.jobs j JOIN mes.parts p ON p.job_id = j.id AND p.status <> 'completed'
                  WHERE j.tenant_id = mes_demo_id('{tenant}') AND j.status = 'in_progress' AND j.deleted_at IS NULL LIMIT 1"
            ));
            for (instant, inside, day) in [("4, interval '-1 us'", true, 3), ("4, interval '0'", false, 4)] {
                Spi::run(&format!(
                    "UPDATE mes.jobs SET due_date_override = ((now() AT TIME ZONE '{zone}')::date + d)::timestamp AT TIME ZONE '{zone}' + i
                       FROM (VALUES ({instant})) v (d, i) WHERE id = '{}'",
                    job.as_str().unwrap_or_default()
                ))
                .expect("a due date");
                let found = due(tenant, &json!({"job_id": job, "due_within_days": 3}))["summary"]["total"] != 0;
                assert_eq!(found, inside, "{tenant} {instant}");
                let answer = due(tenant, &json!({"job_id": job, "due_within_days": 4}));
                assert_eq!(answer["parts"][0]["days_until_due"], day, "{tenant} {instant}");
            }
        }
    }

    #[pg_test]
    fn parked_parts_are_shown_and_finished_ones_are_not() {
        demo();
        let on_hold = due("A", &json!({"job_number": "JOB-1028"}));
        assert_eq!(
            on_hold["summary"],
            json!({"total": 2, "overdue": 2, "due_within_3_days": 0, "bullet_cards": 0, "blocked": 2})
        );
        let reasons: Vec<_> =
            on_hold["parts"][0]["blocked_by"].as_array().into_iter().flatten().map(|b| &b["reason"]).collect();
        assert_eq!(reasons, ["operation_on_hold", "part_on_hold", "job_on_hold"]);
        let only =
            |filter: Value| due("A", &json!({"job_number": "JOB-1028", "status_filter": filter}))["count"].clone();
        assert_eq!((only(json!(["on_hold"])), only(json!(["not_started", "in_progress"]))), (json!(2), json!(0)));
        assert_eq!(due("A", &json!({"is_bullet_card": true}))["summary"]["total"], 2);
        assert_eq!(due("A", &json!({"customer": "ACME", "due_within_days": 365, "status_filter": ["not_started"]}))["summary"]["total"],
                   sql("SELECT count(*) FROM mes.parts p JOIN mes.jobs j ON j.id = p.job_id WHERE j.customer = 'ACME Industries'
                           AND j.tenant_id = mes_demo_id('A') AND p.status = 'not_started' AND p.deleted_at IS NULL"));
        Spi::run("UPDATE mes.jobs SET status = 'completed' WHERE id = mes_demo_id('A/job/JOB-1028')").expect("a job");
        assert_eq!(due("A", &json!({"job_number": "JOB-1028"}))["count"], 0);
        assert_eq!(due("A", &json!({"job_id": id("B/job/JOB-1001"), "due_within_days": 365}))["count"], 0);
        let empty = due("D", &json!({"due_within_days": 365}));
        assert_eq!(
            empty["summary"],
            json!({"total": 0, "overdue": 0, "due_within_3_days": 0, "bullet_cards": 0, "blocked": 0})
        );
        assert_eq!((&empty["parts"], &empty["next_cursor"]), (&json!([]), &Value::Null));
    }

    #[pg_test]
    fn every_part_tells_where_it_stands_and_why_it_does_not_go_on() {
        demo();
        for (tenant, zone) in ZONES {
            let answer = due(tenant, &json!({"due_within_days": 365, "limit": 500}));
            let blocked = parts(&answer).filter(|part| part["blocked_by"] != json!([])).count();
            assert_eq!(answer["summary"]["blocked"], blocked, "{tenant}");
            // The first open operation is the one before which none is open; a cell is full when as many jobs as its limit have open work
            // there that is not parked.
            let expected = sql(&format!(
                "SELECT count(*) FROM ({}) m
                  WHERE m.status = 'on_hold' OR m.job_status = 'on_hold' OR EXISTS (
                    SELECT FROM mes.operations o JOIN mes.cells c ON c.id = o.cell_id
                     WHERE o.part_id = m.id AND o.deleted_at IS NULL AND o.status <> 'completed'
                       AND NOT EXISTS (SELECT FROM mes.operations e WHERE e.part_id = m.id AND e.deleted_at IS NULL
                                          AND e.status <> 'completed' AND e.sequence < o.sequence)
                       AND (o.status = 'on_hold' OR (o.status = 'not_started' AND c.wip_limit <= (
                            SELECT count(DISTINCT q.job_id) FROM mes.operations w JOIN mes.parts q ON q.id = w.part_id
                              JOIN mes.jobs k ON k.id = q.job_id
                             WHERE w.cell_id = c.id AND w.status IN ('not_started', 'in_progress')
                               AND w.deleted_at IS NULL AND q.deleted_at IS NULL AND k.deleted_at IS NULL))))",
                matches(tenant, zone, 365)
            ));
            assert_eq!(answer["summary"]["blocked"], expected, "{tenant}");
        }
        let card = due("A", &json!({"job_number": "JOB-1013"}));
        let part = parts(&card).find(|part| part["part_number"] == "P-1013-01").expect("the bullet card");
        assert_eq!(part["blocked_by"][0]["reason"], "standstill_issue");
        assert_eq!(part["blocked_by"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&part["blocking_operation"]["status"], &part["blocking_operation"]["cell_name"]),
            (&json!("on_hold"), &json!("Welding"))
        );
        assert_eq!(part["blocking_operation"]["waiting_operations"], 2);
        let all = due("A", &json!({"due_within_days": 365, "limit": 500}));
        let full = parts(&all).flat_map(|part| part["blocked_by"].as_array().into_iter().flatten());
        let full: Vec<_> = full.filter(|blocker| blocker["reason"] == "cell_at_capacity").collect();
        assert!(!full.is_empty() && full.iter().all(|cell| cell["wip"].as_i64() >= cell["wip_limit"].as_i64()));
        assert_eq!(
            parts(&due("C", &json!({"due_within_days": 365}))).filter(|part| part["quantity"].is_null()).count(),
            0
        );
    }

    #[pg_test]
    fn slack_is_the_time_the_factory_is_open_minus_what_remains() {
        demo();
        for (tenant, zone) in ZONES {
            // Minute by minute: the factory's hours on working days, unless the calendar says otherwise.
            let expected = sql(&format!(
                "SELECT json_object_agg(m.id, json_build_array(r.remaining, r.total, (
                    SELECT count(*) FROM generate_series(now(), m.due - interval '1 minute', interval '1 minute') AS s (at)
                     CROSS JOIN LATERAL (SELECT s.at AT TIME ZONE '{zone}' AS local) l
                      JOIN mes.tenants t ON t.id = m.tenant_id
                      LEFT JOIN mes.factory_calendar f ON f.tenant_id = m.tenant_id AND f.date = l.local::date
                     WHERE l.local::time >= coalesce(f.opening_time, t.factory_opening_time)
                       AND l.local::time < coalesce(f.closing_time, t.factory_closing_time)
                       AND CASE WHEN f.date IS NULL THEN extract(isodow FROM l.local) < 6 ELSE f.capacity_multiplier > 0 END)
                    - r.remaining))
                   FROM ({}) m
                  CROSS JOIN LATERAL (SELECT count(*) AS total,
                        sum(CASE WHEN o.status <> 'completed' AND o.estimated_time > o.actual_time
                                 THEN o.estimated_time - o.actual_time ELSE 0 END) AS remaining
                      FROM mes.operations o WHERE o.part_id = m.id AND o.deleted_at IS NULL) r",
                matches(tenant, zone, 14)
            ));
            let answer = due(tenant, &json!({"due_within_days": 14, "limit": 500}));
            assert!(parts(&answer).count() > 1, "{tenant}");
            for part in parts(&answer) {
                let expected = &expected[part["id"].as_str().expect("an id")];
                assert_eq!(
                    (&part["remaining_minutes"], &part["operations"]["total"]),
                    (&expected[0], &expected[1]),
                    "{part}"
                );
                let off = part["slack_minutes"].as_i64().expect("slack") - expected[2].as_i64().expect("minutes");
                assert!(off.abs() <= 3, "{tenant}: {off} minutes off: {part}");
            }
        }
        Spi::run("DELETE FROM mes.operations o WHERE part_id = mes_demo_id('A/part/P-1007-01')")
            .expect("no operations");
        let answer = due("A", &json!({"job_number": "JOB-1007"}));
        let bare = parts(&answer).find(|part| part["part_number"] == "P-1007-01").expect("the part");
        for field in ["completion_percentage", "remaining_minutes", "slack_minutes", "blocking_operation"] {
            assert_eq!(bare[field], Value::Null, "{field}");
        }
        assert_eq!((&bare["blocked_by"], &bare["is_bullet_card"]), (&json!([]), &json!(true)));
    }
}
