//! What `suggest_reschedule` must answer on the demo factory, and in a small factory whose dates can be counted by hand.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const TOOL: &str = "suggest_reschedule";

    /// The Monday of tenant D's small factory: two weeks ahead.
    const MONDAY: &str = "(date_trunc('week', now() AT TIME ZONE 'UTC')::date + 14)";

    /// In tenant D (UTC, opens at eight): a part with two steps of five hours at a cell of eight hours a day.
    fn small_factory() {
        demo();
        Spi::run(&format!(
            "INSERT INTO mes.cells (id, tenant_id, name, sequence, capacity_hours_per_day)
             SELECT mes_demo_id('D/cell/' || n), mes_demo_id('D'), n, 1, h FROM (VALUES ('Bench', 8), ('Hall', 0)) v (n, h);
             INSERT INTO mes.jobs (id, tenant_id, job_number, customer, due_date)
             SELECT mes_demo_id('D/job/' || n), mes_demo_id('D'), n, 'Ada', {MONDAY} + d + time '12:00'
               FROM (VALUES ('ONE', 1), ('TWO', 3)) v (n, d);
             INSERT INTO mes.parts (id, tenant_id, job_id, part_number, material)
             SELECT mes_demo_id('D/part/' || n), mes_demo_id('D'), mes_demo_id('D/job/' || n), n, 'Oak' FROM (VALUES ('ONE'), ('TWO')) v (n);
             INSERT INTO mes.operations (id, tenant_id, part_id, cell_id, operation_name, sequence, estimated_time)
             SELECT mes_demo_id('D/operation/' || p || s), mes_demo_id('D'), mes_demo_id('D/part/' || p), mes_demo_id('D/cell/Bench'), p || s, s, 300
               FROM (VALUES ('ONE', 10), ('ONE', 20), ('TWO', 10)) v (p, s)"
        ))
        .expect("a factory");
    }

    /// Days after the Monday and hours, as an instant in the answer's form.
    fn at(days: i32, hours: &str) -> Value {
        sql(&format!("SELECT to_char({MONDAY} + {days} + time '{hours}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"))
    }

    fn suggest(mut arguments: Value) -> Value {
        arguments["start_from"] = sql(&format!("SELECT {MONDAY}"));
        if arguments.get("part_number").is_none() {
            arguments["job_number"] = json!("ONE");
        }
        call("D", TOOL, &arguments)
    }

    fn windows(answer: &Value) -> Vec<[Value; 2]> {
        let operations = answer["operations"].as_array().into_iter().flatten();
        operations.map(|o| [o["planned_start"].clone(), o["planned_end"].clone()]).collect()
    }

    #[pg_test]
    fn work_fills_the_hours_of_working_days_from_the_opening_on() {
        small_factory();
        let answer = suggest(json!({}));
        assert_eq!(windows(&answer), [[at(0, "08:00"), at(0, "13:00")], [at(0, "13:00"), at(1, "10:00")]]);
        assert_eq!(answer["earliest_finish"], at(1, "10:00"));
        assert_eq!((&answer["deadline"], &answer["effective_due_date"]), (&at(1, "12:00"), &at(1, "12:00")));
        assert_eq!((&answer["meets_deadline"], &answer["slack_hours"]), (&json!(true), &json!(2.0)));
        let latest: Vec<_> =
            answer["operations"].as_array().into_iter().flatten().map(|o| o["latest_start"].clone()).collect();
        assert_eq!(latest, [at(0, "10:00"), at(0, "15:00")]);
        assert_eq!(answer["critical_cell"], Value::Null);
        // A holiday, then half a day.
        Spi::run(&format!(
            "INSERT INTO mes.factory_calendar (tenant_id, date, day_type, capacity_multiplier, opening_time)
             VALUES (mes_demo_id('D'), {MONDAY}, 'half_day', 0.5, '09:00'), (mes_demo_id('D'), {MONDAY} + 1, 'holiday', 0, NULL)"
        ))
        .expect("days");
        let answer = suggest(json!({}));
        assert_eq!(windows(&answer), [[at(0, "09:00"), at(2, "09:00")], [at(2, "09:00"), at(2, "14:00")]]);
        assert_eq!((&answer["meets_deadline"], &answer["slack_hours"]), (&json!(false), &json!(-26.0)));
    }

    #[pg_test]
    fn the_work_of_others_comes_first_unless_capacity_is_left_out_of_account() {
        small_factory();
        Spi::run(&format!(
            "INSERT INTO mes.operation_day_allocations (tenant_id, operation_id, cell_id, date, hours_allocated)
             VALUES (mes_demo_id('D'), mes_demo_id('D/operation/TWO10'), mes_demo_id('D/cell/Bench'), {MONDAY}, 3);
             UPDATE mes.operations SET planned_start = {MONDAY} + time '00:00', planned_end = {MONDAY} + time '23:00'
              WHERE id = mes_demo_id('D/operation/ONE10')"
        ))
        .expect("a plan");
        let answer = suggest(json!({}));
        assert_eq!(windows(&answer), [[at(0, "11:00"), at(0, "16:00")], [at(1, "08:00"), at(1, "13:00")]]);
        assert_eq!(answer["critical_cell"]["cell_name"], "Bench");
        // Three hours on Monday; on Tuesday nothing is before it.
        assert_eq!(answer["critical_cell"]["waiting_hours"], 3.0);
        assert_eq!(answer["operations"][0]["current_planned_start"], at(0, "00:00"), "the own plan is no load");
        let alone = suggest(json!({"consider_capacity": false}));
        assert_eq!(alone["earliest_finish"], at(1, "10:00"));
        // The other way round, the first job's plan is in the way.
        let other = suggest(json!({"part_number": "TWO"}));
        assert_eq!(windows(&other), [[at(0, "13:00"), at(1, "10:00")]]);
        assert_eq!((&other["part_number"], &other["job_number"]), (&json!("TWO"), &json!("TWO")));
    }

    #[pg_test]
    fn what_cannot_be_scheduled_says_why() {
        small_factory();
        let move_to = |cell: &str| {
            Spi::run(&format!(
                "UPDATE mes.operations SET cell_id = mes_demo_id('D/cell/{cell}') WHERE id = mes_demo_id('D/operation/ONE10')"
            ))
            .expect("an operation");
        };
        let reasons = |answer: &Value| -> Vec<Value> {
            answer["operations"].as_array().into_iter().flatten().map(|o| o["unschedulable"].clone()).collect()
        };
        move_to("Hall");
        let answer = suggest(json!({}));
        assert_eq!(reasons(&answer), [json!("no_capacity"), json!("after_unschedulable")]);
        assert_eq!((&answer["earliest_finish"], &answer["meets_deadline"]), (&Value::Null, &json!(false)));
        assert_eq!((&answer["unschedulable_operations"], &answer["reschedule_arguments"]), (&json!(2), &Value::Null));
        assert_eq!(reasons(&suggest(json!({"consider_capacity": false})))[0], "no_capacity");
        move_to("Bench");
        Spi::run("UPDATE mes.cells SET capacity_hours_per_day = 0.02 WHERE id = mes_demo_id('D/cell/Bench')")
            .expect("a cell");
        assert_eq!(reasons(&suggest(json!({})))[0], "beyond_horizon");
        Spi::run("UPDATE mes.cells SET active = false WHERE id = mes_demo_id('D/cell/Bench')").expect("a cell");
        assert_eq!(reasons(&suggest(json!({})))[0], "cell_not_active");
        Spi::run("UPDATE mes.operations SET actual_time = 300 WHERE tenant_id = mes_demo_id('D')").expect("operations");
        assert_eq!(suggest(json!({}))["earliest_finish"], at(0, "00:00"), "nothing is left to do but to say so");
    }

    #[pg_test]
    fn other_jobs_of_the_customer_are_offered_when_they_are_due_near_the_deadline() {
        small_factory();
        let options = |arguments: Value| suggest(arguments)["consolidation_options"].clone();
        let two = options(json!({}));
        assert_eq!(
            (&two[0]["job_number"], &two[0]["days_difference"], &two[0]["remaining_minutes"]),
            (&json!("TWO"), &json!(2), &json!(300))
        );
        assert_eq!(two[0]["shared_cell_ids"], json!([id("D/cell/Bench")]));
        assert_eq!(options(json!({"consolidate_within_days": 1})), json!([]));
        assert_eq!(options(json!({"consolidate_with_customer": false})), json!([]));
        let target = sql(&format!("SELECT {MONDAY} + 4"));
        let late = suggest(json!({"target_date": target, "consolidate_within_days": 1}));
        assert_eq!(late["deadline"], at(5, "00:00"), "the end of that day");
        Spi::run("UPDATE mes.jobs SET status = 'completed' WHERE id = mes_demo_id('D/job/TWO')").expect("a job");
        assert_eq!(options(json!({})), json!([]));
        let ours = sql(
            "SELECT count(*) FROM mes.jobs j, mes.jobs o WHERE o.job_number = 'JOB-1001' AND o.tenant_id = mes_demo_id('A')
                AND j.tenant_id = o.tenant_id AND j.customer = o.customer AND j.id <> o.id AND j.status <> 'completed'
                AND abs(extract(epoch FROM coalesce(j.due_date_override, j.due_date) - o.due_date)) <= 7.2 * 86400",
        );
        let answer = call("A", TOOL, &json!({"job_number": "JOB-1001"}));
        assert_eq!(answer["consolidation_options"].as_array().map(|options| json!(options.len())), Some(ours));
    }

    #[pg_test]
    fn the_demo_follows_its_routing_its_calendar_and_its_opening_hours() {
        demo();
        for (tenant, zone, opens, job) in
            [("A", "Europe/Amsterdam", "07:00", "JOB-1012"), ("B", "America/Chicago", "06:00", "JOB-1002")]
        {
            let answer = call(tenant, TOOL, &json!({"job_number": job}));
            let proposed = answer["reschedule_arguments"]["operations"].to_string().replace('\'', "");
            let of_job = format!(
                "mes.operations o JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
                   WHERE j.id = mes_demo_id('{tenant}/job/{job}') AND o.status <> 'completed' AND o.deleted_at IS NULL AND p.deleted_at IS NULL"
            );
            assert_eq!(answer["remaining_operations"], sql(&format!("SELECT count(*) FROM {of_job}")));
            let left = format!("SELECT sum(greatest(o.estimated_time - o.actual_time, 0)) FROM {of_job}");
            assert_eq!(answer["remaining_minutes"], sql(&left));
            let windows = format!(
                "WITH w AS (SELECT o.*, x.planned_start AS s, x.planned_end AS e, x.planned_start AT TIME ZONE '{zone}' AS local
                              FROM json_to_recordset('{proposed}') AS x (operation_id uuid, planned_start timestamptz, planned_end timestamptz)
                              JOIN mes.operations o ON o.id = x.operation_id)"
            );
            let broken = sql(&format!(
                "{windows} SELECT count(*) FROM w JOIN w v ON v.part_id = w.part_id AND v.sequence > w.sequence AND v.s < w.e"
            ));
            assert_eq!(broken, 0, "routing of {job}");
            // A day of a cell goes from the opening over as many hours as the cell has, past midnight, too.
            let wrong = sql(&format!(
                "{windows} SELECT count(*) FROM w JOIN mes.cells c ON c.id = w.cell_id
                  CROSS JOIN LATERAL (SELECT w.local - time '{opens}' AS since) d
                   LEFT JOIN mes.factory_calendar k ON k.tenant_id = w.tenant_id AND k.date = d.since::date
                  WHERE w.s < now() - interval '1 second' OR w.e < w.s
                     OR w.s < w.e AND extract(epoch FROM d.since::time) / 3600
                        >= c.capacity_hours_per_day * coalesce(k.capacity_multiplier, (extract(isodow FROM d.since) < 6)::integer)"
            ));
            assert_eq!(wrong, 0, "days of {job}");
            let together = sql(&format!(
                "{windows} SELECT count(*) FROM w JOIN w v ON v.cell_id = w.cell_id AND v.id > w.id AND v.s < w.e AND w.s < v.e"
            ));
            assert_eq!(together, 0, "cells of {job}");
            assert_eq!(sql(&format!("{windows} SELECT count(*) FROM w")), answer["remaining_operations"]);
            let finish = answer["earliest_finish"].as_str().expect("a finish");
            assert_eq!(sql(&format!("{windows} SELECT max(e) = '{finish}' FROM w")), true);
            let free = call(tenant, TOOL, &json!({"job_number": job, "consider_capacity": false}));
            assert!(free["earliest_finish"].as_str() <= Some(finish), "without load it is not later");
        }
    }

    #[pg_test]
    fn batch_reschedule_operations_takes_the_arguments_as_they_are() {
        demo();
        for (tenant, job) in [("A", "JOB-1012"), ("A", "JOB-1027"), ("B", "JOB-1002"), ("C", "LUM-2")] {
            let answer = call(tenant, TOOL, &json!({"job_number": job}));
            let done = call(tenant, "batch_reschedule_operations", &answer["reschedule_arguments"]);
            let count = answer["operations"].as_array().map(Vec::len);
            assert_eq!(done["operations"].as_array().map(Vec::len), count, "{job}: {done}");
            let after = call(tenant, TOOL, &json!({"job_number": job}));
            for (before, after) in answer["operations"].as_array().into_iter().flatten().map(|before| {
                let rows = after["operations"].as_array().into_iter().flatten();
                (
                    before,
                    rows.clone().find(|row| row["operation_id"] == before["operation_id"]).expect("it is still open"),
                )
            }) {
                assert_eq!(after["current_planned_start"], before["planned_start"], "{job}");
                assert_eq!(after["current_planned_end"], before["planned_end"], "{job}");
            }
        }
    }

    #[pg_test]
    fn what_the_dates_leave_out_is_said() {
        demo();
        let codes = |tenant: &str, job: &str| -> Vec<Value> {
            let answer = call(tenant, TOOL, &json!({"job_number": job}));
            answer["warnings"].as_array().into_iter().flatten().map(|warning| warning["code"].clone()).collect()
        };
        assert_eq!(codes("C", "LUM-2"), ["no_estimate", "cell_closed", "undated_work_of_others"]);
        assert_eq!(codes("C", "LUM-3"), ["job_on_hold", "parked", "cell_closed", "undated_work_of_others"]);
        let parked = sql(
            "SELECT min(j.job_number) FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id JOIN mes.parts p ON p.id = o.part_id
               JOIN mes.jobs j ON j.id = p.job_id
              WHERE i.tenant_id = mes_demo_id('A') AND i.causes_standstill AND i.status = 'pending' AND o.status = 'on_hold'",
        );
        let answer = call("A", TOOL, &json!({"job_number": parked}));
        let standstill =
            answer["warnings"].as_array().into_iter().flatten().find(|w| w["code"] == "parked_by_standstill");
        let issues = standstill.expect("a warning")["issue_ids"].as_array().map(Vec::len);
        assert!(issues >= Some(1), "{answer}");
        let full = codes("A", "JOB-1010");
        assert!(full.contains(&json!("cell_at_wip_limit")), "Welding is over its limit: {full:?}");
    }

    #[pg_test]
    fn nothing_left_and_nobodys_order() {
        demo();
        let done = call("C", TOOL, &json!({"job_number": "LUM-4"}));
        assert_eq!((&done["remaining_operations"], &done["operations"]), (&json!(0), &json!([])));
        assert_eq!((&done["earliest_finish"], &done["meets_deadline"]), (&Value::Null, &Value::Null));
        let undated = call("C", TOOL, &json!({"job_number": "LUM-1"}));
        assert_eq!(
            (&undated["deadline"], &undated["meets_deadline"], &undated["slack_hours"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        assert!(undated["operations"][0]["latest_start"].is_null() && undated["earliest_finish"].is_string());
        assert_eq!(call("A", TOOL, &json!({"job_number": "JOB-1008"}))["remaining_operations"], 0);
        for arguments in [
            json!({"job_id": id("B/job/NP-2011")}),
            json!({"part_id": id("B/part/P-2011-01")}),
            json!({"job_number": "JOB-1041"}),
            json!({"part_number": "P-1041-01"}),
        ] {
            assert_eq!(refused("A", TOOL, &arguments)["code"], "not_found", "{arguments}");
        }
        let both = json!({"job_number": "JOB-1001", "part_number": "P-1001-01"});
        assert_eq!(refused("A", TOOL, &both)["field"], "job_id");
        assert_eq!(refused("D", TOOL, &json!({"job_number": "JOB-1001"}))["code"], "not_found");
    }
}
