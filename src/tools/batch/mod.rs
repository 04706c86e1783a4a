//! What tools share that change many rows at once: which rows they are about, and what they report.

#[cfg(any(test, feature = "pg_test"))]
pub(in crate::tools) mod probe;
pub(in crate::tools) mod report;
pub(in crate::tools) mod scope;
pub(in crate::tools) mod selection;
