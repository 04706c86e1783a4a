//! How a batch ends: all of it or nothing, or what works (`partial`), or nothing at all (`dry_run`).

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::subtransaction::rehearsal;
use crate::run::tool::Answer;
use crate::tools::batch::scope::Excluded;

/// How many rows an error lists.
const MAX_FAILURES: usize = 20;

/// A row of the scope that stayed as it is although no filter left it out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Skipped {
    id: Uuid,
    reason: SkipReason,
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Why a row was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum SkipReason {
    /// No such row.
    NotFound,
    /// What was asked for does not fit the row.
    InvalidArguments,
    /// Its state does not allow it.
    InvalidState,
    /// Something else is in its way.
    Conflict,
    /// It would hold more than is allowed.
    LimitExceeded,
    /// It has no planned dates that could be shifted.
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
        Self {
            id,
            reason: SkipReason::NotPlanned,
            message,
            hint: Some("give it planned_start and planned_end".to_owned()),
        }
    }
}

/// The rows that cannot take the step, and why.
#[derive(Debug, Default)]
pub(in crate::tools) struct Failures(Vec<(Uuid, ToolError)>);

impl Failures {
    /// The listed ids that are nobody's. There are none unless the call is partial.
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
            total if total > failed => "failures says what is in the way; partial: true changes the others",
            _ => "failures says what is in the way",
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

/// Does the whole call, and takes it back when it is a dry run. A dry run that only computed what would happen could say something else
/// than what the statements then do.
pub(in crate::tools) fn finish<T>(dry_run: bool, body: impl FnOnce() -> Result<T, ToolError>) -> Result<T, ToolError> {
    if dry_run { rehearsal(body) } else { body() }
}

/// The output type of a batch, which is what [`Report::answer`] writes: what every batch tells, and what the tool adds to it.
macro_rules! batch_output {
    ($field:ident: $row:ty $(, $(#[$doc:meta])* $more:ident: $type:ty)*) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(in crate::tools) struct Output {
            /// How many rows were changed; in a dry run, how many would be.
            changed: usize,
            /// The rows that were changed.
            $field: Vec<$row>,
            /// How many rows of the scope were as wanted already.
            unchanged: usize,
            /// How many rows of the scope were left alone because of filters.
            excluded: $crate::tools::batch::scope::Excluded,
            /// Rows that were meant and stayed as they are, each with the reason.
            skipped: Vec<$crate::tools::batch::report::Skipped>,
            /// true: the scope named nothing, so nothing was looked for and nothing was changed.
            nothing_selected: bool,
            /// true: all of this would happen, and nothing did.
            dry_run: bool,
            $($(#[$doc])* $more: $type,)*
        }
    };
}
pub(in crate::tools) use batch_output;

/// What every batch tells.
#[derive(Default)]
pub(in crate::tools) struct Report {
    pub(in crate::tools) changed: usize,
    /// The JSON array of the changed rows; empty for none.
    pub(in crate::tools) rows: String,
    pub(in crate::tools) unchanged: usize,
    pub(in crate::tools) excluded: Excluded,
    pub(in crate::tools) skipped: Vec<Skipped>,
    pub(in crate::tools) dry_run: bool,
}

impl Report {
    /// The answer of a batch: `field` is the name of the rows, `more` the tool's own fields, each with a comma in front.
    pub(in crate::tools) fn answer<T: Serialize + DeserializeOwned>(
        &self,
        done: &str,
        field: &str,
        more: &str,
    ) -> Answer<T> {
        let Self { unchanged, excluded, skipped, dry_run, .. } = self;
        let summary = format!(
            "{}{done}; as wanted already: {unchanged}, left out by filters: {}, skipped: {}.",
            if *dry_run { "Dry run, nothing was changed; it would have " } else { "It has " },
            excluded.total(),
            skipped.len()
        );
        Answer::from_sql(summary, self.body(field, false, more))
    }

    /// The answer of a batch that names nothing. Nothing is not everything: a list that came out empty must not hit the whole factory.
    pub(in crate::tools) fn nothing<T: Serialize + DeserializeOwned>(
        dry_run: bool,
        field: &str,
        more: &str,
    ) -> Answer<T> {
        let report = Self { dry_run, ..Self::default() };
        let summary = "Changed nothing: the scope is empty, or its list of ids is. Give at least one criterion.";
        Answer::from_sql(summary, report.body(field, true, more))
    }

    fn body(&self, field: &str, nothing_selected: bool, more: &str) -> String {
        let Self { changed, rows, unchanged, excluded, skipped, dry_run } = self;
        let rows = if rows.is_empty() { "[]" } else { rows };
        let (excluded, skipped) = (json!(excluded), json!(skipped));
        format!(
            r#"{{"changed":{changed},"{field}":{rows},"unchanged":{unchanged},"excluded":{excluded},"skipped":{skipped},"nothing_selected":{nothing_selected},"dry_run":{dry_run}{more}}}"#
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
