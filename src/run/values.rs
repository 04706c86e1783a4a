//! Argument types that several tools use.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::names::{DEFAULT_LIMIT, MAX_LIMIT};

/// How many rows to return: 1 to [`MAX_LIMIT`].
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Limit(u16);

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl Limit {
    /// The number of rows.
    #[must_use]
    pub fn rows(self) -> usize {
        usize::from(self.0)
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT})
    }
}

/// A date-time with any offset, or a date, which means midnight in the tenant's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(String);

impl Moment {
    /// The text, checked, for the SQL expression of [`instant!`](crate::instant).
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_date = text.len() == 10 && text.parse::<NaiveDate>().is_ok_and(|date| date.year() > 0);
        if is_date || DateTime::parse_from_rfc3339(&text).is_ok_and(|instant| is_known(&instant)) {
            return Ok(Self(text));
        }
        Err(serde::de::Error::custom(format!("neither a date nor a date-time with an offset: {text}")))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]})
    }
}

/// Whether PostgreSQL accepts a date-time in ISO 8601: it has neither a year 0 nor offsets of 16 hours or more.
#[must_use]
pub fn is_known(instant: &DateTime<FixedOffset>) -> bool {
    instant.year() > 0 && instant.offset().local_minus_utc().abs() < 16 * 3600
}

/// The SQL expression of the tenant's time zone; `$1` must be the tenant.
pub const TIME_ZONE: &str = "coalesce((SELECT timezone FROM {{mes}}.tenants WHERE id = $1), 'UTC')";

/// For a field in which null means "clear" and absence means "leave unchanged". With `#[serde(default, deserialize_with = "present")]`,
/// the outer option tells whether the field was present.
///
/// # Errors
/// Those of the inner type.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn dates_and_date_times_with_any_offset_are_moments() {
        for good in ["2026-01-05", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00.123+05:30"] {
            assert_eq!(from_value::<Moment>(json!(good)).expect("a moment").text(), good);
        }
        for bad in [
            "",
            "2026-02-30",
            "2026-01-05T10:00:00",
            "05.01.2026",
            "tomorrow",
            "2026-1-5",
            "0000-01-05",
            "-001-01-05",
            "2026-01-05T10:00:00+16:00",
        ] {
            assert!(from_value::<Moment>(json!(bad)).is_err(), "{bad} was accepted");
        }
    }
}
