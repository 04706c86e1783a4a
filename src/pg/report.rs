//! Errors as PostgreSQL raises them, and lines for the server's log.

pub use pgrx::pg_sys::panic::ErrorReport;

use pgrx::pg_sys::elog::PgLogLevel;
use pgrx::{PgSqlErrorCode, ereport};

use crate::error::{Refusal, ToolError};

/// Where our errors say that they come from.
const ORIGIN: &str = "eryxon_mcp";

/// An error for whoever called an SQL function.
#[must_use]
pub fn report(code: PgSqlErrorCode, message: impl Into<String>) -> ErrorReport {
    ErrorReport::new(code, message.into(), ORIGIN)
}

/// A refusal, for functions that raise.
#[must_use]
pub fn refused(refusal: &Refusal) -> ErrorReport {
    report(refusal.sqlstate(), refusal.to_string())
}

/// A tool's error, for tools called as SQL functions; DETAIL holds the JSON of [`ToolError::to_json`].
#[must_use]
pub fn failed(error: &ToolError) -> ErrorReport {
    let report = report(error.code.sqlstate(), error.message.clone()).set_detail(error.to_json().to_string());
    match &error.hint {
        Some(hint) => report.set_hint(hint.clone()),
        None => report,
    }
}

/// Writes a failure to the server's log only: a client may have set `client_min_messages` to see the rest.
pub fn log_to_server(message: String) {
    ereport!(PgLogLevel::LOG_SERVER_ONLY, PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, message);
}
