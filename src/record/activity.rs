//! A call's row in `activity_log`, a table of the host.

use pgrx::JsonB;
use serde_json::{Value, json};

use super::Entry;
use crate::names::{ACTIVITY_ENTITY_TYPE, ACTIVITY_USER, RECORDER_ROLE};
use crate::pg::query::{self, Access};
use crate::pg::sandbox::Sandbox;
use crate::pg::shape::Shape;
use crate::pg::statement::{Choice, Schemas};
use crate::pg::subtransaction::Raised;
use crate::pg::tenant::Identity;
use crate::{sql_args, statement};

statement! {
    static ACTIVITY = include_str!("activity.sql"); [Uuid, Uuid, Text, Text, Text, Text, Jsonb, Text, Text];
}

/// Inserts the row in the sandbox, as the role that may do nothing else.
pub(super) fn insert(call: &Entry<'_>, mes_schema: &str, arguments: &Value, response_time_ms: Option<i32>) {
    let metadata = json!({
        "key_id": call.key,
        "key_name": call.key_name,
        "tool_name": call.tool,
        "tool_arguments": arguments,
        "success": call.error.is_none(),
        "error_message": call.error,
        "response_time_ms": response_time_ms,
    });
    let args = sql_args![
        call.id,
        call.tenant,
        call.tool,
        if call.error.is_none() { "mcp_execute" } else { "mcp_error" },
        ACTIVITY_USER,
        ACTIVITY_ENTITY_TYPE,
        JsonB(metadata),
        call.ip_address.as_deref(),
        call.client.user_agent.as_deref(),
    ];
    let sandbox = Sandbox {
        role: RECORDER_ROLE,
        identity: Identity::Tenant(call.tenant),
        host_schema: mes_schema,
        read_only: false,
    };
    let schemas = Schemas { mes: mes_schema, extension: "", shape: Shape::COMPLETE };
    let written = sandbox.run(|| {
        query::run(&ACTIVITY, schemas, Access::Write, &Choice::none(), args, |_| Ok(()));
        Ok(())
    });
    written.unwrap_or_else(|failure| Raised::from(failure).raise());
}
