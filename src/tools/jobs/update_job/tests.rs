//! What `update_job` must do, on the demo factory.

#[cfg(test)]
mod arguments {
    use crate::error::ToolErrorCode;
    use crate::tools::jobs::update_job::Arguments;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn arguments(value: Value) -> Arguments {
        serde_json::from_value(value).expect("arguments")
    }

    #[test]
    fn null_is_a_value_and_absence_is_none() {
        let id = Uuid::nil();
        let wanted = arguments(json!({"id": id, "due_date": null, "priority": "low"})).wanted().expect("wanted");
        assert_eq!(Value::Object(wanted), json!({"due_date": null, "priority": "low"}));
    }

    #[test]
    fn an_update_needs_a_field_and_a_reason_a_state() {
        let refused = |fields: Value| arguments(fields).wanted().expect_err("refused");
        assert_eq!(refused(json!({"expected_status": "on_hold"})).code, ToolErrorCode::InvalidArguments);
        assert_eq!(refused(json!({"notes": "x", "reason": "y"})).details["field"], "reason");
    }
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn an_update_tells_old_and_new_values_and_keeps_the_erps_date() {
        demo();
        let job = id("A/job/JOB-1002");
        let update = |fields: Value| {
            let mut arguments = fields;
            arguments["id"] = json!(job);
            call("A", "update_job", &arguments)
        };
        let erp = sql("SELECT due_date FROM mes.jobs WHERE id = mes_demo_id('A/job/JOB-1002')");
        let changed =
            update(json!({"status": "in_progress", "due_date": "2031-07-01", "priority": "urgent", "notes": "one"}));
        assert_eq!(changed["changes"]["status"], json!({"old": "not_started", "new": "in_progress"}));
        assert_eq!(changed["changes"]["priority"], json!({"old": null, "new": "urgent"}));
        assert_eq!(changed["job"]["due_date"], erp);
        assert_eq!(changed["job"]["effective_due_date"], changed["changes"]["due_date_override"]["new"]);
        assert!(changed["job"]["started_at"].is_string());
        assert_eq!(update(json!({"append_notes": "two"}))["changes"]["notes"]["new"], "one\n\ntwo");
        let cleared = update(json!({"due_date": null, "notes": null, "priority": null}));
        assert_eq!(cleared["changes"].as_object().map(|changes| changes.len()), Some(3));
        assert_eq!(cleared["job"]["effective_due_date"], erp);
        Spi::run("UPDATE mes.jobs SET updated_at = '2020-01-01Z'").expect("an older time");
        let same = update(json!({"status": "in_progress", "notes": null}));
        assert_eq!(same["changes"], json!({}));
        assert_eq!(sql("SELECT extract(year FROM max(updated_at)) FROM mes.jobs"), 2020);
    }

    #[pg_test]
    fn an_update_that_must_not_be_is_refused() {
        demo();
        let update = |job: &str, fields: Value| {
            let mut arguments = fields;
            arguments["id"] = json!(id(job));
            refused("A", "update_job", &arguments)
        };
        let completed = update("A/job/JOB-1002", json!({"status": "completed"}));
        assert_eq!(
            (&completed["code"], &completed["allowed"]),
            (&json!("invalid_state"), &json!(["in_progress", "on_hold"]))
        );
        assert!(completed["hint"].as_str().is_some_and(|hint| hint.contains("complete_job")), "{completed}");
        assert_eq!(update("A/job/JOB-1002", json!({}))["code"], "invalid_arguments");
        let stale = update("A/job/JOB-1002", json!({"notes": "x", "expected_status": "on_hold"}));
        assert_eq!((&stale["code"], &stale["status"]), (&json!("conflict"), &json!("not_started")));
        let stale = update("A/job/JOB-1002", json!({"notes": "x", "if_updated_at": "2020-01-01T00:00:00Z"}));
        assert!(stale["updated_at"].is_string(), "{stale}");
        for missing in ["A/job/JOB-1041", "B/job/JOB-1001", "nothing"] {
            let refused = update(missing, json!({"notes": "x"}));
            assert_eq!(refused["message"], format!("job not found: {}", id(missing)));
        }
    }
}
