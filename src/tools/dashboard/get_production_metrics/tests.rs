//! Tests of `get_production_metrics`.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    /// The local days from `from` to `to` days ago, both included.
    fn days(zone: &str, column: &str, from: i64, to: i64) -> String {
        format!(
            "({column} AT TIME ZONE '{zone}')::date BETWEEN (now() AT TIME ZONE '{zone}')::date - {from}
                                                        AND (now() AT TIME ZONE '{zone}')::date - {to}"
        )
    }

    #[pg_test]
    fn the_numbers_are_those_of_the_last_thirty_local_days_and_of_thirty_before() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            let metrics = call(tenant, "get_production_metrics", &json!({}));
            for (span, from, to) in [("current", 29, 0), ("previous", 59, 30)] {
                let (found, within) = (&metrics[span], |column: &str| days(zone, column, from, to));
                let of = |columns: &str, table: &str, column: &str, live: &str| {
                    sql(&format!(
                        "SELECT json_build_array({columns}) FROM mes.{table} x
                          WHERE tenant_id = mes_demo_id('{tenant}') AND {live} AND {}",
                        within(column)
                    ))
                };
                let jobs = of(
                    "count(*), count(*) FILTER (WHERE completed_at <= coalesce(due_date_override, due_date)),
                     round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at) / 86400))::numeric, 2)",
                    "jobs", "completed_at", "deleted_at IS NULL",
                );
                let found_jobs = &found["jobs"];
                assert_eq!(
                    json!([found_jobs["completed"], found_jobs["on_time"], found_jobs["lead_time_median_days"]]),
                    jobs,
                    "{tenant} {span}"
                );
                let work = of(
                    "count(*), coalesce(sum(estimated_time), 0), coalesce(sum(actual_time), 0)",
                    "operations",
                    "completed_at",
                    "status = 'completed' AND deleted_at IS NULL",
                );
                let operations = &found["operations"];
                assert_eq!(
                    json!([
                        operations["completed"],
                        operations["estimated_time_minutes"],
                        operations["actual_time_minutes"]
                    ]),
                    work,
                    "{tenant} {span}"
                );
                let pieces = of(
                    "coalesce(sum(quantity_produced), 0), coalesce(sum(quantity_good), 0), coalesce(sum(quantity_scrap), 0),
                     round(100.0 * sum(quantity_good) / nullif(sum(quantity_produced), 0), 2)",
                    "operation_quantities", "recorded_at", "true",
                );
                let found_pieces = &found["pieces"];
                assert_eq!(
                    json!([
                        found_pieces["produced"],
                        found_pieces["good"],
                        found_pieces["scrap"],
                        found_pieces["first_pass_yield_percent"]
                    ]),
                    pieces,
                    "{tenant} {span}"
                );
                let booked = of(
                    "coalesce(sum(duration), 0), coalesce(sum(duration) FILTER (WHERE time_type = 'breakdown'), 0),
                     round(100.0 * sum(duration) FILTER (WHERE time_type IN ('run', 'setup', 'rework')) / nullif(sum(duration), 0), 2)",
                    "time_entries", "start_time", "true",
                );
                let time = &found["time"];
                assert_eq!(
                    json!([time["booked_minutes"], time["breakdown_minutes"], time["availability_percent"]]),
                    booked,
                    "{tenant} {span}"
                );
            }
            let current = &metrics["current"];
            let sum = |list: &str, path: &str| -> i64 {
                metrics[list].as_array().into_iter().flatten().filter_map(|row| row.pointer(path)?.as_i64()).sum()
            };
            assert_eq!(json!(sum("by_cell", "/pieces/produced")), current["pieces"]["produced"]);
            assert_eq!(json!(sum("by_cell", "/operations/completed")), current["operations"]["completed"]);
            assert_eq!(json!(sum("by_cell", "/time/booked_minutes")), current["time"]["booked_minutes"]);
            assert_eq!(metrics["by_day"].as_array().map(Vec::len), Some(30));
            assert_eq!(json!(sum("by_day", "/pieces/good")), current["pieces"]["good"]);
            assert_eq!(json!(sum("by_day", "/jobs_completed")), current["jobs"]["completed"]);
            assert_eq!(json!(sum("by_day", "/booked_minutes")), current["time"]["booked_minutes"]);
        }
    }

    #[pg_test]
    fn the_last_day_is_included_and_days_are_the_tenants() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            // In Chicago clocks go forward in the second night. No demo data is that old.
            let lot = |day: &str, offset: &str, pieces: i32| {
                Spi::run(&format!(
                    "INSERT INTO mes.operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good, recorded_at)
                     SELECT tenant_id, id, {pieces}, {pieces}, timestamp '{day}' AT TIME ZONE '{zone}' + interval '{offset}'
                       FROM mes.operations WHERE tenant_id = mes_demo_id('{tenant}') AND deleted_at IS NULL LIMIT 1"
                ))
                .expect("a lot");
            };
            for (day, offset, pieces) in [
                ("1999-04-03", "-1 us", 1),
                ("1999-04-03", "0", 10),
                ("1999-04-05", "-1 us", 100),
                ("1999-04-05", "0", 1000),
            ] {
                lot(day, offset, pieces);
            }
            let metrics =
                call(tenant, "get_production_metrics", &json!({"start_date": "1999-04-03", "end_date": "1999-04-04"}));
            assert_eq!(metrics["current"]["pieces"]["good"], 110, "{tenant}");
            assert_eq!(metrics["previous"]["pieces"]["good"], 1, "{tenant}");
            let days: Vec<_> = metrics["by_day"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|day| json!([day["date"], day["pieces"]["good"]]))
                .collect();
            assert_eq!(json!(days), json!([["1999-04-03", 10], ["1999-04-04", 100]]));
            let same = sql(&format!(
                "SELECT timestamp '1999-04-01' AT TIME ZONE '{zone}' = '{}'::timestamptz",
                metrics["span"]["previous_start"].as_str().expect("an instant")
            ));
            assert_eq!(same, true, "{tenant}: {}", metrics["span"]);
        }
    }

    #[pg_test]
    fn spans_that_make_no_sense_are_refused_and_an_empty_factory_has_nulls() {
        demo();
        for (arguments, field) in [
            (json!({"start_date": "2025-03-02", "end_date": "2025-03-01"}), "end_date"),
            (json!({"start_date": "2025-03-02T00:00:00Z", "end_date": "2025-03-02T00:00:00Z"}), "end_date"),
            (json!({"start_date": "2999-01-01"}), "end_date"),
            (json!({"start_date": "2024-01-01", "end_date": "2025-01-01"}), "end_date"),
            (json!({"start_date": "0001-01-01", "end_date": "0001-01-02"}), "start_date"),
            (json!({"end_date": "9999-12-31"}), "start_date"),
        ] {
            let error = refused("B", "get_production_metrics", &arguments);
            assert_eq!(
                (&error["code"], &error["field"]),
                (&json!("invalid_arguments"), &json!(field)),
                "{arguments}: {error}"
            );
        }
        let year = call("B", "get_production_metrics", &json!({"start_date": "2024-01-01", "end_date": "2024-12-31"}));
        assert_eq!(year["by_day"].as_array().map(Vec::len), Some(366));
        let instant = call(
            "D",
            "get_production_metrics",
            &json!({"start_date": "2025-10-26T00:30:00Z", "end_date": "2025-10-26T00:45:00Z"}),
        );
        assert_eq!(instant["by_day"].as_array().map(Vec::len), Some(1));
        let empty = call("D", "get_production_metrics", &json!({}));
        for path in [
            "/jobs/on_time_percent",
            "/jobs/lead_time_median_days",
            "/operations/actual_of_estimated_percent",
            "/pieces/first_pass_yield_percent",
            "/time/availability_percent",
        ] {
            assert_eq!(empty["current"].pointer(path), Some(&Value::Null), "{path}");
        }
        assert_eq!((&empty["current"]["jobs"]["completed"], &empty["by_cell"]), (&json!(0), &json!([])));
    }
}
