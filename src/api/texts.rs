//! How tools compare texts, for their statements.

use pgrx::prelude::*;

use crate::core::fold;

// The costs make PostgreSQL check all other conditions of a statement first.

#[pg_extern(immutable, parallel_safe, strict, cost = 100)]
pub(crate) fn mcp_fold(p_text: &str) -> String {
    fold::fold(p_text)
}

#[pg_extern(immutable, parallel_safe, strict, cost = 100)]
pub(crate) fn mcp_name_forms(p_name: &str) -> Vec<String> {
    fold::name_forms(p_name).into()
}
