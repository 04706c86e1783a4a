//! What the analyses of issues share.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::core::states::IssueSeverity;
use crate::pg::statement::{Fill, Rules};
use crate::tools::shared::counts::counts;

/// The rules of the analyses' statements:
/// - `{{count_by_severity}}`: the JSON object of a [`BySeverity`](crate::tools::shared::counts::BySeverity) over rows `i` with a `severity`, of those that have `counts`;
/// - `{{root_cause_groups}}`: common table expressions over the root causes of both periods, after `period`: `cause`, `wording`, `alike`,
///   `variant`, `occurrence` and `root_cause`. They need `WITH RECURSIVE`, and `{{least_similarity}}` filled with the least similarity of
///   two texts in percent.
pub(super) const ANALYSIS_RULES: &Rules = &[
    ("count_by_severity", Fill::Made(|| counts("i.counts AND i.severity", IssueSeverity::ALL))),
    ("root_cause_groups", Fill::Text(include_str!("root_cause_groups.sql"))),
];

/// The similarity from which two root causes count as one, unless the caller says otherwise. Two texts with two words in common are
/// 50 % alike if each has one more word of its own, and 67 % if only one has; 60 lies between them.
pub(super) const SIMILARITY_PERCENT: u8 = 60;

/// How many rows an analysis shows: 1 to 100.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(super) struct Top(u16);

impl Top {
    const DEFAULT: u16 = 20;

    /// The number, as a parameter.
    pub(super) fn count(self) -> i64 {
        i64::from(self.0)
    }
}

impl Default for Top {
    fn default() -> Self {
        Self(Self::DEFAULT)
    }
}

impl JsonSchema for Top {
    fn schema_name() -> Cow<'static, str> {
        "Top".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": 100, "default": Self::DEFAULT})
    }
}
