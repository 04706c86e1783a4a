//! What the tools that change fields of a row share: guards against changes by others, notes, and old and new values.

use chrono::{DateTime, FixedOffset};
use pgrx::JsonB;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{Kind, State, Table};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Arg;
use crate::pg::statement::{Choice, Fill, Part, Rules, Statement};
use crate::run::tool::Call;
use crate::run::values::is_known;
use crate::tools::shared::{MAX_NOTES, differences, notes_too_long};
use crate::{sql_args, statement};

/// The rules that statements of updates share.
///
/// `{{wanted_notes}}` gives the row's notes with what is to be set (`$3`): `notes` replaces them, `append_notes` adds a paragraph.
pub(in crate::tools) const FIELD_RULES: &Rules = &[("wanted_notes", Fill::Text(include_str!("notes.sql")))];

/// The older names of the states of jobs, parts and operations in the arguments `status` and `expected_status`.
pub(in crate::tools) const UPDATE_STATUS_ALIASES: &[(&str, &str, &str)] = &[
    ("status", "pending", "not_started"),
    ("status", "paused", "on_hold"),
    ("expected_status", "pending", "not_started"),
    ("expected_status", "paused", "on_hold"),
];

/// How the fields of one kind of row are read and written.
#[derive(Debug)]
pub(in crate::tools) struct Fields {
    /// Gives the values that updates show, as one JSON object: `[Uuid, Uuid]`, the second is the row's id.
    pub(in crate::tools) read: &'static Statement,
    /// Sets the fields that the object `$3` has, and only these: `[Uuid, Uuid, Jsonb]`. Where nothing differs, the row stays as it is, and
    /// so does its `updated_at`. The caller has locked the row.
    pub(in crate::tools) write: &'static Statement,
}

/// The values of a row that updates show.
#[derive(Debug)]
pub(in crate::tools) struct Values(Map<String, Value>);

impl Values {
    /// Whether a field holds this id.
    pub(in crate::tools) fn holds(&self, field: &str, id: Option<Uuid>) -> bool {
        self.0.get(field) == Some(&json!(id))
    }
}

/// What an update changed: the fields that differ, each as `{old, new}`.
#[derive(Debug)]
pub(in crate::tools) struct Changed<T> {
    /// The changes, as an answer shows them.
    pub(in crate::tools) changes: Json<T>,
    /// The names of the fields, in alphabetical order.
    pub(in crate::tools) names: Vec<String>,
}

impl<T: DeserializeOwned> Changed<T> {
    /// Changes by the names of their fields.
    ///
    /// # Panics
    /// When they are not a `T`, which is a mistake in the type.
    pub(in crate::tools) fn new(changes: Map<String, Value>) -> Self {
        let names = changes.keys().cloned().collect();
        let changes = Json::from_text(Value::Object(changes).to_string()).expect("the changes are of their type");
        Self { changes, names }
    }

    /// Runs an update that returns the fields of a row before and after it, as two JSON objects, or no row if they are the same.
    ///
    /// # Panics
    /// When they are not objects, or the changes are not a `T`: a mistake in the statement or the type.
    pub(in crate::tools) fn by(call: &Call, update: &'static Statement, args: &[Arg<'_>]) -> Self {
        let (old, new) = call.query(update, &Choice::none(), args, |rows| {
            if rows.is_empty() { Ok((None, None)) } else { rows.first().get_two::<String, String>() }
        });
        let fields = |text: Option<String>| {
            text.map_or_else(Map::new, |text| serde_json::from_str(&text).expect("the statement returns JSON objects"))
        };
        Self::new(differences(&fields(old), fields(new)))
    }

    /// The sentence that begins the answer of an update.
    pub(in crate::tools) fn summary(&self, what: &str) -> String {
        match self.names[..] {
            [] => format!("Nothing changed: the {what} is already like that."),
            _ => format!("Changed the {what}'s {}.", self.names.join(", ")),
        }
    }
}

impl<T: Serialize + DeserializeOwned> Changed<T> {
    /// The same for changes that were put in other words.
    ///
    /// # Panics
    /// When they are not a JSON object, which is a mistake in the type.
    pub(in crate::tools) fn of(changes: &T) -> Self {
        match serde_json::to_value(changes).expect("changes serialise") {
            Value::Object(changes) => Self::new(changes),
            other => panic!("changes are an object: {other}"),
        }
    }
}

impl Fields {
    /// The values of a row that updates show.
    pub(in crate::tools) fn read(&self, call: &Call, id: Uuid) -> Values {
        Values(call.json::<Map<String, Value>>(self.read, sql_args![id]).into_value())
    }

