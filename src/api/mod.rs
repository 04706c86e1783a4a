//! The SQL functions, by audience. Their parameters, results and errors are documented in their `COMMENT`s (`sql/90_comments.sql`).

#![expect(clippy::result_large_err, reason = "pgrx keeps the SQLSTATE of this error type only")]
#![expect(
    clippy::type_complexity,
    reason = "pgrx reads a table's columns from the return type, but not through an alias"
)]

pub(crate) mod calls;
pub(crate) mod gateway;
pub(crate) mod identity;
pub(crate) mod keys;
pub(crate) mod load;
pub(crate) mod mes;

use crate::error::Refusal;
use crate::pg::query;
use crate::pg::report::{ErrorReport, refused};

/// The attached MES schema, or the error that says how to attach one.
fn mes_schema() -> Result<String, ErrorReport> {
    attached_schema().ok_or_else(|| refused(&Refusal::NotAttached))
}

/// The attached MES schema.
fn attached_schema() -> Option<String> {
    query::read("SELECT mes_schema FROM mcp_settings", &[], query::first)
}
