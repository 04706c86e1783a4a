//! How a batch ends: all of it or nothing, or what works (`partial`), or nothing at all (`dry_run`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::subtransaction::rehearsal;

pub(in crate::tools) use super::selection::Excluded;

/// How many rows an error lists.
const MAX_FAILURES: usize = 20;

/// A row of the scope that could not be changed.
// In alphabetical order, in which answers show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Skipped {
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    id: Uuid,
    message: String,
    reason: SkipReason,
}

/// Why a row was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum SkipReason {
    /// The row does not exist.
    NotFound,
    /// The request does not apply to the row.
    InvalidArguments,
    /// Its state does not allow the change.
    InvalidState,
    /// It conflicts with other work.
    Conflict,
    /// The change would exceed a limit.
    LimitExceeded,
    /// It has no planned dates to shift.
    NotPlanned,
}

impl SkipReason {
    const fn of(code: ToolErrorCode) -> Self {
        match code {
            ToolErrorCode::NotFound => Self::NotFound,
            ToolErrorCode::InvalidArguments => Self::InvalidArguments,
            ToolErrorCode::Conflict => Self::Conflict,
            ToolErrorCode::LimitExceeded => Self::LimitExceeded,
            _ => Self::InvalidState,
        }
    }
}

impl Skipped {
    pub(in crate::tools) fn not_planned(id: Uuid) -> Self {
        let message = "the operation has no planned dates to shift".to_owned();
        Self { id, reason: SkipReason::NotPlanned, message, hint: Some("set planned_start and planned_end".to_owned()) }
    }
}

/// The rows that cannot be changed, and why.
#[derive(Debug, Default)]
pub(in crate::tools) struct Failures(Vec<(Uuid, ToolError)>);

impl Failures {
    /// The listed ids that do not exist. There are none unless the call is partial.
    pub(in crate::tools) fn missing(what: &str, ids: &[Uuid]) -> Self {
        Self(ids.iter().map(|id| (*id, ToolError::not_found(what, id))).collect())
    }

    pub(in crate::tools) fn push(&mut self, id: Uuid, error: ToolError) {
        self.0.push((id, error));
    }

    /// Ends the checks: the rows are skipped in a partial call, and refuse any other one. `total` is how many rows were meant.
    ///
    /// # Errors
    /// The common code of the failures, `invalid_state` when they differ; with `failed`, and the first [`MAX_FAILURES`] as `failures`.
    pub(in crate::tools) fn settle(self, what: &str, total: usize, partial: bool) -> Result<Vec<Skipped>, ToolError> {
        let Self(failures) = self;
        let skip = |(id, error): (Uuid, ToolError)| Skipped {
            id,
            reason: SkipReason::of(error.code),
            message: error.message,
            hint: error.hint,
        };
        let Some((_, first)) = failures.first().filter(|_| !partial) else {
            return Ok(failures.into_iter().map(skip).collect());
        };
        let common = failures.iter().all(|(_, error)| error.code == first.code);
        let code = if common { first.code } else { ToolErrorCode::InvalidState };
        let failed = failures.len();
        let message = format!("{failed} of {total} {what}s cannot be changed this way; nothing was changed");
        let listed: Vec<_> = failures.iter().take(MAX_FAILURES).map(|(id, error)| failure(*id, error)).collect();
        let hint = match total {
            total if total > failed => "failures has the reasons; set partial to true to change the other rows",
            _ => "failures has the reasons",
        };
        Err(ToolError::new(code, message).hint(hint).with("failed", failed).with("failures", listed))
    }
}

/// A failed row as an error lists it: `{id, code, message, …}`.
fn failure(id: Uuid, error: &ToolError) -> Value {
    let mut fields = Map::from_iter([("id".to_owned(), Value::from(id.to_string()))]);
    if let Value::Object(error) = error.to_json() {
        fields.extend(error);
    }
    Value::Object(fields)
}

/// A number of things, as in "2 operations".
pub(in crate::tools) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Does the whole call, and rolls it back when it is a dry run. A dry run that only computed what would happen could say something else
/// than what the statements then do.
pub(in crate::tools) fn finish<T>(dry_run: bool, body: impl FnOnce() -> Result<T, ToolError>) -> Result<T, ToolError> {
    if dry_run { rehearsal(body) } else { body() }
}

