//! Scrap and yield: the ledger of pieces.

pub(in crate::tools) mod fetch_scrap_reasons;
mod filters;
pub(in crate::tools) mod get_quality_score;
pub(in crate::tools) mod get_scrap_analytics;
pub(in crate::tools) mod get_scrap_pareto;
pub(in crate::tools) mod get_scrap_trends;
pub(in crate::tools) mod get_yield_metrics;
pub(in crate::tools) mod report_scrap;
