//! The trace of a refused call.

use pgrx::JsonB;
use serde_json::Value;
use uuid::Uuid;

use super::Client;
use crate::core::caller::{Caller, Refused};
use crate::core::redact;
use crate::sql_args;
use crate::{error::Refusal, pg::query};

/// Writes down a refused call: with a good key a usage row, otherwise a line in `mcp_server_logs`.
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
    query::write(include_str!("refused_known.sql"), args, |_| Ok(()));
}

/// One row a minute, tenant and connection at most, with a count: a flood of wrong keys cannot fill the disk. Rows that another
/// transaction holds are stepped over, so that callers do not wait for each other; then a second row of the minute begins.
fn unknown(prefix: Option<&str>, tenant: Option<Uuid>, client: &Client) {
    let args = sql_args![tenant, prefix, client.user_agent.as_deref()];
    query::write(include_str!("refused_unknown.sql"), args, |_| Ok(()));
}
