//! Why a call is refused.

use pgrx::PgSqlErrorCode;
use serde_json::{Value, json};
use thiserror::Error;

/// Why a call was not admitted. Returned as a JSON-RPC error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Unknown, disabled or expired key, or inactive tenant. All have the same message, so that an invalid key learns only that it is
    /// invalid.
    #[error("Invalid or disabled MCP key")]
    Authentication,
    /// The key's `allowed_tools` do not include the tool.
    #[error("Tool not allowed for this key")]
    Permission,
    /// The key's `rate_limit` is used up.
    #[error("Rate limit exceeded")]
    RateLimit {
        /// How many milliseconds from now the next call can be admitted.
        retry_after_ms: i64,
    },
    /// No tool has this name. The name is shortened, and keys in it are cut to their prefix.
    #[error("Unknown tool: {0}")]
    UnknownTool(String),
    /// No MES schema is attached.
    #[error("{NOT_ATTACHED}")]
    NotAttached,
    /// The client cancelled the call before it was admitted.
    #[error("the call was cancelled")]
    Cancelled,
    /// `statement_timeout` was exceeded before the call was admitted.
    #[error("the call took longer than statement_timeout and was stopped")]
    Timeout,
    /// Nothing can be written: the session is read-only, or the server is a standby.
    #[error("the session is read-only or the server is a standby: calls are recorded, and so need one that can write")]
    ReadOnly,
    /// Another transaction was in the way (a serialization failure, a deadlock, `lock_timeout`).
    #[error("another transaction interfered: call again")]
    Interfered,
    /// An internal error, which the caller cannot fix. The server log has the details under this id.
    #[error("Internal error")]
    Internal {
        /// The id to look for in the server log.
        correlation_id: uuid::Uuid,
    },
}

/// The message used wherever a MES schema is required and none is attached.
const NOT_ATTACHED: &str = "no MES schema attached: run mes_create_schema() or mcp_attach_mes()";

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
            Self::Cancelled => (-32000, json!({"type": "cancelled"})),
            Self::Timeout => (-32000, json!({"type": "timeout"})),
            Self::ReadOnly => (-32603, json!({"type": "read_only", "sqlstate": "25006"})),
            Self::Interfered => (-32000, json!({"type": "conflict", "sqlstate": "40001"})),
            Self::Internal { correlation_id } => {
                (-32603, json!({"type": "internal_error", "correlation_id": correlation_id}))
            }
        };
        json!({"code": code, "message": self.to_string(), "data": data})
    }

    /// The SQLSTATE, for functions that raise.
    #[must_use]
    pub const fn sqlstate(&self) -> PgSqlErrorCode {
        match self {
            Self::Authentication => PgSqlErrorCode::ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
            Self::Permission => PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
            Self::RateLimit { .. } => PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
            Self::UnknownTool(_) => PgSqlErrorCode::ERRCODE_UNDEFINED_FUNCTION,
            Self::NotAttached => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::Cancelled | Self::Timeout => PgSqlErrorCode::ERRCODE_QUERY_CANCELED,
            Self::ReadOnly => PgSqlErrorCode::ERRCODE_READ_ONLY_SQL_TRANSACTION,
            Self::Interfered => PgSqlErrorCode::ERRCODE_T_R_SERIALIZATION_FAILURE,
            Self::Internal { .. } => PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
        }
    }
}
