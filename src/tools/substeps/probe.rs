//! The operation that the tests of substeps work on.

use pgrx::prelude::*;
use serde_json::{Value, json};

use crate::tools::probe::{call, id, sql};

pub(super) const OPERATION: &str = "B/operation/P-1001-01/4";

/// The substeps of [`OPERATION`] by their number in the demo factory: 1 is completed, 2 and 3 are not started.
pub(super) fn step(number: u8) -> Value {
    json!(id(&format!("B/substep/P-1001-01/4/{number}")))
}

pub(super) fn sequences() -> Value {
    let list = call("B", "fetch_substeps", &json!({"operation_id": id(OPERATION)}));
    let rows = list["substeps"].as_array().into_iter().flatten();
    rows.map(|row| json!([row["name"], row["sequence"]])).collect()
}

pub(super) fn column(number: u8, expression: &str) -> Value {
    sql(&format!("SELECT {expression} FROM mes.substeps WHERE id = {}", step(number)).replace('"', "'"))
}

pub(super) fn complete_operation() {
    Spi::run(&format!("UPDATE mes.operations SET status = 'completed' WHERE id = mes_demo_id('{OPERATION}')"))
        .expect("an operation");
}
