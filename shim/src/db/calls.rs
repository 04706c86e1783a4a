//! The extension's five SQL functions that the shim calls.

use std::sync::Mutex;

use rmcp::model::JsonObject;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, Type};
use tokio_util::sync::CancellationToken;

use super::error::DbError;
use super::pool::{Params, Pool, lock};

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

/// The statements; `{schema}` is the extension's quoted schema. All parameters have the functions' types, so no other function of the same
/// name matches better.
const CALL: &str = "SELECT {schema}.mcp_call_tool($1, $2, $3, $4)";
const LIST: &str = "SELECT {schema}.mcp_list_tools($1)";
const VALIDATE: &str = "SELECT tenant_id::pg_catalog.text, key_id::pg_catalog.text, allowed_tools::pg_catalog.text, rate_limit, \
                        environment::pg_catalog.text FROM {schema}.validate_mcp_key($1)";
const HEARTBEAT: &str = "SELECT {schema}.mcp_heartbeat($1, $2, $3, $4)";
const SEVERE_FINDINGS: &str = "SELECT {schema}.mcp_severe_findings()";

/// Asks for the extension's schema. The gateway's login may send this text and the five above, so change it in the extension as well.
const SCHEMA: &str = "SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_extension e \
                      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace \
                      WHERE e.extname OPERATOR(pg_catalog.=) 'eryxon_mcp'::pg_catalog.name";

/// The extension, reached through a pool. Every call names the extension's schema: a function of the same name in another schema on the
/// login's path would get the key.
pub struct Gateway {
    /// The connections.
    pub pool: Pool,
    /// The schema that the user named.
    named: Option<String>,
    /// The schema that the database answered, until a call does not find its function there.
    asked: Mutex<Option<String>>,
}

impl Gateway {
    /// Calls the functions in `schema`, or in the one that the database names.
    pub fn new(pool: Pool, schema: Option<&str>) -> Self {
        Self { pool, named: schema.map(str::to_owned), asked: Mutex::new(None) }
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
        let params: &Params<'_> =
            &[(&key, Type::TEXT), (&tool, Type::TEXT), (&Json(arguments), Type::JSONB), (client, Type::JSONB)];
        read_answer(&self.query(CALL, params, Some(stop)).await?)
    }

    /// `mcp_list_tools(key)`.
    pub async fn list_tools(&self, key: &str, stop: &CancellationToken) -> Result<Answer, DbError> {
        read_answer(&self.query(LIST, &[(&key, Type::TEXT)], Some(stop)).await?)
    }

    /// `validate_mcp_key(key)`; an invalid key raises SQLSTATE 28000.
    pub async fn validate_key(&self, key: &str, stop: &CancellationToken) -> Result<KeyInfo, DbError> {
        let rows = self.query(VALIDATE, &[(&key, Type::TEXT)], Some(stop)).await?;
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
        let rows = self.query(SEVERE_FINDINGS, &[], Some(stop)).await?;
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
        let params: &Params<'_> =
            &[(&key, Type::TEXT), (&status, Type::TEXT), (&response_time_ms, Type::INT4), (metadata, Type::JSONB)];
        let rows = self.query(HEARTBEAT, params, None).await?;
        let row = rows.first().ok_or(DbError::Malformed("mcp_heartbeat returned no row"))?;
        Ok(!is_null(row))
    }

    /// A statement for a person, in which `{schema}` is the extension's schema: the one that is known, or that the documentation installs it in.
    pub fn for_people(&self, statement: &str) -> String {
        let asked = lock(&self.asked).clone();
        in_schema(statement, self.named.as_deref().or(asked.as_deref()).unwrap_or("eryxon_mcp"))
    }

    /// Runs one of the statements: in the requests' queue until `stop` fires, or outside of it. If the function is not in the schema that the
    /// database named before, the extension may have moved: then it is asked again, once. Nothing was run that would run twice.
    async fn query(
        &self,
        statement: &str,
        params: &Params<'_>,
        stop: Option<&CancellationToken>,
    ) -> Result<Vec<Row>, DbError> {
        if let Some(schema) = &self.named {
            return self.run(&in_schema(statement, schema), params, stop).await;
        }
        let known = lock(&self.asked).clone();
        let schema = match &known {
            Some(schema) => schema.clone(),
            None => self.ask(stop).await?,
        };
        let outcome = self.run(&in_schema(statement, &schema), params, stop).await;
        if !outcome.as_ref().is_err_and(DbError::is_not_there) {
            return outcome;
        }
        *lock(&self.asked) = None;
        if known.is_none() {
            return outcome;
        }
        let schema = self.ask(stop).await?;
        self.run(&in_schema(statement, &schema), params, stop).await
    }

    /// Asks for the extension's schema, and remembers it.
    async fn ask(&self, stop: Option<&CancellationToken>) -> Result<String, DbError> {
        let rows = self.run(SCHEMA, &[], stop).await?;
        let row = rows.first().ok_or(DbError::NotInstalled)?;
        let schema: String = row.try_get(0).map_err(|_| DbError::Malformed("the schema is no text"))?;
        *lock(&self.asked) = Some(schema.clone());
        Ok(schema)
    }

    async fn run(&self, sql: &str, params: &Params<'_>, stop: Option<&CancellationToken>) -> Result<Vec<Row>, DbError> {
        match stop {
            Some(stop) => self.pool.query(sql, params, stop).await,
            None => self.pool.query_aside(sql, params).await,
        }
    }
}

fn in_schema(statement: &str, schema: &str) -> String {
    statement.replace("{schema}", &quote_identifier(schema))
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
