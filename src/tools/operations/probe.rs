//! For tests: time on operations of the demo factory.

use serde_json::Value;

use crate::tools::probe::sql;

/// The minutes of an entry and whether it is paused.
pub(in crate::tools::operations) fn entry(id: &Value) -> Value {
    let text =
        format!("SELECT json_build_array(duration, is_paused, end_time IS NULL) FROM mes.time_entries WHERE id = {id}");
    sql(&text.replace('"', "'"))
}

/// The minutes booked on an operation of the demo factory.
pub(in crate::tools::operations) fn booked(operation: &str) -> Value {
    sql(&format!("SELECT sum(duration) FROM mes.time_entries WHERE operation_id = mes_demo_id('{operation}')"))
}
