//! What tools that change many rows at once share: which rows they change, and what they report.
//!
//! [`parts`] and [`operations`] are the two kinds of row: the arguments that select them, and the statements. [`selection`] locks what was
//! selected, and [`report`] ends the call.

pub(in crate::tools) mod operations;
pub(in crate::tools) mod parts;
#[cfg(any(test, feature = "pg_test"))]
pub(in crate::tools) mod probe;
pub(in crate::tools) mod report;
pub(in crate::tools) mod scope;
mod selection;
