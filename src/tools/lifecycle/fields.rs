//! What the tools that change fields of a row share: guards against changes by others, notes, and old and new values.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::core::states::{State, Table};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::run::values::is_known;
use crate::sql_args;
use crate::tools::shared::{MAX_NOTES, differences, notes_too_long};

/// What a caller believes of a row before it is changed.
#[derive(Debug, Clone, Copy)]
pub(in crate::tools) struct Belief<S> {
    /// The argument `expected_status`.
    pub(in crate::tools) status: Option<S>,
    /// The argument `if_updated_at`.
    pub(in crate::tools) updated_at: Option<DateTime<FixedOffset>>,
}

impl<S: State> Belief<S> {
    /// Refuses to change a locked row that is not what the caller believes it to be.
    ///
    /// # Errors
    /// `conflict`, with what it is; `invalid_arguments`.
    pub(in crate::tools) fn check(
        &self,
        call: &Call,
        table: &'static Table<S>,
        id: Uuid,
        present: S,
    ) -> Result<(), ToolError> {
        if self.status.is_none() && self.updated_at.is_none() {
            return Ok(());
        }
        if self.updated_at.is_some_and(|instant| !is_known(&instant)) {
            return Err(ToolError::invalid(
                "if_updated_at",
                "if_updated_at must be an updated_at that was read before",
            ));
        }
        let expected = self.updated_at.map(|instant| instant.to_rfc3339());
        let args = sql_args![uuid(call.tenant), uuid(id), expected.as_deref()];
        let sql = include_str!("updated_at.sql").replace("{{kind}}", table.kind);
        let (same, updated_at) = query::write(&sql, args, |rows| rows.first().get_two::<bool, String>());
        if self.status.is_none_or(|expected| expected == present) && same == Some(true) {
            return Ok(());
        }
        let message = format!("the {} was changed by somebody else", table.kind);
        Err(ToolError::new(ToolErrorCode::Conflict, message)
            .hint(format!("read the {} again, and decide on what it is now", table.kind))
            .with("status", present.name())
            .with("updated_at", updated_at))
    }
}

/// The notes that an update writes, by the names that its statement knows: `notes` in place of those that are there, or `append_notes`
/// as a paragraph behind them. The note of a step comes last.
///
/// # Errors
/// `invalid_arguments` when both are given.
pub(in crate::tools) fn notes(
    notes: Option<&Option<String>>,
    append: Option<&str>,
    of_step: Option<&str>,
) -> Result<Option<(&'static str, Value)>, ToolError> {
    let paragraphs = |first: Option<&str>| {
        let paragraphs: Vec<_> = first.into_iter().chain(of_step).collect();
        (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
    };
    match (notes, append) {
        (Some(_), Some(_)) => Err(ToolError::invalid("append_notes", "notes and append_notes cannot both be given")),
        (Some(notes), None) => Ok(Some(("notes", paragraphs(notes.as_deref()).into()))),
        (None, append) => Ok(paragraphs(append).map(|text| ("append_notes", text.into()))),
    }
}

/// The values of a row that updates show, as `sql` reads them.
pub(in crate::tools) fn read(call: &Call, sql: &str, id: Uuid) -> Option<String> {
    query::write(sql, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
}

/// Whether a field held this id when the values were read.
pub(in crate::tools) fn is(read: Option<&str>, field: &str, id: Option<Uuid>) -> bool {
    let values: Value = read.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    values[field] == Value::from(id.map(|id| id.to_string()))
}

/// Writes what is wanted, and gives which of the values that `read_sql` reads are others than `before`.
///
/// # Errors
/// `limit_exceeded` when the notes have become too long.
pub(in crate::tools) fn write(
    call: &Call,
    (read_sql, update_sql): (&str, &str),
    id: Uuid,
    before: Option<String>,
    wanted: Map<String, Value>,
) -> Result<Map<String, Value>, ToolError> {
    let appends = wanted.contains_key("append_notes");
    if !wanted.is_empty() {
        let wanted = Value::Object(wanted).to_string();
        query::write(update_sql, sql_args![uuid(call.tenant), uuid(id), wanted.as_str()], |_| Ok(()));
    }
    let changes = differences(before, read(call, read_sql, id));
    let notes = changes.get("notes").and_then(|change| change["new"].as_str()).unwrap_or_default();
    if notes.chars().count() > MAX_NOTES {
        return Err(notes_too_long().with("field", if appends { "append_notes" } else { "reason" }));
    }
    Ok(changes)
}

/// The sentence that begins the answer of an update.
pub(in crate::tools) fn summary(what: &str, changes: &Map<String, Value>) -> String {
    match changes.len() {
        0 => format!("Nothing changed: the {what} is already like that."),
        _ => format!("Changed the {what}'s {}.", changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
    }
}

/// An empty change is refused, so that a misspelt call does not pass for one that worked.
pub(in crate::tools) fn nothing_to_change(fields: &str) -> ToolError {
    ToolError::new(ToolErrorCode::InvalidArguments, format!("nothing to change: give {fields}"))
}
