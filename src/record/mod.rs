//! The record of a call, written in the same transaction as its effect.

mod activity;
pub mod counter;
mod pace;
pub mod refusal;
mod tally;

use std::time::Duration;

use pgrx::JsonB;
use serde_json::Value;
use uuid::Uuid;

use crate::core::redact;
use crate::pg::json::TooLarge;
use crate::pg::query;
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
#[derive(Debug, Clone)]
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

statement! {
    static CALL = include_str!("call.sql"); [Uuid, Uuid, Uuid, Text, Jsonb, Bool, Text, Int4, Text, Text];
}

/// Writes the activity row, then the usage row. The caller's subtransaction keeps both or neither.
///
/// `mes_schema` contains `activity_log`; without it, no activity row is written. The key's row is not locked, so calls of one key never
/// wait for each other. The call is counted by [`counter::used`].
pub fn call(call: &Entry<'_>, mes_schema: Option<&str>) {
    let arguments = redact::arguments(call.arguments);
    let (tool, error) = (redact::client_text(call.tool), call.error.map(redact::line));
    let call = &Entry { tool: &tool, error: error.as_deref(), ..call.clone() };
    let response_time_ms = call.took.map(|took| i32::try_from(took.as_millis()).unwrap_or(i32::MAX));
    // First, because the host's triggers may take their time.
    if let Some(mes_schema) = mes_schema {
        activity::insert(call, mes_schema, &arguments, response_time_ms);
    }
    let args = sql_args![
        call.id,
        call.tenant,
        call.key,
        call.tool,
        JsonB(arguments),
        call.error.is_none(),
        call.error,
        response_time_ms,
        call.client.user_agent.as_deref(),
        call.ip_address.as_deref(),
    ];
    query::write(&CALL, args, |_| Ok(()));
}

statement! {
    /// `pg_notify` fails at commit, and with it the call, if the queue is full because somebody listens but does not read.
    static NOTIFY = "SELECT pg_catalog.pg_notify('mcp_events', $1) WHERE pg_catalog.pg_notification_queue_usage() <= $2"; [Text, Float8];
}

/// Above this share of the notification queue (8 GB), nothing is sent.
const FULL_QUEUE: f64 = 0.5;

/// Tells listeners that a call was recorded: `NOTIFY mcp_events` with the record's id and nothing else, because every login of the database
/// may LISTEN. NOTIFY takes a database-wide lock at commit, so a tenant has to opt in (`features.events`).
pub fn notify(id: Uuid) {
    query::write(&NOTIFY, sql_args![id.to_string(), FULL_QUEUE], |_| Ok(()));
}

/// The metadata of a heartbeat in the form in which it is kept.
#[must_use]
pub fn health_metadata(metadata: Result<Value, TooLarge>) -> Value {
    match metadata {
        Ok(metadata) => redact::arguments(&metadata),
        Err(TooLarge { bytes }) => redact::size_only(bytes),
    }
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use super::*;
    use pgrx::prelude::*;

    #[pg_test]
    fn nothing_is_sent_while_the_queue_is_full() {
        let sent = |limit: f64| {
            let args = sql_args![Uuid::new_v4().to_string(), limit];
            query::write(&NOTIFY, args, |rows| Ok(rows.len()))
        };
        assert_eq!(sent(FULL_QUEUE), 1);
        assert_eq!(sent(-1.0), 0, "no queue is that empty");
    }
}
