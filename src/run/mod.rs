//! Runs a tool in the sandbox and turns every failure into a [`ToolError`].

mod arguments;
mod call;
pub mod page;
mod schema;
pub mod tool;
pub mod values;

use pgrx::PgSqlErrorCode;
use serde_json::Value;
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::names::TENANT_ROLE;
use crate::pg::json::TooLarge;
use crate::pg::query;
use crate::pg::report::log_failure;
use crate::pg::sandbox::Sandbox;
use crate::pg::session::statement_timeout_passed;
use crate::pg::statement::Schemas;
use crate::pg::subtransaction::{Failure, Raised};
use crate::pg::tenant::Identity;
use tool::{Access, Call, Rendered, Tool};

/// The tenant and person that a tool runs for, and the schema of its tables.
#[derive(Debug)]
pub struct Context<'a> {
    /// The tenant.
    pub tenant: Uuid,
    /// The profile id of the key's owner.
    pub person: Option<Uuid>,
    /// The attached MES schema.
    pub mes_schema: &'a str,
    /// The id of this call in the server log.
    pub correlation_id: Uuid,
}

/// Runs a tool. Its changes are kept only if it succeeds.
///
/// # Errors
/// The error that the tool returned, or the translation of an `ERROR` that PostgreSQL raised.
pub fn run(
    context: &Context<'_>,
    tool: &'static Tool,
    arguments: Result<Value, TooLarge>,
) -> Result<Rendered, ToolError> {
    let arguments = arguments.map_err(|TooLarge { bytes }| ToolError::too_large(bytes))?;
    let sandbox = Sandbox {
        role: TENANT_ROLE,
        identity: Identity::Tenant(context.tenant),
        host_schema: context.mes_schema,
        read_only: tool.access == Access::Read,
    };
    let call = Call {
        tenant: context.tenant,
        person: context.person,
        schemas: Schemas { mes: context.mes_schema, extension: "" },
        access: if sandbox.read_only { query::Access::Read } else { query::Access::Write },
    };
    sandbox.run(|| tool.run(&call, arguments)).map_err(|failure| match failure {
        Failure::Returned(error) => error,
        Failure::Raised(raised) => translate(&raised, context.correlation_id, tool.name),
    })
}

/// What an `ERROR` of PostgreSQL means to a caller. Its text is not passed on, because it may contain table names and values.
fn translate(raised: &Raised, correlation_id: Uuid, tool: &str) -> ToolError {
    match raised.code {
        PgSqlErrorCode::ERRCODE_QUERY_CANCELED if statement_timeout_passed() => {
            ToolError::new(ToolErrorCode::Timeout, "the call took longer than statement_timeout and was stopped")
                .hint("request less: add a filter or lower the limit")
        }
        PgSqlErrorCode::ERRCODE_QUERY_CANCELED => ToolError::new(ToolErrorCode::Cancelled, "the call was cancelled"),
        PgSqlErrorCode::ERRCODE_UNIQUE_VIOLATION => ToolError::new(ToolErrorCode::Conflict, "it already exists"),
        PgSqlErrorCode::ERRCODE_T_R_SERIALIZATION_FAILURE
        | PgSqlErrorCode::ERRCODE_T_R_DEADLOCK_DETECTED
        | PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE => {
            ToolError::new(ToolErrorCode::Conflict, "another transaction interfered").hint("call again")
        }
        // The host has dropped or changed something since it was attached.
        PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN
        | PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE
        | PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT
            if raised.message.ends_with("does not exist") =>
        {
            log_failure(correlation_id, tool, raised);
            ToolError::unavailable(&raised.message).with("correlation_id", correlation_id.to_string())
        }
        _ => {
            log_failure(correlation_id, tool, raised);
            ToolError::new(ToolErrorCode::Internal, "internal error").with("correlation_id", correlation_id.to_string())
        }
    }
}
