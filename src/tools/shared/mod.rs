//! What the tools of several domains share: rules of the factory as SQL texts, and types of rows.
//!
//! A statement has gaps such as `{{due}}` where it needs a rule; [`with_rules`] fills them. The rules name the tables
//! by one letter: job `j`, part `p`, operation `o`, cell `c`. `$1` is the tenant.

pub(in crate::tools) mod capacity;
pub(in crate::tools) mod find;
pub(in crate::tools) mod period;
pub(in crate::tools) mod pieces;
pub(in crate::tools) mod scrap_reason;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::{Kind, Row, State, Table};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Fill, Rules};
use crate::run::tool::Call;
use crate::run::values::TIME_ZONE;
use crate::{sql_args, statement};

/// The longest notes that a tool writes, in characters.
pub(in crate::tools) const MAX_NOTES: usize = 20_000;

/// What names look like: no blank at either end, one line.
pub(in crate::tools) const NAME: &str = r"^\S(.*\S)?$";

/// The arguments of a list: those that the tool names, all optional, and those that every list has. `=> fields:` names
/// the enum of [`more_fields`], where the list has one.
macro_rules! list_arguments {
    ($($(#[$attribute:meta])* $field:ident: $type:ty,)* $(=> fields: $more:ty)?) => {
        #[derive(Default, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub(in crate::tools) struct Arguments {
            $($(#[$attribute])* $field: $type,)*
            /// How many rows to return, at most 500 (default 50).
            limit: crate::run::values::Limit,
            $(
                /// Columns to show in addition to those that are always shown.
                fields: std::collections::BTreeSet<$more>,
            )?
            /// next_cursor from the previous page; keep all other arguments unchanged.
            cursor: Option<String>,
            /// true: also count all matching rows, which takes longer.
            include_total: bool,
        }
    };
}
pub(in crate::tools) use list_arguments;

/// The output type of a list, which is what [`Page::into_body`](crate::run::list::Page::into_body) writes: `{<field>: [<row>, …], count,
/// total, next_cursor, truncated}`, and what the tool adds to it.
macro_rules! list_output {
    ($field:ident: $row:ty $(, $(#[$doc:meta])* $more:ident: $type:ty)*) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(in crate::tools) struct Output {
            $field: Vec<$row>,
            /// How many rows this answer has.
            count: usize,
            /// How many rows match in total, regardless of the page; null if they were not counted.
            total: Option<i64>,
            /// Where the next page begins; null on the last page.
            next_cursor: Option<String>,
            /// true: the page ended before limit because its rows reached 262144 bytes; call again with next_cursor for the rest.
            truncated: bool,
            $($(#[$doc])* $more: $type,)*
        }
    };
}
pub(in crate::tools) use list_output;

/// The output type of a list: `{<field>: [<row>, …], count, total, next_cursor, truncated}`, and what the tool adds to it. `Output::of`
/// makes it of a page.
macro_rules! page_output {
    ($field:ident: $row:ty $(, $(#[$doc:meta])* $more:ident: $type:ty)*) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(in crate::tools) struct Output {
            $field: crate::core::json::Json<Vec<$row>>,
            /// How many rows this answer has.
            count: usize,
            /// How many rows match in total, regardless of the page; null if they were not counted.
            total: Option<i64>,
            /// Where the next page begins; null on the last page.
            next_cursor: Option<String>,
            /// true: the page ended before limit because its rows reached 262144 bytes; call again with next_cursor for the rest.
            truncated: bool,
            $($(#[$doc])* $more: $type,)*
        }

        impl Output {
            fn of(page: crate::run::page::Page<$row>, total: Option<i64> $(, $more: $type)*) -> Self {
                let crate::run::page::Page { rows: $field, count, next_cursor, truncated } = page;
                Self { $field, count, total, next_cursor, truncated $(, $more)* }
            }
        }
    };
}
pub(in crate::tools) use page_output;

/// The columns that a list shows on request only: an enum for the argument `fields`, each with its name in the answer and its SQL
/// expression over the table's row `x`. In the row's type they are `Option<Option<…>>` with `#[serde(default, deserialize_with =
/// "present", skip_serializing_if = "Option::is_none")]`.
macro_rules! more_fields {
    ($name:ident of $table:literal { $($value:ident = $text:literal: $expression:literal,)+ }) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema)]
        pub(in crate::tools) enum $name {
            $(#[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// The columns as parts of the list's statement, by their names.
            pub(in crate::tools) const PARTS: &[crate::pg::statement::Part] = &[
                $(crate::pg::statement::Part::optional(
                    $text,
                    "more",
                    concat!(
                        ",\n           (SELECT ", $expression, " FROM {{mes}}.", $table,
                        " x WHERE x.tenant_id = $1 AND x.id = {{id}}) AS ", $text
                    ),
                ),)+
            ];

            /// Chooses the columns that were asked for.
            pub(in crate::tools) fn choose(fields: &std::collections::BTreeSet<Self>, choice: &mut crate::pg::statement::Choice<'_>) {
                for field in fields {
                    choice.part(match field { $(Self::$value => $text,)+ });
                }
            }

            pub(in crate::tools) fn show(fields: &std::collections::BTreeSet<Self>, list: &mut crate::run::list::List<'_>) {
                list.show($table, fields.iter().map(|field| match field { $(Self::$value => ($text, $expression),)+ }));
            }
        }
    };
}
pub(in crate::tools) use more_fields;

/// When a job is due: a date that people or agents set wins over the ERP's.
pub(in crate::tools) const DUE: &str = "coalesce(j.due_date_override, j.due_date)";

/// Whether a job is past its due date and not completed; null when it has no due date.
pub(in crate::tools) const OVERDUE: &str =
    "coalesce(j.due_date_override, j.due_date) < now() AND j.status IS DISTINCT FROM 'completed'";

/// Whether an operation is past its planned end and not completed; null when it has no planned end.
pub(in crate::tools) const LATE: &str = "o.planned_end < now() AND o.status IS DISTINCT FROM 'completed'";

/// The jobs that were not deleted, with the `WHERE`.
pub(in crate::tools) const LIVE_JOBS: &str = "{{mes}}.jobs j WHERE j.tenant_id = $1 AND j.deleted_at IS NULL";

/// The parts that were not deleted, nor their job, with the `WHERE`.
pub(in crate::tools) const LIVE_PARTS: &str = include_str!("live_parts.sql");

/// The operations that were not deleted, nor their part and job, with their cell (also a deleted one) and the `WHERE`.
pub(in crate::tools) const LIVE_OPERATIONS: &str = include_str!("live_operations.sql");

/// The substeps whose operation was not deleted, nor its part and job, with the `WHERE`.
pub(in crate::tools) const LIVE_SUBSTEPS: &str = include_str!("live_substeps.sql");

/// Whether an operation is work in progress at its cell: it waits there or is worked on. Parked work is not.
const QUEUED: &str = "coalesce(o.status, 'not_started') IN ('not_started', 'in_progress')";

/// The rules that all statements of tools share, by the names of their gaps.
pub(in crate::tools) const RULES: &Rules = &[
    ("cell_wip", Fill::Text(capacity::CELL_WIP)),
    ("queued", Fill::Text(QUEUED)),
    ("wip_status", Fill::Text(capacity::WIP_STATUS)),
    ("wip_percent", Fill::Text(capacity::WIP_PERCENT)),
    ("work_share", Fill::Text(capacity::WORK_SHARE)),
    ("is_working_day", Fill::Text(capacity::IS_WORKING_DAY)),
    ("working_days", Fill::Text(capacity::WORKING_DAYS)),
    ("cell_hours", Fill::Text(capacity::CELL_HOURS)),
    ("remaining_minutes", Fill::Text(capacity::REMAINING_MINUTES)),
    ("live_jobs", Fill::Text(LIVE_JOBS)),
    ("live_parts", Fill::Text(LIVE_PARTS)),
    ("live_operations", Fill::Text(LIVE_OPERATIONS)),
    ("live_substeps", Fill::Text(LIVE_SUBSTEPS)),
    ("due", Fill::Text(DUE)),
    ("overdue", Fill::Text(OVERDUE)),
    ("late", Fill::Text(LATE)),
    ("period", Fill::Text(period::PERIOD)),
    ("period_json", Fill::Text(period::PERIOD_JSON)),
    ("buckets", Fill::Text(period::BUCKETS)),
    ("live_lots", Fill::Text(pieces::LIVE_LOTS)),
    ("scrap_by_reason", Fill::Text(pieces::SCRAP_BY_REASON)),
    ("pieces", Fill::Text(pieces::PIECES)),
    ("time_zone", Fill::Text(TIME_ZONE)),
];

/// A statement with its gaps filled.
pub(super) fn with_rules(text: &str) -> String {
    RULES.iter().fold(text.to_owned(), |text, (gap, rule)| match rule {
        Fill::Text(rule) => text.replace(&format!("{{{{{gap}}}}}"), rule.trim_end()),
        Fill::Made(_) => text,
    })
}

/// The SQL expression of a JSON object with a count of rows for each of `values` of `column`.
pub(in crate::tools) fn count_by(column: &str, values: impl Iterator<Item = &'static str>) -> String {
    let counts: Vec<_> =
        values.map(|value| format!("'{value}', count(*) FILTER (WHERE {column} = '{value}')")).collect();
    format!("json_build_object({})", counts.join(", "))
}

/// Refuses notes that would have more than [`MAX_NOTES`] characters.
pub(in crate::tools) fn notes_too_long() -> ToolError {
    ToolError::new(ToolErrorCode::LimitExceeded, "the notes would become too long").with("limit", MAX_NOTES)
}

/// How many of something there are, and how many of them are done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Progress {
    /// Live ones.
    total: i64,
    /// Completed ones.
    completed: i64,
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

/// The fields of which `new` is not what `old` is, each with both. Both are the JSON text of an object, or nothing.
pub(in crate::tools) fn differences(old: Option<String>, new: Option<String>) -> Map<String, Value> {
    let read = |text: Option<String>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    };
    let (old, new) = (read(old), read(new));
    let changed = new.into_iter().filter(|(name, value)| old.get(name) != Some(value));
    changed.map(|(name, value)| (name.clone(), json!({"old": old.get(&name), "new": value}))).collect()
}

/// Refuses a person who does not exist or is no longer active; `field` is the argument that names them.
pub(in crate::tools) fn check_person(call: &Call, field: &str, id: Option<Uuid>) -> Result<(), ToolError> {
    let Some(id) = id else { return Ok(()) };
    statement! {
        static ACTIVE = include_str!("person.sql"); [Uuid, Uuid];
    }
    match call.value::<bool>(&ACTIVE, sql_args![id]) {
        Some(true) => Ok(()),
        Some(false) => {
            Err(ToolError::new(ToolErrorCode::InvalidState, "the person is no longer active").with("field", field))
        }
        None => Err(ToolError::not_found("profile", &id).with("field", field)),
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
    use crate::core::states::IssueStatus;

    #[test]
    fn rules_within_rules_are_filled() {
        let text = with_rules("WITH wip AS ({{cell_wip}}) SELECT {{due}} FROM {{live_jobs}}");
        assert!(!text.contains("/*"), "{text}");
        assert!(text.contains("count(DISTINCT p.job_id)"), "{text}");
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let text = |value: Value| Some(value.to_string());
        let old = text(json!({"a": 1, "b": null, "c": "x"}));
        let new = text(json!({"a": 1, "b": 2, "c": null}));
        assert_eq!(
            Value::Object(differences(old, new)),
            json!({"b": {"old": null, "new": 2}, "c": {"old": "x", "new": null}})
        );
    }

    #[test]
    fn counts_name_every_value() {
        assert_eq!(
            count_by("i.status", IssueStatus::ALL.iter().map(|status| status.name()).take(2)),
            "json_build_object('pending', count(*) FILTER (WHERE i.status = 'pending'), \
             'approved', count(*) FILTER (WHERE i.status = 'approved'))"
        );
    }
}
