//! Tests on the demo factory without what a live database lacks: the times of jobs, and the numbers of NCRs.

#[pgrx::pg_schema]
mod tests {
    use crate::run::tool::Access;
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn run(statements: &str) {
        Spi::run(statements).expect("statements");
    }

    /// What the rows of a job say, by a text of its own: (started, completed).
    const DERIVED: &str = "SELECT j.id, j.tenant_id, j.status, j.due_date, j.due_date_override,
            CASE WHEN j.status <> 'not_started' THEN coalesce(min(w.starts), min(w.done)) END AS started_at,
            CASE WHEN j.status = 'completed' THEN coalesce(max(w.done), max(w.ends)) END AS completed_at
       FROM mes.jobs j
       LEFT JOIN (SELECT p.job_id, o.completed_at AS done, t.start_time AS starts, t.end_time AS ends
                    FROM mes.parts p JOIN mes.operations o ON o.part_id = p.id AND o.deleted_at IS NULL
                    LEFT JOIN mes.time_entries t ON t.operation_id = o.id
                   WHERE p.deleted_at IS NULL) w ON w.job_id = j.id
      WHERE j.deleted_at IS NULL
      GROUP BY j.id, j.tenant_id, j.status, j.due_date, j.due_date_override";

    /// All jobs of A with their times, as `fetch_jobs` shows them.
    fn check_the_times_of_all_jobs() {
        let page = call("A", "fetch_jobs", &json!({"limit": 500}));
        let jobs = page["jobs"].as_array().expect("jobs");
        let shown: Vec<_> = jobs.iter().map(|job| json!([job["id"], job["started_at"], job["completed_at"]])).collect();
        let same = sql(&format!(
            "WITH derived AS ({DERIVED}), shown AS (SELECT (x ->> 0)::uuid AS id, (x ->> 1)::timestamptz AS started_at,
                    (x ->> 2)::timestamptz AS completed_at FROM jsonb_array_elements('{}') x)
             SELECT json_build_array(count(*), count(s.completed_at), count(*) FILTER (
                        WHERE (s.started_at, s.completed_at) IS DISTINCT FROM (d.started_at, d.completed_at)))
               FROM derived d LEFT JOIN shown s ON s.id = d.id WHERE d.tenant_id = mes_demo_id('A')",
            json!(shown)
        ));
        assert_eq!((&same[0], &same[2]), (&json!(jobs.len()), &json!(0)), "{same}");
        assert!(same[1].as_i64() > Some(0));
    }

    /// The jobs that were completed in the last thirty local days of A, and how many of them in time.
    fn check_production_metrics() {
        let found = call("A", "get_production_metrics", &json!({}))["current"]["jobs"].clone();
        let expected = sql(&format!(
            "SELECT json_build_array(count(*), count(*) FILTER (WHERE completed_at <= coalesce(due_date_override, due_date)),
                    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at) / 86400))::numeric, 2))
               FROM ({DERIVED}) d
              WHERE tenant_id = mes_demo_id('A')
                AND (completed_at AT TIME ZONE 'Europe/Amsterdam')::date > (now() AT TIME ZONE 'Europe/Amsterdam')::date - 30"
        ));
        assert!(expected[0].as_i64() > Some(0));
        assert_eq!(json!([found["completed"], found["on_time"], found["lead_time_median_days"]]), expected);
    }

    #[pg_test]
    fn times_of_jobs_that_the_application_never_fills_are_derived_from_the_work() {
        demo();
        run("UPDATE mes.jobs SET started_at = NULL, completed_at = NULL");
        check_the_times_of_all_jobs();
        check_production_metrics();
        run("ALTER TABLE mes.jobs DROP COLUMN started_at, DROP COLUMN completed_at");
        check_the_times_of_all_jobs();
        check_production_metrics();
        assert_eq!(sql("SELECT count(*) FROM mcp_job_times"), 0);
        run("UPDATE mes.operations SET completed_at = NULL");
        check_the_times_of_all_jobs();
        check_production_metrics();
    }

    #[pg_test]
    fn what_a_tool_does_to_a_job_is_kept_where_its_table_cannot() {
        demo();
        run("ALTER TABLE mes.jobs DROP COLUMN started_at, DROP COLUMN completed_at");
        let job = |tool: &str, more: Value| {
            let mut arguments = json!({"job_number": "JOB-1026"});
            arguments.as_object_mut().expect("fields").extend(more.as_object().cloned().expect("fields"));
            call("A", tool, &arguments)["job"].clone()
        };
        let first_work = sql(&format!("SELECT started_at FROM ({DERIVED}) d WHERE id = mes_demo_id('A/job/JOB-1026')"));
        let now = sql("now()");
        let done = job("complete_job", json!({}));
        assert_eq!((&done["started_at"], &done["completed_at"]), (&first_work, &now));
        let kept = "SELECT json_build_array(started_at, completed_at) FROM mcp_job_times WHERE job_id = mes_demo_id('A/job/JOB-1026')";
        assert_eq!(sql(kept), json!([first_work, now]));
        // The application completes it once more, and the side table knows nothing of it.
        run("UPDATE mes.operations o SET completed_at = now() + interval '1 hour'
               FROM mes.parts p WHERE p.id = o.part_id AND p.job_id = mes_demo_id('A/job/JOB-1026')");
        let shown = call("A", "get_job_overview", &json!({"job_number": "JOB-1026"}))["job"].clone();
        assert_eq!(shown["completed_at"], sql("now() + interval '1 hour'"));
        let again = job("update_job", json!({"status": "in_progress", "reason": "one piece is missing"}));
        assert_eq!((&again["started_at"], &again["completed_at"]), (&first_work, &json!(null)));
    }

    /// The factory as a live one is: no column and no table for numbers, and NCRs that the application wrote.
    fn without_numbers() {
        demo();
        run("ALTER TABLE mes.issues DROP COLUMN ncr_number CASCADE; DROP TABLE mes.ncr_counters");
    }

    /// The numbers of A's NCRs, in the order in which they were made.
    const IN_ORDER: &str = "SELECT json_agg(n.ncr_number ORDER BY i.created_at, i.id)
        FROM mes.issues i JOIN mcp_ncr_numbers n ON n.issue_id = i.id WHERE i.tenant_id = mes_demo_id('A')";

    #[pg_test]
    fn ncrs_of_the_application_get_numbers_when_they_are_seen() {
        without_numbers();
        assert_eq!(sql("SELECT count(*) FROM mcp_ncr_numbers"), 0);
        let page = call("A", "fetch_ncrs", &json!({"limit": 500}));
        let shown = page["ncrs"].as_array().expect("ncrs");
        assert!(!shown.is_empty() && shown.iter().all(|ncr| ncr["ncr_number"].is_string()));
        let expected = sql(
            "SELECT json_agg('NCR-' || year || '-' || lpad(place::text, 4, '0') ORDER BY created_at, id)
               FROM (SELECT i.id, i.created_at, y.year, row_number() OVER (PARTITION BY y.year ORDER BY i.created_at, i.id) AS place
                       FROM mes.issues i
                      CROSS JOIN LATERAL (SELECT extract(year FROM i.created_at AT TIME ZONE 'Europe/Amsterdam') AS year) y
                      WHERE i.tenant_id = mes_demo_id('A') AND i.issue_type = 'ncr') n",
        );
        assert_eq!(sql(IN_ORDER), expected);
        call("A", "fetch_issues", &json!({}));
        assert_eq!(sql(IN_ORDER), expected, "seen once more, nothing changes");
        assert_eq!(sql("SELECT count(*) FROM mcp_ncr_numbers WHERE tenant_id <> mes_demo_id('A')"), 0);
    }

    #[pg_test]
    fn a_new_ncr_gets_the_number_after_those_of_the_application() {
        without_numbers();
        let ncr = json!({"operation_id": id("A/operation/P-1012-04/2"), "title": "Bent", "severity": "medium", "ncr_category": "other"});
        let made = call("A", "create_ncr", &ncr)["ncr"].clone();
        let number = made["ncr_number"].clone();
        assert_eq!(number, sql("SELECT max(ncr_number) FROM mcp_ncr_numbers WHERE tenant_id = mes_demo_id('A')"));
        assert_eq!(
            sql("SELECT count(*) FROM mes.issues WHERE tenant_id = mes_demo_id('A') AND issue_type = 'ncr'"),
            sql("SELECT count(*) FROM mcp_ncr_numbers WHERE tenant_id = mes_demo_id('A')")
        );
        let lower = number.as_str().expect("a number").to_lowercase();
        assert_eq!(call("A", "fetch_ncrs", &json!({"search": lower}))["count"], 1);
        let found = call("A", "fetch_ncrs", &json!({"ncr_number": lower}));
        assert_eq!((&found["ncrs"][0]["id"], &found["count"]), (&made["id"], &json!(1)));
        let changed = call("A", "update_issue", &json!({"ncr_number": number, "root_cause": "tool wear"}));
        assert_eq!(changed["issue"]["ncr_number"], number);
        let overview = call("A", "get_job_overview", &json!({"job_number": "JOB-1012"}));
        let ncrs = overview["issues"]["ncrs"].as_array().expect("ncrs");
        assert!(!ncrs.is_empty() && ncrs.iter().all(|ncr| ncr["ncr_number"].is_string()));
        let other = call("A", "create_ncr", &ncr);
        assert_eq!(other["similar_ncrs"][0]["ncr_number"], number);
        assert_eq!(refused("B", "fetch_ncrs", &json!({"ncr_number": "NCR-1999-0001"}))["code"], "not_found");
    }

    #[pg_test]
    fn numbers_of_the_application_itself_are_shown_and_passed() {
        demo();
        run("DROP TABLE mes.ncr_counters;
             UPDATE mes.issues SET ncr_number = NULL
              WHERE id = (SELECT id FROM mes.issues WHERE tenant_id = mes_demo_id('A') AND issue_type = 'ncr' ORDER BY created_at DESC LIMIT 1)");
        let highest = sql("SELECT max(ncr_number) FROM mes.issues WHERE tenant_id = mes_demo_id('A')");
        let page = call("A", "fetch_ncrs", &json!({"limit": 500}));
        let numbers: Vec<_> =
            page["ncrs"].as_array().expect("ncrs").iter().map(|ncr| ncr["ncr_number"].to_string()).collect();
        let mut distinct = numbers.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!((distinct.len(), numbers.contains(&"null".to_owned())), (numbers.len(), false));
        assert_eq!(sql("SELECT count(*) FROM mcp_ncr_numbers"), 1);
        assert_eq!(
            sql(&format!("SELECT ncr_number > '{}' FROM mcp_ncr_numbers", highest.as_str().expect("one"))),
            true
        );
    }

    #[pg_test]
    fn in_a_read_only_session_a_number_is_absent() {
        without_numbers();
        run("SET LOCAL transaction_read_only = on");
        let page = call("A", "fetch_ncrs", &json!({}));
        assert!(page["ncrs"].as_array().expect("ncrs").iter().all(|ncr| ncr["ncr_number"].is_null()));
    }

    /// The answers of all examples of the read tools for A, without what tells the time.
    fn answers() -> Vec<(&'static str, Value)> {
        let examples = crate::tools::all().filter(|tool| tool.access == Access::Read).flat_map(|tool| {
            let of_a = tool.examples.iter().filter(|example| example.tenant == "A");
            of_a.map(move |example| (tool.name, example.arguments))
        });
        examples
            .filter(|(_, arguments)| !arguments.contains('@'))
            .map(|(tool, arguments)| (tool, call("A", tool, &serde_json::from_str(arguments).expect("JSON"))))
            .collect()
    }

    #[pg_test]
    fn a_row_without_a_status_counts_as_one_with_the_default() {
        demo();
        let before = answers();
        assert!(before.len() > 20);
        run("SET LOCAL session_replication_role = replica;
             ALTER TABLE mes.jobs ALTER status DROP NOT NULL; ALTER TABLE mes.parts ALTER status DROP NOT NULL;
             ALTER TABLE mes.operations ALTER status DROP NOT NULL; ALTER TABLE mes.issues ALTER status DROP NOT NULL,
                 ALTER issue_type DROP NOT NULL, ALTER causes_standstill DROP NOT NULL;
             ALTER TABLE mes.substeps ALTER status DROP NOT NULL;
             UPDATE mes.jobs SET status = NULL WHERE status = 'not_started'; UPDATE mes.parts SET status = NULL WHERE status = 'not_started';
             UPDATE mes.operations SET status = NULL WHERE status = 'not_started'; UPDATE mes.issues SET status = NULL WHERE status = 'pending';
             UPDATE mes.issues SET issue_type = NULL WHERE issue_type = 'general'; UPDATE mes.issues SET causes_standstill = NULL WHERE NOT causes_standstill;
             UPDATE mes.substeps SET status = NULL WHERE status = 'not_started';
             SET LOCAL session_replication_role = origin");
        for ((tool, before), (_, after)) in before.iter().zip(answers()) {
            assert_eq!(*before, after, "{tool}");
        }
    }
}
