//! The rows of a batch: found, locked, and counted where they are left alone.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::IntoArg;
use crate::pg::statement::{Choice, Statement};
use crate::run::page;
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::Locked;

/// How many ids an error lists.
const MAX_LISTED: usize = 20;

/// How many rows are to be changed.
pub(super) const COUNT: &str = "SELECT count(*) FROM {{live}}{{where}}";

/// The first `$2` of them.
pub(super) const FIRST: &str = "SELECT {{id}} FROM {{live}}{{where}} ORDER BY {{id}} LIMIT $2";

/// Those of the rows `$2` that are still to be changed.
pub(super) const STILL: &str = "SELECT {{id}} FROM {{live}}{{where}} AND {{id}} = ANY ($2) ORDER BY {{id}}";

/// Those of the rows `$2` that exist.
pub(super) const PRESENT: &str = "SELECT {{id}} FROM {{live}} AND {{id}} = ANY ($2)";

/// How many rows are left alone: [`Excluded`].
pub(super) const EXCLUDED: &str = include_str!("excluded.sql");

/// A kind of row that a batch changes. Its statements share the parts that say which rows: criteria and filters.
pub(super) struct Kind {
    /// What it is called.
    pub(super) what: &'static str,
    /// Locks rows, and first what stands above them.
    pub(super) lock: fn(&Call, &[Uuid]) -> Locked,
    /// [`COUNT`]
    pub(super) count: &'static Statement,
    /// [`FIRST`]
    pub(super) first: &'static Statement,
    /// [`STILL`]
    pub(super) still: &'static Statement,
    /// [`PRESENT`]
    pub(super) present: &'static Statement,
    /// [`EXCLUDED`]
    pub(super) excluded: &'static Statement,
}

/// Declares a [`Kind`] and its statements, one kind a module: what it is called, its id and its live rows (with the `WHERE`) in SQL, what
/// locks it, its criteria, and its filters as [`filters`] gives them.
macro_rules! kind {
    ($kind:ident: $what:literal, $id:literal of $live:literal, $lock:path, $criteria:ident, $filters:ident, $reasons:ident) => {
        const ROWS: &Rules = &[("id", Fill::Text($id)), ("live", Fill::Text($live))];
        const LISTED: &[Part] = &[Part::filter("listed", "{{id}} = ANY ({{value}})", Type::UuidArray)];
        const OUTSIDE: &[Part] = &[Part::with_value(
            "listed",
            "outside",
            " + (SELECT count(*) FROM {{live}} AND {{id}} = ANY ({{value}})) - count(*)",
            Type::UuidArray,
        )];
        statement! {
            static COUNT = selection::COUNT; [Uuid] => rules(&[RULES, ROWS]), parts(&[$criteria, LISTED, $filters]);

            static FIRST = selection::FIRST; [Uuid, Int8] => rules(&[RULES, ROWS]), parts(&[$criteria, LISTED, $filters]);

            static STILL = selection::STILL; [Uuid, UuidArray] => rules(&[RULES, ROWS]), parts(&[$criteria, LISTED, $filters]);

            static PRESENT = selection::PRESENT; [Uuid, UuidArray] => rules(&[RULES, ROWS]);

            static EXCLUDED = selection::EXCLUDED; [Uuid]
                => rules(&[RULES, ROWS]), parts(&[$criteria, LISTED, OUTSIDE, $reasons]);
        }
        static $kind: Kind = Kind {
            what: $what,
            lock: $lock,
            count: &COUNT,
            first: &FIRST,
            still: &STILL,
            present: &PRESENT,
            excluded: &EXCLUDED,
        };
    };
}
pub(super) use kind;

/// Declares the filters on a state, and others: each by its name, with the field of [`Excluded`] that counts the rows that it leaves
/// alone, and the condition of those that it keeps. `$filters` holds the conditions, `$reasons` what counts them.
macro_rules! filters {
    ($filters:ident, $reasons:ident on $status:literal $(, $name:literal of $type:ident leaves $reason:literal: $kept:expr)*) => {
        filters! { @ $filters, $reasons:
            "not_completed" () leaves "completed": concat!($status, " IS DISTINCT FROM 'completed'"),
            "not_in_progress" () leaves "in_progress": concat!($status, " IS DISTINCT FROM 'in_progress'"),
            "not_started" (state) leaves "other_status": concat!("coalesce(", $status, ", 'not_started') = 'not_started'"),
            "in_progress" (state) leaves "other_status": concat!($status, " = 'in_progress'"),
            "on_hold" (state) leaves "other_status": concat!($status, " = 'on_hold'"),
            "completed" (state) leaves "other_status": concat!($status, " = 'completed'"),
            $($name ($type) leaves $reason: $kept,)*
        }
    };
    (@ $filters:ident, $reasons:ident: $($name:literal ($($kind:ident)?) leaves $reason:literal: $kept:expr,)+) => {
        const $filters: &[Part] = &[$(filters!(@ ($($kind)?) Part::condition($name, $kept))),+];
        const $reasons: &[Part] = &[$(filters!(@ ($($kind)?) Part::optional(
            $name,
            "reasons",
            concat!(" WHEN (", $kept, ") IS NOT TRUE THEN '", $reason, "'")
        ))),+];
    };
    (@ () $part:expr) => { $part };
    (@ (state) $part:expr) => { Part { group: Group::AtMostOneOf("state"), ..$part } };
    (@ ($type:ident) $part:expr) => { Part { value: Some(Type::$type), ..$part } };
}
pub(super) use filters;

