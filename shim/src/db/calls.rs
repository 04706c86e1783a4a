//! The extension's five SQL functions that the shim calls.

use rmcp::model::JsonObject;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, Type};
use tokio_util::sync::CancellationToken;

use super::error::DbError;
use super::pool::Pool;

/// What `mcp_call_tool` and `mcp_list_tools` return: a result or a JSON-RPC error.
#[derive(Debug)]
pub enum Answer {
    /// The result's JSON, exactly as the database wrote it.
    Result(Box<RawValue>),
    /// A documented error, to be passed on unchanged.
    Error(rmcp::ErrorData),
}

/// What `validate_mcp_key` returns about a key.
#[derive(Debug)]
pub struct KeyInfo {
    /// The key's tenant.
    pub tenant_id: String,
    /// The id of the key.
    pub key_id: String,
    /// The tools that it may call, as JSON text.
    pub allowed_tools: String,
    /// The maximum number of calls in any 60 seconds.
    pub rate_limit: Option<i32>,
    /// `live` or `test`.
    pub environment: Option<String>,
}

/// The extension, reached through a pool.
pub struct Gateway {
    /// The connections.
    pub pool: Pool,
    call: String,
    list: String,
    validate: String,
    heartbeat: String,
    severe_findings: String,
}

impl Gateway {
    /// Calls the functions unqualified, or in `schema` if given.
    pub fn new(pool: Pool, schema: Option<&str>) -> Self {
        let prefix = schema.map(|s| format!("{}.", quote_identifier(s))).unwrap_or_default();
        Self {
            pool,
            call: format!("SELECT {prefix}mcp_call_tool($1, $2, $3, $4)"),
            list: format!("SELECT {prefix}mcp_list_tools($1)"),
            validate: format!(
                "SELECT tenant_id::text, key_id::text, allowed_tools::text, rate_limit, environment::text \
                 FROM {prefix}validate_mcp_key($1)"
            ),
            heartbeat: format!("SELECT {prefix}mcp_heartbeat($1, $2, $3, $4)"),
            severe_findings: format!("SELECT {prefix}mcp_severe_findings()"),
        }
    }

    /// `mcp_call_tool(key, tool, arguments, client)`.
    pub async fn call_tool(
        &self,
        key: &str,
        tool: &str,
        arguments: &JsonObject,
        client: &Value,
        stop: &CancellationToken,
    ) -> Result<Answer, DbError> {
        let rows = self
            .pool
            .query(
                &self.call,
                &[(&key, Type::TEXT), (&tool, Type::TEXT), (&Json(arguments), Type::JSONB), (client, Type::JSONB)],
                stop,
            )
            .await?;
        read_answer(&rows)
    }

    /// `mcp_list_tools(key)`.
    pub async fn list_tools(&self, key: &str, stop: &CancellationToken) -> Result<Answer, DbError> {
        let rows = self.pool.query(&self.list, &[(&key, Type::TEXT)], stop).await?;
        read_answer(&rows)
    }

    /// `validate_mcp_key(key)`; an invalid key raises SQLSTATE 28000.
    pub async fn validate_key(&self, key: &str, stop: &CancellationToken) -> Result<KeyInfo, DbError> {
        let rows = self.pool.query(&self.validate, &[(&key, Type::TEXT)], stop).await?;
        let row = rows.first().ok_or(DbError::Malformed("validate_mcp_key returned no row"))?;
        let read = || -> Result<KeyInfo, tokio_postgres::Error> {
            Ok(KeyInfo {
                tenant_id: row.try_get(0)?,
                key_id: row.try_get(1)?,
                allowed_tools: row.try_get::<_, Option<String>>(2)?.unwrap_or_default(),
                rate_limit: row.try_get(3)?,
                environment: row.try_get(4)?,
            })
        };
        read().map_err(|_| DbError::Malformed("validate_mcp_key returned unexpected columns"))
    }

