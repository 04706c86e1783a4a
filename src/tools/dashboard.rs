//! The state of the whole factory in numbers.

mod get_dashboard_stats;

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[Tool::of::<get_dashboard_stats::GetDashboardStats>()];
