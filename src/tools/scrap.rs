//! Scrap and yield: the ledger of pieces.

mod get_quality_score;

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[Tool::of::<get_quality_score::GetQualityScore>()];
