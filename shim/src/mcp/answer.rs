//! The format of answers: results as the negotiated version requires, failures as JSON-RPC errors.

use std::collections::BTreeMap;

use rmcp::ErrorData;
use rmcp::model::{ErrorCode, Implementation, ProtocolVersion};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::db::DbError;

/// Error code for infrastructure failures: no connection, or a lost one.
const CONNECTION_ERROR: ErrorCode = ErrorCode(-32001);
/// How long a client may cache a tool list: what a key may call can change.
const LIST_TTL_MS: u64 = 60_000;

/// The two results that come from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The result of `tools/call`.
    Call,
    /// The result of `tools/list`, which a client may cache.
    List,
}

/// Adds the fields that 2026-07-28 requires; older versions get the database's text unchanged.
pub fn shape(result: Box<RawValue>, kind: Kind, version: Option<&ProtocolVersion>) -> Result<Box<RawValue>, ErrorData> {
    if version.is_none_or(ProtocolVersion::has_initialize) {
        return Ok(result);
    }
    let shape = || -> Result<Box<RawValue>, serde_json::Error> {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(result.get())?;
        let mut add = |name: &str, value: serde_json::Value| -> Result<(), serde_json::Error> {
            fields.insert(name.to_owned(), to_raw_value(&value)?);
            Ok(())
        };
        add("resultType", json!("complete"))?;
        if kind == Kind::List {
            add("ttlMs", json!(LIST_TTL_MS))?;
            // The list depends on the key.
            add("cacheScope", json!("private"))?;
        }
        add("_meta", json!({ "io.modelcontextprotocol/serverInfo": server_info() }))?;
        to_raw_value(&fields)
    };
    shape().map_err(|_| ErrorData::internal_error("The database returned an unexpected answer", None))
}

/// How the shim identifies itself.
pub fn server_info() -> Implementation {
    Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).with_title("Eryxon Flow")
}

/// The same error that the database returns for an invalid key.
pub fn no_key() -> ErrorData {
    tracing::warn!("request without a key: set ERYXON_MCP_KEY, or send a key in params._meta.apiKey");
    ErrorData::new(ErrorCode(-32000), "Invalid or disabled MCP key", Some(json!({ "type": "authentication_error" })))
}

/// A tool's name or arguments that PostgreSQL cannot store.
pub fn no_nul() -> ErrorData {
    ErrorData::invalid_params(
        "The name or the arguments contain the character NUL (\\u0000), which PostgreSQL cannot store; remove it",
        Some(json!({ "type": "invalid_arguments" })),
    )
}

/// Arguments that are larger than the extension accepts, in its words.
pub fn too_large(bytes: usize, limit: usize) -> ErrorData {
    ErrorData::invalid_params(
        format!("the arguments have {bytes} bytes; at most {limit} are accepted"),
        Some(json!({ "type": "limit_exceeded", "hint": "send less, in several calls" })),
    )
}

/// The error that a client receives if the database did not answer.
pub fn failure(error: &DbError) -> ErrorData {
    match error {
        DbError::Unreachable { hint, .. } => ErrorData::new(
            CONNECTION_ERROR,
            format!("The database cannot be reached; nothing was changed. {hint}"),
            Some(json!({ "type": "connection_error", "outcome": "not_sent" })),
        ),
        DbError::Lost => ErrorData::new(
            CONNECTION_ERROR,
            "The connection to the database was lost during the call. \
             Check whether the change was made before you repeat the call.",
            Some(json!({ "type": "connection_error", "outcome": "unknown" })),
        ),
        DbError::Cancelled => ErrorData::new(
            CONNECTION_ERROR,
            "The call was cancelled before it was answered",
            Some(json!({ "type": "cancelled" })),
        ),
        DbError::NotInstalled => ErrorData::internal_error(
            "The extension is not installed in this database: run CREATE EXTENSION eryxon_mcp there.",
            Some(json!({ "type": "database_error" })),
        ),
        // Class 22 is the caller's error: only the arguments can contain a value that cannot be stored.
        DbError::Sql { sqlstate, hint } if sqlstate.starts_with("22") => {
            ErrorData::invalid_params(hint.clone(), Some(json!({ "type": "invalid_arguments", "sqlstate": sqlstate })))
        }
        DbError::Sql { sqlstate, hint } => ErrorData::internal_error(
            format!("The database refused the call. {hint}"),
            Some(json!({ "type": "database_error", "sqlstate": sqlstate })),
        ),
        DbError::Malformed(_) => ErrorData::internal_error(
            "The database returned an unexpected answer. Check that the extension and eryxon-mcp have the same version.",
            Some(json!({ "type": "database_error" })),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn an_older_version_gets_the_text_unchanged() {
        let text = r#"{"content": [],  "n": 1.10}"#;
        for version in [None, Some(ProtocolVersion::V_2024_11_05), Some(ProtocolVersion::V_2025_11_25)] {
            assert_eq!(shape(raw(text), Kind::Call, version.as_ref()).unwrap().get(), text);
        }
    }

    #[test]
    fn the_stateless_version_gets_its_fields_and_no_digit_is_lost() {
        let version = ProtocolVersion::V_2026_07_28;
        let list = shape(raw(r#"{"tools": [1.10]}"#), Kind::List, Some(&version)).unwrap();
        let value: serde_json::Value = serde_json::from_str(list.get()).unwrap();
        assert_eq!((&value["resultType"], &value["cacheScope"]), (&json!("complete"), &json!("private")));
        assert!(value["ttlMs"].is_u64() && list.get().contains("1.10"));
        let call = shape(raw(r#"{"content": []}"#), Kind::Call, Some(&version)).unwrap();
        assert!(call.get().contains("resultType") && !call.get().contains("ttlMs"));
    }
}
