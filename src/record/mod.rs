//! The record of a call, written in the same transaction as its effect.

pub mod refusal;

use std::time::Duration;

use pgrx::JsonB;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::core::redact;
use crate::names::{ACTIVITY_ENTITY_TYPE, ACTIVITY_USER};
use crate::pg::query::{self, Access};
use crate::pg::statement::{Choice, Part, Schemas};
use crate::{sql_args, statement};

/// What a client says about itself. It is recorded, but never trusted.
#[derive(Debug, Default)]
pub struct Client {
    /// `name/version`, the value for the column `user_agent`.
    pub user_agent: Option<String>,
}

impl Client {
    /// Reads `p_client`: `{name, version}`, both optional. Other fields are ignored.
    #[must_use]
    pub fn from_json(client: &Value) -> Self {
        let text = |field: &str| client.get(field).and_then(Value::as_str).map(redact::client_text);
        let user_agent = match (text("name"), text("version")) {
            (Some(name), Some(version)) => Some(format!("{name}/{version}")),
            (name, _) => name,
        };
        Self { user_agent }
    }
}

/// A call to record.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The id of the row in `mcp_key_usage_logs`; also the call's correlation id.
    pub id: Uuid,
    /// The tenant.
    pub tenant: Uuid,
    /// The key.
    pub key: Uuid,
    /// The key's name.
    pub key_name: &'a str,
    /// The tool. Its name and the error are redacted before they are written, like the arguments: another server may have put a key there.
    pub tool: &'a str,
    /// The arguments as the caller gave them. They are redacted before they are written.
    pub arguments: &'a Value,
    /// The error, if the call failed.
    pub error: Option<&'a str>,
    /// The time from the start of admission to the end of the tool, if known.
    pub took: Option<Duration>,
    /// The client's address, if it is not that of this connection.
    pub ip_address: Option<String>,
    /// The client.
    pub client: &'a Client,
}

/// The activity row, which is written only if a MES schema is attached.
const ACTIVITY: &[Part] = &[Part::optional("activity", "activity", include_str!("activity.sql"))];

statement! {
    static CALL = include_str!("call.sql");
        [Uuid, Uuid, Uuid, Text, Jsonb, Bool, Text, Int4, Text, Text, Text, Text, Jsonb, Text]
        => parts(&[ACTIVITY]);
}

/// Writes the usage row, the activity row and the key's counters in one statement, and sends the event if the tenant wants events.
///
/// `mes_schema` contains `activity_log`; without it, no activity row is written. The key's row is locked only here, just before the
/// commit, so calls of one key wait at most for each other's commit.
pub fn call(call: &Entry<'_>, extension_schema: &str, mes_schema: Option<&str>, events: bool) {
    let arguments = redact::arguments(call.arguments);
    let tool = redact::client_text(call.tool);
    let error = call.error.map(redact::line);
    let response_time_ms = call.took.map(|took| i32::try_from(took.as_millis()).unwrap_or(i32::MAX));
    let metadata = json!({
        "key_id": call.key,
        "key_name": call.key_name,
        "tool_name": tool,
        "tool_arguments": arguments,
        "success": call.error.is_none(),
        "error_message": error,
        "response_time_ms": response_time_ms,
    });
    let action = if call.error.is_none() { "mcp_execute" } else { "mcp_error" };
    let args = sql_args![
        call.id,
        call.tenant,
        call.key,
        tool,
        JsonB(arguments),
        call.error.is_none(),
        error,
        response_time_ms,
        call.client.user_agent.as_deref(),
        action,
        ACTIVITY_USER,
        ACTIVITY_ENTITY_TYPE,
        JsonB(metadata),
        call.ip_address.as_deref(),
    ];
    let mut choice = Choice::none();
    choice.when("activity", mes_schema.is_some());
    let schemas = Schemas { mes: mes_schema.unwrap_or_default(), extension: extension_schema };
    query::run(&CALL, schemas, Access::Write, &choice, args, |_| Ok(()));
    if events {
        notify(call, response_time_ms);
    }
}

/// Sends `NOTIFY mcp_events`. NOTIFY takes a database-wide lock at commit, so a tenant has to opt in (`features.events`).
fn notify(call: &Entry<'_>, response_time_ms: Option<i32>) {
    let payload = json!({
        "tool": call.tool,
        "success": call.error.is_none(),
        "response_time_ms": response_time_ms,
        "error": call.error,
        "tenant_id": call.tenant,
    });
    query::write("SELECT pg_catalog.pg_notify('mcp_events', $1)", sql_args![payload.to_string()], |_| Ok(()));
}
