//! The record of a refused call.

use pgrx::JsonB;
use serde_json::Value;
use uuid::Uuid;

use super::Client;
use crate::core::caller::{Caller, Refused};
use crate::core::redact;
use crate::{error::Refusal, pg::query};
use crate::{sql_args, statement};

statement! {
    static REFUSED_KNOWN = include_str!("refused_known.sql"); [Uuid, Uuid, Text, Jsonb, Text, Text];
    static REFUSED_UNKNOWN = include_str!("refused_unknown.sql"); [Uuid, Text, Text];
}

/// Records a refused call: as a usage row if the key is valid, otherwise as a row in `mcp_server_logs`.
pub fn refusal(refused: &Refused, tool: Option<&str>, arguments: &Value, client: &Client) {
    match &refused.by {
        Caller::Known { tenant, key } => known(*tenant, *key, &refused.refusal, tool, arguments, client),
        Caller::Unknown { prefix, tenant } => unknown(prefix.as_deref(), *tenant, client),
    }
}

fn known(tenant: Uuid, key: Uuid, refusal: &Refusal, tool: Option<&str>, arguments: &Value, client: &Client) {
    let args = sql_args![
        tenant,
        key,
        redact::client_text(tool.unwrap_or_default()),
        JsonB(redact::arguments(arguments)),
        refusal.to_string(),
        client.user_agent.as_deref(),
    ];
    query::write(&REFUSED_KNOWN, args, |_| Ok(()));
}

/// Writes at most one row per minute, tenant and connection, with a count, so that a flood of invalid keys cannot fill the disk. A row
/// that another transaction has locked is skipped, so that callers do not wait for each other; a second row is then added for that minute.
fn unknown(prefix: Option<&str>, tenant: Option<Uuid>, client: &Client) {
    let args = sql_args![tenant, prefix, client.user_agent.as_deref()];
    query::write(&REFUSED_UNKNOWN, args, |_| Ok(()));
}