/// Rows that are to be selected: criteria that say which, and filters that leave some of them alone.
pub(in crate::tools) struct Selection<'a> {
    kind: &'static Kind,
    choice: Choice<'a>,
    /// Whether there is a criterion.
    selects: bool,
    listed: Option<&'a [Uuid]>,
}

/// Rows that are locked until the transaction ends.
pub(in crate::tools) struct Selected {
    /// Their ids, in order.
    pub(in crate::tools) ids: Vec<Uuid>,
    /// They and what stands above them.
    pub(in crate::tools) locked: Locked,
    /// The rows of the scope that are left alone.
    pub(in crate::tools) excluded: Excluded,
    /// The listed ids that do not exist. There are none unless the call is partial.
    pub(in crate::tools) missing: Vec<Uuid>,
}

/// How many rows of the scope were left alone, by reason. They are no failures.
// In alphabetical order, in which answers show them.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Excluded {
    /// Completed rows (exclude_completed).
    completed: i64,
    /// Rows not due before due_before.
    due_later: i64,
    /// Rows in progress (exclude_in_progress).
    in_progress: i64,
    /// Rows in a different state from the one that the filter asks for.
    other_status: i64,
    /// Rows listed by id that do not meet the other criteria of the scope.
    outside_scope: i64,
}

impl Excluded {
    /// All of them.
    pub(super) const fn total(&self) -> i64 {
        self.completed + self.due_later + self.in_progress + self.other_status + self.outside_scope
    }
}

impl<'a> Selection<'a> {
    pub(super) const fn new(kind: &'static Kind) -> Self {
        Self { kind, choice: Choice::none(), selects: false, listed: None }
    }

    /// Adds a criterion when there is a value for it.
    pub(super) fn only<T: IntoArg<'a>>(&mut self, criterion: &'static str, value: Option<T>) {
        self.selects |= value.is_some();
        self.choice.value(criterion, value);
    }

    /// Ends the criteria with the listed ids. Nothing is selected when there is no criterion at all, or when the list is empty.
    pub(super) fn of(mut self, ids: Option<&'a [Uuid]>) -> Option<Self> {
        self.listed = ids;
        self.only("listed", ids);
        (self.selects && self.listed.is_none_or(|ids| !ids.is_empty())).then_some(self)
    }

    /// What filters choose.
    pub(super) const fn filters(&mut self) -> &mut Choice<'a> {
        &mut self.choice
    }

    /// Locks the rows.
    ///
    /// # Errors
    /// `limit_exceeded` when they are more than `max_rows`; `not_found` when a listed id does not exist, unless `partial`.
    pub(in crate::tools) fn lock(self, call: &Call, max_rows: usize, partial: bool) -> Result<Selected, ToolError> {
        let Self { kind, choice, listed, .. } = self;
        let what = kind.what;
        // Not locked yet, so that a scope that is far too wide does not stop the factory.
        let count = usize::try_from(page::total(call, kind.count, &choice)).unwrap_or(usize::MAX);
        if count > max_rows {
            let message = format!("the scope has {count} {what}s, more than max_rows ({max_rows})");
            return Err(ToolError::new(ToolErrorCode::LimitExceeded, message)
                .hint("narrow the scope, add a filter, or list ids in batches")
                .with("selected", count)
                .with("limit", max_rows));
        }
        let found = call.ids(kind.first, &choice, sql_args![i64::try_from(max_rows).unwrap_or(i64::MAX)]);
        let locked = (kind.lock)(call, &found);
        // Behind the lock they are what they stay; somebody may have completed one while it was waited for.
        let ids = call.ids(kind.still, &choice, sql_args![&found]);
        let missing = missing(call, kind, listed.unwrap_or_default());
        if let Some(first) = missing.first().filter(|_| !partial) {
            let listed: Vec<_> = missing.iter().take(MAX_LISTED).map(Uuid::to_string).collect();
            return Err(ToolError::not_found(what, first).with("missing_count", missing.len()).with("missing", listed));
        }
        let excluded = call.json_of::<Excluded>(kind.excluded, &choice, &[]).into_value();
        Ok(Selected { ids, locked, excluded, missing })
    }
}

/// The listed ids that do not exist, each once.
fn missing(call: &Call, kind: &Kind, listed: &[Uuid]) -> Vec<Uuid> {
    if listed.is_empty() {
        return Vec::new();
    }
    let present = call.ids(kind.present, &Choice::none(), sql_args![listed]);
    let mut known: HashSet<_> = present.into_iter().collect();
    listed.iter().copied().filter(|id| known.insert(*id)).collect()
}