/// The output type of a batch: what every batch tells, and what the tool adds to it. `Output::answer` makes it of a [`Report`].
macro_rules! batch_output {
    ($field:ident: $rows:ty $(, $(#[$doc:meta])* $more:ident: $type:ty)*) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(in crate::tools) struct Output {
            /// How many rows were changed; in a dry run, how many would be.
            changed: usize,
            /// The changed rows.
            $field: $rows,
            /// How many rows of the scope were already as requested.
            unchanged: usize,
            /// How many rows of the scope were left unchanged because of filters.
            excluded: $crate::tools::batch::report::Excluded,
            /// Rows that should have changed but could not, each with the reason.
            skipped: Vec<$crate::tools::batch::report::Skipped>,
            /// true: the scope was empty, so nothing was changed.
            nothing_selected: bool,
            /// true for a dry run: nothing was changed.
            dry_run: bool,
            $($(#[$doc])* $more: $type,)*
        }

        impl Output {
            /// The answer. `done` says what was done, as in "The call has …".
            #[allow(clippy::too_many_arguments, reason = "an argument for each field")]
            fn answer(
                report: $crate::tools::batch::report::Report,
                done: &str,
                $field: $rows
                $(, $more: $type)*
            ) -> $crate::run::tool::Answer<Self> {
                let sentence = report.sentence(done);
                let $crate::tools::batch::report::Report {
                    changed, unchanged, excluded, skipped, nothing_selected, dry_run,
                } = report;
                let output = Self { changed, $field, unchanged, excluded, skipped, nothing_selected, dry_run $(, $more)* };
                $crate::run::tool::Answer::new(sentence, &output)
            }
        }
    };
}
pub(in crate::tools) use batch_output;

/// What every batch tells.
#[derive(Default)]
pub(in crate::tools) struct Report {
    pub(in crate::tools) changed: usize,
    pub(in crate::tools) unchanged: usize,
    pub(in crate::tools) excluded: Excluded,
    pub(in crate::tools) skipped: Vec<Skipped>,
    pub(in crate::tools) nothing_selected: bool,
    pub(in crate::tools) dry_run: bool,
}

impl Report {
    /// What a batch tells that selects nothing. Nothing is not everything: a list that came out empty must not hit the whole factory.
    pub(in crate::tools) fn nothing(dry_run: bool) -> Self {
        Self { nothing_selected: true, dry_run, ..Self::default() }
    }

    /// The sentence of the answer.
    pub(in crate::tools) fn sentence(&self, done: &str) -> String {
        if self.nothing_selected {
            return "Nothing was changed: the scope is empty. Give at least one criterion.".to_owned();
        }
        let begin = if self.dry_run { "Dry run; nothing was changed. The call would have" } else { "The call has" };
        let (excluded, skipped) = (self.excluded.total(), self.skipped.len());
        format!(
            "{begin} {done}. Already as requested: {}; excluded by filters: {excluded}; skipped: {skipped}.",
            self.unchanged
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(codes: &[ToolErrorCode]) -> Failures {
        let mut failures = Failures::default();
        for (n, code) in codes.iter().enumerate() {
            failures.push(Uuid::from_u128(n as u128), ToolError::new(*code, "x").with("from", "completed"));
        }
        failures
    }

    #[test]
    fn failures_refuse_a_call_unless_it_is_partial() {
        let refused = failures(&[ToolErrorCode::Conflict; 30]).settle("operation", 40, false).expect_err("not partial");
        assert_eq!(refused.code, ToolErrorCode::Conflict);
        assert_eq!(refused.details["failed"], 30);
        assert_eq!(refused.details["failures"].as_array().map(Vec::len), Some(MAX_FAILURES));
        assert_eq!(refused.details["failures"][1]["id"], Uuid::from_u128(1).to_string());
        assert_eq!(refused.details["failures"][1]["from"], "completed");
        let mixed = failures(&[ToolErrorCode::NotFound, ToolErrorCode::Conflict]);
        assert_eq!(mixed.settle("part", 2, false).expect_err("not partial").code, ToolErrorCode::InvalidState);
        let skipped = failures(&[ToolErrorCode::NotFound; 30]).settle("part", 30, true).expect("partial");
        assert_eq!((skipped.len(), skipped[0].reason), (30, SkipReason::NotFound));
        assert!(Failures::default().settle("part", 3, false).expect("no failure").is_empty());
    }
}
