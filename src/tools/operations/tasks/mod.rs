//! Tasks: operations in the words that people use on the shop floor's task list.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use uuid::Uuid;

use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::shared::with_rules;

/// The JSON text of one live task, as this call made it.
pub(in crate::tools::operations) fn read(call: &Call, id: Uuid) -> String {
    static ONE: LazyLock<String> = LazyLock::new(|| {
        with_rules(concat!(include_str!("../one.sql"), include_str!("row.sql"))).replace("{{direction}}", "")
    });
    query::write(&ONE, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
        .unwrap_or_default()
}
