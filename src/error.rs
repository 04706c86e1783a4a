//! The errors of a call, and their representations: a JSON-RPC error, a tool result with `isError`, or an SQL error.

mod refusal;

use pgrx::PgSqlErrorCode;
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::names::{MAX_ARGUMENT_BYTES, MAX_ERROR_CHARS};
pub use refusal::Refusal;

/// The kind of a tool's failure: the `code` that a model can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolErrorCode {
    /// This tenant has no such row.
    NotFound,
    /// The arguments do not match the tool's schema, or contradict each other.
    InvalidArguments,
    /// The row's state does not allow the transition.
    InvalidState,
    /// It already exists, or was changed concurrently.
    Conflict,
    /// The call would change or return more than is allowed.
    LimitExceeded,
    /// The attached database lacks what the tool needs.
    Unavailable,
    /// A constraint or trigger of the factory's database refused the change.
    RefusedByDatabase,
    /// `statement_timeout` was exceeded.
    Timeout,
    /// The client cancelled the call.
    Cancelled,
    /// An internal error.
    Internal,
}

impl ToolErrorCode {
    /// All codes, each with its meaning for a caller.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::NotFound, "the factory has no such row, or it was deleted"),
        (
            Self::InvalidArguments,
            "the arguments do not match the tool's schema, or contradict each other; `field` names the field",
        ),
        (
            Self::InvalidState,
            "the row's state does not allow the transition; the error gives `from`, `to` and the `allowed` states",
        ),
        (Self::Conflict, "it already exists, or was changed concurrently"),
        (Self::LimitExceeded, "the call would change or return more than is allowed"),
        (
            Self::Unavailable,
            "the database lacks what the tool needs, a column or a table, which the message names; an administrator can add it",
        ),
        (
            Self::RefusedByDatabase,
            "a constraint or trigger of the factory's own database refused the change; the error gives its message or the `constraint`, \
             and the `sqlstate`; nothing was changed",
        ),
        (Self::Timeout, "the call took longer than the gateway's statement_timeout; nothing was changed"),
        (Self::Cancelled, "the client cancelled the call; nothing was changed"),
        (Self::Internal, "internal error; the server log has it under this `correlation_id`"),
    ];

    /// The code's name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::InvalidArguments => "invalid_arguments",
            Self::InvalidState => "invalid_state",
            Self::Conflict => "conflict",
            Self::LimitExceeded => "limit_exceeded",
            Self::Unavailable => "unavailable",
            Self::RefusedByDatabase => "refused_by_database",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// The SQLSTATE, for tools called as SQL functions.
    #[must_use]
    pub const fn sqlstate(self) -> PgSqlErrorCode {
        match self {
            Self::NotFound => PgSqlErrorCode::ERRCODE_NO_DATA_FOUND,
            Self::InvalidArguments => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            Self::InvalidState => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::Conflict => PgSqlErrorCode::ERRCODE_UNIQUE_VIOLATION,
            Self::LimitExceeded => PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
            Self::Unavailable => PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
            Self::RefusedByDatabase => PgSqlErrorCode::ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION,
            Self::Timeout | Self::Cancelled => PgSqlErrorCode::ERRCODE_QUERY_CANCELED,
            Self::Internal => PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
        }
    }
}

/// A tool's failure. Returned as a result with `isError: true`, so that a model can correct itself. It may quote what the caller sent, so
/// its texts are cut here, where it is made: they are answered, recorded twice and logged.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{message}")]
pub struct ToolError {
    /// The kind of failure.
    pub code: ToolErrorCode,
    /// What went wrong, in words that the tenant may see.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Further fields of the error, such as `field`, `from`, `allowed`.
    pub details: Map<String, Value>,
    /// The SQLSTATE of the `ERROR` that caused it, if it is not the code's own.
    raised_as: Option<PgSqlErrorCode>,
}

