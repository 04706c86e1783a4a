//! Rules of the host that refuse what a tool does: its constraints, and what its triggers raise.

use crate::core::sqlstate::is_a_hosts;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::origin::Origin;
use crate::pg::subtransaction::Raised;

/// How much of a rule's message is passed on, in characters.
const MAX_MESSAGE_CHARS: usize = 200;

/// The tool's error, if a rule of the host refused the call. A number that is taken and a privilege that is missing are rules only where
/// code of the host came upon them.
pub(super) fn by_the_host(raised: &Raised) -> Option<ToolError> {
    let origin = raised.origin.as_ref()?;
    let function = origin.host_function();
    let what = said(raised, origin, function.is_some())?;
    let error = ToolError::new(ToolErrorCode::RefusedByDatabase, format!("the factory's database refused it: {what}"))
        .hint("nothing was changed; keep to the rule, or ask whoever administers the factory's application")
        .raised_as(raised.code)
        .with("sqlstate", origin.sqlstate.as_str());
    let named = [("constraint", &origin.constraint), ("column", &origin.column), ("function", &function)];
    let named = named.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, value)));
    Some(named.fold(error, |error, (name, value)| error.with(name, value)))
}

/// What the rule says; `None` if it is none. Only words that people wrote for people are passed on: PostgreSQL's own may hold values.
fn said(raised: &Raised, origin: &Origin, in_a_function: bool) -> Option<String> {
    let sqlstate = origin.sqlstate.as_str();
    if in_a_function && (origin.is_raised || is_a_hosts(sqlstate)) {
        return Some(raised.message.chars().take(MAX_MESSAGE_CHARS).collect());
    }
    match (sqlstate, &origin.constraint, &origin.column) {
        ("23505", _, _) if !in_a_function => None,
        ("42501", _, _) if in_a_function => Some("its own code lacks a privilege".to_owned()),
        ("23502", _, Some(column)) => Some(format!("the column {column} must have a value")),
        ("23505", Some(constraint), _) => Some(format!("there is such a row already, by {constraint}")),
        ("23503", Some(constraint), _) => {
            Some(format!("a row that is referred to is missing, or still needed, by {constraint}"))
        }
        (code, Some(constraint), _) if code.starts_with("23") => {
            Some(format!("the constraint {constraint} forbids it"))
        }
        (code, _, _) if code.starts_with("23") => Some("a constraint forbids it".to_owned()),
        _ => None,
    }
}
