//! How tools compare texts, for their statements.

use pgrx::prelude::*;

use crate::core::fold;

// The costs are about what they take, in comparisons of numbers: PostgreSQL checks all other conditions of a statement first.

#[pg_extern(immutable, parallel_safe, cost = 10)]
pub(crate) fn mcp_fold(p_text: Option<&str>) -> Option<String> {
    p_text.map(fold::fold)
}

#[pg_extern(immutable, parallel_safe, cost = 20)]
pub(crate) fn mcp_name_forms(p_name: Option<&str>) -> Option<Vec<String>> {
    p_name.map(|name| fold::name_forms(name).into())
}
