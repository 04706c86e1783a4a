//! What `get_job_overview` must do, on the demo factory.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn overview(tenant: &str, number: &str) -> Value {
        call(tenant, "get_job_overview", &json!({"job_number": number}))
    }

    fn rows(list: &Value) -> impl Iterator<Item = &Value> {
        list.as_array().into_iter().flatten()
    }

    /// A value over the live operations `o` of the live parts `p` of a job, as another query computes it.
    fn of_operations(tenant: &str, number: &str, value: &str) -> Value {
        sql(&format!(
            "SELECT {value} FROM mes.jobs j JOIN mes.parts p ON p.job_id = j.id AND p.deleted_at IS NULL
               JOIN mes.operations o ON o.part_id = p.id AND o.deleted_at IS NULL JOIN mes.cells c ON c.id = o.cell_id
              WHERE j.tenant_id = mes_demo_id('{tenant}') AND j.job_number = '{number}'"
        ))
    }

    #[pg_test]
    fn progress_and_minutes_are_those_of_the_live_operations() {
        demo();
        for (tenant, number) in
            [("A", "JOB-1012"), ("A", "JOB-1026"), ("A", "JOB-1031"), ("B", "JOB-1001"), ("C", "LUM-2")]
        {
            let job = overview(tenant, number);
            let expected = of_operations(tenant, number, "json_build_object(
                'operations', json_build_object('total', count(*), 'completed', sum((o.status = 'completed')::int)),
                'operations_in_progress', sum((o.status = 'in_progress')::int), 'operations_on_hold', sum((o.status = 'on_hold')::int),
                'percent_by_count', round(avg(CASE WHEN o.status = 'completed' THEN 100.0 ELSE 0 END), 1),
                'percent_by_minutes', round(sum(CASE WHEN o.status = 'completed' THEN o.estimated_time ELSE 0 END) * 100.0
                                            / sum(o.estimated_time), 1))");
            let mut progress = job["progress"].clone();
            let parts = progress.as_object_mut().expect("an object").remove("parts").expect("parts");
            assert_eq!(progress, expected, "{number}");
            let counted = rows(&job["parts"]).filter(|part| part["status"] == "completed").count();
            assert_eq!(parts, json!({"total": rows(&job["parts"]).count(), "completed": counted}), "{number}");
            assert_eq!(parts, job["job"]["parts"]);
            let minutes = of_operations(
                tenant,
                number,
                "json_build_object('planned', sum(o.estimated_time), 'booked', sum(o.actual_time),
                'remaining', sum(CASE WHEN o.status = 'completed' OR o.actual_time > o.estimated_time THEN 0
                                      ELSE o.estimated_time - o.actual_time END))",
            );
            assert_eq!(job["minutes"], minutes, "{number}");
            let running = of_operations(
                tenant,
                number,
                "count(*) FILTER (WHERE EXISTS (SELECT FROM mes.time_entries t
                WHERE t.operation_id = o.id AND t.end_time IS NULL))",
            );
            assert!(job["running_time_entries"].as_i64() >= running.as_i64(), "{number}");
        }
    }

    #[pg_test]
    fn lists_can_be_left_out_and_nothing_else_changes() {
        demo();
        let full = overview("A", "JOB-1013");
        assert_eq!(full["job"]["job_number"], "JOB-1013");
        assert_eq!(
            (&full["bullet_cards"], &full["truncated"], &full["truncated_lists"]),
            (&json!(1), &json!(false), &json!([]))
        );
        let slim = call(
            "A",
            "get_job_overview",
            &json!({"id": id("A/job/JOB-1013"), "include_parts": false, "include_operations": false,
                                                        "include_issues": false}),
        );
        let mut expected = full.clone();
        for path in ["/parts", "/operations", "/issues/ncrs", "/issues/others"] {
            let list = expected.pointer_mut(path).expect("a list");
            assert!(list.is_array(), "{path}");
            *list = Value::Null;
        }
        assert_eq!(slim, expected);
        let both = json!({"job_id": id("A/job/JOB-1013"), "job_number": "JOB-1013"});
        for (arguments, code) in [
            (json!({}), "invalid_arguments"),
            (both, "invalid_arguments"),
            (json!({"job_number": "JOB-1041"}), "not_found"),
            (json!({"job_id": id("A/job/JOB-1041")}), "not_found"),
            (json!({"job_id": id("B/job/JOB-1001")}), "not_found"),
        ] {
            assert_eq!(refused("A", "get_job_overview", &arguments)["code"], code, "{arguments}");
        }
        assert_eq!(refused("D", "get_job_overview", &json!({"job_number": "JOB-1013"}))["code"], "not_found");
    }

    #[pg_test]
    fn parts_come_as_an_assembly_tree_with_where_each_stands() {
        demo();
        let job = overview("A", "JOB-1012");
        let tree: Vec<_> = rows(&job["parts"])
            .map(|part| (part["part_number"].as_str().unwrap_or_default(), part["level"].as_i64()))
            .collect();
        assert_eq!(
            tree[..4],
            [("P-1012-01", Some(0)), ("P-1012-02", Some(1)), ("P-1012-03", Some(2)), ("P-1012-04", Some(1))]
        );
        assert_eq!((tree.len(), tree.iter().filter(|part| part.1 == Some(0)).count()), (30, 21));
        for part in rows(&job["parts"]) {
            let next = sql(&format!(
                "SELECT json_build_array(min(o.sequence), count(*) FILTER (WHERE o.sequence > f.first)) FROM mes.operations o,
                    (SELECT min(sequence) AS first FROM mes.operations WHERE part_id = '{0}' AND status <> 'completed' AND deleted_at IS NULL) f
                  WHERE o.part_id = '{0}' AND o.status <> 'completed' AND o.deleted_at IS NULL",
                part["id"].as_str().unwrap_or_default()
            ));
            let shown = match &part["next_operation"] {
                Value::Null => json!([null, 0]),
                next => json!([next["sequence"], next["waiting_operations"]]),
            };
            assert_eq!(shown, next, "{part}");
        }
        // A circle, as only an attached database could have it, hides no part.
        Spi::run("UPDATE mes.parts SET parent_part_id = mes_demo_id('A/part/P-1012-03') WHERE id = mes_demo_id('A/part/P-1012-01')")
            .expect("a circle");
        assert_eq!(rows(&overview("A", "JOB-1012")["parts"]).count(), 30);
        let c = overview("C", "LUM-2");
        assert!(rows(&c["parts"]).all(|part| part["level"] == 0));
    }

    #[pg_test]
    fn operations_tell_which_one_they_wait_for() {
        demo();
        let job = overview("A", "JOB-1012");
        assert_eq!(json!(rows(&job["operations"]).count()), of_operations("A", "JOB-1012", "count(*)"));
        for operation in rows(&job["operations"]) {
            let before = sql(&format!(
                "SELECT max(e.sequence) FROM mes.operations o JOIN mes.operations e ON e.part_id = o.part_id AND e.sequence < o.sequence
                    AND e.status <> 'completed' AND e.deleted_at IS NULL WHERE o.status <> 'completed' AND o.id = '{}'",
                operation["id"].as_str().unwrap_or_default()
            ));
            let waits = rows(&job["operations"]).find(|other| other["id"] == operation["waits_for_operation_id"]);
            assert_eq!(waits.map_or(&Value::Null, |other| &other["sequence"]), &before, "{operation}");
        }
    }

    #[pg_test]
    fn what_holds_a_job_up_and_its_issues_are_named() {
        demo();
        let reasons = |job: &Value| -> Vec<String> {
            rows(&job["blockers"]).map(|blocker| blocker["reason"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let parked = overview("A", "JOB-1013");
        assert_eq!(reasons(&parked), ["standstill_issue", "standstill_issue", "operation_on_hold"]);
        assert_eq!(parked["blockers"][0]["part_number"], "P-1013-01");
        assert!(parked["blockers"][0]["issue_id"].is_string() && parked["blockers"][0]["severity"].is_string());
        let stopped = overview("A", "JOB-1028");
        assert_eq!(reasons(&stopped)[0], "job_on_hold");
        assert_eq!(reasons(&stopped).iter().filter(|reason| *reason == "part_on_hold").count(), 2);
        assert_eq!(reasons(&overview("A", "JOB-1008")), [""; 0]);
        let number = sql(
            "SELECT j.job_number FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id AND o.deleted_at IS NULL
               JOIN mes.parts p ON p.id = o.part_id AND p.deleted_at IS NULL JOIN mes.jobs j ON j.id = p.job_id AND j.deleted_at IS NULL
              WHERE i.tenant_id = mes_demo_id('A') GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
        );
        let number = number.as_str().expect("a job with issues");
        let issues = overview("A", number)["issues"].clone();
        let expected = sql(&format!(
            "SELECT json_build_object('total', count(*), 'open', count(*) FILTER (WHERE i.status = 'pending'),
                    'total_ncrs', count(i.ncr_number), 'open_ncrs', count(i.ncr_number) FILTER (WHERE i.status = 'pending'),
                    'open_by_severity', json_build_object(
                        'low', count(*) FILTER (WHERE i.status = 'pending' AND i.severity = 'low'),
                        'medium', count(*) FILTER (WHERE i.status = 'pending' AND i.severity = 'medium'),
                        'high', count(*) FILTER (WHERE i.status = 'pending' AND i.severity = 'high'),
                        'critical', count(*) FILTER (WHERE i.status = 'pending' AND i.severity = 'critical')))
               FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id AND o.deleted_at IS NULL
               JOIN mes.parts p ON p.id = o.part_id AND p.deleted_at IS NULL JOIN mes.jobs j ON j.id = p.job_id
              WHERE i.tenant_id = mes_demo_id('A') AND j.job_number = '{number}'"
        ));
        for field in ["total", "open", "total_ncrs", "open_ncrs", "open_by_severity"] {
            assert_eq!(issues[field], expected[field], "{number} {field}");
        }
        assert_eq!(json!(rows(&issues["ncrs"]).count()), expected["total_ncrs"]);
        assert!(rows(&issues["ncrs"]).all(|ncr| ncr["ncr_number"].is_string()));
        assert!(rows(&issues["others"]).all(|issue| issue["ncr_number"].is_null()));
    }

    #[pg_test]
    fn the_projected_finish_is_the_busiest_cell_or_the_longest_part_in_working_days() {
        demo();
        for (tenant, zone, number) in [
            ("A", "Europe/Amsterdam", "JOB-1012"),
            ("A", "Europe/Amsterdam", "JOB-1013"),
            ("B", "America/Chicago", "JOB-1001"),
        ] {
            let finish = overview(tenant, number)["projected_finish"].clone();
            let days = |group: &str| {
                let sum = "sum(CASE WHEN o.status <> 'completed' THEN greatest(o.estimated_time - o.actual_time, 0) ELSE 0 END
                               / 60.0 / c.capacity_hours_per_day)";
                let sums = format!("{sum} GROUP BY {group}");
                let from = of_operations_grouped(tenant, number, &sums);
                rows(&from).filter_map(Value::as_f64).fold(0.0, f64::max)
            };
            let most = days("o.cell_id").max(days("o.part_id"));
            let shown = finish["working_days"].as_f64().expect("days");
            assert!((shown - most).abs() <= 0.01, "{number}: {shown} instead of {most}");
            // The day on which so many days with opening hours left are over.
            let date = sql(&format!(
                "SELECT min(d.day) FROM (SELECT l.day, count(*) OVER (ORDER BY l.day) AS n
                   FROM (SELECT (now() AT TIME ZONE '{zone}')::date + g AS day FROM generate_series(0, 300) g) l
                   JOIN mes.tenants t ON t.id = mes_demo_id('{tenant}')
                   LEFT JOIN mes.factory_calendar f ON f.tenant_id = t.id AND f.date = l.day
                  WHERE CASE WHEN f.date IS NULL THEN extract(isodow FROM l.day) < 6 ELSE f.day_type NOT IN ('holiday', 'closure') END
                    AND (l.day + coalesce(f.closing_time, t.factory_closing_time)) AT TIME ZONE '{zone}' > now()) d
                  WHERE d.n >= greatest(ceil({most}), 1)"
            ));
            assert_eq!(finish["date"], date, "{number}");
            let late = sql(&format!(
                "SELECT {date} > (coalesce(due_date_override, due_date) AT TIME ZONE '{zone}')::date FROM mes.jobs
                  WHERE tenant_id = mes_demo_id('{tenant}') AND job_number = '{number}'",
                date = date.to_string().replace('"', "'")
            )
            .replace("SELECT '", "SELECT date '"));
            assert_eq!(finish["after_due_date"], late, "{number}");
        }
        // Completed; nothing left to do; no operation; a cell of which nobody knows the hours.
        for (tenant, number) in [("A", "JOB-1031"), ("A", "JOB-1026"), ("A", "JOB-1008"), ("C", "LUM-1")] {
            assert_eq!(overview(tenant, number)["projected_finish"], Value::Null, "{number}");
        }
        let empty = overview("A", "JOB-1008");
        assert_eq!(
            (&empty["progress"]["percent_by_count"], &empty["progress"]["percent_by_minutes"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!((&empty["parts"], &empty["minutes"]["planned"]), (&json!([]), &json!(0)));
    }

    fn of_operations_grouped(tenant: &str, number: &str, sums: &str) -> Value {
        let (value, group) = sums.split_once(" GROUP BY ").expect("a group");
        sql(&format!(
            "SELECT json_agg(s.value) FROM (SELECT {value} AS value FROM mes.jobs j JOIN mes.parts p ON p.job_id = j.id AND p.deleted_at IS NULL
               JOIN mes.operations o ON o.part_id = p.id AND o.deleted_at IS NULL JOIN mes.cells c ON c.id = o.cell_id
              WHERE j.tenant_id = mes_demo_id('{tenant}') AND j.job_number = '{number}' GROUP BY {group}) s"
        ))
    }

    #[pg_test]
    fn long_lists_are_cut_and_say_how_to_get_the_rest_while_counts_stay_whole() {
        demo();
        Spi::run(
            "INSERT INTO mes.parts (id, tenant_id, job_id, part_number, material)
             SELECT mes_demo_id('test part ' || n), mes_demo_id('A'), mes_demo_id('A/job/JOB-1008'), 'T-' || n, 'S235'
               FROM generate_series(1, 110) n;
             INSERT INTO mes.operations (id, tenant_id, part_id, cell_id, operation_name, sequence, estimated_time)
             SELECT mes_demo_id('test operation ' || n || '/' || s), mes_demo_id('A'), mes_demo_id('test part ' || n), mes_demo_id('A/cell/Welding'),
                    'Weld', s, 10 FROM generate_series(1, 110) n, generate_series(1, 5) s;
             INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, issue_type, ncr_number)
             SELECT mes_demo_id('A'), mes_demo_id('test operation 1/1'), mes_demo_id('A/profile/jan.smit'), 'x', 'low', t::mes.issue_type,
                    CASE t WHEN 'ncr' THEN 'T-' || n END FROM generate_series(1, 60) n, unnest('{ncr,general}'::text[]) t;
             UPDATE mes.operations SET status = 'on_hold' WHERE part_id IN (SELECT mes_demo_id('test part ' || n) FROM generate_series(1, 55) n)
                AND sequence = 1",
        )
        .expect("a large job");
        let job = overview("A", "JOB-1008");
        let count = |list: &str| rows(job.pointer(list).expect("a list")).count();
        assert_eq!(
            [count("/parts"), count("/operations"), count("/issues/ncrs"), count("/issues/others"), count("/blockers")],
            [100, 500, 50, 50, 50]
        );
        assert_eq!(
            (&job["progress"]["operations"]["total"], &job["progress"]["parts"]["total"]),
            (&json!(550), &json!(110))
        );
        assert_eq!((&job["issues"]["total"], &job["minutes"]["planned"]), (&json!(120), &json!(5500)));
        assert_eq!(job["truncated"], true);
        let cut: Vec<_> = rows(&job["truncated_lists"])
            .map(|list| (list["list"].as_str().unwrap_or_default(), list["shown"].as_i64(), list["total"].as_i64()))
            .collect();
        assert_eq!(
            cut,
            [
                ("parts", Some(100), Some(110)),
                ("operations", Some(500), Some(550)),
                ("ncrs", Some(50), Some(60)),
                ("others", Some(50), Some(60)),
                ("blockers", Some(50), Some(55))
            ]
        );
    }
}
