//! The SQL functions, by audience. Their parameters, results and errors are documented in their `COMMENT`s (`sql/90_comments.sql`).

#![expect(clippy::result_large_err, reason = "pgrx keeps the SQLSTATE of this error type only")]
#![expect(
    clippy::type_complexity,
    reason = "pgrx reads a table's columns from the return type, but not through an alias"
)]

pub(crate) mod calls;
pub(crate) mod doctor;
pub(crate) mod gateway;
pub(crate) mod identity;
pub(crate) mod keys;
pub(crate) mod load;
pub(crate) mod mes;
pub(crate) mod texts;
pub(crate) mod verdicts;

use pgrx::PgSqlErrorCode;

use crate::error::Refusal;
use crate::pg::query;
use crate::pg::report::{ErrorReport, refused, report};
use crate::pg::session;
use crate::{sql_args, statement};

/// The attached MES schema, or the error that says how to attach one.
fn mes_schema() -> Result<String, ErrorReport> {
    attached_schema().ok_or_else(|| refused(&Refusal::NotAttached))
}

/// The attached MES schema.
fn attached_schema() -> Option<String> {
    statement! {
        static ATTACHED = "SELECT mes_schema FROM {{extension}}.mcp_settings"; [];
    }
    query::read(&ATTACHED, &[], query::first)
}

/// Raises 55000 if anyone but superusers and its owner may create objects in the schema. For scripts that look up names in it: they run as a
/// superuser.
fn assert_closed(schema: &str) {
    statement! {
        static ASSERT_CLOSED = "SELECT {{extension}}.mcp_assert_closed_schema($1, NULL::text)"; [Text];
    }
    query::read(&ASSERT_CLOSED, sql_args![schema], |_| Ok(()));
}

/// Fails unless the caller is an operator. Every function for operators calls it, so that a wrong grant does not open it; those written in
/// SQL call `mcp_assert_operator()`.
fn assert_operator() -> Result<(), ErrorReport> {
    if session::caller_is_operator() {
        return Ok(());
    }
    Err(report(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE, "only operators may do this")
        .set_hint("Call it as a superuser or a member of eryxon_mcp_owner."))
}
