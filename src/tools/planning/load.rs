//! Which hours of work lie on which day at which cell.

use crate::tools::shared::with_rules;

/// The first day that [`LOAD`] knows, counted from today.
pub(in crate::tools) const FIRST_DAY: i32 = -90;

/// How far from today a caller may ask.
pub(in crate::tools) const MAX_DAYS_AHEAD: i32 = 730;

/// Common table expressions:
/// - `clock`: one row with `zone`, `today`, `opens` (the factory's opening time), `working_days`;
/// - `work_days`: the days from 90 before today to 1095 after, each with `share` (0 to 1 of a full day), `opens`, `day_type` and `name`
///   of the calendar;
/// - `open_work`: the operations that are not completed, with `hours` left, `parked`, and the local `begins` and `ends` of the planned
///   window;
/// - `allocated`, `unallocated` (with `overdue`): open work with and without a day of its own from today on, parked work left out;
/// - `load`: `hours` by `cell_id` and `day`, of them `allocated_hours`. What has allocated days counts there with its allocated hours. Other
///   work counts with the hours that are left, spread over the working days of its planned window from today on in proportion to how
///   long the window covers them. Overdue and undated work has no day.
///
/// `{{others}}` is a condition on the operations that count.
const LOAD: &str = include_str!("load.sql");

/// A statement with its gaps filled, `{{load}}` among them; only work that meets `others` counts.
pub(in crate::tools) fn with_load(text: &str, others: &str) -> String {
    with_rules(&text.replace("{{load}}", LOAD.trim_end()).replace("{{others}}", others))
}
