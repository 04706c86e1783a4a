//! The period that an analysis covers: whole local days of the factory up to and including today, and the same number of days before
//! them for comparison.
//!
//! The number of days is the gap `{{days}}`, which is `$2` in most statements (see [`DAYS`]). [`BUCKETS`] also needs the unit of its
//! buckets as `$3` (`day`, `week` or `month`).

use std::borrow::Cow;

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Common table expression `period`: one row with `zone`, `today`, `first_day`, and the instants `starts`, `ends` (the end of today)
/// and `previous_starts`. The previous period ends where this one starts.
pub(in crate::tools) const PERIOD: &str = include_str!("period.sql");

/// The JSON object of a [`Period`].
pub(super) const PERIOD_JSON: &str = include_str!("period_json.sql");

/// The parameter that is the number of days. A list, whose `$2` is the size of a page, has a rule of its own for `{{days}}`.
pub(super) const DAYS: &str = "$2";

/// Common table expression `buckets`, after `period`: the buckets of the period in order, without gaps, each with `first_day`,
/// `last_day`, `starts` and `ends`. Weeks begin on Monday; the first and the last bucket may be shorter.
pub(super) const BUCKETS: &str = include_str!("buckets.sql");

/// The number of local days in a period, including today: 1 to 365.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(in crate::tools) struct Days<const DEFAULT: u16>(u16);

impl<const DEFAULT: u16> Default for Days<DEFAULT> {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<const DEFAULT: u16> Days<DEFAULT> {
    /// The number, for a statement's parameter.
    pub(in crate::tools) fn count(self) -> i32 {
        i32::from(self.0)
    }
}

impl<const DEFAULT: u16> JsonSchema for Days<DEFAULT> {
    fn schema_name() -> Cow<'static, str> {
        format!("Days{DEFAULT}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": 365, "default": DEFAULT})
    }
}

/// The length of a trend's buckets.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum Interval {
    #[default]
    Daily,
    Weekly,
    Monthly,
}

impl Interval {
    /// As `$3` of [`BUCKETS`].
    pub(in crate::tools) const fn unit(self) -> &'static str {
        match self {
            Self::Daily => "day",
            Self::Weekly => "week",
            Self::Monthly => "month",
        }
    }

    /// The name in arguments and answers.
    pub(in crate::tools) const fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }
}

/// The days that an answer covers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Period {
    /// Number of days.
    days: u16,
    first_day: NaiveDate,
    /// Today in the factory's time zone.
    last_day: NaiveDate,
    /// The time zone in which days begin and end.
    time_zone: String,
    /// First day of the previous period, which has the same number of days.
    previous_first_day: NaiveDate,
    previous_last_day: NaiveDate,
}
