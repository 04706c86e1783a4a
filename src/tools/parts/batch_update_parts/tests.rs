//! Tests of changing many parts.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::batch::probe::{digest, limited, nothing_without_a_scope, rehearses, untouched};
    use crate::tools::lifecycle::probe::{column, running, set};
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const TOOL: &str = "batch_update_parts";

    fn listed(parts: &[&str]) -> Value {
        parts.iter().map(|part| json!(id(part))).collect()
    }

    fn arguments(scope: Value, updates: Value, more: Value) -> Value {
        let mut arguments = json!({"scope": scope, "updates": updates});
        arguments.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        arguments
    }

    /// The numbers of the parts that an answer lists.
    fn numbers(answer: &Value) -> Vec<&str> {
        answer["parts"].as_array().into_iter().flatten().filter_map(|part| part["part_number"].as_str()).collect()
    }

    #[pg_test]
    fn parts_of_a_scope_change_with_old_and_new_values() {
        demo();
        set("A/part/P-1002-01", "notes = 'one', is_bullet_card = true");
        let updates = json!({"is_bullet_card": true, "current_cell_id": id("A/cell/Laser 1"), "append_notes": "two"});
        let answer = rehearses(TOOL, &arguments(json!({"job_number": "JOB-1002"}), updates.clone(), json!({})));
        assert_eq!((&answer["changed"], numbers(&answer)), (&json!(2), vec!["P-1002-01", "P-1002-02"]));
        let cell = json!({"old": null, "new": id("A/cell/Laser 1")});
        assert_eq!(answer["parts"][0]["changes"], json!({"current_cell_id": cell}));
        assert_eq!(
            answer["parts"][1]["changes"],
            json!({"is_bullet_card": {"old": false, "new": true}, "current_cell_id": cell})
        );
        // Notes are added, not replaced.
        assert_eq!(column("A/part/P-1002-01", "notes"), "one\n\ntwo");
        set("A/part/P-1002-01", "updated_at = '2020-01-01Z'");
        let same = json!({"is_bullet_card": true, "cell_name": "LASER 1"});
        let same = call("A", TOOL, &arguments(json!({"job_number": "JOB-1002"}), same, json!({})));
        assert_eq!((&same["changed"], &same["unchanged"]), (&json!(0), &json!(2)));
        assert_eq!(column("A/part/P-1002-01", "extract(year FROM updated_at)"), 2020);
        let cleared = json!({"current_cell_id": null, "is_bullet_card": false, "notes": "by the older name"});
        call("A", TOOL, &arguments(json!({"part_ids": listed(&["A/part/P-1002-01"])}), cleared, json!({})));
        assert_eq!(
            column("A/part/P-1002-01", "json_build_array(current_cell_id, is_bullet_card, notes)"),
            json!([null, false, "one\n\ntwo\n\nby the older name"])
        );
    }

    #[pg_test]
    fn filters_leave_parts_alone_also_listed_ones() {
        demo();
        let card = json!({"is_bullet_card": true});
        let from = "FROM mes.parts p JOIN mes.jobs j ON j.id = p.job_id WHERE p.tenant_id = mes_demo_id('A')
                     AND p.deleted_at IS NULL AND j.deleted_at IS NULL AND j.customer = 'ACME Industries'";
        let due = "coalesce(j.due_date_override, j.due_date) < ((now() AT TIME ZONE 'Europe/Amsterdam')::date + 13) AT TIME ZONE 'Europe/Amsterdam'";
        let count = |condition: &str| sql(&format!("SELECT count(*) {from} AND {condition}"));
        let day = sql("SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date + 13");
        let expected = sql(&format!(
            "SELECT json_agg(p.part_number ORDER BY j.job_number, p.part_number) {from} AND {due} AND p.status = 'in_progress'"
        ));
        let filter = json!({"filter": {"due_before": day, "status": "in_progress"}});
        let answer = rehearses(TOOL, &arguments(json!({"customer": "acme industries"}), card.clone(), filter));
        assert_eq!(json!(numbers(&answer)), expected);
        assert!(numbers(&answer).len() > 1 && count(&format!("NOT {due}")).as_i64() > Some(0), "{answer}");
        let excluded = json!({"completed": count("p.status = 'completed'"), "in_progress": 0, "outside_scope": 0,
                              "other_status": count("p.status NOT IN ('completed', 'in_progress')"),
                              "due_later": count(&format!("p.status = 'in_progress' AND NOT {due}"))});
        assert_eq!(answer["excluded"], excluded);
        // Without a due date nothing is due before a day.
        Spi::run(
            "UPDATE mes.jobs SET due_date = NULL, due_date_override = NULL WHERE id = mes_demo_id('A/job/JOB-1002')",
        )
        .expect("a job");
        let none = call(
            "A",
            TOOL,
            &arguments(
                json!({"job_number": "JOB-1002"}),
                card.clone(),
                json!({"filter": {"due_before": "2099-01-01"}}),
            ),
        );
        assert_eq!((&none["changed"], &none["excluded"]["due_later"]), (&json!(0), &json!(2)));

        let both = json!({"part_ids": listed(&["A/part/P-1031-01", "A/part/P-1002-01"])});
        let answer = call("A", TOOL, &arguments(both.clone(), card.clone(), json!({})));
        assert_eq!((numbers(&answer), &answer["excluded"]["completed"]), (vec!["P-1002-01"], &json!(1)));
        let answer = call("A", TOOL, &arguments(both, card.clone(), json!({"filter": {"exclude_completed": false}})));
        assert_eq!(numbers(&answer), ["P-1031-01"]);
        for missing in ["A/part/P-1012-31", "B/part/P-1001-01", "nothing"] {
            let error = untouched(
                TOOL,
                &arguments(json!({"part_ids": listed(&["A/part/P-1002-02", missing])}), card.clone(), json!({})),
            );
            assert_eq!((&error["code"], &error["missing"]), (&json!("not_found"), &json!([id(missing)])));
            // With other criteria beside the list, in the same session.
            let scope = json!({"customer": "ACME Industries", "part_ids": listed(&[missing])});
            let due = json!({"filter": {"due_before": "2099-01-01"}});
            assert_eq!(untouched(TOOL, &arguments(scope, card.clone(), due))["code"], "not_found");
        }
        let before = digest();
        for customer in ["%", "50%", "50%_off", "50__off B.V.", "_CME Industries"] {
            assert_eq!(
                call("A", TOOL, &arguments(json!({"customer": customer}), card.clone(), json!({})))["changed"],
                0
            );
        }
        assert_eq!(digest(), before);
        assert_eq!(call("A", TOOL, &arguments(json!({"customer": "50%_off b.v."}), card, json!({})))["changed"], 5);
    }

    #[pg_test]
    fn states_follow_the_state_table_for_all_or_none() {
        demo();
        let parts =
            ["A/part/P-1012-15", "A/part/P-1012-05", "A/part/P-1002-01", "A/part/P-1017-03", "A/part/P-1021-01"];
        // The second has a standstill, the third is not started.
        let completed =
            |more: Value| arguments(json!({"part_ids": listed(&parts)}), json!({"status": "completed"}), more);
        let error = untouched(TOOL, &completed(json!({"force": true})));
        assert_eq!((&error["code"], &error["failed"]), (&json!("invalid_state"), &json!(2)));
        let mut failed: Vec<_> =
            error["failures"].as_array().into_iter().flatten().map(|row| row["id"].to_string()).collect();
        let mut expected = [parts[1], parts[2]].map(|part| json!(id(part)).to_string());
        failed.sort();
        expected.sort();
        assert_eq!(failed, expected);
        assert_eq!(untouched(TOOL, &completed(json!({})))["failed"], 5);
        let entry = running("A/operation/P-1017-03/3", "jan.smit", "30 minutes");
        let partial = rehearses(TOOL, &completed(json!({"force": true, "partial": true})));
        assert_eq!((&partial["changed"], partial["skipped"].as_array().map(Vec::len)), (&json!(3), Some(2)));
        assert_eq!(partial["parts"][1]["changes"]["status"], json!({"old": "in_progress", "new": "completed"}));
        assert_eq!(partial["parts"][1]["warnings"][0]["kind"], "ended_time_entries");
        let open = "SELECT count(*) FROM mes.operations WHERE part_id = mes_demo_id('A/part/P-1012-15') AND deleted_at IS NULL AND status <> 'completed'";
        assert_eq!(sql(open), 0);
        assert_eq!(sql(&format!("SELECT duration FROM mes.time_entries WHERE id = {entry}").replace('"', "'")), 30);
        // What is so already is no failure.
        let again = call(
            "A",
            TOOL,
            &arguments(
                json!({"part_ids": listed(&[parts[3]])}),
                json!({"status": "completed"}),
                json!({"filter": {"exclude_completed": false}}),
            ),
        );
        assert_eq!((&again["changed"], &again["unchanged"]), (&json!(0), &json!(1)));
        let reopened = untouched(
            TOOL,
            &arguments(
                json!({"part_ids": listed(&[parts[3]])}),
                json!({"status": "in_progress"}),
                json!({"filter": {"exclude_completed": false}}),
            ),
        );
        assert_eq!(
            (&reopened["code"], &reopened["failures"][0]["from"]),
            (&json!("invalid_state"), &json!("completed"))
        );

        let started =
            call("A", TOOL, &arguments(json!({"job_number": "JOB-1002"}), json!({"status": "in_progress"}), json!({})));
        assert_eq!(
            started["jobs"],
            json!([{"id": id("A/job/JOB-1002"), "previous_status": "not_started", "status": "in_progress"}])
        );
        let done = call(
            "A",
            TOOL,
            &arguments(json!({"job_number": "JOB-1002"}), json!({"status": "completed"}), json!({"force": true})),
        );
        assert_eq!((&done["completed_operations"], &done["jobs"][0]["status"]), (&json!(10), &json!("completed")));
        assert_eq!(column("A/job/JOB-1002", "status"), "completed");
    }

    #[pg_test]
    fn cells_and_notes_have_their_limits() {
        demo();
        let to = |part: &str, cell: &str, more: Value| {
            arguments(json!({"part_ids": listed(&[part])}), json!({"cell_name": cell}), more)
        };
        let full = untouched(TOOL, &to("A/part/P-1012-22", "Welding", json!({})));
        assert_eq!(
            (&full["code"], &full["failures"][0]["cell_id"]),
            (&json!("limit_exceeded"), &json!(id("A/cell/Welding")))
        );
        let forced = call("A", TOOL, &to("A/part/P-1012-22", "Welding", json!({"force": true})));
        assert_eq!((&forced["changed"], &forced["parts"][0]["warnings"][0]["kind"]), (&json!(1), &json!("wip_limit")));
        assert_eq!(untouched(TOOL, &to("A/part/P-1012-22", "Plasma", json!({})))["code"], "invalid_state");
        assert_eq!(untouched(TOOL, &to("A/part/P-1012-22", "Laser 0", json!({})))["code"], "not_found");
        let other = json!({"current_cell_id": id("B/cell/Inspection")});
        assert_eq!(
            untouched(TOOL, &arguments(json!({"job_number": "JOB-1002"}), other, json!({})))["code"],
            "not_found"
        );
        let completed =
            untouched(TOOL, &to("A/part/P-1031-01", "Laser 1", json!({"filter": {"exclude_completed": false}})));
        assert_eq!((&completed["code"], &completed["failed"]), (&json!("invalid_state"), &json!(1)));

        set("A/part/P-1002-02", "notes = repeat('é', 19995)");
        let scope = json!({"job_number": "JOB-1002"});
        let long = untouched(TOOL, &arguments(scope.clone(), json!({"append_notes": "1234"}), json!({})));
        assert_eq!(
            (&long["code"], &long["failures"][0]["id"]),
            (&json!("limit_exceeded"), &json!(id("A/part/P-1002-02")))
        );
        assert_eq!(call("A", TOOL, &arguments(scope.clone(), json!({"append_notes": "123"}), json!({})))["changed"], 2);
        for updates in [
            json!({}),
            json!({"notes": "x", "append_notes": "y"}),
            json!({"current_cell_id": null, "cell_name": "Laser 1"}),
            json!({"status": "completed", "cell_name": "Laser 1"}),
            json!({"status": "pending"}),
            json!({"tenant_id": id("B")}),
        ] {
            assert_eq!(
                untouched(TOOL, &arguments(scope.clone(), updates.clone(), json!({})))["code"],
                "invalid_arguments",
                "{updates}"
            );
        }
    }

    #[pg_test]
    fn nothing_is_changed_without_a_scope_and_never_more_than_allowed() {
        demo();
        nothing_without_a_scope(TOOL, "parts", "part_ids", &json!({"updates": {"is_bullet_card": true}}));
        assert_eq!(untouched(TOOL, &json!({"updates": {"is_bullet_card": true}}))["field"], "scope");
        for missing in ["B/job/JOB-1001", "A/job/JOB-1041", "nothing"] {
            let error =
                untouched(TOOL, &arguments(json!({"job_id": id(missing)}), json!({"is_bullet_card": true}), json!({})));
            assert_eq!(error["message"], format!("job not found: {}", id(missing)));
        }
        limited(
            TOOL,
            &arguments(json!({"job_number": "JOB-1012"}), json!({"is_bullet_card": true}), json!({})),
            "SELECT count(*) FROM mes.parts WHERE job_id = mes_demo_id('A/job/JOB-1012') AND deleted_at IS NULL AND status <> 'completed'",
        );
        let many: Vec<_> = (0..501).map(|_| id("nothing")).collect();
        assert_eq!(
            untouched(TOOL, &arguments(json!({"part_ids": many}), json!({"is_bullet_card": true}), json!({})))["code"],
            "invalid_arguments"
        );
    }
}
