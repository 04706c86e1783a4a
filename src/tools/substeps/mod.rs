//! Substeps: the check list of an operation.

pub(in crate::tools) mod add_substep;
pub(in crate::tools) mod complete_substep;
pub(in crate::tools) mod delete_substep;
pub(in crate::tools) mod fetch_substeps;
pub(in crate::tools) mod update_substep;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::core::states::{SubstepStatus, TaskStatus};
use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::shared::{differences, with_rules};

/// The highest number that a caller may give a substep.
const MAX_SEQUENCE: i32 = 1_000_000;

/// The JSON text of a [`CheckList`], as an aggregate over substeps `s`.
const PROGRESS: &str = include_str!("progress.sql");

/// A substep as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Substep {
    id: Uuid,
    operation_id: Uuid,
    operation_name: String,
    /// The operation's order inside its part.
    operation_sequence: i32,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    /// What is to be done.
    name: String,
    /// Order inside the operation.
    sequence: i32,
    status: SubstepStatus,
    notes: Option<String>,
    completed_at: Option<DateTime<FixedOffset>>,
    /// The profile id of the person who did it; null when nobody said.
    completed_by: Option<Uuid>,
    completed_by_name: Option<String>,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
}

/// How far a check list is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct CheckList {
    /// All substeps.
    total: i64,
    /// Completed ones.
    completed: i64,
    /// Blocked ones.
    blocked: i64,
}

/// What is known of a substep when it is locked.
struct Present {
    status: SubstepStatus,
    operation: Uuid,
    operation_status: TaskStatus,
}

/// Locks a live operation until the transaction ends, and gives its state. It stands for all its substeps: whoever changes one of them
/// locks it first.
fn lock_operation(call: &Call, id: Uuid) -> Result<TaskStatus, ToolError> {
    static LOCK: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("lock_operation.sql")));
    query::write(&LOCK, sql_args![uuid(call.tenant), uuid(id)], |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<String>() }
    })
    .and_then(|status| TaskStatus::from_name(&status))
    .ok_or_else(|| ToolError::not_found("operation", &id))
}

/// Locks a substep of a live operation and that operation, and gives their states.
fn lock(call: &Call, id: Uuid) -> Result<Present, ToolError> {
    let not_found = || ToolError::not_found("substep", &id);
    let args = sql_args![uuid(call.tenant), uuid(id)];
    let operation = query::read(include_str!("operation_of.sql"), args, |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<pgrx::Uuid>() }
    })
    .map(query::from_uuid)
    .ok_or_else(not_found)?;
    let operation_status = lock_operation(call, operation).map_err(|_| not_found())?;
    // It may have been deleted while the operation's lock was waited for.
    let status = query::write(include_str!("lock.sql"), args, |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<String>() }
    })
    .and_then(|status| SubstepStatus::from_name(&status))
    .ok_or_else(not_found)?;
    Ok(Present { status, operation, operation_status })
}

/// Moves the operation's substeps from `sequence` on up by one when another than `id` has that number, and tells how many moved.
fn make_room(call: &Call, operation: Uuid, sequence: i32, id: Uuid) -> usize {
    let args = sql_args![uuid(call.tenant), uuid(operation), sequence, uuid(id)];
    query::write(include_str!("make_room.sql"), args, |rows| Ok(rows.len()))
}

/// Sets the fields of a locked substep, and gives what is different now.
fn update(call: &Call, id: Uuid, wanted: &Value) -> Map<String, Value> {
    let wanted = wanted.to_string();
    let args = sql_args![uuid(call.tenant), uuid(id), wanted.as_str()];
    let (old, new) = query::write(include_str!("update.sql"), args, |rows| {
        if rows.is_empty() { Ok((None, None)) } else { rows.first().get_two::<String, String>() }
    });
    differences(old, new)
}

/// How far the check list of a live operation is.
fn progress(call: &Call, operation: Uuid) -> CheckList {
    static COUNT: LazyLock<String> = LazyLock::new(|| {
        with_rules(&format!("SELECT ({PROGRESS})::text FROM {{{{live_substeps}}}} AND s.operation_id = $2"))
    });
    query::read(&COUNT, sql_args![uuid(call.tenant), uuid(operation)], |rows| rows.first().get_one::<String>())
        .and_then(|text| serde_json::from_str(&text).ok())
        .expect("an aggregate gives a row")
}

