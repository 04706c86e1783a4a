//! How tools compare texts, for their statements.

use pgrx::prelude::*;

use crate::core::fold;

// The costs are about what they take, in comparisons of numbers: PostgreSQL checks all other conditions of a statement first.

#[pg_extern(immutable, parallel_safe, strict, cost = 10)]
pub(crate) fn mcp_fold(p_text: &str) -> String {
    fold::fold(p_text)
}

#[pg_extern(immutable, parallel_safe, strict, cost = 20)]
pub(crate) fn mcp_name_forms(p_name: &str) -> Vec<String> {
    fold::name_forms(p_name).into()
}
