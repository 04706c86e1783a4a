//! Parts: what a job is made of.

pub(in crate::tools) mod batch_update_parts;
pub(in crate::tools) mod fetch_parts;
pub(in crate::tools) mod fetch_parts_by_customer;
pub(in crate::tools) mod get_parts_due_soon;
pub(in crate::tools) mod update_part;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::run::values::present;
use crate::sql_args;
use crate::tools::shared::{Progress, with_rules};

/// A part as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Part {
    id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    customer: Option<String>,
    material: String,
    /// Pieces; null means not known yet.
    quantity: Option<i32>,
    status: JobStatus,
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    /// Marked as work that goes first.
    is_bullet_card: bool,
    /// The assembly that it belongs to.
    parent_part_id: Option<Uuid>,
    drawing_no: Option<String>,
    cnc_program_name: Option<String>,
    /// The job's: the override where there is one, else the ERP's date.
    effective_due_date: Option<DateTime<FixedOffset>>,
    /// Past the effective due date, and neither the part nor its job is completed.
    overdue: bool,
    operations: Progress,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    /// Only on request (fields), like what follows.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    notes: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    material_lot: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    material_supplier: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    material_cert_number: Option<Option<String>>,
    /// The ERP's id of it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<String>>,
}

/// The JSON text of one live part, as this call made it.
fn read(call: &Call, id: Uuid) -> String {
    static ONE: LazyLock<String> = LazyLock::new(|| {
        with_rules(concat!(include_str!("one.sql"), include_str!("row.sql"))).replace("{{direction}}", "")
    });
    query::write(&ONE, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
        .unwrap_or_default()
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, refused, total};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn parts_are_found_by_what_they_are() {
        demo();
        for (arguments, count) in [
            (json!({}), 130),
            (json!({"status": "pending"}), 25),
            (json!({"job_number": "JOB-1012"}), 30),
            (json!({"part_number": "p-1012-0"}), 9),
            (json!({"is_bullet_card": true}), 2),
            (json!({"is_bullet_card": false}), 128),
            (json!({"material": "%"}), 0),
            (json!({"search": "D-1007-2"}), 1),
            (json!({"job_id": id("A/job/JOB-1041")}), 0),
            (json!({"job_id": id("B/job/JOB-1001")}), 0),
        ] {
            assert_eq!(total("A", "fetch_parts", &arguments), count, "{arguments}");
        }
        assert_eq!(refused("A", "fetch_parts", &json!({"limit": 501}))["field"], "limit");
        assert_eq!(call("D", "fetch_parts", &json!({}))["parts"], json!([]));
    }

    #[pg_test]
    fn pages_hold_every_part_once_in_every_order() {
        demo();
        for order in ["newest", "due_date", "part_number"] {
            let arguments = json!({"order": order, "limit": 9});
            assert_eq!(page_through("A", "fetch_parts", "parts", &arguments), 130, "{order}");
        }
    }
}