/// The JSON text of one substep of a live operation.
fn read(call: &Call, id: Uuid) -> String {
    static ONE: LazyLock<String> = LazyLock::new(|| {
        with_rules(concat!(include_str!("one.sql"), include_str!("row.sql"))).replace("{{direction}}", "")
    });
    query::read(&ONE, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
        .unwrap_or_default()
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    pub(in crate::tools) const OPERATION: &str = "B/operation/P-1001-01/4";

    /// The substeps of [`OPERATION`] by their number in the demo factory: 1 is completed, 2 and 3 are not started.
    pub(in crate::tools) fn step(number: u8) -> Value {
        json!(id(&format!("B/substep/P-1001-01/4/{number}")))
    }

    pub(in crate::tools) fn sequences() -> Value {
        let list = call("B", "fetch_substeps", &json!({"operation_id": id(OPERATION)}));
        let rows = list["substeps"].as_array().into_iter().flatten();
        rows.map(|row| json!([row["name"], row["sequence"]])).collect()
    }

    pub(in crate::tools) fn column(number: u8, expression: &str) -> Value {
        sql(&format!("SELECT {expression} FROM mes.substeps WHERE id = {}", step(number)).replace('"', "'"))
    }

    pub(in crate::tools) fn complete_operation() {
        Spi::run(&format!("UPDATE mes.operations SET status = 'completed' WHERE id = mes_demo_id('{OPERATION}')"))
            .expect("an operation");
    }

    #[pg_test]
    fn substeps_come_in_the_order_of_work_with_their_progress() {
        demo();
        let list = call("B", "fetch_substeps", &json!({"task_id": id(OPERATION), "status": "pending", "limit": 1}));
        assert_eq!(list["progress"], json!({"total": 3, "completed": 1, "blocked": 0}));
        assert_eq!((&list["count"], &list["substeps"][0]["id"]), (&json!(1), &step(2)));
        let (part, job) = (id("B/part/P-1001-01"), id("B/job/JOB-1001"));
        assert_eq!(total("B", "fetch_substeps", &json!({"part_id": part})), 3);
        assert_eq!(total("B", "fetch_substeps", &json!({"job_id": job, "status": "completed"})), 1);
        assert_eq!(total("B", "fetch_substeps", &json!({"part_number": "p-1001-01"})), 3);
        assert_eq!(total("B", "fetch_substeps", &json!({"job_number": "JOB-1001", "operation_id": id(OPERATION)})), 3);
        for (tenant, place, what) in [
            ("A", json!({"operation_id": id(OPERATION)}), "operation"),
            ("B", json!({"operation_id": id("nothing")}), "operation"),
            ("B", json!({"part_id": id("nothing")}), "part"),
            ("B", json!({"part_id": part, "job_id": id("A/job/JOB-1001")}), "job"),
            ("B", json!({"part_number": "P-9999-01"}), "part"),
            ("A", json!({"job_number": "JOB-1041"}), "job"),
            ("D", json!({"job_number": "JOB-1001"}), "job"),
        ] {
            let error = refused(tenant, "fetch_substeps", &place);
            assert_eq!(error["code"], "not_found", "{place}");
            assert!(
                error["message"].as_str().is_some_and(|said| said.starts_with(&format!("{what} not found"))),
                "{error}"
            );
        }
        let list = call("A", "fetch_substeps", &json!({"part_number": "P-1001-01"}));
        assert_eq!(list["progress"], json!({"total": 0, "completed": 0, "blocked": 0}));
        let without = refused("B", "fetch_substeps", &json!({"status": "blocked"}));
        assert_eq!(without["code"], "invalid_arguments");
        let unknown = refused("B", "fetch_substeps", &json!({"operation_id": id(OPERATION), "status": "done"}));
        assert_eq!((&unknown["field"], unknown["accepted"].as_array().map(Vec::len)), (&json!("status"), Some(4)));
        let job = sql("SELECT p.job_id FROM mes.substeps s JOIN mes.operations o ON o.id = s.operation_id
                         JOIN mes.parts p ON p.id = o.part_id WHERE s.tenant_id = mes_demo_id('A')
                        GROUP BY 1 ORDER BY count(DISTINCT s.operation_id) DESC, 1 LIMIT 1");
        let all = total("A", "fetch_substeps", &json!({"job_id": job}));
        assert!(all > 5, "{all}");
        assert_eq!(page_through("A", "fetch_substeps", "substeps", &json!({"job_id": job, "limit": 3})) as i64, all);
        let list = call("A", "fetch_substeps", &json!({"job_id": job, "limit": 500}));
        let rows = list["substeps"].as_array().into_iter().flatten();
        let order: Vec<_> = rows
            .map(|row| {
                let number = |name: &str| row[name].as_i64();
                (
                    row["part_number"].to_string(),
                    number("operation_sequence"),
                    row["operation_id"].to_string(),
                    number("sequence"),
                )
            })
            .collect();
        assert!(order.is_sorted(), "{order:?}");
    }
}
