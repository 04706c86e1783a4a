//! The functions that the shim calls, and tools as SQL functions.

use pgrx::JsonB;
use pgrx::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{assert_operator, mes_schema};
use crate::admit;
use crate::call;
use crate::core::{redact, states};
use crate::error::{Refusal, ToolError, ToolErrorCode};
use crate::names::{MAX_ARGUMENT_BYTES, MAX_CLIENT_BYTES};
use crate::pg::json::{GivenJson, JsonbText};
use crate::pg::query;
use crate::pg::report::{ErrorReport, failed, refused, report};
use crate::pg::top_level::{self, CallInfo};
use crate::pg::{session, tenant};
use crate::record::{self, Client, refusal};
use crate::run::{self, Context};
use crate::tools;
use crate::{sql_args, statement};

/// A tool's arguments.
type Arguments = GivenJson<MAX_ARGUMENT_BYTES>;

#[pg_extern(security_definer)]
pub(crate) fn mcp_call_tool(
    p_api_key: Option<&str>,
    p_tool_name: Option<&str>,
    p_arguments: default!(Option<Arguments>, "'{}'"),
    p_client: default!(Option<GivenJson<MAX_CLIENT_BYTES>>, "NULL"),
    call: CallInfo,
) -> Result<JsonbText, ErrorReport> {
    top_level::assert_own_statement("mcp_call_tool", call)?;
    let arguments = p_arguments.map_or(Ok(Value::Null), |arguments| arguments.0);
    let client = p_client.and_then(|client| client.0.ok()).map(|client| Client::from_json(&client)).unwrap_or_default();
    Ok(JsonbText(call::call_tool(p_api_key, p_tool_name, arguments, &client)))
}

#[pg_extern(security_definer)]
pub(crate) fn mcp_list_tools(p_api_key: Option<&str>) -> JsonbText {
    JsonbText(call::list_tools(p_api_key))
}

#[pg_extern(security_definer)]
pub(crate) fn mcp_heartbeat(
    p_api_key: Option<&str>,
    p_status: Option<&str>,
    p_response_time_ms: default!(Option<i32>, "NULL"),
    p_metadata: default!(Option<GivenJson<MAX_CLIENT_BYTES>>, "NULL"),
    call: CallInfo,
) -> Result<Option<pgrx::Uuid>, ErrorReport> {
    top_level::assert_own_statement("mcp_heartbeat", call)?;
    let principal = match admit::authenticate(p_api_key) {
        Ok(principal) => principal,
        Err(invalid) if invalid.refusal == Refusal::Authentication => {
            refusal::count(&invalid, None, &Client::default());
            return Ok(None);
        }
        Err(other) => {
            refusal::keep(&other, None, &Client::default());
            return Err(refused(&other.refusal));
        }
    };
    refusal::write();
    let metadata = p_metadata.map(|metadata| JsonB(record::health_metadata(metadata.0)));
    statement! {
        static BEAT = "SELECT {{extension}}.mcp_write_health($1, $2, $3, $4, NULL, $5)"; [Uuid, Uuid, Text, Int4, Jsonb];
    }
    let args = sql_args![principal.key.tenant, principal.key.id, p_status, p_response_time_ms, metadata];
    Ok(query::write(&BEAT, args, query::first))
}

/// Runs a tool for the tenant that `mcp_as_tenant` chose, in the same sandbox, but without key, rate limit or record.
#[pg_extern(security_definer)]
pub(crate) fn mcp_run_tool(
    p_tool_name: Option<&str>,
    p_arguments: Option<Arguments>,
) -> Result<JsonbText, ErrorReport> {
    assert_operator()?;
    let name = p_tool_name.unwrap_or_default();
    let tool = tools::find(name).ok_or_else(|| refused(&Refusal::UnknownTool(redact::client_text(name))))?;
    if tool.access != run::tool::Access::Read && session::is_read_only() {
        return Err(report(
            PgSqlErrorCode::ERRCODE_READ_ONLY_SQL_TRANSACTION,
            format!("{name} writes, and the session is read-only or the server is a standby"),
        ));
    }
    let tenant = tenant::chosen().ok_or_else(|| {
        report(PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "no tenant chosen").set_hint(format!(
            "Run SELECT {}.mcp_as_tenant('<tenant id>'); first, in the same transaction.",
            query::quote_identifier(&session::extension_schema())
        ))
    })?;
    let attached = mes_schema()?;
    statement! {
        static UNAVAILABLE = "SELECT unavailable ->> $1 FROM {{extension}}.mcp_settings"; [Text];
    }
    if let Some(reason) = query::read(&UNAVAILABLE, sql_args![tool.name], query::first::<String>) {
        return Err(failed(&ToolError::unavailable(&reason)));
    }
    let context = Context { tenant, person: None, mes_schema: &attached, correlation_id: Uuid::new_v4() };
    let arguments = p_arguments.map_or(Ok(Value::Null), |arguments| arguments.0);
    match run::run(&context, tool, arguments) {
        Ok(answer) => Ok(JsonbText(answer.body)),
        Err(error) => Err(failed(&error)),
    }
}

/// The built-in tools, in the catalogue's order.
#[pg_extern(immutable, parallel_safe)]
pub(crate) fn mcp_tool_catalog() -> TableIterator<
    'static,
    (
        name!(name, &'static str),
        name!(domain, &'static str),
        name!(title, &'static str),
        name!(description, &'static str),
        name!(read_only, bool),
        name!(definition, JsonB),
        name!(examples, JsonB),
        name!(errors, JsonB),
        name!(aliases, JsonB),
    ),
> {
    TableIterator::new(tools::by_domain().map(|(domain, tool)| {
        let read_only = tool.access == run::tool::Access::Read;
        let (examples, errors) = (JsonB(json!(tool.examples)), JsonB(json!(tool.errors)));
        let aliases = JsonB(json!({"fields": tool.accepts.field_aliases, "values": tool.accepts.value_aliases}));
        (tool.name, domain, tool.title, tool.description, read_only, JsonB(tool.listing()), examples, errors, aliases)
    }))
}

/// The codes of tool errors, in the order of their declaration.
#[pg_extern(immutable, parallel_safe)]
pub(crate) fn mcp_tool_error_codes() -> TableIterator<'static, (name!(code, &'static str), name!(meaning, &'static str))>
{
    TableIterator::new(ToolErrorCode::ALL.iter().map(|(code, meaning)| (code.name(), *meaning)))
}

/// The state tables that the tools enforce.
#[pg_extern(immutable, parallel_safe)]
pub(crate) fn mcp_state_tables() -> TableIterator<
    'static,
    (
        name!(kind, &'static str),
        name!(from_status, &'static str),
        name!(to_status, &'static str),
        name!(by, String),
        name!(needs, String),
    ),
> {
    TableIterator::new(states::lines().into_iter().map(|line| (line.kind, line.from, line.to, line.by, line.needs)))
}
