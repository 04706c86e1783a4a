//! The errors of a call, and what each becomes: a JSON-RPC error, a tool's result with `isError`, or an SQL error.

use pgrx::PgSqlErrorCode;
use pgrx::pg_sys::panic::ErrorReport;
use serde::Serialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

/// Why a call was not admitted. It becomes a JSON-RPC error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Unknown, disabled or expired key, or a tenant that is not active. One text for all, so that it tells nothing.
    #[error("Invalid or disabled MCP key")]
    Authentication,
    /// The key's `allowed_tools` do not hold the tool.
    #[error("Tool not allowed for this key")]
    Permission,
    /// The key's `rate_limit` is used up.
    #[error("Rate limit exceeded")]
    RateLimit {
        /// When the next call can be admitted, in milliseconds from now.
        retry_after_ms: i64,
    },
    /// No tool has this name. The name is shortened and without secrets.
    #[error("Unknown tool: {0}")]
    UnknownTool(String),
    /// There is no MES schema to work on.
    #[error("{NOT_ATTACHED}")]
    NotAttached,
    /// Something failed that the caller cannot mend. The detail is in the server's log under this id.
    #[error("Internal error")]
    Internal {
        /// What to look for in the server's log.
        correlation_id: uuid::Uuid,
    },
}

/// Said wherever a MES schema is needed and none is attached.
pub const NOT_ATTACHED: &str = "no MES schema attached: run mes_create_schema() or mcp_attach_mes()";

impl Refusal {
    /// The JSON-RPC error: `{code, message, data: {type, …}}`.
    #[must_use]
    pub fn to_json_rpc(&self) -> Value {
        let (code, data) = match self {
            Self::Authentication => (-32000, json!({"type": "authentication_error"})),
            Self::Permission => (-32000, json!({"type": "permission_error"})),
            Self::RateLimit { retry_after_ms } => {
                (-32000, json!({"type": "rate_limit_error", "retry_after_ms": retry_after_ms}))
            }
            Self::UnknownTool(_) => (-32602, json!({"type": "unknown_tool"})),
            Self::NotAttached => (-32603, json!({"type": "not_attached"})),
            Self::Internal { correlation_id } => {
                (-32603, json!({"type": "internal_error", "correlation_id": correlation_id}))
            }
        };
        json!({"code": code, "message": self.to_string(), "data": data})
    }

    fn sqlstate(&self) -> PgSqlErrorCode {
        match self {
            Self::Authentication => PgSqlErrorCode::ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
            Self::Permission => PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
            Self::RateLimit { .. } => PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
            Self::UnknownTool(_) => PgSqlErrorCode::ERRCODE_UNDEFINED_FUNCTION,
            Self::NotAttached => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::Internal { .. } => PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
        }
    }

    /// The SQL error, for functions that raise.
    #[must_use]
    pub fn to_report(&self) -> ErrorReport {
        ErrorReport::new(self.sqlstate(), self.to_string(), "eryxon_mcp")
    }
}

/// What kind of failure a tool met; the `code` that a model can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolErrorCode {
    /// No such row for this tenant.
    NotFound,
    /// The arguments do not fit the tool's schema, or each other.
    InvalidArguments,
    /// The row's state does not allow the step.
    InvalidState,
    /// It exists already, or somebody changed it meanwhile.
    Conflict,
    /// It would touch, or answer, more than is allowed.
    LimitExceeded,
    /// `statement_timeout` passed.
    Timeout,
    /// The client cancelled.
    Cancelled,
    /// A mistake of ours.
    Internal,
}

impl ToolErrorCode {
    /// All codes, each with what it means to a caller.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::NotFound, "no such row in this factory, or it was deleted"),
        (Self::InvalidArguments, "the arguments do not fit the tool's schema, or each other; `field` names the place"),
        (Self::InvalidState, "the row's state does not allow the step; says `from`, `to` and what is `allowed`"),
        (Self::Conflict, "it exists already, or somebody changed it meanwhile"),
        (Self::LimitExceeded, "it would touch, or answer, more than is allowed"),
        (Self::Timeout, "the call took longer than the gateway's statement_timeout; nothing was changed"),
        (Self::Cancelled, "the client cancelled; nothing was changed"),
        (Self::Internal, "a mistake of ours; the server's log has it under `correlation_id`"),
    ];

    /// The code's name in an answer.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::InvalidArguments => "invalid_arguments",
            Self::InvalidState => "invalid_state",
            Self::Conflict => "conflict",
            Self::LimitExceeded => "limit_exceeded",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    const fn sqlstate(self) -> PgSqlErrorCode {
        match self {
            Self::NotFound => PgSqlErrorCode::ERRCODE_NO_DATA_FOUND,
            Self::InvalidArguments => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            Self::InvalidState => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::Conflict => PgSqlErrorCode::ERRCODE_UNIQUE_VIOLATION,
            Self::LimitExceeded => PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
            Self::Timeout | Self::Cancelled => PgSqlErrorCode::ERRCODE_QUERY_CANCELED,
            Self::Internal => PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
        }
    }
}

/// A failure of a tool. It becomes a result with `isError: true`, so that a model can correct itself.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{message}")]
pub struct ToolError {
    /// Its kind.
    pub code: ToolErrorCode,
    /// What went wrong, in words that are safe for the tenant.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// More fields of the error, such as `field`, `from`, `allowed`.
    pub details: Map<String, Value>,
}

impl ToolError {
    /// An error without hint and details.
    pub fn new(code: ToolErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, details: Map::new() }
    }

    /// `not_found`: the same words whether it never existed or is another tenant's.
    #[must_use]
    pub fn not_found(what: &str, id: &dyn std::fmt::Display) -> Self {
        Self::new(ToolErrorCode::NotFound, format!("{what} not found: {id}"))
    }

    /// `invalid_arguments`, naming the field.
    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(ToolErrorCode::InvalidArguments, message).with("field", field)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
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

    /// The SQL error, for tools called as SQL functions; DETAIL holds the JSON of [`to_json`](Self::to_json).
    #[must_use]
    pub fn to_report(&self) -> ErrorReport {
        let report = ErrorReport::new(self.code.sqlstate(), self.message.clone(), "eryxon_mcp")
            .set_detail(self.to_json().to_string());
        match &self.hint {
            Some(hint) => report.set_hint(hint.clone()),
            None => report,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_refusals_have_the_documented_words() {
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
    fn a_tool_error_says_code_message_and_what_else_is_known() {
        let error = ToolError::invalid("limit", "too large").hint("at most 500");
        assert_eq!(
            error.to_json(),
            json!({"code": "invalid_arguments", "message": "too large", "hint": "at most 500", "field": "limit"})
        );
    }
}
