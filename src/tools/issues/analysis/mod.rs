//! What the analyses of issues share.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::core::states::IssueSeverity;
use crate::tools::shared::count_by;

/// Common table expressions over the root causes of both periods, after `period`: `cause`, `wording`, `alike`, `variant`, `occurrence`
/// and `root_cause`. They need `WITH RECURSIVE`, and `{{similarity}}` filled with the least similarity of two texts in percent.
pub(in crate::tools) const ROOT_CAUSE_GROUPS: &str = include_str!("root_cause_groups.sql");

/// The similarity from which two root causes count as one, unless the caller says otherwise. Two texts with two words in common are
/// 50 % alike when each has one more of its own, and 67 % when only one has; 60 lies between them.
pub(in crate::tools) const SIMILARITY_PERCENT: u8 = 60;

/// Counts of issues.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct BySeverity {
    low: i64,
    medium: i64,
    high: i64,
    critical: i64,
}

/// The SQL expression of a [`BySeverity`] over rows `i`, of those that meet the condition.
pub(in crate::tools) fn by_severity(condition: &str) -> String {
    count_by(&format!("{condition} AND i.severity"), IssueSeverity::ALL.iter().map(|severity| severity.name()))
}

/// How many rows an analysis shows: 1 to 100.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(in crate::tools) struct Top(u16);

impl Top {
    const DEFAULT: u16 = 20;

    /// The number, as a parameter.
    pub(in crate::tools) fn count(self) -> i64 {
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