impl ToolError {
    /// An error without a hint or details.
    pub fn new(code: ToolErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: short(message.into()), hint: None, details: Map::new(), raised_as: None }
    }

    /// `not_found`: the same message whether the row never existed or belongs to another tenant.
    #[must_use]
    pub fn not_found(what: &str, id: &dyn std::fmt::Display) -> Self {
        Self::new(ToolErrorCode::NotFound, format!("{what} not found: {id}"))
    }

    /// `invalid_arguments`, naming the field.
    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(ToolErrorCode::InvalidArguments, message).with("field", field)
    }

    /// `unavailable`, with what is missing.
    #[must_use]
    pub fn unavailable(reason: &str) -> Self {
        Self::new(ToolErrorCode::Unavailable, format!("this tool does not work with this database: {reason}"))
            .hint("ask an administrator of the database; other tools may do")
    }

    /// `limit_exceeded`: arguments that are not even read.
    #[must_use]
    pub fn too_large(bytes: usize) -> Self {
        let message = format!("the arguments have {bytes} bytes; at most {MAX_ARGUMENT_BYTES} are accepted");
        Self::new(ToolErrorCode::LimitExceeded, message).hint("send less, in several calls")
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(short(hint.into()));
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), short_texts(value.into()));
        self
    }

    /// Keeps the SQLSTATE of the `ERROR` that caused it.
    #[must_use]
    pub const fn raised_as(mut self, code: PgSqlErrorCode) -> Self {
        self.raised_as = Some(code);
        self
    }

    /// The SQLSTATE, for tools called as SQL functions.
    #[must_use]
    pub fn sqlstate(&self) -> PgSqlErrorCode {
        self.raised_as.unwrap_or_else(|| self.code.sqlstate())
    }

    /// The object `{code, message, hint?, …}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("code".to_owned(), self.code.name().into());
        error.insert("message".to_owned(), self.message.clone().into());
        if let Some(hint) = &self.hint {
            error.insert("hint".to_owned(), hint.clone().into());
        }
        error.extend(self.details.clone());
        Value::Object(error)
    }
}

/// A text of at most [`MAX_ERROR_CHARS`].
fn short(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_ERROR_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn short_texts(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(short(text)),
        Value::Array(items) => items.into_iter().map(short_texts).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (short(name), short_texts(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_refusals_have_the_documented_messages() {
        for (refusal, message, kind) in [
            (Refusal::Authentication, "Invalid or disabled MCP key", "authentication_error"),
            (Refusal::Permission, "Tool not allowed for this key", "permission_error"),
            (Refusal::RateLimit { retry_after_ms: 7 }, "Rate limit exceeded", "rate_limit_error"),
        ] {
            let error = refusal.to_json_rpc();
            assert_eq!(error["code"], -32000);
            assert_eq!(error["message"], message);
            assert_eq!(error["data"]["type"], kind);
        }
        assert_eq!(Refusal::RateLimit { retry_after_ms: 7 }.to_json_rpc()["data"]["retry_after_ms"], 7);
        assert_eq!(Refusal::UnknownTool("x".to_owned()).to_json_rpc()["code"], -32602);
    }

    #[test]
    fn every_text_of_an_error_is_cut() {
        let long = "é".repeat(10_000_000);
        let error = ToolError::invalid(&long, long.clone()).hint(long.clone()).with("more", json!([{ &long: [long] }]));
        assert_eq!(error.message.chars().count(), MAX_ERROR_CHARS + 1);
        assert!(error.to_json().to_string().len() < 5 * 2 * (MAX_ERROR_CHARS + 20));
    }

    #[test]
    fn a_tool_error_contains_code_message_hint_and_details() {
        let error = ToolError::invalid("limit", "too large").hint("at most 500");
        assert_eq!(
            error.to_json(),
            json!({"code": "invalid_arguments", "message": "too large", "hint": "at most 500", "field": "limit"})
        );
    }
}