    /// `mcp_severe_findings()`: how much is severely wrong with the installation.
    pub async fn severe_findings(&self, stop: &CancellationToken) -> Result<i32, DbError> {
        let rows = self.pool.query(&self.severe_findings, &[], stop).await?;
        let row = rows.first().ok_or(DbError::Malformed("mcp_severe_findings returned no row"))?;
        row.try_get(0).map_err(|_| DbError::Malformed("mcp_severe_findings returned no number"))
    }

    /// `mcp_heartbeat(key, status, response_time_ms, metadata)`; false if the key is not valid.
    pub async fn heartbeat(
        &self,
        key: &str,
        status: &str,
        response_time_ms: Option<i32>,
        metadata: &Value,
    ) -> Result<bool, DbError> {
        let rows = self
            .pool
            .query_aside(
                &self.heartbeat,
                &[(&key, Type::TEXT), (&status, Type::TEXT), (&response_time_ms, Type::INT4), (metadata, Type::JSONB)],
            )
            .await?;
        let row = rows.first().ok_or(DbError::Malformed("mcp_heartbeat returned no row"))?;
        Ok(!is_null(row))
    }
}

/// Whether the first column is NULL, whatever its type.
fn is_null(row: &Row) -> bool {
    struct Any(bool);
    impl<'a> tokio_postgres::types::FromSql<'a> for Any {
        fn from_sql(_: &Type, _: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
            Ok(Self(false))
        }
        fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
            Ok(Self(true))
        }
        fn accepts(_: &Type) -> bool {
            true
        }
    }
    row.try_get::<_, Any>(0).is_ok_and(|any| any.0)
}

fn read_answer(rows: &[Row]) -> Result<Answer, DbError> {
    let row = rows.first().ok_or(DbError::Malformed("no row"))?;
    let Json(envelope) = row.try_get::<_, Json<Envelope>>(0).map_err(|_| DbError::Malformed("not the agreed JSON"))?;
    envelope.open()
}

/// The value of `mcp_call_tool` and `mcp_list_tools`.
#[derive(Deserialize)]
struct Envelope {
    result: Option<Box<RawValue>>,
    error: Option<rmcp::ErrorData>,
}

impl Envelope {
    fn open(self) -> Result<Answer, DbError> {
        match self {
            Self { result: Some(result), error: None } if result.get().starts_with('{') => Ok(Answer::Result(result)),
            Self { result: None, error: Some(error) } => Ok(Answer::Error(error)),
            _ => Err(DbError::Malformed("neither a result nor an error")),
        }
    }
}

/// Quotes an SQL identifier; quotes inside it are doubled.
fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a `jsonb` value that the server sends.
    fn answer_of(text: &str) -> Option<Answer> {
        use tokio_postgres::types::FromSql;
        let sent = [b"\x01", text.as_bytes()].concat();
        let Json(envelope) = Json::<Envelope>::from_sql(&Type::JSONB, &sent).ok()?;
        envelope.open().ok()
    }

    #[test]
    fn a_result_keeps_every_digit() {
        let text = r#"{"result": {"content": [], "structuredContent": {"n": 12345678901234567890.10}}}"#;
        let Some(Answer::Result(result)) = answer_of(text) else { panic!("not a result") };
        assert!(result.get().contains("12345678901234567890.10"));
    }

    #[test]
    fn a_documented_error_is_passed_on_unchanged() {
        let text = r#"{"error": {"code": -32000, "message": "Rate limit exceeded",
                       "data": {"type": "rate_limit_error", "retry_after_ms": 1234}}}"#;
        let Some(Answer::Error(error)) = answer_of(text) else { panic!("not an error") };
        assert_eq!((error.code.0, &*error.message), (-32000, "Rate limit exceeded"));
        assert_eq!(error.data.unwrap()["retry_after_ms"], 1234);
    }

    #[test]
    fn anything_else_is_malformed() {
        for text in ["{}", "[]", r#"{"result": 1}"#, r#"{"result": {}, "error": {"code": 1, "message": ""}}"#] {
            assert!(answer_of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_schema_name_cannot_escape_its_quotes() {
        assert_eq!(quote_identifier("a\".x; DROP"), "\"a\"\".x; DROP\"");
    }
}
