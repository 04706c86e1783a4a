//! The state of the whole factory in numbers.

pub(in crate::tools) mod get_dashboard_stats;
pub(in crate::tools) mod get_production_metrics;
pub(in crate::tools) mod get_qrm_data;