    /// Writes what is wanted, and tells what differs from `before`.
    ///
    /// # Errors
    /// `limit_exceeded` when the notes have become too long.
    pub(in crate::tools) fn write<T: DeserializeOwned>(
        &self,
        call: &Call,
        id: Uuid,
        before: &Values,
        wanted: Map<String, Value>,
    ) -> Result<Changed<T>, ToolError> {
        let field = if wanted.contains_key("append_notes") { "append_notes" } else { "reason" };
        if !wanted.is_empty() {
            call.execute(self.write, sql_args![id, JsonB(Value::Object(wanted))]);
        }
        let changes = differences(&before.0, self.read(call, id).0);
        let notes = changes.get("notes").and_then(|change| change["new"].as_str()).unwrap_or_default();
        if notes.chars().count() > MAX_NOTES {
            return Err(notes_too_long().with("field", field));
        }
        Ok(Changed::new(changes))
    }
}

/// What a caller believes of a row before it is changed.
#[derive(Debug, Clone, Copy)]
pub(in crate::tools) struct Belief<S> {
    /// The argument `expected_status`.
    pub(in crate::tools) status: Option<S>,
    /// The argument `if_updated_at`.
    pub(in crate::tools) updated_at: Option<DateTime<FixedOffset>>,
}

/// The tables of the kinds of rows that callers have beliefs of.
const TABLES: &[Part] = &[
    Part::one_of("kind", "job", "table", "{{mes}}.jobs"),
    Part::one_of("kind", "part", "table", "{{mes}}.parts"),
    Part::one_of("kind", "operation", "table", "{{mes}}.operations"),
];

statement! {
    static UPDATED_AT = include_str!("updated_at.sql"); [Uuid, Uuid, Text] => parts(&[TABLES]);
}

impl<S: State> Belief<S> {
    /// Refuses to change a locked row that is not what the caller believes it to be.
    ///
    /// # Errors
    /// `conflict`, with what it is; `invalid_arguments`.
    pub(in crate::tools) fn check<K: Kind<State = S>>(
        &self,
        call: &Call,
        table: &'static Table<K>,
        id: Uuid,
        present: S,
    ) -> Result<(), ToolError> {
        if self.status.is_none() && self.updated_at.is_none() {
            return Ok(());
        }
        if self.updated_at.is_some_and(|instant| !is_known(&instant)) {
            let message = "if_updated_at must be an updated_at that was read before";
            return Err(ToolError::invalid("if_updated_at", message));
        }
        let expected = self.updated_at.map(|instant| instant.to_rfc3339());
        let mut choice = Choice::none();
        choice.part(table.kind);
        let (same, updated_at) = call.query(&UPDATED_AT, &choice, sql_args![id, expected.as_deref()], |rows| {
            rows.first().get_two::<bool, String>()
        });
        if self.status.is_none_or(|expected| expected == present) && same == Some(true) {
            return Ok(());
        }
        let message = format!("the {} was changed by somebody else", table.kind);
        Err(ToolError::new(ToolErrorCode::Conflict, message)
            .hint(format!("read the {} again, then decide what to do", table.kind))
            .with("status", present.name())
            .with("updated_at", updated_at))
    }
}

/// Adds the notes that an update writes to what is wanted: `notes` replace those that are there, `append_notes` become a paragraph behind
/// them. The note of a step comes last.
///
/// # Errors
/// `invalid_arguments` when both are given.
pub(in crate::tools) fn want_notes(
    wanted: &mut Map<String, Value>,
    notes: Option<&Option<String>>,
    append: Option<&str>,
    of_step: Option<&str>,
) -> Result<(), ToolError> {
    let paragraphs = |first: Option<&str>| {
        let paragraphs: Vec<_> = first.into_iter().chain(of_step).collect();
        (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
    };
    let (field, text) = match (notes, append) {
        (Some(_), Some(_)) => {
            return Err(ToolError::invalid("append_notes", "notes and append_notes cannot both be given"));
        }
        (Some(notes), None) => ("notes", paragraphs(notes.as_deref())),
        (None, append) => match paragraphs(append) {
            None => return Ok(()),
            text => ("append_notes", text),
        },
    };
    wanted.insert(field.to_owned(), json!(text));
    Ok(())
}

/// An empty change is refused, so that a misspelt call does not pass for one that worked.
pub(in crate::tools) fn nothing_to_change(fields: &str) -> ToolError {
    ToolError::new(ToolErrorCode::InvalidArguments, format!("nothing to change: give {fields}"))
}
