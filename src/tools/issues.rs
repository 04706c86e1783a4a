//! Issues and non-conformance reports (NCRs).

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[];
