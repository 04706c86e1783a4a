//! Which hours of work lie on which day at which cell.

use crate::pg::statement::{Fill, Rules};

/// How many days before today are known.
pub(super) const DAYS_BACK: usize = 90;

/// How many days after today a caller's dates may begin at the latest.
pub(super) const LATEST_START: i64 = 730;

/// How many days from its start a schedule looks ahead.
const HORIZON: i64 = 365;

/// The rules of work by day. They need those of `shared`, too.
///
/// `{{load_by_day}}` holds common table expressions:
/// - `clock`: one row with `zone`, `today`, `opens` (the factory's opening time), `working_days`;
/// - `work_days`: the days from `{{days_back}}` before today to `{{days_ahead}}` after, each with `share` (0 to 1 of a full day), `opens`,
///   `day_type` and `name` of the calendar;
/// - `open_work`: the operations that are not completed, with `hours` left, `parked`, and the local `begins` and `ends` of the planned
///   window;
/// - `allocated`, `unallocated` (with `overdue`): open work with and without a day of its own from today on, parked work left out;
/// - `load`: `hours` by `cell_id` and `day`, of them `allocated_hours`. What has allocated days counts there with its allocated hours. Other
///   work counts with the hours that are left, spread over the working days of its planned window from today on in proportion to how
///   long the window covers them. Overdue and undated work has no day.
///
/// The statement fills `{{others}}`: a condition, with its `AND`, on the operations that count.
pub(super) const LOAD_RULES: &Rules = &[
    ("load_by_day", Fill::Text(include_str!("load.sql"))),
    ("days_back", Fill::Count(DAYS_BACK)),
    ("days_ahead", Fill::Made(|| (LATEST_START + HORIZON).to_string())),
    ("latest_start", Fill::Made(|| LATEST_START.to_string())),
    ("horizon", Fill::Made(|| HORIZON.to_string())),
];
