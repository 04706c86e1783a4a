//! Pieces: what "produced", "good", "scrap" and the rates mean, for every tool that counts them.
//!
//! - A lot is a row of `operation_quantities`. It counts while its operation, part and job are live.
//! - Produced = good + scrap + rework. First-pass yield is good / produced, scrap rate scrap / produced, rework rate rework / produced;
//!   each is null when nothing was produced.
//! - When a lot is split over reasons, its scrap belongs to those reasons, and what the split leaves over has no reason. The scrap of a
//!   lot that is not split belongs to the lot's own reason, if it has one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The lots that count, with their operation, part, job and cell (also a deleted one) and the `WHERE`.
pub(in crate::tools) const LIVE_LOTS: &str = include_str!("live_lots.sql");

/// Common table expressions `split` and, built on it, `scrap`: `lot_id`, `reason_id` (null: unspecified) and `pieces`, which add up to
/// each lot's scrap. They need a `lot` with `id`, `scrap` and `scrap_reason_id`.
pub(in crate::tools) const SCRAP_BY_REASON: &str = include_str!("scrap_by_reason.sql");

/// The JSON object of [`Pieces`] from the sums `produced`, `good`, `scrap` and `rework` of a row `n`.
pub(super) const PIECES: &str = include_str!("pieces_json.sql");

/// Pieces and their rates.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Pieces {
    /// Good, scrap and rework combined.
    pub(in crate::tools) produced: i64,
    pub(in crate::tools) good: i64,
    pub(in crate::tools) scrap: i64,
    /// Pieces to be reworked; they are reported again once that is done.
    rework: i64,
    /// good / produced; null when nothing was produced, like the other rates.
    pub(in crate::tools) first_pass_yield_percent: Option<f64>,
    /// scrap / produced.
    pub(in crate::tools) scrap_rate_percent: Option<f64>,
    /// rework / produced.
    rework_rate_percent: Option<f64>,
}
