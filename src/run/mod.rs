//! Runs a tool in the sandbox and turns every failure into a [`ToolError`].

mod arguments;
mod call;
pub mod page;
mod refused;
mod schema;
pub mod texts;
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
use crate::pg::session::{self, statement_timeout_passed};
use crate::pg::shape::Shape;
use crate::pg::snapshot;
use crate::pg::statement::Schemas;
use crate::pg::subtransaction::{Failure, Raised};
use crate::pg::tenant::Identity;
use tool::{Access, Before, Call, Rendered, Tool};

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
    let sandbox = sandbox(context, tool.access == Access::Read);
    let extension = session::extension_schema();
    let schemas = Schemas { mes: context.mes_schema, extension: &extension, shape: Shape::now(context.mes_schema) };
    let call = |access| Call { tenant: context.tenant, person: context.person, schemas, access };
    let run = || {
        let call = call(if sandbox.read_only { query::Access::Read } else { query::Access::Write });
        sandbox.run(|| tool.run(&call, arguments)).map_err(|failure| match failure {
            Failure::Returned(error) => error,
            Failure::Raised(raised) => translate(&raised, context.correlation_id, tool.name),
        })
    };
    let before = tool.before.as_ref().filter(|before| (before.applies)(schemas.shape) && !session::is_read_only());
    match before {
        Some(step) if prepare(context, step, call)? => snapshot::renewed(run),
        _ => run(),
    }
}

fn sandbox<'a>(context: &Context<'a>, read_only: bool) -> Sandbox<'a> {
    let identity = Identity::Tenant(context.tenant);
    Sandbox { role: TENANT_ROLE, identity, host_schema: context.mes_schema, read_only }
}

/// Takes the step that a tool needs before it runs. Gives whether it has written something.
///
/// # Errors
/// `timeout` and `cancelled`. Any other failure goes to the server log: the tool does without the step.
fn prepare<'a>(
    context: &Context<'a>,
    step: &Before,
    call: impl Fn(query::Access) -> Call<'a>,
) -> Result<bool, ToolError> {
    let outcome = sandbox(context, false).run(|| {
        let is_due = (step.is_due)(&call(query::Access::Read));
        if is_due {
            (step.run)(&call(query::Access::Write));
        }
        Ok(is_due)
    });
    outcome.map_err(Raised::from).or_else(|raised| {
        if raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED {
            return Err(translate(&raised, context.correlation_id, "a tool's preparation"));
        }
        log_failure(context.correlation_id, "a tool's preparation", &raised);
        Ok(false)
    })
}

/// What an `ERROR` of PostgreSQL means to a caller. Its text is not passed on, because it may contain table names and values; only a rule
/// of the host speaks for itself.
fn translate(raised: &Raised, correlation_id: Uuid, tool: &str) -> ToolError {
    if let Some(refused) = refused::by_the_host(raised) {
        log_failure(correlation_id, tool, raised);
        return refused.with("correlation_id", correlation_id.to_string());
    }
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
            ToolError::new(ToolErrorCode::Conflict, "another transaction interfered")
                .hint("call again")
                .raised_as(raised.code)
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
