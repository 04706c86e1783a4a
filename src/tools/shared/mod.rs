//! What the tools of several domains share: rules of the factory as SQL texts ([`rules`]), how lists look ([`lists`]), rows that callers
//! name ([`find`]), and the types and checks of this file.

pub(in crate::tools) mod capacity;
pub(in crate::tools) mod counts;
pub(in crate::tools) mod find;
#[cfg(any(test, feature = "pg_test"))]
mod host_rules;
mod job_times;
pub(in crate::tools) mod lists;
#[cfg(any(test, feature = "pg_test"))]
mod live_shape;
pub(in crate::tools) mod ncr_numbers;
mod numbering;
pub(in crate::tools) mod period;
pub(in crate::tools) mod pieces;
pub(in crate::tools) mod rules;
pub(in crate::tools) mod scrap_reason;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::{Kind, Row, State, Table};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Choice;
use crate::run::tool::Call;
use crate::{sql_args, statement};

pub(in crate::tools) use lists::{FOREIGN_CURSOR, NO_WORD, list_arguments, more_fields, orders, page_output};
pub(in crate::tools) use numbering::{NUMBERED, NUMBERED_FOR_A_NEW_ONE};
pub(in crate::tools) use rules::{DUE, RULES};

/// The longest notes that a tool writes, in characters.
pub(in crate::tools) const MAX_NOTES: usize = 20_000;

/// What names look like: no blank at either end, one line.
pub(in crate::tools) const NAME: &str = r"^\S(.*\S)?$";

/// The older names of the states of jobs, parts and operations in an argument `status`.
pub(in crate::tools) const STATUS_ALIASES: &[(&str, &str, &str)] =
    &[("status", "pending", "not_started"), ("status", "paused", "on_hold")];

/// The fields that were given, by name.
pub(in crate::tools) fn given<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Refuses notes that would have more than [`MAX_NOTES`] characters.
pub(in crate::tools) fn notes_too_long() -> ToolError {
    ToolError::new(ToolErrorCode::LimitExceeded, "the notes would become too long").with("limit", MAX_NOTES)
}

/// How many there are, and how many of them are completed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Progress {
    /// How many there are.
    pub(in crate::tools) total: i64,
    /// How many of them are completed.
    pub(in crate::tools) completed: i64,
}

/// A value before and after.
// In alphabetical order, in which answers show it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Change<T> {
    new: T,
    old: T,
}

impl<T: PartialEq> Change<T> {
    /// Nothing when both are the same.
    pub(in crate::tools) fn between(old: T, new: T) -> Option<Self> {
        (old != new).then_some(Self { old, new })
    }
}

impl<T> Change<T> {
    /// The change in other words.
    pub(in crate::tools) fn map<U>(self, word: impl Fn(T) -> U) -> Change<U> {
        Change { old: word(self.old), new: word(self.new) }
    }
}

/// The fields of which `new` is not what `old` is, each as `{old, new}`.
pub(in crate::tools) fn differences(old: &Map<String, Value>, new: Map<String, Value>) -> Map<String, Value> {
    let changed = new.into_iter().filter(|(name, value)| old.get(name) != Some(value));
    changed.map(|(name, value)| (name.clone(), json!({"old": old.get(&name), "new": value}))).collect()
}

/// Refuses a person who does not exist, is no longer active, or is an operator of the shop floor: the columns that tools write refer to
/// profiles, which such an operator does not have. `field` is the argument that names them.
pub(in crate::tools) fn check_person(call: &Call, field: &str, id: Option<Uuid>) -> Result<(), ToolError> {
    let Some(id) = id else { return Ok(()) };
    statement! {
        static ACTIVE = include_str!("person.sql"); [Uuid, Uuid];
    }
    let found = call.query(&ACTIVE, &Choice::none(), sql_args![id], |rows| {
        if rows.is_empty() { Ok((None, None)) } else { rows.first().get_two::<bool, bool>() }
    });
    match found {
        (Some(_), Some(true)) => {
            let message = format!(
                "{field} must be a person with a profile; this is an operator of the shop floor, who logs in by PIN"
            );
            Err(ToolError::invalid(field, message).hint(
                "name a person with a profile; to give work to the operator, assign the part or the job to them in the application",
            ))
        }
        (Some(true), _) => Ok(()),
        (Some(false), _) => {
            Err(ToolError::new(ToolErrorCode::InvalidState, "the person is no longer active").with("field", field))
        }
        (None, _) => Err(ToolError::not_found("profile", &id).with("field", field)),
    }
}

/// The step of the state table that `tool` takes. One that the table does not list is refused.
pub(in crate::tools) fn check_step<K: Kind>(
    table: &'static Table<K>,
    tool: &str,
    from: K::State,
    to: K::State,
) -> Result<&'static Row<K>, ToolError> {
    table.step(tool, from, to).ok_or_else(|| not_listed(table, tool, from, to))
}

/// The refusal of a step that the state table does not list for `tool`, with those that it lists.
pub(in crate::tools) fn not_listed<K: Kind>(
    table: &'static Table<K>,
    tool: &str,
    from: K::State,
    to: K::State,
) -> ToolError {
    let names = |states: Vec<K::State>| states.into_iter().map(State::name).collect::<Vec<_>>();
    let message = format!("{} that is {} cannot become {} this way", table.one(), from.name(), to.name());
    let by = |to: K::State| format!("{} by {}", to.name(), table.tools(from, to).join(", "));
    let hint = match table.after(from) {
        none if none.is_empty() => format!("no tool leads out of {}", from.name()),
        some => format!("it can become {}", some.into_iter().map(by).collect::<Vec<_>>().join("; ")),
    };
    ToolError::new(ToolErrorCode::InvalidState, message)
        .hint(hint)
        .with("from", from.name())
        .with("to", to.name())
        .with("allowed", names(table.after(from)))
        .with("allowed_from", names(table.before(tool, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_a_change() {
        let fields = |value: Value| match value {
            Value::Object(fields) => fields,
            other => panic!("{other}"),
        };
        let old = fields(json!({"a": 1, "b": null, "c": "x"}));
        let new = fields(json!({"a": 1, "b": 2, "c": null}));
        assert_eq!(
            Value::Object(differences(&old, new)),
            json!({"b": {"old": null, "new": 2}, "c": {"old": "x", "new": null}})
        );
    }
}
