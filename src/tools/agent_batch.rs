//! What agents do to many rows at once, and what they look up to plan it.

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[];
