//! Scrap and yield: the ledger of pieces.

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[];
