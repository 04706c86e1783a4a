//! The cell or part that an analysis is about.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::shared::{find, with_rules};

/// The cell that the caller named, if any. By id it may be a deleted one: its pieces count.
pub(in crate::tools) fn cell(call: &Call, id: Option<Uuid>, name: Option<&str>) -> Result<Option<Uuid>, ToolError> {
    let found = find::optional(call, &find::CELL, "cell_id", id, name)?;
    there(call, "cell", found, "SELECT FROM cells t WHERE t.tenant_id = $1 AND t.id = $2")
}

/// The live part that the caller named, if any.
pub(in crate::tools) fn part(call: &Call, id: Option<Uuid>, number: Option<&str>) -> Result<Option<Uuid>, ToolError> {
    static LIVE: LazyLock<String> = LazyLock::new(|| with_rules("SELECT FROM {{live_parts}} AND p.id = $2"));
    let found = find::optional(call, &find::PART, "part_id", id, number)?;
    there(call, "part", found, &LIVE)
}

/// Numbers of a row that is not there would be zeros, and taken for an answer.
fn there(call: &Call, what: &str, id: Option<Uuid>, sql: &str) -> Result<Option<Uuid>, ToolError> {
    match id {
        Some(id) if query::read(sql, sql_args![uuid(call.tenant), uuid(id)], |rows| Ok(rows.is_empty())) => {
            Err(ToolError::not_found(what, &id))
        }
        found => Ok(found),
    }
}

/// A statement with its gap `{{only}}` filled: conditions for the filters that were given. The others leave no trace in the text, or
/// the planner would take them for conditions that few rows fit, and not go by time.
pub(in crate::tools) fn only(text: &str, conditions: &[(bool, &str)]) -> String {
    let given = conditions.iter().filter(|(given, _)| *given);
    text.replace("{{only}}", &given.map(|(_, condition)| format!("\n       AND {condition}")).collect::<String>())
}

/// A rate of an answer, for its sentence.
pub(in crate::tools) fn percent(rate: &serde_json::Value) -> String {
    if rate.is_null() { "not known".to_owned() } else { format!("{rate} %") }
}
