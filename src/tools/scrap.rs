//! Scrap and yield: the ledger of pieces.

mod fetch_scrap_reasons;
mod filters;
mod get_quality_score;
mod get_scrap_analytics;
mod get_scrap_pareto;
mod get_scrap_trends;
mod get_yield_metrics;
mod group_by;
mod ledger;
mod ncr;
mod reason;
mod report_scrap;

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[
    Tool::of::<fetch_scrap_reasons::FetchScrapReasons>(),
    Tool::of::<report_scrap::ReportScrap>(),
    Tool::of::<get_scrap_analytics::GetScrapAnalytics>(),
    Tool::of::<get_scrap_trends::GetScrapTrends>(),
    Tool::of::<get_yield_metrics::GetYieldMetrics>(),
    Tool::of::<get_scrap_pareto::GetScrapPareto>(),
    Tool::of::<get_quality_score::GetQualityScore>(),
];
