//! The cell or part that an analysis covers.

use uuid::Uuid;

use crate::error::ToolError;
use crate::pg::args::Type;
use crate::pg::statement::{Part, Statement};
use crate::run::tool::Call;
use crate::tools::shared::{RULES, find};
use crate::{sql_args, statement};

statement! {
    static CELL = "SELECT FROM {{mes}}.cells t WHERE t.tenant_id = $1 AND t.id = $2"; [Uuid, Uuid];
    static LIVE_PART = "SELECT FROM {{live_parts}} AND p.id = $2"; [Uuid, Uuid] => rules(&[RULES]);
}

/// Only lots of operations at one cell. As a part of the statement it leaves no trace when it is not chosen: a condition that is always
/// there would be taken by the planner for one that few rows fit, and it would not go by time.
pub(super) const AT_CELL: &[Part] = &[Part::filter("at_cell", "o.cell_id = {{value}}", Type::Uuid)];

/// The cell that the caller named, if any. An id may be that of a deleted cell: its pieces count.
pub(super) fn cell(call: &Call, id: Option<Uuid>, name: Option<&str>) -> Result<Option<Uuid>, ToolError> {
    let found = find::optional(call, &find::CELL, "cell_id", id, name)?;
    existing(call, "cell", found, &CELL)
}

/// The live part that the caller named, if any.
pub(super) fn part(call: &Call, id: Option<Uuid>, number: Option<&str>) -> Result<Option<Uuid>, ToolError> {
    let found = find::optional(call, &find::PART, "part_id", id, number)?;
    existing(call, "part", found, &LIVE_PART)
}

/// Without this check the answer for a missing row would be zeros, which could be mistaken for real numbers.
fn existing(
    call: &Call,
    what: &str,
    id: Option<Uuid>,
    statement: &'static Statement,
) -> Result<Option<Uuid>, ToolError> {
    match id {
        Some(id) if call.count(statement, sql_args![id]) == 0 => Err(ToolError::not_found(what, &id)),
        found => Ok(found),
    }
}

/// A rate, for the sentence of an answer.
pub(super) fn percent(rate: Option<f64>) -> String {
    // With a decimal point always, as in the answer.
    rate.map_or_else(|| "unknown".to_owned(), |rate| format!("{rate:?} %"))
}
