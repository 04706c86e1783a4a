//! Errors for PostgreSQL to raise, and messages for the server log.

pub use pgrx::pg_sys::panic::ErrorReport;

use pgrx::pg_sys::elog::PgLogLevel;
use pgrx::{PgSqlErrorCode, ereport};
use uuid::Uuid;

use super::subtransaction::Raised;
use crate::core::redact;
use crate::error::{Refusal, ToolError};

/// The location that our errors report.
const ORIGIN: &str = "eryxon_mcp";

/// An error for the caller of an SQL function. It is logged as well, so what it quotes of the caller is redacted.
#[must_use]
pub fn report(code: PgSqlErrorCode, message: impl Into<String>) -> ErrorReport {
    ErrorReport::new(code, redact::line(&message.into()), ORIGIN)
}

/// A refusal, for functions that raise.
#[must_use]
pub fn refused(refusal: &Refusal) -> ErrorReport {
    report(refusal.sqlstate(), refusal.to_string())
}

/// A tool's error, for tools called as SQL functions. DETAIL contains the JSON of [`ToolError::to_json`].
#[must_use]
pub fn failed(error: &ToolError) -> ErrorReport {
    let report =
        report(error.sqlstate(), error.message.clone()).set_detail(redact::fields(&error.to_json()).to_string());
    match &error.hint {
        Some(hint) => report.set_hint(redact::line(hint)),
        None => report,
    }
}

/// Writes a failure to the server log only. At level LOG, a client could see it by setting `client_min_messages`.
pub fn log_to_server(message: String) {
    ereport!(PgLogLevel::LOG_SERVER_ONLY, PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, message);
}

/// Writes a failure to the server log, under the correlation id that the caller receives.
pub fn log_failure(correlation_id: Uuid, what: &str, raised: &Raised) {
    let message = redact::line(&raised.message);
    log_to_server(format!("eryxon_mcp: {what} failed, correlation id {correlation_id}: {:?}: {message}", raised.code));
}
